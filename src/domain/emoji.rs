//! What is an emoji.

use icu_properties::{
    CodePointSetData,
    props::{ExtendedPictographic, RegionalIndicator},
};

use super::text::is_modifier;

/// Whether a word is nothing but emoji (UTS #51): pictures and what changes them, flags, keycaps.
#[must_use]
pub fn is_emoji(word: &str) -> bool {
    let is_picture = |c: char| {
        CodePointSetData::new::<ExtendedPictographic>().contains(c)
            || CodePointSetData::new::<RegionalIndicator>().contains(c)
    };
    let is_beside = |c: char| {
        matches!(c, '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' | '\u{e0020}'..='\u{e007f}')
            || is_modifier(c)
    };
    let mut rest = word;
    let mut is_any = false;
    while let Some(c) = rest.chars().next() {
        let keycap = [c, '\u{fe0f}', '\u{20e3}'].iter().collect::<String>();
        let is_key = matches!(c, '0'..='9' | '#' | '*') && rest.starts_with(&keycap);
        let length = if is_key { keycap.len() } else { c.len_utf8() };
        is_any |= is_key || is_picture(c);
        if !is_key && !is_picture(c) && !is_beside(c) {
            return false;
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    is_any
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pictures_flags_and_keycaps_are_emoji() {
        for emoji in [
            "👍",
            "❤",
            "❤\u{fe0f}",
            "👍🏽",
            "👩\u{200d}👧",
            "🇮🇹",
            "1\u{fe0f}\u{20e3}",
            "☺",
            "👍👍",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
        ] {
            assert!(is_emoji(emoji), "{emoji}");
        }
        for words in ["", "1", "#7", "lol", "👍x", "https://x", "\u{fe0f}", "好", "+", "*"] {
            assert!(!is_emoji(words), "{words:?}");
        }
    }
}
