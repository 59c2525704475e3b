//! Links to what somebody keeps of a share, and what was said about it.

use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    db::{Result, Tx, sql},
    domain::{
        clock::Millis,
        id::{DeliveryId, ShareId},
        note::NoteNo,
    },
    outbox::store::DeliveryRow,
};

/// A link, by the hash of its token.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(in crate::share) struct SavedRow {
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

/// A note with the delivery that carries it, and how much it says in place of what.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct SaidRow {
    /// To whom it went, and how far it came.
    #[sqlx(flatten)]
    pub delivery: DeliveryRow,
    /// Its number.
    pub no: i64,
    /// See [`Note::author`](crate::domain::note::Note::author).
    pub author: String,
    /// See [`Note::author_nick`](crate::domain::note::Note::author_nick).
    pub author_nick: Option<String>,
    /// See [`Note::stanza_id`](crate::domain::note::Note::stanza_id).
    pub stanza_id: String,
    /// See [`Kind::code`](crate::domain::note::Kind::code).
    pub kind: i64,
    /// The id of the message that it refers to.
    pub refers: Option<String>,
    /// Whether its reader wrote that.
    pub refers_own: bool,
    /// Bytes of its words.
    pub words: i64,
    /// Bytes of what is written of its recording.
    pub spoken: i64,
    /// Bytes of its products.
    pub products: i64,
}

impl Tx {
    /// Keeps a link.
    ///
    /// # Errors
    /// When the database does not answer, or account or share are gone.
    pub(in crate::share) async fn insert_saved(&mut self, saved: &SavedRow) -> Result<()> {
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
    pub(in crate::share) async fn saved(&mut self, hash: &[u8]) -> Result<Option<SavedRow>> {
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
    pub(in crate::share) async fn keep_saved(&mut self, account: &str, most: i64) -> Result<u64> {
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
    pub(crate) async fn delete_old_saved(&mut self, before: Millis, limit: i64) -> Result<u64> {
        sql!(
            self,
            execute,
            "DELETE FROM saved WHERE hash IN (SELECT hash FROM saved WHERE expires_at < $1 \
             LIMIT $2)",
            before.0,
            limit
        )
    }

    /// What was said about `share`, in all conversations or in `about` only: up to `limit` notes
    /// below the one with this number and delivery, the newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn said(
        &mut self,
        share: ShareId,
        about: Option<DeliveryId>,
        below: (NoteNo, DeliveryId),
        limit: i64,
    ) -> Result<Vec<SaidRow>> {
        let Some(about) = about else {
            return sql!(
                self,
                fetch_all,
                "SELECT d.id, d.share_id, d.rcpt, d.handle, d.held, d.state, d.attempt, d.suspect, \
                 d.resent, d.due_at, d.expires_at, d.fail, d.carries, d.about, n.no, n.author, \
                 n.author_nick, n.stanza_id, n.kind, n.refers, n.refers_own, \
                 CAST(OCTET_LENGTH(n.text) AS BIGINT) AS words, \
                 CAST(COALESCE(OCTET_LENGTH(n.recording), 0) AS BIGINT) AS spoken, \
                 CAST(OCTET_LENGTH(n.products) AS BIGINT) AS products \
                 FROM note n JOIN delivery d ON d.carries = n.no AND d.carries > 0 \
                 WHERE n.share_id = $1 AND d.about IS NOT NULL \
                 AND (n.no, d.id) < ($2, $3) ORDER BY n.no DESC, d.id DESC LIMIT $4",
                share.0,
                below.0.0,
                below.1.0,
                limit
            );
        };
        // Of one conversation, by its own index: there may be a million about the share. Its
        // deliveries are as old as its notes.
        sql!(
            self,
            fetch_all,
            "SELECT d.id, d.share_id, d.rcpt, d.handle, d.held, d.state, d.attempt, d.suspect, \
             d.resent, d.due_at, d.expires_at, d.fail, d.carries, d.about, n.no, n.author, \
             n.author_nick, n.stanza_id, n.kind, n.refers, n.refers_own, \
             CAST(OCTET_LENGTH(n.text) AS BIGINT) AS words, \
             CAST(COALESCE(OCTET_LENGTH(n.recording), 0) AS BIGINT) AS spoken, \
             CAST(OCTET_LENGTH(n.products) AS BIGINT) AS products \
             FROM delivery d JOIN note n ON n.no = d.carries \
             WHERE d.about = $1 AND d.carries > 0 AND d.id < $2 ORDER BY d.id DESC LIMIT $3",
            about.0,
            below.1.0,
            limit
        )
    }
}
