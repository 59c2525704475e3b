//! One transaction over a group of jobs. What the database refuses of it is undone alone, and so is
//! what ends by a fault of ours: nobody loses what somebody else has asked for.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jid::BareJid;
use tokio::sync::oneshot;

use super::{
    Task, fault,
    job::{Answer, Boxed, Job, Reply, Then},
};
use crate::{
    card::submission,
    crash,
    db::{self, Savepoint::Step, Tx, fault::is_everybodys},
    domain::{
        id::DeliveryId,
        share::{Outgoing, Submission},
    },
    outbox::delivery,
    panics::{self, Cause},
    share::take::{Room, Submitted},
    world::{PASS, Rows, World},
};

/// How long one commit goes on with further jobs: those who come meanwhile have their turn behind the
/// first ones of those who wait.
const LONG: Duration = Duration::from_millis(50);
/// Rows of shares that are taken together: between two such portions there may be no more time. A
/// share of one product to one person is two, so that 256 of them are one statement: what is read and
/// written once for all costs a quarter as much as with 64. What is looked up for one share alone, a
/// card or a share that is passed on, counts for [`ALONE`] more.
const TOGETHER: usize = 2 * db::MOST_ROWS;
const ALONE: usize = 8;
/// Receipts that are noted together, for the same reason: each may let go what waited for it.
const RECEIPTS: usize = 64;
/// Rows that one commit moves on for all who have come or said something: two portions.
const MOVED: i64 = 2 * PASS;

impl Task {
    /// One transaction over the group, or as much of it as there is time for; what is left stays in
    /// it.
    pub(crate) async fn write(&self, group: &mut Vec<Job>) -> db::Result<()> {
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
                    if weight(&submissions) >= TOGETHER {
                        self.submit(&mut tx, &world, &mut submissions, &mut askers, &mut done)
                            .await?;
                    }
                }
                Job::Taken(ids, stream, asker) => {
                    let again = if self.outbox.is_lost(stream) {
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
                    if !again {
                        done.taken.push(asker);
                    }
                }
                Job::Receipts(ids, from, stanza) => {
                    receipts.extend(ids.into_iter().map(|id| (id, from.clone())));
                    done.noted.extend(stanza);
                    if receipts.len() >= RECEIPTS {
                        self.confirm(&mut tx, &world, &mut receipts).await?;
                    }
                }
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
        self.confirm(&mut tx, &world, &mut receipts).await?;
        crash::point("written");
        let queues = tx.queues();
        tx.commit().await?;
        crash::point("committed");
        self.release(done, queues).await;
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
        let behind = tx.queues() || self.outbox.has_backlog();
        let free = self.ready.capacity().saturating_sub(done.ready.len());
        let room = Room { free: if self.outbox.is_up() { free } else { 0 }, behind };
        let group = std::mem::take(submissions);
        tx.savepoint(Step).await?;
        let submitted = self.contain(submission::submit(tx, world, &group, room)).await;
        if let Some(submitted) = kept(tx.settle(Step, submitted).await?) {
            for (one, asker) in submitted.into_iter().zip(askers.drain(..)) {
                done.submitted(one, asker);
            }
            return Ok(());
        }
        // One of them may be to blame, and is not to take the others along.
        for (one, asker) in group.chunks(1).zip(askers.drain(..)) {
            tx.savepoint(Step).await?;
            let submitted = self.contain(submission::submit(tx, world, one, 0)).await;
            let submitted = kept(tx.settle(Step, submitted).await?);
            if let Some(one) = submitted.and_then(|mut submitted| submitted.pop()) {
                done.submitted(one, asker);
            }
        }
        Ok(())
    }

    async fn confirm(
        &self,
        tx: &mut Tx,
        world: &World,
        receipts: &mut Vec<(DeliveryId, BareJid)>,
    ) -> db::Result<()> {
        let receipts = std::mem::take(receipts);
        if !receipts.is_empty() {
            self.all_or_each(tx, world, &receipts, |tx, world, some| {
                Box::pin(delivery::confirmed(tx, world, some))
            })
            .await?;
        }
        Ok(())
    }

    /// Does this to all at once, or to each alone when that is refused. Answers whether nothing was
    /// kept, by no fault of what was to be kept: it is worth trying again.
    async fn all_or_each<T: Sync, R: Send>(
        &self,
        tx: &mut Tx,
        world: &World,
        all: &[T],
        work: impl for<'t> Fn(&'t mut Tx, &'t World, &'t [T]) -> Boxed<'t, db::Result<R>> + Send + Sync,
    ) -> db::Result<bool> {
        let (mut is_kept, mut again) = (false, false);
        for some in [all].into_iter().chain(all.chunks(1).filter(|_| all.len() > 1)) {
            tx.savepoint(Step).await?;
            let done = self.contain(work(tx, world, some)).await;
            let done = tx.settle(Step, done).await?;
            again |= done.as_ref().is_err_and(is_everybodys);
            is_kept |= kept(done).is_some();
            if some.len() == all.len() && is_kept {
                break;
            }
        }
        Ok(again && !is_kept)
    }

    /// What `work` does; a fault of ours ends it as the database's refusal would.
    async fn contain<T>(&self, work: impl Future<Output = db::Result<T>>) -> db::Result<T> {
        panics::contain(&self.metrics, work).await.unwrap_or_else(|| Err(fault()))
    }

    /// After the commit: everybody is told.
    async fn release(&self, done: Done, queues: bool) {
        for outgoing in done.ready {
            if self.ready.send(outgoing).await.is_err() {
                break; // The worker has stopped; the lease will end.
            }
        }
        if queues {
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

/// How much these are to be taken together.
fn weight(submissions: &[Submission]) -> usize {
    let alone = |it: &Submission| it.passed_on.codes.len() + usize::from(it.offer.is_some());
    submissions.iter().map(|it| 1 + it.recipients.len() + ALONE * alone(it)).sum()
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
    noted: Vec<Cause>,
    ready: Vec<Outgoing>,
}

impl Done {
    fn submitted(&mut self, one: Submitted, asker: Reply) {
        self.ready.extend(one.ready);
        self.answers.push((asker, one.answer));
    }
}
