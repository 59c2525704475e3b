//! What is remembered of somebody for a while, and of so many people at the most. Each stands here by
//! a keyed hash: nobody is named, an address takes eight bytes however long it is, and nobody can
//! choose with whom they share a place.

use std::{
    collections::{BTreeSet, HashMap, hash_map::RandomState},
    hash::{BuildHasher, Hash},
    time::Duration,
};

use crate::domain::clock::Millis;

/// Values by whom or what they are about, each for the same time.
#[derive(Debug)]
pub struct Map<V> {
    life: Duration,
    most: usize,
    hasher: RandomState,
    values: HashMap<u64, (Millis, V)>,
    /// The oldest first: by the time that each was put at, for a clock can be set back.
    order: BTreeSet<(Millis, u64)>,
}

impl<V> Map<V> {
    /// Remembers each value for `life`, and `most` of them at one time.
    #[must_use]
    pub fn new(life: Duration, most: usize) -> Self {
        let (hasher, values, order) = Default::default();
        Self { life, most, hasher, values, order }
    }

    /// The value of `key`. None when there is none, or its time is over.
    pub fn get(&self, key: impl Hash, now: Millis) -> Option<&V> {
        let (at, value) = self.values.get(&self.hasher.hash_one(key))?;
        is_fresh(self.life, *at, now).then_some(value)
    }

    /// The same, to be changed. Its time does not begin anew.
    pub fn get_mut(&mut self, key: impl Hash, now: Millis) -> Option<&mut V> {
        let (at, value) = self.values.get_mut(&self.hasher.hash_one(key))?;
        is_fresh(self.life, *at, now).then_some(value)
    }

    /// The same, which is forgotten.
    pub fn take(&mut self, key: impl Hash, now: Millis) -> Option<V> {
        let hash = self.hasher.hash_one(key);
        let (at, value) = self.values.remove(&hash)?;
        self.order.remove(&(at, hash));
        is_fresh(self.life, at, now).then_some(value)
    }

    /// Remembers the value of `key` from now on, in place of the one before. Where as many are
    /// remembered as may be, this one is not: whoever comes under many names has nobody else
    /// forgotten.
    pub fn put(&mut self, key: impl Hash, value: V, now: Millis) {
        let hash = self.hasher.hash_one(key);
        if let Some((at, _)) = self.values.remove(&hash) {
            self.order.remove(&(at, hash));
        }
        // Each is let go once, so this costs no more than putting them did.
        while let Some((at, old)) = self.order.first().copied()
            && !is_fresh(self.life, at, now)
        {
            self.order.pop_first();
            self.values.remove(&old);
        }
        if self.values.len() < self.most {
            self.values.insert(hash, (now, value));
            self.order.insert((now, hash));
        }
    }

    /// How many are remembered. Those whose time is over count until the next is put.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }
}

fn is_fresh(life: Duration, at: Millis, now: Millis) -> bool {
    now.since(at) < life
}

#[cfg(test)]
mod tests {
    use std::mem;

    use proptest::prelude::*;

    use super::*;

    const LIFE: Duration = Duration::from_millis(100);
    const MOST: usize = 4;

    #[test]
    fn what_is_put_again_lives_anew_and_what_is_changed_does_not() {
        let mut map = Map::new(LIFE, MOST);
        map.put("a", 1, Millis(0));
        map.put("b", 1, Millis(0));
        map.put("a", 2, Millis(99));
        *map.get_mut("b", Millis(99)).unwrap() = 2;
        assert_eq!((map.get("a", Millis(198)), map.get("a", Millis(199))), (Some(&2), None));
        assert_eq!((map.get("b", Millis(99)), map.get("b", Millis(100))), (Some(&2), None));
        assert_eq!((map.take("b", Millis(100)), map.take("a", Millis(100))), (None, Some(2)));
        assert!(map.values.is_empty() && map.order.is_empty());
    }

    #[test]
    fn whoever_comes_when_it_is_full_is_not_remembered_and_has_nobody_forgotten() {
        let mut map = Map::new(LIFE, MOST);
        (0..9).for_each(|n: i64| map.put(n, n, Millis(n)));
        assert!((0..9_i64).all(|n| map.get(n, Millis(9)).is_some() == (n < 4)));
        map.put(3_i64, 30, Millis(9));
        assert_eq!(map.get(3_i64, Millis(9)), Some(&30), "they have a place already");
        map.put(9_i64, 9, Millis(100));
        assert_eq!(map.get(9_i64, Millis(100)), Some(&9), "the first has left theirs");
    }

    /// What is done with a map.
    #[derive(Debug, Clone)]
    enum Step {
        Get,
        Change(u8),
        Take,
        Put(u8),
    }

    fn steps() -> impl Strategy<Value = Step> {
        prop_oneof![
            Just(Step::Get),
            any::<u8>().prop_map(Step::Change),
            Just(Step::Take),
            any::<u8>().prop_map(Step::Put),
        ]
    }

    proptest! {
        /// It does what a list would that is looked through each time, also under a clock that is
        /// set back.
        #[test]
        fn it_does_what_a_list_would(
            steps in prop::collection::vec((0..8_u8, -30..60_i64, steps()), 0..200),
        ) {
            let (mut map, mut list) = (Map::new(LIFE, MOST), Vec::<(u8, u8, Millis)>::new());
            let mut now = Millis(1_000);
            for (key, pause, step) in steps {
                now = Millis(now.0 + pause);
                let is_fresh = |at: Millis| now.since(at) < LIFE;
                let place = list.iter().position(|it| it.0 == key);
                let fresh = place.filter(|place| is_fresh(list[*place].2));
                let expected = fresh.map(|place| list[place].1);
                match step {
                    Step::Get => prop_assert_eq!(map.get(key, now).copied(), expected),
                    Step::Change(value) => {
                        let found = map.get_mut(key, now).map(|it| mem::replace(it, value));
                        prop_assert_eq!(found, expected);
                        if let Some(place) = fresh {
                            list[place].1 = value;
                        }
                    }
                    Step::Take => {
                        prop_assert_eq!(map.take(key, now), expected);
                        list.retain(|it| it.0 != key);
                    }
                    Step::Put(value) => {
                        map.put(key, value, now);
                        list.retain(|it| it.0 != key && is_fresh(it.2));
                        if list.len() < MOST {
                            list.push((key, value, now));
                        }
                    }
                }
                prop_assert_eq!((map.len(), map.order.len()), (list.len(), list.len()));
            }
        }
    }
}
