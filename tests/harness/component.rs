//! The program under test: the real binary, with a configuration file of its own.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
    sync::Mutex,
    time::Duration,
};

use tempfile::TempDir;
use toml::{Table, Value};

use super::{
    PATIENCE, eventually, http, lint,
    place::{self, free_address},
    process::{Process, Signal, guarded},
    server::{COMPONENT, DOMAIN, SECRET, Server},
};

/// How the component is to run. Its database is a file in a folder of its own, it connects straight to
/// the server, and everybody on `localhost` may register.
pub(crate) struct Plan {
    config: Table,
    env: BTreeMap<String, String>,
    pages: SocketAddr,
    admin: SocketAddr,
    dir: TempDir,
}

impl Plan {
    /// The plan for a component of `server`.
    pub(crate) fn new(server: &Server) -> Self {
        Self::beside(server.component())
    }

    /// The plan for a component of whoever listens at `server`.
    pub(crate) fn beside(server: SocketAddr) -> Self {
        let plan = Self {
            config: Table::new(),
            env: BTreeMap::new(),
            pages: free_address(),
            admin: free_address(),
            dir: place::folder("component-"),
        };
        lint::own_pages(plan.pages);
        let (pages, admin) = (plan.pages.to_string(), plan.admin.to_string());
        let database = format!("sqlite:{}", plan.dir.path().join("tradepost.db").display());
        plan.set("component.domain", COMPONENT)
            .set("component.secret", SECRET)
            .set("component.server", server.to_string())
            .set("database.url", database)
            .set("http.public_url", format!("http://{pages}"))
            .set("http.listen", pages)
            .set("http.admin", admin)
            .set("access.register", vec![DOMAIN])
            .unlimited()
    }

    /// Sets the key `path` (`limits.recipients`) of the configuration file.
    pub(crate) fn set(mut self, path: &str, value: impl Into<Value>) -> Self {
        let (section, key) = path.split_once('.').expect("section.key");
        let section = self.config.entry(section).or_insert_with(|| Table::new().into());
        section.as_table_mut().expect("a section").insert(key.to_owned(), value.into());
        self
    }

    /// Without limits in a time: tests ask more than people do.
    fn unlimited(self) -> Self {
        [
            "shares_per_hour",
            "recipients_per_hour",
            "stanzas_per_minute",
            "lookups_per_minute",
            "numbers_per_day",
            "domain_stanzas_per_minute",
            "total_stanzas_per_minute",
            "kept_per_hour",
            "domain_kept_per_hour",
            "total_kept_per_hour",
            "new_shares_per_hour",
            "new_recipients_per_hour",
        ]
        .into_iter()
        .fold(self, |plan, key| plan.set(&format!("limits.{key}"), 0))
    }

    /// With the limits in a time that it has by itself.
    pub(crate) fn limited(mut self) -> Self {
        self.config.remove("limits");
        self
    }

    /// Takes the key `path` out of the configuration file.
    pub(crate) fn without(mut self, path: &str) -> Self {
        let (section, key) = path.split_once('.').expect("section.key");
        if let Some(section) = self.config.get_mut(section).and_then(Value::as_table_mut) {
            section.remove(key);
        }
        self
    }

    /// Another database: `postgres://…`.
    pub(crate) fn database(self, url: &str) -> Self {
        self.set("database.url", url)
    }

    /// Connects to the server through a proxy.
    pub(crate) fn via(self, proxy: SocketAddr) -> Self {
        self.set("component.server", proxy.to_string())
    }

    /// Sets an environment variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The folder in which it runs and keeps its database.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Writes the configuration and starts the program, and does not wait for anything.
    pub(crate) fn launch(self) -> Component {
        let config = self.dir.path().join("tradepost.toml");
        std::fs::write(&config, self.config.to_string()).expect("a configuration file");
        let component = Component {
            config,
            env: self.env,
            pages: self.pages,
            admin: self.admin,
            process: Mutex::default(),
            dir: self.dir,
        };
        component.launch(None);
        component
    }

    /// Starts the program and waits until it is ready.
    pub(crate) async fn start(self) -> Component {
        let component = self.launch();
        component.ready().await;
        component
    }
}

/// The running program. Dropping it kills it and removes its folder.
pub(crate) struct Component {
    config: PathBuf,
    env: BTreeMap<String, String>,
    pages: SocketAddr,
    admin: SocketAddr,
    process: Mutex<Option<Process>>,
    // Last, so that it goes when the process has ended.
    dir: TempDir,
}

impl Component {
    /// Starts it beside `server` with the plain plan, and waits until it is ready.
    pub(crate) async fn start(server: &Server) -> Self {
        Plan::new(server).start().await
    }

    /// Where the pages are.
    pub(crate) fn pages(&self) -> SocketAddr {
        self.pages
    }

    /// Where health and metrics are.
    pub(crate) fn admin(&self) -> SocketAddr {
        self.admin
    }

    /// Its folder, with `tradepost.toml`, `tradepost.log` and the database.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Waits until `/readyz` says 200: the stream is up and the database answers.
    pub(crate) async fn ready(&self) {
        let ready = eventually(PATIENCE, async || self.is_ready().await || self.has_ended()).await;
        assert!(
            ready && !self.has_ended(),
            "tradepost is not ready; its log ends:\n{}",
            self.log()
        );
    }

    /// What `/readyz` says now.
    pub(crate) async fn is_ready(&self) -> bool {
        http::get(self.admin, "/readyz").await.is_ok_and(|answer| answer.status == 200)
    }

    /// Waits until `/readyz` no longer says 200.
    pub(crate) async fn not_ready(&self, within: Duration) {
        let gone = eventually(within, async || !self.is_ready().await).await;
        assert!(gone, "tradepost is still ready after {within:?}; its log ends:\n{}", self.log());
    }

    /// Kills it at once.
    pub(crate) fn kill9(&self) {
        if let Some(process) = &*self.process() {
            process.kill9();
        }
    }

    /// Asks it to stop, and gives its exit status.
    pub(crate) async fn sigterm(&self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.wait_exit(PATIENCE).await
    }

    /// Sends any signal: `STOP` and `CONT` for a machine that sleeps.
    pub(crate) fn signal(&self, signal: Signal) {
        if let Some(process) = &*self.process() {
            process.signal(signal);
        }
    }

    /// Waits for it to end by itself, as at a crash point; panics when it does not.
    pub(crate) async fn wait_exit(&self, within: Duration) -> ExitStatus {
        let ended = eventually(within, async || self.has_ended()).await;
        assert!(ended, "tradepost still runs after {within:?}; its log ends:\n{}", self.log());
        let process = self.process();
        process.as_ref().and_then(Process::status).expect("it was started and has ended")
    }

    /// Its exit status, when it has ended.
    pub(crate) fn ended(&self) -> Option<ExitStatus> {
        self.process().as_ref().and_then(Process::status)
    }

    /// Kills it when it runs, starts it again with the same configuration and data, and waits until
    /// it is ready.
    pub(crate) async fn restart(&self) {
        self.launch(None);
        self.ready().await;
    }

    /// Kills it when it runs and starts it again, and does not wait for anything.
    pub(crate) fn relaunch(&self) {
        self.launch(None);
    }

    /// Its process id, also after its end.
    pub(crate) fn pid(&self) -> u32 {
        self.process().as_ref().map(Process::id).expect("it was started")
    }

    /// Kills it when it runs and starts it (or starts it again): it ends itself the moment it
    /// reaches the crash point `at`: `point`, or `point:n` for the n-th time. Debug builds only.
    pub(crate) fn restart_to_crash(&self, at: &str) {
        self.launch(Some(at));
    }

    fn launch(&self, crash: Option<&str>) {
        let mut process = self.process();
        // The old one first: two at once is another test.
        drop(process.take());
        let mut command = self.command("serve");
        if let Some(point) = crash {
            command.env("TRADEPOST_CRASH", point);
        }
        *process = Some(Process::start(command, &self.dir.path().join("tradepost.log")));
    }

    /// The last of what it has logged, over all its starts.
    pub(crate) fn log(&self) -> String {
        self.process().as_ref().map(Process::log).unwrap_or_default()
    }

    /// Every series of `/metrics`: `name{label="value"}` to its value.
    pub(crate) async fn metrics(&self) -> BTreeMap<String, f64> {
        let answer = http::get(self.admin, "/metrics").await.expect("an answer from /metrics");
        let series = answer.body.lines().filter(|line| !line.starts_with('#'));
        series
            .filter_map(|line| {
                let (name, value) = line.rsplit_once(' ')?;
                Some((name.to_owned(), value.parse().ok()?))
            })
            .collect()
    }

    /// The sum over all series of the metric `name`; 0 when there is none.
    pub(crate) async fn metric(&self, name: &str) -> f64 {
        let own = |series: &str| series.split('{').next() == Some(name);
        self.metrics().await.iter().filter(|(series, _)| own(series)).map(|(_, value)| value).sum()
    }

    /// Runs `tradepost audit`: whether the books balance, and what it printed.
    pub(crate) fn audit(&self) -> (bool, String) {
        let output = self.command("audit").output().expect("tradepost audit");
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    /// `tradepost <verb> --config <its file>` in its folder and environment, not yet started.
    pub(crate) fn command(&self, verb: &str) -> Command {
        let mut command = guarded(binary(), "KILL");
        command.arg(verb).arg("--config").arg(&self.config).current_dir(self.dir.path());
        // Nothing of the caller's configuration may leak in.
        command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.env("RUST_LOG", "tradepost=debug,info").env("RUST_BACKTRACE", "1").envs(&self.env);
        command
    }

    fn has_ended(&self) -> bool {
        self.process().as_ref().is_none_or(|process| process.status().is_some())
    }

    fn process(&self) -> std::sync::MutexGuard<'_, Option<Process>> {
        self.process.lock().expect("no test died here")
    }
}

/// The program as Cargo has built it for this test or bench; beside an example it is one folder up.
pub(crate) fn binary() -> PathBuf {
    option_env!("CARGO_BIN_EXE_tradepost").map(PathBuf::from).unwrap_or_else(|| {
        let here = std::env::current_exe().expect("the path of this program");
        here.ancestors().nth(2).expect("a target folder").join("tradepost")
    })
}
