//! A load that keeps a window of unfinished shares, and its account.

use std::{
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use clap::Args;
use serde_json::{Value, json};
use tokio::{
    sync::{Notify, Semaphore},
    time::timeout,
};

use crate::{peer::Event, process, times::Times};

/// How much is sent, and how hard.
#[derive(Args, Clone)]
pub(crate) struct Amount {
    /// Shares to send
    #[arg(long, default_value_t = 50_000)]
    shares: usize,
    /// Shares at the start that are not counted in the figures
    #[arg(long, default_value_t = 2_000)]
    warmup: usize,
    /// Shares sent and not yet shown
    #[arg(long, default_value_t = 1_000)]
    window: usize,
    /// Send no more after so many seconds
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// Note the resident memory when so many have been shown
    #[arg(long)]
    mark: Vec<usize>,
}

/// The account of a steady load.
pub(crate) struct Steady {
    amount: Amount,
    /// Only messages go round; there is no IQ to answer.
    echo: bool,
    pid: u32,
    answers: Times,
    shows: Times,
    next: AtomicUsize,
    /// How many there will be: less than asked for when the time is over first.
    total: AtomicUsize,
    window: Semaphore,
    until: OnceLock<Instant>,
    bytes_out: AtomicU64,
    samples: Mutex<Vec<Sample>>,
    failed: OnceLock<String>,
    changed: Notify,
}

/// The component's process when so many shares had been shown.
struct Sample {
    shown: usize,
    at: Instant,
    cpu: u64,
    rss: u64,
}

impl Steady {
    pub(crate) fn new(amount: Amount, echo: bool, pid: u32) -> Arc<Self> {
        let shares = amount.shares;
        Arc::new(Self {
            answers: Times::new(shares),
            shows: Times::new(shares),
            next: AtomicUsize::new(0),
            total: AtomicUsize::new(shares),
            window: Semaphore::new(0),
            until: OnceLock::new(),
            bytes_out: AtomicU64::new(0),
            samples: Mutex::default(),
            failed: OnceLock::new(),
            changed: Notify::new(),
            amount,
            echo,
            pid,
        })
    }

    /// Opens the window, waits until everything has been answered and shown, and sums up.
    pub(crate) async fn run(&self) -> Result<Value> {
        self.until.get_or_init(|| Instant::now() + Duration::from_secs(self.amount.seconds));
        let idle = process::rss(self.pid).unwrap_or(0);
        self.window.add_permits(self.amount.window);
        let limit = Duration::from_secs(self.amount.seconds + 60);
        if timeout(limit, self.finished()).await.is_err() {
            let (answered, shown) = (self.answers.done(), self.shows.done());
            let total = self.total.load(Relaxed);
            bail!("of {total} shares only {answered} were answered and {shown} shown in {limit:?}");
        }
        if let Some(failed) = self.failed.get() {
            bail!("came back: {failed}");
        }
        Ok(self.figures(idle))
    }

    async fn finished(&self) {
        while !self.is_finished() {
            self.changed.notified().await;
        }
    }

    fn is_finished(&self) -> bool {
        let total = self.total.load(Relaxed);
        let answered = self.echo || self.answers.done() >= total;
        self.failed.get().is_some() || (answered && self.shows.done() >= total)
    }

    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn figures(&self, idle: u64) -> Value {
        let end = self.sample(self.shows.done());
        let samples = lock(&self.samples);
        let warm = self.amount.warmup;
        let begin = samples.iter().find(|sample| sample.shown == warm);
        let (counted, seconds, cpu) = begin.map_or((0, f64::NAN, 0), |begin| {
            let seconds = end.at.duration_since(begin.at).as_secs_f64();
            (end.shown - begin.shown, seconds, end.cpu - begin.cpu)
        });
        let rss = samples.iter().chain([&end]).map(|sample| json!([sample.shown, sample.rss]));
        json!({
            "shares": end.shown,
            "rate": counted as f64 / seconds,
            "cpu_us": cpu as f64 / counted as f64,
            "answer_ms": self.answers.spread(warm, end.shown),
            "shown_ms": self.shows.spread(warm, end.shown),
            "shown_twice": self.shows.again(),
            "bytes_sent": self.bytes_out.load(Relaxed) as f64 / end.shown as f64,
            "rss_idle_kib": idle,
            "rss_kib": rss.collect::<Vec<_>>(),
        })
    }

    fn sample(&self, shown: usize) -> Sample {
        let (cpu, rss) = (process::cpu(self.pid), process::rss(self.pid));
        Sample { shown, at: Instant::now(), cpu: cpu.unwrap_or(0), rss: rss.unwrap_or(0) }
    }

    pub(crate) fn on(&self, event: Event<'_>) {
        match event {
            Event::Answered('s', n) => {
                self.answers.end(n);
            }
            Event::Shown('s', n, _) => {
                if let Some(shown) = self.shows.end(n) {
                    self.window.add_permits(1);
                    if shown == self.amount.warmup || self.amount.mark.contains(&shown) {
                        lock(&self.samples).push(self.sample(shown));
                    }
                }
            }
            Event::Failed(stanza) => {
                self.failed.get_or_init(|| String::from_utf8_lossy(stanza).into_owned());
            }
            Event::Answered(..) | Event::Shown(..) => {}
        }
        if self.is_finished() {
            self.changed.notify_one();
        }
    }

    /// The number of the next share, unless all are sent or the time is over.
    fn next(&self) -> Option<usize> {
        if self.until.get().is_some_and(|until| Instant::now() > *until) {
            self.total.fetch_min(self.next.load(Relaxed), Relaxed);
            self.changed.notify_one();
        }
        let n = self.next.fetch_add(1, Relaxed);
        (n < self.total.load(Relaxed)).then_some(n)
    }
}

/// Writes the stanza of share `n`.
type Compose = dyn Fn(&mut Vec<u8>, usize) + Send + Sync;

/// One stream's part in a steady load.
pub(crate) struct Load {
    steady: Arc<Steady>,
    stanza: Box<Compose>,
}

impl Load {
    pub(crate) fn new(
        steady: &Arc<Steady>,
        stanza: impl Fn(&mut Vec<u8>, usize) + Send + Sync + 'static,
    ) -> Self {
        Self { steady: Arc::clone(steady), stanza: Box::new(stanza) }
    }

    /// Writes one when the window allows; false when there are no more.
    pub(crate) async fn write(&self, bytes: &mut Vec<u8>) -> bool {
        match self.steady.window.acquire().await {
            Ok(permit) => permit.forget(),
            Err(_closed) => return false,
        }
        self.one(bytes)
    }

    /// Writes one if the window allows it now.
    pub(crate) fn try_write(&self, bytes: &mut Vec<u8>) -> bool {
        match self.steady.window.try_acquire() {
            Ok(permit) => permit.forget(),
            Err(_) => return false,
        }
        self.one(bytes)
    }

    fn one(&self, bytes: &mut Vec<u8>) -> bool {
        let Some(n) = self.steady.next() else { return false };
        let before = bytes.len();
        self.steady.answers.begin(n);
        self.steady.shows.begin(n);
        (self.stanza)(bytes, n);
        self.steady.bytes_out.fetch_add((bytes.len() - before) as u64, Relaxed);
        true
    }
}

fn lock<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
