//! What goes when a share does, a portion at a time.
//!
//! Every function that asks the database fails when that does not answer.

use uuid::Uuid;

use crate::{
    db::{Result, Tx, pieces, sql, sql_rows},
    domain::{clock::Millis, id::ShareId},
};

impl Tx {
    /// Up to `limit` shares that expired before `now`, and behind the share `last`, which expired at
    /// `expired`: their names, when they expired, and how many recipients each has.
    pub(in crate::share) async fn expired_shares(
        &mut self,
        now: Millis,
        expired: Millis,
        last: Uuid,
        limit: i64,
    ) -> Result<Vec<(Uuid, i64, i64)>> {
        sql!(
            self,
            fetch_all,
            "SELECT id, expires_at, recipients FROM share WHERE expires_at < $1 \
             AND expires_at >= $2 AND (expires_at > $2 OR id > $3) ORDER BY expires_at, id LIMIT $4",
            now.0,
            expired.0,
            last,
            limit
        )
    }

    /// Up to `limit` deliveries about `share` that do not carry it itself: their names, the numbers of
    /// what they carry, and those of their states.
    pub(in crate::share) async fn notices_of(
        &mut self,
        share: ShareId,
        limit: i64,
    ) -> Result<Vec<(Uuid, i64, i64)>> {
        sql!(
            self,
            fetch_all,
            "SELECT id, carries, state FROM delivery WHERE share_id = $1 AND carries <> 0 LIMIT $2",
            share.0,
            limit
        )
    }

    /// Whether `share` itself is on its way to somebody.
    pub(in crate::share) async fn is_on_its_way(&mut self, share: ShareId) -> Result<bool> {
        let found: Option<(i64,)> = sql!(
            self,
            fetch_optional,
            "SELECT state FROM delivery WHERE share_id = $1 AND carries = 0 AND state < 5 LIMIT 1",
            share.0
        )?;
        Ok(found.is_some())
    }

    /// Removes these deliveries, with the notes that they carry and nothing else does: the names and
    /// the numbers of [`Tx::notices_of`].
    pub(in crate::share) async fn delete_notices(&mut self, notices: &[(Uuid, i64)]) -> Result<()> {
        for some in pieces(notices) {
            sql_rows!(
                &mut *self, execute,
                "DELETE FROM delivery WHERE id IN ({list})",
                [], some => |it| [it.0]
            )?;
            sql_rows!(
                &mut *self, execute,
                "DELETE FROM note WHERE NOT EXISTS (SELECT 1 FROM delivery d \
                 WHERE d.carries > 0 AND d.carries = note.no) AND no IN ({list})",
                [], some => |it| [it.1]
            )?;
        }
        Ok(())
    }

    /// Removes up to `limit` notes about `share`, of which no delivery is left. Answers how many.
    pub(in crate::share) async fn delete_notes_about(
        &mut self,
        share: ShareId,
        limit: i64,
    ) -> Result<u64> {
        sql!(
            self,
            execute,
            "DELETE FROM note WHERE no IN (SELECT no FROM note WHERE share_id = $1 LIMIT $2)",
            share.0,
            limit
        )
    }

    /// Removes up to `limit` links to what somebody keeps of `share`. Answers how many.
    pub(in crate::share) async fn delete_saved_of(
        &mut self,
        share: ShareId,
        limit: i64,
    ) -> Result<u64> {
        sql!(
            self,
            execute,
            "DELETE FROM saved WHERE hash IN (SELECT hash FROM saved WHERE share_id = $1 LIMIT $2)",
            share.0,
            limit
        )
    }

    /// Removes shares with their own deliveries, and what else is known of them. What was said about
    /// them goes before, in portions.
    pub(crate) async fn delete_shares(&mut self, shares: &[ShareId]) -> Result<()> {
        for some in pieces(shares) {
            sql_rows!(
                &mut *self, execute,
                "DELETE FROM share WHERE id IN ({list})",
                [], some => |share| [share.0]
            )?;
        }
        Ok(())
    }
}
