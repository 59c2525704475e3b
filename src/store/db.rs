//! Two databases behind one handle: SQLite in the process, or PostgreSQL.

use std::{fmt::Write, path::PathBuf, str::FromStr, time::Duration};

use sqlx::{
    Connection, PgPool, Postgres, Sqlite, SqlitePool, Transaction,
    migrate::MigrateError,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::fault::lacks_room;
use crate::permission;

/// Why the database did not do it.
#[expect(clippy::error_impl_error, reason = "it is the one error of this module")]
pub type Error = sqlx::Error;

/// What a function of the store answers.
pub type Result<T> = std::result::Result<T, Error>;

/// The open database.
#[derive(Debug, Clone)]
pub enum Db {
    /// One writer, readers beside it.
    Sqlite {
        /// A single connection: SQLite has one writer, so waiting happens here and not in `BUSY`.
        write: SqlitePool,
        /// One that looks up a few rows at a time.
        look_up: SqlitePool,
        /// Connections that only read.
        read: SqlitePool,
        /// One that empties the log, and waits for nobody.
        log: SqlitePool,
    },
    /// A server. What writes and what reads have connections of their own: readers that have taken
    /// all of theirs keep nobody from writing, nor the lease on the stream from being renewed.
    Postgres {
        /// One for the committer, and one for the lease.
        write: PgPool,
        /// One that looks up a few rows at a time.
        look_up: PgPool,
        /// Connections that only read.
        read: PgPool,
    },
}

/// A unit of work on whichever database is open.
#[derive(Debug)]
pub enum Tx {
    /// On SQLite.
    Sqlite(Transaction<'static, Sqlite>),
    /// On PostgreSQL.
    Postgres(Transaction<'static, Postgres>),
}

/// To where a transaction is undone when something in it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Savepoint {
    /// What one of a group has asked for.
    Step,
    /// A part of that, which fails alone.
    Part,
}

/// How long anything waits for a connection or a lock.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long PostgreSQL keeps a transaction whose owner says nothing: an instance that sleeps with
/// locks in its hand would block the one that takes over, and could commit when it wakes up. To be
/// shorter than the lease on the stream.
const ABANDONED: Duration = Duration::from_secs(8);

impl Db {
    /// Opens the database at `url` (`sqlite:FILE` or `postgres://…`) and brings its tables up to
    /// this version.
    ///
    /// # Errors
    /// When it cannot be reached or created, was made by a newer version, or lies in a file that
    /// others on this machine can read.
    pub async fn open(url: &str) -> Result<Self> {
        if let Some(file) = Self::file(url)? {
            permission::prepare(&file).map_err(|error| Error::Configuration(Box::new(error)))?;
        }
        let db = if url.starts_with("sqlite:") { Self::sqlite(url)? } else { Self::postgres(url)? };
        db.migrate().await.map_err(|cause| Error::Migrate(Box::new(cause)))?;
        Ok(db)
    }

    /// The file in which the database at `url` lies; none when it is on a server, or in memory.
    ///
    /// # Errors
    /// When `url` is no address of a database.
    pub fn file(url: &str) -> Result<Option<PathBuf>> {
        if !url.starts_with("sqlite:") || url.contains(":memory:") || url.contains("mode=memory") {
            return Ok(None);
        }
        Ok(Some(SqliteConnectOptions::from_str(url)?.get_filename().to_owned()))
    }

    fn sqlite(url: &str) -> Result<Self> {
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // Durable before acknowledged: NORMAL loses the last commits with the power.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(PATIENCE)
            .foreign_keys(true)
            .statement_cache_capacity(200)
            // What a statement of many rows would have to undo is kept in memory: written to a
            // file, page after page, it took a fifth of the writer's time.
            .pragma("temp_store", "MEMORY")
            // Erased means gone from the file too (threats 15).
            .pragma("secure_delete", "ON");
        let pool = |most| {
            SqlitePoolOptions::new()
                .max_connections(most)
                .acquire_timeout(PATIENCE)
                // A connection that is there stays: one that is opened anew is not to be had while
                // there are too many files. Nobody but us ends it.
                .idle_timeout(None)
                .max_lifetime(None)
                .test_before_acquire(false)
                // On a full disk SQLite rolls back by itself, and sqlx would then believe for ever
                // that a transaction is open.
                .before_acquire(|connection, _| {
                    let is_clean = !connection.is_in_transaction();
                    Box::pin(async move { Ok(is_clean) })
                })
        };
        Ok(Self::Sqlite {
            write: pool(1).connect_lazy_with(options.clone()),
            // What waits for readers keeps the writer's lock meanwhile.
            log: pool(1).connect_lazy_with(options.clone().busy_timeout(Duration::ZERO)),
            look_up: pool(1).connect_lazy_with(options.clone()),
            read: pool(4).connect_lazy_with(options.read_only(false)),
        })
    }

    fn postgres(url: &str) -> Result<Self> {
        let options = PgConnectOptions::from_str(url)?
            .application_name("tradepost")
            .options([("idle_in_transaction_session_timeout", ABANDONED.as_millis().to_string())]);
        let pool = |most| PgPoolOptions::new().max_connections(most).acquire_timeout(PATIENCE);
        // The lease is renewed by one that is there, not by one that the server may have no room for.
        let write = pool(2).idle_timeout(None).max_lifetime(None);
        let write = write.connect_lazy_with(options.clone());
        let look_up = pool(1).connect_lazy_with(options.clone());
        Ok(Self::Postgres { write, look_up, read: pool(6).connect_lazy_with(options) })
    }

    async fn migrate(&self) -> std::result::Result<(), MigrateError> {
        match self {
            Self::Sqlite { write, look_up, read, log } => {
                sqlx::migrate!("src/store/migrations/sqlite").run(write).await?;
                // Their files are open from the start, and not one day when there are too many.
                for pool in [look_up, read, log] {
                    let mut all = Vec::new();
                    for _ in 0..pool.options().get_max_connections() {
                        all.push(pool.acquire().await?);
                    }
                }
                Ok(())
            }
            Self::Postgres { write, .. } => {
                sqlx::migrate!("src/store/migrations/postgres").run(write).await
            }
        }
    }

    /// Begins a transaction that writes.
    ///
    /// # Errors
    /// When the database does not answer within five seconds.
    pub async fn write(&self) -> Result<Tx> {
        match self {
            // IMMEDIATE: a read lock that becomes a write lock can fail with BUSY even with a
            // timeout.
            Self::Sqlite { write, .. } => write.begin_with("BEGIN IMMEDIATE").await.map(Tx::Sqlite),
            Self::Postgres { write, .. } => write.begin().await.map(Tx::Postgres),
        }
    }

    /// Begins a transaction that looks up a few rows of one account, on a connection kept for that:
    /// whoever takes in stanzas does not wait behind those who read much.
    ///
    /// # Errors
    /// When the database does not answer within five seconds.
    pub async fn look_up(&self) -> Result<Tx> {
        match self {
            Self::Sqlite { look_up, .. } => look_up.begin().await.map(Tx::Sqlite),
            Self::Postgres { look_up, .. } => look_up.begin().await.map(Tx::Postgres),
        }
    }

    /// Begins a transaction that only reads.
    ///
    /// # Errors
    /// When the database does not answer within five seconds.
    pub async fn read(&self) -> Result<Tx> {
        match self {
            Self::Sqlite { read, .. } => read.begin().await.map(Tx::Sqlite),
            Self::Postgres { read, .. } => read.begin().await.map(Tx::Postgres),
        }
    }

    /// Writes everything into the database's own file and empties the log before it, which still
    /// holds what was there before (threats 15). PostgreSQL does both by itself. Answers whether it
    /// is empty: not while somebody reads what was there before, for whom nobody waits.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn empty_log(&self) -> Result<bool> {
        let Self::Sqlite { log, .. } = self else { return Ok(true) };
        // This copies while others write. What it leaves is little, and only that keeps them out.
        sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(log).await?;
        let (busy, _, _): (i64, i64, i64) =
            sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(log).await?;
        Ok(busy == 0)
    }

    /// Closes every connection.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { write, look_up, read, log } => {
                log.close().await;
                look_up.close().await;
                read.close().await;
                write.close().await;
            }
            Self::Postgres { write, look_up, read } => {
                look_up.close().await;
                read.close().await;
                write.close().await;
            }
        }
    }
}

impl Tx {
    /// Keeps what was done: when this returns, it survives a crash and a loss of power.
    ///
    /// # Errors
    /// When the database did not take it. Over a network it may have taken it all the same.
    pub async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(tx) => tx.commit().await,
            Self::Postgres(tx) => tx.commit().await,
        }
    }

    /// What is done from here on can be undone alone, until it is settled. A part may stand within
    /// a step.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn savepoint(&mut self, of: Savepoint) -> Result<()> {
        self.control(match of {
            Savepoint::Step => "SAVEPOINT step",
            Savepoint::Part => "SAVEPOINT part",
        })
        .await
    }

    /// Undoes what was done since this savepoint if it failed, so that only whoever asked for it has
    /// lost it. A part that was not settled, because it ended by a panic, goes with its step. Answers
    /// what it was given.
    ///
    /// # Errors
    /// When the whole transaction is lost, as it is when the disk is full, which is nobody's alone.
    pub async fn settle<T>(&mut self, of: Savepoint, done: Result<T>) -> Result<Result<T>> {
        if let Err(error) = done.as_ref()
            && lacks_room(error)
        {
            return done.map(Ok);
        }
        self.control(match (of, &done) {
            (Savepoint::Step, Ok(_)) => "RELEASE SAVEPOINT step",
            (Savepoint::Part, Ok(_)) => "RELEASE SAVEPOINT part",
            (Savepoint::Step, Err(_)) => "ROLLBACK TO SAVEPOINT step; RELEASE SAVEPOINT step",
            (Savepoint::Part, Err(_)) => "ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part",
        })
        .await?;
        Ok(done)
    }

    async fn control(&mut self, text: &'static str) -> Result<()> {
        let text = sqlx::raw_sql(text);
        match self {
            Self::Sqlite(tx) => text.execute(&mut **tx).await.map(drop),
            Self::Postgres(tx) => text.execute(&mut **tx).await.map(drop),
        }
    }
}

/// Runs one statement: `sql!(tx, fetch_all, "SELECT … WHERE id = $1", id)`.
macro_rules! sql {
    (@run $query:expr, execute, $tx:expr) => { $query.execute(&mut **$tx).await.map(|done| done.rows_affected()) };
    (@run $query:expr, $how:ident, $tx:expr) => { $query.$how(&mut **$tx).await };
    ($tx:expr, execute, $text:expr $(, $bind:expr)* $(,)?) => {
        match $tx {
            $crate::store::db::Tx::Sqlite(tx) => sql!(@run sqlx::query($text)$(.bind($bind))*, execute, tx),
            $crate::store::db::Tx::Postgres(tx) => sql!(@run sqlx::query($text)$(.bind($bind))*, execute, tx),
        }
    };
    ($tx:expr, $how:ident, $text:expr $(, $bind:expr)* $(,)?) => {
        match $tx {
            $crate::store::db::Tx::Sqlite(tx) => sql!(@run sqlx::query_as($text)$(.bind($bind))*, $how, tx),
            $crate::store::db::Tx::Postgres(tx) => sql!(@run sqlx::query_as($text)$(.bind($bind))*, $how, tx),
        }
    };
}
pub(super) use sql;

/// Runs one statement over many rows:
/// `sql_rows!(tx, execute, "INSERT INTO t VALUES {rows:2}", [], things => |thing| [thing.a, thing.b])`.
///
/// `{rows:N}` becomes a parenthesis of N parameters for each row, `{list}` one parameter for each.
/// What stands in the first brackets is bound before the rows, as `$1` and on.
macro_rules! sql_rows {
    (@bind $make:ident, $how:ident, $tx:expr, $text:expr, [$($first:expr),*], $rows:expr, $row:ident, [$($bind:expr),+]) => {{
        let mut query = sqlx::$make(sqlx::AssertSqlSafe($text));
        $(query = query.bind($first);)*
        for $row in $rows { $(query = query.bind($bind);)+ }
        sql!(@run query, $how, $tx)
    }};
    (@both $make:ident, $how:ident, $tx:expr, $text:expr, [$($first:expr),*], $rows:expr, $row:ident, $binds:tt) => {{
        match $tx {
            $crate::store::db::Tx::Sqlite(tx) => {
                let text = $crate::store::db::expand_unnumbered($text, $rows.len());
                sql_rows!(@bind $make, $how, tx, text, [$($first),*], $rows, $row, $binds)
            }
            $crate::store::db::Tx::Postgres(tx) => {
                let text = $crate::store::db::expand($text, $rows.len());
                sql_rows!(@bind $make, $how, tx, text, [$($first),*], $rows, $row, $binds)
            }
        }
    }};
    ($tx:expr, execute, $text:expr, [$($first:expr),*], $rows:expr => |$row:ident| $binds:tt) => {
        sql_rows!(@both query, execute, $tx, $text, [$($first),*], $rows, $row, $binds)
    };
    ($tx:expr, $how:ident, $text:expr, [$($first:expr),*], $rows:expr => |$row:ident| $binds:tt) => {
        sql_rows!(@both query_as, $how, $tx, $text, [$($first),*], $rows, $row, $binds)
    };
}
pub(super) use sql_rows;

/// The most rows one statement takes.
pub const MOST_ROWS: usize = 256;
/// Up to so many rows are one statement, however many they are.
const FEW_ROWS: usize = 32;

/// `rows` in pieces of up to [`MOST_ROWS`], of few different lengths: each length is a statement
/// of its own that is prepared once and kept. With whatever lengths groups happen to have, hundreds
/// of large statements were kept (70 MB), and most were prepared again before they were met twice.
pub(super) fn pieces<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let length = match rows.len() {
            0 => return None,
            few @ ..=FEW_ROWS => few,
            many @ ..=MOST_ROWS => (many + 1).next_power_of_two() / 2,
            _ => MOST_ROWS,
        };
        let (piece, rest) = rows.split_at(length);
        rows = rest;
        Some(piece)
    })
}

/// `text` with its `{rows:N}` or `{list}` written out for `n` rows.
///
/// The parameters are counted on from the highest `$` before the marker.
#[must_use]
pub fn expand(text: &str, n: usize) -> String {
    let mut next = highest(text);
    write_out(text, n, |written| {
        next += 1;
        // Writing into a string cannot fail.
        let _ = write!(written, "${next}");
    })
}

/// As [`expand`], with `?` for every parameter. SQLite looks for the name of each parameter in a
/// list of all of them, which is quadratic: with 512 rows it took nine tenths of the time.
///
/// `$1` and on must stand in the order of their numbers, once each, before the marker.
#[must_use]
pub fn expand_unnumbered(text: &str, n: usize) -> String {
    let mut plain = String::with_capacity(text.len());
    for (at, part) in text.split('$').enumerate() {
        let rest = part.trim_start_matches(|c: char| at > 0 && c.is_ascii_digit());
        if at > 0 {
            debug_assert_eq!(part.strip_suffix(rest), Some(at.to_string().as_str()));
            plain.push('?');
        }
        plain.push_str(rest);
    }
    write_out(&plain, n, |written| written.push('?'))
}

/// The highest number behind a `$`.
fn highest(text: &str) -> usize {
    let numbers = text
        .split('$')
        .skip(1)
        .filter_map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<usize>().ok());
    numbers.max().unwrap_or(0)
}

/// `text` with its marker written out, each parameter by `parameter`.
fn write_out(text: &str, n: usize, mut parameter: impl FnMut(&mut String)) -> String {
    let (marker, columns) = marker(text);
    let Some((before, after)) = text.split_once(marker.as_str()) else { return text.to_owned() };
    let (open, close) = if columns.is_some() { ("(", ")") } else { ("", "") };
    let mut written = String::with_capacity(text.len() + n * (columns.unwrap_or(1) * 6 + 3));
    written.push_str(before);
    for row in 0..n {
        written.push_str(if row == 0 { "" } else { ", " });
        written.push_str(open);
        for column in 0..columns.unwrap_or(1) {
            written.push_str(if column == 0 { "" } else { ", " });
            parameter(&mut written);
        }
        written.push_str(close);
    }
    written.push_str(after);
    written
}

fn marker(text: &str) -> (String, Option<usize>) {
    let columns = text
        .split_once("{rows:")
        .and_then(|(_, rest)| rest.split('}').next())
        .and_then(|number| number.parse().ok());
    match columns {
        Some(n) => (format!("{{rows:{n}}}"), Some(n)),
        None => ("{list}".to_owned(), None),
    }
}

#[cfg(test)]
mod tests;
