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
    assert_eq!(tx.take_unfinished(END).await.unwrap(), None);
    tx.put_unfinished("juliet@x", Unfinished::Left, "", Millis(NOW.0 + 1)).await.unwrap();
    tx.put_unfinished("romeo@x", Unfinished::Said, "q@y", NOW).await.unwrap();
    tx.put_unfinished("juliet@x", Unfinished::Left, "", Millis(NOW.0 + 2)).await.unwrap();
    assert!(!tx.is_unfinished(Millis(NOW.0 - 1)).await.unwrap());
    assert!(tx.is_unfinished(NOW).await.unwrap());
    let first = ("romeo@x".into(), Unfinished::Said.code(), "q@y".into(), NOW.0);
    assert_eq!(tx.take_unfinished(END).await.unwrap(), Some(first));
    assert_eq!(tx.take_unfinished(NOW).await.unwrap(), None, "the other comes later");
    let row = ("romeo@x".into(), Unfinished::Said.code(), "q@y".into(), NOW.0);
    tx.put_off_unfinished(&row, Millis(NOW.0 + 3)).await.unwrap();
    let second = ("juliet@x".into(), Unfinished::Left.code(), String::new(), NOW.0 + 2);
    assert_eq!(tx.take_unfinished(END).await.unwrap(), Some(second));
    assert_eq!(tx.take_unfinished(Millis(NOW.0 + 2)).await.unwrap(), None, "it rests");
    // What was due before it comes before it.
    tx.put_unfinished("benvolio@x", Unfinished::Left, "", NOW).await.unwrap();
    let benvolio = ("benvolio@x".into(), Unfinished::Left.code(), String::new(), NOW.0);
    tx.put_behind_unfinished(&benvolio, Millis(NOW.0 + 4)).await.unwrap();
    assert_eq!(tx.take_unfinished(END).await.unwrap(), Some(row));
    assert_eq!(tx.take_unfinished(END).await.unwrap(), Some(benvolio));
    assert!(!tx.is_unfinished(END).await.unwrap());
}

async fn what_is_unfinished_since_a_moment_ahead_is_due_now(db: &Db) {
    let mut tx = db.write().await.unwrap();
    assert!(!tx.has_unfinished("juliet@x", Unfinished::Left).await.unwrap());
    tx.put_unfinished_since("juliet@x", Unfinished::Left, "1", END, NOW).await.unwrap();
    assert!(tx.has_unfinished("juliet@x", Unfinished::Left).await.unwrap());
    assert!(!tx.has_unfinished("juliet@x", Unfinished::Said).await.unwrap());
    assert!(!tx.has_unfinished("romeo@x", Unfinished::Left).await.unwrap());
    let row = ("juliet@x".into(), Unfinished::Left.code(), "1".into(), END.0);
    assert_eq!(tx.take_unfinished(NOW).await.unwrap(), Some(row));
}

async fn nothing_of_an_account_is_gone_on_with(db: &Db) {
    let mut tx = db.write().await.unwrap();
    for (account, kind) in [("juliet@x", Unfinished::Back), ("romeo@x", Unfinished::Woken)] {
        tx.put_unfinished(account, kind, "", NOW).await.unwrap();
    }
    tx.end_unfinished("juliet@x", Unfinished::Woken).await.unwrap();
    tx.drop_unfinished("romeo@x").await.unwrap();
    assert_eq!(tx.take_unfinished(END).await.unwrap().map(|row| row.0), Some("juliet@x".into()));
    assert_eq!(tx.take_unfinished(END).await.unwrap(), None);
}
