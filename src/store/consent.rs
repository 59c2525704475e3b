//! Who may show somebody something, and what waits for his word.

use sqlx::FromRow;

use super::{
    db::{Result, Tx, pieces, sql, sql_rows},
    delivery::DeliveryRow,
};
use crate::domain::{
    clock::Millis,
    consent::{Ask, Verdict},
};

/// What somebody has said about somebody else.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ConsentRow {
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
    pub fn new(account: &str, other: &str, verdict: Verdict, since: Millis, number: i64) -> Self {
        let (account, other) = (account.to_owned(), other.to_owned());
        Self { account, other, verdict: verdict.code(), since: since.0, number }
    }

    /// What he said, if it counts at `now`.
    #[must_use]
    pub fn verdict(&self, now: Millis) -> Option<Verdict> {
        let verdict = Verdict::from_code(self.verdict);
        Some(verdict).filter(|it| it.counts(Millis(self.since), now))
    }
}

/// What has not left yet, and on whose behalf it comes.
#[derive(Debug, Clone, FromRow)]
pub struct WaitingRow {
    /// The delivery.
    #[sqlx(flatten)]
    pub delivery: DeliveryRow,
    /// Who has sent the share, or written the note.
    pub author: String,
}

impl Tx {
    /// What those of `accounts` have said about `sender` or his `domain`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn consents(
        &mut self,
        sender: &str,
        domain: &str,
        accounts: &[String],
    ) -> Result<Vec<ConsentRow>> {
        let mut found = Vec::new();
        for some in pieces(accounts) {
            found.extend(sql_rows!(
                &mut *self, fetch_all,
                "SELECT account, other, verdict, since, number FROM consent \
                 WHERE other IN ($1, $2) AND account IN ({list})",
                [sender, domain], some => |account| [account]
            )?);
        }
        Ok(found)
    }

    /// Keeps what people have said; what they said before about the same goes.
    ///
    /// # Errors
    /// When the database does not answer, or one of them has no account.
    pub async fn set_consents(&mut self, rows: &[ConsentRow]) -> Result<()> {
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

    /// The questions that `account` was asked after `since` and has not answered, the last first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open_questions(
        &mut self,
        account: &str,
        since: Millis,
    ) -> Result<Vec<ConsentRow>> {
        sql!(
            self,
            fetch_all,
            "SELECT account, other, verdict, since, number FROM consent \
             WHERE account = $1 AND verdict = 0 AND since > $2 ORDER BY since DESC, number DESC",
            account,
            since.0
        )
    }

    /// Up to `limit` of those whom `account` has blocked, the last first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn blocked_by(&mut self, account: &str, limit: i64) -> Result<Vec<(String,)>> {
        sql!(
            self,
            fetch_all,
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
    pub async fn blocked_before(
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

    /// Whoever has sent something that is held for `account` need not be asked about.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn welcome_senders(&mut self, account: &str, now: Millis) -> Result<()> {
        sql!(
            self,
            execute,
            "INSERT INTO consent (account, other, verdict, since, number) \
             SELECT DISTINCT d.rcpt, s.sender, 1, CAST($2 AS BIGINT), 0 \
             FROM delivery d JOIN share s ON s.id = d.share_id \
             WHERE d.rcpt = $1 AND d.state = 0 AND d.state < 7 \
             ON CONFLICT (account, other) DO NOTHING",
            account,
            now.0
        )?;
        Ok(())
    }

    /// Forgets that `account` has said `verdict` about `other`. Answers whether he had.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget_consent(
        &mut self,
        account: &str,
        other: &str,
        verdict: Verdict,
    ) -> Result<bool> {
        let forgotten = sql!(
            self,
            execute,
            "DELETE FROM consent WHERE account = $1 AND other = $2 AND verdict = $3",
            account,
            other,
            verdict.code()
        )?;
        Ok(forgotten == 1)
    }

    /// Notes whether `account` has refused or blocked anybody.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn note_guarded(&mut self, account: &str) -> Result<()> {
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
    pub async fn set_ask(&mut self, account: &str, ask: Ask) -> Result<()> {
        sql!(self, execute, "UPDATE account SET ask = $2 WHERE jid = $1", account, ask.code())?;
        Ok(())
    }

    /// Whether `account` has sent something to `other` in the last 30 days, as far as is known.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn has_sent(&mut self, account: &str, other: &str) -> Result<bool> {
        // In this order: whoever asks is a stranger and was sent little; the other may be a shop.
        let found: Option<(i64,)> = sql!(
            self,
            fetch_optional,
            "SELECT d.carries FROM delivery d CROSS JOIN share s \
             WHERE s.id = d.share_id AND s.sender = $1 AND d.rcpt = $2 AND d.carries = 0 LIMIT 1",
            account,
            other
        )?;
        Ok(found.is_some())
    }

    /// What waits for `rcpt` and is not on its way, in the order in which it was accepted.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn waiting_for(&mut self, rcpt: &str) -> Result<Vec<WaitingRow>> {
        sql!(
            self,
            fetch_all,
            "SELECT d.id, d.share_id, d.rcpt, d.handle, d.held, d.state, d.attempt, d.suspect, \
             d.resent, d.due_at, d.expires_at, d.fail, d.carries, d.about, \
             COALESCE(n.author, s.sender) AS author \
             FROM delivery d JOIN share s ON s.id = d.share_id LEFT JOIN note n ON n.no = d.carries \
             WHERE d.rcpt = $1 AND d.state IN (0, 1, 2) AND d.state < 7 ORDER BY d.id",
            rcpt
        )
    }

    /// The last message to `rcpt` that he may answer, not before `since`: a share, a note, or a
    /// question.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn came_last(&mut self, rcpt: &str, since: Millis) -> Result<Option<DeliveryRow>> {
        sql!(
            self,
            fetch_optional,
            "SELECT id, share_id, rcpt, handle, held, state, attempt, suspect, resent, due_at, \
             expires_at, fail, carries, about FROM delivery \
             WHERE rcpt = $1 AND sent_at >= $2 AND carries NOT IN (-1, -2) AND state IN (3, 4, 5, 6) \
             AND state < 7 ORDER BY sent_at DESC, id DESC LIMIT 1",
            rcpt,
            since.0
        )
    }

    /// Lets `jid` send nothing any more, also after he has left and come back. Answers whether he
    /// could.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn bar(&mut self, jid: &str, now: Millis) -> Result<bool> {
        let barred = sql!(
            self,
            execute,
            "INSERT INTO bar (jid, since) VALUES ($1, $2) ON CONFLICT (jid) DO NOTHING",
            jid,
            now.0
        )?;
        sql!(self, execute, "UPDATE account SET barred = TRUE WHERE jid = $1", jid)?;
        Ok(barred == 1)
    }

    /// Lets `jid` send again. Answers whether he could not.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn unbar(&mut self, jid: &str) -> Result<bool> {
        let barred = sql!(self, execute, "DELETE FROM bar WHERE jid = $1", jid)?;
        sql!(self, execute, "UPDATE account SET barred = FALSE WHERE jid = $1", jid)?;
        Ok(barred == 1)
    }
}
