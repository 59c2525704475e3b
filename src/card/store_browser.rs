//! Links to somebody's collected cards: one that opens them in a browser and is spent by that,
//! what is open there, and links to files.

use sqlx::FromRow;

use crate::{
    db::{Result, Tx, sql},
    domain::clock::Millis,
};

/// A link, by the hash of its token.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct CardDeskRow {
    /// SHA-256 of the token.
    pub hash: Vec<u8>,
    /// Whose cards.
    pub account: String,
    /// 0 a link that opens, 1 what is open, 2 a link to a file.
    pub kind: i64,
    /// Which cards the file holds.
    pub what: String,
    /// When it ends.
    pub expires_at: i64,
}

impl Tx {
    /// Keeps a link.
    ///
    /// # Errors
    /// When the database does not answer, or there is no such account.
    pub(crate) async fn insert_card_desk(&mut self, row: &CardDeskRow) -> Result<()> {
        sql!(
            self,
            execute,
            "INSERT INTO card_desk (hash, account, kind, what, expires_at) \
             VALUES ($1, $2, $3, $4, $5)",
            &row.hash,
            &row.account,
            row.kind,
            &row.what,
            row.expires_at
        )?;
        Ok(())
    }

    /// The link with this hash.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(in crate::card) async fn card_desk(&mut self, hash: &[u8]) -> Result<Option<CardDeskRow>> {
        sql!(
            self,
            fetch_optional,
            "SELECT hash, account, kind, what, expires_at FROM card_desk WHERE hash = $1",
            hash
        )
    }

    /// The link with this hash is no more. Answers whether it was.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(in crate::card) async fn delete_card_desk(&mut self, hash: &[u8]) -> Result<bool> {
        Ok(sql!(self, execute, "DELETE FROM card_desk WHERE hash = $1", hash)? == 1)
    }

    /// Forgets all links of this kind of `account` but the `most` that end last.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(in crate::card) async fn keep_card_desks(
        &mut self,
        account: &str,
        kind: i64,
        most: i64,
    ) -> Result<u64> {
        sql!(
            self,
            execute,
            "DELETE FROM card_desk WHERE hash IN (SELECT hash FROM card_desk WHERE account = $1 \
             AND kind = $2 ORDER BY expires_at DESC LIMIT 1000 OFFSET $3)",
            account,
            kind,
            most
        )
    }

    /// Forgets links that ended before `before`, at most `limit`. Answers how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn delete_old_card_desks(
        &mut self,
        before: Millis,
        limit: i64,
    ) -> Result<u64> {
        sql!(
            self,
            execute,
            "DELETE FROM card_desk WHERE hash IN (SELECT hash FROM card_desk \
             WHERE expires_at <= $1 LIMIT $2)",
            before.0,
            limit
        )
    }
}
