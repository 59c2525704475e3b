//! The parts of a card that people choose, see, search and change (S3.6).

use super::property::Property;

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

    /// The part that a property belongs to. What sorts a name belongs to the name.
    pub(super) fn of(property: &Property) -> Option<Self> {
        Some(match property.name() {
            "FN" | "N" | "SORT-STRING" => Self::Name,
            "ORG" => Self::Organisation,
            "TITLE" => Self::Title,
            "ROLE" => Self::Role,
            "TEL" if property.is_for("fax") => Self::Fax,
            "TEL" => Self::Phone,
            "EMAIL" => Self::Mail,
            // What was used before there was `IMPP` (RFC 4770).
            "IMPP" | "X-JABBER" => Self::Impp,
            "URL" => Self::Url,
            "ADR" => Self::Address,
            "PHOTO" => Self::Picture,
            "LOGO" => Self::Logo,
            "BDAY" => Self::Birthday,
            "NOTE" => Self::Note,
            "CATEGORIES" => Self::Categories,
            _ => return None,
        })
    }

    pub(super) fn property(self) -> &'static str {
        match self {
            Self::Name => "FN",
            Self::Organisation => "ORG",
            Self::Title => "TITLE",
            Self::Role => "ROLE",
            Self::Phone | Self::Fax => "TEL",
            Self::Mail => "EMAIL",
            Self::Impp => "IMPP",
            Self::Url => "URL",
            Self::Address => "ADR",
            Self::Picture => "PHOTO",
            Self::Logo => "LOGO",
            Self::Birthday => "BDAY",
            Self::Note => "NOTE",
            Self::Categories => "CATEGORIES",
        }
    }
}

/// One value of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// What is shown: one line, but of notes; of an address, its filled components with commas; of
    /// a picture in the card itself, its media type.
    pub text: String,
    /// `work`, `home`, `cell` …: what it is for, in lower case.
    pub kinds: Vec<String>,
}

/// An address by its components (RFC 6350 §6.3.1); each may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are the components of the RFC")]
pub struct PostalAddress {
    pub post_box: String,
    pub extended: String,
    pub street: String,
    pub locality: String,
    pub region: String,
    pub code: String,
    pub country: String,
    /// `work`, `home`: what it is for.
    pub kinds: Vec<String>,
}
