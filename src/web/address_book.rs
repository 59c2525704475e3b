//! The page of somebody's collected cards, `/a` (S4.7): the list, one card, changes, files.
//!
//! The link that they are sent in the chat opens it once. Chat servers and previews fetch links by
//! themselves, so the link only shows a button; what that sends spends the link and gives the
//! browser a cookie, which is good for half an hour and goes nowhere but here. Every form carries a
//! word that follows from the cookie, which no other page can know. An instance that stands by
//! changes nothing and says that it cannot now.

mod address_books;
mod change;
mod file;
mod state;
mod view;
mod visit;
mod words;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, RawQuery, State, rejection::PathRejection},
    http::{HeaderMap, StatusCode},
    middleware::from_fn,
    response::Response,
    routing::{get, post},
};

pub use self::address_books::AddressBooks;
use self::{
    address_books::Query,
    change::{close, delete, edit, undo},
    state::{FORMS, Pages, one, sorry, to},
    visit::{Visit, set_cookie},
};
use super::{
    answer::{Keep, answer, with_safety},
    download::Downloads,
    layout::{Nothing, in_time, notice},
    reader::{Reader, parameter},
    site::Site,
    slots::Slots,
};
use crate::{
    card::browser::{STAYS, Which},
    domain::{collected::category, saved::Token},
    memory::Budget,
};

/// `/a` and what lies below it.
///
/// Without the cookie, or when its time is over, everything is answered 403 with what to do; a
/// form without its word, too. An unknown link is answered 404, what comes too fast 429, and 503
/// when the database does not answer or this instance stands by.
pub fn router(site: Site, books: AddressBooks, downloads: &Downloads, memory: &Budget) -> Router {
    let pages = Pages {
        site: Arc::new(site),
        books,
        downloads: downloads.clone(),
        memory: memory.clone(),
        forms: Slots::new(FORMS),
    };
    Router::new()
        .route("/a", get(list))
        .route("/a/{name}", get(look).post(open))
        .route("/a/card/{handle}", get(card).post(edit))
        .route("/a/card/{handle}/picture", get(picture))
        .route("/a/card/{handle}/delete", post(delete))
        .route("/a/undo", post(undo))
        .route("/a/close", post(close))
        .layer(from_fn(with_safety))
        .with_state(pages)
}

type Name = Result<Path<String>, PathRejection>;

// ---- opening ------------------------------------------------------------------------------------

/// The button that opens the cards; or a file.
async fn look(
    State(pages): State<Pages>,
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
                let visit = Visit::of(&headers, &pages.site)?;
                let owner =
                    in_time(pages.books.owner(visit.session)).await?.ok_or(Nothing::Shut)?;
                drop(pages.downloads.turn(&owner).await?);
                (owner, which(query.as_deref().unwrap_or_default()))
            } else {
                let token = Token::parse(stem).ok_or(Nothing::Unsaved)?;
                let file = in_time(pages.books.file(token)).await?.ok_or(Nothing::Unsaved)?;
                drop(pages.downloads.follow(&file.0, token).await?);
                file
            };
            return file::file(pages.books.clone(), account, which, format, &pages.downloads);
        }
        let token = Token::parse(&name).ok_or(Nothing::Shut)?;
        if in_time(pages.books.opens(token)).await? {
            Ok(view::opening(&pages.site, &reader, token))
        } else {
            Err(Nothing::Shut)
        }
    };
    answered.await.unwrap_or_else(|why| notice(&pages.site, &reader, why))
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

async fn open(State(pages): State<Pages>, reader: Reader, name: Name) -> Response {
    let token = name.ok().and_then(|Path(name)| Token::parse(&name));
    let opened = async {
        let token = token.ok_or(Nothing::Shut)?;
        in_time(pages.books.open(token)).await?.ok_or(Nothing::Shut)
    };
    match opened.await {
        Ok(token) => {
            let mut response = to(&pages.site, &reader, "");
            set_cookie(&mut response, &pages.site, &token.to_string(), STAYS.as_secs());
            response
        }
        Err(why) => notice(&pages.site, &reader, why),
    }
}

// ---- looking ------------------------------------------------------------------------------------

async fn list(
    State(pages): State<Pages>,
    reader: Reader,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let given = |name| parameter(&query, name).filter(|it| !it.trim().is_empty());
    let asked = Query {
        words: given("q"),
        category: given("in"),
        from: given("from").and_then(|it| it.parse().ok()),
    };
    let shown = async {
        let visit = Visit::of(&headers, &pages.site)?;
        let owner = in_time(pages.books.owner(visit.session)).await?.ok_or(Nothing::Shut)?;
        let turn = pages.downloads.turn(&owner).await?;
        // It may have been closed meanwhile.
        let listing = in_time(pages.books.list(visit.session, &asked)).await?;
        let listing = listing.ok_or(Nothing::Shut)?;
        pages.downloads.went_through(&owner, listing.read);
        drop(turn);
        Ok(view::list(&pages.site, &reader, &visit.word, &asked, &listing))
    };
    shown.await.unwrap_or_else(|why| sorry(&pages.site, &reader, why))
}

async fn card(
    State(pages): State<Pages>,
    reader: Reader,
    headers: HeaderMap,
    handle: Result<Path<i64>, PathRejection>,
) -> Response {
    let shown = async {
        let visit = Visit::of(&headers, &pages.site)?;
        let it = one(&pages, &visit, handle).await?;
        Ok(view::card(&pages.site, &reader, &visit.word, &it))
    };
    shown.await.unwrap_or_else(|why| sorry(&pages.site, &reader, why))
}

async fn picture(
    State(pages): State<Pages>,
    reader: Reader,
    headers: HeaderMap,
    handle: Result<Path<i64>, PathRejection>,
) -> Response {
    let shown = async {
        let visit = Visit::of(&headers, &pages.site)?;
        let it = one(&pages, &visit, handle).await?;
        let (media_type, bytes) = it.card.picture().ok_or(Nothing::Astray)?;
        Ok(answer(StatusCode::OK, Keep::Not, media_type, bytes))
    };
    shown.await.unwrap_or_else(|why| notice(&pages.site, &reader, why))
}

#[cfg(test)]
mod tests;
