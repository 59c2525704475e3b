//! Leaving takes everything along.

use std::{fs, sync::Arc, time::Duration};

use crate::{
    card::{browser, collected, own, store_address_book::Cursor},
    chores::Inviting,
    committer::committer,
    db::{Db, Tx},
    deliver::timers::Timers,
    domain::{
        address::Address,
        card::{Card, Part},
        clock::Clock,
        conversation::Clue,
        delivery::State,
        id::DeliveryId,
        invitation::InvitationLimits,
        lang::Lang,
        note::NoteNo,
        product::Localized,
        report::Reason,
        unfinished::Unfinished,
    },
    invite::{invitation::is_invited, join::take_in, list, proof, store::NewInvitation},
    leave::{erase::leave, export},
    people::{account, report::report, store_report::ReportRow},
    post::letter::Budgets,
    share::{
        history,
        saved::{self, SavedAnswer},
    },
    talk::answer::{Answered, answer},
    tests::{
        NOW, chance, facts, harness::eventually, join, later, looked_up, saying, states,
        submission, take, talk, world,
    },
    unfinished::go_on,
    world::{PASS, World},
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use uuid::Uuid;

facts!(
    nothing_of_him_is_found_any_more,
    who_joins_again_begins_anew,
    a_great_deal_goes_in_several_transactions,
    what_was_said_about_one_share_goes_in_portions,
    what_many_were_sent_goes_in_portions,
    invitations_of_whoever_leaves_go_in_portions_and_count_for_nothing,
    nobody_joins_before_their_former_invitations_are_gone,
    nobody_joins_before_what_they_had_sent_and_been_sent_is_gone,
    the_log_is_emptied_of_whoever_leaves_twice,
    an_export_holds_everything_of_ones_own,
);

const TEL: &str = "tel:+390455550199";

/// Says `text` about the thing that `author` calls `handle`.
async fn says(tx: &mut Tx, world: &World, author: &str, handle: i64, text: &str) {
    let saying = saying(author, text, text, vec![Clue::Handle(handle)]);
    let done = answer(tx, world, &saying).await.unwrap();
    assert!(matches!(done, Answered::Passed { .. }), "{done:?}");
}

/// Juliet and Romeo have joined, have sent each other something and talked about it.
async fn verona(tx: &mut Tx, world: &World) {
    join(tx, world, &["juliet@x", "romeo@x"]).await;
    account::rename(tx, world, "romeo@x", "canary nick").await.unwrap();
    let tel = Address::parse(TEL).unwrap();
    let tell: proof::Telling = |_, _| String::new();
    proof::proved(tx, world, "romeo@x", &tel, tell).await.unwrap();
    let to = ["juliet@x", "canary-friend@x"];
    take(tx, world, 0, submission("romeo@x", "canary key", "canary comment", &to)).await;
    take(tx, world, 0, submission("juliet@x", "k", "juliet's", &[TEL])).await;
    looked_up(tx, world).await;
    let mut card = Card::named("canary card");
    own::set(tx, world, "romeo@x", "", &card).await.unwrap().unwrap();
    card.set(Part::Categories, &["canary category".to_owned()]);
    collected::add(tx, world, "romeo@x", &card).await.unwrap().unwrap();
    browser::link(tx, world, "romeo@x").await.unwrap();
    says(tx, world, "romeo@x", 2, "canary note").await;
    let mut complaint = ReportRow::new("romeo@x", "tybalt@x", Reason::Abuse, world.now);
    complaint.text = "canary words".to_owned();
    assert!(tx.insert_report(&complaint).await.unwrap());
    let juliet = "juliet@x".parse().unwrap();
    report(tx, world, &juliet, ("romeo@x", Reason::Spam), None, "her words").await.unwrap();
    says(tx, world, "juliet@x", 2, "her own note").await;
}

async fn nothing_of_him_is_found_any_more(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    verona(&mut tx, &world).await;
    let (romeo, juliet) = ("romeo@x".parse().unwrap(), "juliet@x".parse().unwrap());
    let link = export::export(&mut tx, &world, &romeo).await.unwrap();
    let his = history::item(&mut tx, &romeo, Some(1)).await.unwrap().expect("what he sent");
    let page = his.code.expect("a code");
    assert!(leave(&mut tx, &world, "romeo@x").await.unwrap());
    assert!(!leave(&mut tx, &world, "romeo@x").await.unwrap());
    go_on(&mut tx, &world).await.unwrap();

    assert!(tx.share_by_ref(page).await.unwrap().is_none());
    let hers = history::list(&mut tx, &juliet, 0, 9).await.unwrap();
    assert_eq!(hers.len(), 1, "what she sent herself: {hers:?}");
    let sent = tx.sent(hers[0].share).await.unwrap();
    assert_eq!(sent[0].delivery.rcpt, TEL, "and whose number that was is not known");
    let first = (NoteNo(i64::MAX), DeliveryId(Uuid::max()));
    let said = tx.said(hers[0].share, None, first, 9).await.unwrap();
    assert!(said.iter().all(|it| it.author != "romeo@x"), "{said:?}");
    assert!(tx.contact(TEL).await.unwrap().is_none());
    assert!(list::list(&mut tx, world.now, &romeo).await.unwrap().0.is_empty());
    let opened = export::open(&mut tx, world.now, link, false).await.unwrap();
    assert!(matches!(opened, SavedAnswer::Left), "{opened:?}");
    assert!(tx.list_collected("romeo@x", &Cursor::default(), 9).await.unwrap().is_empty());
    assert!(tx.categories("romeo@x").await.unwrap().is_empty());
    assert!(tx.own_cards("romeo@x").await.unwrap().is_empty());
    let mut complaints = Vec::new();
    for row in tx.reporters(i64::MAX, 9).await.unwrap() {
        complaints.extend(tx.reports_of(&row.last.reporter, i64::MAX, 9).await.unwrap());
    }
    let [hers, his] = complaints.as_slice() else { panic!("{complaints:?}") };
    assert_eq!((hers.accused.as_str(), hers.text.as_str()), ("romeo@x", "her words"));
    assert_eq!((his.accused.as_str(), his.text.as_str()), ("tybalt@x", ""));
    assert!(his.reporter.starts_with("left:") && his.reporter.len() > 12, "{his:?}");
    // The books still balance.
    states(&mut tx).await;
}

async fn who_joins_again_begins_anew(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    verona(&mut tx, &world).await;
    leave(&mut tx, &world, "romeo@x").await.unwrap();
    let again = later(&world, 5);
    join(&mut tx, &again, &["romeo@x"]).await;
    let romeo = "romeo@x".parse().unwrap();
    assert!(history::list(&mut tx, &romeo, 0, 9).await.unwrap().is_empty());
    take(&mut tx, &again, 0, submission("romeo@x", "canary key", "new", &["juliet@x"])).await;
    // What is left of the former account goes, and nothing of the new one.
    go_on(&mut tx, &again).await.unwrap();
    let all = history::list(&mut tx, &romeo, 0, 9).await.unwrap();
    assert_eq!((all.len(), all[0].handle), (1, 1));
}

async fn a_great_deal_goes_in_several_transactions(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    for n in 0..250 {
        let key = n.to_string();
        take(&mut tx, &world, 0, submission("romeo@x", &key, "c", &["juliet@x"])).await;
    }
    leave(&mut tx, &world, "romeo@x").await.unwrap();
    assert_eq!(states(&mut tx).await, [(State::Queued, 150)]);
    assert_eq!(go_on(&mut tx, &world).await.unwrap(), Some(Unfinished::Left));
    assert_eq!(go_on(&mut tx, &world).await.unwrap(), Some(Unfinished::Left));
    assert!(states(&mut tx).await.is_empty());
    assert_eq!(go_on(&mut tx, &world).await.unwrap(), None);
}

/// Goes on until nothing is left, and answers the most deliveries that went at once.
async fn most_at_once(tx: &mut Tx, world: &World) -> i64 {
    let count = async |tx: &mut Tx| states(tx).await.iter().map(|(_, n)| n).sum::<i64>();
    let (mut before, mut most) = (count(tx).await, 0);
    leave(tx, world, "romeo@x").await.unwrap();
    loop {
        let after = count(tx).await;
        (most, before) = (most.max(before - after), after);
        if go_on(tx, &later(world, 5)).await.unwrap().is_none() {
            return most;
        }
    }
}

async fn what_was_said_about_one_share_goes_in_portions(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    let sent = take(&mut tx, &world, 0, submission("romeo@x", "k", "c", &["juliet@x"])).await;
    let share = sent.answer.unwrap().share;
    talk(&mut tx, &world, share, ["juliet@x", "romeo@x"], State::Confirmed, 1_700).await;
    let most = most_at_once(&mut tx, &world).await;
    assert!(most <= PASS, "{most} deliveries in one transaction");
    assert!(states(&mut tx).await.is_empty());
    let first = (NoteNo(i64::MAX), DeliveryId(Uuid::max()));
    assert!(tx.said(share, None, first, 9).await.unwrap().is_empty());
}

async fn what_many_were_sent_goes_in_portions(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x"]).await;
    let to: Vec<String> = (0..200).map(|n| format!("p{n}@y")).collect();
    let to: Vec<&str> = to.iter().map(String::as_str).collect();
    for n in 0..8 {
        take(&mut tx, &world, 0, submission("romeo@x", &n.to_string(), "c", &to)).await;
    }
    let most = most_at_once(&mut tx, &world).await;
    assert!(most <= PASS, "{most} deliveries in one transaction");
    assert!(states(&mut tx).await.is_empty());
}

/// Romeo has joined and invited so many.
async fn invites_many(tx: &mut Tx, world: &World, n: usize) {
    join(tx, world, &["romeo@x"]).await;
    let one = |n| NewInvitation {
        id: world.chance.uuid(world.now),
        inviter: "romeo@x".into(),
        address: format!("p{n}@y"),
        made: world.now,
    };
    let wanted: Vec<NewInvitation> = (0..n).map(one).collect();
    tx.insert_invitations(&wanted).await.unwrap();
    for (n, it) in wanted.iter().enumerate() {
        let hash = n.to_be_bytes();
        tx.tell_invitation(it.id, &hash, later(world, 1_000_000).now).await.unwrap();
    }
}

async fn invitations_of_whoever_leaves_go_in_portions_and_count_for_nothing(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    invites_many(&mut tx, &world, 1_200).await;
    assert!(is_invited(&mut tx, world.now, "p1199@y").await.unwrap());
    let left = async |tx: &mut Tx| tx.invitations_of("romeo@x", 9_999).await.unwrap().len();
    assert!(leave(&mut tx, &world, "romeo@x").await.unwrap());
    assert!(tx.account("romeo@x").await.unwrap().is_none(), "they have left");
    for n in 0..1_200_usize {
        assert!(tx.invitation(&n.to_be_bytes()).await.unwrap().is_none(), "and their codes too");
    }
    assert!(!is_invited(&mut tx, world.now, "p1199@y").await.unwrap());
    assert_eq!(tx.accept_invitations("p1199@y", "p1199@y", 9).await.unwrap(), []);
    assert_eq!(left(&mut tx).await, 700);
    for n in [200, 0] {
        assert_eq!(go_on(&mut tx, &world).await.unwrap(), Some(Unfinished::Left));
        assert_eq!(left(&mut tx).await, n);
    }
    while go_on(&mut tx, &world).await.unwrap().is_some() {}
}

async fn nobody_joins_before_their_former_invitations_are_gone(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    invites_many(&mut tx, &world, 600).await;
    leave(&mut tx, &world, "romeo@x").await.unwrap();
    assert_eq!(take_in(&mut tx, &world, "romeo@x", "en", None).await.unwrap(), None);
    while go_on(&mut tx, &world).await.unwrap().is_some() {}
    join(&mut tx, &world, &["romeo@x"]).await;
    assert!(tx.invitations_of("romeo@x", 9).await.unwrap().is_empty());
}

async fn nobody_joins_before_what_they_had_sent_and_been_sent_is_gone(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    for (sender, rcpt) in [("romeo@x", "juliet@x"), ("juliet@x", "romeo@x")] {
        for n in 0..300 {
            let key = n.to_string();
            take(&mut tx, &world, 0, submission(sender, &key, "canary", &[rcpt])).await;
        }
        leave(&mut tx, &world, "romeo@x").await.unwrap();
        let mut portions = 0;
        while take_in(&mut tx, &world, "romeo@x", "en", None).await.unwrap().is_none() {
            assert!(go_on(&mut tx, &world).await.unwrap().is_some());
            portions += 1;
        }
        assert!(portions > 0, "{sender}: there is more than goes at once");
        let romeo = "romeo@x".parse().unwrap();
        assert!(history::list(&mut tx, &romeo, 0, 9).await.unwrap().is_empty(), "{sender}");
        assert!(tx.delivery_numbered("romeo@x", 1).await.unwrap().is_none(), "{sender}");
    }
}

async fn the_log_is_emptied_of_whoever_leaves_twice(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x"]).await;
    assert!(leave(&mut tx, &world, "romeo@x").await.unwrap());
    for _ in 0..2 {
        assert!(!leave(&mut tx, &world, "romeo@x").await.unwrap());
    }
    // Behind these the timers empty it.
    assert!(!tx.removals(9).await.unwrap().is_empty());
    assert_eq!(go_on(&mut tx, &world).await.unwrap(), None);
}

async fn an_export_holds_everything_of_ones_own(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    verona(&mut tx, &world).await;
    let romeo = "romeo@x".parse().unwrap();
    let link = export::export(&mut tx, &world, &romeo).await.unwrap();
    let opened = export::open(&mut tx, world.now, link, false).await.unwrap();
    let SavedAnswer::All(all) = opened else { panic!("{opened:?}") };
    assert_eq!((all.jid.as_str(), all.nick.as_deref()), ("romeo@x", Some("canary nick")));
    assert_eq!((all.lang, all.joined), (Lang::En, world.now));
    assert_eq!(all.contacts[0].uri, TEL);
    assert!(all.invited.iter().any(|it| it.address == "canary-friend@x"), "{:?}", all.invited);
    let own = export::own_card(&mut tx, "romeo@x", "").await.unwrap().expect("his card");
    assert_eq!(own.card.name(), "canary card");
    let (cards, next) = export::cards(&mut tx, "romeo@x", &Cursor::default()).await.unwrap();
    assert_eq!((cards[0].1.card.name(), cards[0].1.number), ("canary card", 3));
    assert!(cards.len() == 1 && next.is_none());
    let comment = |text: &str| Some(Localized { lang: None, text: text.to_owned() });
    let things = export::things(&mut tx, "romeo@x", i64::MAX).await.unwrap();
    let [got, sent] = &things[..] else { panic!("{things:?}") };
    let sent = export::thing(&mut tx, NOW, "romeo@x", sent).await.unwrap().expect("it");
    assert_eq!((sent.is_own, &sent.page.comment), (true, &comment("canary comment")));
    let got = export::thing(&mut tx, NOW, "romeo@x", got).await.unwrap().expect("it");
    assert_eq!((got.is_own, &got.page.comment), (false, &comment("juliet's")));
    let talk = &got.conversations[0];
    let said = saved::talk::said(&mut tx, &got, talk, &talk.said).await.unwrap();
    let said: Vec<_> = said.iter().map(|it| it.text.text.as_str()).collect();
    assert_eq!(said, ["canary note"], "hers has not left yet");
    // After a week it is over.
    let late = later(&world, 7 * 24 * 3_600_000);
    let opened = export::open(&mut tx, late.now, link, false).await.unwrap();
    assert!(matches!(opened, SavedAnswer::Unknown), "{opened:?}");
}

#[tokio::test]
async fn nothing_of_him_stays_in_the_file() {
    let (db, folder) = crate::tests::sqlite().await;
    let world = world();
    let mut tx = db.write().await.unwrap();
    verona(&mut tx, &world).await;
    tx.commit().await.unwrap();
    let found = |what: &str| {
        let files = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path());
        let holds = |path: &std::path::PathBuf| {
            let bytes = fs::read(path).unwrap();
            bytes.windows(what.len()).any(|window| window == what.as_bytes())
        };
        files.filter(holds).count()
    };
    let canaries = [
        "canary nick",
        "canary key",
        "canary comment",
        "canary-friend",
        "canary note",
        "canary card",
        "canary category",
    ];
    for canary in canaries {
        assert!(found(canary) > 0, "{canary} was never there");
    }
    let mut tx = db.write().await.unwrap();
    leave(&mut tx, &world, "romeo@x").await.unwrap();
    go_on(&mut tx, &world).await.unwrap();
    tx.commit().await.unwrap();
    assert!(db.empty_log().await.unwrap());
    for canary in canaries {
        assert_eq!(found(canary), 0, "{canary} is still there");
    }
    assert!(found("her own note") > 0);
    db.close().await;
}

/// The clockwork, with a committer of its own, until it is stopped.
fn clockwork(db: &Db, stop: &CancellationToken) -> JoinHandle<()> {
    let clock = Clock::Manual(Arc::new(NOW.0.into()));
    let (committer, task, _) = committer(db.clone(), clock.clone(), chance(), Arc::default());
    let invite = Inviting {
        limits: InvitationLimits { per_sender_a_day: 0, pause: Duration::ZERO },
        budgets: Budgets { sms: None, mail: None },
        service: "Tradepost".to_owned(),
        pages: None,
    };
    let (outlet, _end) = crate::link::stream::channel();
    let (db, metrics, invite) = (db.clone(), Arc::default(), Arc::new(invite));
    let timers = Timers { db, committer, outlet, clock, metrics, invite };
    let stop = stop.clone();
    tokio::spawn(async move {
        tokio::join!(task.run(stop.clone()), timers.run(stop));
    })
}

#[tokio::test]
async fn what_somebody_reads_meanwhile_is_gone_from_the_files_behind_that() {
    let (db, folder) = crate::tests::sqlite().await;
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    collected::add(&mut tx, &world, "romeo@x", &Card::named("canary")).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    let found = || {
        let files = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path());
        let holds = |path: &std::path::PathBuf| {
            fs::read(path).unwrap().windows(6).any(|window| window == b"canary")
        };
        files.filter(holds).count()
    };
    let mut reading = db.read().await.unwrap();
    assert!(reading.account("juliet@x").await.unwrap().is_some());
    let mut tx = db.write().await.unwrap();
    leave(&mut tx, &world, "romeo@x").await.unwrap();
    tx.commit().await.unwrap();
    let stop = CancellationToken::new();
    let running = clockwork(&db, &stop);
    let Db::Sqlite { log, .. } = &db else { panic!("a file") };
    assert!(eventually(Duration::from_secs(9), async || log.size() > 0).await, "it is tried");
    assert!(found() > 0, "somebody reads it");
    let known = async || db.read().await.unwrap().removals(9).await.unwrap();
    assert!(!known().await.is_empty(), "nor would another process forget it");
    reading.commit().await.unwrap();
    assert!(eventually(Duration::from_secs(9), async || found() == 0).await);
    assert!(eventually(Duration::from_secs(9), async || known().await.is_empty()).await);
    stop.cancel();
    running.await.unwrap();
    db.close().await;
}
