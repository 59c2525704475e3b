//! What the service does, one function per use case. Every function works inside a transaction
//! that an edge has opened, and refuses before it writes.

pub mod account;
pub mod account_link;
pub mod address_book;
pub mod aftermath;
pub mod answer;
pub mod called;
pub mod card_desk;
pub mod card_link;
pub mod card_page;
pub mod collected;
pub mod commit;
pub mod consent;
pub mod delivery;
pub mod erase;
pub mod export;
pub mod forget;
pub mod give;
pub mod invitation;
pub mod invites;
pub mod key;
pub mod letter;
pub mod notice;
pub mod own_card;
pub mod page;
pub mod picture;
pub mod proof;
pub mod report;
pub mod saved;
pub mod send;
pub mod share;
pub mod shelf;
mod shown;
pub mod stream;
pub mod tray;
pub mod typed;
pub mod unfinished;
pub mod waits;

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use crate::{
    domain::{
        address::domain_of, clock::Millis, consent::Ask, id::Chance, name::Reserved, site::site,
    },
    limits::Limits,
    metrics::Metrics,
};

/// What the rules of an operation may depend on besides the database.
#[derive(Debug, Clone)]
pub struct World {
    /// The time at which the operation happens, once for the whole of it.
    pub now: Millis,
    /// Where ids, codes and spreads come from.
    pub chance: Chance,
    /// Whether pictures are fetched: the operator's `pictures.fetch`.
    pub pictures: bool,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// What the operator lets people do.
    pub rules: Arc<Rules>,
    /// How many rows more the transaction moves on for whoever has come or said something.
    pub rows: Rows,
}

/// How many rows one transaction may still move on, for all of those together of whom something is
/// done in it. Whoever finds none goes on in a transaction of their own
/// ([`crate::domain::unfinished`]). Without a bound by default.
#[derive(Debug, Clone)]
pub struct Rows(Arc<AtomicI64>);

impl Default for Rows {
    fn default() -> Self {
        Self::up_to(i64::MAX)
    }
}

impl Rows {
    /// So many.
    #[must_use]
    pub fn up_to(most: i64) -> Self {
        Self(Arc::new(AtomicI64::new(most)))
    }

    /// How many of `wanted` there are left; it may be none.
    #[must_use]
    pub fn left(&self, wanted: i64) -> i64 {
        wanted.min(self.0.load(Ordering::Relaxed)).max(0)
    }

    /// So many were moved.
    pub fn took(&self, rows: impl TryInto<i64>) {
        self.0.fetch_sub(rows.try_into().unwrap_or(0), Ordering::Relaxed);
    }
}

impl World {
    /// The moment that parts what was done until now from what comes, for what is told apart by it
    /// in a later transaction ([`Chance::moment`]). It may lie ahead of `now`.
    #[must_use]
    pub fn moment(&self) -> Millis {
        self.chance.moment(self.now)
    }

    /// Under what the people of another server's site are counted together: whoever has a server has
    /// as many accounts as they like. None for those of the service's own. No account is called so,
    /// for an address has something before its `@`.
    #[must_use]
    pub fn other_site(&self, account: &str) -> Option<String> {
        let domain = domain_of(account);
        let is_own = self.rules.limits.host().is_none_or(|host| host == domain);
        (!is_own).then(|| format!("@{}", site(domain)))
    }
}

/// What the operator lets people do.
#[derive(Debug)]
pub struct Rules {
    /// When people are asked who have not said when: the operator's `consent.ask`.
    pub ask: Ask,
    /// How much of everything: the operator's `limits`.
    pub limits: Limits,
    /// Names that nobody may go by.
    pub reserved: Reserved,
}

impl Rules {
    /// Nobody is asked, and nothing is limited.
    #[must_use]
    pub fn open() -> Self {
        Self { ask: Ask::Never, limits: Limits::none(), reserved: Reserved::default() }
    }
}
