//! Presence and subscriptions (RFC 6121 §3 and §4, XEP-0100 §4 for a service's side).

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher,
};

use jid::BareJid;

use super::{disco::NODE, entity::Entity};
use crate::{
    domain::lang::Lang,
    memory::{Budget, Hold, Use},
    render::{message::Voice, texts::Text},
    wire::{ns, xml::Writer},
};

/// The most resources remembered of one person; what comes after is not counted.
const RESOURCES: usize = 10;
/// What a person takes, in bytes.
const PERSON: usize = 192;

/// Whose resources are available on this stream, of those who have joined. Addresses are kept as
/// hashes.
#[derive(Debug)]
pub struct Seen {
    people: HashMap<u64, Person>,
    hasher: RandomState,
    memory: Budget,
}

#[derive(Debug)]
struct Person {
    resources: Vec<u64>,
    _room: Hold,
}

impl Seen {
    /// Nobody's yet; what is remembered is taken from `memory`.
    #[must_use]
    pub fn new(memory: &Budget) -> Self {
        Self { people: HashMap::new(), hasher: RandomState::new(), memory: memory.clone() }
    }

    /// A resource has come. Answers whether it is the person's first, as far as is known: whom
    /// there is no room for has each time come anew.
    pub fn came(&mut self, jid: &Entity) -> bool {
        let (who, resource) = self.keys(jid);
        if let Some(person) = self.people.get_mut(&who) {
            if person.resources.len() < RESOURCES && !person.resources.contains(&resource) {
                person.resources.push(resource);
            }
            return false;
        }
        let room = self.memory.take(Use::Presence, PERSON);
        let person = room.map(|room| Person { resources: vec![resource], _room: room });
        self.people.extend(person.map(|person| (who, person)));
        true
    }

    /// A resource has gone; an address without one means all of them. Answers whether it was the
    /// person's last.
    pub fn went(&mut self, jid: &Entity) -> bool {
        let (who, resource) = self.keys(jid);
        let Some(person) = self.people.get_mut(&who) else { return false };
        if jid.resource().is_some() {
            person.resources.retain(|it| *it != resource);
        } else {
            person.resources.clear();
        }
        let is_last = person.resources.is_empty();
        if is_last {
            self.people.remove(&who);
        }
        is_last
    }

    /// Somebody who has come has not joined, and nothing is kept of them.
    pub fn forget(&mut self, jid: &BareJid) {
        let who = self.hasher.hash_one(jid.as_str());
        self.people.remove(&who);
    }

    /// Everybody's presence is unknown again.
    pub fn forget_all(&mut self) {
        self.people = HashMap::new();
    }

    fn keys(&self, jid: &Entity) -> (u64, u64) {
        let who = self.hasher.hash_one(jid.to_bare().as_str());
        (who, self.hasher.hash_one(jid.resource().unwrap_or_default()))
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
        let jid = |text: &str| -> Entity { text.parse().unwrap() };
        let mut seen = Seen::new(&Budget::default());
        assert!(seen.came(&jid("a@x/1")));
        assert!(!seen.came(&jid("a@x/2")));
        assert!(!seen.went(&jid("a@x/1")));
        assert!(seen.went(&jid("a@x/2")));
        assert!(!seen.went(&jid("a@x/2")));
    }

    #[test]
    fn unavailable_presence_of_the_bare_address_means_every_resource() {
        let mut seen = Seen::new(&Budget::default());
        seen.came(&"a@x/1".parse().unwrap());
        assert!(seen.went(&"a@x".parse().unwrap()));
    }

    #[test]
    fn ten_resources_are_remembered_of_whom_there_is_room_for_and_none_of_a_stranger() {
        let memory = Budget::new(2 * PERSON);
        let mut seen = Seen::new(&memory);
        let jid = |text: &str| -> Entity { text.parse().unwrap() };
        assert!((0..99).all(|n| seen.came(&jid(&format!("a@x/{n}"))) == (n == 0)));
        assert!((0..9).all(|n| !seen.went(&jid(&format!("a@x/{n}")))));
        assert!(seen.came(&jid("b@x/1")) && seen.came(&jid("b@x/1")), "no room");
        assert!(seen.went(&jid("a@x/9")), "the tenth was the last that was remembered");
        assert!(seen.came(&jid("b@x/1")) && !seen.came(&jid("b@x/1")));
        seen.forget(&jid("b@x").to_bare());
        assert_eq!(memory.used(Use::Presence), 0);
        assert!(!seen.went(&jid("b@x/1")));
    }
}
