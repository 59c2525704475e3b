//! Foreign text, made fit to be written into a stream or onto a page, and lines of somebody else's
//! marked as theirs.
//!
//! A character that XML 1.0 forbids closes the component's stream on every server, and one that
//! nobody sees lets a text pretend to be another (`threats` 6).

use std::{borrow::Cow, sync::LazyLock};

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{
        CanonicalCombiningClass, DefaultIgnorableCodePoint, EmojiModifier, ExtendedPictographic,
        JoiningType, Script, UnifiedIdeograph,
    },
};
use unicode_normalization::UnicodeNormalization;
use unicode_security::skeleton;

/// Stands before every line of somebody else's words that has not their name before it.
const THEIRS: &str = "| ";
/// The beginnings of sentences of ours that stand in one message with words of somebody else.
pub const OURS: [&str; 18] = [
    "Answer yes",
    "Answer stop",
    "To keep",
    "Voice comment",
    "and ",
    "https://",
    "http://",
    "要收下",
    "回复",
    "想保留",
    "另有",
    "语音留言",
    // And of those that ask for something elsewhere.
    "A code ",
    "Code ",
    "I have sent",
    "Your cards",
    "我已经把",
    "在浏览器里查看",
];
/// What stands before the number of something, or looks like it: no letter, so that no skeleton
/// says so.
const SIGNS: [char; 4] = ['#', '♯', '⋕', '⌗'];
/// What a line is marked for with which it begins, behind other signs too.
const MARKS: [char; 3] = ['>', '|', '+'];
/// What opens a bracket, once compatibility characters are what they stand for (NFKC).
const BRACKETS: [char; 11] = ['(', '[', '{', '<', '【', '〔', '〈', '《', '「', '『', '〖'];
/// What links begin with that have an `@` in them and are no sender.
const LINKS: [&str; 2] = ["mailto:", "xmpp:"];
/// The most characters of a line that are compared with a sentence: they are all shorter.
const LOOKED_AT: usize = 40;

/// Removes from `text` what XML 1.0 forbids and what nobody sees: controls of direction, of zero
/// width, fillers, tags; but for joiners and variation selectors where a script or an emoji needs
/// them.
///
/// Line feeds and tabs stay; a carriage return becomes nothing. Does not allocate when there is
/// nothing to remove. Takes time that grows with the text.
#[must_use]
pub fn clean(mut text: String) -> String {
    if !is_plain(&text) && !text.chars().all(|c| is_harmless(c) && !is_unseen(c)) {
        text = seen(&text);
    }
    text
}

/// [`clean`], and then on one line: every run of white space, blank Braille among it, becomes one
/// space.
#[must_use]
pub fn one_line(text: &str) -> String {
    if is_plain(text) && text.trim().len() == text.len() && !text.contains("  ") {
        return text.to_owned();
    }
    let cleaned = clean(text.to_owned());
    let mut line = String::with_capacity(cleaned.len());
    for word in cleaned.split(is_blank).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// Words of somebody else behind their name: every further line begins with `| `, which no line of
/// ours does and no client takes for a quote.
#[must_use]
pub fn marked(words: &str) -> String {
    words.split(is_break).collect::<Vec<_>>().join("\n| ")
}

/// A line of somebody else's that stands alone: as it is, unless it looks like one of ours, a
/// number, a quote, an address with or without a name, a sentence; then `| ` stands before it.
/// Takes time that grows with the line.
#[must_use]
pub fn own_line(line: &str) -> String {
    let plain =
        if line.is_ascii() { Cow::Borrowed(line) } else { Cow::Owned(line.nfkc().collect()) };
    let is_first = |c: char| c.is_alphanumeric() || SIGNS.contains(&c) || MARKS.contains(&c);
    let text = plain.trim_start_matches(|c| !is_first(c));
    let is_marked = text.starts_with(SIGNS)
        || text.starts_with(MARKS)
        || says_ours(text)
        || names_address(text);
    if is_marked { format!("{THEIRS}{line}") } else { line.to_owned() }
}

/// Whether it begins like a sentence of ours, for somebody who does not look closely (UTS #39 §4).
fn says_ours(text: &str) -> bool {
    static SEEN: LazyLock<Vec<[String; 2]>> = LazyLock::new(|| OURS.map(looks).to_vec());
    let begins: String = text.chars().take(LOOKED_AT).collect();
    let begins = looks(&begins);
    SEEN.iter().any(|ours| ours.iter().zip(&begins).any(|(ours, it)| it.starts_with(ours)))
}

/// What a text looks like, large or small: a large letter may look like another whose small one
/// does not, and the other way round.
fn looks(text: &str) -> [String; 2] {
    /// What each character of ASCII looks like, whatever stands beside it.
    static LETTERS: LazyLock<Vec<[String; 2]>> = LazyLock::new(|| {
        ('\0'..='\x7f').map(|letter| looks_closely(&letter.to_string())).collect()
    });
    if !is_plain(text) || text.starts_with(' ') || text.contains("  ") {
        return looks_closely(text);
    }
    let letters = text.bytes().filter_map(|byte| LETTERS.get(usize::from(byte)));
    let seen = [(); 2].map(|()| String::with_capacity(text.len()));
    letters.fold(seen, |[small, large], [s, l]| [small + s, large + l])
}

fn looks_closely(text: &str) -> [String; 2] {
    let text = one_line(text) + if text.ends_with(is_blank) { " " } else { "" };
    [text.to_lowercase(), text].map(|text| skeleton(&text).collect::<String>().to_lowercase())
}

/// Whether an address stands in it, wherever that is, and is no link. A telephone number counts in
/// brackets alone, where one of ours stands behind a name, or every number would.
fn names_address(text: &str) -> bool {
    let is_address = |word: &str| {
        let bare = word.trim_start_matches(|c: char| !c.is_alphanumeric());
        word.contains('@') && !LINKS.iter().any(|link| bare.starts_with(link))
    };
    let behind = text.split_once(BRACKETS).map_or("", |(_, behind)| behind);
    let is_number = |after: &str| after.trim_start().starts_with(|c: char| c.is_ascii_digit());
    text.split(is_blank).any(is_address) || behind.split('+').skip(1).any(is_number)
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether everything in `text` shows: nothing that [`clean`] removes, and nothing blank.
#[must_use]
pub fn is_seen(text: &str) -> bool {
    let shows = |c: char| is_harmless(c) && !is_unseen(c) && !is_blank(c);
    text.bytes().all(|b| b.is_ascii_graphic()) || text.chars().all(shows)
}

/// Whether nothing but a gap is shown for it: white space, blank Braille, a note without a head.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{2800}' | '\u{1d159}')
}

/// Cuts `text` to at most `max` characters, with an ellipsis when something was cut.
#[must_use]
pub fn shorten(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(max.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

/// Whether `text` is printable ASCII, as most is; a plain loop over bytes is vectorised.
fn is_plain(text: &str) -> bool {
    text.bytes().fold(true, |plain, b| plain & matches!(b, b' '..=b'~'))
}

/// Whether XML 1.0 allows it, and it is no control: neither C0 nor C1 but TAB and LF, nor one of
/// interlinear annotation.
fn is_harmless(c: char) -> bool {
    !matches!(c,
        '\u{0}'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether nothing is shown for it (`Default_Ignorable_Code_Point`, UAX #44).
fn is_unseen(c: char) -> bool {
    c >= '\u{ad}' && CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// What of `text` is seen, or changes what is seen.
fn seen(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text.chars();
    let mut before = None;
    while let Some(c) = rest.next() {
        if c == FLAG {
            let tags = tags(rest.as_str());
            kept.push(c);
            kept.push_str(tags);
            before = Some(c);
            rest = rest.as_str().get(tags.len()..).unwrap_or_default().chars();
            continue;
        }
        let is_kept = is_harmless(c)
            && (!is_unseen(c)
                || before.is_some_and(|before| is_needed(before, c, rest.clone().next())));
        if is_kept {
            kept.push(c);
            // An emoji is followed by what belongs to it.
            if !matches!(c, '\u{fe0e}' | '\u{fe0f}') && !is_modifier(c) {
                before = Some(c);
            }
        }
    }
    kept
}

/// Begins the flag of a part of a country.
const FLAG: char = '\u{1f3f4}';

/// The tags at the beginning of `text` that make such a flag (UTS #51, ED-14a): three to six, and
/// their end.
fn tags(text: &str) -> &str {
    let is_tag = |c: &char| matches!(c, '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}');
    let n = text.chars().take(7).take_while(is_tag).count();
    let is_flag = (3..=6).contains(&n) && text.chars().nth(n) == Some('\u{e007f}');
    let end = text.char_indices().nth(n + 1).map_or(text.len(), |(at, _)| at);
    text.get(..end).filter(|_| is_flag).unwrap_or_default()
}

pub(super) fn is_modifier(c: char) -> bool {
    c > '\u{ff}' && CodePointSetData::new::<EmojiModifier>().contains(c)
}

/// Whether the unseen `c` is needed between `before` and `after`: joiners between letters that join,
/// behind the sign of a dead vowel (RFC 5892 A.1, A.2) and within an emoji; selectors behind what
/// they can select.
fn is_needed(before: char, c: char, after: Option<char>) -> bool {
    let is_picture = |c: char| CodePointSetData::new::<ExtendedPictographic>().contains(c);
    let joins = |c: char| {
        let joining = CodePointMapData::<JoiningType>::new().get(c);
        // Marks stand upon a letter that joins.
        joining == JoiningType::DualJoining
            || joining == JoiningType::RightJoining
            || (joining == JoiningType::Transparent && !is_unseen(c))
    };
    let is_dead = || {
        CodePointMapData::<CanonicalCombiningClass>::new().get(before)
            == CanonicalCombiningClass::Virama
    };
    let joined = || after.is_some_and(|after| joins(before) && joins(after));
    let script = |c: char| CodePointMapData::<Script>::new().get(c);
    match c {
        '\u{200d}' if is_picture(before) => after.is_some_and(is_picture),
        '\u{200c}' | '\u{200d}' => {
            (is_dead() && after.is_some_and(char::is_alphabetic)) || joined()
        }
        '\u{fe0e}' | '\u{fe0f}' if before.is_ascii() => after == Some('\u{20e3}'),
        '\u{fe0e}' | '\u{fe0f}' if is_picture(before) => true,
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => {
            CodePointSetData::new::<UnifiedIdeograph>().contains(before)
        }
        '\u{180b}'..='\u{180f}' => script(before) == Script::Mongolian,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_that_xml_forbids_and_bidi_controls_are_removed() {
        assert_eq!(clean("a\u{0}b\u{202e}c\u{fffe}\r\nd\te".into()), "abc\nd\te");
    }

    #[test]
    fn whatever_shows_nothing_is_found() {
        for seen in ["juliet@capulet.lit", "j", "", "银高脚杯", "é\u{335}", "juliet\u{307}"] {
            assert!(is_seen(seen), "{seen:?}");
        }
        for c in
            "\u{0} \t\u{7f}\u{ad}\u{115f}\u{1160}\u{17b4}\u{180b}\u{200b}\u{200d}\u{2800}\u{3000}\
                  \u{3164}\u{fe0f}\u{feff}\u{1d159}\u{e0061}"
                .chars()
        {
            assert!(!is_seen(&format!("jul{c}iet")), "{c:?}");
        }
    }

    #[test]
    fn joiners_and_selectors_stay_where_a_script_or_an_emoji_needs_them() {
        for needed in [
            "👩\u{200d}👧 银高脚杯 é",
            "👩🏽\u{200d}❤\u{fe0f}\u{200d}👨🏿 ☺\u{fe0f} 1\u{fe0f}\u{20e3} ✈\u{fe0e}",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}!",
            // Persian, Bengali, Sinhala, and Arabic with a mark; a Japanese name; Mongolian.
            "می\u{200c}خواهم",
            "র\u{9cd}\u{200d}যাব",
            "ශ\u{dca}\u{200d}රී",
            "بِ\u{200d}ه",
            "葛\u{e0100}飾",
            "ᠠ\u{180b}",
        ] {
            assert_eq!(clean(needed.into()), needed);
        }
    }

    #[test]
    fn what_nobody_sees_goes() {
        for (text, seen) in [
            ("a\u{200d}b\u{200c}c\u{200b}d\u{ad}e\u{34f}f", "abcdef"),
            ("\u{3164}\u{115f}\u{1160}\u{ffa0}\u{17b4}", ""),
            ("a\u{fe0f}b\u{e0100}c\u{180b}", "abc"),
            ("a\u{e0061}\u{e007f}b\u{2064}\u{206a}", "ab"),
            // Words behind a flag that is none.
            ("🏴\u{e0068}\u{e0069}\u{e0068}\u{e0069}\u{e0068}\u{e0069}\u{e0068}\u{e007f}", "🏴"),
            ("\u{200d}👩 👩\u{200d}", "👩 👩"),
            ("\u{61c}\u{200e}\u{200f}\u{202a}\u{2066}\u{2069}\u{feff}\u{fff9}x", "x"),
        ] {
            assert_eq!(clean(text.into()), seen, "{text:?}");
        }
        assert_eq!(one_line("\u{2800}a \u{2800} b\u{2800}"), "a b");
        assert_eq!(one_line("\u{2800}\u{3164} "), "");
    }

    #[test]
    fn further_lines_and_lines_that_look_like_ours_are_marked() {
        assert_eq!(marked("one\n#7\u{2028}> #12 cup"), "one\n| #7\n| > #12 cup");
        for plain in [
            "Silver goblet, EUR 24.90",
            "银高脚杯",
            "Juliet Capulet",
            "Dune: Part Two (1984)",
            "mailto:juliet@capulet.lit",
            "· xmpp:juliet@capulet.lit?roster",
            "✉ mailto:juliet@capulet.lit",
            "Juliet <3 (Verona)",
            "Answering machine",
            "Andes, 2 l",
            "Cup (+ saucer)",
            "Для сада, ваза",
            "",
        ] {
            assert_eq!(own_line(plain), plain);
        }
        for like in [
            "#7",
            "> #12 cup",
            "Romeo (romeo@x): hi",
            "Romeo (+390455550100): hi",
            "romeo@x shows you:",
            "Answer yes to keep it",
            "要收下，请回复：保存 1",
            "https://x",
            "| x",
            // As it looks, not as it is written.
            "Аnswer yes",
            "ＡＮＳＷＥＲ yes",
            "ANSWER YES",
            "📎 Answer yes",
            "· \u{200e}Answer yes",
            "Romeo ﹙romeo﹫montague.lit﹚ shows you:",
            "Romeo [romeo@montague.lit] shows you",
            "Romeo <romeo@montague.lit>: hello",
            "Romeo – romeo@montague.lit – would like to show you something",
            "romeo @montague.lit shows you:",
            "1. Juliet (juliet＠x)",
            "Romeo 【+390455550100】",
            "♯7",
            "·#7",
            "– romeo＠montague.lit",
            "mail:romeo@montague.lit shows you:",
            "Code 123456",
            "A code goes to +390455550100",
            "I have sent six digits to +390455550100.",
            "Your cards in a browser: http://x",
            "Нttps://x",
            "语音留言",
        ] {
            assert_eq!(own_line(like), format!("| {like}"), "{like}");
        }
    }

    #[test]
    fn what_ascii_looks_like_does_not_depend_on_what_stands_beside_it() {
        for a in ' '..='~' {
            for b in ' '..='~' {
                let text = format!("{a}{b} {b}");
                assert_eq!(looks(&text), looks_closely(&text), "{text:?}");
            }
        }
    }

    #[test]
    fn a_line_is_looked_at_in_steps_that_grow_with_it() {
        // Each is looked at once, and what nobody can read is not looked at again and again.
        for piece in ["(", "@ ", "·", "ﷺ", "romeo@", "x:@"] {
            let line = piece.repeat(200_000 / piece.len());
            assert!(own_line(&line).contains(&line), "{piece}");
        }
    }

    #[test]
    fn cleaning_takes_steps_that_grow_with_the_text() {
        // Nothing is looked at but what is next to it, however many flags and joiners there are.
        let text = "🏴\u{e0067}\u{200b}".repeat(100_000);
        assert_eq!(clean(text).chars().count(), 100_000);
    }

    #[test]
    fn one_line_folds_line_breaks_into_spaces() {
        assert_eq!(one_line("  a\n\nb\u{2028}c "), "a b c");
        for plain in ["a  b c", " a b c", "a b c "] {
            assert_eq!(one_line(plain), "a b c");
        }
    }

    #[test]
    fn shorten_counts_characters_not_bytes() {
        assert_eq!(shorten("银高脚杯", 4), "银高脚杯");
        assert_eq!(shorten("银高脚杯子", 4), "银高脚…");
    }
}
