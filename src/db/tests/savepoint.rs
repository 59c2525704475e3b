//! A part of a transaction that fails is undone alone.

use std::sync::{Arc, Mutex};

use crate::{
    db::{
        Db, Error,
        Savepoint::{Part, Portion, Step},
    },
    tests::{NOW, facts},
};

facts!(
    what_fails_behind_a_savepoint_is_undone_and_nothing_before_it,
    a_part_that_was_not_settled_goes_with_its_step,
    what_follows_a_commit_is_done_once_it_is_kept_and_never_when_it_was_undone,
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
    for (of, is_settled) in [(Step, true), (Step, false), (Portion, true), (Portion, false)] {
        let mut tx = db.write().await.unwrap();
        tx.savepoint(of).await.unwrap();
        tx.open_stream("step", NOW).await.unwrap();
        tx.savepoint(Part).await.unwrap();
        tx.open_stream("part", NOW).await.unwrap();
        if is_settled {
            tx.settle(Part, Ok(())).await.unwrap().unwrap();
        }
        assert!(tx.settle(of, Err::<(), _>(Error::RowNotFound)).await.unwrap().is_err());
        assert_eq!(tx.open_streams().await.unwrap(), []);
        tx.commit().await.unwrap();
    }
}

async fn what_follows_a_commit_is_done_once_it_is_kept_and_never_when_it_was_undone(db: &Db) {
    let done: Arc<Mutex<Vec<&str>>> = Arc::default();
    let effect = |name: &'static str| {
        let done = Arc::clone(&done);
        move || done.lock().unwrap().push(name)
    };
    let mut tx = db.write().await.unwrap();
    tx.after_commit(effect("dropped"));
    drop(tx);

    let mut tx = db.write().await.unwrap();
    tx.after_commit(effect("before"));
    tx.savepoint(Step).await.unwrap();
    tx.after_commit(effect("step"));
    tx.savepoint(Part).await.unwrap();
    tx.after_commit(effect("undone part"));
    assert!(tx.settle(Part, Err::<(), _>(Error::RowNotFound)).await.unwrap().is_err());
    tx.settle(Step, Ok(())).await.unwrap().unwrap();
    tx.savepoint(Step).await.unwrap();
    tx.savepoint(Part).await.unwrap();
    tx.after_commit(effect("part of an undone step"));
    tx.settle(Part, Ok(())).await.unwrap().unwrap();
    assert!(tx.settle(Step, Err::<(), _>(Error::RowNotFound)).await.unwrap().is_err());
    tx.savepoint(Portion).await.unwrap();
    tx.after_commit(effect("undone portion"));
    tx.savepoint(Part).await.unwrap();
    tx.settle(Part, Ok(())).await.unwrap().unwrap();
    tx.savepoint(Part).await.unwrap();
    assert!(tx.settle(Portion, Err::<(), _>(Error::RowNotFound)).await.unwrap().is_err());
    assert!(done.lock().unwrap().is_empty(), "nothing is kept yet");
    tx.commit().await.unwrap();
    assert_eq!(*done.lock().unwrap(), ["before", "step"]);
}
