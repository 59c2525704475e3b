//! Sends to many recipients at once, while another account sends one share after the other.

use std::{
    collections::HashSet,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Instant,
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::{Value, json};
use tokio::{
    sync::Notify,
    time::{Duration, MissedTickBehavior, interval, sleep, timeout},
};

use crate::{
    fake_server::{Host, account},
    peer::{self, Event, Peer},
    process, stanza,
    times::Times,
};

#[derive(Args)]
pub(crate) struct FanoutArgs {
    #[command(flatten)]
    host: Host,
    /// Sends to everybody, each after the answer to the one before
    #[arg(long, default_value_t = 50)]
    sends: usize,
    /// Recipients of each
    #[arg(long, default_value_t = 200)]
    recipients: usize,
    /// Shares a second of the other account, sent by the clock
    #[arg(long, default_value_t = 200)]
    rate: u32,
    /// Seconds that the other account has for itself before
    #[arg(long, default_value_t = 2)]
    alone: u64,
}

/// The most seconds that the whole may take.
const LIMIT: u64 = 120;

/// The account of one run.
struct Fanout {
    big: Times,
    small: Times,
    /// Deliveries of the big sends, and when the last of them came.
    shown: AtomicUsize,
    all: usize,
    all_at: OnceLock<Instant>,
    small_sent: AtomicUsize,
    ended: AtomicBool,
    failed: OnceLock<String>,
    changed: Notify,
}

pub(crate) async fn run(args: FanoutArgs) -> Result<()> {
    let component = args.host.start().await?;
    let mut process = component.process;
    let small = usize::try_from(u64::from(args.rate) * (LIMIT + args.alone))?;
    let fanout = Arc::new(Fanout {
        big: Times::new(args.sends),
        small: Times::new(small),
        shown: AtomicUsize::new(0),
        all: args.sends * args.recipients,
        all_at: OnceLock::new(),
        small_sent: AtomicUsize::new(0),
        ended: AtomicBool::new(false),
        failed: OnceLock::new(),
        changed: Notify::new(),
    });
    let (peer, queue) = Peer::new(true);
    let writing = tokio::spawn(peer::write(component.writer, queue, None));
    let reading = tokio::spawn({
        let (peer, fanout) = (peer.clone(), Arc::clone(&fanout));
        let mut seen = HashSet::new();
        async move { peer.read(component.frames, |event| fanout.on(event, &mut seen)).await }
    });
    let measuring =
        timeout(Duration::from_secs(LIMIT), fanout.measure(&args, &peer, component.pid));
    let figures = tokio::select! {
        figures = measuring => figures.with_context(|| format!(
            "of {} messages only {} came in {LIMIT} s", fanout.all, fanout.shown.load(Relaxed)
        ))??,
        broken = reading => return broken?,
        broken = writing => return broken?,
    };
    println!("{figures}");
    process.kill().await?;
    Ok(())
}

impl Fanout {
    async fn measure(self: &Arc<Self>, args: &FanoutArgs, peer: &Peer, pid: u32) -> Result<Value> {
        let domain = &args.host.domain;
        if !args.host.bare {
            let recipients = (0..args.recipients).map(|n| account('r', n));
            let accounts = recipients.chain([account('s', 0), account('s', 1), account('r', 999)]);
            let accounts = accounts.map(|jid| Some(jid + "/load")).collect::<Vec<_>>();
            peer.join(&accounts, domain).await?;
        }
        let other = tokio::spawn(Arc::clone(self).other(args.rate, peer.clone(), domain.clone()));
        sleep(Duration::from_secs(args.alone)).await;

        let (first, begin, cpu) =
            (self.small_sent.load(Relaxed), Instant::now(), process::cpu(pid));
        for n in 0..args.sends {
            let (mut bytes, from) = (Vec::new(), account('s', 0) + "/load");
            let to = (0..args.recipients).map(|n| account('r', n));
            stanza::share(&mut bytes, Some(&from), domain, 'b', n, to);
            self.big.begin(n);
            peer.send(bytes);
            self.until(|| self.big.done() > n).await?;
        }
        self.until(|| self.all_at.get().is_some()).await?;
        let last = self.small_sent.load(Relaxed);
        self.ended.store(true, Relaxed);
        other.await?;
        self.until(|| self.small.done() >= self.small_sent.load(Relaxed)).await?;

        let cpu = process::cpu(pid).unwrap_or(0) - cpu.unwrap_or(0);
        let all = self.all_at.get().map_or(f64::NAN, |at| at.duration_since(begin).as_secs_f64());
        Ok(json!({
            "answer_ms": self.big.spread(0, args.sends),
            "other_alone_ms": self.small.spread(0, first),
            "other_meanwhile_ms": self.small.spread(first, last),
            "messages": self.shown.load(Relaxed),
            "all_answered_s": self.big.span(),
            "all_shown_s": all,
            "cpu_s": Duration::from_micros(cpu).as_secs_f64(),
            "rss_kib": process::rss(pid),
        }))
    }

    /// One share at each tick, whether or not the one before has been answered.
    async fn other(self: Arc<Self>, rate: u32, peer: Peer, domain: String) {
        let mut clock = interval(Duration::from_secs(1) / rate);
        clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
        while !self.ended.load(Relaxed) {
            clock.tick().await;
            let n = self.small_sent.fetch_add(1, Relaxed);
            let (mut bytes, from) = (Vec::new(), account('s', 1) + "/load");
            let to = std::iter::once(account('r', 999));
            stanza::share(&mut bytes, Some(&from), &domain, 's', n, to);
            self.small.begin(n);
            peer.send(bytes);
        }
    }

    async fn until(&self, holds: impl Fn() -> bool) -> Result<()> {
        while !holds() {
            self.changed.notified().await;
            if let Some(failed) = self.failed.get() {
                bail!("came back: {failed}");
            }
        }
        Ok(())
    }

    fn on(&self, event: Event<'_>, seen: &mut HashSet<(usize, String)>) {
        match event {
            Event::Answered('b', n) => {
                self.big.end(n);
            }
            Event::Answered(_, n) => {
                self.small.end(n);
            }
            Event::Shown('b', n, to) => {
                if seen.insert((n, to.to_owned()))
                    && self.shown.fetch_add(1, Relaxed) + 1 == self.all
                {
                    self.all_at.get_or_init(Instant::now);
                }
            }
            Event::Shown(..) => return,
            Event::Failed(stanza) => {
                self.failed.get_or_init(|| String::from_utf8_lossy(stanza).into_owned());
            }
        }
        self.changed.notify_one();
    }
}
