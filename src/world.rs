//! What every use case gets: the time, chance, what the operator allows, and how many rows it may
//! move on before it leaves the rest to the next transaction.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use uuid::Uuid;

use crate::{
    db::{self, Tx},
    domain::{
        address::domain_of, clock::Millis, consent::Ask, id::Chance, name::Reserved, site::site,
        unfinished::Unfinished,
    },
    limits::Limits,
    metrics::Metrics,
};

/// Rows that one pass over a timer or a release moves at the most.
pub const PASS: i64 = 500;

/// Where the next portion of something goes on: at a moment or behind it, and behind the name of what stood
/// there. The first place is before all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor(pub Millis, pub Uuid);

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

/// How many rows one transaction may still move on, for all those together for whom something is
/// done in it. Work that finds none left goes on in a transaction of its own
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

    /// What can be gone on with is put down: the account, what it is, and what else it is about. One
    /// portion of each account in turn, and the people of another server's site take turns together.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn put_unfinished(
        &self,
        tx: &mut Tx,
        what: (&str, Unfinished, &str),
        since: Millis,
    ) -> db::Result<()> {
        tx.put_in_turn(what, since, &self.turn_of(what.0), false).await
    }

    /// The same, before all else.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn put_first(
        &self,
        tx: &mut Tx,
        what: (&str, Unfinished, &str),
        since: Millis,
    ) -> db::Result<()> {
        tx.put_in_turn(what, since, &self.turn_of(what.0), true).await
    }

    /// Whose turn what `account` asks for takes.
    #[must_use]
    pub fn turn_of(&self, account: &str) -> String {
        self.other_site(account).unwrap_or_else(|| account.to_owned())
    }

    /// [`Rules::other_site`]
    #[must_use]
    pub fn other_site(&self, account: &str) -> Option<String> {
        self.rules.other_site(account)
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

    /// Under what the people of another server's site are counted together: whoever has a server has
    /// as many accounts as they like. None for those of the service's own. No account is called so,
    /// for an address has something before its `@`.
    #[must_use]
    pub fn other_site(&self, account: &str) -> Option<String> {
        let domain = domain_of(account);
        let is_own = self.limits.host().is_none_or(|host| host == domain);
        (!is_own).then(|| format!("@{}", site(domain)))
    }
}

/// Whether `rows` are as many as were asked for, so that there may be more.
pub(crate) fn is_full(rows: impl TryInto<i64>, limit: i64) -> bool {
    rows.try_into().is_ok_and(|rows| rows >= limit)
}
