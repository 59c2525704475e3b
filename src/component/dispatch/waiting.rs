//! Who waits for somebody else (a client, another server, a file), or for a turn. Somebody who is
//! slow to answer, or makes others slow, takes nobody's places but their own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jid::BareJid;
use tokio::sync::Notify;

use super::owner::{ACCOUNT, OTHERS, Owner, Owners, SERVER};

/// How many places there are, and how many of them one owner may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places {
    all: usize,
    account: usize,
    /// The people of one other server.
    server: usize,
    /// Those of all other servers.
    others: usize,
}

/// For whoever waits.
const WAITING: Places =
    Places { all: 256, account: ACCOUNT, server: 256 / SERVER, others: 256 / OTHERS.1 * OTHERS.0 };
/// For files that people bring, which are fetched while they wait: as many as are fetched at one
/// time. One slow origin holds the place of one person.
const FETCHING: Places = Places { all: 4, account: 1, server: 2, others: 3 };

/// The places for waiting.
#[derive(Debug)]
pub(super) struct Waiting {
    owners: Owners,
    places: Places,
    taken: Mutex<Vec<Owner>>,
    freed: Notify,
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
        Self::with(WAITING, host)
    }

    /// The places in which something is fetched.
    pub(super) fn fetching(host: &BareJid) -> Self {
        Self::with(FETCHING, host)
    }

    fn with(places: Places, host: &BareJid) -> Self {
        let (owners, freed) = (Owners::new(host), Notify::new());
        Self { owners, places, taken: Mutex::default(), freed }
    }

    /// A place for `whom`, as soon as there is one.
    pub(super) async fn turn(self: &Arc<Self>, whom: &BareJid) -> Place {
        loop {
            let freed = self.freed.notified();
            if let Some(place) = self.place(whom) {
                return place;
            }
            freed.await;
        }
    }

    /// A place for `whom`; none when they, their server's people or all have as many as they may.
    pub(super) fn place(self: &Arc<Self>, whom: &BareJid) -> Option<Place> {
        let (owner, most) = (self.owners.of(whom), self.places);
        let mut taken = self.taken();
        let has_room = |most: usize, of: &dyn Fn(&Owner) -> bool| {
            taken.iter().filter(|it| of(it)).count() < most
        };
        let has_own = has_room(most.account, &|it| it.account == owner.account);
        let has_others = owner.server.is_none()
            || (has_room(most.server, &|it| it.server == owner.server)
                && has_room(most.others, &|it| it.server.is_some()));
        if !(has_own && has_others && has_room(most.all, &|_| true)) {
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
        drop(taken);
        // Whoever waits looks again, in no order, and so may somebody who has just come.
        self.waiting.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    /// How many places `whom` gives out of so many that are asked for.
    fn take(waiting: &Arc<Waiting>, asked: usize, whom: impl Fn(usize) -> String) -> Vec<Place> {
        let place = |n| waiting.place(&whom(n).parse().unwrap());
        (0..asked).filter_map(place).collect()
    }

    #[tokio::test]
    async fn one_person_fetches_one_file_at_a_time_and_whoever_waits_is_next() {
        let fetching = Arc::new(Waiting::fetching(&"x".parse().unwrap()));
        let whom = |text: &str| -> BareJid { text.parse().unwrap() };
        let site = take(&fetching, 9, |n| format!("m{n}@s{n}.evil.example"));
        let others = take(&fetching, 9, |n| format!("m{n}@evil{n}.example"));
        assert_eq!((site.len(), others.len()), (2, 1), "one is left to the server's own people");
        let own = take(&fetching, 9, |_| "juliet@x".into());
        assert_eq!(own.len(), 1);
        let (juliet, paris) = (whom("juliet@x"), whom("paris@y.example"));
        let (mut own_next, mut other) =
            (Box::pin(fetching.turn(&juliet)), Box::pin(fetching.turn(&paris)));
        assert!(own_next.as_mut().now_or_never().is_none());
        assert!(other.as_mut().now_or_never().is_none());
        drop(own);
        assert!(other.as_mut().now_or_never().is_none(), "that place is the server's own people's");
        assert!(own_next.now_or_never().is_some());
        drop(others);
        assert!(other.now_or_never().is_some());
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
        assert_eq!(take(&waiting, 999, |n| format!("m{n}@x")).len(), 256, "all were given back");
    }
}
