//! A million stanzas that should not be, from everybody who can send any, as fast as the component
//! takes them; and nobody else notices. `make flood` runs it, by itself, because it measures.
//!
//! The server is played by the test (`stream`), since a real one would hold half of it back. It
//! keeps 256 KiB on their way: what people send stands behind that, and this is a debug build.
//! `TRADEPOST_SEED` repeats a flood, `TRADEPOST_FLOOD` makes it shorter.

mod crowd;
mod shapes;
mod stream;

use std::{
    net::{Shutdown, TcpStream},
    path::Path,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::channel,
    },
    time::{Duration, Instant},
};

use tokio::runtime::Runtime;

use self::{
    crowd::{Crowd, slow},
    shapes::{Maker, is_oversized},
    stream::{Sent, Shared, Writer, read},
};
use crate::harness::{
    PATIENCE,
    component::{Component, Plan},
    eventually,
    upstream::Upstream,
};

/// Stanzas of the flood.
const FLOOD: u64 = 1_000_000;
/// How long it may take: what is taken more slowly holds up the server.
const LIMIT: Duration = Duration::from_secs(165);
/// How long 99 of 100 answers to people may take.
const ANSWERED: Duration = Duration::from_secs(1);
/// The same of `/livez`.
const ALIVE: Duration = Duration::from_millis(100);
/// How much more memory than before it may take, in KiB.
const MEMORY: i64 = 32 << 10;
/// How much may be logged, in bytes: a flood must not fill the disk.
const LOG: u64 = 256 << 10;

#[test]
#[ignore = "takes minutes and the whole machine: make flood"]
fn a_million_hostile_stanzas_hold_up_nobody_and_cost_no_more_than_32_mib() {
    let given = |name| std::env::var(name).ok()?.parse().ok();
    let seed = given("TRADEPOST_SEED").unwrap_or_else(rand::random);
    let many = given("TRADEPOST_FLOOD").unwrap_or(FLOOD);
    eprintln!("flood: TRADEPOST_SEED={seed}, {many} stanzas of {} shapes", Maker::shapes());
    let runtime = Runtime::new().expect("a runtime");
    let (component, socket) = runtime.block_on(start());
    let (people, of_people) = channel();
    let shared = Shared::default();
    let mut crowd = Crowd::new(people.clone(), shared.clone());
    let handle = || socket.try_clone().expect("a handle");
    let mut writer = Writer::new(handle(), of_people, shared.clone());
    let (reading, (flooded, is_flooded)) = (handle(), channel());
    let [is_warm, is_quiet, is_done] = [const { AtomicBool::new(false) }; 3];

    let wrong = std::thread::scope(|scope| {
        // Also when something here fails: they are waited for.
        let _end = End { flags: [&is_warm, &is_quiet, &is_done], socket: &socket };
        scope.spawn(|| read(reading, &shared, &people));
        let (is_warm_by, is_done_by) = (&is_warm, &is_done);
        let writing = scope.spawn(move || {
            writer.serve(is_warm_by);
            let (begun, mut maker) = (Instant::now(), Maker::new(seed));
            let in_time = |_| (begun.elapsed() < LIMIT).then(|| maker.next());
            let written = writer.flood((0..many).map_while(in_time), is_oversized);
            let took = begun.elapsed();
            if written < many {
                let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("flood-{seed}.xml"));
                std::fs::write(&kept, writer.unfinished()).expect("a file");
                eprintln!("flood: what was on its way at the end is in {}", kept.display());
            }
            let _ = flooded.send((written, took));
            writer.serve(is_done_by);
            writer.sent
        });
        crowd.warm_up();
        let before = Cost::of(&component);
        Cost::forget_the_peak(&component);
        is_warm.store(true, Ordering::Relaxed);
        let asking = scope.spawn(|| {
            crowd.ask_until(&is_quiet);
            crowd
        });
        let looking = scope.spawn(|| crowd::look(component.admin(), &is_quiet));
        let (written, took) = is_flooded.recv().expect("the flood ends");
        is_quiet.store(true, Ordering::Relaxed);
        let alive = looking.join().expect("it looks to the end");
        let mut wrong = asking.join().expect("it asks to the end").wrong(ANSWERED);
        wrong.extend(slow("/livez", alive, ALIVE));
        wrong.extend(runtime.block_on(before.wrong(&component)));
        is_done.store(true, Ordering::Relaxed);
        let sent = writing.join().expect("it writes to the end");
        let errors = shared.seen().errors;
        let megabytes = sent.bytes >> 20;
        eprintln!(
            "flood: {written} stanzas, {megabytes} MiB, {took:.1?}, {errors} errors in answer"
        );
        if written < many {
            wrong.push(format!("only {written} of {many} stanzas were taken in {took:.1?}"));
        }
        let is_whole = written == many && shared.seen().waiting.is_empty();
        if is_whole && component.ended().is_none() {
            wrong.extend(runtime.block_on(wrong_books(&component, &shared, &sent)));
        }
        wrong
    });
    assert!(wrong.is_empty(), "seed {seed}:\n{}\n\n{}", wrong.join("\n"), component.log());
}

/// The program with the limits that it has by itself, and the server's end of its stream.
async fn start() -> (Component, TcpStream) {
    let upstream = Upstream::listen(1 << 16);
    let component = Plan::beside(upstream.address())
        .limited()
        .set("access.register", vec!["localhost", "joined.example"])
        // Who says how far the component is.
        .set("limits.unlimited", vec!["mark@localhost"])
        .env("RUST_LOG", "info")
        .env("RUST_BACKTRACE", "0")
        .launch();
    let socket = upstream.stream().await.into_std().expect("a socket");
    socket.set_nonblocking(false).expect("for threads");
    component.ready().await;
    (component, socket)
}

/// Ends the threads of a test, however it ends itself.
struct End<'a> {
    flags: [&'a AtomicBool; 3],
    socket: &'a TcpStream,
}

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.flags.iter().for_each(|flag| flag.store(true, Ordering::Relaxed));
        let _ = self.socket.shutdown(Shutdown::Both);
    }
}

/// What the process takes of the machine.
struct Cost {
    /// KiB in memory.
    resident: i64,
    /// Open files and sockets.
    files: usize,
    /// Processor time, in hundredths of a second.
    ticks: u64,
}

impl Cost {
    fn of(component: &Component) -> Self {
        let files = std::fs::read_dir(format!("/proc/{}/fd", component.pid()));
        let files = files.expect("its files").count();
        let times = std::fs::read_to_string(format!("/proc/{}/stat", component.pid()));
        let times = times.unwrap_or_default();
        let times = times.split(' ').skip(13).take(2).filter_map(|it| it.parse::<u64>().ok());
        Self { resident: memory(component, "VmRSS:"), files, ticks: times.sum() }
    }

    /// What is kept as the peak from now on comes from now on.
    fn forget_the_peak(component: &Component) {
        std::fs::write(format!("/proc/{}/clear_refs", component.pid()), "5").expect("no peak");
    }

    async fn wrong(&self, component: &Component) -> Vec<String> {
        // One that is ending still has a number, and no memory.
        let ends = eventually(PATIENCE, async || {
            component.ended().is_some() || memory(component, "VmRSS:") > 0
        });
        assert!(ends.await, "neither alive nor dead");
        if let Some(status) = component.ended() {
            return vec![format!("the process has ended: {status}")];
        }
        let now = Self::of(component);
        let peak = memory(component, "VmHWM:") - self.resident;
        let more = now.resident - self.resident;
        let (seconds, before) = ((now.ticks - self.ticks) / 100, self.resident);
        eprintln!(
            "flood: {seconds} s of processor time, {before} KiB before, {more} KiB more, {peak} at the peak"
        );
        let mut wrong = Vec::new();
        if peak > MEMORY || more > MEMORY {
            wrong.push(format!("memory: {more} KiB more, {peak} KiB at the peak"));
        }
        let closed = eventually(PATIENCE, async || Self::of(component).files <= self.files).await;
        if !closed {
            wrong.push(format!("{} open files, {} before", now.files, self.files));
        }
        let log = std::fs::metadata(component.dir().join("tradepost.log")).expect("a log").len();
        if log > LOG {
            wrong.push(format!("{} KiB of log", log >> 10));
        }
        wrong
    }
}

/// A line of `/proc/PID/status`, in KiB.
fn memory(component: &Component, line: &str) -> i64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", component.pid()));
    let status = status.unwrap_or_default();
    let value = status.lines().find_map(|it| it.strip_prefix(line));
    value.and_then(|it| it.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// What was counted is what was sent and received; the stream is the first one.
async fn wrong_books(component: &Component, shared: &Shared, sent: &Sent) -> Vec<String> {
    let metrics = component.metrics().await;
    let sum = |name: &str| -> u64 {
        let some = metrics.iter().filter(|(series, _)| series.starts_with(name));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counters")]
        some.map(|(_, value)| *value as u64).sum()
    };
    let mut wrong = Vec::new();
    let mut same = |what: &str, counted: u64, expected: u64| {
        if counted != expected {
            wrong.push(format!("{what}: {counted} counted, {expected} expected"));
        }
    };
    let seen = shared.seen();
    for (letter, kind) in [('m', "message"), ('p', "presence"), ('i', "iq")] {
        let stanzas = |direction| {
            sum(&format!("tradepost_stanzas_total{{direction=\"{direction}\",kind=\"{kind}\"}}"))
        };
        let of = |kinds: &std::collections::BTreeMap<char, u64>| {
            kinds.get(&letter).copied().unwrap_or_default()
        };
        let pongs = if letter == 'i' { seen.fences } else { 0 };
        same(&format!("{kind} in"), stanzas("in"), of(&sent.kinds) - pongs);
        same(&format!("{kind} out"), stanzas("out"), of(&seen.kinds));
    }
    same("oversized", sum("tradepost_dropped_total{reason=\"oversized\"}"), sent.oversized);
    same("errors", sum("tradepost_refused_total"), seen.errors);
    same("streams", sum("tradepost_reconnects_total"), 0);
    drop(seen);
    for (series, value) in metrics.iter().filter(|(series, _)| series.contains("_dropped_total")) {
        eprintln!("flood: {series} {value}");
    }
    let (balance, books) = component.audit();
    if !balance {
        wrong.push(books);
    }
    let log = std::fs::read_to_string(component.dir().join("tradepost.log")).expect("a log");
    wrong.extend(log.lines().find(|it| it.contains("panicked")).map(str::to_owned));
    wrong
}
