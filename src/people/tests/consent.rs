//! The first contact of a stranger, on both databases.

use std::sync::Arc;

use crate::{
    card::{revocation::revoke, submission::submit},
    claim::claim,
    db::{Db, Tx},
    domain::{
        address::Address,
        consent::{Ask, LAPSE, Verdict},
        conversation::Clue,
        delivery::State,
        id::{DeliveryId, ShareId},
        invitation,
        note::Carries,
        refusal::Refusal,
        share::{Outgoing, Submission},
    },
    invite::{invitation::tell, proof::proved},
    leave::erase::leave,
    limits::{Limits, Rates},
    outbox::delivery::lost,
    people::{
        ask::set_ask,
        consent::{askers, decide},
    },
    talk::answer::{Answered, answer},
    tests::{
        NOW, comments, facts, join, join_online, later, looked_up, saying, states, submission, take,
    },
    unfinished::go_on,
    world::{Rows, Rules, World},
};

facts!(
    a_stranger_is_asked_about_once_and_what_he_sends_waits,
    after_a_yes_everything_comes_in_order_with_numbers,
    after_a_no_nothing_comes_and_nobody_asks_for_a_month,
    after_a_no_nothing_more_comes_of_somebody_but_answers,
    whoever_was_sent_something_first_is_no_stranger,
    people_of_one_server_are_asked_about_only_if_somebody_wants_it,
    whoever_typed_a_number_does_not_know_its_owner,
    to_ask_for_what_one_has_already_goes_through_nothing,
    whoever_is_sent_something_while_they_wait_unasked_is_let_in,
    nothing_is_said_about_what_is_held,
    of_what_is_said_about_what_nobody_has_seen_the_first_twenty_things_wait,
    whoever_joins_has_said_yes_to_whom_they_were_asked_about_and_to_nobody_else,
    what_was_held_for_a_number_is_asked_about_when_its_owner_shows_it,
    a_suspended_account_sends_nothing_also_after_it_has_come_back,
    limits_hold_for_shares_and_a_repeated_one_is_answered_all_the_same,
);

pub(super) const ROMEO: &str = "romeo@x";
pub(super) const TEL: &str = "tel:+390455550100";

pub(super) fn world() -> World {
    let rules = Rules { ask: Ask::Remote, ..Rules::open() };
    World { rules: Arc::new(rules), ..crate::tests::world() }
}

pub(super) fn from(sender: &str, key: &str) -> Submission {
    submission(sender, key, key, &[ROMEO])
}

pub(super) fn jid(text: &str) -> jid::BareJid {
    text.parse().unwrap()
}

/// Everything that would be sent now.
pub(super) async fn sent(tx: &mut Tx, world: &World) -> (Vec<String>, usize) {
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
    assert!(taken.iter().all(|one| one.answer.is_ok() && one.ready.is_empty()));
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

/// What comes to Romeo now: each share by its words, what is said, and what was taken back.
pub(super) async fn come(tx: &mut Tx, world: &World) -> (Vec<DeliveryId>, Vec<String>) {
    let ready = claim(tx, world, 99).await.unwrap().ready;
    let his = ready.into_iter().filter(|it| it.to.as_str() == ROMEO);
    let words = |it: Outgoing| match it.carries {
        Carries::Note(note) => note.text.clone(),
        Carries::Revocation => "taken back".to_owned(),
        Carries::Share | Carries::Invitation | Carries::Request => {
            it.share.comment.as_ref().map_or_else(String::new, |it| it.text.clone())
        }
    };
    his.map(|it| (it.id, words(it))).unzip()
}

async fn after_a_no_nothing_more_comes_of_somebody_but_answers(db: &Db) {
    let world = crate::tests::world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "mal@y"]).await;
    let (romeo, mal) = (jid(ROMEO), jid("mal@y"));
    let mut shares = Vec::new();
    for key in ["one", "two"] {
        let share = take(&mut tx, &world, 0, from("mal@y", key)).await.answer.unwrap().share;
        shares.push(share);
    }
    take(&mut tx, &world, 0, submission(ROMEO, "mine", "mine", &["mal@y"])).await;
    assert_eq!(come(&mut tx, &world).await.1, ["one", "two"]);
    let says = async |tx: &mut Tx, ms: i64, author: &str, handle: i64, words: &str| {
        let saying = saying(author, words, words, vec![Clue::Handle(handle)]);
        let answered = answer(tx, &later(&world, ms), &saying).await.unwrap();
        assert_eq!(answered, Answered::Passed { guessed: None }, "{words}");
    };
    // What has not left yet.
    take(&mut tx, &world, 0, from("mal@y", "three")).await;
    says(&mut tx, 1, "mal@y", 1, "about one").await;
    says(&mut tx, 1, "mal@y", 3, "about mine").await;
    decide(&mut tx, &later(&world, 2), &romeo, &mal, Verdict::No).await.unwrap();
    says(&mut tx, 3, "mal@y", 1, "about one again").await;
    says(&mut tx, 3, "mal@y", 3, "about mine again").await;
    let (ids, words) = come(&mut tx, &later(&world, 9)).await;
    assert_eq!(words, ["about mine", "about mine again"]);
    lost(&mut tx, &later(&world, 9), &ids, false).await.unwrap();
    // Which does come again, each alone.
    for words in ["about mine", "about mine again"] {
        assert_eq!(come(&mut tx, &later(&world, 10)).await.1, [words]);
    }
    // What is answered since is a conversation again, and nothing else.
    says(&mut tx, 20, ROMEO, 1, "what is it?").await;
    says(&mut tx, 21, "mal@y", 1, "a goblet").await;
    says(&mut tx, 21, "mal@y", 2, "about two").await;
    for share in shares {
        revoke(&mut tx, &later(&world, 22), &mal, share).await.unwrap();
    }
    assert_eq!(come(&mut tx, &later(&world, 30)).await.1, ["a goblet", "taken back"]);
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

async fn whoever_joins_has_said_yes_to_whom_they_were_asked_about_and_to_nobody_else(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@y", "benvolio@x"]).await;
    take(&mut tx, &world, 0, from("juliet@y", "a")).await;
    let limits = invitation::InvitationLimits { per_sender_a_day: 5, pause: LAPSE };
    tell(&mut tx, &world, &limits, 9, &|_, _, _, _| None).await.unwrap();
    // Who sends behind the question is not what it is about.
    for n in 0..5 {
        let stranger = format!("m{n}@evil.example");
        join(&mut tx, &world, &[&stranger]).await;
        for key in ["c", "d"] {
            take(&mut tx, &world, 0, from(&stranger, &format!("{n} {key}"))).await;
        }
    }
    take(&mut tx, &world, 0, from("benvolio@x", "e")).await;
    tell(&mut tx, &world, &limits, 9, &|_, _, _, _| None).await.unwrap();
    sent(&mut tx, &world).await;
    let then = later(&world, 5);
    join(&mut tx, &then, &[ROMEO]).await;
    take(&mut tx, &then, 0, from("juliet@y", "b")).await;
    take(&mut tx, &then, 0, from("m0@evil.example", "f")).await;
    assert_eq!(sent(&mut tx, &then).await, (vec!["a".into(), "e".into(), "b".into()], 3));
    let open = askers(&mut tx, &then, ROMEO).await.unwrap();
    let mut open: Vec<&str> = open.iter().map(|it| it.jid.as_str()).collect();
    open.sort_unstable();
    assert_eq!(open, ["m0@evil.example", "m1@evil.example", "m2@evil.example"]);
    decide(&mut tx, &then, &jid(ROMEO), &jid("m1@evil.example"), Verdict::Yes).await.unwrap();
    let (come, asks) = sent(&mut tx, &then).await;
    assert_eq!((come, asks), (vec!["1 c".into(), "1 d".into()], 1), "and the next is asked about");
}

async fn what_was_held_for_a_number_is_asked_about_when_its_owner_shows_it(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "mal@y", "juliet@z", "benvolio@x", "eve@z"]).await;
    decide(&mut tx, &world, &jid(ROMEO), &jid("juliet@z"), Verdict::Yes).await.unwrap();
    decide(&mut tx, &world, &jid(ROMEO), &jid("eve@z"), Verdict::No).await.unwrap();
    for (sender, key) in
        [("mal@y", "a"), ("mal@y", "b"), ("juliet@z", "c"), ("eve@z", "d"), ("benvolio@x", "e")]
    {
        take(&mut tx, &world, 0, submission(sender, key, key, &[TEL])).await;
    }
    let then = later(&world, 60_000);
    let number = Address::parse(TEL).unwrap();
    proved(&mut tx, &then, ROMEO, &number, |_, _| String::new()).await.unwrap();
    assert_eq!(sent(&mut tx, &then).await, (vec!["c".into(), "e".into()], 1));
    decide(&mut tx, &then, &jid(ROMEO), &jid("mal@y"), Verdict::Yes).await.unwrap();
    assert_eq!(sent(&mut tx, &then).await, (vec!["a".into(), "b".into()], 0));
}

async fn to_ask_for_what_one_has_already_goes_through_nothing(db: &Db) {
    let world = World { rows: Rows::up_to(500), ..world() };
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "mal@far.example"]).await;
    take(&mut tx, &world, 0, from("mal@far.example", "held")).await;
    for (ask, left) in [(Ask::Always, 500), (Ask::Remote, 499), (Ask::Remote, 499)] {
        set_ask(&mut tx, &world, &jid(ROMEO), ask).await.unwrap();
        assert_eq!(world.rows.left(500), left, "{ask:?}");
    }
}

async fn whoever_is_sent_something_while_they_wait_unasked_is_let_in(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO]).await;
    let strangers: Vec<String> = (0..4).map(|n| format!("{n}@far.example")).collect();
    for stranger in &strangers {
        join(&mut tx, &world, &[stranger]).await;
        take(&mut tx, &world, 0, from(stranger, stranger)).await;
    }
    assert_eq!(sent(&mut tx, &world).await, (vec![], 3));
    let to: Vec<&str> = strangers[2..].iter().map(String::as_str).collect();
    take(&mut tx, &world, 0, submission(ROMEO, "k", "back", &to)).await;
    let then = later(&world, 5);
    while go_on(&mut tx, &then).await.unwrap().is_some() {}
    let (mut come, asks) = sent(&mut tx, &then).await;
    come.sort_unstable();
    assert_eq!((come, asks), (vec![strangers[3].clone(), "back".into(), "back".into()], 0));
    take(&mut tx, &then, 0, from(&strangers[3], "more")).await;
    take(&mut tx, &then, 0, from(&strangers[2], "more")).await;
    assert_eq!(sent(&mut tx, &then).await, (vec!["more".into()], 0), "a question stays one");
}

/// The message of the question that Romeo was asked.
pub(super) async fn question(tx: &mut Tx, world: &World) -> String {
    let ready = claim(tx, world, 99).await.unwrap().ready;
    let asks = ready.iter().find(|it| it.carries == Carries::Request).expect("a question");
    asks.id.0.to_string()
}

/// How many messages wait for somebody, or have gone to them.
pub(super) async fn comments_of(tx: &mut Tx, who: &str) -> usize {
    let share = tx.share_numbered(who, 1).await.unwrap().expect("a share");
    let about = tx.conversations(ShareId(share.id)).await.unwrap()[0].about();
    usize::from(tx.said_last(about).await.unwrap().is_some())
}

async fn nothing_is_said_about_what_is_held(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "mal@y"]).await;
    take(&mut tx, &world, 0, from("mal@y", "k")).await;
    let share = ShareId(tx.share_numbered("mal@y", 1).await.unwrap().expect("a share").id);
    let words = saying(ROMEO, "a", "what is it?", vec![Clue::Share(share)]);
    let answered = answer(&mut tx, &world, &words).await.unwrap();
    let Answered::Question(Some(asker)) = answered else { panic!("{answered:?}") };
    assert_eq!(asker.jid.as_str(), "mal@y");
    decide(&mut tx, &world, &jid(ROMEO), &jid("mal@y"), Verdict::No).await.unwrap();
    let words = saying(ROMEO, "b", "what was it?", vec![Clue::Share(share)]);
    let answered = answer(&mut tx, &world, &words).await.unwrap();
    assert!(matches!(answered, Answered::Question(None)), "{answered:?}");
    assert_eq!(comments_of(&mut tx, "mal@y").await, 0);
}

async fn of_what_is_said_about_what_nobody_has_seen_the_first_twenty_things_wait(db: &Db) {
    let mut world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &[ROMEO, "mal@y"]).await;
    let number = Address::parse(TEL).unwrap();
    for (handle, to) in [(1, ROMEO), (2, TEL)] {
        take(&mut tx, &world, 0, submission("mal@y", to, to, &[to])).await;
        for n in 0..30 {
            let words = n.to_string();
            let words = saying("mal@y", &format!("{to} {n}"), &words, vec![Clue::Handle(handle)]);
            let said = answer(&mut tx, &world, &words).await.unwrap();
            assert_eq!(said, Answered::Passed { guessed: None }, "{n}: which nobody is told");
        }
        world = looked_up(&mut tx, &world).await;
        decide(&mut tx, &world, &jid(ROMEO), &jid("mal@y"), Verdict::Yes).await.unwrap();
        proved(&mut tx, &world, ROMEO, &number, |_, _| String::new()).await.unwrap();
        let ready = claim(&mut tx, &world, 99).await.unwrap().ready;
        let said = |it: &Outgoing| match &it.carries {
            Carries::Note(note) => Some(note.text.clone()),
            Carries::Share | Carries::Revocation | Carries::Invitation | Carries::Request => None,
        };
        let said: Vec<String> =
            ready.iter().filter(|it| it.to.as_str() == ROMEO).filter_map(said).collect();
        assert_eq!(said, (0..20).map(|n| n.to_string()).collect::<Vec<_>>(), "{to}");
    }
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
    let limits = Limits::new(rates, &crate::domain::clock::Clock::System);
    let world = World {
        rules: Rules { ask: Ask::Never, limits, ..Rules::open() }.into(),
        ..crate::tests::world()
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
