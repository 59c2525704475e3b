//! What a template sees of a card: clean texts, one value a line, and links that lead where they
//! say and run nothing.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::icons;
use crate::{
    domain::{
        address::{self, Address},
        card::{Card, Part, Value},
        lang::Lang,
        product::Link,
        text::{clean, one_line, shorten},
    },
    say::host,
};

/// The most characters of a value that is shown on one line.
const VALUE_MAX: usize = 300;
/// The most characters of a note.
const NOTE_MAX: usize = 2000;
/// The most values of a card that are shown; all of them are in its file.
const LINES_MAX: usize = 60;

/// The most of them in a picture.
const BEST_MAX: usize = 7;

/// What may stand unescaped in a part of a URI (RFC 3986 §2.3).
const ESCAPED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@');

/// A QR code to be drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Code {
    /// How many modules it is wide, with its margin.
    pub side: usize,
    /// Its dark modules, as the path of an SVG in which a module is 1 wide.
    pub path: String,
}

/// Pictures for a card, as addresses that may stand in a template's `href`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pictures {
    /// Of the person.
    pub portrait: Option<String>,
    /// Of the organisation.
    pub logo: Option<String>,
}

/// A card as its templates see it. The members are listed in `docs/templates.md`.
#[derive(Serialize)]
pub(super) struct Shown {
    lang: &'static str,
    /// Whether the name runs from right to left.
    rtl: bool,
    name: String,
    /// One or two letters, to stand for a picture.
    initials: String,
    title: Option<String>,
    role: Option<String>,
    organisation: Option<String>,
    /// Everything by which the person is reached, in the order of [`Part::ALL`].
    lines: Vec<Line>,
    /// Those of them that a picture has room for: of each kind the first before the second of any.
    best: Vec<Line>,
    birthday: Option<String>,
    note: Option<String>,
    categories: Vec<String>,
    portrait: Option<String>,
    logo: Option<String>,
    qr: Option<Code>,
    words: Labels,
}

/// One value that is shown on a line of its own.
#[derive(Clone, Serialize)]
struct Line {
    /// The word of [`Part::token`].
    part: &'static str,
    /// What it is: `Mobile`.
    label: &'static str,
    text: String,
    /// Where it leads, if it leads somewhere that is safe to open.
    href: Option<String>,
    /// The path of a picture of 24 by 24 that says what it is.
    icon: &'static str,
}

/// Words of ours that stand on a card.
#[derive(Serialize)]
struct Labels {
    scan: &'static str,
    birthday: &'static str,
    note: &'static str,
    categories: &'static str,
}

impl Shown {
    pub(super) fn new(card: &Card, lang: Lang, pictures: &Pictures, qr: Option<Code>) -> Self {
        let first = |part| card.first(part).map(|text| plain(&text)).filter(|it| !it.is_empty());
        let name = plain(card.name());
        let mut lines: Vec<Line> = Vec::new();
        for part in Part::ALL {
            let values = card.values(part);
            lines.extend(values.iter().filter_map(|value| Line::new(part, value, &name, lang)));
        }
        lines.truncate(LINES_MAX);
        let note = card.first(Part::Note).map(|text| shorten(clean(text).trim(), NOTE_MAX));
        let categories = card.values(Part::Categories);
        let categories = categories.iter().flat_map(|value| value.text.split(','));
        Self {
            lang: match lang {
                Lang::En => "en",
                Lang::Zh => "zh-CN",
            },
            rtl: is_rtl(&name),
            initials: initials(&name),
            title: first(Part::Title),
            role: first(Part::Role),
            organisation: first(Part::Organisation),
            birthday: first(Part::Birthday),
            note: note.filter(|it| !it.is_empty()),
            categories: categories.map(plain).filter(|it| !it.is_empty()).take(20).collect(),
            portrait: pictures.portrait.clone(),
            logo: pictures.logo.clone(),
            qr,
            words: Labels::of(lang),
            best: best(&lines),
            lines,
            name,
        }
    }
}

impl Line {
    fn new(part: Part, value: &Value, name: &str, lang: Lang) -> Option<Self> {
        let text = plain(&value.text);
        let (text, href) = match part {
            Part::Phone | Part::Fax => of_phone(&text),
            Part::Mail => of_mail(&text),
            Part::Impp => of_chat(&text, name),
            Part::Url => of_url(&text),
            Part::Address => (text, None),
            _ => return None,
        };
        let (en, zh) = label(part, &value.kinds);
        let label = match lang {
            Lang::En => en,
            Lang::Zh => zh,
        };
        let icon = icons::of(part, &value.kinds);
        (!text.is_empty()).then(|| Self { part: part.token(), label, text, href, icon })
    }
}

/// In the order of `lines`.
fn best(lines: &[Line]) -> Vec<Line> {
    let rank = |at: usize, line: &Line| {
        let before = lines.iter().take(at).filter(|it| it.part == line.part).count();
        // A fax is wanted least.
        (before + usize::from(line.part == "fax"), at)
    };
    let mut ranks: Vec<_> = lines.iter().enumerate().map(|(at, line)| rank(at, line)).collect();
    ranks.sort_unstable();
    let mut places: Vec<usize> = ranks.into_iter().take(BEST_MAX).map(|(_, at)| at).collect();
    places.sort_unstable();
    places.into_iter().filter_map(|at| lines.get(at).cloned()).collect()
}

fn plain(text: &str) -> String {
    shorten(&one_line(text), VALUE_MAX)
}

fn label(part: Part, kinds: &[String]) -> (&'static str, &'static str) {
    let is = |kind: &str| kinds.iter().any(|it| it == kind);
    match part {
        Part::Phone if is("cell") || is("mobile") => ("Mobile", "手机"),
        Part::Phone if is("work") => ("Work", "办公"),
        Part::Phone if is("home") => ("Home", "住宅"),
        Part::Phone => ("Phone", "电话"),
        Part::Fax => ("Fax", "传真"),
        Part::Mail => ("Mail", "邮箱"),
        Part::Impp => ("Chat", "聊天"),
        Part::Url => ("Web", "网站"),
        _ if is("home") => ("Home", "住址"),
        _ => ("Address", "地址"),
    }
}

/// Its digits lead there, wherever a person put spaces between them.
fn of_phone(text: &str) -> (String, Option<String>) {
    let text = without(text, "tel:");
    let number = text.split(';').next().unwrap_or_default();
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let plus = if number.trim_start().starts_with('+') { "+" } else { "" };
    let has_letters = number.chars().any(char::is_alphabetic);
    let fits = (3..=20).contains(&digits.len()) && !has_letters;
    (text.to_owned(), fits.then(|| format!("tel:{plus}{digits}")))
}

fn of_mail(text: &str) -> (String, Option<String>) {
    let text = without(text, "mailto:");
    let mail = address::mail(text).ok();
    let href = mail.map(|mail| format!("mailto:{}", utf8_percent_encode(&mail, ESCAPED)));
    (text.to_owned(), href)
}

/// Only addresses in XMPP lead somewhere; those of other networks are words.
fn of_chat(text: &str, name: &str) -> (String, Option<String>) {
    let Some((scheme, rest)) = text.split_once(':') else { return (text.to_owned(), None) };
    if !scheme.eq_ignore_ascii_case("xmpp") {
        return (text.to_owned(), None);
    }
    let address = rest.split('?').next().unwrap_or_default();
    match Address::from_uri(&format!("xmpp:{address}")) {
        Ok(Address::Xmpp(jid)) => {
            let to = utf8_percent_encode(jid.as_str(), ESCAPED);
            let name = utf8_percent_encode(name, ESCAPED);
            (jid.to_string(), Some(format!("xmpp:{to}?roster;name={name}")))
        }
        _ => (rest.to_owned(), None),
    }
}

/// Where somebody is added in a chat app: the first XMPP address on their card (XEP-0147).
#[must_use]
pub(crate) fn chat(card: &Card) -> Option<String> {
    let (chats, name) = (card.values(Part::Impp), plain(card.name()));
    chats.iter().find_map(|value| of_chat(&plain(&value.text), &name).1)
}

/// The host is what is read, so that nobody takes it for another.
fn of_url(text: &str) -> (String, Option<String>) {
    match Link::parse(text) {
        Ok(link) if link.is_https() => (host::shown(&link), Some(link.as_str().to_owned())),
        Ok(link) => (host::shown(&link), None),
        Err(_) => (String::new(), None),
    }
}

fn without<'a>(text: &'a str, scheme: &str) -> &'a str {
    match text.split_at_checked(scheme.len()) {
        Some((begin, rest)) if begin.eq_ignore_ascii_case(scheme) => rest,
        _ => text,
    }
}

/// Whether the first letter is Hebrew, Arabic or of their family.
fn is_rtl(text: &str) -> bool {
    let first = text.chars().find(|symbol| symbol.is_alphabetic());
    first.is_some_and(|symbol| {
        matches!(symbol, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
            | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
    })
}

/// `JC` of Juliet Capulet, `朱` of 朱丽叶.
fn initials(name: &str) -> String {
    let mut words = name
        .split_whitespace()
        .filter_map(|word| word.chars().find(|symbol| symbol.is_alphanumeric()));
    let first = words.next();
    let last = words.next_back().filter(|symbol| symbol.len_utf8() < 3);
    let last = last.filter(|_| first.is_some_and(|it| it.len_utf8() < 3) && !is_rtl(name));
    let both = first.into_iter().chain(last);
    both.flat_map(char::to_uppercase).collect()
}

impl Labels {
    const fn of(lang: Lang) -> Self {
        match lang {
            Lang::En => Self {
                scan: "Scan to save",
                birthday: "Birthday",
                note: "Note",
                categories: "Categories",
            },
            Lang::Zh => {
                Self {
                    scan: "扫码保存", birthday: "生日", note: "备注", categories: "分类"
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_safe_to_open_leads_somewhere() {
        let chat = |text| of_chat(text, "Juliet & Co").1;
        assert_eq!(of_phone("+39 045 555-0100").1.as_deref(), Some("tel:+390455550100"));
        assert_eq!(of_phone("tel:+39045;ext=1").0, "+39045;ext=1");
        assert_eq!(of_phone("0800 FLOWERS").1, None);
        assert_eq!(of_mail("Juliet@Capulet.lit").1.as_deref(), Some("mailto:Juliet@capulet.lit"));
        assert_eq!(of_mail("a@b.lit?bcc=c@d.lit").1, None);
        assert_eq!(
            chat("xmpp:juliet@capulet.lit?message").as_deref(),
            Some("xmpp:juliet@capulet.lit?roster;name=Juliet%20%26%20Co")
        );
        assert_eq!(chat("javascript:alert(1)"), None);
        assert_eq!(chat("sip:a@b.lit"), None);
        assert_eq!(of_url("https://capulet.lit/a?b").0, "capulet.lit");
        assert_eq!(of_url("http://capulet.lit/").1, None);
        for bad in ["javascript:alert(1)", "data:text/html,x", "//evil.lit", "file:///etc"] {
            assert_eq!(of_url(bad), (String::new(), None), "{bad}");
        }
    }

    #[test]
    fn a_picture_shows_one_of_each_before_the_second_of_any() {
        let line = |part: &'static str, text: &str| {
            let text = text.to_owned();
            Line { part, label: "", text, href: None, icon: "" }
        };
        let mut lines: Vec<Line> = ["1", "2", "3", "4", "5"].map(|it| line("phone", it)).into();
        lines.extend([line("fax", "f"), line("mail", "m"), line("mail", "n"), line("chat", "c")]);
        let shown: String = best(&lines).iter().map(|it| it.text.clone()).collect();
        assert_eq!(shown, "123fmnc");
    }

    #[test]
    fn a_name_has_letters_that_stand_for_it() {
        for (name, expected) in [
            ("Juliet Capulet", "JC"),
            ("朱丽叶 · 凯普莱特", "朱"),
            ("madonna", "M"),
            ("", ""),
            ("ליאור כהן", "ל"),
            ("Juan de la Cruz", "JC"),
        ] {
            assert_eq!(initials(name), expected, "{name}");
        }
        assert!(is_rtl("ליאור") && is_rtl("(أحمد)") && !is_rtl("Ahmad أحمد"));
    }
}
