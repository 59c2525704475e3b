//! A card is given to a number that is typed: what its giver learns (`xep/card-exchange.xml#request-number`).

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use rand::seq::SliceRandom;
use tradepost::db::Db;

use crate::{
    contact::tell,
    harness::{
        PATIENCE,
        client::Client,
        component::{Component, Plan},
        server::{Kind, Server, Setup},
    },
    limits::rate::median,
    servers,
    stanzas::{DOMAIN, alice_and_bob, body, now, register},
};

servers::facts!(
    what_cannot_be_given_says_why_and_what_to_do,
    a_card_reaches_somebody_by_word_with_its_links_and_is_taken_back_by_name,
);

const NS: &str = "urn:xmpp:card-exchange:0";
const HERS: &str = "+393337654321";
const HIDDEN: &str = "+393331234567";
const BLOCKS: &str = "+393331234568";
const REFUSES: &str = "+393331234569";
const NOBODYS: &str = "+393331234570";
const FOUND: &str = "+393331234571";

/// These numbers are these people's, as if each had shown it; those of `found` can be found.
pub(crate) async fn own(component: &Component, numbers: &[(&str, &str)], found: &[&str]) {
    let file = component.dir().join("tradepost.db");
    let db = Db::open(&format!("sqlite:{}", file.display())).await.expect("the database");
    let at = now();
    let mut tx = db.write().await.expect("a transaction");
    for (number, owner) in numbers {
        tx.put_contact(&format!("tel:{number}"), owner, at).await.expect("kept");
    }
    for owner in found {
        tx.set_discoverable(owner, true).await.expect("kept");
    }
    tx.commit().await.expect("kept");
}

pub(crate) async fn has_card(client: &Client, name: &str) {
    let card = format!(
        "<card xmlns='{NS}'><text>BEGIN:VCARD\nVERSION:4.0\nFN:{name}\nEND:VCARD\n</text></card>"
    );
    let answer = client.request("set", DOMAIN, &card).await;
    assert_eq!(answer.attr("type"), Some("result"), "{}", String::from(&answer));
}

pub(crate) fn request(id: &str, more: &str, to: &str) -> String {
    format!(
        "<request xmlns='{NS}' id='{id}'{more}><addresses xmlns='http://jabber.org/protocol/address'>\
         <address type='bcc' {to}/></addresses></request>"
    )
}

/// The error type, the defined condition and the one of our own.
fn refused(answer: &minidom::Element) -> String {
    let error = answer.get_child("error", "jabber:client").expect("an error");
    let names = error.children().map(minidom::Element::name).filter(|name| *name != "text");
    let names: Vec<&str> = names.collect();
    format!("{} {}", error.attr("type").unwrap_or_default(), names.join(" "))
}

async fn what_cannot_be_given_says_why_and_what_to_do(kind: Kind) {
    let server = Server::start(kind).await;
    let component = Component::start(&server).await;
    let (alice, _bob) = alice_and_bob(&server).await;
    let ask = async |id: &str, more: &str, to: &str| {
        refused(&alice.request("set", DOMAIN, &request(id, more, to)).await)
    };
    let to_bob = "jid='bob@localhost'";
    assert_eq!(ask("1", "", to_bob).await, "modify unexpected-request no-own-card");
    has_card(&alice, "Alice A.").await;
    let no_number = "modify bad-request invalid-number";
    assert_eq!(ask("2", "", "uri='tel:+3904'").await, no_number);
    let number = &format!("uri='tel:{NOBODYS}'");
    let unproved = "auth registration-required number-not-verified";
    assert_eq!(ask("3", "", number).await, unproved);
    let told = tell(&alice, &format!("card to {NOBODYS}")).await;
    assert!(told.contains("show first that a number is yours"), "{told}");
    own(&component, &[(HERS, "alice@localhost")], &[]).await;
    let not_found = "cancel item-not-found not-registered";
    assert_eq!(ask("4", "", number).await, not_found);
    let told = tell(&alice, &format!("card to {NOBODYS} swap")).await;
    assert_eq!(
        told,
        format!(
            "Not sent: nobody who can be found has {NOBODYS}. To have it held and the owner \
             invited, send: card to {NOBODYS} swap invite"
        )
    );
    let answer = alice.request("set", DOMAIN, &request("5", " invite='true'", number)).await;
    assert!(answer.has_child("requested", NS), "{}", String::from(&answer));
    assert_eq!(
        ask("6", " about='contact' handle='9'", to_bob).await,
        "modify unexpected-request no-own-card"
    );
    assert_eq!(ask("7", " about='contact'", to_bob).await, "modify bad-request");
    assert_eq!(ask("8", "", "uri='sip:a@b'").await, "cancel feature-not-implemented");
    let stranger = Client::login(&server, "carol").await;
    let answer = stranger.request("set", DOMAIN, &request("9", "", to_bob)).await;
    assert_eq!(refused(&answer), "auth registration-required");
    let answer = alice.request("set", DOMAIN, &request("10", "", to_bob)).await;
    let id = answer.get_child("requested", NS).and_then(|it| it.attr("id")).expect("an id");
    let again = alice.request("set", DOMAIN, &request("10", "", to_bob)).await;
    assert_eq!(again.get_child("requested", NS).and_then(|it| it.attr("id")), Some(id));
    assert_eq!(ask("10", " mode='swap'", to_bob).await, "cancel conflict");
    let revoke = format!("<revoke xmlns='{NS}' id='{id}'/>");
    assert_eq!(alice.request("set", DOMAIN, &revoke).await.attr("type"), Some("result"));
    let none = format!("<revoke xmlns='{NS}' id='0'/>");
    let answer = alice.request("set", DOMAIN, &none).await;
    assert_eq!(refused(&answer), "cancel item-not-found offer-expired");
}

async fn a_card_reaches_somebody_by_word_with_its_links_and_is_taken_back_by_name(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let (alice, bob) = alice_and_bob(&server).await;
    has_card(&alice, "Alice A.").await;
    let told = tell(&alice, "card to bob@localhost").await;
    assert!(told.starts_with("Given: #1 card of Alice A., to bob@localhost"), "{told}");
    let shown = bob.expect("the card", |it| body(it).contains("gives you a card"), PATIENCE).await;
    let text = body(&shown);
    assert!(text.contains("\nAlice A.\n") && text.ends_with("save 1 (#1)"), "{text}");
    assert!(shown.has_child("offer", NS));
    let told = tell(&alice, "list").await;
    assert!(told.contains("Alice A."), "{told}");
    tell(&alice, "revoke 1").await;
    let taken = bob.expect("that it is gone", |it| body(it).contains("taken back"), PATIENCE).await;
    assert!(body(&taken).contains("#1 Card of Alice A."));
    assert!(taken.has_child("revoke", NS));
}

/// An answer without the ids.
fn bare(answer: &minidom::Element) -> String {
    let id = answer.attr("id").expect("an id");
    let text = String::from(answer);
    text.replace(&format!("id=\"{id}\""), "").replace(&format!("id='{id}'"), "")
}

#[tokio::test]
async fn a_thousand_questions_tell_nothing_about_numbers_that_cannot_be_found() {
    let users = ["alice", "hidden", "blocks", "refuses", "found"].map(str::to_owned).to_vec();
    let setup = Setup { users, ..Setup::default() };
    let server = Server::start_with(Kind::Prosody, setup).await;
    let component = Plan::new(&server).start().await;
    let alice = Client::login(&server, "alice").await;
    register(&alice, "Alice").await;
    has_card(&alice, "Alice A.").await;
    for user in ["hidden", "blocks", "refuses", "found"] {
        let client = Client::login(&server, user).await;
        register(&client, user).await;
        match user {
            "blocks" => drop(tell(&client, "block alice@localhost").await),
            "refuses" => drop(tell(&client, "no alice@localhost").await),
            _ => {}
        }
        client.leave().await;
    }
    let numbers = [
        (HERS, "alice@localhost"),
        (HIDDEN, "hidden@localhost"),
        (BLOCKS, "blocks@localhost"),
        (REFUSES, "refuses@localhost"),
        (FOUND, "found@localhost"),
    ];
    own(&component, &numbers, &["blocks@localhost", "refuses@localhost", "found@localhost"]).await;
    // What an owner who can be found has said of her shows in nothing.
    for number in [FOUND, BLOCKS, REFUSES] {
        let asked = request(&format!("f{number}"), "", &format!("uri='tel:{number}'"));
        let found = alice.request("set", DOMAIN, &asked).await;
        assert!(found.has_child("requested", NS), "{}", String::from(&found));
    }
    let classes = [HIDDEN, NOBODYS];
    for attempt in 1..=3 {
        let mut order: Vec<&str> = (0..1_000).map(|n| classes[n % classes.len()]).collect();
        order.shuffle(&mut rand::rng());
        let mut times: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
        let mut answers: BTreeMap<String, &str> = BTreeMap::new();
        for (n, number) in order.into_iter().enumerate() {
            let asked = request(&format!("k{attempt}-{n}"), "", &format!("uri='tel:{number}'"));
            let begun = Instant::now();
            let answer = alice.request("set", DOMAIN, &asked).await;
            times.entry(number).or_default().push(begun.elapsed());
            answers.insert(bare(&answer), number);
        }
        assert_eq!(answers.len(), 1, "they differ: {answers:#?}");
        assert!(answers.keys().all(|answer| answer.contains("not-registered")), "{answers:#?}");
        let medians: BTreeMap<&str, Duration> =
            times.into_iter().map(|(number, times)| (number, median(times))).collect();
        let (least, most) = (medians.values().min().unwrap(), medians.values().max().unwrap());
        if most.saturating_sub(*least) < Duration::from_millis(5) {
            return;
        }
        assert!(attempt < 3, "the times tell: {medians:?}");
    }
}
