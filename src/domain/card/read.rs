//! The text of a card, of version 2.1, 3.0 or 4.0, taken apart into properties.
//!
//! It is read here and not by a crate, because what is not understood must come out as it went in:
//! calcard 0.3 drops types that it does not know, escapes the separators of unknown properties and
//! reads a picture as text. Strict where cards end, tolerant within a line.

use std::{borrow::Cow, collections::BTreeMap, iter::Peekable};

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use super::{
    picture,
    property::{Form, Property, has_lists},
    vcard::{BYTES_MAX, BadCard, PROPERTIES_MAX},
};

/// What a file says, whatever it is encoded in: UTF-8, UTF-16 by its mark, else Windows-1252.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let (text, _, is_broken) = UTF_8.decode(bytes);
    if is_broken { WINDOWS_1252.decode(bytes).0 } else { text }
}

/// The properties between `BEGIN` and `END`.
///
/// # Errors
/// [`BadCard`], for the first thing that is wrong.
pub(super) fn properties(text: &str) -> Result<Vec<Property>, BadCard> {
    if text.len() > BYTES_MAX {
        return Err(BadCard::TooLarge);
    }
    let is_blank = |c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}';
    let text = text.trim_matches(is_blank);
    let breaks = text.split("\r\n").flat_map(|line| line.split(['\n', '\r']));
    let mut lines = breaks.filter(|line| !line.is_empty()).peekable();
    if !lines.next().is_some_and(|line| is_mark(line, "BEGIN")) {
        return Err(BadCard::NotACard);
    }
    let mut found = Vec::new();
    let mut is_old = false;
    while let Some(line) = logical(&mut lines) {
        if is_mark(&line, "BEGIN") {
            return Err(BadCard::Several);
        }
        if is_mark(&line, "END") {
            return match lines.find(|line| !line.trim().is_empty()) {
                None => Ok(found),
                Some(line) if is_mark(line, "BEGIN") => Err(BadCard::Several),
                Some(_) => Err(BadCard::NotACard),
            };
        }
        let Some(head) = Head::read(&line) else { continue };
        if head.name == "VERSION" {
            is_old = head.rest.trim() == "2.1";
            continue;
        }
        if found.len() == PROPERTIES_MAX {
            return Err(BadCard::TooMany);
        }
        found.push(head.property(is_old));
    }
    Err(BadCard::NotACard)
}

fn is_mark(line: &str, word: &str) -> bool {
    line.split_once(':').is_some_and(|(name, value)| {
        name.trim().eq_ignore_ascii_case(word) && value.trim().eq_ignore_ascii_case("VCARD")
    })
}

/// The next line and all that continues it: folded lines, soft breaks of quoted-printable, and
/// base64 that an old writer did not indent.
fn logical<'a>(lines: &mut Peekable<impl Iterator<Item = &'a str>>) -> Option<String> {
    let mut text = lines.next()?.to_owned();
    let mut start = Start::default();
    loop {
        if text.ends_with('=') && start.coding(&text) == Coding::Quoted {
            let Some(next) = lines.next() else { break };
            text.pop();
            text.push_str(next);
            continue;
        }
        let Some(next) = lines.peek() else { break };
        if let Some(rest) = next.strip_prefix([' ', '\t']) {
            text.push_str(rest);
        } else if next.trim().bytes().all(is_base64) && start.coding(&text) == Coding::Base64 {
            text.push_str(next.trim());
        } else {
            break;
        }
        lines.next();
    }
    Some(text)
}

/// What is known of the head of a line that grows: each of its bytes is looked at once.
#[derive(Default)]
struct Start {
    /// How much of the line was looked at.
    seen: usize,
    is_quoted: bool,
    /// Where its first colon is.
    colon: Option<usize>,
    /// Whether that colon stands outside of quotes, so that it ends the head whatever follows.
    is_sure: bool,
    coding: Option<Coding>,
}

impl Start {
    fn coding(&mut self, line: &str) -> Coding {
        if !self.is_sure {
            // The last byte may still be taken away: a `=`, which is neither.
            for (at, byte) in line.bytes().enumerate().skip(self.seen) {
                self.is_quoted ^= byte == b'"';
                self.is_sure = byte == b':' && !self.is_quoted;
                if self.is_sure || (byte == b':' && self.colon.is_none()) {
                    (self.colon, self.coding) = (Some(at), None);
                }
                if self.is_sure {
                    break;
                }
            }
            self.seen = line.len().saturating_sub(usize::from(line.ends_with('=')));
        }
        let Some(head) = self.colon.and_then(|at| line.get(..=at)) else { return Coding::None };
        let read = || Head::read(head).map_or(Coding::None, |head| head.coding());
        *self.coding.get_or_insert_with(read)
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// A line up to its colon, and what stands behind it.
struct Head<'a> {
    group: Option<&'a str>,
    name: String,
    /// In their order; of old cards without a name, which are types.
    params: Vec<(String, Vec<String>)>,
    rest: &'a str,
}

impl<'a> Head<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let (head, rest) = split_unquoted(line, ':').or_else(|| line.split_once(':'))?;
        let mut fields = Fields { rest: Some(head), at: ';' };
        let name = fields.next()?.trim();
        let (group, name) = match name.rsplit_once('.') {
            Some((group, name)) => (Some(group), name),
            None => (None, name),
        };
        let params = fields.filter(|field| !field.trim().is_empty()).map(param).collect();
        Some(Self { group, name: name.to_ascii_uppercase(), params, rest })
    }

    fn coding(&self) -> Coding {
        let said = self.params.iter().filter(|(name, _)| matches!(name.as_str(), "" | "ENCODING"));
        said.filter_map(|(_, values)| Coding::of(values.first()?))
            .next_back()
            .unwrap_or(Coding::None)
    }

    fn property(self, is_old: bool) -> Property {
        let coding = self.coding();
        let Self { group, name, params, rest } = self;
        let (mut said, mut charset) = (None, None);
        let mut property = Property::new(&name, Form::of(&name), Vec::new()).in_group(group);
        let mut kept: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (param, values) in params {
            let first = values.first().map(String::as_str).unwrap_or_default();
            match param.as_str() {
                "CHARSET" => charset = Encoding::for_label(first.as_bytes()),
                "ENCODING" => {}
                "" if Coding::of(first).is_some() => {}
                "VALUE" if property.form != Form::Raw => said = values.into_iter().next(),
                "" => kept.entry("TYPE".to_owned()).or_default().extend(values),
                _ => kept.entry(param).or_default().extend(values),
            }
        }
        property.set_params(kept);
        if let Some(said) = said {
            property.form = Form::said(&name, &said);
        }
        if coding == Coding::Base64 && matches!(property.form, Form::Raw | Form::Uri) {
            let text: String = rest.chars().filter(|c| !c.is_whitespace()).collect();
            if property.form == Form::Raw {
                property.add("ENCODING", "b");
                property.value = vec![vec![text]];
            } else {
                // A picture of an old card becomes what it is in a new one.
                let types = property.take("TYPE");
                types.iter().filter(|it| !is_media(it)).for_each(|it| property.add("TYPE", it));
                property.value = vec![vec![format!("data:image/jpeg;base64,{text}")]];
            }
            return property;
        }
        let plain = |text: &str| match coding {
            Coding::Quoted => quoted(text, charset),
            Coding::Base64 => {
                picture::bytes(text).map_or_else(String::new, |it| decode(&it).into_owned())
            }
            Coding::None => text.to_owned(),
        };
        property.value = match property.form {
            Form::Raw => vec![vec![raw(rest, coding, charset)]],
            Form::List => vec![list(rest, ',').map(|part| plain(&unescape(part))).collect()],
            Form::Parts if has_lists(&name) && !is_old => {
                let lists = list(rest, ';').map(|part| list(part, ','));
                lists.map(|part| part.map(|it| plain(&unescape(it))).collect()).collect()
            }
            Form::Parts => list(rest, ';').map(|part| vec![plain(&unescape(part))]).collect(),
            Form::Text => vec![vec![plain(&unescape(rest))]],
            Form::Uri | Form::Date | Form::Moment | Form::Offset | Form::Language => {
                vec![vec![plain(&unescape(rest))]]
            }
        };
        property
    }
}

/// Whether a type of an old picture says what it is, `JPEG` or `image/jpeg`, and not what for.
fn is_media(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    kind.contains('/')
        || matches!(kind.as_str(), "jpeg" | "jpg" | "png" | "gif" | "webp" | "bmp" | "tiff")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Coding {
    None,
    Quoted,
    Base64,
}

impl Coding {
    fn of(word: &str) -> Option<Self> {
        match word.to_ascii_uppercase().as_str() {
            "QUOTED-PRINTABLE" => Some(Self::Quoted),
            "BASE64" | "B" => Some(Self::Base64),
            "8BIT" | "7BIT" => Some(Self::None),
            _ => None,
        }
    }
}

/// `NAME=value,"a value"`; of old cards only a value, and then the name is empty.
fn param(field: &str) -> (String, Vec<String>) {
    let Some((name, values)) = split_unquoted(field, '=') else {
        return (String::new(), vec![field.trim().to_owned()]);
    };
    let name = name.trim().to_ascii_uppercase();
    let mut values: Vec<String> =
        Fields { rest: Some(values), at: ',' }.map(|value| uncaret(value.trim())).collect();
    // RFC 6350 itself shows lists of types between one pair of quotes.
    if name == "TYPE" {
        values =
            values.iter().flat_map(|it| it.split(',')).map(|it| it.trim().to_owned()).collect();
    }
    (name, values)
}

/// A parameter's value without its quotes; `^n`, `^'` and `^^` are undone (RFC 6868).
fn uncaret(value: &str) -> String {
    let mut plain = String::with_capacity(value.len());
    let mut chars = value.chars().filter(|c| *c != '"').peekable();
    while let Some(c) = chars.next() {
        let meant = match (c, chars.peek()) {
            ('^', Some('n')) => '\n',
            ('^', Some('\'')) => '"',
            ('^', Some('^')) => '^',
            _ => {
                plain.push(c);
                continue;
            }
        };
        chars.next();
        plain.push(meant);
    }
    plain
}

/// Pieces between the marks that stand outside double quotes.
struct Fields<'a> {
    rest: Option<&'a str>,
    at: char,
}

impl<'a> Iterator for Fields<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest.take()?;
        let Some((field, behind)) = split_unquoted(rest, self.at) else { return Some(rest) };
        self.rest = Some(behind);
        Some(field)
    }
}

fn split_unquoted(text: &str, at: char) -> Option<(&str, &str)> {
    let mut is_quoted = false;
    let place = text.char_indices().find(|(_, c)| {
        is_quoted ^= *c == '"';
        *c == at && !is_quoted
    });
    let (before, behind) = text.split_at_checked(place?.0)?;
    Some((before, behind.strip_prefix(at)?))
}

/// Pieces between the marks that no backslash escapes.
fn list(text: &str, at: char) -> impl Iterator<Item = &str> {
    let mut is_escaped = false;
    text.split(move |c: char| {
        let is_end = c == at && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        is_end
    })
}

/// Undoes the escapes of RFC 6350 §3.4; any other backslash is one.
pub(crate) fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let meant = match (c, chars.peek()) {
            ('\\', Some('n' | 'N')) => '\n',
            ('\\', Some(mark @ ('\\' | ',' | ';' | ':'))) => *mark,
            _ => {
                plain.push(c);
                continue;
            }
        };
        chars.next();
        plain.push(meant);
    }
    plain
}

// By hand: `quoted_printable` drops what broken cards have, such as letters that are not encoded.
/// Undoes quoted-printable (RFC 2045 §6.7). Without a character set it is UTF-8, or Windows-1252.
fn quoted(text: &str, charset: Option<&'static Encoding>) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut ahead = rest.clone();
        let pair = (byte == b'=').then(|| Some((hex(ahead.next()?)?, hex(ahead.next()?)?)));
        match pair.flatten() {
            Some((high, low)) => {
                bytes.push(high << 4 | low);
                rest = ahead;
            }
            None => bytes.push(byte),
        }
    }
    match charset {
        Some(charset) => charset.decode(&bytes).0.into_owned(),
        None => decode(&bytes).into_owned(),
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// The value of an unknown property. Its separators stay; what quoted-printable hid is escaped.
fn raw(text: &str, coding: Coding, charset: Option<&'static Encoding>) -> String {
    if coding != Coding::Quoted {
        return text.to_owned();
    }
    let pieces = list(text, ';')
        .map(|piece| quoted(&piece.replace("\\;", ";"), charset).replace(';', "\\;"));
    pieces.collect::<Vec<_>>().join(";").replace("\r\n", "\\n").replace(['\r', '\n'], "\\n")
}
