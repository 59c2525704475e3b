//! Somebody's own cards (S4.2).

use crate::{
    card::own::{CARDS_MAX, NotKept, delete, get, given, list, name, set, set_parts},
    db::Db,
    domain::card::{BYTES_MAX, Card, Part},
    tests::{facts, join, later, world},
};

facts!(
    a_card_is_kept_under_its_name_and_comes_back,
    only_the_chosen_fields_go_to_others,
    nobody_has_more_cards_than_ten_or_larger_ones_than_64_kib,
    cards_go_with_their_account,
);

/// Juliet's card.
fn juliets() -> Card {
    let mut card = Card::named("Juliet Capulet");
    card.set(Part::Phone, &["tel:+390455550100".to_owned()]);
    card.set(Part::Mail, &["juliet@capulet.example".to_owned()]);
    card
}

async fn a_card_is_kept_under_its_name_and_comes_back(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    assert!(list(&mut tx, "juliet@x").await.unwrap().is_empty(), "nobody has one unasked");
    set(&mut tx, &world, "juliet@x", "", &juliets()).await.unwrap().unwrap();
    let work = Card::named("J. Capulet, Verona");
    set(&mut tx, &later(&world, 5), "juliet@x", "work", &work).await.unwrap().unwrap();
    let all = list(&mut tx, "juliet@x").await.unwrap();
    let names: Vec<(&str, &str)> =
        all.iter().map(|own| (own.name.as_str(), own.card.name())).collect();
    assert_eq!(names, [("", "Juliet Capulet"), ("work", "J. Capulet, Verona")]);
    assert_eq!(all[1].changed, later(&world, 5).now);
    assert_eq!(all[0].card.to_string(), juliets().to_string());
    assert!(get(&mut tx, "romeo@x", "").await.unwrap().is_none(), "it is hers alone");
    assert!(delete(&mut tx, &world, "juliet@x", "work").await.unwrap());
    assert!(!delete(&mut tx, &world, "juliet@x", "work").await.unwrap());
    assert_eq!(list(&mut tx, "juliet@x").await.unwrap().len(), 1);
}

async fn only_the_chosen_fields_go_to_others(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x"]).await;
    assert!(given(&mut tx, "juliet@x", "").await.unwrap().is_none());
    assert!(!set_parts(&mut tx, &world, "juliet@x", "", &[Part::Mail]).await.unwrap());
    set(&mut tx, &world, "juliet@x", "", &juliets()).await.unwrap().unwrap();
    let all = given(&mut tx, "juliet@x", "").await.unwrap().unwrap();
    assert!(all.first(Part::Phone).is_some() && all.first(Part::Mail).is_some());
    assert!(set_parts(&mut tx, &world, "juliet@x", "", &[Part::Mail, Part::Mail]).await.unwrap());
    let some = given(&mut tx, "juliet@x", "").await.unwrap().unwrap();
    assert_eq!((some.name(), some.first(Part::Phone)), ("Juliet Capulet", None));
    assert!(some.first(Part::Mail).is_some());
    assert!(set_parts(&mut tx, &world, "juliet@x", "", &[]).await.unwrap());
    assert!(given(&mut tx, "juliet@x", "").await.unwrap().unwrap().first(Part::Phone).is_some());
}

async fn nobody_has_more_cards_than_ten_or_larger_ones_than_64_kib(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x"]).await;
    let mut large = juliets();
    large.set(Part::Note, &["x".repeat(BYTES_MAX)]);
    let kept = set(&mut tx, &world, "juliet@x", "", &large).await.unwrap();
    assert_eq!(kept, Err(NotKept::TooLarge));
    for n in 0..CARDS_MAX {
        set(&mut tx, &world, "juliet@x", &format!("c{n}"), &juliets()).await.unwrap().unwrap();
    }
    let kept = set(&mut tx, &world, "juliet@x", "one-more", &juliets()).await.unwrap();
    assert_eq!(kept, Err(NotKept::TooMany));
    let kept = set(&mut tx, &world, "juliet@x", "c3", &Card::named("J")).await.unwrap();
    assert_eq!(kept, Ok(()), "one that is there may be changed");
}

async fn cards_go_with_their_account(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x"]).await;
    set(&mut tx, &world, "juliet@x", "", &juliets()).await.unwrap().unwrap();
    tx.delete_account("juliet@x").await.unwrap();
    assert!(list(&mut tx, "juliet@x").await.unwrap().is_empty());
}

#[test]
fn a_card_is_called_by_one_word() {
    for (given, kept) in [
        ("Work", Some("work")),
        (" private ", Some("private")),
        ("工作", Some("工作")),
        ("b2b", Some("b2b")),
        ("", None),
        ("7", None),
        ("my work", None),
        ("a/b", None),
    ] {
        assert_eq!(name(given).as_deref(), kept, "{given}");
    }
    assert_eq!(name(&"x".repeat(41)), None);
}
