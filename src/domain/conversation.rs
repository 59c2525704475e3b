//! Talking about what was shared: what a message says of itself about which conversation it
//! belongs to. A conversation is one delivery: its two parties are the share's sender and that
//! recipient.

use std::time::Duration;

use jid::BareJid;

use super::{
    address,
    id::{DeliveryId, RefCode, ShareId},
    product::Product,
    recording::Recording,
};

/// How long what came last is what somebody speaks of who does not say what they speak of.
pub const LATEST: Duration = Duration::from_mins(30);

/// One hint at a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clue {
    /// The id of a message: of one that the author was sent, or of one of their own.
    Message(String),
    /// The author's own number for what was shared.
    Handle(i64),
    /// The code that opens its page.
    Code(RefCode),
    /// The share's name.
    Share(ShareId),
    /// The thread, which is the conversation's name.
    Thread(DeliveryId),
}

/// What somebody wrote to the contact, for whoever it concerns.
#[derive(Debug, Clone)]
pub struct Saying {
    /// Who wrote it.
    pub author: BareJid,
    /// The id under which the author's client knows it; empty when it has none.
    pub stanza_id: String,
    /// What the author says.
    pub said: Said,
    /// The language of the words, BCP 47, when it is known.
    pub lang: Option<String>,
    /// The same spoken.
    pub recording: Option<Box<Recording>>,
    /// Further products, at most five.
    pub products: Vec<Product>,
    /// The same as they travel.
    pub xml: String,
    /// Hints at what it is about, the strongest first.
    pub clues: Vec<Clue>,
    /// What was quoted in front: where several are asked about one thing, it may name the one.
    pub quote: String,
    /// Whether it points at something itself, which then must be found: what came last is no
    /// substitute. A thread alone is what a client says, not what a person does.
    pub refers: bool,
}

impl Saying {
    /// Whether `clue` is what the quote says.
    #[must_use]
    pub fn is_quoted(&self, clue: &Clue) -> bool {
        quoted_clue(&self.quote).as_ref() == Some(clue)
    }
}

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Words, without the quote in front of them.
    Words(String),
    /// Other words for an earlier message of the author's (XEP-0308).
    Correction {
        /// The id of that message.
        of: String,
        /// The words that count now.
        words: String,
    },
    /// A reaction to a message (XEP-0444); with no emoji, the author takes it back.
    Reaction {
        /// The id of that message.
        to: String,
        /// One line; empty when it was taken back.
        emoji: String,
    },
    /// An earlier message of the author's counts no more (XEP-0424).
    Retraction {
        /// The id of that message.
        of: String,
    },
}

impl Said {
    /// The words, if there are any.
    #[must_use]
    pub fn words(&self) -> &str {
        match self {
            Self::Words(words) | Self::Correction { words, .. } => words,
            Self::Reaction { emoji, .. } => emoji,
            Self::Retraction { .. } => "",
        }
    }
}

/// A body in two: the quoted lines at its beginning, one level of `>` taken off, and what follows.
/// The quote is empty when there is none.
#[must_use]
pub fn split_quote(body: &str) -> (String, &str) {
    let mut quoted = Vec::new();
    let mut rest = body;
    while let Some((inner, behind)) = quoted_line(rest) {
        quoted.push(inner);
        rest = behind;
    }
    // An empty line between a quote and the answer belongs to neither.
    if !quoted.is_empty() {
        rest = rest.trim_start_matches(['\n', '\r']);
    }
    (quoted.join("\n"), rest)
}

/// The first line without its `>`, and what is behind it; none when it is not quoted. `>_<` and
/// `>3 kg` are no quotes (XEP-0393 §5.1.3 would take them, people would not).
fn quoted_line(text: &str) -> Option<(&str, &str)> {
    let (line, behind) = text.split_once('\n').unwrap_or((text, ""));
    let inner = line.trim_end_matches('\r').strip_prefix('>')?;
    let is_quote = inner.is_empty() || inner.starts_with([' ', '>', '\u{a0}']);
    is_quote.then(|| (inner.strip_prefix([' ', '\u{a0}']).unwrap_or(inner), behind))
}

/// What a quote points at: the texts that this service writes hold a handle at the head of an
/// answer (which is a quote within the quote), in the sentence with which they begin, in the one with
/// which they end, or alone on their last line; and the page's address. What stands between is somebody
/// else's: it does not choose to whom an answer goes.
#[must_use]
pub fn quoted_clue(quote: &str) -> Option<Clue> {
    let lines = || quote.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines().next()?;
    let bare = first.trim_start_matches(['>', ' ', '\u{a0}']);
    let nested = handle_of(bare).filter(|_| first.starts_with('>'));
    let handle = |(handle, _): (i64, &str)| Clue::Handle(handle);
    nested
        .or_else(|| told(first))
        .or_else(|| lines().next_back().and_then(ending))
        .map(handle)
        .or_else(|| lines().rev().find_map(link_of).map(Clue::Code))
        .or_else(|| handle_of(bare).map(handle))
}

/// What we say behind the address of somebody and before the handle of something.
const TELLS: [&str; 11] = [
    "about #",
    "reacted ",
    "took back a ",
    "has taken back #",
    "has changed the card that you have (#",
    "，关于 #",
    "对 #",
    "取消了对 #",
    "撤回了关于 #",
    "收回了 #",
    "修改了你手里的名片（#",
];
/// What else we begin with before a handle. No name holds a colon.
const BEGINS: [&str; 2] = ["Given: ", "已发出："];
/// What stands before whoever something has gone to.
const GONE: [&str; 2] = ["Sent to ", "已发给 "];
/// What the sentences begin with that end in a handle.
const ASKS: [&str; 4] =
    ["To keep it, answer: save ", "Answer yes ", "要收下，请回复：", "回复“同意”"];

/// The handle in a sentence of ours that says what somebody did, or where something went. Their name
/// may look like one, and so may what stands in quotation marks.
fn told(line: &str) -> Option<(i64, &str)> {
    if let Some(behind) = BEGINS.iter().find_map(|begins| line.strip_prefix(begins)) {
        return handle_of(behind);
    }
    if line.starts_with("| ") || line.starts_with("+ ") {
        return None;
    }
    let said = behind_whom(line).filter(|said| tells(said))?;
    let mut is_theirs = false;
    said.char_indices().find_map(|(at, c)| {
        match c {
            '“' => is_theirs = true,
            '”' => is_theirs = false,
            '#' if !is_theirs => return handle_of(said.get(at..)?),
            _ => {}
        }
        None
    })
}

/// Whether one of [`TELLS`] is what `said` begins with.
fn tells(said: &str) -> bool {
    TELLS.iter().any(|tells| said.starts_with(tells))
}

/// What a line says behind whoever it begins with: an address, or a name and behind it an address in
/// brackets. A colon is never part of that: what follows one is somebody's words.
fn behind_whom(line: &str) -> Option<&str> {
    let line = GONE.iter().find_map(|it| line.strip_prefix(it)).unwrap_or(line);
    let is_address =
        |text: &str| text.contains(['@', '+', '.']) && !text.contains(char::is_whitespace);
    let (first, behind) = line.split_at_checked(line.find([' ', ':', '，', '：'])?)?;
    let alone = Some(behind.trim_start_matches(' ')).filter(|_| is_address(first));
    // No name holds a colon, a bracket or an address.
    let named = line.split_once(" (").and_then(|(name, rest)| {
        let (address, behind) = rest.split_once(')')?;
        let is_name = !name.contains([':', '：', '(', ')', '@', '“']);
        (is_name && is_address(address)).then(|| behind.trim_start_matches(' '))
    });
    match (alone, named) {
        (Some(alone), _) if first.contains('@') => Some(alone),
        // A name may begin like a number or a domain, and a reaction may hold brackets.
        (Some(alone), Some(named)) => Some(named).filter(|_| !tells(alone)),
        (alone, named) => named.or(alone),
    }
}

/// The handle with which a message of ours ends: `#12` alone, or `(#12)` behind its last sentence.
fn ending(line: &str) -> Option<(i64, &str)> {
    let alone = handle_of(line).filter(|it| it.1.is_empty());
    alone.or_else(|| {
        let is_ours = ASKS.iter().any(|asks| line.starts_with(asks));
        let at = line.rfind(['(', '（']).filter(|_| is_ours)?;
        let last = line.get(at..)?.trim_matches(['(', '（', ')', '）']);
        handle_of(last).filter(|it| it.1.is_empty())
    })
}

/// The code in a page's address that has a line to itself.
fn link_of(line: &str) -> Option<RefCode> {
    let (page, code) = line.rsplit_once("/s/")?;
    let is_alone = page.starts_with("http") && !line.contains(char::is_whitespace);
    RefCode::parse(code).filter(|_| is_alone && code.len() == 10)
}

/// `#12` at the beginning of `text`, and what follows it without the punctuation between. A number
/// sign may be a wide one, as Chinese keyboards write it, and so may digits.
#[must_use]
pub fn handle_of(text: &str) -> Option<(i64, &str)> {
    let mut rest = text.trim_start().strip_prefix(['#', '＃'])?;
    let mut handle: i64 = 0;
    let mut digits = 0;
    while let Some(c) = rest.chars().next() {
        let narrow = match c {
            '０'..='９' => char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')),
            other => Some(other),
        };
        let Some(digit) = narrow.and_then(|c| c.to_digit(10)) else { break };
        // Whatever has more than nine digits is none, be it as long as it may.
        handle = handle.saturating_mul(10).saturating_add(i64::from(digit));
        digits += 1;
        rest = rest.get(c.len_utf8()..)?;
    }
    let goes_on = rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let is_one = (1..=9).contains(&digits) && handle > 0 && !goes_on;
    is_one.then(|| {
        (handle, rest.trim_start_matches([':', ',', '：', '，', ' ', '\n', '\t', '\u{a0}']))
    })
}

/// What follows in `text` behind a phone number at its beginning, whose digits may stand in groups:
/// how one of several is named. `number` begins with a `+`.
#[must_use]
pub fn behind_number<'t>(text: &'t str, number: &str) -> Option<&'t str> {
    let mut rest = text.strip_prefix('+')?;
    for digit in number.strip_prefix('+')?.chars() {
        rest = rest.trim_start_matches([' ', '\u{a0}', '-', '.', '(', ')', '/']);
        rest = rest.strip_prefix(digit)?;
    }
    let words = rest.trim_start_matches([':', ',', '：', '，']).trim_start();
    (words.len() < rest.len()).then_some(words)
}

/// An address at the beginning of `text`, and what follows it: how one of several is named.
#[must_use]
pub fn address_of(text: &str) -> Option<(BareJid, &str)> {
    let (first, rest) = text.split_once(char::is_whitespace)?;
    let jid = first.trim_end_matches([':', ',', '：', '，']);
    let jid = address::bare(jid).filter(|jid| jid.node().is_some())?;
    Some((jid, rest.trim_start()))
}

/// Whether `text` names `jid`: the address, and neither a longer one nor a part of one.
#[must_use]
pub fn names(text: &str, jid: &str) -> bool {
    let of_address =
        |c: char| c.is_alphanumeric() || matches!(c, '@' | '.' | '-' | '_' | '+' | '/' | '%');
    text.match_indices(jid).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let mut behind = text.get(at + jid.len()..).unwrap_or_default().chars();
        let ends = match behind.next() {
            // A full stop may end the sentence.
            Some('.') => !behind.next().is_some_and(char::is_alphanumeric),
            after => !after.is_some_and(of_address),
        };
        !before.is_some_and(of_address) && ends
    })
}

#[cfg(test)]
mod tests;
