//! Shares as they were accepted.

use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    db::{Result, Tx, pieces, sql, sql_rows},
    domain::id::{RefCode, ShareId},
};

/// A share as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ShareRow {
    /// Its name.
    pub id: Uuid,
    /// The sender's bare JID.
    pub sender: String,
    /// The name the sender went by.
    pub sender_nick: Option<String>,
    /// The sender's idempotency key.
    pub submit_id: String,
    /// SHA-256 of what was asked for.
    pub content_hash: Vec<u8>,
    /// Opens the page.
    pub ref_code: String,
    /// The sender's number for it; 0 for what tells somebody of a changed card, until they answer.
    pub handle: i64,
    /// BCP 47.
    pub comment_lang: Option<String>,
    /// What the sender says.
    pub comment: Option<String>,
    /// The same spoken, as it travels.
    pub recording: Option<String>,
    /// The products as they travel.
    pub products: String,
    /// How many deliveries were accepted with it.
    pub recipients: i64,
    /// When it was accepted.
    pub accepted_at: i64,
    /// When page and code close.
    pub expires_at: i64,
    /// When the sender took it back.
    pub revoked_at: Option<i64>,
    /// The card that is offered in place of products.
    pub card: Option<String>,
    /// How: the number of [`crate::domain::offer::How`].
    pub offered: i64,
    /// The share whose offer it answers, or whose card it is the new version of.
    pub answers: Option<Uuid>,
}

impl Tx {
    /// Keeps shares. Answers which of them are new: a share whose sender has used its key before
    /// is left out.
    ///
    /// # Errors
    /// When the database does not answer, or one has a code that is taken (2^-50 each).
    pub async fn insert_shares(&mut self, shares: &[ShareRow]) -> Result<Vec<ShareId>> {
        let mut new: Vec<ShareId> = Vec::with_capacity(shares.len());
        for some in pieces(shares) {
            let ids: Vec<(Uuid,)> = sql_rows!(
                &mut *self, fetch_all,
                "INSERT INTO share (id, sender, sender_nick, submit_id, content_hash, ref_code, \
                 handle, comment_lang, comment, recording, products, recipients, accepted_at, \
                 expires_at) VALUES {rows:14} ON CONFLICT (sender, submit_id) DO NOTHING RETURNING id",
                [], some => |s| [
                    s.id, &s.sender, &s.sender_nick, &s.submit_id, &s.content_hash, &s.ref_code,
                    s.handle, &s.comment_lang, &s.comment, &s.recording, &s.products,
                    s.recipients, s.accepted_at, s.expires_at
                ]
            )?;
            new.extend(ids.into_iter().map(|(id,)| ShareId(id)));
        }
        Ok(new)
    }

    /// What `sender` had accepted under `submit_id`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn share_by_key(
        &mut self,
        sender: &str,
        submit_id: &str,
    ) -> Result<Option<ShareRow>> {
        sql!(
            self,
            fetch_optional,
            "SELECT * FROM share WHERE sender = $1 AND submit_id = $2",
            sender,
            submit_id
        )
    }

    /// What the code opens. A card has none: only its addressees see it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn share_by_ref(&mut self, code: RefCode) -> Result<Option<ShareRow>> {
        sql!(
            self,
            fetch_optional,
            "SELECT * FROM share WHERE ref_code = $1 AND card IS NULL",
            code.to_string()
        )
    }

    /// The shares with these names.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn shares(&mut self, ids: &[ShareId]) -> Result<Vec<ShareRow>> {
        let mut found = Vec::with_capacity(ids.len());
        for some in pieces(ids) {
            found.extend(sql_rows!(
                &mut *self, fetch_all,
                "SELECT * FROM share WHERE id IN ({list})",
                [], some => |id| [id.0]
            )?);
        }
        Ok(found)
    }

    /// Gives a share another number.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn set_share_handle(&mut self, share: ShareId, handle: i64) -> Result<()> {
        sql!(self, execute, "UPDATE share SET handle = $2 WHERE id = $1", share.0, handle)?;
        Ok(())
    }
}
