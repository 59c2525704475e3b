use std::{
    io,
    sync::{
        Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use super::*;
use crate::{
    card::submission,
    committer::{self, committer},
    domain::{
        address::Address,
        clock::Millis,
        delivery::State,
        id::Chance,
        invitation::InvitationLimits,
        share::{LIFE, PassedOn, Submission, What},
    },
    invite::join::take_in,
    link,
    post::letter::Budgets,
};

/// What is logged by this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// How often somebody was warned.
    fn warnings(&self) -> usize {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap().matches("WARN").count()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The clockwork over an empty database in `dir`, and the committer behind it.
async fn timers(dir: &tempfile::TempDir, clock: Clock) -> (Timers, committer::Task) {
    let url = format!("sqlite:{}", dir.path().join("tradepost.db").display());
    let db = Db::open(&url).await.unwrap();
    let metrics = Arc::new(Metrics::new());
    let (committer, task, _) =
        committer(db.clone(), clock.clone(), Chance::System, Arc::clone(&metrics));
    let (outlet, _) = link::stream::channel();
    let invite = Arc::new(Inviting {
        limits: InvitationLimits { per_sender_a_day: 1, pause: LIFE },
        budgets: Budgets::default(),
        service: "Share".into(),
        pages: None,
    });
    (Timers { db, committer, outlet, clock, metrics, invite }, task)
}

#[tokio::test]
async fn what_comes_due_at_one_moment_is_moved_on_at_one_look() {
    let dir = tempfile::tempdir().unwrap();
    let at = Arc::new(AtomicI64::new(1_800_000_000_000));
    let (timers, task) = timers(&dir, Clock::Manual(Arc::clone(&at))).await;
    let stop = CancellationToken::new();
    let writing = tokio::spawn(task.run(stop.clone()));
    let sent = timers.committer.run(|tx, world| {
        Box::pin(async move {
            take_in(tx, world, "juliet@x", "en", None).await?;
            for n in 0..5 {
                let recipients = (0..200).map(|m| Address::parse(&format!("p{n}-{m}@x")));
                let what = What::Products {
                    comment: None,
                    recording: None,
                    products: Vec::new(),
                    xml: String::new(),
                    passed_on: PassedOn::default(),
                };
                let recipients = recipients.map(Result::unwrap).collect();
                let sender = "juliet@x".parse().unwrap();
                let submission = Submission::of(sender, n.to_string(), what, recipients);
                submission::submit(tx, world, &[submission], 0).await?;
            }
            Ok(())
        })
    });
    sent.await.unwrap();
    // They have not joined, and it has waited for them as long as it does.
    let over = Millis(at.load(Ordering::SeqCst)).after(LIFE);
    at.store(over.0, Ordering::SeqCst);
    assert_eq!(
        timers.db.read().await.unwrap().due(State::Held, over, 9_999).await.unwrap().len(),
        1_000
    );
    let chore = CHORES.iter().find(|it| it.name == "deliveries").unwrap();
    assert_eq!(timers.see_to(chore, Cursor::default()).await, None);
    assert!(timers.db.read().await.unwrap().due(State::Held, over, 1).await.unwrap().is_empty());
    stop.cancel();
    writing.await.unwrap();
}

#[tokio::test]
async fn that_the_log_cannot_be_emptied_is_told_once_until_it_can_be_again() {
    let dir = tempfile::tempdir().unwrap();
    let (mut timers, task) = timers(&dir, Clock::System).await;
    let db = timers.db.clone();
    let url = format!("sqlite:{}", dir.path().join("tradepost.db").display());
    let broken = Db::open(&url).await.unwrap();
    broken.close().await;
    let stop = CancellationToken::new();
    let writing = tokio::spawn(task.run(stop.clone()));
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    let mut is_told = false;
    for told in [1, 2] {
        timers.db = broken.clone();
        for _ in 0..3 {
            timers.empty_log(Vec::new(), &mut is_told).await;
            assert_eq!(log.warnings(), told);
        }
        timers.db = db.clone();
        timers.empty_log(Vec::new(), &mut is_told).await;
        assert_eq!(log.warnings(), told);
    }
    stop.cancel();
    writing.await.unwrap();
}

/// A chore that always has more to do, until its fifth portion, which fails.
const fn endless(when: When) -> Chore {
    Chore {
        name: "endless",
        when,
        portions: 3,
        portion: |it| {
            Box::pin(async move {
                let Cursor(Millis(n), id) = it.place;
                if n == 4 { Err(committer::fault()) } else { Ok(Some(Cursor(Millis(n + 1), id))) }
            })
        },
    }
}

#[tokio::test]
async fn a_round_goes_on_at_the_next_look_until_a_portion_fails_and_what_is_due_begins_anew() {
    static CHORES: [Chore; 2] =
        [endless(When::Rounds), endless(When::Due(|_, _| Box::pin(async { Ok(true) })))];
    let dir = tempfile::tempdir().unwrap();
    let (timers, task) = timers(&dir, Clock::System).await;
    let stop = CancellationToken::new();
    let writing = tokio::spawn(task.run(stop.clone()));
    let mut places = [Some(Cursor::default()); 2];
    timers.see_to_all(&CHORES, &mut places, false).await;
    assert_eq!(places, [Some(Cursor::default()), None], "what is due begins anew");
    timers.see_to_all(&CHORES, &mut places, true).await;
    assert_eq!(places[0].map(|Cursor(n, _)| n), Some(Millis(3)), "three portions");
    timers.see_to_all(&CHORES, &mut places, true).await;
    assert_eq!(places, [None, None], "it has failed");
    stop.cancel();
    writing.await.unwrap();
}
