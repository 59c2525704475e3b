//! The page of an invitation, `/i/CODE`: what this is, who invites, and how to come (S0.3, S0.6).
//!
//! Whoever has the address sees it, and so does whatever reads their mail before them. So nothing
//! changes by looking: an account is made and an invitation refused for good by POST alone. The
//! head of the page, which messengers show, holds no word of the inviter; the page shows the
//! inviter's name and address, and nothing of whom they invited or of what they want to show. An
//! invitation that was used or taken back, is over, or never was, is one page and one answer.

mod invitations;

use std::{sync::Arc, time::Duration};

use askama::Template;
use axum::{
    Router,
    extract::{FromRef, Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::from_fn,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use url::Url;

pub use self::invitations::Invitations;
use self::invitations::{Account, Guest, Making};
use super::{
    answer::{Keep, answer, html, with_safety},
    apps::{App, CONVERSE, System},
    layout::{Frame, Nothing, adding, contact_uri, in_time, notice, within},
    qr::Qr,
    reader::Reader,
    site::{Site, others_first},
};
use crate::domain::{address::Address, invitation::Code};

/// How long making an account may take: longer than our server is waited for.
const MAKING: Duration = Duration::from_secs(15);

/// Where people make accounts.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// The server on which an account is made for them.
    pub host: String,
    /// Where they make one themselves, `invite.register_url`.
    pub register_url: Option<String>,
}

#[derive(Clone)]
struct Pages {
    site: Arc<Site>,
    places: Arc<Places>,
    invitations: Invitations,
}

impl FromRef<Pages> for Arc<Site> {
    fn from_ref(pages: &Pages) -> Self {
        Self::clone(&pages.site)
    }
}

/// `/i/CODE` and what lies below it.
///
/// Whatever is no open invitation is answered 404, always with the same page; 503 when the
/// database or the server does not answer, or no more accounts are made today.
pub fn router(site: Site, places: Places, invitations: Invitations) -> Router {
    let pages = Pages { site: Arc::new(site), places: Arc::new(places), invitations };
    Router::new()
        .route("/i/{code}", get(page))
        .route("/i/{code}/qr.svg", get(contact_svg))
        .route("/i/{code}/account.svg", get(account_svg))
        .route("/i/{code}/account", get(back).post(make_account))
        .route("/i/{code}/joined", get(joined))
        .route("/i/{code}/stop", get(ask_to_stop).post(stop))
        .layer(from_fn(with_safety))
        .with_state(pages)
}

type CodePath = Result<Path<String>, PathRejection>;

fn parsed(code: CodePath) -> Result<Code, Nothing> {
    code.ok().and_then(|Path(code)| Code::parse(&code)).ok_or(Nothing::Uninvited)
}

impl Pages {
    async fn guest(&self, code: CodePath) -> Result<(Code, Guest), Nothing> {
        let code = parsed(code)?;
        let found = in_time(self.invitations.find(code)).await?;
        Ok((code, found.ok_or(Nothing::Uninvited)?))
    }
}

/// `xmpp:share@share.example.org?roster;preauth=CODE` (XEP-0379 §3.2). Never `?register`: clients
/// would make an account on the component.
fn joining(site: &Site, code: Code) -> String {
    format!("{}?roster;preauth={code}", contact_uri(site))
}

async fn page(
    State(pages): State<Pages>,
    reader: Reader,
    headers: HeaderMap,
    code: CodePath,
) -> Response {
    let (code, guest) = match pages.guest(code).await {
        Ok(found) => found,
        Err(nothing) => return notice(&pages.site, &reader, nothing),
    };
    let system = System::of(&headers);
    let page = Sheet {
        frame: Frame::new(&pages.site, &reader),
        here: format!("{}/i/{code}", pages.site.root()),
        initial: guest.nick.as_ref().and_then(|nick| nick.chars().next()),
        closes: guest.expires.to_string(),
        host: &pages.places.host,
        register: pages.places.register_url.as_deref().and_then(Elsewhere::of),
        apps: system.map(System::apps).unwrap_or_default(),
        others: System::others(system).map(|it| (it.name(), it.apps())).collect(),
        browser: CONVERSE,
        is_handheld: system.is_some_and(System::is_handheld),
        code: code.to_string(),
        join_link: joining(&pages.site, code),
        contact_link: adding(&pages.site),
        guest,
    };
    html(StatusCode::OK, Keep::Not, page.render())
}

#[derive(Template)]
#[template(path = "invitation.html")]
struct Sheet<'a> {
    frame: Frame<'a>,
    guest: Guest,
    /// The path of this page, to which others are appended.
    here: String,
    initial: Option<char>,
    /// XEP-0082
    closes: String,
    host: &'a str,
    register: Option<Elsewhere<'a>>,
    /// For the reader's own system; none when it is not known.
    apps: Vec<&'static App>,
    others: Vec<(&'static str, Vec<&'static App>)>,
    browser: App,
    is_handheld: bool,
    code: String,
    join_link: String,
    contact_link: String,
}

/// A page of somebody else's, with its host to be seen.
struct Elsewhere<'a> {
    url: &'a str,
    host: String,
}

impl<'a> Elsewhere<'a> {
    fn of(url: &'a str) -> Option<Self> {
        let host = Url::parse(url).ok()?.host_str()?.to_owned();
        Some(Self { url, host })
    }
}

/// Follows from the code alone: nothing is looked up, so it says nothing about the invitation.
async fn contact_svg(State(site): State<Arc<Site>>, reader: Reader, code: CodePath) -> Response {
    others_first().await;
    match parsed(code).map(|code| Qr::of(&joining(&site, code))) {
        Ok(Some(code)) => answer(StatusCode::OK, Keep::Not, "image/svg+xml", code.svg()),
        Ok(None) => notice(&site, &reader, Nothing::Astray),
        Err(nothing) => notice(&site, &reader, nothing),
    }
}

async fn account_svg(State(pages): State<Pages>, reader: Reader, code: CodePath) -> Response {
    let link = pages.guest(code).await.map(|(_, guest)| match guest.account {
        Account::Made(link) => Qr::of(&link.uri),
        Account::Offered | Account::Elsewhere => None,
    });
    match link {
        Ok(Some(code)) => answer(StatusCode::OK, Keep::Not, "image/svg+xml", code.svg()),
        Ok(None) => notice(&pages.site, &reader, Nothing::Astray),
        Err(nothing) => notice(&pages.site, &reader, nothing),
    }
}

/// Whoever reloads what a form led to is shown the page.
async fn back(State(site): State<Arc<Site>>, reader: Reader, code: CodePath) -> Response {
    match parsed(code) {
        Ok(code) => to_page(&site, &reader, code),
        Err(nothing) => notice(&site, &reader, nothing),
    }
}

fn to_page(site: &Site, reader: &Reader, code: Code) -> Response {
    let to = format!("{}/i/{code}{}#account", site.root(), reader.query());
    let mut response = Redirect::to(&to).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn make_account(State(pages): State<Pages>, reader: Reader, code: CodePath) -> Response {
    let made = async {
        let code = parsed(code)?;
        match within(MAKING, pages.invitations.make_account(code)).await? {
            Making::Made => Ok(code),
            Making::Unknown => Err(Nothing::Uninvited),
            Making::Spent => Err(Nothing::NoMoreAccounts),
            Making::Failed => Err(Nothing::NoAccount),
        }
    };
    match made.await {
        Ok(code) => to_page(&pages.site, &reader, code),
        Err(nothing) => notice(&pages.site, &reader, nothing),
    }
}

#[derive(Template)]
#[template(path = "joined.html")]
struct Joined<'a> {
    frame: Frame<'a>,
    here: String,
    code: String,
    chat_link: String,
}

/// What comes next. Nothing is looked up: it says the same whether somebody has joined or not.
async fn joined(State(site): State<Arc<Site>>, reader: Reader, code: CodePath) -> Response {
    let code = match parsed(code) {
        Ok(code) => code,
        Err(nothing) => return notice(&site, &reader, nothing),
    };
    let frame = Frame::new(&site, &reader);
    let here = format!("{}/i/{code}", site.root());
    let chat_link = frame.chat(None);
    let page = Joined { frame, here, code: code.to_string(), chat_link };
    html(StatusCode::OK, Keep::Not, page.render())
}

#[derive(Template)]
#[template(path = "stop.html")]
struct Stop<'a> {
    frame: Frame<'a>,
    here: String,
    /// Whether it is done, and not to be asked any more.
    is_done: bool,
    contact_link: String,
}

fn stop_page(site: &Site, reader: &Reader, code: Code, is_done: bool) -> Response {
    let frame = Frame::new(site, reader);
    let here = format!("{}/i/{code}", site.root());
    let page = Stop { frame, here, is_done, contact_link: adding(site) };
    html(StatusCode::OK, Keep::Not, page.render())
}

async fn ask_to_stop(State(pages): State<Pages>, reader: Reader, code: CodePath) -> Response {
    match pages.guest(code).await {
        Ok((code, _)) => stop_page(&pages.site, &reader, code, false),
        Err(nothing) => notice(&pages.site, &reader, nothing),
    }
}

async fn stop(State(pages): State<Pages>, reader: Reader, code: CodePath) -> Response {
    let stopped = async {
        let code = parsed(code)?;
        let is_there = in_time(pages.invitations.stop(code)).await?;
        if is_there { Ok(code) } else { Err(Nothing::Uninvited) }
    };
    match stopped.await {
        Ok(code) => stop_page(&pages.site, &reader, code, true),
        Err(nothing) => notice(&pages.site, &reader, nothing),
    }
}

#[cfg(test)]
mod tests;
