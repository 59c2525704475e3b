//! What somebody has sent to whom they wait for no more.
//!
//! Every function that asks the database fails when that does not answer.

use uuid::Uuid;

use crate::{
    db::{Result, Tx, sql},
    domain::clock::Millis,
};

impl Tx {
    /// Cancels what `inviter` has sent to `address` before `end`, as they wrote it, and what has not
    /// left: the last `limit` of it. Answers for whom each was. What they have said about a share of somebody
    /// else's is no share of theirs. [`Delivery::next`](crate::domain::delivery::Delivery::next) on
    /// `Cancel`, for many.
    pub(in crate::invite) async fn cancel_unsent(
        &mut self,
        inviter: &str,
        address: &str,
        end: Uuid,
        limit: i64,
    ) -> Result<Vec<String>> {
        sql!(
            self,
            scalar fetch_all,
            "UPDATE delivery SET state = 9, due_at = $5 WHERE id IN \
             (SELECT id FROM (SELECT id FROM delivery WHERE rcpt = $2 AND author = $1 \
             AND state + 0 < 3 AND id < $3 AND address IS NULL AND EXISTS (SELECT 1 FROM share s \
             WHERE s.id = delivery.share_id AND s.sender = $1) ORDER BY id DESC LIMIT $4) named \
             UNION ALL SELECT id FROM (SELECT id FROM delivery WHERE address = $2 \
             AND author = $1 AND state + 0 < 3 AND id < $3 ORDER BY id DESC LIMIT $4) typed) \
             RETURNING rcpt",
            inviter,
            address,
            end,
            limit,
            Millis::NEVER.0
        )
    }

    /// Cancels what `inviter` has said about what [`Tx::cancel_unsent`] would cancel of what they sent
    /// to a number or mail address: up to `limit` of it. It goes to its owner's account and not to
    /// what was typed. Answers how much.
    /// [`Delivery::next`](crate::domain::delivery::Delivery::next) on `Cancel`, for many.
    pub(in crate::invite) async fn cancel_said_about_unsent(
        &mut self,
        inviter: &str,
        address: &str,
        end: Uuid,
        limit: i64,
    ) -> Result<u64> {
        sql!(
            self,
            execute,
            "UPDATE delivery SET state = 9, due_at = $5 WHERE id IN (SELECT said.id FROM \
             (SELECT id FROM delivery WHERE address = $2 AND author = $1 AND state + 0 < 3 \
             AND id < $3 ORDER BY id DESC LIMIT $4) typed JOIN delivery said ON said.about = typed.id \
             WHERE said.author = $1 AND said.carries > 0 AND said.state + 0 < 3 LIMIT $4)",
            inviter,
            address,
            end,
            limit,
            Millis::NEVER.0
        )
    }

    /// Whether `inviter` has sent something to `address`, as they wrote it, that was accepted from
    /// `begin` on: to an account what has not left; to a number or mail address anything, for whether
    /// that has left says whether somebody has it.
    pub(in crate::invite) async fn has_sent_since(
        &mut self,
        inviter: &str,
        address: &str,
        begin: Uuid,
    ) -> Result<bool> {
        let found: Option<(Uuid,)> = sql!(
            self,
            fetch_optional,
            "SELECT id FROM delivery WHERE rcpt = $2 AND author = $1 AND state + 0 < 3 \
             AND id >= $3 AND carries = 0 AND address IS NULL UNION ALL \
             SELECT id FROM delivery WHERE address = $2 AND author = $1 AND id >= $3 LIMIT 1",
            inviter,
            address,
            begin
        )?;
        Ok(found.is_some())
    }
}
