//! What visitors of the pages may do to each other, over real connections: fill them, hold them
//! open, guess, and send what is no request.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::harness::{
    PATIENCE,
    component::{Component, Plan},
    eventually,
    http::{self, Answer},
    server::{Kind, Server},
};

/// Sends `request` as it stands; answers what came until the other side closed.
async fn exchange(component: &Component, request: &str) -> Answer {
    http::exchange(component.pages(), request).await.expect("an answer")
}

async fn get_as(component: &Component, visitor: &str, path: &str) -> Answer {
    let request =
        format!("GET {path} HTTP/1.0\r\nHost: x\r\nX-Forwarded-For: 9.9.9.9, {visitor}\r\n\r\n");
    exchange(component, &request).await
}

async fn started() -> (Server, Component) {
    let server = Server::start(Kind::Prosody).await;
    let component = Component::start(&server).await;
    (server, component)
}

#[tokio::test]
async fn whoever_goes_through_codes_learns_nothing_after_sixty() {
    let (_server, component) = started().await;
    for n in 0..60 {
        let answer = get_as(&component, "192.0.2.7", &format!("/s/00000000{n:02}")).await;
        assert_eq!(answer.status, 404);
        assert!(!answer.head.to_lowercase().contains("retry-after"), "{n}");
    }
    // The QR code of any address would be there.
    for path in ["/s/7K3QXM2NP8", "/s/7K3QXM2NP8/qr.svg", "/i/x/qr.svg", "/k/0.json", "/a", "/c/x"]
    {
        let answer = get_as(&component, "192.0.2.200", path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.head.to_lowercase().contains("\r\nretry-after: "), "{path}");
    }
    assert_eq!(get_as(&component, "192.0.3.7", "/s/7K3QXM2NP8/qr.svg").await.status, 200);
    assert_eq!(get_as(&component, "192.0.2.7", "/").await.status, 200);
}

#[tokio::test]
async fn one_network_that_holds_its_connections_leaves_pages_for_others() {
    let server = Server::start(Kind::Prosody).await;
    // Whoever comes from this machine is a visitor here.
    let plan = Plan::new(&server).set("http.trusted_proxies", Vec::<String>::new());
    let component = plan.start().await;
    let mut held = Vec::new();
    for _ in 0..200 {
        let mut socket = TcpStream::connect(component.pages()).await.unwrap();
        let _ = socket.write_all(b"GET / HTTP/1.1\r\nHo").await;
        held.push(socket);
    }
    // A connection too many is closed at once.
    let closed = async |socket: &mut TcpStream| {
        let read = tokio::time::timeout(Duration::from_millis(200), socket.read(&mut [0; 1])).await;
        matches!(read, Ok(Ok(0) | Err(_)))
    };
    let last = held.last_mut().expect("one");
    assert!(eventually(PATIENCE, async || closed(last).await).await);
    let other = std::net::SocketAddr::from(([127, 0, 1, 1], 0));
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(other).unwrap();
    let mut socket = socket.connect(component.pages()).await.unwrap();
    socket.write_all(b"GET / HTTP/1.0\r\nHost: x\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
}

#[tokio::test]
async fn what_is_sent_without_a_session_is_not_read() {
    let (_server, component) = started().await;
    let pages = component.pages();
    let token = "0".repeat(32);
    for cookie in [String::new(), format!("Cookie: cards={token}\r\n")] {
        for path in ["/a/card/1", "/a/undo", "/a/close", &format!("/a/{token}")] {
            // It says that much comes, and nothing does: the answer needs none of it.
            let request = format!(
                "POST {path} HTTP/1.1\r\nHost: x\r\nOrigin: http://{pages}\r\n{cookie}\
                 Connection: close\r\nContent-Length: 262144\r\n\r\n"
            );
            let answer = exchange(&component, &request).await;
            assert_eq!(answer.status, 403, "{path}: {}", answer.head);
        }
    }
}

#[tokio::test]
async fn a_form_of_another_site_changes_nothing() {
    let (_server, component) = started().await;
    let pages = component.pages();
    let ours = format!("Origin: http://{pages}\r\n");
    let other = "Origin: http://mantua.lit\r\n";
    let fetched = "Sec-Fetch-Site: cross-site\r\n";
    for path in ["/a/undo", "/i/x/stop", "/i/x/account", "/s/7K3QXM2NP8", "/", "/nowhere"] {
        let post = async |from: &str| {
            let request = format!("POST {path} HTTP/1.0\r\nHost: mantua.lit\r\n{from}\r\n");
            exchange(&component, &request).await
        };
        for from in [other, fetched, "Origin: null\r\n", "Cookie: cards=1\r\n"] {
            let answer = post(from).await;
            assert_eq!(answer.status, 403, "{path} {from}");
            assert!(answer.body.contains("did not come from a page of ours"), "{path} {from}");
        }
        assert!(!post(&ours).await.body.contains("did not come from"), "{path}");
    }
}

#[tokio::test]
async fn odd_requests_are_answered_as_plain_ones_or_refused() {
    let (_server, component) = started().await;
    let status = async |request: String| exchange(&component, &request).await.status;
    let close = "Connection: close\r\n\r\n";
    let long = "x".repeat(20_000);
    for (expected, request) in [
        (200, format!("GET http://mantua.lit/ HTTP/1.1\r\nHost: mantua.lit\r\n{close}")),
        (200, format!("HEAD / HTTP/1.1\r\nHost: x\r\n{close}")),
        (200, format!("GET / HTTP/1.1\r\nHost: x\r\nRange: bytes=0-0,0-0,0-0\r\n{close}")),
        (404, format!("GET //s//../{} HTTP/1.1\r\nHost: x\r\n{close}", &long[..9_000])),
        (431, format!("GET /{long} HTTP/1.1\r\nHost: x\r\n{close}")),
        (431, format!("GET / HTTP/1.1\r\nHost: x\r\nX: {long}\r\n{close}")),
        (431, format!("GET / HTTP/1.1\r\nHost: x\r\n{}{close}", "a: b\r\n".repeat(2_000))),
        (
            400,
            format!(
                "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n{close}"
            ),
        ),
        (405, format!("DELETE / HTTP/1.1\r\nHost: x\r\n{close}")),
        (405, format!("TRACE / HTTP/1.1\r\nHost: x\r\n{close}")),
    ] {
        let shown: String = request.chars().take(80).collect();
        assert_eq!(status(request).await, expected, "{shown}");
    }
    // Links lead to where the pages are, whatever the request says.
    let answer =
        exchange(&component, "GET /s/0000000000 HTTP/1.0\r\nHost: mantua.lit\r\n\r\n").await;
    assert!(!answer.body.contains("mantua.lit") && !answer.head.contains("mantua.lit"));
    // One after the other, in one go: each is answered, in order.
    let two =
        format!("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: x\r\n{close}");
    let answer = exchange(&component, &two).await;
    assert_eq!((answer.status, answer.body.matches("HTTP/1.1 404").count()), (200, 1));
}
