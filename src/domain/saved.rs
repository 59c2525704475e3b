//! What somebody keeps of a share: all of it, with everything that was said about it and that they
//! may know (S0.9).

use std::{fmt, time::Duration};

use sha2::{Digest, Sha256};

use super::{
    card::Card,
    clock::Millis,
    lang::Lang,
    note::NoteNo,
    product::{Localized, Product},
    recording::Recording,
    share::Page,
};

/// How long a link works.
pub const LIFE: Duration = Duration::from_hours(7 * 24);

/// The secret in a link to what is kept: 128 bits that nobody can guess. `Display` is its one
/// form, 32 digits of `0` to `9` and `a` to `f`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Token(u128);

impl Token {
    /// The token of two random numbers.
    #[must_use]
    pub fn from_random(high: u64, low: u64) -> Self {
        Self(u128::from(high) << 64 | u128::from(low))
    }

    /// Reads what [`fmt::Display`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_digit = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        let is_token = text.len() == 32 && text.bytes().all(is_digit);
        is_token.then(|| u128::from_str_radix(text, 16).ok().map(Self)).flatten()
    }

    /// Its SHA-256. The database keeps only this, so whoever reads it has no links.
    #[must_use]
    pub fn hash(self) -> Vec<u8> {
        Sha256::digest(self.to_string()).to_vec()
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Token {
    /// A secret has no place in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// A share as one of its people keeps it, without what was said: only where that is kept.
#[derive(Debug, Clone)]
pub struct Saved {
    /// Whose it is: a bare JID.
    pub owner: String,
    /// The language the owner is spoken to in.
    pub lang: Lang,
    /// The owner's number for the share.
    pub handle: i64,
    /// What its page shows, or showed.
    pub page: Page,
    /// The card that was given, in place of products. It has no page that a code opens.
    pub card: Option<Card>,
    /// Who sent it.
    pub sender: Party,
    /// Whether the owner sent it.
    pub is_own: bool,
    /// The conversations that the owner takes part in: one, or one with each recipient if the owner
    /// sent it.
    pub conversations: Vec<Conversation>,
    /// Whether there was more than is kept: then the earliest notes are missing.
    pub is_cut: bool,
    /// When this was written.
    pub written: Millis,
}

/// Somebody, as the other person knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// An address as people write it.
    pub address: String,
    /// The name they gave.
    pub nick: Option<String>,
}

/// What was said between two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// The other one.
    pub with: Party,
    /// How they are shown, if that is not by their own address.
    pub alias: Option<Alias>,
    /// In order; corrected, and without what was retracted.
    pub said: Vec<Mark>,
    /// How each of them reacted to the share itself, or to something that is not known.
    pub reactions: Vec<Reaction>,
}

/// Somebody who is known by the number or mail address that was typed, and by nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// Their own address.
    pub address: String,
    /// What was typed, as people write it.
    pub shown: String,
}

/// Where something is kept that one of them said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The note that said it first.
    pub first: NoteNo,
    /// The one whose words count.
    pub words: NoteNo,
    /// The one whose products count.
    pub products: NoteNo,
    /// Whether the recording of the first counts, if it has one.
    pub is_spoken: bool,
    /// Whether these are other words than the first.
    pub is_corrected: bool,
    /// The notes that are reactions to it, in their order.
    pub reactions: Vec<NoteNo>,
    /// How many bytes all of this has.
    pub bytes: usize,
}

/// Something that one of them said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saying {
    /// Whether it was the one who keeps it.
    pub is_own: bool,
    /// Who said it.
    pub by: Party,
    /// When it was said.
    pub at: Millis,
    /// The words; nothing beside a recording or products alone.
    pub text: Localized,
    /// What was said, spoken.
    pub recording: Option<Box<Recording>>,
    /// Further products.
    pub products: Vec<Product>,
    /// Whether these are other words than the first.
    pub is_corrected: bool,
    /// How they reacted.
    pub reactions: Vec<Reaction>,
}

/// How somebody reacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// Who reacted.
    pub by: Party,
    /// With which emoji.
    pub emoji: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_one_form_and_is_not_shown_to_developers() {
        let token = Token::from_random(0xab, 1);
        let text = token.to_string();
        assert_eq!(text, "00000000000000ab0000000000000001");
        assert_eq!(Token::parse(&text), Some(token));
        for bad in ["", &text[1..], &text.to_uppercase(), &text.replace('b', "+"), "../../etc"] {
            assert_eq!(Token::parse(bad), None, "{bad}");
        }
        assert_eq!(format!("{token:?}"), "Token(…)");
    }
}
