//! Floods are held off, too much is answered with when to come again, and no answer tells a sender
//! anything about the recipient.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use rand::seq::SliceRandom;

use crate::{
    contact::{refused, tell},
    harness::{
        PATIENCE,
        client::Client,
        component::{Component, Plan},
        eventually,
        server::{Kind, Server, Setup},
    },
    servers,
    stanzas::{CONTACT, DOMAIN, NS, goblet, register, send, share},
};

servers::facts!(a_flood_costs_little_memory_and_holds_up_nobody);

/// Messages of the flood.
const FLOOD: usize = 20_000;

/// Kilobytes of memory that the component has.
fn resident(component: &Component) -> i64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", component.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    line.split_whitespace().next().unwrap().parse().unwrap()
}

async fn a_flood_costs_little_memory_and_holds_up_nobody(kind: Kind) {
    let server = Server::start(kind).await;
    let plan = Plan::new(&server).set("limits.stanzas_per_minute", 60);
    let component = plan.start().await;
    let alice = Client::login(&server, "alice").await;
    let bob = Client::login(&server, "bob").await;
    register(&alice, "Alice").await;
    register(&bob, "Bob").await;
    let before = resident(&component);
    let flood = async {
        for first in (0..FLOOD).step_by(500) {
            let message = |n| {
                format!(
                    "<message to='{CONTACT}' type='chat' id='f{n}'><body>x {n}</body></message>"
                )
            };
            let some: String = (first..first + 500).map(message).collect();
            alice.send(&some).await.expect("sent");
        }
    };
    let questions = async {
        let mut slowest = Duration::ZERO;
        for _ in 0..30 {
            let begun = Instant::now();
            bob.request("get", DOMAIN, "<ping xmlns='urn:xmpp:ping'/>").await;
            slowest = slowest.max(begun.elapsed());
        }
        slowest
    };
    let (slowest, ()) = tokio::join!(questions, flood);
    // Everything has been looked at.
    let passed = eventually(PATIENCE, async || {
        component.metric("tradepost_dropped_total").await
            >= f64::from(u32::try_from(FLOOD).unwrap()) - 200.0
    });
    assert!(passed.await, "{:?}: {:?}", server.kind(), component.metrics().await);
    let grown = resident(&component) - before;
    assert!(grown < 32 * 1024, "{grown} KiB more");
    // A second is what is promised; the machine of the tests is busy with the servers too.
    assert!(slowest < Duration::from_secs(5), "{:?}: {slowest:?}", server.kind());
    let told = alice.seen_text().matches("That was a lot at once").count();
    assert!((1..=2).contains(&told), "told {told} times");
    assert!(component.metric("tradepost_reconnects_total").await < 0.5, "another stream");
}

#[tokio::test]
async fn too_much_is_answered_with_when_to_come_again() {
    let server = Server::start(Kind::Prosody).await;
    let plan = Plan::new(&server)
        .set("limits.new_shares_per_hour", 2)
        .set("limits.new_recipients_per_hour", 4)
        .set("limits.lookups_per_minute", 3)
        .set("limits.unlimited", vec!["carol@localhost"]);
    let component = plan.start().await;
    let alice = Client::login(&server, "alice").await;
    let carol = Client::login(&server, "carol").await;
    register(&alice, "Alice").await;
    register(&carol, "Carol").await;
    let many: Vec<String> = (0..5).map(|n| format!("n{n}@localhost")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let answer = alice.request("set", DOMAIN, &send("many", "x", &goblet(), &many)).await;
    refused(&answer, "not-acceptable", "too-many-recipients");
    share(&alice, "k1", "one", &["bob@localhost"]).await;
    share(&alice, "k2", "two", &["bob@localhost"]).await;
    let answer =
        alice.request("set", DOMAIN, &send("k3", "three", &goblet(), &["bob@localhost"])).await;
    refused(&answer, "resource-constraint", "retry");
    let error = String::from(&answer);
    let seconds = error.split("seconds=").nth(1).expect("seconds");
    let seconds: String = seconds.chars().skip(1).take_while(char::is_ascii_digit).collect();
    assert!((1..=3_600).contains(&seconds.parse::<u32>().unwrap()), "{error}");
    let told = tell(&alice, "share Lamp EUR 5 to bob@localhost: hello").await;
    assert!(told.contains("Please wait") && told.contains("minutes"), "{told}");
    share(&alice, "k2", "two", &["bob@localhost"]).await;

    let lookup = format!("<lookup xmlns='{NS}' ref='7K3QXM2NP8'/>");
    for _ in 0..3 {
        refused(&alice.request("get", DOMAIN, &lookup).await, "item-not-found", "unknown-ref");
    }
    refused(&alice.request("get", DOMAIN, &lookup).await, "resource-constraint", "retry");
    assert!(tell(&alice, "lookup 7K3QX-M2NP8").await.contains("Please wait"));
    for n in 0..9 {
        share(&carol, &format!("c{n}"), "many", &many).await;
        refused(&carol.request("get", DOMAIN, &lookup).await, "item-not-found", "unknown-ref");
    }
    assert!(component.audit().0);
}

/// An answer without what differs from share to share.
fn bare(answer: &minidom::Element) -> String {
    let mut answer = String::from(answer);
    for name in ["id", "share", "ref", "handle"] {
        for quote in ['\'', '"'] {
            let mark = format!(" {name}={quote}");
            let mut parts = answer.split(&mark);
            let mut rest = parts.next().unwrap().to_owned();
            for part in parts {
                rest += &mark;
                rest += part.split_once(quote).map_or(part, |(_, behind)| behind);
            }
            answer = rest;
        }
    }
    answer
}

pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

#[tokio::test]
async fn a_thousand_answers_tell_nothing_about_the_recipients() {
    let users = ["alice", "joined", "blocks", "refused", "dora@elsewhere", "silent"];
    let users = users.map(str::to_owned).to_vec();
    let setup = Setup { elsewhere: true, users, ..Setup::default() };
    let server = Server::start_with(Kind::Prosody, setup).await;
    let plan = Plan::new(&server).set("access.register", vec!["localhost", "elsewhere"]);
    let _component = plan.start().await;
    // She is a stranger to all of them.
    let dora = Client::login(&server, "dora@elsewhere").await;
    register(&dora, "Dora").await;
    for user in ["joined", "blocks", "refused", "silent"] {
        let client = Client::login(&server, user).await;
        register(&client, user).await;
        let answer = match user {
            "joined" => "yes dora@elsewhere",
            "blocks" => "block dora@elsewhere",
            "refused" => "no dora@elsewhere",
            _ => "settings ask always",
        };
        assert!(!tell(&client, answer).await.is_empty());
        client.leave().await;
    }
    let classes = ["joined", "blocks", "refused", "silent", "alice", "nobody"]
        .map(|it| format!("{it}@localhost"));
    for attempt in 1..=3 {
        let mut order: Vec<&String> = (0..1_000).map(|n| &classes[n % classes.len()]).collect();
        order.shuffle(&mut rand::rng());
        let mut times: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
        let mut answers: BTreeMap<String, &str> = BTreeMap::new();
        for (n, to) in order.into_iter().enumerate() {
            let asked = send(
                &format!("k{attempt}-{n}"),
                "hello",
                "<product><name>x</name></product>",
                &[to],
            );
            let begun = Instant::now();
            let answer = dora.request("set", DOMAIN, &asked).await;
            times.entry(to).or_default().push(begun.elapsed());
            answers.insert(bare(&answer), to);
            if n % 10 == 0 {
                let share =
                    answer.get_child("sent", NS).and_then(|it| it.attr("share")).expect("sent");
                let status = format!("<status xmlns='{NS}' share='{share}'/>");
                let status = String::from(&dora.request("get", DOMAIN, &status).await);
                // That somebody takes part cannot be kept from whoever is let in.
                assert!(to.starts_with("joined") || status.contains("accepted"), "{to}: {status}");
            }
        }
        assert_eq!(answers.len(), 1, "they differ: {answers:#?}");
        let medians: BTreeMap<&str, Duration> =
            times.into_iter().map(|(to, times)| (to, median(times))).collect();
        let (least, most) = (medians.values().min().unwrap(), medians.values().max().unwrap());
        if most.saturating_sub(*least) < Duration::from_millis(5) {
            return;
        }
        assert!(attempt < 3, "the times tell: {medians:?}");
    }
}
