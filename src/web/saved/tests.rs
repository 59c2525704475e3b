//! Whose measure and whose turns a link takes.

use std::sync::atomic::{AtomicI64, Ordering};

use axum::{body::Body, extract::Request, http::StatusCode};
use jid::BareJid;
use tempfile::TempDir;
use tower::ServiceExt;

use super::*;
use crate::{
    db::Db,
    domain::{
        clock::{Clock, Millis},
        id::Chance,
        lang::Lang,
    },
    leave::export::export,
    limits::{Limits, Rates},
    metrics::Metrics,
    world::{Rows, Rules, World},
};

const OWNER: &str = "romeo@x";

/// A link of Romeo's to all that Romeo has, and who follows it.
struct Place {
    archive: Archive,
    downloads: Downloads,
    rules: Arc<Rules>,
    at: Arc<AtomicI64>,
    path: String,
    _dir: TempDir,
}

impl Place {
    async fn new(rates: Rates) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("tradepost.db");
        let db = Db::open(&format!("sqlite:{}", file.display())).await.unwrap();
        let at = Arc::<AtomicI64>::default();
        let clock = Clock::Manual(Arc::clone(&at));
        let limits = Limits::new(rates, &clock);
        let rules = Arc::new(Rules { limits, ..Rules::open() });
        let world = World {
            now: Millis(0),
            chance: Chance::Counted(Arc::default()),
            pictures: false,
            metrics: Arc::new(Metrics::new()),
            rules: Arc::clone(&rules),
            rows: Rows::default(),
        };
        let mut tx = db.write().await.unwrap();
        tx.insert_account(OWNER, "en", world.now).await.unwrap();
        let token = export(&mut tx, &world, &BareJid::new(OWNER).unwrap()).await.unwrap();
        tx.commit().await.unwrap();
        let archive = Archive { db, clock, pictures: false };
        let downloads = Downloads::new(Arc::clone(&rules));
        Self { archive, downloads, rules, at, path: format!("/k/{token}.vcf"), _dir: dir }
    }

    async fn follow(&self) -> StatusCode {
        let site = Site {
            public_url: "https://verona.lit".into(),
            name: "Verona Trade".into(),
            contact: BareJid::new("share@share.verona.lit").unwrap(),
            lang: Lang::En,
        };
        let router = router(site, self.archive.clone(), self.downloads.clone());
        let request = Request::builder().uri(&self.path).body(Body::empty()).unwrap();
        router.oneshot(request).await.unwrap().status()
    }
}

#[tokio::test]
async fn whoever_follows_a_link_takes_nothing_of_what_its_owner_may_ask() {
    let place = Place::new(Rates { stanzas: 3, ..Rates::default() }).await;
    let limits = &place.rules.limits;
    for _ in 0..3 {
        assert_eq!(place.follow().await, StatusCode::OK);
    }
    assert_eq!(place.follow().await, StatusCode::TOO_MANY_REQUESTS, "of the link that is all");
    assert_eq!((0..9).filter(|_| limits.asks(&OWNER.parse().unwrap(), 0).is_none()).count(), 3);
}

#[tokio::test]
async fn a_link_waits_in_no_line_of_its_owners() {
    let place = Place::new(Rates::default()).await;
    let _searches = place.rules.limits.turn(OWNER).await.expect("a turn");
    assert_eq!(place.follow().await, StatusCode::OK);
}

#[tokio::test]
async fn a_link_that_is_over_costs_nobody_anything() {
    let place = Place::new(Rates { stanzas: 3, ..Rates::default() }).await;
    place.at.store(8 * 24 * 3_600_000, Ordering::SeqCst);
    let limits = &place.rules.limits;
    let _both = (limits.turn("a@x").await.expect("one"), limits.turn("b@x").await.expect("two"));
    for _ in 0..9 {
        assert_eq!(place.follow().await, StatusCode::NOT_FOUND);
    }
    assert_eq!((0..9).filter(|_| limits.asks(&OWNER.parse().unwrap(), 0).is_none()).count(), 3);
}
