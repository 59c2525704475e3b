//! Who may show somebody something, and what waits for their word.

use std::borrow::Cow;

use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    db::{Result, Tx, pieces, sql, sql_rows},
    domain::{
        clock::Millis,
        consent::{Ask, Verdict},
        site::spellings,
    },
    outbox::store::{DeliveryRow, select_deliveries},
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

    /// When it was said.
    #[must_use]
    pub const fn since(&self) -> Millis {
        Millis(self.since)
    }

    /// What was said, if it counts at `now`.
    #[must_use]
    pub fn verdict(&self, now: Millis) -> Option<Verdict> {
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
    pub async fn consents(
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

    /// About how many others `account` has said `verdict`, counted to `most`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count_said(&mut self, account: &str, verdict: Verdict, most: i64) -> Result<i64> {
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
    pub async fn forget_lapsed(&mut self, account: &str, until: Millis, limit: i64) -> Result<u64> {
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
    pub async fn forget_blocks(&mut self, account: &str) -> Result<u64> {
        sql!(self, execute, "DELETE FROM consent WHERE account = $1 AND verdict = 3", account)
    }

    /// Up to `limit` of those whom `account` has blocked, the last first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn blocked_by(&mut self, account: &str, limit: i64) -> Result<Vec<String>> {
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

    /// `account` was asked about `senders`, before it joined, and need not be asked again.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn welcome(&mut self, account: &str, senders: &[String], now: Millis) -> Result<()> {
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
    pub async fn forget_consent(
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
    pub async fn forget_said(&mut self, account: &str, other: &str) -> Result<()> {
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

    /// Who has sent the last `limit` things that `other` was sent under their own address: whoever
    /// typed a number or mail address does not know them by it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn senders_to(&mut self, other: &str, limit: i64) -> Result<Vec<String>> {
        sql!(
            self,
            scalar fetch_all,
            "SELECT DISTINCT d.author FROM (SELECT author, address FROM delivery WHERE rcpt = $1 \
             AND carries = 0 ORDER BY handle DESC LIMIT $2) d WHERE d.address IS NULL",
            other,
            limit
        )
    }

    /// Up to `limit` authors behind `after`, by the name, of whom something waits for `rcpt`, or a card
    /// for their word. Goes from one to the next, however much waits of each.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn authors(&mut self, rcpt: &str, after: &str, limit: i64) -> Result<Vec<String>> {
        sql!(
            self,
            scalar fetch_all,
            "SELECT author FROM (WITH RECURSIVE next (author) AS ( \
             SELECT (SELECT MIN(author) FROM (SELECT author FROM (SELECT d.author FROM delivery d \
             WHERE d.rcpt = $1 AND d.state + 0 < 3 AND d.author > $2 ORDER BY d.author LIMIT 1) own \
             UNION ALL SELECT author FROM (SELECT d.author FROM delivery d WHERE d.rcpt = $1 \
             AND d.undecided = TRUE AND d.state + 0 < 7 AND d.author > $2 \
             ORDER BY d.author LIMIT 1) card) one) \
             UNION ALL SELECT (SELECT MIN(author) FROM (SELECT author FROM (SELECT d.author \
             FROM delivery d WHERE d.rcpt = $1 AND d.state + 0 < 3 AND d.author > next.author \
             ORDER BY d.author LIMIT 1) own \
             UNION ALL SELECT author FROM (SELECT d.author FROM delivery d WHERE d.rcpt = $1 \
             AND d.undecided = TRUE AND d.state + 0 < 7 AND d.author > next.author \
             ORDER BY d.author LIMIT 1) card) one) FROM next \
             WHERE next.author IS NOT NULL) SELECT author FROM next LIMIT $3) a \
             WHERE author IS NOT NULL",
            rcpt,
            after,
            limit
        )
    }

    /// Up to `limit` of what is held for `rcpt` of `author`, in the order in which it was accepted.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn held_of(
        &mut self,
        rcpt: &str,
        author: &str,
        limit: i64,
    ) -> Result<Vec<DeliveryRow>> {
        sql!(
            self,
            fetch_all,
            select_deliveries!(
                "WHERE rcpt = $1 AND author = $2 AND state = 0 ORDER BY id LIMIT $3"
            ),
            rcpt,
            author,
            limit
        )
    }

    /// `rcpt` has said `verdict` about `author`: the question is over, and after a no or a block all
    /// that has not left; but after a no not what `author` says about something of `rcpt`'s own. Of all
    /// that, `limit` at the most. Answers how much.
    /// [`Delivery::next`](crate::domain::delivery::Delivery::next) on `Cancel`, for many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn cancel_of(
        &mut self,
        rcpt: &str,
        author: &str,
        verdict: Verdict,
        limit: i64,
    ) -> Result<u64> {
        let never = Millis::NEVER.0;
        let asked = sql!(
            &mut *self,
            execute,
            "UPDATE delivery SET state = 9, due_at = $4 WHERE id IN (SELECT id FROM delivery \
             WHERE rcpt = $1 AND author = $2 AND carries = -3 AND state + 0 < 3 \
             ORDER BY id LIMIT $3)",
            rcpt,
            author,
            limit,
            never
        )?;
        if matches!(verdict, Verdict::Asked | Verdict::Yes) {
            return Ok(asked);
        }
        let more = sql!(
            self,
            execute,
            "UPDATE delivery SET state = 9, due_at = $4 WHERE id IN (SELECT d.id FROM delivery d \
             WHERE d.rcpt = $1 AND d.author = $2 AND d.state + 0 < 3 AND ($5 OR d.carries = 0 \
             OR EXISTS (SELECT 1 FROM delivery o WHERE o.id = d.about AND o.rcpt = $1)) \
             ORDER BY d.id LIMIT $3)",
            rcpt,
            author,
            limit.saturating_sub_unsigned(asked),
            never,
            verdict == Verdict::Blocked
        )?;
        Ok(asked + more)
    }

    /// Up to `limit` of what was accepted for `rcpt` behind `after` and before `end` and is held, in
    /// the order in which it was accepted, each with who has sent the share or written the note.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn held_for(
        &mut self,
        rcpt: &str,
        after: Uuid,
        end: Uuid,
        limit: i64,
    ) -> Result<Vec<(Uuid, String)>> {
        sql!(
            self,
            fetch_all,
            "SELECT d.id, d.author FROM delivery d WHERE d.rcpt = $1 AND d.state = 0 \
             AND d.state + 0 < 2 AND d.id > $2 AND d.id < $3 ORDER BY d.id LIMIT $4",
            rcpt,
            after,
            end,
            limit
        )
    }

    /// The last message to `rcpt` that they may answer, not before `since`: a share, a note, or a
    /// question.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn came_last(&mut self, rcpt: &str, since: Millis) -> Result<Option<DeliveryRow>> {
        sql!(
            self,
            fetch_optional,
            select_deliveries!(
                "WHERE rcpt = $1 AND sent_at >= $2 AND carries NOT IN (-1, -2) \
                 AND state IN (3, 4, 5, 6) AND state < 7 AND handle + 0 > 0 \
                 ORDER BY sent_at DESC, id DESC LIMIT 1"
            ),
            rcpt,
            since.0
        )
    }

    /// Those of `rcpts` for whom something is queued or parked already.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn waiting(&mut self, rcpts: &[String]) -> Result<Vec<String>> {
        let mut found = Vec::with_capacity(rcpts.len());
        for some in pieces(rcpts) {
            found.extend(sql_rows!(
                &mut *self, scalar fetch_all,
                "SELECT v.column1 FROM (VALUES {rows:1}) AS v WHERE EXISTS (SELECT 1 FROM delivery d \
                 WHERE d.rcpt = v.column1 AND d.state = 2) OR EXISTS (SELECT 1 FROM delivery d \
                 WHERE d.rcpt = v.column1 AND d.state = 1 AND d.state + 0 < 2)",
                [], some => |rcpt| [rcpt]
            )?);
        }
        Ok(found)
    }
}
