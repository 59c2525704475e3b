//! How much of something each may have at one time, so that nobody has all of it. Nothing is kept
//! about whoever has none.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

/// What each has now, and the most that each may have.
#[derive(Debug)]
pub(super) struct Slots<K> {
    held: Arc<Mutex<HashMap<K, usize>>>,
    freed: Arc<Notify>,
    most: usize,
}

impl<K> Clone for Slots<K> {
    fn clone(&self) -> Self {
        Self { held: Arc::clone(&self.held), freed: Arc::clone(&self.freed), most: self.most }
    }
}

impl<K: Eq + Hash + Clone> Slots<K> {
    /// At most `most` for each.
    pub(super) fn new(most: usize) -> Self {
        Self { held: Arc::default(), freed: Arc::default(), most }
    }

    /// One for `who`, until what is answered is dropped; none when they have as many as they may.
    pub(super) fn take(&self, who: K) -> Option<Slot<K>> {
        self.take_some(who, 1)
    }

    /// As many for `who`.
    pub(super) fn take_some(&self, who: K, some: usize) -> Option<Slot<K>> {
        let mut all = held(&self.held);
        let before = all.get(&who).copied().unwrap_or_default();
        let count = before.checked_add(some).filter(|count| *count <= self.most)?;
        all.insert(who.clone(), count);
        let (held, freed) = (Arc::clone(&self.held), Arc::clone(&self.freed));
        Some(Slot { who, some, held, freed })
    }

    /// One for `who`, as soon as there is one.
    pub(super) async fn turn(&self, who: K) -> Slot<K> {
        loop {
            let freed = self.freed.notified();
            if let Some(slot) = self.take(who.clone()) {
                return slot;
            }
            freed.await;
        }
    }
}

/// Some of somebody's, until this is dropped.
#[derive(Debug)]
pub(super) struct Slot<K: Eq + Hash> {
    who: K,
    some: usize,
    held: Arc<Mutex<HashMap<K, usize>>>,
    freed: Arc<Notify>,
}

impl<K: Eq + Hash> Drop for Slot<K> {
    fn drop(&mut self) {
        let mut all = held(&self.held);
        if let Some(count) = all.get_mut(&self.who) {
            *count -= self.some;
            if *count == 0 {
                all.remove(&self.who);
            }
        }
        drop(all);
        // Whoever waits looks again, in no order, and so may somebody who has just come.
        self.freed.notify_waiters();
    }
}

fn held<K>(all: &Mutex<HashMap<K, usize>>) -> MutexGuard<'_, HashMap<K, usize>> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn whoever_waits_has_the_next_of_theirs_and_nobody_elses() {
        let slots = Slots::new(1);
        let (one, other) = (slots.take("a").expect("one"), slots.take("b").expect("another's"));
        let mut next = Box::pin(slots.turn("a"));
        assert!(next.as_mut().now_or_never().is_none());
        drop(other);
        assert!(next.as_mut().now_or_never().is_none());
        drop(one);
        assert!(next.now_or_never().is_some());
    }

    #[test]
    fn each_has_as_many_as_they_may_and_nothing_stays_of_who_has_none() {
        let slots = Slots::new(2);
        let (one, two) = (slots.take("a").expect("one"), slots.take("a").expect("two"));
        assert!(slots.take("a").is_none());
        assert!(slots.take("b").is_some(), "others have their own");
        drop(one);
        let again = slots.take("a").expect("again");
        drop((two, again));
        assert!(held(&slots.held).is_empty());
        let both = slots.take_some("a", 2).expect("two at once");
        assert!(slots.take("a").is_none() && slots.take_some("b", 3).is_none());
        drop(both);
        assert!(held(&slots.held).is_empty(), "whoever was refused is not remembered");
    }
}
