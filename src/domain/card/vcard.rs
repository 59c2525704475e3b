//! The card itself, and what can be wrong with one.

use std::fmt;

use super::property::Property;

/// The most bytes of a card (`threats` 4).
pub const BYTES_MAX: usize = 64 * 1024;
/// The most properties of a card (`threats` 4).
pub const PROPERTIES_MAX: usize = 500;

/// A card. Nothing in it but what may be shown: no control characters, no addresses of schemes that
/// run something. Always with a name.
#[derive(Clone, PartialEq, Eq)]
pub struct Card {
    pub(super) properties: Vec<Property>,
}

/// A version of the text format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// RFC 2426: what telephones read best.
    V3,
    /// RFC 6350.
    V4,
}

/// Why something is not a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCard {
    /// Not the text of a card.
    #[error("this is not a vCard: it begins with BEGIN:VCARD and ends with END:VCARD")]
    NotACard,
    /// More than one.
    #[error("this file has several cards; send one at a time")]
    Several,
    /// Too many bytes.
    #[error("a card has at most {BYTES_MAX} bytes")]
    TooLarge,
    /// Too many properties.
    #[error("a card has at most {PROPERTIES_MAX} properties")]
    TooMany,
    /// It does not say whose it is.
    #[error("this card has no name")]
    NoName,
}

/// A property that was left out of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// Its name.
    pub name: String,
    /// Why it was left out.
    pub why: Why,
}

/// Why a property was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It says nothing.
    Empty,
    /// It is not what its name promises.
    Malformed,
    /// It names something by a scheme that is not in [`SCHEMES`](super::SCHEMES).
    Scheme,
    /// A picture of more than [`PICTURE_BYTES_MAX`](super::PICTURE_BYTES_MAX).
    TooLarge,
    /// It says that it is a picture, and is none of JPEG, PNG, GIF and WebP.
    NotAPicture,
}

impl Card {
    /// Every property, the name first.
    #[must_use]
    pub fn properties(&self) -> &[Property] {
        &self.properties
    }
}

impl fmt::Debug for Card {
    /// How much there is; what, is nobody's business (`threats` 19).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Card").field("properties", &self.properties.len()).finish_non_exhaustive()
    }
}
