//! Keys for keyed hashes.
//!
//! Every function that asks the database fails when that does not answer.

#![expect(clippy::missing_errors_doc, reason = "said once, above")]

use super::{Result, Tx, sql};

impl Tx {
    /// The key called `name`.
    pub async fn key(&mut self, name: &str) -> Result<Option<Vec<u8>>> {
        let found: Option<(Vec<u8>,)> =
            sql!(self, fetch_optional, "SELECT value FROM key WHERE name = $1", name)?;
        Ok(found.map(|(value,)| value))
    }

    /// Keeps a key, unless there is one of that name.
    pub async fn insert_key(&mut self, name: &str, value: &[u8]) -> Result<()> {
        sql!(
            self,
            execute,
            "INSERT INTO key (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
            name,
            value
        )?;
        Ok(())
    }
}
