//! What is said about a share to a number goes where the share went, however much it is.

use std::sync::Arc;

use crate::{
    db::{Db, Tx},
    domain::{
        address::Address,
        consent::{Ask, Verdict},
        delivery::State,
    },
    invite::proof::proved,
    people::consent::decide,
    tests::{deliveries_for, facts, join, looked_up, states, submission, take, talk, world},
    unfinished::go_on,
    world::{PASS, Rules, World},
};

facts!(
    what_is_said_beyond_one_portion_comes_behind_its_share,
    what_a_stranger_has_said_waits_with_their_share,
    nobody_who_is_blocked_is_let_in_by_what_somebody_else_sends,
);

const ROMEO: &str = "romeo@x";
const TEL: &str = "tel:+390455550100";
/// More than one portion.
const MANY: i64 = PASS + 100;

/// `sender` sends something to the number, and says much about it while nobody has looked whose
/// the number is.
async fn says_much(tx: &mut Tx, world: &World, sender: &str) {
    let sent = take(tx, world, 0, submission(sender, "k", "c", &[TEL])).await;
    talk(tx, world, sent.answer.unwrap().share, [sender, TEL], State::Held, MANY).await;
}

async fn finish(tx: &mut Tx, world: &World) {
    while go_on(tx, world).await.unwrap().is_some() {}
}

async fn what_is_said_beyond_one_portion_comes_behind_its_share(db: &Db) {
    let (world, mut tx) = (world(), db.write().await.unwrap());
    join(&mut tx, &world, &["juliet@x", ROMEO]).await;
    tx.put_contact(TEL, ROMEO, world.now).await.unwrap();
    says_much(&mut tx, &world, "juliet@x").await;
    let soon = looked_up(&mut tx, &world).await;
    assert_eq!(states(&mut tx).await, [(State::Held, 100), (State::Queued, PASS + 1)]);
    finish(&mut tx, &soon).await;
    assert_eq!(states(&mut tx).await, [(State::Queued, MANY + 1)]);
    let numbers = deliveries_for(&mut tx, ROMEO, State::Queued).await;
    assert!(numbers.iter().all(|row| row.handle == 1), "that of the share");
}

async fn what_a_stranger_has_said_waits_with_their_share(db: &Db) {
    let rules = Rules { ask: Ask::Always, ..Rules::open() };
    let (world, mut tx) = (World { rules: Arc::new(rules), ..world() }, db.write().await.unwrap());
    join(&mut tx, &world, &["paris@x", ROMEO]).await;
    tx.put_contact(TEL, ROMEO, world.now).await.unwrap();
    says_much(&mut tx, &world, "paris@x").await;
    let soon = looked_up(&mut tx, &world).await;
    finish(&mut tx, &soon).await;
    let asked = [(State::Held, MANY + 1), (State::Queued, 1)];
    assert_eq!(states(&mut tx).await, asked, "nothing but the question");
    let (romeo, paris) = (ROMEO.parse().unwrap(), "paris@x".parse().unwrap());
    decide(&mut tx, &soon, &romeo, &paris, Verdict::Yes).await.unwrap();
    finish(&mut tx, &soon).await;
    assert!(states(&mut tx).await.iter().all(|(state, _)| *state != State::Held));
}

async fn nobody_who_is_blocked_is_let_in_by_what_somebody_else_sends(db: &Db) {
    let (world, mut tx) = (world(), db.write().await.unwrap());
    join(&mut tx, &world, &["juliet@x", "paris@x", ROMEO]).await;
    says_much(&mut tx, &world, "paris@x").await;
    let (romeo, paris) = (ROMEO.parse().unwrap(), "paris@x".parse().unwrap());
    decide(&mut tx, &world, &romeo, &paris, Verdict::Blocked).await.unwrap();
    let number = Address::parse(TEL).unwrap();
    proved(&mut tx, &world, ROMEO, &number, |_, _| String::new()).await.unwrap();
    assert_eq!(states(&mut tx).await, [(State::Held, 100), (State::Cancelled, PASS + 1)]);
    // Before the rest is gone on with.
    take(&mut tx, &world, 0, submission("juliet@x", "new", "new", &[TEL])).await;
    let soon = looked_up(&mut tx, &world).await;
    finish(&mut tx, &soon).await;
    assert_eq!(states(&mut tx).await, [(State::Queued, 1), (State::Cancelled, MANY + 1)]);
}
