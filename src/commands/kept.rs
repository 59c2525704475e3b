//! What is remembered for a while and may be forgotten: half-finished dialogues, open forms,
//! pictures and recordings that wait for their share, who was helped lately. Nothing that was promised.

use std::{collections::HashMap, hash::Hash, time::Duration};

use crate::domain::clock::Millis;

/// How long a dialogue, a form or a picture waits for what belongs to it.
pub const LIFE: Duration = Duration::from_mins(10);

/// Things by key, each for a while, and no more than so many: the oldest makes room.
#[derive(Debug)]
pub struct Kept<K, V> {
    life: Duration,
    most: usize,
    things: HashMap<K, (Millis, V)>,
}

impl<K: Hash + Eq + Clone, V> Kept<K, V> {
    /// Keeps each thing for `life`, and at most `most` of them.
    #[must_use]
    pub fn new(life: Duration, most: usize) -> Self {
        Self { life, most, things: HashMap::new() }
    }

    /// Keeps `thing`, in place of what was there.
    pub fn put(&mut self, key: K, thing: V, now: Millis) {
        if self.things.len() >= self.most && !self.things.contains_key(&key) {
            let life = self.life;
            self.things.retain(|_, (since, _)| now.since(*since) < life);
            if self.things.len() >= self.most
                && let Some(oldest) = self.oldest()
            {
                self.things.remove(&oldest);
            }
        }
        self.things.insert(key, (now, thing));
    }

    /// Gives it out, and keeps it no longer. None when its time is over.
    pub fn take(&mut self, key: &K, now: Millis) -> Option<V> {
        let (since, thing) = self.things.remove(key)?;
        (now.since(since) < self.life).then_some(thing)
    }

    /// Shows it. None when its time is over.
    #[must_use]
    pub fn get(&self, key: &K, now: Millis) -> Option<&V> {
        let (since, thing) = self.things.get(key)?;
        (now.since(*since) < self.life).then_some(thing)
    }

    /// Whether it was there and its time is over.
    #[must_use]
    pub fn is_over(&self, key: &K, now: Millis) -> bool {
        self.things.contains_key(key) && self.get(key, now).is_none()
    }

    fn oldest(&self) -> Option<K> {
        let oldest = self.things.iter().min_by_key(|(_, (since, _))| *since);
        oldest.map(|(key, _)| key.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_kept_for_its_time_and_no_longer() {
        let mut kept = Kept::new(Duration::from_mins(1), 10);
        kept.put("a", 1, Millis(0));
        assert_eq!(kept.get(&"a", Millis(59_999)), Some(&1));
        assert_eq!(kept.get(&"a", Millis(60_000)), None);
        assert!(kept.is_over(&"a", Millis(60_000)) && !kept.is_over(&"b", Millis(60_000)));
        assert_eq!(kept.take(&"a", Millis(60_000)), None);
        assert!(!kept.is_over(&"a", Millis(60_000)));
    }

    #[test]
    fn the_oldest_makes_room() {
        let mut kept = Kept::new(Duration::from_mins(1), 2);
        for (at, key) in [(0, "a"), (1, "b"), (2, "b"), (3, "c")] {
            kept.put(key, at, Millis(at));
        }
        assert_eq!(kept.get(&"a", Millis(3)), None);
        assert_eq!((kept.take(&"b", Millis(3)), kept.take(&"c", Millis(3))), (Some(2), Some(3)));
    }
}
