//! What was on its way when a stream ended, and may be why it did.

use crate::{
    claim::claim,
    db::Db,
    domain::{
        delivery::{Event, State},
        id::StreamNo,
    },
    outbox::{
        delivery::{lost, settle, taken, unwritten},
        tests::delivery::{claimed, ids, more, romeo},
    },
    tests::{facts, later, state, states, world},
};

facts!(
    a_stream_that_ends_makes_suspects_and_one_alone_is_quarantined,
    of_what_was_in_flight_when_a_stream_ended_one_goes_at_a_time_and_what_is_sound_between,
    what_was_never_written_is_queued_again_without_suspicion,
);

async fn a_stream_that_ends_makes_suspects_and_one_alone_is_quarantined(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    romeo(&mut tx, &world, true, 2).await;
    let both = ids(&claimed(&mut tx, &world).await);
    lost(&mut tx, &world, &both, false).await.unwrap();
    let mut ready = claimed(&mut tx, &world).await;
    ready.extend(claimed(&mut tx, &world).await);
    assert!(ready.len() == 2 && ready.iter().all(|one| one.suspect));
    let (bad, good) = (ready[0].id, ready[1].id);
    taken(&mut tx, &world, &[good], StreamNo(1)).await.unwrap();
    lost(&mut tx, &world, &[bad], true).await.unwrap();
    assert_eq!(claimed(&mut tx, &world).await.len(), 1);
    lost(&mut tx, &world, &[bad], true).await.unwrap();
    assert_eq!(states(&mut tx).await, [(State::Handed, 1), (State::Dead, 1)]);
}

async fn of_what_was_in_flight_when_a_stream_ended_one_goes_at_a_time_and_what_is_sound_between(
    db: &Db,
) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    romeo(&mut tx, &world, true, 3).await;
    let flight = ids(&claimed(&mut tx, &world).await);
    lost(&mut tx, &world, &flight, false).await.unwrap();
    more(&mut tx, &world, 3..5).await;
    let world = later(&world, 9);
    let (mut suspects, mut found) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let claimed = claim(&mut tx, &world, 256).await.unwrap();
        suspects.extend(claimed.ready.iter().filter(|one| one.suspect).map(|one| one.id));
        found.push((claimed.ready.len(), claimed.more));
    }
    assert_eq!(found, [(3, true), (1, true), (1, false)]);
    assert_eq!(suspects, flight);
}

async fn what_was_never_written_is_queued_again_without_suspicion(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    romeo(&mut tx, &world, true, 2).await;
    let ready = ids(&claimed(&mut tx, &world).await);
    unwritten(&mut tx, &world, &ready).await.unwrap();
    let again = claimed(&mut tx, &world).await;
    assert_eq!(ids(&again), ready);
    assert!(again.iter().all(|one| !one.suspect));
    assert!(settle(&mut tx, &world, ready[0], Event::Unsendable).await.unwrap());
    assert!(!settle(&mut tx, &world, ready[0], Event::Unsendable).await.unwrap());
    assert_eq!(state(&mut tx, ready[0]).await, State::Dead);
}
