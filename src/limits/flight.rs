//! Whose stanzas are being worked on. Each takes places from when it is taken until all that is done
//! on its behalf is over, and whoever has none free is turned away: the task that takes in stanzas
//! never waits for what somebody else has asked for.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Places in all: no more than the jobs and the tasks for which there is room.
const ALL: usize = 1_024;
/// Those of one account; of the people of one other server; and of all other servers, so that a third
/// is left to the server's own people.
const ACCOUNT: usize = ALL / 4;
const SERVER: usize = ALL / 8;
const OTHERS: usize = ALL / 3 * 2;
/// Bytes of a stanza for which it takes one place.
const SIZE: usize = 8 << 10;

/// What is being worked on. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Flight {
    taken: Arc<Mutex<Taken>>,
    hasher: RandomState,
}

/// Places that are taken, in all and by whom. Nothing is kept about anybody else.
#[derive(Debug, Default)]
struct Taken {
    all: usize,
    others: usize,
    accounts: HashMap<u64, usize>,
    servers: HashMap<u64, usize>,
}

/// Which measures hold for somebody.
#[derive(Debug, Clone, Copy)]
pub(super) struct Holds {
    pub(super) account: bool,
    pub(super) server: bool,
    pub(super) total: bool,
}

/// The places of a stanza, until they are dropped.
#[derive(Debug)]
pub struct Place {
    account: u64,
    server: Option<u64>,
    n: usize,
    taken: Arc<Mutex<Taken>>,
}

impl Flight {
    /// Places for a stanza of so many bytes; `site`: the server of `who`, unless it is the service's
    /// own. None when they, their server's people or all have as many as they may.
    pub(super) fn place(
        &self,
        who: &str,
        site: Option<&str>,
        bytes: usize,
        holds: Holds,
    ) -> Option<Place> {
        let (n, hash) = ((1 + bytes / SIZE).min(SERVER), |whose: &str| self.hasher.hash_one(whose));
        let (account, server) = (hash(who), site.map(hash));
        let mut taken = held(&self.taken);
        let of = |counts: &HashMap<u64, usize>, key| counts.get(&key).copied().unwrap_or(0);
        let fits = |holds: bool, taken: usize, most: usize| !holds || taken + n <= most;
        let has_room = fits(holds.account, of(&taken.accounts, account), ACCOUNT)
            && fits(holds.total, taken.all, ALL);
        let has_others = server.is_none_or(|server| {
            fits(holds.server, of(&taken.servers, server), SERVER)
                && fits(holds.total, taken.others, OTHERS)
        });
        if !(has_room && has_others) {
            return None;
        }
        taken.all += n;
        *taken.accounts.entry(account).or_default() += n;
        if let Some(server) = server {
            taken.others += n;
            *taken.servers.entry(server).or_default() += n;
        }
        Some(Place { account, server, n, taken: Arc::clone(&self.taken) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = held(&self.taken);
        taken.all -= self.n;
        give_back(&mut taken.accounts, self.account, self.n);
        if let Some(server) = self.server {
            taken.others -= self.n;
            give_back(&mut taken.servers, server, self.n);
        }
    }
}

fn give_back(counts: &mut HashMap<u64, usize>, key: u64, n: usize) {
    if let Some(count) = counts.get_mut(&key) {
        *count -= n;
        if *count == 0 {
            counts.remove(&key);
        }
    }
}

fn held(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL_HOLD: Holds = Holds { account: true, server: true, total: true };

    /// Takes as many places as `who` gets for stanzas of so many bytes.
    fn take(
        flight: &Flight,
        bytes: usize,
        who: impl Fn(usize) -> (String, Option<String>),
    ) -> Vec<Place> {
        let place = |n| {
            let (who, site) = who(n);
            flight.place(&who, site.as_deref(), bytes, ALL_HOLD)
        };
        (0..2 * ALL).map_while(place).collect()
    }

    #[test]
    fn an_account_a_server_and_all_others_leave_places_to_the_next_one_and_to_the_own() {
        let flight = Flight::default();
        let one = take(&flight, 0, |_| ("mallory@x".into(), None));
        assert_eq!(one.len(), 256);
        let site = take(&flight, 0, |n| (format!("m{n}@evil"), Some("evil".into())));
        assert_eq!(site.len(), 128);
        let others = take(&flight, 0, |n| (format!("m@e{n}"), Some(format!("e{n}"))));
        assert_eq!(site.len() + others.len(), 682);
        let own = take(&flight, 0, |n| (format!("m{n}@x"), None));
        assert_eq!(one.len() + own.len(), 342, "what is left to the server's own people");
        drop((one, site, others, own));
        let taken = held(&flight.taken);
        assert_eq!((taken.all, taken.others), (0, 0));
        assert!(taken.accounts.is_empty() && taken.servers.is_empty(), "nothing is kept");
    }

    #[test]
    fn a_large_stanza_takes_the_places_of_many_and_the_largest_no_more_than_one_server_has() {
        let flight = Flight::default();
        let site = |_| ("m@evil".to_owned(), Some("evil".to_owned()));
        assert_eq!(take(&flight, 63 << 10, site).len(), 16);
        assert_eq!(take(&flight, 64 << 20, site).len(), 1);
    }

    #[test]
    fn nobody_is_turned_away_by_a_measure_that_is_off() {
        let flight = Flight::default();
        let off = Holds { account: false, server: false, total: false };
        let places: Vec<_> =
            (0..2 * ALL).map(|_| flight.place("m@evil", Some("evil"), 0, off)).collect();
        assert!(places.iter().all(Option::is_some));
    }
}
