//! Which shares need which pictures, and who has asked for how many.
//!
//! Every function that asks the database fails when that does not answer.

use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    db::{MOST_ROWS, Result, Tx, pieces, sql, sql_rows},
    domain::{clock::Millis, id::ShareId},
};

/// A share that needs what comes from an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::share) struct UseRow {
    /// The share.
    pub share_id: Uuid,
    /// `https://…`
    pub url: String,
}

/// How many addresses somebody has had fetched, or everybody of a site.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(in crate::share) struct AskRow {
    /// Who; of a site `@` and its domain, which is nobody's address.
    pub sender: String,
    /// Since when it is counted.
    pub since: i64,
    /// How many.
    pub asked: i64,
}

/// An address that was forgotten, and what it showed.
#[derive(FromRow)]
struct GoneRow {
    url: String,
    hash: Option<Vec<u8>>,
}

impl Tx {
    /// Notes which shares need which pictures. No two may be alike.
    pub(in crate::share) async fn insert_picture_uses(&mut self, uses: &[UseRow]) -> Result<()> {
        for some in pieces(uses) {
            sql_rows!(
                &mut *self, execute,
                "INSERT INTO picture_use (share_id, url) VALUES {rows:2}",
                [], some => |it| [it.share_id, &it.url]
            )?;
        }
        Ok(())
    }

    /// A sender of a share that needs what comes from `url`, if one is kept.
    pub(in crate::share) async fn picture_sender(&mut self, url: &str) -> Result<Option<String>> {
        sql!(
            self,
            scalar fetch_optional,
            "SELECT s.sender FROM picture_use u JOIN share s ON s.id = u.share_id \
             WHERE u.url = $1 LIMIT 1",
            url
        )
    }

    /// `share` needs no pictures any more. Answers the addresses of those it needed.
    pub(in crate::share) async fn end_picture_uses(
        &mut self,
        share: ShareId,
    ) -> Result<Vec<String>> {
        let ended: Vec<(String,)> = sql!(
            self,
            fetch_all,
            "DELETE FROM picture_use WHERE share_id = $1 RETURNING url",
            share.0
        )?;
        Ok(ended.into_iter().map(|(url,)| url).collect())
    }

    /// Forgets those of `urls` that no share needs, with the pictures that came from them and from
    /// no other address. What is being fetched from them is not kept.
    pub(in crate::share) async fn delete_unused_pictures(&mut self, urls: &[String]) -> Result<()> {
        for some in urls.chunks(MOST_ROWS) {
            let gone: Vec<GoneRow> = sql_rows!(
                &mut *self, fetch_all,
                "DELETE FROM picture_source WHERE url IN ({list}) AND NOT EXISTS \
                 (SELECT 1 FROM picture_use u WHERE u.url = picture_source.url) \
                 RETURNING url, hash",
                [], some => |url| [url]
            )?;
            for it in gone {
                sql!(
                    &mut *self,
                    execute,
                    "DELETE FROM picture WHERE (hash = $1 OR former_of = $2) AND NOT EXISTS \
                     (SELECT 1 FROM picture_source s WHERE s.hash = picture.hash)",
                    it.hash,
                    &it.url
                )?;
            }
        }
        Ok(())
    }

    /// What each of `senders` has asked for since a moment after `since`; nothing for those who
    /// have not.
    pub(in crate::share) async fn picture_asks(
        &mut self,
        senders: &[String],
        since: Millis,
    ) -> Result<Vec<AskRow>> {
        let mut found = Vec::new();
        for some in senders.chunks(MOST_ROWS) {
            found.extend(sql_rows!(
                &mut *self, fetch_all,
                "SELECT sender, since, asked FROM picture_ask WHERE since > $1 \
                 AND sender IN ({list})",
                [since.0], some => |sender| [sender]
            )?);
        }
        Ok(found)
    }

    /// Keeps what senders have asked for, in place of what was kept of them.
    pub(in crate::share) async fn set_picture_asks(&mut self, asks: &[AskRow]) -> Result<()> {
        for some in asks.chunks(MOST_ROWS) {
            sql_rows!(
                &mut *self, execute,
                "INSERT INTO picture_ask (sender, since, asked) VALUES {rows:3} \
                 ON CONFLICT (sender) DO UPDATE SET since = excluded.since, asked = excluded.asked",
                [], some => |it| [&it.sender, it.since, it.asked]
            )?;
        }
        Ok(())
    }

    /// Forgets who asked until `until`. Answers how many.
    pub(in crate::share) async fn delete_old_picture_asks(&mut self, until: Millis) -> Result<u64> {
        sql!(self, execute, "DELETE FROM picture_ask WHERE since <= $1", until.0)
    }
}
