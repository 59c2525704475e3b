//! What somebody sent and was sent, by his numbers; and what he has set.

use crate::{
    db::{Db, Tx},
    domain::{
        delivery::State,
        id::{DeliveryId, ShareId},
        note::Note,
    },
    share::{
        store::ShareRow,
        store_history::{GotRow, ItemRow},
    },
    tests::{NOW, delivery, facts, share},
};
use uuid::Uuid;

facts!(
    the_shelf_is_what_he_sent_and_was_sent_the_newest_first,
    a_number_names_one_thing_of_its_owner_alone,
    recent_people_are_those_he_sent_to_and_got_something_from,
    what_is_set_is_kept,
);

const ROMEO: &str = "romeo@x";

/// Romeo has sent share 1 as #1 and was sent share 2 as #2 and, in vain, share 3 as #3; a fourth
/// is for him once he joins.
async fn some(tx: &mut Tx) {
    let row = |n, sender: &str| ShareRow { handle: 1, ..share(n, sender, &n.to_string()) };
    let shares = [row(1, ROMEO), row(2, "juliet@x"), row(3, "juliet@x"), row(4, "juliet@x")];
    tx.insert_shares(&shares).await.unwrap();
    let mut deliveries = vec![
        delivery(1, "mercutio@x", State::Queued, NOW),
        delivery(2, ROMEO, State::Confirmed, NOW),
        delivery(3, ROMEO, State::Failed, NOW),
        delivery(4, ROMEO, State::Held, NOW),
    ];
    for (delivery, handle) in deliveries.iter_mut().zip([1, 2, 3, 0]) {
        delivery.handle = handle;
    }
    let mut second = delivery(5, "benvolio@x", State::Queued, NOW);
    second.share = ShareId(Uuid::from_u128(1));
    second.id = DeliveryId(Uuid::from_u128(5));
    deliveries.push(second);
    tx.insert_deliveries(&deliveries).await.unwrap();
}

fn item(handle: i64, share: u128, sent: bool) -> ItemRow {
    ItemRow { handle, share_id: Uuid::from_u128(share), sent }
}

async fn the_shelf_is_what_he_sent_and_was_sent_the_newest_first(db: &Db) {
    let mut tx = db.write().await.unwrap();
    some(&mut tx).await;
    let all = [item(2, 2, false), item(1, 1, true)];
    assert_eq!(tx.history(ROMEO, i64::MAX, 0, 10).await.unwrap(), all);
    assert_eq!(tx.history(ROMEO, i64::MAX, 0, 1).await.unwrap(), all[..1]);
    assert_eq!(tx.history(ROMEO, i64::MAX, 1, 10).await.unwrap(), all[1..]);
    assert_eq!(tx.history(ROMEO, 2, 0, 10).await.unwrap(), all[1..]);
    assert_eq!(tx.history("nobody@x", i64::MAX, 0, 10).await.unwrap(), []);
    let shares = [ShareId(Uuid::from_u128(1)), ShareId(Uuid::from_u128(9))];
    let one = (Uuid::from_u128(1), "benvolio@x".to_owned());
    assert_eq!(tx.some_recipient(&shares).await.unwrap(), [one]);
}

async fn a_number_names_one_thing_of_its_owner_alone(db: &Db) {
    let mut tx = db.write().await.unwrap();
    some(&mut tx).await;
    assert_eq!(tx.item(ROMEO, 1).await.unwrap(), Some(item(1, 1, true)));
    assert_eq!(tx.item(ROMEO, 2).await.unwrap(), Some(item(2, 2, false)));
    assert_eq!(tx.item("mercutio@x", 1).await.unwrap(), Some(item(1, 1, false)));
    for (jid, handle) in [(ROMEO, 3), (ROMEO, 0), (ROMEO, 9), ("nobody@x", 1)] {
        assert_eq!(tx.item(jid, handle).await.unwrap(), None, "{jid} {handle}");
    }
}

async fn recent_people_are_those_he_sent_to_and_got_something_from(db: &Db) {
    let mut tx = db.write().await.unwrap();
    some(&mut tx).await;
    let mut to = tx.sent_to_lately(ROMEO, 10).await.unwrap();
    to.sort_unstable();
    assert_eq!(to, [("benvolio@x".to_owned(), 1), ("mercutio@x".to_owned(), 1)]);
    let mut got = GotRow {
        sender: "juliet@x".to_owned(),
        sender_nick: Some("Juliet".to_owned()),
        handle: 2,
        answered: false,
    };
    assert_eq!(tx.got_from_lately(ROMEO, 10).await.unwrap(), [got.clone()]);
    let about = ShareId(Uuid::from_u128(2));
    for (author, answered) in [("juliet@x", false), (ROMEO, true)] {
        let note = Note { author: author.to_owned(), said: NOW, ..Note::default() };
        tx.insert_note(about, &note).await.unwrap();
        got.answered = answered;
        assert_eq!(tx.got_from_lately(ROMEO, 10).await.unwrap(), [got.clone()]);
    }
    assert_eq!(tx.got_from_lately("juliet@x", 10).await.unwrap(), []);
}

async fn what_is_set_is_kept(db: &Db) {
    let mut tx = db.write().await.unwrap();
    tx.insert_account(ROMEO, "en", NOW).await.unwrap();
    tx.set_sees_us(ROMEO, true).await.unwrap();
    tx.set_seen_by_us(ROMEO, true).await.unwrap();
    assert!(tx.account(ROMEO).await.unwrap().unwrap().gets_pictures());
    tx.set_lang(ROMEO, "zh").await.unwrap();
    tx.set_pictures(ROMEO, false).await.unwrap();
    let account = tx.account(ROMEO).await.unwrap().unwrap();
    assert_eq!((account.lang.as_str(), account.gets_pictures()), ("zh", false));
}
