//! What the store promises, as facts that hold on SQLite and on PostgreSQL alike.
//!
//! Reading order: [`machine`] (the statements that move many deliveries on, against the rules for
//! one), [`deliveries`], [`shares`], [`notes`], [`accounts`], [`stream`], and [`statements`] (every text,
//! prepared on both).

pub(crate) mod account_links;
pub(crate) mod accounts;
pub(crate) mod card_desks;
pub(crate) mod collected;
pub(crate) mod consents;
pub(crate) mod contacts;
pub(crate) mod conversations;
pub(crate) mod deliveries;
pub(crate) mod erasures;
pub(crate) mod exports;
mod files;
pub(crate) mod forgetting;
mod former;
pub(crate) mod history;
mod indexes;
pub(crate) mod invitations;
pub(crate) mod letters;
pub(crate) mod machine;
pub(crate) mod notes;
pub(crate) mod own_cards;
pub(crate) mod picture_uses;
pub(crate) mod pictures;
pub(crate) mod saved;
mod savepoints;
pub(crate) mod shares;
pub(crate) mod shelf;
mod silence;
mod spelling;
mod statements;
pub(crate) mod stream;
pub(crate) mod trays;
pub(crate) mod unfinished;

use std::{fs, path::Path};

use sqlx::AssertSqlSafe;
use tempfile::TempDir;
use tradepost::{
    db::{Connection, Db, Tx},
    domain::{
        clock::Millis,
        delivery::{Delivery, State},
        id::{Chance, DeliveryId, ShareId},
    },
    outbox::store::{DeliveryRow, NewDelivery},
    share::store::ShareRow,
};
use uuid::Uuid;

use crate::harness::{place, postgres};

/// Makes each fact two tests: `sqlite::…` on a file, `postgres::…` on a database, both fresh.
macro_rules! facts {
    ($($fact:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $fact() {
                let (db, _folder) = $crate::store::sqlite().await;
                super::$fact(&db).await;
                db.close().await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $fact() {
                let db = $crate::store::postgres().await;
                super::$fact(&db).await;
                db.close().await;
            })+
        }
    };
}
pub(crate) use facts;

/// Has the database refuse to do this to whatever row meets the condition: `INSERT` or `UPDATE`,
/// the table, and what `NEW` is.
pub(crate) async fn refuse(tx: &mut Tx, what: &str, table: &str, condition: &str) {
    let of = format!("refused BEFORE {what} ON {table}");
    let done = match &mut tx.connection {
        Connection::Sqlite(tx) => {
            let text = format!(
                "CREATE TRIGGER {of} WHEN {condition} BEGIN SELECT RAISE(ABORT, 'refused'); END"
            );
            sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut **tx).await.map(drop)
        }
        Connection::Postgres(tx) => {
            let text = format!(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                 IF {condition} THEN RAISE EXCEPTION 'refused'; END IF; RETURN NEW; END $$; \
                 CREATE TRIGGER {of} FOR EACH ROW EXECUTE FUNCTION refuse()"
            );
            sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut **tx).await.map(drop)
        }
    };
    done.expect("a trigger");
}

/// A database of its own on a file, which goes with the folder.
pub(crate) async fn sqlite() -> (Db, TempDir) {
    let folder = place::folder("store-");
    let url = format!("sqlite:{}", folder.path().join("tradepost.db").display());
    (Db::open(&url).await.expect("a new file"), folder)
}

/// A database of its own on the cluster of this run.
pub(crate) async fn postgres() -> Db {
    Db::open(&postgres::database().await).await.expect("a new database")
}

/// Some moment.
pub(crate) const NOW: Millis = Millis(1_760_000_000_000);
/// A later one.
pub(crate) const END: Millis = Millis(NOW.0 + 1_000_000);

/// A share of `sender` under `key`.
pub(crate) fn share(n: u128, sender: &str, key: &str) -> ShareRow {
    ShareRow {
        id: Uuid::from_u128(n),
        sender: sender.to_owned(),
        sender_nick: Some("Juliet".to_owned()),
        submit_id: key.to_owned(),
        content_hash: vec![7; 32],
        ref_code: tradepost::domain::id::RefCode::from_random(u64::try_from(n).unwrap())
            .to_string(),
        handle: 1,
        comment_lang: None,
        comment: Some("看 🏺".to_owned()),
        recording: None,
        products: "<product/>".to_owned(),
        recipients: 1,
        accepted_at: NOW.0,
        expires_at: END.0,
        revoked_at: None,
        card: None,
        offered: 0,
        answers: None,
    }
}

/// A delivery of share `n` with the same number, in `state`.
pub(crate) fn delivery(n: u128, rcpt: &str, state: State, due: Millis) -> NewDelivery {
    let delivery = Delivery { state, due, ..Delivery::accepted(true, NOW, END) };
    NewDelivery {
        id: DeliveryId(Uuid::from_u128(n)),
        share: ShareId(Uuid::from_u128(n)),
        rcpt: rcpt.to_owned(),
        address: None,
        handle: 0,
        delivery,
        sent_at: 0,
        author: "juliet@x".to_owned(),
    }
}

/// Keeps `deliveries`, each with a share of its own.
pub(crate) async fn keep(tx: &mut Tx, deliveries: &[NewDelivery]) {
    let shares: Vec<ShareRow> = deliveries
        .iter()
        .map(|d| share(d.share.0.as_u128(), "juliet@x", &d.share.to_string()))
        .collect();
    assert_eq!(tx.insert_shares(&shares).await.unwrap().len(), shares.len());
    tx.insert_deliveries(deliveries).await.unwrap();
}

/// The row of delivery `n`.
pub(crate) async fn row(tx: &mut Tx, n: u128) -> DeliveryRow {
    let mut rows = tx.deliveries(&[DeliveryId(Uuid::from_u128(n))]).await.unwrap();
    rows.pop().expect("the delivery")
}

/// What is for `rcpt` and has not ended, in `state`.
pub(crate) async fn deliveries_for(tx: &mut Tx, rcpt: &str, state: State) -> Vec<DeliveryRow> {
    let mut found = tx.due(state, Millis::NEVER, i64::MAX).await.unwrap();
    found.retain(|row| row.rcpt == rcpt);
    found
}

/// Chance that is the same in every run.
pub(crate) fn chance() -> Chance {
    Chance::Counted(std::sync::Arc::new(1.into()))
}

#[test]
fn every_function_of_the_store_is_called_by_a_fact() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut facts = fs::read_to_string(root.join("tests/it/store.rs")).unwrap();
    facts = facts.split("#[test]").next().unwrap().to_owned();
    for file in fs::read_dir(root.join("tests/it/store")).unwrap() {
        facts += &fs::read_to_string(file.unwrap().path()).unwrap();
    }
    let mut functions = 0;
    for path in statements::sources().into_iter().chain([root.join("src/db.rs")]) {
        let source = fs::read_to_string(&path).unwrap();
        for declared in source.split("pub async fn ").skip(1) {
            let name = declared.split(['(', '<']).next().unwrap();
            functions += 1;
            let called = [format!(".{name}("), format!("::{name}(")];
            assert!(
                called.iter().any(|call| facts.contains(call)),
                "{name} of {path:?} is never called"
            );
        }
    }
    assert!(functions > 40, "only {functions} functions found: the store is written another way");
}
