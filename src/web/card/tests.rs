use std::future::{Ready, ready};

use axum::{
    body::{Body, to_bytes},
    http::{Request, header},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use jid::BareJid;
use scraper::{Html, Node, Selector};
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use super::*;
use crate::{
    card::template::Templates,
    domain::{
        card::{Card, Part, Version},
        card_template::{Folder, Named},
        clock::Millis,
        lang::Lang,
    },
};

const TOKEN: &str = "0h2k4m6n8p0r2t4v6x8z0h2k4m6n8p0r2t4v6x8z0h";

fn site() -> Site {
    Site {
        public_url: "https://share.verona.lit/trade".into(),
        name: "Tradepost".into(),
        contact: BareJid::new("share@share.verona.lit").unwrap(),
        lang: Lang::En,
    }
}

/// Of Juliet, every text of it through `text`.
fn card(text: impl Fn(&str) -> String) -> Card {
    let mut card = Card::named(&text("Juliet Capulet"));
    for (part, plain) in [
        (Part::Organisation, "Capulet & Sons"),
        (Part::Title, "Head of Balconies"),
        (Part::Role, "Daughter"),
        (Part::Phone, "+39 045 555 0100"),
        (Part::Fax, "+39 045 555 0109"),
        (Part::Mail, "juliet@capulet.lit"),
        (Part::Impp, "xmpp:juliet@capulet.lit"),
        (Part::Url, "https://capulet.lit/juliet"),
        (Part::Address, "Via Cappello 23, Verona"),
        (Part::Birthday, "1597-07-31"),
        (Part::Note, "Knock twice."),
        (Part::Categories, "Verona"),
    ] {
        card.set(part, &[text(plain)]);
    }
    card
}

fn found(card: Card) -> CardPage {
    CardPage {
        card,
        template: "plain".into(),
        giver_nick: Some("Romeo".into()),
        third: false,
        given: Millis(1_795_255_080_000),
        expires: Millis(1_797_847_080_000),
    }
}

fn juliet() -> CardPage {
    found(card(str::to_owned))
}

fn studio() -> Studio {
    let style = "h1 { color: #123456 }".to_owned();
    let files = [("card.txt", "x"), ("card.html", "<h1>{{ name }}</h1>"), ("card.svg", "<svg/>")];
    let mut files: std::collections::BTreeMap<String, String> =
        files.map(|(file, text)| (file.to_owned(), text.to_owned())).into();
    files.insert("card.css".into(), style);
    let named = Named { name: "acme".into(), english: "Acme".into(), chinese: "A".into() };
    let folder = Folder { place: "/x".into(), named, files };
    let templates = Arc::new(Templates::new(vec![folder]).unwrap());
    Studio::new(templates)
}

/// Where this is the answer for [`TOKEN`], and nothing else is known.
fn serving(answer: Result<Option<CardPage>, Unavailable>) -> Router {
    serving_from(studio(), answer)
}

/// The same, with the pictures of that studio.
fn serving_from(studio: Studio, answer: Result<Option<CardPage>, Unavailable>) -> Router {
    let look_up = move |token: String| -> Ready<Result<Option<CardPage>, Unavailable>> {
        ready(if token == TOKEN { answer.clone() } else { Ok(None) })
    };
    showing(site(), Arc::new(studio), look_up)
}

struct Answer {
    status: u16,
    headers: axum::http::HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn html(&self) -> Html {
        Html::parse_document(self.text())
    }
}

async fn ask(router: Router, method: &str, path: &str, lang: &str) -> Answer {
    let request = Request::builder().method(method).uri(path).header("accept-language", lang);
    let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, 1 << 22).await.unwrap().to_vec();
    Answer { status: parts.status.as_u16(), headers: parts.headers, body }
}

fn attributes(html: &Html, selector: &str, name: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    html.select(&selector).filter_map(|it| it.attr(name).map(str::to_owned)).collect()
}

fn texts(html: &Html, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    html.select(&selector).map(|it| it.text().collect::<String>().trim().to_owned()).collect()
}

#[tokio::test]
async fn the_page_shows_every_field_and_what_to_do_with_it() {
    let answer = ask(serving(Ok(Some(juliet()))), "GET", &format!("/c/{TOKEN}"), "en").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/html; charset=utf-8"));
    let html = answer.html();
    assert_eq!(texts(&html, "h1"), ["Juliet Capulet"]);
    assert_eq!(texts(&html, ".given time"), ["Romeo gave this card on 21 November 2026"]);
    assert_eq!(
        attributes(&html, ".reach a", "href"),
        [
            "tel:+390455550100",
            "tel:+390455550109",
            "mailto:juliet@capulet.lit",
            "xmpp:juliet@capulet.lit?roster;name=Juliet%20Capulet",
            "https://capulet.lit/juliet",
        ]
    );
    assert_eq!(texts(&html, ".reach a[href^=https]"), ["capulet.lit"]);
    for said in ["Capulet & Sons", "Head of Balconies", "Via Cappello 23, Verona", "Knock twice."] {
        assert!(texts(&html, "article")[0].contains(said), "{said}");
    }
    let here = format!("/trade/c/{TOKEN}");
    assert_eq!(attributes(&html, "a.button", "href"), [format!("{here}/Juliet-Capulet.vcf")]);
    let pictures = [format!("{here}/card.png"), format!("{here}/qr.svg")];
    assert_eq!(attributes(&html, "img", "src"), pictures);
    assert!(attributes(&html, "img", "alt").iter().all(|alt| !alt.is_empty()));
    assert!(texts(&html, ".third").is_empty() && texts(&html, "script").is_empty());
    // What messengers show of it in a room: whose card it is, and nothing more.
    let head = texts(&html, "head").concat() + &attributes(&html, "meta", "content").concat();
    assert!(head.contains("Business card of Juliet Capulet"));
    for private in ["390455", "0455", "capulet.lit", "Romeo", TOKEN] {
        assert!(!head.contains(private), "{private}");
    }
    let third = CardPage { third: true, giver_nick: None, ..juliet() };
    let html = ask(serving(Ok(Some(third))), "GET", &format!("/c/{TOKEN}"), "zh-CN").await.html();
    assert_eq!(texts(&html, ".third"), ["他人的名片，并非递出者本人的"]);
    assert_eq!(texts(&html, ".given time"), ["递出于2026年11月21日"]);
}

/// So it is on a machine without fonts, and in a build without pictures of cards.
#[tokio::test]
async fn without_fonts_no_picture_is_offered_or_given_and_codes_are() {
    let get = async |path: String| {
        let router = serving_from(studio().without_fonts(), Ok(Some(juliet())));
        ask(router, "GET", &path, "en").await
    };
    let page = get(format!("/c/{TOKEN}")).await;
    assert_eq!(page.status, 200);
    assert_eq!(attributes(&page.html(), "img", "src"), [format!("/trade/c/{TOKEN}/qr.svg")]);
    assert!(!page.text().contains("card.png"));
    for (name, status) in [("card.png", 404), ("qr.svg", 200), ("qr.png", 200), ("a.vcf", 200)] {
        assert_eq!(get(format!("/c/{TOKEN}/{name}")).await.status, status, "{name}");
    }
}

#[tokio::test]
async fn whatever_lies_below_is_there_for_get_and_head_and_kept_by_nobody() {
    for (name, media) in [
        ("Juliet-Capulet.vcf", "text/vcard; charset=utf-8"),
        ("whatever.vcf", "text/vcard; charset=utf-8"),
        ("card.png", "image/png"),
        ("qr.png", "image/png"),
        ("qr.svg", "image/svg+xml"),
        ("", "text/html; charset=utf-8"),
    ] {
        let path = format!("/c/{TOKEN}/{name}");
        let path = path.trim_end_matches('/');
        let get = ask(serving(Ok(Some(juliet()))), "GET", path, "en").await;
        assert_eq!((get.status, get.header("content-type")), (200, media), "{name}");
        assert_eq!(get.header("cache-control"), "no-store", "{name}");
        assert_eq!(get.header("x-robots-tag"), "noindex", "{name}");
        assert_eq!(get.header("referrer-policy"), "same-origin", "{name}");
        assert_eq!(get.header("x-content-type-options"), "nosniff", "{name}");
        assert!(!get.headers.contains_key("set-cookie"), "{name}");
        assert!(get.body.len() < 512 * 1024, "{name}");
        let head = ask(serving(Ok(Some(juliet()))), "HEAD", path, "en").await;
        assert_eq!((head.status, head.body.len()), (200, 0), "{name}");
        assert_eq!(head.header("content-length"), get.body.len().to_string(), "{name}");
        assert_eq!(ask(serving(Ok(Some(juliet()))), "POST", path, "en").await.status, 405);
    }
}

#[tokio::test]
async fn the_file_is_one_that_telephones_and_scanners_read() {
    let get = async |page: CardPage| {
        ask(serving(Ok(Some(page))), "GET", &format!("/c/{TOKEN}/x.vcf"), "en").await
    };
    let answer = get(juliet()).await;
    let text = answer.text();
    assert!(text.starts_with("BEGIN:VCARD\nVERSION:3.0\n") && text.ends_with("\nEND:VCARD\n"));
    assert!(!text.contains('\r'));
    let before_last = text.lines().rev().nth(1).unwrap();
    assert!(!before_last.starts_with("IMPP"), "{text}");
    assert_eq!(Card::parse(text).unwrap().text(Version::V4), juliet().card.text(Version::V4));
    let named = async |name: &str| {
        get(found(Card::named(name))).await.header("content-disposition").to_owned()
    };
    let plain = "attachment; filename=\"Bob-Builder.vcf\"; filename*=UTF-8''Bob-Builder.vcf";
    assert_eq!(named("Bob Builder").await, plain);
    let other =
        "attachment; filename=\"card.vcf\"; filename*=UTF-8''%E6%9C%B1%E4%B8%BD%E5%8F%B6.vcf";
    assert_eq!(named("朱丽叶").await, other);
    let path = "attachment; filename=\"etc-passwd.vcf\"; filename*=UTF-8''etc-passwd.vcf";
    assert_eq!(named("../../etc/passwd\u{202e}").await, path);
    assert!(named("\"?\"").await.starts_with("attachment; filename=\"card.vcf\""));
}

#[tokio::test]
async fn what_opens_nothing_is_answered_with_the_same_bytes() {
    let unknown = ask(serving(Ok(None)), "GET", "/c/x", "en").await;
    assert_eq!(unknown.status, 404);
    assert_eq!(texts(&unknown.html(), "h1"), ["This card is not open"]);
    for path in [
        format!("/c/{TOKEN}"),
        format!("/c/{TOKEN}/x.vcf"),
        format!("/c/{TOKEN}/card.png"),
        format!("/c/{TOKEN}/qr.svg"),
        format!("/c/{TOKEN}/secret"),
        format!("/c/{TOKEN}/..%2f..%2fetc%2fpasswd"),
        format!("/c/{TOKEN}/%ff.vcf"),
        "/c/%ff".to_owned(),
        format!("/c/{}", "x".repeat(5000)),
    ] {
        let answer = ask(serving(Ok(None)), "GET", &path, "en").await;
        assert_eq!((answer.status, &answer.body), (404, &unknown.body), "{path}");
        let (mut one, mut other) = (answer.headers, unknown.headers.clone());
        one.remove(header::DATE);
        other.remove(header::DATE);
        assert_eq!(one, other, "{path}");
    }
    // Of a card that is there, too.
    let path = format!("/c/{TOKEN}/secret");
    assert_eq!(ask(serving(Ok(Some(juliet()))), "GET", &path, "en").await.body, unknown.body);
    let down = ask(serving(Err(Unavailable)), "GET", &format!("/c/{TOKEN}"), "en").await;
    assert_eq!((down.status, down.header("retry-after")), (503, "60"));
}

#[tokio::test]
async fn each_template_has_its_page_whose_policy_knows_its_style() {
    for template in ["plain", "modern", "night", "acme", "gone"] {
        let page = CardPage { template: template.into(), ..juliet() };
        let answer = ask(serving(Ok(Some(page))), "GET", &format!("/c/{TOKEN}"), "en").await;
        let html = answer.html();
        assert_eq!(texts(&html, "h1"), ["Juliet Capulet"], "{template}");
        let style = texts(&html, "style");
        let policy = answer.header("content-security-policy");
        // As it stands in the page, with the line at its end.
        let whole =
            answer.text().split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
        let digest = BASE64_STANDARD.encode(Sha256::digest(whole));
        assert!(policy.contains(&format!("style-src 'sha256-{digest}'")), "{template}: {policy}");
        assert!(policy.starts_with("default-src 'none'; img-src https: 'self'; style-src"));
        assert_eq!(style[0].contains("#123456"), template == "acme", "{template}");
    }
}

/// Texts that have opened something on some page somewhere.
const PAYLOADS: [&str; 14] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "</style><svg/onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "{{ 7*7 }}{% include 'card.svg' %}",
    "https://evil.lit/\" onclick=\"alert(1)",
    "xmpp:a@b.lit?message;body=</a><script>alert(1)</script>",
    "a\u{0}b\u{1b}[2J\u{202e}c\u{2066}d\r\ne",
    "]]><!--<script>",
    "<use href='http://evil.lit/x.svg#a'/>",
];

/// Every element with its attributes that can act; schemes of what leads somewhere.
fn shape(html: &Html) -> Vec<String> {
    let nodes = html.tree.nodes().filter_map(|node| match node.value() {
        Node::Element(element) => {
            let names = element.attrs().map(|(name, _)| name).collect::<Vec<_>>().join(" ");
            Some(format!("{} {names}", element.name()))
        }
        Node::Comment(_) | Node::ProcessingInstruction(_) => Some("comment".into()),
        _ => None,
    });
    nodes.collect()
}

#[tokio::test]
async fn no_card_puts_a_script_a_foreign_scheme_or_a_control_character_anywhere() {
    for payload in PAYLOADS {
        let hostile = card(|_| payload.to_owned());
        let longer = card(|plain| format!("{plain}{payload}"));
        for (card, template) in [(&hostile, "plain"), (&longer, "modern")] {
            let page = CardPage {
                template: template.into(),
                giver_nick: Some(payload.into()),
                ..found(card.clone())
            };
            let router = serving(Ok(Some(page.clone())));
            let answer = ask(router.clone(), "GET", &format!("/c/{TOKEN}"), "en").await;
            assert_eq!(answer.status, 200, "{payload}");
            let html = answer.html();
            for element in shape(&html) {
                let (name, attributes) = element.split_once(' ').unwrap_or((&element, ""));
                assert!(
                    !["script", "iframe", "base", "object", "use", "comment"].contains(&name),
                    "{payload}"
                );
                assert!(
                    !attributes.split(' ').any(|it| it.starts_with("on") || it == "style"),
                    "{payload}: {element}"
                );
            }
            for name in ["href", "src", "action", "xlink:href"] {
                for value in attributes(&html, "*", name) {
                    let value = value.to_lowercase();
                    let leads = ["/trade/", "?lang=", "https://", "xmpp:", "mailto:", "tel:"];
                    assert!(leads.iter().any(|it| value.starts_with(it)), "{payload}: {value}");
                }
            }
            let file = ask(router.clone(), "GET", &format!("/c/{TOKEN}/x.vcf"), "en").await;
            for text in [answer.text(), file.text()] {
                let bad = text.chars().find(|it| it.is_control() && *it != '\n');
                assert_eq!(bad, None, "{payload}");
                assert!(!text.contains(['\u{202e}', '\u{2066}']), "{payload}");
            }
            assert!(!file.header("content-disposition").contains(['\r', '\n', '<']));
            let begins = file.text().lines().filter(|line| line.starts_with("BEGIN")).count();
            assert_eq!(begins, 1, "{payload}");
        }
    }
}

#[tokio::test]
async fn a_hostile_card_is_still_drawn() {
    for payload in PAYLOADS {
        let page = CardPage { template: "night".into(), ..found(card(|_| payload.to_owned())) };
        let picture =
            ask(serving(Ok(Some(page))), "GET", &format!("/c/{TOKEN}/card.png"), "zh").await;
        assert_eq!(
            (picture.status, picture.header("content-type")),
            (200, "image/png"),
            "{payload}"
        );
    }
}
