//! What somebody keeps (S0.9): `/k/TOKEN.html`, the page's copy with everything that was said, and
//! `/k/TOKEN.json`, the same for machines; and all that they have (`super::export`). Whoever has
//! the link sees what its owner may see, so it goes to nobody else, ends after seven days, and
//! nothing of it is cached.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State, rejection::PathRejection},
    middleware::from_fn,
    response::Response,
    routing::get,
};

use super::{
    answer::{Keep, with_safety},
    archive::Archive,
    download::{Downloads, file},
    export,
    layout::{Nothing, in_time, notice},
    page::there,
    reader::Reader,
    saved_json::document,
    share_page::{self, Part, inlined},
    site::Site,
};
use crate::{
    domain::{
        card::Card,
        picture::Thumbnail,
        saved::{Saved, Token},
    },
    share::saved::SavedAnswer,
    web::saying::said,
};

/// `/k/TOKEN.html`, `/k/TOKEN.json` and `/k/TOKEN.vcf`, for GET and HEAD.
///
/// They are read from `archive` as they are written. An unknown link, or one that is over, is
/// answered 404, one to a share that was taken back, or of somebody who has left, 410, one that is
/// followed too often 429, and a failed look-up, one of more than 5 s, or one too many at a time, 503.
pub fn router(site: Site, archive: Archive, downloads: Downloads) -> Router {
    let kept = async move |State(site): State<Arc<Site>>, reader: Reader, name: Name| {
        let found = follow(&site, archive.clone(), &downloads, name).await;
        found.unwrap_or_else(|why| notice(&site, &reader, why))
    };
    Router::new()
        .route("/k/{name}", get(kept))
        .layer(from_fn(with_safety))
        .with_state(Arc::new(site))
}

type Name = Result<Path<String>, PathRejection>;

/// What is asked for: of a share a page or data, of everything data or a card.
#[derive(Clone, Copy)]
enum Ending {
    Html,
    Json,
    Vcf,
}

async fn follow(
    site: &Arc<Site>,
    archive: Archive,
    downloads: &Downloads,
    name: Name,
) -> Result<Response, Nothing> {
    let asked = name.ok().and_then(|Path(name)| {
        let (token, ending) = name.split_once('.')?;
        let ending = match ending {
            "html" => Ending::Html,
            "json" => Ending::Json,
            "vcf" => Ending::Vcf,
            _ => return None,
        };
        Some((Token::parse(token)?, ending))
    });
    let (token, ending) = asked.ok_or(Nothing::Unsaved)?;
    let turn = match in_time(archive.whose(token)).await? {
        Some(owner) => Some(downloads.follow(&owner, token).await?),
        None => None,
    };
    let opened = in_time(archive.open(token)).await?;
    drop(turn);
    let site = Arc::clone(site);
    match (opened, ending) {
        (SavedAnswer::Found(saved), Ending::Html) => {
            let file = |hash, kind| archive.clone().picture(hash, kind);
            let there = in_time(there(&file, &saved.page)).await?;
            as_html(site, archive.clone(), downloads, saved, &there)
        }
        (SavedAnswer::Found(saved), Ending::Json) => as_json(site, archive, downloads, saved),
        (SavedAnswer::All(all), Ending::Json) => export::as_json(site, archive, downloads, all),
        (SavedAnswer::All(all), Ending::Vcf) => Ok(export::as_card(&all)),
        (SavedAnswer::Revoked, _) => Err(Nothing::Revoked),
        (SavedAnswer::Left, _) => Err(Nothing::Left),
        (SavedAnswer::Unknown | SavedAnswer::Found(_) | SavedAnswer::All(_), _) => {
            Err(Nothing::Unsaved)
        }
    }
}

fn as_html(
    site: Arc<Site>,
    archive: Archive,
    downloads: &Downloads,
    saved: Box<Saved>,
    there: &[Arc<Thumbnail>],
) -> Result<Response, Nothing> {
    let page = share_page::kept_html(&site, &saved, there).map_err(|error| {
        tracing::error!(%error, "cannot write a page");
        Nothing::Unavailable
    })?;
    let name = attachment(&saved, "html");
    let body = downloads.start(saved.owner.clone(), |mut out| async move {
        for part in share_page::parts(&page) {
            match part {
                Part::Text(text) => out.put(text).await?,
                Part::Said => said(&mut out, &site, &archive, &saved).await?,
                Part::Picture(hash, kind) => {
                    let file = out.turn(archive.clone().picture(hash, kind)).await?;
                    inlined(&mut out, kind, file).await?;
                }
            }
        }
        Ok(out)
    })?;
    Ok(file(body, Keep::Not, "text/html; charset=utf-8", &name))
}

fn as_json(
    site: Arc<Site>,
    archive: Archive,
    downloads: &Downloads,
    saved: Box<Saved>,
) -> Result<Response, Nothing> {
    let name = attachment(&saved, "json");
    let body = downloads.start(saved.owner.clone(), |mut out| async move {
        document(&mut out, &site, &archive, &saved).await?;
        out.put("\n").await?;
        Ok(out)
    })?;
    Ok(file(body, Keep::Not, "application/json", &name))
}

fn attachment(saved: &Saved, ending: &str) -> String {
    let page = &saved.page;
    let product = page.products.first().map(|product| product.name(saved.lang.code()));
    let name = product.or(saved.card.as_ref().map(Card::name)).unwrap_or_default();
    share_page::attachment(name, page.ref_code, ending)
}

#[cfg(test)]
mod tests;
