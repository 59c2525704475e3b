//! Streams are counted, the lease has one holder, and a transaction is kept whole or not at all.

use crate::{
    db::Db,
    domain::{
        clock::Millis,
        delivery::State,
        id::{DeliveryId, ShareId},
    },
    outbox::{store::NewDelivery, store_stream::OpenStream},
    tests::{END, NOW, delivery, facts, keep, share},
};
use uuid::Uuid;

facts!(
    streams_are_counted_and_closed,
    the_lease_has_one_holder_until_it_ends,
    the_clock_of_the_database_is_the_time,
    what_is_not_committed_is_not_kept,
    a_database_is_opened_again_with_what_it_held,
    the_last_id_is_that_of_what_was_named_last,
    visitors_keep_nobody_from_reading,
    readers_keep_nobody_from_writing_or_looking_up_nor_the_lease_from_being_renewed,
);

async fn streams_are_counted_and_closed(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let first = tx.open_stream("boot", NOW).await.unwrap();
    let second = tx.open_stream("other", NOW).await.unwrap();
    assert!(second > first && first.0 > 0);
    tx.touch_stream(second, Millis(NOW.0 + 5)).await.unwrap();
    let open = tx.open_streams().await.unwrap();
    let said = |one: &OpenStream| (one.no, one.boot.clone(), one.opened_at, one.alive_at);
    assert_eq!(
        open.iter().map(said).collect::<Vec<_>>(),
        [(first.0, "boot".into(), NOW.0, NOW.0), (second.0, "other".into(), NOW.0, NOW.0 + 5)]
    );
    tx.close_stream(first, NOW).await.unwrap();
    tx.touch_stream(first, NOW).await.unwrap();
    assert_eq!(tx.open_streams().await.unwrap().len(), 1);
    tx.close_stream(second, NOW).await.unwrap();
    assert_eq!(tx.open_streams().await.unwrap(), []);
    assert!(tx.open_stream("boot", NOW).await.unwrap() > second, "numbers are not used again");
}

async fn the_lease_has_one_holder_until_it_ends(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let at = |ms| Millis(NOW.0 + ms);
    assert!(tx.take_lease("a", at(0), at(10)).await.unwrap(), "free");
    assert!(!tx.take_lease("b", at(9), at(19)).await.unwrap(), "held");
    assert!(tx.take_lease("a", at(5), at(15)).await.unwrap(), "renewed");
    assert!(!tx.take_lease("b", at(14), at(24)).await.unwrap(), "held longer");
    assert!(tx.take_lease("b", at(15), at(25)).await.unwrap(), "taken when it has ended");
    assert!(!tx.take_lease("a", at(16), at(26)).await.unwrap(), "and lost by the first");
    tx.drop_lease("a").await.unwrap();
    assert!(!tx.take_lease("a", at(16), at(26)).await.unwrap(), "only the holder gives it back");
    assert!(!tx.renew_lease("a", at(30)).await.unwrap(), "another has had it since");
    assert!(tx.renew_lease("b", at(30)).await.unwrap(), "nobody else has had it");
    assert!(!tx.take_lease("a", at(29), at(39)).await.unwrap(), "held longer");
    tx.drop_lease("b").await.unwrap();
    assert!(tx.take_lease("a", at(16), at(26)).await.unwrap(), "given back");
}

async fn the_clock_of_the_database_is_the_time(db: &Db) {
    let now = || crate::domain::clock::Clock::System.now();
    let before = now();
    let asked = db.write().await.unwrap().database_now().await.unwrap();
    // Both run on this machine; the databases round.
    assert!(before.0 - 1 <= asked.0 && asked.0 <= now().0 + 1);
}

async fn what_is_not_committed_is_not_kept(db: &Db) {
    let mut tx = db.write().await.unwrap();
    tx.insert_account("romeo@x", "en", NOW).await.unwrap();
    drop(tx);
    let mut tx = db.write().await.unwrap();
    assert_eq!(tx.account("romeo@x").await.unwrap(), None);
    tx.insert_account("romeo@x", "en", NOW).await.unwrap();
    tx.commit().await.unwrap();
    assert!(db.read().await.unwrap().account("romeo@x").await.unwrap().is_some());
}

async fn a_database_is_opened_again_with_what_it_held(db: &Db) {
    let mut tx = db.write().await.unwrap();
    tx.insert_account("romeo@x", "en", NOW).await.unwrap();
    tx.commit().await.unwrap();
    let url = match db {
        Db::Sqlite { write, .. } => {
            format!("sqlite:{}", write.connect_options().get_filename().display())
        }
        Db::Postgres { write, .. } => {
            let to = write.connect_options();
            let database = to.get_database().unwrap();
            format!(
                "postgres://{}@{}:{}/{database}",
                to.get_username(),
                to.get_host(),
                to.get_port()
            )
        }
    };
    let again = Db::open(&url).await.unwrap();
    assert!(again.read().await.unwrap().account("romeo@x").await.unwrap().is_some());
    again.close().await;
}

async fn the_last_id_is_that_of_what_was_named_last(db: &Db) {
    let mut tx = db.write().await.unwrap();
    assert_eq!(tx.last_id().await.unwrap(), None);
    let [first, last] = [7, 9].map(Uuid::from_u128);
    let queued = |n| delivery(n, "romeo@x", State::Queued, NOW);
    keep(&mut tx, &[NewDelivery { id: DeliveryId(last), ..queued(7) }]).await;
    assert_eq!(tx.last_id().await.unwrap(), Some(last), "a delivery");
    tx.insert_shares(&[share(11, "juliet@x", "k")]).await.unwrap();
    assert_eq!(tx.last_id().await.unwrap(), Some(Uuid::from_u128(11)), "a share");
    tx.delete_shares(&[ShareId(first), ShareId(Uuid::from_u128(11))]).await.unwrap();
    assert_eq!(tx.last_id().await.unwrap(), None);
}

async fn visitors_keep_nobody_from_reading(db: &Db) {
    let visitors = db.for_visitors();
    let visits = match &visitors {
        Db::Sqlite { read, .. } => read.options().get_max_connections(),
        Db::Postgres { read, .. } => read.options().get_max_connections(),
    };
    let mut visiting = Vec::new();
    for _ in 0..visits {
        visiting.push(visitors.read().await.unwrap());
    }
    let readers = match db {
        Db::Sqlite { read, .. } => read.options().get_max_connections(),
        Db::Postgres { read, .. } => read.options().get_max_connections(),
    };
    let mut reading = Vec::new();
    for _ in 0..readers {
        reading.push(db.read().await.unwrap());
    }
    assert!(reading[0].account("romeo@x").await.unwrap().is_none());
}

async fn readers_keep_nobody_from_writing_or_looking_up_nor_the_lease_from_being_renewed(db: &Db) {
    let readers = match db {
        Db::Sqlite { read, .. } => read.options().get_max_connections(),
        Db::Postgres { read, .. } => read.options().get_max_connections(),
    };
    let mut reading = Vec::new();
    for _ in 0..readers {
        let mut tx = db.read().await.unwrap();
        assert!(tx.account("romeo@x").await.unwrap().is_none());
        reading.push(tx);
    }
    let mut looking = db.look_up().await.unwrap();
    assert!(looking.account("romeo@x").await.unwrap().is_none());
    let mut tx = db.write().await.unwrap();
    tx.insert_account("romeo@x", "en", NOW).await.unwrap();
    // SQLite has no lease: a lock on a file stands for it.
    if let Db::Postgres { .. } = db {
        let mut lease = db.write().await.unwrap();
        assert!(lease.take_lease("a", NOW, END).await.unwrap());
        assert!(lease.renew_lease("a", END).await.unwrap());
        lease.commit().await.unwrap();
    }
    tx.commit().await.unwrap();
}
