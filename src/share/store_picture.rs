//! Pictures that were fetched, the addresses they came from, and the shares that wait for them.
//!
//! Every function that asks the database fails when that does not answer.

use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    db::{MOST_ROWS, Result, Tx, sql, sql_rows},
    domain::{
        clock::Millis,
        id::ShareId,
        picture::{Kind, Picture, PictureHash, Progress, Thumbnail},
    },
};

/// An address that was asked for, and whether anything can still be hoped for.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(in crate::share) struct SourceRow {
    /// `https://…`
    pub url: String,
    /// There is a picture, perhaps an old one.
    pub known: bool,
    /// It is wanted or being fetched, for the first time.
    pub first: bool,
}

/// An address that is asked for, and whose turn it then is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WantRow {
    /// `https://…`
    pub url: String,
    /// How many were asked for before it; the lowest is fetched first.
    pub turn: i64,
}

/// An address to be fetched now.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct JobRow {
    /// `https://…`
    pub url: String,
    /// Which try this is, 1 for the first.
    pub attempt: i64,
    /// How many its asker had asked for before it.
    pub turn: i64,
}

/// A share that is delivered a little later for the sake of a picture.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(in crate::share) struct WaitRow {
    /// The share.
    pub share_id: Uuid,
    /// Whose shares leave in their order.
    pub sender: String,
    /// What is waited for; none when only its place is kept, or when that is there.
    pub url: Option<String>,
    /// When it would be due without the wait.
    pub from_at: i64,
    /// When it is due in any case.
    pub until_at: i64,
}

#[derive(FromRow)]
struct ThumbnailRow {
    url: String,
    hash: Vec<u8>,
    media_type: String,
    width: i64,
    height: i64,
    size: i64,
    small: Vec<u8>,
}

impl ThumbnailRow {
    /// None for what no version has written.
    fn thumbnail(self) -> Option<Thumbnail> {
        Some(Thumbnail {
            hash: PictureHash(self.hash.try_into().ok()?),
            kind: Kind::of(&self.media_type)?,
            size: u64::try_from(self.size).ok()?,
            width: u32::try_from(self.width).ok()?,
            height: u32::try_from(self.height).ok()?,
            small: self.small,
        })
    }
}

impl Tx {
    /// Has these addresses fetched, unless that was done in the last 24 h
    /// ([`FRESH`](crate::domain::picture::FRESH)), and keeps what comes of it until `expires` at
    /// least. One that waits for its first try keeps the lowest turn. No two of `wants` may have the
    /// same address.
    pub(in crate::share) async fn want_pictures(
        &mut self,
        wants: &[WantRow],
        now: Millis,
        expires: Millis,
    ) -> Result<Vec<SourceRow>> {
        let mut found = Vec::with_capacity(wants.len());
        for some in wants.chunks(MOST_ROWS) {
            found.extend(sql_rows!(
                &mut *self, fetch_all,
                "INSERT INTO picture_source (url, state, attempt, turn, due_at, ended_at, expires_at) \
                 VALUES {rows:7} ON CONFLICT (url) DO UPDATE SET \
                 state = CASE WHEN picture_source.state >= 2 AND \
                 picture_source.ended_at + 86400000 <= excluded.due_at \
                 THEN excluded.state ELSE picture_source.state END, \
                 attempt = CASE WHEN picture_source.state >= 2 AND \
                 picture_source.ended_at + 86400000 <= excluded.due_at \
                 THEN excluded.attempt ELSE picture_source.attempt END, \
                 turn = CASE WHEN (picture_source.state >= 2 AND \
                 picture_source.ended_at + 86400000 <= excluded.due_at) \
                 OR (picture_source.state = 0 AND picture_source.attempt = 0 \
                 AND picture_source.turn > excluded.turn) \
                 THEN excluded.turn ELSE picture_source.turn END, \
                 due_at = CASE WHEN picture_source.state >= 2 AND \
                 picture_source.ended_at + 86400000 <= excluded.due_at \
                 THEN excluded.due_at ELSE picture_source.due_at END, \
                 expires_at = CASE WHEN picture_source.expires_at < excluded.expires_at \
                 THEN excluded.expires_at ELSE picture_source.expires_at END \
                 RETURNING url, hash IS NOT NULL AS known, \
                 (state = 0 AND attempt = 0) OR (state = 1 AND attempt = 1) AS first",
                [], some => |it| [
                    &it.url, Progress::Wanted.code(), 0_i64, it.turn, now.0, 0_i64, expires.0
                ]
            )?);
        }
        Ok(found)
    }

    /// The pictures that came from these addresses, each with its address.
    pub(in crate::share) async fn thumbnails(
        &mut self,
        urls: &[String],
    ) -> Result<Vec<(String, Thumbnail)>> {
        let mut found = Vec::with_capacity(urls.len());
        for some in urls.chunks(MOST_ROWS) {
            let rows: Vec<ThumbnailRow> = sql_rows!(
                &mut *self, fetch_all,
                "SELECT s.url, p.hash, p.media_type, p.width, p.height, p.size, p.small \
                 FROM picture_source s JOIN picture p ON p.hash = s.hash WHERE s.url IN ({list})",
                [], some => |url| [url]
            )?;
            found.extend(rows.into_iter().filter_map(|row| {
                let url = row.url.clone();
                Some((url, row.thumbnail()?))
            }));
        }
        Ok(found)
    }

    /// The file of a picture.
    pub(in crate::share) async fn picture_bytes(
        &mut self,
        hash: PictureHash,
        kind: Kind,
    ) -> Result<Option<Vec<u8>>> {
        let found: Option<(Vec<u8>,)> = sql!(
            self,
            fetch_optional,
            "SELECT bytes FROM picture WHERE hash = $1 AND media_type = $2",
            hash.0.as_slice(),
            kind.media_type()
        )?;
        Ok(found.map(|(bytes,)| bytes))
    }

    /// Up to `limit` addresses that are to be fetched now: first tries before second ones, of
    /// those the lowest turn, of those the longest due.
    ///
    /// Only the first 200 are looked at: what waits two minutes for its next try stands among them,
    /// and however much that is, this takes no longer. First tries wait for nothing.
    pub(in crate::share) async fn pictures_due(
        &mut self,
        now: Millis,
        limit: i64,
    ) -> Result<Vec<JobRow>> {
        sql!(
            self,
            fetch_all,
            "SELECT url, attempt, turn FROM (SELECT url, attempt, turn, due_at \
             FROM picture_source WHERE state < 2 ORDER BY attempt, turn, due_at LIMIT 200) q \
             WHERE due_at <= $1 ORDER BY attempt, turn, due_at LIMIT $2",
            now.0,
            limit
        )
    }

    /// Claims these addresses until `lease`. Only the instance that leads does so.
    pub(in crate::share) async fn claim_pictures(
        &mut self,
        urls: &[String],
        lease: Millis,
    ) -> Result<()> {
        for some in urls.chunks(MOST_ROWS) {
            sql_rows!(
                &mut *self, execute,
                "UPDATE picture_source SET state = 1, attempt = attempt + 1, due_at = $1 \
                 WHERE state < 2 AND url IN ({list})",
                [lease.0], some => |url| [url]
            )?;
        }
        Ok(())
    }

    /// Keeps a picture as long as what came from `url` is kept.
    pub(in crate::share) async fn insert_picture(
        &mut self,
        url: &str,
        picture: &Picture,
    ) -> Result<()> {
        let it = &picture.thumbnail;
        sql!(
            self,
            execute,
            "INSERT INTO picture (hash, media_type, width, height, size, expires_at, small, bytes) \
             SELECT $1, $2, $3, $4, $5, expires_at, $6, $7 FROM picture_source WHERE url = $8 \
             ON CONFLICT (hash) DO NOTHING",
            it.hash.0.as_slice(),
            it.kind.media_type(),
            i64::from(it.width),
            i64::from(it.height),
            i64::try_from(it.size).unwrap_or(i64::MAX),
            &it.small,
            &picture.bytes,
            url
        )?;
        Ok(())
    }

    /// What `url` showed before stays as long as it was promised to.
    pub(in crate::share) async fn keep_former_picture(&mut self, url: &str) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE picture SET former_of = $1, expires_at = (SELECT MAX(s.expires_at) \
             FROM picture_source s WHERE s.hash = picture.hash) \
             WHERE hash = (SELECT hash FROM picture_source WHERE url = $1)",
            url
        )?;
        Ok(())
    }

    /// Which of `urls` were fetched in the last 24 h or are to be fetched already, each with its
    /// turn: 0 when it was tried.
    pub(in crate::share) async fn fresh_pictures(
        &mut self,
        urls: &[String],
        now: Millis,
    ) -> Result<Vec<(String, i64)>> {
        let mut found = Vec::new();
        for some in urls.chunks(MOST_ROWS) {
            found.extend(sql_rows!(
                &mut *self, fetch_all,
                "SELECT url, CASE WHEN state = 0 AND attempt = 0 THEN turn ELSE 0 END \
                 FROM picture_source WHERE (state < 2 OR ended_at + 86400000 > $1) \
                 AND url IN ({list})",
                [now.0], some => |url| [url]
            )?);
        }
        Ok(found)
    }

    /// The fetch of `url` has ended. `hash`: the picture that it shows now, or none when that is
    /// not known, and then it keeps the one it had. `due`: when it is tried again, if ever.
    pub(in crate::share) async fn end_picture(
        &mut self,
        url: &str,
        progress: Progress,
        hash: Option<PictureHash>,
        due: Millis,
        now: Millis,
    ) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE picture_source SET state = $2, hash = COALESCE($3, hash), due_at = $4, \
             ended_at = $5 WHERE url = $1",
            url,
            progress.code(),
            hash.as_ref().map(|hash| hash.0.as_slice()),
            due.0,
            now.0
        )?;
        Ok(())
    }

    /// Forgets, at most `limit` each, addresses that no share needs any more, and pictures that
    /// came from none of the others.
    pub(in crate::share) async fn delete_old_pictures(
        &mut self,
        now: Millis,
        limit: i64,
    ) -> Result<u64> {
        let sources = sql!(
            self,
            execute,
            "DELETE FROM picture_source WHERE url IN (SELECT url FROM picture_source \
             WHERE expires_at < $1 LIMIT $2)",
            now.0,
            limit
        )?;
        let pictures = sql!(
            self,
            execute,
            "DELETE FROM picture WHERE hash IN (SELECT hash FROM picture WHERE expires_at < $1 \
             AND NOT EXISTS (SELECT 1 FROM picture_source s WHERE s.hash = picture.hash) LIMIT $2)",
            now.0,
            limit
        )?;
        Ok(sources.max(pictures))
    }

    /// Notes that these shares wait.
    pub(in crate::share) async fn insert_waits(&mut self, waits: &[WaitRow]) -> Result<()> {
        for some in waits.chunks(MOST_ROWS) {
            sql_rows!(
                &mut *self, execute,
                "INSERT INTO picture_wait (share_id, sender, url, from_at, until_at) VALUES {rows:5}",
                [], some => |w| [w.share_id, &w.sender, &w.url, w.from_at, w.until_at]
            )?;
        }
        Ok(())
    }

    /// Until when the last of each of these senders' shares waits; nothing for those without one.
    pub(in crate::share) async fn waiting_senders(
        &mut self,
        senders: &[String],
    ) -> Result<Vec<(String, i64)>> {
        let mut found = Vec::new();
        for some in senders.chunks(MOST_ROWS) {
            found.extend(sql_rows!(
                &mut *self, fetch_all,
                "SELECT sender, MAX(until_at) FROM picture_wait WHERE sender IN ({list}) \
                 GROUP BY sender",
                [], some => |sender| [sender]
            )?);
        }
        Ok(found)
    }

    /// Nothing more comes from `url` soon. Answers whose shares waited for it.
    pub(in crate::share) async fn end_waits(&mut self, url: &str) -> Result<Vec<String>> {
        sql!(
            self,
            scalar fetch_all,
            "UPDATE picture_wait SET url = NULL WHERE url = $1 RETURNING sender",
            url
        )
    }

    /// The shares of `sender` that wait, in their order, at most `limit`.
    pub(in crate::share) async fn waits_of(
        &mut self,
        sender: &str,
        limit: i64,
    ) -> Result<Vec<WaitRow>> {
        sql!(
            self,
            fetch_all,
            "SELECT share_id, sender, url, from_at, until_at FROM picture_wait WHERE sender = $1 \
             ORDER BY share_id LIMIT $2",
            sender,
            limit
        )
    }

    /// What is queued of `share` and was never tried is due at `due`, if that is earlier.
    /// [`Delivery::next`](crate::domain::delivery::Delivery::next) on `Sooner`, for many.
    pub(crate) async fn hasten(&mut self, share: ShareId, due: Millis) -> Result<u64> {
        self.note_queued();
        sql!(
            self,
            execute,
            "UPDATE delivery SET due_at = CASE WHEN expires_at < $2 THEN expires_at ELSE $2 END \
             WHERE share_id = $1 AND state = 2 AND attempt = 0 AND due_at > $2",
            share.0,
            due.0
        )
    }

    /// `share` does not wait any more.
    pub(in crate::share) async fn delete_wait(&mut self, share: ShareId) -> Result<()> {
        sql!(self, execute, "DELETE FROM picture_wait WHERE share_id = $1", share.0)?;
        Ok(())
    }

    /// Forgets the waits that were over at `now`.
    pub(in crate::share) async fn delete_old_waits(&mut self, now: Millis) -> Result<u64> {
        sql!(self, execute, "DELETE FROM picture_wait WHERE until_at <= $1", now.0)
    }
}
