//! Talking about what was shared: what a message says of itself about which conversation it
//! belongs to. A conversation is one delivery: its two parties are the share's sender and that
//! recipient.

use jid::BareJid;

use super::address;

use super::{
    id::{DeliveryId, RefCode, ShareId},
    product::Product,
    recording::Recording,
};

/// One hint at a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clue {
    /// The id of a message: of one that he was sent, or of one of his own.
    Message(String),
    /// His own number for what was shared.
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
    /// Who.
    pub author: BareJid,
    /// The id under which his client knows it; empty when it has none.
    pub stanza_id: String,
    /// What he says.
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

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Words, without the quote in front of them.
    Words(String),
    /// Other words for an earlier message of his (XEP-0308).
    Correction {
        /// The id of that message.
        of: String,
        /// The words that count now.
        words: String,
    },
    /// A reaction to a message (XEP-0444); none: he takes it back.
    Reaction {
        /// The id of that message.
        to: String,
        /// One line; empty when it was taken back.
        emoji: String,
    },
    /// An earlier message of his counts no more (XEP-0424).
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
/// answer (which is a quote within the quote), the page's address and a line `#12` in a share, and
/// a handle in its own words. What stands in them between is somebody else's: it does not choose to
/// whom an answer goes. So the end of a message goes before what is in it, and a line of somebody's
/// words counts for nothing.
#[must_use]
pub fn quoted_clue(quote: &str) -> Option<Clue> {
    let lines = || quote.lines().map(str::trim).filter(|line| !line.is_empty());
    let nested = || handle_of(bare(lines().next()?.strip_prefix('>')?));
    let at_end = || lines().next_back().and_then(ending);
    let link = || lines().rev().find_map(link_of);
    let leading = || lines().find_map(|line| handle_of(bare(line)));
    let inside = || lines().rev().filter(|line| !is_somebodys(line)).find_map(handle_in);
    let handle = |(handle, _): (i64, &str)| Clue::Handle(handle);
    nested()
        .or_else(at_end)
        .map(handle)
        .or_else(|| link().map(Clue::Code))
        .or_else(|| leading().or_else(inside).map(handle))
}

fn bare(line: &str) -> &str {
    line.trim_start_matches(['>', ' ', '\u{a0}'])
}

/// The handle with which a message of ours ends: `#12` alone, or `(#12)` behind its last sentence.
fn ending(line: &str) -> Option<(i64, &str)> {
    let alone = handle_of(line).filter(|it| it.1.is_empty());
    alone.or_else(|| {
        let at = line.rfind(['(', '（']).filter(|_| !is_somebodys(line))?;
        let last = line.get(at..)?.trim_matches(['(', '（', ')', '）']);
        handle_of(last).filter(|it| it.1.is_empty())
    })
}

/// The first handle in a line of ours; behind the address of somebody whom it names, if it names
/// one, for their name may look like a handle.
fn handle_in(line: &str) -> Option<(i64, &str)> {
    let in_text = |text: &'_ str| {
        let signs = text.match_indices(['#', '＃']).map(|(at, _)| at);
        let mut found = signs.filter_map(|at| handle_of(line.get(line.len() - text.len() + at..)?));
        found.next()
    };
    line.find('@').and_then(|at| in_text(line.get(at..)?)).or_else(|| in_text(line))
}

/// Whether a line is what somebody says: one that is marked so, or their address and a colon.
fn is_somebodys(line: &str) -> bool {
    let behind = line.split_once('@').map_or("", |(_, behind)| behind);
    let mut words = behind.split_whitespace();
    let says = |word: Option<&str>| word.is_some_and(|it| it.ends_with(':') || it.contains('：'));
    let corrects = |word: Option<&str>| word.is_some_and(|it| it == "corrects:");
    line.starts_with("| ") || says(words.next()) || {
        let second = words.next();
        corrects(second) || second.is_some_and(|it| it.starts_with("更正："))
    }
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_quote_ends_with_its_last_quoted_line() {
        assert_eq!(split_quote("> a\n> b\nc\n> d"), ("a\nb".to_owned(), "c\n> d"));
        assert_eq!(split_quote("> a\n\nc"), ("a".to_owned(), "c"));
        assert_eq!(split_quote(">> a\n>\nc"), ("> a\n".to_owned(), "c"));
        assert_eq!(split_quote("> all"), ("all".to_owned(), ""));
        for plain in [">_< no", ">3 kg", "no > quote", ""] {
            assert_eq!(split_quote(plain), (String::new(), plain));
        }
    }

    #[test]
    fn a_quote_of_what_this_service_wrote_points_at_it() {
        let code = RefCode::parse("7K3QXM2NP8").unwrap();
        let share = "Juliet (juliet@x): #3 of all\n#1 mug, EUR 5\nhttps://x/s/7K3QXM2NP8\n#12";
        for (quote, clue) in [
            (share, Clue::Handle(12)),
            ("Juliet (juliet@x): #3 of all\n#1 mug, EUR 5\n#12", Clue::Handle(12)),
            ("> #12 Silver goblet\nRomeo (romeo@x): is #1 better?\n#4", Clue::Handle(12)),
            ("#12 Silver goblet", Clue::Handle(12)),
            ("Sent to Romeo about #12 Silver goblet", Clue::Handle(12)),
            ("已发送给 Romeo，关于＃１２银高脚杯", Clue::Handle(12)),
            ("https://x/s/7K3QXM2NP8", Clue::Code(code)),
            ("Sent #4 Lamp to romeo@x. Its code is 7K3QX-M2NP8.", Clue::Handle(4)),
            ("Answer yes to keep it and give yours, no to decline. (#12)", Clue::Handle(12)),
            ("Romeo (romeo@x) reacted 👍 to: #12 Silver goblet", Clue::Handle(12)),
        ] {
            assert_eq!(quoted_clue(quote), Some(clue), "{quote}");
        }
        for other in ["", "To be, or not to be", "strawberry", "#hash", "C#7a", "#0", "/s/short"] {
            assert_eq!(quoted_clue(other), None, "{other}");
        }
    }

    #[test]
    fn what_somebody_says_in_a_quote_does_not_choose_to_whom_an_answer_goes() {
        for (quote, clue) in [
            ("A (a@x) shows you:\nLamp 7K3QX-M2NP8\nhttps://x/s/000000001A\n#12", Some(12)),
            (
                "A (a@x): see https://x/s/7K3QXM2NP8 too\nLamp\nhttps://x/s/000000001A\n#12",
                Some(12),
            ),
            (
                "A gives you a card:\nA\nhttps://x/s/7K3QXM2NP8\nAnswer yes … decline. (#12)",
                Some(12),
            ),
            ("Sent to A #5 (a@x) about #12 Lamp", Some(12)),
            ("A (a@x): is #5 better?", None),
            ("a@x：＃5", None),
            ("A (a@x): hi\n| see #5", None),
            ("A (a@x): see https://x/s/7K3QXM2NP8", None),
            ("Lamp 7K3QX-M2NP8", None),
            ("7K3QXM2NP8", None),
        ] {
            assert_eq!(quoted_clue(quote), clue.map(Clue::Handle), "{quote}");
        }
    }

    #[test]
    fn a_handle_leads_and_is_not_a_part_of_a_word() {
        assert_eq!(handle_of("#12 how heavy?"), Some((12, "how heavy?")));
        assert_eq!(handle_of(" #12: how\nheavy?"), Some((12, "how\nheavy?")));
        assert_eq!(handle_of("＃１２，多重？"), Some((12, "多重？")));
        assert_eq!(handle_of("#12多重？"), Some((12, "多重？")));
        assert_eq!(handle_of("#12"), Some((12, "")));
        for other in ["12 how", "#12th", "# 12", "#", "#0", "#1234567890", "see #12", "#٣"] {
            assert_eq!(handle_of(other), None, "{other}");
        }
    }

    #[test]
    fn a_number_sign_with_thirty_digits_is_no_handle() {
        for digit in ["1", "9", "０", "９"] {
            let text = format!("#{}", digit.repeat(30));
            assert_eq!((handle_of(&text), quoted_clue(&text)), (None, None), "{text}");
        }
    }

    #[test]
    fn one_of_several_is_named_by_his_address() {
        let romeo: BareJid = "romeo@x".parse().unwrap();
        assert_eq!(address_of("romeo@x: hi"), Some((romeo.clone(), "hi")));
        assert_eq!(address_of("Romeo@X hi"), Some((romeo, "hi")));
        for other in ["romeo hi", "romeo@x", "@x hi", ""] {
            assert_eq!(address_of(other), None, "{other}");
        }
        for text in ["Romeo (romeo@x): hi", "romeo@x", "sent to romeo@x."] {
            assert!(names(text, "romeo@x"), "{text}");
        }
        for text in ["xromeo@x", "romeo@x.lit", "romeo@xy", "a.romeo@x", "romeo@x/r", ""] {
            assert!(!names(text, "romeo@x"), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_nothing_of_an_answer_is_lost(
            quoted in prop::collection::vec("[^\n\r]{0,20}", 0..4), answer in "[^>\n\r][^\r]{0,40}",
        ) {
            let quote = quoted.iter().flat_map(|line| ["> ", line, "\n"]).collect::<String>();
            let body = format!("{quote}{answer}");
            prop_assert_eq!(split_quote(&body), (quoted.join("\n"), answer.as_str()));
            let _ = (quoted_clue(&body), handle_of(&body), address_of(&body), names(&body, &answer));
        }

        #[test]
        fn anything_may_come_in(text in any::<String>()) {
            let (quote, rest) = split_quote(&text);
            prop_assert!(text.ends_with(rest));
            let _ = (quoted_clue(&quote), handle_of(&text), address_of(&text));
        }
    }
}
