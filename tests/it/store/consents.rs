//! Who may show whom something, who may send nothing, and what people complain about.

use tradepost::{
    domain::{
        clock::Millis,
        consent::{Ask, LAPSE, Verdict},
        delivery::State,
        report::Reason,
    },
    store::{
        consent::ConsentRow,
        db::{Db, Tx},
        report::ReportRow,
    },
};

use uuid::Uuid;

use super::{NOW, delivery, facts, keep};

facts!(
    what_was_said_last_counts_and_only_for_a_while,
    what_was_said_holds_however_a_domain_is_written,
    open_questions_come_the_last_first,
    who_waits_unasked_is_whom_nothing_was_said_about,
    whoever_has_refused_somebody_is_guarded,
    what_waits_is_told_with_its_author,
    whoever_sent_something_is_known,
    words_are_counted_and_lapse,
    senders_are_welcome_but_for_whom_something_was_said_about,
    a_bar_outlasts_the_account,
    a_complaint_is_kept_once_and_forgotten_in_time,
);

const ROMEO: &str = "romeo@x";

fn said(other: &str, verdict: Verdict, since: Millis, number: i64) -> ConsentRow {
    ConsentRow::new(ROMEO, other, verdict, since, number)
}

async fn filled(db: &Db) -> Tx {
    let mut tx = db.write().await.unwrap();
    tx.insert_account(ROMEO, "en", NOW).await.unwrap();
    tx
}

async fn what_was_said_last_counts_and_only_for_a_while(db: &Db) {
    let mut tx = filled(db).await;
    tx.set_consents(&[said("juliet@y", Verdict::Asked, NOW, 1)]).await.unwrap();
    let no = [said("juliet@y", Verdict::No, NOW, 0), said("evil", Verdict::Blocked, NOW, 0)];
    tx.set_consents(&no).await.unwrap();
    tx.set_consents(&[]).await.unwrap();
    let people = [ROMEO.to_owned(), "benvolio@x".to_owned()];
    let rows = tx.consents("juliet@y", "y", &people).await.unwrap();
    assert_eq!(rows, no[..1]);
    assert_eq!(rows[0].verdict(NOW), Some(Verdict::No));
    assert_eq!(rows[0].verdict(NOW.after(LAPSE)), None);
    let rows = tx.consents("a@evil", "evil", &people).await.unwrap();
    assert_eq!(rows[0].verdict(NOW.after(LAPSE)), Some(Verdict::Blocked));
}

async fn what_was_said_holds_however_a_domain_is_written(db: &Db) {
    let mut tx = filled(db).await;
    let (unicode, ascii) = ("mal@ex\u{430}mple.net", "mal@xn--exmple-4nf.net");
    let people = [ROMEO.to_owned()];
    for (kept, come) in [(unicode, ascii), (ascii, unicode)] {
        let said_of = async |tx: &mut Tx, who: &str| {
            let domain = who.split_once('@').unwrap().1;
            tx.consents(who, domain, &people).await.unwrap().len()
        };
        let server = kept.split_once('@').unwrap().1;
        for other in [kept, server] {
            tx.set_consents(&[said(other, Verdict::Blocked, NOW, 0)]).await.unwrap();
            assert_eq!(said_of(&mut tx, come).await, 1, "{other}");
            assert_eq!(said_of(&mut tx, "mal@example.net").await, 0);
            tx.forget_said(ROMEO, other).await.unwrap();
            assert_eq!(said_of(&mut tx, kept).await, 0);
        }
        tx.set_consents(&[said(kept, Verdict::No, NOW, 0)]).await.unwrap();
        assert!(!tx.forget_consent(ROMEO, come, Verdict::Blocked).await.unwrap());
        assert!(tx.forget_consent(ROMEO, come, Verdict::No).await.unwrap());
        tx.bar(kept, NOW).await.unwrap();
        tx.insert_account(come, "en", NOW).await.unwrap();
        assert!(tx.account(come).await.unwrap().unwrap().barred, "{come}");
        assert!(tx.unbar(come).await.unwrap() && !tx.unbar(kept).await.unwrap());
        assert!(!tx.account(come).await.unwrap().unwrap().barred, "{come}");
        assert!(tx.bar(kept, NOW).await.unwrap() && !tx.bar(come, NOW).await.unwrap());
        assert!(tx.account(come).await.unwrap().unwrap().barred, "{come}");
        assert!(tx.unbar(kept).await.unwrap() && tx.delete_account(come).await.unwrap());
    }
}

async fn open_questions_come_the_last_first(db: &Db) {
    let mut tx = filled(db).await;
    let rows = [
        said("a@y", Verdict::Asked, Millis(NOW.0 - 9), 1),
        said("b@y", Verdict::Asked, NOW, 2),
        said("c@y", Verdict::Asked, Millis(NOW.0 - 1), 3),
        said("d@y", Verdict::Yes, NOW, 0),
    ];
    tx.set_consents(&rows).await.unwrap();
    let open = tx.open_questions(ROMEO, Millis(NOW.0 - 9)).await.unwrap();
    assert_eq!(open.iter().map(|row| row.number).collect::<Vec<_>>(), [2, 3]);
}

async fn who_waits_unasked_is_whom_nothing_was_said_about(db: &Db) {
    let mut tx = filled(db).await;
    let authors = ["a@y", "b@y", "c@y", "d@y", "e@y", "f@y"];
    let held = |(n, author): (u128, &&str)| {
        let mut one = delivery(n, ROMEO, State::Held, NOW);
        one.author = (*author).to_owned();
        one
    };
    let mut all: Vec<_> = (10..).zip(&authors).map(held).collect();
    all.extend((20..).zip(&authors).map(held));
    all.extend([
        delivery(30, ROMEO, State::Queued, NOW),
        delivery(31, "paris@x", State::Held, NOW),
    ]);
    keep(&mut tx, &all).await;
    let rows = [
        said("a@y", Verdict::Yes, Millis(NOW.0 - 9), 0),
        said("b@y", Verdict::Asked, NOW, 1),
        said("c@y", Verdict::Asked, Millis(NOW.0 - 9), 2),
        said("d@y", Verdict::Blocked, Millis(NOW.0 - 9), 0),
        said("e@y", Verdict::No, NOW, 0),
    ];
    tx.set_consents(&rows).await.unwrap();
    let mut unasked = async |after: &str, limit| {
        let found = tx.unasked(ROMEO, after, Millis(NOW.0 - 9), limit).await.unwrap();
        let found = found.into_iter().map(|(author, id)| (author, id.map(|it| it.as_u128())));
        found.collect::<Vec<_>>()
    };
    let (c, f) = (("c@y".to_owned(), Some(12)), ("f@y".to_owned(), Some(15)));
    assert_eq!(unasked("", 9).await, [c.clone(), f.clone()]);
    assert_eq!(unasked("c@y", 9).await, [f]);
    assert_eq!(unasked("", 3).await, [c], "of so many as are looked at");
}

async fn whoever_has_refused_somebody_is_guarded(db: &Db) {
    let mut tx = filled(db).await;
    let account = async |tx: &mut Tx| tx.account(ROMEO).await.unwrap().unwrap();
    tx.set_consents(&[said("a@y", Verdict::Yes, NOW, 0)]).await.unwrap();
    tx.note_guarded(ROMEO).await.unwrap();
    assert!(!account(&mut tx).await.guarded);
    tx.set_consents(&[said("a@y", Verdict::Blocked, NOW, 0)]).await.unwrap();
    tx.note_guarded(ROMEO).await.unwrap();
    assert!(account(&mut tx).await.guarded);
    assert_eq!(tx.blocked_by(ROMEO, 9).await.unwrap(), [("a@y".to_owned(),)]);
    let first = tx.blocked_before(ROMEO, (i64::MAX, ""), 9).await.unwrap();
    let [(other, since)] = &first[..] else { panic!("{first:?}") };
    assert_eq!(other, "a@y");
    assert_eq!(tx.blocked_before(ROMEO, (*since, other), 9).await.unwrap(), []);
    assert!(!tx.forget_consent(ROMEO, "a@y", Verdict::Asked).await.unwrap());
    assert!(tx.forget_consent(ROMEO, "a@y", Verdict::Blocked).await.unwrap());
    tx.note_guarded(ROMEO).await.unwrap();
    assert!(!account(&mut tx).await.guarded);
    assert_eq!(account(&mut tx).await.ask(), None);
    tx.set_ask(ROMEO, Ask::Always).await.unwrap();
    assert_eq!(account(&mut tx).await.ask(), Some(Ask::Always));
}

async fn what_waits_is_told_with_its_author(db: &Db) {
    let mut tx = filled(db).await;
    let states = [State::Held, State::Parked, State::Queued, State::Claimed, State::Cancelled];
    let all: Vec<_> = (1..).zip(states).map(|(n, state)| delivery(n, ROMEO, state, NOW)).collect();
    keep(&mut tx, &all).await;
    let held = tx.held_for(ROMEO, Uuid::max(), 9).await.unwrap();
    let found: Vec<_> = held.iter().map(|row| row.delivery.delivery().state).collect();
    assert_eq!(found, [State::Held]);
    assert!(held.iter().all(|row| row.author == "juliet@x"));
    let first = held[0].delivery.id;
    assert!(tx.held_for(ROMEO, first, 9).await.unwrap().is_empty(), "not before the first");
    assert_eq!(tx.held_of(ROMEO, "juliet@x", 9).await.unwrap().len(), 1);
    assert!(tx.held_of(ROMEO, "tybalt@x", 9).await.unwrap().is_empty());
    let juliet = [("juliet@x".to_owned(),)];
    assert_eq!(tx.authors(ROMEO, "", 9).await.unwrap(), juliet);
    assert_eq!(tx.authors(ROMEO, "juliet@", 1).await.unwrap(), juliet);
    assert_eq!(tx.authors(ROMEO, "juliet@x", 9).await.unwrap(), []);
    assert_eq!(tx.authors("paris@x", "", 9).await.unwrap(), []);
    assert!(tx.came_last(ROMEO, NOW).await.unwrap().is_none(), "nothing was sent yet");
}

async fn words_are_counted_and_lapse(db: &Db) {
    let mut tx = filled(db).await;
    let rows = [
        said("a@y", Verdict::No, Millis(NOW.0 - 9), 0),
        said("b@y", Verdict::No, NOW, 0),
        said("c@y", Verdict::Blocked, Millis(NOW.0 - 9), 0),
    ];
    tx.set_consents(&rows).await.unwrap();
    assert_eq!(tx.count_said(ROMEO, Verdict::No, 9).await.unwrap(), 2);
    assert_eq!(tx.count_said(ROMEO, Verdict::No, 1).await.unwrap(), 1);
    assert_eq!(tx.forget_lapsed(ROMEO, Millis(NOW.0 - 1), 9).await.unwrap(), 1);
    assert_eq!(tx.forget_blocks(ROMEO).await.unwrap(), 1);
    assert_eq!(tx.count_said(ROMEO, Verdict::No, 9).await.unwrap(), 1);
}

async fn whoever_sent_something_is_known(db: &Db) {
    let mut tx = filled(db).await;
    keep(&mut tx, &[delivery(1, ROMEO, State::Held, NOW)]).await;
    let senders = tx.senders_to(ROMEO, 9).await.unwrap();
    assert_eq!(senders, [("juliet@x".to_owned(),)]);
    assert!(tx.senders_to("juliet@x", 9).await.unwrap().is_empty());
    // Whoever typed a number has sent to nobody that they know.
    let mut typed = delivery(9, "paris@x", State::Held, NOW);
    typed.address = Some("tel:+390455550100".to_owned());
    keep(&mut tx, &[typed]).await;
    assert!(tx.senders_to("paris@x", 9).await.unwrap().is_empty());
    assert!(tx.has_come(ROMEO, "juliet@x", 9).await.unwrap());
    assert!(!tx.has_come(ROMEO, "tybalt@x", 9).await.unwrap());
    assert!(!tx.has_come("juliet@x", ROMEO, 9).await.unwrap());
    let (waits, done) =
        (delivery(2, ROMEO, State::Held, NOW), delivery(3, ROMEO, State::Held, NOW));
    keep(&mut tx, &[waits, done]).await;
    assert_eq!(tx.cancel_of(ROMEO, "juliet@x", Verdict::No, 2).await.unwrap(), 2);
    assert_eq!(tx.cancel_of(ROMEO, "juliet@x", Verdict::No, 9).await.unwrap(), 1);
    assert!(tx.has_come(ROMEO, "juliet@x", 9).await.unwrap());
}

async fn senders_are_welcome_but_for_whom_something_was_said_about(db: &Db) {
    let mut tx = filled(db).await;
    tx.set_consents(&[said("tybalt@x", Verdict::Blocked, NOW, 0)]).await.unwrap();
    tx.welcome(ROMEO, &["juliet@x".to_owned(), "tybalt@x".to_owned()], NOW).await.unwrap();
    for (sender, verdict) in [("juliet@x", Verdict::Yes), ("tybalt@x", Verdict::Blocked)] {
        let rows = tx.consents(sender, "x", &[ROMEO.to_owned()]).await.unwrap();
        assert_eq!(rows, [said(sender, verdict, NOW, 0)]);
    }
}

async fn a_bar_outlasts_the_account(db: &Db) {
    let mut tx = filled(db).await;
    let barred = async |tx: &mut Tx| tx.account(ROMEO).await.unwrap().unwrap().barred;
    assert!(tx.bar(ROMEO, NOW).await.unwrap());
    assert!(!tx.bar(ROMEO, NOW).await.unwrap(), "he was");
    assert!(barred(&mut tx).await);
    tx.delete_account(ROMEO).await.unwrap();
    tx.insert_account(ROMEO, "en", NOW).await.unwrap();
    assert!(barred(&mut tx).await);
    assert!(tx.unbar(ROMEO).await.unwrap() && !tx.unbar(ROMEO).await.unwrap());
    assert!(!barred(&mut tx).await);
}

async fn a_complaint_is_kept_once_and_forgotten_in_time(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let mut complaint = ReportRow::new(ROMEO, "juliet@y", Reason::Abuse, NOW);
    complaint.ref_code = "7K3QXM2NP8".into();
    complaint.text = "again and again".into();
    assert!(tx.insert_report(&complaint).await.unwrap());
    assert!(!tx.insert_report(&complaint).await.unwrap());
    let other = ReportRow::new(ROMEO, "juliet@y", Reason::Spam, NOW);
    assert!(tx.insert_report(&other).await.unwrap(), "about no share");
    let rows = tx.reports_of(ROMEO, i64::MAX, 9).await.unwrap();
    assert_eq!(
        rows.iter().map(ReportRow::reason).collect::<Vec<_>>(),
        [Reason::Spam, Reason::Abuse]
    );
    assert_eq!((rows[1].at(), rows[1].text.as_str()), (NOW, "again and again"));
    assert_eq!(tx.reports_of(ROMEO, rows[0].no, 9).await.unwrap(), rows[1..]);
    let reporters = tx.reporters(i64::MAX, 9).await.unwrap();
    assert_eq!((reporters.len(), reporters[0].count, &reporters[0].last), (1, 2, &rows[0]));
    assert_eq!(tx.reporter(rows[0].no).await.unwrap().as_deref(), Some(ROMEO));
    assert_eq!(tx.reported_before(ROMEO, 1).await.unwrap(), Some(NOW));
    assert_eq!(tx.reported_before(ROMEO, 2).await.unwrap(), None);
    assert_eq!(tx.delete_old_reports(NOW, 9).await.unwrap(), 0);
    assert_eq!(tx.delete_old_reports(NOW.after(LAPSE), 1).await.unwrap(), 1);
    assert_eq!(tx.delete_old_reports(NOW.after(LAPSE), 9).await.unwrap(), 1);
}
