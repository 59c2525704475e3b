//! The one stanza that comes by the thousand: an IQ with a `<send/>`, read straight from its bytes.
//!
//! A tree of the whole stanza first would cost as much again (43 µs against 25). Whatever is not
//! plainly such an IQ is left to the ordinary way, which also finds the words for what is wrong.

use memchr::memmem;

use super::{
    asker::{Addresses, Return},
    stanza::{Inbound, Question},
};
use crate::{
    domain::lang::Lang,
    link::stream::tag::{Head, StanzaKind, attribute, attributes, unescape},
    wire::{ns, share::Send, xml},
};

/// The `<send/>` in `stanza`, if that is all it is.
pub(super) fn send(stanza: &[u8], ours: &Addresses) -> Option<Inbound> {
    let after_head = attributes(stanza);
    let body = after_head.last_rest().strip_prefix(b">")?.trim_ascii_start();
    if !body.starts_with(b"<send ") || memmem::find(body, ns::PRODUCT_SHARE.as_bytes()).is_none() {
        return None;
    }
    let head = Head::read(stanza);
    if head.kind != StanzaKind::Iq || head.type_.as_deref() != Some("set") {
        return None;
    }
    let payload = body.trim_ascii_end().strip_suffix(b"</iq>")?.trim_ascii_end();
    // The parser stops at the end of the first element; behind it must be nothing.
    let end = memmem::find(payload, b"</send")?;
    if payload.get(end..) != Some(b"</send>") {
        return None;
    }
    let mut send: Send = xml::read(payload)?;
    let lang = attribute(stanza, "xml:lang").and_then(unescape);
    let asker = Return::of(&head, ours).ok()?.asker(lang.as_deref().and_then(Lang::of))?;
    let is_for_us = ours.are_ours(&asker.to.to_bare());
    if !is_for_us || asker.from.domain() == ours.domain.domain() {
        return None;
    }
    send.inherit(lang.as_deref().unwrap_or("en"));
    Some(Inbound::Question(asker, Question::Send(Box::new(send))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours() -> Addresses {
        Addresses { domain: "share.x".parse().unwrap(), contact: "share@share.x".parse().unwrap() }
    }

    const ADDRESSES: &str = "<addresses xmlns='http://jabber.org/protocol/address'>\
         <address jid='b@x' type='bcc'/></addresses>";

    fn iq(head: &str, inner: &str) -> String {
        format!(
            "<iq from='a@x/r' id='i&amp;1' to='share.x' {head}><send xmlns='{}' id='k'>\
             <comment>hi</comment>{inner}{ADDRESSES}</send></iq>",
            ns::PRODUCT_SHARE
        )
    }

    #[test]
    fn it_reads_what_the_ordinary_way_reads() {
        for head in ["type='set'", "type='set' xml:lang='zh-CN'", "xml:lang='de' type=\"set\""] {
            let stanza = iq(head, "<product><name>x</name></product>");
            let direct = send(stanza.as_bytes(), &ours()).expect("direct");
            let prefixes = Some(ns::CLIENT.to_owned());
            let tree = minidom::Element::from_reader_with_prefixes(stanza.as_bytes(), prefixes);
            let ordinary = Inbound::parse(&tree.unwrap(), &ours());
            assert_eq!(format!("{direct:?}"), format!("{ordinary:?}"));
        }
    }

    #[test]
    fn anything_else_is_left_to_the_ordinary_way() {
        let two = iq("type='set'", "").replace("</send>", "</send><x xmlns='y'/>");
        for stanza in [
            iq("type='get'", ""),
            iq("type='set'", "<product>"),
            iq("type='set'", "").replace("share.x", "else@share.x"),
            iq("type='set'", "").replace("a@x/r", "share.x"),
            iq("type='set'", "").replace("<send ", "<p:send xmlns:p='y' "),
            two,
            String::new(),
            "<iq".into(),
        ] {
            assert!(send(stanza.as_bytes(), &ours()).is_none(), "{stanza}");
        }
    }
}
