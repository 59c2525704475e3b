//! A statement that moves many deliveries on does to each row what [`Delivery::next`] says for
//! its event: every state, every order of the times that matter, on every row there is.

use std::collections::HashMap;

use crate::{
    db::{Db, Tx},
    domain::{
        clock::Millis,
        consent::Verdict,
        delivery::{Bounce, Delivery, Event, LEASE, REPLAY, State},
        id::{DeliveryId, ShareId, StreamNo},
    },
    outbox::store::DeliveryRow,
    tests::{END, NOW, delivery, facts, keep},
};

use uuid::Uuid;

facts!(
    a_claim_is_the_event_claim,
    what_is_let_go_is_the_event_joined_for_what_was_held,
    a_hand_over_is_the_event_taken,
    a_confirmation_is_the_event_confirmed,
    a_replay_is_the_event_replay,
    what_was_handed_over_is_found_in_portions_in_the_order_of_its_time,
    orphans_are_the_event_orphaned,
    the_end_of_the_replay_window_is_the_event_due,
    a_release_is_the_event_shown_for_what_is_parked_for_one_recipient,
    who_is_woken_has_the_event_shown_for_what_was_put_off,
    a_cancellation_is_the_event_cancel_for_one_recipient,
    a_share_taken_back_is_the_event_cancel_for_what_has_not_left,
    a_word_about_somebody_is_the_event_cancel_for_what_waits_of_them,
    what_is_due_is_found_in_the_order_of_its_time,
    whatever_is_due_and_not_queued_is_noticed,
    a_share_that_is_hastened_is_the_event_sooner,
);

const RCPTS: [&str; 2] = ["romeo@x", "benvolio@x"];
const STREAMS: [StreamNo; 2] = [StreamNo(1), StreamNo(2)];

/// A delivery as a test knows it.
#[derive(Clone)]
struct Known {
    id: DeliveryId,
    rcpt: &'static str,
    stream: StreamNo,
    delivery: Delivery,
}

/// Every state with its due time and its end before, at and after now, on two streams, for two
/// people.
fn everything() -> Vec<Known> {
    let times = |last| [Millis(NOW.0 - 1), NOW, Millis(NOW.0 + 1), last];
    let mut all = Vec::new();
    for state in State::ALL {
        for due in times(Millis::NEVER) {
            for expires in times(END) {
                for stream in STREAMS {
                    for rcpt in RCPTS {
                        let n = u32::try_from(all.len() + 1).unwrap();
                        let fail = (n % 2 == 0).then_some(Bounce::Wait);
                        all.push(Known {
                            id: DeliveryId(uuid::Uuid::from_u128(n.into())),
                            rcpt,
                            stream,
                            delivery: Delivery {
                                state,
                                attempt: n % 5,
                                suspect: n % 3,
                                resent: n % 7,
                                due,
                                expires,
                                fail,
                            },
                        });
                    }
                }
            }
        }
    }
    all
}

/// A transaction that holds everything.
async fn filled(db: &Db) -> (Tx, Vec<Known>) {
    let all = everything();
    let mut tx = db.write().await.unwrap();
    let new: Vec<_> = (1..)
        .zip(&all)
        .map(|(n, known)| {
            let mut new = delivery(n, known.rcpt, State::Claimed, NOW);
            new.delivery = Delivery { state: State::Claimed, ..known.delivery };
            new
        })
        .collect();
    keep(&mut tx, &new).await;
    for stream in STREAMS {
        let on: Vec<_> = all.iter().filter(|k| k.stream == stream).map(|k| k.id).collect();
        assert_eq!(tx.hand_over(&on, stream, NOW).await.unwrap(), on.len() as u64);
    }
    for known in &all {
        tx.save(known.id, known.delivery).await.unwrap();
    }
    (tx, all)
}

/// Every row is what `event` makes of it if it `concerns` the row, and otherwise as before.
/// Answers how many changed.
async fn check(tx: Tx, all: &[Known], event: Event, concerns: impl Fn(&Known) -> bool) -> u64 {
    check_at(tx, all, event, NOW, concerns).await
}

async fn check_at(
    mut tx: Tx,
    all: &[Known],
    event: Event,
    at: Millis,
    concerns: impl Fn(&Known) -> bool,
) -> u64 {
    let ids: Vec<_> = all.iter().map(|known| known.id).collect();
    let rows = tx.deliveries(&ids).await.unwrap();
    assert_eq!(rows.len(), all.len());
    let kept: HashMap<_, _> = rows.iter().map(|row| (DeliveryId(row.id), row.delivery())).collect();
    let mut changed = 0;
    for known in all {
        let next = known.delivery.next(event, at, 0.5).filter(|_| concerns(known));
        changed += u64::from(next.is_some());
        let expected = next.unwrap_or(known.delivery);
        assert_eq!(kept[&known.id], expected, "{event:?} on {:?} at {at:?}", known.delivery);
    }
    assert!(changed > 0, "{event:?} concerns nothing");
    changed
}

fn ids(all: &[Known]) -> Vec<DeliveryId> {
    all.iter().map(|known| known.id).collect()
}

async fn a_claim_is_the_event_claim(db: &Db) {
    let (mut tx, all) = filled(db).await;
    let claimed = tx.claim(&ids(&all), NOW, NOW.after(LEASE)).await.unwrap();
    let changed = check(tx, &all, Event::Claim, |_| true).await;
    assert_eq!(claimed.len() as u64, changed);
    let mut tx = db.write().await.unwrap();
    assert_eq!(tx.claim(&[], NOW, NOW).await.unwrap(), []);
}

async fn what_is_let_go_is_the_event_joined_for_what_was_held(db: &Db) {
    let (mut tx, all) = filled(db).await;
    let is_held = |known: &Known| known.delivery.state == State::Held;
    tx.let_go(&ids(&all), NOW).await.unwrap();
    let first = [all[0].id];
    tx.set_handle(&first, 7).await.unwrap();
    assert_eq!(tx.deliveries(&first).await.unwrap()[0].handle, 7);
    check(tx, &all, Event::Joined, is_held).await;
}

async fn a_hand_over_is_the_event_taken(db: &Db) {
    let (mut tx, all) = filled(db).await;
    let handed = tx.hand_over(&ids(&all), StreamNo(9), NOW.after(REPLAY)).await.unwrap();
    assert_eq!(handed, check(tx, &all, Event::Taken, |_| true).await);
}

async fn a_confirmation_is_the_event_confirmed(db: &Db) {
    let (mut tx, all) = filled(db).await;
    let confirmed = tx.confirm(&ids(&all)).await.unwrap();
    assert_eq!(confirmed, check(tx, &all, Event::Confirmed, |_| true).await);
}

async fn a_replay_is_the_event_replay(db: &Db) {
    let (mut tx, all) = filled(db).await;
    let resent = tx.replay(&ids(&all), NOW).await.unwrap();
    assert_eq!(resent, check(tx, &all, Event::Replay, |_| true).await);
}

async fn what_was_handed_over_is_found_in_portions_in_the_order_of_its_time(db: &Db) {
    let (mut tx, all) = filled(db).await;
    let handed = all.iter().filter(|known| known.delivery.state == State::Handed);
    // The due time of what was taken is the end of its window.
    let lately = handed.filter(|known| known.delivery.due > NOW);
    let mut expected: Vec<_> =
        lately.map(|known| (known.delivery.due.0, known.id.0, known.stream.0)).collect();
    expected.sort_unstable();
    assert!(expected.len() > 3);
    let (mut found, mut after) = (Vec::new(), (NOW, Uuid::max()));
    loop {
        let some = tx.handed(after, 3).await.unwrap();
        assert!(some.len() <= 3);
        let Some((due, id, _)) = some.last() else { break };
        after = (Millis(*due), *id);
        found.extend(some);
    }
    assert_eq!(found, expected);
}

async fn orphans_are_the_event_orphaned(db: &Db) {
    let (mut tx, all) = filled(db).await;
    let claimed = tx.claimed().await.unwrap().len();
    let orphans = tx.orphan_claims(NOW).await.unwrap();
    assert_eq!(u64::try_from(claimed).unwrap(), orphans);
    assert_eq!(orphans, check(tx, &all, Event::Orphaned, |_| true).await);
}

async fn the_end_of_the_replay_window_is_the_event_due(db: &Db) {
    let (mut tx, all) = filled(db).await;
    let finished = tx.finish_handed(NOW, 1000).await.unwrap();
    let over = |known: &Known| known.delivery.state == State::Handed && known.delivery.due <= NOW;
    assert_eq!(finished.len() as u64, check(tx, &all, Event::Due, over).await);
    let expected = all.iter().filter(|known| over(known) && known.rcpt == RCPTS[0]).count();
    assert_eq!(finished.iter().filter(|rcpt| *rcpt == RCPTS[0]).count(), expected);
    let (mut tx, _) = filled(db).await;
    assert_eq!(tx.finish_handed(NOW, 3).await.unwrap().len(), 3, "no more than the limit");
}

async fn a_release_is_the_event_shown_for_what_is_parked_for_one_recipient(db: &Db) {
    // It goes before what is queued and has been due for a millisecond.
    let first = Millis(NOW.0 - 1);
    let is_parked = |known: &Known| known.rcpt == RCPTS[0] && known.delivery.state == State::Parked;
    let (mut tx, all) = filled(db).await;
    let released = tx.release(RCPTS[0], NOW, i64::MAX).await.unwrap();
    assert_eq!(released, check_at(tx, &all, Event::Shown, first, is_parked).await);
    // A limit takes the oldest.
    let (mut tx, all) = filled(db).await;
    let moved: Vec<_> = all.iter().filter(|it| is_parked(it)).map(|it| it.id).take(3).collect();
    tx.release(RCPTS[0], NOW, 3).await.unwrap();
    check_at(tx, &all, Event::Shown, first, |known| moved.contains(&known.id)).await;
}

async fn who_is_woken_has_the_event_shown_for_what_was_put_off(db: &Db) {
    let (mut tx, all) = filled(db).await;
    let woken =
        tx.wake(RCPTS[0], (NOW, Uuid::nil()), (NOW, NOW), i64::MAX).await.unwrap().len() as u64;
    let waits = |known: &Known| {
        let Delivery { state, due, .. } = known.delivery;
        known.rcpt == RCPTS[0] && state == State::Queued && due > NOW
    };
    assert_eq!(woken, check(tx, &all, Event::Shown, waits).await);
}

async fn a_cancellation_is_the_event_cancel_for_one_recipient(db: &Db) {
    let (mut tx, all) = filled(db).await;
    let cancelled = tx.cancel_for(RCPTS[1], Uuid::max(), i64::MAX).await.unwrap();
    assert_eq!(cancelled, check(tx, &all, Event::Cancel, |known| known.rcpt == RCPTS[1]).await);
}

async fn a_word_about_somebody_is_the_event_cancel_for_what_waits_of_them(db: &Db) {
    for verdict in [Verdict::No, Verdict::Blocked] {
        let (mut tx, all) = filled(db).await;
        let cancelled = tx.cancel_of(RCPTS[1], "juliet@x", verdict, i64::MAX).await.unwrap();
        let has_not_left = |known: &Known| known.delivery.state < State::Claimed;
        let is_over = |known: &Known| known.rcpt == RCPTS[1] && has_not_left(known);
        assert_eq!(cancelled, check(tx, &all, Event::Cancel, is_over).await);
    }
}

async fn a_share_that_is_hastened_is_the_event_sooner(db: &Db) {
    let (mut tx, all) = filled(db).await;
    let mut changed = 0;
    for known in &all {
        changed += tx.hasten(ShareId(known.id.0), NOW).await.unwrap();
    }
    assert_eq!(changed, check(tx, &all, Event::Sooner(NOW), |_| true).await);
}

async fn a_share_taken_back_is_the_event_cancel_for_what_has_not_left(db: &Db) {
    let (mut tx, all) = filled(db).await;
    let mut cancelled = 0;
    for known in &all {
        cancelled += tx.cancel_share(ShareId(known.id.0)).await.unwrap();
    }
    let has_not_left = |known: &Known| known.delivery.state < State::Claimed;
    assert_eq!(cancelled, check(tx, &all, Event::Cancel, has_not_left).await);
}

async fn whatever_is_due_and_not_queued_is_noticed(db: &Db) {
    let (mut tx, all) = filled(db).await;
    assert!(tx.is_any_due(NOW).await.unwrap());
    let later = |delivery| Delivery { due: Millis::NEVER, ..delivery };
    for known in &all {
        tx.save(known.id, later(known.delivery)).await.unwrap();
    }
    assert!(!tx.is_any_due(NOW).await.unwrap());
    for state in State::ALL {
        let Known { id, delivery, .. } = all.iter().find(|k| k.delivery.state == state).unwrap();
        tx.save(*id, Delivery { due: NOW, ..*delivery }).await.unwrap();
        let is_looked_for = !state.has_ended() && state != State::Queued;
        assert_eq!(tx.is_any_due(NOW).await.unwrap(), is_looked_for, "{state:?}");
        assert!(!tx.is_any_due(Millis(NOW.0 - 1)).await.unwrap(), "{state:?}");
        tx.save(*id, later(*delivery)).await.unwrap();
    }
}

async fn what_is_due_is_found_in_the_order_of_its_time(db: &Db) {
    let (mut tx, all) = filled(db).await;
    for state in State::ALL {
        let mut expected: Vec<_> = all
            .iter()
            .filter(|k| k.delivery.state == state && !state.has_ended() && k.delivery.due <= NOW)
            .map(|known| (known.delivery.due, known.id))
            .collect();
        expected.sort_unstable();
        let order = |rows: Vec<DeliveryRow>| -> Vec<_> {
            rows.iter().map(|row| (row.delivery().due, DeliveryId(row.id))).collect()
        };
        assert_eq!(order(tx.due(state, NOW, 1000).await.unwrap()), expected, "{state:?}");
        expected.truncate(5);
        assert_eq!(order(tx.due(state, NOW, 5).await.unwrap()), expected, "{state:?}");
    }
    let (n, oldest) = tx.queue(NOW.0).await.unwrap();
    let due = tx.due(State::Queued, NOW, 1000).await.unwrap();
    assert_eq!((n, oldest), (i64::try_from(due.len()).unwrap(), Some(NOW.0 - 1)));
    let mut next = Vec::new();
    let mut rcpts = RCPTS;
    rcpts.sort_unstable();
    for rcpt in rcpts {
        let order = |at: Millis| -> Vec<_> {
            let theirs = all.iter().filter(|k| k.rcpt == rcpt && k.delivery.state == State::Queued);
            let due = theirs.map(|known| (known.delivery.due, known.id));
            let mut due: Vec<_> = due.filter(|(due, _)| *due <= at).collect();
            due.sort_unstable();
            due
        };
        let found = |rows: Vec<DeliveryRow>| -> Vec<_> {
            rows.iter().map(|row| (row.delivery().due, DeliveryId(row.id))).collect()
        };
        assert_eq!(found(tx.due_for(rcpt, NOW, 1000).await.unwrap()), order(NOW));
        assert_eq!(found(tx.due_for(rcpt, NOW, 2).await.unwrap()), order(NOW)[..2]);
        let first = order(Millis::NEVER)[0].0;
        next.push((rcpt.to_owned(), first.0));
    }
    assert_eq!(tx.queued_for("", 99).await.unwrap(), next);
    assert_eq!(tx.queued_for("", 1).await.unwrap(), next[..1]);
    assert_eq!(tx.queued_for(rcpts[0], 99).await.unwrap(), next[1..]);
    assert_eq!(tx.queued_for("~", 99).await.unwrap(), []);
}
