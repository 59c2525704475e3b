//! The first contact of a stranger, on both databases.

use std::{sync::Arc, time::Duration};

use crate::{
    card::{
        inbox::pending,
        revocation::revoke,
        submission::submit,
        tests::inbox::{SWAP, offered, send},
    },
    claim::{claim, due},
    db::{Db, Tx},
    domain::{
        address::Address,
        consent::{ASKED_OF_SITE, Ask, LAPSE, NUMBERS, OPEN_MOST, Verdict},
        conversation::{Clue, Said, Saying},
        delivery::State,
        id::{DeliveryId, ShareId},
        invitation,
        note::Carries,
        refusal::Refusal,
        share::{LIFE, Outgoing, Submission},
    },
    invite::{
        invitation::tell,
        list::{Asked, withdraw},
        proof::proved,
    },
    leave::erase::leave,
    limits::{Limits, Rates},
    outbox::delivery::lost,
    people::{
        ask::set_ask,
        consent::{Reply, askers, blocked_by, decide, lapse, meant, unblock},
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
    a_block_ends_what_was_on_its_way_and_holds_until_it_is_taken_back,
    a_blocked_server_is_everybody_there,
    a_blocked_domain_is_everybody_below_it,
    whoever_is_blocked_is_so_however_their_domain_is_written,
    a_block_holds_whatever_else_is_said_until_it_is_taken_back,
    a_word_about_one_spelling_is_about_all_that_wait,
    a_word_about_a_program_that_has_a_domain_for_its_name_is_about_nobody_else,
    whoever_was_sent_something_first_is_no_stranger,
    people_of_one_server_are_asked_about_only_if_somebody_wants_it,
    whoever_typed_a_number_does_not_know_its_owner,
    no_more_than_ten_questions_are_open,
    the_first_who_waits_unasked_is_asked_about_when_a_place_is_free,
    people_of_one_other_server_have_three_places,
    whoever_need_not_be_asked_about_any_more_is_let_in_in_order,
    to_ask_for_what_one_has_already_goes_through_nothing,
    whoever_is_sent_something_while_they_wait_unasked_is_let_in,
    a_question_of_whom_nothing_waits_any_more_is_over_and_the_next_is_asked_about,
    a_question_that_has_lapsed_is_asked_anew_while_something_waits,
    whoever_takes_back_and_sends_again_is_asked_about_once_a_day,
    people_of_one_other_server_are_asked_about_ten_times_a_day,
    what_is_said_to_a_question_goes_to_nobody,
    nothing_is_said_about_what_is_held,
    of_what_is_said_about_what_nobody_has_seen_the_first_twenty_things_wait,
    the_numbers_of_questions_go_round,
    however_many_names_somebody_has_the_others_are_asked_about,
    whoever_joins_has_said_yes_to_whom_they_were_asked_about_and_to_nobody_else,
    what_was_held_for_a_number_is_asked_about_when_its_owner_shows_it,
    cards_of_whoever_is_refused_or_blocked_wait_no_more,
    a_suspended_account_sends_nothing_also_after_it_has_come_back,
    limits_hold_for_shares_and_a_repeated_one_is_answered_all_the_same,
);

const ROMEO: &str = "romeo@x";
const TEL: &str = "tel:+390455550100";

fn world() -> World {
    let rules = Rules { ask: Ask::Remote, ..Rules::open() };
    World { rules: Arc::new(rules), ..crate::tests::world() }
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
async fn come(tx: &mut Tx, world: &World) -> (Vec<DeliveryId>, Vec<String>) {
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
        for verdict in [Verdict::No, Verdict::Blocked] {
            if verdict == Verdict::No && !blocked.contains('@') {
                continue;
            }
            decide(&mut tx, &world, &jid(ROMEO), &jid(&blocked), verdict).await.unwrap();
            for sender in spellings {
                take(&mut tx, &world, 99, from(sender, &format!("{n} {verdict:?}"))).await;
                assert_eq!(sent(&mut tx, &world).await, (vec![], 0), "{sender} of {blocked}");
            }
        }
        let n = tx.blocked_by(ROMEO, 9).await.unwrap().len();
        assert_eq!(n, 1, "one word about one of whom there are many spellings");
        assert!(unblock(&mut tx, &jid(ROMEO), &jid(&blocked)).await.unwrap());
        assert!(!unblock(&mut tx, &jid(ROMEO), &jid(&blocked)).await.unwrap());
    }
}

async fn a_block_holds_whatever_else_is_said_until_it_is_taken_back(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "mal@y"]).await;
    let (romeo, mal) = (jid(ROMEO), jid("mal@y"));
    for blocked in ["mal@y", "y"] {
        decide(&mut tx, &world, &romeo, &jid(blocked), Verdict::Blocked).await.unwrap();
        for verdict in [Verdict::No, Verdict::Yes] {
            assert!(!decide(&mut tx, &world, &romeo, &mal, verdict).await.unwrap(), "{verdict:?}");
            let by = blocked_by(&mut tx, &world, &romeo, &mal).await.unwrap();
            assert_eq!(by.as_deref(), Some(blocked));
            take(&mut tx, &world, 99, from("mal@y", &format!("{blocked} {verdict:?}"))).await;
            assert_eq!(sent(&mut tx, &world).await, (vec![], 0), "{blocked} {verdict:?}");
        }
        assert!(unblock(&mut tx, &romeo, &jid(blocked)).await.unwrap());
        assert_eq!(blocked_by(&mut tx, &world, &romeo, &mal).await.unwrap(), None);
    }
    take(&mut tx, &world, 0, from("mal@y", "k")).await;
    assert_eq!(sent(&mut tx, &world).await, (vec![], 1), "no yes has stayed behind the block");
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

async fn a_blocked_domain_is_everybody_below_it(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let (evil, romeo) = (["mal@evil.y", "mal@a.evil.y", "mal@b.a.evil.y", "evil.y"], jid(ROMEO));
    join(&mut tx, &world, &evil).await;
    join(&mut tx, &world, &[ROMEO, "devil.y", "juliet@y"]).await;
    for who in ["mal@a.evil.y", "devil.y", "juliet@y"] {
        take(&mut tx, &world, 0, from(who, "before")).await;
    }
    assert_eq!(sent(&mut tx, &world).await, (vec![], 3));
    decide(&mut tx, &world, &romeo, &jid("evil.y"), Verdict::Blocked).await.unwrap();
    let open = askers(&mut tx, &world, ROMEO).await.unwrap();
    let mut open: Vec<&str> = open.iter().map(|it| it.jid.as_str()).collect();
    open.sort_unstable();
    assert_eq!(open, ["devil.y", "juliet@y"], "what waited has ended");
    for who in evil {
        take(&mut tx, &world, 0, from(who, "after")).await;
        assert_eq!(sent(&mut tx, &world).await, (vec![], 0), "{who}");
        let by = blocked_by(&mut tx, &world, &romeo, &jid(who)).await.unwrap();
        assert_eq!(by.as_deref(), Some("evil.y"), "{who}");
        assert!(!decide(&mut tx, &world, &romeo, &jid(who), Verdict::Yes).await.unwrap());
    }
    assert!(unblock(&mut tx, &romeo, &jid("evil.y")).await.unwrap());
    decide(&mut tx, &world, &romeo, &jid("a.evil.y"), Verdict::Blocked).await.unwrap();
    for (who, asks) in [("mal@evil.y", 1), ("mal@b.a.evil.y", 0)] {
        take(&mut tx, &world, 0, from(who, "again")).await;
        assert_eq!(sent(&mut tx, &world).await, (vec![], asks), "{who}");
    }
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

async fn whoever_joins_has_said_yes_to_whom_they_were_asked_about_and_to_nobody_else(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@y", "benvolio@x"]).await;
    take(&mut tx, &world, 0, from("juliet@y", "a")).await;
    let limits = invitation::Limits { per_sender_a_day: 5, pause: LAPSE };
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

async fn cards_of_whoever_is_refused_or_blocked_wait_no_more(db: &Db) {
    let world = crate::tests::world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "juliet@x"]).await;
    let waiting = async |tx: &mut Tx| {
        let waiting = pending(tx, world.now, &jid(ROMEO), 0, 99).await.unwrap();
        waiting.into_iter().map(|it| it.handle).collect::<Vec<_>>()
    };
    let mut handle = 0;
    for (said, verdict) in
        [("juliet@x", Verdict::No), ("juliet@x", Verdict::Blocked), ("x", Verdict::Blocked)]
    {
        for n in 0..2 {
            let key = format!("{said} {verdict:?} {n}");
            take(&mut tx, &world, 0, offered(&key, SWAP, &[ROMEO])).await;
        }
        send(&mut tx, &world).await;
        handle += 2;
        assert_eq!(waiting(&mut tx).await, [handle - 1, handle]);
        decide(&mut tx, &world, &jid(ROMEO), &jid(said), verdict).await.unwrap();
        assert_eq!(waiting(&mut tx).await, Vec::<i64>::new(), "{said} {verdict:?}");
        unblock(&mut tx, &jid(ROMEO), &jid(said)).await.unwrap();
        decide(&mut tx, &world, &jid(ROMEO), &jid("juliet@x"), Verdict::Yes).await.unwrap();
    }
}

async fn whoever_need_not_be_asked_about_any_more_is_let_in_in_order(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &[ROMEO]).await;
    set_ask(&mut tx, &world, &jid(ROMEO), Ask::Always).await.unwrap();
    // The last by their names are the first who wait, and two of each kind wait unasked.
    let far: Vec<String> = (0..5).rev().map(|n| format!("{n}@evil.example")).collect();
    let near: Vec<String> = (0..9).rev().map(|n| format!("{n}@x")).collect();
    for (n, stranger) in far.iter().chain(&near).enumerate() {
        join(&mut tx, &world, &[stranger]).await;
        let key = n.to_string();
        take(&mut tx, &later(&world, 1), 0, from(stranger, &key)).await;
    }
    assert_eq!(sent(&mut tx, &later(&world, 2)).await, (vec![], OPEN_MOST));
    let then = later(&world, 5);
    set_ask(&mut tx, &then, &jid(ROMEO), Ask::Remote).await.unwrap();
    let ready = claim(&mut tx, &then, 99).await.unwrap().ready;
    let all: Vec<String> = (5..14).map(|n| n.to_string()).collect();
    assert_eq!(comments(&ready), all, "of his own server, in the order of what waited");
    assert_eq!(ready.iter().map(|it| it.handle).collect::<Vec<_>>(), (1..=9).collect::<Vec<_>>());
    while go_on(&mut tx, &then).await.unwrap().is_some() {}
    assert_eq!(askers(&mut tx, &then, ROMEO).await.unwrap().len(), 3, "of the other one");
    set_ask(&mut tx, &then, &jid(ROMEO), Ask::Never).await.unwrap();
    let all: Vec<String> = (0..5).map(|n| n.to_string()).collect();
    assert_eq!(sent(&mut tx, &then).await, (all, 0));
    assert!(askers(&mut tx, &then, ROMEO).await.unwrap().is_empty());
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

async fn a_question_of_whom_nothing_waits_any_more_is_over_and_the_next_is_asked_about(db: &Db) {
    let world = world();
    let day = World { now: NOW.after(Duration::from_hours(24)), ..world.clone() };
    let mut tx = db.write().await.unwrap();
    for way in ["leave", "revoke", "cancel", "expire"] {
        let rcpt = format!("{way}@x");
        join(&mut tx, &world, &[&rcpt]).await;
        let strangers: Vec<String> = (0..4).map(|n| format!("{n}@{way}.example")).collect();
        let mut shares = Vec::new();
        for (n, stranger) in strangers.iter().enumerate() {
            join(&mut tx, &world, &[stranger]).await;
            let world = if n == 3 { &day } else { &world };
            let one = submission(stranger, "k", "k", &[&rcpt]);
            shares.push(take(&mut tx, world, 0, one).await.answer.unwrap().share);
        }
        // One of the questions has not left yet.
        assert_eq!(claim(&mut tx, &day, 2).await.unwrap().ready.len(), 2, "{way}");
        let now = match way {
            "leave" => {
                for stranger in &strangers[..3] {
                    leave(&mut tx, &day, stranger).await.unwrap();
                }
                day.clone()
            }
            "revoke" => {
                for (stranger, share) in strangers[..3].iter().zip(&shares) {
                    revoke(&mut tx, &day, &jid(stranger), *share).await.unwrap();
                }
                day.clone()
            }
            "cancel" => {
                for stranger in &strangers[..3] {
                    let (whom, asked) = (Address::parse(&rcpt).unwrap(), Asked::now(&day));
                    withdraw(&mut tx, &day, &jid(stranger), &whom, asked).await.unwrap();
                }
                day.clone()
            }
            _ => {
                let month = World { now: NOW.after(LIFE), ..world.clone() };
                due(&mut tx, &month).await.unwrap();
                month
            }
        };
        while go_on(&mut tx, &now).await.unwrap().is_some() {}
        let open = askers(&mut tx, &now, &rcpt).await.unwrap();
        let open: Vec<_> = open.iter().map(|it| (it.jid.as_str(), it.number)).collect();
        assert_eq!(open, [(strangers[3].as_str(), 4)], "{way}");
        let ready = claim(&mut tx, &now, 99).await.unwrap().ready;
        let theirs = ready.iter().filter(|it| it.to.as_str() == rcpt).count();
        assert_eq!(theirs, 1, "{way}: no question but that");
    }
}

async fn a_question_that_has_lapsed_is_asked_anew_while_something_waits(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "juliet@y"]).await;
    take(&mut tx, &world, 0, from("juliet@y", "a")).await;
    let day = World { now: NOW.after(Duration::from_hours(24)), ..world.clone() };
    take(&mut tx, &day, 0, from("juliet@y", "b")).await;
    assert_eq!(sent(&mut tx, &day).await, (vec![], 1));
    assert_eq!(lapse(&mut tx, &day, 9).await.unwrap(), 0);
    let month = World { now: NOW.after(LAPSE), ..world };
    due(&mut tx, &month).await.unwrap();
    assert_eq!(lapse(&mut tx, &month, 9).await.unwrap(), 1);
    while go_on(&mut tx, &month).await.unwrap().is_some() {}
    assert_eq!(sent(&mut tx, &month).await, (vec![], 1));
    assert_eq!(askers(&mut tx, &month, ROMEO).await.unwrap()[0].number, 2);
    decide(&mut tx, &month, &jid(ROMEO), &jid("juliet@y"), Verdict::Yes).await.unwrap();
    assert_eq!(sent(&mut tx, &month).await, (vec!["b".into()], 0));
}

async fn whoever_takes_back_and_sends_again_is_asked_about_once_a_day(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let (romeo, mal) = (Address::parse(ROMEO).unwrap(), jid("mal@y"));
    join(&mut tx, &world, &[ROMEO, "mal@y"]).await;
    let mut asked = 0;
    for (n, way) in ["revoke", "cancel", "leave", "revoke", "last"].into_iter().enumerate() {
        let world = later(&world, i64::try_from(n).unwrap() * 60_000);
        let share = take(&mut tx, &world, 0, from("mal@y", &format!("{n}"))).await;
        asked += sent(&mut tx, &world).await.1;
        let world = later(&world, 1_000);
        match way {
            "revoke" => {
                let share = share.answer.unwrap().share;
                assert!(revoke(&mut tx, &world, &mal, share).await.unwrap());
            }
            "cancel" => {
                withdraw(&mut tx, &world, &mal, &romeo, Asked::now(&world)).await.unwrap();
            }
            "leave" => {
                leave(&mut tx, &world, "mal@y").await.unwrap();
                while go_on(&mut tx, &world).await.unwrap().is_some() {}
                join(&mut tx, &world, &["mal@y"]).await;
            }
            _ => {}
        }
        while go_on(&mut tx, &world).await.unwrap().is_some() {}
    }
    assert_eq!(asked, 1);
    assert_eq!(askers(&mut tx, &world, ROMEO).await.unwrap().len(), 0, "the last waits unasked");
    let day = later(&world, 24 * 3_600_000 + 600_000);
    assert_eq!(lapse(&mut tx, &day, 9).await.unwrap(), 1);
    while go_on(&mut tx, &day).await.unwrap().is_some() {}
    assert_eq!(sent(&mut tx, &day).await, (vec![], 1), "and is asked about after a day");
    assert_eq!(askers(&mut tx, &day, ROMEO).await.unwrap()[0].number, 2);
}

async fn people_of_one_other_server_are_asked_about_ten_times_a_day(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "honest@far.example"]).await;
    let mut asked = 0;
    for n in 0..15 {
        let stranger = format!("{n}@m{n}.evil.example");
        join(&mut tx, &world, &[&stranger]).await;
        let share = take(&mut tx, &world, 0, from(&stranger, "k")).await.answer.unwrap().share;
        asked += sent(&mut tx, &world).await.1;
        revoke(&mut tx, &world, &jid(&stranger), share).await.unwrap();
    }
    assert_eq!(asked, ASKED_OF_SITE);
    take(&mut tx, &world, 0, from("honest@far.example", "k")).await;
    assert_eq!(sent(&mut tx, &world).await, (vec![], 1), "nobody else's place is taken by it");
}

/// The message of the question that Romeo was asked.
async fn question(tx: &mut Tx, world: &World) -> String {
    let ready = claim(tx, world, 99).await.unwrap().ready;
    let asks = ready.iter().find(|it| it.carries == Carries::Request).expect("a question");
    asks.id.0.to_string()
}

async fn what_is_said_to_a_question_goes_to_nobody(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "mal@y"]).await;
    take(&mut tx, &world, 0, from("mal@y", "k")).await;
    let id = question(&mut tx, &world).await;
    let reply = |words: &str| saying(ROMEO, words, words, vec![Clue::Message(id.clone())]);
    let reaction = |emoji: &str| {
        let said = Said::Reaction { to: id.clone(), emoji: emoji.to_owned() };
        Saying { said, ..reply(emoji) }
    };
    let others = ["👍", "who is this?", "no way", "#1 no"].map(reply);
    for other in others.into_iter().chain(["👍", "❤", ""].map(reaction)) {
        let meant = meant(&mut tx, &world, &other).await.unwrap();
        let Some(Reply::Other(Some(asker))) = meant else { panic!("{other:?}: {meant:?}") };
        assert_eq!((asker.jid.as_str(), asker.number), ("mal@y", 1));
        let answered = answer(&mut tx, &world, &other).await.unwrap();
        assert!(matches!(answered, Answered::Nothing | Answered::Pointless), "{answered:?}");
    }
    for (word, verdict) in [("nope", Verdict::No), ("1", Verdict::Yes), ("block", Verdict::Blocked)]
    {
        let meant = meant(&mut tx, &world, &reply(word)).await.unwrap();
        let Some(Reply::Word(who, read)) = meant else { panic!("{word}: {meant:?}") };
        assert_eq!((who.as_str(), read), ("mal@y", verdict), "{word}");
    }
    let refused = meant(&mut tx, &world, &reaction("👎")).await.unwrap();
    assert!(matches!(refused, Some(Reply::Word(_, Verdict::No))), "{refused:?}");
    // Also when it is over.
    decide(&mut tx, &world, &jid(ROMEO), &jid("mal@y"), Verdict::Blocked).await.unwrap();
    let over = meant(&mut tx, &world, &reply("why?")).await.unwrap();
    assert!(matches!(over, Some(Reply::Other(None))), "{over:?}");
    let said = comments_of(&mut tx, "mal@y").await;
    assert_eq!(said, 0, "she is told nothing");
}

/// How many messages wait for somebody, or have gone to them.
async fn comments_of(tx: &mut Tx, who: &str) -> usize {
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

async fn the_numbers_of_questions_go_round(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "first@far.example"]).await;
    take(&mut tx, &world, 0, from("first@far.example", "k")).await;
    for n in 1..=NUMBERS + 1 {
        let stranger = format!("{n}@y{n}.example");
        join(&mut tx, &world, &[&stranger]).await;
        take(&mut tx, &world, 0, from(&stranger, "k")).await;
        let open = askers(&mut tx, &world, ROMEO).await.unwrap();
        let one = open.iter().find(|it| it.jid.as_str() == stranger).unwrap();
        // The first one's is taken all the time.
        assert_eq!(one.number, if n < NUMBERS { n + 1 } else { n + 2 - NUMBERS }, "{n}");
        decide(&mut tx, &world, &jid(ROMEO), &one.jid, Verdict::No).await.unwrap();
    }
}

async fn however_many_names_somebody_has_the_others_are_asked_about(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO]).await;
    let first = (0..7).map(|n| format!("a@y{n}.example"));
    let names = (0..210).map(|n| format!("e{n:03}@evil.example"));
    let all: Vec<String> = first.chain(names).chain(["honest@far.example".to_owned()]).collect();
    for stranger in &all {
        join(&mut tx, &world, &[stranger]).await;
        take(&mut tx, &world, 0, from(stranger, "k")).await;
    }
    decide(&mut tx, &world, &jid(ROMEO), &jid(&all[0]), Verdict::No).await.unwrap();
    while go_on(&mut tx, &world).await.unwrap().is_some() {}
    let open = askers(&mut tx, &world, ROMEO).await.unwrap();
    assert_eq!(open.len(), OPEN_MOST);
    assert!(open.iter().any(|it| it.jid.as_str() == "honest@far.example"), "{open:?}");
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
