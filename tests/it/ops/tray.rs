//! Cards that are offered (`xep/card-exchange.xml#offer`, S4.4, S4.5).

use std::sync::Arc;

use tradepost::{
    domain::{
        card::{Card, Part},
        offer::{How, Offer},
        share::{OfferMade, Submission},
    },
    ops::{
        delivery::claim,
        page::{PageAnswer, open},
    },
    store::db::Db,
};

use super::{join, submission, take, world};
use crate::store::{NOW, facts};

facts!(an_offered_card_travels_as_a_share_does, a_card_has_no_page_that_a_code_opens);

/// Juliet offers her card to these.
fn offered(key: &str, how: How, to: &[&str]) -> Submission {
    let mut card = Card::named("Juliet Capulet");
    card.set(Part::Phone, &["tel:+390455550100".to_owned()]);
    let offer = Arc::new(Offer { card, how, after: None });
    let made = OfferMade { offer, own_card: Some(String::new()) };
    Submission {
        products: Vec::new(),
        xml: String::new(),
        offer: Some(Box::new(made)),
        ..submission("juliet@x", key, key, to)
    }
}

async fn an_offered_card_travels_as_a_share_does(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    let how = How { swap: true, follows: true, ..How::default() };
    take(&mut tx, &world, 0, offered("k", how, &["romeo@x"])).await;
    let claimed = claim(&mut tx, &world, 10).await.unwrap().ready.pop().expect("a delivery");
    let offer = claimed.share.offer.as_ref().expect("a card");
    assert_eq!((offer.card.name(), offer.how), ("Juliet Capulet", how));
    assert!(claimed.share.products.is_empty());
}

async fn a_card_has_no_page_that_a_code_opens(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x"]).await;
    let taken = take(&mut tx, &world, 0, offered("k", How::default(), &["romeo@x"])).await;
    let code = taken.answer.unwrap().ref_code;
    assert!(!matches!(open(&mut tx, code, NOW).await.unwrap(), PageAnswer::Found(_)));
}
