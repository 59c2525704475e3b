//! A business card: a vCard (RFC 6350) that was checked, and is clean (S3.6).
//!
//! It is read from text of version 2.1, 3.0 or 4.0 here, and from XML in `wire`. Whichever way it
//! came, it is the same card and comes out as the same in every form; properties that nobody here
//! knows are kept as they are.

mod absorb;
mod clean;
mod date;
mod key;
mod merge;
mod name;
mod part;
mod picture;
mod property;
mod read;
#[cfg(test)]
mod tests;
mod write;

use std::fmt;

pub use clean::SCHEMES;
pub(crate) use date::{long as long_date, long_offset};
pub use merge::Change;
pub use name::fold;
pub use part::{Part, PostalAddress, Value};
pub use picture::PICTURE_BYTES_MAX;
pub use property::{Form, Param, Property};
pub(crate) use {property::is_type, read::unescape, write::escaped};

/// The most bytes of a card (`threats` 4).
pub const BYTES_MAX: usize = 64 * 1024;
/// The most properties of a card (`threats` 4).
pub const PROPERTIES_MAX: usize = 500;

/// A card. Nothing in it but what may be shown: no control characters, no addresses of schemes that
/// run something. Always with a name.
#[derive(Clone, PartialEq, Eq)]
pub struct Card {
    properties: Vec<Property>,
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
    /// Why.
    pub why: Why,
}

/// Why a property was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It says nothing.
    Empty,
    /// It is not what its name promises.
    Malformed,
    /// It names something by a scheme that is not in [`SCHEMES`].
    Scheme,
    /// A picture of more than [`PICTURE_BYTES_MAX`].
    TooLarge,
    /// It says that it is a picture, and is none of JPEG, PNG, GIF and WebP.
    NotAPicture,
}

impl Card {
    /// A card of somebody of this name and of nothing else. A name of nothing but controls is `?`.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let mut card = Self { properties: vec![Property::text("FN", "?")] };
        card.set(Part::Name, &[name.to_owned()]);
        name::complete(&mut card.properties);
        card
    }

    /// Reads the text of one card, of version 2.1, 3.0 or 4.0.
    ///
    /// # Errors
    /// [`BadCard`], for the first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, BadCard> {
        Self::read(text).map(|(card, _)| card)
    }

    /// As [`Card::parse`], and says what was left out.
    ///
    /// # Errors
    /// [`BadCard`], for the first thing that is wrong.
    pub fn read(text: &str) -> Result<(Self, Vec<Removed>), BadCard> {
        let (card, removed) = Self::build(read::properties(text)?)?;
        // What escapes and folds make of a text must not be too large to be read again.
        let is_large = card.text(Version::V4).len() > BYTES_MAX;
        if is_large { Err(BadCard::TooLarge) } else { Ok((card, removed)) }
    }

    /// As [`Card::read`], from a file in UTF-8, UTF-16 or Windows-1252.
    ///
    /// # Errors
    /// [`BadCard`], for the first thing that is wrong.
    pub fn read_file(bytes: &[u8]) -> Result<(Self, Vec<Removed>), BadCard> {
        // UTF-16 has twice the bytes.
        if bytes.len() > 2 * BYTES_MAX {
            return Err(BadCard::TooLarge);
        }
        Self::read(&read::decode(bytes))
    }

    /// A card of these properties, which need not be clean; and what was left out of it.
    ///
    /// # Errors
    /// [`BadCard::TooMany`], [`BadCard::NoName`].
    pub(crate) fn build(properties: Vec<Property>) -> Result<(Self, Vec<Removed>), BadCard> {
        if properties.len() > PROPERTIES_MAX {
            return Err(BadCard::TooMany);
        }
        let (mut clean, mut removed) = (Vec::with_capacity(properties.len() + 1), Vec::new());
        for property in properties {
            match clean::property(property) {
                Ok(property) => clean.push(property),
                Err(why) => removed.push(why),
            }
        }
        if !name::complete(&mut clean) {
            return Err(BadCard::NoName);
        }
        // The two that every card has may have been added.
        if clean.len() > PROPERTIES_MAX {
            return Err(BadCard::TooMany);
        }
        Ok((Self { properties: clean }, removed))
    }

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
