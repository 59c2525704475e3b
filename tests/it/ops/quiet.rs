//! Quiet hours: what waits for their end, and what comes of it then.

use tradepost::{
    domain::{
        clock::Millis,
        delivery::{REPLAY, State},
        id::{DeliveryId, ShareId},
        note::Carries,
        progress::Progress,
    },
    ops::{
        World,
        account::{self, Quiet, set_quiet},
        aftermath::status,
        delivery::{claim, is_due, taken},
        notice::{self, Reader},
        share::submit,
    },
    store::{
        db::{Db, Tx},
        note::NewNote,
    },
};

use super::{comments, join_online, later, states, submission, take, world};
use crate::store::{NOW, facts};

facts!(
    what_comes_in_quiet_hours_goes_in_order_when_they_end,
    being_seen_in_quiet_hours_brings_nothing_earlier,
    a_change_of_the_hours_counts_at_once,
    at_the_end_nothing_overtakes_what_has_waited,
    what_the_server_lost_waits_too,
    what_is_too_late_expires_in_quiet_hours,
    the_sender_reads_what_he_reads_of_anybody_who_is_away,
);

/// How long the quiet hours of [`romeo`] last from [`NOW`] on.
const QUIET: i64 = 3_600_000;

/// Romeo, online, in quiet hours that began an hour ago and end in an hour; and Juliet.
async fn romeo(tx: &mut Tx, world: &World) {
    join_online(tx, world, &["juliet@x", "romeo@x"]).await;
    // Minutes of the day in a zone where it is noon.
    let offset = 12 * 60 - (NOW.0 / 60_000).rem_euclid(24 * 60);
    let sign = if offset < 0 { '-' } else { '+' };
    let zone = format!("{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60);
    set_quiet(tx, world, "romeo@x", Quiet::Zone(&zone)).await.unwrap();
    set_quiet(tx, world, "romeo@x", Quiet::Hours(Some("11:00-13:00"))).await.unwrap();
    let account = tx.account("romeo@x").await.unwrap().unwrap();
    assert_eq!(account.quiet_until(NOW), Some(Millis(NOW.0 - NOW.0.rem_euclid(60_000) + QUIET)));
}

/// When they are over.
fn end() -> i64 {
    QUIET - NOW.0.rem_euclid(60_000)
}

async fn send(tx: &mut Tx, world: &World, words: &str) -> Vec<tradepost::domain::share::Outgoing> {
    take(tx, world, 9, submission("juliet@x", words, words, &["romeo@x"])).await.ready
}

async fn claimed(tx: &mut Tx, world: &World) -> Vec<tradepost::domain::share::Outgoing> {
    claim(tx, world, 256).await.unwrap().ready
}

async fn what_comes_in_quiet_hours_goes_in_order_when_they_end(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    romeo(&mut tx, &world).await;
    for n in 0..5 {
        assert!(send(&mut tx, &later(&world, n), &n.to_string()).await.is_empty());
    }
    // What somebody says of a share waits behind it.
    let share = ShareId(tx.share_by_key("juliet@x", "4").await.unwrap().unwrap().id);
    let about = DeliveryId(tx.sent(share).await.unwrap()[0].delivery.id);
    let note = NewNote { author: "juliet@x".into(), text: "well?".into(), ..NewNote::default() };
    let no = tx.insert_note(share, &note).await.unwrap();
    let reader = Reader { jid: "romeo@x".into(), handle: 5, about };
    notice::post(&mut tx, &later(&world, 9), "juliet@x", share, Carries::Note(no), &[reader])
        .await
        .unwrap();
    for ms in [9, end() - 1] {
        assert!(!is_due(&mut tx, Millis(NOW.0 + ms)).await.unwrap());
        assert!(claimed(&mut tx, &later(&world, ms)).await.is_empty());
    }
    assert_eq!(states(&mut tx).await, [(State::Queued, 6)]);
    let ready = claimed(&mut tx, &later(&world, end())).await;
    assert_eq!(comments(&ready), ["0", "1", "2", "3", "4", "4"]);
    assert!(matches!(ready[5].carries, Carries::Note(_)));
}
