//! A part of a transaction that fails is undone alone.

use tradepost::db::{
    Db, Error,
    Savepoint::{Part, Step},
};

use super::{NOW, facts};

facts!(
    what_fails_behind_a_savepoint_is_undone_and_nothing_before_it,
    a_part_that_was_not_settled_goes_with_its_step,
);

async fn what_fails_behind_a_savepoint_is_undone_and_nothing_before_it(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let before = tx.open_stream("before", NOW).await.unwrap();
    tx.savepoint(Step).await.unwrap();
    tx.open_stream("undone", NOW).await.unwrap();
    assert!(tx.settle(Step, Err::<(), _>(Error::RowNotFound)).await.unwrap().is_err());
    tx.savepoint(Step).await.unwrap();
    let kept = tx.open_stream("kept", NOW).await;
    let kept = tx.settle(Step, kept).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    let open = db.read().await.unwrap().open_streams().await.unwrap();
    assert_eq!(open.iter().map(|it| it.no).collect::<Vec<_>>(), [before.0, kept.0]);
}

async fn a_part_that_was_not_settled_goes_with_its_step(db: &Db) {
    for is_settled in [true, false] {
        let mut tx = db.write().await.unwrap();
        tx.savepoint(Step).await.unwrap();
        tx.open_stream("step", NOW).await.unwrap();
        tx.savepoint(Part).await.unwrap();
        tx.open_stream("part", NOW).await.unwrap();
        if is_settled {
            tx.settle(Part, Ok(())).await.unwrap().unwrap();
        }
        assert!(tx.settle(Step, Err::<(), _>(Error::RowNotFound)).await.unwrap().is_err());
        assert_eq!(tx.open_streams().await.unwrap(), []);
        tx.commit().await.unwrap();
    }
}
