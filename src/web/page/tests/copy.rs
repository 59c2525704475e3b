use super::*;
use crate::{domain::recording::Recording, web::answer::SAVED_POLICY};

const PATH: &str = "/s/7K3QXM2NP8/offline.html";

#[tokio::test]
async fn a_copy_needs_no_network() {
    let html = ask(found(vec![plain()]), "GET", PATH, "en").await.html();
    for address in attributes(&html, "img, link[rel='icon'], source, iframe", "src") {
        assert!(address.starts_with("data:image/svg+xml;base64,"), "{address}");
    }
    assert!(texts(&html, "link[rel='icon'], link[rel='stylesheet'], form, nav").is_empty());
    assert_eq!(attributes(&html, "meta[http-equiv]", "content"), [SAVED_POLICY.as_str()]);
    assert!(SAVED_POLICY.contains(&safety::style_digest(&html)));
    assert_eq!(texts(&html, "blockquote"), ["For your table?"]);
    assert_eq!(texts(&html, ".split .quiet a"), ["https://share.verona.lit/s/7K3QXM2NP8"]);
    // The pictures lie elsewhere: they can be gone to, not seen.
    let hosts = ["silver.verona.lit", "img.verona.lit", "img.verona.lit", "img.verona.lit"];
    assert_eq!(texts(&html, ".links a"), hosts);
    // No address of ours is relative: the copy may lie anywhere.
    for address in attributes(&html, "a", "href") {
        assert!(address.starts_with("https://") || address.starts_with("xmpp:"), "{address}");
    }
}

#[tokio::test]
async fn a_voice_comment_is_played_on_the_page_and_a_link_in_the_copy() {
    let spoken = |url: &str| {
        let mut page = shared(vec![plain()], str::to_owned);
        page.recording = Some(Box::new(Recording::at(url).unwrap()));
        opening(page)
    };
    let url = "https://upload.capulet.lit/3b/comment.ogg";
    let page = ask(spoken(url), "GET", "/s/7K3QXM2NP8", "zh").await;
    let policy = page.header("content-security-policy");
    assert!(policy.contains("; media-src https://upload.capulet.lit; style-src "), "{policy}");
    let html = page.html();
    assert_eq!(attributes(&html, "audio[controls][preload=none]", "src"), [url]);
    assert_eq!(attributes(&html, "audio", "aria-label"), ["语音留言"]);
    assert_eq!(attributes(&html, ".voice a", "href"), [url]);

    let copy = ask(spoken(url), "GET", PATH, "en").await;
    assert!(!copy.header("content-security-policy").contains("media-src"));
    let html = copy.html();
    assert!(attributes(&html, "audio", "src").is_empty());
    assert_eq!(texts(&html, ".voice a"), ["upload.capulet.lit"]);

    // A host that cannot be named in a policy: the link has to do.
    let page = ask(spoken("https://x.lit;y/a.ogg"), "GET", "/s/7K3QXM2NP8", "en").await;
    assert!(!page.header("content-security-policy").contains("media-src"));
    assert!(attributes(&page.html(), "audio", "src").is_empty());
}

#[tokio::test]
async fn a_copy_is_saved_under_the_name_of_the_product() {
    let named = async |name: &str| {
        let mut product = plain();
        product.names = vec![said("en", name)];
        let answer = ask(found(vec![product]), "GET", PATH, "en").await;
        let whole = answer.header("content-disposition").to_owned();
        let plain = "attachment; filename=\"7K3QXM2NP8.html\"; filename*=UTF-8''";
        whole.strip_prefix(plain).unwrap().to_owned()
    };
    assert_eq!(named("Silver goblet").await, "Silver%20goblet%207K3QXM2NP8%2Ehtml");
    assert_eq!(named("银杯").await, "%E9%93%B6%E6%9D%AF%207K3QXM2NP8%2Ehtml");
    assert_eq!(named("../../.bashrc\r\nX: y\"").await, "bashrc%20X%20y%207K3QXM2NP8%2Ehtml");
    assert_eq!(named("???").await, "7K3QXM2NP8%2Ehtml");
}

#[tokio::test]
async fn the_address_of_the_page_is_there_as_a_code() {
    let svg = ask(found(vec![]), "GET", "/s/7k3qx-m2np8/qr.svg", "en").await;
    assert_eq!((svg.status, svg.header("content-type")), (200, "image/svg+xml"));
    let address = "https://share.verona.lit/s/7K3QXM2NP8";
    assert_eq!(svg.text(), crate::web::qr::Qr::of(address).unwrap().svg());
    let png = ask(found(vec![]), "GET", "/s/7K3QXM2NP8/qr.png", "en").await;
    assert_eq!((png.status, png.header("content-type")), (200, "image/png"));
    assert!(png.body.starts_with(b"\x89PNG"));
    assert_eq!(png.header("cache-control"), "private, max-age=86400");
}
