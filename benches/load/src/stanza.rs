//! The stanzas of the load, written and recognised as bytes.

use std::fmt::Write as _;

use memchr::memmem;

/// What a share with one recipient and an echoed message weigh on the wire, bytes.
pub(crate) const SIZE: usize = 1050;

const PRODUCT: &str = "<product id='https://shop.verona.lit/p/4006381333931'>\
    <name xml:lang='en'>Silver goblet</name><brand>Capulet Silver</brand>\
    <gtin>4006381333931</gtin><color>silver</color><countryOfOrigin>IT</countryOfOrigin>\
    <additionalProperty name='Capacity' unitCode='LTR' value='0.4'/>\
    <offer availability='InStock' price='24.90' priceCurrency='EUR' seller='Verona Table'/>\
    <aggregateRating bestRating='5' ratingCount='120' ratingValue='4.5'/>\
    <url>https://shop.verona.lit/p/4006381333931</url></product>";

/// What the comment begins with, so that a message can be told to belong to a share.
const MARK: &str = "load:";

/// Writes a `send` with one product: `xep/product-share.xml#send`. `kind` and `n` make its ids.
pub(crate) fn share(
    out: &mut Vec<u8>,
    from: Option<&str>,
    to: &str,
    kind: char,
    n: usize,
    recipients: impl Iterator<Item = String>,
) {
    let mut text = String::with_capacity(SIZE);
    text.push_str("<iq");
    attribute(&mut text, "from", from);
    let prefix = u32::from(kind);
    let _ = write!(
        text,
        " to='{to}' type='set' id='{kind}{n:08}' xml:lang='en'>\
         <send xmlns='urn:xmpp:product-share:0' id='{prefix:08x}-0000-4000-8000-{n:012x}'>\
         <comment xml:lang='en'>{MARK}{kind}{n:08} "
    );
    let comment = text.len();
    text.push_str("</comment>");
    text.push_str(PRODUCT);
    text.push_str("<addresses xmlns='http://jabber.org/protocol/address'>");
    for jid in recipients {
        let _ = write!(text, "<address jid='{jid}' type='bcc'/>");
    }
    text.push_str("</addresses></send></iq>");
    text.insert_str(comment, &padding(SIZE.saturating_sub(text.len())));
    out.extend_from_slice(text.as_bytes());
}

/// Writes a chat message with the same product, for an echo.
pub(crate) fn message(out: &mut Vec<u8>, from: &str, to: &str, n: usize) {
    let mut text = format!(
        "<message from='{from}' to='{to}' type='chat' id='s{n:08}' xml:lang='en'>\
         <body>{MARK}s{n:08} "
    );
    let body = text.len();
    text.push_str("</body><share xmlns='urn:xmpp:product-share:0'>");
    text.push_str(PRODUCT);
    text.push_str("</share></message>");
    text.insert_str(body, &padding(SIZE.saturating_sub(text.len())));
    out.extend_from_slice(text.as_bytes());
}

/// Writes an answer to the share whose number is 1. `to` is for the forwarder, which knows no
/// shares; tradepost passes over it.
pub(crate) fn answer(domain: &str, to: &str, n: usize) -> Vec<u8> {
    format!(
        "<message to='share@{domain}' type='chat' id='a{n:08}' xml:lang='en'>\
         <body>#1 {MARK}a{n:08} how heavy is it?</body>\
         <request xmlns='urn:xmpp:receipts'/><peer xmlns='urn:load:0' jid='{to}'/></message>"
    )
    .into_bytes()
}

fn attribute(text: &mut String, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        let _ = write!(text, " {name}='{value}'");
    }
}

/// So many bytes of words.
pub(crate) fn padding(bytes: usize) -> String {
    "for your table, and for the feast ".chars().cycle().take(bytes).collect()
}

/// XEP-0077 §3.1.1: asks to be registered.
pub(crate) fn register(from: Option<&str>, domain: &str) -> Vec<u8> {
    let mut text = String::from("<iq");
    attribute(&mut text, "from", from);
    let _ = write!(
        text,
        " to='{domain}' type='set' id='register'><query xmlns='jabber:iq:register'/></iq>"
    );
    text.into_bytes()
}

/// XEP-0199 §4.2.
pub(crate) fn ping(from: Option<&str>, domain: &str) -> Vec<u8> {
    let mut text = String::from("<iq");
    attribute(&mut text, "from", from);
    let _ = write!(text, " to='{domain}' type='get' id='ping'><ping xmlns='urn:xmpp:ping'/></iq>");
    text.into_bytes()
}

/// The open tag of a stanza.
pub(crate) fn head(stanza: &[u8]) -> &[u8] {
    let end = memchr::memchr(b'>', stanza).map_or(stanza.len(), |end| end + 1);
    stanza.get(..end).unwrap_or_default()
}

/// An attribute in a tag that uses either quote.
pub(crate) fn attr<'a>(tag: &'a [u8], name: &str) -> Option<&'a str> {
    let mut rest = tag;
    loop {
        rest = rest.get(memmem::find(rest, name.as_bytes())?..)?;
        // `id` must not be found in the tail of another name, nor in a value.
        let before = tag.get(tag.len() - rest.len() - 1);
        rest = rest.get(name.len()..)?;
        if let (Some(b' '), [b'=', quote @ (b'\'' | b'"'), value @ ..]) = (before, rest) {
            let end = memchr::memchr(*quote, value)?;
            return std::str::from_utf8(value.get(..end)?).ok();
        }
    }
}

/// The kind and number in the comment of the share that a message carries.
pub(crate) fn mark(stanza: &[u8]) -> Option<(char, usize)> {
    let at = memmem::find(stanza, MARK.as_bytes())? + MARK.len();
    numbered(std::str::from_utf8(stanza.get(at..at + 9)?).ok()?)
}

/// Reads `s00000042` as `('s', 42)`.
pub(crate) fn numbered(id: &str) -> Option<(char, usize)> {
    let kind = id.chars().next()?;
    Some((kind, id.get(1..)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_and_a_message_weigh_the_same_and_carry_their_number() {
        let (mut a, mut b) = (Vec::new(), Vec::new());
        let to = ["r0@localhost".to_owned()].into_iter();
        share(&mut a, Some("s0@localhost/load"), "share.localhost", 's', 42, to);
        message(&mut b, "s0@localhost/load", "echo@share.localhost", 42);
        assert_eq!((a.len(), b.len()), (SIZE, SIZE));
        assert_eq!((mark(&a), mark(&b)), (Some(('s', 42)), Some(('s', 42))));
        assert_eq!(attr(head(&a), "id"), Some("s00000042"));
        assert_eq!(attr(head(&a), "type"), Some("set"));
        assert_eq!(attr(b"<iq xid='1' id=\"2\">", "id"), Some("2"));
        assert_eq!(attr(b"<iq to='a' />", "from"), None);
    }
}
