//! The questions about strangers: how many are open, about whom, and for how long.

use std::time::Duration;

use crate::{
    card::revocation::revoke,
    claim::{claim, due},
    db::Db,
    domain::{
        address::Address,
        consent::{ASKED_OF_SITE, Ask, LAPSE, NUMBERS, OPEN_MOST, Verdict},
        conversation::{Clue, Said, Saying},
        share::LIFE,
    },
    invite::list::{Asked, withdraw},
    leave::erase::leave,
    people::{
        ask::set_ask,
        consent::{Reply, askers, decide, lapse, meant},
        tests::consent::{ROMEO, comments_of, from, jid, question, sent, world},
    },
    talk::answer::{Answered, answer},
    tests::{NOW, comments, facts, join, join_online, later, saying, submission, take},
    unfinished::go_on,
    world::World,
};

facts!(
    no_more_than_ten_questions_are_open,
    the_first_who_waits_unasked_is_asked_about_when_a_place_is_free,
    people_of_one_other_server_have_three_places,
    whoever_need_not_be_asked_about_any_more_is_let_in_in_order,
    a_question_of_whom_nothing_waits_any_more_is_over_and_the_next_is_asked_about,
    a_question_that_has_lapsed_is_asked_anew_while_something_waits,
    whoever_takes_back_and_sends_again_is_asked_about_once_a_day,
    people_of_one_other_server_are_asked_about_ten_times_a_day,
    what_is_said_to_a_question_goes_to_nobody,
    the_numbers_of_questions_go_round,
    however_many_names_somebody_has_the_others_are_asked_about,
);

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
