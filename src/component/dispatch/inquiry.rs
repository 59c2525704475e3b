//! Questions of ours that are open, and who waits for the answers.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

use crate::component::{entity::Entity, inbound::Known};

/// What we ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// XEP-0012 §4
    Age,
    /// XEP-0050 §2.2
    Commands,
    /// XEP-0401 §3.2, which our server does for those whom it calls administrators.
    Account,
    /// XEP-0054 §3.3, of somebody's account.
    VCardTemp,
    /// XEP-0292 §3, of somebody's account.
    VCard4,
}

/// The questions that are open, by who was asked and their ids. An id has 64 random bits and an
/// answer counts only from whoever was asked, so nobody else answers.
#[derive(Debug, Default)]
pub struct Inquiries(Mutex<Open>);

pub(super) type Open = HashMap<(Entity, String), oneshot::Sender<Known>>;

impl Inquiries {
    /// Who waits for this answer, if it was asked for.
    pub(super) fn take(&self, from: &Entity, id: &str) -> Option<oneshot::Sender<Known>> {
        self.open().remove(&(from.clone(), id.to_owned()))
    }

    /// Whether this was asked of `from`.
    pub(super) fn awaits(&self, from: &Entity, id: &str) -> bool {
        self.open().contains_key(&(from.clone(), id.to_owned()))
    }

    /// A stream has begun: what was asked on the one before is not answered any more.
    pub(super) fn forget(&self) {
        self.open().clear();
    }

    pub(super) fn open(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
