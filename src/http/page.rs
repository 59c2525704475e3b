//! What everybody sees: the page behind a reference code (S0.8), and a word about the service.
//!
//! No script runs on these pages, they load nothing but pictures over https, and who shared the
//! product is not on them: the page is open to whoever has the code.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use askama::Template;
use axum::{
    Router,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::map_response,
    response::{Html, IntoResponse, Response},
    routing::get,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use jid::BareJid;
use sha2::{Digest, Sha256};
use tokio::time::timeout;

use super::{json_ld, reader::Reader, view::View, words::Words};
use crate::{
    domain::{id::RefCode, lang::Lang, share::Page, text},
    ops::page::PageAnswer,
};

/// How long a look-up may take before the page says to try again.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the pages say about the service itself.
#[derive(Debug, Clone)]
pub struct Site {
    /// How the pages are reached from outside, without a slash at the end.
    pub public_url: String,
    /// The name people see.
    pub name: String,
    /// Whom they talk to.
    pub contact: BareJid,
    /// For readers who do not say what they read.
    pub lang: Lang,
}

/// The database does not answer; whoever found out has logged why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unavailable;

/// The public listener: `/` and `/s/CODE`, for GET and HEAD.
///
/// `look_up` opens a code. An unknown or expired one is answered 404, one that was taken back 410,
/// a failed look-up, or one of more than 5 s, 503.
pub fn router<F, Fut>(site: Site, look_up: F) -> Router
where
    F: Fn(RefCode) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<PageAnswer, Unavailable>> + Send + 'static,
{
    let site = Arc::new(site);
    let product = async move |State(site): State<Arc<Site>>, headers: HeaderMap, code: Code| {
        let reader = Reader::of(&headers, site.lang);
        let answer = match code.ok().and_then(|Path(code)| RefCode::parse(&code)) {
            Some(code) => timeout(PATIENCE, look_up(code)).await.unwrap_or(Err(Unavailable)),
            None => Ok(PageAnswer::Unknown),
        };
        let words = Words::of(reader.lang);
        match answer {
            Ok(PageAnswer::Found(page)) => show(&site, &reader, &page),
            Ok(PageAnswer::Unknown) => notice(&site, words, StatusCode::NOT_FOUND, words.unknown),
            Ok(PageAnswer::Revoked) => notice(&site, words, StatusCode::GONE, words.revoked),
            Err(Unavailable) => {
                notice(&site, words, StatusCode::SERVICE_UNAVAILABLE, words.unavailable)
            }
        }
    };
    Router::new()
        .route("/s/{code}", get(product))
        .route("/", get(home))
        .fallback(nothing)
        .layer(map_response(with_safety))
        .with_state(site)
}

type Code = Result<Path<String>, PathRejection>;

async fn home(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    let words = Words::of(Reader::of(&headers, site.lang).lang);
    notice(&site, words, StatusCode::OK, words.home)
}

async fn nothing(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    let words = Words::of(Reader::of(&headers, site.lang).lang);
    notice(&site, words, StatusCode::NOT_FOUND, words.unknown)
}

#[derive(Template)]
#[template(path = "product.html")]
struct ProductPage<'a> {
    style: &'static str,
    words: &'static Words,
    site: &'a Site,
    contact_link: String,
    title: String,
    summary: String,
    address: String,
    code: String,
    products: Vec<View<'a>>,
    json_ld: String,
}

fn show(site: &Site, reader: &Reader, page: &Page) -> Response {
    let words = Words::of(reader.lang);
    let products: Vec<View<'_>> =
        page.products.iter().map(|product| View::new(product, reader, words)).collect();
    let first = products.first();
    let name = first.map_or("", |product| product.name.text);
    let html = ProductPage {
        style: STYLE,
        words,
        site,
        contact_link: chat_link(&site.contact),
        title: format!("{name}{}", words.and_more(products.len().saturating_sub(1))),
        summary: first.map(summary).unwrap_or_default(),
        address: format!("{}/s/{}", site.public_url, page.ref_code),
        code: page.ref_code.shown(),
        json_ld: json_ld::text(&page.products, reader),
        products,
    };
    // Short, so that a page that is taken back is gone soon; private, because the code is.
    respond(StatusCode::OK, "private, max-age=60", html.render())
}

/// `EUR 24.90 · A goblet of silver…`
fn summary(product: &View<'_>) -> String {
    let description = product.description.map(|description| text::one_line(description.text));
    let parts: Vec<String> = product.price.clone().into_iter().chain(description).collect();
    text::shorten(&parts.join(" · "), 200)
}

#[derive(Template)]
#[template(path = "notice.html")]
struct Notice<'a> {
    style: &'static str,
    words: &'static Words,
    site: &'a Site,
    contact_link: String,
    title: &'static str,
    text: &'static str,
}

fn notice(
    site: &Site,
    words: &'static Words,
    status: StatusCode,
    (title, text): (&'static str, &'static str),
) -> Response {
    let contact_link = chat_link(&site.contact);
    let html = Notice { style: STYLE, words, site, contact_link, title, text };
    let mut response = respond(status, "no-store", html.render());
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    }
    response
}

fn respond(
    status: StatusCode,
    cache: &'static str,
    html: Result<String, askama::Error>,
) -> Response {
    match html {
        Ok(html) => (status, [(header::CACHE_CONTROL, cache)], Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "cannot write a page");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// `xmpp:share@share.example.org?message` (RFC 5122, XEP-0147).
fn chat_link(contact: &BareJid) -> String {
    let escaped = contact.as_str().bytes().map(|byte| {
        if byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    });
    format!("xmpp:{}?message", escaped.collect::<String>())
}

const STYLE: &str = include_str!("templates/style.css");

/// Nothing runs, nothing is loaded but pictures over https and the one style that the page carries,
/// and nobody frames it. A block of JSON-LD is data and passes `default-src 'none'`: the type of a
/// script is looked at before the policy (HTML, "prepare the script element").
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let style = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    HeaderValue::try_from(format!(
        "default-src 'none'; img-src https: 'self'; style-src 'sha256-{style}'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'"
    ))
    .unwrap_or(HeaderValue::from_static("default-src 'none'"))
});

async fn with_safety(mut response: Response) -> Response {
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
        (header::VARY, "accept-language"),
    ];
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY.clone());
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests;
