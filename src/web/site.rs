//! What all pages know: the service they belong to, and how long they wait for the database.

use std::time::Duration;

use jid::BareJid;

use crate::{
    db,
    domain::{id::RefCode, lang::Lang},
};

/// How long a look-up may take before the page says to try again.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// What the pages say about the service itself.
#[derive(Debug, Clone)]
pub struct Site {
    /// How the pages are reached from outside, without a slash at the end.
    pub public_url: String,
    /// The name people see.
    pub name: String,
    /// Whom people talk to.
    pub contact: BareJid,
    /// For readers who do not say what they read.
    pub lang: Lang,
}

impl Site {
    /// The path in `public_url`, for links from one page to another: nothing, or `/tradepost`.
    pub(super) fn root(&self) -> &str {
        let (_, rest) = self.public_url.split_once("://").unwrap_or_default();
        rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default()
    }

    /// The address of the page behind `code`.
    pub(super) fn page_of(&self, code: RefCode) -> String {
        format!("{}/s/{code}", self.public_url)
    }
}

/// The database does not answer; the place that found out has logged why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unavailable;

/// `what` could not be looked up.
pub(super) fn lost(error: &db::Error, what: &str) -> Unavailable {
    tracing::warn!(%error, "cannot look up {what}");
    Unavailable
}

/// Drawing a code takes some milliseconds, and of what comes on one connection hyper has several
/// answered without a pause: each lets all other visitors' go before.
pub(super) async fn others_first() {
    tokio::task::yield_now().await;
}
