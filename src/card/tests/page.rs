//! What a link to a card opens, and when it opens nothing any more (S3.5, S4.5).

use std::sync::Arc;

use crate::{
    card::{
        inbox::{self, Which},
        link::CardLinks,
        own,
        page::open,
    },
    claim::claim,
    db::{Db, Tx},
    domain::{
        card::{Card, Part},
        clock::Millis,
        id::DeliveryId,
        offer::{How, Offer},
        share::OfferMade,
    },
    tests::{NOW, facts, join, submission, take, world},
    world::World,
};

facts!(
    the_link_to_a_card_opens_it_as_it_was_given,
    a_card_that_is_over_taken_back_or_declined_opens_no_more_than_one_that_never_was
);

/// Juliet gives Romeo her card; its delivery and the token of its link.
async fn given(tx: &mut Tx, world: &World, key: &str, how: How) -> (DeliveryId, String) {
    let mut card = Card::named("Juliet Capulet");
    card.set(Part::Phone, &["+390455550100".to_owned()]);
    let offer = Arc::new(Offer { card, how, after: None });
    let made = OfferMade { offer, own_card: (!how.third).then(String::new), typed: None };
    let mut one = submission("juliet@x", key, key, &["romeo@x"]);
    (one.products, one.xml, one.offer) = (Arc::default(), Arc::default(), Some(Box::new(made)));
    take(tx, world, 0, one).await;
    let id = claim(tx, world, 10).await.unwrap().ready.pop().expect("a delivery").id;
    let token = CardLinks::load(tx, world).await.unwrap().token(id);
    (id, token)
}

async fn opens(tx: &mut Tx, token: &str) -> bool {
    open(tx, NOW, token).await.unwrap().is_some()
}

async fn the_link_to_a_card_opens_it_as_it_was_given(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    assert!(!opens(&mut tx, "0").await, "nobody was given one");
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    tx.set_nick("juliet@x", "Juliet").await.unwrap();
    let (_, token) = given(&mut tx, &world, "k", How::default()).await;
    let page = open(&mut tx, NOW, &token).await.unwrap().expect("the card");
    assert_eq!(page.card.first(Part::Phone).as_deref(), Some("+390455550100"));
    let template = page.template.as_str();
    assert_eq!(
        (page.giver_nick.as_deref(), template, page.third),
        (Some("Juliet"), "plain", false)
    );
    assert_eq!(page.given, NOW);
    // What it looks like is her choice, and holds at once.
    let card = Card::named("Juliet Capulet");
    own::set(&mut tx, &world, "juliet@x", "", &card).await.unwrap().unwrap();
    tx.set_own_card_template("juliet@x", "", "night").await.unwrap();
    let page = open(&mut tx, NOW, &token).await.unwrap().expect("the card");
    assert_eq!(page.template, "night");
    tx.set_nick("juliet@x", "juliet@x").await.unwrap();
    let (_, token) = given(&mut tx, &world, "k2", How { third: true, ..How::default() }).await;
    let page = open(&mut tx, NOW, &token).await.unwrap().expect("the card");
    assert_eq!((page.giver_nick, page.third), (None, true), "her address is not shown");
    assert_eq!(page.template, "plain", "it is not hers");
}

async fn a_card_that_is_over_taken_back_or_declined_opens_no_more_than_one_that_never_was(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    let (id, token) = given(&mut tx, &world, "k", How::default()).await;
    assert!(opens(&mut tx, &token).await);
    let month = Millis(NOW.0 + 31 * 24 * 3_600_000);
    assert!(open(&mut tx, month, &token).await.unwrap().is_none(), "its time has passed");
    let other = if token.ends_with('0') { "1" } else { "0" };
    for wrong in [format!("{}{other}", &token[..41]), token.repeat(9), String::new()] {
        assert!(!opens(&mut tx, &wrong).await, "{wrong}");
    }
    let share = tx.deliveries(&[id]).await.unwrap().pop().expect("it").share_id;
    tx.revoke_share(crate::domain::id::ShareId(share), NOW).await.unwrap();
    assert!(!opens(&mut tx, &token).await, "it was taken back");
    let (id, token) = given(&mut tx, &world, "k2", How::default()).await;
    let handle = tx.deliveries(&[id]).await.unwrap().pop().expect("it").handle;
    let romeo = "romeo@x".parse().unwrap();
    let it = inbox::offered(&mut tx, &romeo, Which::Handle(handle)).await.unwrap().expect("it");
    inbox::decline(&mut tx, &world, &romeo, &it).await.unwrap();
    assert!(!opens(&mut tx, &token).await, "it was declined");
}
