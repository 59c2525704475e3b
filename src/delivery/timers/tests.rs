use std::{io, sync::Mutex};

use super::*;
use crate::{domain::id::Chance, ops::commit::committer, stream};

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

#[tokio::test]
async fn that_the_log_cannot_be_emptied_is_told_once_until_it_can_be_again() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("tradepost.db").display());
    let (db, broken) = (Db::open(&url).await.unwrap(), Db::open(&url).await.unwrap());
    broken.close().await;
    let (clock, metrics) = (Clock::System, Arc::new(Metrics::new()));
    let (committer, task, _ready) =
        committer(db.clone(), clock.clone(), Chance::System, Arc::clone(&metrics));
    let (outlet, _end) = stream::channel();
    let invite = Arc::new(Inviting {
        limits: Limits { per_sender_a_day: 1, pause: LIFE },
        budgets: Budgets::default(),
        service: "Share".into(),
        pages: None,
    });
    let mut timers = Timers { db: db.clone(), committer, outlet, clock, metrics, invite };
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
