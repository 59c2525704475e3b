//! A database that a former version has left: this one opens it, and goes on with what was under way.

use std::fs;

use crate::{
    claim::claim,
    db::Db,
    domain::clock::Millis,
    invite::join::take_in,
    tests::{harness::place, world},
    world::World,
};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};

/// What `make demo` has left: Juliet and Romeo have joined and had two shares; one is held for somebody
/// who has not. By the migrations up to its number. When a version is released, its own is added.
const LEFT: [(&str, &str); 1] = [("0058", include_str!("../../tests/databases/0058.sql"))];
/// A minute after that.
const NOW: Millis = Millis(1_796_060_400_000);

#[tokio::test]
async fn a_database_of_a_former_version_opens_and_what_was_held_in_it_goes_on() {
    for (version, left) in LEFT {
        let folder = place::folder("former-");
        let file = folder.path().join("tradepost.db");
        let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true);
        // The tables come in the order of their names.
        let options = options.foreign_keys(false);
        let mut raw = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::raw_sql(left).execute(&mut raw).await.unwrap();
        raw.close().await.unwrap();
        #[cfg(unix)]
        fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();

        let db = Db::open(&format!("sqlite:{}", file.display())).await.expect(version);
        let world = World { now: NOW, ..world() };
        let mut tx = db.write().await.unwrap();
        let books = tx.books().await.unwrap();
        assert!(books.balance(), "{version}: {books:?}");
        assert!(tx.account("juliet@localhost").await.unwrap().is_some(), "{version}");
        let is_new = take_in(&mut tx, &world, "you@localhost", "en", None).await.unwrap();
        assert_eq!(is_new, Some(true), "{version}");
        let ready = claim(&mut tx, &world, 10).await.unwrap().ready;
        let mut to: Vec<&str> = ready.iter().map(|it| it.to.as_str()).collect();
        to.sort_unstable();
        assert_eq!(to, ["juliet@localhost", "you@localhost"], "{version}: the news, and the share");
        tx.commit().await.unwrap();
        db.close().await;
    }
}
