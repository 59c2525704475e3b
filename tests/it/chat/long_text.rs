//! What is too long: it is told with its length, holds nobody up, and nothing of it is sent.

use crate::{
    contact::{tell, tell_in},
    harness::{
        PATIENCE,
        component::Component,
        server::{Kind, Server},
    },
    servers,
    stanzas::{CONTACT, DOMAIN, alice_and_bob, comment_of, send},
};

servers::facts!(
    a_line_that_is_too_long_is_told_its_length_and_nothing_is_sent,
    a_line_that_could_be_shared_in_many_ways_holds_nobody_up,
    a_trade_item_number_of_100_kb_is_refused_in_an_answer_that_can_leave,
);

async fn a_line_that_is_too_long_is_told_its_length_and_nothing_is_sent(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let (alice, bob) = alice_and_bob(&server).await;
    let line = format!("share Silver goblet to bob@localhost: {}", "x".repeat(5_000));
    let told = tell(&alice, &line).await;
    let length = line.chars().count().to_string();
    assert!(told.contains(&length) && told.contains("4000 are the most"), "{told}");
    let told = tell_in(&alice, "zh", &"好".repeat(5_120)).await;
    assert!(told.contains("5120") && told.contains("4000"), "{told}");
    tell(&alice, "share Silver goblet to bob@localhost: For you").await;
    let first = bob.expect("a share", |it| comment_of(it).is_some(), PATIENCE).await;
    assert_eq!(comment_of(&first).as_deref(), Some("For you"));
}

async fn a_line_that_could_be_shared_in_many_ways_holds_nobody_up(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let (alice, bob) = alice_and_bob(&server).await;
    let ways =
        ["分享".to_owned() + &"给".repeat(20_000), "share x ".to_owned() + &"to a, ".repeat(660)];
    for text in ways {
        let message = format!("<message to='{CONTACT}' type='chat'><body>{text}</body></message>");
        alice.send(&message).await.expect("sent");
    }
    // Behind her own lines, and so behind the work that they cause.
    for client in [&alice, &bob] {
        let pong = client.request("get", DOMAIN, "<ping xmlns='urn:xmpp:ping'/>").await;
        assert_eq!(pong.attr("type"), Some("result"));
    }
}

async fn a_trade_item_number_of_100_kb_is_refused_in_an_answer_that_can_leave(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let (alice, _bob) = alice_and_bob(&server).await;
    let product = format!("<product><name>a</name><gtin>{}</gtin></product>", "1".repeat(100_000));
    let answer = alice.request("set", DOMAIN, &send("k", "", &product, &["bob@localhost"])).await;
    assert_eq!(answer.attr("type"), Some("error"), "{}", String::from(&answer));
}
