//! Own cards, and when those who follow them are told.

use crate::{
    db::Db,
    domain::clock::Millis,
    tests::{NOW, facts},
};
use uuid::Uuid;

facts!(a_card_is_put_in_the_place_of_the_one_before, the_telling_of_a_card_is_a_timer);

fn at(ms: i64) -> Millis {
    Millis(NOW.0 + ms)
}

async fn a_card_is_put_in_the_place_of_the_one_before(db: &Db) {
    let mut tx = db.write().await.unwrap();
    tx.insert_account("juliet@x", "en", NOW).await.unwrap();
    tx.set_own_card("juliet@x", "work", "one", NOW).await.unwrap();
    tx.set_own_card_parts("juliet@x", "work", "name phone").await.unwrap();
    tx.set_own_card_template("juliet@x", "work", "modern").await.unwrap();
    tx.set_own_card("juliet@x", "work", "two", at(1)).await.unwrap();
    let row = tx.own_card("juliet@x", "work").await.unwrap().expect("the card");
    assert_eq!((row.card.as_str(), row.told.as_str(), row.changed_at), ("two", "one", at(1).0));
    assert_eq!((row.parts.as_str(), row.template.as_str()), ("name phone", "modern"));
    assert_eq!(tx.own_cards("juliet@x").await.unwrap(), [row]);
    assert!(!tx.account("juliet@x").await.unwrap().unwrap().card_updates);
    tx.set_card_updates("juliet@x", true).await.unwrap();
    assert!(tx.account("juliet@x").await.unwrap().unwrap().card_updates);
    assert!(tx.delete_own_card("juliet@x", "work").await.unwrap());
    assert!(!tx.delete_own_card("juliet@x", "work").await.unwrap());
}

async fn the_telling_of_a_card_is_a_timer(db: &Db) {
    let mut tx = db.write().await.unwrap();
    tx.insert_account("juliet@x", "en", NOW).await.unwrap();
    for (name, due) in [("", at(20)), ("work", at(10))] {
        tx.set_own_card("juliet@x", name, "one", NOW).await.unwrap();
        tx.set_tell_at("juliet@x", name, due).await.unwrap();
    }
    assert!(tx.own_card_due(at(9)).await.unwrap().is_none());
    let due = tx.own_card_due(at(30)).await.unwrap().expect("the first that is due");
    assert_eq!((due.name.as_str(), due.telling, due.told_to), ("work", None, None));
    let to = Uuid::from_u128(7);
    tx.go_on_telling("juliet@x", "work", ("two", to), at(25)).await.unwrap();
    let due = tx.own_card_due(at(30)).await.unwrap().expect("the next");
    assert_eq!(due.name, "", "a card with many followers goes behind the others that are due");
    tx.tell_behind("juliet@x", at(15)).await.unwrap();
    assert_eq!(tx.own_card("juliet@x", "").await.unwrap().unwrap().tell_at, Some(at(20).0));
    tx.tell_behind("juliet@x", at(26)).await.unwrap();
    assert_eq!(tx.own_card("juliet@x", "").await.unwrap().unwrap().tell_at, Some(at(26).0));
    tx.set_tell_at("juliet@x", "work", at(25)).await.unwrap();
    let due = tx.own_card_due(at(30)).await.unwrap().expect("it goes on");
    assert_eq!((due.telling.as_deref(), due.told_to), (Some("two"), Some(to)));
    tx.end_telling("juliet@x", "work", "two", Some(at(31)), Some(at(50))).await.unwrap();
    let row = tx.own_card("juliet@x", "work").await.unwrap().unwrap();
    assert_eq!((row.told.as_str(), row.told_at, row.tell_at), ("two", at(31).0, Some(at(50).0)));
    assert_eq!((row.telling, row.told_to), (None, None));
    assert_eq!(tx.own_card_due(at(31)).await.unwrap().unwrap().name, "");
    tx.end_telling("juliet@x", "", "one", None, None).await.unwrap();
    assert!(tx.own_card_due(at(31)).await.unwrap().is_none());
}
