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
mod value;
mod vcard;
mod write;

pub use clean::SCHEMES;
pub(crate) use date::{long as long_date, long_offset};
pub use merge::Change;
pub use name::fold;
pub use part::{Part, PostalAddress, Value};
pub use picture::PICTURE_BYTES_MAX;
pub use property::{Form, Param, Property};
pub use vcard::{BYTES_MAX, BadCard, Card, PROPERTIES_MAX, Removed, Version, Why};
pub(crate) use {property::is_type, read::unescape, write::escaped};

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
}
