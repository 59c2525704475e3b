//! A private XMPP server, Prosody or ejabberd, with a component port and a few accounts.

use std::{collections::BTreeSet, net::SocketAddr, path::Path, sync::Mutex, time::Duration};

use tempfile::TempDir;
use tokio::net::TcpStream;

use super::{
    ejabberd, eventually,
    place::{self, free_address},
    process::{Process, Signal},
    prosody,
};

/// The domain of every private server.
pub(crate) const DOMAIN: &str = "localhost";
/// A second domain, of a server with [`Setup::elsewhere`].
pub(crate) const ELSEWHERE: &str = "elsewhere";
/// The component's domain on it.
pub(crate) const COMPONENT: &str = "share.localhost";
/// The component's secret.
pub(crate) const SECRET: &str = "secret";
/// The password of every account.
pub(crate) const PASSWORD: &str = "pw";

/// Which program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Prosody, as Debian ships it.
    Prosody,
    /// ejabberd, as Debian ships it.
    Ejabberd,
}

/// What may differ between two servers of one kind.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    /// Prosody only: a second component connection replaces the first. Off: it is refused.
    /// ejabberd always accepts both.
    pub(crate) kick_old: bool,
    /// How many messages are kept for somebody who is away; the server's own default when none.
    pub(crate) offline_quota: Option<u32>,
    /// Prosody only: it makes invitations, and the component is one of its administrators.
    pub(crate) invites: bool,
    /// Whether it also serves [`ELSEWHERE`], which stands for another server.
    pub(crate) elsewhere: bool,
    /// The accounts that exist from the start, of [`DOMAIN`] unless they say another.
    pub(crate) users: Vec<String>,
}

impl Default for Setup {
    fn default() -> Self {
        let users = ["alice", "bob", "carol"].map(String::from).to_vec();
        Self { kick_old: false, offline_quota: None, invites: false, elsewhere: false, users }
    }
}

/// The addresses it listens on, the same over every restart.
pub(crate) struct Ports {
    /// For clients, in plaintext.
    pub(crate) c2s: SocketAddr,
    /// For components (XEP-0114).
    pub(crate) component: SocketAddr,
    /// ejabberd's API; Prosody's WebSocket (RFC 7395).
    pub(crate) http: SocketAddr,
}

/// How often a server is started that ends before it has come up, or is not up within [`START`].
const TRIES: u32 = 3;
/// How long one may take to come up: ejabberd reads its configuration for eight seconds on a busy
/// machine.
const START: Duration = Duration::from_mins(3);

/// A running server. Dropping it kills the process and removes its folder.
pub(crate) struct Server {
    kind: Kind,
    ports: Ports,
    process: Mutex<Option<Process>>,
    /// Who has an account.
    users: Mutex<BTreeSet<String>>,
    // Last, so that it goes when the process has ended.
    dir: TempDir,
}

/// The part of `user` before the `@` and the domain; that of every private server without one.
pub(super) fn parts(user: &str) -> (&str, &str) {
    user.split_once('@').unwrap_or((user, DOMAIN))
}

impl Server {
    /// Starts one with three accounts: alice, bob and carol.
    pub(crate) async fn start(kind: Kind) -> Self {
        Self::start_with(kind, Setup::default()).await
    }

    /// Starts one that also serves [`ELSEWHERE`], with these users, who may be of it.
    pub(crate) async fn with_elsewhere(kind: Kind, users: &[&str]) -> Self {
        let users = users.iter().map(|user| (*user).to_owned()).collect();
        Self::start_with(kind, Setup { elsewhere: true, users, ..Setup::default() }).await
    }

    /// Starts one and waits until it takes clients and components.
    pub(crate) async fn start_with(kind: Kind, setup: Setup) -> Self {
        let mut tries = 1;
        let server = loop {
            let server = Self::prepare(kind, &setup);
            // Somebody else may have taken a port meanwhile.
            if server.begin().await {
                break server;
            }
            let log = server.log();
            assert!(tries < TRIES, "{kind:?} does not start; its log ends:\n{log}");
            tries += 1;
        };
        for user in &setup.users {
            server.add_user(user).await;
        }
        server
    }

    /// Its folder, its configuration and its ports, before anything runs.
    fn prepare(kind: Kind, setup: &Setup) -> Self {
        let ports = Ports { c2s: free_address(), component: free_address(), http: free_address() };
        let dir = place::folder(match kind {
            Kind::Prosody => "prosody-",
            Kind::Ejabberd => "ejabberd-",
        });
        match kind {
            Kind::Prosody => prosody::prepare(dir.path(), &ports, setup),
            Kind::Ejabberd => ejabberd::prepare(dir.path(), &ports, setup),
        }
        let (process, users) = (Mutex::default(), Mutex::default());
        Self { kind, ports, process, users, dir }
    }

    /// Which program it is.
    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// Where clients connect.
    /// Its configuration and data.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn c2s(&self) -> SocketAddr {
        self.ports.c2s
    }

    /// Where components connect.
    pub(crate) fn component(&self) -> SocketAddr {
        self.ports.component
    }

    /// ejabberd only: its HTTP API.
    pub(crate) fn api(&self) -> SocketAddr {
        assert_eq!(self.kind, Kind::Ejabberd, "Prosody has none");
        self.ports.http
    }

    /// Prosody only: where clients in a browser connect.
    pub(crate) fn websocket(&self) -> String {
        assert_eq!(self.kind, Kind::Prosody, "ejabberd is not set up for browsers");
        format!("ws://{}/xmpp-websocket", self.ports.http)
    }

    /// Creates `user@localhost`, or the account of a whole address.
    pub(crate) async fn add_user(&self, user: &str) {
        self.users.lock().expect("no test died here").insert(user.to_owned());
        match self.kind {
            Kind::Prosody => prosody::add_user(self.dir.path(), user),
            Kind::Ejabberd => {
                assert!(
                    ejabberd::add_user(&self.ports, user).await,
                    "no account {user}:\n{}",
                    self.log()
                );
            }
        }
    }

    /// Removes `user@localhost`, who is not logged in.
    pub(crate) async fn remove_user(&self, user: &str) {
        self.users.lock().expect("no test died here").remove(user);
        match self.kind {
            Kind::Prosody => prosody::remove_user(self.dir.path(), user),
            Kind::Ejabberd => {
                let removed = ejabberd::remove_user(&self.ports, user).await;
                assert!(removed, "{user} stays:\n{}", self.log());
            }
        }
    }

    /// Asks it to stop, and waits until it has: open sessions are closed, everything is written.
    pub(crate) async fn sigterm(&self) {
        let Some(process) = self.take() else { return };
        process.signal(Signal::TERM);
        process.ended(Duration::from_mins(1)).await;
    }

    /// Kills it at once. ejabberd loses what it has not yet flushed (about its last second or two).
    pub(crate) fn kill9(&self) {
        if let Some(process) = self.take() {
            process.kill9();
        }
    }

    /// Stops the process without ending it: it holds its connections and says nothing.
    pub(crate) fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on after [`Server::freeze`].
    pub(crate) fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// Starts it. Answers whether it has come up.
    async fn begin(&self) -> bool {
        let command = match self.kind {
            Kind::Prosody => prosody::command(self.dir.path()),
            Kind::Ejabberd => ejabberd::command(self.dir.path()),
        };
        let process = Process::start(command, &self.dir.path().join("console.log"));
        *self.process.lock().expect("no test died here") = Some(process);
        let up = eventually(START, async || self.is_up().await || self.has_ended()).await;
        up && !self.has_ended()
    }

    /// Starts it again on the same ports and data, after killing it when it runs.
    pub(crate) async fn restart(&self) {
        self.kill9();
        let mut tries = 1;
        while !self.begin().await {
            let log = self.log();
            assert!(tries < TRIES, "{:?} does not start; its log ends:\n{log}", self.kind);
            self.kill9();
            tries += 1;
        }
        // An ejabberd that is killed may have written down no account of the last seconds.
        let users = self.users.lock().expect("no test died here").clone();
        for user in users.iter().filter(|_| self.kind == Kind::Ejabberd) {
            self.add_user(user).await;
        }
    }

    /// What it has logged lately.
    pub(crate) fn log(&self) -> String {
        let own = std::fs::read_to_string(self.dir.path().join("log").join("ejabberd.log"));
        let console = std::fs::read_to_string(self.dir.path().join("console.log"));
        console.unwrap_or_default() + &own.unwrap_or_default()
    }

    async fn is_up(&self) -> bool {
        let open = async |address| TcpStream::connect(address).await.is_ok();
        open(self.ports.c2s).await
            && open(self.ports.component).await
            && (self.kind == Kind::Prosody || ejabberd::is_up(&self.ports).await)
    }

    fn has_ended(&self) -> bool {
        let process = self.process.lock().expect("no test died here");
        process.as_ref().is_none_or(|process| process.status().is_some())
    }

    fn signal(&self, signal: Signal) {
        if let Some(process) = &*self.process.lock().expect("no test died here") {
            process.signal(signal);
        }
    }

    fn take(&self) -> Option<Process> {
        self.process.lock().expect("no test died here").take()
    }
}
