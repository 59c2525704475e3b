//! Every statement of the store, as it stands in the source, is one that both databases take; and
//! whatever can grow is found by an index, without a sort, and with a limit; or there is a reason.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    db::{Db, expand},
    tests::history::{self, GROWING},
};
use sqlx::{AssertSqlSafe, Executor, PgConnection, Row, SqlSafeStr, SqliteConnection};

/// Which statements may do what is otherwise not done: how they begin, and why.
type Allowed = &'static [(&'static str, &'static str)];

/// Reads whole tables.
const SCANS: Allowed = &[
    ("SELECT CAST(COALESCE(SUM(recipients), 0) AS BIGINT) FROM share", "`tradepost audit`"),
    ("SELECT COUNT(*) FROM delivery WHERE carries <> 0", "`tradepost audit`"),
    ("SELECT CAST(COALESCE(SUM(resent), 0) AS BIGINT) FROM delivery", "`tradepost audit`"),
    ("SELECT COUNT(*) FROM share WHERE recipients <>", "`tradepost audit`"),
    ("SELECT state, COUNT(*) FROM delivery GROUP BY state", "every ten minutes, by a reader"),
    ("UPDATE account SET online = FALSE WHERE online = TRUE", "once for each stream"),
    ("SELECT DISTINCT d.author FROM (SELECT author, address FROM", "the last 500, set apart"),
    ("SELECT COUNT(*) FROM (SELECT 1 FROM delivery d JOIN share s", "up to 1,000, set apart"),
    ("SELECT s.sender, s.sender_nick, d.handle, (SELECT", "the last 200, set apart"),
    ("SELECT DISTINCT COALESCE(about, id) FROM (SELECT", "the last 200, set apart"),
    ("SELECT author FROM (WITH RECURSIVE next", "as many as are asked for"),
    ("SELECT a.jid, (SELECT COUNT(*) FROM (SELECT d.id FROM delivery d", "up to 20 of each"),
    ("SELECT author, (SELECT h.id FROM delivery h", "the same"),
    ("SELECT d.id FROM (SELECT id, rcpt, answered_at FROM delivery", "the last 100, set apart"),
    ("SELECT n.text FROM (SELECT no, kind", "the last 200, set apart"),
    ("SELECT d.handle, t.delivery_id, t.share_id", "the last 500, set apart"),
    ("SELECT rcpt, (SELECT q.due_at", "the same"),
    ("SELECT COUNT(*) FROM (SELECT 1 FROM consent", "up to 1,000, set apart"),
    ("SELECT COUNT(*) FROM (SELECT 1 FROM delivery WHERE about", "up to 20, set apart"),
    ("SELECT COUNT(*) AS total, COUNT(NULLIF(site", "as far as a budget goes, set apart"),
    ("SELECT COUNT(*) FROM (SELECT 1 FROM letter", "the same"),
    ("SELECT CAST(1 AS BIGINT) WHERE EXISTS", "the last 500, set apart"),
    ("SELECT d.whom, MIN(d.accepted_at)", "the last 5,000, set apart"),
    ("SELECT no, boot, opened_at, alive_at FROM stream", "an index of the few that are open"),
    ("SELECT url, attempt, turn FROM (SELECT", "the first 200 of an index, set apart"),
    ("SELECT handle, share_id, sent FROM (SELECT", "as many as are asked for, set apart"),
    ("UPDATE delivery SET state = 9, due_at = $5 WHERE id IN (SELECT id FROM (", "the same"),
    ("UPDATE delivery SET state = 9, due_at = $5 WHERE id IN (SELECT said.id", "the same"),
];
/// Sorts what it has found: what is sorted is little, or nobody waits for it.
const SORTS: Allowed = &[
    ("SELECT state, COUNT(*) FROM delivery GROUP BY state", "every ten minutes, by a reader"),
    ("SELECT state, CASE WHEN address LIKE 'tel:%'", "2,000 at a time, by a reader"),
    ("SELECT d.whom, MIN(d.accepted_at)", "the last 5,000 that somebody was sent"),
    (LATEST, "what came within half an hour"),
    ("SELECT n.text FROM (SELECT no, kind", "of the last 200"),
    ("SELECT handle FROM collected WHERE merged_into", "those that were merged into one card"),
    ("SELECT DISTINCT d.author FROM (SELECT author, address FROM", "the last 500"),
    ("SELECT DISTINCT COALESCE(about, id) FROM (SELECT", "what came within two minutes"),
    ("SELECT address, account, proved_at, discoverable, asked_at FROM contact WHERE account", "20"),
    ("SELECT handle, share_id, sent FROM (SELECT", "as many as are asked for"),
];
/// The last thing that somebody was sent.
const LATEST: &str = "SELECT id, share_id, rcpt, handle, held, state, attempt, suspect, resent, \
                      due_at, expires_at, fail, carries, about FROM delivery WHERE rcpt = $1 AND sent_at";
/// Reads whole tables, on PostgreSQL.
const SCANS_OF_POSTGRESQL: Allowed = &[
    ("SELECT CAST(COALESCE(SUM(recipients), 0) AS BIGINT) FROM share", "`tradepost audit`"),
    ("SELECT COUNT(*) FROM delivery WHERE carries <> 0", "`tradepost audit`"),
    ("SELECT CAST(COALESCE(SUM(resent), 0) AS BIGINT) FROM delivery", "`tradepost audit`"),
    ("SELECT COUNT(*) FROM share WHERE recipients <>", "`tradepost audit`"),
    ("SELECT state, COUNT(*) FROM delivery GROUP BY state", "every ten minutes, by a reader"),
    ("SELECT state, COUNT(*) FROM delivery WHERE state < 5 GROUP BY state", "what has not ended"),
    ("UPDATE account SET online = FALSE WHERE online = TRUE", "once for each stream"),
];
/// Sorts what it has found, on PostgreSQL, and no index could spare it that.
const SORTS_OF_POSTGRESQL: Allowed = &[
    ("SELECT d.whom, MIN(d.accepted_at)", "the last 5,000 that somebody was sent"),
    (LATEST, "what came within half an hour"),
    ("SELECT DISTINCT COALESCE(about, id) FROM (SELECT", "what came within two minutes"),
];
/// Fetches all that there is.
const FETCHED: Allowed = &[
    (
        "SELECT id, share_id, rcpt, handle, held, state, attempt, suspect, resent, due_at, expires_at, \
      fail, carries, about FROM delivery WHERE share_id = $1 AND carries = 0",
        "200 recipients",
    ),
    (
        "SELECT id, share_id, rcpt, handle, held, state, attempt, suspect, resent, due_at, expires_at, \
      fail, carries, about, stream, sent_at",
        "200 recipients",
    ),
    ("SELECT id FROM delivery WHERE state = 3 AND state < 5", "what one process had claimed"),
    ("DELETE FROM picture_use WHERE share_id = $1", "five products"),
    ("SELECT handle, changed_at FROM collected WHERE account = $1 AND giver", "one, or a few"),
    ("SELECT * FROM own_card WHERE account = $1", "ten cards"),
    ("SELECT address, account, proved_at, discoverable, asked_at FROM contact WHERE account", "20"),
    ("SELECT address, hash, tries FROM proof WHERE account = $1", "ten codes in a day"),
    ("SELECT state, CASE WHEN address LIKE 'tel:%'", "a line for each state"),
    ("SELECT state, COUNT(*) FROM delivery GROUP BY state", "a line for each state"),
    ("SELECT state, COUNT(*) FROM delivery WHERE state < 5", "a line for each state"),
    ("UPDATE picture_wait SET url = NULL WHERE url = $1", "what came within three seconds"),
    ("SELECT no, boot, opened_at, alive_at FROM stream", "few are open"),
];
/// A statement, the file it stands in, and how it is run.
#[derive(Clone)]
struct Statement {
    file: String,
    how: String,
    text: String,
}

/// The files that ask the database: `store*.rs` of each capability, and those of the database itself.
pub(crate) fn sources() -> Vec<PathBuf> {
    let mut sources = every_source();
    sources.retain(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        (name.starts_with("store") && !is_test(path))
            || (path.parent().unwrap().ends_with("src/db")
                // The macros themselves, and what they run on.
                && !["statement.rs", "connection.rs", "log.rs", "tests.rs"].contains(&&*name))
    });
    sources
}

/// Whether it is compiled for the tests alone.
pub(crate) fn is_test(path: &Path) -> bool {
    path.iter().any(|it| it == "tests" || it == "tests.rs")
}

/// Every file of the program.
pub(crate) fn every_source() -> Vec<PathBuf> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                found.push(path);
            }
        }
    }
    found
}

/// The first string after each `sql!` and `sql_rows!`, behind what a macro of the store begins it with.
fn statements() -> Vec<Statement> {
    let (mut found, sources) = (Vec::new(), sources());
    let beginnings: Vec<(String, String)> = sources.iter().flat_map(|it| beginnings(it)).collect();
    for path in every_source().into_iter().filter(|it| !is_test(it)) {
        let text = fs::read_to_string(&path).unwrap();
        let asks = ["sql!(", "sql_rows!("].iter().any(|it| text.contains(it));
        let is_macro = path.ends_with("db/statement.rs");
        assert!(!asks || is_macro || sources.contains(&path), "{path:?} is not looked at");
    }
    for path in sources {
        let path = path.to_str().unwrap();
        let file = path.rsplit_once("src/").unwrap().1.to_owned();
        let source = fs::read_to_string(path).unwrap();
        let raw = source.matches("sqlx::query").count();
        // The two clocks, which a fact asks for the time.
        assert_eq!(raw, if file == "db/leader.rs" { 2 } else { 0 }, "{file} goes around sql!");
        for invoked in source.replace("sql_rows!(", "sql!(").split("sql!(").skip(1) {
            let before = invoked.split_once('"').expect("a literal").0;
            let begun = beginnings.iter().find(|(name, _)| before.contains(name.as_str()));
            let begun = begun.map_or("", |(_, text)| text);
            let text = begun.to_owned() + &literal(invoked);
            let verb = text.split(' ').next().unwrap();
            assert!(
                ["SELECT", "INSERT", "UPDATE", "DELETE"].contains(&verb),
                "{file}: {text:?} is no statement"
            );
            let how = ["fetch_all", "fetch_one", "fetch_optional", "execute"];
            let how = how.iter().find(|how| before.contains(**how)).expect("how it is run");
            found.push(Statement { file: file.clone(), how: (*how).to_owned(), text });
        }
    }
    assert!(found.len() >= 40, "only {} statements found", found.len());
    found
}

/// The macros of a source that begin statements, as they are called, and what they begin them with.
fn beginnings(source: &Path) -> Vec<(String, String)> {
    let source = fs::read_to_string(source).unwrap();
    let macros = source.split("macro_rules! ").skip(1);
    let named = |it: &str| (format!("{}!(", it.split_once(' ').unwrap().0), literal(it));
    macros.map(named).collect()
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
    let (file, _folder) = crate::tests::sqlite().await;
    let server = crate::tests::postgres().await;
    let (Db::Sqlite { write, .. }, Db::Postgres { read, .. }) = (&file, &server) else {
        panic!("one of each")
    };
    let mut sqlite = write.acquire().await.unwrap();
    let mut postgres = read.acquire().await.unwrap();
    for Statement { file, text, .. } in statements() {
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

/// Those of `found` that are not `allowed`, and what is allowed for nothing.
fn held_to(allowed: Allowed, found: &[(Statement, String)]) -> Vec<String> {
    let begins = |it: &Statement, (text, _): &(&str, &str)| it.text.starts_with(text);
    let wrong = found
        .iter()
        .filter(|(it, _)| !allowed.iter().any(|known| begins(it, known)))
        .map(|(it, plan)| format!("{}: {}\n{plan}\n", it.file, it.text));
    let needless = allowed
        .iter()
        .filter(|known| !found.iter().any(|(it, _)| begins(it, known)))
        .map(|(text, _)| format!("{text:?} is fine by now\n"));
    wrong.chain(needless).collect()
}

#[tokio::test]
async fn statements_find_their_rows_by_an_index_on_sqlite() {
    let (file, _folder) = crate::tests::sqlite().await;
    history::fill(&file, 2_000).await;
    let Db::Sqlite { write, .. } = &file else { panic!("a file") };
    let mut connection = write.acquire().await.unwrap();
    let (mut scans, mut sorts) = (Vec::new(), Vec::new());
    for it in statements() {
        let plan = plan(&mut connection, &expand(&it.text, 3)).await;
        let is_scan = |step: &String| {
            step.starts_with("SCAN") && !step.ends_with("VALUES CLAUSE") && !step.ends_with("ROW")
        };
        if plan.iter().any(is_scan) {
            scans.push((it.clone(), plan.join("\n")));
        }
        // Those that are alike up to a part of the order are few.
        let is_sort = |step: &String| step.contains("TEMP B-TREE") && !step.contains("OF ORDER");
        if plan.iter().any(is_sort) {
            sorts.push((it, plan.join("\n")));
        }
    }
    drop(connection);
    file.close().await;
    let wrong = [held_to(SCANS, &scans), held_to(SORTS, &sorts)].concat();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn statements_find_their_rows_by_an_index_on_postgresql() {
    let server = crate::tests::postgres().await;
    history::fill(&server, 8_000).await;
    let Db::Postgres { read, .. } = &server else { panic!("a server") };
    let mut connection = read.acquire().await.unwrap();
    run(&mut connection, "SET plan_cache_mode = force_generic_plan").await;
    // What remains of these is what no index can spare it. As they are, it rather reads a small
    // table than looks into an index.
    for way in ["seqscan", "bitmapscan", "hashjoin", "mergejoin"] {
        run(&mut connection, &format!("SET enable_{way} = off")).await;
    }
    let (mut scans, mut sorts) = (Vec::new(), Vec::new());
    for it in statements() {
        let text = expand(&it.text, 3);
        run(&mut connection, &format!("PREPARE it AS {text}")).await;
        let nothing = vec!["NULL"; parameters(&text)].join(", ");
        let call = if nothing.is_empty() { "it".to_owned() } else { format!("it({nothing})") };
        let explain = format!("EXPLAIN EXECUTE {call}");
        let plan = run(&mut connection, &explain).await;
        if reads_all(&plan) {
            scans.push((it.clone(), plan.join("\n")));
        }
        // Anew, or the plan stays what it was.
        run(&mut connection, "DEALLOCATE it").await;
        run(&mut connection, "SET enable_sort = off").await;
        run(&mut connection, &format!("PREPARE it AS {text}")).await;
        let plan = run(&mut connection, &explain).await;
        let is_sort =
            |step: &String| step.trim_start_matches(['-', '>', ' ']).starts_with("Sort  (");
        if plan.iter().any(is_sort) {
            sorts.push((it, plan.join("\n")));
        }
        run(&mut connection, "RESET enable_sort").await;
        run(&mut connection, "DEALLOCATE it").await;
    }
    drop(connection);
    server.close().await;
    let scans = held_to(SCANS_OF_POSTGRESQL, &scans);
    let wrong = [scans, held_to(SORTS_OF_POSTGRESQL, &sorts)].concat();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn budgets_are_counted_in_an_index_alone() {
    let (file, _folder) = crate::tests::sqlite().await;
    history::fill(&file, 2_000).await;
    let Db::Sqlite { write, .. } = &file else { panic!("a file") };
    let mut connection = write.acquire().await.unwrap();
    let counts = |it: &Statement| {
        it.file == "post/store.rs"
            && it.text.starts_with("SELECT")
            && it.text.contains("sent_at > $")
    };
    let counted: Vec<_> = statements().into_iter().filter(counts).collect();
    assert!(!counted.is_empty(), "nothing is counted");
    for it in counted {
        assert_ne!(it.how, "fetch_all", "a row of each letter: {}", it.text);
        let plan = plan(&mut connection, &it.text).await.join("\n");
        assert!(plan.contains("SEARCH letter USING COVERING INDEX"), "{}\n{plan}", it.text);
    }
    drop(connection);
    file.close().await;
}

/// Whether a plan reads a growing table from end to end, in whatever order.
fn reads_all(plan: &[String]) -> bool {
    let on = |step: &str| GROWING.iter().any(|it| step.contains(&format!(" on {it} ")));
    let conditions = |at: usize| plan.get(at + 1).is_some_and(|next| next.contains("Index Cond"));
    let mut steps = plan.iter().enumerate();
    steps.any(|(at, step)| step.contains("Scan") && on(step) && !conditions(at))
}

/// How many parameters a text has.
fn parameters(text: &str) -> usize {
    let number = |rest: &str| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok();
    text.split('$').skip(1).filter_map(number).max().unwrap_or(0)
}

async fn run(connection: &mut PgConnection, text: &str) -> Vec<String> {
    let rows = sqlx::raw_sql(AssertSqlSafe(text.to_owned())).fetch_all(connection).await;
    let rows = rows.unwrap_or_else(|error| panic!("{error} by {text}"));
    rows.iter().map(|row| row.get(0)).collect()
}

#[test]
fn whatever_is_fetched_has_a_limit() {
    let all = statements().into_iter().filter(|it| it.how == "fetch_all");
    let bounded = ["LIMIT", "{list}", "{rows:"];
    let free = all.filter(|it| !bounded.iter().any(|word| it.text.contains(word)));
    let wrong = held_to(FETCHED, &free.map(|it| (it, String::new())).collect::<Vec<_>>());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn plan(connection: &mut SqliteConnection, text: &str) -> Vec<String> {
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"));
    let steps = sqlx::query(explain).fetch_all(connection).await.unwrap();
    steps.iter().map(|step| step.get("detail")).collect()
}

#[test]
fn a_literal_is_read_as_the_compiler_reads_it() {
    assert_eq!(literal("x, \"a \\\n   b \\\"c\\\"\", \"d\""), "a b \"c\"");
}
