//! What goes when a share does.

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
    expired_shares_come_in_the_order_in_which_they_expired,
    what_was_said_about_a_share_goes_and_the_share_stays,
    a_note_stays_while_something_carries_it,
    links_to_a_share_go_in_portions,
);

fn id(n: u128) -> DeliveryId {
    DeliveryId(Uuid::from_u128(n))
}

fn share(n: u128) -> ShareId {
    ShareId(Uuid::from_u128(n))
}

/// Delivery `n` to this account, of a note about share 1.
async fn carried(tx: &mut Tx, n: u128, rcpt: &str, state: State, no: NoteNo) {
    let mut delivery = delivery(n, rcpt, state, NOW);
    delivery.share = share(1);
    let notice = NewNotice { delivery, carries: Carries::Note(no), about: id(1) };
    tx.insert_notices(&[notice]).await.unwrap();
}

async fn says(tx: &mut Tx) -> NoteNo {
    let note = Note { author: "romeo@x".into(), said: NOW, ..Note::default() };
    tx.insert_note(share(1), &note).await.unwrap()
}

async fn expired_shares_come_in_the_order_in_which_they_expired(db: &Db) {
    let mut tx = db.write().await.unwrap();
    keep(&mut tx, &[3, 1, 2].map(|n| delivery(n, "romeo@x", State::Queued, NOW))).await;
    let ever = (Millis(0), Uuid::nil());
    assert!(tx.expired_shares(END, ever.0, ever.1, 9).await.unwrap().is_empty(), "none has");
    let later = Millis(END.0 + 1);
    let two = tx.expired_shares(later, ever.0, ever.1, 2).await.unwrap();
    assert_eq!(two, [1, 2].map(|n| (Uuid::from_u128(n), END.0, 1)));
    let rest = tx.expired_shares(later, END, two[1].0, 2).await.unwrap();
    assert_eq!(rest, [(Uuid::from_u128(3), END.0, 1)]);
    assert!(tx.expired_shares(later, END, rest[0].0, 2).await.unwrap().is_empty());
}

async fn what_was_said_about_a_share_goes_and_the_share_stays(db: &Db) {
    let mut tx = db.write().await.unwrap();
    keep(&mut tx, &[delivery(1, "romeo@x", State::Confirmed, NOW)]).await;
    for (n, state) in [(11, State::Confirmed), (12, State::Parked)] {
        let no = says(&mut tx).await;
        carried(&mut tx, n, "juliet@x", state, no).await;
    }
    let alone = says(&mut tx).await;
    assert!(!tx.is_on_its_way(share(1)).await.unwrap(), "only what was said about it");
    assert_eq!(tx.notices_of(share(1), 1).await.unwrap().len(), 1);
    let all = tx.notices_of(share(1), 9).await.unwrap();
    let mut states: Vec<i64> = all.iter().map(|(.., state)| *state).collect();
    states.sort_unstable();
    assert_eq!(states, [State::Parked.code(), State::Confirmed.code()]);
    let all: Vec<_> = all.into_iter().map(|(id, carries, _)| (id, carries)).collect();
    tx.delete_notices(&all).await.unwrap();
    assert!(tx.notices_of(share(1), 9).await.unwrap().is_empty());
    assert_eq!(tx.deliveries(&[id(1), id(11), id(12)]).await.unwrap().len(), 1);
    assert_eq!(tx.notes(&[NoteNo(1), NoteNo(2), alone]).await.unwrap().len(), 1);
    assert_eq!(tx.delete_notes_about(share(1), 0).await.unwrap(), 0);
    assert_eq!(tx.delete_notes_about(share(1), 9).await.unwrap(), 1);
    assert_eq!(tx.shares(&[share(1)]).await.unwrap().len(), 1);
    keep(&mut tx, &[delivery(2, "romeo@x", State::Parked, NOW)]).await;
    assert!(tx.is_on_its_way(share(2)).await.unwrap());
}

async fn a_note_stays_while_something_carries_it(db: &Db) {
    let mut tx = db.write().await.unwrap();
    keep(&mut tx, &[delivery(1, "romeo@x", State::Confirmed, NOW)]).await;
    let no = says(&mut tx).await;
    for (n, rcpt) in [(11, "juliet@x"), (12, "paris@x")] {
        carried(&mut tx, n, rcpt, State::Confirmed, no).await;
    }
    for left in [1, 0] {
        let one = tx.notices_of(share(1), 1).await.unwrap();
        tx.delete_notices(&[(one[0].0, one[0].1)]).await.unwrap();
        assert_eq!(tx.notes(&[no]).await.unwrap().len(), left);
    }
}

async fn links_to_a_share_go_in_portions(db: &Db) {
    let mut tx = db.write().await.unwrap();
    tx.insert_account("romeo@x", "en", NOW).await.unwrap();
    keep(&mut tx, &[1, 2].map(|n| delivery(n, "romeo@x", State::Confirmed, NOW))).await;
    for (n, of) in [(1, 1), (2, 1), (3, 1), (4, 2)] {
        let link = SavedRow {
            hash: vec![n; 32],
            account: "romeo@x".into(),
            share_id: Uuid::from_u128(of),
            about: None,
            expires_at: END.0,
        };
        tx.insert_saved(&link).await.unwrap();
    }
    for gone in [2, 1, 0] {
        assert_eq!(tx.delete_saved_of(share(1), 2).await.unwrap(), gone);
    }
    assert!(tx.saved(&[4; 32]).await.unwrap().is_some());
}
