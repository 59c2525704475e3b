//! Acknowledging cards, and sending them again (`xep/card-exchange.xml#ack`, S3.4), on both
//! databases.

use crate::{
    card::{
        inbox::{self, Which, acknowledged, send_again},
        revocation,
        tests::inbox::{SWAP, jid, offer, offered, send},
    },
    claim::{self, bounced, claim},
    db::{Db, Tx},
    domain::{
        clock::Millis,
        delivery::{Bounce, State},
        id::{DeliveryId, ShareId, StreamNo},
        offer::How,
    },
    outbox::delivery::{self, confirmed},
    people::account,
    tests::{facts, join, join_online, state, take, world},
    world::World,
};

facts!(
    a_client_that_never_acknowledged_gets_nothing_again,
    a_client_that_acknowledges_gets_a_card_again_after_10_20_40_and_80_minutes_with_the_same_ids,
    an_acknowledgement_a_receipt_a_decision_and_a_revocation_end_it,
    nothing_is_sent_again_to_whoever_is_away_and_it_is_when_he_has_been_back_for_a_while,
    where_nobody_sees_whether_he_is_there_it_counts_that_he_has_written_since,
    after_an_error_the_delivery_tries_again_by_itself_and_nothing_is_sent_beside_it,
    only_the_recipient_acknowledges,
    whoever_has_left_gets_nothing_again,
);

/// `minutes` after `world`.
fn minutes(world: &World, minutes: i64) -> World {
    World { now: Millis(world.now.0 + minutes * 60_000), ..world.clone() }
}

/// Juliet and Romeo are there, and a client of his has acknowledged a card.
async fn people(tx: &mut Tx, world: &World) {
    join_online(tx, world, &["juliet@x", "romeo@x"]).await;
    let first = offer(tx, world, "first", How::default()).await;
    send(tx, world).await;
    acknowledged(tx, world, &jid("romeo@x"), first).await.unwrap();
    assert!(tx.account("romeo@x").await.unwrap().expect("an account").acks);
}

/// What the clockwork does at that time: what was queued again, and sent.
async fn tick(tx: &mut Tx, world: &World) -> Vec<DeliveryId> {
    claim::due(tx, world).await.unwrap();
    let queued = send_again(tx, world, 99).await.unwrap();
    let sent = send(tx, world).await;
    assert_eq!(queued, sent.len() as u64);
    sent
}

/// At which of the next minutes a card is sent again.
async fn sent_at(tx: &mut Tx, world: &World, until: i64) -> Vec<i64> {
    let mut found = Vec::new();
    for minute in 1..=until {
        if !tick(tx, &minutes(world, minute)).await.is_empty() {
            found.push(minute);
        }
    }
    found
}

async fn a_client_that_never_acknowledged_gets_nothing_again(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    offer(&mut tx, &world, "k", SWAP).await;
    let sent = send(&mut tx, &world).await;
    assert_eq!(sent.len(), 1);
    assert!(sent_at(&mut tx, &world, 200).await.is_empty());
    // A receipt is no acknowledgement of a card.
    confirmed(&mut tx, &world, &[(sent[0], jid("romeo@x"))]).await.unwrap();
    offer(&mut tx, &world, "l", SWAP).await;
    send(&mut tx, &world).await;
    assert!(sent_at(&mut tx, &world, 200).await.is_empty());
}

async fn a_client_that_acknowledges_gets_a_card_again_after_10_20_40_and_80_minutes_with_the_same_ids(
    db: &Db,
) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    people(&mut tx, &world).await;
    let id = offer(&mut tx, &world, "k", SWAP).await;
    let sent = send(&mut tx, &world).await;
    let mut found = Vec::new();
    for minute in 1..=400 {
        let now = minutes(&world, minute);
        let again = tick(&mut tx, &now).await;
        if !again.is_empty() {
            assert_eq!(again, sent, "the same message");
            found.push(minute);
        }
    }
    assert_eq!(found, [10, 30, 70, 150]);
    let row = tx.deliveries(&sent).await.unwrap().remove(0);
    assert_eq!((ShareId(row.share_id), row.delivery().resent), (id, 4));
    assert_eq!(row.delivery().state, State::HandedFinal);
    // Whenever an answer comes, it counts.
    acknowledged(&mut tx, &world, &jid("romeo@x"), id).await.unwrap();
    assert_eq!(state(&mut tx, sent[0]).await, State::Confirmed);
}

async fn an_acknowledgement_a_receipt_a_decision_and_a_revocation_end_it(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    people(&mut tx, &world).await;
    let romeo = jid("romeo@x");
    for end in ["ack", "receipt", "take", "decline", "revoke"] {
        let id = offer(&mut tx, &world, end, How::default()).await;
        let sent = send(&mut tx, &world).await;
        assert_eq!(sent_at(&mut tx, &world, 15).await, [10], "{end}");
        let it = inbox::offered(&mut tx, &romeo, Which::Offer(id)).await.unwrap().unwrap();
        match end {
            "ack" => drop(acknowledged(&mut tx, &world, &romeo, id).await.unwrap()),
            "receipt" => {
                confirmed(&mut tx, &world, &[(sent[0], romeo.clone())]).await.unwrap();
            }
            "take" => drop(inbox::take(&mut tx, &world, &romeo, &it, &[]).await.unwrap()),
            "decline" => drop(inbox::decline(&mut tx, &world, &romeo, &it).await.unwrap()),
            _ => {
                revocation::revoke(&mut tx, &world, &jid("juliet@x"), id).await.unwrap();
                // That it was taken back.
                send(&mut tx, &minutes(&world, 15)).await;
            }
        }
        assert!(sent_at(&mut tx, &minutes(&world, 15), 200).await.is_empty(), "{end}");
    }
}

async fn nothing_is_sent_again_to_whoever_is_away_and_it_is_when_he_has_been_back_for_a_while(
    db: &Db,
) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    people(&mut tx, &world).await;
    offer(&mut tx, &world, "k", SWAP).await;
    send(&mut tx, &world).await;
    account::went_offline(&mut tx, &minutes(&world, 1), "romeo@x").await.unwrap();
    assert!(sent_at(&mut tx, &world, 100).await.is_empty());
    // His server brings it now, and his client has its time.
    let back = minutes(&world, 101);
    account::came_online(&mut tx, &back, "romeo@x").await.unwrap();
    assert!(sent_at(&mut tx, &back, 9).await.is_empty());
    assert_eq!(sent_at(&mut tx, &minutes(&back, 9), 15).await.len(), 1);
}

async fn where_nobody_sees_whether_he_is_there_it_counts_that_he_has_written_since(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    tx.set_acks("romeo@x").await.unwrap();
    offer(&mut tx, &world, "k", SWAP).await;
    send(&mut tx, &minutes(&world, 1)).await;
    assert!(sent_at(&mut tx, &world, 60).await.is_empty());
    account::wrote(&mut tx, &minutes(&world, 60), "romeo@x").await.unwrap();
    assert_eq!(sent_at(&mut tx, &minutes(&world, 60), 25).await.len(), 1);
}

async fn after_an_error_the_delivery_tries_again_by_itself_and_nothing_is_sent_beside_it(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    people(&mut tx, &world).await;
    // Of a client that acknowledges, and of one that never did.
    join_online(&mut tx, &world, &["benvolio@x"]).await;
    for who in ["romeo@x", "benvolio@x"] {
        take(&mut tx, &world, 0, offered(who, SWAP, &[who])).await;
        let [id] = send(&mut tx, &world).await[..] else { panic!("one") };
        bounced(&mut tx, &world, id, &jid(who), Bounce::Wait).await.unwrap();
        assert_eq!(state(&mut tx, id).await, State::Queued);
        assert_eq!(send_again(&mut tx, &minutes(&world, 11), 99).await.unwrap(), 0);
        let again = claim(&mut tx, &minutes(&world, 1), 99).await.unwrap().ready;
        assert_eq!(again.iter().map(|it| it.id).collect::<Vec<_>>(), [id]);
        delivery::taken(&mut tx, &minutes(&world, 1), &[id], StreamNo(1)).await.unwrap();
        acknowledged(&mut tx, &world, &jid(who), ShareId(again[0].share.id.0)).await.unwrap();
    }
}

async fn only_the_recipient_acknowledges(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x", "tybalt@x"]).await;
    let id = offer(&mut tx, &world, "k", SWAP).await;
    let sent = send(&mut tx, &world).await;
    for other in ["tybalt@x", "juliet@x", "nobody@y"] {
        acknowledged(&mut tx, &world, &jid(other), id).await.unwrap();
        assert!(!tx.account(other).await.unwrap().is_some_and(|it| it.acks), "{other}");
    }
    assert_eq!(state(&mut tx, sent[0]).await, State::Handed);
}

async fn whoever_has_left_gets_nothing_again(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    people(&mut tx, &world).await;
    offer(&mut tx, &world, "k", SWAP).await;
    send(&mut tx, &world).await;
    crate::leave::erase::leave(&mut tx, &world, "romeo@x").await.unwrap();
    assert!(sent_at(&mut tx, &world, 200).await.is_empty());
    assert!(tx.again_due(minutes(&world, 999).now, 9).await.unwrap().is_empty());
}
