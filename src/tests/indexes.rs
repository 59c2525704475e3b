//! Whatever people send fits into the indexes of PostgreSQL, of which an entry has at most 2,704
//! bytes: one that does not fit fails what it is part of, and what waits behind that.

use crate::{
    card::own,
    db::Connection,
    domain::{address::BARE_MAX, collected},
    tests::postgres,
    wire::check::ID_MAX,
};
use sqlx::AssertSqlSafe;

/// The most bytes of a text that stands in an index, by its column, or by its table and column.
const BOUNDS: [(&str, usize); 27] = [
    ("account", BARE_MAX),
    ("accused", BARE_MAX),
    ("address", BARE_MAX),
    ("author", BARE_MAX),
    ("collected_category.category", collected::NAME_MAX * 4),
    ("former_of", 2_048),
    ("giver", BARE_MAX),
    ("giver_card", own::NAME_MAX * 4),
    ("inviter", BARE_MAX),
    ("jid", BARE_MAX),
    ("unfinished.turn", BARE_MAX),
    // `xmpp:` and an address.
    ("collected_key.key", BARE_MAX + 5),
    ("leader.role", 16),
    ("key.name", 16),
    // `mailto:`.
    ("letter.budget", 7),
    // `@` and a domain, of an address that has something before that too.
    ("letter.site", BARE_MAX),
    ("own_card.name", own::NAME_MAX * 4),
    ("other", BARE_MAX),
    ("rcpt", BARE_MAX),
    ("redeemed_by", BARE_MAX),
    ("ref_code", 10),
    ("reporter", BARE_MAX),
    ("sender", BARE_MAX),
    ("sorted", collected::NAME_MAX * 4),
    // `component::answer`.
    ("stanza_id", 256),
    ("submit_id", ID_MAX),
    // `domain::product::Link`.
    ("url", 2_048),
];

/// The columns of each index: its table, its name, and what they are and of which type.
type Indexes = Vec<(String, String, Vec<String>, Vec<String>)>;

#[tokio::test]
async fn the_longest_of_everything_fits_into_every_index() {
    let db = postgres().await;
    let mut tx = db.write().await.unwrap();
    let Connection::Postgres(connection) = &mut tx.connection else { panic!("PostgreSQL") };
    let indexes: Indexes = sqlx::query_as(
        "SELECT t.relname, i.relname, array_agg(a.attname::text ORDER BY k.n), \
         array_agg(format_type(a.atttypid, NULL) ORDER BY k.n) FROM pg_index x \
         JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid \
         JOIN pg_namespace s ON s.oid = t.relnamespace AND s.nspname = 'public' \
         CROSS JOIN LATERAL unnest(x.indkey) WITH ORDINALITY k (of, n) \
         JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.of \
         WHERE t.relname NOT LIKE '\\_sqlx%' GROUP BY 1, 2 ORDER BY 1, 2",
    )
    .fetch_all(&mut **connection)
    .await
    .unwrap();
    assert!(indexes.len() > 80, "only {}", indexes.len());
    for (table, index, columns, types) in indexes {
        let value = |(column, of): (&String, &String)| match of.as_str() {
            "text" => {
                let full = format!("{table}.{column}");
                let bound = BOUNDS.iter().find(|(name, _)| *name == full || name == column);
                let (_, bound) = bound.unwrap_or_else(|| panic!("{index}: how long is {full}?"));
                // What cannot be compressed, of so many bytes.
                let texts =
                    "SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 70)";
                format!("left(({texts}), {bound})")
            }
            "uuid" => "gen_random_uuid()".to_owned(),
            "bytea" => "sha256(random()::text::bytea)".to_owned(),
            "bigint" => "9223372036854775807".to_owned(),
            "boolean" => "TRUE".to_owned(),
            other => panic!("{index}: {other}"),
        };
        let values: Vec<String> = columns.iter().zip(&types).map(value).collect();
        let definitions = columns.iter().zip(&types).map(|(column, of)| format!("{column} {of}"));
        let definitions: Vec<String> = definitions.collect();
        let text = format!(
            "CREATE TEMP TABLE fits ({}); CREATE INDEX ON fits ({}); INSERT INTO fits SELECT {}; \
             DROP TABLE fits",
            definitions.join(", "),
            columns.join(", "),
            values.join(", ")
        );
        let done = sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut **connection).await;
        assert!(done.is_ok(), "{index} of {table}: {}", done.unwrap_err());
    }
    drop(tx);
    db.close().await;
}
