//! Complaints, and how many of them, and of blocks, one person makes.

use crate::{
    db::{Db, Tx},
    domain::{
        address::Address,
        consent::{LAPSE, Verdict},
        conversation::Clue,
        id::ShareId,
        report::{A_DAY, Reason, Reported},
    },
    invite::proof::{self, proved},
    people::{
        consent::{SAID_MAX, decide, unblock_all},
        report::{behind, report},
        store::ConsentRow,
    },
    talk::answer::answer,
    tests::{NOW, facts, join, later, saying, submission, take, world},
    world::World,
};
use jid::BareJid;

facts!(
    whoever_is_known_by_a_number_alone_is_not_found_by_their_address,
    a_complaint_is_taken_about_those_of_whom_something_has_come_and_nobody_else,
    so_many_complaints_are_taken_in_a_day,
    whoever_complains_most_takes_one_line,
    as_many_others_are_blocked_as_are_kept_for_one_person,
);

fn romeo() -> BareJid {
    "romeo@x".parse().unwrap()
}

/// Romeo complains about `accused`, by their address.
async fn complain(tx: &mut Tx, world: &World, accused: &str) -> Reported {
    report(tx, world, &romeo(), (accused, Reason::Spam), None, "").await.unwrap()
}

async fn a_complaint_is_taken_about_those_of_whom_something_has_come_and_nobody_else(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x", "juliet@x", "benvolio@x", "tybalt@x"]).await;
    for stranger in ["juliet@x", "benvolio@x", "nobody@nowhere", "nowhere"] {
        let told = complain(&mut tx, &world, stranger).await;
        assert_eq!(told, Reported::NothingCame, "{stranger}: member or not, it looks the same");
    }
    take(&mut tx, &world, 0, submission("juliet@x", "j", "c", &["romeo@x"])).await;
    assert_eq!(complain(&mut tx, &world, "juliet@x").await, Reported::New);
    assert_eq!(complain(&mut tx, &world, "juliet@x").await, Reported::Again);
    // An answer is something that has come too.
    take(&mut tx, &world, 0, submission("romeo@x", "r", "c", &["benvolio@x"])).await;
    assert_eq!(complain(&mut tx, &world, "benvolio@x").await, Reported::NothingCame);
    let said = saying("benvolio@x", "1", "no", vec![Clue::Handle(1)]);
    answer(&mut tx, &world, &said).await.unwrap();
    assert_eq!(complain(&mut tx, &world, "benvolio@x").await, Reported::New);
    assert_eq!(complain(&mut tx, &world, "tybalt@x").await, Reported::NothingCame);
    // Whatever spelling of the domain came, or is complained about.
    join(&mut tx, &world, &["mal@xn--bse-sna.example"]).await;
    decide(&mut tx, &world, &romeo(), &"b\u{f6}se.example".parse().unwrap(), Verdict::Blocked)
        .await
        .unwrap();
    assert_eq!(complain(&mut tx, &world, "mal@b\u{f6}se.example").await, Reported::NothingCame);
    let mal = |key| submission("mal@xn--bse-sna.example", key, "c", &["romeo@x"]);
    take(&mut tx, &world, 0, mal("1")).await;
    assert_eq!(complain(&mut tx, &world, "mal@b\u{f6}se.example").await, Reported::New);
    assert_eq!(behind(&mut tx, &romeo(), &[]).await.unwrap(), None);
}

async fn whoever_is_known_by_a_number_alone_is_not_found_by_their_address(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x", "juliet@x", "benvolio@x"]).await;
    let tell: proof::Telling = |_, _| String::new();
    let tel = "tel:+390455550100";
    proved(&mut tx, &world, "juliet@x", &Address::parse(tel).unwrap(), tell).await.unwrap();
    take(&mut tx, &world, 0, submission("romeo@x", "r", "c", &[tel])).await;
    answer(&mut tx, &world, &saying("juliet@x", "1", "no", vec![Clue::Handle(1)])).await.unwrap();
    for guess in ["juliet@x", "benvolio@x"] {
        assert_eq!(complain(&mut tx, &world, guess).await, Reported::NothingCame, "{guess}");
    }
}

async fn so_many_complaints_are_taken_in_a_day(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x", "juliet@x"]).await;
    let share = async |tx: &mut Tx, key: i64| {
        let one = submission("juliet@x", &key.to_string(), "c", &["romeo@x"]);
        ShareId(take(tx, &world, 0, one).await.answer.unwrap().share.0)
    };
    let about = ("juliet@x", Reason::Abuse);
    for n in 0..A_DAY {
        let of = share(&mut tx, n).await;
        let done = report(&mut tx, &world, &romeo(), about, Some(of), "").await.unwrap();
        assert_eq!(done, Reported::New);
    }
    let of = share(&mut tx, A_DAY).await;
    let done = report(&mut tx, &world, &romeo(), about, Some(of), "").await.unwrap();
    assert_eq!(done, Reported::TooOften);
    let tomorrow = later(&world, 86_400_001);
    let done = report(&mut tx, &tomorrow, &romeo(), about, Some(of), "").await.unwrap();
    assert_eq!(done, Reported::New);
}

async fn whoever_complains_most_takes_one_line(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x", "juliet@x", "benvolio@x"]).await;
    take(&mut tx, &world, 0, submission("juliet@x", "b", "c", &["benvolio@x"])).await;
    let benvolio: BareJid = "benvolio@x".parse().unwrap();
    report(&mut tx, &world, &benvolio, ("juliet@x", Reason::Abuse), None, "rude").await.unwrap();
    for n in 0..A_DAY {
        let one = submission("juliet@x", &n.to_string(), "c", &["romeo@x"]);
        let of = ShareId(take(&mut tx, &world, 0, one).await.answer.unwrap().share.0);
        report(&mut tx, &world, &romeo(), ("juliet@x", Reason::Spam), Some(of), "").await.unwrap();
    }
    let rows = tx.reporters(i64::MAX, 9).await.unwrap();
    let lines: Vec<_> = rows.iter().map(|row| (row.last.reporter.as_str(), row.count)).collect();
    assert_eq!(lines, [("romeo@x", A_DAY), ("benvolio@x", 1)]);
    assert_eq!(tx.reporters(rows[0].last.no, 9).await.unwrap(), rows[1..]);
    let his = tx.reports_of("romeo@x", i64::MAX, 9).await.unwrap();
    assert_eq!(his[0], rows[0].last);
    assert_eq!(tx.reports_of("romeo@x", his[0].no, 9).await.unwrap()[..8], his[1..]);
    assert_eq!(tx.reporter(his[0].no).await.unwrap().as_deref(), Some("romeo@x"));
}

async fn as_many_others_are_blocked_as_are_kept_for_one_person(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x"]).await;
    let say = async |tx: &mut Tx, other: &str, verdict| {
        decide(tx, &world, &romeo(), &other.parse().unwrap(), verdict).await.unwrap()
    };
    let rows = |verdict, since| -> Vec<ConsentRow> {
        let row = |n| ConsentRow::new("romeo@x", &format!("p{n}@y"), verdict, since, 0);
        (0..SAID_MAX).map(row).collect()
    };
    tx.set_consents(&rows(Verdict::Blocked, NOW)).await.unwrap();
    assert!(!say(&mut tx, "one@y", Verdict::Blocked).await);
    assert!(say(&mut tx, "p1@y", Verdict::Blocked).await, "that was so before");
    assert!(say(&mut tx, "one@y", Verdict::No).await, "another word is another matter");
    unblock_all(&mut tx, &romeo()).await.unwrap();
    assert!(tx.blocked_by("romeo@x", 9).await.unwrap().is_empty());
    assert!(say(&mut tx, "one@y", Verdict::Blocked).await);
    // What has lapsed takes no place.
    tx.set_consents(&rows(Verdict::No, world.now.before(LAPSE))).await.unwrap();
    assert!(say(&mut tx, "two@y", Verdict::No).await);
    assert_eq!(tx.count_said("romeo@x", Verdict::No, SAID_MAX).await.unwrap(), 1);
}
