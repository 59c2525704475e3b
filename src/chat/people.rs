//! Whom something is for, as people write it: addresses, phone numbers, names.

use crate::{
    domain::{
        address::{ADDRESS_MAX, Address},
        phone::{self, Region},
    },
    wire::addresses,
};

/// The most words of somebody's name.
const NAME_WORDS: usize = 3;
/// The most characters of one of them.
const NAME_MAX: usize = 200;
/// The most characters of a list of people and what is said to them: a whole line in the chat.
const LIST_MAX: usize = crate::chat::text::TEXT_MAX;
/// The fewest digits of a number without its country: fewer are a price, a size or a handle.
const DIGITS: usize = 6;

/// Recipients, and what follows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct People {
    /// Addresses and names, in order.
    pub all: Vec<String>,
    /// Whether all of them are addresses.
    pub are_addresses: bool,
    /// What is said to them.
    pub comment: Option<String>,
}

/// Reads `romeo@montague.lit, +39 045 555 0100: For your table?`. None when it is no list of
/// people.
#[must_use]
pub fn read(text: &str) -> Option<People> {
    if text.chars().nth(LIST_MAX).is_some() {
        return None;
    }
    let (list, mut comment) = cut_comment(text);
    let mut all = Vec::new();
    let mut are_addresses = true;
    let mut items = items(list).peekable();
    while let Some(item) = items.next() {
        match Piece::read(item)? {
            Piece::Addresses(some, "") => all.extend(some.into_iter().map(str::to_owned)),
            // Words behind the last are said to them.
            Piece::Addresses(some, words) if items.peek().is_none() && comment.is_none() => {
                all.extend(some.into_iter().map(str::to_owned));
                comment = Some(words.split_whitespace().collect::<Vec<_>>().join(" "));
            }
            Piece::Addresses(..) => return None,
            Piece::Name(name) => {
                are_addresses = false;
                all.push(name);
            }
        }
    }
    (!all.is_empty()).then_some(People { all, are_addresses, comment })
}

/// Whether what [`read`] would read first is somebody: most words are told apart so without reading
/// them all.
#[must_use]
pub fn begin(text: &str) -> bool {
    items(cut_comment(text).0).next().and_then(Piece::read).is_some()
}

/// What stands between two commas.
enum Piece<'t> {
    /// Addresses, and the words behind them.
    Addresses(Vec<&'t str>, &'t str),
    /// A name.
    Name(String),
}

impl<'t> Piece<'t> {
    fn read(item: &'t str) -> Option<Self> {
        if is_address(item) {
            return Some(Self::Addresses(vec![item], ""));
        }
        // Addresses without commas.
        let (mut addresses, mut rest) = (Vec::new(), item);
        while !rest.is_empty() {
            let (word, behind) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            if !is_address(word) {
                break;
            }
            addresses.push(word);
            rest = behind.trim_start();
        }
        if !addresses.is_empty() {
            return Some(Self::Addresses(addresses, rest));
        }
        let words: Vec<&str> = item.split_whitespace().take(NAME_WORDS + 1).collect();
        let is_name = words.len() <= NAME_WORDS && words.iter().all(|word| is_name(word));
        is_name.then(|| Self::Name(words.join(" ")))
    }
}

/// The colon that ends a list of people: not one of `tel:`, `mailto:` and `xmpp:`.
fn cut_comment(text: &str) -> (&str, Option<String>) {
    for (at, colon) in text.char_indices().filter(|(_, c)| matches!(c, ':' | '：')) {
        let Some((list, rest)) = text.split_at_checked(at) else { continue };
        let word = list.rsplit([' ', ',', '，', '、', ';']).next().unwrap_or("");
        let is_scheme =
            ["tel", "mailto", "xmpp", "sip"].iter().any(|known| word.eq_ignore_ascii_case(known));
        if colon == '：' || !is_scheme {
            let rest = rest.trim_start_matches([':', '：']).trim();
            return (list, Some(rest.to_owned()).filter(|rest| !rest.is_empty()));
        }
    }
    (text, None)
}

fn items(list: &str) -> impl Iterator<Item = &str> {
    let is_mark = |c: char| matches!(c, ',' | '，' | '、' | ';' | '；' | '\n' | '&');
    let parts = list.split(is_mark).flat_map(|part| part.split(" and ")).map(str::trim);
    parts.filter(|part| !part.is_empty())
}

fn is_name(word: &str) -> bool {
    word.chars().nth(NAME_MAX).is_none()
        && word.chars().any(char::is_alphabetic)
        && word.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '.' | '_' | '\'' | '’'))
}

fn is_address(text: &str) -> bool {
    is_number(text) || address(text, None).is_some()
}

fn bare(text: &str) -> &str {
    text.trim().trim_matches(['<', '>', '.', '。'])
}

/// Whether a phone number is meant here, with its country or without, there may be one like it or
/// not.
#[must_use]
pub fn is_number(text: &str) -> bool {
    let text = bare(text);
    let text = text.strip_prefix("tel:").unwrap_or(text);
    if text.len() > ADDRESS_MAX {
        return false;
    }
    let least = if text.starts_with('+') { 1 } else { DIGITS };
    let is_part = |c: char| c.is_ascii_digit() || c.is_whitespace() || "-.()/".contains(c);
    text.strip_prefix('+').unwrap_or(text).chars().all(is_part)
        && text.bytes().filter(u8::is_ascii_digit).count() >= least
}

/// The address that is written here, as it travels; none when it is none. A number without its
/// country is one of `region`.
#[must_use]
pub fn address(text: &str, region: Option<Region>) -> Option<addresses::Address> {
    let text = bare(text);
    let written = |jid: Option<String>, uri: Option<String>| {
        Some(addresses::Address { jid, uri, kind: "bcc".to_owned(), desc: None })
    };
    if is_number(text) {
        return written(None, Some(phone::number(text, region)?.to_string()));
    }
    if text.len() > ADDRESS_MAX || text.contains(char::is_whitespace) {
        return None;
    }
    if Address::from_uri(text).is_ok() {
        return written(None, Some(text.to_owned()));
    }
    let jid = text.trim_start_matches('@');
    (jid.contains('@') && Address::from_jid(jid).is_ok())
        .then(|| written(Some(jid.to_owned()), None))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_read_as_they_are_written() {
        for (text, all, comment) in [
            ("romeo@x.lit", "romeo@x.lit", None),
            ("romeo@x.lit, juliet@y.lit", "romeo@x.lit|juliet@y.lit", None),
            ("romeo@x.lit juliet@y.lit", "romeo@x.lit|juliet@y.lit", None),
            (
                "romeo@x.lit and juliet@y.lit: For you: both",
                "romeo@x.lit|juliet@y.lit",
                Some("For you: both"),
            ),
            ("romeo@x.lit、juliet@y.lit：送给你们", "romeo@x.lit|juliet@y.lit", Some("送给你们")),
            ("romeo@x.lit For your table?", "romeo@x.lit", Some("For your table?")),
            ("romeo@x.lit: 👍", "romeo@x.lit", Some("👍")),
            ("romeo@x.lit: بالصحة", "romeo@x.lit", Some("بالصحة")),
            ("+39 045 555 0100, mailto:m@x.org", "+39 045 555 0100|mailto:m@x.org", None),
            ("tel:+390455550100: hi", "tel:+390455550100", Some("hi")),
            ("0455 550100, romeo@x.lit: hi", "0455 550100|romeo@x.lit", Some("hi")),
            ("045/555-0100", "045/555-0100", None),
            ("0455550100 For you", "0455550100", Some("For you")),
            ("Romeo", "Romeo", None),
            ("Romeo M., romeo@x.lit: hi", "Romeo M.|romeo@x.lit", Some("hi")),
            ("罗密欧：送给你", "罗密欧", Some("送给你")),
        ] {
            let people = read(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(people.all.join("|"), all, "{text}");
            assert_eq!(people.comment.as_deref(), comment, "{text}");
        }
    }

    #[test]
    fn a_number_travels_in_one_form_and_without_its_country_is_one_of_the_region() {
        let italy = Region::parse("IT");
        let uri = |text: &str, region| address(text, region).and_then(|it| it.uri);
        for text in ["0455 550100", "+39 0455 550100", "0039 0455550100", "tel:+390455550100"] {
            assert_eq!(uri(text, italy).as_deref(), Some("tel:+390455550100"), "{text}");
        }
        assert_eq!(uri("+39 0455 550100", None).as_deref(), Some("tel:+390455550100"));
        // Meant as numbers, and there is none like them.
        for (text, region) in [("0455 550100", None), ("+39 12", italy), ("123456", italy)] {
            assert!(is_number(text) && address(text, region).is_none(), "{text}");
        }
        assert!(!is_number("12345") && !is_number("12 EUR") && !is_number("romeo@x.lit"));
    }

    #[test]
    fn what_is_no_list_of_people_is_none() {
        for text in ["", ":", "have a look at this tonight", "a@x.lit then, b@x.lit", "12", "?"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
