//! Collected cards: each with what it is found by, and what can be undone.

use std::time::Duration;

use crate::{
    card::{
        store::CollectedRow,
        store_address_book::{Cursor, HeadRow},
    },
    db::{Db, Tx},
    domain::{
        card::{Card, Part, fold},
        clock::Millis,
        collected::Entry,
        delivery::State,
        unfinished::Unfinished,
    },
    tests::{END, NOW, delivery, facts},
};
use uuid::Uuid;

facts!(
    a_card_is_kept_and_changed_with_what_it_is_found_by,
    a_list_goes_on_from_any_place,
    all_words_must_occur_and_marks_are_words_too,
    a_category_lists_its_cards_in_order,
    cards_with_a_key_in_common_are_found,
    a_deleted_card_is_in_no_list_and_forgotten_in_its_time,
    of_deleted_cards_only_the_latest_wait,
    those_who_follow_a_card_are_found,
    following_ends_by_giver_by_card_and_by_share,
    when_following_ended_is_known_until_it_is_done,
    collected_cards_go_in_portions_and_outlive_their_account,
);

/// Card `n` of romeo@x.
fn row(n: u8, card: &Card) -> CollectedRow {
    CollectedRow {
        id: Uuid::from_u128(n.into()),
        account: "romeo@x".to_owned(),
        handle: n.into(),
        giver: Some("juliet@x".to_owned()),
        giver_card: Some(String::new()),
        third: false,
        follows: n.is_multiple_of(2),
        followed_at: NOW.0,
        parts: String::new(),
        changed_at: NOW.0,
        deleted_at: None,
        merged_into: None,
        undo_until: None,
        card: card.to_string(),
        before: None,
        known_as: format!("Card {n}"),
        own_name: n.is_multiple_of(3),
        known_before: None,
        own_before: false,
        before_since: None,
    }
}

/// Keeps a card of this name, with these categories and keys.
async fn keep(tx: &mut Tx, n: u8, name: &str, categories: &[&str], keys: &[&str]) -> CollectedRow {
    let mut card = Card::named(name);
    let all: Vec<String> = categories.iter().map(|it| (*it).to_owned()).collect();
    card.set(Part::Categories, &all);
    let mut entry = Entry::of(&card, None);
    entry.keys = keys.iter().map(|it| (*it).to_owned()).collect();
    let row = row(n, &card);
    tx.insert_collected(&row, &entry).await.unwrap();
    row
}

fn handles(heads: &[HeadRow]) -> Vec<i64> {
    heads.iter().map(|head| head.handle).collect()
}

async fn people(tx: &mut Tx) {
    for jid in ["romeo@x", "juliet@x"] {
        tx.insert_account(jid, "en", NOW).await.unwrap();
    }
}

async fn a_card_is_kept_and_changed_with_what_it_is_found_by(db: &Db) {
    let mut tx = db.write().await.unwrap();
    people(&mut tx).await;
    let mut one = keep(&mut tx, 1, "Juliet", &["Friends"], &["tel:+390455550100"]).await;
    assert_eq!(tx.collected("romeo@x", 1).await.unwrap(), Some(one.clone()));
    assert_eq!(tx.collected("juliet@x", 1).await.unwrap(), None);
    assert_eq!(tx.collected_handle(one.id).await.unwrap(), Some(1));
    let card = Card::named("Julia");
    (one.before, one.card) = (Some(one.card), card.to_string());
    (one.follows, one.undo_until) = (true, Some(END.0));
    (one.known_as, one.own_name) = ("Julia".to_owned(), true);
    (one.known_before, one.own_before) = (Some("Juliet".to_owned()), true);
    one.before_since = Some(NOW.0);
    tx.update_collected(&one, &Entry::of(&card, None)).await.unwrap();
    assert_eq!(tx.collected("romeo@x", 1).await.unwrap(), Some(one.clone()));
    assert_eq!(tx.last_collected("romeo@x", NOW).await.unwrap(), Some(1));
    assert_eq!(tx.last_collected("romeo@x", END).await.unwrap(), None);
    assert!(tx.categories("romeo@x").await.unwrap().is_empty());
    let found = tx.list_collected("romeo@x", &Cursor::default(), 9).await.unwrap();
    assert_eq!((found[0].name.as_str(), found[0].sorted.as_str()), ("Julia", "julia"));
    assert_eq!(tx.read_collected(&[one.id]).await.unwrap(), [one]);
}

async fn a_list_goes_on_from_any_place(db: &Db) {
    let mut tx = db.write().await.unwrap();
    people(&mut tx).await;
    for (n, name) in [(1, "b"), (2, "A"), (3, "c"), (4, "银"), (5, "a")] {
        keep(&mut tx, n, name, &[], &[]).await;
    }
    let all = tx.list_collected("romeo@x", &Cursor::default(), 9).await.unwrap();
    assert_eq!(handles(&all), [2, 5, 1, 3, 4]);
    let third = tx.collected_place("romeo@x", 2).await.unwrap().expect("a third");
    assert_eq!(handles(&tx.list_collected("romeo@x", &third, 2).await.unwrap()), [1, 3]);
    assert_eq!(tx.collected_place("romeo@x", 5).await.unwrap(), None);
    assert_eq!(tx.place_of_collected("romeo@x", 1).await.unwrap(), Some(third));
    assert_eq!(tx.count_waiting("romeo@x", NOW).await.unwrap(), 0);
    assert_eq!(tx.count_collected("romeo@x").await.unwrap(), 5);
    assert_eq!(tx.count_collected("juliet@x").await.unwrap(), 0);
}

async fn all_words_must_occur_and_marks_are_words_too(db: &Db) {
    let mut tx = db.write().await.unwrap();
    people(&mut tx).await;
    for (n, name) in [(1, "Julia Müller 100%"), (2, "Julia_Miller!"), (3, "朱丽叶")] {
        keep(&mut tx, n, name, &[], &[]).await;
    }
    for (words, found) in [
        ("julia", &[1, 2][..]),
        ("MULLER julia", &[1]),
        ("%", &[1]),
        ("_", &[2]),
        ("!", &[2]),
        ("丽叶", &[3]),
        ("julia romeo", &[]),
    ] {
        let all: Vec<String> = words.split(' ').map(fold).collect();
        let (heads, _) = tx.find_collected("romeo@x", &all, &Cursor::default(), 9).await.unwrap();
        assert_eq!(handles(&heads), found, "{words}");
    }
}

async fn a_category_lists_its_cards_in_order(db: &Db) {
    let mut tx = db.write().await.unwrap();
    people(&mut tx).await;
    keep(&mut tx, 1, "b", &["Work", "Friends"], &[]).await;
    keep(&mut tx, 2, "a", &["work"], &[]).await;
    let all = tx.list_category("romeo@x", "work", &Cursor::default(), 9).await.unwrap();
    assert_eq!(handles(&all), [2, 1]);
    let from = Cursor { sorted: all[1].sorted.clone(), id: all[1].id };
    let rest = tx.list_category("romeo@x", "work", &from, 9).await.unwrap();
    assert_eq!(handles(&rest), [1]);
    let categories = tx.categories("romeo@x").await.unwrap();
    let shown: Vec<_> = categories.iter().map(|it| (it.category.as_str(), it.cards)).collect();
    assert_eq!(shown, [("friends", 1), ("work", 2)]);
}

async fn cards_with_a_key_in_common_are_found(db: &Db) {
    let mut tx = db.write().await.unwrap();
    people(&mut tx).await;
    keep(&mut tx, 1, "a", &[], &["mailto:j@x", "tel:+390455550100"]).await;
    keep(&mut tx, 2, "b", &[], &["tel:+390455550100"]).await;
    keep(&mut tx, 3, "a", &[], &["mailto:other@x"]).await;
    let same = tx.same_collected("romeo@x", 9).await.unwrap();
    let shown: Vec<_> = same.iter().map(|it| (it.key.as_str(), it.handle)).collect();
    assert_eq!(shown, [("tel:+390455550100", 1), ("tel:+390455550100", 2)]);
    assert!(tx.same_collected("juliet@x", 9).await.unwrap().is_empty());
}

async fn a_deleted_card_is_in_no_list_and_forgotten_in_its_time(db: &Db) {
    let mut tx = db.write().await.unwrap();
    people(&mut tx).await;
    let one = keep(&mut tx, 1, "a", &["work"], &["mailto:j@x"]).await;
    let mut two = keep(&mut tx, 2, "b", &["work"], &["mailto:j@x"]).await;
    tx.delete_collected(one.id, Some((two.id, "alone")), NOW, END).await.unwrap();
    let kept = tx.collected("romeo@x", 1).await.unwrap().expect("the first");
    assert_eq!((kept.before.as_deref(), kept.merged_into), (Some("alone"), Some(two.id)));
    two.before = Some("before".to_owned());
    two.undo_until = Some(END.0);
    tx.update_collected(&two, &Entry::of(&Card::named("b"), None)).await.unwrap();
    assert_eq!(tx.merged_collected(two.id, NOW).await.unwrap(), Some(1));
    let list = tx.list_collected("romeo@x", &Cursor::default(), 9).await.unwrap();
    assert_eq!(handles(&list), [2]);
    assert!(tx.categories("romeo@x").await.unwrap().is_empty());
    assert!(!tx.collected_over(NOW).await.unwrap());
    assert_eq!(tx.forget_collected(NOW, 9).await.unwrap(), 0);
    assert!(tx.collected_over(END).await.unwrap());
    assert_eq!(tx.forget_collected(END, 9).await.unwrap(), 2);
    assert!(!tx.collected_over(END).await.unwrap());
    assert_eq!(tx.collected("romeo@x", 1).await.unwrap(), None);
    let left = tx.collected("romeo@x", 2).await.unwrap().expect("the other");
    assert_eq!((left.before, left.undo_until), (None, None));
}

async fn of_deleted_cards_only_the_latest_wait(db: &Db) {
    let mut tx = db.write().await.unwrap();
    people(&mut tx).await;
    for n in 1..=3 {
        let one = keep(&mut tx, n, "a", &[], &[]).await;
        let until = END.after(Duration::from_secs(n.into()));
        tx.delete_collected(one.id, None, NOW, until).await.unwrap();
    }
    assert_eq!(tx.crowd_out_collected("romeo@x", NOW, 2).await.unwrap(), 1);
    assert_eq!(tx.forget_collected(NOW, 9).await.unwrap(), 1);
    assert_eq!(tx.collected("romeo@x", 1).await.unwrap(), None);
    assert_eq!(tx.last_collected("romeo@x", Millis(END.0)).await.unwrap(), Some(3));
}

async fn those_who_follow_a_card_are_found(db: &Db) {
    let mut tx = db.write().await.unwrap();
    people(&mut tx).await;
    for n in 1..=4 {
        keep(&mut tx, n, "a", &[], &[]).await;
    }
    let first = tx.followers("juliet@x", "", Millis(NOW.0 - 1), Uuid::nil(), 1).await.unwrap();
    assert_eq!(first, [(Uuid::from_u128(2), "romeo@x".to_owned(), 2)]);
    let rest = tx.followers("juliet@x", "", Millis(NOW.0 - 1), first[0].0, 9).await.unwrap();
    assert_eq!(rest.len(), 1);
    for (card, since) in [("work", NOW.0 - 1), ("", NOW.0)] {
        let none = tx.followers("juliet@x", card, Millis(since), Uuid::nil(), 9).await.unwrap();
        assert!(none.is_empty(), "{card} {none:?}");
    }
    let own = tx.following("romeo@x", "juliet@x", "").await.unwrap();
    assert!(own.contains(&(2, NOW.0)), "{own:?}");
    assert!(tx.following("romeo@x", "juliet@x", "work").await.unwrap().is_empty());
    assert!(tx.following("juliet@x", "juliet@x", "").await.unwrap().is_empty());
}

async fn following_ends_by_giver_by_card_and_by_share(db: &Db) {
    let mut tx = db.write().await.unwrap();
    people(&mut tx).await;
    for n in [2, 4, 6] {
        keep(&mut tx, n, "a", &[], &[]).await;
    }
    let following =
        async |tx: &mut Tx| tx.following("romeo@x", "juliet@x", "").await.unwrap().len();
    let mut given = delivery(4, "romeo@x", State::Handed, END);
    given.handle = 4;
    crate::tests::keep(&mut tx, &[given.clone()]).await;
    tx.end_following_of("tybalt@x", given.share).await.unwrap();
    tx.end_following_card("juliet@x", "work", NOW, 9).await.unwrap();
    tx.end_following("tybalt@x", NOW, 9).await.unwrap();
    let before = Millis(NOW.0 - 1);
    tx.end_following_card("juliet@x", "", before, 9).await.unwrap();
    tx.end_following("juliet@x", before, 9).await.unwrap();
    assert_eq!(following(&mut tx).await, 3);
    tx.end_following_of("juliet@x", given.share).await.unwrap();
    assert_eq!(following(&mut tx).await, 2);
    tx.end_following_card("juliet@x", "", NOW, 9).await.unwrap();
    assert_eq!(following(&mut tx).await, 0);
    keep(&mut tx, 8, "a", &[], &[]).await;
    tx.end_following("juliet@x", NOW, 9).await.unwrap();
    assert_eq!(following(&mut tx).await, 0);
    keep(&mut tx, 10, "a", &[], &[]).await;
    tx.unfollow(Uuid::from_u128(10)).await.unwrap();
    assert_eq!(following(&mut tx).await, 0);
}

async fn collected_cards_go_in_portions_and_outlive_their_account(db: &Db) {
    let mut tx = db.write().await.unwrap();
    people(&mut tx).await;
    for n in 1..=5 {
        keep(&mut tx, n, "a", &[], &["tel:+390455550100"]).await;
    }
    tx.delete_account("romeo@x").await.unwrap();
    let end = Uuid::from_u128(5);
    for removed in [3, 1, 0] {
        assert!(tx.has_collected("romeo@x").await.unwrap());
        assert_eq!(tx.delete_collected_of("romeo@x", end, 3).await.unwrap(), removed);
    }
    assert_eq!(tx.delete_collected_of("romeo@x", Uuid::max(), 3).await.unwrap(), 1);
    assert!(!tx.has_collected("romeo@x").await.unwrap());
}

async fn when_following_ended_is_known_until_it_is_done(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let (first, last) = (Some(NOW), Some(Millis(NOW.0 + 5)));
    tx.put_unfinished("juliet@x", Unfinished::Unfollowed, "", NOW, NOW).await.unwrap();
    let since = last.unwrap();
    tx.put_unfinished("juliet@x", Unfinished::Deleted, "work", since, NOW).await.unwrap();
    tx.put_unfinished("romeo@x", Unfinished::Left, "3", NOW, NOW).await.unwrap();
    assert_eq!(tx.following_ended("juliet@x", "").await.unwrap(), first);
    assert_eq!(tx.following_ended("juliet@x", "work").await.unwrap(), last);
    assert_eq!(tx.following_ended("romeo@x", "").await.unwrap(), first);
    tx.drop_unfinished("juliet@x").await.unwrap();
    assert_eq!(tx.following_ended("juliet@x", "work").await.unwrap(), None);
}
