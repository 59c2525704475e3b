//! Who is meant by a name: nobody for calling themselves so.

use tradepost::{
    domain::{
        card::{Card, Part},
        consent::Verdict,
        conversation::Clue,
    },
    ops::{
        World,
        answer::answer,
        called::Acquaintances,
        collected::{Gift, take as collect},
        consent::decide,
    },
    store::db::{Db, Tx},
};

use super::{join, later, saying, submission, take, tray::send, world};
use crate::store::facts;

facts!(
    a_name_that_was_never_answered_is_a_choice_and_no_more,
    a_name_counts_under_which_somebody_was_answered_or_sent_something,
    a_new_name_of_somebody_known_is_a_choice_again,
    whoever_is_in_the_address_book_is_meant_by_the_name_there,
    whoever_is_refused_or_blocked_is_no_choice,
    nobody_is_meant_for_calling_themselves_a_word,
);

const ROMEO: &str = "romeo@x";

fn jid(text: &str) -> jid::BareJid {
    text.parse().unwrap()
}

/// Romeo has joined, and these.
async fn joined(tx: &mut Tx, people: &[&str]) -> World {
    let world = world();
    join(tx, &world, &[ROMEO]).await;
    join(tx, &world, people).await;
    world
}

/// `who` calls themselves `nick` and shows Romeo something.
async fn shows(tx: &mut Tx, world: &World, who: &str, nick: &str, key: &str) {
    tx.set_nick(who, nick).await.unwrap();
    take(tx, world, 0, submission(who, key, key, &[ROMEO])).await;
    send(tx, world).await;
}

/// Who is meant by `name`, and who can be chosen.
async fn called(tx: &mut Tx, world: &World, name: &str, is_word: bool) -> [Vec<String>; 2] {
    let mut people = Acquaintances::load(tx, &jid(ROMEO)).await.unwrap();
    let called = people.called(tx, world, name, is_word).await.unwrap();
    [called.meant, called.others]
}

async fn a_name_that_was_never_answered_is_a_choice_and_no_more(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let world = joined(&mut tx, &["mal@x", "juliet@x"]).await;
    shows(&mut tx, &world, "mal@x", "Juliet 13", "m").await;
    for name in ["Juliet", "juliet", "Juliet 13", "MAL"] {
        assert_eq!(called(&mut tx, &world, name, false).await, [vec![], vec!["mal@x".to_owned()]]);
    }
    assert_eq!(called(&mut tx, &world, "Jul", false).await, [vec![], Vec::<String>::new()]);
    // Of her own address nobody else can have: whoever wrote to it knows it.
    take(&mut tx, &world, 0, submission(ROMEO, "r", "r", &["juliet@x"])).await;
    let found = called(&mut tx, &world, "Juliet", false).await;
    assert_eq!(found, [vec!["juliet@x".to_owned()], vec!["mal@x".into()]]);
}

async fn a_name_counts_under_which_somebody_was_answered_or_sent_something(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let world = joined(&mut tx, &["j77@x", "n8@x"]).await;
    shows(&mut tx, &world, "j77@x", "Juliet", "j").await;
    shows(&mut tx, &world, "n8@x", "Nurse", "n").await;
    answer(&mut tx, &world, &saying(ROMEO, "a", "thank you", vec![Clue::Handle(1)])).await.unwrap();
    assert_eq!(called(&mut tx, &world, "Juliet", false).await, [vec!["j77@x".to_owned()], vec![]]);
    assert_eq!(called(&mut tx, &world, "Nurse", false).await, [vec![], vec!["n8@x".to_owned()]]);
    take(&mut tx, &world, 0, submission(ROMEO, "r", "r", &["n8@x"])).await;
    assert_eq!(called(&mut tx, &world, "Nurse", false).await, [vec!["n8@x".to_owned()], vec![]]);
}

async fn a_new_name_of_somebody_known_is_a_choice_again(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let world = joined(&mut tx, &["mal@x"]).await;
    shows(&mut tx, &world, "mal@x", "Mallory", "1").await;
    answer(&mut tx, &world, &saying(ROMEO, "a", "hello", vec![Clue::Handle(1)])).await.unwrap();
    take(&mut tx, &world, 0, submission(ROMEO, "r", "r", &["mal@x"])).await;
    let world = later(&world, 1_000);
    shows(&mut tx, &world, "mal@x", "Juliet", "2").await;
    assert_eq!(called(&mut tx, &world, "Juliet", false).await, [vec![], vec!["mal@x".to_owned()]]);
    assert_eq!(called(&mut tx, &world, "Mallory", false).await, [vec!["mal@x".to_owned()], vec![]]);
}

async fn whoever_is_in_the_address_book_is_meant_by_the_name_there(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let world = joined(&mut tx, &["mal@x"]).await;
    shows(&mut tx, &world, "mal@x", "Juliet", "m").await;
    let mut card = async |handle: i64, name: &str, part: Part, value: &str, giver: Option<&str>| {
        let mut card = Card::named(name);
        card.set(part, &[value.to_owned()]);
        let gift = Gift {
            account: ROMEO,
            handle: Some(handle),
            giver,
            giver_card: None,
            third: false,
            follows: false,
            card: &card,
            parts: &[],
        };
        collect(&mut tx, &world, &gift).await.unwrap().unwrap();
    };
    card(7, "Juliet Capulet", Part::Mail, "j@capulet.example", Some("j77@x")).await;
    card(8, "Benvolio", Part::Impp, "xmpp:benvolio@x", None).await;
    card(9, "Mum", Part::Phone, "tel:+390455550100", None).await;
    card(10, "Julietta", Part::Impp, "xmpp:other@x", None).await;
    for (name, is_word, meant, others) in [
        ("Juliet", false, "j77@x", vec!["mal@x".to_owned()]),
        ("Juliet Capulet", false, "j77@x", vec![]),
        ("benvolio", false, "benvolio@x", vec![]),
        ("Mum", true, "tel:+390455550100", vec![]),
    ] {
        let found = called(&mut tx, &world, name, is_word).await;
        assert_eq!(found, [vec![meant.to_owned()], others], "{name}");
    }
}

async fn whoever_is_refused_or_blocked_is_no_choice(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let world = joined(&mut tx, &["mal@x", "juliet@x"]).await;
    shows(&mut tx, &world, "mal@x", "Juliet", "m").await;
    take(&mut tx, &world, 0, submission(ROMEO, "r", "r", &["juliet@x"])).await;
    for (who, verdict) in [("mal@x", Verdict::No), ("juliet@x", Verdict::Blocked)] {
        decide(&mut tx, &world, &jid(ROMEO), &jid(who), verdict).await.unwrap();
        assert!(!called(&mut tx, &world, "Juliet", false).await.concat().contains(&who.to_owned()));
    }
    assert_eq!(called(&mut tx, &world, "Juliet", false).await, [vec![], Vec::<String>::new()]);
}

async fn nobody_is_meant_for_calling_themselves_a_word(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let world = joined(&mut tx, &["all@x"]).await;
    shows(&mut tx, &world, "all@x", "Everybody", "m").await;
    take(&mut tx, &world, 0, submission(ROMEO, "r", "r", &["all@x"])).await;
    for word in ["all", "everybody"] {
        let found = called(&mut tx, &world, word, true).await;
        assert_eq!(found, [vec![], vec!["all@x".to_owned()]], "{word}");
    }
}
