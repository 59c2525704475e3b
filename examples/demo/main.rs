//! `make demo`: two people share a product through a private Prosody, and whoever watches joins in.
//!
//! Everything is real: the server, the component, the streams. The people are the tests' own clients.

#![expect(clippy::expect_used, reason = "a play that cannot go on says why, and ends")]

use std::{
    io::{IsTerminal, stdin, stdout},
    net::SocketAddr,
    process::ExitCode,
    time::Duration,
};

use clap::Parser;
use minidom::Element;
use tokio::signal::unix::{SignalKind, signal};

#[expect(
    dead_code,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the harness is made for tests, and the demo uses a part of it"
)]
#[path = "../../tests/harness/mod.rs"]
mod harness;
mod screen;

use harness::{
    PATIENCE,
    client::{Client, Habits},
    component::{Component, binary},
    eventually, http,
    server::{COMPONENT, DOMAIN, Kind, PASSWORD, Server, Setup},
    wire::CLIENT,
};
use screen::Screen;

const CONTACT: &str = "share@share.localhost";
const NS: &str = "urn:xmpp:product-share:0";
const RECEIPTS: &str = "urn:xmpp:receipts";

/// What `tradepost send` is to send when the watcher tries it.
const LAMP: &str = r#"{
  "@type": "Product",
  "name": [{"@language": "en", "@value": "Paper lantern"}, {"@language": "zh", "@value": "纸灯笼"}],
  "offers": {"price": "12.50", "priceCurrency": "EUR"}
}
"#;

/// Two people share a product through a private Prosody.
#[derive(Parser)]
#[command(name = "demo")]
struct Cli {
    /// Ends by itself, as it does without a terminal
    #[arg(long)]
    once: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    // The harness panics with what the watcher has to know; where in the code is none of it.
    std::panic::set_hook(Box::new(|panic| {
        screen::complain(panic.payload_as_str().unwrap_or("the demo broke"));
    }));
    let watched = stdin().is_terminal() && stdout().is_terminal();
    // Dropping the show ends every process in it.
    tokio::select! {
        () = show(cli.once || !watched) => {}
        () = told_to_stop() => screen::farewell(),
    }
    ExitCode::SUCCESS
}

async fn told_to_stop() {
    let [int, term, hup] = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()]
        .map(|kind| async move {
            match signal(kind) {
                Ok(mut signal) => signal.recv().await,
                Err(_) => std::future::pending().await,
            }
        });
    tokio::select! { _ = int => {}, _ = term => {}, _ = hup => {} }
}

async fn show(once: bool) {
    let screen = Screen::new();
    screen.title("Tradepost, a demonstration");
    let users = ["juliet", "romeo", "you"].map(String::from).to_vec();
    let server = Server::start_with(Kind::Prosody, Setup { users, ..Setup::default() }).await;
    let tradepost = Component::start(&server).await;
    screen.say(&format!("A private Prosody serves {DOMAIN} at {}.", server.c2s()));
    screen.say(&format!("Tradepost is attached to it as {COMPONENT}."));

    screen.step("Juliet and Romeo join");
    let juliet = Client::login_with(&server, "juliet", "balcony", Habits::default()).await;
    register(&screen, &juliet).await;
    let romeo = Person::login(&server, "romeo", "Romeo").await;
    romeo.befriend(&screen).await;

    screen.step("Juliet's client sends Romeo a product");
    let send = send("k1", "For your table?", "Silver goblet", "24.90", &["romeo@localhost"]);
    screen.stanza(&send);

    screen.step("Tradepost answers: the share is on disk");
    screen.stanza(&request(&juliet, &send).await);

    screen.step("Romeo's client shows an ordinary message, and confirms it");
    let message = romeo.reads(&screen, "For your table?").await;
    in_state(&tradepost, "confirmed", 1).await;
    screen.say("Tradepost has noted it: confirmed.");

    screen.step("Romeo goes away, and Juliet sends another");
    let Person { client, .. } = romeo;
    client.leave().await;
    let both = ["romeo@localhost", "you@localhost"];
    let send = self::send("k2", "Made in Yiwu.", "Paper lantern", "12.50", &both);
    request(&juliet, &send).await;
    // With the server, or his login would race with its store for the absent.
    in_state(&tradepost, "queued", 0).await;
    in_state(&tradepost, "claimed", 0).await;
    screen.say("Accepted. It waits for Romeo, and for you@localhost, who has not joined yet.");
    let romeo = Person::login(&server, "romeo", "Romeo").await;
    screen.say("Romeo is back:");
    romeo.reads(&screen, "Made in Yiwu.").await;
    in_state(&tradepost, "confirmed", 2).await;

    screen.step("The link opens a page about the product");
    fetch(&screen, &message, tradepost.pages()).await;

    if once {
        tradepost.sigterm().await;
        let (balanced, books) = tradepost.audit();
        screen.step("Tradepost has stopped; `tradepost audit` counts what it accepted");
        let counted = books.lines().filter(|line| !line.ends_with(" 0"));
        screen.quote(counted);
        assert!(balanced, "the books do not balance");
        screen.done();
    } else {
        invite(&screen, &server, &tradepost);
        romeo.stays(&screen).await;
    }
}

/// Registration as clients offer it in their list of services (XEP-0077).
async fn register(screen: &Screen, client: &Client) {
    let query = "<query xmlns='jabber:iq:register'><nick>Juliet</nick></query>";
    let answer = client.request("set", COMPONENT, query).await;
    assert_eq!(answer.attr("type"), Some("result"), "refused: {}", String::from(&answer));
    screen.say(&format!("{} registers with {COMPONENT} (XEP-0077).", client.bare()));
}

/// Somebody who reads what comes, and confirms it, before our eyes.
struct Person {
    name: &'static str,
    client: Client,
}

impl Person {
    async fn login(server: &Server, user: &str, name: &'static str) -> Self {
        let habits = Habits { receipts: false, ..Habits::default() };
        Self { name, client: Client::login_with(server, user, "orchard", habits).await }
    }

    /// Adds the contact, as people do; its request in return is accepted by habit.
    async fn befriend(&self, screen: &Screen) {
        let ask = format!("<presence to='{CONTACT}' type='subscribe'/>");
        self.client.send(&ask).await.expect("a connection that holds");
        let asks = |it: &Element| it.is("presence", CLIENT) && it.attr("type") == Some("subscribe");
        let asked = self.client.expect("request in return", asks, PATIENCE).await;
        let why = asked.get_child("status", CLIENT).map(Element::text).unwrap_or_default();
        screen.say(&format!("{} adds {CONTACT} to his contacts, is asked", self.client.bare()));
        screen.say("to be seen in return, and says yes:");
        screen.chat(self.name, &why);
    }

    /// Shows and confirms the share with this comment.
    async fn reads(&self, screen: &Screen, comment: &str) -> Element {
        let is_it = |it: &Element| it.name() == "message" && body(it).contains(comment);
        let message = self.client.expect("message with the share", is_it, PATIENCE).await;
        screen.chat(self.name, &body(&message));
        if let Some(receipt) = self.confirm(&message).await {
            screen.stanza(&receipt);
        }
        message
    }

    /// Shows whatever comes, until the server goes.
    async fn stays(&self, screen: &Screen) {
        while !self.client.closed(Duration::ZERO).await {
            if let Some(message) = self.client.message(Duration::from_hours(1)).await {
                screen.chat(self.name, &body(&message));
                self.confirm(&message).await;
            }
        }
    }

    /// Says that the message has arrived (XEP-0184), when it asks for that.
    async fn confirm(&self, message: &Element) -> Option<Element> {
        message.get_child("request", RECEIPTS)?;
        let (from, id) = (message.attr("from")?, message.attr("id")?);
        let receipt = format!(
            "<message to='{from}' type='chat'><received xmlns='{RECEIPTS}' id='{id}'/></message>"
        );
        self.client.send(&receipt).await.ok()?;
        Some(parse(&receipt))
    }
}

/// A `<send/>` as it leaves the sender's client.
fn send(id: &str, comment: &str, name: &str, price: &str, to: &[&str]) -> Element {
    let address = |jid: &&str| format!("<address type='bcc' jid='{jid}'/>");
    let addresses: String = to.iter().map(address).collect();
    parse(&format!(
        "<send xmlns='{NS}' id='{id}'><comment xml:lang='en'>{comment}</comment>\
         <product><name xml:lang='en'>{name}</name><offer price='{price}' priceCurrency='EUR'/></product>\
         <addresses xmlns='http://jabber.org/protocol/address'>{addresses}</addresses></send>"
    ))
}

/// Sends the payload to the service in an IQ, and gives the payload of the answer.
async fn request(client: &Client, payload: &Element) -> Element {
    let answer = client.request("set", COMPONENT, &String::from(payload)).await;
    assert_eq!(answer.attr("type"), Some("result"), "refused: {}", String::from(&answer));
    answer.children().next().cloned().expect("an answer that says something")
}

/// Waits until so many deliveries are in `state`, as `tradepost audit` says.
async fn in_state(tradepost: &Component, state: &str, count: u64) {
    let holds = async || {
        let (_, books) = tradepost.audit();
        books.lines().any(|line| {
            line.strip_prefix(state).is_some_and(|rest| rest.trim().parse() == Ok(count))
        })
    };
    let holds = eventually(PATIENCE, holds).await;
    assert!(holds, "not {count} {state}:\n{}\n{}", tradepost.audit().1, tradepost.log());
}

/// Opens the link in the message.
async fn fetch(screen: &Screen, message: &Element, pages: SocketAddr) {
    let body = body(message);
    let link = body.lines().find(|line| line.starts_with("http")).expect("a link in the message");
    let path = link.find("/s/").and_then(|at| link.get(at..)).expect("the path of a share");
    let page = http::get(pages, path).await.expect("a page");
    let title = page.body.split(['<', '>']).skip_while(|tag| *tag != "title").nth(1);
    screen.say(link);
    screen.say(&format!("{}, \"{}\"", page.status, title.unwrap_or("no title")));
}

/// How to take part with a client of one's own.
fn invite(screen: &Screen, server: &Server, tradepost: &Component) {
    let lamp = tradepost.dir().join("lamp.json");
    std::fs::write(&lamp, LAMP).expect("a file in our own folder");
    let program = binary();
    let here = std::env::current_dir().unwrap_or_default();
    screen.step("Your turn");
    screen.say(&format!(
        "Log in with your own client as you@{DOMAIN}, password {PASSWORD}, and write `join` to\n\
         {CONTACT}: what Juliet sent you in step 5 arrives. The others\n\
         (juliet, romeo) have the same password. Everything is plain text, on this machine only."
    ));
    let (ip, port) = (server.c2s().ip(), server.c2s().port());
    screen.say(&format!("Server: {ip}, port {port}, no TLS\n"));
    screen.commands(
        "Profanity",
        &format!(
            "/connect you@{DOMAIN} server {ip} port {port} tls disable\n\
             /msg {CONTACT} join"
        ),
    );
    screen.commands(
        "Gajim",
        &format!(
            "Add Account, Log In, Advanced Settings: you@{DOMAIN}, custom hostname {ip},\n\
             port {port}, Plain; then Start Chat with {CONTACT}"
        ),
    );
    screen.commands(
        "Shell: send Romeo something as Juliet; it shows here",
        &format!(
            "TRADEPOST_PASSWORD={PASSWORD} {} send \\\n    \
             --server {ip}:{port} --allow-plaintext --service {COMPONENT} \\\n    \
             --jid juliet@{DOMAIN} --to romeo@{DOMAIN} --comment 'And this?' \\\n    \
             --product {}",
            program.strip_prefix(here).unwrap_or(&program).display(),
            lamp.display()
        ),
    );
    screen.commands(
        "What happens inside",
        &format!(
            "tail -f {}\ncurl http://{}/metrics",
            tradepost.dir().join("tradepost.log").display(),
            tradepost.admin()
        ),
    );
    screen.say("Ctrl-C ends it all and leaves nothing behind.");
}

fn body(message: &Element) -> String {
    message.get_child("body", CLIENT).map(Element::text).unwrap_or_default()
}

fn parse(xml: &str) -> Element {
    let in_a_stream = xml.replacen("<message", &format!("<message xmlns='{CLIENT}'"), 1);
    in_a_stream.parse().expect("our own XML")
}
