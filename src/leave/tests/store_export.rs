//! Links to all that somebody has.

use crate::{
    db::{Db, Tx},
    leave::store_export::ExportRow,
    tests::{END, facts},
};

facts!(a_link_is_found_until_it_is_old, the_latest_are_kept, who_has_left_leaves_dead_links);

/// Link `n` of `account`.
async fn link(tx: &mut Tx, n: u8, account: &str) -> ExportRow {
    let row = ExportRow {
        hash: vec![n; 32],
        account: Some(account.into()),
        expires_at: END.0 + i64::from(n),
    };
    tx.insert_export(&row).await.unwrap();
    row
}

async fn a_link_is_found_until_it_is_old(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let one = link(&mut tx, 1, "romeo@x").await;
    link(&mut tx, 2, "romeo@x").await;
    assert_eq!(tx.export(&one.hash).await.unwrap(), Some(one.clone()));
    let end = crate::domain::clock::Millis(END.0 + 2);
    assert_eq!(tx.delete_old_exports(end, 9).await.unwrap(), 1);
    assert_eq!(tx.export(&one.hash).await.unwrap(), None);
}

async fn the_latest_are_kept(db: &Db) {
    let mut tx = db.write().await.unwrap();
    for n in 1..=3 {
        link(&mut tx, n, "romeo@x").await;
    }
    link(&mut tx, 4, "juliet@x").await;
    assert_eq!(tx.keep_exports("romeo@x", 2).await.unwrap(), 1);
    assert_eq!(tx.export(&[1; 32]).await.unwrap(), None);
    assert!(tx.export(&[4; 32]).await.unwrap().is_some());
}

async fn who_has_left_leaves_dead_links(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let mut one = link(&mut tx, 1, "romeo@x").await;
    let other = link(&mut tx, 2, "juliet@x").await;
    tx.close_exports("romeo@x").await.unwrap();
    one.account = None;
    assert_eq!(tx.export(&one.hash).await.unwrap(), Some(one.clone()));
    assert_eq!(tx.export(&other.hash).await.unwrap(), Some(other.clone()));
}
