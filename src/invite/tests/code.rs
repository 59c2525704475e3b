//! What the code of an invitation opens, and for whom.

use crate::{
    claim::claim,
    db::Db,
    domain::{
        account_link::AccountLink,
        address::Address,
        clock::Millis,
        delivery::State as At,
        invitation::Code,
        letter,
        note::{Carries, Kind},
        share::Outgoing,
    },
    invite::{
        account_link::{self, Reservation},
        invitation::{Opened, is_invited, open, stop},
        join::{Came, join as come},
        list::{self, Asked},
        proof::proved,
        tests::invitation::{DAY, TEL, asked, by_letter, comes, shares, wish},
    },
    people::account,
    share::status::status,
    tests::{
        NOW, comments, deliveries_for, facts, join, join_online, later, submission, take, world,
    },
};

facts!(
    whoever_says_yes_gets_everything_in_order_with_its_time,
    the_inviter_learns_that_it_was_accepted_and_nothing_more,
    an_invitation_lets_in_whom_the_operator_does_not,
    a_code_is_good_for_one_and_opens_nothing_by_itself,
    whoever_is_new_and_comes_with_the_code_of_an_account_counts_as_who_invited_them,
    all_codes_that_do_not_work_look_alike,
    the_code_of_whoever_wants_to_hear_nothing_opens_no_page,
    after_never_again_a_code_that_was_sent_before_lets_nobody_in,
);

const NEW: Came = Came::Joined { is_new: true, prove: None };

async fn whoever_says_yes_gets_everything_in_order_with_its_time(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "paris@x"]).await;
    for (n, from) in [(0, "juliet@x"), (1, "paris@x"), (2, "juliet@x")] {
        let at = later(&world, n);
        shares(&mut tx, &at, from, &n.to_string(), &["romeo@x"]).await;
    }
    assert_eq!(asked(&mut tx, &later(&world, 9)).await, ["romeo@x"]);
    let soon = later(&world, 10);
    assert_eq!(comes(&mut tx, &soon, "romeo@x", None).await, NEW);
    let again = comes(&mut tx, &soon, "romeo@x", None).await;
    assert_eq!(again, Came::Joined { is_new: false, prove: None });
    let ready = claim(&mut tx, &soon, 99).await.unwrap().ready;
    let his: Vec<Outgoing> = ready.into_iter().filter(|it| it.to.as_str() == "romeo@x").collect();
    assert_eq!(comments(&his), ["0", "1", "2"]);
    let times: Vec<Option<Millis>> = his.iter().map(|it| it.delay).collect();
    assert_eq!(times, [0, 1, 2].map(|n| Some(Millis(NOW.0 + n))));
    assert_eq!(his.iter().map(|it| it.handle).collect::<Vec<_>>(), [1, 2, 3]);
}

async fn the_inviter_learns_that_it_was_accepted_and_nothing_more(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x"]).await;
    let sent = take(&mut tx, &world, 0, submission("juliet@x", "k", "k", &["romeo@x", TEL])).await;
    let share = sent.answer.unwrap().share;
    asked(&mut tx, &world).await;
    comes(&mut tx, &world, "romeo@x", None).await;
    let told = claim(&mut tx, &world, 99).await.unwrap().ready;
    let told: Vec<&Outgoing> = told.iter().filter(|it| it.to.as_str() == "juliet@x").collect();
    let [Outgoing { carries: Carries::Note(note), .. }] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!((note.kind, note.author.as_str()), (Kind::Joined, "romeo@x"));
    // It is no answer of his.
    let juliet = "juliet@x".parse().unwrap();
    let stands = status(&mut tx, world.now, &juliet, share).await.unwrap().unwrap();
    assert!(stands.iter().all(|it| it.progress.token() == "accepted"), "{stands:?}");
}

async fn an_invitation_lets_in_whom_the_operator_does_not(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x"]).await;
    assert_eq!(comes(&mut tx, &world, "romeo@y", None).await, Came::MayNot);
    shares(&mut tx, &world, "juliet@x", "one", &["romeo@y"]).await;
    assert_eq!(comes(&mut tx, &world, "romeo@y", None).await, Came::MayNot, "not asked yet");
    asked(&mut tx, &world).await;
    let late = later(&world, 30 * DAY);
    assert!(is_invited(&mut tx, world.now, "romeo@y").await.unwrap());
    assert_eq!(comes(&mut tx, &late, "romeo@y", None).await, Came::MayNot, "too late");
    assert_eq!(comes(&mut tx, &world, "romeo@y", None).await, NEW);
    let romeo = "romeo@y".parse().unwrap();
    assert!(come(&mut tx, &world, &wish(&romeo, true, None)).await.is_ok());
}

async fn a_code_is_good_for_one_and_opens_nothing_by_itself(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x"]).await;
    account::rename(&mut tx, &world, "juliet@x", "Juliet").await.unwrap();
    shares(&mut tx, &world, "juliet@x", "one", &[TEL]).await;
    shares(&mut tx, &world, "juliet@x", "two", &[TEL]).await;
    let code = by_letter(&mut tx, &world).await;
    let Opened::Open(it) = open(&mut tx, Code::parse(&code).unwrap(), world.now).await.unwrap()
    else {
        panic!("it is open")
    };
    assert_eq!((it.inviter.as_str(), it.nick.as_deref()), ("juliet@x", Some("Juliet")));
    let tel = Address::parse(TEL).unwrap();
    // Somebody to whom the link was passed on.
    let prove = || Some(tel.clone());
    let came = comes(&mut tx, &world, "tybalt@x", Some(&code)).await;
    assert_eq!(came, Came::Joined { is_new: true, prove: prove() });
    let came = comes(&mut tx, &world, "tybalt@x", Some(&code)).await;
    assert_eq!(came, Came::Joined { is_new: false, prove: prove() }, "the same again");
    assert!(claim(&mut tx, &world, 99).await.unwrap().ready.is_empty(), "it opens nothing");
    assert_eq!(deliveries_for(&mut tx, TEL, At::Held).await.len(), 2);
    assert_eq!(comes(&mut tx, &world, "romeo@x", Some(&code)).await, Came::BadCode);
    let opened = open(&mut tx, Code::parse(&code).unwrap(), world.now).await.unwrap();
    assert_eq!(opened, Opened::Used);
    // The one whose number it is shows that, and has it; what he had before keeps its number.
    join(&mut tx, &world, &["romeo@x"]).await;
    shares(&mut tx, &world, "juliet@x", "zero", &["romeo@x"]).await;
    proved(&mut tx, &world, "romeo@x", &tel, |_, _| String::new()).await.unwrap();
    let ready = claim(&mut tx, &world, 99).await.unwrap().ready;
    let (his, hers): (Vec<Outgoing>, Vec<Outgoing>) =
        ready.into_iter().partition(|it| it.to.as_str() == "romeo@x");
    let mut said: Vec<(i64, &str)> = his.iter().map(|it| it.handle).zip(comments(&his)).collect();
    said.sort_unstable();
    assert_eq!(said, [(1, "zero"), (2, "one"), (3, "two")]);
    assert!(hers.is_empty(), "he has not come with her code: {hers:?}");
    let list = list::list(&mut tx, world.now, &"juliet@x".parse().unwrap()).await.unwrap().0;
    assert!(list.iter().any(|it| it.address == tel && !it.has_accepted), "{list:?}");
}

async fn whoever_is_new_and_comes_with_the_code_of_an_account_counts_as_who_invited_them(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x"]).await;
    for (n, makes) in [(1, false), (2, true)] {
        let tel = format!("tel:+39045555010{n}");
        shares(&mut tx, &world, "juliet@x", &tel, &[&tel]).await;
        let text = by_letter(&mut tx, &world).await;
        let code = Code::parse(&text).unwrap();
        if makes {
            let place = account_link::reserve(&mut tx, &world, code, "juliet@x", 9).await.unwrap();
            assert_eq!(place, Reservation::Ask);
            let link = AccountLink::new("xmpp:x?register;preauth=1", "", None, world.now);
            account_link::keep(&mut tx, code, link.as_ref()).await.unwrap();
        }
        let jid = format!("new{n}@x");
        let came = comes(&mut tx, &world, &jid, Some(&text)).await;
        assert!(matches!(came, Came::Joined { is_new: true, .. }), "{came:?}");
        assert_eq!(tx.made_for(&jid).await.unwrap().is_some(), makes, "{jid}");
        let letters = tx.letters_due(letter::Channel::Sms, world.now, 9).await.unwrap();
        for letter in letters {
            tx.end_letter(letter::LetterId(letter.id), letter::State::Taken, None).await.unwrap();
        }
    }
}

async fn all_codes_that_do_not_work_look_alike(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x"]).await;
    shares(&mut tx, &world, "juliet@x", "one", &[TEL, "romeo@x"]).await;
    let code = by_letter(&mut tx, &world).await;
    let unknown = Code::from_random(8, 9).to_string();
    for bad in ["", "hello", &unknown] {
        assert_eq!(comes(&mut tx, &world, "tybalt@x", Some(bad)).await, Came::BadCode, "{bad}");
    }
    let late = later(&world, 31 * DAY);
    assert_eq!(comes(&mut tx, &late, "tybalt@x", Some(&code)).await, Came::BadCode, "too late");
    let opened = open(&mut tx, Code::parse(&code).unwrap(), world.now).await.unwrap();
    assert!(matches!(opened, Opened::Open(_)), "{opened:?}");
    let opened = open(&mut tx, Code::parse(&code).unwrap(), late.now).await.unwrap();
    assert_eq!(opened, Opened::Expired);
    let tel = Address::parse(TEL).unwrap();
    list::withdraw(&mut tx, &world, &"juliet@x".parse().unwrap(), &tel, Asked::now(&world))
        .await
        .unwrap();
    assert_eq!(comes(&mut tx, &world, "tybalt@x", Some(&code)).await, Came::BadCode, "withdrawn");
    let opened = open(&mut tx, Code::parse(&code).unwrap(), world.now).await.unwrap();
    assert_eq!(opened, Opened::Withdrawn);
    let opened = open(&mut tx, Code::from_random(8, 9), world.now).await.unwrap();
    assert_eq!(opened, Opened::Unknown);
}

async fn the_code_of_whoever_wants_to_hear_nothing_opens_no_page(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x"]).await;
    shares(&mut tx, &world, "juliet@x", "one", &[TEL]).await;
    let code = Code::parse(&by_letter(&mut tx, &world).await).unwrap();
    let tel = Address::parse(TEL).unwrap();
    assert!(matches!(open(&mut tx, code, world.now).await.unwrap(), Opened::Open(_)));
    stop(&mut tx, &world, &tel).await.unwrap();
    assert_eq!(open(&mut tx, code, world.now).await.unwrap(), Opened::Stopped);
}

async fn after_never_again_a_code_that_was_sent_before_lets_nobody_in(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x"]).await;
    shares(&mut tx, &world, "juliet@x", "one", &[TEL]).await;
    let code = by_letter(&mut tx, &world).await;
    // Somebody has come with it before.
    let came = comes(&mut tx, &world, "tybalt@x", Some(&code)).await;
    assert!(matches!(came, Came::Joined { prove: Some(_), .. }), "{came:?}");
    stop(&mut tx, &world, &Address::parse(TEL).unwrap()).await.unwrap();
    for jid in ["tybalt@x", "romeo@x"] {
        let romeo = jid.parse().unwrap();
        let came = come(&mut tx, &world, &wish(&romeo, true, Some(&code))).await.unwrap();
        assert_eq!(came, Came::BadCode, "{jid}: and so no code goes to the number");
    }
}
