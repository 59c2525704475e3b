//! What one stanza has the writer do does not grow with what its sender, or whoever it is about,
//! has done before. Measured, not read from a plan: see [`Meter`].

use std::{future::Future, pin::Pin};

use crate::{
    card::{address_book, collected, inbox, name::Acquaintances, own, revocation},
    claim,
    db::{Connection, Db, Tx},
    domain::{
        address::Address,
        card::Card,
        clock::Millis,
        consent::{Ask, Verdict},
        conversation::Clue,
        id::{DeliveryId, ShareId},
        report::Reason,
    },
    invite::{
        invitation::{Count, is_invited, stop},
        join::take_in,
    },
    leave::erase::leave,
    outbox::delivery,
    people::{
        account,
        consent::{askers, decide, unblock},
        report,
    },
    share::{history, removal, saved, status},
    talk::{answer::answer, waiting::Bare},
    tests::{
        self,
        history::{GAVE, GOT, HELD, Meter, OVER_FROM, PARKED, QUEUED, SENT, TALK, UNDECIDED, fill},
        later, saying, submission, take, world,
    },
    unfinished::go_on,
    world::{Cursor, World},
};
use jid::BareJid;
use uuid::Uuid;

type Doing<'t> = Pin<Box<dyn Future<Output = ()> + Send + 't>>;
/// A use case, and what somebody does to have it run.
type Case = (&'static str, for<'t> fn(&'t mut Tx, &'t World) -> Doing<'t>);

macro_rules! cases {
    ($(($name:literal, |$tx:ident, $world:ident| $do:expr)),+ $(,)?) => {
        [$(($name, |$tx, $world| Box::pin(async move { let _ = $do; }))),+]
    };
}

fn romeo() -> BareJid {
    "romeo@x".parse().unwrap()
}

fn juliet() -> BareJid {
    "juliet@x".parse().unwrap()
}

fn paris() -> BareJid {
    "paris@x".parse().unwrap()
}

fn gregory() -> BareJid {
    "gregory@x".parse().unwrap()
}

/// The share of this number in the past, and the name of a delivery.
fn share(tx: &Tx, n: u128) -> ShareId {
    ShareId(name(tx, n))
}

fn name(tx: &Tx, n: u128) -> Uuid {
    match tx.connection {
        Connection::Sqlite(_) => Uuid::from_slice(format!("{n:016x}").as_bytes()).unwrap(),
        Connection::Postgres(_) => Uuid::from_u128(n),
    }
}

/// `who` says no to somebody of whom something waits, among much that waits of others.
async fn refuse(tx: &mut Tx, world: &World, who: &BareJid, verdict: Verdict) {
    let other = "q@y".parse().unwrap();
    assert_eq!(tx.held_of(who.as_str(), "q@y", 99).await.unwrap().len(), HELD);
    assert!(decide(tx, world, who, &other, verdict).await.unwrap());
    assert!(tx.held_of(who.as_str(), "q@y", 99).await.unwrap().is_empty());
}

const CASES: [Case; 60] = cases![
    ("an answer under an id that was used before", |tx, world| answer(
        tx,
        world,
        &saying("romeo@x", "s", "hm", vec![Clue::Handle(1)])
    )
    .await
    .unwrap()),
    ("an answer under a new id", |tx, world| answer(
        tx,
        world,
        &saying("romeo@x", "new", "hm", vec![Clue::Handle(1)])
    )
    .await
    .unwrap()),
    ("an answer that points at an id that was used before", |tx, world| answer(
        tx,
        world,
        &saying("romeo@x", "new", "hm", vec![Clue::Message("s".into())])
    )
    .await
    .unwrap()),
    ("an answer to nobody in particular", |tx, world| answer(
        tx,
        world,
        &saying("romeo@x", "new", "hm", vec![])
    )
    .await
    .unwrap()),
    ("an answer that could be for several", |tx, world| answer(
        tx,
        world,
        &saying("juliet@x", "new", "hm", vec![Clue::Share(share(tx, TALK))])
    )
    .await
    .unwrap()),
    ("a share with people one has sent to", |tx, world| take(
        tx,
        world,
        0,
        submission("romeo@x", "k", "c", &["juliet@x", "paris@x"])
    )
    .await),
    ("a share with strangers", |tx, world| {
        tx.set_ask("benvolio@x", Ask::Always).await.unwrap();
        tx.set_ask("paris@x", Ask::Always).await.unwrap();
        take(tx, world, 0, submission("romeo@x", "k", "c", &["benvolio@x", "paris@x"])).await
    }),
    ("a share with somebody who has not joined", |tx, world| take(
        tx,
        world,
        0,
        submission("romeo@x", "k", "c", &["nobody@y"])
    )
    .await),
    ("how far a share has come", |tx, world| {
        let talk = share(tx, TALK);
        status::status(tx, world.now, &juliet(), talk).await.unwrap().unwrap()
    }),
    ("a share taken back", |tx, world| {
        let sent = share(tx, SENT);
        assert!(revocation::revoke(tx, world, &romeo(), sent).await.unwrap());
    }),
    ("a share taken back that was talked about", |tx, world| {
        let talk = share(tx, TALK);
        assert!(revocation::revoke(tx, world, &juliet(), talk).await.unwrap());
    }),
    ("a card taken back", |tx, world| {
        let gave = share(tx, GAVE);
        assert!(revocation::revoke(tx, world, &romeo(), gave).await.unwrap());
    }),
    ("a card of many followers taken back", |tx, world| {
        let gave = share(tx, 5_000_001);
        assert!(revocation::revoke(tx, world, &juliet(), gave).await.unwrap());
    }),
    ("list", |tx, _world| history::list(tx, &romeo(), 0, 10).await.unwrap()),
    ("a thing by its number", |tx, _world| history::item(tx, &romeo(), Some(11)).await.unwrap()),
    ("find", |tx, _world| history::find(tx, &romeo(), "nothing", 10).await.unwrap()),
    ("people", |tx, world| {
        let mut people = Acquaintances::load(tx, &romeo()).await.unwrap();
        people.called(tx, world, "juliet", false).await.unwrap()
    }),
    ("what waits", |tx, world| {
        let yes = Bare::Word(Verdict::Yes);
        yes.waiting(tx, world, &romeo()).await.unwrap()
    }),
    ("save", |tx, world| {
        let item = history::item(tx, &romeo(), Some(1)).await.unwrap().expect("the thing");
        saved::save(tx, world, &romeo(), &item).await.unwrap()
    }),
    ("no to somebody", |tx, world| refuse(tx, world, &paris(), Verdict::No).await),
    ("block somebody", |tx, world| refuse(tx, world, &paris(), Verdict::Blocked).await),
    ("block somebody, of one with a past", |tx, world| {
        refuse(tx, world, &romeo(), Verdict::Blocked).await;
    }),
    ("yes to somebody of whom much is on its way", |tx, world| {
        let (who, other) = ("tybalt@x".parse().unwrap(), "q2@y".parse().unwrap());
        assert!(decide(tx, world, &who, &other, Verdict::Yes).await.unwrap());
    }),
    ("no to somebody of whom much is on its way", |tx, world| {
        let (who, other) = ("tybalt@x".parse().unwrap(), "q2@y".parse().unwrap());
        assert!(decide(tx, world, &who, &other, Verdict::No).await.unwrap());
    }),
    ("a card deleted that is not there", |tx, world| {
        assert!(!own::delete(tx, world, "juliet@x", "zz").await.unwrap());
    }),
    ("unblock somebody", |tx, _world| unblock(tx, &romeo(), &"q1@y".parse().unwrap())
        .await
        .unwrap()),
    ("who asks", |tx, world| askers(tx, world, "romeo@x").await.unwrap()),
    ("report", |tx, world| {
        let got = share(tx, GOT);
        report::report(tx, world, &romeo(), ("juliet@x", Reason::Spam), Some(got), "")
            .await
            .unwrap()
    }),
    ("a receipt", |tx, world| {
        let id = DeliveryId(name(tx, 4_000_001));
        delivery::confirmed(tx, world, &[(id, "benvolio@x".parse().unwrap())]).await.unwrap()
    }),
    ("a receipt of somebody for whom much is parked", |tx, world| {
        let id = DeliveryId(name(tx, PARKED));
        delivery::confirmed(tx, world, &[(id, paris())]).await.unwrap()
    }),
    ("a word of somebody for whom much is parked", |tx, world| account::wrote(
        tx, world, "paris@x"
    )
    .await
    .unwrap()),
    ("presence of somebody for whom much is parked", |tx, world| account::came_online(
        tx, world, "paris@x"
    )
    .await
    .unwrap()),
    ("a receipt of somebody for whom much is due", |tx, world| {
        tx.set_seen_by_us("gregory@x", false).await.unwrap();
        let id = DeliveryId(name(tx, QUEUED));
        delivery::confirmed(tx, world, &[(id, gregory())]).await.unwrap()
    }),
    ("a word of somebody for whom much is due", |tx, world| account::wrote(tx, world, "gregory@x")
        .await
        .unwrap()),
    ("presence of somebody for whom much is due", |tx, world| account::came_online(
        tx,
        world,
        "gregory@x"
    )
    .await
    .unwrap()),
    ("people whose things were cancelled before they came", |tx, world| {
        let _ = world;
        assert!(tx.got_from_lately("escalus@x", 500).await.unwrap().len() <= 500);
    }),
    ("cards that were cancelled before they came", |tx, world| {
        let escalus = "escalus@x".parse().unwrap();
        assert!(inbox::pending(tx, world.now, &escalus, 0, 10).await.unwrap().is_empty());
    }),
    ("a server blocked, of which little waits among much", |tx, world| {
        let (who, other) = ("escalus@x".parse().unwrap(), "z".parse().unwrap());
        assert!(decide(tx, world, &who, &other, Verdict::Blocked).await.unwrap());
        assert!(tx.authors("escalus@x", "q5@y", 9).await.unwrap().is_empty());
    }),
    ("a server blocked, of which much waits", |tx, world| {
        let (who, other) = ("escalus@x".parse().unwrap(), "y".parse().unwrap());
        assert!(decide(tx, world, &who, &other, Verdict::Blocked).await.unwrap());
    }),
    ("what one of many sent first to a number", |tx, world| {
        let tel = "tel:+390455550111";
        assert!(tx.first_typed("nobody@y", tel, world.now).await.unwrap().is_none());
    }),
    ("pending", |tx, world| {
        let some = inbox::pending(tx, world.now, &romeo(), 0, 10).await.unwrap();
        assert_eq!((some.len(), some[0].handle), (10, UNDECIDED));
    }),
    ("how many cards wait", |tx, world| {
        assert_eq!(address_book::waiting(tx, world.now, "romeo@x").await.unwrap(), 1_000);
    }),
    ("a card decided about", |tx, world| {
        let which = inbox::Which::Handle(UNDECIDED);
        let offered = inbox::offered(tx, &romeo(), which).await.unwrap().expect("the card");
        inbox::decline(tx, world, &romeo(), &offered).await.unwrap()
    }),
    ("a collected card deleted", |tx, world| collected::delete(
        tx, world, "romeo@x", 70_001, false
    )
    .await
    .unwrap()),
    ("the last change undone", |tx, world| collected::undo(tx, world, "romeo@x", None)
        .await
        .unwrap()),
    ("one's own card changed", |tx, world| own::set(tx, world, "juliet@x", "", &Card::named("J"))
        .await
        .unwrap()),
    ("a copy that follows", |tx, _world| tx.following("romeo@x", "juliet@x", "").await.unwrap()),
    ("whether somebody was invited whom many want to invite", |tx, world| {
        assert!(!is_invited(tx, world.now, "laurence@y").await.unwrap());
    }),
    ("somebody comes whom many want to invite", |tx, world| take_in(
        tx,
        world,
        "laurence@y",
        "en",
        None
    )
    .await
    .unwrap()),
    ("somebody whom many want to invite wants to hear nothing", |tx, world| {
        stop(tx, world, &Address::parse("laurence@y").unwrap()).await.unwrap();
    }),
    ("whether somebody was invited", |tx, world| is_invited(tx, world.now, "nobody@y")
        .await
        .unwrap()),
    ("stop", |tx, world| stop(tx, world, &Address::parse("fresh@y").unwrap()).await.unwrap()),
    ("what is due for somebody with much behind him", |tx, world| {
        take(tx, world, 0, submission("romeo@x", "k", "c", &["juliet@x"])).await;
        claim::claim(tx, &later(world, 5_000), 64).await.unwrap()
    }),
    ("turns of those for whom much is queued", |tx, world| {
        assert!(tx.queued_for("", 64).await.unwrap().len() <= 64);
        assert_eq!(tx.due_for("gregory@x", Millis::NEVER, 8).await.unwrap().len(), 8);
        let _ = world;
    }),
    ("a look of the timers", |tx, world| claim::due(tx, world).await.unwrap()),
    ("a share is over about which much was said", |tx, world| {
        forget(tx, &at(world, OVER_FROM)).await;
    }),
    ("everything is over", |tx, world| forget(tx, &at(world, OVER_FROM + 1_000_000)).await),
    ("invitations are over", |tx, world| {
        tx.delete_old_invitations(world.now, 500).await.unwrap()
    }),
    ("complaints and letters are over", |tx, world| {
        tx.delete_old_reports(world.now, 500).await.unwrap();
        tx.delete_old_letters(world.now, 500).await.unwrap()
    }),
    ("invitations are counted", |tx, _world| assert!(
        !Count::default().go_on(tx, 500).await.unwrap()
    )),
];

/// Of these, whatever goes on with them costs no more either, each portion of it.
const IN_PORTIONS: [Case; 2] = cases![
    ("somebody leaves who has invited many and was told much", |tx, world| {
        assert!(leave(tx, world, "mercutio@x").await.unwrap());
    }),
    ("somebody joins for whom much is held", |tx, world| {
        take_in(tx, world, "nobody@y", "en", None).await.unwrap()
    }),
];

/// The world at another time.
fn at(world: &World, now: i64) -> World {
    World { now: Millis(now), ..world.clone() }
}

/// Forgets a portion of what is over.
async fn forget(tx: &mut Tx, world: &World) {
    removal::forget(tx, world, Cursor::default()).await.unwrap();
}

/// What each case costs with `n` rows of everything: its own transaction, or the one of those that go
/// on with it that costs most.
async fn costs(db: &Db, n: i64) -> Vec<i64> {
    fill(db, n).await;
    let world = world();
    let mut costs = Vec::new();
    for (at, (_, case)) in CASES.iter().chain(&IN_PORTIONS).enumerate() {
        let mut tx = db.write().await.unwrap();
        let meter = Meter::start(&mut tx).await;
        case(&mut tx, &world).await;
        let mut cost = meter.read(&mut tx).await;
        let mut more = at >= CASES.len();
        while more {
            let meter = Meter::start(&mut tx).await;
            more = go_on(&mut tx, &later(&world, 60_000)).await.unwrap().is_some();
            cost = cost.max(meter.read(&mut tx).await);
        }
        drop(tx);
        costs.push(cost);
    }
    costs
}

fn compare(few: &[i64], many: &[i64]) {
    let grown: Vec<String> = CASES
        .iter()
        .chain(&IN_PORTIONS)
        .zip(few.iter().zip(many))
        .filter(|(_, (few, many))| **many > **few + **few / 2 + 100)
        .map(|((name, _), (few, many))| format!("{name}: {few} with 1,000 rows, {many} with 8,000"))
        .collect();
    assert!(grown.is_empty(), "work that grows with history:\n{}", grown.join("\n"));
}

#[tokio::test]
async fn what_one_stanza_costs_does_not_grow_with_history_on_sqlite() {
    let (few, _few) = tests::sqlite().await;
    let (many, _many) = tests::sqlite().await;
    compare(&costs(&few, 1_000).await, &costs(&many, 8_000).await);
    few.close().await;
    many.close().await;
}

#[tokio::test]
async fn what_one_stanza_costs_does_not_grow_with_history_on_postgresql() {
    let (few, many) = (tests::postgres().await, tests::postgres().await);
    compare(&costs(&few, 1_000).await, &costs(&many, 8_000).await);
    few.close().await;
    many.close().await;
}
