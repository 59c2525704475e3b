//! What one transaction did not finish.
//!
//! Every function that asks the database fails when that does not answer.

use crate::{
    db::{Result, Tx, pieces, sql, sql_rows},
    domain::{
        clock::Millis,
        unfinished::{FIRST, REST, TURNS, Unfinished},
    },
};

/// Something to be gone on with: the account, what it is, what else it is about, and since when it
/// is unfinished.
pub(crate) type UnfinishedRow = (String, i64, String, i64);

impl Tx {
    /// Keeps what is to be gone on with at `due`. `since` may lie ahead of that.
    pub(crate) async fn put_unfinished(
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
             DO UPDATE SET since = excluded.since, due_at = excluded.due_at, turn = NULL",
            account,
            kind.code(),
            other,
            since.0,
            due.0
        )?;
        Ok(())
    }

    /// Keeps what could be gone on with at once, `first` or behind that: one portion of each `turn` in
    /// turn, an account or a server's whole site, however many there are. The turns are small numbers in
    /// place of a time.
    pub(crate) async fn put_in_turn(
        &mut self,
        (account, kind, other): (&str, Unfinished, &str),
        since: Millis,
        turn: &str,
        first: bool,
    ) -> Result<()> {
        let (from, to) = if first { (Millis(0), FIRST) } else { (FIRST, TURNS) };
        let now: Option<(i64,)> = sql!(
            &mut *self,
            fetch_optional,
            "SELECT due_at FROM unfinished WHERE due_at >= $1 AND due_at < $2 ORDER BY due_at LIMIT 1",
            from.0,
            to.0
        )?;
        let own: Option<(i64,)> = sql!(
            &mut *self,
            fetch_optional,
            "SELECT due_at FROM unfinished WHERE turn = $1 AND due_at >= $2 AND due_at < $3 \
             ORDER BY due_at DESC LIMIT 1",
            turn,
            from.0,
            to.0
        )?;
        sql!(
            self,
            execute,
            "INSERT INTO unfinished (account, kind, other, since, due_at, turn) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account, kind, other) \
             DO UPDATE SET since = excluded.since, due_at = excluded.due_at, turn = excluded.turn",
            account,
            kind.code(),
            other,
            since.0,
            now.max(own).map_or(from.0, |(due,)| due).saturating_add(1),
            turn
        )?;
        Ok(())
    }

    /// Which of `accounts` have said something about others that is not carried out yet.
    pub(crate) async fn deciding(&mut self, accounts: &[String]) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for some in pieces(accounts) {
            found.extend(sql_rows!(
                &mut *self, scalar fetch_all,
                "SELECT DISTINCT account FROM unfinished WHERE kind = $1 AND account IN ({list})",
                [Unfinished::Said.code()], some => |account| [account]
            )?);
        }
        Ok(found)
    }

    /// What is unfinished of this kind for `account` about `other` is over. Its place stands behind the
    /// name of the other, apart from that by a blank.
    pub(crate) async fn end_unfinished_about(
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

    /// What was to wait for the words of `account` to be carried out is due now, if none is left.
    pub(crate) async fn hasten_unfinished(&mut self, account: &str, now: Millis) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE unfinished SET due_at = $2 WHERE account = $1 AND kind IN ($3, $4) \
             AND due_at > $2 AND NOT EXISTS (SELECT 1 FROM unfinished s \
             WHERE s.account = $1 AND s.kind = $5)",
            account,
            now.0,
            Unfinished::Back.code(),
            Unfinished::Woken.code(),
            Unfinished::Said.code()
        )?;
        Ok(())
    }

    /// Whether something of this kind is unfinished for `account`.
    pub(crate) async fn has_unfinished(&mut self, account: &str, kind: Unfinished) -> Result<bool> {
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
    pub(crate) async fn put_off_unfinished(
        &mut self,
        row: &UnfinishedRow,
        until: Millis,
    ) -> Result<()> {
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
    pub(crate) async fn take_unfinished(
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
    pub(crate) async fn is_unfinished(&mut self, now: Millis) -> Result<bool> {
        let (kind,): (Option<i64>,) = sql!(
            self,
            fetch_one,
            "SELECT COALESCE((SELECT kind FROM unfinished WHERE due_at <= $1 LIMIT 1), \
             (SELECT kind FROM unfinished WHERE due_at > $2 AND due_at < $3 LIMIT 1))",
            now.0,
            now.after(REST).0,
            Millis::NEVER.0
        )?;
        Ok(kind.is_some())
    }

    /// What is unfinished of this kind for `account` is begun anew, or over.
    pub(crate) async fn end_unfinished(&mut self, account: &str, kind: Unfinished) -> Result<()> {
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
    pub(crate) async fn drop_unfinished(&mut self, account: &str) -> Result<()> {
        sql!(self, execute, "DELETE FROM unfinished WHERE account = $1", account)?;
        Ok(())
    }
}
