//! The page of somebody's collected cards, `/a` (S4.7): the list, one card, changes, files.
//!
//! The link that he is sent in the chat opens it once. Chat servers and previews fetch links by
//! themselves, so the link only shows a button; what that sends spends the link and gives the
//! browser a cookie, which is good for half an hour and goes nowhere but here. Every form carries a
//! word that follows from the cookie, which no other page can know. An instance that stands by
//! changes nothing and says that it cannot now.

mod change;
mod file;
mod view;
mod visit;
mod words;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{FromRef, Path, RawQuery, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::from_fn,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use tokio::time::timeout;

use self::{
    change::{close, delete, edit, undo},
    visit::{Form, Visit, set_cookie},
};
use super::{
    answer::{Keep, answer, with_safety},
    body,
    download::Downloads,
    frame::{Nothing, notice, notice_with},
    reader::{Reader, parameter},
    site::{PATIENCE, Site, Unavailable},
    slots::Slots,
};
use crate::{
    domain::{
        card::{Card, Part},
        collected::category,
        saved::Token,
    },
    memory::Budget,
    ops::{
        card_desk::{STAYS, Which},
        collected::NotDone,
    },
    store::{
        address_book::{CategoryRow, HeadRow, Place},
        collected::CollectedRow,
    },
};

/// Forms of one visit that are read at one time.
const FORMS: usize = 2;

/// What a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asked {
    /// Words that must occur.
    pub words: Option<String>,
    /// A category.
    pub category: Option<String>,
    /// The number of the card with which it begins.
    pub from: Option<i64>,
}

/// A piece of the list, and what stands around it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// The cards.
    pub cards: Vec<HeadRow>,
    /// The number of the card that comes next.
    pub next: Option<i64>,
    /// How many there are in all.
    pub all: i64,
    /// The categories.
    pub categories: Vec<CategoryRow>,
    /// The number of the card whose last change can be undone.
    pub undo: Option<i64>,
    /// How many bytes were gone through for it.
    pub read: usize,
}

/// A change that somebody makes on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// These parts have other values now.
    Edit(i64, Vec<(Part, Vec<String>)>),
    /// A card is deleted; at once, if so said.
    Delete(i64, bool),
    /// What was done last is undone.
    Undo(Option<i64>),
}

/// What came of it: the card that was changed, if it is still there.
pub type Changed = Result<Option<i64>, NotDone>;

/// Who keeps the cards. What is asked with a `desk` that is not open (any more) answers none.
pub trait Books: Clone + Send + Sync + 'static {
    /// Whether a link waits to be opened. Changes nothing.
    fn opens(&self, link: Token) -> impl Future<Output = Result<bool, Unavailable>> + Send;

    /// Spends a link.
    fn open(&self, link: Token) -> impl Future<Output = Result<Option<Token>, Unavailable>> + Send;

    /// Shows the cards no more.
    fn close(&self, desk: Token) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// A piece of the list.
    fn list(
        &self,
        desk: Token,
        asked: Asked,
    ) -> impl Future<Output = Result<Option<Listing>, Unavailable>> + Send;

    /// One card.
    fn card(
        &self,
        desk: Token,
        handle: i64,
    ) -> impl Future<Output = Result<Option<(CollectedRow, Card)>, Unavailable>> + Send;

    /// Changes something.
    fn change(
        &self,
        desk: Token,
        change: Change,
    ) -> impl Future<Output = Result<Option<Changed>, Unavailable>> + Send;

    /// Whose cards are open.
    fn owner(
        &self,
        desk: Token,
    ) -> impl Future<Output = Result<Option<String>, Unavailable>> + Send;

    /// Which file is behind a link, and whose cards it holds.
    fn file(
        &self,
        link: Token,
    ) -> impl Future<Output = Result<Option<(String, Which)>, Unavailable>> + Send;

    /// Some cards of a file, and where it goes on.
    fn read(
        &self,
        account: String,
        which: Which,
        from: Place,
    ) -> impl Future<Output = Result<(Vec<Card>, Option<Place>), Unavailable>> + Send;
}

#[derive(Clone)]
struct Desk<B> {
    site: Arc<Site>,
    books: B,
    downloads: Downloads,
    memory: Budget,
    /// Forms that are read, by the visit.
    forms: Slots<String>,
}

impl<B> FromRef<Desk<B>> for Arc<Site> {
    fn from_ref(desk: &Desk<B>) -> Self {
        Self::clone(&desk.site)
    }
}

/// `/a` and what lies below it.
///
/// Without the cookie, or when its time is over, everything is answered 403 with what to do; a
/// form without its word, too. An unknown link is answered 404, what comes too fast 429, and 503
/// when the database does not answer or this instance stands by.
pub fn router<B: Books>(site: Site, books: B, downloads: &Downloads, memory: &Budget) -> Router {
    let desk = Desk {
        site: Arc::new(site),
        books,
        downloads: downloads.clone(),
        memory: memory.clone(),
        forms: Slots::new(FORMS),
    };
    Router::new()
        .route("/a", get(list::<B>))
        .route("/a/{name}", get(look::<B>).post(open::<B>))
        .route("/a/card/{handle}", get(card::<B>).post(edit::<B>))
        .route("/a/card/{handle}/picture", get(picture::<B>))
        .route("/a/card/{handle}/delete", post(delete::<B>))
        .route("/a/undo", post(undo::<B>))
        .route("/a/close", post(close::<B>))
        .layer(from_fn(with_safety))
        .with_state(desk)
}

type Name = Result<Path<String>, PathRejection>;

/// A form that came.
struct Sent {
    form: Form,
    /// After how long it may come again, when it came too fast: then nothing is done.
    too_fast: Option<Duration>,
}

impl Sent {
    /// The form, if it did not come too fast.
    fn in_measure(self) -> Result<Form, Nothing> {
        self.too_fast.map_or(Ok(self.form), |after| Err(Nothing::TooFast { after }))
    }
}

impl<B: Books> Desk<B> {
    /// Who sends a form of at most `most` bytes, and the form: nothing of it is read before it is
    /// known that his cards are open. It counts as a stanza of as many bytes does.
    async fn form(
        &self,
        headers: &HeaderMap,
        body: Body,
        most: usize,
    ) -> Result<(Visit, Sent), Nothing> {
        let visit = Visit::of(headers, &self.site)?;
        let owner = in_time(self.books.owner(visit.desk)).await?.ok_or(Nothing::Shut)?;
        let _slot = self.forms.take(visit.desk.to_string()).ok_or(Nothing::Busy)?;
        let sent = body::read(body, most, &self.memory).await?;
        let too_fast = self.downloads.asks(&owner, sent.bytes.len());
        let form = Form::of(sent);
        if form.one("word") == Some(visit.word.as_str()) {
            Ok((visit, Sent { form, too_fast }))
        } else {
            Err(Nothing::Shut)
        }
    }
}

async fn in_time<T>(
    wait: impl Future<Output = Result<T, Unavailable>> + Send,
) -> Result<T, Nothing> {
    let answered = timeout(PATIENCE, wait).await.unwrap_or(Err(Unavailable));
    answered.map_err(|Unavailable| Nothing::Unavailable)
}

// ---- opening ------------------------------------------------------------------------------------

/// The button that opens the cards; or a file.
async fn look<B: Books>(
    State(desk): State<Desk<B>>,
    reader: Reader,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    name: Name,
) -> Response {
    let name = name.map(|Path(name)| name).unwrap_or_default();
    let answered = async {
        if let Some((stem, ending)) = name.split_once('.') {
            let format = file::Format::of(ending).ok_or(Nothing::Unsaved)?;
            let (account, which) = if stem == "cards" {
                let visit = Visit::of(&headers, &desk.site)?;
                let owner = in_time(desk.books.owner(visit.desk)).await?.ok_or(Nothing::Shut)?;
                drop(desk.downloads.turn(&owner).await?);
                (owner, which(query.as_deref().unwrap_or_default()))
            } else {
                let token = Token::parse(stem).ok_or(Nothing::Unsaved)?;
                let file = in_time(desk.books.file(token)).await?.ok_or(Nothing::Unsaved)?;
                drop(desk.downloads.follow(&file.0, token).await?);
                file
            };
            return file::file(desk.books.clone(), account, which, format, &desk.downloads);
        }
        let token = Token::parse(&name).ok_or(Nothing::Shut)?;
        if in_time(desk.books.opens(token)).await? {
            Ok(view::opening(&desk.site, &reader, token))
        } else {
            Err(Nothing::Shut)
        }
    };
    answered.await.unwrap_or_else(|why| notice(&desk.site, &reader, why))
}

/// Which cards a file from the page holds.
fn which(query: &str) -> Which {
    if let Some(handle) = parameter(query, "card").and_then(|it| it.parse().ok()) {
        return Which::One(handle);
    }
    match parameter(query, "in").filter(|it| !it.is_empty()) {
        Some(label) => Which::Category(category(&label)),
        None => Which::All,
    }
}

async fn open<B: Books>(State(desk): State<Desk<B>>, reader: Reader, name: Name) -> Response {
    let token = name.ok().and_then(|Path(name)| Token::parse(&name));
    let opened = async {
        let token = token.ok_or(Nothing::Shut)?;
        in_time(desk.books.open(token)).await?.ok_or(Nothing::Shut)
    };
    match opened.await {
        Ok(token) => {
            let mut response = to(&desk.site, &reader, "");
            set_cookie(&mut response, &desk.site, &token.to_string(), STAYS.as_secs());
            response
        }
        Err(why) => notice(&desk.site, &reader, why),
    }
}

/// Why there is nothing; what is there in a moment has a link to all cards.
fn sorry(site: &Site, reader: &Reader, why: Nothing) -> Response {
    let comes = matches!(why, Nothing::TooFast { .. } | Nothing::Busy | Nothing::Unavailable);
    let back = comes.then(|| format!("{}/a{}", site.root(), reader.query()));
    notice_with(site, reader, why, back)
}

/// To another page here, after a form.
fn to(site: &Site, reader: &Reader, path: &str) -> Response {
    let to = format!("{}/a{path}{}", site.root(), reader.query());
    let mut response = Redirect::to(&to).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

// ---- looking ------------------------------------------------------------------------------------

async fn list<B: Books>(
    State(desk): State<Desk<B>>,
    reader: Reader,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let given = |name| parameter(&query, name).filter(|it| !it.trim().is_empty());
    let asked = Asked {
        words: given("q"),
        category: given("in"),
        from: given("from").and_then(|it| it.parse().ok()),
    };
    let shown = async {
        let visit = Visit::of(&headers, &desk.site)?;
        let owner = in_time(desk.books.owner(visit.desk)).await?.ok_or(Nothing::Shut)?;
        let turn = desk.downloads.turn(&owner).await?;
        // It may have been closed meanwhile.
        let listing = in_time(desk.books.list(visit.desk, asked.clone())).await?;
        let listing = listing.ok_or(Nothing::Shut)?;
        desk.downloads.went_through(&owner, listing.read);
        drop(turn);
        Ok(view::list(&desk.site, &reader, &visit.word, &asked, &listing))
    };
    shown.await.unwrap_or_else(|why| sorry(&desk.site, &reader, why))
}

async fn card<B: Books>(
    State(desk): State<Desk<B>>,
    reader: Reader,
    headers: HeaderMap,
    handle: Result<Path<i64>, PathRejection>,
) -> Response {
    let shown = async {
        let visit = Visit::of(&headers, &desk.site)?;
        let (row, card) = one(&desk, &visit, handle).await?;
        Ok(view::card(&desk.site, &reader, &visit.word, &row, &card))
    };
    shown.await.unwrap_or_else(|why| sorry(&desk.site, &reader, why))
}

async fn picture<B: Books>(
    State(desk): State<Desk<B>>,
    reader: Reader,
    headers: HeaderMap,
    handle: Result<Path<i64>, PathRejection>,
) -> Response {
    let shown = async {
        let visit = Visit::of(&headers, &desk.site)?;
        let (_, card) = one(&desk, &visit, handle).await?;
        let (media_type, bytes) = card.picture().ok_or(Nothing::Astray)?;
        Ok(answer(StatusCode::OK, Keep::Not, media_type, bytes))
    };
    shown.await.unwrap_or_else(|why| notice(&desk.site, &reader, why))
}

/// One of the open cards.
async fn one<B: Books>(
    desk: &Desk<B>,
    visit: &Visit,
    handle: Result<Path<i64>, PathRejection>,
) -> Result<(CollectedRow, Card), Nothing> {
    let Path(handle) = handle.map_err(|_| Nothing::Astray)?;
    if let Some(found) = in_time(desk.books.card(visit.desk, handle)).await? {
        return Ok(found);
    }
    // It may only be this card that is gone.
    match in_time(desk.books.owner(visit.desk)).await? {
        Some(_) => Err(Nothing::Astray),
        None => Err(Nothing::Shut),
    }
}

#[cfg(test)]
mod tests;
