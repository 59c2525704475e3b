//! What an error of the database says about the next attempt.

use sqlx::Error;

/// A number of SQLite without its upper bits, or the five characters of PostgreSQL.
enum Code {
    Sqlite(u32),
    Postgres(String),
}

fn code(error: &Error) -> Option<Code> {
    let code = error.as_database_error()?.code()?.into_owned();
    Some(match code.parse::<u32>() {
        Ok(sqlite) if code.len() < 5 => Code::Sqlite(sqlite & 0xff),
        _ => Code::Postgres(code),
    })
}

/// Whether the disk of the database is full or cannot be written.
#[must_use]
pub fn lacks_room(error: &Error) -> bool {
    match code(error) {
        // SQLITE_IOERR and SQLITE_FULL.
        Some(Code::Sqlite(code)) => matches!(code, 10 | 13),
        // `disk_full`, and the class of system errors.
        Some(Code::Postgres(code)) => code == "53100" || code.starts_with("58"),
        None => false,
    }
}

/// Whether it says nothing against the row that was to be written: the database takes nobody's
/// now, and may take this one later.
#[must_use]
pub fn is_everybodys(error: &Error) -> bool {
    match code(error) {
        // SQLITE_PERM, BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, IOERR, FULL and CANTOPEN.
        Some(Code::Sqlite(code)) => matches!(code, 3 | 5..=10 | 13 | 14),
        // Of the connection, the state of the transaction (read-only), its rollback, resources, locks,
        // the operator (`statement_timeout` too) and the system; and `insufficient_privilege`.
        Some(Code::Postgres(code)) => {
            let classes = ["08", "25", "40", "53", "55", "57", "58"];
            code == "42501" || classes.iter().any(|class| code.starts_with(class))
        }
        None => matches!(error, Error::Io(_) | Error::PoolTimedOut | Error::WorkerCrashed),
    }
}
