//! Who is invited, how often, and what it means to accept.

use std::{sync::Arc, time::Duration};

use crate::{
    card::revocation::revoke,
    claim::{bounced, claim},
    db::{Db, Tx},
    domain::{
        address::Address,
        consent::{Ask, Verdict},
        delivery::{Bounce, State as At},
        id::{DeliveryId, StreamNo},
        invitation::{Code, InvitationLimits, LIFE, State},
        lang::Lang,
        letter::{self, Letter},
        name::Reserved,
        note::Carries,
        share::Outgoing,
    },
    invite::{
        invitation::{stop, tell},
        join::{Came, Wish, join as come, take_in},
        list,
    },
    leave::erase::leave,
    outbox::delivery::taken,
    people::{ask::set_ask, consent::decide},
    post::{
        letter as letters,
        letter::{Budgets, Tried},
    },
    tests::{NOW, deliveries_for, facts, join, join_online, later, submission, take, world},
    world::{Rules, World},
};

facts!(
    nobody_joins_under_the_name_of_the_service_by_adding_to_it,
    somebody_is_asked_once_whoever_sends_him_how_much,
    nobody_is_asked_for_those_who_have_joined,
    whoever_is_not_reached_at_once_takes_a_place_of_the_day_whatever_keeps_it,
    a_sender_asks_five_in_a_day_and_the_next_a_day_later,
    whoever_invites_hundreds_keeps_nobody_waiting,
    who_was_asked_is_left_alone_by_all_others_for_a_month,
    leaving_and_joining_again_asks_nobody_twice,
    who_has_left_is_left_alone_for_a_month,
    nothing_held_asks_nobody,
    who_wants_to_hear_nothing_is_never_asked_until_he_joins,
    a_bounce_is_noted_and_told_to_nobody,
    a_letter_that_fails_for_good_could_not_be_told_and_its_code_still_works,
);

pub(super) const LIMITS: InvitationLimits =
    InvitationLimits { per_sender_a_day: 5, pause: Duration::from_hours(30 * 24) };
pub(super) const DAY: i64 = 86_400_000;
pub(super) const TEL: &str = "tel:+390455550100";

/// A share of `from` under `key`, which is also what it says.
pub(super) async fn shares(tx: &mut Tx, world: &World, from: &str, key: &str, to: &[&str]) {
    take(tx, world, 0, submission(from, key, key, to)).await;
}

fn no_letter(_: &Address, _: &str, _: Lang, _: Code) -> Option<Letter> {
    None
}

/// Whom the invitations go to that leave now, in order.
pub(super) async fn invited(tx: &mut Tx, world: &World) -> Vec<Outgoing> {
    while !tx.inviters_due(world.now, 1).await.unwrap().is_empty() {
        tell(tx, world, &LIMITS, 50, &no_letter).await.unwrap();
    }
    claim(tx, world, 99).await.unwrap().ready
}

pub(super) async fn asked(tx: &mut Tx, world: &World) -> Vec<String> {
    let ready = invited(tx, world).await;
    let ready = ready.into_iter().filter(|it| it.carries == Carries::Invitation);
    ready.map(|it| it.to.to_string()).collect()
}

pub(super) fn wish<'a>(jid: &'a jid::BareJid, may_join: bool, code: Option<&'a str>) -> Wish<'a> {
    Wish { jid, lang: "en", nick: None, may_join, code }
}

pub(super) async fn comes(tx: &mut Tx, world: &World, jid: &str, code: Option<&str>) -> Came {
    come(tx, world, &wish(&jid.parse().unwrap(), false, code)).await.unwrap()
}

async fn somebody_is_asked_once_whoever_sends_him_how_much(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "paris@x"]).await;
    shares(&mut tx, &world, "juliet@x", "one", &["romeo@x"]).await;
    shares(&mut tx, &world, "paris@x", "two", &["romeo@x"]).await;
    shares(&mut tx, &world, "juliet@x", "three", &["romeo@x"]).await;
    let first = invited(&mut tx, &world).await;
    assert_eq!(first.len(), 1);
    assert_eq!((first[0].to.as_str(), first[0].handle, first[0].delay), ("romeo@x", 0, None));
    assert_eq!(first[0].expires, NOW.after(LIFE));
    let soon = later(&world, 5000);
    shares(&mut tx, &soon, "juliet@x", "four", &["romeo@x"]).await;
    assert!(asked(&mut tx, &soon).await.is_empty());
    assert!(tx.inviters_due(soon.now, 9).await.unwrap().is_empty(), "nor looked at again");
}

async fn nobody_is_asked_for_those_who_have_joined(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    shares(&mut tx, &world, "juliet@x", "one", &["romeo@x"]).await;
    assert!(tx.invitations_of("juliet@x", 9).await.unwrap().is_empty());
    // He joins before the invitation has left.
    shares(&mut tx, &world, "juliet@x", "two", &["tybalt@x"]).await;
    tell(&mut tx, &world, &LIMITS, 9, &no_letter).await.unwrap();
    join(&mut tx, &world, &["tybalt@x"]).await;
    let ready = claim(&mut tx, &world, 9).await.unwrap().ready;
    assert!(ready.iter().all(|it| it.carries != Carries::Invitation), "{ready:?}");
    // Nor for what is held until he says whether he wants it.
    let rules = Rules { ask: Ask::Always, ..Rules::open() };
    let asking = World { rules: rules.into(), ..later(&world, 5) };
    shares(&mut tx, &asking, "tybalt@x", "three", &["romeo@x"]).await;
    assert!(asked(&mut tx, &asking).await.is_empty());
}

async fn whoever_is_not_reached_at_once_takes_a_place_of_the_day_whatever_keeps_it(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    for (who, left) in [
        ("nobody", 4),
        ("asks", 4),
        ("refuses", 4),
        ("blocks", 4),
        ("unreachable", 4),
        ("stopped", 4),
        ("revoked-nobody", 5),
        ("revoked-asks", 5),
        ("revoked-blocks", 5),
        ("there", 5),
    ] {
        let (sender, whom) = (format!("{who}@from.example"), format!("{who}@to.example"));
        join(&mut tx, &world, &[&sender]).await;
        let (from, to) = (sender.parse().unwrap(), whom.parse().unwrap());
        if !who.ends_with("nobody") && who != "stopped" {
            join_online(&mut tx, &world, &[&whom]).await;
        }
        match who.trim_start_matches("revoked-") {
            "asks" => set_ask(&mut tx, &world, &to, Ask::Always).await.unwrap(),
            "refuses" => assert!(decide(&mut tx, &world, &to, &from, Verdict::No).await.unwrap()),
            "blocks" => {
                assert!(decide(&mut tx, &world, &to, &from, Verdict::Blocked).await.unwrap());
            }
            "unreachable" => tx.suspend(&whom, later(&world, DAY).now).await.unwrap(),
            _ => {}
        }
        let sent = take(&mut tx, &world, 0, submission(&sender, "k", "k", &[&whom])).await;
        let share = sent.answer.unwrap().share;
        if who.starts_with("revoked") {
            assert!(revoke(&mut tx, &world, &from, share).await.unwrap());
        } else if who == "there" {
            let ready = claim(&mut tx, &world, 99).await.unwrap().ready;
            let ids: Vec<DeliveryId> = ready.iter().map(|it| it.id).collect();
            taken(&mut tx, &world, &ids, StreamNo(1)).await.unwrap();
        } else if who == "stopped" {
            stop(&mut tx, &world, &Address::Xmpp(to.clone())).await.unwrap();
        }
        // Now as many as a day allows.
        let then = later(&world, 1);
        let fresh: Vec<String> = (0..5).map(|n| format!("{n}@{who}.example")).collect();
        let fresh: Vec<&str> = fresh.iter().map(String::as_str).collect();
        shares(&mut tx, &then, &sender, "five", &fresh).await;
        let asked = asked(&mut tx, &then).await;
        assert!(!asked.contains(&whom) || who == "nobody", "{who}");
        assert_eq!(asked.iter().filter(|it| fresh.contains(&it.as_str())).count(), left, "{who}");
        let waits = list::list(&mut tx, then.now, &from).await.unwrap().0;
        let is_told = waits.iter().any(|it| it.address.to_string() == whom);
        assert_eq!(is_told, left == 4, "{who}");
    }
}

async fn a_sender_asks_five_in_a_day_and_the_next_a_day_later(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "paris@x"]).await;
    let people: Vec<String> = (0..7).map(|n| format!("p{n}@x")).collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    shares(&mut tx, &world, "juliet@x", "one", &people).await;
    shares(&mut tx, &world, "paris@x", "one", &["q@x"]).await;
    assert_eq!(asked(&mut tx, &world).await.len(), 6, "five of hers and his");
    assert!(asked(&mut tx, &later(&world, DAY - 1)).await.is_empty());
    assert_eq!(asked(&mut tx, &later(&world, DAY)).await.len(), 2);
    let none = InvitationLimits { per_sender_a_day: 0, ..LIMITS };
    shares(&mut tx, &world, "paris@x", "two", &["r@x"]).await;
    tell(&mut tx, &world, &none, 9, &no_letter).await.unwrap();
    assert!(claim(&mut tx, &world, 9).await.unwrap().ready.is_empty(), "switched off");
}

async fn whoever_invites_hundreds_keeps_nobody_waiting(db: &Db) {
    let (world, soon) = (world(), later(&world(), 1));
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "paris@x"]).await;
    let people: Vec<String> = (0..300).map(|n| format!("p{n}@x")).collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    shares(&mut tx, &world, "juliet@x", "many", &people).await;
    shares(&mut tx, &soon, "paris@x", "one", &["romeo@x"]).await;
    let many = InvitationLimits { per_sender_a_day: 1_000, ..LIMITS };
    tell(&mut tx, &soon, &many, 25, &no_letter).await.unwrap();
    let told = claim(&mut tx, &soon, 99).await.unwrap().ready;
    let told: Vec<&str> = told.iter().map(|it| it.to.as_str()).collect();
    assert_eq!(told, ["p0@x", "p1@x", "romeo@x"]);
    // Beyond the limit of her day, the others are looked at when it is over.
    tell(&mut tx, &soon, &InvitationLimits { per_sender_a_day: 2, ..LIMITS }, 25, &no_letter)
        .await
        .unwrap();
    assert!(tx.inviters_due(later(&world, DAY).now, 9).await.unwrap().is_empty());
    assert_eq!(tx.inviters_due(later(&world, DAY + 1).now, 9).await.unwrap().len(), 1);
}

async fn who_was_asked_is_left_alone_by_all_others_for_a_month(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "paris@x"]).await;
    shares(&mut tx, &world, "juliet@x", "one", &["romeo@x"]).await;
    assert_eq!(asked(&mut tx, &world).await, ["romeo@x"]);
    let day = later(&world, DAY);
    shares(&mut tx, &day, "paris@x", "two", &["romeo@x"]).await;
    assert!(asked(&mut tx, &day).await.is_empty());
    assert!(asked(&mut tx, &later(&world, 30 * DAY - 1)).await.is_empty());
    assert_eq!(asked(&mut tx, &later(&world, 30 * DAY)).await, ["romeo@x"]);
}

async fn leaving_and_joining_again_asks_nobody_twice(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x"]).await;
    for n in 0..3 {
        shares(&mut tx, &world, "juliet@x", &n.to_string(), &["romeo@x"]).await;
        assert_eq!(asked(&mut tx, &world).await.len(), usize::from(n == 0));
        leave(&mut tx, &world, "juliet@x").await.unwrap();
        join(&mut tx, &world, &["juliet@x"]).await;
    }
}

async fn who_has_left_is_left_alone_for_a_month(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    leave(&mut tx, &world, "romeo@x").await.unwrap();
    shares(&mut tx, &world, "juliet@x", "one", &["romeo@x"]).await;
    assert!(asked(&mut tx, &later(&world, 29 * DAY)).await.is_empty());
    let late = later(&world, 30 * DAY);
    shares(&mut tx, &late, "juliet@x", "two", &["romeo@x"]).await;
    assert_eq!(asked(&mut tx, &late).await, ["romeo@x"]);
}

async fn nothing_held_asks_nobody(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x"]).await;
    let juliet = "juliet@x".parse().unwrap();
    let taken = take(&mut tx, &world, 0, submission("juliet@x", "k", "k", &["romeo@x"])).await;
    let share = taken.answer.unwrap().share;
    revoke(&mut tx, &world, &juliet, share).await.unwrap();
    assert!(asked(&mut tx, &world).await.is_empty());
    shares(&mut tx, &world, "juliet@x", "one", &["romeo@x"]).await;
    assert_eq!(asked(&mut tx, &world).await, ["romeo@x"], "the next one asks");
}

async fn who_wants_to_hear_nothing_is_never_asked_until_he_joins(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "paris@x"]).await;
    shares(&mut tx, &world, "juliet@x", "one", &["romeo@x"]).await;
    let romeo = Address::parse("romeo@x").unwrap();
    stop(&mut tx, &world, &romeo).await.unwrap();
    assert!(deliveries_for(&mut tx, "romeo@x", At::Held).await.is_empty());
    for from in ["juliet@x", "paris@x"] {
        shares(&mut tx, &world, from, "later", &["romeo@x"]).await;
    }
    assert!(asked(&mut tx, &later(&world, 29 * DAY)).await.is_empty());
    // It outlives an account.
    join(&mut tx, &world, &["romeo@x"]).await;
    stop(&mut tx, &world, &romeo).await.unwrap();
    leave(&mut tx, &world, "romeo@x").await.unwrap();
    join(&mut tx, &world, &["tybalt@x"]).await;
    shares(&mut tx, &world, "tybalt@x", "one", &["romeo@x"]).await;
    assert!(asked(&mut tx, &world).await.is_empty());
    // Until he thinks better of it.
    join(&mut tx, &world, &["romeo@x"]).await;
    leave(&mut tx, &world, "romeo@x").await.unwrap();
    join(&mut tx, &world, &["nurse@x"]).await;
    let late = later(&world, 30 * DAY);
    shares(&mut tx, &late, "nurse@x", "one", &["romeo@x"]).await;
    assert_eq!(asked(&mut tx, &late).await, ["romeo@x"]);
}

async fn a_bounce_is_noted_and_told_to_nobody(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x"]).await;
    shares(&mut tx, &world, "juliet@x", "one", &["romeo@x"]).await;
    let id = invited(&mut tx, &world).await[0].id;
    let from = "romeo@x".parse().unwrap();
    bounced(&mut tx, &world, id, &from, Bounce::Unavailable).await.unwrap();
    assert_eq!(tx.invitations_of("juliet@x", 9).await.unwrap()[0].state(), State::Undelivered);
    assert!(claim(&mut tx, &later(&world, DAY), 99).await.unwrap().ready.is_empty());
    let list = list::list(&mut tx, world.now, &"juliet@x".parse().unwrap()).await.unwrap().0;
    assert!(list.len() == 1 && !list[0].has_accepted);
}

/// Tells the invitation to [`TEL`] by a letter, and gives the code in it.
pub(super) async fn by_letter(tx: &mut Tx, world: &World) -> String {
    let write = |to: &Address, inviter: &str, _: Lang, code: Code| {
        matches!(to, Address::Tel(_)).then(|| Letter {
            to: to.clone(),
            account: inviter.to_owned(),
            kind: letter::Kind::Invitation,
            subject: String::new(),
            text: code.to_string(),
            stop: None,
            life: LIFE,
        })
    };
    tell(tx, world, &LIMITS, 9, &write).await.unwrap();
    let mut letters = tx.letters_due(letter::Channel::Sms, NOW, 9).await.unwrap();
    assert_eq!(letters.len(), 1, "{letters:?}");
    letters.pop().unwrap().text
}

async fn a_letter_that_fails_for_good_could_not_be_told_and_its_code_still_works(db: &Db) {
    let reaching = Budgets { sms: Some(9), mail: None };
    let refused = Tried::Refused("no such number".into());
    for (budgets, after, tried, bounce, state) in [
        (reaching, 0, Some(&Tried::Later("busy".into())), false, State::Told),
        (reaching, 0, Some(&Tried::Taken), false, State::Told),
        (reaching, 0, Some(&refused), false, State::Undelivered),
        // An XMPP gateway has taken it and answers later.
        (reaching, 0, Some(&Tried::Taken), true, State::Undelivered),
        (Budgets::default(), 0, None, false, State::Undelivered),
        (reaching, 31 * DAY, None, false, State::Undelivered),
    ] {
        let world = world();
        let mut tx = db.write().await.unwrap();
        join(&mut tx, &world, &["juliet@x"]).await;
        shares(&mut tx, &world, "juliet@x", "one", &[TEL]).await;
        let code = by_letter(&mut tx, &world).await;
        let then = later(&world, after);
        let letters =
            letters::claim(&mut tx, &then, budgets, letter::Channel::Sms, 9).await.unwrap();
        assert_eq!(letters.len(), usize::from(tried.is_some()));
        for (letter, tried) in letters.iter().zip(tried) {
            letters::tried(&mut tx, &then, letter, tried).await.unwrap();
            if bounce {
                let id = DeliveryId(letter.id.0);
                let from = "393904555@sms.x".parse().unwrap();
                bounced(&mut tx, &then, id, &from, Bounce::Refused).await.unwrap();
            }
        }
        assert_eq!(tx.invitations_of("juliet@x", 9).await.unwrap()[0].state(), state, "{tried:?}");
        let list = list::list(&mut tx, world.now, &"juliet@x".parse().unwrap()).await.unwrap().0;
        assert!(list.len() == 1 && !list[0].has_accepted, "she sees no difference");
        let prove = Some(Address::parse(TEL).unwrap());
        let came = comes(&mut tx, &world, "romeo@x", Some(&code)).await;
        assert_eq!(came, Came::Joined { is_new: true, prove });
    }
}

async fn nobody_joins_under_the_name_of_the_service_by_adding_to_it(db: &Db) {
    let rules = Rules { reserved: Reserved::new(["Tradepost"]), ..Rules::open() };
    let world = World { rules: Arc::new(rules), ..world() };
    let mut tx = db.write().await.unwrap();
    for (jid, given, kept) in [
        ("romeo@x", "Tradepost (a@b)", None),
        ("juliet@x", "Tradepost http://a.example", None),
        ("nurse@x", "Nurse (a@b)", Some("Nurse")),
    ] {
        take_in(&mut tx, &world, jid, "en", Some(given)).await.unwrap();
        let account = tx.account(jid).await.unwrap().expect("an account");
        assert_eq!(account.nick.as_deref(), kept, "{given}");
    }
}
