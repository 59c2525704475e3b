//! Cards that are offered, and the tray of new ones (`xep/card-exchange.xml#offer`, S4.3, S4.4,
//! S4.5).

use std::sync::Arc;

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
        note::Carries,
        offer::{Decision, How, Offer},
        progress::Progress,
        refusal::Refusal,
        share::{LIFE, OfferMade, Submission},
    },
    leave::erase,
    outbox::delivery,
    people::{account, consent},
    share::{
        page::{PageAnswer, open},
        status,
    },
    talk::{
        answer::answer,
        waiting::{self, About},
    },
    tests::{NOW, comments, facts, join, later, saying, state, submission, take, world},
    world::{Rules, World},
};
use jid::BareJid;

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
    a_swap_gives_his_card_back_once_and_says_what_it_answers,
    without_a_card_of_his_own_nothing_is_swapped_and_nothing_lost,
    a_returned_card_needs_no_consent_but_a_block_holds,
    the_giver_sees_that_it_was_delivered_and_taken_and_no_more,
    a_yes_is_about_what_it_points_at_else_about_the_only_one_that_can_be_meant,
    what_the_giver_says_about_a_card_that_waits_points_at_the_card,
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
async fn waiting(tx: &mut Tx, world: &World, who: &str) -> Vec<i64> {
    let waiting = inbox::pending(tx, world.now, &jid(who), 0, 99).await.unwrap();
    waiting.into_iter().map(|it| it.handle).collect()
}

/// What Romeo calls #`handle`.
async fn numbered(tx: &mut Tx, handle: i64) -> Offered {
    let found = inbox::offered(tx, &jid("romeo@x"), Which::Handle(handle)).await.unwrap();
    found.expect("an offer")
}

/// The names and the first phone numbers of somebody's cards.
async fn kept(tx: &mut Tx, who: &str, handle: i64) -> Option<Card> {
    collected::show(tx, who, handle).await.unwrap().map(|(_, card)| card)
}

async fn own(tx: &mut Tx, world: &World, who: &str, name: &str, called: &str) {
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

async fn a_swap_gives_his_card_back_once_and_says_what_it_answers(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    let romeo = jid("romeo@x");
    own(&mut tx, &world, "romeo@x", "", "Romeo Montague").await;
    own(&mut tx, &world, "romeo@x", "work", "R. Montague, poet").await;
    let id = offer(&mut tx, &world, "k", SWAP).await;
    // Taking alone gives nothing back.
    let it = numbered(&mut tx, 1).await;
    inbox::take(&mut tx, &world, &romeo, &it, &[]).await.unwrap();
    assert!(waiting(&mut tx, &world, "juliet@x").await.is_empty());
    for back in ["work", "work", ""] {
        let it = numbered(&mut tx, 1).await;
        let decided = inbox::accept(&mut tx, &world, &romeo, &it, Back::Own(back.to_owned())).await;
        let expected = if back.is_empty() { Decided::Before } else { Decided::Swapped };
        assert_eq!(decided.unwrap(), expected);
    }
    let got = inbox::pending(&mut tx, world.now, &jid("juliet@x"), 0, 9).await.unwrap();
    let [got] = got.as_slice() else { panic!("{got:?}") };
    assert_eq!((got.offer.card.name(), got.giver.as_str()), ("R. Montague, poet", "romeo@x"));
    assert_eq!((got.offer.after, got.offer.how), (Some(id), How::default()));
    assert_eq!(got.own_card.as_deref(), Some("work"));

    // A card that comes with the answer.
    offer(&mut tx, &world, "l", SWAP).await;
    let it = numbered(&mut tx, 3).await;
    let back = Back::This(Box::new(Card::named("Another")));
    assert_eq!(inbox::accept(&mut tx, &world, &romeo, &it, back).await.unwrap(), Decided::Swapped);
    let got = inbox::pending(&mut tx, world.now, &jid("juliet@x"), got.handle, 9).await.unwrap();
    assert_eq!((got[0].offer.card.name(), got[0].own_card.as_deref()), ("Another", None));
}

async fn without_a_card_of_his_own_nothing_is_swapped_and_nothing_lost(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    let romeo = jid("romeo@x");
    offer(&mut tx, &world, "k", SWAP).await;
    for name in ["", "work"] {
        let it = numbered(&mut tx, 1).await;
        let decided = inbox::accept(&mut tx, &world, &romeo, &it, Back::Own(name.to_owned())).await;
        assert_eq!(decided.unwrap(), Decided::NoOwnCard(name.to_owned()));
    }
    assert_eq!(waiting(&mut tx, &world, "romeo@x").await, [1]);
    assert!(kept(&mut tx, "romeo@x", 1).await.is_none());
}

async fn a_returned_card_needs_no_consent_but_a_block_holds(db: &Db) {
    let rules = Arc::new(Rules { ask: Ask::Always, ..Rules::open() });
    let world = World { rules, ..world() };
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x"]).await;
    let juliet = jid("juliet@x");
    // What Romeo, Benvolio and Tybalt were told before; and Nurse's question is open.
    let people = ["romeo@x", "benvolio@x", "tybalt@x", "nurse@x", "paris@x"];
    for who in people {
        take(&mut tx, &world, 0, offered(who, SWAP, &[who])).await;
        // They are asked about her and join to see it, and so need not be asked again.
        let all = tx.invitations_of("juliet@x", 9).await.unwrap();
        let asked = all.into_iter().find(|it| it.address == *who).expect("an invitation");
        let until = later(&world, 1_000).now;
        tx.tell_invitation(asked.id, who.as_bytes(), until).await.unwrap();
        join(&mut tx, &world, &[who]).await;
        own(&mut tx, &world, who, "", who).await;
    }
    consent::decide(&mut tx, &world, &juliet, &jid("benvolio@x"), Verdict::No).await.unwrap();
    consent::decide(&mut tx, &world, &juliet, &jid("tybalt@x"), Verdict::Blocked).await.unwrap();
    // Of Paris she asked for a card, and thought better of it.
    let then = later(&world, 1);
    consent::decide(&mut tx, &then, &juliet, &jid("paris@x"), Verdict::No).await.unwrap();
    for who in people {
        let it = inbox::offered(&mut tx, &jid(who), Which::Handle(1)).await.unwrap().unwrap();
        let back = Back::Own(String::new());
        let decided = inbox::accept(&mut tx, &world, &jid(who), &it, back).await.unwrap();
        assert_eq!(decided, Decided::Swapped, "{who} learns nothing");
    }
    let got = inbox::pending(&mut tx, world.now, &juliet, 0, 9).await.unwrap();
    let from: Vec<&str> = got.iter().map(|it| it.giver.as_str()).collect();
    assert_eq!(from, ["romeo@x", "benvolio@x", "nurse@x"]);
    let asked = claim(&mut tx, &world, 99).await.unwrap().ready;
    assert!(asked.iter().all(|it| it.carries != Carries::Request), "nobody is asked about");
    // Her no about Benvolio lets this one card through, and nothing else.
    for who in ["romeo@x", "benvolio@x", "nurse@x", "paris@x"] {
        take(&mut tx, &world, 0, submission(who, "more", who, &["juliet@x"])).await;
    }
    let ready = claim(&mut tx, &world, 99).await.unwrap().ready;
    let said: Vec<&str> = comments(&ready);
    assert_eq!(said, ["romeo@x", "nurse@x"]);
}

async fn the_giver_sees_that_it_was_delivered_and_taken_and_no_more(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x", "benvolio@x"]).await;
    let people = ["romeo@x", "benvolio@x", "nobody@x"];
    let taken = take(&mut tx, &world, 0, offered("k", SWAP, &people)).await;
    let id = taken.answer.unwrap().share;
    let stands = async |tx: &mut Tx| {
        let stands = status::status(tx, NOW, &jid("juliet@x"), id).await.unwrap().unwrap();
        stands.iter().map(|it| (it.progress, it.is_taken)).collect::<Vec<_>>()
    };
    assert_eq!(stands(&mut tx).await, [(Progress::Accepted, false); 3]);
    // One a millisecond.
    send(&mut tx, &later(&world, 9)).await;
    let delivered = (Progress::Delivered, false);
    let on_its_way = (Progress::Accepted, false);
    assert_eq!(stands(&mut tx).await, [delivered, delivered, on_its_way]);
    let it = numbered(&mut tx, 1).await;
    inbox::take(&mut tx, &world, &jid("romeo@x"), &it, &[]).await.unwrap();
    let benvolio = jid("benvolio@x");
    let it = inbox::offered(&mut tx, &benvolio, Which::Offer(id)).await.unwrap().unwrap();
    inbox::decline(&mut tx, &world, &benvolio, &it).await.unwrap();
    assert_eq!(stands(&mut tx).await, [(Progress::Answered, true), delivered, on_its_way]);
}

/// What Romeo says, with these clues.
fn says(said: Said, clues: Vec<Clue>) -> Saying {
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
async fn meant(tx: &mut Tx, world: &World, saying: &Saying) -> Option<(i64, Word)> {
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

async fn what_the_giver_says_about_a_card_that_waits_points_at_the_card(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    offer(&mut tx, &world, "a", SWAP).await;
    send(&mut tx, &world).await;
    let note = saying("juliet@x", "n", "here is my card, as we said", vec![Clue::Handle(1)]);
    answer(&mut tx, &world, &note).await.unwrap();
    let world = later(&world, 1_000);
    let note = send(&mut tx, &world).await[0];
    let words = |text: &str| Said::Words(text.to_owned());
    let thumb = Said::Reaction { to: note.to_string(), emoji: "👍".to_owned() };
    let replied = || vec![Clue::Message(note.to_string())];
    for (said, word) in [
        (words("no"), Word::No),
        (words("yes"), Word::Yes(String::new())),
        (thumb.clone(), Word::Thumb),
    ] {
        let found = meant(&mut tx, &world, &says(said, replied())).await;
        assert_eq!(found.as_ref(), Some(&(1, word)));
    }
    assert_eq!(meant(&mut tx, &world, &says(words("what for?"), replied())).await, None);
    // Whoever gave it is not asked about it.
    let other = Saying { author: jid("juliet@x"), ..says(words("no"), replied()) };
    assert_eq!(meant(&mut tx, &world, &other).await, None);
    let it = numbered(&mut tx, 1).await;
    inbox::take(&mut tx, &world, &jid("romeo@x"), &it, &[]).await.unwrap();
    // Said again, it is about the card, which they had not taken when that was said about it.
    let yes = Word::Yes(String::new());
    for clues in [replied(), vec![]] {
        let found = meant(&mut tx, &world, &says(words("yes"), clues)).await;
        assert_eq!(found, Some((1, yes.clone())));
    }
    // What is said about a card that they have is something to answer.
    let world = later(&world, 2_000);
    let note = saying("juliet@x", "m", "shall we meet?", vec![Clue::Handle(1)]);
    answer(&mut tx, &world, &note).await.unwrap();
    let world = later(&world, 3_000);
    let note = vec![Clue::Message(send(&mut tx, &world).await[0].to_string())];
    for (said, clues) in [(words("yes"), note.clone()), (thumb, note), (words("yes"), vec![])] {
        assert_eq!(meant(&mut tx, &world, &says(said, clues)).await, None, "an answer again");
    }
    // A no stays one, whatever is said behind it.
    offer(&mut tx, &world, "b", SWAP).await;
    send(&mut tx, &world).await;
    let it = numbered(&mut tx, 2).await;
    inbox::decline(&mut tx, &world, &jid("romeo@x"), &it).await.unwrap();
    let world = later(&world, 4_000);
    let note = saying("juliet@x", "o", "are you sure?", vec![Clue::Handle(2)]);
    answer(&mut tx, &world, &note).await.unwrap();
    let note = vec![Clue::Message(send(&mut tx, &world).await[0].to_string())];
    for clues in [note, vec![]] {
        let found = meant(&mut tx, &world, &says(words("no"), clues)).await;
        assert_eq!(found, Some((2, Word::No)));
    }
}
