//! Links to what somebody keeps, and what was said.

use crate::{
    db::{Db, Tx},
    domain::{
        clock::Millis,
        delivery::State,
        id::{DeliveryId, ShareId},
        note::{Carries, Note, NoteNo},
    },
    outbox::store_note::NewNotice,
    share::store_saved::SavedRow,
    tests::{END, NOW, delivery, facts, keep},
};
use uuid::Uuid;

facts!(
    a_link_is_found_by_its_hash_until_it_is_old,
    an_account_keeps_the_links_that_end_last,
    links_go_with_their_account_and_with_their_share,
    what_was_said_is_found_by_share_or_by_conversation,
);

/// Link `n` of `account` to share `share`.
fn link(n: u8, account: &str, share: u128) -> SavedRow {
    SavedRow {
        hash: vec![n; 32],
        account: account.into(),
        share_id: Uuid::from_u128(share),
        about: n.is_multiple_of(2).then(|| Uuid::from_u128(share)),
        expires_at: END.0 + i64::from(n),
    }
}

/// Romeo and Juliet have joined, and shares 1 and 2 went to Romeo.
async fn some(tx: &mut Tx) {
    for jid in ["romeo@x", "juliet@x"] {
        tx.insert_account(jid, "en", NOW).await.unwrap();
    }
    let both = [1, 2].map(|n| delivery(n, "romeo@x", State::Confirmed, NOW));
    keep(tx, &both).await;
}

/// Which of the links are there.
async fn there(tx: &mut Tx, all: &[SavedRow]) -> Vec<bool> {
    let mut there = Vec::new();
    for link in all {
        let found = tx.saved(&link.hash).await.unwrap();
        assert!(found.is_none() || found.as_ref() == Some(link));
        there.push(found.is_some());
    }
    there
}

async fn a_link_is_found_by_its_hash_until_it_is_old(db: &Db) {
    let mut tx = db.write().await.unwrap();
    some(&mut tx).await;
    let all = [link(1, "romeo@x", 1), link(2, "romeo@x", 2)];
    for link in &all {
        tx.insert_saved(link).await.unwrap();
    }
    assert_eq!(there(&mut tx, &all).await, [true, true]);
    assert_eq!(tx.saved(&[9; 32]).await.unwrap(), None);
    assert_eq!(tx.delete_old_saved(Millis(END.0 + 2), 10).await.unwrap(), 1);
    assert_eq!(there(&mut tx, &all).await, [false, true]);
}

async fn an_account_keeps_the_links_that_end_last(db: &Db) {
    let mut tx = db.write().await.unwrap();
    some(&mut tx).await;
    let all = [1, 2, 3, 4].map(|n| link(n, if n == 4 { "juliet@x" } else { "romeo@x" }, 1));
    for link in &all {
        tx.insert_saved(link).await.unwrap();
    }
    assert_eq!(tx.keep_saved("romeo@x", 3).await.unwrap(), 0);
    assert_eq!(tx.keep_saved("romeo@x", 2).await.unwrap(), 1);
    assert_eq!(there(&mut tx, &all).await, [false, true, true, true]);
}

async fn links_go_with_their_account_and_with_their_share(db: &Db) {
    let mut tx = db.write().await.unwrap();
    some(&mut tx).await;
    let all = [link(1, "romeo@x", 1), link(2, "juliet@x", 1), link(3, "juliet@x", 2)];
    for link in &all {
        tx.insert_saved(link).await.unwrap();
    }
    assert!(tx.delete_account("romeo@x").await.unwrap());
    assert_eq!(there(&mut tx, &all).await, [false, true, true]);
    tx.delete_shares(&[ShareId(Uuid::from_u128(1))]).await.unwrap();
    assert_eq!(there(&mut tx, &all).await.iter().filter(|it| **it).count(), 1);
}

async fn what_was_said_is_found_by_share_or_by_conversation(db: &Db) {
    let mut tx = db.write().await.unwrap();
    some(&mut tx).await;
    let id = |n| DeliveryId(Uuid::from_u128(n));
    let share = ShareId(Uuid::from_u128(1));
    for (n, about) in [(11, 1), (12, 7), (13, 1)] {
        let note = Note { author: "romeo@x".into(), text: n.to_string(), ..Note::default() };
        let no = tx.insert_note(share, &note).await.unwrap();
        let mut delivery = delivery(n, "juliet@x", State::Queued, NOW);
        delivery.share = share;
        let notice = NewNotice { delivery, carries: Carries::Note(no), about: id(about) };
        tx.insert_notices(&[notice]).await.unwrap();
    }
    let first = (NoteNo(i64::MAX), DeliveryId(Uuid::max()));
    let mut said = async |about, below, limit| -> Vec<(u128, NoteNo)> {
        let rows = tx.said(share, about, below, limit).await.unwrap();
        assert!(rows.iter().all(|it| (it.words, it.spoken, it.products) == (2, 0, 0)), "{rows:?}");
        rows.into_iter().map(|row| (row.delivery.id.as_u128(), NoteNo(row.no))).collect()
    };
    let ids = |rows: &[(u128, NoteNo)]| rows.iter().map(|it| it.0).collect::<Vec<_>>();
    assert_eq!(ids(&said(None, first, 9).await), [13, 12, 11]);
    let some = said(None, first, 2).await;
    assert_eq!(ids(&some), [13, 12]);
    assert_eq!(ids(&said(None, (some[1].1, id(12)), 9).await), [11]);
    assert_eq!(ids(&said(Some(id(1)), first, 9).await), [13, 11]);
    assert_eq!(ids(&said(Some(id(5)), first, 9).await), [0; 0]);
}
