//! Accounts: made once, and each column moved by the one function that is for it.

use crate::{
    account::store::{Account, Counters, Subscriber},
    db::{Db, Tx},
    domain::clock::Millis,
    tests::{NOW, facts},
};

facts!(
    an_account_is_made_once,
    an_account_is_removed_once,
    each_column_has_its_function,
    who_comes_online_is_suspended_no_more,
    without_a_subscription_nobody_is_online,
    a_new_stream_knows_nobody_online,
    subscribers_come_in_order_and_in_pages,
    who_has_declined_may_be_asked_again_later,
    quiet_hours_and_a_zone_are_kept,
    counters_move_for_many_at_once,
);

const ROMEO: &str = "romeo@x";

/// An account as it is when it is new.
fn new(jid: &str) -> Account {
    Account {
        jid: jid.to_owned(),
        nick: None,
        lang: "en".to_owned(),
        next_handle: 1,
        sees_us: false,
        seen_by_us: false,
        online: false,
        reached: false,
        suspended_until: Millis(0),
        paced_until: Millis(0),
        pictures: true,
        quiet: None,
        zone: None,
        joined_at: NOW,
        ask: None,
        guarded: false,
        barred: false,
        acks: false,
        card_updates: false,
    }
}

async fn romeo(tx: &mut Tx) -> Account {
    tx.account(ROMEO).await.unwrap().expect("an account")
}

async fn an_account_is_made_once(db: &Db) {
    let mut tx = db.write().await.unwrap();
    assert!(tx.insert_account(ROMEO, "en", NOW).await.unwrap());
    assert_eq!(romeo(&mut tx).await, new(ROMEO));
    tx.set_nick(ROMEO, "Romeo").await.unwrap();
    assert!(!tx.insert_account(ROMEO, "zh", NOW).await.unwrap());
    assert_eq!(romeo(&mut tx).await, Account { nick: Some("Romeo".into()), ..new(ROMEO) });
    assert_eq!(tx.account("benvolio@x").await.unwrap(), None);
    assert_eq!(tx.accounts(&[]).await.unwrap(), []);
}

async fn an_account_is_removed_once(db: &Db) {
    let mut tx = db.write().await.unwrap();
    tx.insert_account(ROMEO, "en", NOW).await.unwrap();
    assert!(tx.delete_account(ROMEO).await.unwrap());
    assert!(!tx.delete_account(ROMEO).await.unwrap());
    assert_eq!(tx.account(ROMEO).await.unwrap(), None);
}

async fn each_column_has_its_function(db: &Db) {
    let mut tx = db.write().await.unwrap();
    for jid in [ROMEO, "benvolio@x"] {
        tx.insert_account(jid, "en", NOW).await.unwrap();
    }
    let mut expected = new(ROMEO);
    tx.set_sees_us(ROMEO, true).await.unwrap();
    expected.sees_us = true;
    assert_eq!(romeo(&mut tx).await, expected);
    tx.set_seen_by_us(ROMEO, true).await.unwrap();
    expected.seen_by_us = true;
    assert_eq!(romeo(&mut tx).await, expected);
    tx.suspend(ROMEO, Millis(7)).await.unwrap();
    expected.suspended_until = Millis(7);
    assert_eq!(romeo(&mut tx).await, expected);
    tx.set_online(ROMEO, NOW).await.unwrap();
    (expected.online, expected.suspended_until) = (true, Millis(0));
    assert_eq!(romeo(&mut tx).await, expected);
    tx.set_offline(ROMEO, NOW).await.unwrap();
    expected.online = false;
    assert_eq!(romeo(&mut tx).await, expected);
    tx.set_reached(&[ROMEO.into()]).await.unwrap();
    expected.reached = true;
    assert_eq!(romeo(&mut tx).await, expected);
    assert_eq!(tx.account("benvolio@x").await.unwrap(), Some(new("benvolio@x")), "nobody else");
}

async fn who_comes_online_is_suspended_no_more(db: &Db) {
    let mut tx = db.write().await.unwrap();
    tx.insert_account(ROMEO, "en", NOW).await.unwrap();
    tx.suspend(ROMEO, Millis::NEVER).await.unwrap();
    tx.set_online(ROMEO, NOW).await.unwrap();
    assert_eq!(romeo(&mut tx).await.suspended_until, Millis(0));
    tx.suspend(ROMEO, Millis::NEVER).await.unwrap();
    tx.set_seen(ROMEO, NOW).await.unwrap();
    let seen = romeo(&mut tx).await;
    assert_eq!((seen.suspended_until, seen.reached), (Millis(0), true));
}

async fn without_a_subscription_nobody_is_online(db: &Db) {
    let mut tx = db.write().await.unwrap();
    tx.insert_account(ROMEO, "en", NOW).await.unwrap();
    tx.set_seen_by_us(ROMEO, true).await.unwrap();
    tx.set_online(ROMEO, NOW).await.unwrap();
    tx.set_seen_by_us(ROMEO, true).await.unwrap();
    assert!(romeo(&mut tx).await.online);
    tx.set_seen_by_us(ROMEO, false).await.unwrap();
    assert!(!romeo(&mut tx).await.online);
}

async fn a_new_stream_knows_nobody_online(db: &Db) {
    let mut tx = db.write().await.unwrap();
    for jid in [ROMEO, "benvolio@x"] {
        tx.insert_account(jid, "en", NOW).await.unwrap();
        tx.set_online(jid, NOW).await.unwrap();
    }
    tx.set_all_offline().await.unwrap();
    let all = tx.accounts(&[ROMEO.into(), "benvolio@x".into(), "nobody@x".into()]).await.unwrap();
    assert_eq!(all.len(), 2);
    assert!(all.iter().all(|account| !account.online));
}

async fn subscribers_come_in_order_and_in_pages(db: &Db) {
    let mut tx = db.write().await.unwrap();
    for (jid, sees_us, seen_by_us) in
        [("d@x", true, true), ("a@x", true, false), ("c@x", false, false), ("b@x", false, true)]
    {
        tx.insert_account(jid, "en", NOW).await.unwrap();
        tx.set_sees_us(jid, sees_us).await.unwrap();
        tx.set_seen_by_us(jid, seen_by_us).await.unwrap();
    }
    let one = |jid: &str, sees_us, seen_by_us| Subscriber {
        jid: jid.to_owned(),
        lang: "en".to_owned(),
        sees_us,
        seen_by_us,
        // Whoever lets us see him has not declined, and nobody else has said anything else here.
        declined: !seen_by_us,
    };
    let first = tx.subscribers("", 2).await.unwrap();
    assert_eq!(first, [one("a@x", true, false), one("b@x", false, true)]);
    assert_eq!(tx.subscribers("b@x", 2).await.unwrap(), [one("d@x", true, true)]);
}

async fn who_has_declined_may_be_asked_again_later(db: &Db) {
    let mut tx = db.write().await.unwrap();
    tx.insert_account(ROMEO, "en", NOW).await.unwrap();
    tx.set_sees_us(ROMEO, true).await.unwrap();
    let mut declined = Vec::new();
    declined.push(tx.subscribers("", 9).await.unwrap()[0].declined);
    tx.set_seen_by_us(ROMEO, false).await.unwrap();
    declined.push(tx.subscribers("", 9).await.unwrap()[0].declined);
    tx.forget_declined(ROMEO).await.unwrap();
    declined.push(tx.subscribers("", 9).await.unwrap()[0].declined);
    assert_eq!(declined, [false, true, false]);
}

async fn quiet_hours_and_a_zone_are_kept(db: &Db) {
    let mut tx = db.write().await.unwrap();
    for jid in [ROMEO, "benvolio@x"] {
        tx.insert_account(jid, "en", NOW).await.unwrap();
    }
    tx.set_quiet(ROMEO, Some("22:00-07:00")).await.unwrap();
    tx.learn_zone(ROMEO, "+02:00").await.unwrap();
    let quiet = Some("22:00-07:00".to_owned());
    let zoned =
        |zone: &str| Account { quiet: quiet.clone(), zone: Some(zone.into()), ..new(ROMEO) };
    assert_eq!(romeo(&mut tx).await, zoned("+02:00"));
    tx.set_zone(ROMEO, "Europe/Rome").await.unwrap();
    tx.learn_zone(ROMEO, "+02:00").await.unwrap();
    assert_eq!(romeo(&mut tx).await, zoned("Europe/Rome"), "what he said himself");
    tx.set_quiet(ROMEO, None).await.unwrap();
    assert_eq!(romeo(&mut tx).await.quiet, None);
    assert_eq!(tx.account("benvolio@x").await.unwrap(), Some(new("benvolio@x")), "nobody else");
}

async fn counters_move_for_many_at_once(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let mut counters = Vec::new();
    for n in 0..2_001_i64 {
        let jid = format!("{n}@x");
        tx.insert_account(&jid, "en", NOW).await.unwrap();
        counters.push(Counters { jid, next_handle: n + 2, paced_until: Millis(NOW.0 + n) });
    }
    tx.insert_account(ROMEO, "en", NOW).await.unwrap();
    tx.set_counters(&counters).await.unwrap();
    tx.set_counters(&[]).await.unwrap();
    for n in [0, 1_999, 2_000] {
        let account = tx.account(&format!("{n}@x")).await.unwrap().unwrap();
        assert_eq!((account.next_handle, account.paced_until.0), (n + 2, NOW.0 + n));
    }
    assert_eq!(romeo(&mut tx).await, new(ROMEO));
}
