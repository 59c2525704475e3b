//! Links with which people make themselves an account on the server.

use std::{sync::Arc, time::Duration};

use tradepost::{
    domain::{
        account_link::{AccountLink, LIFE},
        clock::Millis,
        id::Chance,
        invitation::Code,
    },
    ops::{
        Rows, Rules, World,
        account_link::{self, PLACE, Place},
    },
    store::db::Db,
};

use super::{NOW, facts};

facts!(
    a_place_is_kept_filled_given_back_and_forgotten,
    an_invitation_has_one_link_until_that_ends,
    a_place_that_stays_empty_is_free_again,
    no_more_are_made_in_a_day_than_the_operator_allows,
);

fn at(now: Millis) -> World {
    let (metrics, rules) = (Arc::default(), Rules::open().into());
    World { now, chance: Chance::System, pictures: false, metrics, rules, rows: Rows::default() }
}

fn code(n: u64) -> Code {
    Code::from_random(0, n)
}

fn made(now: Millis) -> AccountLink {
    AccountLink::new("xmpp:x?register;preauth=1", "https://x/1", None, now).unwrap()
}

async fn a_place_is_kept_filled_given_back_and_forgotten(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let (one, two, until) = ([1_u8; 32], [2_u8; 32], NOW.after(PLACE));
    assert!(tx.reserve_account_link(&one, NOW, until).await.unwrap());
    assert!(!tx.reserve_account_link(&one, NOW, until).await.unwrap(), "it is taken");
    assert!(tx.reserve_account_link(&two, NOW, until).await.unwrap());
    assert_eq!(tx.account_links_since(NOW, NOW).await.unwrap(), 2);
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
    assert_eq!(account_link::reserve(&mut tx, &at(NOW), code(1), 5).await.unwrap(), Place::Ask);
    assert_eq!(account_link::reserve(&mut tx, &at(NOW), code(1), 5).await.unwrap(), Place::Asked);
    assert_eq!(account_link::link(&mut tx, code(1), NOW).await.unwrap(), None);
    let link = made(NOW);
    account_link::keep(&mut tx, code(1), Some(&link)).await.unwrap();
    let again = account_link::reserve(&mut tx, &at(NOW), code(1), 5).await.unwrap();
    assert_eq!(again, Place::Made(link.clone()));
    assert_eq!(account_link::link(&mut tx, code(1), NOW).await.unwrap(), Some(link));
    assert_eq!(account_link::link(&mut tx, code(2), NOW).await.unwrap(), None);
    let over = NOW.after(LIFE);
    assert_eq!(account_link::link(&mut tx, code(1), over).await.unwrap(), None);
    assert_eq!(account_link::reserve(&mut tx, &at(over), code(1), 5).await.unwrap(), Place::Ask);
    let later = over.after(LIFE);
    assert_eq!(account_link::forget(&mut tx, later, 9).await.unwrap(), 1);
    assert_eq!(account_link::forget(&mut tx, later, 9).await.unwrap(), 0);
}

async fn a_place_that_stays_empty_is_free_again(db: &Db) {
    let mut tx = db.write().await.unwrap();
    for n in [1, 2] {
        assert_eq!(account_link::reserve(&mut tx, &at(NOW), code(n), 2).await.unwrap(), Place::Ask);
    }
    let third = async |tx: &mut _, now| account_link::reserve(tx, &at(now), code(3), 2).await;
    assert_eq!(third(&mut tx, NOW).await.unwrap(), Place::Spent);
    account_link::keep(&mut tx, code(1), None).await.unwrap();
    assert_eq!(third(&mut tx, NOW).await.unwrap(), Place::Ask);
    // A process that died between: after half a minute.
    let later = NOW.after(PLACE);
    assert_eq!(account_link::reserve(&mut tx, &at(later), code(2), 2).await.unwrap(), Place::Ask);
}

async fn no_more_are_made_in_a_day_than_the_operator_allows(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let mut press = async |n, now| {
        let place = account_link::reserve(&mut tx, &at(now), code(n), 2).await.unwrap();
        if place == Place::Ask {
            account_link::keep(&mut tx, code(n), Some(&made(now))).await.unwrap();
        }
        place
    };
    assert_eq!(press(1, NOW).await, Place::Ask);
    assert_eq!(press(2, NOW).await, Place::Ask);
    assert_eq!(press(3, NOW).await, Place::Spent);
    assert!(matches!(press(1, NOW).await, Place::Made(_)));
    assert_eq!(press(3, NOW.after(Duration::from_hours(25))).await, Place::Ask);
}
