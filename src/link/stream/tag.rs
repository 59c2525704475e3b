//! Reading one start tag without parsing what follows it.
//!
//! The link looks at a stanza's head before anybody pays for a whole parse: to find its own pongs,
//! to answer a stanza too large to keep, to check what leaves. Everything here takes raw bytes, is
//! linear in the length of the tag, and stops quietly at the first thing that is not XML.

/// What is read from the head of a stanza at most, in bytes per attribute: as much as the parser
/// takes. A JID has 3071.
const LONGEST_VALUE: usize = 8192;

/// The name of the element that starts at `<`: `message`, `stream:error`. Empty if there is none.
#[must_use]
pub fn name(tag: &[u8]) -> &[u8] {
    let rest = tag.strip_prefix(b"<").unwrap_or_default();
    let end = rest.iter().position(|b| is_space(*b) || matches!(b, b'/' | b'>'));
    rest.get(..end.unwrap_or(rest.len())).unwrap_or_default()
}

/// The attributes of the start tag at the beginning of `tag`, as written: names and raw values.
#[must_use]
pub fn attributes(tag: &[u8]) -> Attributes<'_> {
    Attributes { rest: tag.get(1 + name(tag).len()..).unwrap_or_default() }
}

/// The raw value of one attribute of the start tag at the beginning of `tag`.
#[must_use]
pub fn attribute<'a>(tag: &'a [u8], wanted: &str) -> Option<&'a [u8]> {
    attributes(tag).find(|(name, _)| *name == wanted.as_bytes()).map(|(_, value)| value)
}

/// Iterates over the attributes of one start tag.
#[derive(Debug, Clone)]
pub struct Attributes<'a> {
    rest: &'a [u8],
}

impl<'a> Attributes<'a> {
    /// What of the tag has not been read: starts with `>` or `/>` after the last attribute of a
    /// tag that is well-formed, and with something else where it stopped being so.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest.trim_ascii_start()
    }

    /// What follows the last attribute: `>` and the content, or `/>`.
    #[must_use]
    pub fn last_rest(mut self) -> &'a [u8] {
        while self.next().is_some() {}
        self.rest()
    }

    /// The next attribute's name and value, and what follows it.
    fn split(&self) -> Option<(&'a [u8], &'a [u8], &'a [u8])> {
        // XML 1.0 asks for space before each attribute: `a="1"b="2"` is not well-formed.
        if !self.rest.first().copied().is_some_and(is_space) {
            return None;
        }
        let rest = self.rest();
        let equals = memchr::memchr3(b'=', b'>', b'<', rest)?;
        let name = rest.get(..equals)?.trim_ascii_end();
        let rest = rest.get(equals..)?.strip_prefix(b"=")?.trim_ascii_start();
        let (quote, rest) = rest.split_first()?;
        if name.is_empty() || !matches!(quote, b'"' | b'\'') {
            return None;
        }
        let end = memchr::memchr(*quote, rest)?;
        Some((name, rest.get(..end)?, rest.get(end + 1..)?))
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, value, rest) = self.split()?;
        self.rest = rest;
        Some((name, value))
    }
}

/// Which of the three stanzas an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StanzaKind {
    /// `<message/>`
    Message,
    /// `<presence/>`
    Presence,
    /// `<iq/>`
    Iq,
    /// Anything else, or a head that could not be read.
    #[default]
    Other,
}

impl StanzaKind {
    /// The kind of the element at the beginning of `tag`.
    #[must_use]
    pub fn of(tag: &[u8]) -> Self {
        match name(tag) {
            b"message" => Self::Message,
            b"presence" => Self::Presence,
            b"iq" => Self::Iq,
            _ => Self::Other,
        }
    }
}

/// The head of a stanza: enough to answer it with an error.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// Which stanza it is.
    pub kind: StanzaKind,
    /// The `from` attribute, unescaped, not checked.
    pub from: Option<String>,
    /// The `to` attribute, unescaped, not checked.
    pub to: Option<String>,
    /// The `id` attribute, unescaped.
    pub id: Option<String>,
    /// The `type` attribute, unescaped.
    pub type_: Option<String>,
}

impl Head {
    /// Reads the head of the stanza at the beginning of `tag`. An attribute that is longer than
    /// 8192 bytes or not UTF-8 counts as absent.
    #[must_use]
    pub fn read(tag: &[u8]) -> Self {
        let mut head = Self { kind: StanzaKind::of(tag), ..Self::default() };
        for (name, value) in attributes(tag) {
            let field = match name {
                b"from" => &mut head.from,
                b"to" => &mut head.to,
                b"id" => &mut head.id,
                b"type" => &mut head.type_,
                _ => continue,
            };
            *field = unescape(value);
        }
        head
    }
}

/// The text that a raw attribute value stands for. None when it is longer than 8192 bytes, not
/// UTF-8, or holds a reference that XML does not know by itself (XML 1.0 §4.6) or a character that
/// it does not allow.
#[must_use]
pub fn unescape(raw: &[u8]) -> Option<String> {
    let mut rest = (raw.len() <= LONGEST_VALUE).then(|| std::str::from_utf8(raw).ok())??;
    if raw.iter().all(|byte| matches!(byte, b' '..=b'~') && *byte != b'&') {
        return Some(rest.to_owned());
    }
    let mut text = String::with_capacity(rest.len());
    while let Some((before, after)) = rest.split_once('&') {
        let (reference, after) = after.split_once(';')?;
        text.push_str(before);
        text.push(referenced(reference)?);
        rest = after;
    }
    text.push_str(rest);
    text.chars().all(is_allowed).then_some(text)
}

/// The character that `&reference;` stands for: one of the five names, or a number of a character
/// that XML 1.0 §2.2 allows.
#[must_use]
pub fn referenced(reference: &str) -> Option<char> {
    let number = match reference {
        "amp" => return Some('&'),
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        _ => reference.strip_prefix('#')?,
    };
    let code = match number.strip_prefix('x') {
        Some(hex) if hex.bytes().all(|b| b.is_ascii_hexdigit()) => u32::from_str_radix(hex, 16),
        None if number.bytes().all(|b| b.is_ascii_digit()) => number.parse(),
        _ => return None,
    };
    char::from_u32(code.ok()?).filter(|c| is_allowed(*c))
}

/// XML 1.0 §2.2: surrogates cannot occur in a `char`.
fn is_allowed(c: char) -> bool {
    !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// XML 1.0 §2.3.
#[must_use]
pub fn is_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\r' | b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_whatever_the_quotes_and_the_space() {
        let tag = b"<iq\n type = 'get'\tfrom=\"o'neil@a.example/>\" id='a&amp;&#x42;&#67;' >";
        let head = Head::read(tag);
        assert_eq!(head.kind, StanzaKind::Iq);
        assert_eq!(head.from.as_deref(), Some("o'neil@a.example/>"));
        assert_eq!(head.id.as_deref(), Some("a&BC"));
        assert_eq!(head.type_.as_deref(), Some("get"));
        assert_eq!(head.to, None);
    }

    #[test]
    fn a_head_ends_with_its_tag() {
        assert_eq!(Head::read(b"<message><iq from='x'/></message>").from, None);
        assert_eq!(Head::read(b"<message/>").kind, StanzaKind::Message);
        assert_eq!(Head::read(b"<messages from='a'>").kind, StanzaKind::Other);
        assert_eq!(Head::read(b"").kind, StanzaKind::Other);
    }

    #[test]
    fn a_value_that_xml_does_not_allow_is_absent() {
        for raw in ["&nbsp;", "&#0;", "&#xD800;", "&#xFFFE;", "&amp", "&#+65;", "&#x;", "&#;"] {
            assert_eq!(unescape(raw.as_bytes()), None, "{raw}");
        }
        assert_eq!(unescape(&[0xff]), None);
        assert_eq!((unescape(b"a\x01"), unescape("\u{ffff}".as_bytes())), (None, None));
        assert_eq!(unescape(&vec![b'a'; LONGEST_VALUE + 1]), None);
        assert_eq!(unescape(b"&#10;").as_deref(), Some("\n"));
    }

    #[test]
    fn what_is_left_after_the_attributes_shows_whether_they_were_well_formed() {
        let rest = |tag: &'static [u8]| {
            let mut all = attributes(tag);
            all.by_ref().for_each(drop);
            all.rest()
        };
        assert_eq!(rest(b"<a b='1' c=\"2\" >x"), b">x");
        assert_eq!(rest(b"<a b='1'/>"), b"/>");
        assert_eq!(rest(b"<a b='1'c='2'>"), b"c='2'>");
        assert_eq!(rest(b"<a b>"), b"b>");
        assert_eq!(rest(b"<a b=1>"), b"b=1>");
        assert_eq!(rest(b"<a b='1>"), b"b='1>");
    }
}
