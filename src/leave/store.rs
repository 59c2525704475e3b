//! What goes when somebody leaves, beyond what goes with the row of their account.
//!
//! Every function that asks the database fails when that does not answer.

use uuid::Uuid;

use crate::{
    db::{Result, Tx, pieces, sql, sql_rows},
    domain::{clock::Millis, id::DeliveryId, note::NoteNo, unfinished::Unfinished},
};

impl Tx {
    /// Keeps that something is removed by this transaction, which the log holds until it is emptied.
    /// `id` is a new one.
    pub(crate) async fn put_removal(&mut self, id: Uuid) -> Result<()> {
        sql!(
            self,
            execute,
            "INSERT INTO unfinished (account, kind, other, since, due_at) \
             VALUES ('', $1, $2, 0, $3)",
            Unfinished::Removed.code(),
            id.to_string(),
            Millis::NEVER.0
        )?;
        Ok(())
    }

    /// Up to `limit` removals behind which the log was not emptied.
    pub(crate) async fn removals(&mut self, limit: i64) -> Result<Vec<String>> {
        sql!(
            self,
            scalar fetch_all,
            "SELECT other FROM unfinished WHERE account = '' AND kind = $1 LIMIT $2",
            Unfinished::Removed.code(),
            limit
        )
    }

    /// Behind these removals the log was emptied.
    pub(crate) async fn forget_removals(&mut self, removals: &[String]) -> Result<()> {
        for some in pieces(removals) {
            sql_rows!(
                &mut *self, execute,
                "DELETE FROM unfinished WHERE account = '' AND kind = $1 AND other IN ({list})",
                [Unfinished::Removed.code()], some => |removal| [removal]
            )?;
        }
        Ok(())
    }

    /// Whether a card is left of those that `account` has collected.
    pub(crate) async fn has_collected(&mut self, account: &str) -> Result<bool> {
        let found: Option<(i64,)> = sql!(
            self,
            fetch_optional,
            "SELECT handle FROM collected WHERE account = $1 LIMIT 1",
            account
        )?;
        Ok(found.is_some())
    }

    /// Removes up to `limit` cards that `account` collected before `end`. Answers how many.
    pub(crate) async fn delete_collected_of(
        &mut self,
        account: &str,
        end: Uuid,
        limit: i64,
    ) -> Result<u64> {
        sql!(
            self,
            execute,
            "DELETE FROM collected WHERE id IN \
             (SELECT id FROM collected WHERE account = $1 AND id < $2 LIMIT $3)",
            account,
            end,
            limit
        )
    }

    /// Whether an invitation is left of `inviter`'s, who need not have an account.
    pub(crate) async fn has_invited(&mut self, inviter: &str) -> Result<bool> {
        let found: Option<(i64,)> = sql!(
            self,
            fetch_optional,
            "SELECT made_at FROM invitation WHERE inviter = $1 LIMIT 1",
            inviter
        )?;
        Ok(found.is_some())
    }

    /// Removes up to `limit` invitations that `inviter` wanted before `end`. Answers how many.
    pub(in crate::leave) async fn delete_invitations_of(
        &mut self,
        inviter: &str,
        end: Uuid,
        limit: i64,
    ) -> Result<u64> {
        sql!(
            self,
            execute,
            "DELETE FROM invitation WHERE id IN \
             (SELECT id FROM invitation WHERE inviter = $1 AND id < $2 LIMIT $3)",
            inviter,
            end,
            limit
        )
    }

    /// Whether something is left of what `account`, which need not be there, has said about others.
    pub(crate) async fn has_said(&mut self, account: &str) -> Result<bool> {
        let found: Option<(i64,)> = sql!(
            self,
            fetch_optional,
            "SELECT verdict FROM consent WHERE account = $1 LIMIT 1",
            account
        )?;
        Ok(found.is_some())
    }

    /// Forgets up to `limit` of what `account` has said about others, unless it is there. Answers how
    /// much.
    pub(in crate::leave) async fn delete_consents_of(
        &mut self,
        account: &str,
        limit: i64,
    ) -> Result<u64> {
        sql!(
            self,
            execute,
            "DELETE FROM consent WHERE account = $1 AND other IN \
             (SELECT other FROM consent WHERE account = $1 LIMIT $2) \
             AND NOT EXISTS (SELECT 1 FROM account a WHERE a.jid = $1)",
            account,
            limit
        )
    }

    /// Up to `limit` shares that `sender` sent before `end`, and how many recipients each has.
    pub(crate) async fn shares_sent_before(
        &mut self,
        sender: &str,
        end: Uuid,
        limit: i64,
    ) -> Result<Vec<(Uuid, i64)>> {
        sql!(
            self,
            fetch_all,
            "SELECT id, recipients FROM share WHERE sender = $1 AND id < $2 LIMIT $3",
            sender,
            end,
            limit
        )
    }

    /// The last note of all that there are: whatever is said later has a greater number.
    pub(crate) async fn last_note(&mut self) -> Result<NoteNo> {
        let (last,): (Option<i64>,) = sql!(self, fetch_one, "SELECT MAX(no) FROM note")?;
        Ok(NoteNo(last.unwrap_or(0)))
    }

    /// Removes up to `limit` notes that `author` wrote, `last` and what was said before it, with the
    /// deliveries that carry them. Answers how many notes went. When they were said is no measure: the
    /// clock may have gone back.
    pub(crate) async fn delete_notes_of(
        &mut self,
        author: &str,
        last: NoteNo,
        limit: i64,
    ) -> Result<u64> {
        let notes: Vec<(i64,)> = sql!(
            &mut *self,
            fetch_all,
            "SELECT no FROM note WHERE author = $1 AND no <= $2 LIMIT $3",
            author,
            last.0,
            limit
        )?;
        for some in pieces(&notes) {
            sql_rows!(
                &mut *self, execute,
                "DELETE FROM delivery WHERE carries > 0 AND carries IN ({list})",
                [], some => |note| [note.0]
            )?;
            sql_rows!(
                &mut *self, execute,
                "DELETE FROM note WHERE no IN ({list})",
                [], some => |note| [note.0]
            )?;
        }
        Ok(notes.len() as u64)
    }

    /// Up to `limit` of what `jid` was sent, behind `place`: its names, what it carries, and its
    /// numbers, in the order of the last two and the names. A place is what is carried, a number and a
    /// name.
    pub(in crate::leave) async fn received(
        &mut self,
        jid: &str,
        (carries, handle, id): (i64, i64, Uuid),
        limit: i64,
    ) -> Result<Vec<(Uuid, i64, i64)>> {
        sql!(
            self,
            fetch_all,
            "SELECT id, carries, handle FROM delivery WHERE rcpt = $1 \
             AND (carries, handle, id) > ($2, $3, $4) ORDER BY carries, handle, id LIMIT $5",
            jid,
            carries,
            handle,
            id,
            limit
        )
    }

    /// Of these, what was said to somebody and is over is theirs no more: it goes to the address that
    /// the sender of its conversation typed.
    pub(in crate::leave) async fn disown_said(&mut self, ids: &[DeliveryId]) -> Result<()> {
        for some in pieces(ids) {
            sql_rows!(
                &mut *self, execute,
                "UPDATE delivery SET handle = 0, rcpt = COALESCE((SELECT own.address \
                 FROM delivery own WHERE own.id = delivery.about AND own.rcpt = delivery.rcpt), rcpt) \
                 WHERE state > 4 AND id IN ({list})",
                [], some => |id| [id.0]
            )?;
        }
        Ok(())
    }

    /// Of these, what somebody was sent and is over is theirs no more: the senders keep the address that
    /// they typed, and nothing says any more whose that was. What was said about it goes before
    /// ([`Tx::disown_said`]).
    pub(in crate::leave) async fn disown_received(&mut self, ids: &[DeliveryId]) -> Result<()> {
        for some in pieces(ids) {
            sql_rows!(
                &mut *self, execute,
                "UPDATE delivery SET handle = 0, rcpt = COALESCE(address, rcpt), address = NULL \
                 WHERE state > 4 AND id IN ({list})",
                [], some => |id| [id.0]
            )?;
        }
        Ok(())
    }

    /// Up to `limit` do not know any more that `account` came with their code. Answers how many.
    pub(in crate::leave) async fn forget_redeemer(
        &mut self,
        account: &str,
        limit: i64,
    ) -> Result<u64> {
        sql!(
            self,
            execute,
            "UPDATE invitation SET redeemed_by = '' WHERE id IN (SELECT id FROM invitation \
             WHERE redeemed_by = $1 LIMIT $2)",
            account,
            limit
        )
    }

    /// What `reporter` has complained about stays, without words, as of `pseudonym`.
    pub(in crate::leave) async fn disown_reports(
        &mut self,
        reporter: &str,
        pseudonym: &str,
    ) -> Result<()> {
        // The same complaint from before an earlier leaving says nothing more.
        sql!(
            &mut *self,
            execute,
            "DELETE FROM report WHERE reporter = $2 AND EXISTS (SELECT 1 FROM report later \
             WHERE later.reporter = $1 AND later.accused = report.accused \
             AND later.ref_code = report.ref_code)",
            reporter,
            pseudonym
        )?;
        sql!(
            self,
            execute,
            "UPDATE report SET reporter = $2, text = '' WHERE reporter = $1",
            reporter,
            pseudonym
        )?;
        Ok(())
    }

    /// Withdraws every letter of `account` that has not left. What is being sent is not stopped.
    pub(in crate::leave) async fn withdraw_letters_of(&mut self, account: &str) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE letter SET state = 4, subject = '', text = '', stop = NULL \
             WHERE account = $1 AND state = 0",
            account
        )?;
        Ok(())
    }
}
