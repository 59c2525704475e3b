//! The people who want to be served meanwhile.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::Sender,
    },
    thread::sleep,
    time::{Duration, Instant},
};

use super::stream::{Shared, attribute};
use crate::{
    harness::PATIENCE,
    stanzas::{CONTACT, DOMAIN, NS, send},
};

/// So many that none of them asks more than an account may.
const PEOPLE: usize = 24;
/// How far apart their requests are, and the looks at `/livez`.
const APART: Duration = Duration::from_millis(50);
/// How many are asked for in advance: what comes first is made then.
const WARM: usize = 2_000;

/// They have joined, are of the server's own domain, and take turns.
pub(super) struct Crowd {
    out: Sender<String>,
    shared: Shared,
    asked: usize,
    shared_by_now: usize,
    /// Answers that count.
    from: usize,
}

impl Crowd {
    pub(super) fn new(out: Sender<String>, shared: Shared) -> Self {
        Self { out, shared, asked: 0, shared_by_now: 0, from: 0 }
    }

    /// They join, as do some of those who will be a nuisance, and everything is used once.
    pub(super) fn warm_up(&mut self) {
        let people = (0..PEOPLE).map(|n| format!("p{n}@localhost"));
        let nuisances = ["localhost", "joined.example"]
            .into_iter()
            .flat_map(|domain| (0..8).map(move |n| format!("m{n}@{domain}")));
        let all: Vec<String> = people.chain(nuisances).collect();
        for person in &all {
            let nick = person.split('@').next().unwrap_or_default();
            let join = format!("<query xmlns='jabber:iq:register'><nick>{nick}</nick></query>");
            self.request("set", person, DOMAIN, &join);
        }
        self.answered();
        for person in &all[..PEOPLE] {
            self.say(&format!("<presence from='{person}/x' to='{CONTACT}'/>"));
        }
        for n in 0..PEOPLE {
            self.share(n);
        }
        self.answered();
        let form = "<command xmlns='http://jabber.org/protocol/commands' node='settings'/>";
        for person in &all[..PEOPLE] {
            let lookup = self.lookup();
            self.request("get", person, DOMAIN, &lookup);
            self.request("set", person, CONTACT, form);
            self.request("get", person, CONTACT, "<vCard xmlns='vcard-temp'/>");
        }
        self.answered();
        for _ in 0..WARM {
            self.request("get", "mark@localhost", DOMAIN, "<ping xmlns='urn:xmpp:ping'/>");
        }
        self.answered();
        self.from = self.shared.seen().answers.len();
    }

    /// They ask one after the other, until nobody minds any more, and then once again.
    pub(super) fn ask_until(&mut self, over: &AtomicBool) {
        let begun = Instant::now();
        let mut n = 0;
        while !over.load(Ordering::Relaxed) {
            let next = begun + APART * u32::try_from(n).unwrap_or(u32::MAX);
            sleep(next.saturating_duration_since(Instant::now()));
            let person = format!("p{}@localhost", n % PEOPLE);
            match n % 25 {
                0 => self.share(n % PEOPLE),
                7 | 14 => {
                    let lookup = self.lookup();
                    self.request("get", &person, DOMAIN, &lookup);
                }
                3 | 10 | 17 | 21 => {
                    let share = self.shared.seen().share.clone();
                    let [sender, share, _] = share.expect("a share");
                    let status = format!("<status xmlns='{NS}' share='{share}'/>");
                    self.request("get", bare(&sender), DOMAIN, &status);
                }
                _ => self.request("get", &person, DOMAIN, "<ping xmlns='urn:xmpp:ping'/>"),
            }
            n += 1;
        }
        self.request("get", "mark@localhost", DOMAIN, "<ping xmlns='urn:xmpp:ping'/>");
    }

    /// What is wrong with their answers, and with what has arrived of what they shared.
    pub(super) fn wrong(&self, most: Duration) -> Vec<String> {
        let mut wrong = Vec::new();
        if !self.shared.until(PATIENCE, |seen| seen.waiting.is_empty() || seen.is_over) {
            wrong.push("not everybody was answered".to_owned());
        }
        let arrived = |n: &usize| {
            let comment = format!(">nr {n}.<");
            self.shared.seen().messages.iter().any(|it| it.contains(&comment))
        };
        let shares = self.shared_by_now;
        let mut missing: Vec<usize> = (0..shares).collect();
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE && !missing.is_empty() && !self.shared.seen().is_over {
            missing.retain(|n| !arrived(n));
            self.shared.until(APART, |_| false);
        }
        if !missing.is_empty() {
            wrong.push(format!("{} of {shares} shares have not arrived", missing.len()));
        }
        let seen = self.shared.seen();
        if seen.is_over {
            wrong.push("the stream has ended".to_owned());
        }
        if !seen.waiting.is_empty() {
            wrong.push(format!("{} requests were not answered", seen.waiting.len()));
        }
        let answers = &seen.answers[self.from..];
        let refused: Vec<&String> = answers
            .iter()
            .map(|(_, it)| it)
            .filter(|it| attribute(it, "type") == "error")
            .collect();
        if let Some(first) = refused.first() {
            let (refused, all) = (refused.len(), answers.len());
            wrong.push(format!("{refused} of {all} requests were refused, the first by {first}"));
        }
        wrong.extend(slow("people", answers.iter().map(|(took, _)| *took).collect(), most));
        wrong
    }

    fn share(&mut self, n: usize) {
        let to = format!("p{}@localhost", (n + 1) % PEOPLE);
        let product = "<product><name>Lamp</name></product>";
        let number = self.shared_by_now;
        self.shared_by_now += 1;
        let share = send(&format!("k{number}"), &format!("nr {number}."), product, &[&to]);
        self.request("set", &format!("p{n}@localhost"), DOMAIN, &share);
    }

    fn lookup(&self) -> String {
        let [_, _, code] = self.shared.seen().share.clone().expect("a share");
        format!("<lookup xmlns='{NS}' ref='{code}'/>")
    }

    fn request(&mut self, kind: &str, from: &str, to: &str, payload: &str) {
        let id = format!("p-{}", self.asked);
        self.asked += 1;
        self.shared.seen().waiting.insert(id.clone(), Instant::now());
        let from = bare(from);
        self.say(&format!("<iq type='{kind}' from='{from}/x' to='{to}' id='{id}'>{payload}</iq>"));
    }

    fn say(&self, stanza: &str) {
        // Who writes it has ended only with the test.
        let _ = self.out.send(stanza.to_owned());
    }

    fn answered(&self) {
        let answered = self.shared.until(PATIENCE, |seen| seen.waiting.is_empty());
        assert!(answered, "no answer to {:?}", self.shared.seen().waiting);
    }
}

fn bare(jid: &str) -> &str {
    jid.split('/').next().unwrap_or(jid)
}

/// Looks whether the process is alive, until nobody minds any more, in a thread of its own: what
/// the test has to do besides does not count.
pub(super) fn look(admin: SocketAddr, over: &AtomicBool) -> Vec<Duration> {
    let mut times = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let begun = Instant::now();
        let answer = alive(admin);
        let took = begun.elapsed();
        // Nobody answers when it has ended.
        times.push(if answer.is_ok_and(|it| it.contains(" 200 ")) { took } else { PATIENCE });
        sleep(APART.saturating_sub(took));
    }
    times
}

fn alive(admin: SocketAddr) -> std::io::Result<String> {
    let mut socket = TcpStream::connect(admin)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.write_all(b"GET /livez HTTP/1.0\r\nHost: x\r\n\r\n")?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer)?;
    Ok(answer)
}

/// What is wrong when 99 of 100 took longer than `most`.
pub(super) fn slow(what: &str, mut times: Vec<Duration>, most: Duration) -> Option<String> {
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    let (half, nearly_all, worst) = (at(50), at(99), times.last().copied().unwrap_or_default());
    let count = times.len();
    let line = format!("{what}: {count}, p50 {half:.1?}, p99 {nearly_all:.1?}, worst {worst:.1?}");
    eprintln!("flood: {line}");
    (nearly_all > most || times.is_empty()).then_some(line)
}
