//! Whose clients are there, and what of it the database has still to be told.
//!
//! It is told at once who has gone, for nobody who is away is handed much. Three seconds after
//! something was written about a person, it is told that they have come, if they are there then:
//! somebody who comes and goes all the time costs two writes now and then. A portion is written at
//! a time, behind whatever waits for the writer already, so that what people ask for waits for one
//! portion at the most, however many come and go.
//!
//! What the database did not take is written again, however long it takes nothing. Nothing says then
//! whose fault it was, so of the next portion each is written behind a savepoint: only whom the
//! database refuses, and takes others, is let go.

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
    committer::NotKept,
    component::entity::Entity,
    domain::clock::Millis,
    memory::{Budget, Hold},
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
    /// What is being written, in its order.
    writing: Vec<Change>,
    /// Who was written, or could not be, and when; the last one last.
    resting: VecDeque<(Millis, u64)>,
    /// The last portion, or its end, was not kept.
    is_careful: bool,
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
    /// It knows since then, or did not take it.
    Rests(Millis),
}

/// Something that is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Change {
    /// None of whom there is no room.
    key: Option<u64>,
    address: String,
    is_there: bool,
}

/// What a portion has come to.
#[derive(Debug, Default)]
struct Tally {
    /// Those of them whom the database does not know, or has refused.
    nobody: HashSet<u64>,
    /// The last of them was not kept, and may be later.
    is_cut: bool,
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
            is_careful: false,
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

    /// Everybody's presence is unknown again.
    pub(super) fn forget_all(&mut self) {
        self.people = HashMap::new();
        self.rooms.clear();
        (self.gone, self.own, self.others, self.strays) = Default::default();
        (self.writing, self.resting) = Default::default();
        (self.has_strays, self.is_careful) = (false, false);
    }

    /// Whether something is to be written and nobody is writing it. If so, the one who asks now
    /// does.
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
            let change = Change { key: Some(key), address: person.address.clone(), is_there };
            self.writing.push(change.clone());
            return Some(change);
        }
        let (address, is_there) = self.strays.pop_front()?;
        let change = Change { key: None, address, is_there };
        self.writing.push(change.clone());
        Some(change)
    }

    /// What became of what was being written.
    fn written(&mut self, written: Result<&Tally, NotKept>, now: Millis) {
        let writing = std::mem::take(&mut self.writing);
        let last = writing.len().saturating_sub(1);
        let is_kept = |at| written.is_ok_and(|it| !(it.is_cut && at == last));
        for (at, change) in writing.iter().enumerate() {
            let Some(key) = change.key else { continue };
            let Some(person) = self.people.get_mut(&key) else { continue };
            let Stage::Written(is_there) = person.stage else { continue };
            if written.is_ok_and(|it| it.nobody.contains(&key)) {
                self.remove(key);
            } else if is_kept(at) {
                (person.written, person.stage) = (is_there, Stage::Rests(now));
                self.resting.push_back((now, key));
                // They may have gone meanwhile.
                self.look(key);
            } else if at == last {
                // It may be theirs alone that the database does not take now: others go before.
                person.stage = Stage::Rests(now);
                self.resting.push_back((now, key));
            } else {
                person.stage = Stage::Still;
                self.look(key);
            }
        }
        for (at, Change { key, address, is_there }) in writing.into_iter().enumerate().rev() {
            // Of the same person something newer may wait.
            let is_old = || self.strays.iter().any(|it| it.0 == address);
            if key.is_none() && !is_kept(at) && !is_old() {
                self.strays.push_front((address, is_there));
            }
        }
        self.is_careful = !is_kept(last);
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

    /// The same, of somebody about whom nothing is on its way: if they are gone and known to be,
    /// they are forgotten.
    fn settle(&mut self, key: u64) {
        if self.people.get(&key).is_some_and(|it| !it.is_there() && !it.written) {
            self.remove(key);
        } else {
            self.look(key);
        }
    }

    fn stray(&mut self, bare: &BareJid, is_there: bool) {
        self.has_strays = true;
        if let Some(stray) = self.strays.iter_mut().find(|it| it.0 == bare.as_str()) {
            stray.1 = is_there;
            return;
        }
        // What is being written may come back, unless this takes its place.
        let is_back = |it: &Change| it.key.is_none() && it.address == bare.as_str();
        if self.strays.len() + self.writing.len() < STRAYS || self.writing.iter().any(is_back) {
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
