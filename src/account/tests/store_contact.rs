//! Numbers and mail addresses: one owner each; codes on their way; what is held for them.

use crate::{
    db::Db,
    domain::{
        clock::Millis,
        delivery::State,
        id::DeliveryId,
        letter::{Channel, Kind, Letter, LetterId},
        note::{Carries, NoteNo},
    },
    outbox::{store::NewDelivery, store_note::NewNotice},
    post::tests::store::letter_state,
    tests::{END, NOW, delivery, facts, keep, row},
};
use uuid::Uuid;

facts!(
    a_number_has_one_owner,
    an_old_number_is_doubted_once,
    a_code_is_replaced_counted_and_burnt,
    what_is_held_for_a_number_goes_to_its_owner,
    letters_of_a_dead_process_are_looked_at_again_and_bounces_are_kept,
);

const TEL: &str = "tel:+390455550100";

async fn a_number_has_one_owner(db: &Db) {
    let mut tx = db.write().await.unwrap();
    for jid in ["juliet@x", "romeo@x"] {
        tx.insert_account(jid, "en", NOW).await.unwrap();
    }
    assert_eq!(tx.contact(TEL).await.unwrap(), None);
    tx.put_contact(TEL, "juliet@x", NOW).await.unwrap();
    tx.set_discoverable("juliet@x", true).await.unwrap();
    tx.put_contact(TEL, "juliet@x", END).await.unwrap();
    let own = tx.contact(TEL).await.unwrap().unwrap();
    assert_eq!((own.proved_at, own.discoverable, own.asked_at), (END.0, 1, 0));
    tx.put_contact(TEL, "romeo@x", END).await.unwrap();
    assert_eq!(tx.contacts_of("juliet@x").await.unwrap(), []);
    let his = tx.contacts_of("romeo@x").await.unwrap();
    assert_eq!((his.len(), his[0].discoverable), (1, 0));
    let known = [TEL.to_owned(), "mailto:m@x.org".to_owned()];
    let owners = tx.owners(&known).await.unwrap();
    assert_eq!(owners, [(TEL.to_owned(), "romeo@x".to_owned())]);
    assert!(tx.findable(&known).await.unwrap().is_empty(), "nobody is unasked");
    tx.set_discoverable("romeo@x", true).await.unwrap();
    assert_eq!(tx.findable(&known).await.unwrap(), owners);
    assert!(!tx.delete_contact(TEL, "juliet@x").await.unwrap());
    assert!(tx.delete_contact(TEL, "romeo@x").await.unwrap());
}

async fn an_old_number_is_doubted_once(db: &Db) {
    let mut tx = db.write().await.unwrap();
    tx.insert_account("juliet@x", "en", NOW).await.unwrap();
    tx.put_contact(TEL, "juliet@x", NOW).await.unwrap();
    assert!(tx.old_contacts(NOW, 9).await.unwrap().is_empty());
    assert_eq!(tx.old_contacts(END, 9).await.unwrap()[0].address, TEL);
    tx.doubt_contact(TEL, END).await.unwrap();
    assert!(tx.old_contacts(END, 9).await.unwrap().is_empty());
    assert!(tx.owners(&[TEL.to_owned()]).await.unwrap().is_empty());
    assert!(tx.findable(&[TEL.to_owned()]).await.unwrap().is_empty());
    // Whoever leaves has no number.
    tx.delete_account("juliet@x").await.unwrap();
    assert_eq!(tx.contact(TEL).await.unwrap(), None);
}

async fn a_code_is_replaced_counted_and_burnt(db: &Db) {
    let mut tx = db.write().await.unwrap();
    tx.insert_account("juliet@x", "en", NOW).await.unwrap();
    tx.put_proof("juliet@x", TEL, &[1], END).await.unwrap();
    tx.count_try("juliet@x", 2).await.unwrap();
    assert_eq!(tx.proofs_of("juliet@x", NOW).await.unwrap()[0].tries, 1);
    tx.put_proof("juliet@x", TEL, &[2], END).await.unwrap();
    let open = tx.proofs_of("juliet@x", NOW).await.unwrap();
    assert_eq!((open.len(), open[0].tries, open[0].hash.as_slice()), (1, 0, [2].as_slice()));
    assert!(tx.proofs_of("juliet@x", END).await.unwrap().is_empty());
    for _ in 0..2 {
        tx.count_try("juliet@x", 2).await.unwrap();
    }
    assert!(tx.proofs_of("juliet@x", NOW).await.unwrap().is_empty());
    for address in [TEL, "mailto:m@x.org"] {
        tx.put_proof("juliet@x", address, &[3], END).await.unwrap();
    }
    tx.delete_proof("juliet@x", TEL).await.unwrap();
    assert_eq!(tx.delete_old_proofs(NOW, 9).await.unwrap(), 0);
    assert_eq!(tx.delete_old_proofs(END, 9).await.unwrap(), 1);
}

async fn what_is_held_for_a_number_goes_to_its_owner(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let held = [1, 2, 4].map(|n| delivery(n, TEL, State::Held, END));
    keep(&mut tx, &held).await;
    let mut own = delivery(3, "romeo@x", State::Queued, END);
    own.share = held[1].share;
    own.address = Some("mailto:m@x.org".into());
    tx.insert_deliveries(&[own]).await.unwrap();
    let id = |n| DeliveryId(Uuid::from_u128(n));
    let given = tx.give_to("romeo@x", &[id(2), id(4)]).await.unwrap();
    let expected = |n| [(Uuid::from_u128(n), "juliet@x".to_owned())];
    assert_eq!(given, expected(4), "the other they get anyway");
    let moved = tx.readdress(TEL, "romeo@x", 9).await.unwrap();
    assert_eq!(moved, expected(1), "the other they get anyway");
    assert_eq!(row(&mut tx, 1).await.rcpt, "romeo@x");
    assert_eq!(row(&mut tx, 2).await.rcpt, TEL);
    let said = delivery(5, TEL, State::Held, END);
    let said = NewDelivery { share: held[0].share, ..said };
    let (carries, about) = (Carries::Note(NoteNo(1)), id(1));
    tx.insert_notices(&[NewNotice { delivery: said, carries, about }]).await.unwrap();
    let notes = tx.readdress_notes(TEL, "romeo@x", 9).await.unwrap();
    assert_eq!(notes, expected(5));
    // And back, when it is theirs no more.
    let back = tx.give_back(TEL, "romeo@x", NOW, 9).await.unwrap();
    assert_eq!(back, expected(1), "what was sent to them by another address stays");
    assert_eq!(tx.give_back_notes(TEL, "romeo@x", &[id(1), id(2)]).await.unwrap(), 1);
    for n in [1, 5] {
        assert_eq!(row(&mut tx, n).await.rcpt, TEL);
    }
    assert_eq!(tx.due(State::Held, NOW, 9).await.unwrap().len(), 1, "whose it is, is looked up");
    let mut typed = tx.typed(&[id(1), id(2), id(3)]).await.unwrap();
    typed.sort();
    let expected = [(id(1).0, TEL.to_owned()), (id(3).0, "mailto:m@x.org".to_owned())];
    assert_eq!(typed, expected);
}

async fn letters_of_a_dead_process_are_looked_at_again_and_bounces_are_kept(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let letter = Letter {
        to: "romeo@x".parse().map(crate::domain::address::Address::Xmpp).unwrap(),
        account: "juliet@x".into(),
        kind: Kind::Notice,
        subject: String::new(),
        text: "x".into(),
        stop: None,
        life: std::time::Duration::from_hours(1),
    };
    let id = LetterId(Uuid::from_u128(1));
    tx.insert_letter(id, &letter, NOW).await.unwrap();
    assert!(tx.bounce_letter(id, "x").await.unwrap().is_none(), "it has not left");
    tx.claim_letter(id, false, END, NOW, (Channel::Chat, "")).await.unwrap();
    assert_eq!(tx.orphan_letters(Millis(NOW.0 + 1)).await.unwrap(), 1);
    assert_eq!(tx.letters_due(Channel::Chat, Millis(NOW.0 + 1), 9).await.unwrap().len(), 1);
    let bounced = tx.bounce_letter(id, "gone").await.unwrap();
    assert_eq!(bounced, Some((Kind::Notice.code(), "juliet@x".into(), "romeo@x".into())));
    assert_eq!(letter_state(&mut tx, id).await, Some((3, Some("gone".into()))));
}
