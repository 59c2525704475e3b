//! How far a share has come, as its sender is told, and taking it back.

use crate::{
    card::revocation::revoke,
    claim::{bounced, claim},
    db::{Db, Tx},
    domain::{
        clock::Millis,
        consent::Fate,
        conversation::Clue,
        delivery::{Bounce, Event, State},
        id::{DeliveryId, ShareId, StreamNo},
        note::{Carries, Note, NoteNo},
        progress::Progress,
        share::LIFE,
    },
    leave::erase::leave,
    limits::Limits,
    outbox::{
        delivery::{lost, settle, taken},
        stream::closed,
    },
    people::{
        account,
        notice::{Reader, post},
    },
    share::{page::lookup, status::status},
    talk::answer::{Answered, answer},
    tests::{
        NOW, facts, join, join_online, later, looked_up, saying, state, submission, take, world,
    },
    world::World,
};
use jid::BareJid;
use uuid::Uuid;

facts!(
    whoever_has_not_joined_blocks_or_has_left_looks_alike_to_the_sender,
    an_answer_shows_with_the_time_of_the_first,
    an_answer_shows_when_whoever_gave_it_has_left,
    what_is_parked_reads_as_if_the_server_had_it_and_not_when_somebody_comes,
    what_is_sent_again_keeps_the_time_of_the_first,
    what_is_on_its_way_when_it_is_taken_back_is_not_sent_again,
    what_was_said_about_it_does_not_come_without_it,
    what_was_said_comes_to_whoever_may_have_it_though_it_was_to_be_sent_again,
    only_those_who_may_have_it_are_told_that_it_is_gone,
    whoever_has_joined_again_is_not_told_that_what_they_had_before_is_gone,
    a_closed_code_is_unknown_to_whoever_looks_it_up,
);

fn juliet() -> BareJid {
    "juliet@x".parse().unwrap()
}

async fn told(tx: &mut Tx, now: Millis, share: ShareId) -> Vec<(Progress, Millis)> {
    let stands = status(tx, now, &juliet(), share).await.unwrap().expect("her share");
    stands.into_iter().map(|it| (it.progress, it.since)).collect()
}

/// A share to these, queued, and its deliveries.
async fn shared(tx: &mut Tx, world: &World, to: &[&str]) -> (ShareId, Vec<DeliveryId>) {
    let taken = take(tx, world, 0, submission("juliet@x", "k", "goblet", to)).await;
    let share = taken.answer.unwrap().share;
    let sent = tx.sent(share).await.unwrap();
    (share, sent.iter().map(|row| DeliveryId(row.delivery.id)).collect())
}

async fn whoever_has_not_joined_blocks_or_has_left_looks_alike_to_the_sender(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "blocks@x", "leaves@x", "waits@x"]).await;
    let to = ["nobody@x", "blocks@x", "leaves@x", "waits@x", "tel:+390455550100"];
    let (share, ids) = shared(&mut tx, &world, &to).await;
    claim(&mut tx, &later(&world, 9), 9).await.unwrap();
    let from = "blocks@x".parse().unwrap();
    bounced(&mut tx, &world, ids[1], &from, Bounce::Unavailable).await.unwrap();
    assert_eq!(state(&mut tx, ids[1]).await, State::Failed);
    leave(&mut tx, &world, "leaves@x").await.unwrap();
    assert_eq!(state(&mut tx, ids[2]).await, State::Cancelled);
    assert_eq!(told(&mut tx, NOW, share).await, [(Progress::Accepted, NOW); 5]);
    let end = NOW.after(LIFE);
    assert_eq!(told(&mut tx, end, share).await, [(Progress::Expired, end); 5]);
    revoke(&mut tx, &later(&world, 5), &juliet(), share).await.unwrap();
    let gone = (Progress::Cancelled, Millis(NOW.0 + 5));
    assert_eq!(told(&mut tx, end, share).await, [gone; 5]);
    assert!(status(&mut tx, NOW, &"waits@x".parse().unwrap(), share).await.unwrap().is_none());
}

async fn an_answer_shows_with_the_time_of_the_first(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x", "paris@x"]).await;
    let (share, ids) = shared(&mut tx, &world, &["romeo@x", "paris@x"]).await;
    claim(&mut tx, &later(&world, 90_000), 9).await.unwrap();
    taken(&mut tx, &world, &ids, StreamNo(1)).await.unwrap();
    for said in [Millis(NOW.0 + 70), Millis(NOW.0 + 60)] {
        let (author, text) = ("romeo@x".to_owned(), "How heavy is it?".to_owned());
        let note = Note { author, text, said, ..Note::default() };
        tx.insert_note(share, &note).await.unwrap();
    }
    let expected =
        [(Progress::Answered, Millis(NOW.0 + 60)), (Progress::Delivered, Millis(NOW.0 + 90_000))];
    assert_eq!(told(&mut tx, NOW, share).await, expected);
}

async fn an_answer_shows_when_whoever_gave_it_has_left(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x", "nurse@x", "paris@x"]).await;
    tx.put_contact("tel:+390455550100", "nurse@x", NOW).await.unwrap();
    let to = ["romeo@x", "paris@x", "tel:+390455550100"];
    let (share, ids) = shared(&mut tx, &world, &to).await;
    let world = looked_up(&mut tx, &world).await;
    claim(&mut tx, &world, 9).await.unwrap();
    taken(&mut tx, &world, &ids, StreamNo(1)).await.unwrap();
    let says = |author: &str, id: &str| saying(author, id, "Well?", vec![Clue::Share(share)]);
    answer(&mut tx, &world, &says("romeo@x", "1")).await.unwrap();
    claim(&mut tx, &world, 9).await.unwrap();
    // Only one of them has answered, so the words are for him, which she is told.
    let passed = answer(&mut tx, &world, &says("juliet@x", "2")).await.unwrap();
    assert!(matches!(passed, Answered::Passed { guessed: Some(_) }), "{passed:?}");
    leave(&mut tx, &world, "romeo@x").await.unwrap();
    // What he said is gone, as if it were long ago.
    let asked = answer(&mut tx, &world, &says("juliet@x", "3")).await.unwrap();
    assert!(matches!(asked, Answered::Ambiguous(..)), "{asked:?}");
    answer(&mut tx, &later(&world, 10_050), &says("nurse@x", "4")).await.unwrap();
    let before = told(&mut tx, world.now, share).await;
    let answered = |ms: i64| (Progress::Answered, later(&world, ms).now);
    assert_eq!((before[0], before[2]), (answered(10_000), answered(10_050)));
    leave(&mut tx, &later(&world, 10_060), "nurse@x").await.unwrap();
    assert_eq!(told(&mut tx, world.now, share).await, before);
}

async fn what_is_parked_reads_as_if_the_server_had_it_and_not_when_somebody_comes(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    tx.set_seen_by_us("romeo@x", true).await.unwrap();
    let mut shares = Vec::new();
    for n in 0..23 {
        let sent = submission("juliet@x", &n.to_string(), "goblet", &["romeo@x", "nobody@x"]);
        shares.push(take(&mut tx, &world, 0, sent).await.answer.unwrap().share);
    }
    let then = later(&world, 60_000);
    for at in [then.clone(), later(&world, 120_000)] {
        if at.now > then.now {
            account::came_online(&mut tx, &at, "romeo@x").await.unwrap();
        }
        let ready = claim(&mut tx, &at, 99).await.unwrap().ready;
        assert_eq!(ready.len(), if at.now > then.now { 3 } else { 20 });
        let ids: Vec<_> = ready.iter().map(|it| it.id).collect();
        taken(&mut tx, &at, &ids, StreamNo(1)).await.unwrap();
        for share in &shares {
            let expected = [(Progress::Delivered, then.now), (Progress::Accepted, NOW)];
            assert_eq!(told(&mut tx, at.now, *share).await, expected);
        }
    }
}

async fn what_is_sent_again_keeps_the_time_of_the_first(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    let (share, ids) = shared(&mut tx, &world, &["romeo@x"]).await;
    let first = (Progress::Delivered, Millis(NOW.0 + 60_000));
    for ms in [60_000, 120_000, 180_000] {
        let at = later(&world, ms);
        assert_eq!(claim(&mut tx, &at, 9).await.unwrap().ready.len(), 1);
        taken(&mut tx, &at, &ids, StreamNo(1)).await.unwrap();
        assert_eq!(told(&mut tx, at.now, share).await, [first]);
        // The server may have lost it.
        assert_eq!(closed(&mut tx, StreamNo(1), false, at.now).await.unwrap(), 1);
    }
}

async fn what_is_on_its_way_when_it_is_taken_back_is_not_sent_again(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    let (share, ids) = shared(&mut tx, &world, &["romeo@x"]).await;
    claim(&mut tx, &world, 9).await.unwrap();
    assert!(revoke(&mut tx, &world, &juliet(), share).await.unwrap());
    assert!(revoke(&mut tx, &world, &juliet(), share).await.unwrap(), "again is no error");
    assert_eq!(state(&mut tx, ids[0]).await, State::Claimed);
    lost(&mut tx, &world, &ids, false).await.unwrap();
    let ready = claim(&mut tx, &world, 9).await.unwrap().ready;
    assert_eq!(ready.len(), 1);
    assert_eq!((&ready[0].carries, ready[0].about), (&Carries::Revocation, ids[0]));
    assert_eq!(state(&mut tx, ids[0]).await, State::Cancelled);
    assert!(!revoke(&mut tx, &world, &"romeo@x".parse().unwrap(), share).await.unwrap());
}

async fn what_was_said_about_it_does_not_come_without_it(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x", "paris@x"]).await;
    let (share, ids) = shared(&mut tx, &world, &["romeo@x", "paris@x"]).await;
    // Romeo has it, and Paris does not.
    settle(&mut tx, &world, ids[1], Event::Park).await.unwrap();
    claim(&mut tx, &later(&world, 9), 9).await.unwrap();
    taken(&mut tx, &world, &ids[..1], StreamNo(1)).await.unwrap();
    say(&mut tx, &world, share, "romeo@x", ids[0]).await;
    say(&mut tx, &world, share, "paris@x", ids[1]).await;
    revoke(&mut tx, &world, &juliet(), share).await.unwrap();
    let ready = claim(&mut tx, &later(&world, 9), 9).await.unwrap().ready;
    let notes = ready.iter().filter(|it| matches!(it.carries, Carries::Note(_)));
    assert_eq!(notes.map(|it| it.to.as_str()).collect::<Vec<_>>(), ["romeo@x"]);
    // Nor does what was claimed and not sent look as if it had been.
    let said = tx.said(share, Some(ids[1]), END_OF_NOTES, 9).await.unwrap();
    assert_eq!(said.len(), 1);
    let withheld = said[0].delivery.delivery();
    assert_eq!((withheld.state, withheld.may_have_arrived()), (State::Cancelled, false));
}

/// Behind every note.
const END_OF_NOTES: (NoteNo, DeliveryId) = (NoteNo(i64::MAX), DeliveryId(Uuid::max()));

/// Juliet says something about `share` to whom it went to by `about`.
async fn say(tx: &mut Tx, world: &World, share: ShareId, to: &str, about: DeliveryId) {
    let note = Note { author: "juliet@x".into(), text: "wait".into(), ..Note::default() };
    let no = tx.insert_note(share, &note).await.unwrap();
    let reader = Reader { jid: to.into(), handle: 1, about, fate: Fate::Goes, typed: None };
    post(tx, world, "juliet@x", share, Carries::Note(no), &[Some(reader)]).await.unwrap();
}

async fn what_was_said_comes_to_whoever_may_have_it_though_it_was_to_be_sent_again(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "before@x", "behind@x"]).await;
    for (to, is_before) in [("before@x", true), ("behind@x", false)] {
        let sent = submission("juliet@x", to, "goblet", &[to]);
        let share = take(&mut tx, &world, 0, sent).await.answer.unwrap().share;
        claim(&mut tx, &later(&world, 9), 9).await.unwrap();
        let id = DeliveryId(tx.sent(share).await.unwrap()[0].delivery.id);
        taken(&mut tx, &world, &[id], StreamNo(1)).await.unwrap();
        say(&mut tx, &world, share, to, id).await;
        // The server has it, and may have lost it again.
        if is_before {
            revoke(&mut tx, &world, &juliet(), share).await.unwrap();
        }
        assert!(settle(&mut tx, &world, id, Event::Replay).await.unwrap());
        revoke(&mut tx, &world, &juliet(), share).await.unwrap();
        let mut ready = claim(&mut tx, &later(&world, 99), 9).await.unwrap().ready;
        ready.sort_by_key(|it| it.carries == Carries::Revocation);
        assert_eq!(state(&mut tx, id).await, State::Cancelled);
        let told: Vec<_> = ready.iter().map(|it| (&it.carries, it.about)).collect();
        assert!(
            matches!(*told, [(Carries::Note(_), a), (Carries::Revocation, b)] if a == id && b == id),
            "{to}: {told:?}"
        );
    }
}

async fn only_those_who_may_have_it_are_told_that_it_is_gone(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "has@x", "lost@x", "bounced@x"]).await;
    let to = ["has@x", "lost@x", "bounced@x", "nobody@x"];
    let (share, ids) = shared(&mut tx, &world, &to).await;
    claim(&mut tx, &later(&world, 9), 9).await.unwrap();
    taken(&mut tx, &world, &ids[..1], StreamNo(1)).await.unwrap();
    lost(&mut tx, &world, &ids[1..2], false).await.unwrap();
    let from = "bounced@x".parse().unwrap();
    bounced(&mut tx, &world, ids[2], &from, Bounce::Wait).await.unwrap();
    revoke(&mut tx, &world, &juliet(), share).await.unwrap();
    let ready = claim(&mut tx, &later(&world, 99), 9).await.unwrap().ready;
    let told: Vec<_> = ready.iter().map(|it| it.to.as_str()).collect();
    assert_eq!(told, ["has@x", "lost@x"]);
    assert!(ready.iter().all(|it| it.carries == Carries::Revocation));
}

async fn whoever_has_joined_again_is_not_told_that_what_they_had_before_is_gone(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "handed@x", "has@x"]).await;
    let (share, ids) = shared(&mut tx, &world, &["handed@x", "has@x"]).await;
    claim(&mut tx, &later(&world, 9), 9).await.unwrap();
    taken(&mut tx, &world, &ids, StreamNo(1)).await.unwrap();
    settle(&mut tx, &world, ids[1], Event::Confirmed).await.unwrap();
    for jid in ["handed@x", "has@x"] {
        leave(&mut tx, &world, jid).await.unwrap();
        join_online(&mut tx, &world, &[jid]).await;
    }
    revoke(&mut tx, &later(&world, 50), &juliet(), share).await.unwrap();
    assert!(claim(&mut tx, &later(&world, 99), 9).await.unwrap().ready.is_empty());
}

async fn a_closed_code_is_unknown_to_whoever_looks_it_up(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    let sent = submission("juliet@x", "k", "goblet", &["romeo@x"]);
    let accepted = take(&mut tx, &world, 0, sent).await.answer.unwrap();
    let code = Some(accepted.ref_code);
    let romeo = "romeo@x".parse().unwrap();
    let limits = Limits::none();
    assert!(lookup(&mut tx, NOW, &limits, &romeo, code).await.unwrap().is_ok());
    let late = lookup(&mut tx, NOW.after(LIFE), &limits, &romeo, code).await.unwrap().unwrap_err();
    revoke(&mut tx, &world, &juliet(), accepted.share).await.unwrap();
    assert_eq!(lookup(&mut tx, NOW, &limits, &romeo, code).await.unwrap().unwrap_err(), late);
    assert_eq!(lookup(&mut tx, NOW, &limits, &romeo, None).await.unwrap().unwrap_err(), late);
}
