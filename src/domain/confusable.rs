//! What in an account or a domain lets it pass for another, to whoever does not look closely (UTS #39).
//! Not all that may: `rn` looks like `m`, and whole words of one script like words of another.

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{CanonicalCombiningClass, Script, SoftDotted},
};
use unicode_normalization::UnicodeNormalization;
use unicode_security::MixedScript;

/// Whether `text` has a mark that shows in nothing, or letters in one word that do not belong together.
#[must_use]
pub fn passes_for_another(text: &str) -> bool {
    !text.is_ascii() && (has_hidden_mark(text) || text.split(is_between).any(mixes_scripts))
}

/// Whether a mark falls upon what is there without it: a dot upon one that the letter has, or one that
/// makes an `i` of a letter without; a mark that stands twice; a stroke across a letter, of which some
/// have one; and any mark upon a sign, which no script has.
fn has_hidden_mark(text: &str) -> bool {
    let class = |c: char| CodePointMapData::<CanonicalCombiningClass>::new().get(c);
    let (mut base, mut marks) = (' ', Vec::new());
    text.nfd().any(|c| {
        if class(c) == CanonicalCombiningClass::NotReordered {
            base = c;
            marks.clear();
            return false;
        }
        let is_above = |mark: &&char| class(**mark) == CanonicalCombiningClass::Above;
        // Marks elsewhere leave what is above the letter as it is.
        let above = marks.iter().rev().find(is_above).copied().unwrap_or(base);
        let has_dot =
            matches!(above, 'ı' | 'ȷ') || CodePointSetData::new::<SoftDotted>().contains(above);
        let is_hidden = !base.is_alphanumeric()
            || class(c) == CanonicalCombiningClass::Overlay
            || marks.contains(&c)
            || (c == '\u{307}' && has_dot);
        marks.push(c);
        is_hidden
    })
}

/// Whether it stands between two words.
fn is_between(c: char) -> bool {
    c.is_ascii() && !c.is_ascii_alphanumeric()
}

/// Whether the letters of `word` are of scripts that nobody writes together: beside Latin letters those of
/// China, Japan and Korea may stand (UTS #39 §5.2, “highly restrictive”).
fn mixes_scripts(word: &str) -> bool {
    if word.is_single_script() {
        return false;
    }
    let script = |c: char| CodePointMapData::<Script>::new().get(c);
    let rest: String = word.chars().filter(|c| script(*c) != Script::Latin).collect();
    let is_beside_latin = |c: char| {
        matches!(
            script(c),
            Script::Han
                | Script::Bopomofo
                | Script::Hiragana
                | Script::Katakana
                | Script::Hangul
                | Script::Common
                | Script::Inherited
        )
    };
    !rest.is_single_script() || !rest.chars().all(is_beside_latin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_that_shows_in_nothing_is_found() {
        for hidden in [
            "juli\u{307}et",
            "j\u{307}uliet",
            "jul\u{131}\u{307}et",
            "\u{237}\u{307}uliet",
            "jul\u{456}\u{307}et",
            "juli\u{323}\u{307}et",
            "juli\u{328}\u{307}\u{307}et",
            // A mark where its letter has it already, as one character or as two.
            "\u{15f}\u{327}",
            "\u{e9}\u{301}mil",
            "\u{e5}\u{30a}se",
            "o\u{323}\u{308}\u{323}",
            // A stroke across a letter that has one, and across one that has none.
            "\u{111}\u{335}uro",
            "\u{142}\u{337}ukasz",
            "t\u{335}om",
            // A line upon a line, and a mark upon nothing.
            "anna_\u{332}maria",
            "anna-\u{335}maria",
            "a=\u{333}b",
            "a.\u{307}b",
            "\u{301}anna",
        ] {
            assert!(passes_for_another(hidden), "{hidden:?}");
        }
        for seen in [
            "juliet",
            "\u{17c}aneta",
            "z\u{307}aneta",
            "juliet\u{307}",
            "jul\u{131}et",
            "i\u{301}\u{307}x",
            "nguy\u{1ec5}n",
            "\u{142}ukasz",
            "h\u{303}o\u{308}\u{304}",
            "\u{928}\u{93f}\u{930}\u{94d}\u{92e}\u{932}\u{93e}",
            "\u{5e9}\u{5c1}\u{5b8}\u{5dc}\u{5d5}\u{5b9}\u{5dd}",
            "\u{e1b}\u{e34}\u{e48}\u{e19}",
        ] {
            assert!(!passes_for_another(seen), "{seen:?}");
        }
    }

    #[test]
    fn letters_that_nobody_writes_together_are_found_in_one_word() {
        for mixed in [
            "jul\u{456}et",
            "\u{458}uliet",
            "juli\u{435}t",
            "ex\u{430}mple.org",
            "jul\u{3b9}et",
            "r\u{585}meo",
            "朱丽е",
        ] {
            assert!(passes_for_another(mixed), "{mixed:?}");
        }
        for one in [
            "юлия",
            "ιουλιέτα",
            "юлия.mail",
            "mail-юлия_2",
            "朱丽叶abc",
            "ジュリエットj",
            "줄리엣kim",
            "juliet2000",
            "jülïet",
            "юлия2000",
            "علي",
        ] {
            assert!(!passes_for_another(one), "{one:?}");
        }
    }
}
