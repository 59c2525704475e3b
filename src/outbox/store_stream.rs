//! Component streams, counted: which are open, until when one was known to be well, and what was on
//! one that has ended.
//!
//! Every function that asks the database fails when that does not answer.

#![expect(clippy::missing_errors_doc, reason = "said once, above")]

use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    db::{Result, Tx, pieces, sql, sql_rows},
    domain::{
        clock::Millis,
        id::{DeliveryId, StreamNo},
    },
};

/// A stream that nobody closed.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct OpenStream {
    /// Its number.
    pub no: i64,
    /// The run of the machine that it was opened in.
    pub boot: String,
    /// When it was opened.
    pub opened_at: i64,
    /// When it was last known to be well.
    pub alive_at: i64,
}

impl Tx {
    /// The last id that was given to a share, a delivery or a collected card: what is told apart
    /// by when it was named.
    pub(in crate::outbox) async fn last_id(&mut self) -> Result<Option<Uuid>> {
        let nil = Uuid::nil();
        let share: Option<(Uuid,)> = sql!(
            &mut *self,
            fetch_optional,
            "SELECT id FROM share WHERE id > $1 ORDER BY id DESC LIMIT 1",
            nil
        )?;
        let delivery: Option<(Uuid,)> = sql!(
            &mut *self,
            fetch_optional,
            "SELECT id FROM delivery WHERE id > $1 ORDER BY id DESC LIMIT 1",
            nil
        )?;
        let card: Option<(Uuid,)> = sql!(
            self,
            fetch_optional,
            "SELECT id FROM collected WHERE id > $1 ORDER BY id DESC LIMIT 1",
            nil
        )?;
        Ok([share, delivery, card].into_iter().flatten().map(|(id,)| id).max())
    }

    /// A new stream. `boot` names the run of the machine.
    pub(crate) async fn open_stream(&mut self, boot: &str, now: Millis) -> Result<StreamNo> {
        let (no,): (i64,) = sql!(
            self,
            fetch_one,
            "INSERT INTO stream (boot, opened_at, alive_at) VALUES ($1, $2, $2) RETURNING no",
            boot,
            now.0
        )?;
        Ok(StreamNo(no))
    }

    /// The stream was well at `now`.
    pub(crate) async fn touch_stream(&mut self, stream: StreamNo, now: Millis) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE stream SET alive_at = $2 WHERE no = $1 AND closed_at IS NULL",
            stream.0,
            now.0
        )?;
        Ok(())
    }

    /// The stream has ended.
    pub(in crate::outbox) async fn close_stream(
        &mut self,
        stream: StreamNo,
        now: Millis,
    ) -> Result<()> {
        sql!(self, execute, "UPDATE stream SET closed_at = $2 WHERE no = $1", stream.0, now.0)?;
        Ok(())
    }

    /// The streams that nobody closed, in order.
    pub(crate) async fn open_streams(&mut self) -> Result<Vec<OpenStream>> {
        sql!(
            self,
            fetch_all,
            "SELECT no, boot, opened_at, alive_at FROM stream WHERE closed_at IS NULL ORDER BY no"
        )
    }

    /// Up to `limit` of what a server has taken and may lose, behind what stood at `after`: when it is
    /// given up, which it is, and on which stream it was taken, in that order.
    pub(in crate::outbox) async fn handed(
        &mut self,
        (due, id): (Millis, Uuid),
        limit: i64,
    ) -> Result<Vec<(i64, Uuid, i64)>> {
        sql!(
            self,
            fetch_all,
            "SELECT due_at, id, stream FROM delivery WHERE state = 4 AND state < 5 \
             AND (due_at, id) > ($1, $2) ORDER BY due_at, id LIMIT $3",
            due.0,
            id,
            limit
        )
    }

    /// The server may have lost these: queues them again. `Delivery::next` on `Replay`, for many. Answers
    /// how many there were.
    pub(crate) async fn replay(&mut self, ids: &[DeliveryId], now: Millis) -> Result<u64> {
        self.note_queued();
        let mut resent = 0;
        for some in pieces(ids) {
            resent += sql_rows!(
                &mut *self, execute,
                "UPDATE delivery SET state = 2, resent = resent + 1, \
                 due_at = CASE WHEN expires_at < $1 THEN expires_at ELSE $2 END \
                 WHERE state = 4 AND id IN ({list})",
                [now.0, now.0], some => |id| [id.0]
            )?;
        }
        Ok(resent)
    }

    /// Whoever held a claim is gone: queues everything claimed. `Delivery::next` on
    /// `Orphaned`, for many.
    pub async fn orphan_claims(&mut self, now: Millis) -> Result<u64> {
        self.note_queued();
        sql!(
            self,
            execute,
            "UPDATE delivery SET state = 2, \
             due_at = CASE WHEN expires_at < $1 THEN expires_at ELSE $1 END \
             WHERE state = 3 AND state < 5",
            now.0
        )
    }

    /// What [`Tx::orphan_claims`] queues.
    pub(in crate::outbox) async fn claimed(&mut self) -> Result<Vec<Uuid>> {
        sql!(self, scalar fetch_all, "SELECT id FROM delivery WHERE state = 3 AND state < 5")
    }
}
