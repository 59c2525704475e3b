//! From what somebody writes to a command.

mod card;
mod card_to;
pub mod guard;
mod value;

use self::value::{Misgiven, give, split};
use super::{
    command::{Call, Command, Grammar},
    field::{Field, FieldKind, Need, Wrong},
    people::{self, People},
    shared_item::SharedItem,
    table::{COMMANDS, JOIN, invites::STOP},
    text::too_long,
};
use crate::domain::{
    assent::{self, Assent},
    invitation::Code,
    lang::Lang,
    text::{clean, one_line, shorten},
};

/// The most places at which a line is taken for `WHAT to WHOM`, and the most of those behind which
/// people are read to their end. Whoever writes more of them is asked to whom it goes.
const WAYS: usize = 32;
const TRIES: usize = 8;

/// What words mean, if they are a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// They are.
    Call(Call),
    /// They begin like one, but what follows does not fit.
    Unfit(&'static Command),
    /// They are one but for the value of a field that they name; what is wrong with that, and the
    /// language of the word.
    Wrong(&'static Field, Wrong, Option<Lang>),
    /// They are not; the first word, and the command that it is nearest to if it is near.
    Other(String, Option<&'static str>),
    /// They have so many characters, more than [`TEXT_MAX`](super::text::TEXT_MAX), and were not read.
    Long(usize),
}

/// Reads words. A leading `/` or `!` is taken off, for some clients swallow words without it and
/// others words with it (`docs/design/messages.md#words`).
#[must_use]
pub fn read(text: &str) -> Reading {
    if let Some(length) = too_long(text) {
        return Reading::Long(length);
    }
    let text = clean(text.to_owned());
    let text = text.trim().trim_start_matches(['/', '!', '／', '！']).trim_start();
    if let Some((command, rest, lang)) = command(text) {
        return match arguments(command, rest) {
            Ok(call) => Reading::Call(Call { lang, ..call }),
            Err(Some((field, wrong))) => Reading::Wrong(field, wrong, lang),
            Err(None) => Reading::Unfit(command),
        };
    }
    let first = text.split_whitespace().next().unwrap_or("");
    Reading::Other(shorten(&one_line(first), 40), nearest(first))
}

/// Reads a body of which `said` is left without the quote in front: only that has to be short.
#[must_use]
pub fn read_body(body: &str, said: &str) -> Reading {
    match read(body) {
        Reading::Long(_) if too_long(said).is_none() => Reading::Other(String::new(), None),
        reading => reading,
    }
}

/// What somebody means who has not joined and was asked whether they want to see something: that
/// they join, or that they want to hear nothing. The second value says whether these words mean
/// that to anybody else too.
#[must_use]
pub fn consent(text: &str) -> Option<(Call, bool)> {
    let of = |command, lang| Some((Call { lang, ..Call::of(command) }, false));
    if too_long(text).is_some() {
        return None;
    }
    let is_chinese = |c: char| matches!(c, '\u{4e00}'..='\u{9fff}');
    let lang = text.contains(is_chinese).then_some(Lang::Zh);
    match assent::read(text) {
        Some(Assent::Yes | Assent::Thumb) => of(&JOIN, lang),
        Some(Assent::No) => of(&STOP, lang),
        None => match read(text) {
            Reading::Call(call) if [JOIN, STOP].contains(call.command) => Some((call, true)),
            _ => None,
        },
    }
}

/// The command that `text` begins with, and what is behind it.
fn command(text: &str) -> Option<(&'static Command, &str, Option<Lang>)> {
    if let Some(found) = two_words(text) {
        return Some(found);
    }
    let (first, rest) = split(text);
    let first = first.to_lowercase();
    // A full stop or a question mark behind a lone word is nothing.
    let bare = first.trim_end_matches(['.', '!', '?', '。', '！', '？', ':', '：']);
    for command in COMMANDS {
        for (words, lang) in [(command.english, None), (command.chinese, Some(Lang::Zh))] {
            if words.contains(&first.as_str()) || words.contains(&bare) {
                return Some((command, rest, lang));
            }
        }
    }
    // Chinese is written without spaces: 分享#12给….
    let glued = |command: &'static Command| {
        let word = command.chinese.iter().find(|word| text.starts_with(**word))?;
        let takes_anything = matches!(command.grammar, Grammar::Value | Grammar::Each)
            && matches!(command.fields.first()?.kind, FieldKind::Line | FieldKind::Asker);
        let rest = text.get(word.len()..)?;
        (!takes_anything).then_some((command, rest, Some(Lang::Zh)))
    };
    COMMANDS.iter().find_map(glued)
}

/// The command that is called by the first two words of `text`, if there is one.
fn two_words(text: &str) -> Option<(&'static Command, &str, Option<Lang>)> {
    let (first, behind) = split(text);
    let (second, rest) = split(behind);
    let both = format!("{} {}", first.to_lowercase(), second.to_lowercase());
    let called = |command: &&Command| command.english.contains(&both.as_str());
    COMMANDS.iter().find(called).map(|command| (command, rest, None))
}

/// What is behind the word, read as the command wants it; an error when it does not fit, with the
/// field if one was named.
fn arguments(command: &'static Command, rest: &str) -> Result<Call, Option<Misgiven>> {
    let mut call = Call::of(command);
    let lone = rest.trim_matches(|c: char| c.is_whitespace() || ".!?。！？".contains(c));
    match command.grammar {
        Grammar::Alone => lone.is_empty().then_some(call).ok_or(None),
        _ if lone.is_empty() => Ok(call),
        Grammar::Value => {
            let field = command.fields.first().ok_or(None)?;
            let value = if matches!(field.kind, FieldKind::Line) { rest } else { lone };
            give(&mut call, field, value).map_err(|_| None)?;
            Ok(call)
        }
        Grammar::Card => card::read(call, rest),
        Grammar::Each => each(call, rest).ok_or(None),
        Grammar::Share => share(call, rest).ok_or(None),
        Grammar::Give => card_to::read(call, rest).ok_or(None),
        Grammar::Keyed => {
            let (field, value) = keyed(command, rest).ok_or(None)?;
            give(&mut call, field, value).map_err(|wrong| Some((field, wrong)))?;
            Ok(call)
        }
    }
}

/// The field that is named, and what is given for it, which is something.
fn keyed<'t>(command: &'static Command, rest: &'t str) -> Option<(&'static Field, &'t str)> {
    if let (Some(field), Some(_)) = (command.field("code"), Code::parse(rest)) {
        return Some((field, rest));
    }
    let (key, value) = split(rest);
    let key = key.to_lowercase();
    let mut fields = command.fields.iter();
    let named = fields.find(|field| field.keys.contains(&key.as_str())).map(|field| (field, value));
    // Chinese is written without spaces: 设置免打扰22:00-07:00.
    let glued = |field: &'static Field| {
        let mut keys = field.keys.iter().filter(|key| !key.is_ascii());
        keys.find_map(|key| rest.strip_prefix(*key)).map(|value| (field, value.trim()))
    };
    let found = named.or_else(|| command.fields.iter().find_map(glued));
    found.filter(|(_, value)| !value.is_empty())
}

/// `12 abuse he insults me`. A word that is none of a field's choices belongs to the next field; a
/// field that takes any word has its place only behind all the others.
fn each(mut call: Call, mut rest: &str) -> Option<Call> {
    for (place, field) in call.command.fields.iter().enumerate() {
        let (word, behind) = split(rest);
        let takes_all = matches!(field.kind, FieldKind::Prose | FieldKind::Parts);
        let all = if takes_all { rest } else { word };
        let has_place = !matches!(field.kind, FieldKind::Line) || call.values.len() == place;
        if has_place && !all.is_empty() && give(&mut call, field, all).is_ok() {
            rest = if takes_all { "" } else { behind };
        } else if field.need == Need::Required {
            return None;
        }
    }
    rest.is_empty().then_some(call)
}

/// `#12 to romeo@montague.lit: For your table?`; without anybody, what is to be shared.
fn share(mut call: Call, rest: &str) -> Option<Call> {
    let is_plain = |what: &str| {
        // A price that can be read in two ways is still one: it is asked about later.
        SharedItem::read(what, None, true).map_or(true, |thing| thing.is_plain())
    };
    let mut found = None;
    let ways = halves(rest).take(WAYS).filter(|(_, tail)| people::begin(tail));
    for (what, tail) in ways.take(TRIES) {
        let Some(people) = people::read(tail) else { continue };
        if people.are_addresses {
            found = Some((what, people));
            break;
        }
        // Names could be any words, so the thing must be none of them.
        if found.is_none() && is_plain(what) {
            found = Some((what, people));
        }
    }
    let (what, people) = match found {
        Some((what, people)) => (what, Some(people)),
        None if is_plain(rest) => (rest, None),
        None => return None,
    };
    let (thing, words) = (call.command.field("what")?, call.command.field("comment")?);
    let mut fits = what.is_empty() || give(&mut call, thing, what).is_ok();
    if let Some(People { all, comment, .. }) = people {
        let comment = comment.unwrap_or_default();
        fits &= call.values.insert("to", all).is_none();
        fits &= give(&mut call, words, &comment).is_ok();
    }
    fits.then_some(call)
}

/// Every way in which `text` can be a thing and the people it goes to.
fn halves(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let boundary = |(at, mark): (usize, &str)| {
        let (what, from) = text.split_at_checked(at)?;
        let tail = from.get(mark.len()..)?;
        let is_word = mark == "给"
            || ((what.is_empty() || what.ends_with(char::is_whitespace))
                && tail.starts_with(char::is_whitespace));
        is_word.then_some((what.trim(), tail.trim()))
    };
    let mut marks: Vec<(usize, &str)> =
        ["to", "To", "TO", "给"].iter().flat_map(|mark| text.match_indices(*mark)).collect();
    marks.sort_unstable();
    marks.into_iter().filter_map(boundary)
}

/// The command's word that `given` was meant to be, when it is hardly another.
fn nearest(given: &str) -> Option<&'static str> {
    let given = given.to_lowercase();
    let length = given.chars().count();
    let near = if length <= 5 { 1 } else { 2 };
    let fits = |word: &&str| {
        let letters = word.chars().count();
        letters > 1 && letters.abs_diff(length) <= near
    };
    let all = Command::all(false).flat_map(Command::words).filter(fits);
    all.map(|word| (strsim::damerau_levenshtein(word, &given), word))
        .filter(|(distance, word)| {
            *distance <= near && (3..=20).contains(&length) || (*distance == 1 && !word.is_ascii())
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests;
