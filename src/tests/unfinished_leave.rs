//! Leaving, and what is on its way to somebody, in portions.

use crate::{
    card::{collected, store_address_book::Cursor},
    db::{Db, Tx},
    domain::{address::Address, card::Card, delivery::State, unfinished::Unfinished},
    invite::{
        invitation::stop,
        join::{Came, Wish, join as come, take_in},
    },
    leave::erase::leave,
    share::history,
    tests::{
        facts, join, later, states, submission,
        unfinished::{MANY, ROMEO, TEL, counted, finish, send},
    },
    world::{PASS, World},
};

facts!(
    whoever_leaves_with_a_large_address_book_has_left_at_once,
    nobody_joins_before_their_former_address_book_is_gone,
    cards_that_are_left_without_an_account_keep_nobody_from_joining_for_ever,
    what_is_sent_to_whoever_is_leaving_waits_for_them,
    what_is_on_its_way_to_whoever_has_left_ends_and_nothing_that_came_later,
    what_is_on_its_way_to_whoever_wants_to_hear_nothing_ends,
);

async fn collects(tx: &mut Tx, world: &World, n: usize) {
    for n in 0..n {
        let card = Card::named(&format!("card {n:03}"));
        collected::add(tx, world, ROMEO, &card).await.unwrap().unwrap();
    }
}

async fn cards(tx: &mut Tx) -> usize {
    tx.list_collected(ROMEO, &Cursor::default(), 999).await.unwrap().len()
}

async fn whoever_leaves_with_a_large_address_book_has_left_at_once(db: &Db) {
    let (world, mut tx) = (crate::tests::world(), db.write().await.unwrap());
    join(&mut tx, &world, &[ROMEO]).await;
    collects(&mut tx, &world, 60).await;
    assert!(leave(&mut tx, &world, ROMEO).await.unwrap());
    assert!(tx.account(ROMEO).await.unwrap().is_none());
    assert_eq!(cards(&mut tx).await, 35);
    assert!(!leave(&mut tx, &world, ROMEO).await.unwrap(), "they have left");
    finish(&mut tx, &world, Unfinished::Left).await;
    assert_eq!(cards(&mut tx).await, 0);
}

async fn nobody_joins_before_their_former_address_book_is_gone(db: &Db) {
    let (world, mut tx) = (crate::tests::world(), db.write().await.unwrap());
    join(&mut tx, &world, &[ROMEO]).await;
    collects(&mut tx, &world, 60).await;
    leave(&mut tx, &world, ROMEO).await.unwrap();
    let then = later(&world, 5);
    let (romeo, may_join) = (ROMEO.parse().unwrap(), true);
    let wish = Wish { jid: &romeo, lang: "it", nick: None, may_join, code: None };
    assert_eq!(come(&mut tx, &then, &wish).await.unwrap(), Came::Leaving);
    assert!(tx.account(ROMEO).await.unwrap().is_none());
    finish(&mut tx, &then, Unfinished::Left).await;
    take_in(&mut tx, &then, ROMEO, "it", None).await.unwrap();
    let account = tx.account(ROMEO).await.unwrap().expect("the new one");
    assert_eq!((account.lang.as_str(), account.next_handle), ("it", 1));
    assert_eq!(cards(&mut tx).await, 0);
}

async fn cards_that_are_left_without_an_account_keep_nobody_from_joining_for_ever(db: &Db) {
    let (world, mut tx) = (crate::tests::world(), db.write().await.unwrap());
    join(&mut tx, &world, &["juliet@x", ROMEO]).await;
    collects(&mut tx, &world, 30).await;
    tx.delete_account(ROMEO).await.unwrap();
    let then = later(&world, 5);
    send(&mut tx, &then, "juliet@x", 1, ROMEO).await;
    for _ in 0..2 {
        assert_eq!(take_in(&mut tx, &then, ROMEO, "it", None).await.unwrap(), None);
    }
    assert_eq!(finish(&mut tx, &then, Unfinished::Left).await, 2);
    assert_eq!(cards(&mut tx).await, 0);
    assert_eq!(states(&mut tx).await, [(State::Held, 1)], "that waits for them");
    assert_eq!(take_in(&mut tx, &then, ROMEO, "it", None).await.unwrap(), Some(true));
    assert_eq!(states(&mut tx).await, [(State::Queued, 2)], "and to her, that they have joined");
}

async fn what_is_sent_to_whoever_is_leaving_waits_for_them(db: &Db) {
    let (world, mut tx) = (crate::tests::world(), db.write().await.unwrap());
    join(&mut tx, &world, &["juliet@x", ROMEO]).await;
    collects(&mut tx, &world, 60).await;
    leave(&mut tx, &world, ROMEO).await.unwrap();
    let then = later(&world, 5);
    send(&mut tx, &then, "juliet@x", 1, ROMEO).await;
    assert_eq!(states(&mut tx).await, [(State::Held, 1)]);
    let after = later(&world, 9);
    finish(&mut tx, &after, Unfinished::Left).await;
    take_in(&mut tx, &after, ROMEO, "it", None).await.unwrap();
    // Theirs as well: what they share from now on has nothing to do with what went.
    send(&mut tx, &after, ROMEO, 1, "juliet@x").await;
    finish(&mut tx, &after, Unfinished::Left).await;
    for state in [State::Held, State::Cancelled] {
        assert_eq!(counted(&mut tx, state).await, 0, "{state:?}");
    }
}

async fn what_is_on_its_way_to_whoever_has_left_ends_and_nothing_that_came_later(db: &Db) {
    let (world, mut tx) = (crate::tests::world(), db.write().await.unwrap());
    join(&mut tx, &world, &["juliet@x", ROMEO]).await;
    send(&mut tx, &world, "juliet@x", MANY, ROMEO).await;
    leave(&mut tx, &world, ROMEO).await.unwrap();
    assert_eq!(counted(&mut tx, State::Cancelled).await, PASS);
    let then = later(&world, 5);
    let new = submission("juliet@x", "new", "new", &[ROMEO]);
    crate::tests::take(&mut tx, &then, 0, new).await;
    finish(&mut tx, &then, Unfinished::Left).await;
    join(&mut tx, &then, &[ROMEO]).await;
    assert_eq!(counted(&mut tx, State::Cancelled).await, MANY);
    // And juliet is told that they have joined.
    assert_eq!(counted(&mut tx, State::Queued).await, 2);
    let romeo = ROMEO.parse().unwrap();
    let his = history::list(&mut tx, &romeo, 0, 9).await.unwrap();
    assert_eq!(his.len(), 1, "what came after they had left: {his:?}");
}

async fn what_is_on_its_way_to_whoever_wants_to_hear_nothing_ends(db: &Db) {
    let (world, mut tx) = (crate::tests::world(), db.write().await.unwrap());
    join(&mut tx, &world, &["juliet@x"]).await;
    send(&mut tx, &world, "juliet@x", MANY, TEL).await;
    let tel = Address::parse(TEL).unwrap();
    stop(&mut tx, &world, &tel).await.unwrap();
    assert_eq!(counted(&mut tx, State::Cancelled).await, PASS);
    finish(&mut tx, &world, Unfinished::Left).await;
    assert_eq!(counted(&mut tx, State::Cancelled).await, MANY);
}
