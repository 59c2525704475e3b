//! Links to collected cards.

use crate::{
    card::store_browser::CardDeskRow,
    db::{Db, Tx},
    domain::clock::Millis,
    tests::{END, NOW, facts},
};

facts!(a_link_is_found_until_it_is_spent_or_old, of_each_kind_the_latest_are_kept);

/// Link `n` of romeo@x.
async fn link(tx: &mut Tx, n: u8, kind: i64) -> CardDeskRow {
    let row = CardDeskRow {
        hash: vec![n; 32],
        account: "romeo@x".to_owned(),
        kind,
        what: "#7".to_owned(),
        expires_at: END.0 + i64::from(n),
    };
    tx.insert_card_desk(&row).await.unwrap();
    row
}

async fn a_link_is_found_until_it_is_spent_or_old(db: &Db) {
    let mut tx = db.write().await.unwrap();
    tx.insert_account("romeo@x", "en", NOW).await.unwrap();
    let one = link(&mut tx, 1, 0).await;
    let two = link(&mut tx, 2, 2).await;
    assert_eq!(tx.card_desk(&one.hash).await.unwrap(), Some(one.clone()));
    assert!(tx.delete_card_desk(&one.hash).await.unwrap());
    assert!(!tx.delete_card_desk(&one.hash).await.unwrap());
    assert_eq!(tx.card_desk(&one.hash).await.unwrap(), None);
    assert_eq!(tx.delete_old_card_desks(END, 9).await.unwrap(), 0);
    assert_eq!(tx.delete_old_card_desks(Millis(END.0 + 2), 9).await.unwrap(), 1);
    assert_eq!(tx.card_desk(&two.hash).await.unwrap(), None);
}

async fn of_each_kind_the_latest_are_kept(db: &Db) {
    let mut tx = db.write().await.unwrap();
    tx.insert_account("romeo@x", "en", NOW).await.unwrap();
    for (n, kind) in [(1, 0), (2, 0), (3, 0), (4, 1)] {
        link(&mut tx, n, kind).await;
    }
    assert_eq!(tx.keep_card_desks("romeo@x", 0, 2).await.unwrap(), 1);
    assert_eq!(tx.card_desk(&[1; 32]).await.unwrap(), None);
    for n in 2..=4 {
        assert!(tx.card_desk(&[n; 32]).await.unwrap().is_some(), "{n}");
    }
}
