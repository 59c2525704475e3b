//! What those who have not joined, or mean ill, can make the service keep, do or stop doing.

use crate::{
    contact::{fill, refused, step, tell},
    harness::{
        PATIENCE,
        client::{Client, Habits},
        component::{Component, Plan},
        eventually,
        server::{Kind, Server},
    },
    servers,
    stanzas::{CONTACT, DOMAIN, goblet, register, send, share, shown},
};

servers::facts!(nothing_is_kept_for_those_who_have_not_joined);

/// What is kept in memory for `what`.
async fn kept(component: &Component, what: &str) -> f64 {
    series(component, &format!("tradepost_memory_bytes{{use=\"{what}\"}}")).await
}

/// What was let go for `reason`.
async fn dropped(component: &Component, reason: &str) -> f64 {
    series(component, &format!("tradepost_dropped_total{{reason=\"{reason}\"}}")).await
}

async fn series(component: &Component, name: &str) -> f64 {
    component.metrics().await.get(name).copied().unwrap_or_default()
}

#[tokio::test]
async fn words_that_look_like_a_receipt_count_as_what_they_are() {
    let server = Server::start(Kind::Prosody).await;
    let component = Plan::new(&server).set("limits.stanzas_per_minute", 20).start().await;
    let mallory = Client::login(&server, "carol").await;
    let many = |inner: &str| {
        let message = |n| {
            format!(
                "<message to='{CONTACT}' type='chat' id='m{n}'><body>x {n}</body>{inner}</message>"
            )
        };
        (0..100).map(message).collect::<String>()
    };
    for inner in [
        "<received xmlns='urn:other' id='1'/>",
        "<x:displayed xmlns:x='urn:other' id='1'/>",
        "<ack xmlns='urn:other'/>",
        "<a xmlns='b' c='&lt;received'/>",
    ] {
        mallory.send(&many(inner)).await.expect("sent");
    }
    let over = eventually(PATIENCE, async || dropped(&component, "too-fast").await > 370.0);
    assert!(over.await, "{:?}", component.metrics().await);
}

#[tokio::test]
async fn whoever_is_sent_a_lot_may_confirm_it_and_still_ask() {
    let server = Server::start(Kind::Prosody).await;
    let component = Plan::new(&server).set("limits.stanzas_per_minute", 10).start().await;
    let alice = Client::login(&server, "alice").await;
    let receipt = |n| {
        format!(
            "<message to='{CONTACT}' type='chat' id='r{n}'><received xmlns='urn:xmpp:receipts' \
             id='{}'/></message>",
            uuid::Uuid::from_u128(n)
        )
    };
    let receipts: String = (0..150).map(receipt).collect();
    alice.send(&receipts).await.expect("sent");
    assert!(tell(&alice, "help").await.contains("join"));
    assert!(dropped(&component, "too-fast").await < 0.5);
}

#[tokio::test]
async fn what_asks_for_nothing_is_counted_too_whatever_it_is() {
    let server = Server::start(Kind::Prosody).await;
    // Twenty times as many may come that settle something.
    let component = Plan::new(&server).set("limits.stanzas_per_minute", 1).start().await;
    let kinds = [
        format!("<presence to='{CONTACT}' type='probe'/>"),
        format!("<iq to='{DOMAIN}' type='result' id='ask-1'/>"),
        format!(
            "<message to='{CONTACT}' type='error' id='m'><error type='cancel'>\
             <item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
        ),
    ];
    for (user, kind) in ["alice", "bob", "carol"].into_iter().zip(kinds) {
        let before = dropped(&component, "too-fast").await;
        let mallory = Client::login(&server, user).await;
        mallory.send(&kind.repeat(100)).await.expect("sent");
        // One in three seconds is free again.
        let over = async || dropped(&component, "too-fast").await > before + 69.5;
        assert!(eventually(PATIENCE, over).await, "{kind}: {:?}", component.metrics().await);
    }
}

async fn nothing_is_kept_for_those_who_have_not_joined(kind: Kind) {
    let server = Server::start(kind).await;
    let component = Component::start(&server).await;
    let stranger = Client::login(&server, "carol").await;
    let presence = format!("<presence to='{CONTACT}'/>");
    stranger.send(&presence).await.expect("sent");
    for node in ["help", "join", "share", "settings", "find"] {
        step(&stranger, CONTACT, &format!("node='{node}' action='execute'"), &[]).await;
    }
    tell(&stranger, "share").await;
    for what in ["forms", "files", "presence"] {
        let nothing = eventually(PATIENCE, async || kept(&component, what).await < 0.5);
        assert!(nothing.await, "{:?}: {what}", server.kind());
    }
    // The registration needs nothing kept, and is as good as any form.
    let told = fill(&stranger, "join", &[("nick", &["Mallory"])]).await;
    assert!(told.contains("Welcome"), "{told}");
    stranger.send(&presence).await.expect("sent");
    let known = eventually(PATIENCE, async || kept(&component, "presence").await > 0.5);
    assert!(known.await, "{:?}", server.kind());
}

#[tokio::test]
async fn whoever_has_had_enough_kept_is_told_and_may_still_ask_and_leave() {
    let server = Server::start(Kind::Prosody).await;
    let _component = Plan::new(&server).set("limits.kept_per_hour", 1).start().await;
    let alice = Client::login(&server, "alice").await;
    register(&alice, "Alice").await;
    let people: Vec<String> =
        (0..99).map(|n| format!("{}{n}@localhost", "a".repeat(900))).collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    share(&alice, "s1", "for all", &people).await;
    // Whatever asks for more is told when to come again.
    let more = alice.request("set", DOMAIN, &send("s2", "", &goblet(), &["bob@localhost"])).await;
    refused(&more, "resource-constraint", "retry");
    let block = "<block xmlns='urn:xmpp:blocking'><item jid='bob@localhost'/></block>";
    refused(&alice.request("set", CONTACT, block).await, "resource-constraint", "retry");
    let card = "<card xmlns='urn:xmpp:card-exchange:0'><vcard \
                xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Alice</text></fn></vcard></card>";
    refused(&alice.request("set", DOMAIN, card).await, "resource-constraint", "retry");
    for words in ["share Goblet EUR 5 to bob@localhost", "card name Alice", "block bob@localhost"] {
        let told = tell(&alice, words).await;
        assert!(told.contains("a lot at once. Please wait"), "{words}: {told}");
    }
    // The same share again is no other one, and what keeps nothing is done.
    share(&alice, "s1", "for all", &people).await;
    assert!(tell(&alice, "list").await.contains("Silver goblet"));
    let leave = tell(&alice, "leave").await;
    assert!(!leave.contains("a lot at once"), "{leave}");
}

#[tokio::test]
async fn a_form_holds_so_much_and_whoever_fills_it_is_told() {
    let server = Server::start(Kind::Prosody).await;
    let component = Component::start(&server).await;
    let alice = Client::login(&server, "alice").await;
    register(&alice, "Alice").await;
    let begun = step(&alice, CONTACT, "node='share' action='execute'", &[]).await;
    let session = begun.children().next().and_then(|it| it.attr("sessionid")).expect("a session");
    let people: Vec<String> =
        (0..200).map(|n| format!("{}{n}@localhost", "a".repeat(900))).collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    let go_on = format!("node='share' sessionid='{session}' action='next'");
    let page = step(&alice, CONTACT, &go_on, &[("what", &["Goblet EUR 5"])]).await;
    assert_eq!(page.attr("type"), Some("result"), "{}", String::from(&page));
    let go_back = format!("node='share' sessionid='{session}' action='prev'");
    let answer = step(&alice, CONTACT, &go_back, &[("to", &people)]).await;
    refused(&answer, "not-acceptable", "");
    assert!(String::from(&answer).contains("64 KiB"), "{}", String::from(&answer));
    assert!(kept(&component, "forms").await < 70_000.0);
}

#[tokio::test]
async fn answers_that_nobody_asked_for_are_let_go_as_such() {
    let server = Server::start(Kind::Prosody).await;
    let component = Component::start(&server).await;
    let mallory = Client::login(&server, "carol").await;
    let vcard =
        format!("<vCard xmlns='vcard-temp'><FN>x</FN><NOTE>{}</NOTE></vCard>", "y".repeat(9_000));
    let answer = |n| format!("<iq to='{DOMAIN}' type='result' id='ask-{n}'>{vcard}</iq>");
    let answers: String = (0..50).map(answer).collect();
    mallory.send(&answers).await.expect("sent");
    let unread = eventually(PATIENCE, async || dropped(&component, "iq-answer").await > 49.5);
    assert!(unread.await, "{:?}", component.metrics().await);
}

#[tokio::test]
async fn a_client_whose_name_has_new_characters_takes_part_like_any_other() {
    // ejabberd lets no such name in.
    let server = Server::start(Kind::Prosody).await;
    let component = Component::start(&server).await;
    let alice = Client::login_with(&server, "alice", "\u{1f4f1}\u{20bf}", Habits::default()).await;
    let bob = Client::login(&server, "bob").await;
    let pong = alice.request("get", DOMAIN, "<ping xmlns='urn:xmpp:ping'/>").await;
    assert_eq!(pong.attr("type"), Some("result"), "{pong:?}");
    register(&alice, "Alice").await;
    register(&bob, "Bob").await;
    share(&alice, "k1", "one", &["bob@localhost"]).await;
    share(&bob, "k2", "two", &["alice@localhost"]).await;
    shown(&bob, "one").await;
    shown(&alice, "two").await;
    assert!(tell(&alice, "list").await.contains('#'));
    assert!(dropped(&component, "unusable-address").await < 0.5);
}
