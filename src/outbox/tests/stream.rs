//! Beginning and end of streams: what is sent again, and what is not.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio_util::sync::CancellationToken;

use crate::{
    card::submission::submit,
    claim::{claim, due},
    committer::committer,
    db::{Db, Tx},
    domain::{
        clock::Clock,
        delivery::State,
        id::{DeliveryId, StreamNo},
        unfinished::Unfinished,
    },
    invite::join::take_in,
    outbox::{
        delivery::taken,
        stream::{closed, opened, server_answered, take_over},
    },
    tests::{NOW, chance, facts, join_online, later, refuse, states, submission, world},
    unfinished::go_on,
    world::{PASS, World},
};

facts!(
    a_stream_that_ends_clean_resends_nothing,
    a_stream_that_ends_otherwise_resends_the_replay_window,
    another_process_on_the_same_machine_takes_up_claims_only,
    a_server_that_has_run_all_the_time_has_what_it_took,
    a_server_that_was_restarted_or_does_not_say_is_given_it_again,
    after_a_loss_of_power_the_replay_window_is_resent,
    nobody_is_online_on_a_new_stream,
    much_that_was_taken_is_queued_again_in_portions_and_the_next_stream_does_not_wait,
    nothing_is_given_up_before_the_server_has_said_how_long_it_has_run,
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

async fn much_that_was_taken_is_queued_again_in_portions_and_the_next_stream_does_not_wait(
    db: &Db,
) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let people: Vec<String> = (0..200).map(|n| format!("p{n}@x")).collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    join_online(&mut tx, &world, &["juliet@x"]).await;
    join_online(&mut tx, &world, &people).await;
    let stream = opened(&mut tx, "boot", NOW).await.unwrap();
    // The last one is taken on another stream, which is well.
    for key in ["1", "2", "3", "4"] {
        let to = if key == "4" { &people[..1] } else { &people[..] };
        submit(&mut tx, &world, &[submission("juliet@x", key, key, to)], 0).await.unwrap();
        let ready = claim(&mut tx, &later(&world, 1_000), 999).await.unwrap().ready;
        let ids: Vec<_> = ready.iter().map(|one| one.id).collect();
        let on = if key == "4" { StreamNo(stream.0 + 1) } else { stream };
        taken(&mut tx, &world, &ids, on).await.unwrap();
    }
    assert_eq!(states(&mut tx).await, [(State::Handed, 601)]);
    let resent = closed(&mut tx, stream, false, later(&world, 2_000).now).await.unwrap();
    assert_eq!(resent, u64::try_from(PASS).unwrap());
    opened(&mut tx, "boot", later(&world, 2_001).now).await.unwrap();
    // Whenever the rest comes to its turn, and whichever process comes to it: nothing was given up.
    let much = later(&world, 1_200_000);
    due(&mut tx, &much).await.unwrap();
    assert_eq!(states(&mut tx).await, [(State::Queued, PASS), (State::Handed, 601 - PASS)]);
    assert_eq!(go_on(&mut tx, &much).await.unwrap(), Some(Unfinished::Lost));
    assert_eq!(states(&mut tx).await, [(State::Queued, 600), (State::Handed, 1)]);
    assert_eq!(go_on(&mut tx, &much).await.unwrap(), None);
    assert_eq!(tx.books().await.unwrap().resent, 600);
    assert_eq!(much.metrics.resent.get(), 0, "counted when it is kept");
    tx.commit().await.unwrap();
    assert_eq!(much.metrics.resent.get(), 600 - resent, "the others are told to whoever asked");
    let mut tx = db.write().await.unwrap();
    due(&mut tx, &much).await.unwrap();
    assert_eq!(states(&mut tx).await, [(State::Queued, 600), (State::HandedFinal, 1)]);
}

async fn nothing_is_given_up_before_the_server_has_said_how_long_it_has_run(db: &Db) {
    for (age, resent) in [(None, 1), (Some(Duration::from_hours(9)), 0)] {
        let (world, mut tx) = (world(), db.write().await.unwrap());
        traffic(&mut tx, &world).await;
        take_over(&mut tx, "boot", NOW).await.unwrap();
        // Nor does the next process, when this one did not come to it either.
        take_over(&mut tx, "boot", NOW).await.unwrap();
        let hour = later(&world, 3_600_000);
        due(&mut tx, &hour).await.unwrap();
        assert_eq!(go_on(&mut tx, &hour).await.unwrap(), None);
        assert_eq!(states(&mut tx).await, [(State::Queued, 1), (State::Handed, 2)]);
        let current = opened(&mut tx, "boot", hour.now).await.unwrap();
        assert_eq!(server_answered(&mut tx, current, age, hour.now).await.unwrap(), resent);
        due(&mut tx, &hour).await.unwrap();
        let queued = i64::try_from(resent).unwrap() + 1;
        assert_eq!(
            states(&mut tx).await,
            [(State::Queued, queued), (State::HandedFinal, 3 - queued)]
        );
        // Not kept: the next round begins with an empty database.
    }
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
            Box::pin(async move { take_in(tx, world, jid, "en", None).await })
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
