//! How a statement is run on either database.

use std::fmt::Write;

/// Runs one statement: `sql!(tx, fetch_all, "SELECT … WHERE id = $1", id)`; `scalar fetch_all` where a
/// row is one value.
macro_rules! sql {
    (@run $query:expr, execute, $tx:expr) => { $query.execute(&mut **$tx).await.map(|done| done.rows_affected()) };
    (@run $query:expr, $how:ident, $tx:expr) => { $query.$how(&mut **$tx).await };
    (@heard $query:expr, execute, $tx:expr) => {
        $crate::db::connection::heard($query.execute(&mut **$tx)).await.map(|done| done.rows_affected())
    };
    (@heard $query:expr, $how:ident, $tx:expr) => { $crate::db::connection::heard($query.$how(&mut **$tx)).await };
    (@both $make:ident, $how:ident, $tx:expr, $text:expr $(, $bind:expr)*) => {
        match &mut $tx.connection {
            $crate::db::connection::Connection::Sqlite(tx) => sql!(@run sqlx::$make($text)$(.bind($bind))*, $how, tx),
            $crate::db::connection::Connection::Postgres(tx) => sql!(@heard sqlx::$make($text)$(.bind($bind))*, $how, tx),
        }
    };
    ($tx:expr, execute, $text:expr $(, $bind:expr)* $(,)?) => {
        sql!(@both query, execute, $tx, $text $(, $bind)*)
    };
    ($tx:expr, $how:ident, $text:expr $(, $bind:expr)* $(,)?) => {
        sql!(@both query_as, $how, $tx, $text $(, $bind)*)
    };
    ($tx:expr, scalar $how:ident, $text:expr $(, $bind:expr)* $(,)?) => {
        sql!(@both query_scalar, $how, $tx, $text $(, $bind)*)
    };
}
pub(crate) use sql;

/// Runs one statement over many rows:
/// `sql_rows!(tx, execute, "INSERT INTO t VALUES {rows:2}", [], things => |thing| [thing.a, thing.b])`.
///
/// `{rows:N}` becomes a parenthesis of N parameters for each row, `{list}` one parameter for each.
/// What stands in the first brackets is bound before the rows, as `$1` and on.
macro_rules! sql_rows {
    (@$run:ident $make:ident, $how:ident, $tx:expr, $text:expr, [$($first:expr),*], $rows:expr, $row:ident, [$($bind:expr),+]) => {{
        let mut query = sqlx::$make(sqlx::AssertSqlSafe($text));
        $(query = query.bind($first);)*
        for $row in $rows { $(query = query.bind($bind);)+ }
        sql!(@$run query, $how, $tx)
    }};
    (both $make:ident, $how:ident, $tx:expr, $text:expr, [$($first:expr),*], $rows:expr, $row:ident, $binds:tt) => {{
        match &mut $tx.connection {
            $crate::db::connection::Connection::Sqlite(tx) => {
                let text = $crate::db::statement::expand_unnumbered($text, $rows.len());
                sql_rows!(@run $make, $how, tx, text, [$($first),*], $rows, $row, $binds)
            }
            $crate::db::connection::Connection::Postgres(tx) => {
                let text = $crate::db::statement::expand($text, $rows.len());
                sql_rows!(@heard $make, $how, tx, text, [$($first),*], $rows, $row, $binds)
            }
        }
    }};
    ($tx:expr, execute, $text:expr, [$($first:expr),*], $rows:expr => |$row:ident| $binds:tt) => {
        sql_rows!(both query, execute, $tx, $text, [$($first),*], $rows, $row, $binds)
    };
    ($tx:expr, $how:ident, $text:expr, [$($first:expr),*], $rows:expr => |$row:ident| $binds:tt) => {
        sql_rows!(both query_as, $how, $tx, $text, [$($first),*], $rows, $row, $binds)
    };
    ($tx:expr, scalar $how:ident, $text:expr, [$($first:expr),*], $rows:expr => |$row:ident| $binds:tt) => {
        sql_rows!(both query_scalar, $how, $tx, $text, [$($first),*], $rows, $row, $binds)
    };
}
pub(crate) use sql_rows;

/// The most rows one statement takes.
pub const MOST_ROWS: usize = 256;
/// Up to so many rows are one statement, however many they are.
const FEW_ROWS: usize = 32;

/// `rows` in pieces of up to [`MOST_ROWS`], of few different lengths: each length is a statement
/// of its own that is prepared once and kept. With whatever lengths groups happen to have, hundreds
/// of large statements were kept (70 MB), and most were prepared again before they were met twice.
pub(crate) fn pieces<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
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
