//! How many different phone numbers somebody asks after in a day.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use governor::clock;

use super::buckets::Ticks;

/// People that may be remembered before those are looked for of whom nothing is.
const FEW: usize = 1_024;
const DAY: Duration = Duration::from_hours(24);

/// Which numbers each has asked after. Only those are remembered who have shown a number of their
/// own, and of each no more than he may ask after.
#[derive(Debug)]
pub(super) struct Numbers {
    most: usize,
    ticks: Ticks,
    hasher: RandomState,
    /// By who asks: hashes of the numbers, and until when each counts.
    asked: Mutex<HashMap<u64, Vec<(u64, Duration)>>>,
}

impl Numbers {
    pub(super) fn new(most: u32, ticks: &Ticks) -> Option<Self> {
        let most = usize::try_from(most).ok().filter(|most| *most > 0)?;
        let (ticks, hasher) = (ticks.clone(), RandomState::new());
        Some(Self { most, ticks, hasher, asked: Mutex::default() })
    }

    pub(super) fn take(&self, who: &str, numbers: &[String]) -> bool {
        let now = clock::Clock::now(&self.ticks);
        let mut all = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= FEW {
            all.retain(|_, asked| asked.iter().any(|(_, until)| *until > now));
        }
        let asked = all.entry(self.hasher.hash_one(who)).or_default();
        asked.retain(|(_, until)| *until > now);
        let mut new: Vec<u64> = numbers.iter().map(|it| self.hasher.hash_one(it)).collect();
        new.retain(|number| asked.iter().all(|(known, _)| known != number));
        let fits = asked.len() + new.len() <= self.most;
        if fits {
            asked.extend(new.into_iter().map(|number| (number, now + DAY)));
        }
        fits
    }
}
