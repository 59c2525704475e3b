mod files;
mod savepoint;
mod silence;
mod spelling;

use super::{Db, expand, expand_unnumbered, pieces};

#[tokio::test]
async fn what_must_be_had_when_nothing_can_be_opened_stays_open() {
    let Ok(Db::Sqlite { write, look_up, read, visit, log, .. }) = Db::sqlite("sqlite::memory:")
    else {
        panic!()
    };
    for pool in [write, look_up, read, visit, log] {
        let options = pool.options();
        assert_eq!((options.get_idle_timeout(), options.get_max_lifetime()), (None, None));
    }
    let Ok(Db::Postgres { write, look_up, .. }) = Db::postgres("postgres://x/y") else { panic!() };
    for options in [write.options(), look_up.options()] {
        assert_eq!((options.get_idle_timeout(), options.get_max_lifetime()), (None, None));
    }
}

#[tokio::test]
async fn every_connection_to_a_file_is_open_from_the_start() {
    let Ok(db) = Db::open("sqlite::memory:").await else { panic!() };
    let Db::Sqlite { write, look_up, read, visit, log, .. } = &db else { panic!() };
    for pool in [write, look_up, read, visit, log] {
        assert_eq!(pool.size(), pool.options().get_max_connections());
    }
}

#[test]
fn pieces_have_few_lengths_and_leave_nothing_out() {
    let lengths = |n: usize| pieces(&vec![(); n]).map(<[()]>::len).collect::<Vec<_>>();
    assert_eq!(lengths(0), [0; 0]);
    assert_eq!(lengths(31), [31]);
    assert_eq!(lengths(64), [64]);
    assert_eq!(lengths(255), [128, 64, 32, 31]);
    assert_eq!(lengths(600), [256, 256, 64, 24]);
}

#[test]
fn rows_and_lists_are_written_out_after_the_first_parameters() {
    assert_eq!(expand("a IN ({list})", 3), "a IN ($1, $2, $3)");
    assert_eq!(expand("b = $1 AND a IN ({list})", 2), "b = $1 AND a IN ($2, $3)");
    assert_eq!(expand("VALUES {rows:2} x", 2), "VALUES ($1, $2), ($3, $4) x");
    assert_eq!(expand("SELECT 1", 2), "SELECT 1");
    assert_eq!(expand_unnumbered("b = $1 AND a IN ({list})", 2), "b = ? AND a IN (?, ?)");
}
