//! Pictures: asked for once, kept as long as they are needed, waited for in the order of shares.

use crate::{
    db::{Db, Tx},
    domain::{
        clock::Millis,
        delivery::State,
        id::ShareId,
        picture::{FRESH, Kind, Picture, PictureHash, Progress, Thumbnail},
    },
    share::store_picture::{SourceRow, WaitRow, WantRow},
    tests::{END, NOW, delivery, facts, keep, row, share},
};
use uuid::Uuid;

facts!(
    an_address_is_asked_for_once_a_day,
    the_lowest_turn_of_the_first_tries_is_due_first,
    a_picture_is_kept_under_its_hash_and_found_by_its_address,
    pictures_go_when_no_share_needs_them,
    shares_wait_in_their_order,
    only_what_was_never_tried_is_hastened,
);

const URL: &str = "https://shop.verona.lit/goblet";

pub(crate) fn made(n: u8) -> Picture {
    let bytes = vec![n; 100];
    let (hash, small) = (PictureHash([n; 32]), vec![n, 1]);
    let kind = if n.is_multiple_of(2) { Kind::Png } else { Kind::Jpeg };
    let thumbnail = Thumbnail { hash, kind, size: 100, width: 640, height: 480, small };
    Picture { thumbnail, bytes }
}

/// These are wanted by people who have asked for nothing before.
pub(crate) fn wants(urls: &[String]) -> Vec<WantRow> {
    urls.iter().map(|url| WantRow { url: url.clone(), turn: 0 }).collect()
}

async fn want(tx: &mut Tx, url: &str, now: Millis) -> SourceRow {
    tx.want_pictures(&wants(&[url.to_owned()]), now, END).await.unwrap().pop().unwrap()
}

async fn an_address_is_asked_for_once_a_day(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let urls = [URL.to_owned()];
    let due = async |tx: &mut Tx, now| tx.pictures_due(now, 10).await.unwrap();
    assert!(tx.want_pictures(&[], NOW, END).await.unwrap().is_empty());
    for _ in 0..2 {
        let asked = want(&mut tx, URL, NOW).await;
        assert_eq!(asked, SourceRow { url: URL.into(), known: false, first: true });
        assert_eq!(due(&mut tx, NOW).await[0].attempt, 0);
    }
    assert!(due(&mut tx, Millis(NOW.0 - 1)).await.is_empty());
    tx.claim_pictures(&urls, Millis(NOW.0 + 10)).await.unwrap();
    assert!(due(&mut tx, NOW).await.is_empty(), "somebody fetches it");
    assert!(want(&mut tx, URL, NOW).await.first, "and may succeed");
    assert_eq!(due(&mut tx, Millis(NOW.0 + 10)).await[0].attempt, 1, "the lease has ended");
    let later = Millis(NOW.0 + 20);
    tx.end_picture(URL, Progress::Wanted, None, later, NOW).await.unwrap();
    tx.claim_pictures(&urls, later).await.unwrap();
    assert!(!want(&mut tx, URL, later).await.first, "nobody waits for a second try");
    tx.end_picture(URL, Progress::Failed, None, Millis::NEVER, NOW).await.unwrap();
    let asked = want(&mut tx, URL, NOW).await;
    assert!(!asked.first && !asked.known && due(&mut tx, NOW).await.is_empty());
    let fresh = Millis(NOW.after(FRESH).0 - 1);
    assert!(!want(&mut tx, URL, fresh).await.first, "it was looked for a moment ago");
    assert!(want(&mut tx, URL, NOW.after(FRESH)).await.first, "a day later it may be there");
    assert_eq!(due(&mut tx, NOW.after(FRESH)).await[0].attempt, 0);
}

async fn the_lowest_turn_of_the_first_tries_is_due_first(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let later = |n: i64| Millis(NOW.0 + n);
    let asks = async |tx: &mut Tx, url: &str, turn, n| {
        let want = WantRow { url: url.to_owned(), turn };
        tx.want_pictures(&[want], later(n), END).await.unwrap();
    };
    let due = async |tx: &mut Tx, n, limit| -> Vec<String> {
        let due = tx.pictures_due(later(n), limit).await.unwrap();
        due.iter().map(|it| format!("{} {} {}", it.url, it.attempt, it.turn)).collect()
    };
    for (url, turn, n) in [("a", 0, 0), ("b", 7, 1), ("c", 2, 2), ("d", 2, 3), ("e", 0, 9)] {
        asks(&mut tx, url, turn, n).await;
    }
    assert_eq!(due(&mut tx, 3, 10).await, ["a 0 0", "c 0 2", "d 0 2", "b 0 7"]);
    assert_eq!(due(&mut tx, 3, 2).await, ["a 0 0", "c 0 2"]);
    tx.claim_pictures(&["a".to_owned()], later(4)).await.unwrap();
    assert_eq!(due(&mut tx, 4, 10).await, ["c 0 2", "d 0 2", "b 0 7", "a 1 0"]);
    // Whoever asks next has it come earlier and not later, unless it was tried.
    for (url, turn) in [("b", 1), ("c", 3), ("a", 0)] {
        asks(&mut tx, url, turn, 4).await;
    }
    assert_eq!(due(&mut tx, 4, 10).await, ["b 0 1", "c 0 2", "d 0 2", "a 1 0"]);
    tx.claim_pictures(&["b".to_owned()], later(4)).await.unwrap();
    asks(&mut tx, "b", 0, 4).await;
    let all = ["a", "b", "c", "f"].map(str::to_owned);
    let mut fresh = tx.fresh_pictures(&all, later(4)).await.unwrap();
    fresh.sort();
    assert_eq!(fresh, [("a".into(), 0), ("b".into(), 0), ("c".into(), 2)]);
    assert_eq!(due(&mut tx, 4, 10).await, ["c 0 2", "d 0 2", "a 1 0", "b 1 1"]);
    // A day after it has ended it is the turn of whoever asks anew.
    tx.end_picture("b", Progress::Failed, None, Millis::NEVER, later(4)).await.unwrap();
    tx.want_pictures(&[WantRow { url: "b".into(), turn: 5 }], later(4).after(FRESH), END)
        .await
        .unwrap();
    let day = tx.pictures_due(later(4).after(FRESH), 4).await.unwrap();
    assert_eq!((day[3].url.as_str(), day[3].turn), ("b", 5));
}

async fn a_picture_is_kept_under_its_hash_and_found_by_its_address(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let (one, two) = (made(1), made(2));
    let urls = [URL.to_owned(), "https://shop.verona.lit/other".to_owned()];
    tx.want_pictures(&wants(&urls), NOW, END).await.unwrap();
    assert!(tx.thumbnails(&urls).await.unwrap().is_empty());
    for url in &urls {
        tx.insert_picture(url, &one).await.unwrap();
        let hash = Some(one.thumbnail.hash);
        tx.end_picture(url, Progress::Stored, hash, Millis::NEVER, NOW).await.unwrap();
    }
    let mut found = tx.thumbnails(&urls).await.unwrap();
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    assert_eq!(found.len(), 2);
    assert!(found.iter().zip(&urls).all(|(it, url)| it == &(url.clone(), one.thumbnail.clone())));
    let bytes = tx.picture_bytes(one.thumbnail.hash, Kind::Jpeg).await.unwrap();
    assert_eq!(bytes.as_ref(), Some(&one.bytes));
    assert_eq!(tx.picture_bytes(one.thumbnail.hash, Kind::Png).await.unwrap(), None);
    assert_eq!(tx.picture_bytes(two.thumbnail.hash, Kind::Png).await.unwrap(), None);
    let asked = want(&mut tx, URL, NOW.after(FRESH)).await;
    assert!(asked.known && asked.first, "asked for again, and the old one is shown meanwhile");
    tx.end_picture(URL, Progress::Failed, None, Millis::NEVER, NOW).await.unwrap();
    assert_eq!(tx.thumbnails(&urls).await.unwrap().len(), 2, "and after that too");
}

async fn pictures_go_when_no_share_needs_them(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let (one, two) = (made(1), made(2));
    want(&mut tx, URL, NOW).await;
    for it in [&one, &two] {
        tx.keep_former_picture(URL).await.unwrap();
        tx.insert_picture(URL, it).await.unwrap();
        let hash = Some(it.thumbnail.hash);
        tx.end_picture(URL, Progress::Stored, hash, Millis::NEVER, NOW).await.unwrap();
    }
    assert_eq!(tx.delete_old_pictures(END, 10).await.unwrap(), 0, "messages still show both");
    assert!(tx.picture_bytes(one.thumbnail.hash, Kind::Jpeg).await.unwrap().is_some());
    let later = Millis(END.0 + 5);
    tx.want_pictures(&wants(&[URL.to_owned()]), NOW, later).await.unwrap();
    assert_eq!(tx.delete_old_pictures(Millis(END.0 + 1), 10).await.unwrap(), 1);
    assert!(tx.picture_bytes(one.thumbnail.hash, Kind::Jpeg).await.unwrap().is_none());
    assert!(tx.picture_bytes(two.thumbnail.hash, Kind::Png).await.unwrap().is_some());
    assert_eq!(tx.delete_old_pictures(Millis(later.0 + 1), 10).await.unwrap(), 1);
    assert!(tx.picture_bytes(two.thumbnail.hash, Kind::Png).await.unwrap().is_none());
}

async fn shares_wait_in_their_order(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let shares: Vec<_> = [(1, "juliet@x"), (2, "juliet@x"), (3, "romeo@x")]
        .map(|(n, sender)| share(n, sender, &n.to_string()))
        .into();
    tx.insert_shares(&shares).await.unwrap();
    let wait = |n: u128, sender: &str, url: Option<&str>, until| WaitRow {
        share_id: Uuid::from_u128(n),
        sender: sender.to_owned(),
        url: url.map(str::to_owned),
        from_at: NOW.0,
        until_at: until,
    };
    let waits = [
        wait(2, "juliet@x", None, 20),
        wait(1, "juliet@x", Some(URL), 10),
        wait(3, "romeo@x", Some(URL), 5),
    ];
    tx.insert_waits(&waits).await.unwrap();
    tx.insert_waits(&[]).await.unwrap();
    let senders = ["juliet@x", "romeo@x", "benvolio@x"].map(str::to_owned);
    let mut until = tx.waiting_senders(&senders).await.unwrap();
    until.sort();
    assert_eq!(until, [("juliet@x".to_owned(), 20), ("romeo@x".to_owned(), 5)]);
    let ids = async |tx: &mut Tx| -> Vec<u128> {
        let waits = tx.waits_of("juliet@x", 10).await.unwrap();
        waits.iter().map(|it| it.share_id.as_u128()).collect()
    };
    assert_eq!(ids(&mut tx).await, [1, 2]);
    let mut ended = tx.end_waits(URL).await.unwrap();
    ended.sort();
    assert_eq!(ended, ["juliet@x", "romeo@x"]);
    assert!(tx.end_waits(URL).await.unwrap().is_empty());
    assert_eq!(tx.waits_of("juliet@x", 1).await.unwrap()[0].url, None);
    tx.delete_wait(ShareId(Uuid::from_u128(1))).await.unwrap();
    assert_eq!(ids(&mut tx).await, [2]);
    assert_eq!(tx.delete_old_waits(Millis(10)).await.unwrap(), 1, "Romeo's is over");
    assert_eq!(tx.delete_old_waits(Millis(20)).await.unwrap(), 1);
}

async fn only_what_was_never_tried_is_hastened(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let due = Millis(NOW.0 + 3_000);
    for (n, state) in [(1, State::Queued), (2, State::Parked), (3, State::Queued)] {
        keep(&mut tx, &[delivery(n, "romeo@x", state, due)]).await;
    }
    let mut tried = row(&mut tx, 3).await.delivery();
    tried.attempt = 1;
    tx.save(crate::domain::id::DeliveryId(Uuid::from_u128(3)), tried).await.unwrap();
    for n in 1..=3 {
        tx.hasten(ShareId(Uuid::from_u128(n)), NOW).await.unwrap();
    }
    let mut dues = Vec::new();
    for n in 1..=3 {
        dues.push(row(&mut tx, n).await.delivery().due);
    }
    assert_eq!(dues, [NOW, due, due]);
    let mut waiting = delivery(4, "romeo@x", State::Queued, due);
    waiting.handle = 4;
    keep(&mut tx, &[waiting]).await;
    let wait = WaitRow {
        share_id: Uuid::from_u128(4),
        sender: "juliet@x".into(),
        url: Some(URL.into()),
        from_at: NOW.0,
        until_at: due.0,
    };
    tx.insert_waits(&[wait]).await.unwrap();
    tx.wake("romeo@x", (NOW, Uuid::nil()), (NOW, NOW), 9).await.unwrap();
    assert_eq!(row(&mut tx, 4).await.delivery().due, due, "a receipt does not end its wait");
    assert_eq!(row(&mut tx, 3).await.delivery().due, NOW, "what was tried is tried now");
}
