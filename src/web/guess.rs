//! Guesses: how often somebody has asked for what is not there. Whoever has guessed sixty times in
//! a minute is told that nothing is there, whatever they ask for, until the minute is over: so
//! nobody can go through codes, and whoever goes too fast learns nothing more.
//!
//! The table has one size, for ever: a network has two places in it, by a keyed hash, and is over
//! the mark when both are. So no number of networks makes it grow or has one forgotten, and a
//! network that shares one place with a guesser hardly ever shares the other.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::domain::{
    clock::{Clock, Millis},
    site::Network,
};

/// Misses of one network that are answered as they are, in a minute.
pub(super) const MOST: u32 = 60;
const MINUTE: Duration = Duration::from_mins(1);
/// Places in the table, each in both halves: 256 KiB in all.
const PLACES: usize = 8 * 1024;

/// The misses of the minute.
#[derive(Debug)]
pub(super) struct Misses {
    clock: Clock,
    halves: [RandomState; 2],
    places: Mutex<Vec<[Count; 2]>>,
}

/// What one place has counted since when.
#[derive(Debug, Clone, Copy)]
struct Count {
    since: Millis,
    count: u32,
}

impl Misses {
    pub(super) fn new(clock: Clock) -> Self {
        let none = Count { since: Millis(0), count: 0 };
        Self {
            clock,
            halves: [RandomState::new(), RandomState::new()],
            places: Mutex::new(vec![[none; 2]; PLACES]),
        }
    }

    /// How long `who` is told nothing; none as long as they guess no more than people mistype.
    pub(super) fn pause(&self, who: Network) -> Option<Duration> {
        let now = self.clock.now();
        let mut places = self.places();
        let mut pause = Duration::MAX;
        for half in 0..self.halves.len() {
            let place = self.place(&mut places, half, who)?;
            let rest = MINUTE.checked_sub(now.since(place.since)).filter(|it| !it.is_zero())?;
            if place.count < MOST || place.since > now {
                return None;
            }
            pause = pause.min(rest);
        }
        Some(pause)
    }

    /// Counts a miss.
    pub(super) fn count(&self, who: Network) {
        let now = self.clock.now();
        let mut places = self.places();
        for half in 0..self.halves.len() {
            let Some(place) = self.place(&mut places, half, who) else { continue };
            if now.since(place.since) >= MINUTE || place.since > now {
                *place = Count { since: now, count: 0 };
            }
            place.count = place.count.saturating_add(1);
        }
    }

    fn place<'a>(
        &self,
        places: &'a mut [[Count; 2]],
        half: usize,
        who: Network,
    ) -> Option<&'a mut Count> {
        let hash = self.halves.get(half)?.hash_one(who);
        let at = usize::try_from(hash % PLACES as u64).ok()?;
        places.get_mut(at)?.get_mut(half)
    }

    fn places(&self) -> MutexGuard<'_, Vec<[Count; 2]>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        net::{IpAddr, Ipv4Addr},
        sync::{
            Arc,
            atomic::{AtomicI64, Ordering},
        },
    };

    use super::*;

    fn network(n: u32) -> Network {
        Network::of(IpAddr::V4(Ipv4Addr::from_bits(n << 8)))
    }

    #[test]
    fn sixty_misses_in_a_minute_are_answered_and_then_a_minute_is_waited() {
        let time = Arc::new(AtomicI64::new(1_000_000));
        let misses = Misses::new(Clock::Manual(Arc::clone(&time)));
        for _ in 0..MOST {
            assert_eq!(misses.pause(network(1)), None);
            misses.count(network(1));
        }
        assert_eq!(misses.pause(network(1)), Some(MINUTE));
        assert_eq!(misses.pause(network(2)), None, "others go on");
        time.fetch_add(59_000, Ordering::SeqCst);
        assert_eq!(misses.pause(network(1)), Some(Duration::from_secs(1)));
        time.fetch_add(1_000, Ordering::SeqCst);
        assert_eq!(misses.pause(network(1)), None);
        misses.count(network(1));
        assert_eq!(misses.pause(network(1)), None, "it begins anew");
        // A clock that is set back makes nobody wait for ever.
        for _ in 0..MOST {
            misses.count(network(1));
        }
        time.store(0, Ordering::SeqCst);
        assert_eq!(misses.pause(network(1)), None);
    }

    #[test]
    fn a_hundred_guessing_networks_keep_nobody_else_from_looking() {
        let misses = Misses::new(Clock::Manual(Arc::new(AtomicI64::new(1_000_000))));
        for n in 0..100 {
            (0..MOST).for_each(|_| misses.count(network(n)));
            assert!(misses.pause(network(n)).is_some());
        }
        let kept = (1_000..11_000).filter(|n| misses.pause(network(*n)).is_some()).count();
        assert!(kept < 20, "{kept} of 10000");
        assert_eq!(misses.places().len(), PLACES);
    }
}
