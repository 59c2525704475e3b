//! What the disk of the database takes.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use crate::{
    db::{self, fault},
    domain::clock::Millis,
};

/// How long a disk that was full counts as full: what changes nothing works meanwhile.
const FULL: Duration = Duration::from_secs(10);

/// When the disk was found full, or could not be written, for the last time.
#[derive(Debug)]
pub(crate) struct Disk(AtomicI64);

impl Default for Disk {
    fn default() -> Self {
        Self(AtomicI64::new(i64::MIN))
    }
}

impl Disk {
    pub(super) fn was_full(&self, now: Millis) -> bool {
        now.since(Millis(self.0.load(Ordering::Relaxed))) < FULL
    }

    /// Tells that the database did not take a group of so many. A full disk is told once: the log
    /// may lie on it.
    pub(crate) fn refused(&self, size: usize, error: &db::Error, now: Millis) {
        let is_full = fault::lacks_room(error);
        if is_full && self.was_full(now) {
            tracing::debug!(size, %error, "the database did not take a group");
        } else {
            tracing::error!(size, %error, "the database did not take a group");
        }
        if is_full {
            self.0.store(now.0, Ordering::Relaxed);
        }
    }
}
