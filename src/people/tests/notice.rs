//! What is told about a share afterwards goes the way of a share.

use crate::{
    claim::claim,
    db::{Db, Tx},
    domain::{
        clock::Millis,
        consent::Fate,
        delivery::State,
        id::{DeliveryId, ShareId, StreamNo},
        note::{Carries, Note},
    },
    outbox::delivery::{confirmed, taken},
    people::notice::{Reader, post},
    tests::{deliveries_for, facts, join, join_online, later, state, submission, take, world},
    world::World,
};

facts!(
    a_note_is_claimed_in_order_with_the_share_and_in_its_thread,
    a_note_for_somebody_away_is_parked_like_a_share,
    a_note_for_somebody_who_has_left_is_cancelled,
    a_note_for_somebody_who_has_not_joined_waits_for_him_with_the_share,
    a_receipt_confirms_a_note,
    notes_to_many_are_paced_by_their_author,
);

fn says(text: &str) -> Note {
    let author = "juliet@x".to_owned();
    Note { author, text: text.into(), said: Millis(7), ..Note::default() }
}

/// A share of Juliet that waits for Romeo: its name and its delivery's.
async fn shared(tx: &mut Tx, world: &World) -> (ShareId, DeliveryId) {
    let taken = take(tx, world, 0, submission("juliet@x", "k", "goblet", &["romeo@x"])).await;
    let rows = tx.due(State::Queued, world.now, 9).await.unwrap();
    (taken.answer.unwrap().share, DeliveryId(rows.last().unwrap().id))
}

async fn say(tx: &mut Tx, world: &World, share: ShareId, about: DeliveryId, text: &str) {
    let no = tx.insert_note(share, &says(text)).await.unwrap();
    let reader = Reader { jid: "romeo@x".into(), handle: 4, about, fate: Fate::Goes, typed: None };
    post(tx, world, "juliet@x", share, Carries::Note(no), &[Some(reader)]).await.unwrap();
}

async fn a_note_is_claimed_in_order_with_the_share_and_in_its_thread(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    let (share, about) = shared(&mut tx, &world).await;
    say(&mut tx, &world, share, about, "one").await;
    say(&mut tx, &world, share, about, "two").await;
    let ready = claim(&mut tx, &world, 9).await.unwrap().ready;
    let carried: Vec<_> = ready
        .iter()
        .map(|it| match &it.carries {
            Carries::Note(note) => note.text.as_str(),
            other => {
                if *other == Carries::Share {
                    "share"
                } else {
                    "revocation"
                }
            }
        })
        .collect();
    assert_eq!(carried, ["share", "one", "two"]);
    assert!(ready.iter().all(|it| it.about == about && it.share.id == share));
    assert_eq!((ready[1].handle, ready[1].delay), (4, Some(Millis(7))), "it was said long ago");
    taken(&mut tx, &world, &[ready[1].id], StreamNo(1)).await.unwrap();
    assert_eq!(tx.replay(&[ready[1].id], world.now).await.unwrap(), 1, "as a share is");
}

async fn a_note_for_somebody_away_is_parked_like_a_share(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    let (share, about) = shared(&mut tx, &world).await;
    for n in 0..30 {
        say(&mut tx, &world, share, about, &n.to_string()).await;
    }
    assert_eq!(claim(&mut tx, &world, 99).await.unwrap().ready.len(), 20);
    let parked = deliveries_for(&mut tx, "romeo@x", State::Parked).await;
    assert_eq!(parked.len(), 11);
}

async fn a_note_for_somebody_who_has_left_is_cancelled(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    let (share, about) = shared(&mut tx, &world).await;
    say(&mut tx, &world, share, about, "gone?").await;
    let id = DeliveryId(tx.due(State::Queued, world.now, 9).await.unwrap()[1].id);
    tx.delete_account("romeo@x").await.unwrap();
    assert!(claim(&mut tx, &world, 9).await.unwrap().ready.is_empty());
    assert_eq!(state(&mut tx, id).await, State::Cancelled);
}

async fn a_note_for_somebody_who_has_not_joined_waits_for_him_with_the_share(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x"]).await;
    for (key, words) in [("a", "one"), ("b", "two")] {
        let sent = submission("juliet@x", key, "goblet", &["romeo@x"]);
        let share = take(&mut tx, &world, 0, sent).await.answer.unwrap().share;
        let about = DeliveryId(tx.conversations(share).await.unwrap()[0].id);
        let no = tx.insert_note(share, &says(words)).await.unwrap();
        let reader =
            Reader { jid: "romeo@x".into(), handle: 0, about, fate: Fate::Goes, typed: None };
        post(&mut tx, &world, "juliet@x", share, Carries::Note(no), &[Some(reader)]).await.unwrap();
    }
    assert!(claim(&mut tx, &world, 9).await.unwrap().ready.is_empty());
    join(&mut tx, &world, &["romeo@x"]).await;
    let mut ready = claim(&mut tx, &world, 9).await.unwrap().ready;
    ready.retain(|it| it.to.as_str() == "romeo@x");
    let handles: Vec<_> = ready.iter().map(|it| it.handle).collect();
    assert_eq!(handles, [1, 1, 2, 2], "a note has the number of its share");
    assert_eq!(tx.account("romeo@x").await.unwrap().unwrap().next_handle, 3);
}

async fn a_receipt_confirms_a_note(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    let (share, about) = shared(&mut tx, &world).await;
    say(&mut tx, &world, share, about, "one").await;
    let id = claim(&mut tx, &world, 9).await.unwrap().ready[1].id;
    confirmed(&mut tx, &world, &[(id, "romeo@x".parse().unwrap())]).await.unwrap();
    assert_eq!(state(&mut tx, id).await, State::Confirmed);
}

async fn notes_to_many_are_paced_by_their_author(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    let (share, about) = shared(&mut tx, &world).await;
    let readers: Vec<_> = (0..50)
        .map(|n| Reader { jid: format!("{n}@x"), handle: 1, about, fate: Fate::Goes, typed: None })
        .chain([Reader { jid: "romeo@x".into(), handle: 1, about, fate: Fate::Goes, typed: None }])
        .map(Some)
        .collect();
    post(&mut tx, &world, "juliet@x", share, Carries::Revocation, &readers).await.unwrap();
    assert_eq!(tx.due(State::Queued, world.now, 99).await.unwrap().len(), 2);
    assert_eq!(tx.due(State::Queued, later(&world, 50).now, 99).await.unwrap().len(), 52);
    say(&mut tx, &world, share, about, "behind").await;
    assert_eq!(tx.due(State::Queued, later(&world, 50).now, 99).await.unwrap().len(), 52);
    assert_eq!(tx.account("juliet@x").await.unwrap().unwrap().paced_until.0, world.now.0 + 52);
}
