//! The words of yes and of no in each language: one list for all that is answered with them, so that
//! none means something in one place and is passed on as words in another.

/// Yes. `ok` and 好 are what people write to a question, whatever word it has named.
pub const YES: &[&str] = &[
    "yes", "y", "yeah", "yep", "ok", "okay", "sure", "同意", "是", "是的", "好", "好的", "好啊",
    "行", "可以", "要", "嗯", "确定",
];
/// No.
pub const NO: &[&str] = &[
    "no",
    "n",
    "nope",
    "nah",
    "拒绝",
    "否",
    "不",
    "不要",
    "不用",
    "不用了",
    "不了",
    "不行",
    "不是",
    "不好",
    "不可以",
    "不同意",
    "不需要",
    "不想",
    "不想要",
    "算了",
];
/// What changes neither behind it.
const POLITE: [&str; 4] = [" please", " thanks", " thank you", "谢谢"];
/// No word of these is longer, in bytes, with what may stand around it.
const LONGEST: usize = 64;

/// What a few words say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assent {
    /// Yes.
    Yes,
    /// No, also as 👎.
    No,
    /// 👍.
    Thumb,
}

/// What `text` says, if it says that and nothing else.
#[must_use]
pub fn read(text: &str) -> Option<Assent> {
    let text = text.trim();
    for (sign, assent) in [('👍', Assent::Thumb), ('👎', Assent::No)] {
        let is_sign = |c: char| c == sign || matches!(c, '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}');
        if text.starts_with(sign) && text.chars().all(is_sign) {
            return Some(assent);
        }
    }
    let plain = plain(text)?;
    let word = POLITE.iter().find_map(|it| plain.strip_suffix(*it)).unwrap_or(&plain).trim_end();
    if YES.contains(&word) {
        Some(Assent::Yes)
    } else if NO.contains(&word) {
        Some(Assent::No)
    } else {
        None
    }
}

/// `text` in small letters, without a command's sign before it, and without the marks between and
/// behind its words; none when it is too long for one of these words. A question mark stays: whoever
/// writes `ok?` asks.
#[must_use]
pub fn plain(text: &str) -> Option<String> {
    let text = text.trim().trim_start_matches(['/', '!', '／', '！']);
    if text.len() > LONGEST {
        return None;
    }
    let text = text.to_lowercase();
    let words = text.split(|c: char| c.is_whitespace() || ".,!~。，、！～".contains(c));
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    Some(words.join(" "))
}

/// Whether `text` is so short that it may be a yes or no that no list knows: three words at the most,
/// of which two signs of Chinese or Japanese make one.
#[must_use]
pub fn is_short(text: &str) -> bool {
    let signs = |word: &str| word.chars().filter(|c| matches!(*c, '\u{2e80}'..='\u{9fff}')).count();
    let words = text.split_whitespace().map(|word| signs(word).div_ceil(2).max(1));
    (1..=3).contains(&words.take(4).sum::<usize>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yes_and_no_are_read_in_many_words_and_as_nothing_else() {
        for (words, assent) in [
            ("Yes!", Some(Assent::Yes)),
            (" y ", Some(Assent::Yes)),
            ("OK.", Some(Assent::Yes)),
            ("/okay", Some(Assent::Yes)),
            ("Yes, please", Some(Assent::Yes)),
            ("好的。", Some(Assent::Yes)),
            ("好的，谢谢！", Some(Assent::Yes)),
            ("要", Some(Assent::Yes)),
            ("n", Some(Assent::No)),
            ("Nope", Some(Assent::No)),
            ("No, thanks.", Some(Assent::No)),
            ("no thank you", Some(Assent::No)),
            ("不要", Some(Assent::No)),
            ("不用了，谢谢", Some(Assent::No)),
            ("👎🏽", Some(Assent::No)),
            ("👍👍\u{fe0f}", Some(Assent::Thumb)),
            ("👍👎", None),
            ("👍 nice", None),
            ("🏽", None),
            ("ok?", None),
            ("yes and no", None),
            ("yes work", None),
            ("please", None),
            ("thanks", None),
            ("谢谢", None),
            ("1", None),
            ("", None),
        ] {
            assert_eq!(read(words), assent, "{words}");
        }
        assert_eq!(read(&format!("no{}thanks", " ".repeat(LONGEST))), None);
    }

    #[test]
    fn each_word_stands_in_one_list_and_is_found_as_it_stands_there() {
        for (list, assent) in [(YES, Assent::Yes), (NO, Assent::No)] {
            for word in list {
                assert_eq!(read(word), Some(assent), "{word}");
                assert_eq!(read(&format!(" {}! ", word.to_uppercase())), Some(assent), "{word}");
            }
        }
    }

    #[test]
    fn three_words_are_short() {
        for short in ["nein", "leave me alone", "who?", "不想收你的", "你是谁？"] {
            assert!(is_short(short), "{short}");
        }
        for long in ["", " ", "how did you get it", "你是怎么知道我的号码的"] {
            assert!(!is_short(long), "{long}");
        }
    }
}
