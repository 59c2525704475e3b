//! Which shares need which pictures, and who has asked for how many.

use crate::{
    db::{Db, Tx},
    domain::{clock::Millis, id::ShareId, picture::Progress},
    share::{
        store_picture_use::{AskRow, UseRow},
        tests::store_picture::{made, wants},
    },
    tests::{END, NOW, facts, share},
};
use uuid::Uuid;

facts!(
    a_picture_goes_with_the_last_share_that_needs_it,
    what_a_share_needed_is_forgotten_with_it,
    what_a_sender_asked_for_is_kept_for_a_while,
);

fn needs(n: u128, url: &str) -> UseRow {
    UseRow { share_id: Uuid::from_u128(n), url: url.to_owned() }
}

async fn keep_shares(tx: &mut Tx) {
    let shares = [share(1, "juliet@x", "1"), share(2, "juliet@x", "2")];
    assert_eq!(tx.insert_shares(&shares).await.unwrap().len(), 2);
}

async fn end(tx: &mut Tx, n: u128) -> Vec<String> {
    let mut urls = tx.end_picture_uses(ShareId(Uuid::from_u128(n))).await.unwrap();
    tx.delete_unused_pictures(&urls).await.unwrap();
    urls.sort();
    urls
}

async fn a_picture_goes_with_the_last_share_that_needs_it(db: &Db) {
    let mut tx = db.write().await.unwrap();
    keep_shares(&mut tx).await;
    let urls = ["https://s.lit/a", "https://s.lit/b"].map(str::to_owned);
    tx.want_pictures(&wants(&urls), NOW, END).await.unwrap();
    tx.insert_picture_uses(&[]).await.unwrap();
    assert_eq!(tx.picture_sender(&urls[0]).await.unwrap(), None);
    let uses = [needs(1, &urls[0]), needs(1, &urls[1]), needs(2, &urls[1])];
    tx.insert_picture_uses(&uses).await.unwrap();
    assert_eq!(tx.picture_sender(&urls[0]).await.unwrap(), Some("juliet@x".to_owned()));
    for (n, url) in urls.iter().enumerate() {
        let it = made(u8::try_from(n).unwrap() + 1);
        tx.insert_picture(url, &it).await.unwrap();
        let hash = Some(it.thumbnail.hash);
        tx.end_picture(url, Progress::Stored, hash, Millis::NEVER, NOW).await.unwrap();
    }
    let there = async |tx: &mut Tx| -> Vec<String> {
        let mut found = tx.thumbnails(&urls).await.unwrap();
        found.sort_by(|(a, _), (b, _)| a.cmp(b));
        found.into_iter().map(|(url, _)| url).collect()
    };
    assert_eq!(end(&mut tx, 1).await, urls);
    assert_eq!(there(&mut tx).await, urls[1..]);
    assert!(end(&mut tx, 1).await.is_empty());
    assert_eq!(end(&mut tx, 2).await, urls[1..]);
    assert!(there(&mut tx).await.is_empty());
    tx.delete_unused_pictures(&urls).await.unwrap();
}

async fn what_a_share_needed_is_forgotten_with_it(db: &Db) {
    let mut tx = db.write().await.unwrap();
    keep_shares(&mut tx).await;
    tx.insert_picture_uses(&[needs(1, "https://s.lit/a")]).await.unwrap();
    tx.delete_shares(&[ShareId(Uuid::from_u128(1))]).await.unwrap();
    assert!(end(&mut tx, 1).await.is_empty());
}

async fn what_a_sender_asked_for_is_kept_for_a_while(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let ask = |sender: &str, asked| AskRow { sender: sender.to_owned(), since: NOW.0, asked };
    tx.set_picture_asks(&[ask("juliet@x", 3), ask("romeo@x", 1)]).await.unwrap();
    tx.set_picture_asks(&[ask("juliet@x", 4)]).await.unwrap();
    tx.set_picture_asks(&[]).await.unwrap();
    let senders = ["juliet@x", "paris@x"].map(str::to_owned);
    let before = Millis(NOW.0 - 1);
    assert_eq!(tx.picture_asks(&senders, before).await.unwrap(), [ask("juliet@x", 4)]);
    assert!(tx.picture_asks(&senders, NOW).await.unwrap().is_empty(), "that is over");
    assert_eq!(tx.delete_old_picture_asks(before).await.unwrap(), 0);
    assert_eq!(tx.delete_old_picture_asks(NOW).await.unwrap(), 2);
    // Of addresses only those that are to be fetched, or were of late, cost nothing.
    let urls = ["https://s.lit/a", "https://s.lit/b"].map(str::to_owned);
    tx.want_pictures(&wants(&urls[..1]), NOW, END).await.unwrap();
    let fresh = async |tx: &mut Tx, now| tx.fresh_pictures(&urls, now).await.unwrap();
    assert_eq!(fresh(&mut tx, NOW).await, [(urls[0].clone(), 0)]);
    tx.end_picture(&urls[0], Progress::Failed, None, Millis::NEVER, NOW).await.unwrap();
    let day = NOW.after(crate::domain::picture::FRESH);
    assert_eq!(fresh(&mut tx, Millis(day.0 - 1)).await.len(), 1);
    assert!(fresh(&mut tx, day).await.is_empty());
}
