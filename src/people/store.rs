//! Who may show somebody something, and what waits for their word.

use std::borrow::Cow;

use sqlx::FromRow;

use crate::{
    db::{Result, Tx, pieces, sql, sql_rows},
    domain::{
        clock::Millis,
        consent::{Ask, Verdict},
        site::spellings,
    },
};

/// What somebody has said about somebody else.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct ConsentRow {
    /// Whose word it is: a bare JID.
    pub account: String,
    /// About whom: a bare JID, or a domain.
    pub other: String,
    verdict: i64,
    since: i64,
    /// The number of the question while it is open, else 0.
    pub number: i64,
}

impl ConsentRow {
    /// A word to be kept.
    #[must_use]
    pub(in crate::people) fn new(
        account: &str,
        other: &str,
        verdict: Verdict,
        since: Millis,
        number: i64,
    ) -> Self {
        let (account, other) = (account.to_owned(), other.to_owned());
        Self { account, other, verdict: verdict.code(), since: since.0, number }
    }

    /// When it was said.
    #[must_use]
    pub(crate) const fn since(&self) -> Millis {
        Millis(self.since)
    }

    /// What was said, if it counts at `now`.
    #[must_use]
    pub(in crate::people) fn verdict(&self, now: Millis) -> Option<Verdict> {
        // One that a later version has written lets nobody in, and blocks nobody.
        let verdict = Verdict::from_code(self.verdict).unwrap_or(Verdict::Asked);
        Some(verdict).filter(|it| it.counts(Millis(self.since), now))
    }
}

impl Tx {
    /// What those of `accounts` have said about others that are kept under one of `names`, no two alike:
    /// [`spellings`] of one, or all that is [`covering`](crate::domain::site::covering) them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn consents(
        &mut self,
        names: &[Cow<'_, str>],
        accounts: &[String],
    ) -> Result<Vec<ConsentRow>> {
        let mut found = Vec::new();
        // One statement, whose list is filled up: most have no more names.
        for few in names.chunks(6) {
            let name = |n: usize| few.get(n).or(few.first()).map_or("", |name| &**name);
            for some in pieces(accounts) {
                found.extend(sql_rows!(
                    &mut *self, fetch_all,
                    "SELECT account, other, verdict, since, number FROM consent \
                     WHERE other IN ($1, $2, $3, $4, $5, $6) AND account IN ({list})",
                    [name(0), name(1), name(2), name(3), name(4), name(5)],
                    some => |account| [account]
                )?);
            }
        }
        Ok(found)
    }

    /// Keeps what people have said; what they said before about the same goes.
    ///
    /// # Errors
    /// When the database does not answer, or one of them has no account.
    pub(in crate::people) async fn set_consents(&mut self, rows: &[ConsentRow]) -> Result<()> {
        for some in pieces(rows) {
            sql_rows!(
                &mut *self, execute,
                "INSERT INTO consent (account, other, verdict, since, number) VALUES {rows:5} \
                 ON CONFLICT (account, other) DO UPDATE SET verdict = excluded.verdict, \
                 since = excluded.since, number = excluded.number",
                [], some => |c| [&c.account, &c.other, c.verdict, c.since, c.number]
            )?;
        }
        Ok(())
    }

    /// About how many others `account` has said `verdict`, counted to `most`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn count_said(
        &mut self,
        account: &str,
        verdict: Verdict,
        most: i64,
    ) -> Result<i64> {
        let (n,): (i64,) = sql!(
            self,
            fetch_one,
            "SELECT COUNT(*) FROM (SELECT 1 FROM consent WHERE account = $1 AND verdict = $2 \
             LIMIT $3) said",
            account,
            verdict.code(),
            most
        )?;
        Ok(n)
    }

    /// Forgets up to `limit` words of `account`, said at `until` or before, that have lapsed: questions
    /// that were not answered, and a no.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(in crate::people) async fn forget_lapsed(
        &mut self,
        account: &str,
        until: Millis,
        limit: i64,
    ) -> Result<u64> {
        sql!(
            self,
            execute,
            "DELETE FROM consent WHERE account = $1 AND other IN (SELECT other FROM consent \
             WHERE account = $1 AND verdict IN (0, 2) AND since <= $2 LIMIT $3)",
            account,
            until.0,
            limit
        )
    }

    /// `account` has blocked nobody any more.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(in crate::people) async fn forget_blocks(&mut self, account: &str) -> Result<u64> {
        sql!(self, execute, "DELETE FROM consent WHERE account = $1 AND verdict = 3", account)
    }

    /// Up to `limit` of those whom `account` has blocked, the last first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn blocked_by(&mut self, account: &str, limit: i64) -> Result<Vec<String>> {
        sql!(
            self,
            scalar fetch_all,
            "SELECT other FROM consent WHERE account = $1 AND verdict = 3 \
             ORDER BY since DESC LIMIT $2",
            account,
            limit
        )
    }

    /// The same with their times, below the one with this time and address.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn blocked_before(
        &mut self,
        account: &str,
        (since, other): (i64, &str),
        limit: i64,
    ) -> Result<Vec<(String, i64)>> {
        sql!(
            self,
            fetch_all,
            "SELECT other, since FROM consent WHERE account = $1 AND verdict = 3 \
             AND (since, other) < ($2, $3) ORDER BY since DESC, other DESC LIMIT $4",
            account,
            since,
            other,
            limit
        )
    }

    /// `account` was asked about `senders`, before it joined, and need not be asked again.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn welcome(
        &mut self,
        account: &str,
        senders: &[String],
        now: Millis,
    ) -> Result<()> {
        for some in pieces(senders) {
            sql_rows!(
                &mut *self, execute,
                "INSERT INTO consent (account, other, verdict, since, number) VALUES {rows:5} \
                 ON CONFLICT (account, other) DO NOTHING",
                [], some => |sender| [account, sender, Verdict::Yes.code(), now.0, 0_i64]
            )?;
        }
        Ok(())
    }

    /// Forgets that `account` has said `verdict` about `other`, however it is written. Answers
    /// whether `account` had.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(in crate::people) async fn forget_consent(
        &mut self,
        account: &str,
        other: &str,
        verdict: Verdict,
    ) -> Result<bool> {
        let [given, ascii, unicode] = &spellings(other);
        let forgotten = sql!(
            self,
            execute,
            "DELETE FROM consent WHERE account = $1 AND other IN ($2, $3, $4) AND verdict = $5",
            account,
            &**given,
            &**ascii,
            &**unicode,
            verdict.code()
        )?;
        Ok(forgotten > 0)
    }

    /// Forgets whatever `account` has said about `other`, however it is written.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(in crate::people) async fn forget_said(
        &mut self,
        account: &str,
        other: &str,
    ) -> Result<()> {
        let [given, ascii, unicode] = &spellings(other);
        sql!(
            self,
            execute,
            "DELETE FROM consent WHERE account = $1 AND other IN ($2, $3, $4)",
            account,
            &**given,
            &**ascii,
            &**unicode
        )?;
        Ok(())
    }

    /// Notes whether `account` has refused or blocked anybody.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(in crate::people) async fn note_guarded(&mut self, account: &str) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE account SET guarded = EXISTS (SELECT 1 FROM consent \
             WHERE account = $1 AND verdict IN (2, 3)) WHERE jid = $1",
            account
        )?;
        Ok(())
    }

    /// Keeps when somebody wants to be asked.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn set_ask(&mut self, account: &str, ask: Ask) -> Result<()> {
        sql!(self, execute, "UPDATE account SET ask = $2 WHERE jid = $1", account, ask.code())?;
        Ok(())
    }

    /// Who has sent the last `limit` things that `other` was sent under their own address: whoever
    /// typed a number or mail address does not know them by it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(in crate::people) async fn senders_to(
        &mut self,
        other: &str,
        limit: i64,
    ) -> Result<Vec<String>> {
        sql!(
            self,
            scalar fetch_all,
            "SELECT DISTINCT d.author FROM (SELECT author, address FROM delivery WHERE rcpt = $1 \
             AND carries = 0 ORDER BY handle DESC LIMIT $2) d WHERE d.address IS NULL",
            other,
            limit
        )
    }
}
