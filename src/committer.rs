//! Group commit: one task writes, takes whatever has gathered, commits once, and only then
//! releases the answers. The group grows with the load.

mod disk;
mod group;
mod job;
#[cfg(test)]
mod tests;
mod turn;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use jid::BareJid;
use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
    time::sleep_until,
};
use tokio_util::sync::CancellationToken;

pub(crate) use self::job::{Answer, Boxed, Reply};
use self::{
    disk::Disk,
    job::{Job, Operation, Then},
    turn::{GROUP, portion, take_turns},
};
use crate::{
    claim::{self, Claimed},
    crash,
    db::{self, Db, Tx},
    domain::{
        clock::{Clock, Millis},
        id::{Chance, DeliveryId, StreamNo},
        share::{Outgoing, Submission},
    },
    metrics::Metrics,
    panics,
    world::{Rules, World},
};

/// How far apart commits begin at the least. A group of a dozen costs twice as much a share as one
/// of fifty, and while servers are busy on the same processors there is no queue that would make
/// groups large. Whoever comes after a pause waits for nothing.
const APART: Duration = Duration::from_millis(5);
/// Jobs that wait before whoever brings more has to.
const QUEUE: usize = 1024;
/// KiB of stanzas on whose behalf jobs wait, before whoever brings more has to: what was read of them
/// takes three to four times as much.
const QUEUED: usize = 8 << 10;
/// Deliveries that may be on their way from the committer to the worker.
const READY: usize = 2048;

/// The database did not take it. Nothing was kept; it may be asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the database did not take it")]
pub struct NotKept;

/// Hands things to the committer. Cheap to clone.
#[derive(Clone)]
pub struct Committer {
    jobs: mpsc::Sender<Job>,
    room: Arc<Semaphore>,
    outbox: Arc<Outbox>,
    disk: Arc<Disk>,
}

/// What the committer and the delivery worker tell each other.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// Something is queued that the worker has not claimed: nothing for the same person may overtake it.
    backlog: AtomicBool,
    /// There is a stream on which something can leave at once.
    up: AtomicBool,
    /// Wakes the worker.
    wake: Notify,
    /// Wakes whoever fetches pictures.
    asked: Notify,
    /// The last stream that did not end clean.
    lost: AtomicI64,
}

impl Outbox {
    /// Something was queued, or has come due.
    pub(crate) fn queued(&self) {
        self.backlog.store(true, Ordering::SeqCst);
        self.wake.notify_one();
    }

    /// Whether there is a stream now. Without one whatever is accepted waits in the database.
    pub(crate) fn set_up(&self, is_up: bool) {
        self.up.store(is_up, Ordering::SeqCst);
    }

    /// Whether something is queued.
    #[must_use]
    pub(crate) fn has_backlog(&self) -> bool {
        self.backlog.load(Ordering::SeqCst)
    }

    /// `stream` did not end clean, and what it took has been queued again. A pong of it that is
    /// noted after that comes too late. To be called within the operation that queues.
    pub(crate) fn lost(&self, stream: StreamNo) {
        self.lost.fetch_max(stream.0, Ordering::SeqCst);
    }

    fn is_up(&self) -> bool {
        self.up.load(Ordering::SeqCst)
    }

    fn is_lost(&self, stream: StreamNo) -> bool {
        stream.0 <= self.lost.load(Ordering::SeqCst)
    }

    /// Waits until something is queued.
    pub(crate) async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Waits until a share was taken that may have brought a picture to be fetched.
    pub(crate) async fn asked(&self) {
        self.asked.notified().await;
    }
}

impl Committer {
    /// Claims up to `limit` of what is due, going on with the recipients behind `after`. What is accepted
    /// before that goes behind what was queued, and what is accepted after it need not.
    ///
    /// # Errors
    /// When the database did not take it; nothing is claimed.
    pub(crate) async fn claim(&self, limit: i64, after: String) -> Result<Claimed, NotKept> {
        let outbox = Arc::clone(&self.outbox);
        self.run(move |tx, world| {
            Box::pin(async move {
                let portion = claim::Portion { limit, after: &after };
                let claimed = claim::claim(tx, world, portion).await?;
                outbox.backlog.store(false, Ordering::SeqCst);
                tx.note_claimed(claimed.more);
                Ok(claimed)
            })
        })
        .await
    }

    /// Puts a submission into the queue, waiting for a place; `reply` gets what becomes of it.
    pub(crate) async fn submit(&self, submission: Submission, reply: Reply) {
        let (stanza, room) = (panics::cause(), self.room().await);
        let reply = Box::new(move |answer| {
            reply(answer);
            drop((stanza, room));
        });
        // When the committer is gone the reply is dropped, which says that nothing was kept.
        let _ = self.jobs.send(Job::Submit(Box::new(submission), reply)).await;
    }

    /// A place for what was read of the stanza on whose behalf this runs, until it is written.
    async fn room(&self) -> Option<OwnedSemaphorePermit> {
        let size = panics::cause().map_or(0, |stanza| stanza.size);
        let room = u32::try_from((size >> 10).clamp(1, QUEUED)).unwrap_or(1);
        Arc::clone(&self.room).acquire_many_owned(room).await.ok()
    }

    /// Notes that the server has taken `ids`. One of which the database refuses that, and takes that of
    /// others, stays claimed.
    ///
    /// # Errors
    /// When the database did not take the note, of none of them; it must be given again.
    pub(crate) async fn taken(
        &self,
        ids: Vec<DeliveryId>,
        stream: StreamNo,
    ) -> Result<(), NotKept> {
        let (done, is_done) = oneshot::channel();
        self.jobs.send(Job::Taken(ids, stream, done)).await.map_err(|_| NotKept)?;
        is_done.await.map_err(|_| NotKept)
    }

    /// Notes receipts. A lost note costs a copy at the most, so nobody waits for it.
    pub(crate) async fn receipts(&self, ids: Vec<DeliveryId>, from: BareJid) {
        let _ = self.jobs.send(Job::Receipts(ids, from, panics::cause())).await;
    }

    /// Runs `operation` in the next group's transaction and answers what it did once that is
    /// committed.
    ///
    /// # Errors
    /// When the database did not take it; nothing of it was kept.
    pub(crate) async fn run<T, F>(&self, operation: F) -> Result<T, NotKept>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx, &'t World) -> Boxed<'t, db::Result<T>> + Send + 'static,
    {
        self.begin(operation).await.await.map_err(|_| NotKept)
    }

    /// As [`Committer::run`], but waits for a place in the queue only: what is begun first is done
    /// first. When the database did not take it, the answer's sender is dropped.
    pub(crate) async fn begin<T, F>(&self, operation: F) -> oneshot::Receiver<T>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx, &'t World) -> Boxed<'t, db::Result<T>> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let (stanza, room) = (panics::cause(), self.room().await);
        // As shares name their sender, however the server has written it: one's own order stays.
        let who = stanza.as_ref().and_then(|stanza| BareJid::new(&stanza.from).ok());
        let who = who.map(|who| who.to_string()).unwrap_or_default();
        let operation: Operation = Box::new(move |tx, world| {
            let metrics = Arc::clone(&world.metrics);
            let running = operation(tx, world);
            Box::pin(async move {
                let _room = room;
                let running = panics::contain(&metrics, async {
                    crash::fault("operation", &panics::cause().unwrap_or_default().excerpt);
                    running.await
                });
                let done = panics::caused_by(stanza, running).await;
                let done = done.ok_or_else(fault)??;
                Ok(Box::new(move || drop(answer.send(done))) as Then)
            })
        });
        // When the committer is gone the operation is dropped, and the receiver says so.
        let _ = self.jobs.send(Job::Other(operation, who)).await;
        answered
    }

    /// Whether the disk had no room for a change just now, or could not be written.
    #[must_use]
    pub(crate) fn lacks_room(&self, now: Millis) -> bool {
        self.disk.was_full(now)
    }

    /// What the worker shares with the committer.
    #[must_use]
    pub(crate) fn outbox(&self) -> &Outbox {
        &self.outbox
    }
}

/// The committer's own end.
pub(crate) struct Task {
    jobs: mpsc::Receiver<Job>,
    ready: mpsc::Sender<Outgoing>,
    outbox: Arc<Outbox>,
    disk: Arc<Disk>,
    db: Db,
    clock: Clock,
    chance: Chance,
    pictures: bool,
    rules: Arc<Rules>,
    metrics: Arc<Metrics>,
    leads: Leads,
}

/// Whether this instance may write now.
pub(in crate::committer) type Leads = Box<dyn Fn() -> bool + Send + Sync>;

/// Makes a committer: the handle, the task to be run, and the deliveries that are ready.
#[must_use]
pub(crate) fn committer(
    db: Db,
    clock: Clock,
    chance: Chance,
    metrics: Arc<Metrics>,
) -> (Committer, Task, mpsc::Receiver<Outgoing>) {
    let (jobs, queue) = mpsc::channel(QUEUE);
    let (ready, readied) = mpsc::channel(READY);
    let outbox = Arc::new(Outbox::default());
    // What an earlier process left behind is looked at first.
    outbox.queued();
    let disk = Arc::<Disk>::default();
    let room = Arc::new(Semaphore::new(QUEUED));
    let handle = Committer { jobs, room, outbox: Arc::clone(&outbox), disk: Arc::clone(&disk) };
    let rules = Arc::new(Rules::open());
    let task = Task {
        jobs: queue,
        ready,
        outbox,
        disk,
        db,
        clock,
        chance,
        pictures: false,
        rules,
        metrics,
        leads: Box::new(|| true),
    };
    (handle, task, readied)
}

impl Task {
    /// The same, for an instance that fetches pictures or does not; it does not by itself.
    #[must_use]
    pub(crate) fn with_pictures(self, pictures: bool) -> Self {
        Self { pictures, ..self }
    }

    /// The same, under these rules; without any, nobody is asked and nothing is limited.
    #[must_use]
    pub(crate) fn with_rules(self, rules: Arc<Rules>) -> Self {
        Self { rules, ..self }
    }

    /// The same, which writes only while this says so. A process that has slept through the end of
    /// its lease wakes up with notes about deliveries that are another's by now.
    #[must_use]
    pub(crate) fn while_leading(self, leads: Leads) -> Self {
        Self { leads, ..self }
    }

    /// Writes until `stop`, and then what has been asked for by then.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let mut group = Vec::with_capacity(GROUP);
        let mut begun = Instant::now();
        loop {
            if group.is_empty() {
                tokio::select! {
                    biased;
                    n = self.jobs.recv_many(&mut group, QUEUE) => if n == 0 { return },
                    () = stop.cancelled() => return,
                }
            }
            // Whoever waits takes part in the turns, however many stand before them.
            if group.len() < QUEUE {
                sleep_until((begun + APART).into()).await;
                while group.len() < QUEUE
                    && let Ok(job) = self.jobs.try_recv()
                {
                    group.push(job);
                }
            }
            crash::point("read");
            if !(self.leads)() {
                // Whoever asked sees their channel close, and answers that it was not kept.
                tracing::warn!(size = group.len(), "nothing is written without the lease");
                group.clear();
                continue;
            }
            take_turns(&mut group, &self.rules);
            let mut rest = group.split_off(portion(&group));
            let size = group.len();
            begun = Instant::now();
            let written = panics::contain(&self.metrics, self.write(&mut group)).await;
            match written.unwrap_or_else(|| Err(fault())) {
                Ok(()) => {
                    self.metrics.commit_seconds.observe(begun.elapsed().as_secs_f64());
                    let size = u32::try_from(size - group.len()).unwrap_or(0);
                    self.metrics.commit_size.observe(f64::from(size));
                }
                // Whoever asked sees their channel close, and answers that it was not kept.
                Err(error) => {
                    self.disk.refused(size, &error, self.clock.now());
                    if matches!(error, db::Error::PoolTimedOut | db::Error::Io(_)) {
                        // Nobody is to wait for the same silence twice over.
                        group.clear();
                        rest.clear();
                        while self.jobs.try_recv().is_ok() {}
                    }
                }
            }
            // What was left for the next commit comes first.
            group.append(&mut rest);
        }
    }
}

/// An operation has failed by a fault of ours.
pub(crate) fn fault() -> db::Error {
    db::Error::Protocol("an operation has panicked".to_owned())
}
