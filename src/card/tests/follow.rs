//! Cards that stay true: whoever holds a card with its giver's consent gets its changes, and nobody
//! else does.

use std::sync::Arc;

use crate::{
    card::{
        collected::{self, show},
        inbox::{Decided, Which, offered, take},
        own::{
            self,
            follow::{News, PAUSE, tell},
        },
    },
    claim::claim,
    db::{Db, Tx},
    domain::{
        card::{Card, Part, Value},
        clock::Millis,
        consent::{Ask, Verdict},
        conversation::Clue,
        id::ShareId,
        note::Carries,
        offer::{How, Offer},
        share::{OfferMade, Outgoing, Submission},
    },
    leave::erase,
    people::{ask, consent},
    share::history,
    talk::answer::{Answered, answer},
    tests::{facts, join, later, looked_up, saying, submission, take as submitted, world},
    world::World,
};

facts!(
    whoever_follows_a_card_gets_its_changes_and_is_told,
    several_changes_in_a_row_are_told_once,
    what_the_holder_has_changed_himself_stays,
    who_took_it_without_consent_gets_nothing,
    who_took_a_card_gets_its_changes_whoever_they_are_asked_about,
    the_givers_numbers_and_pace_say_nothing_of_who_follows,
    whoever_answers_a_change_is_known_by_a_number_from_then_on,
    whoever_has_a_card_by_their_number_answers_its_changes_by_that,
    many_who_follow_are_told_in_portions,
    who_takes_an_offer_late_gets_what_the_others_have,
    whoever_changes_many_cards_keeps_nobody_elses_waiting,
);

/// Juliet's card with this number.
pub(super) fn juliets(phone: &str) -> Card {
    let mut card = Card::named("Juliet Capulet");
    card.set(Part::Phone, &[phone.to_owned()]);
    card.set(Part::Note, &["Verona".to_owned()]);
    card
}

pub(super) async fn keeps(tx: &mut Tx, world: &World, card: &Card) {
    own::set(tx, world, "juliet@x", "", card).await.unwrap().unwrap();
}

/// Juliet gives her card to these, who take it. Answers the offer.
pub(super) async fn gives(tx: &mut Tx, world: &World, follows: bool, to: &[&str]) -> ShareId {
    let share = offers(tx, world, follows, to).await;
    for jid in to {
        takes(tx, world, jid, share).await;
    }
    share
}

pub(super) async fn offers(tx: &mut Tx, world: &World, follows: bool, to: &[&str]) -> ShareId {
    let card = own::given(tx, "juliet@x", "").await.unwrap().expect("a card");
    let offer = Offer { card, how: How { follows, ..How::default() }, after: None };
    let made = OfferMade { offer: Arc::new(offer), own_card: Some(String::new()), typed: None };
    let key = world.chance.uuid(world.now).to_string();
    let given = Submission {
        products: Arc::default(),
        xml: Arc::default(),
        comment: None,
        offer: Some(Box::new(made)),
        ..submission("juliet@x", &key, &key, to)
    };
    submitted(tx, world, 0, given).await.answer.unwrap().share
}

pub(super) async fn takes(tx: &mut Tx, world: &World, jid: &str, share: ShareId) {
    let account = jid.parse().unwrap();
    let it = offered(tx, &account, Which::Offer(share)).await.unwrap().expect("an offer");
    assert_eq!(take(tx, world, &account, &it, &[]).await.unwrap(), Decided::Taken);
}

/// Tells until nobody is left to be told.
pub(super) async fn tells(tx: &mut Tx, world: &World) {
    let words = |news: &News<'_>| {
        let parts: Vec<&str> = news.changes.iter().map(|it| it.part.token()).collect();
        format!("{} #{} {}", news.giver, news.handle, parts.join(" "))
    };
    while tell(tx, world, &words).await.unwrap() {}
}

/// What is sent then of new versions.
pub(super) async fn sent(tx: &mut Tx, world: &World) -> Vec<Outgoing> {
    let then = World { now: Millis(world.now.0 + 60_000), ..world.clone() };
    let mut ready = claim(tx, &then, 1_000).await.unwrap().ready;
    ready.retain(|it| it.share.offer.as_ref().is_some_and(|offer| offer.how.update));
    ready
}

fn said(all: &[Outgoing]) -> Vec<String> {
    let text = |it: &Outgoing| it.share.comment.as_ref().map_or("", |it| &it.text).to_owned();
    all.iter().map(text).collect()
}

/// The number on the card that `jid` knows as this.
pub(super) async fn phone(tx: &mut Tx, jid: &str, handle: i64) -> String {
    let (_, card) = show(tx, jid, handle).await.unwrap().expect("the card");
    card.first(Part::Phone).unwrap_or_default()
}

async fn whoever_follows_a_card_gets_its_changes_and_is_told(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    keeps(&mut tx, &world, &juliets("+390455550100")).await;
    let share = gives(&mut tx, &world, true, &["romeo@x"]).await;
    tells(&mut tx, &world).await;
    assert!(sent(&mut tx, &world).await.is_empty(), "nothing has changed");
    keeps(&mut tx, &later(&world, 1_000), &juliets("+390455550199")).await;
    tells(&mut tx, &later(&world, 1_000)).await;
    assert_eq!(phone(&mut tx, "romeo@x", 1).await, "+390455550199");
    let news = sent(&mut tx, &world).await;
    assert_eq!(said(&news), ["juliet@x #1 phone"]);
    let offer = news[0].share.offer.as_ref().unwrap();
    assert_eq!((offer.after, offer.how.follows), (Some(share), true));
    assert_eq!(news[0].to.as_str(), "romeo@x");
}

async fn several_changes_in_a_row_are_told_once(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    keeps(&mut tx, &world, &juliets("+390455550100")).await;
    gives(&mut tx, &world, true, &["romeo@x"]).await;
    for (ms, number) in [(0, "+390455550101"), (9_000, "+390455550102"), (99_000, "+390455550103")]
    {
        keeps(&mut tx, &later(&world, ms), &juliets(number)).await;
        tells(&mut tx, &later(&world, ms)).await;
    }
    let pause = i64::try_from(PAUSE.as_millis()).unwrap();
    tells(&mut tx, &later(&world, pause - 1)).await;
    assert_eq!(phone(&mut tx, "romeo@x", 1).await, "+390455550101");
    tells(&mut tx, &later(&world, pause)).await;
    assert_eq!(phone(&mut tx, "romeo@x", 1).await, "+390455550103");
    assert_eq!(sent(&mut tx, &later(&world, pause)).await.len(), 2);
    // What was changed and changed back is nothing new.
    keeps(&mut tx, &later(&world, pause + 1), &juliets("+390455550104")).await;
    keeps(&mut tx, &later(&world, pause + 2), &juliets("+390455550103")).await;
    tells(&mut tx, &later(&world, 3 * pause)).await;
    assert!(sent(&mut tx, &later(&world, 3 * pause)).await.is_empty());
}

async fn what_the_holder_has_changed_himself_stays(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    keeps(&mut tx, &world, &juliets("+390455550100")).await;
    gives(&mut tx, &world, true, &["romeo@x"]).await;
    let own = [
        (Part::Note, vec!["my only love".to_owned()]),
        (Part::Categories, vec!["balcony".to_owned()]),
    ];
    collected::edit(&mut tx, &world, "romeo@x", 1, &own).await.unwrap().unwrap();
    let mut new = juliets("+390455550199");
    new.set(Part::Note, &["Mantua".to_owned()]);
    new.set_values(Part::Mail, &[Value { text: "j@x.org".into(), kinds: vec!["work".into()] }]);
    keeps(&mut tx, &world, &new).await;
    tells(&mut tx, &world).await;
    let (_, card) = show(&mut tx, "romeo@x", 1).await.unwrap().unwrap();
    let notes: Vec<String> = card.values(Part::Note).into_iter().map(|it| it.text).collect();
    assert_eq!(notes, ["Mantua", "my only love"]);
    assert_eq!(card.first(Part::Categories).as_deref(), Some("balcony"));
    assert_eq!(card.first(Part::Phone).as_deref(), Some("+390455550199"));
    assert_eq!(said(&sent(&mut tx, &world).await), ["juliet@x #1 phone mail note"]);
}

async fn who_took_it_without_consent_gets_nothing(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x", "mercutio@x"]).await;
    keeps(&mut tx, &world, &juliets("+390455550100")).await;
    gives(&mut tx, &world, false, &["romeo@x"]).await;
    gives(&mut tx, &world, true, &["mercutio@x"]).await;
    keeps(&mut tx, &world, &juliets("+390455550199")).await;
    tells(&mut tx, &world).await;
    assert_eq!(phone(&mut tx, "romeo@x", 1).await, "+390455550100");
    assert_eq!(phone(&mut tx, "mercutio@x", 1).await, "+390455550199");
    // What is not given changes nothing for anybody.
    let after = later(&world, 2 * i64::try_from(PAUSE.as_millis()).unwrap());
    own::set_parts(&mut tx, &after, "juliet@x", "", &[Part::Note]).await.unwrap();
    tells(&mut tx, &after).await;
    assert_eq!(phone(&mut tx, "mercutio@x", 1).await, "");
    let later = later(&world, 4 * i64::try_from(PAUSE.as_millis()).unwrap());
    sent(&mut tx, &later).await;
    keeps(&mut tx, &later, &juliets("+390455550155")).await;
    tells(&mut tx, &later).await;
    assert!(sent(&mut tx, &later).await.is_empty());
}

async fn who_took_a_card_gets_its_changes_whoever_they_are_asked_about(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    keeps(&mut tx, &world, &juliets("+390455550100")).await;
    gives(&mut tx, &world, true, &["romeo@x"]).await;
    let romeo = "romeo@x".parse().unwrap();
    ask::set_ask(&mut tx, &world, &romeo, Ask::Always).await.unwrap();
    keeps(&mut tx, &world, &juliets("+390455550199")).await;
    tells(&mut tx, &world).await;
    assert_eq!(said(&sent(&mut tx, &world).await), ["juliet@x #1 phone"]);
    // Nor does a question about something else hold it up.
    let world = later(&world, i64::try_from(PAUSE.as_millis()).unwrap());
    submitted(&mut tx, &world, 0, submission("juliet@x", "k", "goblet", &["romeo@x"])).await;
    assert_eq!(consent::askers(&mut tx, &world, "romeo@x").await.unwrap().len(), 1);
    keeps(&mut tx, &world, &juliets("+390455550177")).await;
    tells(&mut tx, &world).await;
    assert_eq!(said(&sent(&mut tx, &world).await), ["juliet@x #1 phone"]);
    assert_eq!(phone(&mut tx, "romeo@x", 1).await, "+390455550177");
}

async fn the_givers_numbers_and_pace_say_nothing_of_who_follows(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let people = ["romeo@x", "mercutio@x", "paris@x"];
    join(&mut tx, &world, &people).await;
    let mut seen = Vec::new();
    for blocked in 0..=people.len() {
        join(&mut tx, &world, &["juliet@x"]).await;
        keeps(&mut tx, &world, &juliets("+390455550100")).await;
        gives(&mut tx, &world, true, &people).await;
        for who in &people[..blocked] {
            let (who, juliet) = (who.parse().unwrap(), "juliet@x".parse().unwrap());
            consent::decide(&mut tx, &world, &who, &juliet, Verdict::Blocked).await.unwrap();
        }
        let before = tx.account("juliet@x").await.unwrap().unwrap();
        let at = later(&world, 60_000);
        keeps(&mut tx, &at, &juliets("+390455550199")).await;
        tells(&mut tx, &at).await;
        assert_eq!(sent(&mut tx, &at).await.len(), people.len() - blocked);
        let after = tx.account("juliet@x").await.unwrap().unwrap();
        assert_eq!(after.next_handle, before.next_handle, "{blocked}");
        assert_eq!(after.paced_until, before.paced_until, "{blocked}");
        let juliet = "juliet@x".parse().unwrap();
        let known: Vec<_> = history::list(&mut tx, &juliet, 0, 99).await.unwrap();
        let known: Vec<_> = known.into_iter().map(|it| it.handle).collect();
        seen.push((known, tx.sent_to_lately("juliet@x", 99).await.unwrap()));
        for who in people {
            consent::unblock_all(&mut tx, &who.parse().unwrap()).await.unwrap();
        }
        assert!(erase::leave(&mut tx, &world, "juliet@x").await.unwrap());
    }
    assert!(seen.iter().all(|it| *it == seen[0]), "{seen:?}");
}

async fn whoever_answers_a_change_is_known_by_a_number_from_then_on(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x", "paris@x"]).await;
    keeps(&mut tx, &world, &juliets("+390455550100")).await;
    gives(&mut tx, &world, true, &["romeo@x", "paris@x"]).await;
    keeps(&mut tx, &world, &juliets("+390455550199")).await;
    tells(&mut tx, &world).await;
    let news = sent(&mut tx, &world).await;
    let mut noted = Vec::new();
    for (n, words) in ["moved?", "tell me"].into_iter().enumerate() {
        let of = news.iter().find(|it| it.to.as_str() == "romeo@x").expect("news");
        let clue = vec![Clue::Message(of.id.0.to_string())];
        let said = saying("romeo@x", &n.to_string(), words, clue);
        let done = answer(&mut tx, &world, &said).await.unwrap();
        assert_eq!(done, Answered::Passed { guessed: None });
        noted.extend(claim(&mut tx, &later(&world, 60_000), 99).await.unwrap().ready);
    }
    let read: Vec<_> = noted.iter().map(|it| (it.to.as_str(), it.handle)).collect();
    assert_eq!(read, [("juliet@x", 2), ("juliet@x", 2)]);
    // She answers him by it.
    let said = saying("juliet@x", "j", "#2 yes, to Mantua", vec![Clue::Handle(2)]);
    assert_eq!(answer(&mut tx, &world, &said).await.unwrap(), Answered::Passed { guessed: None });
    let ready = claim(&mut tx, &later(&world, 60_000), 99).await.unwrap().ready;
    assert_eq!(ready.iter().map(|it| it.to.as_str()).collect::<Vec<_>>(), ["romeo@x"]);
}

async fn whoever_has_a_card_by_their_number_answers_its_changes_by_that(db: &Db) {
    const TEL: &str = "tel:+390455550123";
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    tx.put_contact(TEL, "romeo@x", world.now).await.unwrap();
    keeps(&mut tx, &world, &juliets("+390455550100")).await;
    let share = offers(&mut tx, &world, true, &[TEL]).await;
    let world = looked_up(&mut tx, &world).await;
    takes(&mut tx, &world, "romeo@x", share).await;
    keeps(&mut tx, &world, &juliets("+390455550199")).await;
    tells(&mut tx, &world).await;
    let news = sent(&mut tx, &world).await;
    let [juliet, romeo] = ["juliet@x", "romeo@x"].map(|it| it.parse().unwrap());
    consent::decide(&mut tx, &world, &juliet, &romeo, Verdict::Blocked).await.unwrap();
    let clue = vec![Clue::Message(news[0].id.0.to_string())];
    let said = saying("romeo@x", "1", "moved?", clue);
    answer(&mut tx, &world, &said).await.unwrap();
    let ready = claim(&mut tx, &later(&world, 60_000), 99).await.unwrap().ready;
    let by = |it: &Outgoing| match &it.carries {
        Carries::Note(note) => Some((it.to.to_string(), it.handle, note.author.clone())),
        _ => None,
    };
    let read: Vec<_> = ready.iter().filter_map(by).collect();
    assert_eq!(read, [("juliet@x".to_owned(), 2, TEL.to_owned())]);
}

async fn many_who_follow_are_told_in_portions(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let people: Vec<String> = (0..120).map(|n| format!("p{n}@x")).collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    join(&mut tx, &world, &["juliet@x"]).await;
    join(&mut tx, &world, &people).await;
    keeps(&mut tx, &world, &juliets("+390455550100")).await;
    gives(&mut tx, &world, true, &people).await;
    keeps(&mut tx, &world, &juliets("+390455550199")).await;
    let words = |_: &News<'_>| "news".to_owned();
    assert!(tell(&mut tx, &world, &words).await.unwrap());
    // What she changes meanwhile is told the next time, to all.
    keeps(&mut tx, &world, &juliets("+390455550155")).await;
    tells(&mut tx, &world).await;
    assert_eq!(sent(&mut tx, &world).await.len(), 120);
    let after = later(&world, i64::try_from(PAUSE.as_millis()).unwrap());
    tells(&mut tx, &after).await;
    for jid in people {
        assert_eq!(phone(&mut tx, jid, 1).await, "+390455550155", "{jid}");
    }
    assert_eq!(sent(&mut tx, &after).await.len(), 120);
}

async fn who_takes_an_offer_late_gets_what_the_others_have(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x", "mercutio@x"]).await;
    keeps(&mut tx, &world, &juliets("+390455550100")).await;
    gives(&mut tx, &world, true, &["romeo@x"]).await;
    let late = offers(&mut tx, &world, true, &["mercutio@x"]).await;
    keeps(&mut tx, &world, &juliets("+390455550199")).await;
    tells(&mut tx, &world).await;
    takes(&mut tx, &world, "mercutio@x", late).await;
    assert_eq!(phone(&mut tx, "mercutio@x", 1).await, "+390455550199");
    let after = later(&world, i64::try_from(PAUSE.as_millis()).unwrap());
    keeps(&mut tx, &after, &juliets("+390455550155")).await;
    tells(&mut tx, &after).await;
    assert_eq!(phone(&mut tx, "mercutio@x", 1).await, "+390455550155");
}

async fn whoever_changes_many_cards_keeps_nobody_elses_waiting(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "paris@x", "romeo@x"]).await;
    let card = |n: i64| juliets(&format!("+39045555010{n}"));
    let names = ["", "b", "c", "d", "e", "f"];
    let all: Vec<(&str, &str)> =
        names.iter().map(|name| ("paris@x", *name)).chain([("juliet@x", "")]).collect();
    for (giver, name) in &all {
        own::set(&mut tx, &world, giver, name, &card(0)).await.unwrap().unwrap();
        let gift = collected::Gift {
            account: "romeo@x",
            handle: None,
            giver: Some(giver),
            giver_card: Some(name),
            third: false,
            follows: true,
            card: &card(0),
            name: "Juliet Capulet",
            parts: &[],
        };
        collected::take(&mut tx, &world, &gift).await.unwrap().unwrap();
    }
    for (at, (giver, name)) in (1..).zip(&all) {
        let at = later(&world, at);
        own::set(&mut tx, &at, giver, name, &card(1)).await.unwrap().unwrap();
    }
    let (then, words) = (later(&world, 1_000), |news: &News<'_>| news.giver.to_owned());
    for _ in 0..2 {
        assert!(tell(&mut tx, &then, &words).await.unwrap());
    }
    let told = said(&sent(&mut tx, &then).await);
    assert_eq!(told, ["paris@x", "juliet@x"], "one card of each");
    while tell(&mut tx, &then, &words).await.unwrap() {}
    assert_eq!(sent(&mut tx, &then).await.len(), 5, "and then the others");
}
