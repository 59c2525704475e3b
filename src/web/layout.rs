//! What stands around every page, and the pages that show no product: the first one, and those
//! that say why there is nothing and what to do.

use std::{borrow::Cow, time::Duration};

use askama::Template;
use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use jid::BareJid;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::time::timeout;

use super::{
    answer::{Keep, STYLE, html},
    reader::Reader,
    site::{PATIENCE, Site, Unavailable},
    words::Words,
};
use crate::domain::lang::Lang;

/// What may stand unescaped in an XMPP address within a URI (RFC 5122 §2.2).
const ESCAPED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@');

/// What stands around every page.
pub(super) struct Frame<'a> {
    pub(super) style: Cow<'static, str>,
    pub(super) words: &'static Words,
    pub(super) site: &'a Site,
    /// What paths begin with: nothing, or the path of `public_url`.
    pub(super) root: &'a str,
    /// What links of ours end with.
    pub(super) query: String,
    /// Each language that we speak, in its own words.
    pub(super) languages: Vec<Language>,
    /// The policy that a saved copy carries, for it comes without headers.
    pub(super) saved: Option<&'static str>,
}

/// A language to choose.
pub(super) struct Language {
    pub(super) tag: &'static str,
    pub(super) name: &'static str,
    pub(super) is_this: bool,
}

impl<'a> Frame<'a> {
    pub(super) fn new(site: &'a Site, reader: &Reader) -> Self {
        let language =
            |lang, name| Language { tag: Lang::code(lang), name, is_this: lang == reader.lang };
        Self {
            style: STYLE.into(),
            words: Words::of(reader.lang),
            site,
            root: site.root(),
            query: reader.query(),
            languages: vec![language(Lang::En, "English"), language(Lang::Zh, "中文")],
            saved: None,
        }
    }

    /// A chat with the contact (XEP-0147). Conversations throws `body` away when there is such a
    /// chat already, so the page also says what to write.
    pub(super) fn chat(&self, body: Option<&str>) -> String {
        let body = body.map(|body| format!(";body={}", utf8_percent_encode(body, ESCAPED)));
        format!("{}?message{}", address(&self.site.contact), body.unwrap_or_default())
    }
}

/// Adding the contact (XEP-0147).
pub(super) fn adding(site: &Site) -> String {
    let name = utf8_percent_encode(&site.name, ESCAPED);
    format!("{}?roster;name={name}", contact_uri(site))
}

/// The contact, to which a query may be appended.
pub(super) fn contact_uri(site: &Site) -> String {
    address(&site.contact)
}

/// `xmpp:share@share.example.org` (RFC 5122).
fn address(jid: &BareJid) -> String {
    format!("xmpp:{}", utf8_percent_encode(jid.as_str(), ESCAPED))
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    frame: Frame<'a>,
    add_link: String,
}

/// What this is, and how to begin.
pub(super) fn home(site: &Site, reader: &Reader) -> Response {
    let frame = Frame::new(site, reader);
    html(StatusCode::OK, Keep::Minute, Home { frame, add_link: adding(site) }.render())
}

/// Why there is nothing to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nothing {
    /// No such code, or its time has passed.
    Unknown,
    /// No such link to something saved, or its time has passed.
    Unsaved,
    /// No card that can be seen: its time has passed, it was taken back or declined, or there
    /// never was one. It does not say which.
    NoCard,
    /// The sender took it back.
    Revoked,
    /// Whose it was has left.
    Left,
    /// We cannot look now.
    Unavailable,
    /// No address of ours.
    Astray,
    /// No open invitation: used, over, taken back, or never sent. It does not say which.
    Uninvited,
    /// No more accounts are made today.
    NoMoreAccounts,
    /// The server did not make an account.
    NoAccount,
    /// Somebody's cards are not open in this browser, or not any more.
    Shut,
    /// Too much of it is asked for at one time.
    Busy,
    /// They, or whoever has the link, have asked for it too often.
    TooFast {
        /// After how long it may be asked for again.
        after: Duration,
    },
    /// What was sent does not come from a page of ours.
    Foreign,
    /// What was sent is too large.
    TooLarge,
    /// What was sent took too long.
    Slow,
}

impl From<Unavailable> for Nothing {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

/// What is looked up for a page, unless that takes too long or fails.
pub(super) async fn in_time<T, E>(look_up: impl Future<Output = Result<T, E>>) -> Result<T, Nothing>
where
    Nothing: From<E>,
{
    within(PATIENCE, look_up).await
}

/// The same, with so much patience.
pub(super) async fn within<T, E>(
    patience: Duration,
    look_up: impl Future<Output = Result<T, E>>,
) -> Result<T, Nothing>
where
    Nothing: From<E>,
{
    timeout(patience, look_up)
        .await
        .map_or(Err(Nothing::Unavailable), |it| it.map_err(Nothing::from))
}

#[derive(Template)]
#[template(path = "notice.html")]
struct Notice<'a> {
    frame: Frame<'a>,
    title: &'static str,
    text: Cow<'static, str>,
    /// Whether another code may be tried.
    form: bool,
    /// Where it can be tried again.
    back: Option<String>,
    contact_link: String,
}

/// Why there is nothing, and what to do.
pub(super) fn notice(site: &Site, reader: &Reader, why: Nothing) -> Response {
    notice_with(site, reader, why, None)
}

/// The same with a link to where it can be tried again.
pub(super) fn notice_with(
    site: &Site,
    reader: &Reader,
    why: Nothing,
    back: Option<String>,
) -> Response {
    let frame = Frame::new(site, reader);
    let words = frame.words;
    let (status, title, text) = match why {
        Nothing::Unknown => (StatusCode::NOT_FOUND, words.unknown_title, words.unknown),
        Nothing::Unsaved => (StatusCode::NOT_FOUND, words.unknown_title, words.unsaved),
        Nothing::NoCard => (StatusCode::NOT_FOUND, words.no_card_title, words.no_card),
        Nothing::Revoked => (StatusCode::GONE, words.revoked_title, words.revoked),
        Nothing::Left => (StatusCode::GONE, words.unknown_title, words.left),
        Nothing::Unavailable => {
            (StatusCode::SERVICE_UNAVAILABLE, words.unavailable_title, words.unavailable)
        }
        Nothing::Astray => (StatusCode::NOT_FOUND, words.unknown_title, words.astray),
        Nothing::Uninvited => (StatusCode::NOT_FOUND, words.uninvited_title, words.uninvited),
        Nothing::NoMoreAccounts => {
            (StatusCode::SERVICE_UNAVAILABLE, words.no_more_accounts_title, words.no_more_accounts)
        }
        Nothing::NoAccount => {
            (StatusCode::SERVICE_UNAVAILABLE, words.no_account_title, words.no_account)
        }
        Nothing::Shut => (StatusCode::FORBIDDEN, words.shut_title, words.shut),
        Nothing::Busy => (StatusCode::SERVICE_UNAVAILABLE, words.unavailable_title, words.busy),
        Nothing::TooFast { .. } => (StatusCode::TOO_MANY_REQUESTS, words.unavailable_title, ""),
        Nothing::Foreign => (StatusCode::FORBIDDEN, words.unsent_title, words.foreign),
        Nothing::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, words.unsent_title, words.too_large),
        Nothing::Slow => (StatusCode::REQUEST_TIMEOUT, words.unsent_title, words.slow),
    };
    let text = match why {
        Nothing::TooFast { after } => words.too_fast(seconds(after)).into(),
        _ => text.into(),
    };
    let form = matches!(why, Nothing::Unknown | Nothing::Astray);
    let contact_link = frame.chat(None);
    let mut response =
        html(status, Keep::Not, Notice { frame, title, text, form, back, contact_link }.render());
    let pause = match why {
        Nothing::Unavailable => Some(60),
        Nothing::Busy => Some(10),
        Nothing::TooFast { after } => Some(seconds(after)),
        _ => None,
    };
    response.headers_mut().extend(pause.map(retry_after));
    response
}

/// Whole seconds, none of which is too early.
pub(super) fn seconds(after: Duration) -> u64 {
    u64::try_from(after.as_millis().div_ceil(1000)).unwrap_or(u64::MAX).max(1)
}

/// After how many seconds whoever is refused may ask again (RFC 9110 §10.2.3).
pub(super) fn retry_after(seconds: u64) -> (HeaderName, HeaderValue) {
    (header::RETRY_AFTER, HeaderValue::from(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_with_odd_characters_still_makes_a_link() {
        let link = |jid: &str| address(&BareJid::new(jid).unwrap());
        assert_eq!(link("a?b#c%d@x.lit"), "xmpp:a%3Fb%23c%25d@x.lit");
        assert_eq!(link("商@x.lit"), "xmpp:%E5%95%86@x.lit");
    }
}
