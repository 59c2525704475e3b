//! One limit, for everybody apart (GCRA).

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use jid::BareJid;

use super::measure::TooMuch;
use crate::domain::{
    address::domain_of,
    clock::{Clock, Millis},
};

/// Addresses of whom a table remembers something at a time, at 32 bytes each. Beyond that, whoever is
/// not remembered shares one of [`SHARED`] measures.
pub(super) const MOST: usize = 16_384;
/// See [`MOST`].
pub(super) const SHARED: u64 = 1_024;
/// Addresses that may be remembered before those that have recovered are looked for.
const FEW: usize = 1_024;
/// How far apart those are looked for at the least while most are still in use.
const APART: u64 = 1_000_000_000;

/// One limit, for everybody apart. The server's own people have a table of their own: however many
/// strangers come, nobody of theirs shares a measure with them.
#[derive(Debug)]
pub(super) struct Buckets {
    /// A whole measure.
    most: u64,
    /// Nanoseconds until a whole measure is there again.
    within: u64,
    ticks: Ticks,
    host: Option<String>,
    /// So that nobody can choose whose measure they share.
    hasher: RandomState,
    own: Mutex<Table>,
    others: Mutex<Table>,
}

impl Buckets {
    /// Of so many `within` a time; none when that is no limit. `host`: the server's own domain.
    pub(super) fn new(
        most: u64,
        within: Duration,
        host: Option<&BareJid>,
        ticks: &Ticks,
    ) -> Option<Self> {
        let (own, others) = Default::default();
        (most > 0).then(|| Self {
            most,
            within: nanos(within),
            ticks: ticks.clone(),
            host: host.map(|host| host.domain().to_string()),
            hasher: RandomState::new(),
            own,
            others,
        })
    }

    /// Whether `key`, an account or whatever has a measure, may have so many more. Nothing is counted.
    pub(super) fn look(&self, key: &str, n: usize) -> Result<(), TooMuch> {
        let n = n as u64;
        if n > self.most {
            return Err(TooMuch::Ever { max: usize::try_from(self.most).unwrap_or(usize::MAX) });
        }
        let now = self.ticks.now();
        let whole = self.table(key).whole(self.hasher.hash_one(key), now);
        let wait = whole.saturating_add(self.takes(n)).saturating_sub(now + self.within);
        // Whoever comes at the very second that they are told is not too early.
        let told = || TooMuch::Now(Duration::from_secs(Duration::from_nanos(wait).as_secs() + 1));
        if wait == 0 { Ok(()) } else { Err(told()) }
    }

    /// The same; what is more than a measure is a whole one.
    pub(super) fn look_at_most(&self, key: &str, n: usize) -> Result<(), TooMuch> {
        self.look(key, self.at_most(n))
    }

    /// Counts so many, whether or not there are so many left: whoever has had more waits longer.
    fn add(&self, key: &str, n: u64) {
        let now = self.ticks.now();
        self.table(key).add(self.hasher.hash_one(key), self.takes(n), now);
    }

    /// The same; what is more than a measure is a whole one.
    pub(super) fn add_at_most(&self, key: &str, n: usize) {
        self.add(key, self.at_most(n) as u64);
    }

    /// Counts so many if anything is left, however little that is. Whether it was counted.
    pub(super) fn overdraw(&self, key: &str, n: u64) -> bool {
        let (now, hash) = (self.ticks.now(), self.hasher.hash_one(key));
        let mut table = self.table(key);
        let is_any_left = table.whole(hash, now) <= now + self.within;
        if is_any_left {
            table.add(hash, self.takes(n), now);
        }
        is_any_left
    }

    /// Counts so many if there are so many left.
    pub(super) fn take(&self, key: &str, n: usize) -> Result<(), TooMuch> {
        if n > 0 {
            self.look(key, n)?;
            self.add(key, n as u64);
        }
        Ok(())
    }

    fn at_most(&self, n: usize) -> usize {
        n.min(usize::try_from(self.most).unwrap_or(usize::MAX))
    }

    /// Nanoseconds in which so many come back.
    fn takes(&self, n: u64) -> u64 {
        let takes = u128::from(n) * u128::from(self.within) / u128::from(self.most);
        u64::try_from(takes).unwrap_or(u64::MAX)
    }

    /// Where the measure of `key` stands.
    fn table(&self, key: &str) -> MutexGuard<'_, Table> {
        let is_own = self.host.as_deref() == Some(domain_of(key));
        let table = if is_own { &self.own } else { &self.others };
        table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many addresses are remembered.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        [&self.own, &self.others].map(|it| it.lock().unwrap().whole.len()).iter().sum()
    }
}

/// When the measure of each is whole again, in nanoseconds of the clock.
#[derive(Debug)]
struct Table {
    whole: HashMap<u64, u64>,
    /// So many remembered, those that have recovered are forgotten.
    clean_at: usize,
    /// And not before.
    clean_after: u64,
}

impl Default for Table {
    fn default() -> Self {
        Self { whole: HashMap::new(), clean_at: FEW, clean_after: 0 }
    }
}

impl Table {
    fn whole(&mut self, hash: u64, now: u64) -> u64 {
        let key = self.key(hash, now);
        self.whole.get(&key).copied().unwrap_or_default().max(now)
    }

    fn add(&mut self, hash: u64, takes: u64, now: u64) {
        let key = self.key(hash, now);
        let at = self.whole.entry(key).or_default();
        *at = (*at).max(now).saturating_add(takes);
    }

    /// What stands for `hash`. Whoever is remembered keeps their measure, whoever comes.
    fn key(&mut self, hash: u64, now: u64) -> u64 {
        let len = self.whole.len();
        if len < self.clean_at || self.whole.contains_key(&hash) {
            return hash;
        }
        if now >= self.clean_after {
            self.whole.retain(|_, at| *at > now);
            let left = self.whole.len();
            self.clean_at = (left * 2).clamp(FEW, MOST);
            // Each that comes would look through all.
            self.clean_after = if left > MOST / 2 { now + APART } else { now };
        }
        if self.whole.len() < MOST { hash } else { hash % SHARED }
    }
}

/// Time that only goes on: from the start of the process, or from a test.
#[derive(Debug, Clone)]
pub(super) struct Ticks {
    begun: Instant,
    clock: Clock,
}

impl Ticks {
    pub(super) fn new(begun: Instant, clock: &Clock) -> Self {
        Self { begun, clock: clock.clone() }
    }

    /// In nanoseconds.
    pub(super) fn now(&self) -> u64 {
        nanos(match &self.clock {
            Clock::System => self.begun.elapsed(),
            Clock::Manual(_) => self.clock.now().since(Millis(0)),
        })
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
