//! What is said about shares, and the deliveries that carry it or a revocation.

use sqlx::FromRow;

use super::store::{DeliveryRow, NewDelivery};
use crate::{
    db::{Result, Tx, pieces, sql, sql_rows},
    domain::{
        clock::Millis,
        delivery::State,
        id::{DeliveryId, ShareId},
        note::{Carries, Kind, Note, NoteNo, Reference},
    },
};

/// A note as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct NoteRow {
    /// Its number.
    pub no: i64,
    /// See [`Note::author`].
    pub author: String,
    /// See [`Note::author_nick`].
    pub author_nick: Option<String>,
    /// See [`Note::stanza_id`].
    pub stanza_id: String,
    kind: i64,
    refers: Option<String>,
    refers_own: bool,
    /// See [`Note::lang`].
    pub lang: Option<String>,
    /// See [`Note::text`].
    pub text: String,
    /// See [`Note::recording`].
    pub recording: Option<String>,
    /// See [`Note::products`].
    pub products: String,
    /// See [`Note::said`].
    pub said_at: i64,
}

impl NoteRow {
    /// The note and its number.
    #[must_use]
    pub(crate) fn note(self) -> (NoteNo, Note) {
        let is_own = self.refers_own;
        let note = Note {
            author: self.author,
            author_nick: self.author_nick,
            stanza_id: self.stanza_id,
            // One that a later version has written is shown as words.
            kind: Kind::from_code(self.kind).unwrap_or_default(),
            refers: self.refers.map(|id| Reference { id, is_own }),
            lang: self.lang,
            text: self.text,
            recording: self.recording,
            products: self.products,
            said: Millis(self.said_at),
        };
        (NoteNo(self.no), note)
    }
}

/// A delivery to be kept that carries something else than a share.
#[derive(Debug, Clone)]
pub struct NewNotice {
    /// As for a share.
    pub delivery: NewDelivery,
    /// What it carries.
    pub carries: Carries<NoteNo>,
    /// The delivery of the share that the conversation began with.
    pub about: DeliveryId,
}

/// A delivery of a share, with what its sender may be told of it.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct SentRow {
    /// The delivery.
    #[sqlx(flatten)]
    pub delivery: DeliveryRow,
    /// The last stream on which the server took it, or 0.
    pub stream: i64,
    /// When it was last written to a stream, or 0.
    pub sent_at: i64,
    /// Since when it counts as handed over, where that is not when it was last written.
    pub quiet_at: Option<i64>,
    /// When the recipient first said something about it, whether they are still there or not.
    pub answered_at: Option<i64>,
    /// When the recipient took it, if it is a card.
    pub taken_at: Option<i64>,
}

impl Tx {
    /// The deliveries of `share` itself, in the order they were accepted.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn sent(&mut self, share: ShareId) -> Result<Vec<SentRow>> {
        sql!(
            self,
            fetch_all,
            "SELECT id, share_id, rcpt, handle, held, state, attempt, suspect, resent, due_at, \
             expires_at, fail, carries, about, stream, sent_at, quiet_at, answered_at, \
             (SELECT decided_at FROM tray WHERE tray.delivery_id = delivery.id AND tray.state = 1) \
             AS taken_at FROM delivery WHERE share_id = $1 AND carries = 0 ORDER BY id",
            share.0
        )
    }

    /// Marks `share` as taken back. Answers whether it was not before.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn revoke_share(&mut self, share: ShareId, now: Millis) -> Result<bool> {
        let revoked = sql!(
            self,
            execute,
            "UPDATE share SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
            share.0,
            now.0
        )?;
        Ok(revoked == 1)
    }

    /// Cancels the deliveries of `share` itself that are not on their way.
    /// [`Delivery::next`](crate::domain::delivery::Delivery::next) on `Cancel`, for many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn cancel_share(&mut self, share: ShareId) -> Result<u64> {
        sql!(
            self,
            execute,
            "UPDATE delivery SET state = 9, due_at = $2 \
             WHERE share_id = $1 AND carries = 0 AND state < 3",
            share.0,
            Millis::NEVER.0
        )
    }

    /// Cancels up to `limit` of what was said about `share` and is held for whoever never had it.
    /// Answers how much. [`Delivery::next`] on `Cancel`, for many.
    ///
    /// [`Delivery::next`]: crate::domain::delivery::Delivery::next
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn cancel_held_notes(&mut self, share: ShareId, limit: i64) -> Result<u64> {
        sql!(
            self,
            execute,
            "UPDATE delivery SET state = 9, due_at = $2 WHERE id IN (SELECT id FROM delivery \
             WHERE share_id = $1 AND state = 0 AND carries > 0 LIMIT $3)",
            share.0,
            Millis::NEVER.0,
            limit
        )
    }

    /// Keeps what somebody says about `share`. Answers its number. When somebody has first answered what
    /// they were sent is kept with that, and stays when what they said goes.
    ///
    /// # Errors
    /// When the database does not answer, or there is no such share.
    pub async fn insert_note(&mut self, share: ShareId, note: &Note) -> Result<NoteNo> {
        if note.kind != Kind::Joined {
            sql!(
                &mut *self,
                execute,
                "UPDATE delivery SET answered_at = $3 WHERE share_id = $1 AND rcpt = $2 \
                 AND carries = 0 AND (answered_at IS NULL OR answered_at > $3)",
                share.0,
                &note.author,
                note.said.0
            )?;
        }
        let (no,): (i64,) = sql!(
            self,
            fetch_one,
            "INSERT INTO note (share_id, author, author_nick, stanza_id, kind, refers, refers_own, \
             lang, text, recording, products, said_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING no",
            share.0,
            &note.author,
            &note.author_nick,
            &note.stanza_id,
            note.kind.code(),
            note.refers.as_ref().map(|it| &it.id),
            note.refers.as_ref().is_some_and(|it| it.is_own),
            &note.lang,
            &note.text,
            &note.recording,
            &note.products,
            note.said.0
        )?;
        Ok(NoteNo(no))
    }

    /// Keeps the hash by which a note is known when it comes again.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn set_digest(&mut self, no: NoteNo, digest: &[u8]) -> Result<()> {
        sql!(self, execute, "UPDATE note SET digest = $2 WHERE no = $1", no.0, digest)?;
        Ok(())
    }

    /// Whether a note with this hash was kept after `since`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn was_said(&mut self, digest: &[u8], since: Millis) -> Result<bool> {
        let found: Option<(i64,)> = sql!(
            self,
            fetch_optional,
            "SELECT no FROM note WHERE digest = $1 AND digest IS NOT NULL AND said_at > $2 LIMIT 1",
            digest,
            since.0
        )?;
        Ok(found.is_some())
    }

    /// Whether `author` has said something about `share` after `since`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn has_said_since(
        &mut self,
        share: ShareId,
        author: &str,
        since: Millis,
    ) -> Result<bool> {
        let found: Option<(i64,)> = sql!(
            self,
            fetch_optional,
            "SELECT no FROM note WHERE share_id = $1 AND author = $2 AND said_at > $3 LIMIT 1",
            share.0,
            author,
            since.0
        )?;
        Ok(found.is_some())
    }

    /// The notes with these numbers.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn notes(&mut self, numbers: &[NoteNo]) -> Result<Vec<NoteRow>> {
        let mut found = Vec::with_capacity(numbers.len());
        for some in pieces(numbers) {
            found.extend(sql_rows!(
                &mut *self, fetch_all,
                "SELECT no, author, author_nick, stanza_id, kind, refers, refers_own, lang, text, \
                 recording, products, said_at FROM note WHERE no IN ({list})",
                [], some => |no| [no.0]
            )?);
        }
        Ok(found)
    }

    /// Keeps deliveries that carry something else than a share.
    ///
    /// # Errors
    /// When the database does not answer, or somebody would get the same thing twice.
    pub async fn insert_notices(&mut self, notices: &[NewNotice]) -> Result<()> {
        self.note_whether_queued(notices.iter().map(|it| &it.delivery.delivery));
        for some in pieces(notices) {
            sql_rows!(
                &mut *self, execute,
                "INSERT INTO delivery (id, share_id, rcpt, handle, held, state, attempt, suspect, \
                 resent, due_at, expires_at, stream, sent_at, author, carries, about) VALUES {rows:16}",
                [], some => |n| [
                    n.delivery.id.0, n.delivery.share.0, &n.delivery.rcpt, n.delivery.handle,
                    n.delivery.delivery.state == State::Held,
                    n.delivery.delivery.state.code(), 0_i64, 0_i64, 0_i64,
                    n.delivery.delivery.due.0, n.delivery.delivery.expires.0, 0_i64,
                    n.delivery.sent_at, &n.delivery.author, n.carries.code(), Some(n.about.0)
                ]
            )?;
        }
        Ok(())
    }
}
