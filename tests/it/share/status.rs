//! After a share: how far it has come, what is behind its code, passing it on, taking it back.

use minidom::Element;

use crate::{
    harness::{
        PATIENCE,
        client::{Client, Habits},
        component::Component,
        http,
        server::{Kind, Server},
    },
    servers,
    stanzas::{DOMAIN, NS, SPEAKER, alice_and_bob, body, register, send, settled, share, shown},
};

servers::facts!(
    only_the_sender_learns_how_far_a_share_has_come,
    a_share_taken_back_is_gone_for_everybody_and_whoever_has_it_is_told,
    the_word_that_a_share_is_gone_outlives_the_process,
    whoever_is_registered_looks_codes_up_as_people_write_them,
    a_share_is_passed_on_by_its_code,
);

async fn ask(client: &Client, kind: &str, name: &str, attributes: &str) -> Element {
    client.request(kind, DOMAIN, &format!("<{name} xmlns='{NS}' {attributes}/>")).await
}

/// Each recipient and how far the share has come to him.
async fn status(client: &Client, share: &str) -> Vec<(String, String)> {
    let answer = ask(client, "get", "status", &format!("share='{share}'")).await;
    let status = answer.get_child("status", NS).unwrap_or_else(|| panic!("{answer:?}"));
    assert_eq!(status.attr("share"), Some(share));
    let attr = |it: &Element, name| it.attr(name).expect("an attribute").to_owned();
    status.children().map(|it| (attr(it, "uri"), attr(it, "state"))).collect()
}

/// The error, as everybody for whom there is no such thing gets it.
fn refusal(answer: &Element) -> String {
    let error = answer.children().find(|it| it.name() == "error").expect("an error");
    String::from(error)
}

async fn only_the_sender_learns_how_far_a_share_has_come(kind: Kind) {
    let server = Server::start(kind).await;
    let component = Component::start(&server).await;
    let (alice, bob) = alice_and_bob(&server).await;
    let sent = share(&alice, "k1", "look", &["bob@localhost", "carol@localhost"]).await;
    let id = sent.attr("share").expect("a share");
    shown(&bob, "look").await;
    settled(&component).await;
    let expected = [
        ("xmpp:bob@localhost".to_owned(), "delivered".to_owned()),
        ("xmpp:carol@localhost".to_owned(), "accepted".to_owned()),
    ];
    assert_eq!(status(&alice, id).await, expected);

    let nothing = "share='00000000-0000-7000-8000-000000000000'";
    let unknown = refusal(&ask(&alice, "get", "status", nothing).await);
    assert!(unknown.contains("item-not-found") && unknown.contains("unknown-ref"), "{unknown}");
    let his = format!("share='{id}'");
    assert_eq!(refusal(&ask(&bob, "get", "status", &his).await), unknown);
    assert_eq!(refusal(&ask(&bob, "set", "revoke", &his).await), unknown);
    assert_eq!(refusal(&ask(&alice, "set", "revoke", "share='x'").await), unknown);
    assert!(refusal(&ask(&alice, "get", "status", "").await).contains("bad-request"));
    assert_eq!(status(&alice, id).await, expected, "nobody has revoked it");
}

async fn a_share_taken_back_is_gone_for_everybody_and_whoever_has_it_is_told(kind: Kind) {
    let server = Server::start(kind).await;
    let component = Component::start(&server).await;
    let (alice, bob) = alice_and_bob(&server).await;
    let sent = share(&alice, "k1", "look", &["bob@localhost", "carol@localhost"]).await;
    let (id, code) = (sent.attr("share").unwrap(), sent.attr("ref").unwrap());
    let had = shown(&bob, "look").await;
    settled(&component).await;
    let page = format!("/s/{code}");
    assert_eq!(http::get(component.pages(), &page).await.expect("a page").status, 200);

    for _ in 0..2 {
        let answer = ask(&alice, "set", "revoke", &format!("share='{id}'")).await;
        assert_eq!(answer.attr("type"), Some("result"), "{answer:?}");
    }
    let is_word = |it: &Element| it.get_child("revoke", NS).is_some();
    let word = bob.expect("the word that it is gone", is_word, PATIENCE).await;
    assert_eq!(word.attr("from"), Some(SPEAKER));
    assert_eq!(word.get_child("revoke", NS).unwrap().attr("id"), Some(id));
    assert_eq!(body(&word), "Alice (alice@localhost) has taken back #1 Silver goblet.");
    let thread = |it: &Element| it.children().find(|it| it.name() == "thread").unwrap().text();
    assert_eq!(thread(&word), thread(&had));

    assert_eq!(http::get(component.pages(), &page).await.expect("a page").status, 410);
    let looked = refusal(&ask(&bob, "get", "lookup", &format!("ref='{code}'")).await);
    assert!(looked.contains("unknown-ref"), "{looked}");
    assert_eq!(
        status(&alice, id).await.into_iter().map(|(_, state)| state).collect::<Vec<_>>(),
        ["delivered", "cancelled"]
    );

    // Whoever joins now gets nothing of it; and Bob was told once.
    let carol = Client::login(&server, "carol").await;
    register(&carol, "Carol").await;
    share(&alice, "k2", "another", &["bob@localhost", "carol@localhost"]).await;
    shown(&carol, "another").await;
    shown(&bob, "another").await;
    assert!(carol.seen().iter().all(|it| !is_word(it) && !body(it).contains("look")));
    assert_eq!(bob.seen().iter().filter(|it| is_word(it)).count(), 1);
    settled(&component).await;
    component.sigterm().await;
    let (balance, books) = component.audit();
    assert!(balance, "{books}");
}

async fn the_word_that_a_share_is_gone_outlives_the_process(kind: Kind) {
    let server = Server::start(kind).await;
    let component = Component::start(&server).await;
    let alice = Client::login(&server, "alice").await;
    let habits = Habits { receipts: false, ..Habits::default() };
    let bob = Client::login_with(&server, "bob", "r", habits).await;
    register(&alice, "Alice").await;
    register(&bob, "Bob").await;
    let sent = share(&alice, "k1", "look", &["bob@localhost"]).await;
    shown(&bob, "look").await;
    settled(&component).await;
    bob.leave().await;
    let id = sent.attr("share").unwrap();
    let answer = ask(&alice, "set", "revoke", &format!("share='{id}'")).await;
    assert_eq!(answer.attr("type"), Some("result"), "{answer:?}");
    // Answered is kept, whatever happens to the process at this moment.
    component.kill9();
    component.restart().await;
    settled(&component).await;
    let bob = Client::login(&server, "bob").await;
    bob.expect("the word", |it| it.get_child("revoke", NS).is_some(), PATIENCE).await;
}

async fn whoever_is_registered_looks_codes_up_as_people_write_them(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let alice = Client::login(&server, "alice").await;
    let bob = Client::login(&server, "bob").await;
    register(&alice, "Alice").await;
    let sent = share(&alice, "k1", "a secret", &["carol@localhost"]).await;
    let code = sent.attr("ref").unwrap();
    let written = code.to_lowercase().replace('1', "l").replace('0', "o");
    let written = format!("ref='{}-{}'", &written[..5], &written[5..]);
    let refused = refusal(&ask(&bob, "get", "lookup", &written).await);
    assert!(refused.contains("not-registered-sender"), "{refused}");
    register(&bob, "Bob").await;
    let found = ask(&bob, "get", "lookup", &written).await;
    let products = found.get_child("products", NS).unwrap_or_else(|| panic!("{found:?}"));
    let product = products.get_child("product", NS).expect("a product");
    assert_eq!(product.get_child("name", NS).unwrap().text(), "Silver goblet");
    let text = String::from(&found);
    assert!(!text.contains("alice") && !text.contains("carol") && !text.contains("secret"));
    for (attributes, condition) in [
        ("ref='0000000000'", "unknown-ref"),
        ("ref='no code'", "unknown-ref"),
        ("gtin='4006381333931'", "unknown-product"),
        ("gtin='4006381333932'", "invalid-gtin"),
        ("", "bad-request"),
        ("gtin='4006381333931' ref='0000000000'", "bad-request"),
    ] {
        let refused = refusal(&ask(&bob, "get", "lookup", attributes).await);
        assert!(refused.contains(condition), "{attributes}: {refused}");
    }
}

async fn a_share_is_passed_on_by_its_code(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let alice = Client::login(&server, "alice").await;
    let bob = Client::login(&server, "bob").await;
    let carol = Client::login(&server, "carol").await;
    register(&alice, "Alice").await;
    register(&bob, "Bob").await;
    register(&carol, "Carol").await;
    let first = share(&alice, "k1", "for you", &["bob@localhost"]).await;
    let (id, code) = (first.attr("share").unwrap(), first.attr("ref").unwrap());
    let on = format!("<product-ref ref='{}'/>", code.to_lowercase());
    let pass = async |key: &str, items: &str| {
        bob.request("set", DOMAIN, &send(key, key, items, &["carol@localhost"])).await
    };
    let mixed = format!("<product><name>Tray</name></product>{on}");
    let answer = pass("p1", &mixed).await;
    let sent = answer.get_child("sent", NS).unwrap_or_else(|| panic!("{answer:?}")).clone();
    assert_ne!(sent.attr("ref"), Some(code));
    let message = shown(&carol, "p1").await;
    let shown = message.get_child("share", NS).unwrap();
    let names: Vec<_> =
        shown.children().filter_map(|it| Some(it.get_child("name", NS)?.text())).collect();
    assert_eq!(names, ["Tray", "Silver goblet"]);
    let text = String::from(&message);
    assert!(text.contains("bob@localhost") && !text.contains("alice"), "{text}");
    assert!(refusal(&pass("p2", &on.repeat(6)).await).contains("too-many-products"));

    ask(&alice, "set", "revoke", &format!("share='{id}'")).await;
    let refused = refusal(&pass("p3", &on).await);
    assert!(refused.contains("unknown-ref"), "{refused}");
    // What was passed on is Bob's; and his key still has its answer.
    assert_eq!(pass("p1", &mixed).await.get_child("sent", NS), Some(&sent));
    let own = format!("ref='{}'", sent.attr("ref").unwrap());
    let found = ask(&carol, "get", "lookup", &own).await;
    assert_eq!(found.attr("type"), Some("result"), "{found:?}");
}
