//! Who may join by themselves.

use crate::domain::site::is_of;
use jid::BareJid;
use serde::{Serialize, Serializer};

/// Domains and addresses, or everybody.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Register {
    pub(super) everybody: bool,
    pub(super) entries: Vec<BareJid>,
}

impl Register {
    /// Whether `account` may register without an invitation, however its domain is written.
    #[must_use]
    pub fn allows(&self, account: &BareJid) -> bool {
        self.everybody || self.entries.iter().any(|entry| is_of(account, entry))
    }
}

impl Serialize for Register {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let everybody = self.everybody.then_some("*");
        to.collect_seq(everybody.into_iter().chain(self.entries.iter().map(|jid| jid.as_str())))
    }
}
