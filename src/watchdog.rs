//! The watchdog: tells whoever supervises the process, systemd, that it is ready, how it is, and
//! that the tasks for which everybody waits go on (`sd_notify(3)`).
//!
//! Each of these tasks has a [`Pulse`]. As long as all beat, the supervisor hears `WATCHDOG=1`, and
//! otherwise nothing, upon which it ends the process and starts another. A task that computes and
//! does not come back is as dead as one that has ended. One that waits, for a database that is
//! away or for a place in a queue, is alive for [`WAIT`].
//!
//! Own code and no crate: `sd-notify` knows no sockets in the abstract namespace.

use std::{
    ffi::OsString,
    io,
    os::unix::net::{SocketAddr, UnixDatagram},
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// How long a task may wait for others without getting anywhere, and still counts as alive: longer
/// than a database takes to come back from an upgrade.
pub const WAIT: Duration = Duration::from_mins(10);

/// How often a task that waits beats; more often when the supervisor is impatient.
const BEAT: Duration = Duration::from_secs(1);

/// The way to the supervisor. Without one, nothing is told and nothing watched. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Watchdog(Option<Arc<Supervisor>>);

#[derive(Debug)]
struct Supervisor {
    socket: UnixDatagram,
    address: SocketAddr,
    /// How long it waits for the next `WATCHDOG=1`, if it waits for any.
    limit: Option<Duration>,
    watched: Mutex<Vec<Watched>>,
}

/// A task, and how long it may be silent.
#[derive(Debug)]
struct Watched {
    task: &'static str,
    within: Duration,
    /// It ends with the task, which is then not waited for any more.
    heart: Weak<Heart>,
    /// That it is silent has been logged.
    told: bool,
}

/// What a task shows of itself. One of its own is given out by [`Watchdog::pulse`]; the default is
/// watched by nobody.
#[derive(Debug, Clone)]
pub struct Pulse {
    heart: Arc<Heart>,
    every: Duration,
}

#[derive(Debug)]
struct Heart {
    begun: Instant,
    /// When the task last got somewhere, in milliseconds after `begun`.
    went_on: AtomicU64,
    /// When it last did, or waited within [`WAIT`].
    alive: AtomicU64,
}

impl Watchdog {
    /// The supervisor that the environment names: `NOTIFY_SOCKET`, a path or, behind an `@`, a name
    /// in the abstract namespace; `WATCHDOG_USEC`, in microseconds, if it is meant for the process
    /// `WATCHDOG_PID`, or for any.
    ///
    /// The variables stay in the environment of the process, which starts no other.
    ///
    /// # Errors
    /// When the socket's name is none, or no socket can be made.
    pub fn new(env: impl Fn(&str) -> Option<OsString>) -> io::Result<Self> {
        let Some(name) = env("NOTIFY_SOCKET").filter(|name| !name.is_empty()) else {
            return Ok(Self::default());
        };
        let socket = UnixDatagram::unbound()?;
        // A supervisor that does not read must not hold us up.
        socket.set_nonblocking(true)?;
        let number = |name| env(name)?.to_str()?.parse::<u64>().ok();
        let is_ours = env("WATCHDOG_PID").is_none()
            || number("WATCHDOG_PID") == Some(u64::from(std::process::id()));
        let limit = number("WATCHDOG_USEC").filter(|limit| is_ours && *limit > 0);
        Ok(Self(Some(Arc::new(Supervisor {
            socket,
            address: address(&name)?,
            limit: limit.map(Duration::from_micros),
            watched: Mutex::default(),
        }))))
    }

    /// The service is of use, or stands by to be.
    pub fn ready(&self) {
        self.say("READY=1");
    }

    /// The end has begun.
    pub fn stopping(&self) {
        self.say("STOPPING=1\nSTATUS=stopping");
    }

    /// How it is, in a line for people: `systemctl status` shows it.
    pub fn status(&self, status: &str) {
        self.say(&format!("STATUS={status}"));
    }

    /// How long the supervisor waits before it ends the process; none when it does not watch.
    #[must_use]
    pub fn limit(&self) -> Option<Duration> {
        self.0.as_ref()?.limit
    }

    /// A pulse for `task`. From now until its last copy is dropped it must beat, at least once in
    /// `share` of the supervisor's time: 1 is all of it, 3 a third.
    #[must_use]
    pub fn pulse(&self, task: &'static str, share: u32) -> Pulse {
        let mut pulse = Pulse::default();
        if let Some((supervisor, limit)) = self.0.as_ref().zip(self.limit()) {
            pulse.every = BEAT.min(limit / 20);
            let (within, heart) = (limit / share.max(1), Arc::downgrade(&pulse.heart));
            supervisor.watched().push(Watched { task, within, heart, told: false });
        }
        pulse
    }

    /// Passes on that all is well, four times in the supervisor's time, as long as every pulse
    /// beats; until `stop`.
    ///
    /// It is done in a thread of its own: one task that computes can hold up all timers of the
    /// runtime, and then there would be nobody to say which it is.
    pub async fn feed(self, stop: CancellationToken) {
        let Some((supervisor, limit)) = self.0.clone().zip(self.limit()) else {
            return stop.cancelled().await;
        };
        let runtime = self.pulse("runtime", 1);
        let (going_on, until) = mpsc::channel::<()>();
        let feeding = move || loop {
            supervisor.look();
            if until.recv_timeout(limit / 4) != Err(RecvTimeoutError::Timeout) {
                return;
            }
        };
        if let Err(error) = thread::Builder::new().name("watchdog".into()).spawn(feeding) {
            return tracing::error!(%error, "no thread for the watchdog");
        }
        while stop.run_until_cancelled(sleep(runtime.every())).await.is_some() {
            runtime.beat();
        }
        drop(going_on);
    }

    fn say(&self, state: &str) {
        if let Some(supervisor) = &self.0 {
            supervisor.say(state);
        }
    }
}

impl Supervisor {
    fn watched(&self) -> std::sync::MutexGuard<'_, Vec<Watched>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, state: &str) {
        // Nobody loses anything by it but systemd, which says so itself when it waits in vain.
        if let Err(error) = self.socket.send_to_addr(state.as_bytes(), &self.address) {
            tracing::debug!(%error, "the supervisor does not take what it is told");
        }
    }

    /// Feeds it, if that is true.
    fn look(&self) {
        if self.all_beat() {
            self.say("WATCHDOG=1");
        }
    }

    fn all_beat(&self) -> bool {
        let mut all = true;
        self.watched().retain_mut(|it| {
            let Some(heart) = it.heart.upgrade() else { return false };
            let silent = heart.silent();
            let beats = silent <= it.within;
            if !beats && !it.told {
                let (task, silent) = (it.task, silent.as_secs());
                tracing::error!(task, silent, "a task does not go on: the watchdog is not fed");
            } else if beats && it.told {
                tracing::info!(task = it.task, "the task goes on, and the watchdog is fed");
            }
            it.told = !beats;
            all &= beats;
            true
        });
        all
    }
}

impl Pulse {
    /// The task got somewhere, or has nothing to do.
    pub fn beat(&self) {
        let now = self.heart.now();
        self.heart.went_on.store(now, Ordering::Relaxed);
        self.heart.alive.store(now, Ordering::Relaxed);
    }

    /// The task waits for others, as it may for [`WAIT`].
    pub fn wait(&self) {
        let now = self.heart.now();
        let went_on = Duration::from_millis(self.heart.went_on.load(Ordering::Relaxed));
        if Duration::from_millis(now).saturating_sub(went_on) < WAIT {
            self.heart.alive.store(now, Ordering::Relaxed);
        }
    }

    /// How often a task that has nothing to do must beat.
    #[must_use]
    pub fn every(&self) -> Duration {
        self.every
    }

    /// Waits for what others do. Only a future that comes back to the runtime counts as waiting.
    pub async fn while_waiting<T>(&self, others: impl Future<Output = T>) -> T {
        tokio::pin!(others);
        loop {
            tokio::select! {
                biased;
                done = &mut others => return done,
                () = sleep(self.every) => self.wait(),
            }
        }
    }
}

impl Default for Pulse {
    fn default() -> Self {
        let (went_on, alive) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { heart: Arc::new(Heart { begun: Instant::now(), went_on, alive }), every: BEAT }
    }
}

impl Heart {
    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn silent(&self) -> Duration {
        Duration::from_millis(self.now().saturating_sub(self.alive.load(Ordering::Relaxed)))
    }
}

fn address(name: &OsString) -> io::Result<SocketAddr> {
    #[cfg(target_os = "linux")]
    if let Some(name) = name.as_encoded_bytes().strip_prefix(b"@") {
        use std::os::linux::net::SocketAddrExt;
        return SocketAddr::from_abstract_name(name);
    }
    SocketAddr::from_pathname(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A watchdog that must be fed within `limit`, and the socket at which that is heard.
    fn watchdog(limit: Duration) -> (Watchdog, UnixDatagram, tempfile::TempDir) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notify");
        let heard = UnixDatagram::bind(&path).unwrap();
        heard.set_nonblocking(true).unwrap();
        let usec = limit.as_micros().to_string();
        let watchdog = Watchdog::new(|name| match name {
            "NOTIFY_SOCKET" => Some(path.clone().into()),
            "WATCHDOG_USEC" => Some(usec.clone().into()),
            _ => None,
        });
        (watchdog.unwrap(), heard, dir)
    }

    fn hear(socket: &UnixDatagram) -> Option<String> {
        let mut bytes = [0; 256];
        let n = socket.recv(&mut bytes).ok()?;
        Some(String::from_utf8(bytes[..n].to_vec()).unwrap())
    }

    const LIMIT: Duration = Duration::from_secs(90);

    #[tokio::test(start_paused = true)]
    async fn it_is_fed_while_each_task_beats_and_no_longer() {
        let (watchdog, heard, _dir) = watchdog(LIMIT);
        let pulse = watchdog.pulse("dispatch", 3);
        let look = || {
            watchdog.0.as_ref().unwrap().look();
            hear(&heard)
        };
        for _ in 0..4 {
            sleep(LIMIT / 4).await;
            assert_eq!(look().as_deref(), Some("WATCHDOG=1"));
            pulse.beat();
        }
        sleep(LIMIT / 2).await;
        assert_eq!(look(), None, "it is silent");
        pulse.beat();
        assert_eq!(look().as_deref(), Some("WATCHDOG=1"), "it goes on");
        sleep(LIMIT).await;
        drop(pulse);
        assert_eq!(look().as_deref(), Some("WATCHDOG=1"), "who has ended is not waited for");
    }

    #[tokio::test]
    async fn it_is_fed_until_the_end() {
        let (watchdog, heard, _dir) = watchdog(Duration::from_millis(40));
        heard.set_nonblocking(false).unwrap();
        let stop = CancellationToken::new();
        let feeding = tokio::spawn(watchdog.feed(stop.clone()));
        for _ in 0..3 {
            let heard = heard.try_clone().unwrap();
            let heard = tokio::task::spawn_blocking(move || hear(&heard)).await.unwrap();
            assert_eq!(heard.as_deref(), Some("WATCHDOG=1"));
        }
        stop.cancel();
        feeding.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_may_wait_for_ten_minutes_and_not_compute_for_one() {
        let (watchdog, _heard, _dir) = watchdog(LIMIT);
        let pulse = watchdog.pulse("dispatch", 3);
        let all_beat = || watchdog.0.as_ref().unwrap().all_beat();
        pulse.while_waiting(sleep(WAIT.saturating_sub(BEAT))).await;
        assert!(all_beat());
        pulse.while_waiting(sleep(LIMIT)).await;
        assert!(!all_beat());
        pulse.beat();
        assert!(all_beat());
        // Whoever computes does not give the clock a turn.
        tokio::time::advance(Duration::from_mins(1)).await;
        assert!(!all_beat());
    }

    #[test]
    fn nothing_is_watched_that_is_meant_for_another_process_or_none() {
        let with = |pid: Option<u32>, usec: &str| {
            let watchdog = Watchdog::new(|name| match name {
                "NOTIFY_SOCKET" => Some("@tradepost-nobody-listens-here".into()),
                "WATCHDOG_USEC" => Some(usec.into()),
                "WATCHDOG_PID" => pid.map(|pid| pid.to_string().into()),
                _ => None,
            });
            watchdog.unwrap().limit()
        };
        let second = Some(Duration::from_secs(1));
        assert_eq!(with(None, "1000000"), second);
        assert_eq!(with(Some(std::process::id()), "1000000"), second);
        assert_eq!(with(Some(1), "1000000"), None);
        assert_eq!(with(None, "0"), None);
        assert_eq!(with(None, "soon"), None);
        assert_eq!(Watchdog::new(|_| None).unwrap().limit(), None);
    }

    #[test]
    fn nobody_who_listens_is_no_trouble() {
        Watchdog::default().ready();
        let nobody = Watchdog::new(|name| (name == "NOTIFY_SOCKET").then(|| "@no one".into()));
        nobody.unwrap().stopping();
    }
}
