//! Collected cards (S3.5, S4.7).

use std::fs;

use crate::{
    card::{
        collected::{
            Changed, Gift, NotDone, UNDO, Undone, add, delete, edit, forget, merge, renew, show,
            take, undo, unfollow,
        },
        store_address_book::Cursor,
    },
    db::{Db, Tx},
    domain::{
        card::{Card, Part},
        collected::NAME_MAX,
    },
    tests::{facts, join, later, world},
    world::World,
};

facts!(
    a_card_keeps_the_number_of_its_delivery,
    further_parts_are_added_to_the_same_card,
    a_card_that_was_dropped_can_be_taken_again,
    a_change_can_be_undone_for_a_day,
    a_deletion_can_be_undone_for_a_day,
    what_is_dropped_now_is_gone_now,
    two_cards_become_one_and_two_again,
    a_merger_is_undone_whatever_was_changed_since,
    a_card_that_follows_keeps_its_parts_and_categories,
);

/// Juliet's card, with her number and mail address.
fn juliet() -> Card {
    let mut card = Card::named("Juliet Capulet");
    card.set(Part::Phone, &["+390455550100".to_owned()]);
    card.set(Part::Mail, &["juliet@capulet.lit".to_owned()]);
    card.set(Part::Title, &["Heiress".to_owned()]);
    card
}

/// Romeo takes parts of it, from delivery 7.
async fn takes(tx: &mut Tx, world: &World, card: &Card, parts: &[Part]) -> Changed {
    let gift = Gift {
        account: "romeo@x",
        handle: Some(7),
        giver: Some("juliet@x"),
        giver_card: Some(""),
        third: false,
        follows: true,
        card,
        name: card.name(),
        parts,
    };
    take(tx, world, &gift).await.unwrap()
}

async fn card(tx: &mut Tx, handle: i64) -> Card {
    show(tx, "romeo@x", handle).await.unwrap().expect("the card").1
}

fn texts(card: &Card, part: Part) -> Vec<String> {
    card.values(part).into_iter().map(|value| value.text).collect()
}

async fn a_card_keeps_the_number_of_its_delivery(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x", "paris@x"]).await;
    assert_eq!(takes(&mut tx, &world, &juliet(), &[]).await, Ok(7));
    let (row, card) = show(&mut tx, "romeo@x", 7).await.unwrap().expect("the card");
    assert_eq!((row.giver.as_deref(), row.follows), (Some("juliet@x"), true));
    assert_eq!(card.to_string(), juliet().to_string());
    assert!(show(&mut tx, "paris@x", 7).await.unwrap().is_none());
    // One from a file has the next number of all.
    let next = tx.account("romeo@x").await.unwrap().expect("romeo").next_handle;
    assert_eq!(add(&mut tx, &world, "romeo@x", &juliet()).await.unwrap(), Ok(next));
    let after = tx.account("romeo@x").await.unwrap().expect("romeo").next_handle;
    assert_eq!(after, next + 1);
}

async fn further_parts_are_added_to_the_same_card(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x"]).await;
    assert_eq!(takes(&mut tx, &world, &juliet(), &[Part::Phone]).await, Ok(7));
    assert!(texts(&card(&mut tx, 7).await, Part::Mail).is_empty());
    edit(&mut tx, &world, "romeo@x", 7, &[(Part::Note, vec!["met at the ball".into()])])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(takes(&mut tx, &world, &juliet(), &[Part::Phone, Part::Mail]).await, Ok(7));
    let now = card(&mut tx, 7).await;
    assert_eq!(texts(&now, Part::Phone), ["+390455550100"]);
    assert_eq!(texts(&now, Part::Mail), ["juliet@capulet.lit"]);
    assert_eq!(texts(&now, Part::Note), ["met at the ball"]);
    assert!(texts(&now, Part::Title).is_empty());
    assert_eq!(tx.count_collected("romeo@x").await.unwrap(), 1);
    let (row, _) = show(&mut tx, "romeo@x", 7).await.unwrap().expect("the card");
    assert_eq!(row.parts, "phone mail");
    takes(&mut tx, &world, &juliet(), &[]).await.unwrap();
    assert_eq!(texts(&card(&mut tx, 7).await, Part::Title), ["Heiress"]);
}

async fn a_card_that_was_dropped_can_be_taken_again(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x"]).await;
    takes(&mut tx, &world, &juliet(), &[]).await.unwrap();
    assert!(delete(&mut tx, &world, "romeo@x", 7, false).await.unwrap());
    assert_eq!(takes(&mut tx, &world, &juliet(), &[Part::Mail]).await, Ok(7));
    assert!(texts(&card(&mut tx, 7).await, Part::Phone).is_empty());
    assert_eq!(forget(&mut tx, &later(&world, 90_000_000), 9).await.unwrap(), 0);
    assert_eq!(tx.count_collected("romeo@x").await.unwrap(), 1);
}

/// On one database: filling it is all the work.
#[tokio::test]
async fn nobody_has_more_cards_than_can_be_listed() {
    let (db, _folder) = crate::tests::sqlite().await;
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x"]).await;
    let short = Card::named("x");
    for _ in 0..10_000 {
        add(&mut tx, &world, "romeo@x", &short).await.unwrap().unwrap();
    }
    assert_eq!(add(&mut tx, &world, "romeo@x", &short).await.unwrap(), Err(NotDone::Full));
    assert_eq!(takes(&mut tx, &world, &juliet(), &[]).await, Ok(7), "he has that one already");
    delete(&mut tx, &world, "romeo@x", 8, false).await.unwrap();
    add(&mut tx, &world, "romeo@x", &short).await.unwrap().unwrap();
    let undone = undo(&mut tx, &world, "romeo@x", Some(8)).await.unwrap();
    assert_eq!(undone, Err(NotDone::Full));
    drop(tx);
    db.close().await;
}

async fn a_change_can_be_undone_for_a_day(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x"]).await;
    takes(&mut tx, &world, &juliet(), &[]).await.unwrap();
    let change = ["+390455550199".to_owned()];
    let done =
        edit(&mut tx, &world, "romeo@x", 7, &[(Part::Phone, change.to_vec())]).await.unwrap();
    assert_eq!(done, Ok(7));
    assert_eq!(texts(&card(&mut tx, 7).await, Part::Phone), change);
    assert_eq!(undo(&mut tx, &world, "romeo@x", None).await.unwrap(), Ok(Undone::Change(7)));
    assert_eq!(card(&mut tx, 7).await.to_string(), juliet().to_string());
    let again = undo(&mut tx, &world, "romeo@x", None).await.unwrap();
    assert_eq!(again, Err(NotDone::NothingToUndo));

    edit(&mut tx, &world, "romeo@x", 7, &[(Part::Phone, Vec::new())]).await.unwrap().unwrap();
    let late = later(&world, i64::try_from(UNDO.as_millis()).unwrap());
    let over = undo(&mut tx, &late, "romeo@x", Some(7)).await.unwrap();
    assert_eq!(over, Err(NotDone::NothingToUndo));
    assert_eq!(forget(&mut tx, &late, 9).await.unwrap(), 1);
    let (row, _) = show(&mut tx, "romeo@x", 7).await.unwrap().expect("the card");
    assert_eq!(row.before, None);

    let nameless = edit(&mut tx, &world, "romeo@x", 7, &[(Part::Name, Vec::new())]).await.unwrap();
    assert!(matches!(nameless, Err(NotDone::Card(_))), "{nameless:?}");
    assert_eq!(card(&mut tx, 7).await.name(), "Juliet Capulet");
    let long = ["罗".repeat(NAME_MAX * 2)];
    edit(&mut tx, &world, "romeo@x", 7, &[(Part::Name, long.to_vec())]).await.unwrap().unwrap();
    let heads = tx.list_collected("romeo@x", &Cursor::default(), 9).await.unwrap();
    assert_eq!(heads[0].name.chars().count(), NAME_MAX);
    let no = edit(&mut tx, &world, "romeo@x", 8, &[(Part::Name, long.to_vec())]).await.unwrap();
    assert_eq!(no, Err(NotDone::NoSuch(8)));
}

async fn a_deletion_can_be_undone_for_a_day(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x"]).await;
    takes(&mut tx, &world, &juliet(), &[]).await.unwrap();
    edit(&mut tx, &world, "romeo@x", 7, &[(Part::Categories, vec!["Friends, work".into()])])
        .await
        .unwrap()
        .unwrap();
    assert!(delete(&mut tx, &world, "romeo@x", 7, false).await.unwrap());
    assert!(!delete(&mut tx, &world, "romeo@x", 7, false).await.unwrap());
    assert!(show(&mut tx, "romeo@x", 7).await.unwrap().is_none());
    assert!(tx.categories("romeo@x").await.unwrap().is_empty());
    assert_eq!(undo(&mut tx, &world, "romeo@x", None).await.unwrap(), Ok(Undone::Deletion(7)));
    assert_eq!(tx.categories("romeo@x").await.unwrap().len(), 2);
    delete(&mut tx, &world, "romeo@x", 7, false).await.unwrap();
    let late = later(&world, i64::try_from(UNDO.as_millis()).unwrap());
    assert_eq!(forget(&mut tx, &late, 9).await.unwrap(), 1);
    assert_eq!(tx.collected("romeo@x", 7).await.unwrap(), None);
}

async fn what_is_dropped_now_is_gone_now(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x"]).await;
    takes(&mut tx, &world, &juliet(), &[]).await.unwrap();
    delete(&mut tx, &world, "romeo@x", 7, false).await.unwrap();
    assert!(delete(&mut tx, &world, "romeo@x", 7, true).await.unwrap());
    let undone = undo(&mut tx, &world, "romeo@x", Some(7)).await.unwrap();
    assert_eq!(undone, Err(NotDone::NothingToUndo));
    assert_eq!(forget(&mut tx, &world, 9).await.unwrap(), 1);
    assert_eq!(tx.collected("romeo@x", 7).await.unwrap(), None);
}

async fn two_cards_become_one_and_two_again(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x"]).await;
    takes(&mut tx, &world, &juliet(), &[]).await.unwrap();
    let mut other = Card::named("Julia");
    other.set(Part::Phone, &["+39 045 555 0100".to_owned(), "+390455550199".to_owned()]);
    other.set(Part::Role, &["Daughter".to_owned()]);
    let second = add(&mut tx, &world, "romeo@x", &other).await.unwrap().unwrap();
    assert_eq!(merge(&mut tx, &world, "romeo@x", 7, 7).await.unwrap(), Err(NotDone::Same(7)));
    assert_eq!(merge(&mut tx, &world, "romeo@x", 7, 99).await.unwrap(), Err(NotDone::NoSuch(99)));
    for from in [None, Some(7), Some(second)] {
        assert_eq!(merge(&mut tx, &world, "romeo@x", 7, second).await.unwrap(), Ok(7));
        let one = card(&mut tx, 7).await;
        assert_eq!(one.name(), "Juliet Capulet");
        assert_eq!(texts(&one, Part::Phone), ["+390455550100", "+390455550199"]);
        assert_eq!(texts(&one, Part::Role), ["Daughter"]);
        assert_eq!(tx.count_collected("romeo@x").await.unwrap(), 1);
        let undone = undo(&mut tx, &world, "romeo@x", from).await.unwrap();
        assert_eq!(undone, Ok(Undone::Merge(7, second)), "{from:?}");
        assert_eq!(card(&mut tx, 7).await.to_string(), juliet().to_string());
        assert_eq!(card(&mut tx, second).await.to_string(), other.to_string());
    }
    // What was done after a merger is undone alone, and so is the merger after that.
    merge(&mut tx, &world, "romeo@x", 7, second).await.unwrap().unwrap();
    let then = later(&world, 5);
    let note = [(Part::Note, vec!["later".into()])];
    edit(&mut tx, &then, "romeo@x", 7, &note).await.unwrap().unwrap();
    assert_eq!(undo(&mut tx, &then, "romeo@x", None).await.unwrap(), Ok(Undone::Change(7)));
    assert_eq!(texts(&card(&mut tx, 7).await, Part::Role), ["Daughter"]);
    let undone = undo(&mut tx, &then, "romeo@x", None).await.unwrap();
    assert_eq!(undone, Ok(Undone::Merge(7, second)));
    assert_eq!(card(&mut tx, second).await.to_string(), other.to_string());
    assert_eq!(card(&mut tx, 7).await.to_string(), juliet().to_string());
}

async fn a_merger_is_undone_whatever_was_changed_since(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x"]).await;
    takes(&mut tx, &world, &juliet(), &[]).await.unwrap();
    let mut other = Card::named("Julia");
    other.set(Part::Phone, &["+390455550199".to_owned()]);
    other.set(Part::Categories, &["Mantua".to_owned()]);
    let second = add(&mut tx, &world, "romeo@x", &other).await.unwrap().unwrap();
    merge(&mut tx, &world, "romeo@x", 7, second).await.unwrap().unwrap();
    // Her change takes the only place for what was before.
    let mut new = juliet();
    new.set(Part::Role, &["Boss".to_owned()]);
    let then = later(&world, 5);
    renew(&mut tx, &then, "romeo@x", 7, &juliet(), &new).await.unwrap().unwrap();
    let undone = undo(&mut tx, &then, "romeo@x", Some(second)).await.unwrap();
    assert_eq!(undone, Ok(Undone::Merge(7, second)));
    let (one, two) = (card(&mut tx, 7).await, card(&mut tx, second).await);
    assert_eq!(texts(&one, Part::Phone), texts(&juliet(), Part::Phone));
    assert_eq!(texts(&one, Part::Categories), texts(&juliet(), Part::Categories));
    assert_eq!(texts(&one, Part::Role), ["Boss"]);
    assert_eq!(two.to_string(), other.to_string());
}

async fn a_card_that_follows_keeps_its_parts_and_categories(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x"]).await;
    takes(&mut tx, &world, &juliet(), &[Part::Phone]).await.unwrap();
    edit(&mut tx, &world, "romeo@x", 7, &[(Part::Categories, vec!["friends".into()])])
        .await
        .unwrap()
        .unwrap();
    let mut new = juliet();
    new.set(Part::Phone, &["+390455550199".to_owned()]);
    new.set(Part::Categories, &["hers".to_owned()]);
    let changes = renew(&mut tx, &world, "romeo@x", 7, &juliet(), &new).await.unwrap().unwrap();
    assert_eq!(changes.iter().map(|it| it.part).collect::<Vec<_>>(), [Part::Phone]);
    let now = card(&mut tx, 7).await;
    assert_eq!(texts(&now, Part::Phone), ["+390455550199"]);
    assert_eq!(texts(&now, Part::Categories), ["friends"]);
    assert!(texts(&now, Part::Mail).is_empty());
    assert!(unfollow(&mut tx, "romeo@x", 7).await.unwrap());
    assert!(!unfollow(&mut tx, "romeo@x", 7).await.unwrap());
    let refused = renew(&mut tx, &world, "romeo@x", 7, &juliet(), &new).await.unwrap();
    assert_eq!(refused, Err(NotDone::NoSuch(7)));
}

#[tokio::test]
async fn a_deleted_card_is_gone_from_the_files() {
    let (db, folder) = crate::tests::sqlite().await;
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x"]).await;
    // One that fills pages of its own, and one that does not.
    for note in ["canary short".to_owned(), "canary long ".repeat(2500)] {
        let mut card = juliet();
        card.set(Part::Note, &[note]);
        add(&mut tx, &world, "romeo@x", &card).await.unwrap().unwrap();
    }
    tx.commit().await.unwrap();
    let found = |what: &str| {
        let files = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path());
        let holds = |path: &std::path::PathBuf| {
            let bytes = fs::read(path).unwrap();
            bytes.windows(what.len()).any(|window| window == what.as_bytes())
        };
        files.filter(holds).count()
    };
    let canaries = ["canary short", "canary long", "juliet@capulet.lit", "heiress"];
    for canary in canaries {
        assert!(found(canary) > 0, "{canary} was never there");
    }
    let mut tx = db.write().await.unwrap();
    delete(&mut tx, &world, "romeo@x", 1, true).await.unwrap();
    edit(&mut tx, &world, "romeo@x", 2, &[(Part::Note, vec!["harmless".into()])])
        .await
        .unwrap()
        .unwrap();
    delete(&mut tx, &world, "romeo@x", 2, false).await.unwrap();
    forget(&mut tx, &later(&world, 90_000_000), 9).await.unwrap();
    assert_eq!(tx.removals(9).await.unwrap().len(), 1, "the log is emptied behind it");
    tx.commit().await.unwrap();
    assert!(db.empty_log().await.unwrap());
    for canary in canaries {
        assert_eq!(found(canary), 0, "{canary} is still there");
    }
    db.close().await;
}
