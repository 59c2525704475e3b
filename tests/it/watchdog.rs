//! What systemd is told (`sd_notify(3)`), and that it stops hearing from a process that is of no
//! use any more.

use std::{
    os::{
        linux::net::SocketAddrExt,
        unix::net::{SocketAddr, UnixDatagram as Socket},
    },
    path::Path,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UnixDatagram},
    sync::mpsc,
    time::timeout,
};
use tradepost::{domain::id::Chance, link::Settings};

use crate::harness::{
    PATIENCE,
    component::{Component, Plan},
    place,
    process::Signal,
    server::{COMPONENT, DOMAIN, Kind, Server},
    upstream::Upstream,
};

/// `WatchdogSec` of these tests.
const LIMIT: Duration = Duration::from_secs(4);

/// What systemd hears.
struct Supervisor {
    socket: UnixDatagram,
    name: String,
}

impl Supervisor {
    /// At a path, in a folder that outlives it.
    fn at(path: &Path) -> Self {
        let socket = UnixDatagram::bind(path).expect("a socket");
        Self { socket, name: path.to_str().expect("a path").to_owned() }
    }

    /// In the abstract namespace.
    fn named() -> Self {
        let name = format!("tradepost-test-{:032x}", rand::random::<u128>());
        let address = SocketAddr::from_abstract_name(&name).expect("a name");
        let socket = Socket::bind_addr(&address).expect("a socket");
        socket.set_nonblocking(true).expect("for tokio");
        let socket = UnixDatagram::from_std(socket).expect("a socket");
        Self { socket, name: format!("@{name}") }
    }

    fn watches(&self, plan: Plan) -> Plan {
        let usec = LIMIT.as_micros().to_string();
        plan.env("NOTIFY_SOCKET", &self.name).env("WATCHDOG_USEC", &usec)
    }

    async fn hear(&self, within: Duration) -> Option<String> {
        let mut bytes = [0; 1024];
        let length = timeout(within, self.socket.recv(&mut bytes)).await.ok()?.expect("a message");
        Some(String::from_utf8(bytes[..length].to_vec()).expect("text"))
    }

    /// Waits until it hears `line`.
    async fn hears(&self, line: &str, component: &Component) {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let heard = self.hear(PATIENCE).await;
            if heard.is_some_and(|it| it.lines().any(|it| it == line)) {
                return;
            }
        }
        panic!("no {line} within {PATIENCE:?}; its log ends:\n{}", component.log());
    }

    /// It is fed so many times, each time long before it loses its patience.
    async fn is_fed(&self, times: u32, component: &Component) {
        for _ in 0..times {
            let begun = Instant::now();
            self.hears("WATCHDOG=1", component).await;
            assert!(begun.elapsed() < LIMIT, "systemd would have ended it: {}", component.log());
        }
    }

    /// It is not fed for as long as its patience lasts, and that soon.
    async fn starves(&self, component: &Component) {
        let begun = Instant::now();
        let mut fed = Instant::now();
        while begun.elapsed() < 3 * LIMIT {
            match self.hear(LIMIT.saturating_sub(fed.elapsed())).await {
                None => return,
                Some(it) if it == "WATCHDOG=1" => fed = Instant::now(),
                Some(_) => {}
            }
        }
        panic!("it is still fed; its log ends:\n{}", component.log());
    }
}

/// Answers each fence, and sends what it is given, as long as it is given anything.
async fn serve(mut socket: TcpStream, mut stanzas: mpsc::Receiver<String>) {
    let (mut seen, mut buffer) = (String::new(), [0; 4096]);
    loop {
        tokio::select! {
            stanza = stanzas.recv() => match stanza {
                Some(stanza) => socket.write_all(stanza.as_bytes()).await.expect("sent"),
                None => break,
            },
            length = socket.read(&mut buffer) => {
                let length = length.expect("a connection");
                seen += &String::from_utf8_lossy(&buffer[..length]);
            }
        }
        while let Some((ping, rest)) = seen.split_once("<ping xmlns='urn:xmpp:ping'/></iq>") {
            let (_, id) = ping.rsplit_once(" id='").expect("an id");
            let (id, _) = id.split_once('\'').expect("an id");
            let pong = format!("<iq type='result' from='{DOMAIN}' to='{COMPONENT}' id='{id}'/>");
            seen = rest.to_owned();
            socket.write_all(pong.as_bytes()).await.expect("sent");
        }
    }
    // It takes everything from now on, and answers nothing.
    while let Ok(1..) = socket.read(&mut buffer).await {}
}

/// How often the log says that a task does not go on.
fn told(component: &Component, task: &str) -> usize {
    let log = std::fs::read_to_string(component.dir().join("tradepost.log")).expect("the log");
    let line = |line: &&str| {
        line.contains("does not go on") && line.contains("ERROR") && line.contains(task)
    };
    log.lines().filter(line).count()
}

#[tokio::test]
async fn a_dispatch_that_computes_without_an_end_is_not_passed_off_as_alive() {
    let (supervisor, upstream) = (Supervisor::named(), Upstream::listen(1 << 16));
    let plan = Plan::beside(upstream.address()).env("TRADEPOST_CRASH", "stall-dispatch:2");
    let component = supervisor.watches(plan).launch();
    supervisor.hears("READY=1", &component).await;
    let (stanzas, of_test) = mpsc::channel(8);
    tokio::spawn(serve(upstream.stream().await, of_test));
    supervisor.hears("STATUS=the stream to the server is up", &component).await;
    let say = async |id: &str| {
        let stanza = format!("<iq type='error' from='{DOMAIN}' to='{COMPONENT}' id='{id}'/>");
        stanzas.send(stanza).await.expect("a server");
    };
    say("one").await;
    supervisor.is_fed(8, &component).await;
    assert_eq!(told(&component, "dispatch"), 0);
    say("two").await;
    supervisor.starves(&component).await;
    assert_eq!(told(&component, "dispatch"), 1, "{}", component.log());
    assert_eq!(component.ended(), None);
}

#[tokio::test]
async fn a_server_that_answers_nothing_starves_the_watchdog_until_it_is_given_up() {
    let dir = place::folder("notify-");
    let supervisor = Supervisor::at(&dir.path().join("notify"));
    let upstream = Upstream::listen(1 << 16);
    let component = supervisor.watches(Plan::beside(upstream.address())).launch();
    supervisor.hears("READY=1", &component).await;
    let (stanzas, of_test) = mpsc::channel(8);
    tokio::spawn(serve(upstream.stream().await, of_test));
    supervisor.is_fed(8, &component).await;
    assert_eq!(told(&component, "fence"), 0, "{}", component.log());

    drop(stanzas);
    supervisor.starves(&component).await;
    assert_eq!(told(&component, "fence"), 1, "{}", component.log());

    // Given up, it is connected to again. That it does not answer then either is no reason to
    // restart: the link goes on trying.
    supervisor.hears("WATCHDOG=1", &component).await;
    let _silent = timeout(PATIENCE, upstream.connection()).await.expect("another connection");
    supervisor.is_fed(8, &component).await;
    assert_eq!(told(&component, "fence"), 1, "{}", component.log());
}

#[tokio::test]
async fn who_stands_by_is_ready_and_fed_and_says_when_it_stops() {
    let server = Server::start(Kind::Prosody).await;
    let first = Component::start(&server).await;
    let database = first.dir().join("tradepost.db");
    let supervisor = Supervisor::named();
    let plan = Plan::new(&server).set("database.url", format!("sqlite:{}", database.display()));
    let second = supervisor.watches(plan).launch();
    supervisor.hears("READY=1", &second).await;
    supervisor.hears("STATUS=standing by: another instance leads", &second).await;
    supervisor.is_fed(4, &second).await;
    second.signal(Signal::TERM);
    supervisor.hears("STOPPING=1", &second).await;
    assert!(second.wait_exit(PATIENCE).await.success());
}

#[test]
fn the_unit_waits_for_longer_than_the_link_waits_for_the_server() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/tradepost.service");
    let unit = std::fs::read_to_string(path).expect("the unit");
    let value = |key: &str| {
        let values: Vec<_> = unit.lines().filter_map(|it| it.strip_prefix(key)).collect();
        assert_eq!(values.len(), 1, "{key}: {values:?}");
        values[0]
    };
    assert_eq!(value("Type="), "notify");
    assert_eq!(value("NotifyAccess="), "main");
    assert_eq!(value("Restart="), "always");
    assert!(value("RestrictAddressFamilies=").contains("AF_UNIX"));
    let limit = Duration::from_secs(value("WatchdogSec=").parse().expect("seconds"));
    let [domain, secret, server, host] = [(); 4].map(|()| String::new());
    let settings = Settings::new(domain, secret, server, host, Chance::System);
    assert!(settings.within(limit).longest() < limit);
    assert!(value("TimeoutStartSec=").ends_with("min"), "changes of tables take their time");
}
