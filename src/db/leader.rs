//! The lease on the component stream: one instance owns it, the others stand by.
//!
//! Every function that asks the database fails when that does not answer.

#![expect(clippy::missing_errors_doc, reason = "said once, above")]

use super::{Result, Tx, sql};
use crate::{
    db::connection::{Connection, heard},
    domain::clock::Millis,
};

impl Tx {
    /// The database's clock. Leases compare it and nothing else, because the clocks of two
    /// machines differ.
    pub async fn database_now(&mut self) -> Result<Millis> {
        // The one place where the two databases need two texts: neither knows the other's clock.
        let (now,): (i64,) = match &mut self.connection {
            Connection::Sqlite(tx) => {
                sqlx::query_as("SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER)")
                    .fetch_one(&mut **tx)
                    .await?
            }
            Connection::Postgres(tx) => {
                let asked = sqlx::query_as(
                    "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
                );
                heard(asked.fetch_one(&mut **tx)).await?
            }
        };
        Ok(Millis(now))
    }

    /// Takes or renews the lease until `until`. Answers whether `holder` has it.
    pub async fn take_lease(&mut self, holder: &str, now: Millis, until: Millis) -> Result<bool> {
        let taken = sql!(
            self,
            execute,
            "INSERT INTO leader (role, holder, until) VALUES ('stream', $1, $3) \
             ON CONFLICT (role) DO UPDATE SET holder = excluded.holder, until = excluded.until \
             WHERE leader.holder = excluded.holder OR leader.until <= $2",
            holder,
            now.0,
            until.0
        )?;
        Ok(taken == 1)
    }

    /// Renews the lease that `holder` has, until `until`, be it over or not. Answers whether it was
    /// still there: false when another has had it since.
    pub async fn renew_lease(&mut self, holder: &str, until: Millis) -> Result<bool> {
        let renewed = sql!(
            self,
            execute,
            "UPDATE leader SET until = $2 WHERE role = 'stream' AND holder = $1",
            holder,
            until.0
        )?;
        Ok(renewed == 1)
    }

    /// Gives the lease back, so that another need not wait for its end.
    pub async fn drop_lease(&mut self, holder: &str) -> Result<()> {
        sql!(self, execute, "DELETE FROM leader WHERE role = 'stream' AND holder = $1", holder)?;
        Ok(())
    }
}
