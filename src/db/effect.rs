//! What follows from a transaction outside the database, such as a count: done once it is kept, and
//! not at all when it was undone.

use std::fmt;

use super::savepoint::Savepoint;

/// One of them.
pub(super) type Effect = Box<dyn FnOnce() + Send>;

/// All of one transaction, with how many there were at each savepoint.
#[derive(Default)]
pub(super) struct Effects {
    all: Vec<Effect>,
    step: usize,
    part: usize,
}

impl Effects {
    pub(super) fn add(&mut self, effect: Effect) {
        self.all.push(effect);
    }

    pub(super) fn mark(&mut self, of: Savepoint) {
        *self.at(of) = self.all.len();
    }

    /// Those since this savepoint do not happen.
    pub(super) fn undo(&mut self, of: Savepoint) {
        let mark = *self.at(of);
        self.all.truncate(mark);
    }

    pub(super) fn happen(self) {
        self.all.into_iter().for_each(|effect| effect());
    }

    fn at(&mut self, of: Savepoint) -> &mut usize {
        match of {
            Savepoint::Step => &mut self.step,
            Savepoint::Part => &mut self.part,
        }
    }
}

impl fmt::Debug for Effects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Effects").field("all", &self.all.len()).finish_non_exhaustive()
    }
}
