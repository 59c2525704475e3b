//! A past for `romeo@x` in every table that keeps one, of as many rows as a test asks for, and a
//! measure of the work that an operation does: steps of SQLite's machine, rows that PostgreSQL
//! fetches. Both are counts and no times.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use crate::{
    db::{Connection, Db, Tx},
    tests::NOW,
};
use sqlx::AssertSqlSafe;

/// The share that romeo and juliet have talked about; romeo calls it #1, and so does juliet.
pub(crate) const TALK: u128 = 7_000_000;
/// Its delivery to romeo.
pub(crate) const TALK_TO_ROMEO: u128 = 7_000_001;
/// The first of what romeo has sent.
pub(crate) const SENT: u128 = 3_000_001;
/// The first of what romeo was sent, and its delivery.
pub(crate) const GOT: u128 = 1_000_001;
/// The same of cards that romeo has given.
pub(crate) const GAVE: u128 = 11_000_001;
/// The first of the cards that romeo has not decided about, by his number.
pub(crate) const UNDECIDED: i64 = 80_001;
/// So much of `q@y` is held for romeo, and for paris.
pub(crate) const HELD: usize = 3;
/// The share of mercutio's that benvolio has said much about. It is over a moment before all others.
pub(crate) const OVER: u128 = 26_000_001;
/// When shares begin to be over.
pub(crate) const OVER_FROM: i64 = NOW.0 + 1_000_000_000;
/// One parked for paris: its delivery.
pub(crate) const PARKED: u128 = 9_000_001;
/// One queued for gregory: its delivery.
pub(crate) const QUEUED: u128 = 32_000_001;

/// The tables that have many rows then.
pub(crate) const GROWING: [&str; 11] = [
    "account",
    "share",
    "delivery",
    "note",
    "tray",
    "consent",
    "report",
    "letter",
    "invitation",
    "collected",
    "collected_key",
];

/// `n` rows of each kind.
///
/// Juliet, benvolio, mercutio, paris, tybalt, gregory and escalus have joined too, and `n` others, `p1@y` and on. What romeo did lies
/// more than a day back, and what juliet did not yet two.
#[expect(clippy::too_many_lines, reason = "a list of what is filled in")]
pub(crate) async fn fill(db: &Db, n: i64) {
    let mut tx = db.write().await.unwrap();
    for name in ["romeo", "juliet", "benvolio", "paris", "mercutio", "tybalt", "gregory", "escalus"]
    {
        let jid = &format!("{name}@x");
        assert!(tx.insert_account(jid, "en", NOW).await.unwrap());
        tx.set_seen_by_us(jid, true).await.unwrap();
    }
    let is_sqlite = matches!(tx.connection, Connection::Sqlite(_));
    if !is_sqlite {
        // Without statistics, which would say that everything here is of one person, and then
        // whatever is asked about that person is most of a table.
        for table in GROWING {
            run(&mut tx, &format!("ALTER TABLE {table} SET (autovacuum_enabled = off)")).await;
        }
    }
    let id = |at: u128| {
        if is_sqlite {
            format!("CAST(printf('%016x', i + {at}) AS BLOB)")
        } else {
            format!("CAST(lpad(to_hex(i + {at}), 32, '0') AS UUID)")
        }
    };
    let hash = |at: u128| {
        if is_sqlite {
            format!("CAST(printf('%032x', i + {at}) AS BLOB)")
        } else {
            format!("CAST(lpad(to_hex(i + {at}), 32, '0') AS BYTEA)")
        }
    };
    let old = NOW.0 - 100_000_000;
    let end = OVER_FROM;
    let never = i64::MAX;
    let bare = |made: &str| made.replace("i + ", "0 + ");
    let share = |at: u128, sender: &str, handle: i64, card: &str, offered: i64| {
        let (id, hash) = (id(at), hash(at));
        format!(
            "INSERT INTO share (id, sender, submit_id, content_hash, ref_code, handle, products, \
             recipients, accepted_at, expires_at, card, offered) SELECT {id}, '{sender}', \
             '{at}' || i, {hash}, '{at}' || i, {handle} + i, '', 1, {old} + i, {end} + i, {card}, \
             {offered} FROM h"
        )
    };
    let delivery =
        |at: u128, of: u128, [author, rcpt]: [&str; 2], handle: &str, state: i64, due| {
            let (id, of, due): (_, _, i64) = (id(at), id(of), due);
            format!(
                "INSERT INTO delivery (id, share_id, rcpt, handle, held, state, attempt, suspect, \
             resent, due_at, expires_at, stream, sent_at, author) SELECT {id}, {of}, {rcpt}, \
             {handle}, FALSE, {state}, 0, 0, 0, {due}, {end}, 1, {old} + i, '{author}' FROM h"
            )
        };
    let tray = |delivery: u128, of: u128, state: i64| {
        let (delivery, of) = (id(delivery), id(of));
        format!(
            "INSERT INTO tray (delivery_id, share_id, own_card, state, again_at, again) \
             SELECT {delivery}, {of}, '', {state}, {never}, 0 FROM h"
        )
    };
    let said = |of: [u128; 2], from: &str, first: u128, to: &str, state: i64| {
        let no = format!("i + {first}");
        let [talk, about] = of.map(|at| bare(&id(at)));
        let id = id(first);
        [
            format!(
                "INSERT INTO note (no, share_id, author, text, said_at, stanza_id) \
                 SELECT {no}, {talk}, '{from}', 'word ' || i, {old} + i, 's' FROM h"
            ),
            format!(
                "INSERT INTO delivery (id, share_id, rcpt, handle, held, state, attempt, suspect, \
                 resent, due_at, expires_at, stream, sent_at, carries, about, author) \
                 SELECT {id}, {talk}, '{to}', 1, FALSE, {state}, 0, 0, 0, {never}, {end}, 1, \
                 {old} + i, {no}, {about}, '{from}' FROM h"
            ),
        ]
    };
    let one = |text: String| text.replace(" FROM h", " FROM h WHERE i = 1");
    let some = |text: String| text.replace(" FROM h", &format!(" FROM h WHERE i <= {HELD}"));
    let card = "'BEGIN:VCARD\r\nVERSION:4.0\r\nFN:J\r\nEND:VCARD\r\n'";
    let mut texts = vec![
        format!(
            "INSERT INTO account (jid, lang, joined_at, next_handle, sees_us, seen_by_us, online, \
             seen_at, reached, suspended_until, paced_until) SELECT 'p' || i || '@y', 'en', {old}, \
             1, FALSE, TRUE, FALSE, {old}, TRUE, 0, 0 FROM h"
        ),
        "UPDATE account SET next_handle = 200000".to_owned(),
        format!("UPDATE account SET seen_at = {old}, online = TRUE WHERE jid = 'juliet@x'"),
        // What was sent and got, long since done.
        share(GOT - 1, "juliet@x", 10, "NULL", 0),
        delivery(2_000_000, GOT - 1, ["juliet@x", "'romeo@x'"], "i + 10", 6, never),
        share(SENT - 1, "romeo@x", 20_000, "NULL", 0),
        delivery(4_000_000, SENT - 1, ["romeo@x", "'benvolio@x'"], "i", 6, never),
        // Cards: got and taken, given, and not decided about.
        share(5_000_000, "juliet@x", 30_000, card, 4),
        delivery(6_000_000, 5_000_000, ["juliet@x", "'romeo@x'"], "i + 40000", 6, never),
        tray(6_000_000, 5_000_000, 1),
        share(GAVE - 1, "romeo@x", 50_000, card, 0),
        delivery(12_000_000, GAVE - 1, ["romeo@x", "'p' || i || '@y'"], "1", 6, never),
        tray(12_000_000, GAVE - 1, 1),
        share(19_000_000, "juliet@x", 100_000, card, 4),
        delivery(22_000_000, 19_000_000, ["juliet@x", "'romeo@x'"], "i + 80000", 6, never),
        tray(22_000_000, 19_000_000, 0),
        "UPDATE delivery SET undecided = TRUE WHERE rcpt = 'romeo@x' AND handle > 80000".to_owned(),
        // A conversation of many words.
        one(share(TALK - 1, "juliet@x", 0, "NULL", 0)),
        one(delivery(TALK_TO_ROMEO - 1, TALK - 1, ["juliet@x", "'romeo@x'"], "1", 6, never)),
        one(delivery(TALK_TO_ROMEO, TALK - 1, ["juliet@x", "'benvolio@x'"], "90000", 6, never)),
    ];
    let talk = [TALK, TALK_TO_ROMEO];
    texts.extend(said(talk, "romeo@x", 20_000_000, "juliet@x", 5));
    texts.extend(said(talk, "juliet@x", 21_000_000, "romeo@x", 6));
    // Mercutio has shared one thing, about which much was said, and has invited many.
    let over = bare(&id(OVER));
    texts.push(one(share(OVER - 1, "mercutio@x", 0, "NULL", 0)));
    texts.push(one(delivery(OVER, OVER - 1, ["mercutio@x", "'benvolio@x'"], "90001", 6, never)));
    texts.extend(said([OVER, OVER + 1], "benvolio@x", 27_000_000, "mercutio@x", 6));
    texts.extend([
        format!("UPDATE share SET expires_at = {end} - 1 WHERE id = {over}"),
        format!(
            "INSERT INTO invitation (id, hash, inviter, address, made_at, expires_at, state, \
             due_at) SELECT {}, {}, 'mercutio@x', 'i' || i || '@y', {old} + i, {end}, 1, {never} \
             FROM h",
            id(28_000_000),
            hash(28_000_000)
        ),
        // Many want to invite laurence.
        format!(
            "INSERT INTO invitation (id, hash, inviter, address, made_at, expires_at, state, \
             due_at) SELECT {}, {}, 'p' || i || '@y', 'laurence@y', {old} + i, {end}, 0, {never} \
             FROM h",
            id(33_000_000),
            hash(33_000_000)
        ),
        // Much is parked for paris, and much held for somebody who never comes.
        share(8_000_000, "juliet@x", 60_000, "NULL", 0),
        delivery(PARKED - 1, 8_000_000, ["juliet@x", "'paris@x'"], "i", 1, end),
        share(13_000_000, "benvolio@x", 60_000, "NULL", 0),
        delivery(14_000_000, 13_000_000, ["benvolio@x", "'nobody@y'"], "0", 0, end),
        // A little of it of somebody who is refused and blocked.
        some(share(23_000_000, "q@y", 10, "NULL", 0)),
        some(delivery(24_000_000, 23_000_000, ["q@y", "'romeo@x'"], "0", 0, end)),
        some(delivery(25_000_000, 23_000_000, ["q@y", "'paris@x'"], "0", 0, end)),
        // Much of one sender waits for the end of tybalt's quiet hours.
        share(29_000_000, "q2@y", 10, "NULL", 0),
        delivery(30_000_000, 29_000_000, ["q2@y", "'tybalt@x'"], "i + 10", 2, end),
        // Much for gregory is due, and has not left.
        share(31_000_000, "q3@y", 10, "NULL", 0),
        delivery(QUEUED - 1, 31_000_000, ["q3@y", "'gregory@x'"], "i + 10", 2, old),
        // Much that escalus was sent was cancelled before it came, cards among it; much of one server
        // is parked for him, and a little of another.
        share(34_000_000, "q4@y", 10, card, 4),
        delivery(35_000_000, 34_000_000, ["q4@y", "'escalus@x'"], "i + 10", 9, never),
        "UPDATE delivery SET undecided = TRUE WHERE rcpt = 'escalus@x'".to_owned(),
        share(36_000_000, "q5@y", 10, "NULL", 0),
        delivery(37_000_000, 36_000_000, ["q5@y", "'escalus@x'"], "i + 20000", 1, end),
        some(share(38_000_000, "r@z", 10, "NULL", 0)),
        some(delivery(39_000_000, 38_000_000, ["r@z", "'escalus@x'"], "i + 90000", 1, end)),
        // Many have sent to the number of somebody else.
        format!(
            "INSERT INTO delivery (id, share_id, rcpt, handle, held, state, attempt, suspect, \
             resent, due_at, expires_at, stream, sent_at, author, address) SELECT {}, {}, \
             'balthasar@x', 0, FALSE, 6, 0, 0, 0, {never}, {end}, 1, {old}, 'p' || i || '@y', \
             'tel:+390455550111' FROM h",
            id(41_000_000),
            id(36_000_000)
        ),
        // What romeo has said of others, and what has lapsed since.
        format!(
            "INSERT INTO consent (account, other, verdict, since, number) \
             SELECT 'romeo@x', 'q' || i || '@y', 2, {old} + i - 3000000000, 0 FROM h"
        ),
        format!(
            "INSERT INTO report (reporter, accused, reason, ref_code, text, reported_at) \
             SELECT 'romeo@x', 'q' || i || '@y', 0, '', '', {old} + i FROM h"
        ),
        format!(
            "INSERT INTO letter (id, address, account, kind, subject, text, state, attempt, \
             made_at, due_at, expires_at, sent_at) SELECT {}, 'tel:+3904555' || i, 'romeo@x', 0, \
             '', '', 2, 1, {old} + i, {never}, {old}, {old} + i FROM h",
            id(15_000_000)
        ),
        format!(
            "INSERT INTO invitation (id, hash, inviter, address, made_at, expires_at, state, \
             due_at) SELECT {}, {}, 'romeo@x', 'i' || i || '@y', {old} + i, {old} + i, 2, {never} \
             FROM h",
            id(16_000_000),
            hash(16_000_000)
        ),
        format!(
            "INSERT INTO collected (id, account, handle, name, organisation, sorted, giver, \
             giver_card, third, follows, parts, changed_at, words, card) SELECT {}, 'romeo@x', \
             i + 70000, 'J', '', 'j' || i, 'juliet@x', '', FALSE, FALSE, '', {old}, 'j', {card} \
             FROM h",
            id(17_000_000)
        ),
        format!(
            "INSERT INTO collected_key (account, key, collected_id) SELECT 'romeo@x', \
             'tel:+39' || i, {} FROM h",
            id(17_000_000)
        ),
        // Juliet's card is followed by many.
        format!(
            "INSERT INTO collected (id, account, handle, name, organisation, sorted, giver, \
             giver_card, third, follows, parts, changed_at, words, card) SELECT {}, \
             'p' || i || '@y', 1, 'J', '', 'j', 'juliet@x', '', FALSE, TRUE, '', {old}, 'j', {card} \
             FROM h",
            id(18_000_000)
        ),
    ]);
    for text in texts {
        let series = format!(
            "WITH RECURSIVE h(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM h WHERE i < {n}) {text}"
        );
        run(&mut tx, &series).await;
    }
    tx.commit().await.unwrap();
}

/// What an operation within a transaction costs.
pub(crate) struct Meter {
    steps: Arc<AtomicI64>,
    before: i64,
}

impl Meter {
    /// Counts from now on.
    pub(crate) async fn start(tx: &mut Tx) -> Self {
        let mut meter = Self { steps: Arc::default(), before: 0 };
        if let Connection::Sqlite(tx) = &mut tx.connection {
            let steps = Arc::clone(&meter.steps);
            let count = move || steps.fetch_add(1, Ordering::Relaxed) >= 0;
            tx.lock_handle().await.unwrap().set_progress_handler(10, count);
        }
        if let Connection::Postgres(_) = &tx.connection {
            // What the indexes can do: of a few thousand rows it rather reads them all.
            for way in ["seqscan", "bitmapscan", "hashjoin", "mergejoin", "sort"] {
                run(tx, &format!("SET LOCAL enable_{way} = off")).await;
            }
        }
        meter.before = meter.count(tx).await;
        meter
    }

    /// Tens of steps on SQLite, rows on PostgreSQL.
    pub(crate) async fn read(&self, tx: &mut Tx) -> i64 {
        self.count(tx).await - self.before
    }

    async fn count(&self, tx: &mut Tx) -> i64 {
        match &mut tx.connection {
            Connection::Sqlite(_) => self.steps.load(Ordering::Relaxed),
            Connection::Postgres(tx) => {
                let (rows,): (i64,) = sqlx::query_as(
                    "SELECT CAST(SUM(seq_tup_read + COALESCE(idx_tup_fetch, 0)) AS BIGINT) \
                     FROM pg_stat_xact_user_tables",
                )
                .fetch_one(&mut **tx)
                .await
                .unwrap();
                rows
            }
        }
    }
}

async fn run(tx: &mut Tx, text: &str) {
    let whole = AssertSqlSafe(text.to_owned());
    let done = match &mut tx.connection {
        Connection::Sqlite(tx) => sqlx::query(whole).execute(&mut **tx).await.map(drop),
        Connection::Postgres(tx) => sqlx::query(whole).execute(&mut **tx).await.map(drop),
    };
    done.unwrap_or_else(|error| panic!("{error} by\n{text}"));
}
