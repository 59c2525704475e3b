//! Links to all that somebody has here.
//!
//! Every function that asks the database fails when that does not answer.

use sqlx::FromRow;

use crate::{
    db::{Result, Tx, sql},
    domain::clock::Millis,
};

/// A link, by the hash of its token.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct ExportRow {
    /// SHA-256 of the token.
    pub hash: Vec<u8>,
    /// Whose it is; none when they have left.
    pub account: Option<String>,
    /// When it ends.
    pub expires_at: i64,
}

impl Tx {
    /// Keeps a link.
    pub(in crate::leave) async fn insert_export(&mut self, row: &ExportRow) -> Result<()> {
        sql!(
            self,
            execute,
            "INSERT INTO export (hash, account, expires_at) VALUES ($1, $2, $3)",
            &row.hash,
            &row.account,
            row.expires_at
        )?;
        Ok(())
    }

    /// The link with this hash.
    pub(crate) async fn export(&mut self, hash: &[u8]) -> Result<Option<ExportRow>> {
        sql!(
            self,
            fetch_optional,
            "SELECT hash, account, expires_at FROM export WHERE hash = $1",
            hash
        )
    }

    /// Forgets all links of `account` but the `most` that end last.
    pub(in crate::leave) async fn keep_exports(&mut self, account: &str, most: i64) -> Result<u64> {
        sql!(
            self,
            execute,
            "DELETE FROM export WHERE hash IN (SELECT hash FROM export WHERE account = $1 \
             ORDER BY expires_at DESC LIMIT 1000 OFFSET $2)",
            account,
            most
        )
    }

    /// The links of `account` lead nowhere any more, and whose they were is forgotten.
    pub(in crate::leave) async fn close_exports(&mut self, account: &str) -> Result<()> {
        sql!(self, execute, "UPDATE export SET account = NULL WHERE account = $1", account)?;
        Ok(())
    }

    /// Forgets links that ended before `before`, at most `limit`. Answers how many.
    pub(crate) async fn delete_old_exports(&mut self, before: Millis, limit: i64) -> Result<u64> {
        sql!(
            self,
            execute,
            "DELETE FROM export WHERE hash IN (SELECT hash FROM export WHERE expires_at < $1 \
             LIMIT $2)",
            before.0,
            limit
        )
    }
}
