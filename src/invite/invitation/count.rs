//! Counting invitations: of a year there may be millions, so a few at a time.

use std::collections::HashMap;

use uuid::Uuid;

use crate::{
    db::{Result, Tx},
    domain::invitation::State,
};

/// A count that is under way.
#[derive(Debug, Default)]
pub(crate) struct Count {
    /// The last that was counted.
    after: Uuid,
    found: HashMap<(i64, String), i64>,
}

impl Count {
    /// Counts up to `limit` more. Answers whether that were the last. What comes or changes meanwhile
    /// is counted as it is when its turn comes.
    ///
    /// # Errors
    /// When the database does not answer; then nothing more is counted.
    pub(crate) async fn go_on(&mut self, tx: &mut Tx, limit: i64) -> Result<bool> {
        let next = tx.invitation_behind(self.after, limit).await?;
        let last = next.unwrap_or(Uuid::max());
        for (state, channel, n) in tx.count_invitations(self.after, last).await? {
            let state = State::of_code(state).code();
            *self.found.entry((state, channel)).or_default() += n;
        }
        self.after = last;
        Ok(next.is_none())
    }

    /// How many there are in `state` for the channel of this name, of those that were counted.
    #[must_use]
    pub(crate) fn of(&self, state: State, channel: &str) -> i64 {
        self.found.get(&(state.code(), channel.to_owned())).copied().unwrap_or(0)
    }
}
