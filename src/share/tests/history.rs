//! Looking through what somebody sent and was sent.

use std::{future::poll_fn, pin::pin, task::Context};

use crate::{
    share::history::find,
    tests::{self, join, submission, take, world},
};

#[tokio::test]
async fn others_come_between_the_things_that_are_gone_through() {
    let (db, world) = (tests::postgres().await, world());
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x"]).await;
    for n in 0..100 {
        take(&mut tx, &world, 0, submission("juliet@x", &n.to_string(), "c", &["romeo@x"])).await;
    }
    let juliet = "juliet@x".parse().unwrap();
    let mut pauses = 0;
    let (found, bytes) = {
        let mut finding = pin!(find(&mut tx, &juliet, "nothing", 10));
        let mut poll = |context: &mut Context<'_>| {
            pauses += 1;
            finding.as_mut().poll(context)
        };
        poll_fn(&mut poll).await.unwrap()
    };
    assert!(found.is_empty() && bytes > 100 * 50, "{bytes}");
    assert!(pauses > 100, "{pauses} pauses in 100 things");
    drop(tx);
    db.close().await;
}
