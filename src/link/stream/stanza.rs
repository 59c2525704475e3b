//! What may leave: checked before it is queued, because the server ends the stream over one bad
//! stanza and everything written behind it is lost without a word.
//!
//! The check is one pass and builds nothing. It is stricter than XML where that is simpler: no
//! CDATA, no comments. What it lets through is well-formed but for the scope of prefixes.

use bytes::Bytes;
use memchr::{memchr, memchr_iter, memchr2};

use super::tag;

/// How large a stanza of ours may be, in bytes. Prosody resets a component
/// stream at 512 KiB; 64 KiB is the least that a server takes from anybody.
pub const MAX_BYTES: usize = 60_000;

/// How deep a stanza of ours may nest.
const MAX_DEPTH: usize = 64;

/// How many attributes an element of ours may have.
const MAX_ATTRIBUTES: usize = 32;

/// Bytes that are one stanza the server will not end the stream over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stanza(Bytes);

/// Why bytes are not a stanza that may leave. All of them are faults of ours, never of a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsendable {
    /// More than [`MAX_BYTES`].
    #[error("a stanza of {0} bytes, {MAX_BYTES} may leave")]
    TooLarge(usize),
    /// XML 1.0 §2.2; the server answers `not-well-formed` and closes.
    #[error("a character at byte {0} that is not UTF-8 or that XML does not allow")]
    Character(usize),
    /// Neither `<message/>` nor `<presence/>` nor `<iq/>`.
    #[error("an element that is not a stanza")]
    Kind,
    /// A required attribute is absent, or an address is empty.
    #[error("a stanza without {0}")]
    Missing(&'static str),
    /// The server answers `invalid-from` and closes.
    #[error("a stanza from an address outside our own domain")]
    ForeignFrom,
    /// Not exactly one complete, well-formed element.
    #[error("markup at byte {0} that is not well-formed, too deep, or behind the stanza")]
    Markup(usize),
}

impl Stanza {
    /// Checks that `xml` is one complete stanza from an address of `domain`, with `to` and `id`.
    ///
    /// # Errors
    /// [`Unsendable`] says what is wrong with it.
    pub fn new(xml: impl Into<Bytes>, domain: &str) -> Result<Self, Unsendable> {
        let xml = xml.into();
        if xml.len() > MAX_BYTES {
            return Err(Unsendable::TooLarge(xml.len()));
        }
        let text = std::str::from_utf8(&xml).map_err(|e| Unsendable::Character(e.valid_up_to()))?;
        check_characters(text)?;
        check_head(&xml, domain)?;
        check_markup(&xml)?;
        Ok(Self(xml))
    }

    /// The bytes as they leave.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.0
    }
}

fn check_characters(text: &str) -> Result<(), Unsendable> {
    let bytes = text.as_bytes();
    // A plain loop over all bytes is vectorised; the position matters only once there is one.
    if bytes.iter().fold(false, |bad, b| bad | is_control(*b)) {
        return Err(Unsendable::Character(bytes.iter().position(|b| is_control(*b)).unwrap_or(0)));
    }
    // U+FFFE and U+FFFF are the only others, as a `str` holds no surrogates.
    let noncharacter = memchr_iter(0xef, bytes)
        .find(|at| matches!(bytes.get(at + 1..at + 3), Some([0xbf, 0xbe | 0xbf])));
    noncharacter.map_or(Ok(()), |at| Err(Unsendable::Character(at)))
}

fn is_control(b: u8) -> bool {
    b < 0x20 && !tag::is_space(b)
}

fn check_head(xml: &[u8], domain: &str) -> Result<(), Unsendable> {
    if tag::StanzaKind::of(xml) == tag::StanzaKind::Other {
        return Err(Unsendable::Kind);
    }
    let (mut from, mut to, mut id) = (None, None, None);
    for (name, value) in tag::attributes(xml) {
        match name {
            b"from" => from = Some(value),
            b"to" => to = Some(value),
            b"id" => id = Some(value),
            _ => {}
        }
    }
    let given = |value: Option<&[u8]>| value.is_some_and(|v| !v.is_empty());
    if !given(to) {
        return Err(Unsendable::Missing("to"));
    }
    // Empty is not absent: the answer to an IQ carries the id it came with, whatever that is.
    if id.is_none() {
        return Err(Unsendable::Missing("id"));
    }
    let from = from.ok_or(Unsendable::Missing("from"))?;
    let bare = from.split(|b| *b == b'/').next().unwrap_or_default();
    let host = memchr(b'@', bare).and_then(|at| bare.get(at + 1..)).unwrap_or(bare);
    if host == domain.as_bytes() { Ok(()) } else { Err(Unsendable::ForeignFrom) }
}

/// One element, its tags closed in order, its references known, and nothing behind it.
fn check_markup(xml: &[u8]) -> Result<(), Unsendable> {
    let mut open: Vec<&[u8]> = Vec::with_capacity(16);
    let mut at = 0;
    loop {
        let bad = Unsendable::Markup(at);
        let rest = xml.get(at..).ok_or(bad)?;
        let left = if let Some(closing) = rest.strip_prefix(b"</") {
            let name = open.pop().ok_or(bad)?;
            closing.strip_prefix(name).ok_or(bad)?.trim_ascii_start()
        } else {
            let left = check_start_tag(rest).ok_or(bad)?;
            left.strip_prefix(b"/").unwrap_or_else(|| {
                open.push(tag::name(rest));
                left
            })
        };
        let left = left.strip_prefix(b">").ok_or(bad)?;
        at = xml.len() - left.len();
        if open.is_empty() {
            return if left.is_empty() { Ok(()) } else { Err(Unsendable::Markup(at)) };
        }
        let next = memchr(b'<', left).ok_or(Unsendable::Markup(at))?;
        let text = left.get(..next).unwrap_or_default();
        if open.len() > MAX_DEPTH || !is_escaped(text) || ends_cdata(text) {
            return Err(Unsendable::Markup(at));
        }
        at += next;
    }
}

/// What follows the last attribute of a well-formed start tag.
fn check_start_tag(xml: &[u8]) -> Option<&[u8]> {
    let mut names: Vec<&[u8]> = Vec::new();
    let mut attributes = tag::attributes(xml);
    for (name, value) in attributes.by_ref() {
        let again = names.contains(&name) || names.len() == MAX_ATTRIBUTES;
        if again || !is_name(name) || !is_escaped(value) {
            return None;
        }
        names.push(name);
    }
    is_name(tag::name(xml)).then(|| attributes.rest())
}

/// A name, with a prefix or without (Namespaces in XML §4).
fn is_name(name: &[u8]) -> bool {
    // Nearly every name there is.
    if !name.is_empty() && name.iter().all(u8::is_ascii_lowercase) {
        return true;
    }
    let name = std::str::from_utf8(name).unwrap_or_default();
    let (prefix, local) = name.split_once(':').unwrap_or(("_", name));
    is_part(prefix) && is_part(local)
}

/// XML 1.0 §2.3, without the colon.
fn is_part(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(starts_name) && characters.all(|c| starts_name(c) || follows(c))
}

fn follows(c: char) -> bool {
    matches!(
        c,
        '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}'
    )
}

fn starts_name(c: char) -> bool {
    matches!(
        c,
        'A'..='Z' | '_' | 'a'..='z'
            | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
            | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}'
            | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}'
            | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}'
    )
}

/// `]]>`, which XML 1.0 §2.4 does not allow in a text.
fn ends_cdata(text: &[u8]) -> bool {
    memchr_iter(b']', text).any(|at| text.get(at + 1..at + 3) == Some(b"]>"))
}

/// No `<`, and every `&` starts a reference that XML knows by itself.
fn is_escaped(mut text: &[u8]) -> bool {
    while let Some(at) = memchr2(b'&', b'<', text) {
        let after = text.get(at..).and_then(|t| t.strip_prefix(b"&")).unwrap_or_default();
        let Some(end) = memchr(b';', after) else { return false };
        let reference = after.get(..end).and_then(|r| std::str::from_utf8(r).ok());
        if reference.and_then(tag::referenced).is_none() {
            return false;
        }
        text = after.get(end + 1..).unwrap_or_default();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(xml: &str) -> Result<(), Unsendable> {
        Stanza::new(xml.to_owned(), "share.example").map(drop)
    }

    /// A message that lacks nothing, around `inner`.
    fn message(inner: &str) -> String {
        format!("<message from='a@share.example/r' to='b@x' id='1'>{inner}</message>")
    }

    #[test]
    fn what_the_server_takes_passes() {
        for xml in [
            "<presence from='share.example' to='b@x' id='1'/>",
            "<iq id=\"1\" to=\"b@x\" from=\"share.example/r@q\" type='get' ><q xmlns='a'/></iq\n>",
            &message("<body xml:lang='zh'>\u{706f} &lt;3 &#128161; a > b\r\n\t</body>"),
            &message("<a b='>' c=\"'\"/>\u{10ffff}\u{fffd}"),
        ] {
            assert_eq!(check(xml), Ok(()), "{xml}");
        }
    }

    #[test]
    fn what_would_end_the_stream_is_refused() {
        for inner in [
            "<a>",
            "</a>",
            "<a></b>",
            "<!-- -->",
            "<?a?>",
            "<![CDATA[x]]>",
            "<a b=c/>",
            "<a b='<'/>",
            "<a b='1' b='2'/>",
            "<a b='1'c='2'/>",
            "<1/>",
            "<a",
            "<",
            "&",
            "&amp",
            "&nbsp;",
            "&#0;",
            "]]>",
            "< a/>",
            "<a / >",
            "</message><message>",
            "<a 1='2'/>",
            "<a b='&#x1f;'/>",
        ] {
            let refused = check(&message(inner));
            assert!(matches!(refused, Err(Unsendable::Markup(_))), "{inner}: {refused:?}");
        }
        assert_eq!(check(&(message("") + "<iq/>")), Err(Unsendable::Markup(message("").len())));
        assert_eq!(check(&(message("") + " ")), Err(Unsendable::Markup(message("").len())));
        let deep = "<a>".repeat(64) + &"</a>".repeat(64);
        assert!(matches!(check(&message(&deep)), Err(Unsendable::Markup(_))));
    }

    #[test]
    fn a_character_that_xml_does_not_allow_is_found() {
        for bad in ["\0", "\u{8}", "\u{b}", "\u{c}", "\u{1f}", "\u{fffe}", "\u{ffff}"] {
            let at = message("").len() - "</message>".len();
            assert_eq!(check(&message(bad)), Err(Unsendable::Character(at)), "{bad:?}");
        }
        let latin1 = [b"<iq from='share.example' to='b@x' id='".as_slice(), b"\xe9'/>"].concat();
        assert_eq!(Stanza::new(latin1, "share.example"), Err(Unsendable::Character(38)));
    }

    #[test]
    fn an_address_outside_our_domain_is_refused() {
        for from in ["x@y", "a@notshare.example", "share.example.evil", "x@y/share.example", ""] {
            let xml = format!("<iq from='{from}' to='b@x' id='1'/>");
            assert_eq!(check(&xml), Err(Unsendable::ForeignFrom), "{from}");
        }
    }

    #[test]
    fn what_is_missing_is_said() {
        let missing = |xml| check(xml).unwrap_err();
        assert_eq!(missing("<iq from='share.example' to='b@x'/>"), Unsendable::Missing("id"));
        assert_eq!(missing("<iq from='share.example' id=''/>"), Unsendable::Missing("to"));
        assert_eq!(missing("<iq to='b@x' id='1'/>"), Unsendable::Missing("from"));
        assert_eq!(missing("<stream:error/>"), Unsendable::Kind);
        assert_eq!(missing(""), Unsendable::Kind);
        let large = message(&"x".repeat(MAX_BYTES));
        assert_eq!(missing(&large), Unsendable::TooLarge(large.len()));
    }
}
