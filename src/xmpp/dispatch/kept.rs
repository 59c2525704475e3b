//! What is remembered for a while and may be forgotten: half-finished dialogues, open forms,
//! pictures and recordings that wait for their share. Nothing that was promised.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::{BuildHasher, Hash},
    time::Duration,
};

use jid::BareJid;

use crate::{
    domain::{clock::Millis, site::site},
    memory::{Budget, Hold, Use},
};

/// How long a dialogue, a form or a picture waits for what belongs to it.
pub(super) const LIFE: Duration = Duration::from_mins(10);
/// The most things of one kind.
const MOST: usize = 4_096;
/// The most bytes of one thing.
pub(super) const ONE: usize = 64 << 10;
/// The most bytes of one account.
const ACCOUNT: usize = 256 << 10;
/// The part of a budget that all of one other server's people have at the most: one of so many.
const SERVER: usize = 8;

/// Whose something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Owner {
    account: u64,
    /// The owner of the account's server; none for the server's own people.
    server: Option<u64>,
}

#[derive(Debug)]
struct Entry<V> {
    since: Millis,
    owner: Owner,
    hold: Hold,
    thing: V,
}

/// Things by key, each for a while and within a budget. Who has too much loses their own oldest, a
/// server whose people have too much that of its people; what still does not fit is not kept.
#[derive(Debug)]
pub(super) struct Kept<K, V> {
    life: Duration,
    host: BareJid,
    memory: Budget,
    what: Use,
    hasher: RandomState,
    things: HashMap<K, Entry<V>>,
}

impl<K: Hash + Eq + Clone, V> Kept<K, V> {
    /// Keeps each thing for `life`. `host`: the server's own domain, for whose people a third of
    /// the room is left.
    pub(super) fn new(life: Duration, host: &BareJid, memory: &Budget, what: Use) -> Self {
        let (host, memory) = (host.clone(), memory.clone());
        Self { life, host, memory, what, hasher: RandomState::new(), things: HashMap::new() }
    }

    /// Keeps a thing of so many bytes, in place of what was there. Whether there was room.
    pub(super) fn put(
        &mut self,
        key: K,
        of: &BareJid,
        thing: V,
        bytes: usize,
        now: Millis,
    ) -> bool {
        self.things.remove(&key);
        let owner = self.owner(of);
        let hold = self.room(owner, bytes, now);
        let fits = hold.is_some();
        let entry = hold.map(|hold| Entry { since: now, owner, hold, thing });
        self.things.extend(entry.map(|entry| (key, entry)));
        fits
    }

    /// Gives it out, and keeps it no longer. None when its time is over.
    pub(super) fn take(&mut self, key: &K, now: Millis) -> Option<V> {
        let entry = self.things.remove(key)?;
        (now.since(entry.since) < self.life).then_some(entry.thing)
    }

    /// Shows it. None when its time is over.
    pub(super) fn get(&self, key: &K, now: Millis) -> Option<&V> {
        let entry = self.things.get(key)?;
        (now.since(entry.since) < self.life).then_some(&entry.thing)
    }

    /// Whether it was there and its time is over.
    pub(super) fn is_over(&self, key: &K, now: Millis) -> bool {
        self.things.contains_key(key) && self.get(key, now).is_none()
    }

    /// Forgets everything whose time has been over for as long again: until then somebody who
    /// comes too late is told so.
    pub(super) fn forget_old(&mut self, now: Millis) {
        let life = self.life * 2;
        self.things.retain(|_, entry| now.since(entry.since) < life);
        if self.things.is_empty() {
            self.things.shrink_to_fit();
        }
    }

    /// Takes room for so many bytes.
    fn room(&mut self, owner: Owner, bytes: usize, now: Millis) -> Option<Hold> {
        if bytes > ONE {
            return None;
        }
        let most = self.memory.most_of_one();
        self.shrink(ACCOUNT - bytes, |it| it.account == owner.account);
        if owner.server.is_some() {
            self.shrink(most / SERVER - bytes.min(most / SERVER), |it| it.server == owner.server);
            let others = self.held(|it| it.server.is_some());
            if others + bytes > most / 3 * 2 || self.things.len() >= MOST / 3 * 2 {
                return None;
            }
        }
        if self.things.len() >= MOST {
            let life = self.life;
            self.things.retain(|_, entry| now.since(entry.since) < life);
        }
        if self.things.len() >= MOST { None } else { self.memory.take(self.what, bytes) }
    }

    /// Lets the oldest of them go until they hold no more than `most` bytes.
    fn shrink(&mut self, most: usize, of: impl Fn(&Owner) -> bool) {
        while self.held(&of) > most {
            let theirs = self.things.iter().filter(|(_, entry)| of(&entry.owner));
            let oldest = theirs.min_by_key(|(_, entry)| entry.since).map(|(key, _)| key.clone());
            let Some(oldest) = oldest else { return };
            self.things.remove(&oldest);
        }
    }

    fn held(&self, of: impl Fn(&Owner) -> bool) -> usize {
        let theirs = self.things.values().filter(|entry| of(&entry.owner));
        theirs.map(|entry| entry.hold.bytes()).sum()
    }

    fn owner(&self, of: &BareJid) -> Owner {
        let is_own = of.domain() == self.host.domain();
        Owner {
            account: self.hasher.hash_one(of.as_str()),
            server: (!is_own).then(|| self.hasher.hash_one(site(of.domain().as_str()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jid(text: &str) -> BareJid {
        text.parse().unwrap()
    }

    /// 256 KiB for one use, of which 32 are for each other server.
    fn kept() -> (Kept<String, u32>, Budget) {
        let memory = Budget::new(512 << 10);
        (Kept::new(Duration::from_mins(1), &jid("x"), &memory, Use::Forms), memory)
    }

    #[test]
    fn a_thing_is_kept_for_its_time_and_no_longer() {
        let (mut kept, memory) = kept();
        let a = "a".to_owned();
        assert!(kept.put(a.clone(), &jid("romeo@x"), 1, 100, Millis(0)));
        assert_eq!(kept.get(&a, Millis(59_999)), Some(&1));
        assert_eq!(kept.get(&a, Millis(60_000)), None);
        assert!(kept.is_over(&a, Millis(60_000)) && !kept.is_over(&"b".into(), Millis(60_000)));
        kept.forget_old(Millis(119_999));
        assert!(kept.is_over(&a, Millis(119_999)), "who comes late is told so");
        kept.forget_old(Millis(120_000));
        assert!(!kept.is_over(&a, Millis(120_000)));
        assert_eq!(memory.used(Use::Forms), 0);
    }

    #[test]
    fn whoever_has_too_much_loses_their_own_oldest_and_nobody_elses() {
        let (mut kept, memory) = kept();
        assert!(kept.put("romeo".into(), &jid("romeo@x"), 0, 1_000, Millis(0)));
        for n in 0..99_u32 {
            let (key, at) = (format!("m{n}"), Millis(i64::from(n) + 1));
            assert!(kept.put(key, &jid("mallory@x"), n, 4 << 10, at) || n >= 62, "{n}");
        }
        assert_eq!(kept.get(&"romeo".to_owned(), Millis(99)), Some(&0));
        assert!(memory.used(Use::Forms) <= 256 << 10);
        assert!(!kept.put("big".into(), &jid("mallory@x"), 0, ONE + 1, Millis(0)));
    }

    #[test]
    fn other_servers_people_fill_neither_each_others_room_nor_the_servers_own() {
        let (mut kept, _) = kept();
        assert!(kept.put("first".into(), &jid("juliet@good.example"), 0, 1_000, Millis(0)));
        for n in 0..999_u32 {
            let who = jid(&format!("a{n}@s{}.evil.example", n % 120));
            kept.put(format!("e{n}"), &who, n, 1_000, Millis(1));
        }
        assert!(kept.held(|it| it.server.is_some()) <= (32 << 10) + 1_000, "one has subdomains");
        for n in 0..999_u32 {
            let who = jid(&format!("a@s{n}.example"));
            kept.put(format!("o{n}"), &who, n, 1_000, Millis(2));
        }
        assert_eq!(kept.get(&"first".to_owned(), Millis(3)), Some(&0));
        assert!(kept.put("romeo".into(), &jid("romeo@x"), 1, ONE, Millis(3)));
    }
}
