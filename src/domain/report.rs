//! What people complain about (XEP-0377).

use super::codes::codes;

/// The most complaints that one person makes in 24 hours.
pub const A_DAY: i64 = 20;
/// The most characters of the words beside one.
pub const WORDS_MAX: usize = 500;

/// What became of a complaint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reported {
    /// It is kept.
    New,
    /// The same was kept before.
    Again,
    /// It is not taken: nothing has come to its reporter from the accused, as far as is known.
    NothingCame,
    /// It is not taken: its reporter has made [`A_DAY`] within a day.
    TooOften,
}

codes! {
    /// Why somebody complains.
    #[derive(Default)]
    pub enum Reason {
        /// Nobody has asked for it.
        #[default]
        Spam = 0,
        /// Anything worse.
        Abuse = 1,
    }
}

impl Reason {
    /// `spam`, in forms and lists.
    #[must_use]
    pub const fn token(self) -> &'static str {
        match self {
            Self::Spam => "spam",
            Self::Abuse => "abuse",
        }
    }

    /// What `spam` or `urn:xmpp:reporting:spam` stands for (XEP-0377 §3). What is not known is
    /// abuse, for somebody looks at that first.
    #[must_use]
    pub fn of(name: &str) -> Self {
        if name.rsplit(':').next() == Some("spam") { Self::Spam } else { Self::Abuse }
    }
}

/// Begins the pseudonym of somebody who has left.
const LEFT: &str = "left:";

/// By what somebody who has left is known in their complaints, from the keyed hash of their address:
/// no JID looks like it.
#[must_use]
pub fn pseudonym(hash: &[u8]) -> String {
    let digits = hash.iter().take(8).map(|byte| format!("{byte:02x}"));
    std::iter::once(LEFT.to_owned()).chain(digits).collect()
}

/// The digits of a pseudonym, if it is one.
#[must_use]
pub fn left(reporter: &str) -> Option<&str> {
    reporter.strip_prefix(LEFT)
}
