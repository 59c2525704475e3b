//! A connection to one of the two databases, and how long it may say nothing.

use std::{
    io::{self, ErrorKind},
    pin::Pin,
    time::Duration,
};

use sqlx::{Error, Postgres, Sqlite, Transaction};
use tokio::time::timeout;

/// How long PostgreSQL may say nothing. A connection whose other end has gone without a word would
/// else keep everybody waiting for as long as TCP tries, which is a quarter of an hour.
const SILENCE: Duration = Duration::from_secs(30);

/// The connection on which something is done.
#[derive(Debug)]
pub enum Connection {
    /// To SQLite.
    Sqlite(Transaction<'static, Sqlite>),
    /// To PostgreSQL.
    Postgres(Transaction<'static, Postgres>),
}

/// What PostgreSQL answers, unless it says nothing for half a minute.
/// In a box, or every future that asks something would hold this as well.
pub(crate) fn heard<'t, T: 't>(
    asked: impl Future<Output = Result<T, Error>> + Send + 't,
) -> Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 't>> {
    Box::pin(within(SILENCE, asked))
}

pub(crate) async fn within<T>(
    time: Duration,
    asked: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let silence = || Error::Io(io::Error::new(ErrorKind::TimedOut, "the database says nothing"));
    timeout(time, asked).await.unwrap_or_else(|_| Err(silence()))
}
