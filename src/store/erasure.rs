//! What goes when somebody leaves, beyond what goes with the row of his account.

use uuid::Uuid;

use super::db::{Result, Tx, pieces, sql, sql_rows};
use crate::domain::{clock::Millis, id::ShareId};

impl Tx {
    /// Everything that `account` did before `left` is to be removed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn insert_erasure(&mut self, account: &str, left: Millis) -> Result<()> {
        sql!(
            self,
            execute,
            "INSERT INTO erasure (account, left_at) VALUES ($1, $2) \
             ON CONFLICT (account) DO UPDATE SET left_at = excluded.left_at",
            account,
            left.0
        )?;
        Ok(())
    }

    /// One who has left, and when, of whom there is something left to be removed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn erasure(&mut self, now: Millis) -> Result<Option<(String, i64)>> {
        sql!(
            self,
            fetch_optional,
            "SELECT account, left_at FROM erasure WHERE left_at <= $1 LIMIT 1",
            now.0
        )
    }

    /// Nothing is left of `account`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end_erasure(&mut self, account: &str) -> Result<()> {
        sql!(self, execute, "DELETE FROM erasure WHERE account = $1", account)?;
        Ok(())
    }

    /// Up to `limit` shares that `sender` sent before `left`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn shares_sent_before(
        &mut self,
        sender: &str,
        left: Millis,
        limit: i64,
    ) -> Result<Vec<(Uuid,)>> {
        sql!(
            self,
            fetch_all,
            "SELECT id FROM share WHERE sender = $1 AND accepted_at <= $2 LIMIT $3",
            sender,
            left.0,
            limit
        )
    }

    /// Removes shares with all that is known of them: deliveries, conversations, links.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn delete_shares(&mut self, shares: &[ShareId]) -> Result<()> {
        for some in pieces(shares) {
            sql_rows!(
                &mut *self, execute,
                "DELETE FROM share WHERE id IN ({list})",
                [], some => |share| [share.0]
            )?;
        }
        Ok(())
    }

    /// Removes up to `limit` notes that `author` wrote before `left`, with the deliveries that
    /// carry them. Answers how many notes went.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn delete_notes_of(
        &mut self,
        author: &str,
        left: Millis,
        limit: i64,
    ) -> Result<usize> {
        let notes: Vec<(i64,)> = sql!(
            &mut *self,
            fetch_all,
            "SELECT no FROM note WHERE author = $1 AND said_at <= $2 LIMIT $3",
            author,
            left.0,
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
        Ok(notes.len())
    }

    /// What `jid` was sent is his no more: the senders keep the address that they typed, and
    /// nothing says any more that it was his. Everything on its way has been cancelled before.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn disown_received(&mut self, jid: &str) -> Result<()> {
        // What was said about it goes by the address of the conversation.
        sql!(
            &mut *self,
            execute,
            "UPDATE delivery SET handle = 0, rcpt = COALESCE((SELECT own.address FROM delivery own \
             WHERE own.id = delivery.about AND own.rcpt = $1), rcpt) \
             WHERE rcpt = $1 AND carries <> 0",
            jid
        )?;
        sql!(
            &mut *self,
            execute,
            "UPDATE delivery SET handle = 0, rcpt = COALESCE(address, rcpt), address = NULL \
             WHERE rcpt = $1 AND carries = 0",
            jid
        )?;
        Ok(())
    }

    /// Nobody knows any more with whose code `account` came.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget_redeemer(&mut self, account: &str) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE invitation SET redeemed_by = '' WHERE redeemed_by = $1",
            account
        )?;
        Ok(())
    }

    /// What `reporter` has complained about stays, without words, as of `pseudonym`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn disown_reports(&mut self, reporter: &str, pseudonym: &str) -> Result<()> {
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
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn withdraw_letters_of(&mut self, account: &str) -> Result<()> {
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
