//! How much of something each may have at one time, so that nobody has all of it. Nothing is kept
//! about whoever has none.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What each has now, and the most that each may have.
#[derive(Debug)]
pub(super) struct Slots<K> {
    held: Arc<Mutex<HashMap<K, usize>>>,
    most: usize,
}

impl<K> Clone for Slots<K> {
    fn clone(&self) -> Self {
        Self { held: Arc::clone(&self.held), most: self.most }
    }
}

impl<K: Eq + Hash + Clone> Slots<K> {
    /// At most `most` for each.
    pub(super) fn new(most: usize) -> Self {
        Self { held: Arc::default(), most }
    }

    /// One for `who`, until what is answered is dropped; none when he has as many as he may.
    pub(super) fn take(&self, who: K) -> Option<Slot<K>> {
        let mut all = held(&self.held);
        let count = all.entry(who.clone()).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Slot { who, held: Arc::clone(&self.held) })
    }
}

/// One of somebody's, until this is dropped.
#[derive(Debug)]
pub(super) struct Slot<K: Eq + Hash> {
    who: K,
    held: Arc<Mutex<HashMap<K, usize>>>,
}

impl<K: Eq + Hash> Drop for Slot<K> {
    fn drop(&mut self) {
        let mut all = held(&self.held);
        if let Some(count) = all.get_mut(&self.who) {
            *count -= 1;
            if *count == 0 {
                all.remove(&self.who);
            }
        }
    }
}

fn held<K>(all: &Mutex<HashMap<K, usize>>) -> MutexGuard<'_, HashMap<K, usize>> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_as_many_as_he_may_and_nothing_stays_of_who_has_none() {
        let slots = Slots::new(2);
        let (one, two) = (slots.take("a").expect("one"), slots.take("a").expect("two"));
        assert!(slots.take("a").is_none());
        assert!(slots.take("b").is_some(), "others have their own");
        drop(one);
        let again = slots.take("a").expect("again");
        drop((two, again));
        assert!(held(&slots.held).is_empty());
    }
}
