//! The first contact of a stranger, on both databases.

use std::sync::Arc;

use tradepost::{
    domain::{
        consent::{Ask, LAPSE, OPEN_MOST, Verdict},
        delivery::State,
        note::Carries,
        refusal::Refusal,
        share::Submission,
    },
    limits::{Limits, Rates},
    ops::{
        Rules, World,
        consent::{askers, decide, set_ask, unblock},
        delivery::claim,
        erase::leave,
        share::submit,
    },
    store::db::{Db, Tx},
};

use super::{comments, join, looked_up, states, submission, take};
use crate::store::{NOW, facts};

facts!(
    a_stranger_is_asked_about_once_and_what_he_sends_waits,
    after_a_yes_everything_comes_in_order_with_numbers,
    after_a_no_nothing_comes_and_nobody_asks_for_a_month,
    a_block_ends_what_was_on_its_way_and_holds_until_it_is_taken_back,
    a_blocked_server_is_everybody_there,
    whoever_is_blocked_is_so_however_their_domain_is_written,
    a_word_about_one_spelling_is_about_all_that_wait,
    a_word_about_a_program_that_has_a_domain_for_its_name_is_about_nobody_else,
    whoever_was_sent_something_first_is_no_stranger,
    people_of_one_server_are_asked_about_only_if_somebody_wants_it,
    whoever_typed_a_number_does_not_know_its_owner,
    no_more_than_ten_questions_are_open,
    the_first_who_waits_unasked_is_asked_about_when_a_place_is_free,
    people_of_one_other_server_have_three_places,
    whoever_joins_has_said_yes_to_what_waits,
    a_suspended_account_sends_nothing_also_after_it_has_come_back,
    limits_hold_for_shares_and_a_repeated_one_is_answered_all_the_same,
);

const ROMEO: &str = "romeo@x";

fn world() -> World {
    let rules = Rules { ask: Ask::Remote, ..Rules::open() };
    World { rules: Arc::new(rules), ..super::world() }
}

fn from(sender: &str, key: &str) -> Submission {
    submission(sender, key, key, &[ROMEO])
}

fn jid(text: &str) -> jid::BareJid {
    text.parse().unwrap()
}

/// Everything that would be sent now.
async fn sent(tx: &mut Tx, world: &World) -> (Vec<String>, usize) {
    let ready = claim(tx, world, 99).await.unwrap().ready;
    let asks = ready.iter().filter(|it| it.carries == Carries::Request).count();
    let shares: Vec<_> = ready.into_iter().filter(|it| it.carries == Carries::Share).collect();
    (comments(&shares).into_iter().map(str::to_owned).collect(), asks)
}

async fn a_stranger_is_asked_about_once_and_what_he_sends_waits(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "juliet@y"]).await;
    let group = vec![from("juliet@y", "a"), from("juliet@y", "b")];
    let taken = submit(&mut tx, &world, &group, 99).await.unwrap();
    assert!(taken.iter().all(|one| one.answer.is_ok() && one.ready.is_empty() && one.queued));
    take(&mut tx, &world, 99, from("juliet@y", "c")).await;
    assert_eq!(sent(&mut tx, &world).await, (vec![], 1), "one question and nothing else");
    assert_eq!(states(&mut tx).await, [(State::Held, 3), (State::Claimed, 1)]);
    let open = askers(&mut tx, &world, ROMEO).await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].jid.as_str(), open[0].number), ("juliet@y", 1));
}

async fn after_a_yes_everything_comes_in_order_with_numbers(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "juliet@y", "tybalt@y", "benvolio@x"]).await;
    take(&mut tx, &world, 0, from("benvolio@x", "local")).await;
    for key in ["a", "b"] {
        take(&mut tx, &world, 0, from("juliet@y", key)).await;
        take(&mut tx, &world, 0, from("tybalt@y", key)).await;
    }
    assert_eq!(sent(&mut tx, &world).await, (vec!["local".into()], 2));
    decide(&mut tx, &world, &jid(ROMEO), &jid("juliet@y"), Verdict::Yes).await.unwrap();
    let ready = claim(&mut tx, &world, 99).await.unwrap().ready;
    assert_eq!(comments(&ready), ["a", "b"]);
    assert_eq!(ready.iter().map(|it| it.handle).collect::<Vec<_>>(), [2, 3]);
    assert!(ready.iter().all(|it| it.delay == Some(NOW)), "with their times");
    take(&mut tx, &world, 0, from("juliet@y", "c")).await;
    assert_eq!(sent(&mut tx, &world).await, (vec!["c".into()], 0), "known now");
    assert_eq!(askers(&mut tx, &world, ROMEO).await.unwrap().len(), 1, "the other waits");
}

async fn after_a_no_nothing_comes_and_nobody_asks_for_a_month(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "juliet@y"]).await;
    take(&mut tx, &world, 0, from("juliet@y", "a")).await;
    decide(&mut tx, &world, &jid(ROMEO), &jid("juliet@y"), Verdict::No).await.unwrap();
    take(&mut tx, &world, 0, from("juliet@y", "b")).await;
    assert_eq!(sent(&mut tx, &world).await, (vec![], 0), "the question was withdrawn too");
    assert_eq!(states(&mut tx).await, [(State::Cancelled, 3)]);
    let month = World { now: NOW.after(LAPSE), ..world };
    take(&mut tx, &month, 0, from("juliet@y", "c")).await;
    assert_eq!(sent(&mut tx, &month).await, (vec![], 1));
}

async fn a_block_ends_what_was_on_its_way_and_holds_until_it_is_taken_back(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "juliet@x"]).await;
    take(&mut tx, &world, 0, from("juliet@x", "queued")).await;
    decide(&mut tx, &world, &jid(ROMEO), &jid("juliet@x"), Verdict::Blocked).await.unwrap();
    take(&mut tx, &world, 99, from("juliet@x", "later")).await;
    let year = World { now: NOW.after(LAPSE * 12), ..world.clone() };
    take(&mut tx, &year, 99, from("juliet@x", "much later")).await;
    assert_eq!(sent(&mut tx, &year).await, (vec![], 0));
    assert!(unblock(&mut tx, &jid(ROMEO), &jid("juliet@x")).await.unwrap());
    assert!(!unblock(&mut tx, &jid(ROMEO), &jid("juliet@x")).await.unwrap());
    take(&mut tx, &year, 0, from("juliet@x", "now")).await;
    assert_eq!(sent(&mut tx, &year).await, (vec!["now".into()], 0), "and nothing from before");
}

async fn whoever_is_blocked_is_so_however_their_domain_is_written(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let spellings = ["mal@xn--85x722f.xn--55qx5d.cn", "mal@食狮.公司.cn", "mal@食狮.xn--55qx5d.cn"];
    join(&mut tx, &world, &[ROMEO]).await;
    join(&mut tx, &world, &spellings).await;
    let blocks = |who: &str| [who.to_owned(), who.split_once('@').unwrap().1.to_owned()];
    for (n, blocked) in spellings.iter().flat_map(|it| blocks(it)).enumerate() {
        for verdict in [Verdict::Blocked, Verdict::No] {
            if verdict == Verdict::No && !blocked.contains('@') {
                continue;
            }
            decide(&mut tx, &world, &jid(ROMEO), &jid(&blocked), verdict).await.unwrap();
            for sender in spellings {
                take(&mut tx, &world, 99, from(sender, &format!("{n} {verdict:?}"))).await;
                assert_eq!(sent(&mut tx, &world).await, (vec![], 0), "{sender} of {blocked}");
            }
        }
        decide(&mut tx, &world, &jid(ROMEO), &jid(&blocked), Verdict::Blocked).await.unwrap();
        let n = tx.blocked_by(ROMEO, 9).await.unwrap().len();
        assert_eq!(n, 1, "one word about one of whom there are many spellings");
        assert!(unblock(&mut tx, &jid(ROMEO), &jid(&blocked)).await.unwrap());
        assert!(!unblock(&mut tx, &jid(ROMEO), &jid(&blocked)).await.unwrap());
    }
}

async fn a_word_about_one_spelling_is_about_all_that_wait(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let (unicode, ascii) = ("mal@b\u{f6}se.example", "mal@xn--bse-sna.example");
    join(&mut tx, &world, &[ROMEO, unicode, ascii, "juliet@y"]).await;
    take(&mut tx, &world, 0, from(unicode, "a")).await;
    take(&mut tx, &world, 0, from(ascii, "b")).await;
    take(&mut tx, &world, 0, from("juliet@y", "c")).await;
    assert_eq!(sent(&mut tx, &world).await, (vec![], 2), "they are asked about once");
    decide(&mut tx, &world, &jid(ROMEO), &jid(ascii), Verdict::Yes).await.unwrap();
    let (mut come, asks) = sent(&mut tx, &world).await;
    come.sort_unstable();
    assert_eq!((come, asks), (vec!["a".into(), "b".into()], 0));
    let open = askers(&mut tx, &world, ROMEO).await.unwrap();
    assert_eq!(open.iter().map(|it| it.jid.as_str()).collect::<Vec<_>>(), ["juliet@y"]);
}

async fn a_blocked_server_is_everybody_there(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "juliet@y", "tybalt@y"]).await;
    take(&mut tx, &world, 0, from("juliet@y", "a")).await;
    decide(&mut tx, &world, &jid(ROMEO), &jid("y"), Verdict::Blocked).await.unwrap();
    assert!(askers(&mut tx, &world, ROMEO).await.unwrap().is_empty());
    take(&mut tx, &world, 0, from("tybalt@y", "b")).await;
    assert_eq!(sent(&mut tx, &world).await, (vec![], 0));
}

async fn a_word_about_a_program_that_has_a_domain_for_its_name_is_about_nobody_else(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "y", "juliet@y", "tybalt@y"]).await;
    take(&mut tx, &world, 0, from("y", "a")).await;
    take(&mut tx, &world, 0, from("juliet@y", "b")).await;
    assert_eq!(sent(&mut tx, &world).await, (vec![], 2), "each is asked about");
    decide(&mut tx, &world, &jid(ROMEO), &jid("y"), Verdict::Yes).await.unwrap();
    assert_eq!(sent(&mut tx, &world).await, (vec!["a".into()], 0));
    let open = askers(&mut tx, &world, ROMEO).await.unwrap();
    assert_eq!(open.iter().map(|it| it.jid.as_str()).collect::<Vec<_>>(), ["juliet@y"]);
    take(&mut tx, &world, 0, from("tybalt@y", "c")).await;
    assert_eq!(sent(&mut tx, &world).await, (vec![], 1));
    decide(&mut tx, &world, &jid(ROMEO), &jid("y"), Verdict::No).await.unwrap();
    take(&mut tx, &world, 0, from("y", "d")).await;
    assert_eq!(sent(&mut tx, &world).await, (vec![], 0));
    assert_eq!(askers(&mut tx, &world, ROMEO).await.unwrap().len(), 2);
    decide(&mut tx, &world, &jid(ROMEO), &jid("y"), Verdict::Blocked).await.unwrap();
    assert!(askers(&mut tx, &world, ROMEO).await.unwrap().is_empty(), "a block is about all");
}

async fn whoever_was_sent_something_first_is_no_stranger(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "juliet@y"]).await;
    take(&mut tx, &world, 0, submission(ROMEO, "k", "first", &["juliet@y"])).await;
    sent(&mut tx, &world).await;
    take(&mut tx, &world, 0, from("juliet@y", "back")).await;
    assert_eq!(sent(&mut tx, &world).await, (vec!["back".into()], 0));
}

async fn whoever_typed_a_number_does_not_know_its_owner(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "juliet@y"]).await;
    let number = "tel:+390455550100";
    tx.put_contact(number, ROMEO, NOW).await.unwrap();
    take(&mut tx, &world, 0, submission("juliet@y", "k", "typed", &[number])).await;
    let world = looked_up(&mut tx, &world).await;
    assert_eq!(sent(&mut tx, &world).await, (vec![], 1), "he is asked about her");
    take(&mut tx, &world, 0, submission(ROMEO, "k", "mine", &["juliet@y"])).await;
    assert_eq!(sent(&mut tx, &world).await, (vec![], 1), "and she about him, as about anybody");
    take(&mut tx, &world, 0, submission("juliet@y", "l", "meant", &[ROMEO])).await;
    take(&mut tx, &world, 0, submission(ROMEO, "m", "more", &["juliet@y"])).await;
    assert_eq!(askers(&mut tx, &world, "juliet@y").await.unwrap().len(), 1, "once");
}

async fn people_of_one_server_are_asked_about_only_if_somebody_wants_it(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "juliet@x", "tybalt@y"]).await;
    take(&mut tx, &world, 0, from("juliet@x", "a")).await;
    assert_eq!(sent(&mut tx, &world).await, (vec!["a".into()], 0));
    set_ask(&mut tx, &world, &jid(ROMEO), Ask::Always).await.unwrap();
    take(&mut tx, &world, 0, from("juliet@x", "b")).await;
    take(&mut tx, &world, 0, submission(ROMEO, "self", "self", &[ROMEO])).await;
    assert_eq!(sent(&mut tx, &world).await, (vec!["self".into()], 1));
    set_ask(&mut tx, &world, &jid(ROMEO), Ask::Never).await.unwrap();
    take(&mut tx, &world, 0, from("tybalt@y", "c")).await;
    assert_eq!(sent(&mut tx, &world).await, (vec!["b".into(), "c".into()], 0));
}

async fn no_more_than_ten_questions_are_open(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO]).await;
    for n in 0..OPEN_MOST + 3 {
        let stranger = format!("{n}@y{n}.example");
        join(&mut tx, &world, &[&stranger]).await;
        take(&mut tx, &world, 0, from(&stranger, "k")).await;
    }
    assert_eq!(sent(&mut tx, &world).await, (vec![], OPEN_MOST));
    let open = askers(&mut tx, &world, ROMEO).await.unwrap();
    let mut numbers: Vec<_> = open.iter().map(|it| it.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=10).collect::<Vec<_>>());
}

async fn the_first_who_waits_unasked_is_asked_about_when_a_place_is_free(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO]).await;
    // The first who find no place are the last by their names.
    let strangers: Vec<String> =
        (0..OPEN_MOST + 3).rev().map(|n| format!("{n:02}@y{n}.example")).collect();
    for stranger in &strangers {
        join(&mut tx, &world, &[stranger]).await;
        take(&mut tx, &world, 0, from(stranger, "k")).await;
    }
    assert_eq!(sent(&mut tx, &world).await, (vec![], OPEN_MOST));
    for (n, verdict) in [Verdict::Yes, Verdict::No, Verdict::Blocked].into_iter().enumerate() {
        let (said, next) = (&strangers[n], &strangers[OPEN_MOST + n]);
        decide(&mut tx, &world, &jid(ROMEO), &jid(said), verdict).await.unwrap();
        let come = if verdict == Verdict::Yes { vec!["k".to_owned()] } else { Vec::new() };
        assert_eq!(sent(&mut tx, &world).await, (come, 1), "{verdict:?}");
        let open = askers(&mut tx, &world, ROMEO).await.unwrap();
        assert_eq!(open.len(), OPEN_MOST, "{verdict:?}");
        assert!(open.iter().any(|it| it.jid.as_str() == next), "{next}: {open:?}");
    }
    // Nobody waits any more.
    decide(&mut tx, &world, &jid(ROMEO), &jid(&strangers[3]), Verdict::No).await.unwrap();
    assert_eq!(sent(&mut tx, &world).await, (vec![], 0));
    // What was asked about goes when he says so, like everything else.
    let last = jid(&strangers[OPEN_MOST + 2]);
    decide(&mut tx, &world, &jid(ROMEO), &last, Verdict::Yes).await.unwrap();
    assert_eq!(sent(&mut tx, &world).await, (vec!["k".into()], 0));
}

async fn people_of_one_other_server_have_three_places(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "honest@far.example"]).await;
    for n in 0..5 {
        // Whoever has a domain has all below it.
        let stranger = format!("{n}@m{n}.evil.example");
        join(&mut tx, &world, &[&stranger]).await;
        take(&mut tx, &world, 0, from(&stranger, "k")).await;
    }
    take(&mut tx, &world, 0, from("honest@far.example", "k")).await;
    assert_eq!(sent(&mut tx, &world).await, (vec![], 4));
    let first = jid("0@m0.evil.example");
    decide(&mut tx, &world, &jid(ROMEO), &first, Verdict::No).await.unwrap();
    assert_eq!(sent(&mut tx, &world).await, (vec![], 1), "the next of them");
    // A block of all of them ends what waits unasked too.
    for n in 1..5 {
        let server = jid(&format!("m{n}.evil.example"));
        decide(&mut tx, &world, &jid(ROMEO), &server, Verdict::Blocked).await.unwrap();
    }
    let open = askers(&mut tx, &world, ROMEO).await.unwrap();
    assert_eq!(open.iter().map(|it| it.jid.as_str()).collect::<Vec<_>>(), ["honest@far.example"]);

    set_ask(&mut tx, &world, &jid(ROMEO), Ask::Always).await.unwrap();
    sent(&mut tx, &world).await;
    for n in 0..5 {
        let stranger = format!("{n}@x");
        join(&mut tx, &world, &[&stranger]).await;
        take(&mut tx, &world, 0, from(&stranger, "k")).await;
    }
    assert_eq!(sent(&mut tx, &world).await, (vec![], 5), "his own server's have any");
}

async fn whoever_joins_has_said_yes_to_what_waits(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@y"]).await;
    take(&mut tx, &world, 0, from("juliet@y", "a")).await;
    join(&mut tx, &world, &[ROMEO]).await;
    take(&mut tx, &world, 0, from("juliet@y", "b")).await;
    assert_eq!(sent(&mut tx, &world).await, (vec!["a".into(), "b".into()], 0));
}

async fn a_suspended_account_sends_nothing_also_after_it_has_come_back(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "juliet@x"]).await;
    tx.bar("juliet@x", NOW).await.unwrap();
    let refused = async |tx: &mut Tx| {
        let taken = submit(tx, &world, &[from("juliet@x", "a")], 0).await.unwrap();
        taken.into_iter().next().unwrap().answer.unwrap_err()
    };
    assert_eq!(refused(&mut tx).await, Refusal::Barred);
    leave(&mut tx, &world, "juliet@x").await.unwrap();
    join(&mut tx, &world, &["juliet@x"]).await;
    assert_eq!(refused(&mut tx).await, Refusal::Barred);
    tx.unbar("juliet@x").await.unwrap();
    take(&mut tx, &world, 0, from("juliet@x", "a")).await;
}

async fn limits_hold_for_shares_and_a_repeated_one_is_answered_all_the_same(db: &Db) {
    let rates = Rates { shares: 1, recipients: 2, ..Rates::default() };
    let limits = Limits::new(rates, &tradepost::domain::clock::Clock::System);
    let world = World {
        rules: Rules { ask: Ask::Never, limits, ..Rules::open() }.into(),
        ..super::world()
    };
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "juliet@x"]).await;
    let refusal = async |tx: &mut Tx, one| {
        let taken = submit(tx, &world, &[one], 0).await.unwrap();
        taken.into_iter().next().unwrap().answer
    };
    let many = submission("juliet@x", "many", "c", &[ROMEO, "b@x", "c@x"]);
    let refused = refusal(&mut tx, many).await.unwrap_err();
    assert_eq!(refused, Refusal::TooManyRecipients { max: 2 });
    let accepted = refusal(&mut tx, from("juliet@x", "a")).await.unwrap();
    assert!(matches!(
        refusal(&mut tx, from("juliet@x", "b")).await.unwrap_err(),
        Refusal::TooFast { after } if after.as_secs() > 3_000
    ));
    assert_eq!(refusal(&mut tx, from("juliet@x", "a")).await.unwrap(), accepted);
}
