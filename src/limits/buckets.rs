//! One limit, for everybody apart (GCRA).

use std::{
    collections::hash_map::RandomState,
    hash::BuildHasher,
    num::NonZeroU32,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use governor::{
    Quota, RateLimiter, clock, middleware::NoOpMiddleware, state::keyed::HashMapStateStore,
};

use super::TooMuch;
use crate::domain::clock::{Clock, Millis};

/// Addresses of whom a limit remembers something at a time, at 32 bytes each. Beyond that,
/// strangers share [`SHARED`] measures.
pub(super) const MOST: usize = 16_384;
/// See [`MOST`].
pub(super) const SHARED: u64 = 1_024;
/// Addresses that may be remembered before those that have recovered are looked for first.
const FEW: usize = 1_024;
/// Seconds for which nothing is looked for again when everything was still in use.
const FULL: u64 = 10;

/// One limit, for everybody apart.
#[derive(Debug)]
pub(super) struct Buckets {
    limiter: RateLimiter<u64, HashMapStateStore<u64>, Ticks, NoOpMiddleware<Duration>>,
    ticks: Ticks,
    /// So that nobody can choose whose measure they share.
    hasher: RandomState,
    /// So many remembered, those that have recovered are forgotten.
    clean_at: AtomicUsize,
    /// Until when strangers share, in seconds of the clock.
    full_until: AtomicU64,
}

impl Buckets {
    pub(super) fn new(n: u32, within: Duration, ticks: &Ticks) -> Option<Self> {
        let n = NonZeroU32::new(n)?;
        let quota = Quota::with_period(within / n.get())?.allow_burst(n);
        Some(Self {
            limiter: RateLimiter::hashmap_with_clock(quota, ticks.clone()),
            ticks: ticks.clone(),
            hasher: RandomState::new(),
            clean_at: AtomicUsize::new(FEW),
            full_until: AtomicU64::new(0),
        })
    }

    pub(super) fn take(&self, key: &str, n: usize) -> Result<(), TooMuch> {
        let Some(n) = u32::try_from(n).ok().and_then(NonZeroU32::new) else { return Ok(()) };
        let key = self.key(key);
        match self.limiter.check_key_n(&key, n) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(not_until)) => {
                let wait = not_until.wait_time_from(clock::Clock::now(&self.ticks));
                // Whoever comes at the very second that they are told is not too early.
                Err(TooMuch::Now(Duration::from_secs(wait.as_secs() + 1)))
            }
            Err(capacity) => {
                Err(TooMuch::Ever { max: usize::try_from(capacity.0).unwrap_or(usize::MAX) })
            }
        }
    }

    /// What stands for `key`.
    fn key(&self, key: &str) -> u64 {
        let hash = self.hasher.hash_one(key);
        if self.limiter.len() < self.clean_at.load(Ordering::Relaxed) {
            return hash;
        }
        let now = clock::Clock::now(&self.ticks).as_secs();
        if now >= self.full_until.load(Ordering::Relaxed) {
            self.limiter.retain_recent();
            let left = self.limiter.len();
            self.clean_at.store((left * 2).clamp(FEW, MOST), Ordering::Relaxed);
            if left < MOST {
                return hash;
            }
            self.full_until.store(now + FULL, Ordering::Relaxed);
        }
        hash % SHARED
    }

    /// How many addresses are remembered.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.limiter.len()
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
}

impl clock::Clock for Ticks {
    type Instant = Duration;

    fn now(&self) -> Duration {
        match &self.clock {
            Clock::System => self.begun.elapsed(),
            Clock::Manual(_) => self.clock.now().since(Millis(0)),
        }
    }
}
