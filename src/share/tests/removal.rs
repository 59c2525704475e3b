//! Shares that are over are forgotten, in portions, with all that was said about them.

use crate::{
    db::{Db, Tx},
    domain::{
        clock::Millis,
        delivery::State,
        id::{DeliveryId, ShareId},
        note::NoteNo,
        share::LIFE,
    },
    share::removal::forget,
    tests::{END, NOW, delivery, facts, join, keep, states, submission, take, talk, world},
    world::{Cursor, PASS, World},
};
use uuid::Uuid;

facts!(
    an_expired_share_goes_with_its_deliveries_once_all_have_ended,
    what_was_said_about_an_expired_share_goes_in_portions,
    what_many_were_sent_is_forgotten_in_portions,
    a_share_of_which_something_is_on_its_way_waits_and_the_others_go,
);

/// Forgets what is over; answers the most deliveries that went at once.
async fn forget_all(tx: &mut Tx, world: &World) -> i64 {
    let count = async |tx: &mut Tx| states(tx).await.iter().map(|(_, n)| n).sum::<i64>();
    let (mut before, mut most, mut place) = (count(tx).await, 0, Cursor::default());
    loop {
        let more = forget(tx, world, place).await.unwrap();
        let after = count(tx).await;
        (most, before) = (most.max(before - after), after);
        let Some(next) = more else { return most };
        place = next;
    }
}

/// When everything is over.
fn end(world: &World) -> World {
    World { now: Millis(NOW.after(LIFE).0 + 1), ..world.clone() }
}

/// Juliet and Romeo have joined, and he has shared this with these.
async fn shared(tx: &mut Tx, world: &World, key: &str, to: &[&str]) -> ShareId {
    take(tx, world, 0, submission("romeo@x", key, "c", to)).await.answer.unwrap().share
}

async fn an_expired_share_goes_with_its_deliveries_once_all_have_ended(db: &Db) {
    let mut tx = db.write().await.unwrap();
    for (n, state) in (1..).zip(State::ALL) {
        keep(&mut tx, &[delivery(n, "romeo@x", state, NOW)]).await;
    }
    let world = |now| World { now, ..world() };
    assert_eq!(forget_all(&mut tx, &world(END)).await, 0, "none has expired");
    forget_all(&mut tx, &world(Millis(END.0 + 1))).await;
    let ids: Vec<_> = (1..12).map(|n| DeliveryId(Uuid::from_u128(n))).collect();
    let left: Vec<_> =
        tx.deliveries(&ids).await.unwrap().iter().map(|row| row.delivery().state).collect();
    assert_eq!(left.len(), 5);
    assert!(left.iter().all(|state| !state.has_ended()), "{left:?}");
    assert!(tx.books().await.unwrap().balance());
}

async fn what_was_said_about_an_expired_share_goes_in_portions(db: &Db) {
    let (world, mut tx) = (world(), db.write().await.unwrap());
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    let share = shared(&mut tx, &world, "k", &["juliet@x"]).await;
    let about = tx.sent(share).await.unwrap()[0].delivery.about();
    tx.confirm(&[about]).await.unwrap();
    talk(&mut tx, &world, share, ["juliet@x", "romeo@x"], State::Confirmed, 1_700).await;
    let most = forget_all(&mut tx, &end(&world)).await;
    assert!(most <= PASS, "{most} deliveries in one transaction");
    assert!(states(&mut tx).await.is_empty());
    let first = (NoteNo(i64::MAX), DeliveryId(Uuid::max()));
    assert!(tx.said(share, None, first, 9).await.unwrap().is_empty());
    assert!(tx.shares(&[share]).await.unwrap().is_empty());
}

async fn what_many_were_sent_is_forgotten_in_portions(db: &Db) {
    let (world, mut tx) = (world(), db.write().await.unwrap());
    join(&mut tx, &world, &["romeo@x"]).await;
    let to: Vec<String> = (0..200).map(|n| format!("p{n}@y")).collect();
    let to: Vec<&str> = to.iter().map(String::as_str).collect();
    for n in 0..8 {
        let share = shared(&mut tx, &world, &n.to_string(), &to).await;
        tx.cancel_share(share).await.unwrap();
    }
    let most = forget_all(&mut tx, &end(&world)).await;
    assert!(most <= PASS, "{most} deliveries in one transaction");
    assert!(states(&mut tx).await.is_empty());
}

async fn a_share_of_which_something_is_on_its_way_waits_and_the_others_go(db: &Db) {
    let (world, mut tx) = (world(), db.write().await.unwrap());
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    let mut shares = Vec::new();
    for n in 0..250 {
        let share = shared(&mut tx, &world, &n.to_string(), &["juliet@x"]).await;
        shares.push(share);
        if n != 40 {
            tx.cancel_share(share).await.unwrap();
        }
    }
    for n in [40, 80] {
        talk(&mut tx, &world, shares[n], ["juliet@x", "romeo@x"], State::Confirmed, 5).await;
    }
    talk(&mut tx, &world, shares[80], ["juliet@x", "romeo@x"], State::Parked, 1).await;
    forget_all(&mut tx, &end(&world)).await;
    let left: Vec<_> = tx.shares(&shares).await.unwrap().into_iter().map(|it| it.id).collect();
    assert_eq!(left.len(), 2, "{left:?}");
    assert!([40, 80].iter().all(|n| left.contains(&shares[*n].0)));
    assert_eq!(
        states(&mut tx).await,
        [(State::Parked, 1), (State::Queued, 1), (State::Confirmed, 10), (State::Cancelled, 1)]
    );
}
