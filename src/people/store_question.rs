//! Questions about strangers: which are open, when they are over, and of whom something waits.
//!
//! Every function that asks the database fails when that does not answer.

use uuid::Uuid;

use super::store::ConsentRow;
use crate::{
    db::{Result, Tx, pieces, sql, sql_rows},
    domain::clock::Millis,
};

impl Tx {
    /// The questions that `account` was asked after `since` and has not answered, the last first.
    pub(in crate::people) async fn open_questions(
        &mut self,
        account: &str,
        since: Millis,
    ) -> Result<Vec<ConsentRow>> {
        sql!(
            self,
            fetch_all,
            "SELECT account, other, verdict, since, number FROM consent \
             WHERE account = $1 AND verdict = 0 AND since > $2 AND number <> 0 \
             ORDER BY since DESC, number DESC LIMIT 100",
            account,
            since.0
        )
    }

    /// Up to `limit` people about whom `account` was asked and need not answer any more, from `since` on,
    /// the last first ([`Tx::end_questions`]).
    pub(in crate::people) async fn ended_questions(
        &mut self,
        account: &str,
        since: Millis,
        limit: i64,
    ) -> Result<Vec<String>> {
        sql!(
            self,
            scalar fetch_all,
            "SELECT other FROM consent WHERE account = $1 AND verdict = 0 AND since > $2 \
             AND number = 0 ORDER BY since DESC LIMIT $3",
            account,
            since.0,
            limit
        )
    }

    /// Up to `limit` authors behind `after`, by the name, of whom something is held for `rcpt`: the first
    /// share of each, and what `rcpt` has said about them, [`Verdict::code`], if that counts; a question
    /// and a no do until `since`. Goes from one to the next, however much is held of each.
    ///
    /// [`Verdict::code`]: crate::domain::consent::Verdict::code
    pub(in crate::people) async fn held_by(
        &mut self,
        rcpt: &str,
        after: &str,
        since: Millis,
        limit: i64,
    ) -> Result<Vec<(String, Option<Uuid>, Option<i64>)>> {
        sql!(
            self,
            fetch_all,
            "SELECT author, (SELECT h.id FROM delivery h WHERE h.rcpt = $1 AND h.author = a.author \
             AND h.state = 0 AND h.carries = 0 ORDER BY h.id LIMIT 1), \
             (SELECT c.verdict FROM consent c WHERE c.account = $1 AND c.other = a.author \
             AND (c.verdict IN (1, 3) OR c.since > $3)) FROM (WITH RECURSIVE next (author) AS ( \
             SELECT (SELECT d.author FROM delivery d WHERE d.rcpt = $1 AND d.state = 0 \
             AND d.author > $2 ORDER BY d.author LIMIT 1) \
             UNION ALL SELECT (SELECT d.author FROM delivery d WHERE d.rcpt = $1 \
             AND d.state = 0 AND d.author > next.author ORDER BY d.author LIMIT 1) FROM next \
             WHERE next.author IS NOT NULL) SELECT author FROM next LIMIT $4) a \
             WHERE author IS NOT NULL",
            rcpt,
            after,
            since.0,
            limit
        )
    }

    /// Of `pairs`, each a recipient and an author: those between whom something is held.
    pub(in crate::people) async fn held_between(
        &mut self,
        pairs: &[(String, String)],
    ) -> Result<Vec<(String, String)>> {
        let mut found = Vec::new();
        for some in pieces(pairs) {
            found.extend(sql_rows!(
                &mut *self, fetch_all,
                "SELECT v.column1, v.column2 FROM (VALUES {rows:2}) AS v WHERE (SELECT h.id \
                 FROM delivery h WHERE h.rcpt = v.column1 AND h.author = v.column2 \
                 AND h.state = 0 AND h.carries = 0 LIMIT 1) IS NOT NULL",
                [], some => |it| [&it.0, &it.1]
            )?);
        }
        Ok(found)
    }

    /// The number of the question that `account` was asked last; 0 when it was asked none.
    pub(in crate::people) async fn last_question(&mut self, account: &str) -> Result<i64> {
        let last: Option<(i64,)> =
            sql!(self, fetch_optional, "SELECT asked FROM account WHERE jid = $1", account)?;
        Ok(last.map_or(0, |(last,)| last))
    }

    /// Keeps that number.
    pub(in crate::people) async fn set_last_question(
        &mut self,
        account: &str,
        number: i64,
    ) -> Result<()> {
        sql!(self, execute, "UPDATE account SET asked = $2 WHERE jid = $1", account, number)?;
        Ok(())
    }

    /// Whether `account` has answered its question of this number after `since`.
    pub(crate) async fn has_answered(
        &mut self,
        account: &str,
        number: i64,
        since: Millis,
    ) -> Result<bool> {
        let found: Option<(Uuid,)> = sql!(
            self,
            fetch_optional,
            "SELECT d.id FROM delivery d JOIN consent c ON c.account = d.rcpt AND c.other = d.author \
             WHERE d.rcpt = $1 AND d.carries = -3 AND d.handle = $2 AND c.verdict <> 0 \
             AND c.since > $3 LIMIT 1",
            account,
            number,
            since.0
        )?;
        Ok(found.is_some())
    }

    /// Whether `account` was asked a question of this number after `since`, whatever became of it.
    pub(crate) async fn was_asked(
        &mut self,
        account: &str,
        number: i64,
        since: Millis,
    ) -> Result<bool> {
        let found: Option<(Uuid,)> = sql!(
            self,
            fetch_optional,
            "SELECT id FROM delivery WHERE rcpt = $1 AND carries = -3 AND handle = $2 \
             AND sent_at + 0 > $3 LIMIT 1",
            account,
            number,
            since.0
        )?;
        Ok(found.is_some())
    }

    /// Whether a question was sent to `rcpt`, or a card that waits for their word, not before `since`.
    pub(crate) async fn is_asked_since(&mut self, rcpt: &str, since: Millis) -> Result<bool> {
        let found: Option<(Uuid,)> = sql!(
            self,
            fetch_optional,
            "SELECT id FROM delivery WHERE rcpt = $1 AND sent_at >= $2 AND state IN (3, 4, 5, 6) \
             AND state < 7 AND handle + 0 > 0 AND (carries = -3 OR undecided = TRUE) LIMIT 1",
            rcpt,
            since.0
        )?;
        Ok(found.is_some())
    }

    /// Ends the questions between these, each whose it is and about whom, when nothing is held any
    /// more that they could be about. Answers which. They lose their number, and are known as if they
    /// had been asked at `since`: until they lapse nobody is asked about the same again.
    pub(in crate::people) async fn end_questions(
        &mut self,
        pairs: &[(String, String)],
        since: Millis,
    ) -> Result<Vec<(String, String)>> {
        let mut ended = Vec::new();
        for some in pieces(pairs) {
            ended.extend(sql_rows!(
                &mut *self, fetch_all,
                "UPDATE consent SET number = 0, since = $1 WHERE verdict = 0 AND number <> 0 \
                 AND (account, other) IN (VALUES {rows:2}) AND (SELECT h.id FROM delivery h WHERE h.rcpt = consent.account \
                 AND h.author = consent.other AND h.state = 0 AND h.carries = 0 LIMIT 1) IS NULL \
                 RETURNING account, other",
                [since.0], some => |it| [&it.0, &it.1]
            )?);
        }
        Ok(ended)
    }

    /// Ends up to `limit` questions about `other` that nothing is held for any more, as
    /// [`Tx::end_questions`] does. Answers whose they were.
    pub(in crate::people) async fn end_questions_about(
        &mut self,
        other: &str,
        since: Millis,
        limit: i64,
    ) -> Result<Vec<String>> {
        sql!(
            self,
            scalar fetch_all,
            "UPDATE consent SET number = 0, since = $3 WHERE (account, other) IN \
             (SELECT account, other FROM consent c \
             WHERE other = $1 AND verdict = 0 AND number <> 0 AND (SELECT h.id FROM delivery h \
             WHERE h.rcpt = c.account AND h.author = c.other AND h.state = 0 AND h.carries = 0 \
             LIMIT 1) IS NULL LIMIT $2) RETURNING account",
            other,
            limit,
            since.0
        )
    }

    /// Forgets up to `limit` questions that were asked at `until` or before. Answers whose they were.
    pub(in crate::people) async fn lapse_questions(
        &mut self,
        until: Millis,
        limit: i64,
    ) -> Result<Vec<String>> {
        sql!(
            self,
            scalar fetch_all,
            "DELETE FROM consent WHERE (account, other) IN (SELECT account, other FROM consent \
             WHERE verdict = 0 AND since <= $1 ORDER BY since LIMIT $2) RETURNING account",
            until.0,
            limit
        )
    }
}
