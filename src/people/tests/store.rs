//! Who may show whom something, who may send nothing, and what people complain about.

use crate::{
    db::{Db, Tx},
    domain::{
        clock::Millis,
        consent::{Ask, LAPSE, Verdict},
        delivery::State,
        id::{DeliveryId, ShareId},
        note::Carries,
        report::Reason,
        site::{covering, spellings},
    },
    outbox::store_note::NewNotice,
    people::{store::ConsentRow, store_report::ReportRow},
    tests::{NOW, delivery, facts, keep},
};

use uuid::Uuid;

facts!(
    what_was_said_last_counts_and_only_for_a_while,
    what_was_said_holds_however_a_domain_is_written,
    what_was_said_is_found_under_every_name_that_is_asked_for,
    open_questions_come_the_last_first,
    who_waits_comes_with_what_was_said_about_them,
    a_question_is_over_when_nothing_is_held_that_it_could_be_about,
    a_question_lapses_and_its_number_is_kept,
    what_was_asked_is_known_whatever_became_of_it,
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
    let rows = tx.consents(&covering("juliet@y"), &people).await.unwrap();
    assert_eq!(rows, no[..1]);
    assert_eq!(rows[0].verdict(NOW), Some(Verdict::No));
    assert_eq!(rows[0].verdict(NOW.after(LAPSE)), None);
    let rows = tx.consents(&covering("a@evil"), &people).await.unwrap();
    assert_eq!(rows[0].verdict(NOW.after(LAPSE)), Some(Verdict::Blocked));
}

async fn what_was_said_holds_however_a_domain_is_written(db: &Db) {
    let mut tx = filled(db).await;
    let (unicode, ascii) = ("mal@ex\u{430}mple.net", "mal@xn--exmple-4nf.net");
    let people = [ROMEO.to_owned()];
    for (kept, come) in [(unicode, ascii), (ascii, unicode)] {
        let said_of = async |tx: &mut Tx, who: &str| {
            tx.consents(&covering(who), &people).await.unwrap().len()
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

async fn what_was_said_is_found_under_every_name_that_is_asked_for(db: &Db) {
    let mut tx = filled(db).await;
    let people = [ROMEO.to_owned(), "benvolio@x".to_owned()];
    let deep = "a.b.c.d.e.f.g.h.i.j.evil.example";
    let all = covering(deep);
    assert_eq!(all.len(), 12);
    let rows: Vec<_> = all.iter().map(|it| said(it, Verdict::Blocked, NOW, 0)).collect();
    tx.set_consents(&rows).await.unwrap();
    let mut found = tx.consents(&all, &people).await.unwrap();
    found.sort_unstable_by(|a, b| a.other.cmp(&b.other));
    assert_eq!(found, rows, "each once");
    assert_eq!(tx.consents(&spellings(deep), &people).await.unwrap().len(), 1);
    assert_eq!(tx.consents(&[], &people).await.unwrap(), []);
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

async fn who_waits_comes_with_what_was_said_about_them(db: &Db) {
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
    let mut waits = async |after: &str, limit| {
        let found = tx.held_by(ROMEO, after, Millis(NOW.0 - 9), limit).await.unwrap();
        let id = |id: Option<Uuid>| id.map(|it| it.as_u128());
        let found = found.into_iter().map(|(author, first, said)| (author, id(first), said));
        found.collect::<Vec<_>>()
    };
    let of = |n: usize, verdict: Option<Verdict>| {
        (authors[n].to_owned(), Some(10 + n as u128), verdict.map(Verdict::code))
    };
    let all = [
        of(0, Some(Verdict::Yes)),
        of(1, Some(Verdict::Asked)),
        of(2, None),
        of(3, Some(Verdict::Blocked)),
        of(4, Some(Verdict::No)),
        of(5, None),
    ];
    assert_eq!(waits("", 9).await, all);
    assert_eq!(waits("c@y", 9).await, all[3..]);
    assert_eq!(waits("", 3).await, all[..3]);
    let pair = |author: &str| (ROMEO.to_owned(), author.to_owned());
    let pairs = [pair("a@y"), pair("f@y"), pair("g@y"), ("a@y".to_owned(), ROMEO.to_owned())];
    let mut between = tx.held_between(&pairs).await.unwrap();
    between.sort_unstable();
    assert_eq!(between, pairs[..2]);
    assert_eq!(tx.held_between(&[]).await.unwrap(), []);
}

async fn a_question_is_over_when_nothing_is_held_that_it_could_be_about(db: &Db) {
    let mut tx = filled(db).await;
    let of = |n, author: &str, state| {
        let mut one = delivery(n, ROMEO, state, NOW);
        one.author = author.to_owned();
        one
    };
    keep(&mut tx, &[of(1, "a@y", State::Held), of(2, "b@y", State::Cancelled)]).await;
    let asked = |other: &str| said(other, Verdict::Asked, NOW, 1);
    let yes = said("d@y", Verdict::Yes, NOW, 0);
    tx.set_consents(&[asked("a@y"), asked("b@y"), asked("c@y"), yes]).await.unwrap();
    let pair = |other: &str| (ROMEO.to_owned(), other.to_owned());
    let before = Millis(NOW.0 - 9);
    let pairs = [pair("a@y"), pair("b@y"), pair("d@y"), ("paris@x".to_owned(), "b@y".to_owned())];
    assert_eq!(tx.end_questions(&pairs, before).await.unwrap(), [pair("b@y")]);
    assert_eq!(tx.end_questions(&pairs, NOW).await.unwrap(), [], "it is over");
    assert_eq!(tx.end_questions(&[], before).await.unwrap(), []);
    let open = tx.open_questions(ROMEO, Millis(0)).await.unwrap();
    assert_eq!(open.len(), 2);
    assert!(tx.end_questions_about("a@y", before, 9).await.unwrap().is_empty(), "something waits");
    assert_eq!(tx.end_questions_about("c@y", before, 9).await.unwrap(), [ROMEO]);
    assert!(
        tx.end_questions_about("d@y", before, 9).await.unwrap().is_empty(),
        "that was answered"
    );
    let mut over = tx.ended_questions(ROMEO, Millis(before.0 - 1), 9).await.unwrap();
    over.sort_unstable();
    assert_eq!(over, ["b@y", "c@y"]);
    assert!(tx.ended_questions(ROMEO, before, 9).await.unwrap().is_empty());
    assert_eq!(tx.open_questions(ROMEO, Millis(0)).await.unwrap().len(), 1);
    assert_eq!(tx.lapse_questions(before, 9).await.unwrap().len(), 2);
}

async fn a_question_lapses_and_its_number_is_kept(db: &Db) {
    let mut tx = filled(db).await;
    let rows = [
        said("a@y", Verdict::Asked, Millis(NOW.0 - 9), 1),
        said("b@y", Verdict::Asked, NOW, 2),
        said("c@y", Verdict::No, Millis(NOW.0 - 9), 0),
    ];
    tx.set_consents(&rows).await.unwrap();
    let romeo = [ROMEO];
    assert_eq!(tx.lapse_questions(Millis(NOW.0 - 9), 9).await.unwrap(), romeo);
    assert!(tx.lapse_questions(Millis(NOW.0 - 9), 9).await.unwrap().is_empty());
    assert_eq!(tx.open_questions(ROMEO, Millis(0)).await.unwrap().len(), 1);
    assert_eq!(tx.last_question(ROMEO).await.unwrap(), 0);
    tx.set_last_question(ROMEO, 2).await.unwrap();
    assert_eq!(tx.last_question(ROMEO).await.unwrap(), 2);
    assert_eq!(tx.last_question("paris@x").await.unwrap(), 0);
    // The question itself, of number 2, is about Juliet.
    keep(&mut tx, &[delivery(1, ROMEO, State::Held, NOW)]).await;
    let mut question = delivery(2, ROMEO, State::Queued, NOW);
    (question.share, question.handle) = (ShareId(Uuid::from_u128(1)), 2);
    let about = DeliveryId(Uuid::from_u128(1));
    let notice = NewNotice { delivery: question, carries: Carries::Request, about };
    tx.insert_notices(&[notice]).await.unwrap();
    for (verdict, since, has) in
        [(Verdict::Asked, NOW, false), (Verdict::No, NOW, true), (Verdict::No, Millis(0), false)]
    {
        tx.set_consents(&[said("juliet@x", verdict, since, 0)]).await.unwrap();
        let before = Millis(NOW.0 - 9);
        assert_eq!(tx.has_answered(ROMEO, 2, before).await.unwrap(), has, "{verdict:?}");
        assert!(!tx.has_answered(ROMEO, 3, before).await.unwrap());
    }
}

async fn what_was_asked_is_known_whatever_became_of_it(db: &Db) {
    let mut tx = filled(db).await;
    let mut shown = delivery(1, ROMEO, State::Handed, NOW);
    (shown.handle, shown.sent_at) = (2, NOW.0 + 5);
    keep(&mut tx, &[shown]).await;
    let about = DeliveryId(Uuid::from_u128(1));
    let mut question = delivery(2, ROMEO, State::Handed, NOW);
    (question.share, question.handle) = (ShareId(about.0), 2);
    question.sent_at = NOW.0;
    let notice = NewNotice { delivery: question, carries: Carries::Request, about };
    tx.insert_notices(&[notice]).await.unwrap();
    let before = Millis(NOW.0 - 1);
    for (number, since, was) in [(2, before, true), (2, NOW, false), (3, before, false)] {
        assert_eq!(tx.was_asked(ROMEO, number, since).await.unwrap(), was, "{number}");
    }
    for (since, is_asked) in [(NOW, true), (Millis(NOW.0 + 1), false)] {
        assert_eq!(
            tx.is_asked_since(ROMEO, since).await.unwrap(),
            is_asked,
            "what is shown asks none"
        );
    }
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
    assert_eq!(tx.blocked_by(ROMEO, 9).await.unwrap(), ["a@y"]);
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
    let held = tx.held_for(ROMEO, Uuid::nil(), Uuid::max(), 9).await.unwrap();
    assert_eq!(held, [(all[0].id.0, "juliet@x".to_owned())]);
    let first = held[0].0;
    for (after, end) in [(Uuid::nil(), first), (first, Uuid::max())] {
        assert!(tx.held_for(ROMEO, after, end, 9).await.unwrap().is_empty(), "before or behind it");
    }
    assert_eq!(tx.held_of(ROMEO, "juliet@x", 9).await.unwrap().len(), 1);
    assert!(tx.held_of(ROMEO, "tybalt@x", 9).await.unwrap().is_empty());
    let juliet = ["juliet@x"];
    assert_eq!(tx.authors(ROMEO, "", 9).await.unwrap(), juliet);
    assert_eq!(tx.authors(ROMEO, "juliet@", 1).await.unwrap(), juliet);
    assert!(tx.authors(ROMEO, "juliet@x", 9).await.unwrap().is_empty());
    assert!(tx.authors("paris@x", "", 9).await.unwrap().is_empty());
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
    assert_eq!(senders, ["juliet@x"]);
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
        let rows = tx.consents(&covering(sender), &[ROMEO.to_owned()]).await.unwrap();
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
