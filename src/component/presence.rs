//! Presence and subscriptions (RFC 6121 §3 and §4, XEP-0100 §4 for a service's side).

use super::disco::NODE;
use crate::{
    domain::lang::Lang,
    say::{texts::Text, voice::Voice},
    wire::{ns, xml::Writer},
};

/// Available presence of the contact or the service, with capabilities and avatar.
#[must_use]
pub fn available(from: &str, to: &str, id: u64, voice: &Voice, ver: &str, avatar: &str) -> String {
    let mut xml = begin(from, to, id, None);
    xml.open("c").attribute("xmlns", ns::CAPS).attribute("hash", "sha-1").attribute("node", NODE);
    xml.attribute("ver", ver).close("c");
    xml.open("x").attribute("xmlns", ns::VCARD_UPDATE).leaf("photo", avatar).close("x");
    xml.open("nick").attribute("xmlns", ns::NICK).text(&voice.name).close("nick");
    xml.close("presence");
    xml.finish()
}

/// A request to be seen, with the words that some clients show beside it.
#[must_use]
pub fn subscribe(from: &str, to: &str, id: u64, voice: &Voice, lang: Lang) -> String {
    let mut xml = begin(from, to, id, Some("subscribe"));
    xml.attribute("xml:lang", lang.code());
    xml.open("nick").attribute("xmlns", ns::NICK).text(&voice.name).close("nick");
    xml.leaf("status", &Text::Subscribe { service: &voice.name }.in_lang(lang));
    xml.close("presence");
    xml.finish()
}

/// Presence of a type that says it all: `subscribed`, `unsubscribed`, `unavailable`, `probe`.
#[must_use]
pub fn plain(from: &str, to: &str, id: u64, kind: &str) -> String {
    let mut xml = begin(from, to, id, Some(kind));
    xml.close("presence");
    xml.finish()
}

fn begin(from: &str, to: &str, id: u64, kind: Option<&str>) -> Writer {
    let mut xml = Writer::new();
    xml.open("presence").attribute("from", from).plain("id", format_args!("{id:x}"));
    xml.attribute("to", to).maybe("type", kind);
    xml
}
