//! Whose a number is: codes, limits, and what waited for it (S4.1).

use std::{ops::Range, sync::Arc, time::Duration};

use crate::{
    claim,
    db::{Db, Tx},
    domain::{
        address::Address,
        clock::{Clock, Millis},
        delivery::State,
        letter::{Channel, Kind, Letter, LetterId},
    },
    invite::proof::{self, Checked, CodeOutcome, TRIES},
    limits::{Limits, Rates},
    post::{
        letter::{self, Budgets, Claimed, Tried},
        tests::store::letter_state,
    },
    share::status,
    tests::{
        claim_letters, comments, facts, join, join_online, looked_up, states, submission, take,
        world,
    },
    world::{Rules, World},
};

facts!(
    guessing_a_code_a_million_times_gets_five_tries,
    two_accounts_race_for_one_number_and_the_last_to_show_it_has_it,
    codes_are_sent_a_few_times_and_no_more,
    whoever_has_a_number_gets_a_code_however_often_others_ask_for_one,
    ten_who_ask_for_all_they_may_leave_codes_to_those_who_ask_for_their_first,
    one_other_server_has_an_eighth_of_the_codes_and_all_of_them_two_thirds,
    an_answer_does_not_say_whether_a_number_is_known,
    what_waited_for_a_number_comes_in_order_and_is_numbered_on,
    a_share_to_a_number_that_is_somebodys_goes_straight_there,
    by_address_and_by_number_it_is_shown_once,
    a_number_is_to_be_shown_again_after_half_a_year,
    letters_beyond_the_budget_wait_and_end_when_they_are_worth_nothing,
    a_letter_that_was_lost_twice_is_not_sent_a_third_time,
    what_a_spent_budget_puts_off_is_before_no_code_and_nothing_of_another_channel,
);

const TEL: &str = "tel:+393331234567";
const BUDGETS: Budgets = Budgets { sms: Some(100), mail: Some(100) };

fn number() -> Address {
    Address::parse(TEL).unwrap()
}

fn after(world: &World, time: Duration) -> World {
    World { now: world.now.after(time), ..world.clone() }
}

fn tell(lang: &str, address: &Address) -> String {
    format!("{lang} {address}")
}

async fn ask(tx: &mut Tx, world: &World, jid: &str, address: &Address) -> CodeOutcome {
    let words = |code: &str| (String::new(), code.to_owned());
    proof::ask(tx, world, BUDGETS, jid, address, &words).await.unwrap()
}

async fn check(tx: &mut Tx, world: &World, jid: &str, code: &str) -> Checked {
    proof::check(tx, world, jid, code, tell).await.unwrap()
}

/// The letters that are due, as the edge gets them.
async fn letters(tx: &mut Tx, world: &World) -> Vec<Claimed> {
    claim_letters(tx, world, BUDGETS, 50).await
}

/// Asks for a code, and gives what was sent.
async fn code(tx: &mut Tx, world: &World, jid: &str) -> String {
    assert_eq!(ask(tx, world, jid, &number()).await, CodeOutcome::Sent);
    let letter = letters(tx, world).await.pop().expect("a letter");
    letter::tried(tx, world, &letter, &Tried::Taken).await.unwrap();
    letter.text
}

async fn prove(tx: &mut Tx, world: &World, jid: &str) {
    let code = code(tx, world, jid).await;
    assert_eq!(check(tx, world, jid, &code).await, Checked::Proved(number()));
}

async fn guessing_a_code_a_million_times_gets_five_tries(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x"]).await;
    let right = code(&mut tx, &world, "romeo@x").await;
    let mut looked_at = 0;
    // The first thousand of the million tell it all.
    for guess in (0..1000).map(|n| format!("{n:06}")).filter(|guess| *guess != right) {
        match check(&mut tx, &world, "romeo@x", &guess).await {
            Checked::Wrong { left } => {
                looked_at += 1;
                assert_eq!(left, TRIES - looked_at);
            }
            Checked::Nothing => {}
            Checked::Proved(_) => panic!("{guess} is not {right}"),
        }
    }
    assert_eq!(looked_at, TRIES);
    assert_eq!(check(&mut tx, &world, "romeo@x", &right).await, Checked::Nothing, "burnt");
    let late = after(&world, proof::LIFE);
    let right = code(&mut tx, &world, "romeo@x").await;
    assert_eq!(check(&mut tx, &late, "romeo@x", &right).await, Checked::Nothing, "too late");
    assert_eq!(check(&mut tx, &world, "juliet@x", &right).await, Checked::Nothing, "not hers");
}

async fn two_accounts_race_for_one_number_and_the_last_to_show_it_has_it(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x", "tybalt@x"]).await;
    let (romeos, tybalts) =
        (code(&mut tx, &world, "romeo@x").await, code(&mut tx, &world, "tybalt@x").await);
    assert!(matches!(check(&mut tx, &world, "romeo@x", &tybalts).await, Checked::Wrong { .. }));
    assert_eq!(check(&mut tx, &world, "romeo@x", &romeos).await, Checked::Proved(number()));
    assert_eq!(check(&mut tx, &world, "tybalt@x", &tybalts).await, Checked::Proved(number()));
    assert_eq!(tx.contact(TEL).await.unwrap().unwrap().account, "tybalt@x");
    let notice = letters(&mut tx, &world).await.pop().expect("a notice");
    assert_eq!((notice.to.to_string().as_str(), notice.lang.as_deref()), ("romeo@x", Some("en")));
    assert_eq!(notice.text, format!("en {TEL}"));
    assert!(!proof::forget(&mut tx, &world, "romeo@x", &number()).await.unwrap());
    assert!(proof::forget(&mut tx, &world, "tybalt@x", &number()).await.unwrap());
}

async fn codes_are_sent_a_few_times_and_no_more(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x", "tybalt@x"]).await;
    for _ in 0..proof::HOURLY {
        assert_eq!(ask(&mut tx, &world, "romeo@x", &number()).await, CodeOutcome::Sent);
    }
    assert_eq!(ask(&mut tx, &world, "romeo@x", &number()).await, CodeOutcome::TooOften);
    let other = |n: i64| Address::parse(&format!("mailto:m{n}@example.org")).unwrap();
    for n in proof::HOURLY..proof::OWN {
        assert_eq!(ask(&mut tx, &world, "romeo@x", &other(n)).await, CodeOutcome::Sent);
    }
    assert_eq!(ask(&mut tx, &world, "romeo@x", &other(99)).await, CodeOutcome::TooOften);
    let day = after(&world, Duration::from_hours(24));
    assert_eq!(ask(&mut tx, &day, "romeo@x", &number()).await, CodeOutcome::Sent);
    let words = |_: &str| (String::new(), String::new());
    let nothing = Budgets::default();
    let asked = proof::ask(&mut tx, &day, nothing, "romeo@x", &other(1), &words).await.unwrap();
    assert_eq!(asked, CodeOutcome::Unreachable);
    // Of four codes to one number only the last is worth sending.
    let to_number = |letter: &&Claimed| letter.to == number();
    assert_eq!(letters(&mut tx, &day).await.iter().filter(to_number).count(), 1);
}

async fn whoever_has_a_number_gets_a_code_however_often_others_ask_for_one(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let others: Vec<String> = (0..5).map(|n| format!("tybalt{n}@x")).collect();
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    join(&mut tx, &world, &others).await;
    join(&mut tx, &world, &["romeo@x"]).await;
    let mut sent = 0;
    for hour in 0..6 {
        let at = after(&world, Duration::from_hours(hour));
        for jid in &others {
            while ask(&mut tx, &at, jid, &number()).await == CodeOutcome::Sent {
                sent += 1;
            }
        }
    }
    assert!((proof::DAILY..proof::DAILY + proof::RESERVED).contains(&sent), "{sent}");
    let late = after(&world, Duration::from_hours(6));
    prove(&mut tx, &late, "romeo@x").await;
    // The others' tries and codes are theirs alone.
    for n in 0..9 {
        check(&mut tx, &late, others[0], &format!("{n:06}")).await;
    }
    assert_eq!(tx.contact(TEL).await.unwrap().unwrap().account, "romeo@x");
}

/// Each asks once for a code to a number that nobody has asked for yet, and it leaves. Answers how
/// many were sent.
async fn all_ask(tx: &mut Tx, world: &World, people: &[String], first: usize) -> usize {
    let mut sent = 0;
    for (n, jid) in people.iter().enumerate() {
        let number = Address::parse(&format!("tel:+39333{:07}", first + n)).unwrap();
        sent += usize::from(ask(tx, world, jid, &number).await == CodeOutcome::Sent);
        letters(tx, world).await;
    }
    sent
}

/// `n` who have joined on each of these servers.
async fn crowd(tx: &mut Tx, world: &World, n: usize, servers: &[&str]) -> Vec<String> {
    let of = |server: &&str| -> Vec<String> { (0..n).map(|n| format!("t{n}@{server}")).collect() };
    let people: Vec<String> = servers.iter().flat_map(of).collect();
    join(tx, world, &people.iter().map(String::as_str).collect::<Vec<_>>()).await;
    people
}

async fn ten_who_ask_for_all_they_may_leave_codes_to_those_who_ask_for_their_first(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let ten = crowd(&mut tx, &world, 10, &["x"]).await;
    let others = crowd(&mut tx, &world, 20, &["x.example"]).await;
    let mut sent = 0;
    for hour in 0..12 {
        let at = after(&world, Duration::from_hours(hour));
        let mut of_hour = 0;
        let first = usize::try_from(hour).unwrap() * 100;
        for n in 0..10 {
            of_hour += all_ask(&mut tx, &at, &ten, first + n * 10).await;
        }
        assert!(of_hour <= 13, "{of_hour} in one hour: an eighth of the day");
        sent += of_hour;
    }
    assert_eq!(sent, 50, "half of what there is");
    let evening = after(&world, Duration::from_hours(13));
    assert_eq!(all_ask(&mut tx, &evening, &others, 9_000).await, 13);
    let later = after(&world, Duration::from_hours(14));
    assert_eq!(all_ask(&mut tx, &later, &others, 9_100).await, 7, "those who have had none");
}

async fn one_other_server_has_an_eighth_of_the_codes_and_all_of_them_two_thirds(db: &Db) {
    let host = Some("x".parse().unwrap());
    let limits = Limits::new(Rates { host, ..Rates::default() }, &Clock::System);
    let world = World { rules: Arc::new(Rules { limits, ..Rules::open() }), ..world() };
    let mut tx = db.write().await.unwrap();
    let evil = crowd(&mut tx, &world, 9, &["a.evil.example", "b.evil.example"]).await;
    let many: Vec<String> = (0..20).map(|n| format!("site{n}.example")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let many = crowd(&mut tx, &world, 5, &many).await;
    let own = crowd(&mut tx, &world, 40, &["x"]).await;
    let hours = async |tx: &mut Tx, people: &[String], hours: Range<u64>| {
        let mut sent = 0;
        for hour in hours {
            let at = after(&world, Duration::from_hours(hour));
            sent += all_ask(tx, &at, people, usize::try_from(hour).unwrap() * 1_000).await;
        }
        sent
    };
    assert_eq!(hours(&mut tx, &evil, 0..9).await, 13);
    assert_eq!(hours(&mut tx, &many, 9..18).await, 66 - 13);
    assert_eq!(hours(&mut tx, &own, 18..22).await, 34, "a third is left to its own people");
}

async fn an_answer_does_not_say_whether_a_number_is_known(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x", "tybalt@x"]).await;
    prove(&mut tx, &world, "romeo@x").await;
    let unknown = Address::parse("tel:+393337654321").unwrap();
    assert_eq!(ask(&mut tx, &world, "tybalt@x", &number()).await, CodeOutcome::Sent);
    assert_eq!(ask(&mut tx, &world, "tybalt@x", &unknown).await, CodeOutcome::Sent);
    assert_eq!(ask(&mut tx, &world, "romeo@x", &number()).await, CodeOutcome::Yours, "he knows");
}

async fn what_waited_for_a_number_comes_in_order_and_is_numbered_on(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    take(&mut tx, &world, 9, submission("juliet@x", "k0", "zero", &["romeo@x"])).await;
    for (key, comment) in [("k1", "one"), ("k2", "two")] {
        take(&mut tx, &world, 9, submission("juliet@x", key, comment, &[TEL])).await;
    }
    take(&mut tx, &world, 9, submission("juliet@x", "k3", "both", &[TEL, "romeo@x"])).await;
    let hour = after(&world, Duration::from_hours(1));
    prove(&mut tx, &hour, "romeo@x").await;
    let mut claimed = claim::claim(&mut tx, &hour, 50).await.unwrap();
    claimed.ready.retain(|it| it.to.as_str() == "romeo@x");
    assert_eq!(comments(&claimed.ready), ["one", "two"], "what he has had comes once");
    let handles: Vec<i64> = claimed.ready.iter().map(|it| it.handle).collect();
    assert_eq!(handles, [3, 4]);
    assert!(claimed.ready.iter().all(|it| it.delay == Some(world.now)));
    assert!(!proof::proved(&mut tx, &hour, "romeo@x", &number(), tell).await.unwrap(), "again");
    let held = states(&mut tx).await.into_iter().find(|(state, _)| *state == State::Held);
    assert_eq!(held, Some((State::Held, 1)));
}

async fn a_share_to_a_number_that_is_somebodys_goes_straight_there(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    prove(&mut tx, &world, "romeo@x").await;
    let taken = take(&mut tx, &world, 9, submission("juliet@x", "k1", "one", &[TEL])).await;
    let world = looked_up(&mut tx, &world).await;
    assert_eq!(claim::claim(&mut tx, &world, 9).await.unwrap().ready[0].to.as_str(), "romeo@x");
    let sender = "juliet@x".parse().unwrap();
    let share = taken.answer.unwrap().share;
    let stands = status::status(&mut tx, world.now, &sender, share).await.unwrap().unwrap();
    assert_eq!(stands[0].to, number());
    tx.doubt_contact(TEL, world.now).await.unwrap();
    take(&mut tx, &world, 9, submission("juliet@x", "k2", "two", &[TEL])).await;
    let world = looked_up(&mut tx, &world).await;
    let ready = claim::claim(&mut tx, &world, 9).await.unwrap().ready;
    assert!(ready.is_empty(), "it does not count any more");
}

async fn by_address_and_by_number_it_is_shown_once(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    prove(&mut tx, &world, "romeo@x").await;
    for (key, to) in [("k1", [TEL, "romeo@x"]), ("k2", ["romeo@x", TEL])] {
        let taken = take(&mut tx, &world, 9, submission("juliet@x", key, key, &to)).await;
        assert_eq!(taken.ready.len(), 1, "{to:?}");
        let later = looked_up(&mut tx, &world).await;
        assert!(claim::claim(&mut tx, &later, 9).await.unwrap().ready.is_empty(), "{to:?}");
        let share = taken.answer.unwrap().share;
        let sender = "juliet@x".parse().unwrap();
        let stands = status::status(&mut tx, world.now, &sender, share).await.unwrap().unwrap();
        let shown: Vec<String> = stands.iter().map(|stand| stand.to.to_string()).collect();
        assert_eq!(shown, to, "both are told of");
    }
}

async fn a_number_is_to_be_shown_again_after_half_a_year(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x"]).await;
    prove(&mut tx, &world, "romeo@x").await;
    assert_eq!(proof::doubt(&mut tx, &after(&world, proof::FRESH), 9, tell).await.unwrap(), 0);
    let later = World { now: Millis(world.now.after(proof::FRESH).0 + 1), ..world };
    assert_eq!(proof::doubt(&mut tx, &later, 9, tell).await.unwrap(), 1);
    assert_eq!(proof::doubt(&mut tx, &later, 9, tell).await.unwrap(), 0, "once");
    assert_eq!(letters(&mut tx, &later).await.len(), 1);
    prove(&mut tx, &later, "romeo@x").await;
    assert_eq!(tx.owners(&[TEL.to_owned()]).await.unwrap().len(), 1);
}

async fn letters_beyond_the_budget_wait_and_end_when_they_are_worth_nothing(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x"]).await;
    let one = Budgets { sms: Some(1), mail: None };
    for n in 0..2 {
        let address = Address::parse(&format!("tel:+39333123456{n}")).unwrap();
        ask(&mut tx, &world, "romeo@x", &address).await;
    }
    assert_eq!(claim_letters(&mut tx, &world, one, 9).await.len(), 1);
    assert!(claim_letters(&mut tx, &world, one, 9).await.is_empty());
    let late = after(&world, proof::LIFE);
    assert!(claim_letters(&mut tx, &late, BUDGETS, 9).await.is_empty(), "too late");
    let much_later = after(&world, Duration::from_hours(9)).now;
    assert!(!letter::is_due(&mut tx, Channel::Sms, much_later).await.unwrap());
}

async fn a_letter_that_was_lost_twice_is_not_sent_a_third_time(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x"]).await;
    ask(&mut tx, &world, "romeo@x", &number()).await;
    let mut id = LetterId(uuid::Uuid::nil());
    for (n, again) in [(0, Some(false)), (1, Some(true)), (2, None)] {
        let at = after(&world, Duration::from_secs(n));
        let claimed = letters(&mut tx, &at).await.pop();
        assert_eq!(claimed.as_ref().map(|it| it.again), again);
        id = claimed.map_or(id, |it| it.id);
        tx.orphan_letters(Millis(at.now.0 + 500)).await.unwrap();
    }
    let (state, fail) = letter_state(&mut tx, id).await.unwrap();
    assert_eq!(state, 3);
    assert!(fail.unwrap().contains("nobody knows"));
}

async fn what_a_spent_budget_puts_off_is_before_no_code_and_nothing_of_another_channel(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x"]).await;
    let invitation = |to: String| Letter {
        to: Address::parse(&to).unwrap(),
        account: "juliet@x".into(),
        kind: Kind::Invitation,
        subject: String::new(),
        text: "Somebody has something for you".into(),
        stop: None,
        life: Duration::from_hours(48),
    };
    for n in 0..400 {
        let letter = invitation(format!("mailto:{n}@example.org"));
        letter::post(&mut tx, &world, &letter).await.unwrap();
    }
    // An hour has four of them, of which two are for first letters.
    let budgets = Budgets { sms: Some(100), mail: Some(32) };
    let now = after(&world, Duration::from_secs(1));
    letter::post(&mut tx, &now, &invitation(TEL.into())).await.unwrap();
    let sms = letter::claim(&mut tx, &now, budgets, Channel::Sms, 4).await.unwrap();
    assert_eq!(sms.iter().map(|it| it.to.to_string()).collect::<Vec<_>>(), [TEL], "at once");
    let claim =
        async |tx: &mut Tx| letter::claim(tx, &now, budgets, Channel::Mail, 4).await.unwrap();
    assert_eq!(claim(&mut tx).await.len(), 2);
    let address = Address::parse("mailto:romeo@example.org").unwrap();
    ask(&mut tx, &now, "romeo@x", &address).await;
    let claimed = claim(&mut tx).await;
    assert_eq!(claimed.first().map(|it| it.kind), Some(Some(Kind::Code)));
    for _ in 0..7 {
        assert!(claim(&mut tx).await.is_empty());
    }
    assert!(!letter::is_due(&mut tx, Channel::Mail, now.now).await.unwrap());
}
