//! When each of many numbered things began and ended.

use std::{
    sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed},
    time::Instant,
};

use serde_json::{Value, json};

/// Begin and end of things numbered from 0, in µs since this was made; 0 means not yet.
pub(crate) struct Times {
    origin: Instant,
    began: Box<[AtomicU32]>,
    ended: Box<[AtomicU32]>,
    done: AtomicUsize,
    again: AtomicUsize,
}

impl Times {
    pub(crate) fn new(number: usize) -> Self {
        let zeros = || (0..number).map(|_| AtomicU32::new(0)).collect();
        Self {
            origin: Instant::now(),
            began: zeros(),
            ended: zeros(),
            done: AtomicUsize::new(0),
            again: AtomicUsize::new(0),
        }
    }

    fn now(&self) -> u32 {
        u32::try_from(self.origin.elapsed().as_micros()).unwrap_or(u32::MAX).max(1)
    }

    pub(crate) fn begin(&self, n: usize) {
        if let Some(began) = self.began.get(n) {
            began.store(self.now(), Relaxed);
        }
    }

    /// Answers how many have ended with this one; none when it is unknown or had ended before.
    pub(crate) fn end(&self, n: usize) -> Option<usize> {
        let ended = self.ended.get(n)?;
        if ended.compare_exchange(0, self.now(), Relaxed, Relaxed).is_err() {
            self.again.fetch_add(1, Relaxed);
            return None;
        }
        Some(self.done.fetch_add(1, Relaxed) + 1)
    }

    /// How many have ended.
    pub(crate) fn done(&self) -> usize {
        self.done.load(Relaxed)
    }

    /// How many ends came for something that had ended.
    pub(crate) fn again(&self) -> usize {
        self.again.load(Relaxed)
    }

    /// From the first begin to the last end, seconds.
    pub(crate) fn span(&self) -> f64 {
        let first = self.began.iter().map(|began| began.load(Relaxed)).filter(|&at| at > 0).min();
        let last = self.ended.iter().map(|ended| ended.load(Relaxed)).max();
        f64::from(last.unwrap_or(0).saturating_sub(first.unwrap_or(0))) / 1e6
    }

    /// How many there are and how long they took, ms, of those that began in `[from, until)`.
    pub(crate) fn spread(&self, from: usize, until: usize) -> Value {
        let mut took = self
            .began
            .iter()
            .zip(&self.ended)
            .take(until)
            .skip(from)
            .map(|(began, ended)| (began.load(Relaxed), ended.load(Relaxed)))
            .filter(|&(_, ended)| ended > 0)
            .map(|(began, ended)| ended.saturating_sub(began))
            .collect::<Vec<_>>();
        took.sort_unstable();
        // The smallest value that at least `percent` of all do not pass.
        let at = |percent: usize| {
            let place = (took.len() * percent).div_ceil(100).max(1) - 1;
            took.get(place).map(|&micros| f64::from(micros) / 1e3)
        };
        json!({ "n": took.len(), "p50": at(50), "p99": at(99), "max": at(100) })
    }
}
