//! The log in which SQLite keeps what was written until it stands in the database's own file.
//! PostgreSQL sees to its own.

use std::{fs, path::Path};

use sqlx::SqlitePool;

use super::{Db, Result};

/// Bytes that the log may have. SQLite begins it anew by itself, at a moment when nobody reads; where
/// one search begins before another ends there is none, and it grows with all that is written.
const LONG: u64 = 64 << 20;

impl Db {
    /// Writes everything into the database's own file and empties the log before it, which still
    /// holds what was there before (threats 15). Answers whether it is empty: not while somebody reads
    /// what was there before, for whom nobody waits.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn empty_log(&self) -> Result<bool> {
        let Self::Sqlite { log, .. } = self else { return Ok(true) };
        // This copies while others write. What it leaves is little, and only that keeps them out.
        sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(log).await?;
        let (busy, _, _): (i64, i64, i64) =
            sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(log).await?;
        Ok(busy == 0)
    }

    /// Whether the log has more than 64 MiB.
    #[must_use]
    pub fn is_log_long(&self) -> bool {
        let Self::Sqlite { file, .. } = self else { return false };
        let mut log = file.as_os_str().to_owned();
        log.push("-wal");
        fs::metadata(Path::new(&log)).is_ok_and(|log| log.len() > LONG)
    }

    /// The same as [`Db::empty_log`], for which everybody waits: whoever reads now is waited for, and
    /// nobody begins to before it is done.
    ///
    /// # Errors
    /// When the database does not answer, or somebody reads for longer than five seconds.
    pub async fn restart_log(&self) -> Result<bool> {
        let Self::Sqlite { write, look_up, read, visit, .. } = self else { return Ok(true) };
        // Visitors may hold theirs for longest, and whoever writes is held up last.
        let (_visits, _reads) = (all(visit).await?, all(read).await?);
        self.empty_log().await?;
        let (_looks_up, _writes) = (all(look_up).await?, all(write).await?);
        self.empty_log().await
    }
}

/// All connections of `pool`, as soon as nobody has one.
async fn all(pool: &SqlitePool) -> Result<Vec<sqlx::pool::PoolConnection<sqlx::Sqlite>>> {
    let mut all = Vec::new();
    for _ in 0..pool.options().get_max_connections() {
        all.push(pool.acquire().await?);
    }
    Ok(all)
}
