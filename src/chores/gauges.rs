//! What there is in the database, for the metrics.

use std::time::Duration;

use crate::{
    db::{Result, Tx},
    domain::{clock::Millis, delivery::State, invitation, letter::Channel},
    invite::invitation::Count,
    metrics::Metrics,
};

/// Invitations counted at one look.
const COUNTED: i64 = 2_000;

/// A count that may take several looks.
#[derive(Debug, Default)]
pub struct Gauges {
    /// How far invitations are counted; none when they are not being counted.
    invitations: Option<Count>,
}

impl Gauges {
    /// Counts what has not ended; and what has, if `all`, which reads everything. Begins to count
    /// invitations, unless that is under way.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin(
        &mut self,
        tx: &mut Tx,
        metrics: &Metrics,
        now: Millis,
        all: bool,
    ) -> Result<()> {
        let (depth, oldest) = tx.queue(now.0).await?;
        metrics.queue_depth.set(depth);
        let age = oldest.map_or(Duration::ZERO, |since| now.since(Millis(since)));
        metrics.queue_age.set(age.as_secs_f64());
        let counted = if all { tx.count_states().await? } else { tx.count_open().await? };
        for state in State::ALL.into_iter().filter(|state| all || !state.has_ended()) {
            let n = counted.iter().find(|(code, _)| *code == state.code()).map_or(0, |(_, n)| *n);
            metrics.deliveries(state.name(), n);
        }
        self.invitations.get_or_insert_default();
        Ok(())
    }

    /// Goes on with a count of invitations, if one is under way, and tells what it has come to.
    ///
    /// # Errors
    /// When the database does not answer; the count is begun anew.
    pub async fn go_on(&mut self, tx: &mut Tx, metrics: &Metrics) -> Result<()> {
        let Some(mut count) = self.invitations.take() else { return Ok(()) };
        if !count.go_on(tx, COUNTED).await? {
            self.invitations = Some(count);
            return Ok(());
        }
        for channel in Channel::ALL.map(Channel::name) {
            for state in invitation::State::ALL {
                metrics.invitations(channel, state.name(), count.of(state, channel));
            }
        }
        Ok(())
    }
}
