//! Templates that an operator brings (S3.1): what is wrong with one stops the start.

use std::{fs, path::Path, process::Output};

use crate::harness::{component::binary, place};

/// A folder with a configuration and one template, whose files are these.
struct Operator(tempfile::TempDir);

impl Operator {
    fn new(svg: &str) -> Self {
        let it = Self(place::folder("templates-"));
        it.write("cards/acme/card.txt", "{{ name }}");
        it.write("cards/acme/card.html", "<h1>{{ name }}</h1>");
        it.write("cards/acme/card.svg", svg);
        let folder = it.0.path().join("cards");
        let listen = "listen = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"";
        it.write(
            "tradepost.toml",
            &format!(
                "[component]\ndomain = \"share.example.org\"\nsecret = \"x\"\n[http]\n{listen}\n\
                 [cards]\ntemplates = {:?}\n",
                folder.display().to_string()
            ),
        );
        it
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn run(&self, verb: &str) -> Output {
        let mut command = std::process::Command::new(binary());
        command.arg(verb).arg("--config").arg("tradepost.toml").current_dir(self.0.path());
        command.env_clear().output().expect("tradepost")
    }
}

const GOOD: &str =
    "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><text>{{ name }}</text></svg>";

#[test]
fn a_broken_template_stops_the_start_and_is_told_by_check_config() {
    for (svg, expected) in [
        ("<svg>\n{{ nmae }}</svg>", "cards/acme/card.svg:2: undefined value"),
        ("{% for a in name %}", "cards/acme/card.svg:1: syntax error"),
        ("<svg", "cards/acme/card.svg: what it makes is no picture"),
    ] {
        let operator = Operator::new(svg);
        for verb in ["check-config", "serve"] {
            let output = operator.run(verb);
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(!output.status.success(), "{verb} {svg}");
            assert!(said.contains("a template of cards cannot be used"), "{verb}: {said}");
            assert!(said.contains(expected), "{verb}: {said}");
        }
    }
}

#[test]
fn a_good_template_is_taken_and_its_folder_is_shown() {
    let output = Operator::new(GOOD).run("check-config");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("[cards]\ntemplates = "), "{said}");
}
