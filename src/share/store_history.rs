//! What somebody sent and was sent, by their own numbers for it; and what they have set.
//!
//! Every function that asks the database fails when that does not answer.

use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    db::{Result, Tx, pieces, sql, sql_rows},
    domain::id::ShareId,
};

/// Something that somebody sent or was sent.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct ItemRow {
    /// Their number for it.
    pub handle: i64,
    /// What it is.
    pub share_id: Uuid,
    /// Whether they sent it.
    pub sent: bool,
}

/// Something that somebody was sent, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct GotRow {
    /// Who sent it: a bare JID.
    pub sender: String,
    /// The name that the sender gave then.
    pub sender_nick: Option<String>,
    /// The recipient's number for it.
    pub handle: i64,
    /// Whether the recipient has said anything about it.
    pub answered: bool,
}

impl Tx {
    /// Up to `limit` things of `jid` whose number is below `below`, the newest first, without the
    /// first `skip`. What never reached them and never will is not theirs; nor is what tells those
    /// who follow their card of its changes.
    pub(crate) async fn history(
        &mut self,
        jid: &str,
        below: i64,
        skip: i64,
        limit: i64,
    ) -> Result<Vec<ItemRow>> {
        sql!(
            self,
            fetch_all,
            "SELECT handle, share_id, sent FROM (SELECT handle, id AS share_id, TRUE AS sent \
             FROM share WHERE sender = $1 AND handle > 0 AND handle < $2 AND offered < 8 \
             ORDER BY handle DESC LIMIT $5) own \
             UNION ALL SELECT handle, share_id, sent FROM (SELECT handle, share_id, FALSE AS sent \
             FROM delivery WHERE rcpt = $1 AND handle > 0 AND handle < $2 AND state < 7 \
             AND carries = 0 ORDER BY handle DESC LIMIT $5) got \
             ORDER BY handle DESC LIMIT $4 OFFSET $3",
            jid,
            below,
            skip,
            limit,
            skip.saturating_add(limit)
        )
    }

    /// The thing that `jid` knows by this number.
    pub(in crate::share) async fn item(
        &mut self,
        jid: &str,
        handle: i64,
    ) -> Result<Option<ItemRow>> {
        sql!(
            self,
            fetch_optional,
            "SELECT handle, id AS share_id, TRUE AS sent FROM share \
             WHERE sender = $1 AND handle = $2 AND offered < 8 \
             UNION ALL SELECT handle, share_id, FALSE AS sent FROM delivery \
             WHERE rcpt = $1 AND handle = $2 AND handle > 0 AND state < 7 AND carries = 0 LIMIT 1",
            jid,
            handle
        )
    }

    /// One recipient of each share.
    pub(in crate::share) async fn some_recipient(
        &mut self,
        shares: &[ShareId],
    ) -> Result<Vec<(Uuid, String)>> {
        let mut found = Vec::with_capacity(shares.len());
        for some in pieces(shares) {
            found.extend(sql_rows!(
                &mut *self, fetch_all,
                "SELECT share_id, MIN(COALESCE(address, rcpt)) FROM delivery WHERE carries = 0 AND share_id IN ({list}) \
                 GROUP BY share_id",
                [], some => |share| [share.0]
            )?);
        }
        Ok(found)
    }

    /// To whom `jid` sent lately: recipients of their last things with their numbers for these, the
    /// latest first, with doubles. Somebody who was told of a changed card is nobody they sent to.
    pub(crate) async fn sent_to_lately(
        &mut self,
        jid: &str,
        limit: i64,
    ) -> Result<Vec<(String, i64)>> {
        sql!(
            self,
            fetch_all,
            "SELECT COALESCE(d.address, d.rcpt), s.handle FROM share s \
             JOIN delivery d ON d.share_id = s.id \
             WHERE s.sender = $1 AND s.handle > 0 AND s.offered < 8 AND d.carries = 0 \
             ORDER BY s.handle DESC LIMIT $2",
            jid,
            limit
        )
    }

    /// Who sent to `jid` what came of the last `limit` things, the latest first, with doubles.
    pub(crate) async fn got_from_lately(&mut self, jid: &str, limit: i64) -> Result<Vec<GotRow>> {
        sql!(
            self,
            fetch_all,
            "SELECT s.sender, s.sender_nick, d.handle, (SELECT n.no FROM note n \
             WHERE n.share_id = d.share_id AND n.author = $1 AND n.kind <> 9 LIMIT 1) \
             IS NOT NULL AS answered \
             FROM (SELECT share_id, handle, state FROM delivery \
             WHERE rcpt = $1 AND handle > 0 AND carries = 0 ORDER BY handle DESC LIMIT $2) d \
             JOIN share s ON s.id = d.share_id WHERE d.state < 7 ORDER BY d.handle DESC",
            jid,
            limit
        )
    }

    /// Keeps the language somebody is spoken to in.
    pub(crate) async fn set_lang(&mut self, jid: &str, lang: &str) -> Result<()> {
        sql!(self, execute, "UPDATE account SET lang = $2 WHERE jid = $1", jid, lang)?;
        Ok(())
    }

    /// Keeps whether pictures go to somebody.
    pub(crate) async fn set_pictures(&mut self, jid: &str, pictures: bool) -> Result<()> {
        sql!(self, execute, "UPDATE account SET pictures = $2 WHERE jid = $1", jid, pictures)?;
        Ok(())
    }

    /// Keeps somebody's quiet hours; none ends them.
    pub(crate) async fn set_quiet(&mut self, jid: &str, hours: Option<&str>) -> Result<()> {
        sql!(self, execute, "UPDATE account SET quiet = $2 WHERE jid = $1", jid, hours)?;
        Ok(())
    }

    /// Keeps somebody's time zone.
    pub(crate) async fn set_zone(&mut self, jid: &str, zone: &str) -> Result<()> {
        sql!(self, execute, "UPDATE account SET zone = $2 WHERE jid = $1", jid, zone)?;
        Ok(())
    }

    /// Keeps what somebody's client says of their time zone, unless they have said one themselves.
    pub(crate) async fn learn_zone(&mut self, jid: &str, zone: &str) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE account SET zone = $2 WHERE jid = $1 AND zone IS NULL",
            jid,
            zone
        )?;
        Ok(())
    }
}
