//! What somebody has sent to whom they invite.
//!
//! Every function that asks the database fails when that does not answer.

use uuid::Uuid;

use crate::{
    db::{Result, Tx, sql},
    domain::clock::Millis,
};

impl Tx {
    /// The first delivery of a share of `inviter` that is held for `address`, and its share.
    pub(crate) async fn first_held(
        &mut self,
        inviter: &str,
        address: &str,
    ) -> Result<Option<(Uuid, Uuid)>> {
        sql!(
            self,
            fetch_optional,
            "SELECT id, share_id FROM delivery WHERE rcpt = $2 AND author = $1 AND state = 0 \
             AND carries = 0 ORDER BY id LIMIT 1",
            inviter,
            address
        )
    }

    /// The first delivery of a share of `inviter` to `address` that has not left and may leave, and its
    /// share.
    pub(in crate::invite) async fn first_unsent(
        &mut self,
        inviter: &str,
        address: &str,
    ) -> Result<Option<(Uuid, Uuid)>> {
        sql!(
            self,
            fetch_optional,
            "SELECT id, share_id FROM delivery WHERE rcpt = $2 AND author = $1 AND state + 0 < 3 \
             AND carries = 0 ORDER BY id LIMIT 1",
            inviter,
            address
        )
    }

    /// Whether a share of `inviter` to `address` has ended before its time and was not taken back:
    /// whoever has the address wants nothing of them.
    pub(in crate::invite) async fn is_kept_back(
        &mut self,
        inviter: &str,
        address: &str,
        now: Millis,
    ) -> Result<bool> {
        let found: Option<(Uuid,)> = sql!(
            self,
            fetch_optional,
            "SELECT d.id FROM delivery d JOIN share s ON s.id = d.share_id \
             WHERE d.rcpt = $2 AND d.author = $1 AND d.state = 9 AND d.carries = 0 \
             AND d.expires_at > $3 AND s.revoked_at IS NULL ORDER BY d.id LIMIT 1",
            inviter,
            address,
            now.0
        )?;
        Ok(found.is_some())
    }

    /// The first delivery of a share of `inviter` to the number or mail address `address` that is
    /// not over, whoever has it, and its share.
    pub(crate) async fn first_typed(
        &mut self,
        inviter: &str,
        address: &str,
        now: Millis,
    ) -> Result<Option<(Uuid, Uuid)>> {
        sql!(
            self,
            fetch_optional,
            "SELECT d.id, d.share_id FROM delivery d JOIN share s ON s.id = d.share_id \
             WHERE d.address = $2 AND d.author = $1 AND d.carries = 0 AND d.expires_at > $3 \
             AND s.revoked_at IS NULL ORDER BY d.id LIMIT 1",
            inviter,
            address,
            now.0
        )
    }
}
