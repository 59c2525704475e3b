//! XEP-0033: Extended Stanza Addressing.

use xmpp_parsers::message::MessagePayload;
use xso::{AsXml, FromXml};

use super::ns;

/// Who else a stanza goes to, or whom it comes from. A direct child of a message; inside an IQ
/// only within our own element (XEP-0033 §4).
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq, Default)]
#[xml(namespace = ns::ADDRESS, name = "addresses")]
pub struct Addresses {
    /// In the order they were written.
    #[xml(child(n = ..))]
    pub addresses: Vec<Address>,
}

/// One address: a JID or a URI.
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq, Default)]
#[xml(namespace = ns::ADDRESS, name = "address")]
pub struct Address {
    /// A name for people.
    #[xml(attribute(default))]
    pub desc: Option<String>,
    /// An XMPP address.
    #[xml(attribute(default))]
    pub jid: Option<String>,
    /// `to`, `cc`, `bcc`, `ofrom`, …
    #[xml(attribute = "type")]
    pub kind: String,
    /// `tel:`, `mailto:`, `xmpp:`
    #[xml(attribute(default))]
    pub uri: Option<String>,
}

impl MessagePayload for Addresses {}
