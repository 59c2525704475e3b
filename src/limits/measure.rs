//! How much the operator allows, and what it means that something is more.

use std::time::Duration;

use jid::BareJid;

use crate::domain::refusal::Refusal;

/// How long nobody is told again that they are too fast: the window of the stanza limits.
pub const WINDOW: Duration = Duration::from_mins(1);
/// The operator's numbers; 0 is no limit.
#[derive(Debug, Clone, Default)]
pub struct Rates {
    /// Stanzas of one account that ask for something, in a minute. Of those that settle something,
    /// or that nobody asked for, twenty times as many.
    pub stanzas: u32,
    /// The same of all accounts of one other server together, its subdomains among them.
    pub domain_stanzas: u32,
    /// The same of everybody, of which a third is for the server's own people.
    pub total_stanzas: u32,
    /// MiB that are kept anew for one account in an hour.
    pub kept: u32,
    /// The same of all accounts of one other server together.
    pub domain_kept: u32,
    /// The same of everybody, of which a third is for the server's own people.
    pub total_kept: u32,
    /// Shares of one account, in an hour.
    pub shares: u32,
    /// Recipients of all shares of one account, in an hour.
    pub recipients: u32,
    /// Codes that one account looks up or passes on, in a minute.
    pub lookups: u32,
    /// Phone numbers, each once, that one account writes to or asks after in a day.
    pub numbers: u32,
    /// Shares of an account that is new.
    pub new_shares: u32,
    /// Recipients of an account that is new.
    pub new_recipients: u32,
    /// How long an account is new.
    pub new_for: Duration,
    /// Accounts and domains for whom none of this holds.
    pub unlimited: Vec<BareJid>,
    /// The server's own domain; every other is another server's.
    pub host: Option<BareJid>,
}

/// Why something is too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooMuch {
    /// It can be asked again after so long.
    Now(Duration),
    /// It is more than one hour ever allows.
    Ever {
        /// What an hour allows.
        max: usize,
    },
}

impl From<TooMuch> for Refusal {
    fn from(much: TooMuch) -> Self {
        match much {
            TooMuch::Now(after) => Self::TooFast { after },
            TooMuch::Ever { max } => Self::TooManyRecipients { max },
        }
    }
}
