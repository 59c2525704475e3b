//! `tradepost send`, as a shell script sees it: options in, a line and an exit status out.
//!
//! The service is the component, or, where it must answer what the component says only in trouble,
//! a few lines over the server's real component port.

use std::{
    collections::VecDeque,
    fmt::Display,
    fs,
    net::SocketAddr,
    os::unix::fs::PermissionsExt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use minidom::Element;
use sha1::{Digest, Sha1};
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt, net::TcpListener};

use crate::{
    harness::{
        PATIENCE,
        certificate::Certificate,
        client::Client,
        component::{Component, binary},
        eventually, place,
        process::{Process, guarded},
        proxy::{Fault, Proxy},
        server::{COMPONENT, Kind, PASSWORD, SECRET, Server},
        wire::{ACCEPT, Wire},
    },
    servers,
};

servers::facts!(
    a_bot_that_was_never_here_hands_a_product_over_and_its_recipient_sees_it,
    a_bot_waits_for_a_component_that_was_killed,
    a_bot_finds_the_service_and_registers_once_when_it_is_asked_to,
    a_bot_waits_for_a_service_that_is_away_found_or_named,
    a_wrong_password_is_told_at_once,
);

const SHARE: &str = "urn:xmpp:product-share:0";
const REGISTER: &str = "jabber:iq:register";
const GOBLET: &str = r#"{"@type": "Product", "name": {"en": "Silver goblet", "zh": "银高脚杯"},
    "gtin13": "4006381333931", "offers": {"price": 24.90, "priceCurrency": "EUR"}}"#;
const SENT: &str = "<sent xmlns='urn:xmpp:product-share:0' handle='12' id='ID' ref='7K3QXM2NP8' share='9b1de7c2'/>";
const DONE: &str = "share 9b1de7c2 code 7K3QX-M2NP8 handle #12";

/// A run of the program by alice's bot, with a folder for what it reads and writes.
struct Bot {
    dir: TempDir,
    args: Vec<String>,
    env: Vec<(&'static str, String)>,
}

impl Bot {
    /// Sends the goblet to bob.
    fn new(server: impl Display) -> Self {
        let dir = place::folder("send-");
        fs::write(dir.path().join("goblet.json"), GOBLET).expect("a product file");
        let bot =
            Self { dir, args: Vec::new(), env: vec![("TRADEPOST_PASSWORD", PASSWORD.into())] };
        bot.with(&["--jid", "alice@localhost", "--server", &server.to_string()]).with(&[
            "--allow-plaintext",
            "--to",
            "bob@localhost",
            "--product",
            "goblet.json",
        ])
    }

    fn with(mut self, args: &[&str]) -> Self {
        self.args.extend(args.iter().map(ToString::to_string));
        self
    }

    fn start(&self) -> Process {
        let mut command = guarded(binary(), "KILL");
        command.arg("send").args(&self.args).envs(self.env.clone()).current_dir(self.dir.path());
        Process::start(command, &self.dir.path().join("out"))
    }

    /// Runs it to its end: the exit status, and all that it has printed.
    async fn run(&self) -> (Option<i32>, String) {
        let process = self.start();
        let status = process.ended(PATIENCE).await;
        (status.code(), process.log())
    }
}

/// A sharing service that gives these answers, one to each `<send/>`.
async fn service(server: &Server, answers: &[&str]) -> Wire {
    let answers: VecDeque<String> = answers.iter().map(ToString::to_string).collect();
    let answers = Arc::new(Mutex::new(answers));
    let react = move |stanza: &Element| {
        if !stanza.is("iq", ACCEPT) || !matches!(stanza.attr("type"), Some("get" | "set")) {
            return None;
        }
        let payload = stanza.children().next()?;
        let answer = match (payload.name(), payload.ns().as_str()) {
            ("query", "http://jabber.org/protocol/disco#info") => format!(
                "<query xmlns='{}'><identity category='component' type='generic'/><feature var='{SHARE}#service'/></query>",
                payload.ns()
            ),
            ("query", REGISTER) => String::new(),
            ("send", SHARE) => {
                let answer = answers.lock().expect("answers").pop_front()?;
                answer.replace("ID", payload.attr("id").unwrap_or_default())
            }
            _ => error("cancel", "service-unavailable", ""),
        };
        let kind = if answer.starts_with("<error") { "error" } else { "result" };
        Some(format!(
            "<iq from='{}' to='{}' id='{}' type='{kind}'>{answer}</iq>",
            stanza.attr("to")?,
            stanza.attr("from")?,
            stanza.attr("id")?
        ))
    };
    let wire = Wire::open(server.component(), ACCEPT, COMPONENT, react).await.expect("a port");
    let header = wire.header(PATIENCE).await.expect("a stream header");
    let hash = Sha1::digest(format!("{}{SECRET}", header.attr("id").expect("a stream id")));
    wire.send(&format!("<handshake>{hash:x}</handshake>")).await.expect("a connection");
    wire.expect("handshake", |el| el.is("handshake", ACCEPT), PATIENCE).await;
    wire
}

fn error(kind: &str, condition: &str, own: &str) -> String {
    format!(
        "<error type='{kind}'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>\
         <text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>so it is</text>{own}</error>"
    )
}

/// The keys of all `<send/>` that came to the service.
fn keys(service: &Wire) -> Vec<String> {
    let seen = service.seen();
    let sends = seen.iter().filter_map(|iq| iq.get_child("send", SHARE));
    sends.filter_map(|send| send.attr("id").map(str::to_owned)).collect()
}

async fn says(process: &Process, text: &str) {
    let said = eventually(PATIENCE, async || process.log().contains(text)).await;
    assert!(said, "{text:?} was not said:\n{}", process.log());
}

// ---- with the component ---------------------------------------------------------------------

async fn a_bot_that_was_never_here_hands_a_product_over_and_its_recipient_sees_it(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let bob = Client::login(&server, "bob").await;
    bob.request("set", COMPONENT, &format!("<query xmlns='{REGISTER}'/>")).await;
    let bot = Bot::new(server.c2s()).with(&["--comment", "For your table?", "--json"]);
    let (status, said) = bot.run().await;
    assert_eq!(status, Some(0), "{said}");
    let line = said.lines().find(|line| line.starts_with('{')).expect("a JSON object");
    let sent: serde_json::Value = serde_json::from_str(line).expect("JSON");
    let share = |el: &Element| el.has_child("share", SHARE);
    let message = bob.expect("the share", share, PATIENCE).await;
    let share = message.get_child("share", SHARE).expect("a share");
    assert_eq!(
        (share.attr("id"), share.attr("ref")),
        (sent["share"].as_str(), sent["ref"].as_str())
    );
    let body = message.children().find(|el| el.name() == "body").expect("a body").text();
    assert!(body.contains("For your table?") && body.contains("Silver goblet"), "{body}");
}

#[tokio::test]
async fn a_bot_hands_over_behind_starttls_where_the_certificate_is_good_and_nowhere_else() {
    let server = Server::start(Kind::Prosody).await;
    let certificate = Certificate::of("DNS:localhost");
    for (made, name) in
        [(certificate.file(), "localhost.crt"), (certificate.key(), "localhost.key")]
    {
        fs::copy(made, server.dir().join("certs").join(name)).expect("a certificate");
    }
    server.restart().await;
    let _service = service(&server, &[SENT]).await;
    let mut bot = Bot::new(server.c2s());
    bot.args.retain(|arg| arg != "--allow-plaintext");
    let (status, said) = bot.run().await;
    assert_ne!(status, Some(0), "{said}");
    assert!(said.contains("certificate is not good"), "{said}");
    bot.env.push(("SSL_CERT_FILE", certificate.file().display().to_string()));
    let (status, said) = bot.run().await;
    assert_eq!((status, said.contains(DONE)), (Some(0), true), "{said}");
}

#[tokio::test]
async fn the_same_id_again_is_the_same_share_and_with_another_content_a_conflict() {
    let server = Server::start(Kind::Prosody).await;
    let _component = Component::start(&server).await;
    let line = |said: &str| said.lines().find(|line| line.starts_with("share ")).map(str::to_owned);
    let (first, said) = Bot::new(server.c2s()).with(&["--id", "k1"]).run().await;
    let (second, again) = Bot::new(server.c2s()).with(&["--id", "k1"]).run().await;
    assert_eq!((first, second), (Some(0), Some(0)), "{said}{again}");
    assert!(line(&said).is_some());
    assert_eq!(line(&said), line(&again));
    let other = Bot::new(server.c2s()).with(&["--id", "k1", "--comment", "another"]);
    let (status, said) = other.run().await;
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("refused: id-conflict: "), "{said}");
}

async fn a_bot_waits_for_a_component_that_was_killed(kind: Kind) {
    let server = Server::start(kind).await;
    let component = Component::start(&server).await;
    component.kill9();
    component.not_ready(PATIENCE).await;
    let bot = Bot::new(server.c2s());
    let process = bot.start();
    says(&process, "trying again").await;
    component.restart().await;
    let status = process.ended(PATIENCE).await;
    assert_eq!(status.code(), Some(0), "{}", process.log());
}

// ---- with a service of few words ------------------------------------------------------------

async fn a_bot_finds_the_service_and_registers_once_when_it_is_asked_to(kind: Kind) {
    let server = Server::start(kind).await;
    let own = format!("<not-registered-sender xmlns='{SHARE}'/>");
    let register = error("auth", "registration-required", &own);
    let service = service(&server, &[&register, SENT]).await;
    let (status, said) = Bot::new(server.c2s()).run().await;
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains(DONE), "{said}");
    let registered = |el: &&Element| el.has_child("query", REGISTER);
    assert_eq!(service.seen().iter().filter(registered).count(), 1);
    let keys = keys(&service);
    assert!(keys.len() == 2 && keys[0] == keys[1], "{keys:?}");
    assert!(said.contains(&format!("--id {}", keys[0])), "{said}");
}

#[tokio::test]
async fn a_bot_that_may_not_register_is_refused() {
    let server = Server::start(Kind::Prosody).await;
    let own = format!("<not-registered-sender xmlns='{SHARE}'/>");
    let register = error("auth", "registration-required", &own);
    let _service = service(&server, &[&register, &register]).await;
    let (status, said) = Bot::new(server.c2s()).run().await;
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("refused: not-registered-sender: so it is"), "{said}");
}

#[tokio::test]
async fn an_answer_to_wait_is_followed_and_the_key_stays() {
    let server = Server::start(Kind::Prosody).await;
    let own = format!("<retry xmlns='{SHARE}' seconds='1'/>");
    let wait = error("wait", "resource-constraint", &own);
    let service = service(&server, &[&wait, &wait, SENT]).await;
    let bot = Bot::new(server.c2s()).with(&["--service", COMPONENT, "--id", "k1"]);
    let (status, said) = bot.run().await;
    assert_eq!(status, Some(0), "{said}");
    assert_eq!(keys(&service), ["k1"; 3]);
    assert!(said.contains("retry: so it is; trying again"), "{said}");
}

#[tokio::test]
async fn a_refusal_is_told_and_not_tried_again() {
    let server = Server::start(Kind::Prosody).await;
    let own = format!("<bad-address xmlns='{SHARE}' uri='tel:+39'/>");
    let service = service(&server, &[&error("modify", "bad-request", &own)]).await;
    let (status, said) = Bot::new(server.c2s()).run().await;
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("refused: bad-address: tel:+39: so it is"), "{said}");
    assert_eq!(keys(&service).len(), 1);
}

async fn a_bot_waits_for_a_service_that_is_away_found_or_named(kind: Kind) {
    let server = Server::start(kind).await;
    for more in [&[][..], &["--service", COMPONENT]] {
        let bot = Bot::new(server.c2s()).with(more);
        let process = bot.start();
        says(&process, "trying again").await;
        let _service = service(&server, &[SENT]).await;
        let status = process.ended(PATIENCE).await;
        assert_eq!(status.code(), Some(0), "{}", process.log());
    }
}

#[tokio::test]
async fn a_connection_that_is_lost_is_made_again_and_the_key_stays() {
    let server = Server::start(Kind::Prosody).await;
    let proxy = Proxy::start(server.c2s()).await;
    // No answer to the first one: the network goes away while the bot waits for it.
    let silent = service(&server, &[]).await;
    let bot = Bot::new(proxy.address()).with(&["--id", "k1"]);
    let process = bot.start();
    assert!(eventually(PATIENCE, async || keys(&silent) == ["k1"]).await, "{}", process.log());
    proxy.set(Fault::Reset);
    says(&process, "trying again").await;
    silent.close().await;
    let service = service(&server, &[SENT]).await;
    proxy.set(Fault::Pass);
    let status = process.ended(PATIENCE).await;
    assert_eq!(status.code(), Some(0), "{}", process.log());
    assert_eq!(keys(&service), ["k1"]);
}

#[tokio::test]
async fn a_wait_of_any_length_is_answered_by_giving_up() {
    let server = Server::start(Kind::Prosody).await;
    let own = format!("<retry xmlns='{SHARE}' seconds='{}'/>", u64::MAX);
    let _service = service(&server, &[&error("wait", "resource-constraint", &own)]).await;
    let (status, said) = Bot::new(server.c2s()).run().await;
    assert_eq!(status, Some(75), "{said}");
    assert!(said.contains("not accepted within 60 s: retry: so it is"), "{said}");
}

#[tokio::test]
async fn what_a_server_says_is_told_in_few_words_and_no_controls() {
    let server = Server::start(Kind::Prosody).await;
    let long = format!("a\u{9b}31m\nb {}", "much ".repeat(10_000));
    let answer = error("modify", "bad-request", "").replace("so it is", &long);
    let _service = service(&server, &[&answer]).await;
    let (status, said) = Bot::new(server.c2s()).run().await;
    assert_eq!(status, Some(1), "{} bytes", said.len());
    assert!(said.contains("refused: bad-request: a31m b much "), "{} bytes", said.len());
    assert!(said.len() < 2_000 && !said.contains('\u{9b}'), "{} bytes", said.len());
}

// ---- with a server that means ill -------------------------------------------------------------

/// A server that sends `opening` to each who connects, and `more` for as long as they read. Answers
/// its address, and how much one connection has taken at the most.
async fn endless(opening: &'static str, more: &str) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let most = Arc::new(AtomicUsize::new(0));
    let (taken, more) = (most.clone(), more.repeat(4_096));
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut sent = 0;
            let mut next = opening;
            while socket.write_all(next.as_bytes()).await.is_ok() {
                sent += next.len();
                taken.fetch_max(sent, Ordering::Relaxed);
                next = &more;
            }
        }
    });
    (address, most)
}

#[tokio::test]
async fn a_stanza_without_an_end_is_not_kept() {
    const OPEN: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
         xmlns:stream='http://etherx.jabber.org/streams' version='1.0' id='1'><stream:features><x xmlns='b'>";
    for (more, why) in
        [("<a>", "too deep"), ("<a/>", "too many elements"), ("text and more text ", "too large")]
    {
        let (server, most) = endless(OPEN, more).await;
        let (status, said) = Bot::new(server).with(&["--timeout", "2"]).run().await;
        assert_eq!(status, Some(75), "{said}");
        assert!(said.contains("not accepted within 2 s: ") && said.contains(why), "{said}");
        // What it may keep, and what the buffers of two sockets hold.
        let most = most.load(Ordering::Relaxed);
        assert!(most < 32 << 20, "{most} bytes of {more}");
    }
}

// ---- without a service ----------------------------------------------------------------------

async fn a_wrong_password_is_told_at_once(kind: Kind) {
    let server = Server::start(kind).await;
    let mut bot = Bot::new(server.c2s());
    bot.env = vec![("TRADEPOST_PASSWORD", "guess".into())];
    let (status, said) = bot.run().await;
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("alice@localhost cannot log in: "), "{said}");
    assert!(!said.contains("guess") && !said.contains("trying again"), "{said}");
}

#[tokio::test]
async fn without_a_server_it_gives_up_in_time_and_says_how_to_go_on() {
    let bot = Bot::new(place::free_address()).with(&["--timeout", "2", "--id", "k1"]);
    let (status, said) = bot.run().await;
    assert_eq!(status, Some(75), "{said}");
    assert!(said.contains("not accepted within 2 s") && said.contains("--id k1"), "{said}");
}

#[tokio::test]
async fn a_bad_product_is_refused_before_anything_is_sent() {
    let nobody = Proxy::start(place::free_address()).await;
    let bot = Bot::new(nobody.address()).with(&["--product", "bad.xml"]);
    let bad =
        format!("<product xmlns='{SHARE}'><name>x</name><gtin>4006381333932</gtin></product>");
    fs::write(bot.dir.path().join("bad.xml"), bad).expect("a product file");
    let (status, said) = bot.run().await;
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("refused: invalid-gtin: \"4006381333932\""), "{said}");
    assert_eq!(nobody.connections(), 0);
}

#[tokio::test]
async fn wrong_options_are_told_before_anything_is_sent() {
    let nobody = Proxy::start(place::free_address()).await;
    let no_password = || Bot { env: Vec::new(), ..Bot::new(nobody.address()) };
    let open = no_password().with(&["--password-file", "password"]);
    let password = open.dir.path().join("password");
    fs::write(&password, "pw\n").expect("a password file");
    fs::set_permissions(&password, fs::Permissions::from_mode(0o644)).expect("a mode");
    for (bot, problem) in [
        (no_password(), "TRADEPOST_PASSWORD"),
        (open, "can be read by everyone"),
        (Bot::new("192.0.2.1:5222"), "in the clear to 192.0.2.1:5222"),
        (Bot::new(nobody.address()).with(&["--product", "no.json"]), "no.json: "),
        (Bot::new(nobody.address()).with(&["--password", "x"]), "--password"),
    ] {
        let (status, said) = bot.run().await;
        assert_eq!(status, Some(2), "{said}");
        assert!(said.contains(problem), "{said}");
    }
    assert_eq!(nobody.connections(), 0);
}
