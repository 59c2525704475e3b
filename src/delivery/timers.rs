//! Timers are rows: a look at the database every now and then is all the clockwork there is.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{
    domain::{clock::Clock, delivery::State, letter},
    metrics::Metrics,
    ops::{self, commit::Committer},
    render::reach,
    store::db::{self, Db},
    stream::{Outlet, Up},
};

/// How often due rows are looked for.
const LOOK: Duration = Duration::from_millis(500);
/// Looks between two counts of what is open, and notes that the stream is well: 15 s.
const COUNT: u32 = 30;
/// Looks between two rounds of forgetting what is over, and of counting it: 10 min.
const FORGET: u32 = 1200;
/// Shares, and links to what is kept of them, forgotten in one transaction.
const FORGOTTEN: i64 = 500;
/// Pictures, which are large, forgotten in one transaction.
const PICTURES: i64 = 20;

/// The clockwork.
pub struct Timers {
    /// Where reads go.
    pub db: Db,
    /// Where writes go.
    pub committer: Committer,
    /// Whose stream is well.
    pub outlet: Outlet,
    /// The time.
    pub clock: Clock,
    /// What is counted.
    pub metrics: Arc<Metrics>,
}

impl Timers {
    /// Looks until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut looks = 0_u32;
        while stop.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_some() {
            looks = looks.wrapping_add(1);
            if let Err(error) = self.look(looks).await {
                tracing::warn!(%error, "the database does not answer the timers");
            }
        }
    }

    async fn look(&self, looks: u32) -> db::Result<()> {
        let now = self.clock.now();
        let mut tx = self.db.read().await?;
        if ops::delivery::is_due(&mut tx, now).await? {
            self.committer.outbox().queued();
        }
        let mut over = false;
        for state in [State::Held, State::Parked, State::Claimed, State::Handed] {
            over |= !tx.due(state, now, 1).await?.is_empty();
        }
        if looks % COUNT == 1 {
            self.count(&mut tx, looks % FORGET == 1).await?;
        }
        drop(tx);
        if over {
            let done = self
                .committer
                .run(|tx, world| Box::pin(async move { ops::delivery::due(tx, world).await }));
            if done.await.is_ok() {
                self.committer.outbox().queued();
            }
        }
        if looks.is_multiple_of(COUNT) {
            self.touch().await;
        }
        if looks.is_multiple_of(FORGET) {
            self.forget().await;
        }
        Ok(())
    }

    /// Forgets what is over, in portions that hold nobody up.
    async fn forget(&self) {
        let is_full = |n: u64, limit| i64::try_from(n).unwrap_or(0) == limit;
        loop {
            let forgotten = self.committer.run(|tx, world| {
                Box::pin(async move { tx.delete_old_shares(world.now, FORGOTTEN).await })
            });
            if !forgotten.await.is_ok_and(|n| is_full(n, FORGOTTEN)) {
                break;
            }
        }
        let reports = self.committer.run(|tx, world| {
            let before = world.now.before(ops::report::KEPT);
            Box::pin(async move { tx.delete_old_reports(before).await })
        });
        let _ = reports.await;
        loop {
            let forgotten = self.committer.run(|tx, world| {
                Box::pin(async move { tx.delete_old_saved(world.now, FORGOTTEN).await })
            });
            if !forgotten.await.is_ok_and(|n| is_full(n, FORGOTTEN)) {
                break;
            }
        }
        let over = self.committer.run(|tx, world| {
            Box::pin(async move {
                tx.delete_old_proofs(world.now).await?;
                tx.delete_old_letters(world.now.before(letter::KEPT), FORGOTTEN).await?;
                ops::proof::doubt(tx, world, FORGOTTEN, reach::stale).await
            })
        });
        if over.await.is_err() {
            tracing::debug!("codes and letters that are over are forgotten later");
        }
        loop {
            let forgotten = self.committer.run(|tx, world| {
                Box::pin(async move { ops::picture::forget(tx, world, PICTURES).await })
            });
            if !forgotten.await.is_ok_and(|n| is_full(n, PICTURES)) {
                break;
            }
        }
    }

    /// Counts what has not ended; and what has, if `all`, which reads everything.
    async fn count(&self, tx: &mut db::Tx, all: bool) -> db::Result<()> {
        let now = self.clock.now();
        let (depth, oldest) = tx.queue(now.0).await?;
        self.metrics.queue_depth.set(depth);
        let age =
            oldest.map_or(Duration::ZERO, |since| now.since(crate::domain::clock::Millis(since)));
        self.metrics.queue_age.set(age.as_secs_f64());
        let counted = if all { tx.count_states().await? } else { tx.count_open().await? };
        for state in State::ALL.into_iter().filter(|state| all || !state.has_ended()) {
            let n = counted.iter().find(|(code, _)| *code == state.code()).map_or(0, |(_, n)| *n);
            self.metrics.deliveries(state.name(), n);
        }
        Ok(())
    }

    /// Notes until when the stream was well, for a process that comes after a loss of power.
    async fn touch(&self) {
        let up = *self.outlet.state().borrow();
        if let Up::Up(stream) = up {
            let _ = self
                .committer
                .run(move |tx, world| {
                    Box::pin(async move { tx.touch_stream(stream, world.now).await })
                })
                .await;
        }
    }
}
