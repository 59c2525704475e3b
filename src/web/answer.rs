//! What every answer to a browser has in common: what may be done with it, and for how long it
//! may be kept.

use std::sync::LazyLock;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use sha2::{Digest, Sha256};

/// The one style of all pages, which each carries.
pub(super) const STYLE: &str = include_str!("templates/style.css");

/// How long a copy may be used without asking again. Asking again costs little: there is an `ETag`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// Not at all: it may be otherwise in a moment.
    Not,
    /// A minute, so that a page that is taken back is gone soon; by nobody else, for who has the
    /// address has the code.
    Minute,
    /// A day: it follows from its address and never changes. By nobody else, as above.
    Day,
    /// A week, by everybody.
    Week,
}

impl Keep {
    pub(super) fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Not => "no-store",
            Self::Minute => "private, max-age=60",
            Self::Day => "private, max-age=86400",
            Self::Week => "public, max-age=604800",
        })
    }
}

/// A body of that type.
pub(super) fn answer(
    status: StatusCode,
    keep: Keep,
    media_type: &'static str,
    body: impl Into<Vec<u8>>,
) -> Response {
    let body = body.into();
    let tag = tag(&body);
    let media_type = HeaderValue::from_static(media_type);
    let fixed = [(header::CACHE_CONTROL, keep.header()), (header::CONTENT_TYPE, media_type)];
    let mut response = (status, fixed, body).into_response();
    if keep != Keep::Not {
        response.headers_mut().extend(tag.map(|tag| (header::ETAG, tag)));
    }
    response
}

/// What an `ETag` says of what follows from `bytes`.
pub(super) fn tag(bytes: &[u8]) -> Option<HeaderValue> {
    let tag = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(bytes));
    HeaderValue::try_from(format!("\"{tag}\"")).ok()
}

/// A page of HTML.
pub(super) fn html(
    status: StatusCode,
    keep: Keep,
    page: Result<String, askama::Error>,
) -> Response {
    match page {
        Ok(page) => answer(status, keep, "text/html; charset=utf-8", page),
        Err(error) => {
            tracing::error!(%error, "cannot write a page");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// What pages may do: nothing runs, nothing is loaded but pictures over https and the one style,
/// a form leads nowhere but here, and nobody frames them. A block of JSON-LD is data and passes
/// `default-src 'none'`: the type of a script is looked at before the policy (HTML, "prepare the
/// script element").
static POLICY: LazyLock<String> = LazyLock::new(|| policy("", ""));

/// `style` stands behind the one of all pages.
fn policy(more: &str, style: &str) -> String {
    format!(
        "default-src 'none'; img-src https: 'self'; {more}style-src 'sha256-{}'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'",
        style_digest(style)
    )
}

/// Lets a page play sound from `origin`, and from nowhere else.
pub(super) fn with_sound(mut response: Response, origin: &str) -> Response {
    if let Ok(policy) = HeaderValue::try_from(policy(&format!("media-src {origin}; "), "")) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// Lets a page have `style` behind the one of all pages.
pub(super) fn with_style(mut response: Response, style: &str) -> Response {
    if let Ok(policy) = HeaderValue::try_from(policy("", style)) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// The same for a copy that was saved: it loads nothing at all.
pub(super) static SAVED_POLICY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "default-src 'none'; img-src data:; style-src 'sha256-{}'; base-uri 'none'; \
         form-action 'none'",
        style_digest("")
    )
});

fn style_digest(more: &str) -> String {
    BASE64_STANDARD.encode(Sha256::new().chain_update(STYLE).chain_update(more).finalize())
}

/// Puts the headers on that every answer has, and answers 304 to who has it already
/// (RFC 9110 §13.1.2).
pub(super) async fn with_safety(request: Request, next: Next) -> Response {
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let mut response = next.run(request).await;
    let is_known = known.as_ref().is_some_and(|known| matches(known, &response));
    if is_known && response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    with_headers(response)
}

/// With the headers that every answer has.
pub(super) fn with_headers(mut response: Response) -> Response {
    let policy = HeaderValue::try_from(POLICY.as_str());
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Where a form of ours comes from, for browsers that say it in no other way (`origin`).
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
        (header::VARY, "accept-language"),
    ];
    let headers = response.headers_mut();
    let nothing = HeaderValue::from_static("default-src 'none'");
    let policy = policy.unwrap_or(nothing);
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// A server in front that compresses makes our tag a weak one; it is as good for this.
fn matches(known: &HeaderValue, response: &Response) -> bool {
    let tag = response.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok());
    let known = known.to_str().unwrap_or_default().split(',').map(str::trim);
    let mut known = known.map(|known| known.strip_prefix("W/").unwrap_or(known));
    tag.is_some_and(|tag| known.any(|known| known == tag || known == "*"))
}
