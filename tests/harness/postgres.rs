//! A private cluster of the other database, and fresh databases on it.

use std::{
    fs,
    net::SocketAddr,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::{
    PATIENCE, eventually,
    place::{self, free_address},
    process::{Process, Signal},
};

/// A running cluster. Dropping it kills the processes and removes the data.
pub(crate) struct Postgres {
    address: SocketAddr,
    databases: AtomicU32,
    process: Mutex<Option<Process>>,
    // Last, so that it goes when the process has ended.
    dir: TempDir,
}

/// A fresh, empty database on the cluster that all tests of this process share.
///
/// The cluster starts with the first caller and ends with the process.
pub(crate) async fn database() -> String {
    static SHARED: OnceCell<Postgres> = OnceCell::const_new();
    SHARED.get_or_init(Postgres::start).await.database().await
}

impl Postgres {
    /// Starts a cluster of its own, for a test that stops it.
    pub(crate) async fn start() -> Self {
        let dir = place::folder("postgres-");
        let data = dir.path().join("data");
        fs::create_dir(&data).expect("a data folder");
        if rustix::process::geteuid().is_root() {
            // initdb and postgres refuse to run as root.
            run(Command::new("chown").arg("postgres:").arg(&data));
        }
        let mut initdb = as_owner("initdb", "KILL");
        initdb.args([
            "-A",
            "trust",
            "-U",
            "tradepost",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
            "-D",
        ]);
        run(initdb.arg(&data));
        let cluster = Self {
            address: free_address(),
            databases: AtomicU32::new(0),
            process: Mutex::default(),
            dir,
        };
        cluster.restart().await;
        cluster
    }

    /// Where it listens: for a proxy in front of it.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Creates an empty database and gives its URL.
    pub(crate) async fn database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(&self.url("postgres"))
            .await
            .unwrap_or_else(|error| panic!("PostgreSQL does not answer: {error}\n{}", self.log()));
        let create = format!("CREATE DATABASE {name} TEMPLATE template0");
        connection.execute(AssertSqlSafe(create)).await.expect("a new database");
        self.url(&name)
    }

    /// Ends it without a checkpoint, as a crash would: open transactions are gone, committed stay.
    pub(crate) async fn stop_immediate(&self) {
        let process = self.process.lock().expect("no test died here").take();
        if let Some(process) = process {
            process.signal(Signal::QUIT);
            process.ended(PATIENCE).await;
        }
    }

    /// Starts it again on the same port and data, and waits until it answers.
    pub(crate) async fn restart(&self) {
        self.stop_immediate().await;
        // The stop by SIGQUIT also frees the shared memory; SIGKILL would leave it to the machine.
        let mut command = as_owner("postgres", "QUIT");
        command.arg("-D").arg(self.dir.path().join("data")).current_dir(self.dir.path());
        for setting in [
            "listen_addresses=127.0.0.1",
            &format!("port={}", self.address.port()),
            "unix_socket_directories=",
            "max_connections=200",
            // Safe against what the tests do: only a crash of the machine could lose a commit.
            "fsync=off",
        ] {
            command.args(["-c", setting]);
        }
        let process = Process::start(command, &self.dir.path().join("console.log"));
        *self.process.lock().expect("no test died here") = Some(process);
        let url = self.url("postgres");
        let up = eventually(PATIENCE, async || PgConnection::connect(&url).await.is_ok()).await;
        assert!(up, "PostgreSQL does not start; its log ends:\n{}", self.log());
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://tradepost@{}/{database}", self.address)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("console.log")).unwrap_or_default()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Ok(Some(process)) = self.process.get_mut() {
            // By SIGQUIT, so that the shared memory goes as well; the kill that follows is for a hang.
            process.signal(Signal::QUIT);
            for _ in 0..200 {
                if process.status().is_some() {
                    break;
                }
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
        }
    }
}

/// A program of the package `postgresql`, run as its own user when we are root.
fn as_owner(program: &str, death: &str) -> Command {
    let mut command = Command::new("setpriv");
    if rustix::process::geteuid().is_root() {
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
    }
    command.args(["--pdeathsig", death, "--"]).arg(binaries().join(program));
    command.env("LC_ALL", "C").process_group(0);
    command
}

/// Debian keeps the programs of each version apart; the newest is taken.
fn binaries() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    versions
        .map(|entry| entry.path())
        .filter(|path| path.join("bin/postgres").exists())
        .max_by_key(|path| version(path))
        .expect("the package postgresql is not installed: make deps")
        .join("bin")
}

fn run(command: &mut Command) {
    let output = command.current_dir("/").stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed: {complaint}");
}
