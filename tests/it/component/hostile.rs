//! What an ordinary user can send through a real server to do harm, and that it does none.

use std::collections::HashSet;

use minidom::Element;

use crate::{
    harness::{
        PATIENCE,
        client::{Client, Habits},
        component::Component,
        eventually, http,
        server::{Kind, Server},
        wire::CLIENT,
    },
    servers,
    stanzas::{
        CONTACT, DOMAIN, NS, SPEAKER, alice_and_bob, body, goblet, in_state, register, send, share,
        shown,
    },
};

servers::facts!(
    nothing_that_a_user_sends_ends_the_stream_or_goes_unanswered,
    receipts_and_errors_for_the_deliveries_of_others_count_for_nothing,
    what_a_product_says_reaches_nobody_as_markup_or_in_disguise,
);

const ERROR: &str = "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";

/// How many answers a stanza is owed, if the server lets it through at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owed {
    /// An IQ of type get or set with an id.
    One,
    /// Everything that must not be answered.
    None,
    /// The server answers some of these itself, or they have no id to tell the answer by.
    Any,
}

/// The corpus. `@` stands for the id that each stanza gets.
#[expect(clippy::too_many_lines, reason = "a table, one line for each stanza")]
fn corpus(depth: usize) -> Vec<(Owed, String)> {
    let long = "x".repeat(9_000);
    let nest = |open: &str, close: &str| open.repeat(depth) + &close.repeat(depth);
    let text = "Ā".repeat(100_000);
    let to_contact =
        |inner: &str| format!("<message to='{CONTACT}' id='@' type='chat'>{inner}</message>");
    let to_speaker =
        |inner: &str| format!("<message to='{SPEAKER}' id='@' type='chat'>{inner}</message>");
    let presence = |inner: &str| format!("<presence to='{CONTACT}' id='@'>{inner}</presence>");
    let get = |inner: &str| format!("<iq to='{DOMAIN}' id='@' type='get'>{inner}</iq>");
    let set = |inner: &str| format!("<iq to='{DOMAIN}' id='@' type='set'>{inner}</iq>");
    // What is wrapped says it is from Alice, who has an account.
    let of_alice = format!(
        "<iq xmlns='jabber:client' from='alice@localhost/test' to='{DOMAIN}' id='w' type='set'>{}</iq>",
        send("wrapped", "wrapped", &goblet(), &["bob@localhost"])
    );
    let says_alice = format!(
        "<message xmlns='jabber:client' from='alice@localhost/test' to='{CONTACT}' type='chat'><body>leave yes</body></message>"
    );
    let forwarded = |it: &str| format!("<forwarded xmlns='urn:xmpp:forward:0'>{it}</forwarded>");
    let share = format!("<share xmlns='{NS}' id='x'>{}</share>", goblet());

    let messages = [
        format!("<message to='{CONTACT}' id='@' type='bogus'><body>x</body></message>"),
        format!("<message to='{CONTACT}' id='@' type='groupchat'><body>join</body></message>"),
        format!("<message to='{CONTACT}' id='@' type='headline'><body>join</body></message>"),
        format!("<message to='{CONTACT}' id='@' type=''><body>x</body></message>"),
        format!("<message to='{DOMAIN}' id='@'/>"),
        format!("<message to='{CONTACT}' id='{long}'><body>x</body></message>"),
        format!(
            "<message to='{CONTACT}' id='' type='chat'><body>x</body><request xmlns='urn:xmpp:receipts'/></message>"
        ),
        to_contact("<body>x</body><body>y</body>"),
        to_contact(
            "<body xml:lang='en'>x</body><body xml:lang='zh'>y</body><body xml:lang=''>z</body>",
        ),
        to_contact("<thread>a</thread><thread>b</thread><body>x</body>"),
        to_contact("<thread parent=''/><subject/><subject/><body/>"),
        to_contact("stray text<body>x</body>more of it"),
        to_contact("<body>x<b xmlns='urn:example:x'>y</b><body>z</body></body>"),
        to_contact("<body><![CDATA[</body></message></stream:stream><x a='>]]></body>"),
        to_contact(&format!("<x xmlns='urn:example:x' a='{long}'/>")),
        to_contact(&format!("<{long} xmlns='urn:example:x'/>")),
        to_contact(&format!("<x xmlns='urn:example:{long}'/>")),
        to_contact(&nest("<x xmlns='urn:example:x'>", "</x>")),
        to_contact(&nest("<x>", "</x>")),
        to_contact(&format!("<body>{text}</body>")),
        to_contact(&"<x xmlns='urn:example:x'/>".repeat(1_000)),
        to_contact(&format!(
            "<x xmlns='urn:example:x' {}/>",
            (0..500).map(|n| format!("a{n}='' ")).collect::<Vec<_>>().concat()
        )),
        to_contact("<x xmlns=''/><body xmlns=''>join</body>"),
        to_contact("<body xmlns='urn:example:x'>join</body>"),
        to_contact("<c:body xmlns:c='jabber:client'>x</c:body>"),
        to_contact("<x xmlns:stream='urn:example:x' xmlns='urn:example:x'><stream:error/></x>"),
        to_contact(
            "<error xmlns='http://etherx.jabber.org/streams'><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></error>",
        ),
        to_contact(
            "<e:error xmlns:e='http://etherx.jabber.org/streams'/><e:stream xmlns:e='http://etherx.jabber.org/streams'/>",
        ),
        to_contact(
            "<handshake xmlns='jabber:component:accept'/><iq xmlns='jabber:component:accept' type='get'/>",
        ),
        to_contact(
            "<body xml:lang='&#x202e;' xml:space='bogus'>\u{202e}nioj\u{2066} \u{200f}</body>",
        ),
        to_contact(&format!(
            "<body>x</body><nick xmlns='http://jabber.org/protocol/nick'>{}</nick>",
            "\u{202e}<&lt;script>".replace('<', "&lt;").repeat(500)
        )),
        to_contact(
            "<received xmlns='urn:xmpp:receipts'/><received xmlns='urn:xmpp:receipts' id=''/><displayed xmlns='urn:xmpp:chat-markers:0' id='x'/>",
        ),
        to_contact(
            &"<received xmlns='urn:xmpp:receipts' id='01a1f985-f42f-7000-80ad-e8bd8a4ec536'/>"
                .repeat(1_000),
        ),
        to_contact(&format!(
            "<received xmlns='urn:xmpp:carbons:2'>{}</received>",
            forwarded(&says_alice)
        )),
        to_contact(&format!("<sent xmlns='urn:xmpp:carbons:2'>{}</sent>", forwarded(&says_alice))),
        to_contact(&format!(
            "<result xmlns='urn:xmpp:mam:2' queryid='q' id='1'>{}</result>",
            forwarded(&says_alice)
        )),
        to_contact(&forwarded(&of_alice)),
        to_contact(&format!(
            "<privilege xmlns='urn:xmpp:privilege:2'>{}<perm access='message' type='outgoing'/></privilege>",
            forwarded(&says_alice)
        )),
        to_contact(&format!(
            "<delegation xmlns='urn:xmpp:delegation:2'>{}</delegation>",
            forwarded(&of_alice)
        )),
        to_contact(&format!(
            "<addresses xmlns='http://jabber.org/protocol/address'><address type='ofrom' jid='alice@localhost'/><address type='to' jid='bob@localhost'/></addresses>{share}"
        )),
        to_contact(
            "<x xmlns='http://jabber.org/protocol/rosterx'><item action='add' jid='evil@localhost' name='Tradepost'/></x>",
        ),
        to_contact(
            "<x xmlns='http://jabber.org/protocol/muc#user'><invite from='alice@localhost'/></x>",
        ),
        to_contact(
            "<reply xmlns='urn:xmpp:reply:0' id='x' to='x'/><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='-1' end='99999999999999999999'/></fallback><body>x</body>",
        ),
        to_contact(&format!(
            "<comment xmlns='{NS}' share='x'/><revoke xmlns='{NS}' id='x'/><invite xmlns='{NS}' expires='never'/>{share}{share}"
        )),
        to_speaker(
            "<delay xmlns='urn:xmpp:delay' stamp='bogus'/><origin-id xmlns='urn:xmpp:sid:0'/><body>x</body>",
        ),
        format!("<message to='{CONTACT}/💣' id='@'><body>x</body></message>"),
        format!("<message to='ſhare@{DOMAIN}' id='@'><body>x</body></message>"),
        format!("<message to='银高脚杯@{DOMAIN}/银' id='@'><body>x</body></message>"),
        format!("<message to='@{DOMAIN}' id='@'><body>x</body></message>"),
        format!("<message to='{DOMAIN}/' id='@'><body>x</body></message>"),
        format!(
            "<message to='{CONTACT}' id='@' from='alice@localhost/test' type='chat'><body>leave yes</body></message>"
        ),
        format!(
            "<m:message xmlns:m='jabber:client' to='{CONTACT}' id='@'><m:body>x</m:body></m:message>"
        ),
        format!("<message to='{CONTACT}' id='@' a='1' a='2'><body>x</body></message>"),
        to_contact("<body>&#0;</body>"),
        to_contact("<body>&#xFFFE;&#x1;</body>"),
        to_contact("<body>&lol;</body>"),
        to_contact("<body>x</message>"),
        to_contact("<!-- <body>x</body> --><body>y</body>"),
        to_contact("<?php die ?><body>y</body>"),
        "<!DOCTYPE lolz [<!ENTITY lol 'lol'>]>".to_owned(),
        format!("<route xmlns='jabber:component:accept' to='{DOMAIN}'><handshake/></route>"),
        format!("<handshake to='{DOMAIN}'>0</handshake>"),
    ];
    let presences = [
        presence("<show>bogus</show>"),
        presence("<show>away</show><show>dnd</show>"),
        presence("<priority>999</priority>"),
        presence("<priority>high</priority><priority/>"),
        presence(
            "<c xmlns='http://jabber.org/protocol/caps'/><c xmlns='http://jabber.org/protocol/caps' hash='' node='' ver=''/>",
        ),
        format!("<presence to='{CONTACT}' type='bogus'/>"),
        format!("<presence to='{CONTACT}' type='probe'/>"),
        format!("<presence to='{CONTACT}' type='subscribed'/>"),
        format!("<presence to='{CONTACT}' type='unsubscribed'/>"),
        format!("<presence to='{DOMAIN}' type='unsubscribe'/>"),
        format!("<presence to='nobody@{DOMAIN}' type='subscribe'/>"),
    ];
    let silent = [
        format!("<iq to='{DOMAIN}' id='@' type='result'/>"),
        format!("<iq to='{CONTACT}' id='@' type='error'/>"),
        format!("<iq to='{CONTACT}' id='@' type='error'><error type='bogus'><bogus/></error></iq>"),
        format!(
            "<iq to='{DOMAIN}' id='@' type='error'><ping xmlns='urn:xmpp:ping'/>{ERROR}{ERROR}</iq>"
        ),
        format!("<message to='{CONTACT}' id='@' type='error'><body>join</body>{ERROR}</message>"),
        format!("<message to='{CONTACT}' id='@' type='error'/>"),
        format!("<presence to='{CONTACT}' id='@' type='error'>{ERROR}</presence>"),
    ];
    let questions = [
        get("<ping xmlns='urn:xmpp:ping'/>"),
        get("<ping xmlns='urn:xmpp:ping'>text<x/></ping>"),
        get(&format!("<query xmlns='http://jabber.org/protocol/disco#info' node='{long}'/>")),
        get(&nest("<x xmlns='urn:example:x'>", "</x>")),
        set(&nest("<x xmlns='urn:example:x'>", "</x>")),
        set(&format!("<x xmlns='urn:example:x'>{text}</x>")),
        set(&format!("<{long} xmlns='urn:example:x'/>")),
        set("<query xmlns='jabber:iq:register'><remove/><remove/></query>"),
        set("<query xmlns='jabber:iq:roster'><item jid='evil@localhost'/></query>"),
        set(&format!("<privileged_iq xmlns='urn:xmpp:privilege:2'>{of_alice}</privileged_iq>")),
        set(&format!(
            "<delegation xmlns='urn:xmpp:delegation:2'>{}</delegation>",
            forwarded(&of_alice)
        )),
        set(&of_alice),
        set(&send("h", "x", &goblet(), &["bob@localhost"])),
        set(&(send("h", "x", &goblet(), &["bob@localhost"]) + "<x xmlns='urn:example:x'/>")),
        set(&format!("<send xmlns='{NS}'>text</send>")),
        set(&format!("<send xmlns='{NS}' bogus='1'/>")),
        set(&format!("<send xmlns='{NS}'>{}</send>", nest("<product>", "</product>"))),
        set(&format!("<p:send xmlns:p='{NS}'><p:product/></p:send>")),
        set(&format!("<send xmlns='{NS}-not'/>")),
        set("<vCard xmlns='vcard-temp'><FN>Evil</FN></vCard>"),
        set("<command xmlns='http://jabber.org/protocol/commands' node='x' action='execute'/>"),
        set("<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='x'/></pubsub>"),
        format!("<iq to='evil@{DOMAIN}' id='@' type='set'><x xmlns='urn:example:x'/></iq>"),
        format!(
            "<iq to='{SPEAKER}' id='@' type='get'><vCard xmlns='vcard-temp'><vCard/></vCard></iq>"
        ),
    ];
    let odd = [
        get(""),
        set("<ping xmlns='urn:xmpp:ping'/><ping xmlns='urn:xmpp:ping'/>"),
        format!("<iq to='{DOMAIN}' type='get'><ping xmlns='urn:xmpp:ping'/></iq>"),
        format!("<iq to='{DOMAIN}' id='' type='get'><ping xmlns='urn:xmpp:ping'/></iq>"),
        format!("<iq to='{DOMAIN}' id='{long}' type='get'><ping xmlns='urn:xmpp:ping'/></iq>"),
        format!("<iq to='{DOMAIN}' id='@'><ping xmlns='urn:xmpp:ping'/></iq>"),
        format!("<iq to='{DOMAIN}' id='@' type='bogus'><ping xmlns='urn:xmpp:ping'/></iq>"),
        format!(
            "<iq to='{DOMAIN}' id='@' from='alice@localhost/test' type='set'>{}</iq>",
            send("stolen", "stolen", &goblet(), &["bob@localhost"])
        ),
    ];
    let owed = |owed, all: Vec<String>| all.into_iter().map(move |stanza| (owed, stanza));
    owed(Owed::Any, messages.into())
        .chain(owed(Owed::Any, presences.into()))
        .chain(owed(Owed::None, silent.into()))
        .chain(owed(Owed::One, questions.into()))
        .chain(owed(Owed::Any, odd.into()))
        .collect()
}

async fn nothing_that_a_user_sends_ends_the_stream_or_goes_unanswered(kind: Kind) {
    let server = Server::start(kind).await;
    server.add_user("mallory").await;
    let component = Component::start(&server).await;
    let (alice, bob) = alice_and_bob(&server).await;

    let depth = if server.kind() == Kind::Prosody { 5_000 } else { 3_000 };
    let corpus = corpus(depth);
    assert!(corpus.len() >= 40);
    let mut mallory = login(&server).await;
    let mut through = 0;
    for (n, (owed, stanza)) in corpus.iter().enumerate() {
        let id = format!("hostile-{n}");
        let stanza = stanza.replace("id='@'", &format!("id='{id}'"));
        let shown: String = stanza.chars().take(300).collect();
        if mallory.send(&stanza).await.is_err() || !answers(&mallory, n).await {
            // The server itself would not have it.
            assert!(mallory.closed(PATIENCE).await, "{shown}\n{}", component.log());
            assert_answered_once(&mallory);
            mallory = login(&server).await;
            continue;
        }
        through += 1;
        let answers_it = |it: &Element| it.is("iq", CLIENT) && it.attr("id") == Some(&id);
        match owed {
            // What is kept first is answered later than a ping.
            Owed::One => drop(mallory.expect(&shown, answers_it, PATIENCE).await),
            Owed::None => {
                assert!(!mallory.seen().iter().any(answers_it), "{shown}\n{}", mallory.seen_text());
            }
            Owed::Any => {}
        }
    }
    // The answer carries the id of the question, whatever that is, up to 8,192 bytes.
    for id in [String::new(), "y".repeat(8_000), "&lt;&apos;\u{202d}银".to_owned()] {
        let ping =
            format!("<iq to='{DOMAIN}' id='{id}' type='get'><ping xmlns='urn:xmpp:ping'/></iq>");
        mallory.send(&ping).await.expect("sent");
        let id = id.replace("&lt;&apos;", "<'");
        let answered = |it: &Element| it.is("iq", CLIENT) && it.attr("id") == Some(&id);
        mallory.expect("an answer with an odd id", answered, PATIENCE).await;
    }
    assert_answered_once(&mallory);
    assert_answered_once(&mallory);
    assert!(through >= 40, "only {through} got past the server");

    let accepted = in_state(&component, "accepted");
    assert_eq!(accepted, 0, "nobody sends in another's name: {}", component.audit().1);
    share(&alice, "after", "still here", &["bob@localhost"]).await;
    shown(&bob, "still here").await;
    assert!(component.metric("tradepost_dropped_total").await > 0.0);
    assert_same_stream(&component).await;
    assert_eq!(component.sigterm().await.code(), Some(0), "{}", component.log());
}

async fn receipts_and_errors_for_the_deliveries_of_others_count_for_nothing(kind: Kind) {
    let server = Server::start(kind).await;
    server.add_user("mallory").await;
    let component = Component::start(&server).await;
    let alice = Client::login(&server, "alice").await;
    let unconfirming = Habits { receipts: false, ..Habits::default() };
    let bob = Client::login_with(&server, "bob", "test", unconfirming).await;
    register(&alice, "Alice").await;
    register(&bob, "Bob").await;
    share(&alice, "k1", "one", &["bob@localhost"]).await;
    let message = shown(&bob, "one").await;
    let id = message.attr("id").expect("an id").to_owned();
    assert!(eventually(PATIENCE, async || in_state(&component, "handed") == 1).await);

    let mallory = login(&server).await;
    let received = format!("<received xmlns='urn:xmpp:receipts' id='{id}'/>");
    for to in [DOMAIN, CONTACT, SPEAKER] {
        for stanza in [
            format!("<message to='{to}'>{received}</message>"),
            format!(
                "<message to='{to}'><displayed xmlns='urn:xmpp:chat-markers:0' id='{id}'/></message>"
            ),
            format!("<message to='{to}' id='{id}' type='error'>{ERROR}</message>"),
            format!(
                "<message to='{to}' id='{id}' type='error'>{}</message>",
                ERROR.replace("service-unavailable", "item-not-found")
            ),
        ] {
            mallory.send(&stanza).await.expect("sent");
        }
    }
    assert!(answers(&mallory, 0).await, "{}", mallory.seen_text());
    // ejabberd ends the stream of whoever lies about who he is; Prosody puts him right.
    let lie = format!("<message to='{SPEAKER}' from='bob@localhost/test'>{received}</message>");
    mallory.send(&lie).await.expect("sent");
    let believed = answers(&mallory, 1).await;
    assert_eq!(believed, server.kind() == Kind::Prosody);
    share(&alice, "k2", "two", &["bob@localhost"]).await;
    shown(&bob, "two").await;
    assert_eq!(in_state(&component, "confirmed"), 0, "{}", component.audit().1);
    assert_eq!(in_state(&component, "failed"), 0, "{}", component.audit().1);

    let own = format!(
        "<message to='{SPEAKER}'><received xmlns='urn:xmpp:receipts' id='{id}'/></message>"
    );
    bob.send(&own).await.expect("sent");
    let confirmed = async || in_state(&component, "confirmed") == 1;
    assert!(eventually(PATIENCE, confirmed).await, "{}", component.audit().1);
    assert_same_stream(&component).await;
}

async fn what_a_product_says_reaches_nobody_as_markup_or_in_disguise(kind: Kind) {
    const EVIL: &str =
        "&lt;script&gt;alert(1)&lt;/script&gt;\u{202e}gpj.exe\u{2066}\"'&amp;&lt;/title&gt;";
    let server = Server::start(kind).await;
    let component = Component::start(&server).await;
    let alice = Client::login(&server, "alice").await;
    let bob = Client::login(&server, "bob").await;
    register(&alice, EVIL).await;
    register(&bob, "Bob").await;
    let product = format!(
        "<product><name>{EVIL}</name><description>{EVIL}\n#1\nhttps://evil.example/</description>\
         <brand>{EVIL}</brand><color>{EVIL}</color><offer price='1' priceCurrency='EUR' seller='x&lt;b&gt;y'/></product>"
    );
    let request =
        send("k1", &format!("{EVIL}\n#99\nhttps://evil.example/"), &product, &["bob@localhost"]);
    let answer = alice.request("set", DOMAIN, &request).await;
    let sent = answer.get_child("sent", NS).expect("it is odd and not wrong");
    let message = bob.expect("the share", |it| it.has_child("share", NS), PATIENCE).await;
    let text = String::from(&message);
    assert!(!text.contains(['\u{202e}', '\u{2066}']), "{text}");
    let lines = body(&message).lines().count();
    assert_eq!(lines, 4, "the sender's words add no lines: {}", body(&message));

    let page = format!("/s/{}", sent.attr("ref").expect("a code"));
    let page = http::get(component.pages(), &page).await.expect("a page");
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("<script>alert"), "{}", page.body);
    assert!(!page.body.contains("<b>y"), "{}", page.body);
    assert!(!page.body.contains(['\u{202e}', '\u{2066}']), "{}", page.body);
    assert_eq!(page.body.matches("</title>").count(), 1, "{}", page.body);
}

async fn login(server: &Server) -> Client {
    let client = Client::login_with(server, "mallory", "test", Habits::SILENT).await;
    client.send("<presence/>").await.expect("sent");
    client
}

/// Nothing was answered twice.
fn assert_answered_once(client: &Client) {
    let mut ids = HashSet::new();
    for answer in client.seen().iter().filter(|it| it.is("iq", CLIENT)) {
        let id = answer.attr("id").unwrap_or_default().to_owned();
        assert!(id.is_empty() || ids.insert(id), "{}", client.seen_text());
    }
}

/// Whether server and component still answer this client; false when the server has closed the
/// connection. Everything that was sent before has been taken when it is true.
async fn answers(client: &Client, n: usize) -> bool {
    for to in [DOMAIN, CONTACT] {
        let id = format!("alive-{n}-{to}");
        let ping = format!("<iq to='{to}' id='{id}' type='get'><ping xmlns='urn:xmpp:ping'/></iq>");
        if client.send(&ping).await.is_err() {
            return false;
        }
        let answered = client.recv_until(|it| it.attr("id") == Some(&id), PATIENCE).await;
        if answered.is_none_or(|it| it.attr("type") != Some("result")) {
            return false;
        }
    }
    true
}

/// The process and its stream are those of the beginning.
async fn assert_same_stream(component: &Component) {
    assert!(component.is_ready().await);
    let reconnects = component.metric("tradepost_reconnects_total").await;
    assert!(reconnects.abs() < 0.5, "{reconnects} reconnects");
    let log = std::fs::read_to_string(component.dir().join("tradepost.log")).expect("the log");
    assert_eq!(log.matches("stream to the server is up").count(), 1, "{log}");
    assert_eq!(log.matches("listening for the pages").count(), 1, "{log}");
    assert!(!log.contains("panicked") && !log.contains("ERROR"), "{log}");
}
