//! One transaction over a group of jobs. What the database refuses of it is undone alone, and so is
//! what ends by a fault of ours: nobody loses what somebody else has asked for.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use super::{Answer, Boxed, Job, Reply, Task, Then, fault};
use crate::{
    crash,
    domain::share::{Outgoing, Submission},
    ops::{
        Rows, World, delivery,
        share::{self, Room, Submitted},
    },
    panics,
    store::{
        db::{self, Savepoint::Step, Tx},
        fault::is_everybodys,
    },
};

/// How long one commit goes on with further jobs: those who come meanwhile have their turn behind the
/// first ones of those who wait.
const LONG: Duration = Duration::from_millis(50);
/// Rows that one commit moves on for all who have come or said something: two portions.
const MOVED: i64 = 2 * delivery::PASS;

impl Task {
    /// One transaction over the group, or as much of it as there is time for; what is left stays in
    /// it.
    pub(super) async fn write(&self, group: &mut Vec<Job>) -> db::Result<()> {
        let mut jobs = std::mem::take(group).into_iter();
        let (now, chance) = (self.clock.now(), self.chance.clone());
        let (metrics, rules) = (Arc::clone(&self.metrics), Arc::clone(&self.rules));
        let rows = Rows::up_to(MOVED);
        let world = World { now, chance, pictures: self.pictures, metrics, rules, rows };
        let mut tx = self.db.write().await?;
        // From here on: whoever waits for the database has not begun.
        let begun = Instant::now();
        let mut done = Done::default();
        let mut submissions = Vec::new();
        let mut askers = Vec::new();
        let mut receipts = Vec::new();

        for job in jobs.by_ref() {
            match job {
                Job::Submit(submission, asker) => {
                    submissions.push(*submission);
                    askers.push(asker);
                }
                Job::Taken(ids, stream, asker) => {
                    let tried = if self.outbox.is_lost(stream) {
                        done.queued = true;
                        self.all_or_each(&mut tx, &world, &ids, |tx, world, some| {
                            Box::pin(delivery::unwritten(tx, world, some))
                        })
                        .await?
                    } else {
                        self.all_or_each(&mut tx, &world, &ids, move |tx, world, some| {
                            Box::pin(delivery::taken(tx, world, some, stream))
                        })
                        .await?
                    };
                    // Else whoever asked sees their channel close, and gives it again.
                    if !tried.again {
                        done.taken.push(asker);
                    }
                }
                Job::Receipt(id, from) => receipts.push((id, from)),
                Job::Other(operation, _) => {
                    // What was asked for earlier is done earlier: somebody may join and send in
                    // one group.
                    self.submit(&mut tx, &world, &mut submissions, &mut askers, &mut done).await?;
                    tx.savepoint(Step).await?;
                    let then = operation(&mut tx, &world).await;
                    // Whoever asked sees their channel close, and answers that it was not kept.
                    done.then.extend(kept(tx.settle(Step, then).await?));
                }
            }
            if begun.elapsed() > LONG {
                break;
            }
        }
        *group = jobs.collect();
        self.submit(&mut tx, &world, &mut submissions, &mut askers, &mut done).await?;
        if !receipts.is_empty() {
            let confirmed = self
                .all_or_each(&mut tx, &world, &receipts, |tx, world, some| {
                    Box::pin(delivery::confirmed(tx, world, some))
                })
                .await?;
            done.queued |= confirmed.kept.contains(&true);
        }
        crash::point("written");
        tx.commit().await?;
        crash::point("committed");
        self.release(done).await;
        Ok(())
    }

    async fn submit(
        &self,
        tx: &mut Tx,
        world: &World,
        submissions: &mut Vec<Submission>,
        askers: &mut Vec<Reply>,
        done: &mut Done,
    ) -> db::Result<()> {
        if submissions.is_empty() {
            return Ok(());
        }
        // Nothing may overtake what is queued for the same person already. Only this task fills the
        // channel, so the room that is there now will still be there after the commit.
        let behind = done.queued || self.outbox.has_backlog();
        let free = self.ready.capacity().saturating_sub(done.ready.len());
        let room = Room { free: if self.outbox.is_up() { free } else { 0 }, behind };
        let group = std::mem::take(submissions);
        tx.savepoint(Step).await?;
        let submitted = self.contain(share::submit(tx, world, &group, room)).await;
        if let Some(submitted) = kept(tx.settle(Step, submitted).await?) {
            for (one, asker) in submitted.into_iter().zip(askers.drain(..)) {
                done.submitted(one, asker);
            }
            return Ok(());
        }
        // One of them may be to blame, and is not to take the others along.
        for (one, asker) in group.chunks(1).zip(askers.drain(..)) {
            tx.savepoint(Step).await?;
            let submitted = self.contain(share::submit(tx, world, one, 0)).await;
            let submitted = kept(tx.settle(Step, submitted).await?);
            if let Some(one) = submitted.and_then(|mut submitted| submitted.pop()) {
                done.submitted(one, asker);
            }
        }
        Ok(())
    }

    /// Does this to all at once, or to each alone when that is refused.
    async fn all_or_each<T: Sync, R: Send>(
        &self,
        tx: &mut Tx,
        world: &World,
        all: &[T],
        work: impl for<'t> Fn(&'t mut Tx, &'t World, &'t [T]) -> Boxed<'t, db::Result<R>> + Send + Sync,
    ) -> db::Result<Tried<R>> {
        let mut tried = Tried { kept: Vec::new(), again: false };
        for some in [all].into_iter().chain(all.chunks(1).filter(|_| all.len() > 1)) {
            tx.savepoint(Step).await?;
            let done = self.contain(work(tx, world, some)).await;
            let done = tx.settle(Step, done).await?;
            tried.again |= done.as_ref().is_err_and(is_everybodys);
            tried.kept.extend(kept(done));
            if some.len() == all.len() && !tried.kept.is_empty() {
                break;
            }
        }
        tried.again &= tried.kept.is_empty();
        Ok(tried)
    }

    /// What `work` does; a fault of ours ends it as the database's refusal would.
    async fn contain<T>(&self, work: impl Future<Output = db::Result<T>>) -> db::Result<T> {
        panics::contain(&self.metrics, work).await.unwrap_or_else(|| Err(fault()))
    }

    /// After the commit: everybody is told.
    async fn release(&self, done: Done) {
        for outgoing in done.ready {
            if self.ready.send(outgoing).await.is_err() {
                break; // The worker has stopped; the lease will end.
            }
        }
        if done.queued {
            self.outbox.queued();
        }
        if self.pictures && !done.answers.is_empty() {
            self.outbox.asked.notify_one();
        }
        for (asker, answer) in done.answers {
            if answer.is_ok() {
                self.metrics.shares_accepted.inc();
            }
            asker(answer);
        }
        for asker in done.taken {
            let _ = asker.send(());
        }
        for then in done.then {
            then();
        }
    }
}

/// What became of something that was done to several.
struct Tried<R> {
    /// What was kept of it.
    kept: Vec<R>,
    /// Nothing was, by no fault of what was to be kept: it is worth trying again.
    again: bool,
}

/// What was done; none when it was undone, alone, because the database refused it or by a fault of
/// ours.
fn kept<T>(done: db::Result<T>) -> Option<T> {
    done.inspect_err(
        |error| tracing::error!(%error, "something was not kept, and was undone alone"),
    )
    .ok()
}

/// What to tell after the commit.
#[derive(Default)]
struct Done {
    answers: Vec<(Reply, Answer)>,
    taken: Vec<oneshot::Sender<()>>,
    then: Vec<Then>,
    ready: Vec<Outgoing>,
    queued: bool,
}

impl Done {
    fn submitted(&mut self, one: Submitted, asker: Reply) {
        self.ready.extend(one.ready);
        self.queued |= one.queued;
        self.answers.push((asker, one.answer));
    }
}
