//! A connection to PostgreSQL whose other end has gone without a word.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use crate::{
    db::{Db, Error},
    tests::{NOW, harness::postgres},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// Passes on what is read until the connections of its time are silent, and swallows the rest.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, is_silent: Arc<AtomicBool>) {
    let mut bytes = [0; 8 << 10];
    while let Ok(n @ 1..) = from.read(&mut bytes).await {
        if !is_silent.load(Ordering::SeqCst) && to.write_all(&bytes[..n]).await.is_err() {
            break;
        }
    }
    if is_silent.load(Ordering::SeqCst) {
        // Nor does anybody hear that the other end has closed.
        std::future::pending::<()>().await;
    }
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_given_up_and_the_next_one_serves() {
    let url = postgres::database().await;
    let address = url.split_once('@').unwrap().1.split_once('/').unwrap().0.to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let between = url.replace(&address, &listener.local_addr().unwrap().to_string());
    // Each connection has the flag of its time.
    let flag = Arc::new(std::sync::Mutex::new(Arc::new(AtomicBool::new(false))));
    let current = Arc::clone(&flag);
    let proxy = tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let (reading, writing) = near.into_split();
            let far = TcpStream::connect(&address).await.unwrap();
            let (far_reading, far_writing) = far.into_split();
            let is_silent = Arc::clone(&current.lock().unwrap());
            tokio::spawn(pass(reading, far_writing, Arc::clone(&is_silent)));
            tokio::spawn(pass(far_reading, writing, is_silent));
        }
    });
    let db = Db::open(&between).await.unwrap();
    let mut tx = db.write().await.unwrap();
    tx.insert_account("juliet@x", "en", NOW).await.unwrap();
    let former = std::mem::take(&mut *flag.lock().unwrap());
    former.store(true, Ordering::SeqCst);
    let error = tx.insert_account("romeo@x", "en", NOW).await.unwrap_err().to_string();
    assert!(error.contains("the database says nothing"), "{error}");
    drop(tx);
    // Each is looked at before it is used, and so the silent ones go, one after the other.
    let mut tx = loop {
        match db.write().await {
            Ok(tx) => break tx,
            Err(error) => assert!(matches!(error, Error::PoolTimedOut), "{error}"),
        }
    };
    assert!(tx.insert_account("juliet@x", "en", NOW).await.unwrap(), "nothing was kept");
    tx.commit().await.unwrap();
    db.close().await;
    proxy.abort();
}
