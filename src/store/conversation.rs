//! Conversations: finding the delivery that a message belongs to, and what was said in it.

use uuid::Uuid;

use super::{
    db::{Result, Tx, sql},
    delivery::DeliveryRow,
    share::ShareRow,
};
use crate::domain::{
    clock::Millis,
    id::{DeliveryId, ShareId},
    note::NoteNo,
};

impl Tx {
    /// The delivery of a share that `rcpt` calls #`handle`. Numbers begin anew for who left and
    /// came back; the newest counts.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn delivery_numbered(
        &mut self,
        rcpt: &str,
        handle: i64,
    ) -> Result<Option<DeliveryRow>> {
        sql!(
            self,
            fetch_optional,
            "SELECT id, share_id, rcpt, handle, held, state, attempt, suspect, resent, due_at, \
             expires_at, fail, carries, about FROM delivery \
             WHERE rcpt = $1 AND handle = $2 AND carries = 0 ORDER BY id DESC LIMIT 1",
            rcpt,
            handle
        )
    }

    /// The share that its `sender` calls #`handle`; the newest of them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn share_numbered(&mut self, sender: &str, handle: i64) -> Result<Option<ShareRow>> {
        sql!(
            self,
            fetch_optional,
            "SELECT * FROM share WHERE sender = $1 AND handle = $2 ORDER BY id DESC LIMIT 1",
            sender,
            handle
        )
    }

    /// Every conversation about `share`: its delivery to each recipient.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn conversations(&mut self, share: ShareId) -> Result<Vec<DeliveryRow>> {
        sql!(
            self,
            fetch_all,
            "SELECT id, share_id, rcpt, handle, held, state, attempt, suspect, resent, due_at, \
             expires_at, fail, carries, about FROM delivery WHERE share_id = $1 AND carries = 0 \
             ORDER BY id",
            share.0
        )
    }

    /// What was sent to `rcpt` last, not before `since`: a share, or a note about one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn sent_last(&mut self, rcpt: &str, since: Millis) -> Result<Option<DeliveryRow>> {
        sql!(
            self,
            fetch_optional,
            "SELECT id, share_id, rcpt, handle, held, state, attempt, suspect, resent, due_at, \
             expires_at, fail, carries, about FROM delivery \
             WHERE rcpt = $1 AND sent_at >= $2 AND carries + 0 >= 0 AND state IN (3, 4, 5, 6) \
             AND state < 7 \
             ORDER BY sent_at DESC, id DESC LIMIT 1",
            rcpt,
            since.0
        )
    }

    /// The conversations, up to `limit`, of what was sent to `rcpt` not before `since`: shares, and
    /// notes about them, of which the last 200 are looked at. In no order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn talks_since(
        &mut self,
        rcpt: &str,
        since: Millis,
        limit: i64,
    ) -> Result<Vec<(Uuid,)>> {
        sql!(
            self,
            fetch_all,
            "SELECT DISTINCT COALESCE(about, id) FROM (SELECT about, id FROM delivery \
             WHERE rcpt = $1 AND sent_at >= $2 AND carries + 0 >= 0 AND state IN (3, 4, 5, 6) \
             AND state < 7 ORDER BY sent_at DESC, id DESC LIMIT 200) lately LIMIT $3",
            rcpt,
            since.0,
            limit
        )
    }

    /// The last message in the conversation `about`, whoever of the two it went to; the share
    /// itself is not one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn said_last(&mut self, about: DeliveryId) -> Result<Option<DeliveryRow>> {
        sql!(
            self,
            fetch_optional,
            "SELECT id, share_id, rcpt, handle, held, state, attempt, suspect, resent, due_at, \
             expires_at, fail, carries, about FROM delivery WHERE about = $1 AND carries > 0 \
             ORDER BY id DESC LIMIT 1",
            about.0
        )
    }

    /// The delivery of what `author` said last under this id of his client's.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn said_under(
        &mut self,
        author: &str,
        stanza_id: &str,
    ) -> Result<Option<DeliveryRow>> {
        sql!(
            self,
            fetch_optional,
            "SELECT id, share_id, rcpt, handle, held, state, attempt, suspect, resent, due_at, \
             expires_at, fail, carries, about FROM delivery WHERE carries > 0 AND carries = \
             (SELECT no FROM note WHERE author = $1 AND stanza_id = $2 ORDER BY no DESC LIMIT 1)",
            author,
            stanza_id
        )
    }

    /// Up to `limit` recipients of `share` who have ever said something about it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn answerers(&mut self, share: ShareId, limit: i64) -> Result<Vec<(String,)>> {
        sql!(
            self,
            fetch_all,
            "SELECT rcpt FROM delivery WHERE share_id = $1 AND carries = 0 AND \
             (SELECT n.no FROM note n WHERE n.share_id = delivery.share_id \
             AND n.author = delivery.rcpt AND n.kind <> 9 LIMIT 1) IS NOT NULL ORDER BY id LIMIT $2",
            share.0,
            limit
        )
    }

    /// Whether `rcpt` has let `sender` know that they are behind `address`, which was typed: by an answer
    /// to one of the last `limit` things that were sent there, or by taking a card.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn has_let_know(
        &mut self,
        rcpt: &str,
        sender: &str,
        address: &str,
        limit: i64,
    ) -> Result<bool> {
        let known: Option<(Uuid,)> = sql!(
            self,
            fetch_optional,
            "SELECT d.id FROM (SELECT id, share_id, rcpt FROM delivery WHERE address = $3 \
             AND address IS NOT NULL AND author = $2 ORDER BY id DESC LIMIT $4) d \
             WHERE d.rcpt = $1 AND (EXISTS (SELECT 1 FROM note n WHERE n.share_id = d.share_id \
             AND n.author = d.rcpt AND n.kind <> 9) OR EXISTS (SELECT 1 FROM tray t \
             WHERE t.delivery_id = d.id AND t.state = 1)) LIMIT 1",
            rcpt,
            sender,
            address,
            limit
        )?;
        Ok(known.is_some())
    }

    /// Forgets what a note said: its author has retracted it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn empty_note(&mut self, no: NoteNo) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE note SET text = '', recording = NULL, products = '' WHERE no = $1",
            no.0
        )?;
        Ok(())
    }
}
