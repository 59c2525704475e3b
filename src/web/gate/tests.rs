use std::{convert::Infallible, sync::atomic::AtomicI64};

use axum::{
    Extension,
    body::to_bytes,
    routing::{get, post},
};
use futures_util::{FutureExt, stream};
use tower::ServiceExt;

use super::*;
use crate::{
    domain::lang::Lang,
    web::{
        answer::Keep,
        download::{copy, file},
    },
};

/// Has one page under each path, `/s/there` and so on, which a form can be sent to.
fn gated(memory: Budget, time: &Arc<AtomicI64>) -> Router {
    let there = || async { "x".repeat(20_000) };
    let none = || async { StatusCode::NOT_FOUND };
    let file = || async {
        let body = copy(|mut out| async move {
            out.put("all of it").await?;
            Ok(out)
        });
        file(body, Keep::Not, "text/plain", "attachment")
    };
    let whose = |network: Option<Extension<Network>>| async move {
        network.map(|Extension(network)| network.to_string()).unwrap_or_default()
    };
    let mut router = Router::new()
        .route("/", get(there).post(there))
        .route("/file", get(file))
        .route("/whose", get(whose))
        .route(
            "/waits",
            post(|body: Body| async { to_bytes(body, 9).await.map(drop).is_ok().to_string() }),
        );
    for kind in ["s", "i", "k", "c", "a", "p"] {
        router = router
            .route(&format!("/{kind}/there"), get(there).post(there))
            .route(&format!("/{kind}/{{other}}"), get(none).post(none));
    }
    let site = Site {
        public_url: "https://verona.lit".into(),
        name: "Tradepost".into(),
        contact: "share@verona.lit".parse().unwrap(),
        lang: Lang::En,
    };
    let proxies = Proxies::new(&["127.0.0.0/8".parse().unwrap()]);
    guarded(router, site, proxies, memory, Clock::Manual(Arc::clone(time)))
}

fn time() -> Arc<AtomicI64> {
    Arc::new(AtomicI64::new(1_000_000))
}

async fn ask(
    router: &Router,
    ip: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> Response {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let peer = Peer { ip: ip.parse().unwrap(), taken: Arc::default() };
    let request = request.extension(peer).body(Body::empty()).unwrap();
    router.clone().oneshot(request).await.unwrap()
}

async fn status(router: &Router, ip: &str, path: &str) -> u16 {
    ask(router, ip, "GET", path, &[]).await.status().as_u16()
}

async fn text(response: Response) -> Vec<u8> {
    to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()
}

#[tokio::test]
async fn whoever_guesses_too_fast_is_told_that_nothing_is_there() {
    let time = time();
    let router = gated(Budget::default(), &time);
    for n in 0..60 {
        assert_eq!(status(&router, "192.0.2.1", "/s/there").await, 200, "{n}");
        let kind = ["s", "i", "k", "c", "a", "p"][n % 6];
        assert_eq!(status(&router, "192.0.2.1", &format!("/{kind}/{n}")).await, 404);
    }
    for kind in ["s", "i", "k", "c", "a", "p"] {
        let there = ask(&router, "192.0.2.9", "GET", &format!("/{kind}/there"), &[]).await;
        assert_eq!(there.status(), 404, "{kind}");
        assert_eq!(there.headers()["retry-after"], "61", "{kind}");
        let none = ask(&router, "192.0.2.9", "GET", &format!("/{kind}/none"), &[]).await;
        assert_eq!(there.headers(), none.headers(), "{kind}");
        assert_eq!(text(there).await, text(none).await, "{kind}");
    }
    assert_eq!(status(&router, "192.0.2.1", "/").await, 200, "which is no secret");
    assert_eq!(status(&router, "192.0.3.1", "/s/there").await, 200, "another network");
    time.fetch_add(60_000, Ordering::SeqCst);
    assert_eq!(status(&router, "192.0.2.1", "/s/there").await, 200, "a minute later");
}

#[tokio::test]
async fn behind_a_web_server_the_visitor_counts_and_not_the_server() {
    let router = gated(Budget::default(), &time());
    let by = async |visitor: &str, path: &str| {
        let said = [("x-forwarded-for", visitor)];
        ask(&router, "127.0.0.1", "GET", path, &said).await.status().as_u16()
    };
    for n in 0..60 {
        assert_eq!(by("198.51.100.1, 192.0.2.1", &format!("/s/{n}")).await, 404);
    }
    assert_eq!(by("192.0.2.1", "/s/there").await, 404);
    assert_eq!(by("198.51.100.1", "/s/there").await, 200);
    assert_eq!(status(&router, "127.0.0.1", "/s/there").await, 200, "it does not say who");
}

#[tokio::test]
async fn what_is_behind_the_gate_knows_the_network_of_its_visitor() {
    let router = gated(Budget::default(), &time());
    let by = async |ip: &str, headers: &[(&str, &str)]| {
        String::from_utf8(text(ask(&router, ip, "GET", "/whose", headers).await).await).unwrap()
    };
    assert_eq!(by("192.0.2.7", &[]).await, "192.0.2.0/24");
    assert_eq!(by("127.0.0.1", &[("x-forwarded-for", "198.51.100.9")]).await, "198.51.100.0/24");
    assert_eq!(by("127.0.0.1", &[]).await, "", "it does not say who");
}

#[tokio::test]
async fn a_form_of_another_site_is_refused_wherever_it_is_sent() {
    let router = gated(Budget::default(), &time());
    for path in ["/", "/a/there", "/i/there", "/k/there", "/s/there", "/c/there"] {
        let foreign = [("sec-fetch-site", "cross-site"), ("accept-language", "zh")];
        let refused = ask(&router, "192.0.2.1", "POST", path, &foreign).await;
        assert_eq!(refused.status(), 403, "{path}");
        assert!(refused.headers().contains_key("content-security-policy"));
        assert!(String::from_utf8(text(refused).await).unwrap().contains("并非来自本站页面"));
        let looked = ask(&router, "192.0.2.1", "GET", path, &foreign).await;
        assert_eq!(looked.status(), 200, "{path}: links lead here");
        let ours = [("sec-fetch-site", "same-origin"), ("cookie", "x=y")];
        assert_eq!(ask(&router, "192.0.2.1", "POST", path, &ours).await.status(), 200, "{path}");
    }
}

#[tokio::test]
async fn one_network_has_a_quarter_and_others_still_get_pages() {
    let router = gated(Budget::new(64 << 20), &time());
    let mut unread = Vec::new();
    for n in 0..OF_ONE {
        let answer = ask(&router, &format!("192.0.2.{n}"), "GET", "/", &[]).await;
        assert_eq!(answer.status(), 200);
        unread.push(answer);
    }
    let more = ask(&router, "192.0.2.200", "GET", "/", &[]).await;
    assert_eq!(
        (more.status().as_u16(), &more.headers()["retry-after"]),
        (503, &"10".parse().unwrap())
    );
    assert_eq!(status(&router, "192.0.3.1", "/").await, 200);
    unread.clear();
    assert_eq!(status(&router, "192.0.2.200", "/").await, 200);
}

#[tokio::test]
async fn what_one_network_does_not_read_leaves_answers_to_others_within_the_budget() {
    // Of 80,000 bytes for all a network has a quarter: one answer.
    let memory = Budget::new(160_000);
    let router = gated(memory.clone(), &time());
    let first = ask(&router, "192.0.2.1", "GET", "/", &[]).await;
    assert_eq!(status(&router, "192.0.2.2", "/").await, 503, "the same network");
    let mut unread = Vec::new();
    for n in 3..6 {
        let answer = ask(&router, &format!("192.0.{n}.1"), "GET", "/", &[]).await;
        assert_eq!(answer.status(), 200, "{n}");
        unread.push(answer);
    }
    assert_eq!(memory.used(Use::Downloads), 80_000);
    assert_eq!(status(&router, "192.0.9.1", "/").await, 503, "there is no more for anybody");
    assert_eq!(text(first).await.len(), 20_000);
    assert_eq!(status(&router, "192.0.2.2", "/").await, 200);
    drop(unread);
    assert_eq!(memory.used(Use::Downloads), 0);
}

#[tokio::test]
async fn files_that_one_network_does_not_read_leave_files_to_others() {
    let memory = Budget::default();
    let router = gated(memory.clone(), &time());
    let mut unread = Vec::new();
    let all = loop {
        let answer = ask(&router, "192.0.2.1", "GET", "/file", &[]).await;
        if answer.status() == 503 {
            break unread.len();
        }
        unread.push(answer);
    };
    assert_eq!(all, 8, "of 512 KiB each");
    assert_eq!(memory.used(Use::Downloads), memory.most_of_one() / 4);
    let other = ask(&router, "192.0.3.1", "GET", "/file", &[]).await;
    assert_eq!(text(other).await, b"all of it");
    assert_eq!(status(&router, "192.0.2.1", "/there").await, 404, "what is small needs no room");
    unread.clear();
    assert_eq!(memory.used(Use::Downloads), 0);
}

#[tokio::test]
async fn forms_that_one_network_sends_slowly_leave_room_for_those_of_others() {
    let router = gated(Budget::default(), &time());
    let post = |ip: &str| {
        let peer = Peer { ip: ip.parse().unwrap(), taken: Arc::default() };
        let request = Request::post("/waits").header("sec-fetch-site", "same-origin");
        let silent = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        Box::pin(router.clone().oneshot(request.extension(peer).body(silent).unwrap()))
    };
    let mut under_way = Vec::new();
    for n in 0..16 {
        let mut waits = post(&format!("192.0.2.{n}"));
        assert!((&mut waits).now_or_never().is_none(), "{n}");
        under_way.push(waits);
    }
    assert_eq!(post("192.0.2.99").await.unwrap().status(), 503);
    assert!(post("192.0.3.1").now_or_never().is_none());
    under_way.pop();
    assert!(post("192.0.2.99").now_or_never().is_none());
}
