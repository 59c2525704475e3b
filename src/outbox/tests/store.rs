//! Deliveries one by one, the books over all of them, and who waits for what.

use crate::{
    db::{Db, MOST_ROWS, Tx},
    domain::{
        clock::Millis,
        delivery::{Bounce, Delivery, State},
        id::{DeliveryId, ShareId, StreamNo},
    },
    outbox::store::NewDelivery,
    tests::{END, NOW, delivery, facts, keep, row, share},
};
use uuid::Uuid;

facts!(
    a_delivery_is_read_as_it_was_written,
    a_share_has_one_delivery_for_each_recipient,
    a_saved_delivery_keeps_its_counters_and_why_it_failed,
    what_is_waiting_is_queued_or_parked,
    since_when_something_counts_as_handed_over_is_kept_once,
    unconfirmed_is_what_went_out_since_he_was_seen,
    without_presence_only_the_replay_window_is_unconfirmed,
    the_books_balance_over_every_state,
    the_books_show_a_delivery_that_is_gone,
    more_rows_than_one_statement_takes_are_kept_and_found,
);

async fn a_delivery_is_read_as_it_was_written(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let mut held = delivery(1, "tel:+390455550100", State::Held, END);
    held.handle = 4;
    keep(&mut tx, &[held.clone(), delivery(2, "romeo@x", State::Queued, NOW)]).await;
    tx.commit().await.unwrap();

    let mut tx = db.read().await.unwrap();
    let read = row(&mut tx, 1).await;
    assert_eq!((read.id, read.share_id), (held.id.0, held.share.0));
    assert_eq!((read.rcpt.as_str(), read.handle, read.held), ("tel:+390455550100", 4, true));
    assert_eq!(read.delivery(), held.delivery);
    assert!(!row(&mut tx, 2).await.held);
    assert!(tx.deliveries(&[]).await.unwrap().is_empty());
}

async fn a_share_has_one_delivery_for_each_recipient(db: &Db) {
    let mut tx = db.write().await.unwrap();
    keep(&mut tx, &[delivery(1, "romeo@x", State::Queued, NOW)]).await;
    let again = NewDelivery {
        id: DeliveryId(Uuid::from_u128(9)),
        ..delivery(1, "romeo@x", State::Queued, NOW)
    };
    let refused = tx.insert_deliveries(&[again]).await.unwrap_err();
    assert!(refused.as_database_error().unwrap().is_unique_violation(), "{refused}");
}

async fn a_saved_delivery_keeps_its_counters_and_why_it_failed(db: &Db) {
    let mut tx = db.write().await.unwrap();
    keep(&mut tx, &[delivery(1, "romeo@x", State::Queued, NOW)]).await;
    let id = DeliveryId(Uuid::from_u128(1));
    for fail in [
        None,
        Some(Bounce::Unavailable),
        Some(Bounce::Wait),
        Some(Bounce::ServerNotFound),
        Some(Bounce::Refused),
        Some(Bounce::Unknown),
    ] {
        for state in State::ALL {
            let saved = Delivery {
                state,
                attempt: 3,
                suspect: 2,
                resent: 1,
                due: Millis::NEVER,
                expires: END,
                fail,
            };
            tx.save(id, saved).await.unwrap();
            assert_eq!(row(&mut tx, 1).await.delivery(), saved);
        }
    }
}

async fn since_when_something_counts_as_handed_over_is_kept_once(db: &Db) {
    let mut tx = db.write().await.unwrap();
    keep(&mut tx, &[1, 2, 3].map(|n| delivery(n, "romeo@x", State::Queued, NOW))).await;
    let ids = [1, 2, 3].map(|n| DeliveryId(Uuid::from_u128(n)));
    // The server had the third, which is sent again.
    let at = |ms| Millis(NOW.0 + ms);
    for ms in [5, 6, 7] {
        assert_eq!(tx.claim(&ids[2..], at(ms), END).await.unwrap().len(), 1);
        tx.hand_over(&ids[2..], StreamNo(1), END).await.unwrap();
        tx.save(ids[2], Delivery::accepted(true, NOW, END)).await.unwrap();
    }
    let failed = Delivery { fail: Some(Bounce::Unavailable), ..Delivery::accepted(true, NOW, END) };
    tx.save(ids[1], failed).await.unwrap();
    tx.note_left(&ids, at(1)).await.unwrap();
    tx.note_left(&ids, at(2)).await.unwrap();
    tx.note_left(&[], NOW).await.unwrap();
    for (id, since) in [(1, Some(NOW.0 + 1)), (2, None), (3, Some(NOW.0 + 5))] {
        let sent = tx.sent(ShareId(Uuid::from_u128(id))).await.unwrap();
        assert_eq!(sent[0].quiet_at, since, "{id}");
    }
}

async fn what_is_waiting_is_queued_or_parked(db: &Db) {
    let mut tx = db.write().await.unwrap();
    for (n, state) in (1..).zip(State::ALL) {
        keep(&mut tx, &[delivery(n, &format!("{}@x", state.name()), state, NOW)]).await;
    }
    let all: Vec<String> = State::ALL.iter().map(|state| format!("{}@x", state.name())).collect();
    let mut waiting = tx.waiting(&all).await.unwrap();
    waiting.sort();
    assert_eq!(waiting, ["parked@x", "queued@x"]);
    assert!(tx.waiting(&all[..1]).await.unwrap().is_empty());
    assert!(tx.waiting(&[]).await.unwrap().is_empty());
}

/// Somebody, last seen at [`NOW`], with a delivery in each state sent a moment before, at and a
/// moment after that.
async fn somebody(tx: &mut Tx, jid: &str, seen_by_us: bool) {
    tx.insert_account(jid, "en", NOW).await.unwrap();
    tx.set_seen_by_us(jid, seen_by_us).await.unwrap();
    let mut n = 0;
    for state in State::ALL {
        for sent_at in [NOW.0 - 1, NOW.0, NOW.0 + 1] {
            n += 1;
            let new = NewDelivery { sent_at, ..delivery(n, jid, state, NOW) };
            keep(tx, &[new]).await;
        }
    }
}

async fn unconfirmed_is_what_went_out_since_he_was_seen(db: &Db) {
    let mut tx = db.write().await.unwrap();
    somebody(&mut tx, "romeo@x", true).await;
    // Claimed, handed and handed for good, at and after.
    assert_eq!(
        tx.unconfirmed(&["romeo@x".into(), "nobody@x".into()], 9).await.unwrap(),
        [("romeo@x".into(), 6)]
    );
    assert_eq!(tx.unconfirmed(&["romeo@x".into()], 5).await.unwrap(), [("romeo@x".into(), 5)]);
    tx.set_online("romeo@x", Millis(NOW.0 + 1)).await.unwrap();
    assert_eq!(tx.unconfirmed(&["romeo@x".into()], 9).await.unwrap(), [("romeo@x".into(), 3)]);
    tx.set_offline("romeo@x", Millis(NOW.0 + 2)).await.unwrap();
    assert_eq!(tx.unconfirmed(&["romeo@x".into()], 9).await.unwrap(), [("romeo@x".into(), 0)]);
    assert_eq!(tx.unconfirmed(&[], 9).await.unwrap(), []);
}

async fn without_presence_only_the_replay_window_is_unconfirmed(db: &Db) {
    let mut tx = db.write().await.unwrap();
    somebody(&mut tx, "romeo@x", false).await;
    assert_eq!(tx.unconfirmed(&["romeo@x".into()], 9).await.unwrap(), [("romeo@x".into(), 4)]);
    tx.set_seen("romeo@x", Millis(NOW.0 + 1)).await.unwrap();
    assert_eq!(tx.unconfirmed(&["romeo@x".into()], 9).await.unwrap(), [("romeo@x".into(), 2)]);
}

async fn the_books_balance_over_every_state(db: &Db) {
    let mut tx = db.write().await.unwrap();
    assert!(tx.books().await.unwrap().balance(), "with nothing in them");
    let mut n = 0;
    for state in State::ALL {
        for _ in 0..=state.code() {
            n += 1;
            keep(&mut tx, &[delivery(n, "romeo@x", state, NOW)]).await;
        }
    }
    tx.save(
        DeliveryId(Uuid::from_u128(1)),
        Delivery { resent: 2, ..delivery(1, "", State::Held, NOW).delivery },
    )
    .await
    .unwrap();
    let books = tx.books().await.unwrap();
    assert!(books.balance());
    assert_eq!((books.accepted, books.resent, books.unbalanced), (66, 2, 0));
    assert_eq!(books.states, State::ALL.map(|state| (state, state.code() + 1)));
    let mut counted = tx.count_states().await.unwrap();
    counted.sort_unstable();
    assert_eq!(counted, (0..11).map(|code| (code, code + 1)).collect::<Vec<_>>());
    let mut open = tx.count_open().await.unwrap();
    open.sort_unstable();
    assert_eq!(open, counted[..5]);
}

async fn the_books_show_a_delivery_that_is_gone(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let mut two = share(1, "juliet@x", "k");
    two.recipients = 2;
    tx.insert_shares(&[two]).await.unwrap();
    tx.insert_deliveries(&[delivery(1, "romeo@x", State::Queued, NOW)]).await.unwrap();
    // A second share makes the sum right, and the books wrong all the same.
    tx.insert_shares(&[crate::share::store::ShareRow {
        recipients: 0,
        ..share(2, "juliet@x", "l")
    }])
    .await
    .unwrap();
    let other = NewDelivery {
        share: crate::domain::id::ShareId(Uuid::from_u128(2)),
        ..delivery(3, "romeo@x", State::Queued, NOW)
    };
    tx.insert_deliveries(&[other]).await.unwrap();
    let books = tx.books().await.unwrap();
    assert_eq!((books.accepted, books.unbalanced), (2, 2));
    assert!(!books.balance());
}

async fn more_rows_than_one_statement_takes_are_kept_and_found(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let many: Vec<_> = (1..=u128::try_from(MOST_ROWS).unwrap() + 1)
        .map(|n| delivery(n, &format!("{n}@x"), State::Queued, NOW))
        .collect();
    keep(&mut tx, &many).await;
    let ids: Vec<_> = many.iter().map(|new| new.id).collect();
    let rcpts: Vec<_> = many.iter().map(|new| new.rcpt.clone()).collect();
    let n = many.len() as u64;
    assert_eq!(tx.deliveries(&ids).await.unwrap().len(), many.len());
    assert_eq!(
        tx.shares(&many.iter().map(|new| new.share).collect::<Vec<_>>()).await.unwrap().len(),
        many.len()
    );
    assert_eq!(tx.waiting(&rcpts).await.unwrap().len(), many.len());
    assert_eq!(tx.claim(&ids, NOW, NOW).await.unwrap().len(), many.len());
    assert_eq!(tx.hand_over(&ids, StreamNo(1), NOW).await.unwrap(), n);
    assert_eq!(tx.confirm(&ids).await.unwrap(), n);
    assert_eq!(tx.accounts(&rcpts).await.unwrap(), []);
    assert_eq!(tx.unconfirmed(&rcpts, 9).await.unwrap(), []);
    tx.set_reached(&rcpts).await.unwrap();
}
