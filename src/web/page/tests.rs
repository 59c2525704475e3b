use std::{
    future::{Ready, ready},
    time::Duration,
};

use axum::{body, extract::Request, http::HeaderMap};
use jid::BareJid;
use scraper::{Html, Selector};
use tower::ServiceExt;

use super::*;
use crate::domain::{
    clock::Millis,
    lang::Lang,
    product::{
        Availability, Country, File, Gtin, Link, Localized, Offer, Price, Product, Property, Rating,
    },
    share::Stored,
};

mod copy;
mod pictures;
mod safety;

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

/// Where no picture is kept.
fn without_files(_: PictureHash, _: Kind) -> Ready<Result<Option<Vec<u8>>, Unavailable>> {
    ready(Ok(None))
}

fn serving(answer: Result<PageAnswer, Unavailable>) -> Router {
    let look_up = move |asked| {
        assert_eq!(asked, code());
        ready(answer.clone())
    };
    showing(site(), look_up, without_files)
}

/// 21 November 2026, noon.
const ACCEPTED: Millis = Millis(1_795_262_400_000);

/// A page of these products, each text of it from `text`.
fn shared(products: Vec<Product>, text: impl Fn(&str) -> String) -> Page {
    Page {
        ref_code: code(),
        sender_nick: Some(text("Juliet")),
        comment: Some(said("en", &text("For your table?"))),
        recording: None,
        products,
        pictures: Stored::new(),
        accepted: ACCEPTED,
        expires: ACCEPTED.after(Duration::from_hours(30 * 24)),
    }
}

fn opening(page: Page) -> Router {
    serving(Ok(PageAnswer::Found(Box::new(page))))
}

fn found(products: Vec<Product>) -> Router {
    opening(shared(products, str::to_owned))
}

async fn ask_with(router: Router, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(body::Body::empty()).unwrap();
    let (head, body) = router.oneshot(request).await.unwrap().into_parts();
    let body = body::to_bytes(body, 1 << 20).await.unwrap().to_vec();
    Answer { status: head.status.as_u16(), headers: head.headers, body }
}

async fn ask(router: Router, method: &str, path: &str, lang: &str) -> Answer {
    ask_with(router, method, path, &[("accept-language", lang)]).await
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn html(&self) -> Html {
        Html::parse_document(self.text())
    }

    /// A header; empty when it is not there.
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn html(products: Vec<Product>, lang: &str) -> Html {
    ask(found(products), "GET", "/s/7K3QXM2NP8", lang).await.html()
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

#[tokio::test]
async fn a_page_shows_what_is_known_of_a_product() {
    let html = html(vec![plain()], "en").await;
    assert_eq!(texts(&html, "title"), ["Silver goblet · Tradepost"]);
    assert_eq!(texts(&html, "h1"), ["Silver goblet"]);
    assert_eq!(texts(&html, ".price bdi"), ["from €24.90"]);
    assert_eq!(texts(&html, ".badge"), ["in stock"]);
    assert_eq!(
        texts(&html, ".rating").concat().replace('\n', ""),
        "Rating  4.6 of 5 (128 ratings)"
    );
    assert_eq!(attributes(&html, ".stars > svg", "width"), ["92"]);
    assert_eq!(texts(&html, ".text"), ["A goblet for a long table.\nHand made."]);
    let facts = [
        ("Brand", "Verona Silver"),
        ("Kind", "Tableware"),
        ("Colour", "Silver, Gold"),
        ("Made in", "Italy"),
        ("Capacity", "0.4 L"),
        ("GTIN", "4006381333931"),
        ("Stock number", "VG-1"),
        ("Part number", "1591"),
    ];
    assert_eq!(texts(&html, "dt"), facts.map(|(name, _)| name));
    assert_eq!(texts(&html, "dd"), facts.map(|(_, value)| value));
    assert_eq!(texts(&html, ".offers a"), ["shop.verona.lit", "mantua.lit"]);
    assert_eq!(texts(&html, ".offers .amount"), ["€24.90", "€27.50"]);
    let terms = "in stock · until 24 December 2026 · seen on 20 November 2026";
    assert_eq!(texts(&html, ".offers .quiet"), [terms, terms]);
}

#[tokio::test]
async fn a_page_says_who_shared_it_and_what_he_said_and_how_to_answer() {
    let html = html(vec![plain()], "en").await;
    assert_eq!(texts(&html, ".who"), ["Juliet shared this on 21 November 2026"]);
    assert_eq!(texts(&html, "blockquote"), ["For your table?"]);
    assert_eq!(
        texts(&html, "footer p")[0],
        "This page closes on 21 December 2026. Whoever has its address or its code can see it."
    );
    let chat = "xmpp:share@share.verona.lit?message;body=lookup%207K3QX-M2NP8";
    assert_eq!(attributes(&html, ".button", "href"), [chat]);
    assert_eq!(texts(&html, "code"), ["lookup 7K3QX-M2NP8", "7K3QX-M2NP8"]);
    assert_eq!(attributes(&html, ".code img", "src"), ["/s/7K3QXM2NP8/qr.svg"]);
    assert_eq!(attributes(&html, ".keep a", "href"), ["/s/7K3QXM2NP8/offline.html"]);

    let mut page = shared(vec![plain()], str::to_owned);
    (page.sender_nick, page.comment) = (None, None);
    let html = ask(opening(page), "GET", "/s/7K3QXM2NP8", "zh").await.html();
    assert_eq!(texts(&html, ".who"), ["分享于2026年11月21日"]);
    assert_eq!(texts(&html, "code")[0], "查询 7K3QX-M2NP8");
    assert!(texts(&html, ".face, blockquote").is_empty());
}

#[tokio::test]
async fn a_reader_of_chinese_gets_chinese_and_others_their_own_where_there_is_some() {
    let chinese = html(vec![plain()], "zh-CN,zh;q=0.9").await;
    assert_eq!(attributes(&chinese, "html", "lang"), ["zh-CN"]);
    assert_eq!(texts(&chinese, "h1"), ["银高脚杯"]);
    assert_eq!(texts(&chinese, ".price bdi"), ["€24.90 起"]);
    assert_eq!(texts(&chinese, "dd")[3], "意大利");
    assert_eq!(
        texts(&chinese, "dt"),
        ["品牌", "类别", "颜色", "产地", "容量", "GTIN", "货号", "型号"]
    );
    assert_eq!(json_ld_of(&chinese)["@graph"][0]["color"], "银色");

    let mut german = plain();
    german.names.push(said("de", "Silberkelch"));
    let german = html(vec![german], "de-AT, zh;q=0.5").await;
    assert_eq!(texts(&german, "h1"), ["Silberkelch"]);
    assert_eq!(texts(&german, "h2")[0], "购买渠道");
    assert_eq!(texts(&german, ".offers .amount")[0], "€\u{a0}24,90");
}

#[tokio::test]
async fn a_language_chosen_on_the_page_is_kept() {
    let page = ask(found(vec![plain()]), "GET", "/s/7K3QXM2NP8?lang=zh", "en").await.html();
    assert_eq!(texts(&page, "nav a"), ["English", "中文"]);
    assert_eq!(attributes(&page, "nav a", "href"), ["?lang=en", "?lang=zh"]);
    assert_eq!(texts(&page, "nav a[aria-current]"), ["中文"]);
    assert_eq!(texts(&page, "h1"), ["银高脚杯"]);
    assert_eq!(attributes(&page, ".keep a", "href"), ["/s/7K3QXM2NP8/offline.html?lang=zh"]);
    assert_eq!(attributes(&page, "a.brand", "href"), ["/?lang=zh"]);
}

#[tokio::test]
async fn pictures_come_over_https_only_and_say_what_they_show() {
    let html = html(vec![plain()], "en").await;
    let pictures = ["https://img.verona.lit/1.jpg", "https://img.verona.lit/2.png"];
    assert_eq!(attributes(&html, ".gallery img", "src"), pictures);
    assert_eq!(attributes(&html, ".gallery img", "alt"), ["The goblet on a table", "Its foot"]);
    assert_eq!(attributes(&html, "meta[property='og:image']", "content"), pictures);
    assert_eq!(texts(&html, ".links a"), ["silver.verona.lit", "img.verona.lit"]);
}

#[tokio::test]
async fn the_head_describes_the_page_to_chats_and_machines() {
    let html = html(vec![plain(), plain(), plain()], "en").await;
    let og = |name: &str| attributes(&html, &format!("meta[property='og:{name}']"), "content");
    assert_eq!(og("title"), ["Silver goblet and 2 more"]);
    assert_eq!(og("description"), ["from €24.90 · A goblet for a long table. Hand made."]);
    assert_eq!(og("url"), ["https://share.verona.lit/s/7K3QXM2NP8"]);
    assert_eq!(og("type"), ["website"]);
    assert_eq!(og("locale"), ["en_US"]);
    assert_eq!(attributes(&html, "meta[name='twitter:card']", "content"), ["summary_large_image"]);
    assert_eq!(attributes(&html, "link[rel='icon']", "href"), ["/favicon.svg"]);
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
async fn several_products_stand_below_one_heading() {
    let html = html(vec![plain(), plain()], "en").await;
    assert_eq!(texts(&html, "h1"), ["2 products from Juliet"]);
    assert_eq!(texts(&html, "h2"), ["Silver goblet", "Silver goblet", "Talk about it"]);
    assert_eq!(attributes(&html, "article", "aria-labelledby"), ["product-1", "product-2"]);
}

#[tokio::test]
async fn a_product_with_a_name_only_has_a_page() {
    let bare = Product {
        id: None,
        names: plain().names,
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
    assert!(texts(&html, "article :is(dl, ul, img, h2, .price)").is_empty());
    assert_eq!(attributes(&html, "meta[name='twitter:card']", "content"), ["summary"]);
}

#[tokio::test]
async fn the_first_page_says_how_to_begin() {
    let home = ask(found(vec![]), "GET", "/", "en").await.html();
    assert_eq!(texts(&home, "h1"), ["Show a product to the people you chat with"]);
    assert_eq!(texts(&home, ".address"), ["share@share.verona.lit"]);
    let add = "xmpp:share@share.verona.lit?roster;name=Tradepost";
    assert_eq!(attributes(&home, ".button", "href"), [add]);
    assert_eq!(attributes(&home, "form", "action"), ["/s"]);
}

#[tokio::test]
async fn a_code_is_taken_as_people_type_it() {
    for path in ["/s/7k3qx-m2np8", "/s/7K3QX%20M2NP8", "/s/7K3QXM2NP8?utm=1"] {
        assert_eq!(ask(found(vec![plain()]), "GET", path, "en").await.status, 200, "{path}");
    }
    let typed = ask(found(vec![]), "GET", "/s?code=+7k3qx+m2npb&lang=zh", "en").await;
    assert_eq!((typed.status, typed.header("location")), (303, "/s/7K3QXM2NPB?lang=zh"));
    let wrong = ask(found(vec![]), "GET", "/s?code=7k3qx", "en").await;
    assert_eq!((wrong.status, texts(&wrong.html(), "label").len()), (404, 1));
}

#[tokio::test]
async fn below_a_path_of_the_web_server_links_keep_it() {
    let site = Site { public_url: "https://verona.lit/trade".into(), ..site() };
    let page = PageAnswer::Found(Box::new(shared(vec![plain()], str::to_owned)));
    let router = showing(site, move |_| ready(Ok(page.clone())), without_files);
    let html = ask(router, "GET", "/s/7K3QXM2NP8", "en").await.html();
    assert_eq!(attributes(&html, "a.brand", "href"), ["/trade/"]);
    assert_eq!(attributes(&html, ".code img", "src"), ["/trade/s/7K3QXM2NP8/qr.svg"]);
}
