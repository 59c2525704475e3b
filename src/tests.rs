//! What the database and the use cases promise, as facts that hold on SQLite and on PostgreSQL alike. Each
//! capability has its own in `tests/`; here is what is about several of them, and what all facts use.

mod clock;
mod former;
mod growth;
pub(crate) mod harness;
pub(crate) mod history;
mod indexes;
mod quota;
mod quota_privacy;
mod statements;
mod unfinished;
mod unfinished_leave;
mod unfinished_turn;

use std::{fs, path::Path, time::Duration};

use sqlx::AssertSqlSafe;
use tempfile::TempDir;
use uuid::Uuid;

pub(crate) use self::harness::fixture::{
    END, NOW, chance, delivery, join, submission, take, world,
};
use self::harness::{place, postgres};
use crate::{
    claim::due,
    db::{Connection, Db, Tx},
    domain::{
        clock::Millis,
        conversation::{Clue, Said, Saying},
        delivery::{Delivery, State},
        id::{DeliveryId, ShareId},
        letter::Channel,
        note::{Carries, Note},
        share::{LIFE, Outgoing},
    },
    outbox::{
        store::{DeliveryRow, NewDelivery},
        store_note::NewNotice,
    },
    people::account,
    post::letter::{Budgets, Claimed, claim},
    share::store::ShareRow,
    world::World,
};

/// Makes each fact two tests: `sqlite::…` on a file, `postgres::…` on a database, both fresh.
macro_rules! facts {
    ($($fact:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $fact() {
                let (db, _folder) = $crate::tests::sqlite().await;
                super::$fact(&db).await;
                db.close().await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $fact() {
                let db = $crate::tests::postgres().await;
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

/// A share of `sender` under `key`.
pub(crate) fn share(n: u128, sender: &str, key: &str) -> ShareRow {
    ShareRow {
        id: Uuid::from_u128(n),
        sender: sender.to_owned(),
        sender_nick: Some("Juliet".to_owned()),
        submit_id: key.to_owned(),
        content_hash: vec![7; 32],
        ref_code: crate::domain::id::RefCode::from_random(u64::try_from(n).unwrap()).to_string(),
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

/// The same world `ms` after [`NOW`].
pub(crate) fn later(world: &World, ms: i64) -> World {
    World { now: Millis(NOW.0 + ms), ..world.clone() }
}

/// The same world ten seconds later, when it has been looked up whose the numbers are that were typed.
pub(crate) async fn looked_up(tx: &mut Tx, world: &World) -> World {
    let world = World { now: world.now.after(Duration::from_secs(10)), ..world.clone() };
    due(tx, &world).await.unwrap();
    world
}

/// Letters that are due, as the edge claims them: by one channel after another.
pub(crate) async fn claim_letters(
    tx: &mut Tx,
    world: &World,
    budgets: Budgets,
    most: i64,
) -> Vec<Claimed> {
    let mut claimed = Vec::new();
    for channel in Channel::ALL {
        claimed.extend(claim(tx, world, budgets, channel, most).await.unwrap());
    }
    claimed
}

/// What `author` says under the id `id` about what the clues point at.
pub(crate) fn saying(author: &str, id: &str, text: &str, clues: Vec<Clue>) -> Saying {
    Saying {
        author: author.parse().unwrap(),
        stanza_id: id.to_owned(),
        said: Said::Words(text.to_owned()),
        recording: None,
        lang: None,
        products: Vec::new(),
        xml: String::new(),
        refers: !clues.is_empty(),
        clues,
        quote: String::new(),
    }
}

/// Makes accounts whose presence is known, and who are online.
pub(crate) async fn join_online(tx: &mut Tx, world: &World, people: &[&str]) {
    join(tx, world, people).await;
    for jid in people {
        tx.set_seen_by_us(jid, true).await.unwrap();
        account::came_online(tx, world, jid).await.unwrap();
    }
}

/// So many notes of `author` to `to` about `share`, which went to one recipient; their deliveries
/// are in `state`.
pub(crate) async fn talk(
    tx: &mut Tx,
    world: &World,
    share: ShareId,
    [author, to]: [&str; 2],
    state: State,
    n: i64,
) {
    let about = tx.sent(share).await.unwrap()[0].delivery.about();
    let mut notices = Vec::new();
    for _ in 0..n {
        let note = Note { author: author.to_owned(), said: world.now, ..Note::default() };
        let carries = Carries::Note(tx.insert_note(share, &note).await.unwrap());
        let accepted = Delivery::accepted(false, world.now, world.now.after(LIFE));
        let delivery = NewDelivery {
            id: DeliveryId(world.chance.uuid(world.now)),
            share,
            rcpt: to.to_owned(),
            address: None,
            handle: 0,
            delivery: Delivery { state, ..accepted },
            sent_at: 0,
            author: author.to_owned(),
        };
        notices.push(NewNotice { delivery, carries, about });
    }
    tx.insert_notices(&notices).await.unwrap();
}

/// What these say, in their order.
pub(crate) fn comments(ready: &[Outgoing]) -> Vec<&str> {
    ready.iter().map(|one| one.share.comment.as_ref().map_or("", |it| it.text.as_str())).collect()
}

/// The state of one delivery.
pub(crate) async fn state(tx: &mut Tx, id: DeliveryId) -> State {
    tx.deliveries(&[id]).await.unwrap().pop().expect("the delivery").delivery().state
}

/// How many deliveries there are in each state that has any.
pub(crate) async fn states(tx: &mut Tx) -> Vec<(State, i64)> {
    let books = tx.books().await.unwrap();
    assert!(books.balance(), "{books:?}");
    books.states.into_iter().filter(|(_, n)| *n > 0).collect()
}

#[test]
fn every_function_of_the_store_is_called_by_a_fact() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = fs::read_to_string(root.join("src/tests.rs")).unwrap();
    let mut facts = own.split("#[test]").next().unwrap().to_owned();
    for path in statements::every_source().iter().filter(|it| statements::is_test(it)) {
        let text = fs::read_to_string(path).unwrap();
        // What is tested on one database alone is no fact.
        if text.contains("facts!(") {
            facts += &text;
        }
    }
    let mut functions = 0;
    for path in statements::sources().into_iter().chain([root.join("src/db.rs")]) {
        let source = fs::read_to_string(&path).unwrap();
        for line in source.lines().filter(|it| it.trim_start().starts_with("pub")) {
            let Some((_, declared)) = line.split_once("async fn ") else { continue };
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
