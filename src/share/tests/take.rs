//! Taking shares in groups (`xep/product-share.xml#send`, `#send-id`).

use std::collections::HashSet;

use crate::{
    card::submission::submit,
    claim,
    db::{Db, Tx},
    domain::{
        clock::Millis,
        delivery::State,
        id::{RefCode, ShareId},
        refusal::Refusal,
        share::{LIFE, PassedOn},
    },
    invite::join::take_in,
    leave::erase::leave,
    people::account,
    share::{
        page::{PageAnswer, open},
        take::{Room, Submitted},
    },
    tests::{
        NOW, comments, deliveries_for, facts, join, join_online, later, states, submission, take,
        world,
    },
    wire::product::read::read_products,
};

facts!(
    a_group_of_any_size_is_answered_one_by_one,
    a_key_used_twice_in_a_group_is_one_share,
    a_key_used_again_later_has_the_same_answer,
    a_key_used_again_uses_up_no_number,
    what_is_passed_on_keeps_its_place_and_its_limits,
    a_key_used_for_something_else_is_a_conflict_and_nothing_is_kept,
    a_key_belongs_to_its_sender,
    a_sender_without_an_account_is_refused_and_nothing_is_kept,
    a_share_for_somebody_unknown_is_held_until_he_joins,
    whoever_leaves_has_nothing_more_coming,
    only_somebody_online_is_sent_to_straight_away,
    nothing_goes_straight_without_room,
    what_waits_for_one_stands_in_front_of_nobody_else,
    a_share_never_overtakes_an_earlier_one_of_its_sender,
    whoever_sends_to_many_queues_behind_himself,
    two_hundred_recipients_are_two_hundred_deliveries,
    shares_of_one_group_arrive_in_their_order,
    a_page_says_who_shared_it_by_name_and_never_by_address,
    a_code_opens_its_page_until_the_share_expires,
);

const NO_ROOM: usize = 0;
const ROOM: usize = 1000;

fn answers(submitted: &[Submitted]) -> Vec<(i64, String)> {
    let accepted = submitted.iter().map(|one| one.answer.as_ref().expect("taken"));
    accepted.map(|it| (it.handle, it.share.to_string())).collect()
}

async fn a_group_of_any_size_is_answered_one_by_one(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    let mut total = 0;
    for size in [0, 1, 2, 600] {
        let group: Vec<_> = (0..size)
            .map(|n| submission("juliet@x", &format!("{size}-{n}"), "c", &["romeo@x"]))
            .collect();
        let submitted = submit(&mut tx, &world, &group, NO_ROOM).await.unwrap();
        assert_eq!(submitted.len(), size);
        for (n, one) in submitted.iter().enumerate() {
            let accepted = one.answer.as_ref().unwrap();
            assert_eq!(accepted.submit_id, format!("{size}-{n}"));
            total += 1;
            assert_eq!(accepted.handle, total);
            assert!(one.ready.is_empty());
        }
    }
    assert_eq!(states(&mut tx).await, [(State::Queued, 603)]);
    let rows = deliveries_for(&mut tx, "romeo@x", State::Queued).await;
    let handles: Vec<_> = rows.iter().map(|row| row.handle).collect();
    assert_eq!(handles, (1..=603).collect::<Vec<_>>(), "his own numbers, in order");
}

async fn what_waits_for_one_stands_in_front_of_nobody_else(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x", "benvolio@x"]).await;
    take(&mut tx, &world, NO_ROOM, submission("juliet@x", "1", "c", &["romeo@x"])).await;
    let then = later(&world, 1_000);
    let both = submission("juliet@x", "2", "c", &["romeo@x", "benvolio@x"]);
    let room = Room { free: ROOM, behind: true };
    let submitted = submit(&mut tx, &then, &[both], room).await.unwrap();
    let ready: Vec<_> = submitted[0].ready.iter().map(|it| it.to.to_string()).collect();
    assert_eq!(ready, ["benvolio@x"]);
    let rows = deliveries_for(&mut tx, "romeo@x", State::Queued).await;
    assert_eq!(rows.iter().map(|row| row.handle).collect::<Vec<_>>(), [1, 2], "in their order");
}

async fn a_key_used_twice_in_a_group_is_one_share(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    let one = || submission("juliet@x", "k", "c", &["romeo@x"]);
    let group = vec![one(), submission("juliet@x", "l", "c", &["romeo@x"]), one()];
    let submitted = submit(&mut tx, &world, &group, NO_ROOM).await.unwrap();
    assert_eq!(submitted[0].answer, submitted[2].answer);
    assert_ne!(submitted[0].answer, submitted[1].answer);
    assert_eq!(states(&mut tx).await, [(State::Queued, 2)]);
}

async fn a_key_used_again_later_has_the_same_answer(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    let one = || submission("juliet@x", "k", "c", &["romeo@x"]);
    let first = take(&mut tx, &world, ROOM, one()).await;
    assert_eq!(first.ready.len(), 1);
    tx.commit().await.unwrap();
    let mut tx = db.write().await.unwrap();
    let again = take(&mut tx, &later(&world, 1000), ROOM, one()).await;
    assert_eq!(again.answer, first.answer);
    assert!(again.ready.is_empty(), "nothing is sent twice");
    assert_eq!(states(&mut tx).await, [(State::Claimed, 1)]);
}

async fn a_key_used_again_uses_up_no_number(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    let one = |key: &str| submission("juliet@x", key, key, &["juliet@x", "romeo@x"]);
    assert_eq!(take(&mut tx, &world, 0, one("a")).await.answer.unwrap().handle, 1);
    take(&mut tx, &world, 0, one("a")).await;
    // She has the second number of her own share too, as its recipient.
    let group = vec![one("a"), one("b"), one("a"), one("c"), one("b")];
    let submitted = submit(&mut tx, &world, &group, 0).await.unwrap();
    let handles: Vec<_> = answers(&submitted).into_iter().map(|(handle, _)| handle).collect();
    assert_eq!(handles, [1, 3, 1, 4, 3]);
    let kept = tx.share_by_key("juliet@x", "c").await.unwrap().unwrap();
    assert_eq!(kept.handle, 4, "what was answered is what was kept");
    assert_eq!(tx.account("juliet@x").await.unwrap().unwrap().next_handle, 7);
    assert_eq!(tx.account("romeo@x").await.unwrap().unwrap().next_handle, 4);
}

async fn what_is_passed_on_keeps_its_place_and_its_limits(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    let first = take(&mut tx, &world, 0, submission("juliet@x", "a", "a", &["romeo@x"])).await;
    let code = first.answer.unwrap().ref_code;
    let on = |key: &str, codes: &[(usize, RefCode)], most| {
        let mut on = submission("romeo@x", key, key, &["juliet@x"]);
        on.passed_on = PassedOn { codes: codes.to_vec(), most };
        let tray = "<product xmlns='urn:xmpp:product-share:0'><name>Tray</name></product>";
        on.products = read_products(tray).unwrap().into();
        on
    };
    let taken = take(&mut tx, &world, 9, on("b", &[(0, code), (1, code)], 3)).await;
    let names: Vec<_> = taken.ready[0].share.products.iter().map(|it| it.name("en")).collect();
    assert_eq!(names, ["Silver goblet", "Tray", "Silver goblet"]);
    let refused = async |tx: &mut Tx, one| {
        submit(tx, &world, &[one], 9).await.unwrap().pop().unwrap().answer.unwrap_err()
    };
    let many = refused(&mut tx, on("c", &[(0, code), (1, code)], 2)).await;
    assert_eq!(many, Refusal::TooManyProducts { max: 2 });
    let unknown = RefCode::from_random(99);
    assert_eq!(refused(&mut tx, on("d", &[(0, unknown)], 9)).await, Refusal::UnknownRef);
    assert!(tx.share_by_key("romeo@x", "d").await.unwrap().is_none());
    // The same key again, when the code is closed: what was taken stays taken.
    let share = tx.share_by_ref(code).await.unwrap().unwrap().id;
    tx.revoke_share(ShareId(share), NOW).await.unwrap();
    let again = take(&mut tx, &world, 9, on("b", &[(0, code), (1, code)], 3)).await;
    assert_eq!(again.answer, taken.answer);
    assert_eq!(refused(&mut tx, on("e", &[(0, code)], 9)).await, Refusal::UnknownRef);
}

async fn a_key_used_for_something_else_is_a_conflict_and_nothing_is_kept(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    take(&mut tx, &world, NO_ROOM, submission("juliet@x", "k", "c", &["romeo@x"])).await;
    let other = || submission("juliet@x", "k", "other", &["romeo@x"]);
    let both = vec![other(), submission("juliet@x", "l", "c", &["romeo@x"]), other()];
    let submitted = submit(&mut tx, &world, &both, ROOM).await.unwrap();
    assert_eq!(submitted[0].answer, Err(Refusal::IdConflict));
    assert!(submitted[1].answer.is_ok(), "the others are taken");
    assert_eq!(submitted[2].answer, Err(Refusal::IdConflict));
    assert_eq!(states(&mut tx).await, [(State::Queued, 2)]);
    let within = vec![
        submission("juliet@x", "m", "c", &["romeo@x"]),
        submission("juliet@x", "m", "other", &["romeo@x"]),
    ];
    let submitted = submit(&mut tx, &world, &within, ROOM).await.unwrap();
    assert_eq!(submitted[1].answer, Err(Refusal::IdConflict), "within a group as well");
    assert_eq!(states(&mut tx).await, [(State::Queued, 3)]);
}

async fn a_key_belongs_to_its_sender(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "nurse@x", "romeo@x"]).await;
    let group = ["juliet@x", "nurse@x"].map(|from| submission(from, "k", from, &["romeo@x"]));
    let submitted = submit(&mut tx, &world, &group, NO_ROOM).await.unwrap();
    let answers = answers(&submitted);
    assert_ne!(answers[0].1, answers[1].1);
    assert_eq!((answers[0].0, answers[1].0), (1, 1));
}

async fn a_sender_without_an_account_is_refused_and_nothing_is_kept(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    let group = vec![
        submission("paris@x", "k", "c", &["romeo@x"]),
        submission("juliet@x", "k", "c", &["romeo@x"]),
    ];
    let submitted = submit(&mut tx, &world, &group, ROOM).await.unwrap();
    assert_eq!(submitted[0].answer, Err(Refusal::NotRegistered));
    assert!(submitted[1].answer.is_ok());
    assert_eq!(states(&mut tx).await, [(State::Queued, 1)]);
    assert_eq!(tx.share_by_key("paris@x", "k").await.unwrap(), None);
}

async fn a_share_for_somebody_unknown_is_held_until_he_joins(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x"]).await;
    let to = ["romeo@x", "tel:+390455550100"];
    let words = ["one", "two", "three", "four", "five"];
    let group = words.map(|word| submission("juliet@x", word, word, &to));
    let submitted = submit(&mut tx, &world, &group, ROOM).await.unwrap();
    assert!(submitted.iter().all(|one| one.ready.is_empty()));
    assert_eq!(states(&mut tx).await, [(State::Held, 10)]);

    let joined = later(&world, 90_000);
    let is_new = take_in(&mut tx, &joined, "romeo@x", "zh", Some("Romeo")).await.unwrap();
    assert_eq!(is_new, Some(true));
    let is_new = take_in(&mut tx, &joined, "romeo@x", "en", None).await.unwrap();
    assert_eq!(is_new, Some(false), "once");
    // And Juliet is told that he has joined.
    assert_eq!(states(&mut tx).await, [(State::Held, 5), (State::Queued, 6)]);
    let mut ready = claim::claim(&mut tx, &joined, 64).await.unwrap().ready;
    ready.retain(|it| it.to.as_str() == "romeo@x");
    assert_eq!(comments(&ready), words);
    assert_eq!(ready.iter().map(|one| one.handle).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert!(ready.iter().all(|one| one.delay.is_some() && one.lang == "zh"));
    assert_eq!(tx.account("romeo@x").await.unwrap().unwrap().next_handle, 6);
}

async fn whoever_leaves_has_nothing_more_coming(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    take(&mut tx, &world, NO_ROOM, submission("juliet@x", "k", "c", &["romeo@x", "paris@x"])).await;
    assert!(leave(&mut tx, &world, "romeo@x").await.unwrap());
    assert!(!leave(&mut tx, &world, "romeo@x").await.unwrap());
    assert_eq!(states(&mut tx).await, [(State::Held, 1), (State::Cancelled, 1)]);
    join(&mut tx, &world, &["romeo@x"]).await;
    assert!(claim::claim(&mut tx, &world, 64).await.unwrap().ready.is_empty());
}

async fn only_somebody_online_is_sent_to_straight_away(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "away@x", "blocked@x"]).await;
    join_online(&mut tx, &world, &["romeo@x"]).await;
    tx.set_online("blocked@x", NOW).await.unwrap();
    tx.suspend("blocked@x", Millis(NOW.0 + 9)).await.unwrap();
    let to = ["away@x", "romeo@x", "blocked@x", "unknown@x"];
    let taken = take(&mut tx, &world, ROOM, submission("juliet@x", "k", "c", &to)).await;
    assert_eq!(taken.ready.iter().map(|one| one.to.as_str()).collect::<Vec<_>>(), ["romeo@x"]);
    assert_eq!((taken.ready[0].delay, taken.ready[0].suspect), (None, false));
    assert_eq!(states(&mut tx).await, [(State::Held, 1), (State::Queued, 2), (State::Claimed, 1)]);
    let row = tx.deliveries(&[taken.ready[0].id]).await.unwrap().pop().unwrap();
    assert_eq!(row.delivery().attempt, 1, "as if it had been claimed from the queue");
}

async fn nothing_goes_straight_without_room(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "a@x", "b@x"]).await;
    let one = |n: u8| submission("juliet@x", &n.to_string(), "c", &["a@x"]);
    let group = [0, 1, 2].map(one);
    let submitted = submit(&mut tx, &world, &group, 2).await.unwrap();
    assert_eq!(submitted.iter().map(|one| one.ready.len()).collect::<Vec<_>>(), [1, 1, 0]);
    let both = take(&mut tx, &world, 1, submission("juliet@x", "4", "c", &["a@x", "b@x"])).await;
    assert!(both.ready.is_empty(), "all of a share or none of it");
}

/// Claims all there is, in turns of `limit`.
async fn claim_all(tx: &mut Tx, world: &crate::world::World, limit: i64) -> Vec<String> {
    let mut found = Vec::new();
    loop {
        let claimed = claim::claim(tx, world, limit).await.unwrap();
        found.extend(comments(&claimed.ready).into_iter().map(str::to_owned));
        if !claimed.more {
            return found;
        }
    }
}

async fn a_share_never_overtakes_an_earlier_one_of_its_sender(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "nurse@x", "romeo@x"]).await;
    let others: Vec<String> = (0..20).map(|n| format!("{n}@x")).collect();
    join_online(&mut tx, &world, &others.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut all: Vec<&str> = others.iter().map(String::as_str).collect();
    all.push("romeo@x");
    // In one group: the first is for too many to go straight, the second is for one.
    let group = vec![
        submission("juliet@x", "1", "first", &all),
        submission("juliet@x", "2", "second", &["romeo@x"]),
        submission("nurse@x", "1", "from the nurse", &["romeo@x"]),
    ];
    let submitted = submit(&mut tx, &world, &group, ROOM).await.unwrap();
    assert_eq!(submitted.iter().map(|one| one.ready.len()).collect::<Vec<_>>(), [0, 0, 1]);
    // In the next group, while some of the first are not due yet.
    let next = later(&world, 1);
    assert_eq!(claim_all(&mut tx, &next, 64).await, ["first", "first"]);
    let third =
        take(&mut tx, &next, ROOM, submission("juliet@x", "3", "third", &["romeo@x"])).await;
    assert!(third.ready.is_empty());
    let rest = claim_all(&mut tx, &later(&world, 100), 2).await;
    assert_eq!(rest.len(), 21);
    assert_eq!(rest[18..], ["first", "second", "third"]);
    // With nothing of hers left in the queue she is straight again.
    let last = later(&world, 101);
    let fourth =
        take(&mut tx, &last, ROOM, submission("juliet@x", "4", "fourth", &["romeo@x"])).await;
    assert_eq!(fourth.ready.len(), 1);
}

async fn whoever_sends_to_many_queues_behind_himself(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let others: Vec<String> = (0..100).map(|n| format!("{n}@x")).collect();
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    join(&mut tx, &world, &["juliet@x", "nurse@x"]).await;
    join(&mut tx, &world, &others).await;
    let group = ["1", "2"].map(|key| submission("juliet@x", key, "juliet", &others));
    submit(&mut tx, &world, &group, ROOM).await.unwrap();
    take(&mut tx, &world, ROOM, submission("nurse@x", "1", "nurse", &["7@x"])).await;
    assert_eq!(tx.account("juliet@x").await.unwrap().unwrap().paced_until.0, NOW.0 + 200);
    assert_eq!(tx.account("nurse@x").await.unwrap().unwrap().paced_until, NOW);
    // At once one of hers is due, and the other sender's.
    assert_eq!(claim_all(&mut tx, &world, 64).await, ["juliet", "nurse"]);
    assert_eq!(claim_all(&mut tx, &later(&world, 99), 64).await.len(), 99);
    assert_eq!(claim_all(&mut tx, &later(&world, 500), 64).await.len(), 100);
}

async fn two_hundred_recipients_are_two_hundred_deliveries(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let people: Vec<String> = (0..200).map(|n| format!("{n}@x")).collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    join(&mut tx, &world, &["juliet@x"]).await;
    join_online(&mut tx, &world, &people[..150]).await;
    let taken = take(&mut tx, &world, ROOM, submission("juliet@x", "k", "c", &people)).await;
    assert!(taken.ready.is_empty());
    assert_eq!(states(&mut tx).await, [(State::Held, 50), (State::Queued, 150)]);
    let mut seen = HashSet::new();
    let later = later(&world, 1000);
    for n in [64, 64, 22, 0] {
        let claimed = claim::claim(&mut tx, &later, 64).await.unwrap();
        assert_eq!((claimed.ready.len(), claimed.more), (n, n == 64));
        seen.extend(claimed.ready.into_iter().map(|one| one.to.to_string()));
    }
    assert_eq!(seen.len(), 150);
}

async fn shares_of_one_group_arrive_in_their_order(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x"]).await;
    join_online(&mut tx, &world, &["romeo@x"]).await;
    let words: Vec<String> = (0..100).map(|n| n.to_string()).collect();
    let one = |word: &String| submission("juliet@x", word, word, &["romeo@x"]);
    submit(&mut tx, &world, &words.iter().map(one).collect::<Vec<_>>(), NO_ROOM).await.unwrap();
    assert_eq!(claim_all(&mut tx, &world, 33).await, words);
}

async fn a_page_says_who_shared_it_by_name_and_never_by_address(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "nurse@x"]).await;
    account::rename(&mut tx, &world, "juliet@x", "Juliet").await.unwrap();
    account::rename(&mut tx, &world, "nurse@x", "nurse@x").await.unwrap();
    for (sender, name) in [("juliet@x", Some("Juliet")), ("nurse@x", None)] {
        let one = submission(sender, "k", "For your table?", &["romeo@x"]);
        let code = take(&mut tx, &world, ROOM, one).await.answer.unwrap().ref_code;
        let PageAnswer::Found(found) = open(&mut tx, code, NOW).await.unwrap() else {
            panic!("no page")
        };
        assert_eq!(found.sender_nick.as_deref(), name);
        assert_eq!(found.comment.unwrap().text, "For your table?");
        assert_eq!((found.accepted, found.expires), (NOW, NOW.after(LIFE)));
    }
}

async fn a_code_opens_its_page_until_the_share_expires(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x"]).await;
    let taken = take(&mut tx, &world, ROOM, submission("juliet@x", "k", "c", &["romeo@x"])).await;
    let code = taken.answer.unwrap().ref_code;
    let found = open(&mut tx, code, NOW).await.unwrap();
    assert!(matches!(found, PageAnswer::Found(it) if it.products[0].name("en") == "Silver goblet"));
    let gone = open(&mut tx, code, NOW.after(LIFE)).await.unwrap();
    assert!(matches!(gone, PageAnswer::Unknown));
}
