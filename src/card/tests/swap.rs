//! Cards that are given back for others, and what the giver sees of theirs (S4.4).

use std::sync::Arc;

use crate::{
    card::{
        inbox::{self, Back, Decided, Which, Word},
        tests::inbox::{
            SWAP, jid, kept, meant, numbered, offer, offered, own, says, send, waiting,
        },
    },
    claim::claim,
    db::{Db, Tx},
    domain::{
        card::Card,
        consent::{Ask, Verdict},
        conversation::{Clue, Said, Saying},
        note::Carries,
        offer::How,
        progress::Progress,
    },
    people::consent,
    share::status,
    talk::answer::answer,
    tests::{NOW, comments, facts, join, later, saying, submission, take, world},
    world::{Rules, World},
};

facts!(
    a_swap_gives_his_card_back_once_and_says_what_it_answers,
    without_a_card_of_his_own_nothing_is_swapped_and_nothing_lost,
    a_returned_card_needs_no_consent_but_a_block_holds,
    the_giver_sees_that_it_was_delivered_and_taken_and_no_more,
    what_the_giver_says_about_a_card_that_waits_points_at_the_card,
);

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
