//! Why something well-formed was not done. Closed: each has one stanza error.
//!
//! What is wrong with the request itself is found at the edge (`wire::check::Refused`).

use std::time::Duration;

/// A refusal. Nothing was stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The sender has no account here.
    #[error(
        "you are not registered here: register with this service first, or send join to its contact"
    )]
    NotRegistered,
    /// `[access] register` does not name whoever asks.
    #[error("this service does not take registrations from your address; ask its operator")]
    MayNotRegister,
    /// A code that lets nobody in: none, another's, or too old.
    #[error("this invitation cannot be used, or not any more; register without it")]
    BadInvitation,
    /// What they had before they left is still being removed.
    #[error("what you had here is still being removed; try again in a minute")]
    Leaving,
    /// The key was used for something else within 30 days.
    #[error("this id was used for another share; choose a new one")]
    IdConflict,
    /// A share named by a code or an id that is nobody's, not the asker's, or closed.
    #[error("no such share; it may have expired or been revoked")]
    UnknownRef,
    /// A product named by GTIN or catalogue item that is not in the catalogue.
    #[error("this product is not in the catalogue; send it as a product element")]
    UnknownProduct,
    /// With what is passed on, more products than one share holds.
    #[error("with what is passed on these are more than {max} products")]
    TooManyProducts {
        /// How many one share holds.
        max: usize,
    },
    /// With what is passed on, more bytes than one share holds.
    #[error("with what is passed on the products take more than {max_bytes} bytes together")]
    TooLarge {
        /// How many one share holds.
        max_bytes: usize,
    },
    /// The operator lets the sender send nothing.
    #[error("the operator of this service has suspended your account; ask there")]
    Barred,
    /// More recipients than an hour allows the sender.
    #[error("these are more than {max} recipients, which is the most that an hour allows you")]
    TooManyRecipients {
        /// What an hour allows.
        max: usize,
    },
    /// More new phone numbers than a day allows. Says nothing about whose they are.
    #[error(
        "these are more phone numbers than the {max} new ones that a day allows you{}",
        after.map(|it| format!("; try again in {} s", it.as_secs())).unwrap_or_default()
    )]
    TooManyNumbers {
        /// What a day allows.
        max: usize,
        /// When to try again; none when they are more than any day allows.
        after: Option<Duration>,
    },
    /// More than whoever asks may ask for now.
    #[error("this is more than you may ask for at the moment; try again in {} s", after.as_secs())]
    TooFast {
        /// When to try again.
        after: Duration,
    },
    /// It cannot be kept now. Nothing is wrong with it.
    #[error("it cannot be kept at the moment; try again in {} s", after.as_secs())]
    Retry {
        /// When to try again.
        after: Duration,
    },
}

impl Refusal {
    /// The answer while the database does not take anything.
    pub const STORE: Self = Self::Retry { after: Duration::from_secs(10) };
}
