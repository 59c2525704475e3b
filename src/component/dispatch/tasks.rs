//! What goes on beside the one stanza that is being taken: waiting for the database, for a client,
//! for a file.

use std::sync::Arc;

use jid::BareJid;
use tokio::sync::{Semaphore, mpsc};

use super::waiting::{Place, Waiting};
use crate::{component::dispatch::outcome::Answered, crash, metrics::Metrics, panics};

/// Tasks at a time. The next stanza waits for one to end.
const MOST: usize = 1_024;

tokio::task_local! {
    static INSIDE: ();
}

/// Runs tasks, so many at a time. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Tasks {
    places: Arc<Semaphore>,
    waiting: Arc<Waiting>,
    /// Those who wait for a turn: their places are not those of people who wait for somebody else.
    line: Arc<Waiting>,
    /// Who has a file fetched.
    fetching: Arc<Waiting>,
    metrics: Arc<Metrics>,
    answers: mpsc::UnboundedSender<Answered>,
}

impl Tasks {
    /// Runs none yet. `host`: the server's own domain. What a fault of ours ends is answered by way
    /// of `answers`.
    #[must_use]
    pub fn new(
        host: &BareJid,
        metrics: Arc<Metrics>,
        answers: mpsc::UnboundedSender<Answered>,
    ) -> Self {
        let places = Arc::new(Semaphore::new(MOST));
        let [waiting, line] = [(); 2].map(|()| Arc::new(Waiting::new(host)));
        let fetching = Arc::new(Waiting::fetching(host));
        Self { places, waiting, line, fetching, metrics, answers }
    }

    /// Runs `task` aside, on behalf of the stanza that is being taken; one that is started by
    /// another is a part of it.
    pub async fn start(&self, task: impl Future<Output = ()> + Send + 'static) {
        let task = Box::pin(task);
        if INSIDE.try_with(|()| ()).is_ok() {
            return task.await;
        }
        // It is never closed.
        let Ok(place) = Arc::clone(&self.places).acquire_owned().await else { return };
        let (metrics, stanza) = (Arc::clone(&self.metrics), panics::cause());
        let answers = self.answers.clone();
        tokio::spawn(async move {
            let task = INSIDE.scope((), async {
                crash::fault("aside", &panics::cause().unwrap_or_default().excerpt);
                task.await;
            });
            let done = panics::caused_by(stanza.clone(), panics::contain(&metrics, task)).await;
            if let (None, Some(stanza)) = (done, stanza) {
                // Nobody listens any more at the very end.
                let _ = answers.send(Answered::Fault(stanza.excerpt));
            }
            drop(place);
        });
    }

    /// Waits until nothing goes on.
    #[cfg(test)]
    pub(super) async fn rest(&self) {
        while self.places.available_permits() < MOST {
            tokio::task::yield_now().await;
        }
    }

    /// A place in which `who` waits for somebody else, until it is dropped; none when too many do
    /// already.
    pub(super) fn wait(&self, who: &BareJid) -> Option<Place> {
        self.waiting.place(who)
    }

    /// Waits until `who` may have a file fetched, until what it answers is dropped.
    pub(super) async fn fetch_turn(&self, who: &BareJid) -> Place {
        self.fetching.turn(who).await
    }

    /// A place in which `who` waits for a turn (`limits`), until it is dropped; none when too many
    /// do already.
    pub(super) fn stand_in_line(&self, who: &BareJid) -> Option<Place> {
        self.line.place(who)
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn a_task_that_panics_gives_its_place_back_and_one_inside_another_needs_none() {
        let (answers, mut answered) = mpsc::unbounded_channel();
        let tasks = Tasks::new(&"x".parse().unwrap(), Arc::new(Metrics::new()), answers);
        for _ in 0..=MOST {
            let task = tasks.start(async { assert_eq!(MOST, 0, "a fault") });
            panics::caused_by(Some(panics::Cause::of(b"<iq/>", None)), task).await;
            let Some(Answered::Fault(stanza)) = answered.recv().await else { panic!("no fault") };
            assert_eq!(stanza, "<iq/>");
        }
        let (done, is_done) = oneshot::channel();
        let all = Arc::clone(&tasks.places).acquire_many_owned(1_023).await.unwrap();
        let inner = tasks.clone();
        tasks
            .start(
                async move { inner.start(async { done.send(7).expect("it is waited for") }).await },
            )
            .await;
        assert_eq!(is_done.await, Ok(7));
        drop(all);
        assert_eq!(tasks.metrics.panics.get(), MOST as u64 + 1);
    }
}
