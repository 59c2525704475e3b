//! What a fetch does with servers and names that want it to do something else.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{net::TcpListener, task::JoinSet};
use tokio_rustls::rustls::RootCertStore;
use tradepost::{
    fetch::{
        decoder::Turns,
        file::Files,
        request::{Fault, Fetcher, LookUp},
        target::{Forbidden, Reach},
        thumbnail,
    },
    http_client::tls,
};

use super::{
    decoder::decoder,
    source::{Source, picture, serve},
};
use crate::harness::{PATIENCE, certificate::Certificate, eventually};

/// What may be reached in these tests: this stands for the public internet.
const OUTSIDE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// And this for the operator's own network.
const INSIDE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

fn fetcher() -> Fetcher {
    let reach = Reach::Open(|ip| ip == OUTSIDE);
    Fetcher::new(reach, 2_000_000, PATIENCE).expect("TLS")
}

/// A resolver that answers with one of `answers` after the other, and how often it was asked.
fn names(answers: &'static [&'static [IpAddr]]) -> (LookUp, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let look_up: LookUp = Arc::new(move |_| {
        let n = count.fetch_add(1, Ordering::SeqCst);
        let answer = answers.get(n).or(answers.last()).map(|it| it.to_vec());
        Box::pin(async move { Ok(answer.unwrap_or_default()) })
    });
    (look_up, asked)
}

#[tokio::test]
async fn a_picture_is_fetched_over_up_to_three_redirects() {
    let source = Source::start().await;
    for path in ["/picture", "/parameters", "/once", "/twice", "/thrice"] {
        let got = fetcher().get(&source.url(path)).await;
        assert_eq!(got.expect(path), picture());
    }
    for path in ["/four-times", "/loop", "/nowhere"] {
        let fault = fetcher().get(&source.url(path)).await.expect_err(path);
        assert!(matches!(fault, Fault::Redirects), "{path}: {fault}");
    }
}

#[tokio::test]
async fn no_more_files_than_are_fetched_at_once_wait_for_the_decoder() {
    let source = Source::start().await;
    let turns = Turns::default();
    let held = turns.take(0).await;
    let files = Arc::new(Files::new(fetcher(), decoder(&turns)));
    let mut made = JoinSet::new();
    for n in 0..12 {
        let (files, url) = (Arc::clone(&files), source.url(&format!("/picture?{n}")));
        made.spawn(async move { files.portrait(&url, 0).await });
    }
    assert!(eventually(PATIENCE, async || source.asked() == 4).await);
    // Time enough for the others.
    for _ in 0..12 {
        fetcher().get(&source.url("/picture")).await.expect("a picture");
    }
    assert_eq!(source.asked(), 4 + 12);
    drop(held);
    while let Some(picture) = made.join_next().await {
        picture.expect("no panic").expect("a picture");
    }
    assert_eq!(source.asked(), 12 + 12);
}

#[tokio::test]
async fn what_is_no_picture_or_has_no_end_is_refused() {
    let source = Source::start().await;
    let fetcher = Fetcher { timeout: Duration::from_secs(20), ..fetcher() };
    for (path, label, lasts) in [
        ("/html", "type", true),
        ("/svg", "type", true),
        ("/untyped", "type", true),
        ("/packed", "type", true),
        ("/large", "too-large", true),
        ("/endless", "too-large", true),
        ("/head", "refused", false),
        ("/cut", "refused", false),
        ("/missing", "refused", true),
        ("/busy", "refused", false),
    ] {
        let fault = fetcher.get(&source.url(path)).await.expect_err(path);
        assert_eq!((fault.label(), fault.lasts()), (label, lasts), "{path}: {fault}");
    }
}

#[tokio::test]
async fn a_slow_server_is_given_up_in_time() {
    let source = Source::start().await;
    let fetcher = Fetcher { timeout: Duration::from_millis(300), ..fetcher() };
    for path in ["/never", "/drip"] {
        let began = Instant::now();
        let fault = fetcher.get(&source.url(path)).await.expect_err(path);
        assert!(matches!(fault, Fault::Slow(_)) && !fault.lasts(), "{path}: {fault}");
        assert!(began.elapsed() < Duration::from_secs(10));
    }
}

#[tokio::test]
async fn a_redirect_to_the_inside_is_not_followed() {
    let outside = Source::start().await;
    let inside = Source::on(&format!("{INSIDE}:{}", outside.address.port())).await.expect("free");
    for path in ["/literal", "/spelt", "/metadata"] {
        let fault = fetcher().get(&outside.url(path)).await.expect_err(path);
        assert!(matches!(fault, Fault::Forbidden(Forbidden::Inward)), "{path}: {fault}");
    }
    for path in ["/file", "/user"] {
        let fault = fetcher().get(&outside.url(path)).await.expect_err(path);
        assert!(matches!(fault, Fault::Forbidden(Forbidden::Form)), "{path}: {fault}");
    }
    assert_eq!(inside.asked(), 0);
}

#[tokio::test]
async fn a_name_that_changes_its_mind_is_dialled_as_it_was_checked() {
    let outside = Source::start().await;
    let inside = Source::on(&format!("{INSIDE}:{}", outside.address.port())).await.expect("free");
    let url = |path: &str| format!("http://shop.lit:{}{path}", outside.address.port());
    let with = |look_up: &LookUp| Fetcher { look_up: Arc::clone(look_up), ..fetcher() };

    // Public when it is checked, private a moment later: it is looked up once for each request.
    let (look_up, asked) = names(&[&[OUTSIDE], &[INSIDE]]);
    assert_eq!(with(&look_up).get(&url("/picture")).await.expect("a picture"), picture());
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let fault = with(&look_up).get(&url("/picture")).await.expect_err("inside");
    assert!(matches!(fault, Fault::Forbidden(Forbidden::Inward)), "{fault}");

    // A redirect to the same name is a request of its own.
    let (look_up, _) = names(&[&[OUTSIDE], &[INSIDE]]);
    let fault = with(&look_up).get(&url("/again")).await.expect_err("inside");
    assert!(matches!(fault, Fault::Forbidden(Forbidden::Inward)), "{fault}");

    // Of several addresses only those outside are dialled; of none, none.
    let (look_up, _) = names(&[&[INSIDE, OUTSIDE]]);
    assert!(with(&look_up).get(&url("/picture")).await.is_ok());
    let (look_up, _) = names(&[&[]]);
    assert!(with(&look_up).get(&url("/picture")).await.is_err());
    assert_eq!(inside.asked(), 0);
}

#[tokio::test]
async fn names_that_lead_to_this_machine_are_not_dialled() {
    let source = Source::start().await;
    let fetcher = Fetcher { reach: Reach::Public, ..fetcher() };
    let (look_up, _) = names(&[&[OUTSIDE, INSIDE]]);
    let told = Fetcher { look_up, ..fetcher.clone() };
    // By this machine's own resolver, and by one that knows every name.
    for (fetcher, host) in
        [(&fetcher, "localhost"), (&told, "localhost."), (&told, "shop.verona.lit")]
    {
        let fault = fetcher.get(&format!("https://{host}/picture")).await.expect_err(host);
        assert!(matches!(fault, Fault::Forbidden(Forbidden::Inward)), "{host}: {fault}");
    }
    let fault = fetcher.get(&source.url("/picture")).await.expect_err("http");
    assert!(matches!(fault, Fault::Forbidden(Forbidden::Scheme)), "{fault}");
    assert_eq!(source.asked(), 0);
}

#[tokio::test]
async fn a_packed_body_that_says_it_is_a_picture_is_not_unpacked() {
    // 10 MB of nothing in 10 kB, under the name of a picture.
    let bomb = [b"\x1f\x8b\x08\0\0\0\0\0\0\xff".to_vec(), vec![0; 10_000]].concat();
    let fault = thumbnail::make(&bomb, 4096).expect_err("no picture");
    assert!(matches!(fault, Fault::Type), "{fault}");
}

#[tokio::test]
async fn only_a_certificate_of_a_known_authority_for_the_right_name_is_trusted() {
    let certificate = Certificate::of("DNS:shop.lit");
    let acceptor = certificate.acceptor();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let us = listener.local_addr().expect("an address");
    let heads = Arc::default();
    let seen = Arc::clone(&heads);
    let server = tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (acceptor, seen) = (acceptor.clone(), Arc::clone(&seen));
            tokio::spawn(async move {
                if let Ok(socket) = acceptor.accept(socket).await {
                    serve(socket, us, &seen).await;
                }
            });
        }
    });

    let (look_up, _) = names(&[&[OUTSIDE]]);
    let mut roots = RootCertStore::empty();
    roots.add(certificate.der()).expect("an authority");
    let trusting = Fetcher { look_up, tls: tls(roots).expect("TLS"), ..fetcher() };
    let stranger = Fetcher { look_up: Arc::clone(&trusting.look_up), ..fetcher() };
    let url = |host: &str| format!("https://{host}:{}/picture", us.port());
    assert_eq!(trusting.get(&url("shop.lit")).await.expect("a picture"), picture());
    for fetcher in [(&trusting, "other.lit"), (&trusting, "127.0.0.1"), (&stranger, "shop.lit")] {
        let fault = fetcher.0.get(&url(fetcher.1)).await.expect_err(fetcher.1);
        assert!(matches!(fault, Fault::Connect(_)), "{}: {fault}", fetcher.1);
    }
    assert_eq!(heads.lock().expect("no test died here").len(), 1, "nothing was asked of strangers");
    server.abort();
}
