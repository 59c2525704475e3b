//! Beginning and end of streams: what is sent again, and what is not.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio_util::sync::CancellationToken;

use tradepost::{
    domain::{
        clock::Clock,
        delivery::State,
        id::{DeliveryId, StreamNo},
    },
    ops::{
        World, account,
        commit::committer,
        delivery::{claim, taken},
        share::submit,
        stream::{closed, opened, server_answered, take_over},
    },
    store::db::{Db, Tx},
};

use super::{join_online, later, states, submission, world};
use crate::store::{NOW, chance, facts, refuse};

facts!(
    a_stream_that_ends_clean_resends_nothing,
    a_stream_that_ends_otherwise_resends_the_replay_window,
    another_process_on_the_same_machine_takes_up_claims_only,
    a_server_that_has_run_all_the_time_has_what_it_took,
    a_server_that_was_restarted_or_does_not_say_is_given_it_again,
    after_a_loss_of_power_the_replay_window_is_resent,
    nobody_is_online_on_a_new_stream,
    what_the_database_refuses_to_send_again_stays_and_the_rest_goes,
    without_the_lease_nothing_is_kept_and_whoever_asked_is_told,
);

/// Shares that a server took 11 and 5 minutes ago, and one that is claimed.
async fn traffic(tx: &mut Tx, world: &World) -> (StreamNo, Vec<DeliveryId>) {
    join_online(tx, world, &["juliet@x", "romeo@x"]).await;
    let stream = opened(tx, "boot", NOW).await.unwrap();
    let mut ids = Vec::new();
    for (key, ago) in [("1", 660_000), ("2", 300_000), ("3", 0)] {
        let at = later(world, -ago);
        submit(tx, &at, &[submission("juliet@x", key, key, &["romeo@x"])], 0).await.unwrap();
        let ready = claim(tx, &at, 64).await.unwrap().ready;
        assert_eq!(ready.len(), 1);
        if ago > 0 {
            taken(tx, &at, &[ready[0].id], stream).await.unwrap();
        }
        ids.push(ready[0].id);
    }
    (stream, ids)
}

async fn a_stream_that_ends_clean_resends_nothing(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let (stream, _) = traffic(&mut tx, &world).await;
    assert_eq!(closed(&mut tx, stream, true, NOW).await.unwrap(), 0);
    assert_eq!(states(&mut tx).await, [(State::Claimed, 1), (State::Handed, 2)]);
    assert_eq!(take_over(&mut tx, "another boot", NOW).await.unwrap(), 0, "it is closed");
}

async fn a_stream_that_ends_otherwise_resends_the_replay_window(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let (stream, ids) = traffic(&mut tx, &world).await;
    assert_eq!(closed(&mut tx, stream, false, NOW).await.unwrap(), 1);
    let rows = tx.deliveries(&ids[1..2]).await.unwrap();
    assert_eq!((rows[0].delivery().state, rows[0].delivery().resent), (State::Queued, 1));
    assert_eq!(tx.books().await.unwrap().resent, 1);
    assert_eq!(closed(&mut tx, stream, false, NOW).await.unwrap(), 0, "once an incident");
}

async fn what_the_database_refuses_to_send_again_stays_and_the_rest_goes(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x", "bad@x"]).await;
    let stream = opened(&mut tx, "boot", NOW).await.unwrap();
    let mut ids = Vec::new();
    for to in ["bad@x", "romeo@x"] {
        submit(&mut tx, &world, &[submission("juliet@x", to, to, &[to])], 0).await.unwrap();
        let ready = claim(&mut tx, &world, 64).await.unwrap().ready;
        taken(&mut tx, &world, &[ready[0].id], stream).await.unwrap();
        ids.push(ready[0].id);
    }
    refuse(&mut tx, "UPDATE", "delivery", "NEW.rcpt = 'bad@x' AND NEW.state = 2").await;
    assert_eq!(closed(&mut tx, stream, false, NOW).await.unwrap(), 1);
    assert_eq!(states(&mut tx).await, [(State::Queued, 1), (State::Handed, 1)]);
    let rows = tx.deliveries(&ids[1..]).await.unwrap();
    assert_eq!(rows[0].delivery().state, State::Queued);
    // And what is claimed, when a process comes after one that was killed.
    submit(&mut tx, &world, &[submission("juliet@x", "3", "3", &["bad@x"])], 0).await.unwrap();
    assert_eq!(claim(&mut tx, &world, 64).await.unwrap().ready.len(), 2);
    take_over(&mut tx, "boot", NOW).await.unwrap();
    assert_eq!(
        states(&mut tx).await,
        [(State::Queued, 1), (State::Claimed, 1), (State::Handed, 1)]
    );
}

async fn another_process_on_the_same_machine_takes_up_claims_only(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let (_, ids) = traffic(&mut tx, &world).await;
    assert_eq!(take_over(&mut tx, "boot", NOW).await.unwrap(), 0);
    assert_eq!(states(&mut tx).await, [(State::Queued, 1), (State::Handed, 2)]);
    // The same message again, as somebody who may have seen it.
    let again = claim(&mut tx, &world, 64).await.unwrap().ready;
    assert_eq!(again.iter().map(|one| one.id).collect::<Vec<_>>(), ids[2..]);
}

async fn a_server_that_has_run_all_the_time_has_what_it_took(db: &Db) {
    let (world, mut tx) = (world(), db.write().await.unwrap());
    traffic(&mut tx, &world).await;
    take_over(&mut tx, "boot", NOW).await.unwrap();
    let current = opened(&mut tx, "boot", NOW).await.unwrap();
    let long = Some(Duration::from_hours(1));
    assert_eq!(server_answered(&mut tx, current, long, NOW).await.unwrap(), 0);
    let open: Vec<_> = tx.open_streams().await.unwrap().iter().map(|one| one.no).collect();
    assert_eq!(open, [current.0]);
}

async fn a_server_that_was_restarted_or_does_not_say_is_given_it_again(db: &Db) {
    for age in [Some(Duration::from_secs(1)), None] {
        let (world, mut tx) = (world(), db.write().await.unwrap());
        traffic(&mut tx, &world).await;
        let now = later(&world, 60_000).now;
        take_over(&mut tx, "boot", now).await.unwrap();
        let current = opened(&mut tx, "boot", now).await.unwrap();
        // All that was in the replay window when the process died: what is open still counts.
        assert_eq!(server_answered(&mut tx, current, age, now).await.unwrap(), 1);
        // Not kept: the next round begins with an empty database.
    }
}

async fn after_a_loss_of_power_the_replay_window_is_resent(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let (stream, _) = traffic(&mut tx, &world).await;
    let (hour, minutes) = (later(&world, 3_600_000), later(&world, 240_000));
    // The window counts from when the stream was last known to be well, not from the restart.
    tx.touch_stream(stream, minutes.now).await.unwrap();
    assert_eq!(take_over(&mut tx, "another boot", hour.now).await.unwrap(), 1);
    assert_eq!(states(&mut tx).await, [(State::Queued, 2), (State::Handed, 1)]);
}

async fn nobody_is_online_on_a_new_stream(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    opened(&mut tx, "boot", NOW).await.unwrap();
    assert!(!tx.account("romeo@x").await.unwrap().unwrap().online);
    tx.set_online("romeo@x", NOW).await.unwrap();
    take_over(&mut tx, "boot", NOW).await.unwrap();
    assert!(!tx.account("romeo@x").await.unwrap().unwrap().online);
}

async fn without_the_lease_nothing_is_kept_and_whoever_asked_is_told(db: &Db) {
    let leads = Arc::new(AtomicBool::new(true));
    let says = Arc::clone(&leads);
    let (committer, task, _ready) = committer(db.clone(), Clock::System, chance(), Arc::default());
    let task = task.while_leading(Box::new(move || says.load(Ordering::SeqCst)));
    let stop = CancellationToken::new();
    let running = tokio::spawn(task.run(stop.clone()));
    let join = async |jid: &'static str| {
        let join = committer.run(move |tx, world| {
            Box::pin(async move { account::join(tx, world, jid, "en", None).await })
        });
        join.await
    };
    assert_eq!(join("romeo@x").await, Ok(Some(true)));
    leads.store(false, Ordering::SeqCst);
    assert!(join("juliet@x").await.is_err());
    leads.store(true, Ordering::SeqCst);
    assert_eq!(join("juliet@x").await, Ok(Some(true)), "it was not kept before");
    stop.cancel();
    running.await.expect("the committer");
}
