//! Two databases behind one handle: SQLite in the process, or PostgreSQL.

pub mod connection;
mod effect;
pub mod fault;
pub mod key;
pub mod leader;
mod log;
mod savepoint;
pub mod statement;

use std::{path::PathBuf, str::FromStr, time::Duration};

use sqlx::{
    Connection as _, PgPool, Postgres, Sqlite, SqlitePool, Transaction,
    migrate::MigrateError,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

pub use self::statement::{MOST_ROWS, expand, expand_unnumbered};
pub(super) use self::statement::{pieces, sql, sql_rows};
pub use self::{connection::Connection, savepoint::Savepoint};
use self::{
    connection::{heard, within},
    effect::Effects,
};
use crate::{db::fault::lacks_room, permission};

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
        /// Where it lies.
        file: PathBuf,
        /// A single connection: SQLite has one writer, so waiting happens here and not in `BUSY`.
        write: SqlitePool,
        /// One that looks up a few rows at a time.
        look_up: SqlitePool,
        /// Connections that only read.
        read: SqlitePool,
        /// The same for visitors of the pages.
        visit: SqlitePool,
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
        /// The same for visitors of the pages.
        visit: PgPool,
    },
}

/// A unit of work on whichever database is open.
#[derive(Debug)]
pub struct Tx {
    /// Where it is done.
    pub connection: Connection,
    queues: bool,
    effects: Effects,
}

/// Connections that only read, and those for visitors.
const READS: u32 = 4;
const VISITS: u32 = 2;

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
            file: options.get_filename().to_owned(),
            write: pool(1).connect_lazy_with(options.clone()),
            // What waits for readers keeps the writer's lock meanwhile.
            log: pool(1).connect_lazy_with(options.clone().busy_timeout(Duration::ZERO)),
            look_up: pool(1).connect_lazy_with(options.clone()),
            visit: pool(VISITS).connect_lazy_with(options.clone()),
            read: pool(READS).connect_lazy_with(options),
        })
    }

    fn postgres(url: &str) -> Result<Self> {
        let options = PgConnectOptions::from_str(url)?
            .application_name("tradepost")
            .options([("idle_in_transaction_session_timeout", ABANDONED.as_millis().to_string())]);
        let pool = |most| {
            PgPoolOptions::new()
                .max_connections(most)
                .acquire_timeout(PATIENCE)
                // Looked at before it is given back; one that says nothing is given up, and makes room.
                .after_release(|connection, _| {
                    Box::pin(async { within(PATIENCE, connection.ping()).await.map(|()| true) })
                })
        };
        // The lease is renewed by one that is there, not by one that the server may have no room for, and
        // so is looked up whatever a stanza needs.
        let write = pool(2).idle_timeout(None).max_lifetime(None);
        let write = write.connect_lazy_with(options.clone());
        let look_up = pool(1).idle_timeout(None).max_lifetime(None);
        let look_up = look_up.connect_lazy_with(options.clone());
        let visit = pool(VISITS).connect_lazy_with(options.clone());
        Ok(Self::Postgres { write, look_up, visit, read: pool(READS).connect_lazy_with(options) })
    }

    async fn migrate(&self) -> std::result::Result<(), MigrateError> {
        match self {
            Self::Sqlite { write, look_up, read, visit, log, .. } => {
                sqlx::migrate!("src/db/migrations/sqlite").run(write).await?;
                // Their files are open from the start, and not one day when there are too many.
                for pool in [look_up, read, visit, log] {
                    let mut all = Vec::new();
                    for _ in 0..pool.options().get_max_connections() {
                        all.push(pool.acquire().await?);
                    }
                }
                Ok(())
            }
            Self::Postgres { write, look_up, .. } => {
                sqlx::migrate!("src/db/migrations/postgres").run(write).await?;
                // And their connections, while the server has room for them.
                let both = (write.acquire().await?, write.acquire().await?);
                drop((both, look_up.acquire().await?));
                Ok(())
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
            Self::Sqlite { write, .. } => write.begin_with("BEGIN IMMEDIATE").await.map(Tx::sqlite),
            Self::Postgres { write, .. } => heard(write.begin()).await.map(Tx::postgres),
        }
    }

    /// Begins a transaction that looks up a few rows of one account, on a connection kept for that:
    /// whoever takes in stanzas does not wait behind those who read much.
    ///
    /// # Errors
    /// When the database does not answer within five seconds.
    pub async fn look_up(&self) -> Result<Tx> {
        match self {
            Self::Sqlite { look_up, .. } => look_up.begin().await.map(Tx::sqlite),
            Self::Postgres { look_up, .. } => heard(look_up.begin()).await.map(Tx::postgres),
        }
    }

    /// The same database for visitors of the pages, who read on connections of their own: how long
    /// they hold one hangs on how busy others keep the pages, and nobody else waits for it.
    #[must_use]
    pub fn for_visitors(&self) -> Self {
        let mut db = self.clone();
        match &mut db {
            Self::Sqlite { read, visit, .. } => read.clone_from(visit),
            Self::Postgres { read, visit, .. } => read.clone_from(visit),
        }
        db
    }

    /// Begins a transaction that only reads.
    ///
    /// # Errors
    /// When the database does not answer within five seconds.
    pub async fn read(&self) -> Result<Tx> {
        match self {
            Self::Sqlite { read, .. } => read.begin().await.map(Tx::sqlite),
            Self::Postgres { read, .. } => heard(read.begin()).await.map(Tx::postgres),
        }
    }

    /// Closes every connection.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { write, look_up, read, visit, log, .. } => {
                log.close().await;
                look_up.close().await;
                visit.close().await;
                read.close().await;
                write.close().await;
            }
            Self::Postgres { write, look_up, read, visit } => {
                look_up.close().await;
                visit.close().await;
                read.close().await;
                write.close().await;
            }
        }
    }
}

impl Tx {
    fn sqlite(transaction: Transaction<'static, Sqlite>) -> Self {
        Self {
            connection: Connection::Sqlite(transaction),
            queues: false,
            effects: Effects::default(),
        }
    }

    fn postgres(transaction: Transaction<'static, Postgres>) -> Self {
        Self {
            connection: Connection::Postgres(transaction),
            queues: false,
            effects: Effects::default(),
        }
    }

    /// Something is queued, or may be.
    pub fn note_queued(&mut self) {
        self.queues = true;
    }

    /// All that was queued until now has been claimed, unless there is `more`.
    pub fn note_claimed(&mut self, more: bool) {
        self.queues = more;
    }

    /// Whether something may be queued in it that nobody has claimed. Whoever commits it has the
    /// worker look, and sends nothing past that.
    #[must_use]
    pub fn queues(&self) -> bool {
        self.queues
    }

    /// Keeps what was done: when this returns, it survives a crash and a loss of power.
    ///
    /// # Errors
    /// When the database did not take it. Over a network it may have taken it all the same.
    pub async fn commit(self) -> Result<()> {
        match self.connection {
            Connection::Sqlite(tx) => tx.commit().await,
            Connection::Postgres(tx) => heard(tx.commit()).await,
        }?;
        self.effects.happen();
        Ok(())
    }

    /// Has this done when the transaction is kept; not when it is undone, or what was done since the
    /// same savepoint is.
    pub fn after_commit(&mut self, effect: impl FnOnce() + Send + 'static) {
        self.effects.add(Box::new(effect));
    }

    /// What is done from here on can be undone alone, until it is settled. A part may stand within a
    /// step or a portion, and a portion within a step.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn savepoint(&mut self, of: Savepoint) -> Result<()> {
        self.effects.mark(of);
        self.control(match of {
            Savepoint::Step => "SAVEPOINT step",
            Savepoint::Portion => "SAVEPOINT portion",
            Savepoint::Part => "SAVEPOINT part",
        })
        .await
    }

    /// Undoes what was done since this savepoint if it failed, so that only whoever asked for it has
    /// lost it. A part that was not settled, because it ended by a panic, goes with what it stands in. Answers
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
            (Savepoint::Portion, Ok(_)) => "RELEASE SAVEPOINT portion",
            (Savepoint::Part, Ok(_)) => "RELEASE SAVEPOINT part",
            (Savepoint::Step, Err(_)) => "ROLLBACK TO SAVEPOINT step; RELEASE SAVEPOINT step",
            (Savepoint::Portion, Err(_)) => {
                "ROLLBACK TO SAVEPOINT portion; RELEASE SAVEPOINT portion"
            }
            (Savepoint::Part, Err(_)) => "ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part",
        })
        .await?;
        self.effects.settle(of, done.is_err());
        Ok(done)
    }

    async fn control(&mut self, text: &'static str) -> Result<()> {
        let text = sqlx::raw_sql(text);
        match &mut self.connection {
            Connection::Sqlite(tx) => text.execute(&mut **tx).await.map(drop),
            Connection::Postgres(tx) => heard(text.execute(&mut **tx)).await.map(drop),
        }
    }
}

#[cfg(test)]
mod tests;
