//! Whose picture is decoded next: one at a time, and of those who wait the one whose asker has asked for
//! least, so that whoever brings many that take long keeps nobody else waiting for more than one.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

/// Everybody who waits, and whether somebody has the turn. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Turns(Arc<Mutex<Queue>>);

#[derive(Debug, Default)]
struct Queue {
    is_taken: bool,
    /// How many have come, by which those are told apart who have asked for as much.
    came: u64,
    waiting: BTreeMap<(i64, u64), oneshot::Sender<Turn>>,
}

/// A turn, until it is dropped.
#[derive(Debug)]
pub struct Turn(Turns);

impl Turns {
    /// A turn for the file that is the `asked`th of its asker within the hour, from 0 on.
    pub async fn take(&self, asked: i64) -> Turn {
        loop {
            let called = {
                let mut line = self.line();
                if !std::mem::replace(&mut line.is_taken, true) {
                    return Turn(self.clone());
                }
                let (call, called) = oneshot::channel();
                line.came += 1;
                let place = (asked, line.came);
                line.waiting.insert(place, call);
                called
            };
            // None who waits is let go without one.
            if let Ok(turn) = called.await {
                return turn;
            }
        }
    }

    fn line(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whoever is next, if anybody is; else nobody has the turn.
    fn next(&self) -> Option<oneshot::Sender<Turn>> {
        let mut line = self.line();
        let next = line.waiting.pop_first().map(|(_, next)| next);
        line.is_taken = next.is_some();
        next
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(next) = self.0.next() {
            // From whoever waits no more it comes back, and is dropped again.
            drop(next.send(Self(self.0.clone())));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::{task::JoinSet, time::sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn whoever_has_asked_for_least_goes_first_and_then_whoever_came_first() {
        let (turns, done) = (Turns::default(), Arc::new(Mutex::new(Vec::new())));
        let held = turns.take(0).await;
        let mut tasks = JoinSet::new();
        for (n, asked) in [(0, 9), (1, 9), (2, 3), (3, 0), (4, 9), (5, 0)] {
            let (turns, done) = (turns.clone(), Arc::clone(&done));
            tasks.spawn(async move {
                // One after the other.
                sleep(Duration::from_millis(n)).await;
                let turn = turns.take(asked).await;
                done.lock().unwrap().push(n);
                drop(turn);
            });
        }
        sleep(Duration::from_secs(1)).await;
        drop(held);
        while tasks.join_next().await.is_some() {}
        assert_eq!(*done.lock().unwrap(), [3, 5, 2, 0, 1, 4]);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_no_more_has_no_turn_and_the_next_has_it() {
        let turns = Turns::default();
        let held = turns.take(0).await;
        let mut gone = JoinSet::new();
        for _ in 0..3 {
            let turns = turns.clone();
            gone.spawn(async move { drop(turns.take(1).await) });
        }
        let waiting = turns.clone();
        let last = tokio::spawn(async move { drop(waiting.take(2).await) });
        sleep(Duration::from_secs(1)).await;
        gone.shutdown().await;
        drop(held);
        last.await.unwrap();
        assert!(!turns.line().is_taken && turns.line().waiting.is_empty());
    }
}
