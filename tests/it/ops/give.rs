//! Giving a card (`xep/card-exchange.xml#request`, S4.4, S4.6).

use tradepost::{
    domain::id::DeliveryId,
    ops::card_link::{delivery, token},
    store::db::Db,
};
use uuid::Uuid;

use super::world;
use crate::store::facts;

facts!(a_link_to_a_card_opens_it_and_no_other_does);

async fn a_link_to_a_card_opens_it_and_no_other_does(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let id = DeliveryId(Uuid::from_u128(7));
    assert_eq!(delivery(&mut tx, "0").await.unwrap(), None, "nobody was given one");
    let link = token(&mut tx, &world, id).await.unwrap();
    assert_eq!(link.len(), 42);
    assert_eq!(delivery(&mut tx, &link).await.unwrap(), Some(id));
    let other = token(&mut tx, &world, DeliveryId(Uuid::from_u128(8))).await.unwrap();
    let forged = format!("{}{}", &other[..26], &link[26..]);
    for wrong in [forged, link.to_uppercase(), link[..40].to_owned(), format!("{link}0")] {
        assert_eq!(delivery(&mut tx, &wrong).await.unwrap(), None, "{wrong}");
    }
}
