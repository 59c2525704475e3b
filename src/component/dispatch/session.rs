//! What is remembered for a while and may be forgotten: half-finished dialogues, open forms,
//! pictures and recordings that wait for their share. Nothing that was promised.

use std::{collections::HashMap, hash::Hash, time::Duration};

use jid::BareJid;

use super::owner::{ACCOUNT, OTHERS, Owner, Owners, SERVER};
use crate::{
    domain::clock::Millis,
    memory::{Budget, Hold, Use},
};

/// How long a dialogue, a form or a picture waits for what belongs to it.
pub(super) const LIFE: Duration = Duration::from_mins(10);
/// The most bytes of one thing.
pub(super) const ONE: usize = 64 << 10;
/// The most that one account has.
const MINE: Room = Room { things: ACCOUNT, bytes: 256 << 10 };
/// The most things in all.
const MOST: usize = 4_096;

/// How much of something there is, or may be.
#[derive(Debug, Clone, Copy, Default)]
struct Room {
    things: usize,
    bytes: usize,
}

#[derive(Debug)]
struct Entry<V> {
    /// Later ones have higher ones.
    number: u64,
    since: Millis,
    owner: Owner,
    hold: Hold,
    thing: V,
}

/// All that is kept for one use, by key, each thing for a while. Somebody who has too much loses
/// the oldest of their own; a server whose people have too much loses the oldest of its people's.
/// What still does not fit is not kept. There is one of these for a use: two would each leave a
/// third of what both may have.
#[derive(Debug)]
pub(super) struct Kept<K, V> {
    life: Duration,
    owners: Owners,
    memory: Budget,
    what: Use,
    /// Things that were kept so far.
    count: u64,
    things: HashMap<K, Entry<V>>,
}

impl<K: Hash + Eq, V> Kept<K, V> {
    /// Keeps each thing for `life`. `host`: the server's own domain, for whose people a third of
    /// the room is left.
    pub(super) fn new(life: Duration, host: &BareJid, memory: &Budget, what: Use) -> Self {
        let (owners, memory) = (Owners::new(host), memory.clone());
        Self { life, owners, memory, what, count: 0, things: HashMap::new() }
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
        let owner = self.owners.of(of);
        let hold = self.room(owner, bytes, now);
        let fits = hold.is_some();
        self.count += 1;
        let number = self.count;
        let entry = hold.map(|hold| Entry { number, since: now, owner, hold, thing });
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

    /// Forgets everything of somebody.
    pub(super) fn forget(&mut self, of: &BareJid) {
        let owner = self.owners.of(of);
        self.things.retain(|_, entry| entry.owner != owner);
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

    /// Takes room for one more, of so many bytes.
    fn room(&mut self, owner: Owner, bytes: usize, now: Millis) -> Option<Hold> {
        if bytes > ONE {
            return None;
        }
        let all = Room { things: MOST, bytes: self.memory.most_of_one() };
        self.shrink(MINE, bytes, |it| it.account == owner.account);
        if owner.server.is_some() {
            self.shrink(all.part(1, SERVER), bytes, |it| it.server == owner.server);
            let others = self.held(|it| it.server.is_some());
            if !others.and(bytes).is_within(all.part(OTHERS.0, OTHERS.1)) {
                return None;
            }
        }
        if self.things.len() >= MOST {
            let life = self.life;
            self.things.retain(|_, entry| now.since(entry.since) < life);
        }
        if self.things.len() >= MOST { None } else { self.memory.take(self.what, bytes) }
    }

    /// Keeps of theirs the newest, as many as fit into `most` with one more of so many bytes. Each
    /// is looked at twice, however many go.
    fn shrink(&mut self, most: Room, bytes: usize, of: impl Fn(&Owner) -> bool) {
        let theirs = self.things.values().filter(|entry| of(&entry.owner));
        let mut theirs: Vec<_> = theirs.map(|entry| (entry.number, entry.hold.bytes())).collect();
        theirs.sort_unstable();
        let mut held = Room::default().and(bytes);
        let gone = theirs.iter().rev().find(|(_, bytes)| {
            held = held.and(*bytes);
            !held.is_within(most)
        });
        if let Some((newest, _)) = gone {
            self.things.retain(|_, entry| entry.number > *newest || !of(&entry.owner));
        }
    }

    fn held(&self, of: impl Fn(&Owner) -> bool) -> Room {
        let theirs = self.things.values().filter(|entry| of(&entry.owner));
        theirs.fold(Room::default(), |room, entry| room.and(entry.hold.bytes()))
    }
}

impl Room {
    /// With one more thing, of so many bytes.
    fn and(self, bytes: usize) -> Self {
        Self { things: self.things + 1, bytes: self.bytes + bytes }
    }

    /// So many parts of so many.
    fn part(self, some: usize, of: usize) -> Self {
        Self { things: self.things / of * some, bytes: self.bytes / of * some }
    }

    fn is_within(self, most: Self) -> bool {
        self.things <= most.things && self.bytes <= most.bytes
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
    fn of_whoever_is_forgotten_nothing_is_left_and_of_others_all() {
        let (mut kept, _) = kept();
        for key in ["a", "b"] {
            assert!(kept.put(key.into(), &jid("romeo@x"), 1, 100, Millis(0)));
        }
        assert!(kept.put("c".into(), &jid("juliet@x"), 2, 100, Millis(0)));
        kept.forget(&jid("romeo@x"));
        assert_eq!((kept.things.len(), kept.get(&"c".to_owned(), Millis(1))), (1, Some(&2)));
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
    fn small_things_of_one_account_are_sixteen_at_the_most() {
        let (mut kept, _) = kept();
        for n in 0..256 {
            assert!(kept.put(format!("m{n}"), &jid("mallory@x"), n, 1, Millis(0)));
            assert!(kept.things.len() <= 16, "{n}");
        }
        assert!((0..256).all(|n| kept.get(&format!("m{n}"), Millis(1)).is_some() == (n >= 240)));
    }

    #[test]
    fn small_things_of_a_few_other_servers_leave_room_for_the_next() {
        let (mut kept, _) = kept();
        for n in 0..3_000_u32 {
            let who = jid(&format!("a{}@s{}.example", n % 999, n % 2));
            assert!(kept.put(format!("e{n}"), &who, n, 1, Millis(1)), "{n}");
        }
        assert_eq!(kept.things.len(), 2 * MOST / SERVER);
        assert!(kept.put("next".into(), &jid("juliet@good.example"), 0, 1, Millis(2)));
    }

    #[test]
    fn small_things_of_many_other_servers_leave_a_third_for_the_servers_own() {
        let (mut kept, _) = kept();
        for n in 0..4_000_u32 {
            let who = jid(&format!("a{n}@s{}.example", n % 99));
            kept.put(format!("e{n}"), &who, n, 1, Millis(1));
        }
        assert!(kept.things.len() <= MOST / 3 * 2);
        for n in 0..MOST / 3 {
            assert!(kept.put(format!("o{n}"), &jid(&format!("o{n}@x")), 0, 1, Millis(1)), "{n}");
        }
    }

    #[test]
    fn letting_many_go_looks_at_each_twice() {
        let (mut kept, _) = kept();
        for n in 0..512_u32 {
            assert!(kept.put(format!("a{n}"), &jid(&format!("a{n}@x")), n, 100, Millis(1)));
        }
        let looks = std::cell::Cell::new(0);
        kept.shrink(Room { things: 2, bytes: 1_000 }, 0, |_| {
            looks.set(looks.get() + 1);
            true
        });
        assert_eq!((kept.things.len(), kept.get(&"a511".to_owned(), Millis(2))), (1, Some(&511)));
        assert!(looks.get() <= 2 * 512, "{}", looks.get());
    }

    #[test]
    fn other_servers_people_fill_neither_each_others_room_nor_the_servers_own() {
        let (mut kept, _) = kept();
        assert!(kept.put("first".into(), &jid("juliet@good.example"), 0, 1_000, Millis(0)));
        for n in 0..999_u32 {
            let who = jid(&format!("a{n}@s{}.evil.example", n % 120));
            kept.put(format!("e{n}"), &who, n, 1_000, Millis(1));
        }
        assert!(
            kept.held(|it| it.server.is_some()).bytes <= (32 << 10) + 1_000,
            "one has subdomains"
        );
        for n in 0..999_u32 {
            let who = jid(&format!("a@s{n}.example"));
            kept.put(format!("o{n}"), &who, n, 1_000, Millis(2));
        }
        assert_eq!(kept.get(&"first".to_owned(), Millis(3)), Some(&0));
        assert!(kept.put("romeo".into(), &jid("romeo@x"), 1, ONE, Millis(3)));
    }
}
