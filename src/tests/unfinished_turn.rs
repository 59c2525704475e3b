//! Who waits for what one transaction did not finish, and for how long.

use crate::{
    card::submission::submit,
    claim::{claim, is_due},
    db::Db,
    domain::{
        clock::Millis,
        consent::Verdict,
        delivery::{Event, State},
        id::DeliveryId,
        unfinished::Unfinished,
    },
    leave::erase::leave,
    people::{account, consent::decide},
    tests::{
        deliveries_for, facts, join, join_online, later, refuse, states, submission,
        unfinished::{MANY, ROMEO, counted, juliet, send},
    },
    unfinished::{go_on, go_on_in_turns},
    world::{self, PASS, Rows, World},
};

facts!(
    a_portion_that_the_database_refuses_rests_and_the_others_go_on,
    what_only_a_later_version_knows_rests_and_the_others_go_on,
    nothing_rests_for_longer_than_ten_minutes_when_the_clock_goes_back,
    nothing_is_gone_on_with_for_whoever_has_left,
    whoever_has_much_left_takes_turns_with_others,
    whoever_is_at_the_next_step_takes_turns_with_others_too,
    what_somebody_has_said_goes_before_what_lets_go,
    however_much_goes_first_all_else_has_its_turns,
    one_transaction_moves_so_many_rows_for_all_and_the_others_go_on_later,
    what_is_due_while_a_word_is_carried_out_is_put_off_once_and_goes_behind_that,
    nothing_is_sent_of_whom_they_have_blocked_while_that_is_carried_out,
);

async fn a_portion_that_the_database_refuses_rests_and_the_others_go_on(db: &Db) {
    let world = crate::tests::world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", ROMEO, "bad@x"]).await;
    for jid in ["bad@x", ROMEO] {
        send(&mut tx, &world, "juliet@x", 1, jid).await;
    }
    refuse(&mut tx, "UPDATE", "delivery", "NEW.rcpt = 'bad@x'").await;
    tx.put_unfinished("bad@x", Unfinished::Left, "", world.now, world.now).await.unwrap();
    let then = later(&world, 1).now;
    tx.put_unfinished(ROMEO, Unfinished::Left, "", then, then).await.unwrap();
    let world = later(&world, 2);
    for _ in 0..2 {
        assert_eq!(go_on(&mut tx, &world).await.unwrap(), Some(Unfinished::Left));
    }
    assert_eq!(go_on(&mut tx, &world).await.unwrap(), None, "the first one rests");
    assert_eq!(states(&mut tx).await, [(State::Queued, 1), (State::Cancelled, 1)]);
    let after = later(&world, 600_002);
    assert_eq!(go_on(&mut tx, &after).await.unwrap(), Some(Unfinished::Left), "and is tried again");
}

async fn what_only_a_later_version_knows_rests_and_the_others_go_on(db: &Db) {
    let (world, mut tx) = (crate::tests::world(), db.write().await.unwrap());
    join(&mut tx, &world, &["juliet@x", ROMEO]).await;
    let later_ones = ("juliet@x".to_owned(), 99, "it".to_owned(), world.now.0);
    tx.put_off_unfinished(&later_ones, world.now).await.unwrap();
    let then = later(&world, 1).now;
    tx.put_unfinished(ROMEO, Unfinished::Left, "", then, then).await.unwrap();
    let world = later(&world, 2);
    assert_eq!(go_on(&mut tx, &world).await.unwrap(), Some(Unfinished::Left));
    assert_eq!(go_on(&mut tx, &world).await.unwrap(), None);
    let after = later(&world, 600_002).now;
    let kept = tx.take_unfinished(Millis(0), after).await.unwrap();
    assert_eq!(kept, Some(later_ones), "nothing of it is lost");
}

async fn nothing_rests_for_longer_than_ten_minutes_when_the_clock_goes_back(db: &Db) {
    let world = crate::tests::world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "bad@x"]).await;
    send(&mut tx, &world, "juliet@x", 1, "bad@x").await;
    refuse(&mut tx, "UPDATE", "delivery", "NEW.rcpt = 'bad@x'").await;
    let ahead = later(&world, 3_600_000);
    tx.put_unfinished("bad@x", Unfinished::Left, "", ahead.now, ahead.now).await.unwrap();
    // By the clock that was ahead, by the one that went back, and again.
    for world in [ahead, world.clone(), later(&world, 600_001)] {
        assert!(tx.is_unfinished(world.now).await.unwrap());
        assert_eq!(go_on(&mut tx, &world).await.unwrap(), Some(Unfinished::Left));
        for ms in [0, 600_000 - 1] {
            let soon = World { now: Millis(world.now.0 + ms), ..world.clone() };
            assert!(!tx.is_unfinished(soon.now).await.unwrap());
            assert_eq!(go_on(&mut tx, &soon).await.unwrap(), None, "it rests");
        }
    }
}

async fn nothing_is_gone_on_with_for_whoever_has_left(db: &Db) {
    let (world, mut tx) = (crate::tests::world(), db.write().await.unwrap());
    join(&mut tx, &world, &["juliet@x", ROMEO, "paris@x"]).await;
    // What was begun before ends.
    for kind in [Unfinished::Said, Unfinished::Back, Unfinished::Woken, Unfinished::Unfollowed] {
        tx.put_unfinished("paris@x", kind, "", world.now, world.now).await.unwrap();
    }
    leave(&mut tx, &world, "paris@x").await.unwrap();
    assert_eq!(go_on(&mut tx, &world).await.unwrap(), None);
    // Nor is a word that is left over carried out: what waits then goes nowhere, and it would never end.
    let romeo = ROMEO.parse().unwrap();
    decide(&mut tx, &world, &romeo, &juliet(), Verdict::Yes).await.unwrap();
    tx.delete_account(ROMEO).await.unwrap();
    send(&mut tx, &world, "juliet@x", MANY, ROMEO).await;
    tx.put_in_turn((ROMEO, Unfinished::Said, "juliet@x "), Millis(0), ROMEO, true).await.unwrap();
    assert_eq!(go_on(&mut tx, &world).await.unwrap(), Some(Unfinished::Said));
    assert_eq!(go_on(&mut tx, &world).await.unwrap(), None, "that was all");
    assert_eq!(counted(&mut tx, State::Held).await, MANY);
}

async fn whoever_has_much_left_takes_turns_with_others(db: &Db) {
    let world = crate::tests::world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "benvolio@x"]).await;
    for n in 0..250 {
        let share = submission("juliet@x", &n.to_string(), "see", &["benvolio@x"]);
        submit(&mut tx, &world, &[share], 0).await.unwrap();
    }
    let world = later(&world, 1);
    leave(&mut tx, &world, "juliet@x").await.unwrap();
    tx.put_in_turn((ROMEO, Unfinished::Back, ""), world.now, ROMEO, false).await.unwrap();
    let world = later(&world, 2);
    let mut kinds = Vec::new();
    while let Some(kind) = go_on(&mut tx, &world).await.unwrap() {
        kinds.push(kind);
    }
    assert_eq!(kinds, [Unfinished::Left, Unfinished::Back, Unfinished::Left]);
}

async fn whoever_is_at_the_next_step_takes_turns_with_others_too(db: &Db) {
    let (world, mut tx) = (crate::tests::world(), db.write().await.unwrap());
    join(&mut tx, &world, &["juliet@x", ROMEO]).await;
    send(&mut tx, &world, "juliet@x", PASS + 100, ROMEO).await;
    leave(&mut tx, &later(&world, 1), ROMEO).await.unwrap();
    tx.put_in_turn(("juliet@x", Unfinished::Back, ""), world.now, "juliet@x", false).await.unwrap();
    let mut kinds = Vec::new();
    // The first of them ends what is on its way to them, and begins with what they were sent.
    while let Some(kind) = go_on(&mut tx, &later(&world, 3)).await.unwrap() {
        kinds.push(kind);
    }
    assert_eq!(kinds[..3], [Unfinished::Left, Unfinished::Back, Unfinished::Left]);
}

async fn what_somebody_has_said_goes_before_what_lets_go(db: &Db) {
    let world = crate::tests::world();
    let mut tx = db.write().await.unwrap();
    for n in 0..MANY {
        let one = submission("juliet@x", &n.to_string(), "see", &[ROMEO]);
        if n == 0 {
            join(&mut tx, &world, &["juliet@x"]).await;
        }
        submit(&mut tx, &world, &[one], 0).await.unwrap();
    }
    join(&mut tx, &world, &[ROMEO]).await;
    let (romeo, juliet) = (ROMEO.parse().unwrap(), "juliet@x".parse().unwrap());
    decide(&mut tx, &world, &romeo, &juliet, Verdict::Blocked).await.unwrap();
    let at_first = states(&mut tx).await;
    let queued = |states: &[(State, i64)]| {
        states.iter().find(|(state, _)| *state == State::Queued).map_or(0, |(_, n)| *n)
    };
    assert_eq!(go_on(&mut tx, &world).await.unwrap(), Some(Unfinished::Said));
    while go_on(&mut tx, &world).await.unwrap().is_some() {
        assert!(queued(&states(&mut tx).await) <= queued(&at_first));
    }
    assert_eq!(queued(&states(&mut tx).await), 1, "that he has joined, to her");
}

async fn however_much_goes_first_all_else_has_its_turns(db: &Db) {
    let (world, mut tx) = (crate::tests::world(), db.write().await.unwrap());
    // Of a kind that is over at once.
    let kind = Unfinished::Removed;
    for n in ["1", "2", "3", "4"] {
        tx.put_in_turn(("first@x", kind, n), world.now, "first@x", true).await.unwrap();
    }
    tx.put_in_turn(("second@x", kind, ""), world.now, "second@x", false).await.unwrap();
    tx.put_unfinished("third@x", kind, "", world.now, world.now).await.unwrap();
    let mut place = world::Cursor::default();
    let mut left = vec!["first@x", "second@x", "third@x"];
    for gone in [None, Some("second@x"), Some("third@x"), None, None, Some("first@x")] {
        place = go_on_in_turns(&mut tx, &world, place).await.unwrap().expect("something");
        left.retain(|it| Some(*it) != gone);
        for who in ["first@x", "second@x", "third@x"] {
            let is_left = tx.has_unfinished(who, kind).await.unwrap();
            assert_eq!(is_left, left.contains(&who), "{who} behind {gone:?}");
        }
    }
    assert_eq!(go_on_in_turns(&mut tx, &world, place).await.unwrap(), None);
}

async fn one_transaction_moves_so_many_rows_for_all_and_the_others_go_on_later(db: &Db) {
    let (world, mut tx) = (crate::tests::world(), db.write().await.unwrap());
    let people = ["romeo@x", "paris@x", "benvolio@x"];
    join(&mut tx, &world, &["juliet@x"]).await;
    join_online(&mut tx, &world, &people).await;
    for rcpt in people {
        send(&mut tx, &world, "juliet@x", 400, rcpt).await;
        // Their servers want it later.
        for row in deliveries_for(&mut tx, rcpt, State::Queued).await {
            let later = Event::Suspend(later(&world, 9_000_000).now);
            let next = row.delivery().next(later, world.now, 0.0).unwrap();
            tx.save(DeliveryId(row.id), next).await.unwrap();
        }
    }
    let then = later(&world, 9_000);
    let one = World { rows: Rows::up_to(500), ..then.clone() };
    for rcpt in people {
        account::wrote(&mut tx, &one, rcpt).await.unwrap();
    }
    let is_due = tx.due(State::Queued, then.now, 9_999).await.unwrap().len();
    assert_eq!(is_due, 500, "for all of them");
    // Blocking many draws from the same.
    let who = "paris@x".parse().unwrap();
    assert!(decide(&mut tx, &one, &who, &juliet(), Verdict::Blocked).await.unwrap());
    assert_eq!(counted(&mut tx, State::Cancelled).await, 0);
    let soon = later(&world, 10_000);
    while go_on(&mut tx, &soon).await.unwrap().is_some() {}
    assert_eq!(tx.due(State::Queued, soon.now, 9_999).await.unwrap().len(), 800);
    assert_eq!(counted(&mut tx, State::Cancelled).await, 400);
}

async fn what_is_due_while_a_word_is_carried_out_is_put_off_once_and_goes_behind_that(db: &Db) {
    let (world, mut tx) = (crate::tests::world(), db.write().await.unwrap());
    join(&mut tx, &world, &["juliet@x", "paris@x"]).await;
    join_online(&mut tx, &world, &[ROMEO]).await;
    send(&mut tx, &world, "paris@x", MANY, ROMEO).await;
    send(&mut tx, &world, "juliet@x", 30, ROMEO).await;
    let then = later(&world, 9_000_000);
    let (romeo, paris) = (ROMEO.parse().unwrap(), "paris@x".parse().unwrap());
    assert!(decide(&mut tx, &then, &romeo, &paris, Verdict::Blocked).await.unwrap());
    loop {
        let claimed = claim(&mut tx, &then, 256).await.unwrap();
        assert!(claimed.ready.is_empty());
        if !claimed.more {
            break;
        }
    }
    // However long that takes, within what is a lot.
    let soon = later(&world, 9_060_000);
    assert!(!is_due(&mut tx, soon.now).await.unwrap(), "it would be put off again and again");
    while go_on(&mut tx, &soon).await.unwrap().is_some() {}
    assert_eq!(claim(&mut tx, &soon, 2_000).await.unwrap().ready.len(), 30);
    assert_eq!(counted(&mut tx, State::Cancelled).await, MANY);
}

async fn nothing_is_sent_of_whom_they_have_blocked_while_that_is_carried_out(db: &Db) {
    let (world, mut tx) = (crate::tests::world(), db.write().await.unwrap());
    join(&mut tx, &world, &["juliet@x", "paris@x"]).await;
    join_online(&mut tx, &world, &[ROMEO]).await;
    send(&mut tx, &world, "juliet@x", MANY, ROMEO).await;
    send(&mut tx, &world, "paris@x", 1, ROMEO).await;
    let then = later(&world, 9_000_000);
    let who = ROMEO.parse().unwrap();
    assert!(decide(&mut tx, &then, &who, &juliet(), Verdict::Blocked).await.unwrap());
    assert_eq!(counted(&mut tx, State::Cancelled).await, PASS, "the others wait for their turn");
    // It was due, and they want it now.
    account::set_quiet(&mut tx, &then, ROMEO, account::Quiet::Hours(None)).await.unwrap();
    account::came_online(&mut tx, &then, ROMEO).await.unwrap();
    assert!(claim(&mut tx, &then, 2_000).await.unwrap().ready.is_empty());
    let soon = later(&world, 9_001_000);
    while go_on(&mut tx, &soon).await.unwrap().is_some() {}
    let ready = claim(&mut tx, &soon, 2_000).await.unwrap().ready;
    assert_eq!(ready.len(), 1, "of another");
    assert_eq!(counted(&mut tx, State::Cancelled).await, MANY);
}
