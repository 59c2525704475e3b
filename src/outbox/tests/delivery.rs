//! Moving deliveries on: who is sent what, when, and what a receipt or an error makes of it.

use std::{collections::HashSet, sync::Arc, time::Duration};

use crate::{
    card::submission::submit,
    claim::{Portion, bounced, claim, due, is_due},
    db::{Db, Tx},
    domain::{
        clock::{Clock, Millis},
        consent::Verdict,
        delivery::{AWAY, Bounce, LEASE, REPLAY, SUSPENSION, State},
        id::{DeliveryId, StreamNo},
        share::{LIFE, Outgoing},
    },
    limits::{Limits, Rates},
    outbox::{
        delivery::{confirmed, lost, taken},
        stream::{closed, opened, take_over},
    },
    people::{account, consent::decide},
    tests::{NOW, comments, facts, join, join_online, later, state, states, submission, world},
    world::{Rules, World},
};

facts!(
    somebody_away_is_handed_twenty_and_the_rest_is_parked,
    what_is_parked_is_released_in_order_when_he_comes_online,
    what_is_parked_is_released_by_receipts_one_for_one,
    whoever_writes_has_room_again,
    without_presence_the_replay_window_makes_room_again,
    a_receipt_counts_only_from_the_recipient,
    what_is_too_late_expires_instead_of_being_sent,
    an_error_from_the_recipient_counts_and_no_other,
    somebody_reached_before_who_bounces_is_left_alone_for_a_week,
    somebody_never_reached_who_bounces_has_failed,
    an_error_that_ends_a_delivery_makes_room_for_one_that_is_parked,
    a_lease_that_is_over_is_queued_again,
    what_was_taken_is_final_after_the_replay_window,
    held_and_parked_shares_expire,
    however_much_is_due_for_one_the_others_have_their_turn,
    the_people_of_one_other_server_have_the_turn_of_one,
    everybody_has_a_turn_and_nothing_is_claimed_twice,
    what_had_left_is_not_sent_again_after_a_block_or_a_no,
);

/// Romeo, as `make` leaves him, and `n` shares of Juliet in his queue.
pub(super) async fn romeo(tx: &mut Tx, world: &World, seen_by_us: bool, n: usize) {
    join(tx, world, &["juliet@x", "romeo@x"]).await;
    tx.set_seen_by_us("romeo@x", seen_by_us).await.unwrap();
    more(tx, world, 0..n).await;
}

pub(super) async fn more(tx: &mut Tx, world: &World, words: std::ops::Range<usize>) {
    let one = |n: usize| submission("juliet@x", &n.to_string(), &n.to_string(), &["romeo@x"]);
    let group: Vec<_> = words.map(one).collect();
    submit(tx, world, &group, 0).await.unwrap();
}

fn words(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|n| n.to_string()).collect()
}

pub(super) async fn claimed(tx: &mut Tx, world: &World) -> Vec<Outgoing> {
    claim(tx, world, 256).await.unwrap().ready
}

pub(super) fn ids(ready: &[Outgoing]) -> Vec<DeliveryId> {
    ready.iter().map(|one| one.id).collect()
}

async fn receipts(tx: &mut Tx, world: &World, ids: &[DeliveryId], from: &str) -> bool {
    let receipts: Vec<_> = ids.iter().map(|id| (*id, from.parse().unwrap())).collect();
    confirmed(tx, world, &receipts).await.unwrap()
}

async fn somebody_away_is_handed_twenty_and_the_rest_is_parked(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    romeo(&mut tx, &world, true, 30).await;
    assert!(is_due(&mut tx, NOW).await.unwrap());
    let first = claimed(&mut tx, &world).await;
    assert_eq!(comments(&first), words(0..20));
    assert_eq!(i64::try_from(first.len()).unwrap(), AWAY);
    assert_eq!(states(&mut tx).await, [(State::Parked, 10), (State::Claimed, 20)]);
    assert!(!is_due(&mut tx, NOW).await.unwrap());
    // Handed over and final they are no less unconfirmed: his server keeps them for him.
    taken(&mut tx, &world, &ids(&first), StreamNo(1)).await.unwrap();
    assert!(!due(&mut tx, &later(&world, 600_000)).await.unwrap());
    more(&mut tx, &later(&world, 600_000), 30..31).await;
    assert!(claimed(&mut tx, &later(&world, 600_000)).await.is_empty());
    assert_eq!(states(&mut tx).await, [(State::Parked, 11), (State::HandedFinal, 20)]);
}

async fn what_is_parked_is_released_in_order_when_he_comes_online(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    romeo(&mut tx, &world, true, 60).await;
    claimed(&mut tx, &world).await;
    more(&mut tx, &world, 60..61).await;
    let came = account::came_online(&mut tx, &later(&world, 5), "romeo@x").await;
    assert_eq!(came.unwrap(), Some(true));
    assert_eq!(comments(&claimed(&mut tx, &later(&world, 5)).await), words(20..61));
    let came = account::came_online(&mut tx, &later(&world, 6), "romeo@x").await;
    assert_eq!(came.unwrap(), Some(false));
    let came = account::came_online(&mut tx, &later(&world, 6), "nobody@x").await;
    assert_eq!(came.unwrap(), None);
    // Gone again, he has twenty again.
    account::went_offline(&mut tx, &later(&world, 7), "romeo@x").await.unwrap();
    more(&mut tx, &later(&world, 8), 61..90).await;
    assert_eq!(comments(&claimed(&mut tx, &later(&world, 8)).await), words(61..81));
}

async fn what_is_parked_is_released_by_receipts_one_for_one(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    romeo(&mut tx, &world, true, 30).await;
    join_online(&mut tx, &world, &["paris@x"]).await;
    let first = ids(&claimed(&mut tx, &world).await);
    let other = [submission("juliet@x", "p", "p", &["paris@x"])];
    let other = ids(&submit(&mut tx, &world, &other, 9).await.unwrap()[0].ready);
    taken(&mut tx, &world, &first, StreamNo(1)).await.unwrap();
    let at = later(&world, 9);
    let mut both: Vec<_> = first[..3].iter().map(|id| (*id, "romeo@x".parse().unwrap())).collect();
    both.push((other[0], "paris@x".parse().unwrap()));
    assert!(confirmed(&mut tx, &at, &both).await.unwrap());
    assert_eq!(
        states(&mut tx).await,
        [(State::Parked, 7), (State::Queued, 3), (State::Handed, 17), (State::Confirmed, 4)]
    );
    assert!(!receipts(&mut tx, &at, &first[..3], "romeo@x").await, "the same receipts again");
    assert_eq!(comments(&claimed(&mut tx, &at).await), words(20..23));
    assert!(tx.account("romeo@x").await.unwrap().unwrap().reached);
}

async fn whoever_writes_has_room_again(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    romeo(&mut tx, &world, false, 70).await;
    claimed(&mut tx, &world).await;
    let at = later(&world, 1);
    assert!(account::wrote(&mut tx, &at, "romeo@x").await.unwrap());
    assert_eq!(comments(&claimed(&mut tx, &at).await), words(20..40));
    assert_eq!(states(&mut tx).await, [(State::Parked, 30), (State::Claimed, 40)]);
}

async fn without_presence_the_replay_window_makes_room_again(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    romeo(&mut tx, &world, false, 45).await;
    let mut expected = 0;
    let mut now = world;
    // Nobody says that he is back, and he sends no receipts; still all of them arrive, in order.
    for round in [20, 20, 5, 0] {
        let ready = claimed(&mut tx, &now).await;
        assert_eq!(comments(&ready), words(expected..expected + round));
        expected += round;
        taken(&mut tx, &now, &ids(&ready), StreamNo(1)).await.unwrap();
        now = World { now: now.now.after(REPLAY), ..now };
        due(&mut tx, &now).await.unwrap();
    }
    assert_eq!(states(&mut tx).await, [(State::HandedFinal, 45)]);
}

async fn a_receipt_counts_only_from_the_recipient(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    romeo(&mut tx, &world, true, 1).await;
    join(&mut tx, &world, &["paris@x"]).await;
    let id = claimed(&mut tx, &world).await[0].id;
    receipts(&mut tx, &world, &[id], "paris@x").await;
    assert_eq!(state(&mut tx, id).await, State::Claimed);
    assert!(!tx.account("paris@x").await.unwrap().unwrap().reached);
    // Nor does somebody else's hide his.
    let both = [(id, "romeo@x".parse().unwrap()), (id, "paris@x".parse().unwrap())];
    confirmed(&mut tx, &world, &both).await.unwrap();
    assert_eq!(state(&mut tx, id).await, State::Confirmed);
    let unknown = [DeliveryId(uuid::Uuid::from_u128(1))];
    assert!(!receipts(&mut tx, &world, &unknown, "romeo@x").await);
    assert!(!confirmed(&mut tx, &world, &[]).await.unwrap());
}

async fn what_is_too_late_expires_instead_of_being_sent(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    romeo(&mut tx, &world, true, 2).await;
    let end = World { now: NOW.after(LIFE), ..world };
    assert!(claimed(&mut tx, &end).await.is_empty());
    assert_eq!(states(&mut tx).await, [(State::Expired, 2)]);
}

async fn an_error_from_the_recipient_counts_and_no_other(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    romeo(&mut tx, &world, true, 2).await;
    let ready = ids(&claimed(&mut tx, &world).await);
    taken(&mut tx, &world, &ready[..1], StreamNo(1)).await.unwrap();
    for id in &ready {
        bounced(&mut tx, &world, *id, &"paris@x".parse().unwrap(), Bounce::Refused).await.unwrap();
    }
    assert_eq!(states(&mut tx).await, [(State::Claimed, 1), (State::Handed, 1)]);
    for (id, bounce) in ready.iter().zip([Bounce::Refused, Bounce::Wait]) {
        bounced(&mut tx, &world, *id, &"romeo@x".parse().unwrap(), bounce).await.unwrap();
    }
    assert_eq!(states(&mut tx).await, [(State::Queued, 1), (State::Failed, 1)]);
    let rows = tx.deliveries(&ready).await.unwrap();
    let fails: Vec<_> = ready
        .iter()
        .filter_map(|id| rows.iter().find(|row| row.id == id.0))
        .map(|row| row.delivery().fail)
        .collect();
    assert_eq!(fails, [Some(Bounce::Refused), Some(Bounce::Wait)]);
    assert!(claimed(&mut tx, &later(&world, 3_999)).await.is_empty(), "it backs off");
    assert_eq!(claimed(&mut tx, &later(&world, 6_001)).await.len(), 1);
}

async fn somebody_reached_before_who_bounces_is_left_alone_for_a_week(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    romeo(&mut tx, &world, true, 2).await;
    let ready = ids(&claimed(&mut tx, &world).await);
    receipts(&mut tx, &world, &ready[..1], "romeo@x").await;
    bounced(&mut tx, &world, ready[1], &"romeo@x".parse().unwrap(), Bounce::Unavailable)
        .await
        .unwrap();
    let until = NOW.after(SUSPENSION);
    assert_eq!(tx.account("romeo@x").await.unwrap().unwrap().suspended_until, until);
    more(&mut tx, &later(&world, 1), 2..3).await;
    assert!(claimed(&mut tx, &later(&world, 1)).await.is_empty());
    assert_eq!(states(&mut tx).await, [(State::Queued, 2), (State::Confirmed, 1)]);
    let week = World { now: until, ..world.clone() };
    assert_eq!(claimed(&mut tx, &week).await.len(), 2);
    // Or until he is seen.
    bounced(&mut tx, &week, ready[1], &"romeo@x".parse().unwrap(), Bounce::Unavailable)
        .await
        .unwrap();
    let seen = World { now: week.now.after(Duration::from_secs(1)), ..week };
    assert_eq!(account::came_online(&mut tx, &seen, "romeo@x").await.unwrap(), Some(true));
    assert_eq!(claimed(&mut tx, &seen).await.len(), 1);
}

async fn somebody_never_reached_who_bounces_has_failed(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    romeo(&mut tx, &world, true, 1).await;
    let id = claimed(&mut tx, &world).await[0].id;
    bounced(&mut tx, &world, id, &"romeo@x".parse().unwrap(), Bounce::Unavailable).await.unwrap();
    assert_eq!(states(&mut tx).await, [(State::Failed, 1)]);
    assert_eq!(tx.account("romeo@x").await.unwrap().unwrap().suspended_until, Millis(0));
    let nobody = DeliveryId(uuid::Uuid::from_u128(1));
    bounced(&mut tx, &world, nobody, &"romeo@x".parse().unwrap(), Bounce::Wait).await.unwrap();
}

async fn an_error_that_ends_a_delivery_makes_room_for_one_that_is_parked(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    romeo(&mut tx, &world, true, 22).await;
    let ready = ids(&claimed(&mut tx, &world).await);
    assert!(claimed(&mut tx, &world).await.is_empty());
    let from = "romeo@x".parse().unwrap();
    // One that waits still takes its place.
    assert!(!bounced(&mut tx, &world, ready[0], &from, Bounce::Wait).await.unwrap());
    assert!(bounced(&mut tx, &world, ready[1], &from, Bounce::Refused).await.unwrap());
    assert!(claimed(&mut tx, &world).await.len() == 2, "the one that waited, and one more");
}

async fn a_lease_that_is_over_is_queued_again(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    romeo(&mut tx, &world, true, 1).await;
    let ready = ids(&claimed(&mut tx, &world).await);
    let over = World { now: NOW.after(LEASE), ..world };
    due(&mut tx, &over).await.unwrap();
    assert_eq!(state(&mut tx, ready[0]).await, State::Queued);
    // The pong comes too late.
    taken(&mut tx, &over, &ready, StreamNo(1)).await.unwrap();
    assert_eq!(state(&mut tx, ready[0]).await, State::Queued);
}

async fn what_was_taken_is_final_after_the_replay_window(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    romeo(&mut tx, &world, true, 1).await;
    let ready = ids(&claimed(&mut tx, &world).await);
    taken(&mut tx, &world, &ready, StreamNo(1)).await.unwrap();
    due(&mut tx, &later(&world, 599_999)).await.unwrap();
    assert_eq!(state(&mut tx, ready[0]).await, State::Handed);
    due(&mut tx, &later(&world, 600_000)).await.unwrap();
    assert_eq!(state(&mut tx, ready[0]).await, State::HandedFinal);
    receipts(&mut tx, &world, &ready, "romeo@x").await;
    assert_eq!(state(&mut tx, ready[0]).await, State::Confirmed);
}

async fn held_and_parked_shares_expire(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    romeo(&mut tx, &world, true, 21).await;
    let group = vec![submission("juliet@x", "p", "p", &["paris@x"])];
    submit(&mut tx, &world, &group, 0).await.unwrap();
    let ready = ids(&claimed(&mut tx, &world).await);
    taken(&mut tx, &world, &ready, StreamNo(1)).await.unwrap();
    assert_eq!(states(&mut tx).await, [(State::Held, 1), (State::Parked, 1), (State::Handed, 20)]);
    due(&mut tx, &World { now: NOW.after(LIFE), ..world }).await.unwrap();
    assert_eq!(states(&mut tx).await, [(State::HandedFinal, 20), (State::Expired, 2)]);
}

async fn however_much_is_due_for_one_the_others_have_their_turn(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x", "benvolio@x"]).await;
    for (n, rcpt) in [(600, "romeo@x"), (1, "benvolio@x")] {
        let key = |i: usize| format!("{rcpt} {i}");
        let group: Vec<_> = (0..n).map(|i| submission("juliet@x", &key(i), "c", &[rcpt])).collect();
        submit(&mut tx, &world, &group, 0).await.unwrap();
    }
    let ready = claimed(&mut tx, &later(&world, 600_000)).await;
    let to = |name: &str| ready.iter().filter(|it| it.to.as_str() == name).count();
    assert_eq!((to("romeo@x"), to("benvolio@x")), (255, 1));
    let handles: Vec<_> =
        ready.iter().filter(|it| it.to.as_str() == "romeo@x").map(|it| it.handle).collect();
    assert_eq!(handles, (1..=255).collect::<Vec<_>>(), "in the order in which they were accepted");
}

async fn the_people_of_one_other_server_have_the_turn_of_one(db: &Db) {
    let host = Some("x".parse().unwrap());
    let limits = Limits::new(Rates { host, ..Rates::default() }, &Clock::System);
    let world = World { rules: Arc::new(Rules { limits, ..Rules::open() }), ..world() };
    let mut tx = db.write().await.unwrap();
    let people: Vec<String> = (0..60).map(|n| format!("a{n}@evil.example")).collect();
    let people: Vec<&str> = people.iter().map(String::as_str).chain(["romeo@x"]).collect();
    join_online(&mut tx, &world, &["juliet@x"]).await;
    join_online(&mut tx, &world, &people).await;
    for rcpt in &people {
        let group: Vec<_> =
            (0..40).map(|i| submission("juliet@x", &format!("{rcpt} {i}"), "c", &[rcpt])).collect();
        submit(&mut tx, &world, &group, 0).await.unwrap();
    }
    let claimed = claim(&mut tx, &later(&world, 600_000), 256).await.unwrap();
    let to_romeo = claimed.ready.iter().filter(|it| it.to.as_str() == "romeo@x");
    assert_eq!(to_romeo.map(|it| it.handle).collect::<Vec<_>>(), (1..=32).collect::<Vec<_>>());
    assert_eq!(claimed.ready.len(), 256);
}

async fn everybody_has_a_turn_and_nothing_is_claimed_twice(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let people: Vec<String> = (0..150).map(|n| format!("p{n}@x")).collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    join_online(&mut tx, &world, &["juliet@x"]).await;
    join_online(&mut tx, &world, &people).await;
    // What is for the first of them is due first.
    for rcpt in &people {
        let group: Vec<_> =
            (0..20).map(|i| submission("juliet@x", &format!("{rcpt} {i}"), "c", &[rcpt])).collect();
        submit(&mut tx, &world, &group, 0).await.unwrap();
    }
    let then = later(&world, 600_000);
    let (mut after, mut ids, mut served) = (String::new(), HashSet::new(), HashSet::new());
    let mut claims = 0;
    loop {
        let portion = Portion { limit: 64, after: &after };
        let claimed = claim(&mut tx, &then, portion).await.unwrap();
        for it in &claimed.ready {
            assert!(ids.insert(it.id), "claimed twice");
            served.insert(it.to.clone());
        }
        claims += 1;
        if claims == 40 {
            assert_eq!(served.len(), 150, "four of them have a turn in each");
        }
        after = claimed.after;
        if !claimed.more {
            break;
        }
    }
    assert_eq!(ids.len(), 3_000);
}

async fn what_had_left_is_not_sent_again_after_a_block_or_a_no(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x"]).await;
    let romeo = "romeo@x".parse().unwrap();
    let mut ms = 0;
    for verdict in [Verdict::Blocked, Verdict::No] {
        for way in ["bounce", "loss", "replay", "restart"] {
            let sender = format!("{way}-{}@x", verdict == Verdict::No);
            join(&mut tx, &world, &[&sender]).await;
            ms += 60_000;
            let at = later(&world, ms);
            let stream = opened(&mut tx, "boot", at.now).await.unwrap();
            account::came_online(&mut tx, &at, "romeo@x").await.unwrap();
            submit(&mut tx, &at, &[submission(&sender, "k", "k", &["romeo@x"])], 0).await.unwrap();
            let sent = ids(&claimed(&mut tx, &at).await);
            let other = sender.parse().unwrap();
            assert!(decide(&mut tx, &at, &romeo, &other, verdict).await.unwrap());
            match way {
                "bounce" => {
                    bounced(&mut tx, &at, sent[0], &romeo, Bounce::Wait).await.unwrap();
                }
                "loss" => lost(&mut tx, &at, &sent, false).await.unwrap(),
                "replay" => {
                    taken(&mut tx, &at, &sent, stream).await.unwrap();
                    assert_eq!(closed(&mut tx, stream, false, at.now).await.unwrap(), 1);
                }
                _ => {
                    take_over(&mut tx, "boot", at.now).await.unwrap();
                }
            }
            assert_eq!(state(&mut tx, sent[0]).await, State::Queued, "{way}");
            let soon = later(&world, ms + 10_000);
            let again = ids(&claimed(&mut tx, &soon).await);
            assert!(again.is_empty(), "{verdict:?} {way}: they want nothing of theirs");
            assert_eq!(state(&mut tx, sent[0]).await, State::Cancelled, "{verdict:?} {way}");
        }
    }
}
