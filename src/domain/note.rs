//! What is said about a share after it was delivered, and what a delivery carries.

use super::clock::Millis;

/// The number of a kept note; they begin with 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NoteNo(pub i64);

/// What a delivery carries: in the database a [`NoteNo`], on its way out the [`Note`] itself.
/// One of each kind, share and recipient at the most; notes as many as people write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Carries<N> {
    /// The share.
    Share,
    /// That its sender has taken it back.
    Revocation,
    /// What somebody says about it.
    Note(N),
}

impl Carries<NoteNo> {
    /// The number the database keeps.
    #[must_use]
    pub const fn code(self) -> i64 {
        match self {
            Self::Share => 0,
            Self::Revocation => -1,
            Self::Note(NoteNo(no)) => no,
        }
    }

    /// What has this number.
    #[must_use]
    pub const fn from_code(code: i64) -> Self {
        match code {
            0 => Self::Share,
            ..0 => Self::Revocation,
            1.. => Self::Note(NoteNo(code)),
        }
    }
}

/// What somebody says about a share: its sender to a recipient, or a recipient to its sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The bare JID of whoever says it.
    pub author: String,
    /// The name he goes by.
    pub author_nick: Option<String>,
    /// BCP 47.
    pub lang: Option<String>,
    /// Clean text.
    pub text: String,
    /// When it was taken.
    pub said: Millis,
}
