use std::future::ready;

use axum::{body, extract::Request};
use scraper::{Html, Node, Selector};
use tower::ServiceExt;

use super::*;
use crate::domain::product::{
    Availability, Country, File, Gtin, Link, Localized, Offer, Price, Product, Property, Rating,
};

/// Texts that have opened something on some page somewhere.
const PAYLOADS: &[&str] = &[
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</script x><img/src/onerror=alert(1) ",
    "<!--<script </script ",
    "</title><script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "\" onload=\"alert(1)\" x=\"",
    "<!--<script>",
    "--><svg/onload=alert(1)>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "<a href=javascript:alert(1)>x</a>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<base href=//evil.lit/>",
    "<math><mtext><style><img src=x onerror=alert(1)>",
    "{{ 7*7 }}{% raw %}${7*7}",
    "&lt;script&gt;&#60;script&#62;",
    "\u{2028}\u{2029}\\u003c/script\\u003e",
    "\\\"};alert(1);//",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "<ſcript>alert(1)</ſcript>",
];

fn site() -> Site {
    Site {
        public_url: "https://share.verona.lit".into(),
        name: "Tradepost".into(),
        contact: BareJid::new("share@share.verona.lit").unwrap(),
        lang: Lang::En,
    }
}

fn code() -> RefCode {
    RefCode::parse("7K3QXM2NP8").unwrap()
}

fn said(lang: &str, text: &str) -> Localized {
    Localized { lang: Some(lang.into()), text: text.into() }
}

fn file(media_type: &str, url: &str, description: &str) -> File {
    File {
        media_type: media_type.into(),
        name: None,
        size: None,
        width: Some(1200),
        height: Some(900),
        description: Some(description.into()),
        sha256: None,
        url: Link::parse(url).unwrap(),
    }
}

/// A product with every field, each text of it from `text`.
fn product(text: impl Fn(&str) -> String) -> Product {
    let t = |plain: &str| text(plain);
    let property = |lang: &str, name: &str, value: &str, unit: Option<&str>| Property {
        lang: Some(lang.into()),
        name: t(name),
        value: t(value),
        unit: unit.map(&text),
    };
    let offer = |amount: &str, shop: &str| Offer {
        price: Price::parse(amount, "EUR").unwrap(),
        availability: Some(Availability::InStock),
        observed: Some(t("2026-11-20T09:58:00Z")),
        valid_until: Some(t("2026-12-24T00:00:00Z")),
        seller: Some(t("Capulet & Sons")),
        url: Some(Link::parse(&format!("https://{shop}/p/1?a=1&b='\"<>")).unwrap()),
    };
    Product {
        id: Some(t("urn:x:goblet")),
        names: vec![said("en", &t("Silver goblet")), said("zh-CN", &t("银高脚杯"))],
        descriptions: vec![said("en", &t("A goblet for a long table.\nHand made."))],
        brand: Some(t("Verona Silver")),
        gtins: vec![Gtin::parse("4006381333931").unwrap()],
        sku: Some(t("VG-1")),
        mpn: Some(t("1591")),
        categories: vec![said("en", &t("Tableware")), said("zh-CN", &t("餐具"))],
        colors: vec![said("en", &t("Silver")), said("en", &t("Gold")), said("zh", &t("银色"))],
        country_of_origin: Some(Country::parse("IT").unwrap()),
        properties: vec![
            property("en", "Capacity", "0.4", Some("LTR")),
            property("zh", "容量", "0.4", Some("LTR")),
        ],
        offers: vec![offer("24.90", "shop.verona.lit"), offer("27.50", "mantua.lit")],
        rating: Some(Rating { value: "4.6".parse().unwrap(), best: None, count: Some(128) }),
        url: Some(Link::parse("https://silver.verona.lit/goblet").unwrap()),
        files: vec![
            file("image/jpeg", "https://img.verona.lit/1.jpg", &t("The goblet on a table")),
            file("image/png", "https://img.verona.lit/2.png", &t("Its foot")),
            file("image/png", "http://img.verona.lit/3.png", &t("Not over https")),
            file("video/mp4", "https://img.verona.lit/4.mp4", &t("In the hand")),
        ],
    }
}

fn plain() -> Product {
    product(str::to_owned)
}

fn serving(answer: Result<PageAnswer, Unavailable>) -> Router {
    router(site(), move |asked| {
        assert_eq!(asked, code());
        ready(answer.clone())
    })
}

fn found(products: Vec<Product>) -> Router {
    serving(Ok(PageAnswer::Found(Box::new(Page { ref_code: code(), products }))))
}

async fn ask(router: Router, method: &str, path: &str, lang: &str) -> (Response<()>, String) {
    let request = Request::builder().method(method).uri(path).header("accept-language", lang);
    let request = request.body(body::Body::empty()).unwrap();
    let (head, body) = router.oneshot(request).await.unwrap().into_parts();
    let bytes = body::to_bytes(body, 1 << 20).await.unwrap();
    (Response::from_parts(head, ()), String::from_utf8(bytes.to_vec()).unwrap())
}

type Response<T> = axum::http::Response<T>;

async fn html(products: Vec<Product>, lang: &str) -> Html {
    Html::parse_document(&ask(found(products), "GET", "/s/7K3QXM2NP8", lang).await.1)
}

fn texts(html: &Html, selector: &str) -> Vec<String> {
    html.select(&Selector::parse(selector).unwrap())
        .map(|element| element.text().collect::<String>().trim().to_owned())
        .collect()
}

fn attributes(html: &Html, selector: &str, name: &str) -> Vec<String> {
    html.select(&Selector::parse(selector).unwrap())
        .filter_map(|element| element.attr(name).map(str::to_owned))
        .collect()
}

fn json_ld_of(html: &Html) -> serde_json::Value {
    serde_json::from_str(&texts(html, "script").concat()).unwrap()
}

/// Names of elements and attributes in order, with the values of those that can act.
fn shape(html: &Html) -> Vec<String> {
    html.tree
        .nodes()
        .filter_map(|node| match node.value() {
            Node::Element(element) => {
                let attributes = element.attrs().map(|(name, value)| {
                    let acts = !matches!(name, "alt" | "content" | "lang");
                    if acts { format!(" {name}={value}") } else { format!(" {name}") }
                });
                Some(element.name().to_owned() + &attributes.collect::<String>())
            }
            Node::Comment(_) | Node::ProcessingInstruction(_) => Some("comment".into()),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn a_page_shows_what_is_known_of_a_product() {
    let html = html(vec![plain()], "en").await;
    assert_eq!(texts(&html, "h1"), ["Silver goblet"]);
    assert_eq!(texts(&html, ".price"), ["EUR 24.90"]);
    assert_eq!(texts(&html, ".rating"), ["Rating 4.6 of 5 (128 ratings)"]);
    assert_eq!(texts(&html, ".text"), ["A goblet for a long table.\nHand made."]);
    assert_eq!(
        texts(&html, "dt"),
        ["Brand", "Kind", "Colour", "Made in", "Capacity", "GTIN", "Stock number", "Part number"]
    );
    assert_eq!(
        texts(&html, "dd"),
        [
            "Verona Silver",
            "Tableware",
            "Silver, Gold",
            "Italy (IT)",
            "0.4 l",
            "4006381333931",
            "VG-1",
            "1591"
        ]
    );
    assert_eq!(texts(&html, ".offers a"), ["shop.verona.lit", "mantua.lit"]);
    assert_eq!(texts(&html, ".offers .amount"), ["EUR 24.90", "EUR 27.50"]);
    assert_eq!(
        texts(&html, ".offers .quiet").concat(),
        "in stock · until 2026-12-24 · seen 2026-11-20".repeat(2)
    );
    assert_eq!(texts(&html, "code"), ["7K3QX-M2NP8"]);
    assert_eq!(attributes(&html, "footer a", "href"), ["xmpp:share@share.verona.lit?message"]);
}

#[tokio::test]
async fn a_reader_of_chinese_gets_chinese_and_others_their_own_where_there_is_some() {
    let chinese = html(vec![plain()], "zh-CN,zh;q=0.9").await;
    assert_eq!(attributes(&chinese, "html", "lang"), ["zh-CN"]);
    assert_eq!(texts(&chinese, "h1"), ["银高脚杯"]);
    assert_eq!(
        texts(&chinese, "dt"),
        ["品牌", "类别", "颜色", "产地", "容量", "GTIN", "货号", "型号"]
    );
    assert_eq!(json_ld_of(&chinese)["@graph"][0]["color"], "银色");

    let mut german = plain();
    german.names.push(said("de", "Silberkelch"));
    let german = html(vec![german], "de-AT, zh;q=0.5").await;
    assert_eq!(texts(&german, "h1"), ["Silberkelch"]);
    assert_eq!(texts(&german, "h2"), ["购买渠道"]);
}

#[tokio::test]
async fn pictures_come_over_https_only_and_say_what_they_show() {
    let html = html(vec![plain()], "en").await;
    let pictures = ["https://img.verona.lit/1.jpg", "https://img.verona.lit/2.png"];
    assert_eq!(attributes(&html, "img", "src"), pictures);
    assert_eq!(attributes(&html, "img", "alt"), ["The goblet on a table", "Its foot"]);
    assert_eq!(attributes(&html, "meta[property='og:image']", "content"), pictures);
    assert_eq!(texts(&html, ".links a"), ["silver.verona.lit", "img.verona.lit"]);
}

#[tokio::test]
async fn the_head_describes_the_page_to_chats_and_machines() {
    let html = html(vec![plain(), plain(), plain()], "en").await;
    let og = |name: &str| attributes(&html, &format!("meta[property='og:{name}']"), "content");
    assert_eq!(og("title"), ["Silver goblet and 2 more"]);
    assert_eq!(og("description"), ["EUR 24.90 · A goblet for a long table. Hand made."]);
    assert_eq!(og("url"), ["https://share.verona.lit/s/7K3QXM2NP8"]);
    assert_eq!(og("type"), ["website"]);
    let document = json_ld_of(&html);
    assert_eq!(document["@graph"].as_array().unwrap().len(), 3);
    let product = &document["@graph"][0];
    assert_eq!(product["offers"][0]["price"], "24.90");
    assert_eq!(product["offers"][0]["availability"], "https://schema.org/InStock");
    assert_eq!(product["gtin"], "4006381333931");
    assert_eq!(product["additionalProperty"]["unitCode"], "LTR");
    assert_eq!(product["aggregateRating"]["ratingCount"], 128);
}

#[tokio::test]
async fn a_product_with_a_name_only_has_a_page() {
    let name = plain().names;
    let bare = Product {
        id: None,
        names: name,
        descriptions: vec![],
        brand: None,
        gtins: vec![],
        sku: None,
        mpn: None,
        categories: vec![],
        colors: vec![],
        country_of_origin: None,
        properties: vec![],
        offers: vec![],
        rating: None,
        url: None,
        files: vec![],
    };
    let html = html(vec![bare], "en").await;
    assert_eq!(texts(&html, "h1"), ["Silver goblet"]);
    assert!(texts(&html, "dl, ul, figure, h2, .price").is_empty());
}

#[tokio::test]
async fn no_text_of_a_product_becomes_markup() {
    let expected = shape(&html(vec![plain()], "en").await);
    assert!(expected.iter().any(|element| element == "script type=application/ld+json"));
    for payload in PAYLOADS {
        for text in [(*payload).to_owned(), crate::domain::text::clean((*payload).to_owned())] {
            let html = html(vec![product(|_| text.clone())], "en").await;
            assert_eq!(shape(&html), expected, "{payload}");
            assert_eq!(texts(&html, "h1"), [text.trim()], "{payload}");
            assert_eq!(json_ld_of(&html)["@graph"][0]["name"], text, "{payload}");
        }
    }
    let scripts = expected.iter().filter(|element| element.starts_with("script")).count();
    assert_eq!(scripts, 1);
    for element in &expected {
        assert!(!element.contains(" on") && !element.contains(" style="), "{element}");
    }
}

#[tokio::test]
async fn a_language_tag_that_is_none_is_left_out() {
    let mut odd = plain();
    odd.names = vec![said("en\" onload=\"x", "Goblet")];
    assert!(attributes(&html(vec![odd], "en").await, "h1", "lang").is_empty());
}

#[tokio::test]
async fn every_answer_is_safe_to_open() {
    let routes = [("/s/7K3QXM2NP8", 200), ("/", 200), ("/s/x", 404), ("/%ff", 404), ("/a/b", 404)];
    for (path, status) in routes {
        let (head, body) = ask(found(vec![plain()]), "GET", path, "en").await;
        assert_eq!(head.status().as_u16(), status, "{path}");
        let header = |name: &str| head.headers().get(name).unwrap().to_str().unwrap();
        let policy = header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; img-src https: 'self'; style-src 'sha256-")
        );
        assert!(policy.ends_with("base-uri 'none'; form-action 'none'; frame-ancestors 'none'"));
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("x-robots-tag"), "noindex");
        assert_eq!(header("content-type"), "text/html; charset=utf-8");
        // The policy names the digest of the style that the page carries, as browsers compute it.
        let style = texts_exactly(&Html::parse_document(&body), "style");
        let digest = BASE64_STANDARD.encode(Sha256::digest(style));
        assert!(policy.contains(&digest), "{path}");
    }
}

fn texts_exactly(html: &Html, selector: &str) -> String {
    html.select(&Selector::parse(selector).unwrap()).flat_map(|element| element.text()).collect()
}

#[tokio::test]
async fn a_code_is_taken_as_people_type_it() {
    for path in ["/s/7k3qx-m2np8", "/s/7K3QX%20M2NP8", "/s/7K3QXM2NP8?utm=1"] {
        let (head, _) = ask(found(vec![plain()]), "GET", path, "en").await;
        assert_eq!(head.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn unknown_revoked_and_unavailable_are_told_apart() {
    for (answer, status, title) in [
        (Ok(PageAnswer::Unknown), 404, "Nothing is here"),
        (Ok(PageAnswer::Revoked), 410, "No longer shared"),
        (Err(Unavailable), 503, "One moment"),
    ] {
        let (head, body) = ask(serving(answer), "GET", "/s/7K3QXM2NP8", "en").await;
        assert_eq!(head.status().as_u16(), status);
        assert_eq!(texts(&Html::parse_document(&body), "h1"), [title]);
        assert_eq!(head.headers()[header::CACHE_CONTROL], "no-store");
        assert_eq!(head.headers().contains_key(header::RETRY_AFTER), status == 503);
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_up_that_hangs_ends_in_unavailable() {
    let router = router(site(), |_| std::future::pending());
    let (head, _) = ask(router, "GET", "/s/7K3QXM2NP8", "en").await;
    assert_eq!(head.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn head_is_answered_like_get_without_a_body_and_other_methods_are_not() {
    let (head, body) = ask(found(vec![plain()]), "HEAD", "/s/7K3QXM2NP8", "en").await;
    assert_eq!((head.status(), body.as_str()), (StatusCode::OK, ""));
    let (head, _) = ask(found(vec![plain()]), "POST", "/s/7K3QXM2NP8", "en").await;
    assert_eq!(head.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[test]
fn a_contact_with_odd_characters_still_makes_a_link() {
    let link = |jid: &str| chat_link(&BareJid::new(jid).unwrap());
    assert_eq!(link("a?b#c%d@x.lit"), "xmpp:a%3Fb%23c%25d@x.lit?message");
    assert_eq!(link("商@x.lit"), "xmpp:%E5%95%86@x.lit?message");
}
