//! A part of a transaction that fails is undone alone.

use tradepost::store::db::{Db, Error};

use super::{NOW, facts};

facts!(what_fails_behind_a_savepoint_is_undone_and_nothing_before_it, one_stands_within_another);

async fn what_fails_behind_a_savepoint_is_undone_and_nothing_before_it(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let before = tx.open_stream("before", NOW).await.unwrap();
    tx.savepoint().await.unwrap();
    tx.open_stream("undone", NOW).await.unwrap();
    assert!(tx.settle(Err::<(), _>(Error::RowNotFound)).await.unwrap().is_err());
    tx.savepoint().await.unwrap();
    let kept = tx.open_stream("kept", NOW).await;
    let kept = tx.settle(kept).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    let open = db.read().await.unwrap().open_streams().await.unwrap();
    assert_eq!(open.iter().map(|it| it.no).collect::<Vec<_>>(), [before.0, kept.0]);
}

async fn one_stands_within_another(db: &Db) {
    let mut tx = db.write().await.unwrap();
    tx.savepoint().await.unwrap();
    tx.open_stream("outer", NOW).await.unwrap();
    tx.savepoint().await.unwrap();
    tx.open_stream("inner", NOW).await.unwrap();
    tx.settle(Ok(())).await.unwrap().unwrap();
    assert!(tx.settle(Err::<(), _>(Error::RowNotFound)).await.unwrap().is_err());
    assert_eq!(tx.open_streams().await.unwrap(), []);
}
