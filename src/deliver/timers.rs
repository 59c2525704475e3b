//! Timers are rows: a look at the database every now and then is all the clockwork there is. What is
//! looked for stands in the table of chores.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{
    chores::{CHORES, Chore, Gauges, Inviting, Portion, When},
    claim,
    committer::Committer,
    db::{self, Db},
    domain::clock::Clock,
    link::stream::{Outlet, Up},
    metrics::Metrics,
    panics,
    world::Cursor,
};

/// How often due rows are looked for.
const LOOK: Duration = Duration::from_millis(500);
/// Looks between two counts of what is open, and notes that the stream is well: 15 s.
const COUNT: u32 = 30;
/// Looks between two rounds of chores, and between two counts of what is over: 10 min.
const ROUND: u32 = 1200;
/// Removals behind which the log is emptied at one time.
const REMOVALS: i64 = 500;

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
    /// How people are invited.
    pub invite: Arc<Inviting>,
}

/// What one look does not finish. It is begun anew by the next process.
#[derive(Debug, Default)]
struct Rounds {
    /// Where each chore goes on that is not finished.
    places: [Option<Cursor>; CHORES.len()],
    /// How far what there is has been counted.
    gauges: Gauges,
    /// It was told that the log cannot be emptied, and it could not since.
    log_is_told: bool,
}

impl Timers {
    /// Looks until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let (mut looks, mut rounds, mut is_told) = (0_u32, Rounds::default(), false);
        while stop.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_some() {
            looks = looks.wrapping_add(1);
            let looked = panics::contain(&self.metrics, self.look(looks, &mut rounds)).await;
            match looked {
                Some(Ok(())) => is_told = false,
                Some(Err(error)) => {
                    tell(&mut is_told, &error, "the database does not answer the timers");
                }
                None => {}
            }
        }
    }

    async fn look(&self, looks: u32, rounds: &mut Rounds) -> db::Result<()> {
        if self.db.is_log_long() {
            self.restart_log().await;
        }
        let now = self.clock.now();
        let mut tx = self.db.read().await?;
        if claim::is_due(&mut tx, now).await? {
            self.committer.outbox().queued();
        }
        for (chore, place) in CHORES.iter().zip(&mut rounds.places) {
            let begins = match chore.when {
                When::Due(is_due) => is_due(&mut tx, now).await?,
                When::Rounds => looks.is_multiple_of(ROUND),
            };
            if begins {
                place.get_or_insert_default();
            }
        }
        let removals = tx.removals(REMOVALS).await?;
        if looks % COUNT == 1 {
            rounds.gauges.begin(&mut tx, &self.metrics, now, looks % ROUND == 1).await?;
        }
        rounds.gauges.go_on(&mut tx, &self.metrics).await?;
        // Ended by now and not some time later, or it might keep the log from being emptied.
        tx.commit().await?;
        self.see_to_all(&CHORES, &mut rounds.places, false).await;
        if !removals.is_empty() {
            self.empty_log(removals, &mut rounds.log_is_told).await;
        }
        if looks.is_multiple_of(COUNT) {
            self.touch().await;
        }
        // Last: of what is over there may be much, and nobody waits for it.
        self.see_to_all(&CHORES, &mut rounds.places, true).await;
        Ok(())
    }

    /// Sees to those of `chores` that have a place to go on at, and come in rounds or do not.
    async fn see_to_all(
        &self,
        chores: &'static [Chore],
        places: &mut [Option<Cursor>],
        in_rounds: bool,
    ) {
        for (chore, place) in chores.iter().zip(places) {
            if matches!(chore.when, When::Rounds) == in_rounds
                && let Some(from) = place.take()
            {
                *place = self.see_to(chore, from).await;
            }
        }
    }

    /// Does as many portions of a chore as one look may, from `place` on. Answers where the next look goes
    /// on; none when it looks anew.
    async fn see_to(&self, chore: &'static Chore, mut place: Cursor) -> Option<Cursor> {
        for _ in 0..chore.portions {
            let inviting = Arc::clone(&self.invite);
            let done = self.committer.run(move |tx, world| {
                Box::pin(async move {
                    let inviting = inviting.as_ref();
                    (chore.portion)(Portion { tx, world, inviting, place }).await
                })
            });
            match done.await {
                Ok(next) => place = next?,
                Err(error) => {
                    tracing::debug!(task = chore.name, %error, "it is seen to later");
                    return None;
                }
            }
        }
        Some(place).filter(|_| matches!(chore.when, When::Rounds))
    }

    /// Makes the log short again, for which everybody waits a moment. If somebody reads for too long,
    /// it is tried again at the next look.
    async fn restart_log(&self) {
        match self.db.restart_log().await {
            Ok(true) => tracing::info!("the database's log was long, and is empty again"),
            Ok(false) => tracing::warn!("the database's log stays long while somebody reads"),
            Err(error) => tracing::warn!(%error, "the database's log stays long"),
        }
    }

    /// Empties the log behind these removals. While it cannot be emptied, because somebody reads
    /// what was there before, they stay noted, and it is tried again at the next look.
    async fn empty_log(&self, removals: Vec<String>, is_told: &mut bool) {
        match self.db.empty_log().await {
            Ok(true) => {
                *is_told = false;
                let emptied = self
                    .committer
                    .run(move |tx, _| Box::pin(async move { tx.forget_removals(&removals).await }));
                if emptied.await.is_err() {
                    tracing::debug!("the log is emptied once more");
                }
            }
            Ok(false) => tracing::debug!("what was erased stays in the log while somebody reads"),
            Err(error) => {
                tell(is_told, &error, "what was erased stays in the database's log for now");
            }
        }
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

/// Tells what has failed: once, and then to whoever looks for it, for it fails at each look.
fn tell(is_told: &mut bool, error: &db::Error, what: &str) {
    if std::mem::replace(is_told, true) {
        tracing::debug!(%error, "{what}");
    } else {
        tracing::warn!(%error, "{what}");
    }
}

#[cfg(test)]
mod tests;
