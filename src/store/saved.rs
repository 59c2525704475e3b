//! Links to what somebody keeps of a share, and what was said about it.

use sqlx::FromRow;
use uuid::Uuid;

use super::{
    db::{Result, Tx, sql},
    delivery::DeliveryRow,
    note::NoteRow,
};
use crate::domain::{
    clock::Millis,
    id::{DeliveryId, ShareId},
};

/// A link, by the hash of its token.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct SavedRow {
    /// SHA-256 of the token.
    pub hash: Vec<u8>,
    /// Whose it is.
    pub account: String,
    /// What is kept.
    pub share_id: Uuid,
    /// The one conversation that a recipient sees; none for the sender, who sees all.
    pub about: Option<Uuid>,
    /// When it ends.
    pub expires_at: i64,
}

/// A note with the delivery that carries it.
#[derive(Debug, Clone, FromRow)]
pub struct SaidRow {
    /// To whom it went, and how far it came.
    #[sqlx(flatten)]
    pub delivery: DeliveryRow,
    /// What was said.
    #[sqlx(flatten)]
    pub note: NoteRow,
}

impl Tx {
    /// Keeps a link.
    ///
    /// # Errors
    /// When the database does not answer, or account or share are gone.
    pub async fn insert_saved(&mut self, saved: &SavedRow) -> Result<()> {
        sql!(
            self,
            execute,
            "INSERT INTO saved (hash, account, share_id, about, expires_at) \
             VALUES ($1, $2, $3, $4, $5)",
            &saved.hash,
            &saved.account,
            saved.share_id,
            saved.about,
            saved.expires_at
        )?;
        Ok(())
    }

    /// The link with this hash.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn saved(&mut self, hash: &[u8]) -> Result<Option<SavedRow>> {
        sql!(
            self,
            fetch_optional,
            "SELECT hash, account, share_id, about, expires_at FROM saved WHERE hash = $1",
            hash
        )
    }

    /// Forgets all links of `account` but the `most` that end last.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn keep_saved(&mut self, account: &str, most: i64) -> Result<u64> {
        sql!(
            self,
            execute,
            // SQLite knows no OFFSET without a LIMIT; nobody has more than a few.
            "DELETE FROM saved WHERE hash IN (SELECT hash FROM saved WHERE account = $1 \
             ORDER BY expires_at DESC LIMIT 1000 OFFSET $2)",
            account,
            most
        )
    }

    /// Forgets links that ended before `before`, at most `limit`. Answers how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn delete_old_saved(&mut self, before: Millis, limit: i64) -> Result<u64> {
        sql!(
            self,
            execute,
            "DELETE FROM saved WHERE hash IN (SELECT hash FROM saved WHERE expires_at < $1 \
             LIMIT $2)",
            before.0,
            limit
        )
    }

    /// What was said about `share`, in all conversations or in `about` only: the last `limit`
    /// notes, the newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn said(
        &mut self,
        share: ShareId,
        about: Option<DeliveryId>,
        limit: i64,
    ) -> Result<Vec<SaidRow>> {
        sql!(
            self,
            fetch_all,
            "SELECT d.id, d.share_id, d.rcpt, d.handle, d.held, d.state, d.attempt, d.suspect, \
             d.resent, d.due_at, d.expires_at, d.fail, d.carries, d.about, n.no, n.author, \
             n.author_nick, n.stanza_id, n.kind, n.refers, n.refers_own, n.lang, n.text, \
             n.recording, n.products, n.said_at FROM delivery d JOIN note n ON n.no = d.carries \
             WHERE d.share_id = $1 AND d.carries > 0 AND d.about = COALESCE($2, d.about) \
             ORDER BY n.no DESC LIMIT $3",
            share.0,
            about.map(|it| it.0),
            limit
        )
    }
}
