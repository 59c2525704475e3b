//! The lint itself: it likes what is right, and finds each thing that is wrong.

use std::collections::BTreeSet;

use minidom::Element;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::harness::{
    PATIENCE,
    client::Client,
    lint::{faults, own_pages, rules},
    server::{Kind, SECRET, Server},
    tests::attach,
    wire::ACCEPT,
};

/// A text that nobody can object to.
const TEXT: &str = "<message xmlns='jabber:client' from='share@share.localhost/tradepost-service' \
    id='i' to='bob@localhost' type='chat' xml:lang='en'><body>&gt; #12 goblet\nHow heavy?</body>\
    <reply xmlns='urn:xmpp:reply:0' id='r'/>\
    <fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body end='13' start='0'/></fallback>\
    <share xmlns='urn:xmpp:product-share:0' ref='R'/>\
    <fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:product-share:0'><body/></fallback>\
    <origin-id xmlns='urn:xmpp:sid:0' id='i'/><request xmlns='urn:xmpp:receipts'/>\
    <store xmlns='urn:xmpp:hints'/></message>";

/// A picture that nobody can object to.
const PICTURE: &str = "<message xmlns='jabber:client' from='share@share.localhost/tradepost-service' \
    id='i' to='bob@localhost' type='chat' xml:lang='en'><body>https://x.lit/i/goblet.jpg</body>\
    <x xmlns='jabber:x:oob'><url>https://x.lit/i/goblet.jpg</url></x>\
    <file-sharing xmlns='urn:xmpp:sfs:0'/>\
    <origin-id xmlns='urn:xmpp:sid:0' id='i'/><store xmlns='urn:xmpp:hints'/></message>";

const PRESENCE: &str =
    "<presence xmlns='jabber:client' from='share@share.localhost/tradepost-service'/>";

const QUESTION: &str = "<iq xmlns='jabber:client' from='share.localhost' type='result'>\
    <command xmlns='http://jabber.org/protocol/commands'><x xmlns='jabber:x:data' type='form'>\
    <field type='list-single' var='a'><value>1</value></field></x></command></iq>";

fn faults_of(xml: &str) -> Vec<&'static str> {
    faults(&xml.parse::<Element>().unwrap_or_else(|error| panic!("{error}: {xml}")))
}

#[test]
fn what_is_right_has_no_faults() {
    let receipt = "<message xmlns='jabber:client' from='share@share.localhost/tradepost-service' \
        type='chat'><received xmlns='urn:xmpp:receipts' id='i'/></message>";
    let domain = "<presence xmlns='jabber:client' from='share.localhost'/>";
    let asks = "<presence xmlns='jabber:client' from='share@share.localhost' type='subscribe'/>";
    for xml in [TEXT, PICTURE, PRESENCE, QUESTION, receipt, domain, asks] {
        assert_eq!(faults_of(xml), [""; 0], "{xml}");
    }
}

#[test]
fn what_others_say_and_errors_are_passed_over() {
    let other = TEXT.replace("share.localhost", "localhost").replace("'chat'", "'headline'");
    let error = TEXT.replace("'chat'", "'error'");
    for xml in [other, error] {
        assert_eq!(faults_of(&xml), [""; 0], "{xml}");
    }
}

#[test]
fn each_rule_finds_what_breaks_it() {
    let long = "x".repeat(9000);
    let broken = [
        (
            "no contacts to add",
            TEXT,
            "<store",
            "<x xmlns='http://jabber.org/protocol/rosterx'/><store".to_owned(),
        ),
        ("no control characters", TEXT, "How", "\u{202e}How".to_owned()),
        ("no control characters", TEXT, "'R'", "'\u{85}'".to_owned()),
        (
            "at most 60 kB",
            TEXT,
            "<share",
            format!("<share><a>{}</a></share><share", long.repeat(8)),
        ),
        (
            "the contact is there with a long resource",
            PRESENCE,
            "tradepost-service",
            "bot".to_owned(),
        ),
        ("from the contact with a long resource", TEXT, "/tradepost-service", String::new()),
        ("from the contact with a long resource", TEXT, "share@", String::new()),
        ("of type chat", TEXT, "'chat'", "'headline'".to_owned()),
        ("of type chat", TEXT, "type='chat'", String::new()),
        ("one body for each language", TEXT, "<reply", "<body>Again</body><reply".to_owned()),
        ("the language is named", TEXT, "xml:lang='en'", String::new()),
        ("at most 8 KiB of text", TEXT, "How", long.clone()),
        ("its id is its origin-id", TEXT, "id='i' to", "id='j' to".to_owned()),
        (
            "its id is its origin-id",
            TEXT,
            "<origin-id xmlns='urn:xmpp:sid:0' id='i'/>",
            String::new(),
        ),
        ("kept for people who are away", PICTURE, "<store xmlns='urn:xmpp:hints'/>", String::new()),
        ("texts ask for a receipt", TEXT, "<request xmlns='urn:xmpp:receipts'/>", String::new()),
        ("no picture and text in one", PICTURE, "<body>", "<body>Look: ".to_owned()),
        (
            "no picture and text in one",
            TEXT,
            "<store",
            "<file-sharing xmlns='urn:xmpp:sfs:0'/><store".to_owned(),
        ),
        ("the address of a file is bare", PICTURE, "goblet.jpg", "goblet.jpg?w=9".to_owned()),
        ("the address of a file is bare", PICTURE, "https://x", "ftp://x".to_owned()),
        ("the address of a file is bare", PICTURE, ".jpg", String::new()),
        ("the address of a file is bare", PICTURE, "goblet.jpg", "goblet.jpg\n".to_owned()),
        (
            "a payload says that the body stands for it",
            TEXT,
            "'urn:xmpp:product-share:0'><body/>",
            "'urn:xmpp:other:0'><body/>".to_owned(),
        ),
        ("exactly the quote is marked as one", TEXT, "'13'", "'12'".to_owned()),
        ("exactly the quote is marked as one", TEXT, "'13'", "'14'".to_owned()),
        ("exactly the quote is marked as one", TEXT, "'13'", "'99'".to_owned()),
        ("exactly the quote is marked as one", TEXT, "How", "&gt; How".to_owned()),
        ("every field names its type", QUESTION, "type='list-single'", String::new()),
        ("every choice has a value to begin with", QUESTION, "<value>1</value>", String::new()),
    ];
    let mut found: BTreeSet<&str> = BTreeSet::new();
    for (rule, right, from, to) in broken {
        let wrong = right.replace(from, &to);
        assert_ne!(wrong, right, "{rule}: {from:?} is not in it");
        assert_eq!(faults_of(&wrong), [rule], "{wrong}");
        found.insert(rule);
    }
    // An empty body is one fault, none at all another two.
    let without = TEXT.replace("&gt; #12 goblet\nHow heavy?", "");
    assert!(faults_of(&without).contains(&"a body"));
    found.insert("a body");
    assert_eq!(found, rules().into_iter().collect::<BTreeSet<_>>(), "a rule without its test");
}

#[test]
fn what_no_parser_reads_is_a_fault() {
    let unread = Element::builder("unparsed", "harness").append("<message to='…'/>").build();
    assert!(faults(&unread)[0].starts_with("what a parser"));
}

#[tokio::test]
async fn a_picture_of_ours_is_asked_for_and_must_be_small() {
    for (answer, is_right) in [
        ("200 OK\r\ncontent-length: 524288", true),
        ("200 OK\r\nContent-Length: 524289", false),
        ("200 OK", false),
        ("404 Not Found\r\nContent-Length: 9", false),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        own_pages(address);
        let served = tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.expect("a connection");
            let mut asked = vec![0; 1024];
            let length = socket.read(&mut asked).await.expect("a request");
            let answer = format!("HTTP/1.0 {answer}\r\n\r\n");
            socket.write_all(answer.as_bytes()).await.expect("an open connection");
            String::from_utf8_lossy(&asked[..length]).into_owned()
        });
        let picture = PICTURE.replace("https://x.lit", &format!("http://{address}"));
        // It waits for the answer, and the task above shares this thread.
        let found = tokio::task::spawn_blocking(move || faults_of(&picture));
        assert_eq!(found.await.expect("no panic").is_empty(), is_right, "{answer}");
        assert!(served.await.expect("no panic").starts_with("HEAD /i/goblet.jpg "));
    }
}

#[tokio::test]
#[should_panic(expected = "of type chat")]
async fn a_client_that_got_something_wrong_fails_its_test() {
    let server = Server::start(Kind::Prosody).await;
    let component = attach(&server, SECRET).await;
    let bob = Client::login(&server, "bob").await;
    component.expect("handshake", |it| it.is("handshake", ACCEPT), PATIENCE).await;
    let wrong = TEXT.replace("'chat'", "'normal'").replace("jabber:client", ACCEPT);
    component.send(&wrong).await.expect("a connection");
    bob.message(PATIENCE).await.expect("the message");
}
