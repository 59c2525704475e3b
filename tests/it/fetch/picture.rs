//! Pictures of products are fetched, through a filter that cannot be turned inward, and shown to
//! people as thumbnails of ours (S0.2).

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use minidom::Element;
use sha2::{Digest, Sha256};

use super::source::{self, Source};
use crate::{
    contact::tell,
    harness::{
        PATIENCE,
        client::Client,
        component::{Component, Plan},
        eventually,
        server::{Kind, Server},
        wire::CLIENT,
    },
    servers,
    stanzas::{CONTACT, DOMAIN, NS, body, register, send, settled, shown},
};

servers::facts!(people_see_a_thumbnail_of_ours_that_can_be_fetched_from_here);

const PUBLIC: &str = "https://share.verona.lit";

/// A component that fetches from anywhere and says that its pages are at [`PUBLIC`].
fn plan(server: &Server) -> Plan {
    Plan::new(server)
        .set("pictures.fetch", true)
        .set("pictures.allow_private", true)
        .set("http.public_url", PUBLIC)
}

/// Alice, who sends, and Bob, who sees the contact and is seen by it.
async fn people(server: &Server) -> (Client, Client) {
    let (alice, bob) = tokio::join!(Client::login(server, "alice"), Client::login(server, "bob"));
    register(&alice, "Alice").await;
    bob.send(&format!("<presence to='{CONTACT}' type='subscribe'/>")).await.expect("sent");
    let is_both = |it: &Element| {
        let item = it.get_child("query", "jabber:iq:roster");
        let item = item.and_then(|query| query.get_child("item", "jabber:iq:roster"));
        item.is_some_and(|item| {
            item.attr("jid") == Some(CONTACT) && item.attr("subscription") == Some("both")
        })
    };
    bob.expect("a roster push", is_both, PATIENCE).await;
    bob.request("get", CONTACT, "<ping xmlns='urn:xmpp:ping'/>").await;
    (alice, bob)
}

/// Alice shows Bob a goblet with a picture at `url`.
pub(crate) async fn share(alice: &Client, key: &str, url: &str) {
    share_all(alice, key, &[url.to_owned()]).await;
}

/// She shows him one with a picture at each of `urls`.
async fn share_all(alice: &Client, key: &str, urls: &[String]) {
    let products: String = urls.iter().map(|url| goblet(url)).collect();
    let answer = alice.request("set", DOMAIN, &send(key, key, &products, &["bob@localhost"])).await;
    assert_eq!(answer.attr("type"), Some("result"), "{}", String::from(&answer));
}

fn goblet(url: &str) -> String {
    format!(
        "<product><name>Silver goblet</name><description>For a table of six.</description>\
         <file-sharing xmlns='urn:xmpp:sfs:0' disposition='inline'>\
         <file xmlns='urn:xmpp:file:metadata:0'><media-type>image/png</media-type>\
         <desc>A goblet</desc></file>\
         <sources><url-data xmlns='http://jabber.org/protocol/url-data' target='{url}'/></sources>\
         </file-sharing></product>"
    )
}

/// The message before the text that says `comment`, if it is a picture; and the text.
async fn shown_with_picture(bob: &Client, comment: &str) -> (Option<Element>, Element) {
    let text = shown(bob, comment).await;
    let messages: Vec<Element> =
        bob.seen().into_iter().filter(|it| it.is("message", CLIENT)).collect();
    let at = messages.iter().position(|it| it.attr("id") == text.attr("id")).expect("the text");
    let before = at.checked_sub(1).map(|at| messages[at].clone());
    (before.filter(|it| it.has_child("x", "jabber:x:oob")), text)
}

fn at<'a>(parent: &'a Element, path: &[(&str, &str)]) -> &'a Element {
    path.iter().fold(parent, |it, (name, ns)| {
        it.get_child(name, *ns).unwrap_or_else(|| panic!("{name} in {}", String::from(it)))
    })
}

const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const OG: &str = "https://ogp.me/ns#";

async fn people_see_a_thumbnail_of_ours_that_can_be_fetched_from_here(kind: Kind) {
    let server = Server::start(kind).await;
    let source = Source::start().await;
    let proxy = Source::start().await;
    let at_proxy = format!("http://{}", proxy.address);
    let mut plan = plan(&server);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"] {
        plan = plan.env(name, &at_proxy);
    }
    let component = plan.start().await;
    let (alice, bob) = people(&server).await;
    share(&alice, "one", &source.url("/picture?of=goblet")).await;
    let (message, text) = shown_with_picture(&bob, "one").await;
    let message = message.expect("a picture before the text");

    let url = body(&message);
    let path = url.strip_prefix(PUBLIC).unwrap_or_else(|| panic!("{url} is not ours"));
    let oob = at(&message, &[("x", "jabber:x:oob"), ("url", "jabber:x:oob")]);
    assert_eq!(oob.text(), url);
    let (status, head, bytes) = source::ask(component.pages(), "GET", path).await;
    assert_eq!(status, 200, "{head}");
    let file =
        at(&message, &[("file-sharing", "urn:xmpp:sfs:0"), ("file", "urn:xmpp:file:metadata:0")]);
    let said = |name: &str| at(file, &[(name, "urn:xmpp:file:metadata:0")]).text();
    assert_eq!(said("size"), bytes.len().to_string());
    assert_eq!((said("width"), said("height")), ("1024".to_owned(), "768".to_owned()));
    assert_eq!((said("media-type"), said("desc")), ("image/jpeg".into(), "A goblet".into()));
    let hash = Sha256::digest(&bytes);
    assert_eq!(at(file, &[("hash", "urn:xmpp:hashes:2")]).text(), BASE64_STANDARD.encode(hash));
    assert_eq!(path, format!("/p/{hash:x}.jpg"));
    assert!(bytes.starts_with(b"\xff\xd8\xff") && bytes.len() <= 512 * 1024);
    let (status, head, nothing) = source::ask(component.pages(), "HEAD", path).await;
    assert_eq!((status, nothing.len()), (200, 0));
    for line in [
        format!("content-length: {}", bytes.len()),
        "content-type: image/jpeg".into(),
        "cache-control: public, max-age=31536000, immutable".into(),
        "x-content-type-options: nosniff".into(),
    ] {
        assert!(head.to_lowercase().lines().any(|it| it == line), "{line} in {head}");
    }
    assert!(!head.to_lowercase().contains("set-cookie"));

    // The card in the text, with the small one.
    let card = at(&text, &[("Description", RDF)]);
    let said = |name: &str| at(card, &[(name, OG)]).text();
    assert_eq!(said("title"), "Silver goblet");
    assert_eq!(said("description"), "For a table of six.");
    assert_eq!(card.attr_ns(RDF, "about"), Some(said("url").as_str()));
    assert!(body(&text).contains(&said("url")));
    let image = said("image");
    assert!(image.len() <= 4096, "{}", image.len());
    let small = image.strip_prefix("data:image/jpeg;base64,").expect("a data URI");
    assert!(image::load_from_memory(&BASE64_STANDARD.decode(small).unwrap()).is_ok());
    assert!(String::from(&text).len() <= 8 * 1024);

    // The page shows the same, and its copy holds it.
    let page = said("url").strip_prefix(PUBLIC).expect("a page of ours").to_owned();
    let (status, head, html) = source::ask(component.pages(), "GET", &page).await;
    let html = String::from_utf8(html).expect("HTML");
    assert_eq!(status, 200, "{head}");
    for text in [
        format!("<img src=\"{path}\" alt=\"A goblet\" width=\"1024\" height=\"768\""),
        format!("<meta property=\"og:image\" content=\"{url}\">"),
        format!("\"image\":\"{url}\""),
    ] {
        assert!(html.contains(&text), "{text} in {html}");
    }
    assert!(!html.contains(&source.url("")), "nobody is led to the shop unasked");
    let copy = format!("{page}/offline.html");
    let (_, _, copy) = source::ask(component.pages(), "GET", &copy).await;
    let inlined = format!("src=\"data:image/jpeg;base64,{}\"", BASE64_STANDARD.encode(&bytes));
    assert!(String::from_utf8(copy).is_ok_and(|copy| copy.contains(&inlined)));

    // It is known now: asked for once, however often it is shared.
    share(&alice, "two", &source.url("/picture?of=goblet")).await;
    let (again, _) = shown_with_picture(&bob, "two").await;
    assert_eq!(again.map(|it| body(&it)).as_ref(), Some(&url));
    assert_eq!((source.asked(), proxy.asked()), (1, 0), "{}", source.heads().concat());
    let head = source.heads().concat().to_lowercase();
    for line in ["cookie:", "referer:", "authorization:", "gzip"] {
        assert!(!head.contains(line), "{head}");
    }
    // It goes with the last share that shows it.
    for (revoked, status) in [("revoke 1", 200), ("revoke 2", 404)] {
        tell(&alice, revoked).await;
        let answer = source::ask(component.pages(), "GET", path).await;
        assert_eq!(answer.0, status, "{revoked}: {}", answer.1);
    }
    settled(&component).await;
    assert!(component.audit().0);
}

#[tokio::test]
async fn the_sender_waits_for_no_picture_and_the_recipient_for_a_few_seconds() {
    let server = Server::start(Kind::Prosody).await;
    let source = Source::start().await;
    let component = plan(&server).start().await;
    let (alice, bob) = people(&server).await;
    let began = std::time::Instant::now();
    share(&alice, "never", &source.url("/never")).await;
    let answered = began.elapsed();
    assert!(answered < Duration::from_secs(2), "{answered:?}");
    let (picture, text) = shown_with_picture(&bob, "never").await;
    let waited = began.elapsed();
    assert!(picture.is_none(), "the source's own is none that clients show");
    assert!(text.get_child("share", NS).is_some() && waited >= Duration::from_millis(2_900));
    // What cannot be had is not waited for.
    let began = std::time::Instant::now();
    share(&alice, "gone", &source.url("/missing")).await;
    shown(&bob, "gone").await;
    assert!(began.elapsed() < Duration::from_millis(2_900), "{:?}", began.elapsed());
    drop(component);
}

#[tokio::test]
async fn a_shop_that_says_nothing_keeps_nobody_else_from_their_picture() {
    let server = Server::start(Kind::Prosody).await;
    let (silent, shop) = (Source::start().await, Source::start().await);
    let component = plan(&server).start().await;
    let (alice, bob) = people(&server).await;
    let carol = Client::login(&server, "carol").await;
    register(&carol, "Carol").await;
    for n in 0..3 {
        let urls: Vec<String> = (0..5).map(|at| silent.url(&format!("/never?{n}-{at}"))).collect();
        share_all(&alice, &format!("never {n}"), &urls).await;
    }
    assert!(eventually(PATIENCE, async || silent.asked() >= 3).await, "{}", silent.asked());
    share(&carol, "quick", &shop.url("/picture")).await;
    let (picture, _) = shown_with_picture(&bob, "quick").await;
    assert!(picture.is_some(), "{} at the other shop, {} here", silent.asked(), shop.asked());
    drop(component);
}

#[tokio::test]
async fn nothing_on_the_inside_is_asked() {
    let server = Server::start(Kind::Prosody).await;
    let source = Source::start().await;
    let component = Plan::new(&server).set("pictures.fetch", true).start().await;
    let (alice, bob) = people(&server).await;
    let port = source.address.port();
    for (n, host) in ["127.0.0.1", "0x7f.1", "2130706433", "localhost.", "[::ffff:7f00:1]"]
        .into_iter()
        .enumerate()
    {
        share(&alice, &format!("http {n}"), &format!("http://{host}:{port}/picture")).await;
        share(&alice, &format!("https {n}"), &format!("https://{host}/picture")).await;
        shown(&bob, &format!("https {n}")).await;
    }
    let refused = "tradepost_pictures_total{result=\"forbidden\"}";
    // Three spellings are one address; and not every resolver knows the name with the dot.
    let all = eventually(PATIENCE, async || {
        component.metrics().await.get(refused).is_some_and(|n| *n >= 5.0)
    });
    assert!(all.await, "{:?}", component.metrics().await);
    assert_eq!(component.metrics().await.get("tradepost_pictures_total{result=\"stored\"}"), None);
    assert_eq!(source.asked(), 0);
}

#[tokio::test]
async fn nothing_is_fetched_unless_the_operator_allows_it() {
    let server = Server::start(Kind::Prosody).await;
    let source = Source::start().await;
    let component = Component::start(&server).await;
    let (alice, bob) = people(&server).await;
    share(&alice, "off", &source.url("/picture")).await;
    let (picture, text) = shown_with_picture(&bob, "off").await;
    assert!(picture.is_none() && !text.has_child("Description", RDF), "no picture and no card");
    assert_eq!((source.asked(), component.metric("tradepost_pictures_total").await), (0, 0.0));
    let unknown = format!("/p/{}.jpg", "00".repeat(32));
    assert_eq!(source::ask(component.pages(), "GET", &unknown).await.0, 404);
    assert_eq!(source::ask(component.pages(), "GET", "/p/../tradepost.db").await.0, 404);
}

#[tokio::test]
async fn the_service_ends_when_it_is_told_to_though_a_thread_of_it_does_not() {
    let server = Server::start(Kind::Prosody).await;
    let source = Source::start().await;
    let component = plan(&server).env("TRADEPOST_CRASH", "stall-decode").start().await;
    let (alice, bob) = people(&server).await;
    share(&alice, "one", &source.url("/picture")).await;
    // What was fetched is being decoded, and for that it has waited as long as it does.
    shown(&bob, "one").await;
    assert_eq!(source.asked(), 1);
    assert!(component.sigterm().await.success(), "{}", component.log());
}
