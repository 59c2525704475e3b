//! How many stanzas come in: of an account, of a server, of all other servers, of everybody.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use governor::clock::Clock;
use jid::BareJid;

use super::{
    Rates, TooMuch, WINDOW,
    buckets::{Buckets, Ticks},
};
use crate::domain::site::site;

/// Accounts of whom it is remembered that they are too fast.
const MOST: usize = 4_096;

/// How many stanzas of one kind come in.
#[derive(Debug)]
pub(super) struct Rate {
    account: Option<Buckets>,
    /// One server can make as many addresses as it likes.
    server: Option<Buckets>,
    /// All other servers together: a third of the total is left to the server's own people.
    others: Option<Buckets>,
    total: Option<Buckets>,
    /// Who is too fast, and until when. They use up nothing of what their server may meanwhile, or
    /// one account would speak for all of it.
    over: Mutex<HashMap<u64, Duration>>,
    hasher: RandomState,
    ticks: Ticks,
}

impl Rate {
    /// So many times what is allowed in a minute.
    pub(super) fn new(rates: &Rates, times: u32, ticks: &Ticks) -> Self {
        let minute = |n: u32| Buckets::new(n.saturating_mul(times), WINDOW, ticks);
        Self {
            account: minute(rates.stanzas),
            server: minute(rates.domain_stanzas),
            others: minute(of_others(rates.total_stanzas)),
            total: minute(rates.total_stanzas),
            over: Mutex::default(),
            hasher: RandomState::new(),
            ticks: ticks.clone(),
        }
    }

    /// Counts one of `from` as so many, or as a whole measure if that is less: what their server
    /// may, then what they may, then what all may. None when it is taken, else after how long the
    /// next one is.
    pub(super) fn take(&self, from: &BareJid, is_own: bool, n: usize) -> Option<Duration> {
        let now = self.ticks.now();
        let account = self.hasher.hash_one(from.as_str());
        let over = self.lock().get(&account).map(|until| until.saturating_sub(now));
        if let Some(wait) = over.filter(|wait| !wait.is_zero()) {
            return Some(wait);
        }
        let of = |buckets: &Option<Buckets>, key: &str| {
            let buckets = buckets.as_ref()?;
            let taken = match buckets.take(key, n) {
                Err(TooMuch::Ever { max }) => buckets.take(key, max),
                taken => taken,
            };
            taken.err().map(wait)
        };
        let site = site(from.domain().as_str());
        let others = |buckets, key| if is_own { None } else { of(buckets, key) };
        if let Some(wait) = others(&self.server, &site) {
            return Some(wait);
        }
        if let Some(wait) = of(&self.account, from.as_str()) {
            self.remember(account, now + wait, now);
            return Some(wait);
        }
        others(&self.others, "").or_else(|| of(&self.total, ""))
    }

    /// Of how many accounts something is remembered.
    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.account.as_ref().map_or(0, Buckets::len)
    }

    fn remember(&self, account: u64, until: Duration, now: Duration) {
        let mut over = self.lock();
        if over.len() >= MOST {
            over.retain(|_, until| *until > now);
        }
        if over.len() < MOST {
            over.insert(account, until);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Duration>> {
        self.over.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What other servers may of so many: all but a third, rounded up. Of one there is no third, and
/// none would be no limit.
pub(super) fn of_others(total: u32) -> u32 {
    (total - total.div_ceil(3)).max(total.min(1))
}

pub(super) fn wait(much: TooMuch) -> Duration {
    match much {
        TooMuch::Now(wait) => wait,
        TooMuch::Ever { .. } => WINDOW,
    }
}
