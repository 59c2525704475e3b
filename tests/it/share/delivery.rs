//! The road: a product share travels between two people, on Prosody and on ejabberd (S0.5).

use crate::{
    harness::{
        PATIENCE,
        client::Client,
        component::Component,
        server::{Kind, Server},
    },
    servers,
    stanzas::{
        CONTACT, NS, SPEAKER, alice_and_bob, body, comment_of, register, settled, share, shown,
    },
};

servers::facts!(
    a_share_reaches_a_recipient_who_is_online_and_one_who_comes_later,
    the_same_send_twice_is_answered_alike_and_shown_once,
    whoever_writes_join_to_the_contact_takes_part_and_leave_ends_it,
);

async fn a_share_reaches_a_recipient_who_is_online_and_one_who_comes_later(kind: Kind) {
    let server = Server::start(kind).await;
    let component = Component::start(&server).await;
    let alice = Client::login(&server, "alice").await;
    let bob = Client::login(&server, "bob").await;
    let carol = Client::login(&server, "carol").await;
    register(&alice, "Alice").await;
    register(&bob, "Bob").await;
    register(&carol, "Carol").await;
    carol.leave().await;

    let sent = share(&alice, "k1", "For your table?", &["bob@localhost", "carol@localhost"]).await;
    assert_eq!(sent.attr("id"), Some("k1"));
    assert_eq!(sent.attr("handle"), Some("1"));

    let message = shown(&bob, "For your table?").await;
    assert_eq!(message.attr("from"), Some(SPEAKER));
    assert_eq!(message.attr("type"), Some("chat"));
    let payload = message.get_child("share", NS).expect("the payload");
    assert_eq!(payload.attr("id"), sent.attr("share"));
    assert_eq!(payload.attr("ref"), sent.attr("ref"));
    assert_eq!(payload.attr("handle"), Some("1"));
    let lines: Vec<String> = body(&message).lines().map(str::to_owned).collect();
    assert_eq!(lines[0], "Alice (alice@localhost): For your table?");
    assert_eq!(lines[1], "Silver goblet, EUR 24.90");
    assert!(lines[2].ends_with(&format!("/s/{}", sent.attr("ref").unwrap())), "{lines:?}");
    assert_eq!(lines[3], "#1");
    let origin = message.get_child("origin-id", "urn:xmpp:sid:0").expect("origin-id");
    assert_eq!(origin.attr("id"), message.attr("id"));

    // With the server, or her login would race with the offline store (seen on ejabberd).
    settled(&component).await;
    let carol = Client::login(&server, "carol").await;
    let later = shown(&carol, "For your table?").await;
    assert_ne!(later.attr("id"), message.attr("id"), "recipients share nothing");
    assert!(!format!("{later:?}").contains("bob@localhost"), "nobody learns of the others");

    component.sigterm().await;
    let (balance, books) = component.audit();
    assert!(balance, "{books}");
}

async fn the_same_send_twice_is_answered_alike_and_shown_once(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let (alice, bob) = alice_and_bob(&server).await;
    let first = share(&alice, "k1", "one", &["bob@localhost"]).await;
    let again = share(&alice, "k1", "one", &["bob@localhost"]).await;
    assert_eq!(first, again);
    share(&alice, "k2", "two", &["bob@localhost"]).await;
    shown(&bob, "two").await;
    let copies = bob.seen().iter().filter(|it| comment_of(it).as_deref() == Some("one")).count();
    assert_eq!(copies, 1);
}

async fn whoever_writes_join_to_the_contact_takes_part_and_leave_ends_it(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let bob = Client::login(&server, "bob").await;
    let say = |text: &str| {
        format!(
            "<message to='{CONTACT}' type='chat' id='w1' xml:lang='zh'><body>{text}</body><request xmlns='urn:xmpp:receipts'/></message>"
        )
    };
    bob.send(&say("Join")).await.expect("sent");
    bob.expect("a receipt", |it| it.has_child("received", "urn:xmpp:receipts"), PATIENCE).await;
    bob.expect("a welcome in Chinese", |it| body(it).starts_with("欢迎"), PATIENCE).await;
    bob.send(&say("leave yes")).await.expect("sent");
    bob.expect("a goodbye", |it| body(it).starts_with("你已退出"), PATIENCE).await;
}
