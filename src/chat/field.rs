//! What a command asks for: one definition for words, forms and dialogues.

use super::choice::{Choice, Listed, chosen};
use crate::{
    domain::{
        address,
        assent::{self, Assent},
        card::Part,
        id::RefCode,
        lang::Lang,
        letter::Channel,
        name::{NAME_MAX, name},
        quiet::{Hours, NoHours, Zone},
        text::{clean, one_line, shorten},
    },
    say::{
        card_part::{self, of_word},
        texts::{Both, both},
        value::Amiss,
    },
};

/// The most characters of a line: a link may have 2,048 (`wire::check`).
pub const LINE_MAX: usize = 2_100;
/// The most characters of a comment, as on the wire.
pub const PROSE_MAX: usize = crate::wire::check::COMMENT_MAX;
/// The field that says whether somebody means it.
pub const SURE: &str = "sure";
/// Stands for none of the choices in a form: some clients show no list without a value that is
/// chosen already, and some lose an empty one (`docs/design/messages.md#words`).
pub const NONE: &str = "-";
/// The most characters of a mail address (RFC 5321 §4.5.3.1.3), and of a number with all around it.
const ADDRESS_MAX: usize = 256;
/// Stands for no quiet hours.
pub const OFF: &str = "off";
/// Between things of a list.
const COMMA: Both = both(", ", "、");
/// The same for people, and what switches show.
const SWITCH_OFF: Both = both("off", "关");
/// The most values of one field; the limit on recipients is the service's own and lower.
const VALUES_MAX: usize = 256;

/// A number by which somebody knows what they sent or were sent.
pub const HANDLE: FieldKind = FieldKind::Number { min: 1, max: 999_999_999 };

/// One thing that a command asks for.
#[derive(Debug)]
pub struct Field {
    /// Its name in the form (XEP-0004 §3.2).
    pub var: &'static str,
    /// The words that name it in chat: `settings pictures off`.
    pub keys: &'static [&'static str],
    /// Stands beside it in the form.
    pub label: Both,
    /// Asks for it in a dialogue, and explains it in the form.
    pub hint: Both,
    /// What may be given.
    pub kind: FieldKind,
    /// Whether it must be given.
    pub need: Need,
    /// The page of the form it stands on, from 0.
    pub page: usize,
}

impl PartialEq for Field {
    /// One of the table is itself and no other.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Field {}

/// What may be given.
#[derive(Debug)]
pub enum FieldKind {
    /// One line.
    Line,
    /// The name that somebody goes by.
    Name,
    /// Lines, any number of them.
    Several,
    /// Words to somebody else: in a dialogue they are never read as a command.
    Prose,
    /// Addresses or names, one or many.
    People,
    /// One of these.
    Choice(&'static [Choice]),
    /// One of a list that is put together when it is asked for.
    Listed(fn() -> Vec<Listed>),
    /// The number of a question, an address, or a domain.
    Asker,
    /// One part of a card.
    Part,
    /// Parts of a card.
    Parts,
    /// A reference code.
    Code,
    /// A phone number, a mail address, or either.
    Reach(&'static [Channel]),
    /// The six digits that were sent there.
    Digits,
    /// On or off.
    Switch,
    /// From one time of day to another, or off.
    Hours,
    /// A time zone.
    Zone,
    /// A whole number; in chat it may have a `#` before it.
    Number {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
}

/// Whether something must be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing can be done without it.
    Required,
    /// A dialogue asks for it, and it may be left out.
    Asked,
    /// Nobody asks.
    Optional,
}

/// What is wrong with what was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// It has to be given.
    Missing,
    /// This is not one of the numbers.
    Number(String),
    /// This is not one of the choices.
    Choice(String),
    /// This is no part of a card.
    Part(String),
    /// This is more than a name.
    Name(String),
    /// This is no code.
    Code(String),
    /// This is nobody.
    Asker(String),
    /// This is no number or mail address.
    Address(String),
    /// These are not two times of day.
    Hours(String),
    /// They are the same.
    SameHours,
    /// This is no time zone.
    Zone {
        /// What was given.
        given: String,
        /// What may have been meant.
        near: Option<String>,
    },
    /// There is too much of it.
    Long {
        /// The most characters.
        max: usize,
    },
}

impl Field {
    /// Brings what was given into the one form in which it is kept; nothing is an empty list.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn check(&self, given: &[String]) -> Result<Vec<String>, Wrong> {
        let is_given = |value: &&str| !value.is_empty() && (*value != NONE || !self.has_none());
        let lines = given.iter().map(|value| value.trim()).filter(is_given);
        let mut values = Vec::new();
        for value in lines.take(VALUES_MAX) {
            values.push(self.kind.check(value)?);
        }
        match self.kind {
            FieldKind::People | FieldKind::Several => {}
            FieldKind::Prose => values = vec![values.join("\n")],
            _ => values.truncate(1),
        }
        values.retain(|value| !value.is_empty());
        if matches!(self.kind, FieldKind::Prose)
            && values.iter().any(|it| it.chars().count() > PROSE_MAX)
        {
            return Err(Wrong::Long { max: PROSE_MAX });
        }
        if values.is_empty() && self.need == Need::Required {
            return Err(Wrong::Missing);
        }
        Ok(values)
    }

    /// Whether it is a choice of which none need be taken.
    #[must_use]
    pub fn has_none(&self) -> bool {
        self.need != Need::Required
            && matches!(self.kind, FieldKind::Choice(_) | FieldKind::Listed(_))
    }

    /// Says what is wrong, and what would be right.
    #[must_use]
    pub fn tell(&self, wrong: &Wrong, lang: Lang) -> String {
        let label = self.label.in_lang(lang);
        let hint = self.hint.in_lang(lang);
        match wrong {
            Wrong::Missing => Amiss::Missing { label, hint },
            Wrong::Number(given) => {
                let (min, max) = match self.kind {
                    FieldKind::Number { min, max } => (min, max),
                    _ => (0, i64::MAX),
                };
                Amiss::NotANumber { label, given, min, max }
            }
            Wrong::Choice(given) => {
                let options = self.kind.options(lang).into_iter();
                let choices: Vec<String> =
                    options.map(|(value, _)| self.kind.typed(&value, lang)).collect();
                let choices = &choices.join(COMMA.in_lang(lang));
                return Amiss::NotAChoice { label, given, choices }.in_lang(lang);
            }
            Wrong::Name(given) => Amiss::NotAName { label, given },
            Wrong::Code(given) => Amiss::NotACode { label, given, hint },
            Wrong::Part(given) | Wrong::Asker(given) => Amiss::NotAnAsker { label, given, hint },
            Wrong::Address(given) => Amiss::NotAnAddress { label, given, hint },
            Wrong::Hours(given) => Amiss::NotHours { label, given },
            Wrong::SameHours => Amiss::SameHours { label },
            Wrong::Zone { given, near } => Amiss::NotAZone { label, given, near: near.as_deref() },
            Wrong::Long { max } => Amiss::TooLong { label, max: *max },
        }
        .in_lang(lang)
    }
}

impl FieldKind {
    fn check(&self, value: &str) -> Result<String, Wrong> {
        let shown = || shorten(&one_line(value), 40);
        let lower = value.to_lowercase();
        match self {
            Self::Line | Self::People | Self::Several => {
                let line = one_line(value);
                let fits = line.chars().count() <= LINE_MAX;
                if fits { Ok(line) } else { Err(Wrong::Long { max: LINE_MAX }) }
            }
            Self::Name => {
                let line = one_line(value);
                let fits = line.chars().count() <= NAME_MAX;
                let name = fits.then(|| name(&line)).ok_or(Wrong::Long { max: NAME_MAX })?;
                name.filter(|name| *name == line).ok_or_else(|| Wrong::Name(shown()))
            }
            Self::Prose => Ok(clean(value.to_owned())),
            Self::Part => {
                let part = of_word(&lower);
                part.map(|part| part.token().to_owned()).ok_or_else(|| Wrong::Choice(shown()))
            }
            Self::Parts => {
                let is_between = |c: char| c.is_whitespace() || ",;，、；".contains(c);
                let words = value.split(is_between).filter(|word| !word.is_empty());
                let parts: Option<Vec<&str>> =
                    words.map(|word| of_word(word).map(Part::token)).collect();
                parts.map(|parts| parts.join(" ")).ok_or_else(|| Wrong::Part(shown()))
            }
            Self::Code => {
                // The page's address holds it too.
                let code = value.rsplit_once("/s/").map_or(value, |(_, code)| code);
                let code = RefCode::parse(code.trim_end_matches('/'));
                code.map(RefCode::shown).ok_or_else(|| Wrong::Code(shown()))
            }
            Self::Reach(channels) => {
                let line = one_line(value);
                // What it really is, is found out later; here it only has to look like it.
                let is_number = line.chars().filter(char::is_ascii_digit).count() >= 5
                    && line.chars().all(|c| c.is_ascii_digit() || " +-().:/tel".contains(c));
                let is_mail = line.contains('@') && !line.contains(char::is_whitespace);
                let fits = (is_number && channels.contains(&Channel::Sms))
                    || (is_mail && channels.contains(&Channel::Mail));
                let fits = fits && line.chars().count() <= ADDRESS_MAX;
                if fits { Ok(line) } else { Err(Wrong::Address(shown())) }
            }
            Self::Digits => {
                let digits: String =
                    value.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
                let fits = digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit());
                if fits { Ok(digits) } else { Err(Wrong::Code(shown())) }
            }
            Self::Number { min, max } => {
                let digits = value.trim_start_matches(['#', '＃']).trim();
                let number = digits.parse().ok().filter(|number| (*min..=*max).contains(number));
                number.map(|number: i64| number.to_string()).ok_or_else(|| Wrong::Number(shown()))
            }
            Self::Asker => {
                let digits = value.trim_start_matches(['#', '＃']).trim();
                if let Ok(number) = digits.parse::<u32>() {
                    return Ok(number.to_string());
                }
                let plain = value.trim_matches(['<', '>', '.', '。']);
                let plain = plain.strip_prefix("xmpp:").unwrap_or(plain);
                // A lone word could be anything; a server of one word is written @server.
                let is_address = plain.contains(['@', '.', ':']);
                let plain_jid = plain.strip_prefix('@').unwrap_or(plain);
                // Clients show and copy whole addresses, with the device.
                let whole = address::jid(plain_jid).filter(|jid| jid.node().is_some());
                let jid = whole.map(|jid| jid.to_bare()).or_else(|| address::bare(plain_jid));
                jid.filter(|_| is_address && !plain.contains(char::is_whitespace))
                    .map(|jid| jid.to_string())
                    .ok_or_else(|| Wrong::Asker(shown()))
            }
            Self::Switch => match lower.as_str() {
                "1" | "true" | "on" | "开" | "打开" => Ok("1".to_owned()),
                _ if is_off(&lower) => Ok("0".to_owned()),
                _ if assent::read(&lower) == Some(Assent::Yes) => Ok("1".to_owned()),
                _ => Err(Wrong::Choice(shown())),
            },
            Self::Hours if is_off(&lower) => Ok(OFF.to_owned()),
            Self::Hours => match Hours::parse(&lower) {
                Ok(hours) => Ok(hours.to_string()),
                Err(NoHours::Unreadable) => Err(Wrong::Hours(shown())),
                Err(NoHours::Same) => Err(Wrong::SameHours),
            },
            Self::Zone => Zone::parse(value).map(|zone| zone.to_string()).ok_or_else(|| {
                let given = shown();
                let near = Zone::nearest(&given);
                Wrong::Zone { given, near }
            }),
            Self::Choice(choices) => chosen(choices, &lower)
                .map(|choice| choice.value.to_owned())
                .ok_or_else(|| Wrong::Choice(shown())),
            Self::Listed(all) => {
                let named = lower.trim_start_matches(['/', '!']);
                all()
                    .into_iter()
                    .find(|it| it.words.contains(&named))
                    .map(|it| it.value.to_owned())
                    .ok_or_else(|| Wrong::Choice(shown()))
            }
        }
    }

    /// A value of it, as people see it.
    #[must_use]
    pub fn shown(&self, value: &str, lang: Lang) -> String {
        let known = match self {
            Self::Hours => vec![(OFF.to_owned(), SWITCH_OFF.in_lang(lang).to_owned())],
            _ => self.options(lang),
        };
        let shown = known.into_iter().find(|(known, _)| known == value).map(|(_, label)| label);
        shown.unwrap_or_else(|| value.to_owned())
    }

    /// The same as they type it: a choice by its word, with what it means where that is another.
    #[must_use]
    pub fn typed(&self, value: &str, lang: Lang) -> String {
        let choice = match self {
            Self::Choice(of) => of.iter().find(|choice| choice.value == value),
            _ => None,
        };
        choice.map_or_else(|| self.shown(value, lang), |choice| choice.typed(lang))
    }

    /// What can be chosen: as it travels, and as people see it. Empty when anything may be given.
    #[must_use]
    pub fn options(&self, lang: Lang) -> Vec<(String, String)> {
        let choices = |choices: &[(&str, Both)]| {
            let one = |(value, label): &(&str, Both)| {
                ((*value).to_owned(), label.in_lang(lang).to_owned())
            };
            choices.iter().map(one).collect()
        };
        match self {
            Self::Choice(of) => {
                let of: Vec<_> = of.iter().map(|choice| (choice.value, choice.label)).collect();
                choices(&of)
            }
            Self::Listed(all) => {
                let of: Vec<_> = all().into_iter().map(|it| (it.value, it.label)).collect();
                choices(&of)
            }
            Self::Part => {
                let of: Vec<_> =
                    Part::ALL.iter().map(|it| (it.token(), card_part::label(*it))).collect();
                choices(&of)
            }
            Self::Switch => choices(&[("1", both("on", "开")), ("0", SWITCH_OFF)]),
            Self::Line
            | Self::Name
            | Self::Several
            | Self::Prose
            | Self::Parts
            | Self::People
            | Self::Asker
            | Self::Code
            | Self::Reach(_)
            | Self::Digits
            | Self::Hours
            | Self::Zone
            | Self::Number { .. } => Vec::new(),
        }
    }
}

/// What switches something off.
fn is_off(lower: &str) -> bool {
    matches!(lower, "0" | "false" | OFF | "关" | "关闭") || assent::read(lower) == Some(Assent::No)
}
