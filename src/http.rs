//! The HTTP edge: product pages and thumbnails for everybody, and the operator's health and metrics.

mod answer;
mod apps;
pub mod archive;
mod body;
pub mod card;
mod card_file;
pub mod card_picture;
pub mod desk;
pub mod download;
mod export;
mod format;
mod frame;
mod gallery;
pub mod health;
pub mod invitation;
pub mod jcard;
mod json_ld;
pub mod page;
pub mod picture;
mod qr;
mod reader;
mod recording;
pub mod saved;
mod sheet;
mod slots;
mod view;
mod words;

use std::{pin::pin, sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    select,
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Connections at one time. More wait in the kernel until one ends.
const MAX_CONNECTIONS: usize = 512;
/// How long a client may take to send the head of a request, and to think between two.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection lives; then it may finish its request.
const LIFETIME: Duration = Duration::from_mins(1);
/// How long the last request of a connection may take to be read by the client.
const GRACE: Duration = Duration::from_secs(5);
/// Bytes of a request's head, and of what is buffered for a slow reader.
const BUFFER: usize = 16 * 1024;

/// Serves `router` on `listener` until `stop`, then lets the requests in hand finish, at most 5 s.
///
/// A slow or silent client holds one of 512 connections for at most 65 s and nothing else. A panic
/// in a handler ends its connection only.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    let connections = TaskTracker::new();
    let free = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    while let Some(Ok(slot)) = stop.run_until_cancelled(Arc::clone(&free).acquire_owned()).await {
        let Some(accepted) = stop.run_until_cancelled(listener.accept()).await else { break };
        match accepted {
            Ok((stream, _)) => {
                let (router, stop) = (router.clone(), stop.clone());
                connections.spawn(async move {
                    connection(stream, router, &stop).await;
                    drop(slot);
                });
            }
            Err(error) => {
                // Out of file descriptors, most likely: they come back as connections end.
                tracing::warn!(%error, "cannot accept an http connection");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
    connections.close();
    connections.wait().await;
}

async fn connection(stream: TcpStream, router: Router, stop: &CancellationToken) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(BUFFER);
    let service = TowerToHyperService::new(router);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    select! {
        // What a client did wrong is of no interest to anybody else.
        _ = connection.as_mut() => return,
        () = stop.cancelled() => {}
        () = sleep(LIFETIME) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(GRACE, connection).await;
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    async fn started() -> (TcpStream, CancellationToken, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let stop = CancellationToken::new();
        let router = Router::new().route("/", get(|| async { "here" }));
        let server = tokio::spawn(serve(listener, router, stop.clone()));
        (client, stop, server)
    }

    async fn answer(client: &mut TcpStream, request: &str) -> String {
        client.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn a_request_is_answered_and_stop_ends_an_idle_connection() {
        let (mut client, stop, server) = started().await;
        let mut idle = TcpStream::connect(client.peer_addr().unwrap()).await.unwrap();
        let request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        assert!(answer(&mut client, request).await.ends_with("here"));
        stop.cancel();
        server.await.unwrap();
        assert_eq!(answer(&mut idle, "").await, "");
    }

    #[tokio::test]
    async fn a_head_without_end_is_cut_off_by_size() {
        let (mut client, stop, server) = started().await;
        let request = format!("GET /{} HTTP/1.1\r\nHost: x\r\n", "x".repeat(2 * BUFFER));
        assert!(answer(&mut client, &request).await.starts_with("HTTP/1.1 431"));
        stop.cancel();
        server.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_without_end_is_cut_off_by_time() {
        let (mut client, stop, server) = started().await;
        let began = tokio::time::Instant::now();
        answer(&mut client, "GET / HTTP/1.1\r\nHo").await;
        assert!(began.elapsed() <= HEAD_TIMEOUT + GRACE, "{:?}", began.elapsed());
        stop.cancel();
        server.await.unwrap();
    }
}
