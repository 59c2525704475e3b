//! Conversations: finding the delivery that a message belongs to, and what was said in it.
//!
//! Every function that asks the database fails when that does not answer.

#![expect(clippy::missing_errors_doc, reason = "said once, above")]

use uuid::Uuid;

use crate::{
    db::{Result, Tx, sql},
    domain::{
        clock::Millis,
        id::{DeliveryId, ShareId},
        note::NoteNo,
    },
    outbox::store::{DeliveryRow, select_deliveries},
    share::store::ShareRow,
};

impl Tx {
    /// The delivery of a share that `rcpt` calls #`handle`. Numbers begin anew for who left and
    /// came back; the newest counts.
    pub(crate) async fn delivery_numbered(
        &mut self,
        rcpt: &str,
        handle: i64,
    ) -> Result<Option<DeliveryRow>> {
        sql!(
            self,
            fetch_optional,
            select_deliveries!(
                "WHERE rcpt = $1 AND handle = $2 AND carries = 0 ORDER BY id DESC LIMIT 1"
            ),
            rcpt,
            handle
        )
    }

    /// The share that its `sender` calls #`handle`; the newest of them.
    pub(crate) async fn share_numbered(
        &mut self,
        sender: &str,
        handle: i64,
    ) -> Result<Option<ShareRow>> {
        sql!(
            self,
            fetch_optional,
            "SELECT * FROM share WHERE sender = $1 AND handle = $2 ORDER BY id DESC LIMIT 1",
            sender,
            handle
        )
    }

    /// Every conversation about `share`: its delivery to each recipient.
    pub async fn conversations(&mut self, share: ShareId) -> Result<Vec<DeliveryRow>> {
        sql!(
            self,
            fetch_all,
            select_deliveries!("WHERE share_id = $1 AND carries = 0 ORDER BY id"),
            share.0
        )
    }

    /// What was sent to `rcpt` last, not before `since`: a share, or a note about one. What they had
    /// before they left has no number, and was sent to somebody else.
    pub(in crate::talk) async fn sent_last(
        &mut self,
        rcpt: &str,
        since: Millis,
    ) -> Result<Option<DeliveryRow>> {
        sql!(
            self,
            fetch_optional,
            select_deliveries!(
                "WHERE rcpt = $1 AND sent_at >= $2 AND carries + 0 >= 0 \
                 AND state IN (3, 4, 5, 6) AND state < 7 AND handle + 0 > 0 \
                 ORDER BY sent_at DESC, id DESC LIMIT 1"
            ),
            rcpt,
            since.0
        )
    }

    /// The conversations of what was sent to `rcpt` not before `since`: shares, and notes about them, of
    /// which the last 200 are looked at. In no order.
    pub(in crate::talk) async fn talks_since(
        &mut self,
        rcpt: &str,
        since: Millis,
    ) -> Result<Vec<Uuid>> {
        sql!(
            self,
            scalar fetch_all,
            "SELECT DISTINCT COALESCE(about, id) FROM (SELECT about, id FROM delivery \
             WHERE rcpt = $1 AND sent_at >= $2 AND carries + 0 >= 0 AND state IN (3, 4, 5, 6) \
             AND state < 7 AND handle + 0 > 0 ORDER BY sent_at DESC, id DESC LIMIT 200) lately",
            rcpt,
            since.0
        )
    }

    /// The last message in the conversation `about`, whoever of the two it went to; the share
    /// itself is not one.
    pub(crate) async fn said_last(&mut self, about: DeliveryId) -> Result<Option<DeliveryRow>> {
        sql!(
            self,
            fetch_optional,
            select_deliveries!("WHERE about = $1 AND carries > 0 ORDER BY id DESC LIMIT 1"),
            about.0
        )
    }

    /// How many messages there are in the conversation `about`, whatever has become of them; `most` at the
    /// most.
    pub(in crate::talk) async fn count_notes(
        &mut self,
        about: DeliveryId,
        most: i64,
    ) -> Result<i64> {
        let (n,): (i64,) = sql!(
            self,
            fetch_one,
            "SELECT COUNT(*) FROM (SELECT 1 FROM delivery WHERE about = $1 AND carries > 0 \
             LIMIT $2) said",
            about.0,
            most
        )?;
        Ok(n)
    }

    /// The delivery of what `author` said last under this id of their client's.
    pub(in crate::talk) async fn said_under(
        &mut self,
        author: &str,
        stanza_id: &str,
    ) -> Result<Option<DeliveryRow>> {
        sql!(
            self,
            fetch_optional,
            select_deliveries!(
                "WHERE carries > 0 AND carries = (SELECT no FROM note WHERE author = $1 \
                 AND stanza_id = $2 ORDER BY no DESC LIMIT 1)"
            ),
            author,
            stanza_id
        )
    }

    /// What `author` said last under this id of their client's goes by it no more. Whatever comes
    /// under it does so, and nothing before that has it still.
    pub(crate) async fn unname_note(&mut self, author: &str, stanza_id: &str) -> Result<()> {
        if stanza_id.is_empty() {
            return Ok(());
        }
        sql!(
            self,
            execute,
            "UPDATE note SET stanza_id = '' WHERE no = \
             (SELECT no FROM note WHERE author = $1 AND stanza_id = $2 ORDER BY no DESC LIMIT 1)",
            author,
            stanza_id
        )?;
        Ok(())
    }

    /// Up to `limit` recipients of `share` who have ever said something about it.
    pub(in crate::talk) async fn answerers(
        &mut self,
        share: ShareId,
        limit: i64,
    ) -> Result<Vec<String>> {
        sql!(
            self,
            scalar fetch_all,
            "SELECT rcpt FROM delivery WHERE share_id = $1 AND carries = 0 \
             AND answered_at IS NOT NULL ORDER BY id LIMIT $2",
            share.0,
            limit
        )
    }

    /// Whether the last reaction of `author` in the conversation `about`, to the message that its reader
    /// knows as `refers` or to one that they do not have, was none that was taken back: among the last
    /// 200 things that `author` has said about `share`.
    pub(crate) async fn has_reacted(
        &mut self,
        share: ShareId,
        author: &str,
        about: DeliveryId,
        refers: Option<&str>,
    ) -> Result<bool> {
        let last: Option<(String,)> = sql!(
            self,
            fetch_optional,
            "SELECT n.text FROM (SELECT no, kind, refers, text FROM note WHERE share_id = $1 \
             AND author = $2 ORDER BY said_at DESC LIMIT 200) n \
             JOIN delivery d ON d.carries = n.no AND d.carries > 0 WHERE n.kind = 2 \
             AND d.about = $3 AND (n.refers IS NULL OR n.refers = $4) ORDER BY n.no DESC LIMIT 1",
            share.0,
            author,
            about.0,
            refers
        )?;
        Ok(last.is_some_and(|(emoji,)| !emoji.is_empty()))
    }

    /// Whether `rcpt` has let `sender` know that they are behind `address`, which was typed: by an answer
    /// to one of the last `limit` things that were sent there, or by taking a card.
    pub(crate) async fn has_let_know(
        &mut self,
        rcpt: &str,
        sender: &str,
        address: &str,
        limit: i64,
    ) -> Result<bool> {
        let known: Option<(Uuid,)> = sql!(
            self,
            fetch_optional,
            "SELECT d.id FROM (SELECT id, rcpt, answered_at FROM delivery WHERE address = $3 \
             AND address IS NOT NULL AND author = $2 ORDER BY id DESC LIMIT $4) d \
             WHERE d.rcpt = $1 AND (d.answered_at IS NOT NULL OR EXISTS (SELECT 1 FROM tray t \
             WHERE t.delivery_id = d.id AND t.state = 1)) LIMIT 1",
            rcpt,
            sender,
            address,
            limit
        )?;
        Ok(known.is_some())
    }

    /// Forgets what a note said: its author has retracted it.
    pub(in crate::talk) async fn empty_note(&mut self, no: NoteNo) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE note SET text = '', recording = NULL, products = '' WHERE no = $1",
            no.0
        )?;
        Ok(())
    }
}
