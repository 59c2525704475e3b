//! Foreign text, made fit to be written into a stream or onto a page, and lines of somebody else's
//! marked as theirs.
//!
//! A character that XML 1.0 forbids closes the component's stream on every server, and one that
//! nobody sees lets a text pretend to be another (`threats` 6).

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{
        CanonicalCombiningClass, DefaultIgnorableCodePoint, EmojiModifier, ExtendedPictographic,
        JoiningType, Script, UnifiedIdeograph,
    },
};

/// Stands before every line of somebody else's words that has not their name before it.
const THEIRS: &str = "| ";
/// The beginnings of sentences of ours that stand in one message with words of somebody else.
pub const OURS: [&str; 12] = [
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
];

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

/// A line of somebody else's that stands alone: as it is, unless it begins like one of ours, a
/// number, a quote, an address with or without a name, a sentence; then `| ` stands before it.
#[must_use]
pub fn own_line(line: &str) -> String {
    let text = line.trim_start();
    let is_marked = text.starts_with(['#', '＃', '>', '＞', '|', '+'])
        || OURS.iter().any(|ours| text.starts_with(ours))
        || names_address(text);
    if is_marked { format!("{THEIRS}{line}") } else { line.to_owned() }
}

/// Whether an address stands first, as no link, or in brackets behind something.
fn names_address(text: &str) -> bool {
    let is_sign = |c: char| matches!(c, '@' | '＠');
    let first = text.split(is_blank).next().unwrap_or_default();
    let before = first.split(is_sign).next().unwrap_or_default();
    let is_first = before.len() < first.len() && !before.contains(':');
    // Whatever is before the first bracket, the address is behind one.
    let behind = text.split_once(['(', '（']).map_or("", |(_, behind)| behind);
    is_first || behind.contains(is_sign) || behind.contains(['+', '＋'])
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{2800}'
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

fn is_modifier(c: char) -> bool {
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
        ] {
            assert_eq!(own_line(like), format!("| {like}"));
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
