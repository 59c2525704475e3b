//! Giving a card (`xep/card-exchange.xml#request`, S4.4, S4.6).

use std::sync::Arc;

use crate::{
    card::{
        collected,
        give::{Given, Giving, NotGiven, Which, give},
        link::{CardLinks, delivery},
        own,
    },
    claim::claim,
    db::{Db, Tx},
    domain::{
        address::Address,
        card::{Card, Part},
        clock::Clock,
        consent::Verdict,
        delivery::State,
        id::DeliveryId,
        refusal::Refusal,
    },
    limits::{Limits, Rates},
    people::consent::decide,
    share::status::status,
    tests::{deliveries_for, facts, join, looked_up, world},
    world::{Rules, World},
};
use uuid::Uuid;

facts!(
    a_link_to_a_card_opens_it_and_no_other_does,
    a_card_to_a_number_goes_to_its_owner_and_what_is_kept_is_bound_to_the_key,
    of_a_number_that_cannot_be_found_nothing_is_told_and_nothing_kept,
    what_an_owner_has_said_of_the_giver_shows_in_nothing,
    with_an_invitation_every_number_is_answered_alike,
    whoever_types_numbers_has_shown_one_of_his_own_and_asks_after_few,
    a_collected_card_goes_without_what_its_collector_wrote_on_it,
);

async fn a_link_to_a_card_opens_it_and_no_other_does(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let id = DeliveryId(Uuid::from_u128(7));
    assert_eq!(delivery(&mut tx, "0").await.unwrap(), None, "nobody was given one");
    let link = CardLinks::load(&mut tx, &world).await.unwrap().token(id);
    assert_eq!(link.len(), 42);
    assert_eq!(delivery(&mut tx, &link).await.unwrap(), Some(id));
    let other =
        CardLinks::load(&mut tx, &world).await.unwrap().token(DeliveryId(Uuid::from_u128(8)));
    let forged = format!("{}{}", &other[..26], &link[26..]);
    for wrong in [forged, link.to_uppercase(), link[..40].to_owned(), format!("{link}0")] {
        assert_eq!(delivery(&mut tx, &wrong).await.unwrap(), None, "{wrong}");
    }
}

const ROMEOS: &str = "tel:+393331234567";
const NOBODYS: &str = "tel:+393331234568";
const OWN: &str = "tel:+393331234569";

fn card() -> Card {
    let mut card = Card::named("Juliet Capulet");
    card.set(Part::Phone, &["+390455550100".to_owned()]);
    card.set(Part::Note, &["my own words".to_owned()]);
    card
}

fn giving(key: &str, to: &[&str]) -> Giving {
    Giving {
        giver: "juliet@x".parse().unwrap(),
        submit_id: key.to_owned(),
        which: Which::Own(String::new()),
        swap: false,
        updates: None,
        invite: false,
        recipients: to.iter().map(|to| Address::parse(to).unwrap()).collect(),
    }
}

/// Juliet, who has a card and a number; and Romeo, who has a number and can be found.
async fn people(tx: &mut Tx, world: &World) {
    join(tx, world, &["juliet@x", "romeo@x"]).await;
    own::set(tx, world, "juliet@x", "", &card()).await.unwrap().unwrap();
    tx.put_contact(OWN, "juliet@x", world.now).await.unwrap();
    tx.put_contact(ROMEOS, "romeo@x", world.now).await.unwrap();
    tx.set_discoverable("romeo@x", true).await.unwrap();
}

async fn gives(tx: &mut Tx, world: &World, giving: Giving) -> Result<Given, NotGiven> {
    give(tx, world, giving).await.unwrap()
}

async fn a_card_to_a_number_goes_to_its_owner_and_what_is_kept_is_bound_to_the_key(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    people(&mut tx, &world).await;
    let given = gives(&mut tx, &world, giving("k", &[ROMEOS])).await.unwrap();
    assert_eq!(given.name, "Juliet Capulet");
    let world = looked_up(&mut tx, &world).await;
    let ready = claim(&mut tx, &world, 10).await.unwrap().ready;
    let [outgoing] = ready.as_slice() else { panic!("{}", ready.len()) };
    assert_eq!(outgoing.to.as_str(), "romeo@x");
    assert_eq!(outgoing.share.card_name(), Some("Juliet Capulet"));
    let link = outgoing.card_link.as_deref().expect("a link");
    assert_eq!(delivery(&mut tx, link).await.unwrap(), Some(outgoing.id));

    // The same once more, when nothing of it would be taken any more.
    tx.set_discoverable("romeo@x", false).await.unwrap();
    own::set(&mut tx, &world, "juliet@x", "", &Card::named("J")).await.unwrap().unwrap();
    let again = gives(&mut tx, &world, giving("k", &[ROMEOS])).await.unwrap();
    assert_eq!(again.accepted, given.accepted);
    assert!(claim(&mut tx, &world, 10).await.unwrap().ready.is_empty());
    let other = Giving { swap: true, ..giving("k", &[ROMEOS]) };
    let conflict = gives(&mut tx, &world, other).await.unwrap_err();
    assert_eq!(conflict, NotGiven::Refusal(Refusal::IdConflict));
}

async fn of_a_number_that_cannot_be_found_nothing_is_told_and_nothing_kept(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    people(&mut tx, &world).await;
    let kept = deliveries_for(&mut tx, "romeo@x", State::Queued).await.len();
    let nobody = gives(&mut tx, &world, giving("1", &[NOBODYS])).await.unwrap_err();
    assert_eq!(nobody, NotGiven::NotRegistered);
    // One of several is enough.
    let both = gives(&mut tx, &world, giving("2", &[ROMEOS, NOBODYS])).await.unwrap_err();
    assert_eq!(both, NotGiven::NotRegistered);
    tx.set_discoverable("romeo@x", false).await.unwrap();
    let hidden = gives(&mut tx, &world, giving("3", &[ROMEOS])).await.unwrap_err();
    assert_eq!(hidden, NotGiven::NotRegistered);
    assert_eq!(deliveries_for(&mut tx, "romeo@x", State::Queued).await.len(), kept);
    assert!(tx.share_by_key("juliet@x", "1").await.unwrap().is_none());
}

async fn what_an_owner_has_said_of_the_giver_shows_in_nothing(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    people(&mut tx, &world).await;
    let (romeo, juliet) = ("romeo@x".parse().unwrap(), "juliet@x".parse().unwrap());
    let mut world = world;
    let mut seen = Vec::new();
    for verdict in [Verdict::Yes, Verdict::No, Verdict::Blocked] {
        decide(&mut tx, &world, &romeo, &juliet, verdict).await.unwrap();
        let key = format!("{verdict:?}");
        let given = gives(&mut tx, &world, giving(&key, &[ROMEOS])).await.unwrap();
        world = looked_up(&mut tx, &world).await;
        let came = claim(&mut tx, &world, 10).await.unwrap().ready.len();
        assert_eq!(came, usize::from(verdict == Verdict::Yes), "{verdict:?}");
        let stands = status(&mut tx, world.now, &juliet, given.accepted.share).await.unwrap();
        let stands: Vec<_> = stands.unwrap().into_iter().map(|it| (it.to, it.progress)).collect();
        seen.push((given.name, given.follows, stands));
    }
    assert!(seen.iter().all(|it| *it == seen[0]), "{seen:?}");
}

async fn with_an_invitation_every_number_is_answered_alike(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    people(&mut tx, &world).await;
    tx.set_discoverable("romeo@x", false).await.unwrap();
    for (key, to) in [("1", ROMEOS), ("2", NOBODYS), ("3", "mailto:a@example.org")] {
        let invited = Giving { invite: key != "3", ..giving(key, &[to]) };
        assert!(gives(&mut tx, &world, invited).await.is_ok(), "{to}");
    }
    assert_eq!(deliveries_for(&mut tx, NOBODYS, State::Held).await.len(), 1);
}

async fn whoever_types_numbers_has_shown_one_of_his_own_and_asks_after_few(db: &Db) {
    let clock = Clock::Manual(Arc::default());
    let limits = Limits::new(Rates { numbers: 2, ..Rates::default() }, &clock);
    let rules = Arc::new(Rules { limits, ..Rules::open() });
    let world = World { rules, ..world() };
    let mut tx = db.write().await.unwrap();
    people(&mut tx, &world).await;
    tx.delete_contact(OWN, "juliet@x").await.unwrap();
    let unproved = gives(&mut tx, &world, giving("1", &[ROMEOS])).await.unwrap_err();
    assert_eq!(unproved, NotGiven::NumberNotVerified);
    assert!(gives(&mut tx, &world, giving("2", &["romeo@x"])).await.is_ok(), "by address");
    tx.put_contact(OWN, "juliet@x", world.now).await.unwrap();
    for (key, to) in [("3", NOBODYS), ("4", "tel:+393331234570")] {
        assert!(gives(&mut tx, &world, giving(key, &[to])).await.is_err());
    }
    let beyond = gives(&mut tx, &world, giving("5", &[ROMEOS])).await.unwrap_err();
    assert_eq!(beyond, NotGiven::NotRegistered);
}

async fn a_collected_card_goes_without_what_its_collector_wrote_on_it(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    people(&mut tx, &world).await;
    tx.delete_own_card("juliet@x", "").await.unwrap();
    let none = gives(&mut tx, &world, giving("1", &["romeo@x"])).await.unwrap_err();
    assert_eq!(none, NotGiven::NoOwnCard);
    let of = |handle| Giving {
        which: Which::Collected(handle),
        updates: Some(true),
        ..giving("2", &["romeo@x"])
    };
    let none = gives(&mut tx, &world, of(9)).await.unwrap_err();
    assert_eq!(none, NotGiven::NotCollected);
    let changed = collected::add(&mut tx, &world, "juliet@x", &card()).await.unwrap();
    assert!(changed.is_ok());
    let given = gives(&mut tx, &world, of(1)).await.unwrap();
    assert!(!given.follows, "nobody keeps it true");
    let outgoing = claim(&mut tx, &world, 10).await.unwrap().ready.pop().expect("a delivery");
    let offer = outgoing.share.offer.clone().expect("a card");
    assert!(offer.how.third);
    assert_eq!(offer.card.first(Part::Note), None);
    assert!(offer.card.first(Part::Phone).is_some());
}
