//! Every statement of the store, as it stands in the source, is one that both databases take; and
//! on SQLite the ones that run often find their rows by an index.

use std::{fs, path::Path};

use sqlx::{AssertSqlSafe, Executor, Row, SqlSafeStr, SqliteConnection};
use tradepost::store::db::{Db, expand};

/// Reads whole tables, and may: a look at the books, or once for each stream.
const MAY_SCAN: [&str; 9] = [
    "SELECT CAST(COALESCE(SUM(recipients), 0) AS BIGINT) FROM share",
    "SELECT COUNT(*) FROM delivery WHERE carries <> 0",
    "SELECT CAST(COALESCE(SUM(resent), 0) AS BIGINT) FROM delivery",
    "SELECT COUNT(*) FROM share WHERE recipients <>",
    "SELECT state, COUNT(*) FROM delivery GROUP BY state",
    // The index of those that have not ended.
    "SELECT state, COUNT(*) FROM delivery WHERE state < 5 GROUP BY state",
    // Every 15 s, of few: nobody invites many.
    "SELECT state, CASE WHEN address LIKE 'tel:%'",
    "UPDATE account SET online = FALSE WHERE online = TRUE",
    "SELECT no, boot, opened_at, alive_at FROM stream WHERE closed_at IS NULL",
];

/// A statement and the file it stands in.
struct Statement {
    file: String,
    text: String,
}

/// The first string after each `sql!` and `sql_rows!`.
fn statements() -> Vec<Statement> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let mut found = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        // The macros themselves.
        if path.extension().is_none_or(|it| it != "rs") || path.ends_with("db.rs") {
            continue;
        }
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let source = fs::read_to_string(&path).unwrap();
        let raw = source.matches("sqlx::query").count();
        // The two clocks, which a fact asks for the time.
        assert_eq!(raw, if file == "leader.rs" { 2 } else { 0 }, "{file} goes around sql!");
        for invoked in source.replace("sql_rows!(", "sql!(").split("sql!(").skip(1) {
            let text = literal(invoked);
            let verb = text.split(' ').next().unwrap();
            assert!(
                ["SELECT", "INSERT", "UPDATE", "DELETE"].contains(&verb),
                "{file}: {text:?} is no statement"
            );
            found.push(Statement { file: file.clone(), text });
        }
    }
    assert!(found.len() >= 40, "only {} statements found", found.len());
    found
}

/// The first string literal of `source`, read as the compiler does.
fn literal(source: &str) -> String {
    let mut rest = source.split_once('"').expect("a literal").1.chars().peekable();
    let mut text = String::new();
    loop {
        match rest.next().expect("the end of the literal") {
            '"' => return text,
            '\\' => match rest.next().expect("something escaped") {
                '\n' => while rest.next_if(|c| c.is_whitespace()).is_some() {},
                escaped @ ('"' | '\\') => text.push(escaped),
                other => panic!("\\{other} in {text:?}: teach this test what it is"),
            },
            other => text.push(other),
        }
    }
}

#[tokio::test]
async fn both_databases_take_every_statement() {
    let (file, _folder) = super::sqlite().await;
    let server = super::postgres().await;
    let (Db::Sqlite { write, .. }, Db::Postgres(pool)) = (&file, &server) else {
        panic!("one of each")
    };
    let mut sqlite = write.acquire().await.unwrap();
    let mut postgres = pool.acquire().await.unwrap();
    for Statement { file, text } in statements() {
        for rows in [1, 3] {
            let text = expand(&text, rows);
            assert!(!text.contains('{'), "{file}: {text}");
            let sql = || AssertSqlSafe(text.clone()).into_sql_str();
            if let Err(error) = (&mut *sqlite).prepare(sql()).await {
                panic!("SQLite does not take a statement of {file}: {error}\n{text}");
            }
            if let Err(error) = (&mut *postgres).prepare(sql()).await {
                panic!("PostgreSQL does not take a statement of {file}: {error}\n{text}");
            }
        }
    }
    drop((sqlite, postgres));
    file.close().await;
    server.close().await;
}

#[tokio::test]
async fn statements_that_run_often_find_their_rows_by_an_index() {
    let (file, _folder) = super::sqlite().await;
    let Db::Sqlite { write, .. } = &file else { panic!("a file") };
    let mut connection = write.acquire().await.unwrap();
    let mut scans = 0;
    for Statement { file, text } in statements() {
        let may_scan = MAY_SCAN.iter().any(|known| text.starts_with(known));
        scans += usize::from(may_scan);
        let plan = plan(&mut connection, &expand(&text, 3)).await;
        let is_scan = |step: &&String| {
            step.starts_with("SCAN") && !step.ends_with("VALUES CLAUSE") && !step.ends_with("ROW")
        };
        let scan = plan.iter().find(is_scan);
        assert!(may_scan || scan.is_none(), "{file}: {scan:?} by\n{text}\n{plan:#?}");
    }
    assert_eq!(scans, MAY_SCAN.len(), "a statement that may scan is not there any more");
    drop(connection);
    file.close().await;
}

#[expect(clippy::disallowed_methods, reason = "asks for a plan, which the store never does")]
async fn plan(connection: &mut SqliteConnection, text: &str) -> Vec<String> {
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"));
    let steps = sqlx::query(explain).fetch_all(connection).await.unwrap();
    steps.iter().map(|step| step.get("detail")).collect()
}

#[test]
fn a_literal_is_read_as_the_compiler_reads_it() {
    assert_eq!(literal("x, \"a \\\n   b \\\"c\\\"\", \"d\""), "a b \"c\"");
}
