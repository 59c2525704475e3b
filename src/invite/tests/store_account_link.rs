//! Links with which people make themselves an account on the server.

use std::{sync::Arc, time::Duration};

use crate::{
    db::{Db, Tx},
    domain::{
        account_link::{AccountLink, LIFE},
        clock::{Clock, Millis},
        id::Chance,
        invitation::Code,
    },
    invite::{
        account_link::{self, PLACE, Reservation},
        store_account_link::MadeRow,
    },
    limits::{Limits, Rates},
    tests::{NOW, facts, join},
    world::{Rows, Rules, World},
};

facts!(
    a_place_is_kept_filled_given_back_and_forgotten,
    an_invitation_has_one_link_until_that_ends,
    a_place_that_stays_empty_is_free_again,
    no_more_are_made_in_a_day_than_the_operator_allows,
    nobodys_inviting_takes_more_than_a_part_of_a_day,
    who_has_come_by_such_an_account_counts_as_who_invited_them,
);

fn at(now: Millis) -> World {
    let (metrics, rules) = (Arc::default(), Rules::open().into());
    World { now, chance: Chance::System, pictures: false, metrics, rules, rows: Rows::default() }
}

fn code(n: u64) -> Code {
    Code::from_random(0, n)
}

/// A place for the invitation `n`, which is of an inviter of its own.
async fn reserve(tx: &mut Tx, now: Millis, n: u64, a_day: i64) -> Reservation {
    reserve_of(tx, now, n, &format!("juliet{n}@x"), a_day).await
}

async fn reserve_of(tx: &mut Tx, now: Millis, n: u64, inviter: &str, a_day: i64) -> Reservation {
    account_link::reserve(tx, &at(now), code(n), inviter, a_day).await.unwrap()
}

fn made(now: Millis) -> AccountLink {
    AccountLink::new("xmpp:x?register;preauth=1", "https://x/1", None, now).unwrap()
}

async fn a_place_is_kept_filled_given_back_and_forgotten(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let (one, two, until) = ([1_u8; 32], [2_u8; 32], NOW.after(PLACE));
    let (times, of) = ((NOW, until), (&[7_u8][..], "@y"));
    assert!(tx.reserve_account_link(&one, times, of).await.unwrap());
    assert!(!tx.reserve_account_link(&one, times, of).await.unwrap(), "it is taken");
    assert!(tx.reserve_account_link(&two, times, (&[8], "")).await.unwrap());
    let mut counted = tx.account_links_since(NOW, NOW, 9).await.unwrap();
    counted.sort_by(|one, two| one.inviter.cmp(&two.inviter));
    let row = |inviter: u8, site: &str| MadeRow { inviter: Some(vec![inviter]), site: site.into() };
    assert_eq!(counted, [row(7, "@y"), row(8, "")]);
    assert_eq!(tx.account_links_since(NOW, NOW, 1).await.unwrap().len(), 1);
    tx.keep_account_link(&one, &made(NOW)).await.unwrap();
    tx.give_account_link_back(&two).await.unwrap();
    let row = tx.account_link(&one).await.unwrap().expect("the link");
    assert_eq!(row.uri, made(NOW).uri);
    assert_eq!(tx.account_link(&two).await.unwrap(), None);
    let over = NOW.after(LIFE * 2);
    assert_eq!(tx.delete_old_account_links(over, over, 9).await.unwrap(), 1);
}

async fn an_invitation_has_one_link_until_that_ends(db: &Db) {
    let mut tx = db.write().await.unwrap();
    assert_eq!(reserve(&mut tx, NOW, 1, 5).await, Reservation::Ask);
    assert_eq!(reserve(&mut tx, NOW, 1, 5).await, Reservation::Asked);
    assert_eq!(account_link::link(&mut tx, code(1), NOW).await.unwrap(), None);
    let link = made(NOW);
    account_link::keep(&mut tx, code(1), Some(&link)).await.unwrap();
    let again = reserve(&mut tx, NOW, 1, 5).await;
    assert_eq!(again, Reservation::Made(link.clone()));
    assert_eq!(account_link::link(&mut tx, code(1), NOW).await.unwrap(), Some(link));
    assert_eq!(account_link::link(&mut tx, code(2), NOW).await.unwrap(), None);
    let over = NOW.after(LIFE);
    assert_eq!(account_link::link(&mut tx, code(1), over).await.unwrap(), None);
    assert_eq!(reserve(&mut tx, over, 1, 5).await, Reservation::Ask);
    let later = over.after(LIFE);
    assert_eq!(account_link::forget(&mut tx, later, 9).await.unwrap(), 1);
    assert_eq!(account_link::forget(&mut tx, later, 9).await.unwrap(), 0);
}

async fn a_place_that_stays_empty_is_free_again(db: &Db) {
    let mut tx = db.write().await.unwrap();
    for n in [1, 2] {
        assert_eq!(reserve(&mut tx, NOW, n, 2).await, Reservation::Ask);
    }
    assert_eq!(reserve(&mut tx, NOW, 3, 2).await, Reservation::Spent);
    account_link::keep(&mut tx, code(1), None).await.unwrap();
    assert_eq!(reserve(&mut tx, NOW, 3, 2).await, Reservation::Ask);
    // A process that died between: after half a minute.
    let later = NOW.after(PLACE);
    assert_eq!(reserve(&mut tx, later, 2, 2).await, Reservation::Ask);
}

async fn no_more_are_made_in_a_day_than_the_operator_allows(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let mut press = async |n, now| {
        let place = reserve(&mut tx, now, n, 2).await;
        if place == Reservation::Ask {
            account_link::keep(&mut tx, code(n), Some(&made(now))).await.unwrap();
        }
        place
    };
    assert_eq!(press(1, NOW).await, Reservation::Ask);
    assert_eq!(press(2, NOW).await, Reservation::Ask);
    assert_eq!(press(3, NOW).await, Reservation::Spent);
    assert!(matches!(press(1, NOW).await, Reservation::Made(_)));
    assert_eq!(press(3, NOW.after(Duration::from_hours(25))).await, Reservation::Ask);
}

async fn nobodys_inviting_takes_more_than_a_part_of_a_day(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let mut n = 0;
    let mut press = async |inviter: &str, now: Millis| {
        n += 1;
        let rates = Rates { host: Some("x".parse().unwrap()), ..Rates::default() };
        let limits = Limits::new(rates, &Clock::System);
        let world = World { rules: Rules { limits, ..Rules::open() }.into(), ..at(now) };
        let place = account_link::reserve(&mut tx, &world, code(n), inviter, 20).await.unwrap();
        if place == Reservation::Ask {
            account_link::keep(&mut tx, code(n), Some(&made(now))).await.unwrap();
        }
        place == Reservation::Ask
    };
    // Four accounts of one server that invite as many as they may: each has two.
    for n in 0..4 {
        let inviter = format!("m{n}@x");
        let made =
            [press(&inviter, NOW).await, press(&inviter, NOW).await, press(&inviter, NOW).await];
        assert_eq!(made, [true, true, false], "{inviter}");
    }
    // Of another server an eighth of twenty, rounded up, whoever they are there.
    let mut others = Vec::new();
    for n in 0..4 {
        others.push(press(&format!("e{n}@evil.example"), NOW).await);
    }
    assert_eq!(others, [true, true, true, false]);
    // Eleven are made; from half on, only for who has had none.
    assert!(press("juliet@x", NOW).await);
    assert!(!press("juliet@x", NOW).await);
    assert!(press("paris@y", NOW).await, "another server has its own part");
    // All of the others have two thirds.
    for n in 0..3 {
        assert!(press(&format!("p@o{n}"), NOW).await);
    }
    let tomorrow = NOW.after(Duration::from_hours(25));
    assert!(press("m0@x", tomorrow).await);
}

async fn who_has_come_by_such_an_account_counts_as_who_invited_them(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let world = at(NOW);
    join(&mut tx, &world, &["made@x", "nurse@x"]).await;
    assert_eq!(tx.made_for("made@x").await.unwrap(), None);
    assert_eq!(reserve_of(&mut tx, NOW, 1, "mallory@x", 20).await, Reservation::Ask);
    let mallory = tx.account_link(&code(1).hash()).await.unwrap().unwrap().inviter.unwrap();
    tx.set_made_for("made@x", &mallory).await.unwrap();
    assert_eq!(tx.made_for("made@x").await.unwrap(), Some(mallory));
    assert_eq!(reserve_of(&mut tx, NOW, 2, "made@x", 20).await, Reservation::Ask);
    assert_eq!(
        reserve_of(&mut tx, NOW, 2, "made@x", 20).await,
        Reservation::Asked,
        "its place is kept"
    );
    for inviter in ["made@x", "mallory@x"] {
        assert_eq!(reserve_of(&mut tx, NOW, 3, inviter, 20).await, Reservation::Spent, "{inviter}");
    }
    assert_eq!(reserve_of(&mut tx, NOW, 3, "nurse@x", 20).await, Reservation::Ask);
}
