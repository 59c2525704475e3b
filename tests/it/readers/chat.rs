//! What people write in the chat, at its worst.

use tradepost::{
    chat::{people, price, shared_item::SharedItem, table::COMMANDS, words},
    domain::{
        address::Address,
        card::fold,
        conversation::{address_of, behind_number, handle_of, names, quoted_clue, split_quote},
        id::{DeliveryId, RefCode},
        invitation,
        phone::{self, Region},
        quiet::{Hours, Zone},
        text::{clean, one_line, shorten},
    },
};

use super::{Case, Run, numbered, reading, repeated};

/// A case for each text that is `head` and many times `unit`.
macro_rules! texts {
    ($read:expr; $($name:literal: $head:literal, $unit:literal),+ $(,)?) => {
        vec![$(($name, |size| reading(repeated($head, $unit, size), $read))),+]
    };
}

/// A line as it is read, and as the answer of somebody who was asked.
pub(super) fn words() -> Vec<Case> {
    fn read(text: &str) -> impl Sized + use<> {
        (words::read(text), words::consent(text))
    }
    let mut cases: Vec<Case> = texts! { read;
        "to": "share ", "to ",
        "TO": "share ", "TO a ",
        "lines of to": "share ", "a: to b\n",
        "to somebody": "share x ", "to a, ",
        "to addresses": "share x ", "to a@b.c, ",
        "prices to": "share ", "EUR 1 to a, ",
        "links to": "share ", "https://a.b to a, ",
        "给": "分享", "给",
        "给 and spaces": "分享 ", "给 ",
        "给 and a name": "分享", "给a、",
        "给 and no name": "分享", "给?",
        "schemes": "share x to ", "tel: ",
        "switches": "card to romeo ", "swap ",
        "numbers": "card to romeo ", "#1 ",
        "fields": "card ", "phone ",
        "values": "card work phone ", "+39 1, ",
        "parts": "save 12 ", "phone,",
        "reasons": "report 12 ", "abuse ",
        "hours": "settings quiet ", "22-",
        "a zone": "settings zone ", "a",
        "a code": "join ", "0",
        "a number": "more #", "1",
        "number signs": "more ", "#",
        "one word": "", "help",
        "two words": "card ", "impor",
        "slashes": "", "/",
        "full stops": "join", ".",
        "unseen": "join", "\u{200e}",
        "marks": "join as ", "e\u{301}\u{323}",
        "emoji": "find ", "👩\u{200d}👧 ",
        "yes": "", "yes ",
        "line breaks": "share ", "\n",
    };
    cases.push(("addresses and no address", |size| {
        reading(repeated("share x to ", "a@b.c, ", size) + "?!", words::read)
    }));
    cases
}

pub(super) fn people() -> Vec<Case> {
    fn read(text: &str) -> impl Sized + use<> {
        let region = Region::parse("IT");
        let jid = Address::from_jid(text).is_ok();
        (people::read(text), people::address(text, region), phone::number(text, region), jid)
    }
    let mut cases: Vec<Case> = texts! { read;
        "addresses": "", "a@b.c, ",
        "names": "", "a, ",
        "names in Chinese": "", "一、",
        "and": "", "a and ",
        "schemes": "", "tel: ",
        "schemes without spaces": "", "tel:",
        "colons": "", ":",
        "wide colons": "a", "：",
        "digits": "", "1",
        "a number": "+39", "1 ",
        "signs of numbers": "", "(",
        "noughts": "", "00",
        "one long name": "", "x",
        "one long address": "a@", "b.",
        "at": "", "@",
        "brackets": "", "<",
        "marks": "", "e\u{301}\u{323}",
        "marks in an address": "a", "\u{301}\u{323}",
        "letters that fold": "a@", "ß",
        "commas": "", ",",
        "spaces": "a@b", " ",
        "mail": "mailto:a@", "b.",
    };
    cases.push(("addresses and words", |size| {
        reading(repeated("", "a@b ", size) + "for you all", people::read)
    }));
    cases
}

pub(super) fn prices() -> Vec<Case> {
    fn read(text: &str) -> impl Sized + use<> {
        let thing = SharedItem::read(text, Some("https://share.lit"), false);
        (thing, price::find(text, true).ok().flatten().map(|(name, _)| name))
    }
    texts! { read;
        "prices": "", "EUR 1 ",
        "prices with cents": "", "1.00 € ",
        "numbers": "", "1 ",
        "one number": "EUR ", "1",
        "groups": "EUR ", "1,",
        "points": "EUR 1", ".1",
        "signs": "1", "€",
        "spaces before": "EUR", " ",
        "links": "", "https://a.b/ ",
        "no links": "", "https:// ",
        "a long link": "https://a.b/", "%aF",
        "steps up": "https://a.b/", "../",
        "hosts to be folded": "", "http://ß.é/ ",
        "number signs": "", "#",
        "hyphens": "", "-",
        "quotation marks": "", "“",
        "commas": "EUR 1", ",",
        "for": "EUR 1 ", "for ",
        "a host to be folded": "http://", "é",
    }
}

pub(super) fn hours() -> Vec<Case> {
    fn read(text: &str) -> impl Sized + use<> {
        let ids = (RefCode::parse(text), DeliveryId::of_thread(text));
        let code = invitation::Code::parse(text).is_some();
        let zone = (Zone::parse(text).is_some(), Zone::nearest(text));
        (Hours::parse(text), zone, ids, code, invitation::name(text))
    }
    texts! { read;
        "hyphens": "", "-",
        "hours": "", "22-",
        "colons": "", "：",
        "digits": "", "1",
        "from digits": "1-", "1",
        "points": "22", "点",
        "letters": "", "Europe/Rome",
        "slashes": "", "/",
        "spaces": "", " ",
        "an offset": "+", "0",
        "marks": "", "é",
    }
}

pub(super) fn quotes() -> Vec<Case> {
    fn read(text: &str) -> impl Sized + use<> {
        let (quote, rest) = split_quote(text);
        let clues = (quoted_clue(&quote), quoted_clue(text));
        let rest = (handle_of(rest).is_some(), address_of(rest).is_some());
        let number = behind_number(text, "+39").is_some();
        (clues, rest, names(text, "a@b"), handle_of(text).is_some(), number)
    }
    texts! { read;
        "lines": "", "> a\n",
        "levels": "", ">",
        "empty lines": "", ">\n",
        "line breaks": "> a", "\n",
        "number signs": "> ", "#",
        "numbers": "> ", "#1x ",
        "noughts": "> #", "0",
        "a long number": "#", "1",
        "a number in groups": "+3", " ",
        "wide digits": "#", "１",
        "handles in quotes": "", "> > #0 x\n",
        "links": "> ", "/s/ ",
        "codes": "> ", "7K3QX-M2NP! ",
        "hyphens": "> ", "-",
        "names": "> ", "a@bc ",
        "names run together": "", "a@b",
        "carriage returns": "> a", "\r",
        "an address": "", "a@b.",
        "spaces": "#1", " ",
    }
}

pub(super) fn texts() -> Vec<Case> {
    fn read(text: &str) -> impl Sized + use<> {
        let short = shorten(text, 40);
        // Folded are the words of a card, which are shorter.
        let folded = fold(&shorten(text, 8_000));
        (clean(text.to_owned()), one_line(text), short, folded)
    }
    texts! { read;
        "letters": "", "a ",
        "spaces": "", " ",
        "line breaks": "a", "\n\r",
        "unseen": "", "\u{202e}",
        "marks": "e", "\u{301}\u{323}",
        "one mark": "e", "\u{301}",
        "letters that fold": "", "ﬃ",
        "Hangul": "", "각",
        "emoji": "", "👩\u{200d}👧",
        "İ": "", "İ",
    }
}

/// Every kind of field that there is, once, by whatever command has it.
pub(super) fn fields() -> Vec<Case> {
    fn check(size: usize, unit: &str, is_one: bool) -> Run {
        let value = repeated("", unit, size);
        let given = if is_one { vec![value] } else { vec![unit.to_owned(); size / unit.len()] };
        Box::new(move || {
            for field in COMMANDS.iter().flat_map(|command| command.fields) {
                drop(std::hint::black_box(field.check(&given)));
            }
        })
    }
    vec![
        ("letters", |size| check(size / 32, "x", true)),
        ("digits", |size| check(size / 32, "1", true)),
        ("commas", |size| check(size / 32, "a,", true)),
        ("at", |size| check(size / 32, "a@b.", true)),
        ("parts", |size| check(size / 32, "phone ", true)),
        ("lines", |size| check(size / 32, "a\n", true)),
        ("many values", |size| check(size / 32, "a,b", false)),
        ("empty values", |size| check(size / 32, "-", false)),
        ("what is shown of what does not fit", |size| {
            let text = numbered("", size / 32, |n| format!("{n:x} "));
            check(text.len(), "é ", true)
        }),
    ]
}
