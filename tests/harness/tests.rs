//! The ground under all other tests: the servers, the clients and the bad network do what they say.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use minidom::Element;
use sha1::{Digest, Sha1};
use sqlx::{Connection, PgConnection};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::{
    PATIENCE,
    browser::{Device, Window},
    client::{Client, Habits},
    component::Plan,
    eventually, place,
    postgres::{self, Postgres},
    proxy::{Fault, Proxy, Way},
    python,
    server::{COMPONENT, Kind, SECRET, Server, Setup},
    terminal::Terminal,
    wire::{ACCEPT, CLIENT, STREAM, Wire},
};
use crate::servers;

servers::facts!(
    two_people_exchange_a_message_and_its_receipt,
    what_was_said_to_somebody_away_survives_a_server_that_stops_and_starts,
    a_client_without_presence_gets_nothing_and_one_without_habits_answers_nothing,
    whom_one_has_blocked_gets_an_error,
    the_component_port_takes_our_secret_and_no_other,
    slixmpp_talks_to_a_person_of_ours_both_ways,
);

async fn two_people_exchange_a_message_and_its_receipt(kind: Kind) {
    let server = Server::start(kind).await;
    let alice = Client::login(&server, "alice").await;
    let bob = Client::login(&server, "bob").await;
    greet(&alice, bob.bare(), "m1").await;
    let seen = bob.message(PATIENCE).await.expect("the message");
    assert_eq!(seen.attr("id"), Some("m1"));
    let receipt = |el: &Element| el.has_child("received", "urn:xmpp:receipts");
    let receipt = alice.expect("receipt", receipt, PATIENCE).await;
    assert_eq!(receipt.attr("from"), Some(bob.jid()));
    alice.leave().await;
    bob.leave().await;
}

async fn what_was_said_to_somebody_away_survives_a_server_that_stops_and_starts(kind: Kind) {
    let server = Server::start(kind).await;
    let alice = Client::login(&server, "alice").await;
    greet(&alice, "bob@localhost", "m2").await;
    // Answered after the message before it has been stored.
    alice.request("get", "localhost", "<ping xmlns='urn:xmpp:ping'/>").await;
    server.sigterm().await;
    assert!(alice.closed(PATIENCE).await);
    server.restart().await;
    let bob = Client::login(&server, "bob").await;
    assert_eq!(bob.message(PATIENCE).await.expect("the message").attr("id"), Some("m2"));
    server.kill9();
    assert!(bob.closed(PATIENCE).await);
}

async fn a_client_without_presence_gets_nothing_and_one_without_habits_answers_nothing(kind: Kind) {
    let server = Server::start(kind).await;
    server.add_user("zoe").await;
    let alice = Client::login(&server, "alice").await;
    let zoe = Client::login_with(&server, "zoe", "quiet", Habits::SILENT).await;
    greet(&alice, zoe.bare(), "m3").await;
    alice.request("get", "localhost", "<ping xmlns='urn:xmpp:ping'/>").await;
    zoe.request("get", "localhost", "<ping xmlns='urn:xmpp:ping'/>").await;
    assert!(!zoe.seen().iter().any(|el| el.is("message", CLIENT)), "{}", zoe.seen_text());
    zoe.send("<presence/>").await.expect("a connection");
    assert!(zoe.message(PATIENCE).await.is_some());
    zoe.request("get", "localhost", "<ping xmlns='urn:xmpp:ping'/>").await;
    alice.request("get", "localhost", "<ping xmlns='urn:xmpp:ping'/>").await;
    assert!(!alice.seen_text().contains("received"), "{}", alice.seen_text());
}

async fn whom_one_has_blocked_gets_an_error(kind: Kind) {
    let server = Server::start(kind).await;
    let alice = Client::login(&server, "alice").await;
    let bob = Client::login(&server, "bob").await;
    bob.block(alice.bare()).await;
    greet(&alice, bob.bare(), "m4").await;
    let error = |el: &Element| el.attr("id") == Some("m4") && el.attr("type") == Some("error");
    alice.expect("an error", error, PATIENCE).await;
    bob.unblock(alice.bare()).await;
    greet(&alice, bob.bare(), "m5").await;
    assert_eq!(bob.message(PATIENCE).await.expect("the message").attr("id"), Some("m5"));
}

async fn the_component_port_takes_our_secret_and_no_other(kind: Kind) {
    let server = Server::start(kind).await;
    let component = attach(&server, SECRET).await;
    component.expect("handshake", |el| el.is("handshake", ACCEPT), PATIENCE).await;
    let alice = Client::login(&server, "alice").await;
    greet(&alice, COMPONENT, "m6").await;
    component.expect("the message", |el| el.attr("id") == Some("m6"), PATIENCE).await;
    let wrong = attach(&server, "guess").await;
    wrong.expect("a stream error", |el| el.is("error", STREAM), PATIENCE).await;
}

#[tokio::test]
async fn a_second_component_is_refused_by_prosody_unless_it_may_kick_the_first() {
    let refused = |el: &Element| el.is("error", STREAM) && String::from(el).contains("conflict");
    let accepted = |el: &Element| el.is("handshake", ACCEPT);
    for kick_old in [false, true] {
        let setup = Setup { kick_old, ..Setup::default() };
        let server = Server::start_with(Kind::Prosody, setup).await;
        let first = attach(&server, SECRET).await;
        first.expect("handshake", accepted, PATIENCE).await;
        let second = attach(&server, SECRET).await;
        let loser = if kick_old { &first } else { &second };
        loser.expect("conflict", refused, PATIENCE).await;
    }
}

async fn slixmpp_talks_to_a_person_of_ours_both_ways(kind: Kind) {
    let server = Server::start(kind).await;
    let alice = Client::login(&server, "alice").await;
    let hello = "<message to='alice@localhost' type='chat' id='m7'><body>hello</body><request xmlns='urn:xmpp:receipts'/></message>";
    let ping = "<iq to='localhost' type='get' id='p1'><ping xmlns='urn:xmpp:ping'/></iq>";
    let answer = python::exchange(&server, "bob", &format!("{hello}{ping}"), "p1").await;
    assert!(answer.contains("result"), "{answer}");
    assert_eq!(alice.message(PATIENCE).await.expect("the message").attr("id"), Some("m7"));
    // His first session may linger: what comes before his second has begun would go there.
    let here = "<message to='alice@localhost' type='chat' id='m9'><body>here</body></message>";
    let greeting = async {
        alice.message(3 * PATIENCE).await.expect("he is back");
        greet(&alice, "bob@localhost", "m8").await;
    };
    let (seen, ()) = tokio::join!(python::exchange(&server, "bob", here, "m8"), greeting);
    assert!(seen.contains("hello"), "{seen}");
    let receipt = |el: &Element| el.has_child("received", "urn:xmpp:receipts");
    alice.expect("receipt", receipt, PATIENCE).await;
}

#[tokio::test]
async fn the_program_gets_its_configuration_and_its_end_is_seen() {
    let server = Server::start(Kind::Prosody).await;
    let plan = Plan::new(&server).set("component.nonsense", 1).without("access.register");
    let component = plan.env("TRADEPOST_DATABASE__URL", "sqlite:other.db").launch();
    let config = fs::read_to_string(component.dir().join("tradepost.toml")).expect("the file");
    assert!(config.contains("nonsense = 1"), "{config}");
    component.wait_exit(PATIENCE).await;
}

#[tokio::test]
async fn postgres_answers_and_keeps_what_was_committed_over_a_crash() {
    let (one, other) = (postgres::database().await, postgres::database().await);
    assert_ne!(one, other);
    PgConnection::connect(&one).await.expect("the shared cluster");
    let cluster = Postgres::start().await;
    let url = cluster.database().await;
    let mut before = PgConnection::connect(&url).await.expect("a cluster of our own");
    sqlx::raw_sql("CREATE TABLE kept (id int)").execute(&mut before).await.expect("a table");
    cluster.stop_immediate().await;
    assert!(before.ping().await.is_err());
    assert!(PgConnection::connect(&url).await.is_err());
    cluster.restart().await;
    let mut after = PgConnection::connect(&url).await.expect("the cluster again");
    sqlx::raw_sql("SELECT id FROM kept").execute(&mut after).await.expect("the table");
}

#[tokio::test]
async fn the_proxy_passes_resets_and_passes_again() {
    let (proxy, mut near, mut far) = through_a_proxy().await;
    near.write_all(b"ping").await.expect("a write");
    assert_eq!(take(&mut far, 4).await, b"ping");
    proxy.set(Fault::Reset);
    let end = near.read_u8().await.expect_err("a reset");
    assert_eq!(end.kind(), std::io::ErrorKind::ConnectionReset);
    let end = far.read_u8().await.expect_err("a reset");
    assert_eq!(end.kind(), std::io::ErrorKind::ConnectionReset);
    proxy.set(Fault::Pass);
    TcpStream::connect(proxy.address()).await.expect("a connection");
    assert!(eventually(PATIENCE, async || proxy.connections() == 2).await);
}

#[tokio::test]
async fn the_proxy_cuts_in_the_middle_once() {
    let (proxy, mut near, mut far) = through_a_proxy().await;
    proxy.set(Fault::CutAfter(Way::Up, 7));
    near.write_all(b"<message/>").await.expect("a write");
    let mut all = Vec::new();
    far.read_to_end(&mut all).await.expect("an end");
    assert_eq!(all, b"<messag");
    assert_eq!(proxy.fault(), Fault::Pass);
}

#[tokio::test]
async fn a_blackhole_tells_nobody_and_a_stall_loses_nothing() {
    let (proxy, mut near, mut far) = through_a_proxy().await;
    proxy.set(Fault::Stall);
    near.write_all(b"held").await.expect("a write");
    let nothing = Duration::from_millis(100);
    assert!(tokio::time::timeout(nothing, far.read_u8()).await.is_err());
    proxy.set(Fault::Pass);
    assert_eq!(take(&mut far, 4).await, b"held");
    proxy.set(Fault::Blackhole);
    near.write_all(b"gone").await.expect("a write");
    assert!(tokio::time::timeout(nothing, far.read_u8()).await.is_err());
    assert!(tokio::time::timeout(nothing, near.read_u8()).await.is_err());
    proxy.set(Fault::Pass);
    assert!(near.read_u8().await.is_err());
}

#[tokio::test]
async fn the_proxy_delays_and_throttles() {
    let (proxy, mut near, mut far) = through_a_proxy().await;
    for fault in [Fault::Delay(Duration::from_millis(200)), Fault::Throttle(1000)] {
        proxy.set(fault);
        let start = std::time::Instant::now();
        near.write_all(&[b'x'; 300]).await.expect("a write");
        take(&mut far, 300).await;
        assert!(start.elapsed() >= Duration::from_millis(190), "{fault:?} is too quick");
    }
}

#[tokio::test]
async fn a_killed_test_run_leaves_no_process_and_no_folder() {
    let place = tempfile::NamedTempFile::new().expect("a file");
    let mut run = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "harness::tests::the_run_that_is_killed", "--ignored"])
        .env(VICTIM, place.path())
        .stdout(Stdio::null())
        .spawn()
        .expect("another test run");
    let root = || fs::read_to_string(place.path()).expect("the file");
    // Three servers, a browser and a terminal, each of which has this long beside other tests.
    assert!(eventually(5 * PATIENCE, async || !root().is_empty()).await, "it never started");
    let root = root();
    assert!(running_in(&root) >= 5, "servers, browser and terminal name their folder");
    run.kill().expect("a running process");
    run.wait().expect("its end");
    let gone = async || running_in(&root) == 0 && !Path::new(&root).exists();
    assert!(eventually(PATIENCE, gone).await, "left behind: {} in {root}", running_in(&root));
}

const VICTIM: &str = "TRADEPOST_TEST_VICTIM";

#[tokio::test]
#[ignore = "the test above runs it and kills it"]
async fn the_run_that_is_killed() {
    let Some(place) = std::env::var_os(VICTIM) else { return };
    let (prosody, _ejabberd) =
        tokio::join!(Server::start(Kind::Prosody), Server::start(Kind::Ejabberd));
    postgres::database().await;
    let _window = Window::open(Device::PHONE).await;
    let _terminal = Terminal::profanity(&prosody, "bob").await;
    fs::write(place, place::root().to_string_lossy().as_bytes()).expect("the file");
    std::future::pending::<()>().await;
}

/// How many processes name `folder` on their command line. The dead that nobody reaps have none.
fn running_in(folder: &str) -> usize {
    let processes = fs::read_dir("/proc").expect("/proc").flatten();
    let named = |path: PathBuf| {
        let line = fs::read(path.join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(folder)
    };
    processes.filter(|process| named(process.path())).count()
}

async fn greet(from: &Client, to: &str, id: &str) {
    let message = format!(
        "<message to='{to}' type='chat' id='{id}'><body>hello</body><request xmlns='urn:xmpp:receipts'/></message>"
    );
    from.send(&message).await.expect("a connection");
}

/// The handshake of XEP-0114, by hand.
pub(crate) async fn attach(server: &Server, secret: &str) -> Wire {
    let wire = Wire::open(server.component(), ACCEPT, COMPONENT, |_| None).await.expect("a port");
    let header = wire.header(PATIENCE).await.expect("a stream header");
    let mut sha = Sha1::new();
    sha.update(header.attr("id").expect("a stream id"));
    sha.update(secret);
    wire.send(&format!("<handshake>{:x}</handshake>", sha.finalize())).await.expect("a connection");
    wire
}

async fn through_a_proxy() -> (Proxy, TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let proxy = Proxy::start(listener.local_addr().expect("an address")).await;
    let near = TcpStream::connect(proxy.address()).await.expect("the proxy");
    let (far, _) = listener.accept().await.expect("the proxy's connection");
    // The listener must stay for those who connect again; the kernel takes them into its backlog.
    tokio::spawn(async move { while listener.accept().await.is_ok() {} });
    (proxy, near, far)
}

async fn take(socket: &mut TcpStream, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    socket.read_exact(&mut bytes).await.expect("the bytes");
    bytes
}
