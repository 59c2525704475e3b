//! What every page of collected cards begins with: who looks, and what a form of theirs brings.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{FromRef, Path, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};

use super::{
    address_books::AddressBooks,
    visit::{Form, Visit},
};
use crate::{
    card::address_book::Collected,
    memory::Budget,
    web::{
        body,
        download::Downloads,
        layout::{Nothing, in_time, notice_with},
        reader::Reader,
        site::Site,
        slots::Slots,
    },
};

/// Forms of one visit that are read at one time.
pub(super) const FORMS: usize = 2;

#[derive(Clone)]
pub(super) struct Pages {
    pub(super) site: Arc<Site>,
    pub(super) books: AddressBooks,
    pub(super) downloads: Downloads,
    pub(super) memory: Budget,
    /// Forms that are read, by the visit.
    pub(super) forms: Slots<String>,
}

impl FromRef<Pages> for Arc<Site> {
    fn from_ref(pages: &Pages) -> Self {
        Self::clone(&pages.site)
    }
}

/// A form that came.
pub(super) struct SentForm {
    pub(super) form: Form,
    /// After how long it may come again, when it came too fast: then nothing is done.
    pub(super) too_fast: Option<Duration>,
}

impl SentForm {
    /// The form, if it did not come too fast.
    pub(super) fn in_measure(self) -> Result<Form, Nothing> {
        self.too_fast.map_or(Ok(self.form), |after| Err(Nothing::TooFast { after }))
    }
}

impl Pages {
    /// Who sends a form of at most `most` bytes, and the form: nothing of it is read before it is
    /// known that the sender's cards are open. It counts as a stanza of as many bytes does.
    pub(super) async fn form(
        &self,
        headers: &HeaderMap,
        body: Body,
        most: usize,
    ) -> Result<(Visit, SentForm), Nothing> {
        let visit = Visit::of(headers, &self.site)?;
        let owner = in_time(self.books.owner(visit.session)).await?.ok_or(Nothing::Shut)?;
        let _slot = self.forms.take(visit.session.to_string()).ok_or(Nothing::Busy)?;
        let sent = body::read(body, most, &self.memory).await?;
        let too_fast = self.downloads.asks(&owner, sent.bytes.len());
        let form = Form::of(sent);
        if form.one("word") == Some(visit.word.as_str()) {
            Ok((visit, SentForm { form, too_fast }))
        } else {
            Err(Nothing::Shut)
        }
    }
}

/// Why there is nothing; what is there in a moment has a link to all cards.
pub(super) fn sorry(site: &Site, reader: &Reader, why: Nothing) -> Response {
    let comes = matches!(why, Nothing::TooFast { .. } | Nothing::Busy | Nothing::Unavailable);
    let back = comes.then(|| format!("{}/a{}", site.root(), reader.query()));
    notice_with(site, reader, why, back)
}

/// To another page here, after a form.
pub(super) fn to(site: &Site, reader: &Reader, path: &str) -> Response {
    let to = format!("{}/a{path}{}", site.root(), reader.query());
    let mut response = Redirect::to(&to).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// One of the open cards.
pub(super) async fn one(
    pages: &Pages,
    visit: &Visit,
    handle: Result<Path<i64>, PathRejection>,
) -> Result<Collected, Nothing> {
    let Path(handle) = handle.map_err(|_| Nothing::Astray)?;
    if let Some(found) = in_time(pages.books.card(visit.session, handle)).await? {
        return Ok(found);
    }
    // It may only be this card that is gone.
    match in_time(pages.books.owner(visit.session)).await? {
        Some(_) => Err(Nothing::Astray),
        None => Err(Nothing::Shut),
    }
}
