use base64::{Engine, prelude::BASE64_STANDARD};
use scraper::Node;
use sha2::{Digest, Sha256};

use super::*;

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

const PATHS: [&str; 2] = ["/s/7K3QXM2NP8", "/s/7K3QXM2NP8/offline.html"];

#[tokio::test]
async fn no_text_of_others_becomes_markup_on_the_page_or_in_its_copy() {
    for path in PATHS {
        let open = async |text: &dyn Fn(&str) -> String| {
            let page = shared(vec![product(text)], text);
            ask(opening(page), "GET", path, "en").await.html()
        };
        let expected = shape(&open(&|text| text.to_owned()).await);
        for payload in PAYLOADS {
            for text in [(*payload).to_owned(), crate::domain::text::clean((*payload).to_owned())] {
                let html = open(&|_| text.clone()).await;
                assert_eq!(shape(&html), expected, "{payload}");
                assert_eq!(texts(&html, "h1"), [text.trim()], "{payload}");
                assert_eq!(texts(&html, "blockquote"), [text.trim()], "{payload}");
                assert_eq!(json_ld_of(&html)["@graph"][0]["name"], text, "{payload}");
            }
        }
        let scripts = expected.iter().filter(|element| element.starts_with("script"));
        assert_eq!(scripts.collect::<Vec<_>>(), ["script type=application/ld+json"]);
        for element in &expected {
            assert!(!element.contains(" on") && !element.contains(" style="), "{element}");
        }
    }
}

#[tokio::test]
async fn a_language_tag_that_is_none_is_left_out() {
    let mut odd = plain();
    odd.names = vec![said("en\" onload=\"x", "Goblet")];
    assert!(attributes(&html(vec![odd], "en").await, "h1", "lang").is_empty());
}

#[tokio::test]
async fn a_host_that_looks_like_another_is_shown_for_what_it_is() {
    let mut odd = plain();
    odd.offers[0].url = Some(Link::parse("https://shop.verоna.lit/p").unwrap());
    let html = html(vec![odd], "en").await;
    assert_eq!(texts(&html, ".offers a")[0], "shop.xn--verna-lye.lit");
    assert_eq!(attributes(&html, ".offers a", "href")[0], "https://shop.xn--verna-lye.lit/p");
}

#[tokio::test]
async fn every_answer_is_safe_to_open() {
    let routes = [
        ("/s/7K3QXM2NP8", 200),
        ("/s/7K3QXM2NP8/offline.html", 200),
        ("/", 200),
        ("/s/x", 404),
        ("/s/x/qr.svg", 404),
        ("/%ff", 404),
        ("/a/b", 404),
    ];
    for (path, status) in routes {
        let answer = ask(found(vec![plain()]), "GET", path, "en").await;
        assert_eq!(answer.status, status, "{path}");
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; img-src https: 'self'; style-src 'sha256-")
        );
        assert!(policy.ends_with("base-uri 'none'; form-action 'self'; frame-ancestors 'none'"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "same-origin");
        assert_eq!(answer.header("x-robots-tag"), "noindex");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        let digest = style_digest(&answer.html());
        assert!(policy.contains(&digest), "{path}");
    }
}

/// Of the style that the page carries, as browsers compute it.
pub(super) fn style_digest(html: &Html) -> String {
    let style = Selector::parse("style").unwrap();
    let style: String = html.select(&style).flat_map(|element| element.text()).collect();
    BASE64_STANDARD.encode(Sha256::digest(style))
}

#[tokio::test]
async fn every_page_has_one_heading_a_title_a_language_and_words_for_its_pictures() {
    let two = || found(vec![plain(), plain()]);
    let pages = [
        (two(), "/s/7K3QXM2NP8"),
        (two(), "/s/7K3QXM2NP8/offline.html"),
        (found(vec![plain()]), "/s/7K3QXM2NP8"),
        (two(), "/"),
        (two(), "/nowhere"),
        (serving(Ok(PageAnswer::Revoked)), "/s/7K3QXM2NP8"),
        (serving(Err(Unavailable)), "/s/7K3QXM2NP8"),
    ];
    for (router, path) in pages {
        for lang in ["en", "zh"] {
            let html = ask(router.clone(), "GET", path, lang).await.html();
            assert!(attributes(&html, "html", "lang")[0].starts_with(lang), "{path}");
            assert_eq!(texts(&html, "title").len(), 1, "{path}");
            assert_eq!(texts(&html, "h1").len(), 1, "{path}");
            assert_eq!(texts(&html, "header, main, footer").len(), 3, "{path}");
            let described = attributes(&html, "img", "alt");
            assert_eq!(described.len(), attributes(&html, "img", "src").len(), "{path}");
            assert!(described.iter().all(|text| !text.is_empty()), "{path}");
            // No heading leaves out a level.
            let levels = attributes_of_headings(&html);
            assert!(levels.windows(2).all(|two| two[1] <= two[0] + 1), "{path}: {levels:?}");
            // What names a part is there, once.
            for id in attributes(&html, "[aria-labelledby]", "aria-labelledby") {
                assert_eq!(texts(&html, &format!("#{id}")).len(), 1, "{path}: {id}");
            }
        }
    }
}

fn attributes_of_headings(html: &Html) -> Vec<u32> {
    html.select(&Selector::parse("h1, h2, h3, h4").unwrap())
        .map(|element| element.value().name()[1..].parse().unwrap())
        .collect()
}

#[tokio::test]
async fn unknown_revoked_and_unavailable_are_told_apart() {
    for (answer, status, title, form) in [
        (Ok(PageAnswer::Unknown), 404, "Nothing is here", 1),
        (Ok(PageAnswer::Revoked), 410, "No longer shared", 0),
        (Err(Unavailable), 503, "One moment", 0),
    ] {
        for path in PATHS {
            let answer = ask(serving(answer.clone()), "GET", path, "en").await;
            assert_eq!(answer.status, status);
            let html = answer.html();
            assert_eq!(texts(&html, "h1"), [title]);
            assert_eq!(texts(&html, "form").len(), form);
            assert_eq!(answer.header("cache-control"), "no-store");
            assert_eq!(answer.header("retry-after").is_empty(), status != 503);
            assert_eq!(answer.header("content-disposition"), "");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_up_that_hangs_ends_in_unavailable() {
    let router = showing(site(), |_| std::future::pending(), without_files);
    assert_eq!(ask(router, "GET", "/s/7K3QXM2NP8", "en").await.status, 503);
}

#[tokio::test]
async fn head_is_answered_like_get_without_a_body_and_other_methods_are_not() {
    for path in ["/s/7K3QXM2NP8", "/s/7K3QXM2NP8/offline.html", "/s/7K3QXM2NP8/qr.png", "/"] {
        let length = ask(found(vec![plain()]), "GET", path, "en").await.body.len();
        let head = ask(found(vec![plain()]), "HEAD", path, "en").await;
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
        assert_eq!(head.header("content-length"), length.to_string(), "{path}");
    }
    assert_eq!(ask(found(vec![plain()]), "POST", "/s/7K3QXM2NP8", "en").await.status, 405);
}

#[tokio::test]
async fn who_has_the_page_already_is_told_so() {
    let router = found(vec![plain()]);
    let first = ask(router.clone(), "GET", "/s/7K3QXM2NP8", "en").await;
    assert_eq!(first.header("cache-control"), "private, max-age=60");
    let tag = first.header("etag");
    let again = async |known: &str, lang: &str| {
        let headers = [("if-none-match", known), ("accept-language", lang)];
        ask_with(router.clone(), "GET", "/s/7K3QXM2NP8", &headers).await
    };
    for known in [tag, &format!("\"x\", W/{tag}"), "*"] {
        let answer = again(known, "en").await;
        assert_eq!((answer.status, answer.body.len()), (304, 0), "{known}");
        assert_eq!(answer.header("etag"), tag);
        assert_eq!(answer.header("vary"), "accept-language");
    }
    assert_eq!(again(tag, "zh").await.status, 200);
    assert_eq!(again("\"x\"", "en").await.status, 200);
}
