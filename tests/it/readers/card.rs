//! Cards, at their worst.

use tradepost::{
    domain::{
        card::{Card, Part, Version},
        collected::Entry,
        phone::Region,
    },
    web::jcard::jcard,
    wire::{
        card::{vcard_temp, xcard},
        ns,
    },
};

use super::{Case, Run, many, numbered, reading, repeated};

/// A card with these lines.
fn card(lines: &str) -> String {
    // What is only a head gets a value, for else it is no line.
    format!("BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Juliet\r\n{lines}:1\r\nEND:VCARD\r\n")
}

fn read(text: &str) -> bool {
    Card::read(text).is_ok()
}

/// A case for each card with a line that is `head` and many times `unit`.
macro_rules! lines {
    ($($name:literal: $head:literal, $unit:literal),+ $(,)?) => {
        vec![$(($name, |size| reading(card(&repeated($head, $unit, size)), read))),+]
    };
}

/// The same with numbered units.
macro_rules! many {
    ($($name:literal: $head:literal, $unit:expr),+ $(,)?) => {
        [$(($name, (|size| reading(card(&numbered($head, size, $unit)), read)) as fn(usize) -> Run)),+]
    };
}

pub(super) fn texts() -> Vec<Case> {
    let mut cases: Vec<Case> = lines! {
        "types": "TEL;TYPE=", "a,",
        "types in quotes": "TEL;TYPE=\"a\"", ",\"a\"",
        "parameters of old cards": "TEL", ";WORK",
        "folds": "NOTE:", "a\r\n ",
        "folds of nothing": "NOTE:", "\r\n ",
        "base64 that is not indented": "KEY;ENCODING=b:", "QUJD\r\n",
        "base64 of a picture": "PHOTO;ENCODING=b:", "/9j/\r\n",
        "base64 of a text": "NOTE;ENCODING=b:", "QUJD\r\n",
        "soft breaks": "NOTE;ENCODING=QUOTED-PRINTABLE:", "a=\r\n",
        "soft breaks of nothing": "NOTE;ENCODING=QUOTED-PRINTABLE:", "=\r\n",
        "soft breaks in a head": "NOTE;ENCODING=QUOTED-PRINTABLE;X=\"", "=\r\n",
        "base64 in a head": "NOTE;X=\":;ENCODING=B;Y=\"", "QUJD\r\n",
        "octets": "NOTE;ENCODING=QUOTED-PRINTABLE:", "=41",
        "unknown octets": "X-A;ENCODING=QUOTED-PRINTABLE:", "=3B;",
        "Chinese octets": "NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=GB18030:", "=81",
        "schemes": "TEL:", "tel:",
        "schemes with spaces": "TEL:", "tel: ",
        "schemes of mail": "EMAIL:", "mailto:",
        "components": "ADR:", ";",
        "lists": "ADR:", "a,",
        "units": "ORG:", "a;",
        "categories": "CATEGORIES:", "a,",
        "nicknames": "NICKNAME:", ",",
        "backslashes": "NOTE:", "\\",
        "escapes": "NOTE:", "\\n",
        "quotation marks": "X-A;B=", "\"",
        "quotation marks and colons": "X-A;B=\"", ":\"",
        "colons": "X-A:", ":",
        "carets": "X-A;B=", "^",
        "points": "", "a.",
        "one long name": "", "A",
        "blank lines": "", "\r\n",
        "lines that are none": "", "a\r\n",
        "a long word": "NOTE:", "x",
        "marks": "TITLE:", "e\u{301}\u{323}",
        "emoji": "NOTE:", "👩\u{200d}👧",
        "unseen": "NOTE:", "\u{202e}",
        "digits": "BDAY:", "1",
        "hyphens": "BDAY:", "-",
        "a time": "REV:20260101T", "1",
        "degrees": "GEO:1;", "1",
        "a language": "LANG:", "a-",
        "an offset": "TZ:+", "1",
        "hosts": "URL:", "a.",
        "a link": "URL:http://a/", " ",
        "a gender": "GENDER:", "a;",
        "PREF": "TEL;PREF=", "1,",
        "PID": "TEL;PID=", "1.1,",
    };
    cases.extend(many! {
        "different types": "TEL;TYPE=", |n| format!("a{n},"),
        "different parameters": "TEL", |n| format!(";X-{n}=a"),
        "different parameters of a picture": "PHOTO;ENCODING=b", |n| format!(";X-{n}=a"),
        "different categories": "CATEGORIES:", |n| format!("a{n},"),
        "different words": "NOTE:", |n| format!("a{n} "),
        "different properties": "", |n| format!("X-{n}:a\r\n"),
        "different groups": "", |n| format!("a{n}.TEL:1\r\n"),
        "different languages of a name": "", |n| format!("FN;ALTID={n}:a\r\n"),
    });
    cases.push(("a file", |size| {
        let text = card(&repeated("NOTE:", "é\r\n ", size)).into_bytes();
        Box::new(move || drop(Card::read_file(&text)))
    }));
    cases.push(("a file of no known letters", |size| {
        let text = [card("NOTE:").into_bytes(), vec![0x81; size]].concat();
        Box::new(move || drop(Card::read_file(&text)))
    }));
    cases
}

pub(super) fn elements() -> Vec<Case> {
    /// An element of this namespace and name with a name of somebody and this inside.
    fn read(name: &str, namespace: &str, fname: &str, inner: &str) -> Run {
        let xml = format!("<{name} xmlns='{namespace}'>{fname}{inner}</{name}>");
        let element = super::element(&xml);
        Box::new(move || {
            drop(xcard::read(&element));
            drop(vcard_temp::read(&element));
        })
    }
    fn xcard(inner: &str) -> Run {
        read("vcard", ns::VCARD4, "<fn><text>J</text></fn>", inner)
    }
    fn temp(inner: &str) -> Run {
        read("vCard", ns::VCARD_TEMP, "<FN>J</FN>", inner)
    }
    fn within(open: &str, inner: &str, close: &str) -> String {
        format!("{open}{inner}{close}")
    }
    const TEL: &str = "<tel><parameters>";
    const END: &str = "</parameters><text>1</text></tel>";
    vec![
        ("types", |size| {
            let types = numbered("", size, |n| format!("<text>a{n}</text>"));
            xcard(&within(TEL, &within("<type>", &types, "</type>"), END))
        }),
        ("parameters", |size| {
            xcard(&within(
                TEL,
                &numbered("", size, |n| format!("<x-{n}><text>a</text></x-{n}>")),
                END,
            ))
        }),
        ("the same parameter", |size| {
            xcard(&within(TEL, &many("<type><text>a</text></type>", size), END))
        }),
        ("lists of parameters", |size| {
            let one = "<parameters><type><text>a</text></type></parameters>";
            xcard(&within("<tel>", &many(one, size), "<text>1</text></tel>"))
        }),
        ("surnames", |size| xcard(&within("<n>", &many("<surname>a</surname>", size), "</n>"))),
        ("categories", |size| {
            let all = numbered("", size, |n| format!("<text>a{n}</text>"));
            xcard(&within("<categories>", &all, "</categories>"))
        }),
        ("groups", |size| xcard(&numbered("", size, |n| format!("<group name='a{n}'/>")))),
        ("properties", |size| xcard(&many("<note><text>a</text></note>", size))),
        ("elements of others", |size| xcard(&many("<a xmlns='b'/>", size))),
        ("pieces of a text", |size| {
            xcard(&within("<note><text>", &repeated("", "a<b/>", size), "</text></note>"))
        }),
        ("types of old cards", |size| {
            temp(&within("<TEL>", &many("<WORK/><CELL/>", size), "<NUMBER>1</NUMBER></TEL>"))
        }),
        ("units", |size| temp(&within("<ORG>", &many("<ORGUNIT>a</ORGUNIT>", size), "</ORG>"))),
        ("streets", |size| temp(&within("<ADR>", &many("<STREET>a</STREET>", size), "</ADR>"))),
        ("keywords", |size| {
            let all = numbered("", size, |n| format!("<KEYWORD>a{n}</KEYWORD>"));
            temp(&within("<CATEGORIES>", &all, "</CATEGORIES>"))
        }),
        ("a picture", |size| {
            temp(&within("<PHOTO><BINVAL>", &repeated("", "/9j/\n", size), "</BINVAL></PHOTO>"))
        }),
        ("a text", |size| temp(&within("<DESC>", &repeated("", "&amp; ", size), "</DESC>"))),
    ]
}

/// What is done with a card that was read.
pub(super) fn uses() -> Vec<Case> {
    /// Two cards of the same lines, one with a line more.
    fn used(lines: &str) -> Run {
        let one = Card::parse(&card(lines)).ok();
        let two = Card::parse(&card(&format!("TITLE:Heiress\r\n{lines}"))).ok();
        let none = Card::parse(&card("TEL:1")).ok();
        Box::new(move || {
            let (Some(one), Some(two), Some(none)) = (one, two, none) else { return };
            drop((one.text(Version::V3), one.scan_text(), xcard::to_xml(&one), jcard(&one)));
            drop((one.keys_in(Region::parse("IT")), Entry::of(&one, None), one.file_name()));
            drop((one.diff(&two), one.diff(&none), none.diff(&one)));
            drop((one.merge(&one, &two), one.merge(&none, &two)));
            let mut both = one.clone();
            both.absorb(&two);
            let mut more = none;
            more.absorb(&one);
            let shown = Part::ALL.map(|part| one.values(part).len());
            drop((both, more, shown, one.only(&Part::ALL)));
        })
    }
    vec![
        ("categories", |size| used(&numbered("CATEGORIES:", size, |n| format!("a{n},")))),
        ("words", |size| used(&numbered("NOTE:", size, |n| format!("{n:x} ")))),
        ("types", |size| used(&numbered("TEL;TYPE=", size, |n| format!("a{n},")))),
        ("nicknames", |size| used(&numbered("NICKNAME:", size, |n| format!("a{n},")))),
        ("parameters", |size| used(&numbered("TEL", size, |n| format!(";X-{n}=a")))),
        ("notes", |size| {
            // As many as a card has, each of its share of the size.
            let line = |n: usize| format!("NOTE:{n}{}\r\n", "x".repeat(120));
            used(&(0..size / 130).map(line).collect::<String>())
        }),
        ("numbers", |size| {
            let line = |n: usize| format!("TEL;X-A={n:04}{}:+390455550100\r\n", "x".repeat(106));
            used(&(0..size / 138).map(line).collect::<String>())
        }),
        ("names in languages", |size| {
            let line = |n: usize| format!("FN;ALTID=1:{n}{}\r\n", "x".repeat(115));
            used(&(0..size / 130).map(line).collect::<String>())
        }),
        ("a long word", |size| used(&repeated("NOTE:", "x", size))),
        ("marks", |size| used(&repeated("NICKNAME:e", "\u{301}\u{323}", size))),
        ("units", |size| used(&repeated("ORG:", "a;", size))),
    ]
}
