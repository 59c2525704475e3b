//! Cards that are offered, and the tray of new ones (`xep/card-exchange.xml#offer`, S4.3, S4.4,
//! S4.5).

use std::sync::Arc;

use jid::BareJid;

use crate::{
    card::{
        collected,
        inbox::{self, Back, Decided, Meant, Offered, Which, Word},
        own, revocation,
    },
    claim::claim,
    db::{Db, Tx},
    domain::{
        card::{Card, Part},
        consent::{Ask, Verdict},
        conversation::{Clue, Said, Saying},
        delivery::State,
        id::{DeliveryId, ShareId, StreamNo},
        offer::{Decision, How, Offer},
        refusal::Refusal,
        share::{LIFE, OfferMade, Submission},
    },
    leave::erase,
    outbox::delivery,
    people::{account, consent},
    share::page::{PageAnswer, open},
    talk::waiting::{self, About},
    tests::{NOW, facts, join, later, state, submission, take, world},
    world::{Rules, World},
};

facts!(
    an_offered_card_travels_as_a_share_does,
    a_card_has_no_page_that_a_code_opens,
    the_tray_holds_what_waits_in_its_order_and_in_pages,
    a_card_leaves_the_tray_when_it_is_taken_declined_taken_back_or_over,
    what_is_held_for_somebody_is_in_his_tray_when_he_joins,
    what_a_stranger_gives_is_in_the_tray_when_he_is_let_in,
    a_card_is_taken_once_whole_or_by_parts_and_by_nobody_else,
    whoever_has_left_takes_no_card,
    whoever_declined_may_think_better_of_it,
    a_yes_is_about_what_it_points_at_else_about_the_only_one_that_can_be_meant,
);

pub(crate) fn jid(text: &str) -> BareJid {
    text.parse().unwrap()
}

pub(crate) const SWAP: How = How { swap: true, third: false, follows: false, update: false };

/// Juliet offers her card to these.
pub(crate) fn offered(key: &str, how: How, to: &[&str]) -> Submission {
    let mut card = Card::named("Juliet Capulet");
    card.set(Part::Phone, &["tel:+390455550100".to_owned()]);
    card.set(Part::Mail, &["juliet@capulet.example".to_owned()]);
    let offer = Arc::new(Offer { card, how, after: None });
    let made = OfferMade { offer, own_card: Some(String::new()), typed: None };
    Submission {
        products: Arc::default(),
        xml: Arc::default(),
        offer: Some(Box::new(made)),
        ..submission("juliet@x", key, key, to)
    }
}

/// She offers it to Romeo. Answers the id of the offer.
pub(crate) async fn offer(tx: &mut Tx, world: &World, key: &str, how: How) -> ShareId {
    take(tx, world, 0, offered(key, how, &["romeo@x"])).await.answer.unwrap().share
}

/// Everything that is due is handed over. Answers what it was.
pub(crate) async fn send(tx: &mut Tx, world: &World) -> Vec<DeliveryId> {
    let ready = claim(tx, world, 99).await.unwrap().ready;
    let ids: Vec<DeliveryId> = ready.iter().map(|one| one.id).collect();
    delivery::taken(tx, world, &ids, StreamNo(1)).await.unwrap();
    ids
}

/// The numbers of what waits for somebody.
pub(super) async fn waiting(tx: &mut Tx, world: &World, who: &str) -> Vec<i64> {
    let waiting = inbox::pending(tx, world.now, &jid(who), 0, 99).await.unwrap();
    waiting.into_iter().map(|it| it.handle).collect()
}

/// What Romeo calls #`handle`.
pub(super) async fn numbered(tx: &mut Tx, handle: i64) -> Offered {
    let found = inbox::offered(tx, &jid("romeo@x"), Which::Handle(handle)).await.unwrap();
    found.expect("an offer")
}

/// The names and the first phone numbers of somebody's cards.
pub(super) async fn kept(tx: &mut Tx, who: &str, handle: i64) -> Option<Card> {
    collected::show(tx, who, handle).await.unwrap().map(|(_, card)| card)
}

pub(super) async fn own(tx: &mut Tx, world: &World, who: &str, name: &str, called: &str) {
    own::set(tx, world, who, name, &Card::named(called)).await.unwrap().unwrap();
}

async fn an_offered_card_travels_as_a_share_does(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    let how = How { follows: true, ..SWAP };
    take(&mut tx, &world, 0, offered("k", how, &["romeo@x"])).await;
    let claimed = claim(&mut tx, &world, 10).await.unwrap().ready.pop().expect("a delivery");
    let offer = claimed.share.offer.as_ref().expect("a card");
    assert_eq!((offer.card.name(), offer.how), ("Juliet Capulet", how));
    assert!(claimed.share.products.is_empty());
}

async fn a_card_has_no_page_that_a_code_opens(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x"]).await;
    let taken = take(&mut tx, &world, 0, offered("k", How::default(), &["romeo@x"])).await;
    let code = taken.answer.unwrap().ref_code;
    assert!(!matches!(open(&mut tx, code, NOW).await.unwrap(), PageAnswer::Found(_)));
}

async fn the_tray_holds_what_waits_in_its_order_and_in_pages(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    let first = offer(&mut tx, &world, "a", SWAP).await;
    // A product between them is none of it.
    take(&mut tx, &world, 0, submission("juliet@x", "p", "p", &["romeo@x"])).await;
    offer(&mut tx, &world, "b", How { third: true, ..How::default() }).await;
    offer(&mut tx, &world, "c", How::default()).await;
    let romeo = jid("romeo@x");
    let all = inbox::pending(&mut tx, world.now, &romeo, 0, 2).await.unwrap();
    let [one, two] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((one.share, one.handle, one.giver.as_str()), (first, 1, "juliet@x"));
    assert_eq!((one.stamp, one.expires), (NOW, NOW.after(LIFE)));
    assert_eq!((one.offer.how, one.own_card.as_deref()), (SWAP, Some("")));
    assert!(two.offer.how.third && two.handle == 3);
    let rest = inbox::pending(&mut tx, world.now, &romeo, two.handle, 2).await.unwrap();
    assert_eq!(rest.iter().map(|it| it.handle).collect::<Vec<_>>(), [4]);
    assert!(waiting(&mut tx, &world, "juliet@x").await.is_empty());
}

async fn a_card_leaves_the_tray_when_it_is_taken_declined_taken_back_or_over(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    let romeo = jid("romeo@x");
    let mut ids = Vec::new();
    for key in ["a", "b", "c", "d"] {
        ids.push(offer(&mut tx, &world, key, How::default()).await);
    }
    assert_eq!(waiting(&mut tx, &world, "romeo@x").await, [1, 2, 3, 4]);
    let it = numbered(&mut tx, 1).await;
    assert_eq!(inbox::take(&mut tx, &world, &romeo, &it, &[]).await.unwrap(), Decided::Taken);
    // He has it: it need not come any more.
    assert_eq!(state(&mut tx, it.delivery).await, State::Confirmed);
    let it = numbered(&mut tx, 2).await;
    assert_eq!(inbox::decline(&mut tx, &world, &romeo, &it).await.unwrap(), Decided::Declined);
    assert!(revocation::revoke(&mut tx, &world, &jid("juliet@x"), ids[2]).await.unwrap());
    assert_eq!(waiting(&mut tx, &world, "romeo@x").await, [4]);
    let month = World { now: world.now.after(LIFE), ..world.clone() };
    assert!(waiting(&mut tx, &month, "romeo@x").await.is_empty());
    for (number, at) in [(3, &world), (4, &month)] {
        let it = numbered(&mut tx, number).await;
        assert_eq!(inbox::take(&mut tx, at, &romeo, &it, &[]).await.unwrap(), Decided::Over);
        assert_eq!(inbox::decline(&mut tx, at, &romeo, &it).await.unwrap(), Decided::Over);
        let back = Back::Own(String::new());
        assert_eq!(inbox::accept(&mut tx, at, &romeo, &it, back).await.unwrap(), Decided::Over);
    }
    assert!(kept(&mut tx, "romeo@x", 3).await.is_none());
}

async fn what_is_held_for_somebody_is_in_his_tray_when_he_joins(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x"]).await;
    let id = offer(&mut tx, &world, "k", How::default()).await;
    assert!(waiting(&mut tx, &world, "romeo@x").await.is_empty());
    let before = inbox::offered(&mut tx, &jid("romeo@x"), Which::Offer(id)).await.unwrap();
    assert!(before.is_none());
    join(&mut tx, &world, &["romeo@x"]).await;
    assert_eq!(waiting(&mut tx, &world, "romeo@x").await, [1]);
}

async fn what_a_stranger_gives_is_in_the_tray_when_he_is_let_in(db: &Db) {
    let rules = Arc::new(Rules { ask: Ask::Always, ..Rules::open() });
    let world = World { rules, ..world() };
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    offer(&mut tx, &world, "k", How::default()).await;
    assert!(waiting(&mut tx, &world, "romeo@x").await.is_empty());
    let (romeo, juliet) = (jid("romeo@x"), jid("juliet@x"));
    consent::decide(&mut tx, &world, &romeo, &juliet, Verdict::Yes).await.unwrap();
    assert_eq!(waiting(&mut tx, &world, "romeo@x").await, [1]);
}

async fn a_card_is_taken_once_whole_or_by_parts_and_by_nobody_else(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x", "tybalt@x"]).await;
    let romeo = jid("romeo@x");
    let id = offer(&mut tx, &world, "k", How::default()).await;
    let others = inbox::offered(&mut tx, &jid("tybalt@x"), Which::Offer(id)).await.unwrap();
    assert!(others.is_none());
    let it = numbered(&mut tx, 1).await;
    let parts = [Part::Phone];
    assert_eq!(inbox::take(&mut tx, &world, &romeo, &it, &parts).await.unwrap(), Decided::Taken);
    let card = kept(&mut tx, "romeo@x", 1).await.expect("under its number");
    assert_eq!((card.name(), card.first(Part::Mail)), ("Juliet Capulet", None));
    // A yes that comes again changes nothing; whoever wants more of it says so.
    let it = numbered(&mut tx, 1).await;
    let back = || Back::Own(String::new());
    assert_eq!(inbox::accept(&mut tx, &world, &romeo, &it, back()).await.unwrap(), Decided::Before);
    assert_eq!(kept(&mut tx, "romeo@x", 1).await.unwrap().first(Part::Mail), None);
    assert_eq!(inbox::decline(&mut tx, &world, &romeo, &it).await.unwrap(), Decided::Before);
    inbox::take(&mut tx, &world, &romeo, &it, &[]).await.unwrap();
    assert!(kept(&mut tx, "romeo@x", 1).await.unwrap().first(Part::Mail).is_some());
    assert!(kept(&mut tx, "romeo@x", 2).await.is_none());
    // Taken back later, it stays his.
    revocation::revoke(&mut tx, &world, &jid("juliet@x"), id).await.unwrap();
    let it = numbered(&mut tx, 1).await;
    assert_eq!(inbox::accept(&mut tx, &world, &romeo, &it, back()).await.unwrap(), Decided::Before);
    assert!(kept(&mut tx, "romeo@x", 1).await.is_some());
}

async fn whoever_has_left_takes_no_card(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    for key in ["1", "2"] {
        offer(&mut tx, &world, key, How::default()).await;
    }
    send(&mut tx, &world).await;
    let romeo = jid("romeo@x");
    let [first, second] = [numbered(&mut tx, 1).await, numbered(&mut tx, 2).await];
    let taken = inbox::take(&mut tx, &world, &romeo, &first, &[]).await.unwrap();
    assert_eq!(taken, Decided::Taken);
    erase::leave(&mut tx, &world, "romeo@x").await.unwrap();
    let refused = Decided::Refused(Refusal::NotRegistered);
    for it in [first, second] {
        let it = Offered { decision: Decision::Waits, ..it };
        assert_eq!(inbox::take(&mut tx, &world, &romeo, &it, &[]).await.unwrap(), refused);
        let back = Back::Own(String::new());
        assert_eq!(inbox::accept(&mut tx, &world, &romeo, &it, back).await.unwrap(), refused);
    }
    assert!(!tx.has_collected("romeo@x").await.unwrap());
    join(&mut tx, &later(&world, 5), &["romeo@x"]).await;
}

async fn whoever_declined_may_think_better_of_it(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    let romeo = jid("romeo@x");
    offer(&mut tx, &world, "k", How::default()).await;
    for _ in 0..2 {
        let it = numbered(&mut tx, 1).await;
        assert_eq!(inbox::decline(&mut tx, &world, &romeo, &it).await.unwrap(), Decided::Declined);
    }
    let it = numbered(&mut tx, 1).await;
    assert_eq!(inbox::take(&mut tx, &world, &romeo, &it, &[]).await.unwrap(), Decided::Taken);
    assert_eq!(numbered(&mut tx, 1).await.decision, Decision::Taken);
}

/// What Romeo says, with these clues.
pub(super) fn says(said: Said, clues: Vec<Clue>) -> Saying {
    let refers = !clues.is_empty();
    Saying {
        author: jid("romeo@x"),
        stanza_id: String::new(),
        said,
        lang: None,
        recording: None,
        products: Vec::new(),
        xml: String::new(),
        clues,
        quote: String::new(),
        refers,
    }
}

/// The number of what he means and what he says of it; 0 when he has to say which. As it is looked
/// for, one after the other.
pub(super) async fn meant(tx: &mut Tx, world: &World, saying: &Saying) -> Option<(i64, Word)> {
    let found = match waiting::about(tx, world, saying, None).await.unwrap() {
        About::Nothing => inbox::meant(tx, world, saying).await.unwrap(),
        About::Card(meant) => Some(meant),
        About::Question(asker, _) => panic!("{asker:?}"),
        About::Unclear { .. } => return Some((0, Word::Yes(String::new()))),
    };
    found.map(|Meant { it, word }| (it.handle, word))
}

async fn a_yes_is_about_what_it_points_at_else_about_the_only_one_that_can_be_meant(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    own(&mut tx, &world, "romeo@x", "work", "R. Montague").await;
    let words = |text: &str| Said::Words(text.to_owned());
    let yes = Word::Yes(String::new());
    offer(&mut tx, &world, "a", SWAP).await;
    let first = send(&mut tx, &world).await[0];
    for (said, word) in [("yes", &yes), ("OK!", &yes), ("好", &yes), ("/no", &Word::No)] {
        let found = meant(&mut tx, &world, &says(words(said), vec![])).await;
        assert_eq!(found.as_ref(), Some(&(1, word.clone())), "{said}");
    }
    for other in ["yes of course", "1", "no way", "maybe", "yes work"] {
        assert_eq!(meant(&mut tx, &world, &says(words(other), vec![])).await, None, "{other}");
    }
    // Pointed at, it may name a card of his; “indeed” is none.
    let replied = || vec![Clue::Message(first.to_string())];
    let work = Word::Yes("work".to_owned());
    let found = meant(&mut tx, &world, &says(words("yes work"), replied())).await;
    assert_eq!(found, Some((1, work.clone())));
    assert_eq!(meant(&mut tx, &world, &says(words("yes indeed"), replied())).await, None);
    for (said, word) in [("不要", Word::No), ("#1 nope", Word::No), ("👍", Word::Thumb)] {
        let found = meant(&mut tx, &world, &says(words(said), replied())).await;
        assert_eq!(found, Some((1, word)), "{said}");
    }
    let found = meant(&mut tx, &world, &says(words("#1 yes work"), vec![Clue::Handle(1)])).await;
    assert_eq!(found, Some((1, work)));
    let thumb = Said::Reaction { to: first.to_string(), emoji: "👍🏽".to_owned() };
    let found = meant(&mut tx, &world, &says(thumb.clone(), replied())).await;
    assert_eq!(found, Some((1, Word::Thumb)));
    let down = Said::Reaction { to: first.to_string(), emoji: "👎".to_owned() };
    let found = meant(&mut tx, &world, &says(down.clone(), replied())).await;
    assert_eq!(found, Some((1, Word::No)));
    // Somebody else's yes to the same message is none.
    let other = Saying { author: jid("juliet@x"), ..says(words("yes"), replied()) };
    assert_eq!(meant(&mut tx, &world, &other).await, None);

    // Of two he has to say which.
    let world = later(&world, 1000);
    offer(&mut tx, &world, "b", How::default()).await;
    send(&mut tx, &world).await;
    assert_eq!(meant(&mut tx, &world, &says(words("yes"), vec![])).await, Some((0, yes.clone())));
    let found = meant(&mut tx, &world, &says(words("yes"), replied())).await;
    assert_eq!(found, Some((1, yes.clone())));
    // What he has answered is not the other one, however often he says it.
    let it = numbered(&mut tx, 2).await;
    inbox::take(&mut tx, &world, &jid("romeo@x"), &it, &[]).await.unwrap();
    let to_it = vec![Clue::Handle(2)];
    assert_eq!(meant(&mut tx, &world, &says(down, to_it)).await, None, "what he thinks of it");
    assert_eq!(meant(&mut tx, &world, &says(words("yes"), vec![])).await, Some((0, yes.clone())));
    let it = numbered(&mut tx, 1).await;
    inbox::decline(&mut tx, &world, &jid("romeo@x"), &it).await.unwrap();
    assert_eq!(meant(&mut tx, &world, &says(words("yes"), vec![])).await, Some((2, yes)));

    // A product that came last is what a yes is about, when nothing waits.
    let world = later(&world, 2000);
    take(&mut tx, &world, 0, submission("juliet@x", "p", "p", &["romeo@x"])).await;
    let product = send(&mut tx, &world).await[0];
    assert_eq!(meant(&mut tx, &world, &says(words("yes"), vec![])).await, None);
    let replied = vec![Clue::Message(product.to_string())];
    assert_eq!(meant(&mut tx, &world, &says(words("yes"), replied)).await, None);
    account::wrote(&mut tx, &world, "romeo@x").await.unwrap();
}
