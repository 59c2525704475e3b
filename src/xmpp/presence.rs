//! Presence and subscriptions (RFC 6121 §3 and §4, XEP-0100 §4 for a service's side).

use std::collections::{HashMap, HashSet};

use jid::{BareJid, Jid};

use super::disco::NODE;
use crate::{
    domain::lang::Lang,
    render::{message::Voice, texts::Text},
    wire::{ns, xml::Writer},
};

/// The most resources remembered of one person; what comes after is not counted.
const RESOURCES: usize = 32;

/// Whose resources are available on this stream.
#[derive(Debug, Default)]
pub struct Seen {
    resources: HashMap<BareJid, HashSet<String>>,
}

impl Seen {
    /// A resource has come. Answers whether it is the person's first.
    pub fn came(&mut self, jid: &Jid) -> bool {
        let of = self.resources.entry(jid.to_bare()).or_default();
        let is_first = of.is_empty();
        if of.len() < RESOURCES {
            of.insert(jid.resource().map(ToString::to_string).unwrap_or_default());
        }
        is_first
    }

    /// A resource has gone; an address without one means all of them. Answers whether it was the
    /// person's last.
    pub fn went(&mut self, jid: &Jid) -> bool {
        let bare = jid.to_bare();
        let Some(of) = self.resources.get_mut(&bare) else { return false };
        if let Some(resource) = jid.resource() {
            of.remove(resource.as_str());
        } else {
            of.clear();
        }
        let is_last = of.is_empty();
        if is_last {
            self.resources.remove(&bare);
        }
        is_last
    }

    /// Everybody's presence is unknown again.
    pub fn forget(&mut self) {
        self.resources.clear();
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_there_from_the_first_resource_to_the_last() {
        let jid = |text: &str| Jid::new(text).unwrap();
        let mut seen = Seen::default();
        assert!(seen.came(&jid("a@x/1")));
        assert!(!seen.came(&jid("a@x/2")));
        assert!(!seen.went(&jid("a@x/1")));
        assert!(seen.went(&jid("a@x/2")));
        assert!(!seen.went(&jid("a@x/2")));
    }

    #[test]
    fn unavailable_presence_of_the_bare_address_means_every_resource() {
        let mut seen = Seen::default();
        seen.came(&Jid::new("a@x/1").unwrap());
        assert!(seen.went(&Jid::new("a@x").unwrap()));
    }
}
