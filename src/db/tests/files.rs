//! The files of a database are their owner's alone.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::{db::Db, tests::harness::place};

#[tokio::test]
async fn a_new_database_and_its_log_are_their_owners_alone() {
    let (db, folder) = crate::tests::sqlite().await;
    db.write().await.unwrap().commit().await.unwrap();
    let mut seen = 0;
    for file in fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?} has the mode {mode:o}", file.file_name());
        seen += 1;
    }
    assert!(seen >= 3, "the file, its log and the log's index");
    db.close().await;
}

#[tokio::test]
async fn a_database_that_others_can_read_is_refused_with_what_to_do() {
    let folder = place::folder("store-");
    let file = folder.path().join("tradepost.db");
    fs::write(&file, "").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let url = format!("sqlite:{}", file.display());
    let told = Db::open(&url).await.expect_err("others can read it").to_string();
    assert!(told.contains(&format!("chmod 600 {}", file.display())), "{told}");
    assert_eq!(Db::file(&url).unwrap().as_deref(), Some(file.as_path()));
    assert_eq!(Db::file("sqlite::memory:").unwrap(), None);
    assert_eq!(Db::file("postgres://x@localhost/x").unwrap(), None);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    Db::open(&url).await.expect("now nobody else can").close().await;
}
