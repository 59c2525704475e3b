//! Letters: each is sent when it is due, counted for a while, and has no words once it has ended;
//! keys for keyed hashes.

use std::time::Duration;

use crate::{
    db::{Db, Result, Tx, sql},
    domain::{
        address::Address,
        clock::Millis,
        letter::{Channel, Kind, Letter, LetterId, State},
    },
    post::store::LetterRow,
    tests::{NOW, facts},
};
use uuid::Uuid;

facts!(
    a_letter_waits_is_claimed_and_ends_without_its_words,
    letters_are_counted_by_reader_account_and_channel,
    what_nobody_wants_sent_is_withdrawn_unless_it_is_on_its_way,
    a_key_is_made_once,
);

const SMS: (Channel, &str) = (Channel::Sms, "");
const HOUR: Duration = Duration::from_hours(1);

fn letter(to: &str, kind: Kind) -> Letter {
    Letter {
        to: Address::parse(to).unwrap(),
        account: "juliet@x".into(),
        kind,
        subject: "看".into(),
        text: "Your code: 123456".into(),
        stop: Some("https://x/i/C/stop".into()),
        life: HOUR,
    }
}

fn id(n: u128) -> LetterId {
    LetterId(Uuid::from_u128(n))
}

async fn a_letter_waits_is_claimed_and_ends_without_its_words(db: &Db) {
    let mut tx = db.write().await.unwrap();
    tx.insert_letter(id(1), &letter("tel:+390455550100", Kind::Code), NOW).await.unwrap();
    assert!(tx.letters_due(Channel::Sms, Millis(NOW.0 - 1), 9).await.unwrap().is_empty());
    let due: Vec<LetterRow> = tx.letters_due(Channel::Sms, NOW, 9).await.unwrap();
    assert_eq!((due.len(), due[0].attempt, due[0].resent, due[0].state), (1, 0, 0, 0));
    assert_eq!((due[0].subject.as_str(), due[0].expires_at), ("看", NOW.after(HOUR).0));
    tx.insert_letter(id(2), &letter("tel:+390455550101", Kind::Invitation), NOW).await.unwrap();
    let first = tx.letters_due_first(Channel::Sms, NOW, 9).await.unwrap();
    assert_eq!(
        (tx.letters_due(Channel::Sms, NOW, 9).await.unwrap().len(), first.len()),
        (2, 1),
        "codes alone"
    );
    assert_eq!(first[0].kind, Kind::Code.code());
    for other in [Channel::Chat, Channel::Mail] {
        assert!(tx.letters_due(other, NOW, 9).await.unwrap().is_empty(), "by its channel");
        assert!(tx.letters_due_first(other, NOW, 9).await.unwrap().is_empty());
    }
    assert!(tx.letters_due_first(Channel::Sms, Millis(NOW.0 - 1), 9).await.unwrap().is_empty());
    assert!(tx.end_letter(id(2), State::Taken, None).await.unwrap());
    assert_eq!(tx.delete_old_letters(Millis(NOW.0 + 1), 9).await.unwrap(), 1);
    let lease = Millis(NOW.0 + 100);
    tx.claim_letter(id(1), false, lease, NOW, SMS).await.unwrap();
    assert!(tx.letters_due(Channel::Sms, NOW, 9).await.unwrap().is_empty(), "somebody sends it");
    let due = tx.letters_due(Channel::Sms, lease, 9).await.unwrap();
    assert_eq!((due[0].state, due[0].attempt), (State::Sending.code(), 1), "or died over it");
    tx.claim_letter(id(1), true, lease, NOW, SMS).await.unwrap();
    tx.postpone_letter(id(1), Millis(NOW.0 + 200), "busy").await.unwrap();
    assert!(tx.letters_due(Channel::Sms, lease, 9).await.unwrap().is_empty());
    let due = tx.letters_due(Channel::Sms, Millis(NOW.0 + 200), 9).await.unwrap();
    assert_eq!((due[0].state, due[0].attempt, due[0].resent), (0, 2, 1));
    assert!(tx.end_letter(id(1), State::Taken, None).await.unwrap());
    assert!(!tx.end_letter(id(1), State::Failed, Some("x")).await.unwrap(), "it has ended");
    assert_eq!(letter_state(&mut tx, id(1)).await, Some((State::Taken.code(), None)));
    assert_eq!(letter_state(&mut tx, id(2)).await, None);
    assert_eq!(tx.delete_old_letters(NOW, 9).await.unwrap(), 0, "not yet");
    assert_eq!(tx.delete_old_letters(Millis(NOW.0 + 1), 9).await.unwrap(), 1);
    assert_eq!(letter_state(&mut tx, id(1)).await, None);
}

async fn letters_are_counted_by_reader_account_and_channel(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let (tel, mail) = ("tel:+390455550100", "mailto:mercutio@example.org");
    for (n, to, kind) in [(1, tel, Kind::Code), (2, tel, Kind::Invitation), (3, mail, Kind::Code)] {
        tx.insert_letter(id(n), &letter(to, kind), NOW).await.unwrap();
    }
    let before = Millis(NOW.0 - 1);
    assert_eq!(tx.letters_to(tel, Kind::Code, before).await.unwrap(), 1);
    assert_eq!(tx.letters_to(tel, Kind::Code, NOW).await.unwrap(), 0);
    assert_eq!(tx.letters_between("juliet@x", tel, Kind::Code, before).await.unwrap().len(), 1);
    assert!(tx.letters_between("paris@x", tel, Kind::Code, before).await.unwrap().is_empty());
    assert_eq!(tx.letters_of("juliet@x", Kind::Code, before).await.unwrap(), 2);
    assert_eq!(tx.letters_of("romeo@x", Kind::Code, before).await.unwrap(), 0);
    tx.insert_letter(id(4), &Letter { account: "romeo@y".into(), ..letter(mail, Kind::Code) }, NOW)
        .await
        .unwrap();
    let sent = async |tx: &mut Tx, channel, since, limit| {
        let sent = tx.letters_sent(channel, since, limit).await.unwrap();
        (sent.total, sent.of_others)
    };
    assert_eq!(sent(&mut tx, Channel::Mail, before, 9).await, (0, 0), "none has left");
    for (n, spends) in [(1, SMS), (2, SMS), (3, (Channel::Mail, "")), (4, (Channel::Mail, "@y"))] {
        tx.claim_letter(id(n), false, NOW, NOW, spends).await.unwrap();
    }
    assert_eq!(sent(&mut tx, Channel::Sms, before, 9).await, (2, 0));
    assert_eq!(sent(&mut tx, Channel::Mail, before, 9).await, (2, 1));
    assert_eq!(sent(&mut tx, Channel::Mail, before, 1).await.0, 1, "no more is counted");
    assert_eq!(sent(&mut tx, Channel::Mail, NOW, 9).await, (0, 0));
    for (channel, site, since, n) in [
        (Channel::Mail, "@y", before, 1),
        (Channel::Mail, "@y", NOW, 0),
        (Channel::Mail, "@z", before, 0),
        (Channel::Sms, "@y", before, 0),
    ] {
        assert_eq!(tx.letters_sent_of(channel, site, since, 9).await.unwrap(), n);
    }
    assert_eq!(tx.letters_sent_of(Channel::Mail, "@y", before, 0).await.unwrap(), 0);
}

async fn what_nobody_wants_sent_is_withdrawn_unless_it_is_on_its_way(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let tel = "tel:+390455550100";
    for n in [1, 2] {
        tx.insert_letter(id(n), &letter(tel, Kind::Code), NOW).await.unwrap();
    }
    tx.claim_letter(id(2), false, NOW, NOW, SMS).await.unwrap();
    assert_eq!(tx.withdraw_letters("romeo@x", tel, Kind::Code).await.unwrap(), 0);
    assert_eq!(tx.withdraw_letters("juliet@x", tel, Kind::Notice).await.unwrap(), 0);
    assert_eq!(tx.withdraw_letters_to(tel, Kind::Notice).await.unwrap(), 0);
    assert_eq!(tx.withdraw_letters("juliet@x", tel, Kind::Code).await.unwrap(), 1);
    let state = letter_state(&mut tx, id(1)).await;
    assert_eq!(state, Some((State::Withdrawn.code(), None)));
    assert_eq!(letter_state(&mut tx, id(2)).await.unwrap().0, State::Sending.code());
}

/// Where a letter stands, and what is told of its failure.
pub(crate) async fn letter_state(tx: &mut Tx, id: LetterId) -> Option<(i64, Option<String>)> {
    let found: Result<_> =
        sql!(tx, fetch_optional, "SELECT state, fail FROM letter WHERE id = $1", id.0);
    found.unwrap()
}

async fn a_key_is_made_once(db: &Db) {
    let mut tx = db.write().await.unwrap();
    assert_eq!(tx.key("code").await.unwrap(), None);
    tx.insert_key("code", &[1, 2]).await.unwrap();
    tx.insert_key("code", &[3]).await.unwrap();
    assert_eq!(tx.key("code").await.unwrap(), Some(vec![1, 2]));
}
