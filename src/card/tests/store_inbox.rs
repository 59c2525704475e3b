//! Cards that people were offered.

use crate::{
    card::store_inbox::NewTray,
    db::{Db, Tx},
    domain::{
        card::Card,
        clock::Millis,
        delivery::State,
        id::{DeliveryId, ShareId},
        offer::{Decision, How, Offer},
    },
    tests::{END, NOW, delivery, facts, keep},
};
use uuid::Uuid;

facts!(
    an_offer_is_read_as_it_was_kept_until_it_is_decided,
    a_timer_is_due_with_what_decides_about_it,
    an_acknowledgement_is_kept_once_and_ends_the_timer,
    what_waits_of_somebody_is_declined_so_much_at_a_time,
    a_change_is_found_by_its_card_and_its_time,
    an_offer_lets_nothing_follow_any_more,
    the_page_of_a_card_shows_what_decides_about_it,
);

/// Romeo is offered cards 1 to 3 under these numbers.
async fn filled(tx: &mut Tx) {
    offering(tx, How { swap: true, ..How::default() }).await;
}

/// The same, offered so.
async fn offering(tx: &mut Tx, how: How) {
    let mut all = Vec::new();
    for n in 1..=3 {
        let mut new = delivery(n, "romeo@x", State::Handed, END);
        new.handle = i64::try_from(n).unwrap();
        all.push(new);
    }
    keep(tx, &all).await;
    let offer = Offer { card: Card::named("Juliet"), how, after: Some(ShareId(Uuid::nil())) };
    let mut trays = Vec::new();
    for new in &all {
        tx.set_offer(new.share, &offer).await.unwrap();
        let own_card = Some("work".to_owned());
        let decision = Decision::Waits;
        let (delivery, share) = (new.id, new.share);
        trays.push(NewTray { delivery, share, own_card, decision, again: NOW });
    }
    tx.insert_tray(&trays).await.unwrap();
}

fn id(n: u128) -> DeliveryId {
    DeliveryId(Uuid::from_u128(n))
}

async fn an_offer_is_read_as_it_was_kept_until_it_is_decided(db: &Db) {
    let mut tx = db.write().await.unwrap();
    filled(&mut tx).await;
    let all = tx.tray("romeo@x", NOW, 0, 9).await.unwrap();
    assert_eq!(all.iter().map(|row| row.handle).collect::<Vec<_>>(), [1, 2, 3]);
    let one = &all[0];
    assert_eq!((one.delivery_id, one.share_id), (id(1).0, id(1).0));
    assert_eq!((one.sender.as_str(), one.own_card.as_deref()), ("juliet@x", Some("work")));
    assert_eq!((one.accepted_at, one.expires_at, one.revoked_at), (NOW.0, END.0, None));
    let offer = Offer::read(one.card.as_deref().unwrap(), one.offered, one.answers).unwrap();
    assert_eq!((offer.card.name(), offer.how.swap), ("Juliet", true));
    assert_eq!(tx.tray("romeo@x", NOW, 1, 1).await.unwrap()[0].handle, 2);
    assert!(tx.tray("romeo@x", END, 0, 9).await.unwrap().is_empty());
    assert!(tx.tray("tybalt@x", NOW, 0, 9).await.unwrap().is_empty());

    tx.decide_offer(id(2), Decision::Taken, NOW).await.unwrap();
    tx.decide_offer(id(3), Decision::Declined, NOW).await.unwrap();
    assert_eq!(tx.tray("romeo@x", NOW, 0, 9).await.unwrap().len(), 1);
    tx.end_offer(ShareId(id(1).0)).await.unwrap();
    assert!(tx.tray("romeo@x", NOW, 0, 9).await.unwrap().is_empty());
    let two = tx.offered_numbered("romeo@x", 2).await.unwrap().unwrap();
    assert_eq!(Decision::from_code(two.state), Some(Decision::Taken));
    let same = tx.offered("romeo@x", ShareId(two.share_id)).await.unwrap().unwrap();
    assert_eq!(same.delivery_id, two.delivery_id);
    assert!(tx.offered_numbered("tybalt@x", 2).await.unwrap().is_none());
    assert!(tx.offered("tybalt@x", ShareId(two.share_id)).await.unwrap().is_none());
    let taken = |rows: Vec<crate::outbox::store_note::SentRow>| rows[0].taken_at;
    assert_eq!(taken(tx.sent(ShareId(id(2).0)).await.unwrap()), Some(NOW.0));
    assert_eq!(taken(tx.sent(ShareId(id(3).0)).await.unwrap()), None);
}

async fn a_timer_is_due_with_what_decides_about_it(db: &Db) {
    let mut tx = db.write().await.unwrap();
    tx.insert_account("romeo@x", "en", NOW).await.unwrap();
    filled(&mut tx).await;
    assert!(tx.again_due(Millis(NOW.0 - 1), 9).await.unwrap().is_empty());
    let due = tx.again_due(NOW, 2).await.unwrap();
    assert_eq!(due.len(), 2);
    let all = tx.again_due(NOW, 9).await.unwrap();
    let one = all.iter().find(|row| row.delivery.id == id(1).0).unwrap();
    assert_eq!((one.again, one.decision, one.acked_at, one.sent_at), (0, 0, None, 0));
    assert_eq!((one.acks, one.online, one.seen_by_us), (Some(false), Some(false), Some(false)));
    assert_eq!((one.seen_at, one.revoked_at), (Some(NOW.0), None));
    tx.set_acks("romeo@x").await.unwrap();
    tx.set_again(id(1), END, 2).await.unwrap();
    assert_eq!(tx.again_due(NOW, 9).await.unwrap().len(), 2);
    let later = tx.again_due(END, 9).await.unwrap();
    let one = later.iter().find(|row| row.delivery.id == id(1).0).unwrap();
    assert_eq!((one.again, one.acks), (2, Some(true)));
    // Whoever has no account has said nothing.
    tx.delete_account("romeo@x").await.unwrap();
    assert_eq!(tx.again_due(END, 9).await.unwrap()[0].acks, None);
}

async fn an_acknowledgement_is_kept_once_and_ends_the_timer(db: &Db) {
    let mut tx = db.write().await.unwrap();
    filled(&mut tx).await;
    tx.acknowledge(id(1), NOW).await.unwrap();
    tx.acknowledge(id(1), END).await.unwrap();
    assert_eq!(tx.again_due(END, 9).await.unwrap().len(), 2);
    let all = tx.again_due(Millis::NEVER, 9).await.unwrap();
    let one = all.iter().find(|row| row.delivery.id == id(1).0).unwrap();
    assert_eq!(one.acked_at, Some(NOW.0));
}

async fn what_waits_of_somebody_is_declined_so_much_at_a_time(db: &Db) {
    let mut tx = db.write().await.unwrap();
    filled(&mut tx).await;
    let giver = ["juliet@x"];
    for (declined, left) in [(2, vec![3]), (1, vec![]), (0, vec![])] {
        let is_any = declined > 0;
        assert_eq!(tx.authors("romeo@x", "", 9).await.unwrap(), giver[..usize::from(is_any)]);
        assert_eq!(tx.decline_of("romeo@x", "tybalt@x", NOW, 2).await.unwrap(), 0);
        assert_eq!(tx.decline_of("romeo@x", "juliet@x", NOW, 2).await.unwrap(), declined);
        let waits = tx.tray("romeo@x", NOW, 0, 9).await.unwrap();
        assert_eq!(waits.iter().map(|row| row.handle).collect::<Vec<_>>(), left);
    }
    let one = tx.offered_numbered("romeo@x", 1).await.unwrap().expect("an offer");
    assert_eq!(Decision::from_code(one.state), Some(Decision::Declined));
    assert!(tx.again_due(END, 9).await.unwrap().is_empty());
}

async fn a_change_is_found_by_its_card_and_its_time(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let how = How { follows: true, update: true, ..How::default() };
    offering(&mut tx, how).await;
    let at = tx.offered_numbered("romeo@x", 3).await.unwrap().expect("a change").accepted_at;
    for (account, giver, name, at, found) in [
        ("romeo@x", "juliet@x", "work", at, true),
        ("romeo@x", "juliet@x", "", at, false),
        ("romeo@x", "tybalt@x", "work", at, false),
        ("paris@x", "juliet@x", "work", at, false),
        ("romeo@x", "juliet@x", "work", at + 1, false),
    ] {
        let row = tx.change_sent(account, giver, name, at).await.unwrap();
        assert_eq!(row.is_some(), found, "{account} {giver} {name} {at}");
    }
}

async fn an_offer_lets_nothing_follow_any_more(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let how = How { swap: true, follows: true, ..How::default() };
    offering(&mut tx, how).await;
    let now = async |tx: &mut Tx| {
        let row = tx.offered_numbered("romeo@x", 1).await.unwrap().expect("an offer");
        How::from_code(row.offered)
    };
    tx.end_following_offers_of("juliet@x", "private", NOW, 9).await.unwrap();
    tx.end_following_offers("tybalt@x", NOW, 9).await.unwrap();
    let before = Millis(NOW.0 - 1);
    tx.end_following_offers_of("juliet@x", "work", before, 9).await.unwrap();
    tx.end_following_offers("juliet@x", before, 9).await.unwrap();
    assert_eq!(now(&mut tx).await, how);
    let ended = How { follows: false, ..how };
    tx.end_following_offers_of("juliet@x", "work", NOW, 9).await.unwrap();
    tx.end_following_offers_of("juliet@x", "work", NOW, 9).await.unwrap();
    assert_eq!(now(&mut tx).await, ended);
    let offer = Offer { card: Card::named("Juliet"), how, after: None };
    tx.set_offer(ShareId(id(1).0), &offer).await.unwrap();
    tx.end_following_offers("juliet@x", NOW, 9).await.unwrap();
    tx.end_following_offers("juliet@x", NOW, 9).await.unwrap();
    assert_eq!(now(&mut tx).await, ended);
}

async fn the_page_of_a_card_shows_what_decides_about_it(db: &Db) {
    let mut tx = db.write().await.unwrap();
    tx.insert_account("juliet@x", "en", NOW).await.unwrap();
    filled(&mut tx).await;
    assert!(tx.card_page(id(9)).await.unwrap().is_none());
    let page = tx.card_page(id(1)).await.unwrap().expect("a card");
    assert!(page.card.is_some_and(|card| card.contains("FN:Juliet")));
    assert_eq!((page.sender_nick.as_deref(), page.template), (Some("Juliet"), None));
    assert_eq!((page.accepted_at, page.expires_at, page.revoked_at), (NOW.0, END.0, None));
    assert_eq!((page.state, page.decision), (State::Handed.code(), Decision::Waits.code()));
    assert!(How::from_code(page.offered).swap);
    tx.set_own_card("juliet@x", "work", "card", NOW).await.unwrap();
    assert!(tx.chosen_templates(&[id(1)]).await.unwrap().is_empty());
    tx.set_own_card_template("juliet@x", "work", "night").await.unwrap();
    tx.decide_offer(id(1), Decision::Declined, NOW).await.unwrap();
    let page = tx.card_page(id(1)).await.unwrap().expect("a card");
    assert_eq!(page.template.as_deref(), Some("night"));
    let chosen = tx.chosen_templates(&[id(1), id(9)]).await.unwrap();
    assert_eq!(chosen, [(id(1).0, "night".to_owned())]);
    assert_eq!(page.decision, Decision::Declined.code());
}
