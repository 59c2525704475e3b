//! Notes about shares, and the deliveries that carry something else than a share.

use crate::{
    db::Db,
    domain::{
        clock::Millis,
        delivery::State,
        id::{DeliveryId, ShareId, StreamNo},
        note::{Carries, Kind, Note, NoteNo, Reference},
    },
    outbox::store_note::NewNotice,
    tests::{END, NOW, delivery, facts, keep, row},
};
use uuid::Uuid;

facts!(
    a_note_is_found_by_its_number,
    a_share_a_revocation_and_notes_may_go_to_one_recipient_but_none_of_them_twice,
    a_reaction_is_known_until_it_is_taken_back,
    notes_go_with_their_share,
    what_was_sent_shows_streams_and_first_answers_and_nothing_but_the_share,
    a_share_is_taken_back_once,
);

fn note(text: &str) -> Note {
    Note {
        author: "romeo@x".into(),
        author_nick: Some("Romeo".into()),
        lang: Some("zh-CN".into()),
        stanza_id: "a1".into(),
        kind: Kind::Correction,
        refers: Some(Reference { id: "r7".into(), is_own: true }),
        text: text.into(),
        recording: Some("<file-sharing/>".into()),
        products: "<product/>".into(),
        said: NOW,
    }
}

fn id(n: u128) -> DeliveryId {
    DeliveryId(Uuid::from_u128(n))
}

/// Delivery `n`, of something about share 1 to Romeo.
fn notice(n: u128, carries: Carries<NoteNo>) -> NewNotice {
    let mut delivery = delivery(n, "romeo@x", State::Queued, NOW);
    delivery.share = ShareId(Uuid::from_u128(1));
    NewNotice { delivery, carries, about: id(1) }
}

async fn a_note_is_found_by_its_number(db: &Db) {
    let mut tx = db.write().await.unwrap();
    keep(&mut tx, &[delivery(1, "romeo@x", State::Confirmed, NOW)]).await;
    let share = ShareId(Uuid::from_u128(1));
    let plain = Note {
        author: "romeo@x".into(),
        text: "How heavy is it?".into(),
        said: NOW,
        ..Note::default()
    };
    let first = tx.insert_note(share, &plain).await.unwrap();
    let second = tx.insert_note(share, &note("有多重？")).await.unwrap();
    assert!(NoteNo(0) < first && first < second);
    let mut found = tx.notes(&[second, first, NoteNo(99)]).await.unwrap();
    found.sort_by_key(|row| row.no);
    let found: Vec<_> = found.into_iter().map(crate::outbox::store_note::NoteRow::note).collect();
    assert_eq!(found, [(first, plain), (second, note("有多重？"))]);
    assert!(tx.notes(&[]).await.unwrap().is_empty());
    let before = Millis(NOW.0 - 1);
    assert!(tx.has_said_since(share, "romeo@x", before).await.unwrap());
    assert!(!tx.has_said_since(share, "romeo@x", NOW).await.unwrap(), "nothing since");
    assert!(!tx.has_said_since(share, "juliet@x", before).await.unwrap());
}

async fn a_share_a_revocation_and_notes_may_go_to_one_recipient_but_none_of_them_twice(db: &Db) {
    let mut tx = db.write().await.unwrap();
    keep(&mut tx, &[delivery(1, "romeo@x", State::Confirmed, NOW)]).await;
    let said = tx.insert_note(ShareId(Uuid::from_u128(1)), &note("yes")).await.unwrap();
    let carried = [Carries::Revocation, Carries::Note(said)];
    tx.insert_notices(&[notice(2, carried[0]), notice(3, carried[1])]).await.unwrap();
    tx.insert_notices(&[]).await.unwrap();
    assert_eq!(
        (row(&mut tx, 1).await.carries(), row(&mut tx, 1).await.about()),
        (Carries::Share, id(1))
    );
    for (n, carries) in (2..).zip(carried) {
        let row = row(&mut tx, n).await;
        assert_eq!((row.carries(), row.about()), (carries, id(1)));
        assert_eq!(row.delivery(), notice(n, carries).delivery.delivery);
    }
    let books = tx.books().await.unwrap();
    assert_eq!((books.accepted, books.notices, books.balance()), (1, 2, true));
    tx.commit().await.unwrap();
    for carries in carried {
        let mut tx = db.write().await.unwrap();
        let refused = tx.insert_notices(&[notice(9, carries)]).await.unwrap_err();
        assert!(refused.as_database_error().unwrap().is_unique_violation(), "{refused}");
    }
}

async fn a_reaction_is_known_until_it_is_taken_back(db: &Db) {
    let mut tx = db.write().await.unwrap();
    keep(&mut tx, &[delivery(1, "romeo@x", State::Confirmed, NOW)]).await;
    let share = ShareId(Uuid::from_u128(1));
    for (n, emoji) in [(2, "👍"), (3, "")] {
        let reacts = Note { kind: Kind::Reaction, ..note(emoji) };
        let said = tx.insert_note(share, &reacts).await.unwrap();
        tx.insert_notices(&[notice(n, Carries::Note(said))]).await.unwrap();
        for (author, to, expected) in [
            ("romeo@x", "r7", !emoji.is_empty()),
            ("romeo@x", "r8", false),
            ("juliet@x", "r7", false),
        ] {
            let reacted = tx.has_reacted(share, author, id(1), Some(to)).await.unwrap();
            assert_eq!(reacted, expected, "{author} {to} {emoji}");
        }
    }
}

async fn notes_go_with_their_share(db: &Db) {
    let mut tx = db.write().await.unwrap();
    keep(&mut tx, &[delivery(1, "romeo@x", State::Confirmed, NOW)]).await;
    let said = tx.insert_note(ShareId(Uuid::from_u128(1)), &note("yes")).await.unwrap();
    tx.insert_notices(&[notice(2, Carries::Note(said))]).await.unwrap();
    tx.delete_shares(&[ShareId(Uuid::from_u128(1))]).await.unwrap();
    assert!(tx.notes(&[said]).await.unwrap().is_empty());
    assert!(tx.deliveries(&[id(1), id(2)]).await.unwrap().is_empty());
}

async fn what_was_sent_shows_streams_and_first_answers_and_nothing_but_the_share(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let mut second = delivery(2, "benvolio@x", State::Queued, NOW);
    second.share = ShareId(Uuid::from_u128(1));
    keep(&mut tx, &[delivery(1, "romeo@x", State::Claimed, NOW)]).await;
    tx.insert_deliveries(&[second]).await.unwrap();
    tx.hand_over(&[id(1)], StreamNo(7), END).await.unwrap();
    let share = ShareId(Uuid::from_u128(1));
    let late = Note { said: END, ..note("later") };
    let said = tx.insert_note(share, &late).await.unwrap();
    tx.insert_note(share, &note("first")).await.unwrap();
    tx.insert_notices(&[notice(3, Carries::Note(said)), notice(4, Carries::Revocation)])
        .await
        .unwrap();
    let sent = tx.sent(share).await.unwrap();
    let seen: Vec<_> = sent
        .iter()
        .map(|row| (row.delivery.rcpt.as_str(), row.stream, row.sent_at, row.answered_at))
        .collect();
    assert_eq!(seen, [("romeo@x", 7, 0, Some(NOW.0)), ("benvolio@x", 0, 0, None)]);
    assert!(tx.sent(ShareId(Uuid::from_u128(9))).await.unwrap().is_empty());
    // An answer was one also when what it said is gone; that somebody has joined is none.
    let joined = Note { kind: Kind::Joined, author: "benvolio@x".into(), ..note("") };
    tx.insert_note(share, &joined).await.unwrap();
    tx.delete_notes_of("romeo@x", said, 9).await.unwrap();
    let answered = tx.sent(share).await.unwrap().into_iter().map(|row| row.answered_at);
    assert_eq!(answered.collect::<Vec<_>>(), [Some(NOW.0), None]);
    // Taking it back leaves what is told about it.
    assert_eq!(tx.cancel_share(share).await.unwrap(), 1);
    assert_eq!(row(&mut tx, 4).await.delivery().state, State::Queued);
}

async fn a_share_is_taken_back_once(db: &Db) {
    let mut tx = db.write().await.unwrap();
    keep(&mut tx, &[delivery(1, "romeo@x", State::Confirmed, NOW)]).await;
    let share = ShareId(Uuid::from_u128(1));
    assert!(tx.revoke_share(share, NOW).await.unwrap());
    assert!(!tx.revoke_share(share, END).await.unwrap());
    assert!(!tx.revoke_share(ShareId(Uuid::from_u128(9)), END).await.unwrap());
    tx.set_share_handle(share, 12).await.unwrap();
    let row = tx.shares(&[share]).await.unwrap().pop().unwrap();
    assert_eq!((row.revoked_at, row.handle), (Some(NOW.0), 12));
}
