//! What is behind `card to`.

use super::value::give;
use crate::chat::{
    command::Call,
    people::{self, People},
};

/// What can stand behind the people: the field it switches on, and the words for it.
const SWITCHES: [(&str, &[&str]); 3] = [
    ("swap", &["swap", "exchange", "交换"]),
    ("updates", &["updates", "update", "更新"]),
    ("invite", &["invite", "邀请"]),
];
/// The most digits of a number of ours here: more are a phone number.
const DIGITS: usize = 5;

/// `romeo@montague.lit swap`, `romeo #7`, `+39 045 555 0100 invite: work`.
pub(super) fn read(mut call: Call, rest: &str) -> Option<Call> {
    let rest = rest.trim().strip_prefix('给').unwrap_or(rest);
    let list = options(&mut call, rest)?;
    let People { all, comment, .. } = people::read(list)?;
    call.values.insert("to", all);
    if let Some(behind) = comment {
        let left = options(&mut call, &behind)?.trim();
        if !left.is_empty() {
            // Nothing is said to a card: what is left is which.
            let is_name = !left.contains(char::is_whitespace) && !call.values.contains_key("card");
            let field = call.command.field("card").filter(|_| is_name)?;
            give(&mut call, field, left).ok()?;
        }
    }
    Some(call)
}

/// Takes what stands at the end of `text` and is no name off it.
fn options<'t>(call: &mut Call, text: &'t str) -> Option<&'t str> {
    let is_end = |c: char| c.is_whitespace() || ".!。！".contains(c);
    let mut text = text.trim_end_matches(is_end);
    loop {
        text = text.trim_end();
        let word = text.rsplit([' ', ',', ':', '：', '，', '\n']).next().unwrap_or(text);
        let found = SWITCHES.iter().find_map(|(var, words)| {
            let fits = |of: &&&str| {
                word.eq_ignore_ascii_case(of) || (!of.is_ascii() && text.ends_with(**of))
            };
            words.iter().find(fits).map(|of| (*var, "1", of.len()))
        });
        let digits = word.trim_start_matches(['#', '＃']);
        let is_number = (1..=DIGITS).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && (digits.len() < word.len() || !ends_a_number(text, word));
        let (var, value, length) = match found {
            Some(found) => found,
            None if is_number => ("card", word, word.len()),
            None => return Some(text),
        };
        if call.values.contains_key(var) {
            return None;
        }
        let field = call.command.field(var)?;
        give(call, field, value).ok()?;
        text = text.get(..text.len().checked_sub(length)?)?;
    }
}

/// Whether `word`, the last of `text`, belongs to a phone number: `+39 045 555 0100`.
fn ends_a_number(text: &str, word: &str) -> bool {
    let before = text.strip_suffix(word).unwrap_or_default().trim_end();
    before.ends_with(|c: char| c.is_ascii_digit() || "-()/.".contains(c))
}
