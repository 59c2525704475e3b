//! Who has asked whom, and who wants to hear nothing: keyed hashes of addresses, which outlive
//! accounts and erasures.
//!
//! Every function that asks the database fails when that does not answer.

use crate::{
    db::{Result, Tx, pieces, sql, sql_rows},
    domain::clock::Millis,
};

impl Tx {
    /// Keeps that somebody was asked, both by their keyed hashes.
    pub(crate) async fn insert_asked(
        &mut self,
        inviter: &[u8],
        address: &[u8],
        at: Millis,
    ) -> Result<()> {
        sql!(
            self,
            execute,
            "INSERT INTO asked (inviter, address, asked_at) VALUES ($1, $2, $3) \
             ON CONFLICT (inviter, address) DO UPDATE SET asked_at = excluded.asked_at",
            inviter,
            address,
            at.0
        )?;
        Ok(())
    }

    /// When `inviter` has asked `address`.
    pub(crate) async fn asked(&mut self, inviter: &[u8], address: &[u8]) -> Result<Option<Millis>> {
        let at: Option<(i64,)> = sql!(
            self,
            fetch_optional,
            "SELECT asked_at FROM asked WHERE inviter = $1 AND address = $2",
            inviter,
            address
        )?;
        Ok(at.map(|(at,)| Millis(at)))
    }

    /// When `address` was last asked, by whomever.
    pub(crate) async fn last_asked(&mut self, address: &[u8]) -> Result<Option<Millis>> {
        let at: Option<(i64,)> = sql!(
            self,
            fetch_optional,
            "SELECT asked_at FROM asked WHERE address = $1 ORDER BY asked_at DESC LIMIT 1",
            address
        )?;
        Ok(at.map(|(at,)| Millis(at)))
    }

    /// When `inviter` has asked somebody, without the `skip` latest times.
    pub(crate) async fn asked_before(
        &mut self,
        inviter: &[u8],
        skip: i64,
    ) -> Result<Option<Millis>> {
        let at: Option<(i64,)> = sql!(
            self,
            fetch_optional,
            "SELECT asked_at FROM asked WHERE inviter = $1 \
             ORDER BY asked_at DESC LIMIT 1 OFFSET $2",
            inviter,
            skip
        )?;
        Ok(at.map(|(at,)| Millis(at)))
    }

    /// Whoever was asked by the address of the one keyed hash was asked by that of the other: up to
    /// `limit` of those who have asked. Answers how many. The last time counts.
    pub(crate) async fn move_asked(&mut self, from: &[u8], to: &[u8], limit: i64) -> Result<u64> {
        let asked: Vec<(Vec<u8>, i64)> = sql!(
            &mut *self,
            fetch_all,
            "SELECT inviter, asked_at FROM asked WHERE address = $1 LIMIT $2",
            from,
            limit
        )?;
        for some in pieces(&asked) {
            sql_rows!(
                &mut *self, execute,
                "INSERT INTO asked (inviter, address, asked_at) VALUES {rows:3} \
                 ON CONFLICT (inviter, address) DO UPDATE SET asked_at = excluded.asked_at \
                 WHERE asked.asked_at < excluded.asked_at",
                [], some => |it| [&it.0, to, it.1]
            )?;
            sql_rows!(
                &mut *self, execute,
                "DELETE FROM asked WHERE address = $1 AND inviter IN ({list})",
                [from], some => |it| [&it.0]
            )?;
        }
        Ok(asked.len() as u64)
    }

    /// Forgets up to `limit` that were asked before `until`.
    pub(crate) async fn delete_old_asked(&mut self, until: Millis, limit: i64) -> Result<u64> {
        sql!(
            self,
            execute,
            "DELETE FROM asked WHERE (inviter, address) IN \
             (SELECT inviter, address FROM asked WHERE asked_at < $1 LIMIT $2)",
            until.0,
            limit
        )
    }

    /// Whoever has the address of this keyed hash wants to hear nothing.
    pub(crate) async fn insert_silence(&mut self, hash: &[u8], since: Millis) -> Result<()> {
        sql!(
            self,
            execute,
            "INSERT INTO silence (hash, since) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING",
            hash,
            since.0
        )?;
        Ok(())
    }

    /// Whether whoever has the address of this keyed hash wants to hear nothing.
    pub(crate) async fn is_silent(&mut self, hash: &[u8]) -> Result<bool> {
        let found: Option<(i64,)> =
            sql!(self, fetch_optional, "SELECT since FROM silence WHERE hash = $1", hash)?;
        Ok(found.is_some())
    }

    /// Its owner has thought better of it.
    pub(crate) async fn delete_silence(&mut self, hash: &[u8]) -> Result<()> {
        sql!(self, execute, "DELETE FROM silence WHERE hash = $1", hash)?;
        Ok(())
    }
}
