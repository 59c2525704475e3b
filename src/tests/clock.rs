//! The clock goes back: what was named before it did is still what came before, and all of it is
//! found. The ids stand still meanwhile, as the system's do.

use crate::{
    card::{
        collected::{self, Gift},
        own,
        store_address_book::Cursor,
        submission::submit,
    },
    claim::claim,
    db::{Db, Tx},
    domain::{
        address::Address,
        card::Card,
        clock::{Clock, Millis},
        delivery::State,
        id::{Chance, DeliveryId, ShareId},
        note::Note,
        unfinished::Unfinished,
    },
    invite::{
        invitation::stop,
        join::take_in,
        list::{Asked, list, withdraw},
    },
    leave::erase::leave,
    outbox::{store::NewDelivery, stream::outrun},
    share::history,
    tests::{self, facts, join, later, states, submission, take},
    unfinished::go_on,
    world::{PASS, World},
};
use uuid::Uuid;

facts!(
    what_was_held_is_let_go_after_the_clock_has_gone_back,
    whoever_leaves_after_the_clock_has_gone_back_leaves_nothing_and_can_join_again,
    what_comes_after_they_have_left_stays_though_the_clock_has_gone_back,
    what_they_do_who_have_joined_again_stays_though_the_clock_has_gone_back,
    never_again_counts_for_what_was_sent_before_the_clock_went_back,
    whoever_is_given_up_is_waited_for_no_more_though_the_clock_has_gone_back,
    nobody_follows_any_more_who_began_before_the_clock_went_back,
    another_process_names_things_behind_what_is_there,
    what_was_paced_while_the_clock_was_ahead_holds_up_nothing_that_comes_later,
);

const ROMEO: &str = "romeo@x";
const TEL: &str = "tel:+390455550100";
/// More than one portion.
const MANY: i64 = 1_101;

/// Five minutes ahead, and then two.
fn worlds() -> [World; 2] {
    let world = World { chance: Chance::System, ..crate::tests::world() };
    [300_000, 120_000].map(|ms| later(&world, ms))
}

async fn send(tx: &mut Tx, world: &World, sender: &str, n: i64, to: &str) {
    let one = |n: i64| submission(sender, &format!("{to} {n} {}", world.now), "c", &[to]);
    let all = submit(tx, world, &(0..n).map(one).collect::<Vec<_>>(), 0).await.unwrap();
    assert!(all.iter().all(|it| it.answer.is_ok()));
}

async fn finish(tx: &mut Tx, world: &World, kind: Unfinished) {
    while let Some(moved) = go_on(tx, world).await.unwrap() {
        assert_eq!(moved, kind);
    }
}

async fn what_was_held_is_let_go_after_the_clock_has_gone_back(db: &Db) {
    let ([before, after], mut tx) = (worlds(), db.write().await.unwrap());
    join(&mut tx, &before, &["juliet@x"]).await;
    send(&mut tx, &before, "juliet@x", MANY, ROMEO).await;
    join(&mut tx, &after, &[ROMEO]).await;
    finish(&mut tx, &after, Unfinished::Joined).await;
    let all = states(&mut tx).await;
    assert!(all.iter().all(|(state, _)| *state == State::Queued), "{all:?}");
}

async fn whoever_leaves_after_the_clock_has_gone_back_leaves_nothing_and_can_join_again(db: &Db) {
    let ([before, after], mut tx) = (worlds(), db.write().await.unwrap());
    join(&mut tx, &before, &["juliet@x", ROMEO]).await;
    send(&mut tx, &before, "juliet@x", MANY, ROMEO).await;
    send(&mut tx, &before, ROMEO, 150, "juliet@x").await;
    for n in 0..60 {
        let card = Card::named(&format!("card {n}"));
        collected::add(&mut tx, &before, ROMEO, &card).await.unwrap().unwrap();
    }
    leave(&mut tx, &after, ROMEO).await.unwrap();
    finish(&mut tx, &after, Unfinished::Left).await;
    assert_eq!(states(&mut tx).await, [(State::Cancelled, MANY)]);
    assert!(tx.list_collected(ROMEO, &Cursor::default(), 9).await.unwrap().is_empty());
    join(&mut tx, &after, &[ROMEO]).await;
    assert!(history::list(&mut tx, &ROMEO.parse().unwrap(), 0, 9).await.unwrap().is_empty());
}

async fn what_comes_after_they_have_left_stays_though_the_clock_has_gone_back(db: &Db) {
    let ([before, after], mut tx) = (worlds(), db.write().await.unwrap());
    join(&mut tx, &before, &["juliet@x", ROMEO]).await;
    send(&mut tx, &before, "juliet@x", MANY, ROMEO).await;
    leave(&mut tx, &after, ROMEO).await.unwrap();
    send(&mut tx, &after, "juliet@x", 1, ROMEO).await;
    finish(&mut tx, &after, Unfinished::Left).await;
    join(&mut tx, &after, &[ROMEO]).await;
    send(&mut tx, &after, ROMEO, 1, "juliet@x").await;
    // And juliet is told that they have joined.
    assert_eq!(states(&mut tx).await, [(State::Queued, 3), (State::Cancelled, MANY)]);
}

async fn what_they_do_who_have_joined_again_stays_though_the_clock_has_gone_back(db: &Db) {
    let ([before, after], mut tx) = (worlds(), db.write().await.unwrap());
    join(&mut tx, &before, &["juliet@x", ROMEO]).await;
    send(&mut tx, &before, "juliet@x", MANY, ROMEO).await;
    let juliets = ShareId(tx.shares_sent_before("juliet@x", Uuid::max(), 1).await.unwrap()[0].0);
    let say = |said| Note { author: ROMEO.into(), text: "yes".into(), said, ..Note::default() };
    let first = tx.insert_note(juliets, &say(before.now)).await.unwrap();
    leave(&mut tx, &after, ROMEO).await.unwrap();
    let second = tx.insert_note(juliets, &say(after.now)).await.unwrap();
    finish(&mut tx, &after, Unfinished::Left).await;
    join(&mut tx, &after, &[ROMEO]).await;
    send(&mut tx, &after, ROMEO, 1, "paris@x").await;
    let invited = tx.invitations_of(ROMEO, 9).await.unwrap();
    assert_eq!(invited.iter().map(|it| it.address.as_str()).collect::<Vec<_>>(), ["paris@x"]);
    let notes = tx.notes(&[first, second]).await.unwrap();
    assert_eq!(notes.iter().map(|it| it.no).collect::<Vec<_>>(), [second.0]);
}

async fn never_again_counts_for_what_was_sent_before_the_clock_went_back(db: &Db) {
    let ([before, after], mut tx) = (worlds(), db.write().await.unwrap());
    join(&mut tx, &before, &["juliet@x"]).await;
    send(&mut tx, &before, "juliet@x", PASS + 1, TEL).await;
    stop(&mut tx, &after, &Address::parse(TEL).unwrap()).await.unwrap();
    finish(&mut tx, &after, Unfinished::Left).await;
    assert_eq!(states(&mut tx).await, [(State::Cancelled, PASS + 1)]);
}

async fn whoever_is_given_up_is_waited_for_no_more_though_the_clock_has_gone_back(db: &Db) {
    let ([before, after], mut tx) = (worlds(), db.write().await.unwrap());
    join(&mut tx, &before, &["juliet@x"]).await;
    send(&mut tx, &before, "juliet@x", MANY, ROMEO).await;
    let (juliet, romeo) = ("juliet@x".parse().unwrap(), Address::parse(ROMEO).unwrap());
    withdraw(&mut tx, &after, &juliet, &romeo, Asked::now(&after)).await.unwrap();
    finish(&mut tx, &after, Unfinished::GivenUp).await;
    assert_eq!(states(&mut tx).await, [(State::Cancelled, MANY)]);
    assert!(list(&mut tx, after.now, &juliet).await.unwrap().0.is_empty());
}

async fn nobody_follows_any_more_who_began_before_the_clock_went_back(db: &Db) {
    let ([before, after], mut tx) = (worlds(), db.write().await.unwrap());
    join(&mut tx, &before, &["juliet@x", ROMEO]).await;
    let gift = Gift {
        account: ROMEO,
        handle: Some(7),
        giver: Some("juliet@x"),
        giver_card: Some(""),
        third: false,
        follows: true,
        card: &Card::named("Juliet"),
        name: "Juliet",
        parts: &[],
    };
    collected::take(&mut tx, &before, &gift).await.unwrap().unwrap();
    own::set_updates(&mut tx, &before, "juliet@x", true).await.unwrap();
    own::set_updates(&mut tx, &after, "juliet@x", false).await.unwrap();
    let (row, _) = collected::show(&mut tx, ROMEO, 7).await.unwrap().expect("the card");
    assert!(!row.follows);
}

async fn another_process_names_things_behind_what_is_there(db: &Db) {
    let [_, now] = worlds();
    let mut tx = db.write().await.unwrap();
    take_in(&mut tx, &now, "juliet@x", "en", None).await.unwrap();
    // Its clock was a day ahead of any that is looked at here.
    let ahead = Millis(Clock::System.now().0 + 86_400_000);
    let last = tests::chance().uuid(ahead);
    let held = tests::delivery(1, ROMEO, State::Held, Millis::NEVER);
    tests::keep(&mut tx, &[NewDelivery { id: DeliveryId(last), ..held }]).await;
    outrun(&mut tx, &now.chance).await.unwrap();
    assert!(now.chance.uuid(now.now) > last);
    join(&mut tx, &now, &[ROMEO]).await;
    assert_eq!(states(&mut tx).await, [(State::Queued, 1)]);
}

async fn what_was_paced_while_the_clock_was_ahead_holds_up_nothing_that_comes_later(db: &Db) {
    let now = World { chance: Chance::System, ..crate::tests::world() };
    let mut tx = db.write().await.unwrap();
    let people = ["juliet@x", ROMEO, "nurse@x", "tybalt@x"];
    join(&mut tx, &now, &people).await;
    for (n, hours) in [1, 40 * 24].into_iter().enumerate() {
        let now = later(&now, i64::try_from(n).unwrap() * 120_000);
        let ahead = World { now: Millis(now.now.0 + hours * 3_600_000), ..now.clone() };
        let many = submission("juliet@x", &format!("many {n}"), "c", &people[1..]);
        take(&mut tx, &ahead, 0, many).await;
        let one = submission("juliet@x", &format!("one {n}"), "c", &[ROMEO]);
        take(&mut tx, &now, 0, one).await;
        let soon = World { now: Millis(now.now.0 + 61_000), ..now };
        assert_eq!(claim(&mut tx, &soon, 9).await.unwrap().ready.len(), 1, "{hours} hours");
    }
}
