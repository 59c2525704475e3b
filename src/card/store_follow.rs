//! Who follows the changes of whose cards, and the end of it.
//!
//! Every function that asks the database fails when that does not answer.

use uuid::Uuid;

use crate::{
    db::{Result, Tx, sql},
    domain::{clock::Millis, id::ShareId},
};

impl Tx {
    /// The copies that `account` has of the card that `giver` calls `name`, as far as they follow it:
    /// their numbers, and when they were changed last.
    pub(crate) async fn following(
        &mut self,
        account: &str,
        giver: &str,
        name: &str,
    ) -> Result<Vec<(i64, i64)>> {
        sql!(
            self,
            fetch_all,
            "SELECT handle, changed_at FROM collected WHERE account = $1 AND giver = $2 \
             AND giver_card || '' = $3 AND follows = TRUE AND deleted_at IS NULL",
            account,
            giver,
            name
        )
    }

    /// Until when whoever began to follow the card that `giver` calls `name`, or was offered it, is
    /// to follow it no more, while that is not done for all.
    pub(in crate::card) async fn following_ended(
        &mut self,
        giver: &str,
        name: &str,
    ) -> Result<Option<Millis>> {
        let (ended,): (Option<i64>,) = sql!(
            self,
            fetch_one,
            "SELECT CAST(MAX(since) AS BIGINT) FROM unfinished WHERE account = $1 \
             AND (kind IN (0, 7) OR (kind = 8 AND other = $2))",
            giver,
            name
        )?;
        Ok(ended.map(Millis))
    }

    /// Up to `limit` of those who followed any card of `giver` at `since` do not any more. Answers
    /// how many.
    pub(crate) async fn end_following(
        &mut self,
        giver: &str,
        since: Millis,
        limit: i64,
    ) -> Result<u64> {
        sql!(
            self,
            execute,
            "UPDATE collected SET follows = FALSE WHERE id IN (SELECT id FROM collected \
             WHERE giver = $1 AND follows = TRUE AND followed_at <= $2 LIMIT $3)",
            giver,
            since.0,
            limit
        )
    }

    /// The same of the card that `giver` calls `name`.
    pub(in crate::card) async fn end_following_card(
        &mut self,
        giver: &str,
        name: &str,
        since: Millis,
        limit: i64,
    ) -> Result<u64> {
        sql!(
            self,
            execute,
            "UPDATE collected SET follows = FALSE WHERE id IN (SELECT id FROM collected \
             WHERE giver = $1 AND giver_card = $2 AND follows = TRUE AND followed_at <= $3 \
             LIMIT $4)",
            giver,
            name,
            since.0,
            limit
        )
    }

    /// The collected card with this name in the database follows nothing any more.
    pub(in crate::card) async fn unfollow(&mut self, id: Uuid) -> Result<()> {
        sql!(self, execute, "UPDATE collected SET follows = FALSE WHERE id = $1", id)?;
        Ok(())
    }

    /// Nobody follows a card of `giver` any more who was given it by `share`.
    pub(in crate::card) async fn end_following_of(
        &mut self,
        giver: &str,
        share: ShareId,
    ) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE collected SET follows = FALSE WHERE id IN (SELECT c.id FROM delivery d \
             JOIN collected c ON c.account = d.rcpt AND c.handle = d.handle \
             WHERE d.share_id = $2 AND d.carries = 0 AND c.giver = $1 AND c.follows = TRUE)",
            giver,
            share.0
        )?;
        Ok(())
    }

    /// Whoever takes one of up to `limit` cards that `giver` had offered at `since` will not follow
    /// it. Answers how many those are.
    pub(in crate::card) async fn end_following_offers(
        &mut self,
        giver: &str,
        since: Millis,
        limit: i64,
    ) -> Result<u64> {
        sql!(
            self,
            execute,
            "UPDATE share SET offered = offered - 4 WHERE id IN (SELECT id FROM share \
             WHERE sender = $1 AND card IS NOT NULL AND (offered & 4) <> 0 \
             AND accepted_at <= $2 LIMIT $3)",
            giver,
            since.0,
            limit
        )
    }

    /// The same of the card that they call `name`.
    pub(in crate::card) async fn end_following_offers_of(
        &mut self,
        giver: &str,
        name: &str,
        since: Millis,
        limit: i64,
    ) -> Result<u64> {
        sql!(
            self,
            execute,
            "UPDATE share SET offered = offered - 4 WHERE id IN (SELECT id FROM share \
             WHERE sender = $1 AND card IS NOT NULL AND (offered & 4) <> 0 AND \
             (SELECT tray.own_card FROM tray WHERE tray.share_id = share.id LIMIT 1) = $2 \
             AND accepted_at <= $3 LIMIT $4)",
            giver,
            name,
            since.0,
            limit
        )
    }
}
