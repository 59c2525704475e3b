//! Who goes through much of the database now: of one account one at a time, and few in all, so that
//! whoever looks up a little finds a connection free, and nobody waits behind all that one person
//! asks for.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// Turns at one time. SQLite has four connections for readers, PostgreSQL six.
const AT_ONCE: usize = 2;
/// Of one account, who has the turn and who waits for it.
pub(super) const LINE: usize = 8;
/// How long somebody waits who is told to come again then.
const PATIENCE: Duration = Duration::from_secs(5);

/// Everybody who has a turn, or waits for one. Nothing is kept about anybody else.
#[derive(Debug, Clone)]
pub(super) struct Turns {
    all: Arc<Semaphore>,
    lines: Arc<Mutex<Lines>>,
}

/// By the account.
type Lines = HashMap<String, Line>;

#[derive(Debug)]
struct Line {
    head: Arc<Semaphore>,
    length: usize,
}

/// A turn, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    _any: OwnedSemaphorePermit,
    _own: OwnedSemaphorePermit,
    _place: Waiter,
}

impl Turns {
    pub(super) fn new() -> Self {
        Self { all: Arc::new(Semaphore::new(AT_ONCE)), lines: Arc::default() }
    }

    /// A turn for `who`; none when too many of theirs wait already, or after five seconds.
    pub(super) async fn take(&self, who: &str) -> Option<Turn> {
        let place = self.join(who, LINE)?;
        timeout(PATIENCE, self.come(place)).await.ok()?
    }

    /// A turn for `who`, however long it takes: for what is bounded elsewhere.
    pub(super) async fn wait(&self, who: &str) -> Option<Turn> {
        self.come(self.join(who, usize::MAX)?).await
    }

    /// First of their own line, then of all: whoever asks for much waits for themselves.
    async fn come(&self, place: Waiter) -> Option<Turn> {
        let own = Arc::clone(&place.head).acquire_owned().await.ok()?;
        let any = Arc::clone(&self.all).acquire_owned().await.ok()?;
        Some(Turn { _any: any, _own: own, _place: place })
    }

    fn join(&self, who: &str, most: usize) -> Option<Waiter> {
        let mut lines = held(&self.lines);
        let new = || Line { head: Arc::new(Semaphore::new(1)), length: 0 };
        let line = lines.entry(who.to_owned()).or_insert_with(new);
        if line.length >= most {
            return None;
        }
        line.length += 1;
        let head = Arc::clone(&line.head);
        Some(Waiter { who: who.to_owned(), head, lines: Arc::clone(&self.lines) })
    }
}

/// A place in a line, until it is dropped.
#[derive(Debug)]
struct Waiter {
    who: String,
    head: Arc<Semaphore>,
    lines: Arc<Mutex<Lines>>,
}

impl Drop for Waiter {
    fn drop(&mut self) {
        let mut lines = held(&self.lines);
        if let Some(line) = lines.get_mut(&self.who) {
            line.length -= 1;
            if line.length == 0 {
                lines.remove(&self.who);
            }
        }
    }
}

fn held(lines: &Mutex<Lines>) -> MutexGuard<'_, Lines> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn one_account_has_one_turn_and_others_have_theirs_meanwhile() {
        let turns = Turns::new();
        let take = |who| Box::pin(turns.take(who));
        let first = take("a").now_or_never().flatten().expect("a turn");
        let mut second = take("a");
        assert!(second.as_mut().now_or_never().is_none(), "it waits");
        let other = take("b").now_or_never().flatten().expect("another's turn");
        let mut third = take("c");
        assert!(third.as_mut().now_or_never().is_none(), "two in all");
        drop(first);
        assert!(second.as_mut().now_or_never().is_none(), "who came first is first");
        assert!(third.now_or_never().flatten().is_some());
        assert!(second.now_or_never().flatten().is_some());
        drop(other);
        assert!(held(&turns.lines).is_empty(), "nobody is remembered");
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_has_many_waiting_is_refused_at_once_and_whoever_waits_long_then() {
        let turns = Turns::new();
        let first = turns.take("a").await.expect("a turn");
        let waiting: Vec<_> = (1..LINE).map(|_| turns.clone()).collect();
        let mut waiting: Vec<_> = waiting.iter().map(|it| Box::pin(it.take("a"))).collect();
        assert!(waiting.iter_mut().all(|it| it.now_or_never().is_none()));
        assert!(turns.take("a").now_or_never().expect("an answer").is_none());
        let mut patient = Box::pin(turns.wait("a"));
        assert!(patient.as_mut().now_or_never().is_none());
        for it in waiting {
            assert!(it.await.is_none(), "five seconds are over");
        }
        drop(first);
        assert!(patient.await.is_some());
    }
}
