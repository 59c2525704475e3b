//! Who is meant by a name: nobody for calling themselves so.

use crate::{
    card::{
        collected::{self, Gift, take as collect},
        name::Acquaintances,
        tests::inbox::send,
    },
    db::{Db, Tx},
    domain::{
        card::{Card, Part},
        consent::Verdict,
        conversation::Clue,
    },
    people::consent::decide,
    talk::answer::answer,
    tests::{facts, join, later, saying, submission, take, world},
    world::World,
};

facts!(
    a_name_that_was_never_answered_is_a_choice_and_no_more,
    a_name_counts_under_which_somebody_was_answered_or_sent_something,
    a_new_name_of_somebody_known_is_a_choice_again,
    whoever_is_in_the_address_book_is_meant_by_the_name_there,
    nobody_is_meant_by_a_name_that_another_goes_by_but_whom_its_keeper_calls_so,
    a_card_that_names_another_account_than_its_givers_leads_to_neither,
    a_name_that_came_by_a_change_is_a_choice_until_its_keeper_writes_it,
    a_name_that_was_undone_is_nobodys_word,
    a_word_in_the_address_book_is_somebody_if_its_keeper_wrote_it,
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
    // Nor for having the address: whoever wrote to it may mean another by the name.
    take(&mut tx, &world, 0, submission(ROMEO, "r", "r", &["juliet@x"])).await;
    let found = called(&mut tx, &world, "Juliet", false).await;
    assert_eq!(found, [vec![], vec!["juliet@x".to_owned(), "mal@x".into()]]);
    decide(&mut tx, &world, &jid(ROMEO), &jid("mal@x"), Verdict::No).await.unwrap();
    let found = called(&mut tx, &world, "Juliet", false).await;
    assert_eq!(found, [vec!["juliet@x".to_owned()], vec![]], "the only one");
}

async fn nobody_is_meant_by_a_name_that_another_goes_by_but_whom_its_keeper_calls_so(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let world = joined(&mut tx, &["j77@x", "mal@x", "n8@x"]).await;
    shows(&mut tx, &world, "j77@x", "Juliet", "j").await;
    shows(&mut tx, &world, "mal@x", "Juliet", "m").await;
    let mut others = vec!["mal@x".to_owned(), "j77@x".into()];
    let ask = |others: &[String]| [vec![], others.to_vec()];
    assert_eq!(called(&mut tx, &world, "Juliet", false).await, ask(&others));
    // What one of them was asked does not make the name theirs.
    let who = saying(ROMEO, "a", "who are you?", vec![Clue::Handle(2)]);
    answer(&mut tx, &world, &who).await.unwrap();
    assert_eq!(called(&mut tx, &world, "Juliet", false).await, ask(&others));
    take(&mut tx, &world, 0, submission(ROMEO, "r", "r", &["mal@x"])).await;
    assert_eq!(called(&mut tx, &world, "Juliet", false).await, ask(&others));
    keeps(&mut tx, &world, 7, Some("n8@x"), ("Juliet", &Card::named("Juliet"))).await;
    others.insert(0, "n8@x".into());
    assert_eq!(called(&mut tx, &world, "Juliet", false).await, ask(&others), "nor does a card");
    names(&mut tx, &world, 7, "Juliet Nurse").await;
    let found = called(&mut tx, &world, "Juliet", false).await;
    assert_eq!(found, [vec!["n8@x".to_owned()], others[1..].to_vec()], "whom he calls so");
}

async fn a_card_that_names_another_account_than_its_givers_leads_to_neither(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let world = joined(&mut tx, &["mal@x"]).await;
    let card = |name: &str, chats: &[&str]| {
        let mut card = Card::named(name);
        let chats: Vec<String> = chats.iter().map(|it| format!("xmpp:{it}")).collect();
        card.set(Part::Impp, &chats);
        card
    };
    let both = vec!["mal@x".to_owned(), "juliet@x".into()];
    let taken = ("Juliet", &card("Juliet", &["juliet@x"]));
    keeps(&mut tx, &world, 7, Some("mal@x"), taken).await;
    assert_eq!(called(&mut tx, &world, "Juliet", false).await, [vec![], both.clone()]);
    names(&mut tx, &world, 7, "Juliet").await;
    assert_eq!(called(&mut tx, &world, "Juliet", false).await, [both, vec![]], "and it is asked");
    let taken = ("Mallory", &card("Mallory", &["mallory@y", "mal@x"]));
    keeps(&mut tx, &world, 8, Some("mal@x"), taken).await;
    let found = called(&mut tx, &world, "Mallory", false).await;
    assert_eq!(found, [vec!["mal@x".to_owned()], vec![]]);
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

/// Romeo takes a card that he was offered under this name, or brings it.
async fn keeps(
    tx: &mut Tx,
    world: &World,
    handle: i64,
    giver: Option<&str>,
    (name, card): (&str, &Card),
) {
    let gift = Gift {
        account: ROMEO,
        handle: Some(handle),
        giver,
        giver_card: giver.map(|_| ""),
        third: false,
        follows: giver.is_some(),
        card,
        name,
        parts: &[],
    };
    collect(tx, world, &gift).await.unwrap().unwrap();
}

/// He writes its name himself.
async fn names(tx: &mut Tx, world: &World, handle: i64, name: &str) {
    let name = [(Part::Name, vec![name.to_owned()])];
    collected::edit(tx, world, ROMEO, handle, &name).await.unwrap().unwrap();
}

async fn a_name_that_came_by_a_change_is_a_choice_until_its_keeper_writes_it(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let world = joined(&mut tx, &["mal@x", "paris@x"]).await;
    let (meant, choice) = ([vec!["mal@x".to_owned()], vec![]], [vec![], vec!["mal@x".to_owned()]]);
    let [old, new, newer] = ["Mallory", "Juliet Capulet", "Mum"].map(Card::named);
    keeps(&mut tx, &world, 7, Some("mal@x"), ("Mallory", &old)).await;
    assert_eq!(called(&mut tx, &world, "Mallory", false).await, meant);
    for (before, after) in [(&old, &new), (&new, &newer), (&newer, &new)] {
        collected::renew(&mut tx, &world, ROMEO, 7, before, after).await.unwrap().unwrap();
        let name = after.name();
        assert_eq!(called(&mut tx, &world, name, false).await, choice, "{name}");
        assert_eq!(called(&mut tx, &world, name, true).await, choice, "{name}");
    }
    assert_eq!(called(&mut tx, &world, "Juliet", false).await, choice);
    names(&mut tx, &world, 7, "Juliet Capulet").await;
    assert_eq!(called(&mut tx, &world, "Juliet", false).await, meant);
    names(&mut tx, &world, 7, "Mally").await;
    assert_eq!(called(&mut tx, &world, "Mally", false).await, meant);
    undoes(&mut tx, &world, 7).await;
    assert_eq!(called(&mut tx, &world, "Juliet", false).await, meant, "it is their word again");
    // An offer that was taken after its giver had changed the name.
    keeps(&mut tx, &world, 8, Some("paris@x"), ("Paris", &Card::named("Nurse"))).await;
    let paris = vec!["paris@x".to_owned()];
    assert_eq!(called(&mut tx, &world, "Nurse", false).await, [vec![], paris]);
}

async fn undoes(tx: &mut Tx, world: &World, handle: i64) {
    collected::undo(tx, world, ROMEO, Some(handle)).await.unwrap().unwrap();
}

async fn a_name_that_was_undone_is_nobodys_word(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let world = joined(&mut tx, &["mal@x"]).await;
    let (meant, choice) = ([vec!["mal@x".to_owned()], vec![]], [vec![], vec!["mal@x".to_owned()]]);
    let [old, new] = ["Mallory", "Mum"].map(Card::named);
    keeps(&mut tx, &world, 7, Some("mal@x"), ("Mallory", &old)).await;
    names(&mut tx, &world, 7, "Mum").await;
    assert_eq!(called(&mut tx, &world, "mum", true).await, meant);
    undoes(&mut tx, &world, 7).await;
    assert_eq!(called(&mut tx, &world, "Mallory", false).await, meant, "it was saved so");
    // A change of the giver's says nothing of whose word it is, nor does the end of one.
    collected::renew(&mut tx, &world, ROMEO, 7, &old, &new).await.unwrap().unwrap();
    assert_eq!(called(&mut tx, &world, "mum", true).await, choice);
    undoes(&mut tx, &world, 7).await;
    assert_eq!(called(&mut tx, &world, "Mallory", false).await, meant);
}

async fn a_word_in_the_address_book_is_somebody_if_its_keeper_wrote_it(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let world = joined(&mut tx, &["mal@x"]).await;
    let (meant, choice) = ([vec!["mal@x".to_owned()], vec![]], [vec![], vec!["mal@x".to_owned()]]);
    keeps(&mut tx, &world, 7, Some("mal@x"), ("Mum", &Card::named("Mum"))).await;
    assert_eq!(called(&mut tx, &world, "mum", true).await, choice);
    names(&mut tx, &world, 7, "Mum").await;
    assert_eq!(called(&mut tx, &world, "mum", true).await, meant);
}

async fn whoever_is_in_the_address_book_is_meant_by_the_name_there(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let world = joined(&mut tx, &["mal@x"]).await;
    shows(&mut tx, &world, "mal@x", "Juliet", "m").await;
    let mut card = async |handle: i64, name: &str, part: Part, value: &str, giver: Option<&str>| {
        let mut card = Card::named(name);
        card.set(part, &[value.to_owned()]);
        keeps(&mut tx, &world, handle, giver, (name, &card)).await;
    };
    card(7, "Juliet Capulet", Part::Mail, "j@capulet.example", Some("j77@x")).await;
    card(8, "Benvolio", Part::Impp, "xmpp:benvolio@x", None).await;
    card(9, "Mum", Part::Phone, "tel:+390455550100", None).await;
    card(10, "Julietta", Part::Impp, "xmpp:other@x", None).await;
    for (name, is_word, meant) in [
        ("Juliet Capulet", false, "j77@x"),
        ("benvolio", false, "benvolio@x"),
        ("Mum", false, "tel:+390455550100"),
    ] {
        let found = called(&mut tx, &world, name, is_word).await;
        assert_eq!(found, [vec![meant.to_owned()], vec![]], "{name}");
    }
    // A file may be somebody else's, too.
    let mum = vec!["tel:+390455550100".to_owned()];
    assert_eq!(called(&mut tx, &world, "Mum", true).await, [vec![], mum.clone()]);
    names(&mut tx, &world, 9, "Mum").await;
    assert_eq!(called(&mut tx, &world, "Mum", true).await, [mum, vec![]]);
    let found = called(&mut tx, &world, "Juliet", false).await;
    assert_eq!(found, [vec![], vec!["j77@x".to_owned(), "mal@x".into()]]);
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
