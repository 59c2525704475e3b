//! The HTTP edge: product pages and thumbnails for everybody, and the operator's health and metrics.
//! What every visitor has to pass is in `gate`.

pub mod address_book;
mod answer;
mod apps;
pub mod archive;
mod body;
pub mod card;
mod card_file;
pub mod card_picture;
pub mod download;
mod export;
mod format;
mod gallery;
pub mod gate;
mod guess;
pub mod health;
pub mod invitation;
pub mod jcard;
mod json_ld;
mod layout;
pub mod leader;
pub mod network;
mod origin;
pub mod page;
pub mod picture;
mod product_view;
mod qr;
mod reader;
mod recording;
pub mod saved;
mod saved_json;
mod saying;
mod share_page;
pub mod site;
mod slots;
mod words;

use std::{
    net::IpAddr,
    pin::pin,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use axum::Router;
use hyper::{
    Request,
    body::Incoming,
    server::conn::http1,
    service::{Service, service_fn},
};
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

use self::{
    gate::{MAX_CONNECTIONS, OF_ONE},
    network::{Peer, Proxies},
    slots::Slots,
};
use crate::domain::site::Network;

/// How long a client may take to send the head of a request, and to think between two.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection lives; then it may finish its request.
const LIFETIME: Duration = Duration::from_mins(1);
/// How long the last answer of a connection goes on without the client taking a piece of it.
const GRACE: Duration = Duration::from_secs(5);
/// How long it may go on at all: a large file, read slowly.
const DOWNLOAD: Duration = Duration::from_mins(10);
/// Bytes of a request's head, and of what is buffered for a slow reader.
const BUFFER: usize = 16 * 1024;

/// Serves `router` on `listener` until `stop`, then lets the requests in hand finish, at most 5 s.
///
/// A slow or silent client holds one of 512 connections for at most 65 s, or for 10 min as long as
/// it reads what it asked for, and nothing else. One network has a quarter of them at the most, but
/// for the web servers in front of us, where there may be some. A panic in a handler ends its
/// connection only.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    proxies: Proxies,
    stop: CancellationToken,
) {
    let connections = TaskTracker::new();
    let free = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let of_network = Slots::new(OF_ONE);
    while let Some(Ok(slot)) = stop.run_until_cancelled(Arc::clone(&free).acquire_owned()).await {
        let Some(accepted) = stop.run_until_cancelled(listener.accept()).await else { break };
        match accepted {
            Ok((stream, peer)) => {
                let own = if proxies.has(peer.ip()) {
                    None
                } else {
                    let Some(own) = of_network.take(Network::of(peer.ip())) else { continue };
                    Some(own)
                };
                let (router, stop) = (router.clone(), stop.clone());
                connections.spawn(async move {
                    connection(stream, peer.ip(), router, &stop).await;
                    drop((slot, own));
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

async fn connection(stream: TcpStream, ip: IpAddr, router: Router, stop: &CancellationToken) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(BUFFER);
    let peer = Peer { ip, taken: Arc::default() };
    let taken = Arc::clone(&peer.taken);
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer.clone());
        router.call(request)
    });
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    select! {
        // What a client did wrong is of no interest to anybody else.
        _ = connection.as_mut() => return,
        () = stop.cancelled() => {}
        () = sleep(LIFETIME) => {}
    }
    connection.as_mut().graceful_shutdown();
    let goes_on = async {
        loop {
            let before = taken.load(Ordering::Relaxed);
            let is_over = timeout(GRACE, connection.as_mut()).await.is_ok();
            if is_over || stop.is_cancelled() || taken.load(Ordering::Relaxed) == before {
                return;
            }
        }
    };
    let _ = timeout(DOWNLOAD, goes_on).await;
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
        let server = tokio::spawn(serve(listener, router, Proxies::default(), stop.clone()));
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
