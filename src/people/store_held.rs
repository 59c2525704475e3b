//! What waits for somebody, by who sent it, and for their word.
//!
//! Every function fails when the database does not answer.

use uuid::Uuid;

use crate::{
    db::{Result, Tx, pieces, sql, sql_rows},
    domain::{clock::Millis, consent::Verdict},
    outbox::store::{DeliveryRow, select_deliveries},
};

impl Tx {
    /// Up to `limit` authors behind `after`, by the name, of whom something waits for `rcpt`, or a card
    /// for their word. Goes from one to the next, however much waits of each.
    pub(crate) async fn authors(
        &mut self,
        rcpt: &str,
        after: &str,
        limit: i64,
    ) -> Result<Vec<String>> {
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
    pub(crate) async fn held_of(
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
    pub(crate) async fn cancel_of(
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
    pub(in crate::people) async fn held_for(
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
    pub(crate) async fn came_last(
        &mut self,
        rcpt: &str,
        since: Millis,
    ) -> Result<Option<DeliveryRow>> {
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
    pub(crate) async fn waiting(&mut self, rcpts: &[String]) -> Result<Vec<String>> {
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
