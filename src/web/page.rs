//! What everybody sees: the page behind a reference code (S0.8), its saved copy (S0.9) and its QR
//! code, and a word about the service.
//!
//! A page is open to whoever has its code. So it shows the name that the sender goes by and what
//! they said, and neither their address nor who else was shown the product. No script runs on it,
//! and it loads nothing but pictures: ours, and others over https.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, RawQuery, State, rejection::PathRejection},
    http::{StatusCode, header},
    middleware::from_fn,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};

use super::{
    answer::{Keep, answer, tag, with_safety},
    archive::Archive,
    download::{copy, file},
    layout::{Nothing, adding, home, in_time, notice},
    qr::Qr,
    reader::{Reader, parameter},
    share_page::{self, Part},
    site::{Site, Unavailable, others_first},
};
use crate::{
    domain::{
        id::RefCode,
        picture::{Kind, PictureHash, Thumbnail},
        share::Page,
    },
    share::page::PageAnswer,
};

/// The public listener: `/`, `/s/CODE` and what lies below it, for GET and HEAD.
///
/// An unknown or expired code is answered 404, one that was taken back 410, a failed look-up, or one
/// of more than 5 s, 503.
pub fn router(site: Site, archive: &Archive) -> Router {
    let (pages, files) = (archive.clone(), archive.clone());
    let file = move |hash, kind| files.clone().picture(hash, kind);
    showing(site, move |code| pages.clone().page(code), file)
}

/// The same of whatever `look_up` opens, with the pictures of which `file` has the bytes.
fn showing<F, Opening, G, Reading>(site: Site, look_up: F, file: G) -> Router
where
    F: Fn(RefCode) -> Opening + Clone + Send + Sync + 'static,
    Opening: Future<Output = Result<PageAnswer, Unavailable>> + Send + 'static,
    G: Fn(PictureHash, Kind) -> Reading + Clone + Send + Sync + 'static,
    Reading: Future<Output = Result<Option<Vec<u8>>, Unavailable>> + Send + 'static,
{
    let opening = look_up.clone();
    let page =
        async move |State(site): State<Arc<Site>>, reader: Reader, code: CodePath| match in_time(
            open(&opening, code),
        )
        .await
        {
            Ok(page) => share_page::page(&site, &reader, &page),
            Err(nothing) => notice(&site, &reader, nothing),
        };
    let copy = async move |State(site): State<Arc<Site>>, reader: Reader, code: CodePath| {
        let found = async {
            let page = open(&look_up, code).await?;
            let there = there(&file, &page).await?;
            Ok::<_, Nothing>((page, there))
        };
        let copied = match in_time(found).await {
            Ok((page, there)) => copied(&site, &reader, &page, &there, file.clone()),
            Err(nothing) => Err(nothing),
        };
        copied.unwrap_or_else(|nothing| notice(&site, &reader, nothing))
    };
    Router::new()
        .route("/s/{code}", get(page))
        .route("/s/{code}/offline.html", get(copy))
        .route("/s/{code}/qr.svg", get(qr_svg))
        .route("/s/{code}/qr.png", get(qr_png))
        .route("/s", get(find))
        .route("/qr.svg", get(contact_svg))
        .route("/favicon.svg", get(favicon))
        .route("/", get(async |State(site): State<Arc<Site>>, reader: Reader| home(&site, &reader)))
        .fallback(astray)
        .layer(from_fn(with_safety))
        .with_state(Arc::new(site))
}

type CodePath = Result<Path<String>, PathRejection>;

async fn open<F, Opening>(look_up: &F, code: CodePath) -> Result<Box<Page>, Nothing>
where
    F: Fn(RefCode) -> Opening,
    Opening: Future<Output = Result<PageAnswer, Unavailable>>,
{
    let code = parsed(code).ok_or(Nothing::Unknown)?;
    match look_up(code).await {
        Ok(PageAnswer::Found(page)) => Ok(page),
        Ok(PageAnswer::Unknown) => Err(Nothing::Unknown),
        Ok(PageAnswer::Revoked) => Err(Nothing::Revoked),
        Err(Unavailable) => Err(Nothing::Unavailable),
    }
}

/// The pictures of ours on a page that are there: one for each product at most. They are looked at
/// one after the other, and not kept.
pub(super) async fn there<G, Reading>(
    file: &G,
    page: &Page,
) -> Result<Vec<Arc<Thumbnail>>, Unavailable>
where
    G: Fn(PictureHash, Kind) -> Reading,
    Reading: Future<Output = Result<Option<Vec<u8>>, Unavailable>>,
{
    let mut there = Vec::with_capacity(page.pictures.len());
    for it in page.pictures.values() {
        there.extend(file(it.hash, it.kind).await?.map(|_| Arc::clone(it)));
    }
    Ok(there)
}

/// The copy of a page, under the name of the first product.
fn copied<G, Reading>(
    site: &Site,
    reader: &Reader,
    page: &Page,
    there: &[Arc<Thumbnail>],
    read: G,
) -> Result<Response, Nothing>
where
    G: Fn(PictureHash, Kind) -> Reading + Send + Sync + 'static,
    Reading: Future<Output = Result<Option<Vec<u8>>, Unavailable>> + Send + 'static,
{
    let text = share_page::copy_html(site, reader, page, there).map_err(|error| {
        tracing::error!(%error, "cannot write a page");
        Nothing::Unavailable
    })?;
    let name = page.products.first().map_or("", |product| product.name(&reader.tag));
    let name = share_page::attachment(name, page.ref_code, "html");
    // The names of the pictures are in it, so what it follows from is.
    let tag = tag(text.as_bytes());
    let length = share_page::length(&text, there);
    let body = copy(|mut out| async move {
        for part in share_page::parts(&text) {
            match part {
                Part::Text(text) => out.put(text).await?,
                Part::Picture(hash, kind) => {
                    let bytes = read(hash, kind).await?;
                    share_page::inlined(&mut out, kind, bytes).await?;
                }
                Part::Said => {}
            }
        }
        Ok(out)
    });
    let mut response = file(body, Keep::Minute, "text/html; charset=utf-8", &name);
    let headers = response.headers_mut();
    headers.extend(tag.map(|tag| (header::ETAG, tag)));
    headers.insert(header::CONTENT_LENGTH, length.into());
    Ok(response)
}

fn parsed(code: CodePath) -> Option<RefCode> {
    RefCode::parse(&code.ok()?.0)
}

async fn astray(State(site): State<Arc<Site>>, reader: Reader) -> Response {
    notice(&site, &reader, Nothing::Astray)
}

/// Where the form leads that takes a code: `/s?code=7k3qx-m2np8`.
async fn find(
    State(site): State<Arc<Site>>,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Response {
    let code = query.and_then(|query| RefCode::parse(&parameter(&query, "code")?));
    match code {
        Some(code) => {
            Redirect::to(&format!("{}/s/{code}{}", site.root(), reader.query())).into_response()
        }
        None => notice(&site, &reader, Nothing::Unknown),
    }
}

/// The address of a page as a QR code. It follows from the code alone and nothing is looked up, so
/// it says nothing about whether the page is there.
fn qr(site: &Site, code: CodePath) -> Option<Qr> {
    Qr::of(&site.page_of(parsed(code)?))
}

async fn qr_svg(State(site): State<Arc<Site>>, reader: Reader, code: CodePath) -> Response {
    others_first().await;
    match qr(&site, code) {
        Some(code) => answer(StatusCode::OK, Keep::Day, "image/svg+xml", code.svg()),
        None => notice(&site, &reader, Nothing::Unknown),
    }
}

async fn qr_png(State(site): State<Arc<Site>>, reader: Reader, code: CodePath) -> Response {
    others_first().await;
    match qr(&site, code).and_then(|code| code.png()) {
        Some(file) => answer(StatusCode::OK, Keep::Day, "image/png", file),
        None => notice(&site, &reader, Nothing::Unknown),
    }
}

/// Adding the contact, as a QR code.
async fn contact_svg(State(site): State<Arc<Site>>, reader: Reader) -> Response {
    others_first().await;
    match Qr::of(&adding(&site)) {
        Some(code) => answer(StatusCode::OK, Keep::Day, "image/svg+xml", code.svg()),
        None => notice(&site, &reader, Nothing::Astray),
    }
}

async fn favicon() -> Response {
    let picture = include_str!("templates/favicon.svg");
    answer(StatusCode::OK, Keep::Week, "image/svg+xml", picture)
}

#[cfg(test)]
mod tests;
