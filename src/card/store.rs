//! Cards that somebody has collected (S3.5): each with what it is found by, and what can be undone.

use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    db::{Result, Tx, pieces, sql, sql_rows},
    domain::{clock::Millis, collected::Entry},
};

/// A card, and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of its own")]
pub(crate) struct CollectedRow {
    /// Its name in the database.
    pub id: Uuid,
    /// Whose it is.
    pub account: String,
    /// The account's number for it.
    pub handle: i64,
    /// Who gave it.
    pub giver: Option<String>,
    /// Which of the giver's own cards it is.
    pub giver_card: Option<String>,
    /// Whether it is the card of a third person.
    pub third: bool,
    /// Whether it follows the changes of the giver's card.
    pub follows: bool,
    /// Since when it does.
    pub followed_at: i64,
    /// Which parts were taken, by their tokens with spaces between; empty is all.
    pub parts: String,
    /// When it was last changed.
    pub changed_at: i64,
    /// When it was deleted.
    pub deleted_at: Option<i64>,
    /// The card that it was merged into.
    pub merged_into: Option<Uuid>,
    /// Until when the last change can be undone.
    pub undo_until: Option<i64>,
    /// The card.
    pub card: String,
    /// What the last change replaced.
    pub before: Option<String>,
    /// The name by which whoever keeps it means it: that under which they saved it, or which they gave
    /// it. What it is called may be its giver's newest.
    pub known_as: String,
    /// Whether that is their own word.
    pub own_name: bool,
    /// What [`CollectedRow::known_as`] was before the last change, if that was their own.
    pub known_before: Option<String>,
    /// The same of [`CollectedRow::own_name`].
    pub own_before: bool,
    /// When what was before was changed first: by several changes of its giver's one after the other it
    /// stays what was before them all.
    pub before_since: Option<i64>,
}

impl Tx {
    /// Keeps a new card, with what it is found by.
    ///
    /// # Errors
    /// When the database does not answer, or the account has a card of this number.
    pub(crate) async fn insert_collected(
        &mut self,
        row: &CollectedRow,
        entry: &Entry,
    ) -> Result<()> {
        sql!(
            &mut *self,
            execute,
            "INSERT INTO collected (id, account, handle, name, organisation, sorted, giver, \
             giver_card, third, follows, parts, changed_at, deleted_at, merged_into, undo_until, \
             words, card, before, followed_at, known_as, own_name, known_before, own_before, \
             before_since) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, \
             $16, $17, $18, $19, $20, $21, $22, $23, $24)",
            row.id,
            &row.account,
            row.handle,
            &entry.name,
            &entry.organisation,
            &entry.sorted,
            &row.giver,
            &row.giver_card,
            row.third,
            row.follows,
            &row.parts,
            row.changed_at,
            row.deleted_at,
            row.merged_into,
            row.undo_until,
            &entry.words,
            &row.card,
            &row.before,
            row.followed_at,
            &row.known_as,
            row.own_name,
            &row.known_before,
            row.own_before,
            row.before_since
        )?;
        self.file_collected(row, entry).await
    }

    /// Keeps a card as it is now, with what it is found by.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(in crate::card) async fn update_collected(
        &mut self,
        row: &CollectedRow,
        entry: &Entry,
    ) -> Result<()> {
        sql!(
            &mut *self,
            execute,
            "UPDATE collected SET name = $2, organisation = $3, sorted = $4, giver = $5, \
             giver_card = $6, third = $7, follows = $8, parts = $9, changed_at = $10, \
             deleted_at = $11, merged_into = $12, undo_until = $13, words = $14, card = $15, \
             before = $16, followed_at = $17, known_as = $18, own_name = $19, known_before = $20, \
             own_before = $21, before_since = $22 WHERE id = $1",
            row.id,
            &entry.name,
            &entry.organisation,
            &entry.sorted,
            &row.giver,
            &row.giver_card,
            row.third,
            row.follows,
            &row.parts,
            row.changed_at,
            row.deleted_at,
            row.merged_into,
            row.undo_until,
            &entry.words,
            &row.card,
            &row.before,
            row.followed_at,
            &row.known_as,
            row.own_name,
            &row.known_before,
            row.own_before,
            row.before_since
        )?;
        self.unfile_collected(row.id).await?;
        self.file_collected(row, entry).await
    }

    /// Keeps that a card is deleted, for another that it was merged into if there is one, with what
    /// that was before, and is forgotten at `until`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(in crate::card) async fn delete_collected(
        &mut self,
        id: Uuid,
        into: Option<(Uuid, &str)>,
        now: Millis,
        until: Millis,
    ) -> Result<()> {
        sql!(
            &mut *self,
            execute,
            "UPDATE collected SET deleted_at = $2, undo_until = $3, merged_into = $4, \
             before = $5 WHERE id = $1",
            id,
            now.0,
            until.0,
            into.map(|(into, _)| into),
            into.map(|(_, before)| before)
        )?;
        self.unfile_collected(id).await
    }

    async fn unfile_collected(&mut self, id: Uuid) -> Result<()> {
        sql!(&mut *self, execute, "DELETE FROM collected_category WHERE collected_id = $1", id)?;
        sql!(&mut *self, execute, "DELETE FROM collected_key WHERE collected_id = $1", id)?;
        Ok(())
    }

    /// Puts a card under its categories and keys.
    async fn file_collected(&mut self, row: &CollectedRow, entry: &Entry) -> Result<()> {
        for some in pieces(&entry.categories) {
            sql_rows!(
                &mut *self, execute,
                "INSERT INTO collected_category (account, category, sorted, collected_id, label) \
                 VALUES {rows:5}",
                [], some => |it| [&row.account, &it.0, &entry.sorted, row.id, &it.1]
            )?;
        }
        for some in pieces(&entry.keys) {
            sql_rows!(
                &mut *self, execute,
                "INSERT INTO collected_key (account, key, collected_id) VALUES {rows:3}",
                [], some => |key| [&row.account, key, row.id]
            )?;
        }
        Ok(())
    }

    /// The card that `account` knows by this number, also if it is deleted and not forgotten yet.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(in crate::card) async fn collected(
        &mut self,
        account: &str,
        handle: i64,
    ) -> Result<Option<CollectedRow>> {
        sql!(
            self,
            fetch_optional,
            "SELECT id, account, handle, giver, giver_card, third, follows, followed_at, parts, \
             changed_at, deleted_at, merged_into, undo_until, card, before, known_as, own_name, \
             known_before, own_before, before_since FROM collected WHERE account = $1 AND handle = $2",
            account,
            handle
        )
    }

    /// The number of the card of `account` that was changed last, or deleted, and can still be as
    /// it was.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(in crate::card) async fn last_collected(
        &mut self,
        account: &str,
        now: Millis,
    ) -> Result<Option<i64>> {
        sql!(
            self,
            scalar fetch_optional,
            "SELECT handle FROM collected WHERE account = $1 AND undo_until > $2 \
             ORDER BY undo_until DESC, id DESC LIMIT 1",
            account,
            now.0
        )
    }

    /// The number of the card that was merged into `id`, if that can still be undone.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(in crate::card) async fn merged_collected(
        &mut self,
        id: Uuid,
        now: Millis,
    ) -> Result<Option<i64>> {
        sql!(
            self,
            scalar fetch_optional,
            "SELECT handle FROM collected WHERE merged_into = $1 AND undo_until > $2 \
             ORDER BY undo_until DESC LIMIT 1",
            id,
            now.0
        )
    }

    /// The number of the card with this name in the database.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(in crate::card) async fn collected_handle(&mut self, id: Uuid) -> Result<Option<i64>> {
        sql!(self, scalar fetch_optional, "SELECT handle FROM collected WHERE id = $1", id)
    }

    /// Those who follow the changes of a card of `giver`, and began to after `since`: up to `limit`
    /// accounts with their numbers for it, behind `after`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(in crate::card) async fn followers(
        &mut self,
        giver: &str,
        giver_card: &str,
        since: Millis,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<(Uuid, String, i64)>> {
        sql!(
            self,
            fetch_all,
            "SELECT id, account, handle FROM collected WHERE giver = $1 AND giver_card = $2 \
             AND follows = TRUE AND followed_at > $3 AND id > $4 AND deleted_at IS NULL \
             ORDER BY id LIMIT $5",
            giver,
            giver_card,
            since.0,
            after,
            limit
        )
    }

    /// Whether there is something to be forgotten: changes and deletions that cannot be undone
    /// any more.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn collected_over(&mut self, now: Millis) -> Result<bool> {
        let found: Option<(i64,)> = sql!(
            self,
            fetch_optional,
            "SELECT handle FROM collected WHERE undo_until <= $1 LIMIT 1",
            now.0
        )?;
        Ok(found.is_some())
    }

    /// Forgets cards that were deleted, and of others what they were before their last change: up
    /// to `limit` of them twice, those that are over longest first. Answers how many in all.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(in crate::card) async fn forget_collected(
        &mut self,
        now: Millis,
        limit: i64,
    ) -> Result<u64> {
        let gone = sql!(
            &mut *self,
            execute,
            "DELETE FROM collected WHERE deleted_at IS NOT NULL AND id IN (SELECT id FROM collected \
             WHERE undo_until <= $1 ORDER BY undo_until LIMIT $2)",
            now.0,
            limit
        )?;
        let over = sql!(
            &mut *self,
            execute,
            "UPDATE collected SET before = NULL, known_before = NULL, undo_until = NULL \
             WHERE COALESCE(deleted_at, 0) = 0 AND id IN (SELECT id FROM collected \
             WHERE undo_until <= $1 ORDER BY undo_until LIMIT $2)",
            now.0,
            limit
        )?;
        Ok(gone + over)
    }

    /// Of the deleted cards of `account`, all but the `most` latest are due to be forgotten now.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(in crate::card) async fn crowd_out_collected(
        &mut self,
        account: &str,
        now: Millis,
        most: i64,
    ) -> Result<u64> {
        sql!(
            self,
            execute,
            // SQLite knows no OFFSET without a LIMIT; there are never many more.
            "UPDATE collected SET undo_until = $2 WHERE id IN (SELECT id FROM collected \
             WHERE account = $1 AND undo_until > $2 AND deleted_at IS NOT NULL \
             ORDER BY undo_until DESC LIMIT 1000 OFFSET $3)",
            account,
            now.0,
            most
        )
    }
}
