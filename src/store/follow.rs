//! Who follows the changes of whose cards, and the end of it.

use super::db::{Result, Tx, sql};
use crate::domain::id::ShareId;

impl Tx {
    /// The copies that `account` has of the card that `giver` calls `name`, as far as they follow it:
    /// their numbers, and when they were changed last.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn following(
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

    /// Up to `limit` of those who follow any card of `giver` do not any more. Answers how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end_following(&mut self, giver: &str, limit: i64) -> Result<u64> {
        sql!(
            self,
            execute,
            "UPDATE collected SET follows = FALSE WHERE id IN (SELECT id FROM collected \
             WHERE giver = $1 AND follows = TRUE LIMIT $2)",
            giver,
            limit
        )
    }

    /// The same of the card that `giver` calls `name`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end_following_card(&mut self, giver: &str, name: &str, limit: i64) -> Result<u64> {
        sql!(
            self,
            execute,
            "UPDATE collected SET follows = FALSE WHERE id IN (SELECT id FROM collected \
             WHERE giver = $1 AND giver_card = $2 AND follows = TRUE LIMIT $3)",
            giver,
            name,
            limit
        )
    }

    /// Nobody follows a card of `giver` any more who was given it by `share`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end_following_of(&mut self, giver: &str, share: ShareId) -> Result<()> {
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

    /// Whoever takes one of up to `limit` cards that `giver` has offered will not follow it. Answers
    /// how many those are.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end_following_offers(&mut self, giver: &str, limit: i64) -> Result<u64> {
        sql!(
            self,
            execute,
            "UPDATE share SET offered = offered - 4 WHERE id IN (SELECT id FROM share \
             WHERE sender = $1 AND card IS NOT NULL AND (offered & 4) <> 0 LIMIT $2)",
            giver,
            limit
        )
    }

    /// The same of the card that they call `name`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end_following_offers_of(
        &mut self,
        giver: &str,
        name: &str,
        limit: i64,
    ) -> Result<u64> {
        sql!(
            self,
            execute,
            "UPDATE share SET offered = offered - 4 WHERE id IN (SELECT id FROM share \
             WHERE sender = $1 AND card IS NOT NULL AND (offered & 4) <> 0 AND EXISTS \
             (SELECT 1 FROM tray WHERE tray.share_id = share.id AND tray.own_card = $2) LIMIT $3)",
            giver,
            name,
            limit
        )
    }
}
