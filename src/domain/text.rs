//! Foreign text, made fit to be written into a stream or onto a page.
//!
//! A character that XML 1.0 forbids closes the component's stream on every server, and a
//! bidirectional control lets a product name disguise the link after it (`threats` 6).

/// Removes what XML 1.0 forbids and every bidirectional or zero-width control from `text`.
///
/// Line feeds and tabs stay; a carriage return becomes nothing. Does not allocate when there is
/// nothing to remove.
#[must_use]
pub fn clean(mut text: String) -> String {
    if !is_plain(&text) && !text.chars().all(is_harmless) {
        text.retain(is_harmless);
    }
    text
}

/// [`clean`], and then on one line: every run of white space becomes one space.
#[must_use]
pub fn one_line(text: &str) -> String {
    if is_plain(text) && text.trim().len() == text.len() && !text.contains("  ") {
        return text.to_owned();
    }
    let mut line = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    clean(line)
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

fn is_harmless(c: char) -> bool {
    !matches!(c,
        '\u{0}'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' // C0 and C1 but TAB and LF
        | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2060}' | '\u{feff}' // zero width, marks
        | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}' // bidirectional
        | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_that_xml_forbids_and_bidi_controls_are_removed() {
        assert_eq!(clean("a\u{0}b\u{202e}c\u{fffe}\r\nd\te".into()), "abc\nd\te");
    }

    #[test]
    fn emoji_joiners_and_ordinary_text_stay() {
        // U+200D joins emoji and is needed by several scripts.
        let family = "👩\u{200d}👧 银高脚杯 é";
        assert_eq!(clean(family.into()), family);
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
