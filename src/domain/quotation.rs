//! Words of somebody else within a sentence of ours.

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{GeneralCategory, QuotationMark},
};
use unicode_security::skeleton;

use super::text::{one_line, shorten};

/// Words of somebody else within a sentence of ours: at most `max` characters of them, on one line,
/// in quotation marks, which are the same in English and Chinese, and without any of their own that
/// could be taken for those.
#[must_use]
pub fn quoted(words: &str, max: usize) -> String {
    let mut bare = String::with_capacity(words.len());
    for c in words.chars().filter(|c| !is_quotation_mark(*c)) {
        // Two of one stroke look like one of two.
        if !(is_stroke(c) && bare.ends_with(is_stroke)) {
            bare.push(c);
        }
    }
    format!("“{}”", shorten(&one_line(&bare), max))
}

/// Whether it is a quotation mark, or looks like one (UTS #39 §4); apostrophes stand in names.
fn is_quotation_mark(c: char) -> bool {
    let is_one = |c| CodePointSetData::new::<QuotationMark>().contains(c) && !is_stroke(c);
    match c {
        '"' => true,
        _ if c.is_ascii() || is_letter(c) => false,
        _ => is_one(c) || looks_like(c, |seen| seen.starts_with("''")),
    }
}

/// Whether it looks like an apostrophe.
fn is_stroke(c: char) -> bool {
    match c {
        '\'' | '`' => true,
        _ if c.is_ascii() || is_letter(c) => false,
        _ => looks_like(c, |seen| seen == "'"),
    }
}

/// Whether it is a letter or digit of words, and no stroke that is counted among letters.
fn is_letter(c: char) -> bool {
    let is_modifier =
        || CodePointMapData::<GeneralCategory>::new().get(c) == GeneralCategory::ModifierLetter;
    c.is_alphanumeric() && !is_modifier()
}

/// Whether that is so of what `c` looks like, alone.
fn looks_like(c: char, is_so: impl Fn(&str) -> bool) -> bool {
    is_so(&skeleton(c.encode_utf8(&mut [0; 4])).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_words_end_their_quotation_marks() {
        for (words, quoted_) in [
            ("Silver goblet", "“Silver goblet”"),
            ("O’Hara's cup, 'old'", "“O’Hara's cup, 'old'”"),
            ("Cup” – from “Juliet", "“Cup – from Juliet”"),
            ("Cup\" \u{201e}x\u{201f} «y» ＂z＂ 「a」『b』 \u{301d}c\u{301e}", "“Cup x y z ab c”"),
            // Two strokes, and what looks like the mark.
            ("Cup'' ’’ ′′ ″ ʺ ‘’x", "“Cup' ’ ′ ‘x”"),
            ("Cup\n#7\u{2028}x", "“Cup #7 x”"),
            ("", "“”"),
        ] {
            assert_eq!(quoted(words, 60), quoted_, "{words:?}");
        }
        assert_eq!(quoted("银高脚杯子", 4), "“银高脚…”");
    }
}
