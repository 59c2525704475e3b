//! What the HTTP edge asks of the database: pages, cards, pictures, and whether we are of use.

use std::pin::Pin;

use super::leader::Lead;
use crate::{
    card::{self, page::CardPage},
    committer::Committer,
    db::{self, Db},
    domain::{
        clock::Clock,
        id::RefCode,
        picture::{Kind, PictureHash},
    },
    link::stream::{Outlet, Up},
    share::{self, page::PageAnswer},
    web::{health::NotReady, site::Unavailable},
};

/// An answer on its way.
type Looked<T> = Pin<Box<dyn Future<Output = Result<T, Unavailable>> + Send>>;

/// The page behind a code; with pictures of ours, if `pictures` are fetched.
pub(super) fn page(
    db: &Db,
    clock: &Clock,
    pictures: bool,
) -> impl Fn(RefCode) -> Looked<PageAnswer> + Clone + Send + Sync + 'static {
    let (db, clock) = (db.clone(), clock.clone());
    move |code| {
        let (db, now) = (db.clone(), clock.now());
        Box::pin(async move {
            let page =
                async { share::page::page(&mut db.read().await?, code, now, pictures).await };
            page.await.map_err(|error: db::Error| {
                tracing::warn!(%error, "cannot look up a page");
                Unavailable
            })
        })
    }
}

/// The card behind a link.
pub(super) fn card(
    db: &Db,
    clock: &Clock,
) -> impl Fn(String) -> Looked<Option<CardPage>> + Clone + Send + Sync + 'static {
    let (db, clock) = (db.clone(), clock.clone());
    move |token| {
        let (db, now) = (db.clone(), clock.now());
        Box::pin(async move {
            let card = async { card::page::open(&mut db.read().await?, now, &token).await };
            card.await.map_err(|error: db::Error| {
                tracing::warn!(%error, "cannot look up a card");
                Unavailable
            })
        })
    }
}

/// The file of a picture.
pub(super) fn picture(
    db: &Db,
) -> impl Fn(PictureHash, Kind) -> Looked<Option<Vec<u8>>> + Clone + Send + Sync + 'static {
    let db = db.clone();
    move |hash, kind| {
        let db = db.clone();
        Box::pin(async move {
            let file = async { share::picture::file(&mut db.read().await?, hash, kind).await };
            file.await.map_err(|error: db::Error| {
                tracing::warn!(%error, "cannot look up a picture");
                Unavailable
            })
        })
    }
}

type Reasons = Pin<Box<dyn Future<Output = Vec<NotReady>> + Send>>;

/// Why no work is taken now.
pub(super) fn readiness(
    db: &Db,
    committer: &Committer,
    clock: &Clock,
    outlet: &Outlet,
    lead: &Lead,
) -> impl Fn() -> Reasons + Clone + Send + Sync + 'static {
    let (db, up, lead) = (db.clone(), outlet.state(), lead.clone());
    let (committer, clock) = (committer.clone(), clock.clone());
    move || {
        let (db, up, lead) = (db.clone(), up.clone(), lead.clone());
        let lacks_room = committer.lacks_room(clock.now());
        Box::pin(async move {
            let mut reasons = Vec::new();
            if !lead.is_leading() {
                reasons.push(NotReady::Standby);
            } else if *up.borrow() == Up::Down {
                reasons.push(NotReady::StreamDown);
            }
            let answers = async { db.read().await?.database_now().await };
            if answers.await.is_err() {
                reasons.push(NotReady::Database);
            }
            if lacks_room {
                reasons.push(NotReady::Full);
            }
            reasons
        })
    }
}
