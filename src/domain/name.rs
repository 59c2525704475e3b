//! The names that people go by. A name stands where the service speaks, so it must not be more than
//! a name: no address, no link, no colon, nothing unseen, one line (`threats` 6, 12).

use icu_properties::{CodePointMapData, props::Script};
use unicode_normalization::UnicodeNormalization;
use unicode_security::{MixedScript, skeleton};

use super::text::{one_line, shorten};

/// The most characters of a name.
pub const NAME_MAX: usize = 60;
/// The most characters of what is given that are looked at.
const READ_MAX: usize = 4 * NAME_MAX;
/// Digits of the shortest telephone numbers.
const DIGITS: usize = 7;
/// What a line of ours begins with that is no sentence.
const MARKS: [char; 8] = ['#', '＃', '>', '＞', '|', '+', '/', '!'];

/// What of `given` is a name; none when nothing is. The same again changes nothing.
#[must_use]
pub fn name(given: &str) -> Option<String> {
    let mut name = without_marks(given)?;
    // What was between them may have kept apart what is an address or a link.
    for _ in 0..READ_MAX {
        let again = without_marks(&name)?;
        if again == name {
            return Some(name);
        }
        name = again;
    }
    None
}

fn without_marks(given: &str) -> Option<String> {
    let line = one_line(cut(given));
    if is_simple(&line) {
        return Some(line);
    }
    let is_mark = |word: &String| word.chars().all(|c| MARKS.contains(&c) || is_bracket(c));
    let words = without_numbers(&line).into_iter().filter_map(word).skip_while(is_mark);
    let line = words.collect::<Vec<String>>().join(" ");
    let line = shorten(line.trim_start_matches(MARKS).trim(), NAME_MAX);
    line.chars().any(is_shown).then_some(line)
}

/// Whether `given` is a name as it is, but for white space and what nobody sees.
#[must_use]
pub fn is_name(given: &str) -> bool {
    let line = shorten(&one_line(cut(given)), NAME_MAX);
    name(&line).is_some_and(|name| name == line)
}

/// The words of a line but those of telephone numbers, which stand where addresses do: words one
/// after another without a letter, with as many digits as a number has, and a bracket or plus.
fn without_numbers(line: &str) -> Vec<&str> {
    let words: Vec<&str> = line.split(' ').collect();
    let has_letter = |word: &&str| word.chars().any(char::is_alphabetic);
    let is_number = |run: &[&str]| {
        let plain: String = run.concat().nfkc().collect();
        plain.chars().filter(|c| c.is_numeric()).count() >= DIGITS
            && plain.contains(|c| c == '+' || is_bracket(c))
    };
    let runs = words.chunk_by(|one, next| has_letter(one) == has_letter(next));
    let kept = runs.filter(|run| run.first().is_some_and(has_letter) || !is_number(run));
    kept.flatten().copied().collect()
}

fn cut(given: &str) -> &str {
    let end = given.char_indices().nth(READ_MAX).map_or(given.len(), |(at, _)| at);
    given.get(..end).unwrap_or_default()
}

/// Letters and what stands in names of most people.
fn is_simple(line: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'-' | b'\'');
    line.len() <= NAME_MAX
        && line.bytes().all(is_plain)
        && line.bytes().any(|b| b.is_ascii_alphanumeric())
}

fn is_shown(c: char) -> bool {
    c.is_alphanumeric() || (!c.is_ascii() && !c.is_whitespace() && !is_bracket(c))
}

fn is_bracket(c: char) -> bool {
    matches!(
        c,
        '(' | ')' | '[' | ']' | '<' | '>' | '{' | '}' | '（' | '）' | '【' | '】' | '〈' | '〉'
    )
}

/// A word of a name without its colons; none for an address, a link, and brackets around nothing,
/// as it looks.
fn word(given: &str) -> Option<String> {
    let scripts = scripts(given);
    let plain: String = given.nfkc().map(|c| sign(c, &scripts).unwrap_or(c)).collect();
    let bare = plain.trim_matches(|c: char| !c.is_alphanumeric());
    if plain.contains('@') || bare.contains(':') || plain.contains("//") || is_domain(bare) {
        return None;
    }
    let word: String = given.chars().filter(|c| sign(*c, &scripts) != Some(':')).collect();
    let is_empty = word.chars().all(is_bracket);
    (!is_empty).then_some(word)
}

/// The sign of an address or a sentence that `c` is or looks like, compatibility characters too
/// (UTS #39 §4). What belongs to one of the `scripts` of its word, such as the visarga or a tone of
/// Lisu, is none, whatever it looks like.
fn sign(c: char, scripts: &[Script]) -> Option<char> {
    if c.is_ascii() {
        return matches!(c, '.' | ':' | '@').then_some(c);
    }
    seen_as(c).filter(|_| !scripts.contains(&CodePointMapData::<Script>::new().get(c)))
}

/// The scripts that have letters in a word, which look like no sign; none if it mixes what does not
/// belong together.
fn scripts(word: &str) -> Vec<Script> {
    let mut scripts = Vec::new();
    if word.is_ascii() || !word.is_single_script() {
        return scripts;
    }
    for c in word.chars().filter(|c| c.is_alphabetic()) {
        let script = CodePointMapData::<Script>::new().get(c);
        let is_common = matches!(script, Script::Common | Script::Inherited);
        if !is_common && !scripts.contains(&script) && seen_as(c).is_none() {
            scripts.push(script);
        }
    }
    scripts
}

fn seen_as(c: char) -> Option<char> {
    let plain: String = c.nfkc().collect();
    let seen = match plain.as_str() {
        "。" => ".".to_owned(),
        _ => skeleton(&plain).collect(),
    };
    [('.', "."), (':', ":"), ('@', "@")].into_iter().find(|it| it.1 == seen).map(|it| it.0)
}

/// Whether clients make a link of it: `example.org`, `192.0.2.1`, and `J.R.` is none.
fn is_domain(word: &str) -> bool {
    let labels: Vec<&str> = word.split('.').collect();
    let host = labels.iter().rposition(|label| label.contains(['/', '?', '#']));
    let labels = host.map_or(labels.as_slice(), |last| labels.get(..=last).unwrap_or(&labels));
    let [_, .., last] = labels else { return false };
    let last = last.split(['/', '?', '#']).next().unwrap_or_default();
    let is_number = |label: &&str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_digit());
    let is_top = last.chars().count() > 1 && last.chars().all(|c| c.is_alphanumeric() || c == '-');
    let is_host = is_top && last.chars().any(char::is_alphabetic);
    is_host || (labels.len() == 4 && labels.iter().all(is_number))
}

/// Letters and digits of a name that no other has by chance as a part of it.
const LONG: usize = 6;

/// Names that nobody else may go by: those of the service and of its contact.
#[derive(Debug, Clone, Default)]
pub struct Reserved(Vec<String>);

impl Reserved {
    /// These.
    pub fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        Self(names.into_iter().flat_map(seen).filter(|name| !name.is_empty()).collect())
    }

    /// Whether a name is one of them, has a long one in it, or looks as if (UTS #39 §4).
    #[must_use]
    pub fn is_taken(&self, name: &str) -> bool {
        let is_in = |reserved: &String, name: &str| {
            name == reserved || reserved.chars().count() >= LONG && name.contains(&**reserved)
        };
        seen(name).iter().any(|name| self.0.iter().any(|reserved| is_in(reserved, name)))
    }
}

/// What somebody sees who does not look closely: letters and digits, large or small. A large letter
/// may look like another whose small one does not (`Т` and `T`), and the other way round (`I`, `l`).
fn seen(name: &str) -> [String; 2] {
    let name: String = name.nfkc().collect();
    [name.to_lowercase(), name].map(|name| {
        let seen: String = skeleton(&name).filter(|c| c.is_alphanumeric()).collect();
        seen.to_lowercase()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_people_stay_as_they_are() {
        for good in [
            "Juliet",
            "Alice C.",
            "J.R. Tolkien",
            "O’Hara",
            "朱丽叶",
            "Mary-Ann 2",
            "محمد",
            "علی\u{200c}رضا",
            "दुःख",
            "\u{a4e1}\u{a4f2}\u{a4f8}\u{a4e2}\u{a4f4}",
            "Agent 007",
            "小明 12345678",
            "Table 4 (of 12)",
            "Zoë 👩\u{200d}🚀",
            "葛\u{e0100}城",
            "Dr. No",
            "Verona Table & Co",
            "AC/DC",
        ] {
            assert_eq!(name(good).as_deref(), Some(good));
            assert!(is_name(good), "{good}");
        }
    }

    #[test]
    fn nothing_of_an_address_a_link_or_a_colon_is_a_name() {
        for (given, left) in [
            ("Romeo (romeo@montague.lit)", Some("Romeo")),
            ("Romeo (romeo@montague.lit): yes", Some("Romeo yes")),
            ("romeo＠montague.lit", None),
            ("Romeo: pay me", Some("Romeo pay me")),
            ("Romeo：", Some("Romeo")),
            ("Romeo ∶ ꞉ ː ﹕", Some("Romeo")),
            ("|< Romeo", Some("Romeo")),
            ("see https://evil", Some("see")),
            ("xmpp:romeo", None),
            ("www.evil.example", None),
            ("evil。中国", None),
            ("(evil.example/a.b)", None),
            // Signs of Lisu, Syriac, Arabic and Devanagari among letters of another script, or alone.
            ("evil\u{a4f8}com", None),
            ("evil\u{701}com evil\u{6f0}com", None),
            ("evil․com evil．com evil｡com", None),
            ("Romeo\u{903} pay me", Some("Romeo pay me")),
            ("Romeo \u{a4fd} pay me", Some("Romeo pay me")),
            ("Helena (+390455550100)", Some("Helena")),
            ("Helena (+39 045 555 0100) Montague", Some("Helena Montague")),
            ("Helena 【０４５ ５５５ ０１００】", Some("Helena")),
            ("Helena ＋390455550100", Some("Helena")),
            ("+39 (045) 5550100", None),
            ("192.0.2.1", None),
            ("#7", Some("7")),
            ("> #12 cup", Some("12 cup")),
            ("| Romeo", Some("Romeo")),
            ("\u{202e}\n\u{3164}\u{2800}", None),
            ("()", None),
            ("...", None),
            ("Ro\u{200b}m\u{e0065}eo\nMontague", Some("Romeo Montague")),
        ] {
            assert_eq!(name(given).as_deref(), left, "{given:?}");
            assert!(!is_name(given) || left.is_some_and(|it| it == one_line(given)), "{given:?}");
        }
        assert_eq!(name(&"x".repeat(99)).unwrap().chars().count(), NAME_MAX);
    }

    #[test]
    fn nobody_takes_the_name_of_the_service_or_one_that_looks_like_it() {
        let reserved = Reserved::new(["Tradepost", "share", "share@share.example.org"]);
        // The second last begins with a letter of Cyrillic whose small form looks otherwise.
        for taken in [
            "Tradepost",
            "TRADE POST",
            "trade-post.",
            "Trаdepost",
            "Ｔradepost",
            "Тradepost",
            "Share",
            "Tradepost Service",
            "The Тradepost team",
        ] {
            assert!(reserved.is_taken(taken), "{taken}");
        }
        for free in ["Juliet", "Trader", "Shareef", "Postman of the trade"] {
            assert!(!reserved.is_taken(free), "{free}");
        }
    }

    proptest! {
        #[test]
        fn a_name_is_one_line_without_marks_and_stays_itself(
            given in "[ -~\n：＠。#>|👩银ءب\u{200b}-\u{200f}\u{202a}-\u{202e}\u{3164}\u{2800}\u{e0061}]{0,80}"
        ) {
            if let Some(once) = name(&given) {
                prop_assert!(!once.contains(['\n', '@', ':', '：', '＠', '\u{202e}', '\u{3164}']), "{once:?}");
                prop_assert!(!once.starts_with(MARKS) && once.chars().count() <= NAME_MAX, "{once:?}");
                prop_assert_eq!(name(&once), Some(once));
            }
        }
    }
}
