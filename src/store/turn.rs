//! Whose turn it is to have some of their invitations looked at.

use super::db::{Result, Tx, pieces, sql, sql_rows};
use crate::domain::clock::Millis;

impl Tx {
    /// It is the turn of these inviters at `at`, if it is not before.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn call_inviters(&mut self, inviters: &[String], at: Millis) -> Result<()> {
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
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn inviters_due(&mut self, now: Millis, limit: i64) -> Result<Vec<(String,)>> {
        sql!(
            self,
            fetch_all,
            "SELECT jid FROM account WHERE invites_at <= $1 ORDER BY invites_at, jid LIMIT $2",
            now.0,
            limit
        )
    }

    /// It is `inviter`'s turn again at `at`; none when they want to invite nobody.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn set_turn(&mut self, inviter: &str, at: Option<Millis>) -> Result<()> {
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
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn next_invitation(&mut self, inviter: &str) -> Result<Option<(i64,)>> {
        sql!(
            self,
            fetch_optional,
            "SELECT due_at FROM invitation WHERE inviter = $1 AND state = 0 ORDER BY due_at LIMIT 1",
            inviter
        )
    }
}
