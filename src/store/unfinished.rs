//! What one transaction did not finish.

use super::db::{Result, Tx, pieces, sql, sql_rows};
use crate::domain::{
    clock::Millis,
    unfinished::{FIRST, REST, Unfinished},
};

/// Something to be gone on with: the account, what it is, what else it is about, and since when it
/// is unfinished.
pub type UnfinishedRow = (String, i64, String, i64);

impl Tx {
    /// Keeps what is to be gone on with at `due`, behind what was due before. `since` may lie ahead of
    /// that.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn put_unfinished(
        &mut self,
        account: &str,
        kind: Unfinished,
        other: &str,
        since: Millis,
        due: Millis,
    ) -> Result<()> {
        sql!(
            self,
            execute,
            "INSERT INTO unfinished (account, kind, other, since, due_at) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (account, kind, other) \
             DO UPDATE SET since = excluded.since, due_at = excluded.due_at",
            account,
            kind.code(),
            other,
            since.0,
            due.0
        )?;
        Ok(())
    }

    /// Keeps what goes before all that is due at a time: one portion of each account in turn, however
    /// many they have. The turns are small numbers in place of a time.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn put_first(
        &mut self,
        account: &str,
        kind: Unfinished,
        other: &str,
        since: Millis,
    ) -> Result<()> {
        let now: Option<(i64,)> = sql!(
            &mut *self,
            fetch_optional,
            "SELECT due_at FROM unfinished WHERE due_at < $1 ORDER BY due_at LIMIT 1",
            FIRST.0
        )?;
        let own: Option<(i64,)> = sql!(
            &mut *self,
            fetch_optional,
            "SELECT due_at FROM unfinished WHERE account = $1 AND due_at < $2 \
             ORDER BY due_at DESC LIMIT 1",
            account,
            FIRST.0
        )?;
        let turn = now.max(own).map_or(0, |(turn,)| turn).saturating_add(1);
        self.put_unfinished(account, kind, other, since, Millis(turn)).await
    }

    /// Which of `accounts` have said something about others that is not carried out yet.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn deciding(&mut self, accounts: &[String]) -> Result<Vec<(String,)>> {
        let mut found = Vec::new();
        for some in pieces(accounts) {
            found.extend(sql_rows!(
                &mut *self, fetch_all,
                "SELECT DISTINCT account FROM unfinished WHERE kind = $1 AND account IN ({list})",
                [Unfinished::Said.code()], some => |account| [account]
            )?);
        }
        Ok(found)
    }

    /// What is unfinished of this kind for `account` about `other` is over. Its place stands behind the
    /// name of the other, apart from that by a blank.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end_unfinished_about(
        &mut self,
        account: &str,
        kind: Unfinished,
        other: &str,
    ) -> Result<()> {
        let begins = format!("{other} ");
        sql!(
            self,
            execute,
            "DELETE FROM unfinished WHERE account = $1 AND kind = $2 \
             AND SUBSTR(other, 1, LENGTH($3)) = $3",
            account,
            kind.code(),
            begins
        )?;
        Ok(())
    }

    /// Whether something of this kind is unfinished for `account`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn has_unfinished(&mut self, account: &str, kind: Unfinished) -> Result<bool> {
        let found: Option<(i64,)> = sql!(
            self,
            fetch_optional,
            "SELECT kind FROM unfinished WHERE account = $1 AND kind = $2 LIMIT 1",
            account,
            kind.code()
        )?;
        Ok(found.is_some())
    }

    /// Puts back what was taken out and could not be gone on with: not before `until`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn put_off_unfinished(&mut self, row: &UnfinishedRow, until: Millis) -> Result<()> {
        let (account, kind, other, since) = row;
        sql!(
            self,
            execute,
            "INSERT INTO unfinished (account, kind, other, since, due_at) \
             VALUES ($1, $2, $3, $4, $5)",
            account,
            *kind,
            other,
            *since,
            until.0
        )?;
        Ok(())
    }

    /// Takes out what has been due for longest, from `from` on.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn take_unfinished(
        &mut self,
        from: Millis,
        now: Millis,
    ) -> Result<Option<UnfinishedRow>> {
        sql!(
            self,
            fetch_optional,
            "DELETE FROM unfinished WHERE (account, kind, other) IN (SELECT account, kind, other \
             FROM unfinished WHERE due_at >= $1 AND due_at <= $2 ORDER BY due_at LIMIT 1) \
             RETURNING account, kind, other, since",
            from.0,
            now.0
        )
    }

    /// Whether anything is to be gone on with by now, or was put down by a clock that went ahead.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn is_unfinished(&mut self, now: Millis) -> Result<bool> {
        let found: Option<(i64,)> = sql!(
            &mut *self,
            fetch_optional,
            "SELECT kind FROM unfinished WHERE due_at <= $1 LIMIT 1",
            now.0
        )?;
        if found.is_some() {
            return Ok(true);
        }
        let ahead: Option<(i64,)> = sql!(
            self,
            fetch_optional,
            "SELECT kind FROM unfinished WHERE due_at > $1 AND due_at < $2 LIMIT 1",
            now.after(REST).0,
            Millis::NEVER.0
        )?;
        Ok(ahead.is_some())
    }

    /// What is unfinished of this kind for `account` is begun anew, or over.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end_unfinished(&mut self, account: &str, kind: Unfinished) -> Result<()> {
        sql!(
            self,
            execute,
            "DELETE FROM unfinished WHERE account = $1 AND kind = $2",
            account,
            kind.code()
        )?;
        Ok(())
    }

    /// Nothing of `account` is gone on with.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn drop_unfinished(&mut self, account: &str) -> Result<()> {
        sql!(self, execute, "DELETE FROM unfinished WHERE account = $1", account)?;
        Ok(())
    }
}
