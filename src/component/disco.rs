//! XEP-0030: Service Discovery, and XEP-0115: Entity Capabilities.

use std::str::FromStr;

use base64::{Engine, prelude::BASE64_STANDARD};
use sha1::{Digest, Sha1};

use super::{
    adhoc,
    extensions::features,
    inbound::{Addresses, Asker},
};
use crate::{
    domain::lang::Lang,
    wire::{ns, xml::Writer},
};

/// What capabilities are named after (XEP-0115 §4).
pub const NODE: &str = env!("CARGO_PKG_REPOSITORY");

/// What the service and its contact are.
#[derive(Debug, Clone)]
pub struct Disco {
    ours: Addresses,
    name: String,
    domain_ver: String,
    contact_ver: String,
}

impl Disco {
    /// For a service of this name.
    #[must_use]
    pub fn new(ours: Addresses, name: String) -> Self {
        let domain_ver = verification(&format!("component/generic//{name}<"), &features(false));
        let contact_ver = verification(&format!("client/bot//{name}<"), &features(true));
        Self { ours, name, domain_ver, contact_ver }
    }

    /// The verification string of the contact, or of the domain. Presence carries that of the
    /// address it comes from: whoever gets it asks there.
    #[must_use]
    pub fn ver(&self, contact: bool) -> &str {
        if contact { &self.contact_ver } else { &self.domain_ver }
    }

    /// The answer to `disco#info`; none for a node that is not there. Only commands are called
    /// otherwise in another language.
    #[must_use]
    pub fn info(
        &self,
        asker: &Asker,
        node: Option<&str>,
        lang: Lang,
        is_admin: bool,
    ) -> Option<String> {
        let contact = asker.to.to_bare() == self.ours.contact;
        let known = format!("{NODE}#{}", self.ver(contact));
        if let Some(node) = node.filter(|node| *node != known) {
            return adhoc::info(node, lang, is_admin);
        }
        let mut xml = Writer::new();
        xml.open("query").attribute("xmlns", ns::DISCO_INFO).maybe("node", node);
        let (category, kind) = if contact { ("client", "bot") } else { ("component", "generic") };
        xml.open("identity").attribute("category", category).attribute("type", kind);
        xml.attribute("name", &self.name).close("identity");
        for feature in features(contact) {
            xml.open("feature").attribute("var", feature).close("feature");
        }
        xml.close("query");
        Some(xml.finish())
    }

    /// The answer to `disco#items`: the domain has its contact, and both have the commands.
    #[must_use]
    pub fn items(
        &self,
        asker: &Asker,
        node: Option<&str>,
        lang: Lang,
        is_admin: bool,
    ) -> Option<String> {
        match node {
            Some(ns::COMMANDS) => {
                // A client executes a command where the item says that it is.
                return Some(adhoc::items(asker.to.as_str(), lang, is_admin));
            }
            Some(node) => return adhoc::known(node, is_admin).map(|_| no_items(node)),
            None => {}
        }
        let mut xml = Writer::new();
        xml.open("query").attribute("xmlns", ns::DISCO_ITEMS);
        if asker.to.to_bare() == self.ours.domain {
            xml.open("item").attribute("jid", self.ours.contact.as_str());
            xml.attribute("name", &self.name).close("item");
        }
        xml.close("query");
        Some(xml.finish())
    }
}

/// Commands have no items of their own.
fn no_items(node: &str) -> String {
    let mut xml = Writer::new();
    xml.open("query").attribute("xmlns", ns::DISCO_ITEMS).attribute("node", node).close("query");
    xml.finish()
}

/// XEP-0115 §5.1: `identity` ends in `<`, `features` are sorted.
fn verification(identity: &str, features: &[&str]) -> String {
    let mut hashed = String::from_str(identity).unwrap_or_default();
    for feature in features {
        hashed.push_str(feature);
        hashed.push('<');
    }
    BASE64_STANDARD.encode(Sha1::digest(hashed.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verification_string_is_that_of_the_specifications_example() {
        let features = [
            "http://jabber.org/protocol/caps",
            "http://jabber.org/protocol/disco#info",
            "http://jabber.org/protocol/disco#items",
            "http://jabber.org/protocol/muc",
        ];
        assert_eq!(
            verification("client/pc//Exodus 0.9.1<", &features),
            "QgayPKawpkPSDYmwT/WM94uAlu0="
        );
    }
}
