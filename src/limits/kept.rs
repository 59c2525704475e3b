//! How much is kept on the disk anew: for an account, a server, all other servers, everybody.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use governor::clock::Clock;

use super::{
    Rates,
    buckets::{MOST, SHARED, Ticks},
    rate::of_others,
};
use crate::domain::site::site;

const HOUR: Duration = Duration::from_hours(1);
const MIB: u64 = 1 << 20;

/// How much is kept anew. It is counted when it is kept, however much that is; whoever has had an
/// hour's measure has nothing more kept until so much of it has come back.
#[derive(Debug)]
pub(super) struct Kept {
    account: Option<Hour>,
    server: Option<Hour>,
    others: Option<Hour>,
    total: Option<Hour>,
    ticks: Ticks,
}

impl Kept {
    pub(super) fn new(rates: &Rates, ticks: &Ticks) -> Self {
        Self {
            account: Hour::new(rates.kept),
            server: Hour::new(rates.domain_kept),
            others: Hour::new(of_others(rates.total_kept)),
            total: Hour::new(rates.total_kept),
            ticks: ticks.clone(),
        }
    }

    /// Counts so many bytes that were kept for `who`, of another `server`.
    pub(super) fn add(&self, who: &str, server: Option<&str>, bytes: u64) {
        let now = self.ticks.now();
        self.each(who, server, |hour, key| hour.add(key, bytes, now));
    }

    /// After how long something is kept for `who` again, of another `server`; none when it is now.
    pub(super) fn wait(&self, who: &str, server: Option<&str>) -> Option<Duration> {
        let (now, mut wait) = (self.ticks.now(), None);
        self.each(who, server, |hour, key| wait = wait.max(hour.wait(key, now)));
        wait
    }

    fn each(&self, who: &str, server: Option<&str>, mut f: impl FnMut(&Hour, &str)) {
        self.account.iter().for_each(|hour| f(hour, who));
        if let Some(server) = server {
            self.server.iter().for_each(|hour| f(hour, &site(server)));
            self.others.iter().for_each(|hour| f(hour, ""));
        }
        self.total.iter().for_each(|hour| f(hour, ""));
    }
}

/// A measure of so many bytes in an hour, for everybody apart (GCRA that may be overdrawn).
#[derive(Debug)]
struct Hour {
    bytes: u64,
    /// When all of a measure is there again.
    whole: Mutex<HashMap<u64, Duration>>,
    hasher: RandomState,
}

impl Hour {
    /// Of so many MiB; without a limit when that is 0.
    fn new(mebibytes: u32) -> Option<Self> {
        let bytes = u64::from(mebibytes) * MIB;
        let (whole, hasher) = (Mutex::default(), RandomState::new());
        (bytes > 0).then_some(Self { bytes, whole, hasher })
    }

    fn add(&self, key: &str, bytes: u64, now: Duration) {
        let mut key = self.hasher.hash_one(key);
        let mut whole = self.whole.lock().unwrap_or_else(PoisonError::into_inner);
        if whole.len() >= MOST && !whole.contains_key(&key) {
            whole.retain(|_, at| *at > now);
            if whole.len() >= MOST {
                key %= SHARED;
            }
        }
        let at = whole.entry(key).or_default();
        let takes = u128::from(bytes) * HOUR.as_nanos() / u128::from(self.bytes);
        *at = (*at).max(now) + Duration::from_nanos(u64::try_from(takes).unwrap_or(u64::MAX));
    }

    fn wait(&self, key: &str, now: Duration) -> Option<Duration> {
        let key = self.hasher.hash_one(key);
        let whole = self.whole.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = whole.len() >= MOST && !whole.contains_key(&key);
        let at = whole.get(&if is_full { key % SHARED } else { key })?;
        at.checked_sub(now + HOUR).filter(|wait| !wait.is_zero())
    }
}
