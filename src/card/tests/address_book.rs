//! Looking through collected cards, and links to them (S4.7).

use crate::{
    card::{
        address_book::{Filter, list, page, place, read, same, waiting},
        browser::{OPENS, STAYS, Which, close, file, file_of, link, open, opened, opens},
        collected::{add, delete},
        store_address_book::Cursor,
    },
    db::{Db, Tx},
    domain::card::{Card, Part},
    tests::{facts, join, later, world},
    world::World,
};

facts!(
    a_book_is_read_in_pages,
    cards_of_one_person_are_found_and_people_of_one_name_are_not,
    a_link_opens_once_and_not_for_long,
    a_file_holds_what_was_asked_for,
);

/// Adds a card of this name with these values.
async fn adds(tx: &mut Tx, world: &World, name: &str, values: &[(Part, &str)]) -> i64 {
    let mut card = Card::named(name);
    for (part, value) in values {
        card.set(*part, &[(*value).to_owned()]);
    }
    add(tx, world, "romeo@x", &card).await.unwrap().unwrap()
}

async fn a_book_is_read_in_pages(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x"]).await;
    for n in 0..25 {
        adds(&mut tx, &world, &format!("Nurse {n:02}"), &[(Part::Categories, "Staff")]).await;
    }
    let mut from = Cursor::default();
    let mut names = Vec::new();
    for expected in [10, 10, 5] {
        let listed = list(&mut tx, "romeo@x", Filter::Category("STAFF"), &from, 10).await.unwrap();
        assert_eq!(listed.cards.len(), expected);
        names.extend(listed.cards.iter().map(|it| it.name.clone()));
        if let Some(next) = listed.next {
            from = place(&mut tx, "romeo@x", Some(next.handle)).await.unwrap();
            // It goes on from there, also if that card is deleted meanwhile.
            delete(&mut tx, &world, "romeo@x", next.handle, false).await.unwrap();
            adds(&mut tx, &world, &next.name, &[(Part::Categories, "Staff")]).await;
        }
    }
    assert!(names.is_sorted() && names.len() == 25, "{names:?}");
    let third = page(&mut tx, "romeo@x", 3, 10).await.unwrap().expect("a third page");
    let listed = list(&mut tx, "romeo@x", Filter::All, &third, 10).await.unwrap();
    assert_eq!((listed.cards.len(), listed.next), (5, None));
    assert_eq!(page(&mut tx, "romeo@x", 4, 10).await.unwrap(), None);
    let start = Cursor::default();
    let found = list(&mut tx, "romeo@x", Filter::Words("staff 07"), &start, 10).await.unwrap();
    assert_eq!(found.cards.len(), 1);
    assert_eq!(waiting(&mut tx, world.now, "romeo@x").await.unwrap(), 0);
}

async fn cards_of_one_person_are_found_and_people_of_one_name_are_not(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x"]).await;
    let mail = (Part::Mail, "juliet@capulet.lit");
    let phone = (Part::Phone, "+390455550100");
    let one = adds(&mut tx, &world, "Juliet", &[mail]).await;
    let two = adds(&mut tx, &world, "Julia C.", &[mail, phone]).await;
    let three = adds(&mut tx, &world, "Giulietta", &[phone]).await;
    adds(&mut tx, &world, "Juliet", &[(Part::Mail, "another@verona.lit")]).await;
    let groups = same(&mut tx, "romeo@x").await.unwrap();
    let [group] = &groups[..] else { panic!("{groups:?}") };
    let handles: Vec<i64> = group.cards.iter().map(|(handle, _)| *handle).collect();
    assert_eq!(handles, [one, two, three]);
    assert_eq!(group.keys, ["mailto:juliet@capulet.lit", "tel:+390455550100"]);
}

async fn a_link_opens_once_and_not_for_long(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x"]).await;
    let after = |life: std::time::Duration| later(&world, i64::try_from(life.as_millis()).unwrap());
    let late = link(&mut tx, &world, "romeo@x").await.unwrap();
    assert_eq!(open(&mut tx, &after(OPENS), late).await.unwrap(), None);
    let token = link(&mut tx, &world, "romeo@x").await.unwrap();
    assert!(opens(&mut tx, world.now, token).await.unwrap());
    assert!(opened(&mut tx, world.now, token).await.unwrap().is_none(), "it only opens");
    let desk = open(&mut tx, &world, token).await.unwrap().expect("open");
    assert!(!opens(&mut tx, world.now, token).await.unwrap());
    assert_eq!(open(&mut tx, &world, token).await.unwrap(), None, "it is spent");
    assert_eq!(open(&mut tx, &world, desk).await.unwrap(), None);
    let account = opened(&mut tx, world.now, desk).await.unwrap().expect("whose");
    assert_eq!(account.jid, "romeo@x");
    assert!(opened(&mut tx, after(STAYS).now, desk).await.unwrap().is_none());
    close(&mut tx, desk).await.unwrap();
    assert!(opened(&mut tx, world.now, desk).await.unwrap().is_none());
}

async fn a_file_holds_what_was_asked_for(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x"]).await;
    for n in 0..120 {
        let category = if n < 60 { "Staff" } else { "Friends" };
        adds(&mut tx, &world, &format!("{n:03}"), &[(Part::Categories, category)]).await;
    }
    for (which, first, all) in [
        (Which::All, "000", 120),
        (Which::Category("FRIENDS".to_owned()), "060", 60),
        (Which::One(7), "006", 1),
        (Which::One(999), "", 0),
    ] {
        let token = file(&mut tx, &world, "romeo@x", &which).await.unwrap();
        let (account, which) = file_of(&mut tx, world.now, token).await.unwrap().expect("a file");
        let mut names = Vec::new();
        let mut from = Some(Cursor::default());
        while let Some(place) = from {
            let (cards, next) = read(&mut tx, &account, &which, &place).await.unwrap();
            names.extend(cards.iter().map(|(_, card)| card.name().to_owned()));
            from = next;
        }
        assert_eq!(names.len(), all, "{which:?}");
        assert_eq!(names.first().map_or("", String::as_str), first, "{which:?}");
        let week = later(&world, 7 * 24 * 3_600_000);
        assert_eq!(file_of(&mut tx, week.now, token).await.unwrap(), None);
    }
}
