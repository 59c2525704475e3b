//! What is kept in memory on behalf of others: one budget, in bytes, that every map, session, body
//! and download draws from. What does not fit is refused where it comes in, so that nobody outside
//! decides how large the process becomes.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// The budget of a process, in bytes. Beside it stand the pictures of cards that were drawn last,
/// which have a bound of their own (`web/card_picture.rs`).
pub const MOST: usize = 32 << 20;

/// What memory is kept for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Dialogues and forms that are half filled in.
    Forms,
    /// Pictures and recordings in the chat that wait for their share.
    Files,
    /// Whose clients are there.
    Presence,
    /// Bodies of requests to the pages.
    Bodies,
    /// Downloads on their way out.
    Downloads,
}

impl Use {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 5] =
        [Self::Forms, Self::Files, Self::Presence, Self::Bodies, Self::Downloads];

    /// Its name on the page `/metrics`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Forms => "forms",
            Self::Files => "files",
            Self::Presence => "presence",
            Self::Bodies => "bodies",
            Self::Downloads => "downloads",
        }
    }
}

/// So many bytes and no more. Cheap to clone: all clones draw from the same.
#[derive(Debug, Clone)]
pub struct Budget(Arc<Pool>);

#[derive(Debug)]
struct Pool {
    most: usize,
    used: AtomicUsize,
    by_use: [AtomicUsize; Use::ALL.len()],
}

impl Budget {
    /// Of `most` bytes.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self(Arc::new(Pool { most, used: AtomicUsize::new(0), by_use: Default::default() }))
    }

    /// Takes `bytes`, to be given back when what is answered is dropped. None when so much is not
    /// left, or when one use would have more than half of all: the others go on.
    #[must_use]
    pub fn take(&self, what: Use, bytes: usize) -> Option<Hold> {
        let pool = &self.0;
        let add = |to: &AtomicUsize, most: usize| {
            let fits = |used: usize| used.checked_add(bytes).filter(|sum| *sum <= most);
            to.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok()
        };
        let of_use = pool.by_use.get(what as usize)?;
        if !add(of_use, self.most_of_one()) {
            return None;
        }
        if !add(&pool.used, pool.most) {
            of_use.fetch_sub(bytes, Ordering::Relaxed);
            return None;
        }
        Some(Hold { budget: self.clone(), what, bytes })
    }

    /// The most bytes that one use may have.
    #[must_use]
    pub fn most_of_one(&self) -> usize {
        self.0.most / 2
    }

    /// The bytes that `what` has now.
    #[must_use]
    pub fn used(&self, what: Use) -> usize {
        self.0.by_use.get(what as usize).map_or(0, |used| used.load(Ordering::Relaxed))
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::new(MOST)
    }
}

/// Bytes that were taken, until this is dropped.
#[derive(Debug)]
pub struct Hold {
    budget: Budget,
    what: Use,
    bytes: usize,
}

impl Hold {
    /// How many.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let pool = &self.budget.0;
        pool.used.fetch_sub(self.bytes, Ordering::Relaxed);
        if let Some(of_use) = pool.by_use.get(self.what as usize) {
            of_use.fetch_sub(self.bytes, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_is_given_back_and_no_use_has_more_than_half() {
        let budget = Budget::new(100);
        let held = budget.take(Use::Forms, 50).expect("half");
        assert!(budget.take(Use::Forms, 1).is_none(), "more than half");
        let other = budget.clone().take(Use::Files, 40).expect("of another use");
        assert!(budget.take(Use::Bodies, 11).is_none(), "more than all");
        assert_eq!((budget.used(Use::Forms), budget.used(Use::Bodies)), (50, 0));
        drop((held, other));
        assert!(Use::ALL.iter().all(|it| budget.used(*it) == 0));
        assert!(budget.take(Use::Bodies, usize::MAX).is_none());
        assert!(budget.take(Use::Bodies, 50).is_some());
    }

    #[test]
    fn each_use_has_a_place_of_its_own() {
        for (place, what) in Use::ALL.into_iter().enumerate() {
            assert_eq!(place, what as usize, "{}", what.name());
        }
    }
}
