//! Whose turn it is: to have some of their invitations looked at, or to be sent something.
//!
//! Every function that asks the database fails when that does not answer.

use super::store::{DeliveryRow, select_deliveries};
use crate::{
    db::{Result, Tx, pieces, sql, sql_rows},
    domain::clock::Millis,
};

impl Tx {
    /// It is the turn of these inviters at `at`, if it is not before.
    pub(crate) async fn call_inviters(&mut self, inviters: &[String], at: Millis) -> Result<()> {
        for some in pieces(inviters) {
            sql_rows!(
                &mut *self, execute,
                "UPDATE account SET invites_at = $1 \
                 WHERE (invites_at IS NULL OR invites_at > $2) AND jid IN ({list})",
                [at.0, at.0], some => |jid| [jid]
            )?;
        }
        Ok(())
    }

    /// Up to `limit` accounts whose turn to invite has come, those first who have waited longest.
    pub(crate) async fn inviters_due(&mut self, now: Millis, limit: i64) -> Result<Vec<String>> {
        sql!(
            self,
            scalar fetch_all,
            "SELECT jid FROM account WHERE invites_at <= $1 ORDER BY invites_at, jid LIMIT $2",
            now.0,
            limit
        )
    }

    /// It is `inviter`'s turn again at `at`; none when they want to invite nobody.
    pub(crate) async fn set_turn(&mut self, inviter: &str, at: Option<Millis>) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE account SET invites_at = $2 WHERE jid = $1",
            inviter,
            at.map(|at| at.0)
        )?;
        Ok(())
    }

    /// When the first invitation of `inviter` that has not left is due.
    pub(crate) async fn next_invitation(&mut self, inviter: &str) -> Result<Option<i64>> {
        sql!(
            self,
            scalar fetch_optional,
            "SELECT due_at FROM invitation WHERE inviter = $1 AND state = 0 ORDER BY due_at LIMIT 1",
            inviter
        )
    }

    /// Up to `limit` of what is queued for `rcpt` and due, the longest due first.
    pub(crate) async fn due_for(
        &mut self,
        rcpt: &str,
        now: Millis,
        limit: usize,
    ) -> Result<Vec<DeliveryRow>> {
        sql!(
            self,
            fetch_all,
            select_deliveries!(
                "WHERE rcpt = $1 AND state = 2 AND due_at <= $2 ORDER BY due_at, id LIMIT $3"
            ),
            rcpt,
            now.0,
            i64::try_from(limit).unwrap_or(i64::MAX)
        )
    }

    /// Up to `limit` recipients behind `after`, by the name, for whom something is queued, and when
    /// the first of it is due. Goes from one to the next, however much is queued for each.
    pub(crate) async fn queued_for(
        &mut self,
        after: &str,
        limit: i64,
    ) -> Result<Vec<(String, i64)>> {
        sql!(
            self,
            fetch_all,
            "SELECT rcpt, (SELECT q.due_at FROM delivery q WHERE q.rcpt = r.rcpt AND q.state = 2 \
             ORDER BY q.due_at, q.id LIMIT 1) FROM (WITH RECURSIVE next (rcpt) AS ( \
             SELECT (SELECT d.rcpt FROM delivery d WHERE d.state = 2 AND d.rcpt > $1 \
             ORDER BY d.rcpt LIMIT 1) \
             UNION ALL SELECT (SELECT d.rcpt FROM delivery d WHERE d.state = 2 \
             AND d.rcpt > next.rcpt ORDER BY d.rcpt LIMIT 1) FROM next \
             WHERE next.rcpt IS NOT NULL) SELECT rcpt FROM next LIMIT $2) r \
             WHERE rcpt IS NOT NULL",
            after,
            limit
        )
    }
}
