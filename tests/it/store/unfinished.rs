//! What one transaction did not finish.

use tradepost::{
    domain::{clock::Millis, unfinished::Unfinished},
    store::db::Db,
};

use super::{END, NOW, facts};

facts!(
    what_is_unfinished_for_longest_is_taken_out_first,
    what_is_unfinished_since_a_moment_ahead_is_due_now,
    nothing_of_an_account_is_gone_on_with,
);

async fn what_is_unfinished_for_longest_is_taken_out_first(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let at = |n| Millis(NOW.0 + n);
    assert_eq!(tx.take_unfinished(END).await.unwrap(), None);
    tx.put_unfinished("juliet@x", Unfinished::Left, "", at(1), at(1)).await.unwrap();
    tx.put_unfinished("romeo@x", Unfinished::Said, "q@y", at(7), NOW).await.unwrap();
    tx.put_unfinished("juliet@x", Unfinished::Left, "", at(-9), at(2)).await.unwrap();
    assert!(!tx.is_unfinished(at(-1)).await.unwrap());
    assert!(tx.is_unfinished(NOW).await.unwrap());
    let first = ("romeo@x".into(), Unfinished::Said.code(), "q@y".into(), NOW.0 + 7);
    assert_eq!(tx.take_unfinished(END).await.unwrap().as_ref(), Some(&first));
    assert_eq!(tx.take_unfinished(NOW).await.unwrap(), None, "the other comes later");
    tx.put_off_unfinished(&first, at(3)).await.unwrap();
    let second = ("juliet@x".into(), Unfinished::Left.code(), String::new(), NOW.0 - 9);
    assert_eq!(tx.take_unfinished(END).await.unwrap(), Some(second));
    assert_eq!(tx.take_unfinished(at(2)).await.unwrap(), None, "it rests");
    assert_eq!(tx.take_unfinished(END).await.unwrap(), Some(first));
    assert!(!tx.is_unfinished(END).await.unwrap());
}

async fn what_is_unfinished_since_a_moment_ahead_is_due_now(db: &Db) {
    let mut tx = db.write().await.unwrap();
    assert!(!tx.has_unfinished("juliet@x", Unfinished::Left).await.unwrap());
    tx.put_unfinished("juliet@x", Unfinished::Left, "1", END, NOW).await.unwrap();
    assert!(tx.has_unfinished("juliet@x", Unfinished::Left).await.unwrap());
    assert!(!tx.has_unfinished("juliet@x", Unfinished::Said).await.unwrap());
    assert!(!tx.has_unfinished("romeo@x", Unfinished::Left).await.unwrap());
    let row = ("juliet@x".into(), Unfinished::Left.code(), "1".into(), END.0);
    assert_eq!(tx.take_unfinished(NOW).await.unwrap(), Some(row));
}

async fn nothing_of_an_account_is_gone_on_with(db: &Db) {
    let mut tx = db.write().await.unwrap();
    for (account, kind) in [("juliet@x", Unfinished::Back), ("romeo@x", Unfinished::Woken)] {
        tx.put_unfinished(account, kind, "", NOW, NOW).await.unwrap();
    }
    tx.end_unfinished("juliet@x", Unfinished::Woken).await.unwrap();
    tx.drop_unfinished("romeo@x").await.unwrap();
    assert_eq!(tx.take_unfinished(END).await.unwrap().map(|row| row.0), Some("juliet@x".into()));
    assert_eq!(tx.take_unfinished(END).await.unwrap(), None);
}
