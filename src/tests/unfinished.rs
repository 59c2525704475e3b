//! What one transaction does not finish is gone on with in portions, and comes to the same.

use std::sync::Arc;

use crate::{
    card::{
        submission::submit,
        tests::inbox::{SWAP, offered},
    },
    claim::claim,
    db::{Db, Tx},
    domain::{
        address::Address,
        consent::{Ask, Verdict},
        conversation::Clue,
        delivery::{Event, State},
        id::DeliveryId,
        unfinished::Unfinished,
    },
    invite::{
        list::{self, Asked},
        proof::{self, Telling},
    },
    people::{
        account,
        consent::{decide, unblock},
    },
    talk::answer::answer,
    tests::{deliveries_for, facts, join, later, saying, states, submission},
    unfinished::go_on,
    world::{PASS, Rules, World},
};

facts!(
    what_was_held_is_let_go_in_order_whatever_is_sent_meanwhile,
    a_note_has_the_number_of_its_share_in_whatever_portion_it_comes,
    what_was_held_of_whom_they_refuse_meanwhile_ends,
    who_is_asked_about_keeps_nobody_from_getting_what_was_held_behind_that,
    cards_that_wait_of_somebody_are_declined_in_portions,
    what_waits_of_somebody_goes_by_the_last_word_about_them,
    a_question_is_open_until_it_is_answered,
    whoever_shows_a_number_last_gets_what_is_left_for_it,
    what_is_parked_is_queued_when_somebody_is_back,
    what_is_parked_stays_so_when_somebody_has_gone_again,
    what_a_receipt_makes_room_for_is_queued_when_a_word_is_carried_out,
    what_is_put_off_anew_is_not_woken_again,
    what_was_put_off_is_due_when_quiet_hours_are_over,
    whoever_is_given_up_gets_nothing_of_however_much_it_was,
);

pub(super) const ROMEO: &str = "romeo@x";
pub(super) const TEL: &str = "tel:+390455550100";
pub(super) const TELL: Telling = |_, _| String::new();
/// More than one portion.
pub(super) const MANY: i64 = 1_101;

/// `sender` sends so many things to `to`.
pub(super) async fn send(tx: &mut Tx, world: &World, sender: &str, n: i64, to: &str) {
    let one = |n: i64| submission(sender, &format!("{to} {n}"), &n.to_string(), &[to]);
    let group: Vec<_> = (0..n).map(one).collect();
    assert!(submit(tx, world, &group, 0).await.unwrap().iter().all(|it| it.answer.is_ok()));
}

/// Romeo, who has not joined, is asked about `inviter`.
async fn asked_about(tx: &mut Tx, world: &World, inviter: &str) {
    let asks = tx.invitations_of(inviter, 9).await.unwrap().pop().expect("an invitation");
    tx.tell_invitation(asks.id, &[7; 32], later(world, 1_000).now).await.unwrap();
}

pub(super) async fn counted(tx: &mut Tx, state: State) -> i64 {
    states(tx).await.into_iter().find(|(it, _)| *it == state).map_or(0, |(_, n)| n)
}

/// What is queued for `rcpt`, by number, in the order in which it goes.
pub(super) async fn queued(tx: &mut Tx, world: &World, rcpt: &str) -> Vec<i64> {
    let due = tx.due(State::Queued, world.now, 9_999).await.unwrap();
    due.into_iter().filter(|row| row.rcpt == rcpt).map(|row| row.handle).collect()
}

/// The same happens to all that is queued for Romeo.
async fn all_are(tx: &mut Tx, world: &World, event: Event) {
    for row in deliveries_for(tx, ROMEO, State::Queued).await {
        let next = row.delivery().next(event, world.now, 0.0).unwrap();
        tx.save(DeliveryId(row.id), next).await.unwrap();
    }
}

/// Goes on until nothing is left. Answers how often.
pub(super) async fn finish(tx: &mut Tx, world: &World, kind: Unfinished) -> usize {
    let mut portions = 0;
    while let Some(moved) = go_on(tx, world).await.unwrap() {
        assert_eq!(moved, kind);
        portions += 1;
    }
    portions
}

pub(super) fn juliet() -> jid::BareJid {
    "juliet@x".parse().unwrap()
}

fn asking() -> World {
    let rules = Rules { ask: Ask::Always, ..Rules::open() };
    World { rules: Arc::new(rules), ..crate::tests::world() }
}

async fn what_was_held_is_let_go_in_order_whatever_is_sent_meanwhile(db: &Db) {
    let (world, mut tx) = (asking(), db.write().await.unwrap());
    join(&mut tx, &world, &["juliet@x", "paris@x"]).await;
    send(&mut tx, &world, "juliet@x", MANY, ROMEO).await;
    asked_about(&mut tx, &world, "juliet@x").await;
    let then = later(&world, 5);
    join(&mut tx, &then, &[ROMEO]).await;
    assert_eq!(counted(&mut tx, State::Held).await, MANY - PASS);
    // A stranger's first thing waits for a word, and goes on waiting.
    let after = later(&world, 9);
    send(&mut tx, &after, "paris@x", 1, ROMEO).await;
    assert_eq!(finish(&mut tx, &after, Unfinished::Joined).await, 2);
    assert_eq!(counted(&mut tx, State::Held).await, 1);
    let numbers: Vec<i64> = queued(&mut tx, &after, ROMEO).await;
    let shares: Vec<i64> = numbers.into_iter().filter(|n| *n <= MANY).collect();
    let expected: Vec<i64> = (1..=MANY).collect();
    let asked = shares.len() - expected.len();
    assert_eq!(asked, 1, "the question has a number of its own");
    assert!(expected.iter().all(|n| shares.contains(n)));
}

async fn a_note_has_the_number_of_its_share_in_whatever_portion_it_comes(db: &Db) {
    let (world, mut tx) = (crate::tests::world(), db.write().await.unwrap());
    join(&mut tx, &world, &["juliet@x"]).await;
    send(&mut tx, &world, "juliet@x", PASS + 5, ROMEO).await;
    let it = saying("juliet@x", "note", "blue", vec![Clue::Handle(3)]);
    answer(&mut tx, &later(&world, 5), &it).await.unwrap();
    let then = later(&world, 9);
    join(&mut tx, &then, &[ROMEO]).await;
    assert_eq!(finish(&mut tx, &then, Unfinished::Joined).await, 1);
    let threes = queued(&mut tx, &then, ROMEO).await.into_iter().filter(|n| *n == 3).count();
    assert_eq!(threes, 2, "the share and the note");
}

async fn what_was_held_of_whom_they_refuse_meanwhile_ends(db: &Db) {
    let (world, mut tx) = (crate::tests::world(), db.write().await.unwrap());
    join(&mut tx, &world, &["juliet@x", "paris@y"]).await;
    send(&mut tx, &world, "juliet@x", 1, ROMEO).await;
    send(&mut tx, &world, "paris@y", MANY + 500, ROMEO).await;
    let then = later(&world, 5);
    join(&mut tx, &then, &[ROMEO]).await;
    let (romeo, paris) = (ROMEO.parse().unwrap(), "paris@y".parse().unwrap());
    decide(&mut tx, &later(&world, 9), &romeo, &paris, Verdict::No).await.unwrap();
    let after = later(&world, 20);
    while go_on(&mut tx, &after).await.unwrap().is_some() {}
    assert_eq!(counted(&mut tx, State::Held).await, 0);
    let queued = deliveries_for(&mut tx, ROMEO, State::Queued).await;
    let queued: Vec<DeliveryId> = queued.iter().map(|row| DeliveryId(row.id)).collect();
    let authors = tx.authors_of(&queued).await.unwrap();
    assert!(!authors.is_empty() && authors.iter().all(|(_, _, author)| author == "juliet@x"));
}

async fn who_is_asked_about_keeps_nobody_from_getting_what_was_held_behind_that(db: &Db) {
    let (world, mut tx) = (asking(), db.write().await.unwrap());
    join(&mut tx, &world, &["juliet@x", "mal@x"]).await;
    send(&mut tx, &world, "mal@x", MANY, ROMEO).await;
    send(&mut tx, &world, "juliet@x", 1, ROMEO).await;
    let then = later(&world, 5);
    asked_about(&mut tx, &world, "juliet@x").await;
    join(&mut tx, &then, &[ROMEO]).await;
    assert_eq!(finish(&mut tx, &then, Unfinished::Joined).await, 2);
    assert_eq!(counted(&mut tx, State::Held).await, MANY);
    // Her share, and the question about him; she is told too.
    let his = deliveries_for(&mut tx, ROMEO, State::Queued).await;
    assert_eq!(his.len(), 2, "{his:?}");
}

async fn cards_that_wait_of_somebody_are_declined_in_portions(db: &Db) {
    let (world, mut tx) = (crate::tests::world(), db.write().await.unwrap());
    join(&mut tx, &world, &["juliet@x", ROMEO]).await;
    let all: Vec<_> = (0..MANY).map(|n| offered(&n.to_string(), SWAP, &[ROMEO])).collect();
    submit(&mut tx, &world, &all, 0).await.unwrap();
    let waiting = async |tx: &mut Tx| {
        let waiting = tx.tray(ROMEO, world.now, 0, 9_999).await.unwrap().len();
        i64::try_from(waiting).unwrap()
    };
    assert_eq!(waiting(&mut tx).await, MANY);
    let romeo = ROMEO.parse().unwrap();
    decide(&mut tx, &world, &romeo, &juliet(), Verdict::No).await.unwrap();
    assert_eq!(waiting(&mut tx).await, MANY - PASS);
    assert_eq!(finish(&mut tx, &world, Unfinished::Said).await, 2);
    assert_eq!(waiting(&mut tx).await, 0);
}

async fn what_waits_of_somebody_goes_by_the_last_word_about_them(db: &Db) {
    let (world, mut tx) = (asking(), db.write().await.unwrap());
    join(&mut tx, &world, &["juliet@x", ROMEO]).await;
    send(&mut tx, &world, "juliet@x", MANY, ROMEO).await;
    let (romeo, juliet) = (ROMEO.parse().unwrap(), "juliet@x".parse().unwrap());
    decide(&mut tx, &world, &romeo, &juliet, Verdict::Yes).await.unwrap();
    let let_go = counted(&mut tx, State::Queued).await;
    assert_eq!(let_go, PASS - 1, "and the question is over");
    assert_eq!(go_on(&mut tx, &world).await.unwrap(), Some(Unfinished::Said));
    assert_eq!(counted(&mut tx, State::Queued).await, let_go + PASS);
    // A no ends what was let go and has not left, and the rest.
    decide(&mut tx, &world, &romeo, &juliet, Verdict::No).await.unwrap();
    finish(&mut tx, &world, Unfinished::Said).await;
    assert_eq!(counted(&mut tx, State::Held).await, 0);
    assert_eq!(counted(&mut tx, State::Queued).await, 0);
    assert_eq!(counted(&mut tx, State::Cancelled).await, MANY + 1);
}

async fn a_question_is_open_until_it_is_answered(db: &Db) {
    let (world, mut tx) = (asking(), db.write().await.unwrap());
    join(&mut tx, &world, &["juliet@x", ROMEO]).await;
    send(&mut tx, &world, "juliet@x", MANY, ROMEO).await;
    let (romeo, juliet) = (ROMEO.parse().unwrap(), "juliet@x".parse().unwrap());
    decide(&mut tx, &world, &romeo, &juliet, Verdict::Blocked).await.unwrap();
    unblock(&mut tx, &romeo, &juliet).await.unwrap();
    let then = later(&world, 5);
    crate::tests::take(&mut tx, &then, 0, submission("juliet@x", "new", "new", &[ROMEO])).await;
    assert_eq!(counted(&mut tx, State::Queued).await, 1, "the question");
    finish(&mut tx, &then, Unfinished::Said).await;
    assert_eq!(counted(&mut tx, State::Queued).await, 1, "it was asked, and not answered");
}

async fn whoever_shows_a_number_last_gets_what_is_left_for_it(db: &Db) {
    let (world, mut tx) = (crate::tests::world(), db.write().await.unwrap());
    join(&mut tx, &world, &["juliet@x", ROMEO, "mercutio@x"]).await;
    send(&mut tx, &world, "juliet@x", MANY, TEL).await;
    let tel = Address::parse(TEL).unwrap();
    assert!(proof::proved(&mut tx, &world, ROMEO, &tel, TELL).await.unwrap());
    assert!(proof::proved(&mut tx, &world, "mercutio@x", &tel, TELL).await.unwrap());
    assert_eq!(finish(&mut tx, &world, Unfinished::Proved).await, 2);
    let of = async |tx: &mut Tx, rcpt| queued(tx, &world, rcpt).await;
    let (his, others) = (of(&mut tx, ROMEO).await, of(&mut tx, "mercutio@x").await);
    assert_eq!(his, (1..=PASS).collect::<Vec<_>>());
    assert_eq!(others, (1..=MANY - PASS).collect::<Vec<_>>());
}

async fn what_is_parked_is_queued_when_somebody_is_back(db: &Db) {
    let (world, mut tx) = (crate::tests::world(), db.write().await.unwrap());
    join(&mut tx, &world, &["juliet@x", ROMEO]).await;
    tx.set_seen_by_us(ROMEO, true).await.unwrap();
    send(&mut tx, &world, "juliet@x", MANY, ROMEO).await;
    all_are(&mut tx, &world, Event::Park).await;
    let then = later(&world, 5);
    assert_eq!(account::came_online(&mut tx, &then, ROMEO).await.unwrap(), Some(true));
    assert_eq!(counted(&mut tx, State::Queued).await, PASS);
    assert_eq!(finish(&mut tx, &then, Unfinished::Back).await, 2);
    let all = queued(&mut tx, &then, ROMEO).await;
    assert_eq!(all, (1..=MANY).collect::<Vec<_>>());
}

async fn what_is_parked_stays_so_when_somebody_has_gone_again(db: &Db) {
    let (world, mut tx) = (crate::tests::world(), db.write().await.unwrap());
    join(&mut tx, &world, &["juliet@x", ROMEO]).await;
    tx.set_seen_by_us(ROMEO, true).await.unwrap();
    send(&mut tx, &world, "juliet@x", MANY, ROMEO).await;
    all_are(&mut tx, &world, Event::Park).await;
    account::came_online(&mut tx, &later(&world, 5), ROMEO).await.unwrap();
    account::went_offline(&mut tx, &later(&world, 6), ROMEO).await.unwrap();
    let then = later(&world, 7);
    assert_eq!(finish(&mut tx, &then, Unfinished::Back).await, 1);
    assert_eq!(counted(&mut tx, State::Parked).await, MANY - PASS);
}

async fn what_a_receipt_makes_room_for_is_queued_when_a_word_is_carried_out(db: &Db) {
    let (world, mut tx) = (crate::tests::world(), db.write().await.unwrap());
    join(&mut tx, &world, &["juliet@x", "paris@x", ROMEO]).await;
    send(&mut tx, &world, "paris@x", MANY, ROMEO).await;
    send(&mut tx, &world, "juliet@x", 30, ROMEO).await;
    let parked = deliveries_for(&mut tx, ROMEO, State::Queued).await;
    for row in parked.iter().filter(|row| row.handle > MANY) {
        let next = row.delivery().next(Event::Park, world.now, 0.0).unwrap();
        tx.save(DeliveryId(row.id), next).await.unwrap();
    }
    let (romeo, paris) = (ROMEO.parse().unwrap(), "paris@x".parse().unwrap());
    assert!(decide(&mut tx, &world, &romeo, &paris, Verdict::Blocked).await.unwrap());
    // Their presence is not known: nothing else will ever say that they are back.
    account::wrote(&mut tx, &world, ROMEO).await.unwrap();
    let soon = later(&world, 1_000);
    while go_on(&mut tx, &soon).await.unwrap().is_some() {}
    assert_eq!(counted(&mut tx, State::Parked).await, 10);
    assert_eq!(queued(&mut tx, &soon, ROMEO).await.len(), 20);
}

async fn what_is_put_off_anew_is_not_woken_again(db: &Db) {
    let (world, mut tx) = (crate::tests::world(), db.write().await.unwrap());
    join(&mut tx, &world, &["juliet@x", ROMEO]).await;
    send(&mut tx, &world, "juliet@x", MANY, ROMEO).await;
    account::set_quiet(&mut tx, &world, ROMEO, account::Quiet::Zone("UTC")).await.unwrap();
    all_are(&mut tx, &world, Event::Suspend(later(&world, 3_600_000).now)).await;
    let hours = account::Quiet::Hours(Some("00:00-23:59"));
    account::set_quiet(&mut tx, &world, ROMEO, hours).await.unwrap();
    let mut portions = 0;
    loop {
        // What is due is looked at, and put off to the end of the hours.
        while claim(&mut tx, &world, 256).await.unwrap().more {}
        match go_on(&mut tx, &world).await.unwrap() {
            Some(_) => portions += 1,
            None => break,
        }
        assert!(portions < 9, "it is woken without an end");
    }
    // Each goes once from where it was to where these hours end.
    assert_eq!(portions, 2);
    let account = tx.account(ROMEO).await.unwrap().unwrap();
    let end = account.quiet_until(world.now).expect("quiet hours");
    for row in deliveries_for(&mut tx, ROMEO, State::Queued).await {
        assert_eq!(row.delivery().due, end);
    }
}

async fn what_was_put_off_is_due_when_quiet_hours_are_over(db: &Db) {
    let (world, mut tx) = (crate::tests::world(), db.write().await.unwrap());
    join(&mut tx, &world, &["juliet@x", ROMEO]).await;
    send(&mut tx, &world, "juliet@x", MANY, ROMEO).await;
    all_are(&mut tx, &world, Event::Suspend(later(&world, 3_600_000).now)).await;
    account::set_quiet(&mut tx, &world, ROMEO, account::Quiet::Hours(None)).await.unwrap();
    assert_eq!(queued(&mut tx, &world, ROMEO).await, (1..=PASS).collect::<Vec<_>>());
    assert_eq!(finish(&mut tx, &world, Unfinished::Woken).await, 2);
    assert_eq!(queued(&mut tx, &world, ROMEO).await, (1..=MANY).collect::<Vec<_>>());
}

async fn whoever_is_given_up_gets_nothing_of_however_much_it_was(db: &Db) {
    let (world, mut tx) = (crate::tests::world(), db.write().await.unwrap());
    join(&mut tx, &world, &["juliet@x", "paris@x"]).await;
    send(&mut tx, &world, "juliet@x", MANY, ROMEO).await;
    send(&mut tx, &world, "paris@x", 1, ROMEO).await;
    let (juliet, romeo) = ("juliet@x".parse().unwrap(), Address::parse(ROMEO).unwrap());
    let asked = Asked::now(&world);
    let again = submission("juliet@x", "again", "again", &[ROMEO]);
    crate::tests::take(&mut tx, &world, 0, again).await;
    list::withdraw(&mut tx, &world, &juliet, &romeo, asked).await.unwrap();
    assert_eq!(counted(&mut tx, State::Cancelled).await, PASS);
    // Others' changes come between, and what came later stays.
    assert_eq!(finish(&mut tx, &world, Unfinished::GivenUp).await, 2);
    assert_eq!(states(&mut tx).await, [(State::Held, 2), (State::Cancelled, MANY)]);
}
