//! Shares: kept once for each key of a sender, found by name, key and code, and forgotten.

use crate::{
    db::Db,
    domain::id::{RefCode, ShareId},
    tests::{facts, share},
};
use uuid::Uuid;

facts!(
    a_share_is_kept_once_for_each_key_of_a_sender,
    a_share_is_found_by_its_name_its_key_and_its_code,
    a_code_that_is_taken_is_refused,
);

async fn a_share_is_kept_once_for_each_key_of_a_sender(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let id = |n| ShareId(Uuid::from_u128(n));
    let group = [
        share(1, "juliet@x", "k"),
        share(2, "juliet@x", "l"),
        share(3, "juliet@x", "k"),
        share(4, "romeo@x", "k"),
    ];
    let mut new = tx.insert_shares(&group).await.unwrap();
    new.sort_unstable();
    assert_eq!(new, [id(1), id(2), id(4)]);
    assert_eq!(tx.insert_shares(&[share(5, "juliet@x", "k")]).await.unwrap(), []);
    assert_eq!(tx.insert_shares(&[]).await.unwrap(), []);
    assert_eq!(tx.share_by_key("juliet@x", "k").await.unwrap().unwrap().id, Uuid::from_u128(1));
}

async fn a_share_is_found_by_its_name_its_key_and_its_code(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let mut kept = share(1, "juliet@x", "k");
    kept.comment_lang = Some("zh-CN".into());
    kept.recording = Some("<file-sharing/>".into());
    tx.insert_shares(std::slice::from_ref(&kept)).await.unwrap();
    let code = RefCode::parse(&kept.ref_code).unwrap();
    assert_eq!(tx.share_by_ref(code).await.unwrap(), Some(kept.clone()));
    assert_eq!(tx.share_by_key("juliet@x", "k").await.unwrap(), Some(kept.clone()));
    let ids = [ShareId(Uuid::from_u128(1)), ShareId(Uuid::from_u128(2))];
    assert_eq!(tx.shares(&ids).await.unwrap(), [kept]);
    assert_eq!(tx.share_by_ref(RefCode::from_random(99)).await.unwrap(), None);
    assert_eq!(tx.share_by_key("juliet@x", "K").await.unwrap(), None);
    assert_eq!(tx.shares(&[]).await.unwrap(), []);
}

async fn a_code_that_is_taken_is_refused(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let mut second = share(2, "romeo@x", "k");
    second.ref_code = share(1, "", "").ref_code;
    tx.insert_shares(&[share(1, "juliet@x", "k")]).await.unwrap();
    let refused = tx.insert_shares(&[second]).await.unwrap_err();
    assert!(refused.as_database_error().unwrap().is_unique_violation(), "{refused}");
}
