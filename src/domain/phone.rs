//! Phone numbers as people type them, checked against the numbering plans of all countries
//! (libphonenumber's), and brought into the one form in which they are kept (E.164).

use std::fmt;

use phonenumber::{Mode, country};
use serde::{Serialize, Serializer};

use super::address::Address;

/// The most digits of what is looked up in the plans: E.164 has 15, and some dial a carrier first.
const DIGITS_MAX: usize = 40;

/// A country, for numbers that are typed without their `+`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region(country::Id);

impl Region {
    /// Reads an ISO 3166-1 alpha-2 code in capitals.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_ref())
    }
}

impl Serialize for Region {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// The number that is typed here, if there can be one like it.
#[must_use]
pub fn number(text: &str, region: Option<Region>) -> Option<Address> {
    let text = text.trim();
    let text = text.strip_prefix("tel:").unwrap_or(text);
    let is_mark = |c: &char| c.is_whitespace() || matches!(c, '-' | '.' | '(' | ')' | '/');
    let mut text: String = text.chars().filter(|c| !is_mark(c)).collect();
    if let Some(rest) = text.strip_prefix("00") {
        text = format!("+{rest}");
    }
    if text.len() > DIGITS_MAX {
        return None;
    }
    // Nothing but digits: neither extensions nor letters in place of digits.
    if !text.strip_prefix('+').unwrap_or(&text).bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // Whoever names a country means that one.
    let region = region.map(|Region(id)| id).filter(|_| !text.starts_with('+'));
    let found = phonenumber::parse(region, text).ok()?;
    if !found.is_valid() {
        return None;
    }
    Address::from_uri(&format!("tel:{}", found.format().mode(Mode::E164))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, region: &str) -> Option<String> {
        number(text, Region::parse(region)).map(|address| address.to_string())
    }

    #[test]
    fn a_number_is_brought_into_one_form_however_it_is_typed() {
        for (text, region) in [
            ("+39 045 800 1234", ""),
            ("tel:+390458001234", ""),
            ("+39 (045) 800-1234", "CN"),
            ("0039 045 800 1234", "IT"),
            ("045 8001234", "IT"),
        ] {
            assert_eq!(read(text, region).as_deref(), Some("tel:+390458001234"), "{text}");
        }
        assert_eq!(read("138 0013 8000", "CN").as_deref(), Some("tel:+8613800138000"));
    }

    #[test]
    fn what_no_country_has_is_none() {
        for (text, region) in [
            ("045 8001234", ""),
            ("+39 12", "IT"),
            ("+999 12345678", "IT"),
            ("+1 555", ""),
            ("hello", "IT"),
            ("", "IT"),
            ("+39 045 800 1234 ext. 5", ""),
            ("+39 045 800 1234 0000000000 0000000000 0000000000", ""),
        ] {
            assert_eq!(read(text, region), None, "{text}");
        }
        assert!(Region::parse("XX").is_none() && Region::parse("it").is_none());
    }
}
