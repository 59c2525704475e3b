//! Who asks, and where an answer goes.

use jid::BareJid;
use minidom::Element;

use crate::{
    component::entity::Entity,
    domain::{address, lang::Lang},
    link::stream::tag::{Head, StanzaKind},
    wire::{ns, xml::escape},
};

/// The most bytes of an address (RFC 7622 §3.1).
const ADDRESS: usize = 3_071;
/// The most bytes of an id as it is written in an answer, which it still fits into beside two
/// addresses. A parser takes no more than 8,192 of it.
const ID: usize = 24 << 10;

/// The addresses that are ours.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// The component's domain.
    pub domain: BareJid,
    /// The contact.
    pub contact: BareJid,
}

/// Who asks, and how to answer.
#[derive(Debug, Clone)]
pub struct Asker {
    /// The stanza's `from`: the one thing in it that the server vouches for.
    pub from: Entity,
    /// The address it was sent to; the answer comes from there.
    pub to: Entity,
    /// The stanza's id; empty when it has none.
    pub id: String,
    /// The language of the stanza, if it is one we speak.
    pub lang: Option<Lang>,
}

/// Where an answer goes. It repeats what came in, whether or not that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Return {
    /// The address that the stanza was sent to, of our own domain.
    pub from: String,
    /// The stanza's `from`.
    pub to: String,
    /// The stanza's id; empty when it has none.
    pub id: String,
}

impl Addresses {
    /// Whether `jid` is the service or its contact.
    #[must_use]
    pub fn are_ours(&self, jid: &BareJid) -> bool {
        *jid == self.domain || *jid == self.contact
    }
}

impl Return {
    /// For a stanza with these attributes.
    ///
    /// # Errors
    /// Why it cannot be answered, as it is counted.
    pub fn new([from, to, id]: [Option<&str>; 3], ours: &Addresses) -> Result<Self, &'static str> {
        let fits = |text: &&str| !text.is_empty() && text.len() <= ADDRESS;
        let (Some(from), Some(to)) = (from.filter(fits), to.filter(fits)) else {
            return Err("unusable-address");
        };
        let id = id.unwrap_or_default();
        let mut written = String::new();
        escape(&mut written, id);
        if written.len() > ID {
            return Err("unusable-id");
        }
        let read = to.parse::<Entity>();
        let to = read.map_or_else(|_| to.to_owned(), |it| it.as_str().to_owned());
        if domain(&to) != ours.domain.as_str() {
            return Err("not-for-us");
        }
        Ok(Self { from: to, to: from.to_owned(), id: id.to_owned() })
    }

    /// The same, for what the head of a stanza says.
    ///
    /// # Errors
    /// As [`Return::new`].
    pub fn of(head: &Head, ours: &Addresses) -> Result<Self, &'static str> {
        // An answer under another id would be to something else.
        if head.kind == StanzaKind::Iq && head.id.is_none() {
            return Err("unusable-id");
        }
        Self::new([&head.from, &head.to, &head.id].map(Option::as_deref), ours)
    }

    /// Who asks; none when one of the addresses cannot be read.
    #[must_use]
    pub fn asker(&self, lang: Option<Lang>) -> Option<Asker> {
        let (from, to) = (self.to.parse().ok()?, self.from.parse().ok()?);
        Some(Asker { from, to, id: self.id.clone(), lang })
    }
}

impl Asker {
    /// Where they are answered.
    #[must_use]
    pub fn back(&self) -> Return {
        let text = |entity: &Entity| entity.as_str().to_owned();
        Return { from: text(&self.to), to: text(&self.from), id: self.id.clone() }
    }
}

/// Whose measure a stanza from this address is counted in: the account's; that of its domain, when
/// the account cannot be read; and when not even that can, one that they all share.
#[must_use]
pub fn measure(from: &str) -> Option<BareJid> {
    let bare = from.split('/').next().unwrap_or_default();
    [bare, domain(from), "invalid"].into_iter().find_map(address::bare)
}

/// What of an address is the domain, whether or not the rest can be read.
fn domain(jid: &str) -> &str {
    let bare = jid.split('/').next().unwrap_or_default();
    bare.split_once('@').map_or(bare, |(_, domain)| domain)
}

/// The name that a client gives (XEP-0172).
pub(super) fn nick(stanza: &Element) -> Option<String> {
    stanza.get_child("nick", ns::NICK).map(Element::text)
}
