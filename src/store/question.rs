//! Questions about strangers: which are open, and of whom something waits unasked.

use uuid::Uuid;

use super::{
    consent::ConsentRow,
    db::{Result, Tx, sql},
};
use crate::domain::clock::Millis;

impl Tx {
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
             WHERE account = $1 AND verdict = 0 AND since > $2 ORDER BY since DESC, number DESC \
             LIMIT 100",
            account,
            since.0
        )
    }

    /// Of up to `limit` authors behind `after`, by the name, of whom something is held for `rcpt`: those
    /// about whom they have said nothing that counts and were not asked after `since`, and the first
    /// share of each. Goes from one to the next, however much is held of each.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn unasked(
        &mut self,
        rcpt: &str,
        after: &str,
        since: Millis,
        limit: i64,
    ) -> Result<Vec<(String, Option<Uuid>)>> {
        sql!(
            self,
            fetch_all,
            "SELECT author, (SELECT h.id FROM delivery h WHERE h.rcpt = $1 AND h.author = a.author \
             AND h.state = 0 AND h.carries = 0 ORDER BY h.id LIMIT 1) \
             FROM (WITH RECURSIVE next (author) AS ( \
             SELECT (SELECT d.author FROM delivery d WHERE d.rcpt = $1 AND d.state = 0 \
             AND d.author > $2 ORDER BY d.author LIMIT 1) \
             UNION ALL SELECT (SELECT d.author FROM delivery d WHERE d.rcpt = $1 \
             AND d.state = 0 AND d.author > next.author ORDER BY d.author LIMIT 1) FROM next \
             WHERE next.author IS NOT NULL) SELECT author FROM next LIMIT $4) a \
             WHERE author IS NOT NULL AND NOT EXISTS (SELECT 1 FROM consent c \
             WHERE c.account = $1 AND c.other = a.author AND (c.verdict IN (1, 3) OR c.since > $3))",
            rcpt,
            after,
            since.0,
            limit
        )
    }
}
