//! Which words were heard lately.

use std::{
    collections::{VecDeque, hash_map::RandomState},
    hash::BuildHasher,
    time::Duration,
};

use jid::BareJid;

use crate::{domain::clock::Millis, recent};

/// How long what was heard is known.
const LIFE: Duration = Duration::from_mins(10);
/// A bare word so soon behind another is about nothing that came after that.
const SOON: Duration = Duration::from_secs(10);
/// Stanzas of one person that are known: those that a client sends again together.
pub(super) const EACH: usize = 8;
/// The most people.
pub(super) const MOST: usize = 10_000;

/// What was heard, by hashes: nobody is named here.
#[derive(Debug)]
pub struct Heard {
    pub(super) people: recent::Map<Person>,
    hasher: RandomState,
}

#[derive(Debug, Default)]
pub(super) struct Person {
    /// The newest last.
    stanzas: VecDeque<Stanza>,
    /// When they said a bare word last that was about something that waited.
    bare: Option<Millis>,
}

#[derive(Debug)]
struct Stanza {
    id: u64,
    words: u64,
    fate: Fate,
}

/// What has become of words that were heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// What they bring about may not be on the disk yet: they are acknowledged when it is.
    Underway,
    Done,
}

impl Heard {
    /// What has become of these words of `who` when they were heard under this id. An id that is used
    /// again for other words is another message: some clients count from 1 at every start.
    pub fn fate(&self, who: &BareJid, id: &str, words: &str, now: Millis) -> Option<Fate> {
        let person = self.people.get(who, now)?;
        let (id, words) = (self.hasher.hash_one(id), self.hasher.hash_one(words));
        person.stanzas.iter().find(|it| it.id == id && it.words == words).map(|it| it.fate)
    }

    /// Keeps that they were. Answers when a bare word was heard just before; `is_bare`: these are one.
    pub fn hear(
        &mut self,
        who: &BareJid,
        (id, words): (&str, &str),
        is_bare: bool,
        now: Millis,
    ) -> Option<Millis> {
        let mut person = self.people.take(who, now).unwrap_or_default();
        let (named, words) = (!id.is_empty(), self.hasher.hash_one(words));
        let stanza = Stanza { id: self.hasher.hash_one(id), words, fate: Fate::Underway };
        if named {
            person.stanzas.push_back(stanza);
            if person.stanzas.len() > EACH {
                person.stanzas.pop_front();
            }
        }
        let before = person.bare.filter(|at| now.since(*at) < SOON);
        if is_bare {
            person.bare = Some(now);
        }
        self.people.put(who, person, now);
        before
    }

    /// All that was heard under this id brings about is done.
    pub fn finish(&mut self, who: &BareJid, id: &str, now: Millis) {
        let id = self.hasher.hash_one(id);
        let stanzas = self.people.get_mut(who, now).into_iter().flat_map(|it| &mut it.stanzas);
        stanzas.filter(|it| it.id == id).for_each(|it| it.fate = Fate::Done);
    }

    /// What was heard under this id could not be taken, and may be said again.
    pub fn forget(&mut self, who: &BareJid, id: &str, now: Millis) {
        let id = self.hasher.hash_one(id);
        if let Some(person) = self.people.get_mut(who, now) {
            person.stanzas.retain(|it| it.id != id);
            person.bare = None;
        }
    }

    /// The last word was said to somebody: the next may be, too.
    pub fn passed_on(&mut self, who: &BareJid, now: Millis) {
        if let Some(person) = self.people.get_mut(who, now) {
            person.bare = None;
        }
    }
}

impl Default for Heard {
    fn default() -> Self {
        Self { people: recent::Map::new(LIFE, MOST), hasher: RandomState::new() }
    }
}
