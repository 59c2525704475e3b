//! A thousand numbers through a real component: what a sender sees says of none of them whether
//! anybody has it (`threats` 10).

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::{Duration, Instant},
};

use minidom::Element;
use rand::seq::SliceRandom;

use crate::{
    card::give::{has_card, own, request},
    contact::tell,
    harness::{
        client::Client,
        component::{Component, Plan},
        http,
        server::{Kind, Server, Setup},
    },
    limits::rate::median,
    share::saved::links,
    stanzas::{DOMAIN, goblet, register, send, settled},
};

const OWNERS: [&str; 7] = ["online", "away", "blocks", "refuses", "barred", "quiet", "asks"];
const EACH: usize = 500;
const NS: &str = "urn:xmpp:product-share:0";
/// Something that is written.
const NAMED: &str = "<query xmlns='jabber:iq:register'><nick>Alice</nick></query>";

/// Known and unknown, by turns: the even ones are somebody's.
fn number(n: usize) -> String {
    format!("+39333{n:07}")
}

/// `text` without what is another one for everybody.
fn bare(text: &str, hidden: &[&str]) -> String {
    let mut text = text.to_owned();
    for hidden in hidden.iter().filter(|hidden| !hidden.is_empty()) {
        text = text.replace(hidden, "…");
    }
    text
}

/// How long requests took about numbers that are somebody's, and about those that are nobody's.
#[derive(Default)]
struct Times([Vec<Duration>; 2]);

impl Times {
    fn add(&mut self, n: usize, time: Duration) {
        self.0[n % 2].push(time);
    }

    /// How likely a request about somebody's takes longer than one about nobody's, 0.5 when the time
    /// says nothing (Mann and Whitney); and the standard error of that.
    fn rank(&self) -> (f64, f64) {
        let [known, unknown] = &self.0;
        let half = |one, other| match Duration::cmp(one, other) {
            Ordering::Less => 0,
            Ordering::Equal => 1,
            Ordering::Greater => 2,
        };
        let won = known.iter().flat_map(|one| unknown.iter().map(move |other| half(one, other)));
        let count = |n: usize| f64::from(u32::try_from(n).unwrap());
        let (known, unknown) = (count(known.len()), count(unknown.len()));
        let rank = f64::from(won.sum::<u32>()) / (2.0 * known * unknown);
        (rank, ((known + unknown + 1.0) / (12.0 * known * unknown)).sqrt())
    }

    /// Half of each take less.
    fn medians(&self) -> [Duration; 2] {
        self.0.clone().map(median)
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rank, error) = self.rank();
        let [known, unknown] = self.medians();
        write!(f, "rank {rank:.3} ±{error:.3}, known {known:?}, unknown {unknown:?}")
    }
}

fn shuffled(numbers: &[usize]) -> Vec<usize> {
    let mut order = numbers.to_vec();
    order.shuffle(&mut rand::rng());
    order
}

/// Asks one after the other in a random order; `ask` answers what is compared. The times differ when
/// it can be felt, and is no chance: in a random order, a machine that is busy with other tests makes
/// no rank four standard errors away.
async fn alike(name: &str, numbers: &[usize], ask: impl AsyncFn(usize) -> String) {
    let mut times = Times::default();
    let mut answers: BTreeMap<String, usize> = BTreeMap::new();
    for n in shuffled(numbers) {
        let begun = Instant::now();
        let answer = ask(n).await;
        times.add(n, begun.elapsed());
        answers.insert(answer, n);
    }
    assert_eq!(answers.len(), 1, "{name}: they differ: {answers:#?}");
    let (rank, error) = times.rank();
    let [known, unknown] = times.medians();
    let is_felt = known.abs_diff(unknown) >= Duration::from_millis(5);
    let is_chance = (rank - 0.5).abs() <= 4.0 * error;
    assert!(!is_felt || is_chance, "{name}: the times tell: {times}");
}

async fn people(server: &Server, component: &Component) -> Vec<Client> {
    let mut online = Vec::new();
    for user in OWNERS {
        let client = Client::login(server, user).await;
        register(&client, user).await;
        match user {
            "blocks" => drop(tell(&client, "block alice@localhost").await),
            "refuses" => drop(tell(&client, "no alice@localhost").await),
            "quiet" => drop(tell(&client, "settings quiet 00:00-23:59").await),
            "asks" => drop(tell(&client, "settings ask always").await),
            _ => {}
        }
        if user == "online" { online.push(client) } else { client.leave().await }
    }
    let owned: Vec<(String, String)> = (0..EACH)
        .map(|n| (number(2 * n), format!("{}@localhost", OWNERS[n % OWNERS.len()])))
        .collect();
    let owned: Vec<(&str, &str)> =
        owned.iter().map(|(number, owner)| (number.as_str(), owner.as_str())).collect();
    own(component, &owned, &["online@localhost"]).await;
    online
}

/// A thousand numbers, of which half are somebody's, and Alice, who has none of them.
async fn place() -> (Server, Component, Client, Vec<Client>) {
    let mut users = OWNERS.map(str::to_owned).to_vec();
    users.extend(["alice".to_owned(), "admin".to_owned()]);
    let setup = Setup { users, ..Setup::default() };
    let server = Server::start_with(Kind::Prosody, setup).await;
    let component = Plan::new(&server).set("access.admins", vec!["admin@localhost"]).start().await;
    let alice = Client::login(&server, "alice").await;
    register(&alice, "Alice").await;
    let online = people(&server, &component).await;
    let admin = Client::login(&server, "admin").await;
    tell(&admin, "suspend barred@localhost").await;
    (server, component, alice, online)
}

#[tokio::test]
async fn a_thousand_numbers_look_alike_in_every_view_and_take_the_same_time() {
    let (_server, component, alice, _online) = place().await;
    let all: Vec<usize> = (0..2 * EACH).collect();
    let sent = std::sync::Mutex::new(BTreeMap::<usize, Element>::new());
    alike("send", &all, async |n| {
        let (to, key) = (format!("tel:{}", number(n)), format!("k{n}"));
        let answer = alice.request("set", DOMAIN, &send(&key, "hello", &goblet(), &[&to])).await;
        let taken = answer.get_child("sent", NS).unwrap_or_else(|| panic!("{answer:?}")).clone();
        let of = |name| taken.attr(name).unwrap_or_default();
        let hidden = [answer.attr("id").unwrap(), &key, of("share"), of("ref"), of("handle")];
        // An attribute that holds a number that is another's too.
        let text = String::from(&taken).replace(&format!("handle=\"{}\"", of("handle")), "handle");
        let text = text.replace(&format!("handle='{}'", of("handle")), "handle");
        let seen = bare(&text, &hidden[..4]);
        sent.lock().unwrap().insert(n, taken.clone());
        seen
    })
    .await;
    settled(&component).await;
    let sent = sent.into_inner().unwrap();
    let of = |n: usize, name: &str| sent[&n].attr(name).unwrap_or_default().to_owned();

    alike("status", &all, async |n| {
        let asked = format!("<status xmlns='{NS}' share='{}'/>", of(n, "share"));
        let answer = alice.request("get", DOMAIN, &asked).await;
        let status = answer.get_child("status", NS).unwrap_or_else(|| panic!("{answer:?}"));
        let delivery = status.children().next().expect("a recipient");
        let stamp = delivery.attr("stamp").unwrap_or_default();
        bare(&String::from(status), &[&of(n, "share"), stamp, &number(n)])
    })
    .await;

    let some: Vec<usize> = all.iter().copied().filter(|n| n % 10 < 2).collect();
    for word in ["status", "more"] {
        alike(word, &some, async |n| {
            let told = tell(&alice, &format!("{word} {}", of(n, "handle"))).await;
            let told = told.replacen(&format!("#{} ", of(n, "handle")), "", 1);
            let is_time = |word: &&str| !word.contains(':') || word.contains("://");
            let told = bare(&told, &[&of(n, "ref"), &number(n)]);
            told.split(' ').filter(is_time).collect::<Vec<_>>().join(" ")
        })
        .await;
    }

    let mut kept = BTreeSet::new();
    for n in some.iter().take(20) {
        let told = tell(&alice, &format!("save {}", of(*n, "handle"))).await;
        for path in links(&told) {
            let file = http::get(component.pages(), &path).await.expect("an answer").body;
            assert!(file.contains(&number(*n)), "{path}");
            if path.contains(".json") {
                let json: serde_json::Value = serde_json::from_str(&file).expect("JSON");
                let talks = json["conversations"].to_string();
                kept.insert(bare(&talks, &[&number(*n)]));
            }
        }
    }
    assert_eq!(kept.len(), 1, "{kept:#?}");

    // Those who are waited for are the last that were sent to, all alike.
    let told = tell(&alice, "invites").await;
    let listed = told.lines().filter(|line| line.contains("+39333")).count();
    assert_eq!(listed, 30, "{told}");
    assert!(told.lines().take(30).all(|line| line.contains(": waiting since ")), "{told}");
    let link = tell(&alice, "export").await;
    let path = link[link.find("/k/").expect("a link")..].lines().next().unwrap();
    let file = http::get(component.pages(), path).await.expect("an answer").body;
    let json: serde_json::Value = serde_json::from_str(&file).expect("JSON");
    let invited = json["invited"].as_array().expect("a list");
    let is_known =
        |it: &&serde_json::Value| all.iter().step_by(2).any(|n| it["address"] == number(*n));
    let known = invited.iter().filter(is_known).count();
    assert!(known > 150 && invited.len() - known > 150, "{known} of {}", invited.len());
    assert!(invited.iter().all(|it| it["joined"] == false));

    let awaited: Vec<usize> = all
        .iter()
        .copied()
        .filter(|n| invited.iter().any(|it| it["address"] == number(*n)))
        .collect();
    alike("cancel", &awaited, async |n| {
        bare(&tell(&alice, &format!("cancel {}", number(n))).await, &[&number(n)])
    })
    .await;
    alike("revoke", &some, async |n| {
        let told = tell(&alice, &format!("revoke {}", of(n, "handle"))).await;
        told.replacen(&format!("#{} ", of(n, "handle")), "", 1)
    })
    .await;
}

/// Whatever a share to a number leads to happens when its sender cannot tell by what they ask next.
#[tokio::test]
async fn what_is_asked_behind_a_share_takes_the_same_time_whoever_has_the_number() {
    let (_server, _component, alice, _online) = place().await;
    has_card(&alice, "Alice A.").await;
    let all: Vec<usize> = (0..2 * EACH).collect();
    for kind in ["share", "card"] {
        let mut times = Times::default();
        for n in shuffled(&all) {
            let (to, key) = (format!("tel:{}", number(n)), format!("{kind}-{n}"));
            let asked = match kind {
                "share" => send(&key, "hello", &goblet(), &[&to]),
                _ => request(&key, " invite='true'", &format!("uri='{to}'")),
            };
            let answer = alice.request("set", DOMAIN, &asked).await;
            assert_eq!(answer.attr("type"), Some("result"), "{}", String::from(&answer));
            let begun = Instant::now();
            alice.request("set", DOMAIN, NAMED).await;
            times.add(n, begun.elapsed());
        }
        let (rank, _) = times.rank();
        assert!((rank - 0.5).abs() < 0.1, "{kind}: the time tells: {times}");
    }
}
