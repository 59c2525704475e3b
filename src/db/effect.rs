//! What follows from a transaction outside the database, such as a count: done once it is kept, and
//! not at all when it was undone.

use std::fmt;

use super::savepoint::Savepoint;

/// One of them.
pub(super) type Effect = Box<dyn FnOnce() + Send>;

/// All of one transaction.
#[derive(Default)]
pub(super) struct Effects {
    all: Vec<Effect>,
    /// The savepoints that are open, each with how many there were then.
    open: Vec<(Savepoint, usize)>,
}

impl Effects {
    pub(super) fn add(&mut self, effect: Effect) {
        self.all.push(effect);
    }

    pub(super) fn mark(&mut self, of: Savepoint) {
        self.open.push((of, self.all.len()));
    }

    /// This savepoint is over, and whatever is open within it. If it `is_undone`, what was to follow
    /// since then does not.
    pub(super) fn settle(&mut self, of: Savepoint, is_undone: bool) {
        while let Some((open, mark)) = self.open.pop() {
            if open == of {
                if is_undone {
                    self.all.truncate(mark);
                }
                return;
            }
        }
    }

    pub(super) fn happen(self) {
        self.all.into_iter().for_each(|effect| effect());
    }
}

impl fmt::Debug for Effects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Effects").field("all", &self.all.len()).finish_non_exhaustive()
    }
}
