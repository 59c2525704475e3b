//! What is said about a share after it was delivered, and what a delivery carries.

use super::{clock::Millis, codes::codes};

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
    /// Its sender's invitation, for somebody for whom it is held.
    Invitation,
    /// The question whether the recipient wants to see what its sender shows them.
    Request,
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
            Self::Invitation => -2,
            Self::Request => -3,
            Self::Note(NoteNo(no)) => no,
        }
    }

    /// What has this number.
    #[must_use]
    pub const fn from_code(code: i64) -> Self {
        match code {
            0 => Self::Share,
            ..=-3 => Self::Request,
            -2 => Self::Invitation,
            -1 => Self::Revocation,
            1.. => Self::Note(NoteNo(code)),
        }
    }
}

/// What somebody says about a share: its sender to a recipient, or a recipient to its sender.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Note {
    /// The bare JID of whoever says it.
    pub author: String,
    /// The name the author goes by.
    pub author_nick: Option<String>,
    /// The id under which the author's client knows it; empty when it gave none.
    pub stanza_id: String,
    /// What it is.
    pub kind: Kind,
    /// The message it refers to: that it replies to, corrects, reacts to or retracts. None when the
    /// reader's client does not have that, or may not.
    pub refers: Option<Reference>,
    /// BCP 47.
    pub lang: Option<String>,
    /// Clean text: words, or emoji, or nothing.
    pub text: String,
    /// What is said, spoken: a file as it travels.
    pub recording: Option<String>,
    /// Further products as they travel; nothing when there are none.
    pub products: String,
    /// When it was taken.
    pub said: Millis,
}

impl Note {
    /// Whether its author has retracted it since: nothing is left of its words.
    #[must_use]
    pub fn is_retracted(&self) -> bool {
        let says = matches!(self.kind, Kind::Words | Kind::Correction);
        says && self.text.is_empty() && self.recording.is_none() && self.products.is_empty()
    }
}

/// A message as the reader's client knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Its id.
    pub id: String,
    /// Whether the reader wrote it; if not, it came from this service.
    pub is_own: bool,
}

codes! {
    /// What a note is.
    #[derive(Default)]
    pub enum Kind {
        /// Words.
        #[default]
        Words = 0,
        /// Other words for those of an earlier note (XEP-0308).
        Correction = 1,
        /// Emoji; without any, the reaction is taken back (XEP-0444).
        Reaction = 2,
        /// An earlier note counts no more (XEP-0424).
        Retraction = 3,
        /// Nothing was said: whoever was invited has joined. Its author is the address that the
        /// inviter knows.
        Joined = 9,
    }
}
