//! Whose something is, and how much of a whole one owner may have.

use std::{collections::hash_map::RandomState, hash::BuildHasher};

use jid::BareJid;

use crate::domain::site::site;

/// The most things that one account has.
pub(super) const ACCOUNT: usize = 16;
/// The part of all that one other server's people have at the most: one of so many.
pub(super) const SERVER: usize = 8;
/// The part that the people of all other servers have together: two of three. The rest is left to
/// the server's own people.
pub(super) const OTHERS: (usize, usize) = (2, 3);

/// Whose something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) account: u64,
    /// The owner of the account's server; none for the server's own people.
    pub(super) server: Option<u64>,
}

/// Tells owners by hashes of their addresses.
#[derive(Debug)]
pub(super) struct Owners {
    host: BareJid,
    hasher: RandomState,
}

impl Owners {
    /// `host`: the server's own domain.
    pub(super) fn new(host: &BareJid) -> Self {
        Self { host: host.clone(), hasher: RandomState::new() }
    }

    pub(super) fn of(&self, whose: &BareJid) -> Owner {
        let is_own = whose.domain() == self.host.domain();
        Owner {
            account: self.hasher.hash_one(whose.as_str()),
            server: (!is_own).then(|| self.hasher.hash_one(site(whose.domain().as_str()))),
        }
    }
}
