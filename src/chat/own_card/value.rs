//! What people write for the fields of a card, checked, and as they see it again.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;

use crate::{
    card::say_own::OwnCard,
    domain::{
        address::{self, Address},
        card::{Part, Value},
        lang::Lang,
        phone::{self, Region},
        product::Link,
        text::{one_line, shorten},
    },
    invite::say_address::Reach,
};

/// Something that does not fit; what was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bad {
    Number(String),
    Mail(String),
    Chat(String),
    Link(String),
    Date(String),
}

impl Bad {
    /// What is wrong, and what would be right.
    pub(super) fn in_lang(&self, lang: Lang) -> String {
        match self {
            Self::Number(given) => Reach::NoNumber { given }.in_lang(lang),
            Self::Mail(given) => Reach::NoMail { given }.in_lang(lang),
            Self::Chat(given) => OwnCard::NoChat { given }.in_lang(lang),
            Self::Link(given) => OwnCard::NoLink { given }.in_lang(lang),
            Self::Date(given) => OwnCard::NoDate { given }.in_lang(lang),
        }
    }
}

/// Whether a part has several values, a line or a comma apart.
pub(super) const fn is_many(part: Part) -> bool {
    matches!(
        part,
        Part::Phone
            | Part::Fax
            | Part::Mail
            | Part::Impp
            | Part::Url
            | Part::Address
            | Part::Categories
    )
}

/// A value as it is written in a form: `work +390455550100`.
pub(super) fn written(part: Part, value: &Value) -> String {
    let kinds = value.kinds.iter().filter(|kind| matches!(kind.as_str(), "work" | "home" | "cell"));
    let mut words: Vec<&str> = kinds.map(String::as_str).collect();
    words.push(bare(part, &value.text));
    words.join(" ")
}

/// Reads what was written for a part. What is there already, written as it was shown, stays as it
/// is, even if it could not be entered.
pub(super) fn read(
    part: Part,
    lines: &[String],
    old: &[Value],
    region: Option<Region>,
) -> Result<Vec<Value>, Bad> {
    // The first of those that are written alike counts, so it comes last.
    let old: HashMap<String, &Value> = old.iter().rev().map(|it| (written(part, it), it)).collect();
    let mut values: Vec<Value> = Vec::new();
    let mut places = HashSet::new();
    for line in lines {
        if let Some(known) = old.get(line) {
            places.insert(place(part, known));
            values.push((*known).clone());
            continue;
        }
        for piece in pieces(part, line) {
            let value = if let Some(known) = old.get(piece) {
                (*known).clone()
            } else {
                let value = one(part, piece, region)?;
                old.get(&written(part, &value)).map_or(value, |known| (*known).clone())
            };
            if places.insert(place(part, &value)) {
                values.push(value);
            }
        }
    }
    Ok(values)
}

/// `more` beside `old`: another number, another address for the same purpose in place of the one
/// before.
pub(super) fn added(part: Part, old: Vec<Value>, more: Vec<Value>) -> Vec<Value> {
    let mut all = old;
    let numbered = all.iter().enumerate().rev();
    let mut places: HashMap<Key, usize> = numbered.map(|(at, it)| (place(part, it), at)).collect();
    for value in more {
        let at = *places.entry(place(part, &value)).or_insert(all.len());
        match all.get_mut(at) {
            Some(place) => *place = value,
            None => all.push(value),
        }
    }
    all
}

/// What a value takes the place of: whatever has the same.
type Key = Vec<String>;

fn place(part: Part, value: &Value) -> Key {
    match part {
        Part::Address => value.kinds.clone(),
        _ => vec![bare(part, &value.text).to_lowercase()],
    }
}

/// Without its scheme.
fn bare(part: Part, text: &str) -> &str {
    let scheme = match part {
        Part::Phone | Part::Fax => "tel:",
        Part::Mail => "mailto:",
        Part::Impp => "xmpp:",
        _ => "",
    };
    text.strip_prefix(scheme).unwrap_or(text)
}

fn pieces(part: Part, line: &str) -> Vec<&str> {
    let pieces: Vec<&str> = match part {
        Part::Phone | Part::Fax | Part::Mail | Part::Impp | Part::Categories => {
            line.split([',', '，', '、', ';', '；']).collect()
        }
        // A comma may be part of one.
        Part::Url => line.split([' ', '，', '、']).map(|it| it.trim_end_matches(',')).collect(),
        _ => vec![line],
    };
    pieces.into_iter().map(str::trim).filter(|it| !it.is_empty()).collect()
}

fn one(part: Part, text: &str, region: Option<Region>) -> Result<Value, Bad> {
    let (kinds, text) = match part {
        Part::Phone | Part::Fax => purposes(text, true),
        Part::Mail | Part::Impp | Part::Url | Part::Address => purposes(text, false),
        _ => (Vec::new(), text),
    };
    let given = || shorten(&one_line(text), 40);
    let text = match part {
        Part::Phone | Part::Fax => {
            phone::number(text, region).ok_or_else(|| Bad::Number(given()))?.to_string()
        }
        Part::Mail => {
            let bare = text.strip_prefix("mailto:").unwrap_or(text);
            // People show it as they write it.
            address::mail(bare).map_err(|_| Bad::Mail(given()))?
        }
        Part::Impp => {
            let bare = text.strip_prefix("xmpp:").unwrap_or(text);
            Address::from_jid(bare).map_err(|_| Bad::Chat(given()))?.uri()
        }
        Part::Url | Part::Picture | Part::Logo => link(text).ok_or_else(|| Bad::Link(given()))?,
        Part::Birthday => birthday(text).ok_or_else(|| Bad::Date(given()))?,
        Part::Note => text.to_owned(),
        _ => one_line(text),
    };
    Ok(Value { text, kinds })
}

/// What the words in front say that it is for.
fn purposes(text: &str, is_phone: bool) -> (Vec<String>, &str) {
    let mut kinds = Vec::new();
    let mut rest = text;
    loop {
        let (word, behind) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let kind = match word.trim_end_matches([':', '：']).to_lowercase().as_str() {
            "work" | "office" | "business" | "工作" | "单位" | "公司" => "work",
            "home" | "private" | "家" | "家里" | "住宅" => "home",
            "mobile" | "cell" | "手机" if is_phone => "cell",
            _ => return (kinds, rest),
        };
        if behind.trim().is_empty() {
            return (kinds, rest);
        }
        kinds.push(kind.to_owned());
        rest = behind.trim();
    }
}

fn link(text: &str) -> Option<String> {
    let text = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let link = Link::parse(&text).ok()?;
    // A lone word is nobody's page.
    link.host().contains(['.', ':']).then(|| link.as_str().to_owned())
}

/// A day, with its year or without (RFC 6350 §4.3.1).
fn birthday(text: &str) -> Option<String> {
    let digits = |c: char| c.is_ascii_digit();
    let numbers: Vec<&str> = text.split(|c| !digits(c)).filter(|it| !it.is_empty()).collect();
    let known = |c: char| digits(c) || c.is_whitespace() || "-/.年月日".contains(c);
    if !text.chars().all(known) {
        return None;
    }
    let number = |text: &str| text.parse::<i8>().ok();
    let (year, month, day) = match numbers.as_slice() {
        [all] if all.len() == 8 => {
            let (year, rest) = all.split_at_checked(4)?;
            let (month, day) = rest.split_at_checked(2)?;
            (Some(year), number(month)?, number(day)?)
        }
        [year, month, day] if year.len() == 4 => (Some(*year), number(month)?, number(day)?),
        // 31.5.1990, as half of the world writes; 5/31/1990 is not told from it.
        [day, month, year] if year.len() == 4 && text.contains('.') => {
            (Some(*year), number(month)?, number(day)?)
        }
        [month, day] if text.starts_with("--") || text.contains('月') => {
            (None, number(month)?, number(day)?)
        }
        [both] if text.starts_with("--") && both.len() == 4 => {
            let (month, day) = both.split_at_checked(2)?;
            (None, number(month)?, number(day)?)
        }
        _ => return None,
    };
    // Anybody born on 29 February was born in a leap year.
    let checked = year.map_or(Some(2000), |year| year.parse().ok())?;
    Date::new(checked, month, day).ok()?;
    Some(match year {
        Some(year) => format!("{year}{month:02}{day:02}"),
        None => format!("--{month:02}{day:02}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(part: Part, line: &str) -> Result<Vec<String>, Bad> {
        let read = read(part, &[line.to_owned()], &[], Region::parse("IT"))?;
        Ok(read.iter().map(|it| format!("{}{}", it.kinds.join("+"), it.text)).collect())
    }

    #[test]
    fn what_people_write_is_brought_into_the_form_of_a_card() {
        for (part, line, read) in [
            (
                Part::Phone,
                "work +39 045 800 1234, mobile 333 123 4567",
                "worktel:+390458001234|celltel:+393331234567",
            ),
            (Part::Phone, "工作 045 8001234", "worktel:+390458001234"),
            (Part::Fax, "+39 045 800 1235", "tel:+390458001235"),
            (
                Part::Mail,
                "work Juliet@Example.ORG；mailto:j@x.org",
                "workJuliet@example.org|j@x.org",
            ),
            (Part::Impp, "juliet@capulet.lit", "xmpp:juliet@capulet.lit"),
            (Part::Url, "example.org, https://x.org/a,b", "https://example.org/|https://x.org/a,b"),
            (Part::Address, "home Via Cappello 23, Verona", "homeVia Cappello 23, Verona"),
            (Part::Birthday, "1990-05-31", "19900531"),
            (Part::Birthday, "31.5.1990", "19900531"),
            (Part::Birthday, "1990年5月31日", "19900531"),
            (Part::Birthday, "--02-29", "--0229"),
            (Part::Categories, "Friends, 歌剧、friends", "Friends|歌剧"),
        ] {
            assert_eq!(values(part, line).unwrap().join("|"), read, "{line}");
        }
    }

    #[test]
    fn what_does_not_fit_is_said() {
        for (part, line) in [
            (Part::Phone, "+39 12"),
            (Part::Phone, "call me"),
            (Part::Mail, "juliet"),
            (Part::Impp, "not an address"),
            (Part::Url, "javascript:alert(1)"),
            (Part::Url, "hello"),
            (Part::Birthday, "1990-02-30"),
            (Part::Birthday, "yesterday"),
            (Part::Birthday, "5/31/1990"),
            (Part::Picture, "data:image/svg+xml;base64,AAAA"),
        ] {
            assert!(values(part, line).is_err(), "{line}");
        }
    }

    #[test]
    fn what_is_there_already_stays_though_it_could_not_be_entered() {
        let old =
            Value { text: "call the nurse".into(), kinds: vec!["voice".into(), "work".into()] };
        let line = written(Part::Phone, &old);
        assert_eq!(line, "work call the nurse");
        let same = read(Part::Phone, &[line], std::slice::from_ref(&old), None).unwrap();
        assert_eq!(same, [old]);
    }
}
