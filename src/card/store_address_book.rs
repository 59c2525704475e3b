//! Looking through the cards that somebody has collected (S4.7). What a list shows is read without
//! the cards, and every list goes on from the place of a card.
//!
//! Every function that asks the database fails when that does not answer.

use memchr::memmem::Finder;
use sqlx::FromRow;
use uuid::Uuid;

use super::store::CollectedRow;
use crate::{
    db::{Result, Tx, pieces, sql, sql_rows},
    domain::clock::Millis,
};

/// Cards that are read at a time to be searched.
const AT_ONCE: i64 = 250;

/// What a list shows of a card.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct HeadRow {
    /// Its name in the database.
    pub id: Uuid,
    /// The account's number for it.
    pub handle: i64,
    /// What it is called.
    pub name: String,
    /// Where that person works.
    pub organisation: String,
    /// The name as it is sorted.
    pub sorted: String,
}

#[derive(FromRow)]
struct SearchedRow {
    #[sqlx(flatten)]
    head: HeadRow,
    words: String,
}

/// Where a list goes on: the place of a card in it. The default is before all.
#[derive(Debug, Clone, PartialEq, Eq, Default, FromRow)]
pub struct Cursor {
    /// The name as it is sorted.
    pub sorted: String,
    /// Its name in the database.
    pub id: Uuid,
}

/// A category and how many cards are in it.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct CategoryRow {
    /// Folded.
    pub category: String,
    /// As it was written.
    pub label: String,
    /// How many cards are in it.
    pub cards: i64,
}

/// A card that has something in common with another: both have `key`.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(in crate::card) struct SameRow {
    /// What they have in common.
    pub key: String,
    /// The account's number for it.
    pub handle: i64,
    /// What it is called.
    pub name: String,
}

impl Tx {
    /// How many cards `account` has that are not deleted.
    pub(in crate::card) async fn count_collected(&mut self, account: &str) -> Result<i64> {
        let (count,): (i64,) = sql!(
            self,
            fetch_one,
            "SELECT COUNT(*) FROM collected WHERE account = $1 AND deleted_at IS NULL",
            account
        )?;
        Ok(count)
    }

    /// The place of the card that `skip` cards of `account` stand before.
    pub(in crate::card) async fn collected_place(
        &mut self,
        account: &str,
        skip: i64,
    ) -> Result<Option<Cursor>> {
        sql!(
            self,
            fetch_optional,
            "SELECT sorted, id FROM collected WHERE account = $1 AND deleted_at IS NULL \
             ORDER BY sorted, id LIMIT 1 OFFSET $2",
            account,
            skip
        )
    }

    /// Up to `limit` cards of `account` in their order, from `from` on.
    pub(crate) async fn list_collected(
        &mut self,
        account: &str,
        from: &Cursor,
        limit: i64,
    ) -> Result<Vec<HeadRow>> {
        sql!(
            self,
            fetch_all,
            "SELECT id, handle, name, organisation, sorted FROM collected \
             WHERE account = $1 AND deleted_at IS NULL AND (sorted, id) >= ($2, $3) \
             ORDER BY sorted, id LIMIT $4",
            account,
            &from.sorted,
            from.id,
            limit
        )
    }

    /// The same of those in a category, which is folded.
    pub(in crate::card) async fn list_category(
        &mut self,
        account: &str,
        category: &str,
        from: &Cursor,
        limit: i64,
    ) -> Result<Vec<HeadRow>> {
        sql!(
            self,
            fetch_all,
            "SELECT c.id, c.handle, c.name, c.organisation, c.sorted FROM collected_category g \
             JOIN collected c ON c.id = g.collected_id WHERE g.account = $1 AND g.category = $2 \
             AND (g.sorted, g.collected_id) >= ($3, $4) \
             ORDER BY g.sorted, g.collected_id LIMIT $5",
            account,
            category,
            &from.sorted,
            from.id,
            limit
        )
    }

    /// The same of those in which all of `words` occur, which are folded. The cards are read some at
    /// a time and compared here: `LIKE` takes steps that grow with the card times the word. Answers
    /// also how many bytes were gone through.
    pub(in crate::card) async fn find_collected(
        &mut self,
        account: &str,
        words: &[String],
        from: &Cursor,
        limit: i64,
    ) -> Result<(Vec<HeadRow>, usize)> {
        let words: Vec<Finder<'_>> = words.iter().map(Finder::new).collect();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let (mut found, mut read, mut next) = (Vec::new(), 0, Some(from.clone()));
        while let Some(from) = next.take().filter(|_| found.len() < limit) {
            let mut rows = self.searched_collected(account, &from, AT_ONCE + 1).await?;
            if i64::try_from(rows.len()).is_ok_and(|length| length > AT_ONCE) {
                next = rows.pop().map(|row| Cursor { sorted: row.head.sorted, id: row.head.id });
            }
            read += rows.iter().map(|row| row.words.len()).sum::<usize>();
            let has_all = |row: &SearchedRow| {
                words.iter().all(|word| word.find(row.words.as_bytes()).is_some())
            };
            found.extend(rows.into_iter().filter(has_all).map(|row| row.head));
        }
        found.truncate(limit);
        Ok((found, read))
    }

    async fn searched_collected(
        &mut self,
        account: &str,
        from: &Cursor,
        limit: i64,
    ) -> Result<Vec<SearchedRow>> {
        sql!(
            self,
            fetch_all,
            "SELECT id, handle, name, organisation, sorted, words FROM collected \
             WHERE account = $1 AND deleted_at IS NULL AND (sorted, id) >= ($2, $3) \
             ORDER BY sorted, id LIMIT $4",
            account,
            &from.sorted,
            from.id,
            limit
        )
    }

    /// The categories of `account`, and how many cards are in each.
    pub(crate) async fn categories(&mut self, account: &str) -> Result<Vec<CategoryRow>> {
        sql!(
            self,
            fetch_all,
            "SELECT category, MIN(label) AS label, COUNT(*) AS cards FROM collected_category \
             WHERE account = $1 GROUP BY category LIMIT 1000",
            account
        )
    }

    /// Cards of `account` of which two or more have a key in common, in the order of the keys.
    pub(in crate::card) async fn same_collected(
        &mut self,
        account: &str,
        limit: i64,
    ) -> Result<Vec<SameRow>> {
        sql!(
            self,
            fetch_all,
            "SELECT k.key, c.handle, c.name FROM collected_key k \
             JOIN collected c ON c.id = k.collected_id WHERE k.account = $1 AND k.key IN \
             (SELECT key FROM collected_key WHERE account = $1 GROUP BY key HAVING COUNT(*) > 1) \
             ORDER BY k.key, k.collected_id LIMIT $2",
            account,
            limit
        )
    }

    /// The cards with these names in the database, in no order.
    pub(in crate::card) async fn read_collected(
        &mut self,
        ids: &[Uuid],
    ) -> Result<Vec<CollectedRow>> {
        let mut found = Vec::with_capacity(ids.len());
        for some in pieces(ids) {
            found.extend(sql_rows!(
                &mut *self, fetch_all,
                "SELECT id, account, handle, giver, giver_card, third, follows, followed_at, parts, \
                 changed_at, deleted_at, merged_into, undo_until, card, before, known_as, own_name, \
                 known_before, own_before, before_since FROM collected WHERE id IN ({list})",
                [], some => |id| [*id]
            )?);
        }
        Ok(found)
    }

    /// The place of the card that `account` knows by this number, also if it is deleted.
    pub(in crate::card) async fn place_of_collected(
        &mut self,
        account: &str,
        handle: i64,
    ) -> Result<Option<Cursor>> {
        sql!(
            self,
            fetch_optional,
            "SELECT sorted, id FROM collected WHERE account = $1 AND handle = $2",
            account,
            handle
        )
    }

    /// How many cards wait for the word of `account`.
    pub(in crate::card) async fn count_waiting(
        &mut self,
        account: &str,
        now: Millis,
    ) -> Result<i64> {
        let (count,): (i64,) = sql!(
            self,
            fetch_one,
            "SELECT COUNT(*) FROM (SELECT 1 FROM delivery d JOIN share s ON s.id = d.share_id \
             WHERE d.rcpt = $1 AND d.handle > 0 AND d.undecided = TRUE AND d.state + 0 < 7 \
             AND s.revoked_at IS NULL AND s.expires_at > $2 LIMIT 1000) waits",
            account,
            now.0
        )?;
        Ok(count)
    }
}
