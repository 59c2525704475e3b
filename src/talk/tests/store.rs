//! Conversations: what an account calls by a number, what came last, and who said what under
//! which id.

use crate::{
    card::store_inbox::NewTray,
    db::{Db, Tx},
    domain::{
        clock::Millis,
        delivery::State,
        id::{DeliveryId, ShareId},
        note::{Carries, Note, NoteNo},
        offer::Decision,
    },
    outbox::{store::DeliveryRow, store_note::NewNotice},
    tests::{NOW, delivery, facts, keep, share},
};
use uuid::Uuid;

facts!(
    a_number_is_the_newest_thing_that_has_it,
    what_was_sent_last_has_left_and_is_no_revocation,
    talks_of_late_are_those_in_which_something_came,
    what_was_said_is_found_by_its_author_and_his_id,
    a_retracted_note_says_nothing,
    whoever_has_answered_what_was_typed_has_let_its_sender_know,
    what_was_said_and_is_held_goes_with_its_share,
);

fn id(n: u128) -> DeliveryId {
    DeliveryId(Uuid::from_u128(n))
}

fn ids(rows: &[DeliveryRow]) -> Vec<u128> {
    rows.iter().map(|row| row.id.as_u128()).collect()
}

fn found(row: Option<DeliveryRow>) -> Option<u128> {
    row.map(|row| row.id.as_u128())
}

async fn a_number_is_the_newest_thing_that_has_it(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let mut all = [1, 2, 3].map(|n| delivery(n, "romeo@x", State::Confirmed, NOW));
    for (one, handle) in all.iter_mut().zip([7, 8, 7]) {
        one.handle = handle;
    }
    keep(&mut tx, &all).await;
    assert_eq!(found(tx.delivery_numbered("romeo@x", 7).await.unwrap()), Some(3));
    assert_eq!(found(tx.delivery_numbered("romeo@x", 8).await.unwrap()), Some(2));
    assert_eq!(found(tx.delivery_numbered("romeo@x", 9).await.unwrap()), None);
    assert_eq!(found(tx.delivery_numbered("juliet@x", 7).await.unwrap()), None);
    tx.insert_shares(&[share(9, "paris@x", "k")]).await.unwrap();
    assert_eq!(tx.share_numbered("paris@x", 1).await.unwrap().unwrap().id, Uuid::from_u128(9));
    assert_eq!(tx.share_numbered("paris@x", 2).await.unwrap(), None);
    assert_eq!(ids(&tx.conversations(ShareId(Uuid::from_u128(2))).await.unwrap()), [2]);
    assert!(tx.conversations(ShareId(Uuid::from_u128(9))).await.unwrap().is_empty());
}

async fn what_was_sent_last_has_left_and_is_no_revocation(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let at = |n: u128, state, at: i64| {
        let mut one = delivery(n, "romeo@x", state, NOW);
        (one.sent_at, one.handle) = (NOW.0 + at, 1);
        one
    };
    keep(
        &mut tx,
        &[
            at(1, State::Confirmed, 5),
            at(2, State::Handed, 3),
            at(3, State::Queued, 9),
            at(4, State::Failed, 9),
        ],
    )
    .await;
    let after = |ms| Millis(NOW.0 + ms);
    assert_eq!(found(tx.sent_last("romeo@x", after(0)).await.unwrap()), Some(1));
    assert_eq!(found(tx.sent_last("romeo@x", after(5)).await.unwrap()), Some(1));
    assert_eq!(found(tx.sent_last("romeo@x", after(6)).await.unwrap()), None);
    let mut revoked = at(9, State::Handed, 8);
    revoked.share = ShareId(Uuid::from_u128(1));
    let notice = NewNotice { delivery: revoked, carries: Carries::Revocation, about: id(1) };
    tx.insert_notices(&[notice]).await.unwrap();
    assert_eq!(found(tx.sent_last("romeo@x", after(0)).await.unwrap()), Some(1));
}

async fn talks_of_late_are_those_in_which_something_came(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let all = [1, 2, 3].map(|n| delivery(n, "romeo@x", State::Confirmed, NOW));
    let mut all = all.to_vec();
    for (one, at) in all.iter_mut().zip([0, 5, 5]) {
        (one.sent_at, one.handle) = (NOW.0 + at, 1);
    }
    all[2].delivery.state = State::Queued;
    keep(&mut tx, &all).await;
    let since = Millis(NOW.0 + 5);
    let talks = async |tx: &mut Tx| tx.talks_since("romeo@x", since).await.unwrap();
    assert_eq!(talks(&mut tx).await, [Uuid::from_u128(2)]);
    // Something is said in the first.
    let note = Note { author: "juliet@x".into(), said: NOW, ..Note::default() };
    let share = ShareId(Uuid::from_u128(1));
    let carries = Carries::Note(tx.insert_note(share, &note).await.unwrap());
    let mut carrying = delivery(9, "romeo@x", State::Handed, NOW);
    (carrying.share, carrying.sent_at, carrying.handle) = (share, NOW.0 + 6, 1);
    tx.insert_notices(&[NewNotice { delivery: carrying, carries, about: id(1) }]).await.unwrap();
    let mut found = talks(&mut tx).await;
    found.sort_unstable();
    assert_eq!(found, [Uuid::from_u128(1), Uuid::from_u128(2)]);
    // What somebody had before they left was sent to somebody else.
    tx.set_handle(&[id(2), id(9)], 0).await.unwrap();
    assert!(talks(&mut tx).await.is_empty());
    assert_eq!(tx.sent_last("romeo@x", since).await.unwrap().map(|row| row.id), None);
    assert!(tx.came_last("romeo@x", since).await.unwrap().is_none());
}

async fn what_was_said_and_is_held_goes_with_its_share(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let share = ShareId(Uuid::from_u128(1));
    keep(&mut tx, &[delivery(1, "romeo@x", State::Held, NOW)]).await;
    for (n, state) in [(11, State::Held), (12, State::Held), (13, State::Handed)] {
        let note = Note { author: "juliet@x".into(), said: NOW, ..Note::default() };
        let carries = Carries::Note(tx.insert_note(share, &note).await.unwrap());
        let mut carrying = delivery(n, "romeo@x", state, NOW);
        carrying.share = share;
        tx.insert_notices(&[NewNotice { delivery: carrying, carries, about: id(1) }])
            .await
            .unwrap();
    }
    assert_eq!(tx.cancel_held_notes(share, 1).await.unwrap(), 1);
    assert_eq!(tx.cancel_held_notes(share, 9).await.unwrap(), 1);
    assert_eq!(tx.cancel_held_notes(share, 9).await.unwrap(), 0);
    let held = |n| DeliveryId(Uuid::from_u128(n));
    let rows = tx.deliveries(&[held(1), held(13)]).await.unwrap();
    let of = tx.authors_of(&[held(1)]).await.unwrap();
    assert_eq!(of, [(Uuid::from_u128(1), "romeo@x".to_owned(), "juliet@x".to_owned())]);
    let states: Vec<_> = rows.iter().map(|row| row.delivery().state).collect();
    assert!(states.contains(&State::Held) && states.contains(&State::Handed), "{states:?}");
}

/// What `author` says under `stanza_id` in conversation 1, as delivery `n`.
async fn say(tx: &mut Tx, n: u128, author: &str, stanza_id: &str) -> NoteNo {
    let share = ShareId(Uuid::from_u128(1));
    let note = Note {
        author: author.into(),
        stanza_id: stanza_id.into(),
        text: "yes".into(),
        recording: Some("<file-sharing/>".into()),
        said: NOW,
        ..Note::default()
    };
    let no = tx.insert_note(share, &note).await.unwrap();
    let rcpt = if author == "romeo@x" { "juliet@x" } else { "romeo@x" };
    let mut carrying = delivery(n, rcpt, State::Handed, NOW);
    carrying.share = share;
    let carries = Carries::Note(no);
    tx.insert_notices(&[NewNotice { delivery: carrying, carries, about: id(1) }]).await.unwrap();
    no
}

async fn what_was_said_is_found_by_its_author_and_his_id(db: &Db) {
    let mut tx = db.write().await.unwrap();
    keep(&mut tx, &[delivery(1, "romeo@x", State::Confirmed, NOW)]).await;
    let share = ShareId(Uuid::from_u128(1));
    assert_eq!(found(tx.said_last(id(1)).await.unwrap()), None, "the share itself is no note");
    assert!(tx.answerers(share, 9).await.unwrap().is_empty());
    let first = say(&mut tx, 2, "romeo@x", "a").await;
    say(&mut tx, 3, "juliet@x", "a").await;
    let again = say(&mut tx, 4, "romeo@x", "a").await;
    assert_eq!(found(tx.said_under("romeo@x", "a").await.unwrap()), Some(4), "the newest");
    assert_eq!(found(tx.said_under("romeo@x", "b").await.unwrap()), None);
    assert_eq!(found(tx.said_under("paris@x", "a").await.unwrap()), None);
    assert_eq!(tx.count_notes(id(1), 2).await.unwrap(), 2, "and no further");
    assert_eq!(tx.count_notes(id(1), 9).await.unwrap(), 3);
    for left in [Some(2), None, None] {
        tx.unname_note("romeo@x", "").await.unwrap();
        tx.unname_note("romeo@x", "a").await.unwrap();
        assert_eq!(found(tx.said_under("romeo@x", "a").await.unwrap()), left);
    }
    assert_eq!(found(tx.said_under("juliet@x", "a").await.unwrap()), Some(3));
    tx.set_digest(first, &[1; 32]).await.unwrap();
    assert!(tx.was_said(&[1; 32], Millis(NOW.0 - 1)).await.unwrap() && again > first);
    assert!(!tx.was_said(&[1; 32], NOW).await.unwrap(), "that was long ago");
    assert!(!tx.was_said(&[2; 32], Millis(0)).await.unwrap());
    assert_eq!(found(tx.said_last(id(1)).await.unwrap()), Some(4));
    let answerers = tx.answerers(share, 9).await.unwrap();
    assert_eq!(answerers, ["romeo@x"], "a sender answers nobody");
}

async fn a_retracted_note_says_nothing(db: &Db) {
    let mut tx = db.write().await.unwrap();
    keep(&mut tx, &[delivery(1, "romeo@x", State::Confirmed, NOW)]).await;
    let (gone, kept) =
        (say(&mut tx, 2, "romeo@x", "a").await, say(&mut tx, 3, "romeo@x", "b").await);
    tx.empty_note(gone).await.unwrap();
    for row in tx.notes(&[gone, kept]).await.unwrap() {
        let (no, note) = row.note();
        assert_eq!(note.is_retracted(), no == gone);
    }
}

async fn whoever_has_answered_what_was_typed_has_let_its_sender_know(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let typed = |n: u128, number: &str| {
        let mut one = delivery(n, "romeo@x", State::Confirmed, NOW);
        one.address = Some(number.to_owned());
        one
    };
    let numbers = ["tel:+390455550100", "tel:+390455550101", "tel:+390455550102"];
    let all: Vec<_> = (1..).zip(numbers).map(|(n, number)| typed(n, number)).collect();
    keep(&mut tx, &all).await;
    keep(&mut tx, &[typed(4, numbers[0])]).await;
    let note = |author: &str| Note { author: author.to_owned(), ..Note::default() };
    tx.insert_note(ShareId(Uuid::from_u128(1)), &note("romeo@x")).await.unwrap();
    tx.insert_note(ShareId(Uuid::from_u128(2)), &note("juliet@x")).await.unwrap();
    let new = NewTray {
        delivery: id(3),
        share: ShareId(Uuid::from_u128(3)),
        own_card: None,
        decision: Decision::Taken,
        again: Millis::NEVER,
    };
    tx.insert_tray(&[new]).await.unwrap();
    for (number, knows) in numbers.into_iter().zip([true, false, true]) {
        let known = tx.has_let_know("romeo@x", "juliet@x", number, 9).await.unwrap();
        assert_eq!(known, knows, "{number}");
        assert!(!tx.has_let_know("paris@x", "juliet@x", number, 9).await.unwrap());
        assert!(!tx.has_let_know("romeo@x", "paris@x", number, 9).await.unwrap());
    }
    assert!(!tx.has_let_know("romeo@x", "juliet@x", numbers[0], 1).await.unwrap(), "the last one");
}
