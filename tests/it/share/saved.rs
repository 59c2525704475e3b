//! Keeping a share with what was said about it, as files behind a link (S0.9).

use minidom::Element;
use scraper::{Html, Selector};
use serde_json::Value;

use crate::{
    contact::{fill, tell},
    harness::{
        PATIENCE,
        client::Client,
        component::Component,
        eventually, http,
        http::Answer,
        server::{Kind, Server},
    },
    servers,
    stanzas::{CONTACT, alice_and_bob, body, in_state, register, share, shown},
};

servers::facts!(what_is_saved_holds_the_share_and_what_its_owner_may_know_and_nothing_else);

const SCRIPT: &str = "<script>alert(1)</script>";

/// Writes to the contact, and waits until `reader` is told `expected` of it.
pub(crate) async fn say(
    client: &Client,
    id: &str,
    inner: &str,
    reader: &Client,
    expected: &str,
) -> Element {
    let message = format!("<message to='{CONTACT}' type='chat' id='{id}'>{inner}</message>");
    client.send(&message).await.expect("sent");
    reader.expect(expected, |it| body(it).contains(expected), PATIENCE).await
}

/// The paths of the two links in an answer to `save`.
pub(crate) fn links(told: &str) -> [String; 2] {
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 4, "{told}");
    [lines[1], lines[2]].map(|it| it[it.find("/k/").expect("a link")..].to_owned())
}

pub(crate) async fn get(component: &Component, path: &str) -> Answer {
    http::get(component.pages(), path).await.expect("an answer")
}

fn texts(html: &Html, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    html.select(&selector).map(|it| it.text().collect::<String>().trim().to_owned()).collect()
}

/// What was said in a conversation of the JSON, by address and text.
fn said(talk: &Value) -> Vec<(&str, &str)> {
    let all = talk["said"].as_array().expect("a list").iter();
    all.map(|it| (it["by"]["address"].as_str().unwrap(), it["text"].as_str().unwrap())).collect()
}

async fn what_is_saved_holds_the_share_and_what_its_owner_may_know_and_nothing_else(kind: Kind) {
    let server = Server::start(kind).await;
    let component = Component::start(&server).await;
    let (alice, bob, carol) = tokio::join!(
        Client::login(&server, "alice"),
        Client::login(&server, "bob"),
        Client::login(&server, "carol")
    );
    for (client, nick) in [(&alice, "Alice"), (&bob, "Bob"), (&carol, "Carol")] {
        register(client, nick).await;
    }
    let to = ["bob@localhost", "carol@localhost"];
    share(&alice, "k1", &SCRIPT.replace('<', "&lt;"), &to).await;
    shown(&bob, SCRIPT).await;
    shown(&carol, SCRIPT).await;
    say(&carol, "c1", "<body>#1 a word of Carol</body>", &alice, "a word of Carol").await;
    let marked = "<body>#1 how &lt;img src=x> hevy?</body>";
    let hevy = say(&bob, "b1", marked, &alice, "hevy?").await;
    // Only then is her client known to have it: two shares and two notes.
    let has = eventually(PATIENCE, async || in_state(&component, "confirmed") == 4).await;
    assert!(has, "{}", component.audit().1);
    let corrected = "<body>how &lt;img src=x> heavy?</body>\
                     <replace xmlns='urn:xmpp:message-correct:0' id='b1'/>";
    say(&bob, "b2", corrected, &alice, "heavy?").await;
    let id = hevy.attr("id").expect("an id");
    let liked = format!(
        "<reactions xmlns='urn:xmpp:reactions:0' id='{id}'><reaction>👍</reaction></reactions>"
    );
    say(&alice, "a1", &liked, &bob, "reacted 👍").await;
    say(&bob, "b3", "<body>#1 said in haste</body>", &alice, "in haste").await;
    let gone = "<body>gone</body><retract xmlns='urn:xmpp:message-retract:1' id='b3'/>";
    say(&bob, "b4", gone, &alice, "took back a message").await;
    say(&alice, "a2", "<body>#1 bob@localhost two pounds</body>", &bob, "two pounds").await;

    let told = tell(&bob, "save 1").await;
    assert!(told.starts_with("Saved: #1 Silver goblet.\nhttp"), "{told}");
    assert!(told.ends_with("The links work for 7 days."), "{told}");
    let [of_bob, json_of_bob] = links(&told);
    let answer = get(&component, &of_bob).await;
    assert_eq!(answer.status, 200, "{}", answer.head);
    let head = answer.head.to_lowercase();
    for header in [
        "content-disposition: attachment; filename=\"",
        "silver%20goblet",
        "cache-control: no-store",
        "x-robots-tag: noindex",
        "content-security-policy: default-src 'none'",
        "content-type: text/html; charset=utf-8",
    ] {
        assert!(head.contains(header), "{header} in {head}");
    }
    let html = Html::parse_document(&answer.body);
    assert!(texts(&html, ".talk p.quiet")[0].contains("sent by Alice (alice@localhost)"));
    assert_eq!(texts(&html, ".said blockquote"), [SCRIPT]);
    let words = ["how <img src=x> heavy?", "two pounds"];
    assert_eq!(texts(&html, ".talk blockquote"), words);
    assert_eq!(texts(&html, ".talk .own blockquote"), words[..1]);
    assert_eq!(texts(&html, ".talk .reactions"), ["Alice 👍"]);
    assert!(texts(&html, ".talk .who")[0].ends_with("UTC · corrected"));
    assert!(texts(&html, "script:not([type='application/ld+json']), img[src=x]").is_empty());
    for other in ["Carol", "carol@", "hevy", "haste"] {
        assert!(!answer.body.contains(other), "{other}");
    }

    let answer = get(&component, &json_of_bob).await;
    assert!(answer.head.to_lowercase().contains("content-type: application/json"));
    let json: Value = serde_json::from_str(&answer.body).expect("JSON");
    assert_eq!((&json["number"], &json["sent"]), (&1.into(), &false.into()));
    assert_eq!(json["sender"]["address"], "alice@localhost");
    assert_eq!(json["comment"]["text"], SCRIPT);
    assert_eq!(json["products"][0]["name"], "Silver goblet");
    let talks = json["conversations"].as_array().expect("a list");
    assert_eq!(talks.len(), 1);
    assert_eq!(talks[0]["with"]["name"], "Alice");
    let both_said = [("bob@localhost", words[0]), ("alice@localhost", words[1])];
    assert_eq!(said(&talks[0]), both_said);
    assert_eq!(talks[0]["said"][0]["reactions"][0]["emoji"], "👍");
    assert!(!answer.body.contains("arol") && !answer.body.contains("haste"));

    // The sender sees both conversations, and in Chinese when that is the account's language.
    tell(&alice, "settings language chinese").await;
    let told = fill(&alice, "save", &[("number", &["1"])]).await;
    assert!(told.starts_with("已保存：#1 银高脚杯。\n"), "{told}");
    let [of_alice, json_of_alice] = links(&told);
    let html = Html::parse_document(&get(&component, &of_alice).await.body);
    assert_eq!(texts(&html, "#said"), ["相关对话"]);
    assert_eq!(texts(&html, ".talk h3"), ["Bob (bob@localhost)", "Carol (carol@localhost)"]);
    let json = get(&component, &json_of_alice).await.body;
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(said(&json["conversations"][0]), both_said);
    assert_eq!(said(&json["conversations"][1]), [("carol@localhost", "a word of Carol")]);

    // Taken back, it is gone for those it was sent to; who leaves takes his links along.
    tell(&alice, "收回 1").await;
    assert_eq!(get(&component, &of_bob).await.status, 410);
    assert!(tell(&bob, "save 1").await.contains("taken back"));
    assert_eq!(get(&component, &json_of_alice).await.status, 200);
    tell(&alice, "leave yes").await;
    for path in [&of_alice, &of_alice.replace(".html", ""), "/k/..%2f.html", "/k/0.json"] {
        let answer = get(&component, path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.body.contains("This link has ended"), "{path}");
    }
}

#[tokio::test]
async fn twenty_links_of_one_account_work_and_the_oldest_goes_for_a_new_one() {
    let server = Server::start(Kind::Prosody).await;
    let component = Component::start(&server).await;
    let (alice, bob) = alice_and_bob(&server).await;
    share(&alice, "k1", "see", &["bob@localhost"]).await;
    shown(&bob, "see").await;
    let [of_alice, _] = links(&tell(&alice, "save 1").await);
    let mut all = Vec::new();
    for _ in 0..21 {
        all.push(links(&tell(&bob, "save 1").await)[1].clone());
    }
    for (n, link) in all.iter().enumerate() {
        let status = if n == 0 { 404 } else { 200 };
        assert_eq!(get(&component, link).await.status, status, "link {n}");
    }
    assert_eq!(get(&component, &of_alice).await.status, 200, "each account has its own twenty");
}
