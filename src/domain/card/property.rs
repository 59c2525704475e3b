//! One line of a card, taken apart: what its name says about its value.

use std::collections::BTreeMap;

/// A property: its group, name and parameters, and its value by components.
///
/// Those of a [`Card`](super::Card) are clean: names are of letters, digits and hyphens, and no
/// value holds a control character.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Property {
    pub(super) group: Option<String>,
    pub(super) name: String,
    pub(super) params: Vec<Param>,
    pub(super) form: Form,
    pub(super) value: Vec<Vec<String>>,
}

/// A parameter and its values; `TYPE=work,voice`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Param {
    pub(super) name: String,
    pub(super) values: Vec<String>,
}

/// What a value is, and so how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// One text.
    Text,
    /// Texts with commas between (`CATEGORIES`).
    List,
    /// Components with semicolons between, each of them a list (`N`, `ADR`).
    Parts,
    /// An address of a thing.
    Uri,
    /// A date or a date and time, in the short form of RFC 6350 §4.3: `19850412`, `--0412`.
    Date,
    /// A moment: `20081119T195243Z`.
    Moment,
    /// A time zone's distance: `-0500`.
    Offset,
    /// A language (RFC 5646).
    Language,
    /// A value of a property that is not known: kept as it was written.
    Raw,
}

impl Property {
    /// One of this name, with this value and nothing more. It is not clean yet.
    pub(crate) fn new(name: &str, form: Form, value: Vec<Vec<String>>) -> Self {
        let name = name.to_ascii_uppercase();
        Self { group: None, name, params: Vec::new(), form, value }
    }

    /// One with one text. It is not clean yet.
    pub(crate) fn text(name: &str, text: impl Into<String>) -> Self {
        Self::new(name, Form::of(name), vec![vec![text.into()]])
    }

    /// The same in this group.
    pub(crate) fn in_group(mut self, group: Option<&str>) -> Self {
        self.group = group.map(str::to_owned);
        self
    }

    /// Adds a value to a parameter.
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        let name = name.to_ascii_uppercase();
        match self.params.iter_mut().find(|param| param.name == name) {
            Some(param) => param.values.push(value.to_owned()),
            None => self.params.push(Param { name, values: vec![value.to_owned()] }),
        }
    }

    /// Puts these parameters, their names in capitals, in the place of all that it has: what comes
    /// from outside has any number of them. One without a value is none.
    pub(crate) fn set_params(&mut self, params: BTreeMap<String, Vec<String>>) {
        let given = params.into_iter().filter(|(_, values)| !values.is_empty());
        self.params = given.map(|(name, values)| Param { name, values }).collect();
    }

    /// Takes a parameter away.
    pub(super) fn take(&mut self, name: &str) -> Vec<String> {
        let at = self.params.iter().position(|param| param.name == name);
        at.map(|at| self.params.remove(at).values).unwrap_or_default()
    }

    /// The word before the point: properties of one group belong together.
    #[must_use]
    pub fn group(&self) -> Option<&str> {
        self.group.as_deref()
    }

    /// The name, in capitals.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the value is.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// The parameters, their names in capitals.
    pub fn params(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.params.iter().map(|param| (param.name.as_str(), param.values.as_slice()))
    }

    /// The values of a parameter.
    #[must_use]
    pub fn param(&self, name: &str) -> &[String] {
        let param = self.params.iter().find(|param| param.name == name);
        param.map(|param| param.values.as_slice()).unwrap_or_default()
    }

    /// The components of the value, each with its texts.
    #[must_use]
    pub fn value(&self) -> &[Vec<String>] {
        &self.value
    }

    /// The value of one that has only one.
    #[must_use]
    pub fn only(&self) -> &str {
        self.value.first().and_then(|part| part.first()).map(String::as_str).unwrap_or_default()
    }

    /// Whether it is for this: one of its types, in lower case.
    pub(super) fn is_for(&self, kind: &str) -> bool {
        self.param("TYPE").iter().any(|it| it == kind)
    }
}

impl Form {
    /// The form of the values of a property that does not say another.
    #[must_use]
    pub fn of(name: &str) -> Self {
        match name {
            "FN" | "NOTE" | "TITLE" | "ROLE" | "TEL" | "EMAIL" | "KIND" | "PRODID" | "UID"
            | "TZ" => Self::Text,
            "NICKNAME" | "CATEGORIES" => Self::List,
            "N" | "ADR" | "ORG" | "GENDER" | "CLIENTPIDMAP" => Self::Parts,
            "SOURCE" | "PHOTO" | "IMPP" | "GEO" | "LOGO" | "MEMBER" | "RELATED" | "SOUND"
            | "URL" | "KEY" | "FBURL" | "CALADRURI" | "CALURI" => Self::Uri,
            "BDAY" | "ANNIVERSARY" => Self::Date,
            "REV" => Self::Moment,
            "LANG" => Self::Language,
            _ => Self::Raw,
        }
    }

    /// The form that `VALUE=…` says, where this name may have it.
    #[must_use]
    pub fn said(name: &str, value: &str) -> Self {
        let usual = Self::of(name);
        match (name, value.to_ascii_lowercase().as_str()) {
            ("TEL" | "TZ", "uri") => Self::Uri,
            ("BDAY" | "ANNIVERSARY" | "RELATED" | "KEY", "text") => Self::Text,
            ("TZ", "utc-offset") => Self::Offset,
            _ => usual,
        }
    }

    /// The word for it after `VALUE=` (RFC 6350 §5.2), if this name has another by default.
    #[must_use]
    pub fn differs(self, name: &str) -> Option<&'static str> {
        match self {
            Self::Uri if self != Self::of(name) => Some("uri"),
            Self::Text if self != Self::of(name) => Some("text"),
            Self::Offset => Some("utc-offset"),
            _ => None,
        }
    }
}

/// How many components a property has; none: as many as come.
pub(super) fn width(name: &str) -> Option<usize> {
    match name {
        "N" => Some(5),
        "ADR" => Some(7),
        "GENDER" | "CLIENTPIDMAP" => Some(2),
        _ => None,
    }
}

/// Whether the components of a property may be lists themselves.
pub(super) fn has_lists(name: &str) -> bool {
    matches!(name, "N" | "ADR")
}

/// Whether there is one of it at most (RFC 6350 §6).
pub(super) fn is_single(name: &str) -> bool {
    matches!(
        name,
        "FN" | "N"
            | "BDAY"
            | "ANNIVERSARY"
            | "GENDER"
            | "KIND"
            | "PRODID"
            | "REV"
            | "UID"
            | "PHOTO"
            | "LOGO"
    )
}

/// Whether RFC 6351 knows this type of a property: `cell` of a telephone number, `work` of all.
pub(crate) fn is_type(name: &str, kind: &str) -> bool {
    match (name, kind) {
        (_, "work" | "home")
        | ("TEL", "text" | "voice" | "fax" | "cell" | "video" | "pager" | "textphone") => true,
        ("RELATED", kind) => RELATIONS.contains(&kind),
        _ => false,
    }
}

const RELATIONS: [&str; 20] = [
    "contact",
    "acquaintance",
    "friend",
    "met",
    "co-worker",
    "colleague",
    "co-resident",
    "neighbor",
    "child",
    "parent",
    "sibling",
    "spouse",
    "kin",
    "muse",
    "crush",
    "date",
    "sweetheart",
    "me",
    "agent",
    "emergency",
];
