//! The books: what was accepted, and where it is.
//!
//! Every function that asks the database fails when that does not answer.

#![expect(clippy::missing_errors_doc, reason = "said once, above")]

use crate::{
    db::{Result, Tx, sql},
    domain::delivery::State,
};

/// The books at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Books {
    /// Deliveries of shares that were accepted, as the shares say.
    pub accepted: i64,
    /// Deliveries of what was told about shares afterwards.
    pub notices: i64,
    /// Deliveries in each state, in the order of [`State::ALL`].
    pub states: Vec<(State, i64)>,
    /// Deliveries sent again after the server had taken them.
    pub resent: i64,
    /// Shares whose own count of deliveries differs from the rows.
    pub unbalanced: i64,
}

impl Books {
    /// Whether every accepted delivery is in exactly one state.
    #[must_use]
    pub fn balance(&self) -> bool {
        self.unbalanced == 0
            && self.accepted + self.notices == self.states.iter().map(|(_, n)| n).sum::<i64>()
    }
}

impl Tx {
    /// Counts everything. Reads every row; meant for `tradepost audit`.
    pub async fn books(&mut self) -> Result<Books> {
        let (accepted,): (i64,) = sql!(
            &mut *self,
            fetch_one,
            "SELECT CAST(COALESCE(SUM(recipients), 0) AS BIGINT) FROM share"
        )?;
        let (notices,): (i64,) =
            sql!(&mut *self, fetch_one, "SELECT COUNT(*) FROM delivery WHERE carries <> 0")?;
        let (resent,): (i64,) = sql!(
            &mut *self,
            fetch_one,
            "SELECT CAST(COALESCE(SUM(resent), 0) AS BIGINT) FROM delivery"
        )?;
        let (unbalanced,): (i64,) = sql!(
            &mut *self,
            fetch_one,
            "SELECT COUNT(*) FROM share WHERE recipients <> \
             (SELECT COUNT(*) FROM delivery WHERE delivery.share_id = share.id AND delivery.carries = 0)"
        )?;
        let counted = self.count_states().await?;
        let count = |state: State| {
            counted.iter().find(|(code, _)| *code == state.code()).map_or(0, |(_, n)| *n)
        };
        let states = State::ALL.into_iter().map(|state| (state, count(state))).collect();
        Ok(Books { accepted, notices, states, resent, unbalanced })
    }

    /// How many deliveries are in each state, by its number. Reads every row.
    pub(crate) async fn count_states(&mut self) -> Result<Vec<(i64, i64)>> {
        sql!(self, fetch_all, "SELECT state, COUNT(*) FROM delivery GROUP BY state")
    }

    /// How many deliveries are in each state that has not ended, by its number. Reads none that
    /// has.
    pub(crate) async fn count_open(&mut self) -> Result<Vec<(i64, i64)>> {
        sql!(self, fetch_all, "SELECT state, COUNT(*) FROM delivery WHERE state < 5 GROUP BY state")
    }

    /// How many are queued and due, and since when the oldest is.
    pub(crate) async fn queue(&mut self, now: i64) -> Result<(i64, Option<i64>)> {
        sql!(
            self,
            fetch_one,
            "SELECT COUNT(*), MIN(due_at) FROM delivery WHERE state = 2 AND state < 5 \
             AND due_at <= $1",
            now
        )
    }
}
