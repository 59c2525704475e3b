//! What `tradepost audit` does where there is nothing to count.

use std::{fs, process::Command};

use crate::harness::{component::binary, place};

#[test]
fn a_database_that_is_not_there_is_told_and_not_made() {
    let folder = place::folder("audit-");
    let config = |url: &str| {
        let text = format!(
            "[component]\ndomain = \"share.example.org\"\nsecret = \"x\"\n[database]\nurl = {url:?}\n"
        );
        fs::write(folder.path().join("tradepost.toml"), text).expect("a file");
    };
    for url in ["sqlite:tradepost.db", "sqlite:there/tradepost.db?mode=rwc"] {
        config(url);
        let mut command = Command::new(binary());
        command.args(["audit", "--config", "tradepost.toml"]).current_dir(folder.path());
        let output = command.env_clear().output().expect("tradepost");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("tradepost.db") && said.contains("database.url"), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(output.stdout.is_empty(), "{output:?}");
        let mut left = fs::read_dir(folder.path()).expect("a folder");
        let only = left.next().expect("a file").expect("a file").file_name();
        assert!(only == "tradepost.toml" && left.next().is_none(), "{only:?} and more");
    }
}
