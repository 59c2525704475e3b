//! Who waits for somebody else (a client, another server, a file), or for a turn. Whoever is slow to
//! answer, or has others be, takes the places of nobody but their own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jid::BareJid;

use super::owner::{ACCOUNT, OTHERS, Owner, Owners, SERVER};

/// Places in all.
const MOST: usize = 256;

/// The places for waiting.
#[derive(Debug)]
pub(super) struct Waiting {
    owners: Owners,
    taken: Mutex<Vec<Owner>>,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    owner: Owner,
    waiting: Arc<Waiting>,
}

impl Waiting {
    /// `host`: the server's own domain, for whose people a third of the places is left.
    pub(super) fn new(host: &BareJid) -> Self {
        Self { owners: Owners::new(host), taken: Mutex::default() }
    }

    /// A place for `whom`; none when they, their server's people or all have as many as they may.
    pub(super) fn place(self: &Arc<Self>, whom: &BareJid) -> Option<Place> {
        let owner = self.owners.of(whom);
        let mut taken = self.taken();
        let has_room = |most: usize, of: &dyn Fn(&Owner) -> bool| {
            taken.iter().filter(|it| of(it)).count() < most
        };
        let has_own = has_room(ACCOUNT, &|it| it.account == owner.account);
        let has_others = owner.server.is_none()
            || (has_room(MOST / SERVER, &|it| it.server == owner.server)
                && has_room(MOST / OTHERS.1 * OTHERS.0, &|it| it.server.is_some()));
        if !(has_own && has_others && has_room(MOST, &|_| true)) {
            return None;
        }
        taken.push(owner);
        Some(Place { owner, waiting: Arc::clone(self) })
    }

    fn taken(&self) -> MutexGuard<'_, Vec<Owner>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.waiting.taken();
        if let Some(at) = taken.iter().position(|it| *it == self.owner) {
            taken.swap_remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many places `whom` gives out of so many that are asked for.
    fn take(waiting: &Arc<Waiting>, asked: usize, whom: impl Fn(usize) -> String) -> Vec<Place> {
        let place = |n| waiting.place(&whom(n).parse().unwrap());
        (0..asked).filter_map(place).collect()
    }

    #[test]
    fn whoever_waits_leaves_places_to_the_next_account_the_next_server_and_the_servers_own() {
        let waiting = Arc::new(Waiting::new(&"x".parse().unwrap()));
        let one = take(&waiting, 999, |_| "mallory@x".into());
        assert_eq!(one.len(), 16, "an account");
        let site = take(&waiting, 999, |n| format!("m{n}@s{n}.evil.example"));
        assert_eq!(site.len(), 32, "a server with its subdomains");
        let others = take(&waiting, 999, |n| format!("m{n}@evil{n}.example"));
        assert_eq!(site.len() + others.len(), 170, "all other servers");
        let own = take(&waiting, 999, |n| format!("m{n}@x"));
        assert_eq!(one.len() + own.len(), 86, "what is left to the server's own people");
        drop((one, site, others, own));
        assert_eq!(take(&waiting, 999, |n| format!("m{n}@x")).len(), MOST, "all were given back");
    }
}
