//! What goes when somebody leaves.

use std::time::{Duration, Instant};

use crate::{
    db::Db,
    domain::{
        clock::Millis,
        delivery::State,
        id::{DeliveryId, ShareId},
        letter::{Channel, Kind, Letter},
        note::{Carries, Note, NoteNo},
        report::Reason,
    },
    invite::store::NewInvitation,
    outbox::{store::NewDelivery, store_note::NewNotice},
    people::store_report::ReportRow,
    tests::{END, NOW, delivery, facts, keep, row},
};
use uuid::Uuid;

facts!(
    shares_go_with_their_deliveries_and_later_ones_stay,
    notes_go_with_the_deliveries_that_carry_them,
    what_was_received_is_known_by_what_the_sender_typed,
    complaints_of_whoever_leaves_stay_without_name_and_words,
    letters_that_have_not_left_are_withdrawn,
    who_came_with_a_code_is_forgotten,
    invitations_go_in_portions_and_outlive_their_account,
    what_somebody_said_of_others_goes_in_portions_and_only_when_they_have_left,
    the_log_is_emptied_and_nothing_is_lost,
    a_removal_is_known_until_the_log_is_emptied_behind_it,
);

async fn shares_go_with_their_deliveries_and_later_ones_stay(db: &Db) {
    let mut tx = db.write().await.unwrap();
    keep(&mut tx, &[1, 2, 3].map(|n| delivery(n, "romeo@x", State::Queued, NOW))).await;
    let [first, last, end] = [1, 3, 4].map(Uuid::from_u128);
    assert!(tx.shares_sent_before("juliet@x", first, 9).await.unwrap().is_empty());
    assert!(tx.shares_sent_before("romeo@x", end, 9).await.unwrap().is_empty());
    assert_eq!(tx.shares_sent_before("juliet@x", last, 9).await.unwrap().len(), 2);
    let two = tx.shares_sent_before("juliet@x", end, 2).await.unwrap();
    assert_eq!(two.len(), 2);
    assert_eq!(two[0].1, 1, "of one recipient each");
    let two: Vec<ShareId> = two.into_iter().map(|(id, _)| ShareId(id)).collect();
    tx.delete_shares(&two).await.unwrap();
    assert_eq!(tx.shares_sent_before("juliet@x", end, 9).await.unwrap().len(), 1);
    assert_eq!(tx.due(State::Queued, END, 9).await.unwrap().len(), 1);
}

async fn notes_go_with_the_deliveries_that_carry_them(db: &Db) {
    let mut tx = db.write().await.unwrap();
    keep(&mut tx, &[delivery(1, "romeo@x", State::Confirmed, NOW)]).await;
    let share = ShareId(Uuid::from_u128(1));
    assert_eq!(tx.last_note().await.unwrap(), NoteNo(0));
    let mut last = NoteNo(0);
    for (n, author) in [(11, "romeo@x"), (12, "juliet@x"), (13, "romeo@x"), (14, "romeo@x")] {
        // The last was said when the clock had gone back.
        let said = if n == 14 { Millis(NOW.0 - 1) } else { NOW };
        let note = Note { author: author.into(), said, ..Note::default() };
        if n == 14 {
            last = tx.last_note().await.unwrap();
        }
        let no = tx.insert_note(share, &note).await.unwrap();
        let mut delivery = delivery(n, "juliet@x", State::Queued, NOW);
        delivery.share = share;
        let about = DeliveryId(Uuid::from_u128(1));
        let notice = NewNotice { delivery, carries: Carries::Note(no), about };
        tx.insert_notices(&[notice]).await.unwrap();
    }
    assert_eq!(tx.delete_notes_of("romeo@x", last, 1).await.unwrap(), 1);
    assert_eq!(tx.delete_notes_of("romeo@x", last, 9).await.unwrap(), 1);
    assert_eq!(tx.delete_notes_of("romeo@x", last, 9).await.unwrap(), 0);
    assert_eq!(
        tx.said(share, None, (NoteNo(i64::MAX), DeliveryId(Uuid::max())), 9).await.unwrap().len(),
        2
    );
    assert_eq!(tx.due(State::Queued, END, 9).await.unwrap().len(), 2);
}

async fn what_was_received_is_known_by_what_the_sender_typed(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let tel = "tel:+390455550100";
    let address = |n| (n == 1).then(|| tel.to_owned());
    let one = |n| {
        let delivery = delivery(n, "romeo@x", State::Confirmed, NOW);
        NewDelivery { address: address(n), handle: 7, ..delivery }
    };
    keep(&mut tx, &[1, 2].map(one)).await;
    let id = |n| DeliveryId(Uuid::from_u128(n));
    for n in [1, 2] {
        let note = Note { author: "juliet@x".into(), ..Note::default() };
        let share = ShareId(Uuid::from_u128(n));
        let no = tx.insert_note(share, &note).await.unwrap();
        let mut delivery = delivery(n + 10, "romeo@x", State::Confirmed, NOW);
        delivery.share = share;
        let notice = NewNotice { delivery, carries: Carries::Note(no), about: id(n) };
        tx.insert_notices(&[notice]).await.unwrap();
    }
    let begin = (i64::MIN, 0, Uuid::nil());
    let all = tx.received("romeo@x", begin, 9).await.unwrap();
    let ids = [1, 2, 11, 12].map(|n| id(n).0);
    assert_eq!(all.iter().map(|it| it.0).collect::<Vec<_>>(), ids, "shares before notes");
    let (last, carries, handle) = all[1];
    let rest = tx.received("romeo@x", (carries, handle, last), 1).await.unwrap();
    assert_eq!(rest, all[2..3]);
    tx.disown_said(&[id(11), id(12)]).await.unwrap();
    tx.disown_received(&[id(1), id(2)]).await.unwrap();
    for (n, rcpt) in [(1, tel), (2, "romeo@x"), (11, tel), (12, "romeo@x")] {
        let row = row(&mut tx, n).await;
        assert_eq!((row.rcpt.as_str(), row.handle), (rcpt, 0), "{n}");
    }
    assert!(tx.typed(&[id(1)]).await.unwrap().is_empty());
    assert!(tx.history("romeo@x", i64::MAX, 0, 9).await.unwrap().is_empty());
}

async fn complaints_of_whoever_leaves_stay_without_name_and_words(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let complaint = |about: &str| {
        let mut row = ReportRow::new("romeo@x", about, Reason::Abuse, NOW);
        row.text = "canary".into();
        row
    };
    for about in ["tybalt@x", "paris@x"] {
        assert!(tx.insert_report(&complaint(about)).await.unwrap());
    }
    tx.disown_reports("romeo@x", "left:07").await.unwrap();
    // Having come back, the same once more.
    assert!(tx.insert_report(&complaint("paris@x")).await.unwrap());
    tx.disown_reports("romeo@x", "left:07").await.unwrap();
    let rows = tx.reports_of("left:07", i64::MAX, 9).await.unwrap();
    let kept: Vec<(&str, &str, &str)> = rows
        .iter()
        .map(|it| (it.reporter.as_str(), it.accused.as_str(), it.text.as_str()))
        .collect();
    assert_eq!(kept, [("left:07", "paris@x", ""), ("left:07", "tybalt@x", "")]);
}

async fn letters_that_have_not_left_are_withdrawn(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let world = crate::tests::world();
    for account in ["romeo@x", "juliet@x"] {
        let letter = Letter {
            to: crate::domain::address::Address::parse("tel:+390455550100").unwrap(),
            account: account.into(),
            kind: Kind::Code,
            subject: String::new(),
            text: "canary".into(),
            stop: None,
            life: std::time::Duration::from_mins(10),
        };
        crate::post::letter::post(&mut tx, &world, &letter).await.unwrap();
    }
    assert_eq!(tx.letters_due(Channel::Sms, END, 9).await.unwrap().len(), 2);
    tx.withdraw_letters_of("romeo@x").await.unwrap();
    assert_eq!(tx.letters_due(Channel::Sms, END, 9).await.unwrap().len(), 1);
}

async fn who_came_with_a_code_is_forgotten(db: &Db) {
    let mut tx = db.write().await.unwrap();
    tx.insert_account("juliet@x", "en", NOW).await.unwrap();
    let id = Uuid::from_u128(1);
    let wanted = NewInvitation {
        id,
        inviter: "juliet@x".into(),
        address: "tel:+390455550100".into(),
        made: NOW,
    };
    tx.insert_invitations(&[wanted]).await.unwrap();
    tx.tell_invitation(id, &[1; 32], END).await.unwrap();
    tx.redeem_invitation(id, "romeo@x").await.unwrap();
    assert_eq!(tx.forget_redeemer("romeo@x", 1).await.unwrap(), 1);
    let row = tx.invitation(&[1; 32]).await.unwrap().expect("the invitation");
    assert_eq!(row.redeemed_by.as_deref(), Some(""), "used, by somebody");
}

async fn invitations_go_in_portions_and_outlive_their_account(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let wanted = |n: u128, inviter: &str, made| NewInvitation {
        id: Uuid::from_u128(n),
        inviter: inviter.into(),
        address: format!("p{n}@y"),
        made,
    };
    let mut all: Vec<_> = (1..=5).map(|n| wanted(n, "romeo@x", NOW)).collect();
    all.push(wanted(6, "romeo@x", Millis(NOW.0 - 1)));
    all.push(wanted(7, "juliet@x", NOW));
    for jid in ["romeo@x", "juliet@x"] {
        tx.insert_account(jid, "en", NOW).await.unwrap();
    }
    tx.insert_invitations(&all).await.unwrap();
    tx.tell_invitation(all[0].id, &[1; 32], END).await.unwrap();
    assert!(tx.invitation(&[1; 32]).await.unwrap().is_some());
    tx.delete_account("romeo@x").await.unwrap();
    // They count for nothing from then on.
    assert!(tx.invitation(&[1; 32]).await.unwrap().is_none());
    assert!(!tx.is_invited("p1@y", NOW).await.unwrap());
    assert!(tx.accept_invitations("p1@y", "p1@y", 9).await.unwrap().is_empty());
    for removed in [3, 2, 0] {
        assert!(tx.has_invited("romeo@x").await.unwrap());
        assert_eq!(tx.delete_invitations_of("romeo@x", all[5].id, 3).await.unwrap(), removed);
    }
    assert_eq!(tx.delete_invitations_of("romeo@x", Uuid::max(), 3).await.unwrap(), 1);
    assert!(!tx.has_invited("romeo@x").await.unwrap());
    assert!(tx.has_invited("juliet@x").await.unwrap());
}

async fn what_somebody_said_of_others_goes_in_portions_and_only_when_they_have_left(db: &Db) {
    let mut tx = db.write().await.unwrap();
    for jid in ["romeo@x", "juliet@x"] {
        tx.insert_account(jid, "en", NOW).await.unwrap();
        let others = ["a@y", "b@y", "c@y"].map(str::to_owned);
        tx.welcome(jid, &others, NOW).await.unwrap();
    }
    assert_eq!(tx.delete_consents_of("romeo@x", 9).await.unwrap(), 0, "they are there");
    tx.delete_account("romeo@x").await.unwrap();
    for removed in [2, 1, 0] {
        assert_eq!(tx.has_said("romeo@x").await.unwrap(), removed > 0);
        assert_eq!(tx.delete_consents_of("romeo@x", 2).await.unwrap(), removed);
    }
    assert!(tx.has_said("juliet@x").await.unwrap());
}

async fn the_log_is_emptied_and_nothing_is_lost(db: &Db) {
    let mut tx = db.write().await.unwrap();
    tx.insert_account("juliet@x", "en", NOW).await.unwrap();
    tx.commit().await.unwrap();
    assert!(db.empty_log().await.unwrap());
    let mut tx = db.write().await.unwrap();
    assert!(tx.account("juliet@x").await.unwrap().is_some());
}

async fn a_removal_is_known_until_the_log_is_emptied_behind_it(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let [first, second, third] = [1, 2, 3].map(Uuid::from_u128);
    for id in [first, second] {
        tx.put_removal(id).await.unwrap();
    }
    let known = tx.removals(9).await.unwrap();
    assert_eq!((known.len(), tx.removals(1).await.unwrap().len()), (2, 1));
    assert_eq!(tx.take_unfinished(NOW, END).await.unwrap(), None, "no transaction goes on with it");
    tx.put_removal(third).await.unwrap();
    tx.forget_removals(&known).await.unwrap();
    assert_eq!(tx.removals(9).await.unwrap(), [third.to_string()], "what came meanwhile");
}

#[tokio::test]
async fn who_reads_keeps_the_log_from_being_emptied_and_nobody_from_writing() {
    let (db, _folder) = crate::tests::sqlite().await;
    let mut reading = db.read().await.unwrap();
    assert!(reading.account("juliet@x").await.unwrap().is_none());
    let mut tx = db.write().await.unwrap();
    tx.insert_account("juliet@x", "en", NOW).await.unwrap();
    tx.commit().await.unwrap();
    let emptying = {
        let (db, begun) = (db.clone(), Instant::now());
        tokio::spawn(async move { (db.empty_log().await.unwrap(), begun.elapsed()) })
    };
    let mut longest = Duration::ZERO;
    while !emptying.is_finished() {
        let begun = Instant::now();
        let mut tx = db.write().await.unwrap();
        tx.set_nick("juliet@x", "Juliet").await.unwrap();
        tx.commit().await.unwrap();
        longest = longest.max(begun.elapsed());
    }
    let (emptied, took) = emptying.await.unwrap();
    assert!(took.max(longest) < Duration::from_secs(2), "{took:?} {longest:?}");
    assert!(!emptied, "somebody reads what was there before");
    reading.commit().await.unwrap();
    assert!(db.empty_log().await.unwrap());
    db.close().await;
}

#[tokio::test]
async fn a_long_log_is_begun_anew_although_one_reader_begins_before_another_ends() {
    let (db, _folder) = crate::tests::sqlite().await;
    assert!(!db.is_log_long());
    let mut reading = db.read().await.unwrap();
    assert!(reading.account("juliet@x").await.unwrap().is_none());
    let mut tx = db.write().await.unwrap();
    tx.insert_account("juliet@x", "en", NOW).await.unwrap();
    let card = "x".repeat(64 << 20);
    tx.set_nick("juliet@x", &card).await.unwrap();
    tx.commit().await.unwrap();
    assert!(db.is_log_long());
    let restarted = {
        let db = db.clone();
        tokio::spawn(async move { db.restart_log().await.unwrap() })
    };
    // For ever one that began before the other ended.
    while !restarted.is_finished() {
        let next = tokio::spawn({
            let db = db.clone();
            async move { db.read().await.unwrap() }
        });
        tokio::task::yield_now().await;
        assert!(reading.account("romeo@x").await.unwrap().is_none());
        drop(reading);
        reading = next.await.unwrap();
        reading.account("juliet@x").await.unwrap();
    }
    assert!(restarted.await.unwrap());
    assert!(!db.is_log_long());
    drop(reading);
    db.close().await;
}
