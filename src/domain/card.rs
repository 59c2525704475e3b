//! A business card: a vCard (RFC 6350) that was checked, and is clean (S3.6).

mod absorb;
mod values;

use std::fmt;

use calcard::{
    Entry as Parsed, Parser,
    vcard::{VCard, VCardEntry, VCardParameterName, VCardProperty, VCardVersion},
};

/// The most bytes of a card (`threats` 4).
pub const BYTES_MAX: usize = 64 * 1024;
/// The most properties of a card (`threats` 4).
pub const PROPERTIES_MAX: usize = 500;

/// A card. Nothing in it but what may be shown: no control characters, no addresses of schemes that
/// run something.
#[derive(Debug, Clone, PartialEq)]
pub struct Card(VCard);

/// A version of the text format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// RFC 2426: what telephones read best.
    V3,
    /// RFC 6350.
    V4,
}

/// A part of a card that can be chosen, searched, changed or left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "they are the fields of S3.6")]
pub enum Part {
    Name,
    Organisation,
    Title,
    Role,
    Phone,
    Fax,
    Mail,
    Impp,
    Url,
    Address,
    Picture,
    Logo,
    Birthday,
    Note,
    Categories,
}

impl Part {
    /// Every one, in the order in which a card is shown.
    pub const ALL: [Self; 15] = [
        Self::Name,
        Self::Organisation,
        Self::Title,
        Self::Role,
        Self::Phone,
        Self::Fax,
        Self::Mail,
        Self::Impp,
        Self::Url,
        Self::Address,
        Self::Picture,
        Self::Logo,
        Self::Birthday,
        Self::Note,
        Self::Categories,
    ];

    /// The word by which it is kept and named in forms; `phone`.
    #[must_use]
    pub const fn token(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Organisation => "org",
            Self::Title => "title",
            Self::Role => "role",
            Self::Phone => "phone",
            Self::Fax => "fax",
            Self::Mail => "mail",
            Self::Impp => "chat",
            Self::Url => "url",
            Self::Address => "address",
            Self::Picture => "picture",
            Self::Logo => "logo",
            Self::Birthday => "birthday",
            Self::Note => "note",
            Self::Categories => "category",
        }
    }

    /// The one of this word.
    #[must_use]
    pub fn of_token(token: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.token() == token)
    }
}

/// One value of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// What is shown: one line; of an address, its filled components with commas.
    pub text: String,
    /// `work`, `home`, `cell` …: what it is for, in lower case.
    pub kinds: Vec<String>,
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

impl Card {
    /// A card of somebody of this name and of nothing else.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let mut card = Self(VCard::default());
        card.set(Part::Name, &[name.to_owned()]);
        card
    }

    /// Reads the text of one card, of version 2.1, 3.0 or 4.0.
    ///
    /// # Errors
    /// [`BadCard`], for the first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, BadCard> {
        if text.len() > BYTES_MAX {
            return Err(BadCard::TooLarge);
        }
        let Parsed::VCard(vcard) = Parser::new(text).entry() else { return Err(BadCard::NotACard) };
        if vcard.entries.len() > PROPERTIES_MAX {
            return Err(BadCard::TooMany);
        }
        let card = Self(vcard);
        if card.name().is_empty() { Err(BadCard::NoName) } else { Ok(card) }
    }

    /// As text; lines end with CR and LF.
    #[must_use]
    pub fn text(&self, version: Version) -> String {
        let mut text = String::new();
        let version = match version {
            Version::V3 => VCardVersion::V3_0,
            Version::V4 => VCardVersion::V4_0,
        };
        // Writing into a string cannot fail.
        let _ = self.0.write_to(&mut text, version);
        text
    }

    /// Whose it is.
    #[must_use]
    pub fn name(&self) -> &str {
        let name = self.0.property(&VCardProperty::Fn);
        name.and_then(|entry| entry.values.first()?.as_text()).unwrap_or_default()
    }

    /// The values of a part, in their order.
    #[must_use]
    pub fn values(&self, part: Part) -> Vec<Value> {
        let entries = self.0.entries.iter().filter(|entry| part_of(entry) == Some(part));
        entries.filter_map(value).collect()
    }

    /// The first value of a part.
    #[must_use]
    pub fn first(&self, part: Part) -> Option<String> {
        self.values(part).into_iter().next().map(|value| value.text)
    }

    /// Puts these values in the place of all of a part; none removes it.
    pub fn set(&mut self, part: Part, values: &[String]) {
        self.0.entries.retain(|entry| part_of(entry) != Some(part));
        for value in values {
            self.0.entries.push(VCardEntry::new(property(part)).with_value(value.clone()));
        }
    }

    /// The card with nothing but these parts and the name; what belongs to no part goes too.
    #[must_use]
    pub fn only(&self, parts: &[Part]) -> Self {
        let keeps = |entry: &&VCardEntry| {
            part_of(entry).is_some_and(|part| part == Part::Name || parts.contains(&part))
        };
        Self(VCard { entries: self.0.entries.iter().filter(keeps).cloned().collect() })
    }

    /// By what two cards are known to be of one person: `xmpp:…`, `tel:+39…`, `mailto:…`.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        Vec::new()
    }
}

impl fmt::Display for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Version::V4))
    }
}

const fn property(part: Part) -> VCardProperty {
    match part {
        Part::Name => VCardProperty::Fn,
        Part::Organisation => VCardProperty::Org,
        Part::Title => VCardProperty::Title,
        Part::Role => VCardProperty::Role,
        Part::Phone | Part::Fax => VCardProperty::Tel,
        Part::Mail => VCardProperty::Email,
        Part::Impp => VCardProperty::Impp,
        Part::Url => VCardProperty::Url,
        Part::Address => VCardProperty::Adr,
        Part::Picture => VCardProperty::Photo,
        Part::Logo => VCardProperty::Logo,
        Part::Birthday => VCardProperty::Bday,
        Part::Note => VCardProperty::Note,
        Part::Categories => VCardProperty::Categories,
    }
}

fn part_of(entry: &VCardEntry) -> Option<Part> {
    if entry.name == VCardProperty::Tel {
        let is_fax = kinds(entry).iter().any(|kind| kind == "fax");
        return Some(if is_fax { Part::Fax } else { Part::Phone });
    }
    Part::ALL.into_iter().find(|part| property(*part) == entry.name)
}

fn kinds(entry: &VCardEntry) -> Vec<String> {
    let types = entry.params.iter().filter(|param| param.name == VCardParameterName::Type);
    types.filter_map(|param| param.value.as_text()).map(str::to_lowercase).collect()
}

fn value(entry: &VCardEntry) -> Option<Value> {
    let texts: Vec<&str> = entry.values.iter().filter_map(|value| value.as_text()).collect();
    let text = texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ");
    (!text.is_empty()).then(|| Value { text, kinds: kinds(entry) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_read_and_written() {
        let text = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Juliet Capulet\r\nTEL;TYPE=work,voice:+39 045 555 0100\r\n\
                    TEL;TYPE=fax:+39 045 555 0101\r\nX-PET:Nurse\r\nEND:VCARD\r\n";
        let card = Card::parse(text).unwrap();
        assert_eq!(card.name(), "Juliet Capulet");
        assert_eq!(card.first(Part::Phone).as_deref(), Some("+39 045 555 0100"));
        assert_eq!(card.first(Part::Fax).as_deref(), Some("+39 045 555 0101"));
        assert!(card.text(Version::V4).contains("X-PET:Nurse"));
        assert!(!card.only(&[Part::Phone]).text(Version::V4).contains("PET"));
        assert_eq!(Card::parse(&card.to_string()).unwrap().name(), "Juliet Capulet");
    }
}
