//! Quiet hours: what waits for their end, and what comes of it then.

use crate::{
    card::submission::submit,
    claim::{claim, is_due},
    db::{Db, Tx},
    domain::{
        clock::Millis,
        consent::{Fate, Verdict},
        delivery::{AWAY, State},
        id::{DeliveryId, ShareId, StreamNo},
        note::{Carries, Note},
        progress::Progress,
        share::{LIFE, Outgoing},
    },
    invite::list,
    outbox::delivery::{confirmed, taken},
    people::{
        account::{self, Quiet, set_quiet},
        consent::decide,
        notice::{Reader, post},
    },
    share::status::status,
    tests::{NOW, comments, facts, join_online, later, states, submission, take, world},
    world::World,
};

facts!(
    what_comes_in_quiet_hours_goes_in_order_when_they_end,
    being_seen_in_quiet_hours_brings_nothing_earlier,
    a_change_of_the_hours_or_the_zone_counts_at_once,
    at_the_end_nothing_overtakes_what_has_waited,
    what_the_server_lost_waits_too,
    what_is_too_late_expires_in_quiet_hours,
    others_wait_for_nobodys_quiet_hours,
    the_sender_reads_what_he_reads_of_anybody_who_is_away,
    more_than_somebody_away_may_be_sent_says_nothing_of_quiet_hours,
);

/// The quiet hours of [`romeo`], in UTC. [`NOW`] is 08:53:20.
const HOURS: &str = "08:00-10:00";
/// When they are over, in milliseconds after [`NOW`].
const OVER: i64 = 4_000_000;

/// Romeo, online, in his quiet hours; and Juliet.
async fn romeo(tx: &mut Tx, world: &World) {
    join_online(tx, world, &["juliet@x", "romeo@x"]).await;
    set(tx, world, Quiet::Zone("UTC")).await;
    set(tx, world, Quiet::Hours(Some(HOURS))).await;
    let account = tx.account("romeo@x").await.unwrap().unwrap();
    assert_eq!(account.quiet_until(NOW), Some(Millis(NOW.0 + OVER)));
}

async fn set(tx: &mut Tx, world: &World, quiet: Quiet<'_>) {
    set_quiet(tx, world, "romeo@x", quiet).await.unwrap();
}

async fn send(tx: &mut Tx, world: &World, words: &str) -> Vec<Outgoing> {
    take(tx, world, 9, submission("juliet@x", words, words, &["romeo@x"])).await.ready
}

async fn claimed(tx: &mut Tx, world: &World) -> Vec<Outgoing> {
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
    let share = ShareId(tx.share_by_key("juliet@x", "1").await.unwrap().unwrap().id);
    let about = DeliveryId(tx.sent(share).await.unwrap()[0].delivery.id);
    let note = Note { author: "juliet@x".into(), text: "well?".into(), ..Note::default() };
    let no = tx.insert_note(share, &note).await.unwrap();
    let reader = Reader { jid: "romeo@x".into(), handle: 2, about, fate: Fate::Goes, typed: None };
    let at = later(&world, 9);
    post(&mut tx, &at, "juliet@x", share, Carries::Note(no), &[Some(reader)]).await.unwrap();
    for ms in [9, OVER - 1] {
        assert!(!is_due(&mut tx, Millis(NOW.0 + ms)).await.unwrap());
        assert!(claimed(&mut tx, &later(&world, ms)).await.is_empty());
    }
    assert_eq!(states(&mut tx).await, [(State::Queued, 6)]);
    let ready = claimed(&mut tx, &later(&world, OVER)).await;
    assert_eq!(comments(&ready), ["0", "1", "2", "3", "4", "1"]);
    assert!(matches!(ready[5].carries, Carries::Note(_)));
}

async fn being_seen_in_quiet_hours_brings_nothing_earlier(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    romeo(&mut tx, &world).await;
    account::went_offline(&mut tx, &world, "romeo@x").await.unwrap();
    for n in 0..30 {
        send(&mut tx, &later(&world, n), &n.to_string()).await;
    }
    account::came_online(&mut tx, &later(&world, 40), "romeo@x").await.unwrap();
    assert!(!is_due(&mut tx, Millis(NOW.0 + 40)).await.unwrap(), "it would be put off again");
    assert!(claimed(&mut tx, &later(&world, 41)).await.is_empty());
    account::wrote(&mut tx, &later(&world, 50), "romeo@x").await.unwrap();
    assert!(!is_due(&mut tx, Millis(NOW.0 + 50)).await.unwrap(), "it would be put off again");
    assert!(claimed(&mut tx, &later(&world, 51)).await.is_empty());
    assert!(!is_due(&mut tx, Millis(NOW.0 + OVER - 1)).await.unwrap());
    send(&mut tx, &later(&world, 60), "30").await;
    let ready = claimed(&mut tx, &later(&world, OVER)).await;
    let all: Vec<String> = (0..31).map(|n| n.to_string()).collect();
    assert_eq!(comments(&ready), all);
}

async fn a_change_of_the_hours_or_the_zone_counts_at_once(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    romeo(&mut tx, &world).await;
    send(&mut tx, &world, "one").await;
    // A later end.
    set(&mut tx, &later(&world, 1), Quiet::Hours(Some("08:00-11:00"))).await;
    assert!(claimed(&mut tx, &later(&world, 1)).await.is_empty());
    assert!(claimed(&mut tx, &later(&world, OVER)).await.is_empty());
    let hour = OVER + 3_600_000;
    assert!(is_due(&mut tx, Millis(NOW.0 + hour)).await.unwrap());
    // Another zone, in which they are over already.
    set(&mut tx, &later(&world, 2), Quiet::Zone("+03:00")).await;
    assert_eq!(comments(&claimed(&mut tx, &later(&world, 2)).await), ["one"]);
    set(&mut tx, &later(&world, 3), Quiet::Zone("UTC")).await;
    send(&mut tx, &later(&world, 3), "two").await;
    // What his client says does not count, for he has said it himself.
    set(&mut tx, &later(&world, 4), Quiet::ClientZone("+03:00")).await;
    assert!(claimed(&mut tx, &later(&world, 4)).await.is_empty());
    set(&mut tx, &later(&world, 5), Quiet::Hours(None)).await;
    assert_eq!(comments(&claimed(&mut tx, &later(&world, 5)).await), ["two"]);
    assert_eq!(send(&mut tx, &later(&world, 6), "three").await.len(), 1, "claimed at its birth");
}

async fn at_the_end_nothing_overtakes_what_has_waited(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    romeo(&mut tx, &world).await;
    send(&mut tx, &world, "first").await;
    // In the last moment, and in the first after it, before anybody has looked.
    assert!(send(&mut tx, &later(&world, OVER - 1), "second").await.is_empty());
    assert!(send(&mut tx, &later(&world, OVER + 1), "third").await.is_empty());
    let ready = claimed(&mut tx, &later(&world, OVER + 2)).await;
    assert_eq!(comments(&ready), ["first", "second", "third"]);
}

async fn what_the_server_lost_waits_too(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    romeo(&mut tx, &world).await;
    set(&mut tx, &world, Quiet::Hours(None)).await;
    let ready = send(&mut tx, &world, "one").await;
    taken(&mut tx, &world, &[ready[0].id], StreamNo(1)).await.unwrap();
    set(&mut tx, &later(&world, 1), Quiet::Hours(Some(HOURS))).await;
    assert_eq!(tx.replay(&[ready[0].id], Millis(NOW.0 + 2)).await.unwrap(), 1);
    assert!(claimed(&mut tx, &later(&world, 2)).await.is_empty());
    // He had it after all.
    let receipt = [(ready[0].id, "romeo@x".parse().unwrap())];
    confirmed(&mut tx, &later(&world, 3), &receipt).await.unwrap();
    assert!(claimed(&mut tx, &later(&world, OVER)).await.is_empty());
    assert_eq!(states(&mut tx).await, [(State::Confirmed, 1)]);
}

async fn what_is_too_late_expires_in_quiet_hours(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    romeo(&mut tx, &world).await;
    account::went_offline(&mut tx, &world, "romeo@x").await.unwrap();
    // Sent in quiet hours 30 days ago, but for half an hour of these; parked since.
    let old = later(&world, 1_800_000);
    for n in 0..21 {
        let sent = submission("juliet@x", &n.to_string(), &n.to_string(), &["romeo@x"]);
        submit(&mut tx, &old, &[sent], 0).await.unwrap();
    }
    assert_eq!(claimed(&mut tx, &later(&world, OVER)).await.len(), 20);
    let life = i64::try_from(LIFE.as_millis()).unwrap();
    account::came_online(&mut tx, &later(&world, life), "romeo@x").await.unwrap();
    assert!(claimed(&mut tx, &later(&world, life)).await.is_empty());
    assert_eq!(states(&mut tx).await, [(State::Queued, 1), (State::Claimed, 20)]);
    let end = later(&world, life + 1_800_000);
    assert!(is_due(&mut tx, end.now).await.unwrap(), "before the quiet hours are over");
    assert!(claimed(&mut tx, &end).await.is_empty());
    assert_eq!(states(&mut tx).await, [(State::Claimed, 20), (State::Expired, 1)]);
}

async fn others_wait_for_nobodys_quiet_hours(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    romeo(&mut tx, &world).await;
    join_online(&mut tx, &world, &["benvolio@x"]).await;
    for n in 0..5 {
        // Behind the pace of the one before.
        let at = later(&world, 10 * n);
        let both = submission("juliet@x", &n.to_string(), "b", &["romeo@x", "benvolio@x"]);
        let ready = take(&mut tx, &at, 9, both).await.ready;
        assert_eq!(ready.len(), 1, "Benvolio's is claimed at its birth");
    }
    assert_eq!(states(&mut tx).await, [(State::Queued, 5), (State::Claimed, 5)]);
}

async fn the_sender_reads_what_he_reads_of_anybody_who_is_away(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    romeo(&mut tx, &world).await;
    let to = ["romeo@x", "nobody@x"];
    let shared = take(&mut tx, &world, 9, submission("juliet@x", "k", "k", &to)).await;
    let share = shared.answer.unwrap().share;
    let juliet = "juliet@x".parse().unwrap();
    let stands = status(&mut tx, NOW, &juliet, share).await.unwrap().unwrap();
    let told: Vec<_> = stands.iter().map(|stand| (stand.progress, stand.since)).collect();
    assert_eq!(told, [(Progress::Delivered, NOW), (Progress::Accepted, NOW)]);
    let waits = list::list(&mut tx, NOW, &juliet).await.unwrap().0;
    let waits: Vec<_> = waits.iter().map(|it| it.address.to_string()).collect();
    assert_eq!(waits, ["nobody@x"], "whom nothing has left for");
    // Nor does he when they are over: how long they lasted does not show.
    let ready = claimed(&mut tx, &later(&world, OVER)).await;
    taken(&mut tx, &later(&world, OVER), &[ready[0].id], StreamNo(1)).await.unwrap();
    let stands = status(&mut tx, Millis(NOW.0 + OVER), &juliet, share).await.unwrap().unwrap();
    assert_eq!((stands[0].progress, stands[0].since), (Progress::Delivered, NOW));
    // What is put off by a claim is told so too; whoever refuses him gets nothing of it.
    set(&mut tx, &world, Quiet::Hours(None)).await;
    let share = take(&mut tx, &world, 0, submission("juliet@x", "l", "l", &["romeo@x"])).await;
    let share = share.answer.unwrap().share;
    set(&mut tx, &world, Quiet::Hours(Some(HOURS))).await;
    let soon = later(&world, 9);
    assert!(claimed(&mut tx, &soon).await.is_empty());
    let stands = status(&mut tx, soon.now, &juliet, share).await.unwrap().unwrap();
    assert_eq!((stands[0].progress, stands[0].since), (Progress::Delivered, NOW));
    let romeo = "romeo@x".parse().unwrap();
    decide(&mut tx, &soon, &romeo, &juliet, Verdict::Blocked).await.unwrap();
    let after = later(&world, 10);
    let share = take(&mut tx, &after, 0, submission("juliet@x", "m", "m", &["romeo@x"])).await;
    let share = share.answer.unwrap().share;
    let stands = status(&mut tx, after.now, &juliet, share).await.unwrap().unwrap();
    assert_eq!(stands[0].progress, Progress::Accepted);
}

async fn more_than_somebody_away_may_be_sent_says_nothing_of_quiet_hours(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let people = ["there@x", "away@x", "quiet@x", "quiet-away@x"];
    join_online(&mut tx, &world, &["juliet@x"]).await;
    join_online(&mut tx, &world, &people).await;
    for jid in &people[2..] {
        set_quiet(&mut tx, &world, jid, Quiet::Zone("UTC")).await.unwrap();
        set_quiet(&mut tx, &world, jid, Quiet::Hours(Some(HOURS))).await.unwrap();
    }
    for jid in [people[1], people[3]] {
        account::went_offline(&mut tx, &world, jid).await.unwrap();
    }
    let mut shares = Vec::new();
    for n in 0..AWAY + 3 {
        let words = n.to_string();
        let at = later(&world, n);
        let sent = take(&mut tx, &at, 0, submission("juliet@x", &words, &words, &people)).await;
        shares.push((sent.answer.unwrap().share, at.now));
    }
    let juliet = "juliet@x".parse().unwrap();
    for (ms, most) in [(900, 2 * AWAY + 3), (OVER, 2 * AWAY + 3), (OVER + 1_000, 0)] {
        let at = later(&world, ms);
        let ready = claimed(&mut tx, &at).await;
        assert_eq!(i64::try_from(ready.len()).unwrap(), most, "{ms}: some are parked");
        let ids: Vec<DeliveryId> = ready.iter().map(|it| it.id).collect();
        taken(&mut tx, &at, &ids, StreamNo(1)).await.unwrap();
        for (share, accepted) in &shares {
            let stands = status(&mut tx, at.now, &juliet, *share).await.unwrap().unwrap();
            let told: Vec<_> = stands.iter().map(|it| (it.progress, it.since)).collect();
            assert_eq!(told, [(Progress::Delivered, *accepted); 4], "{ms}");
        }
        assert!(list::list(&mut tx, at.now, &juliet).await.unwrap().0.is_empty(), "{ms}");
    }
}
