//! Whose a card is: `FN`, `N` and what both are made from where they are missing.

use std::collections::HashSet;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::{
    part::Part,
    property::{Form, Property, is_single},
    vcard::Card,
};

/// The most characters of the name of a file, before its ending.
const FILE_NAME_MAX: usize = 60;

impl Card {
    /// Whose card it is: what people call that person.
    #[must_use]
    pub fn name(&self) -> &str {
        self.properties.iter().find(|it| it.name() == "FN").map(Property::only).unwrap_or_default()
    }

    /// By what lists of cards are sorted: the name as the card says to sort it, else as it is shown;
    /// folded as [`fold`] does.
    #[must_use]
    pub fn sorted(&self) -> String {
        let said = self.properties.iter().find_map(|property| match property.name() {
            "SORT-STRING" => Some(property.only().to_owned()),
            "FN" | "N" => {
                let sort_as = property.param("SORT-AS");
                (!sort_as.is_empty()).then(|| sort_as.join(" "))
            }
            _ => None,
        });
        fold(&said.unwrap_or_else(|| self.name().to_owned()))
    }

    /// What a search for words goes through: every text of the card that is shown, folded, and of
    /// numbers the digits alone as well.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        let mut known: HashSet<String> = HashSet::new();
        let mut add = |text: &str| {
            for word in fold(text).split_whitespace() {
                let word = word.trim_matches(|c: char| matches!(c, ',' | ';' | '.' | '(' | ')'));
                if !word.is_empty() && known.insert(word.to_owned()) {
                    words.push(word.to_owned());
                }
            }
        };
        for part in Part::ALL {
            for value in self.values(part) {
                if matches!(part, Part::Phone | Part::Fax) {
                    add(&value.text.chars().filter(char::is_ascii_digit).collect::<String>());
                }
                if !matches!(part, Part::Picture | Part::Logo) {
                    add(&value.text);
                }
            }
        }
        for property in self.properties.iter().filter(|it| it.name() == "NICKNAME") {
            property.value().iter().flatten().for_each(|text| add(text));
        }
        words
    }

    /// A name for a file with this card, of letters, digits and hyphens: `Juliet-Capulet.vcf`.
    #[must_use]
    pub fn file_name(&self) -> String {
        let mut stem = String::new();
        for c in self.name().chars().take(FILE_NAME_MAX) {
            if c.is_alphanumeric() || is_combining_mark(c) {
                stem.push(c);
            } else if !stem.is_empty() && !stem.ends_with('-') {
                stem.push('-');
            }
        }
        let stem = stem.trim_end_matches('-');
        format!("{}.vcf", if stem.is_empty() { "card" } else { stem })
    }
}

/// Text as it is compared in searches and lists: lower case, without accents, one form of each
/// character (NFKD).
#[must_use]
pub fn fold(text: &str) -> String {
    let plain = text.nfkd().filter(|c| !is_combining_mark(*c)).collect::<String>().to_lowercase();
    // Lower case may be composed differently, and a lower case `İ` has a mark again.
    let plain: String = plain.nfkd().filter(|c| !is_combining_mark(*c)).nfc().collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Makes sure that there are one `FN` and one `N`, at the front, and then what people are reached
/// by in a chat: one order, whichever way a card came. Somebody without a name is called by their
/// firm, their nickname or their mail address; false if they have none of these.
pub(super) fn complete(properties: &mut Vec<Property>) -> bool {
    let mut seen: HashSet<String> = HashSet::new();
    properties.retain(|property| {
        // Others in another language stay (`ALTID`).
        let is_new = seen.insert(property.name().to_owned());
        is_new || !is_single(property.name()) || !property.param("ALTID").is_empty()
    });
    if !properties.iter().any(|property| property.name() == "FN") {
        let Some(name) = called(properties) else { return false };
        properties.push(Property::text("FN", name));
    }
    if !properties.iter().any(|property| property.name() == "N") {
        let made = made(properties);
        properties.push(made);
    }
    properties.sort_by_key(|property| match property.name() {
        "FN" => 0,
        "N" => 1,
        "IMPP" => 2,
        _ => 3,
    });
    true
}

fn called(properties: &[Property]) -> Option<String> {
    let joined = |name: &str, order: &[usize]| {
        let property = properties.iter().find(|property| property.name() == name)?;
        let parts = order.iter().filter_map(|at| property.value().get(*at));
        let texts: Vec<&str> =
            parts.flatten().map(String::as_str).filter(|text| !text.is_empty()).collect();
        (!texts.is_empty()).then(|| texts.join(" "))
    };
    // Prefix, given, additional, family name and suffix, as they are said.
    joined("N", &[3, 1, 2, 0, 4])
        .or_else(|| joined("ORG", &[0]))
        .or_else(|| {
            let nicknames = properties.iter().find(|property| property.name() == "NICKNAME")?;
            nicknames.value().iter().flatten().next().cloned()
        })
        .or_else(|| joined("EMAIL", &[0]))
}

/// The `N` that version 3.0 asks for, from the name: the last word is the family's. That of a firm
/// is empty.
fn made(properties: &[Property]) -> Property {
    let value = |name: &str| properties.iter().find(|property| property.name() == name);
    let name = value("FN").map(Property::only).unwrap_or_default();
    let is_firm = value("ORG").is_some_and(|org| org.only() == name);
    let (given, family) = match name.rsplit_once(' ') {
        _ if is_firm => ("", ""),
        Some(pair) => pair,
        None => (name, ""),
    };
    let part = |text: &str| vec![text.to_owned()];
    let value = vec![part(family), part(given), part(""), part(""), part("")];
    Property::new("N", Form::Parts, value)
}
