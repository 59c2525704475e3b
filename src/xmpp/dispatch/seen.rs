//! Whose clients are there, and what of it the database has still to be told.
//!
//! It is told at once who has gone, for nobody who is away is handed much. Of whom something was
//! written, it is told three seconds later that they have come, if they are there then: whoever comes
//! and goes all the time is two writes now and then. A portion is written at a
//! time, behind whatever waits for the writer already, so that what people ask for waits for one
//! portion at the most, however many come and go.

mod portion;
mod rooms;

use std::{
    collections::{HashMap, HashSet, VecDeque, hash_map::RandomState},
    hash::BuildHasher,
    sync::Arc,
    time::Duration,
};

use jid::BareJid;
use tokio::sync::Notify;

use self::rooms::Rooms;
use super::owner::Owner;
use crate::{
    domain::clock::Millis,
    memory::{Budget, Hold},
    ops::commit::NotKept,
    xmpp::entity::Entity,
};

/// The most resources remembered of one person; what comes after is not counted.
const RESOURCES: usize = 10;
/// How long it is not written of whom something was that they have come.
const REST: Duration = Duration::from_secs(3);
/// Changes that are written together.
const PORTION: usize = 16;
/// Changes that wait of people for whom there is no room.
const STRAYS: usize = 1_024;

/// Whose resources are available on this stream, of those who have joined.
#[derive(Debug)]
pub struct Seen {
    people: HashMap<u64, Person>,
    rooms: Rooms,
    /// Who is to be written: who has gone, then the server's own people, then all others.
    gone: VecDeque<u64>,
    own: VecDeque<u64>,
    others: VecDeque<u64>,
    /// Of whom there was no room, and whether they are there.
    strays: VecDeque<(String, bool)>,
    /// Whether there are any, on this stream.
    has_strays: bool,
    /// Who is being written.
    writing: Vec<u64>,
    /// Who was written, and when; the last one last.
    resting: VecDeque<(Millis, u64)>,
    /// How many are written together next.
    portion: usize,
    /// Whether somebody writes.
    is_running: bool,
    changed: Arc<Notify>,
    hasher: RandomState,
}

#[derive(Debug)]
struct Person {
    address: String,
    resources: Vec<u64>,
    /// What the database was told last: whether they are there.
    written: bool,
    stage: Stage,
    owner: Owner,
    room: Hold,
}

/// Where somebody is on their way to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It knows.
    Still,
    Waits,
    /// And whether they are there.
    Written(bool),
    /// It knows since then.
    Rests(Millis),
}

/// Something that is to be written.
#[derive(Debug, PartialEq, Eq)]
struct Change {
    key: u64,
    address: String,
    is_there: bool,
}

impl Person {
    fn is_there(&self) -> bool {
        !self.resources.is_empty()
    }
}

impl Seen {
    /// Nobody's yet; what is remembered is taken from `memory`. `host`: the server's own domain, for
    /// whose people a third of the room is left.
    #[must_use]
    pub fn new(host: &BareJid, memory: &Budget) -> Self {
        Self {
            people: HashMap::new(),
            rooms: Rooms::new(host, memory),
            gone: VecDeque::new(),
            own: VecDeque::new(),
            others: VecDeque::new(),
            strays: VecDeque::new(),
            has_strays: false,
            writing: Vec::new(),
            resting: VecDeque::new(),
            portion: PORTION,
            is_running: false,
            changed: Arc::default(),
            hasher: RandomState::new(),
        }
    }

    /// A resource has come.
    pub(super) fn came(&mut self, jid: &Entity) {
        let resource = self.resource(jid);
        let bare = jid.to_bare();
        let key = self.key(&bare);
        if !self.people.contains_key(&key) {
            let Some((owner, room)) = self.rooms.take(&bare) else {
                return self.stray(&bare, true);
            };
            let (address, resources) = (bare.to_string(), Vec::new());
            let (written, stage) = (false, Stage::Still);
            let person = Person { address, resources, written, stage, owner, room };
            self.people.insert(key, person);
        }
        if let Some(person) = self.people.get_mut(&key)
            && person.resources.len() < RESOURCES
            && !person.resources.contains(&resource)
        {
            person.resources.push(resource);
        }
        self.look(key);
    }

    /// A resource has gone; an address without one means all of them.
    pub(super) fn went(&mut self, jid: &Entity) {
        let resource = self.resource(jid);
        let bare = jid.to_bare();
        let key = self.key(&bare);
        let Some(person) = self.people.get_mut(&key) else {
            // They may have come when there was no room.
            if self.has_strays {
                self.stray(&bare, false);
            }
            return;
        };
        if jid.resource().is_some() {
            person.resources.retain(|it| *it != resource);
        } else {
            person.resources.clear();
        }
        self.look(key);
    }

    /// Nothing is known of somebody, and nothing is to be written.
    pub(super) fn forget(&mut self, jid: &BareJid) {
        self.remove(self.key(jid));
    }

    /// Everybody's presence is unknown again.
    pub(super) fn forget_all(&mut self) {
        self.people = HashMap::new();
        self.rooms.clear();
        (self.gone, self.own, self.others, self.strays) = Default::default();
        (self.writing, self.resting) = Default::default();
        (self.has_strays, self.portion) = (false, PORTION);
    }

    /// Whether something is to be written and nobody is at it. Whoever asks is, then.
    fn begins(&mut self) -> bool {
        self.changed.notify_one();
        let begins = !self.is_running && self.is_waiting();
        self.is_running |= begins;
        begins
    }

    fn is_waiting(&self) -> bool {
        let queues = [&self.gone, &self.own, &self.others];
        queues.iter().any(|it| !it.is_empty()) || !self.strays.is_empty()
    }

    fn next_key(&mut self) -> Option<u64> {
        let queues = [&mut self.gone, &mut self.own, &mut self.others];
        queues.into_iter().find_map(VecDeque::pop_front)
    }

    /// The next change, as it is now.
    fn next_change(&mut self) -> Option<Change> {
        while let Some(key) = self.next_key() {
            let Some(person) = self.people.get_mut(&key).filter(|it| it.stage == Stage::Waits)
            else {
                continue;
            };
            let is_there = person.is_there();
            if is_there == person.written {
                person.stage = Stage::Still;
                self.settle(key);
                continue;
            }
            person.stage = Stage::Written(is_there);
            let address = person.address.clone();
            self.writing.push(key);
            return Some(Change { key, address, is_there });
        }
        let (address, is_there) = self.strays.pop_front()?;
        Some(Change { key: self.hasher.hash_one(&address), address, is_there })
    }

    /// What became of those who were being written: who of them is nobody to the database, or that
    /// nothing was kept.
    fn written(&mut self, kept: Result<&HashSet<u64>, NotKept>, now: Millis) {
        let writing = std::mem::take(&mut self.writing);
        let is_alone = self.portion == 1;
        for key in writing {
            let Some(person) = self.people.get_mut(&key) else { continue };
            let Stage::Written(is_there) = person.stage else { continue };
            match kept {
                Ok(nobody) if nobody.contains(&key) => self.remove(key),
                Ok(_) => {
                    (person.written, person.stage) = (is_there, Stage::Rests(now));
                    self.resting.push_back((now, key));
                    // They may have gone meanwhile.
                    self.look(key);
                }
                // It may be this one that cannot be written: it was tried with others before.
                Err(NotKept) if is_alone => self.remove(key),
                Err(NotKept) => {
                    person.stage = Stage::Still;
                    self.look(key);
                }
            }
        }
        self.portion = if kept.is_ok() { PORTION } else { 1 };
    }

    /// Looks after those who have rested. How long it is until the next has; none when nobody rests.
    fn rested(&mut self, now: Millis) -> Option<Duration> {
        while let Some((since, key)) = self.resting.front().copied() {
            // A clock that was put back says nothing.
            let left = REST.saturating_sub(now.since(since));
            if !left.is_zero() && since <= now {
                return Some(left);
            }
            self.resting.pop_front();
            let person = self.people.get_mut(&key);
            if let Some(person) = person.filter(|it| it.stage == Stage::Rests(since)) {
                person.stage = Stage::Still;
                self.settle(key);
            }
        }
        None
    }

    /// Whoever has changed waits to be written, unless something of theirs was just now.
    fn look(&mut self, key: u64) {
        let Some(person) = self.people.get_mut(&key) else { return };
        let has_gone = !person.is_there();
        let may_wait = match person.stage {
            Stage::Still => true,
            Stage::Rests(_) => has_gone,
            Stage::Waits | Stage::Written(_) => false,
        };
        if may_wait && has_gone == person.written {
            person.stage = Stage::Waits;
            let queue = match person.owner.server {
                _ if has_gone => &mut self.gone,
                None => &mut self.own,
                Some(_) => &mut self.others,
            };
            queue.push_back(key);
        }
    }

    /// The same, of whom nothing is on its way: whoever is gone and known to be is forgotten.
    fn settle(&mut self, key: u64) {
        if self.people.get(&key).is_some_and(|it| !it.is_there() && !it.written) {
            self.remove(key);
        } else {
            self.look(key);
        }
    }

    fn stray(&mut self, bare: &BareJid, is_there: bool) {
        self.has_strays = true;
        if self.strays.len() < STRAYS {
            self.strays.push_back((bare.to_string(), is_there));
        }
    }

    fn remove(&mut self, key: u64) {
        if let Some(person) = self.people.remove(&key) {
            self.rooms.give_back(person.owner, &person.room);
        }
    }

    fn key(&self, bare: &BareJid) -> u64 {
        self.hasher.hash_one(bare.as_str())
    }

    fn resource(&self, jid: &Entity) -> u64 {
        self.hasher.hash_one(jid.resource().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
