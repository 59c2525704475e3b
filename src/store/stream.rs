//! Component streams, counted: which are open, and until when one was known to be well.

use sqlx::FromRow;

use super::db::{Result, Tx, sql};
use crate::domain::{clock::Millis, id::StreamNo};

/// A stream that nobody closed.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct OpenStream {
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
    /// A new stream. `boot` names the run of the machine.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open_stream(&mut self, boot: &str, now: Millis) -> Result<StreamNo> {
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
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn touch_stream(&mut self, stream: StreamNo, now: Millis) -> Result<()> {
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
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn close_stream(&mut self, stream: StreamNo, now: Millis) -> Result<()> {
        sql!(self, execute, "UPDATE stream SET closed_at = $2 WHERE no = $1", stream.0, now.0)?;
        Ok(())
    }

    /// The streams that nobody closed, in order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open_streams(&mut self) -> Result<Vec<OpenStream>> {
        sql!(
            self,
            fetch_all,
            "SELECT no, boot, opened_at, alive_at FROM stream WHERE closed_at IS NULL ORDER BY no"
        )
    }
}
