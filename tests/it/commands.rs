//! Commands by word and by form: one table, and the same results.

use std::sync::atomic::{AtomicU32, Ordering};

use minidom::Element;
use tradepost::commands::{COMMANDS, Command};

use crate::{
    harness::{
        PATIENCE,
        client::{Client, Habits},
        component::Component,
        server::both,
        wire::CLIENT,
    },
    stanzas::{CONTACT, DOMAIN, SPEAKER, body},
};

const COMMANDS_NS: &str = "http://jabber.org/protocol/commands";
const FORMS: &str = "jabber:x:data";

// ---- what everybody needs -----------------------------------------------------------------------

/// Writes something in the chat, and gives what the service replies to it.
async fn tell(client: &Client, text: &str) -> String {
    tell_in(client, "en", text).await
}

async fn tell_in(client: &Client, lang: &str, text: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let id = format!("w{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let message = format!(
        "<message to='{CONTACT}' type='chat' id='{id}' xml:lang='{lang}'><body>{text}</body></message>"
    );
    client.send(&message).await.expect("sent");
    let replies = |it: &Element| {
        let reply = it.get_child("reply", "urn:xmpp:reply:0");
        it.is("message", CLIENT) && reply.is_some_and(|it| it.attr("id") == Some(&id))
    };
    body(&client.expect(&format!("a reply to {text:?}"), replies, PATIENCE).await)
}

/// Executes a command, or goes on with it.
async fn step(client: &Client, to: &str, attributes: &str, given: &[(&str, &[&str])]) -> Element {
    let fields: String = given
        .iter()
        .map(|(var, values)| {
            let values: String = values.iter().map(|it| format!("<value>{it}</value>")).collect();
            format!("<field var='{var}'>{values}</field>")
        })
        .collect();
    let form = if given.is_empty() {
        String::new()
    } else {
        format!("<x xmlns='{FORMS}' type='submit'>{fields}</x>")
    };
    let payload = format!("<command xmlns='{COMMANDS_NS}' {attributes}>{form}</command>");
    client.request("set", to, &payload).await
}

fn command(answer: &Element) -> &Element {
    let shown = || String::from(answer);
    answer.get_child("command", COMMANDS_NS).unwrap_or_else(|| panic!("{}", shown()))
}

fn status(answer: &Element) -> &str {
    command(answer).attr("status").unwrap_or_default()
}

fn session(answer: &Element) -> String {
    command(answer).attr("sessionid").expect("a session").to_owned()
}

/// What a person reads of a command that is done: its note, or the lines of its form.
fn text(answer: &Element) -> String {
    let command = command(answer);
    if let Some(note) = command.get_child("note", COMMANDS_NS) {
        return note.text();
    }
    let Some(form) = command.get_child("x", FORMS) else { return String::new() };
    let values = form.children().filter(|it| it.name() == "field").flat_map(Element::children);
    values.map(Element::text).collect::<Vec<_>>().join("\n")
}

/// Does a command by its form, all on the first page, and gives what a person reads.
async fn fill(client: &Client, node: &str, given: &[(&str, &[&str])]) -> String {
    let begun = step(client, CONTACT, &format!("node='{node}' action='execute'"), &[]).await;
    if status(&begun) == "completed" {
        return text(&begun);
    }
    assert_eq!(status(&begun), "executing", "{}", String::from(&begun));
    let mut answer = begun;
    let id = session(&answer);
    for _ in 0..5 {
        if status(&answer) == "completed" {
            return text(&answer);
        }
        let attributes = format!("node='{node}' sessionid='{id}' action='execute'");
        // A field that is not on the page is passed over.
        answer = step(client, CONTACT, &attributes, given).await;
    }
    panic!("no end: {}", String::from(&answer))
}

fn refused(answer: &Element, condition: &str, own: &str) {
    let shown = String::from(answer);
    assert_eq!(answer.attr("type"), Some("error"), "{shown}");
    assert!(shown.contains(&format!("<{condition} ")), "{shown}");
    assert!(own.is_empty() || shown.contains(&format!("<{own} ")), "{shown}");
}

// ---- the table ----------------------------------------------------------------------------------

#[tokio::test]
async fn the_commands_are_found_on_the_contact_and_on_the_domain() {
    for server in both().await {
        let _component = Component::start(&server).await;
        let alice = Client::login(&server, "alice").await;
        for to in [CONTACT, SPEAKER, DOMAIN] {
            let query = |what: &str, node: &str| {
                format!("<query xmlns='http://jabber.org/protocol/disco#{what}' node='{node}'/>")
            };
            let items = alice.request("get", to, &query("items", COMMANDS_NS)).await;
            let items: Vec<(String, String)> = items
                .children()
                .flat_map(Element::children)
                .map(|it| {
                    let of = |name| it.attr(name).unwrap_or_default().to_owned();
                    (of("jid"), of("node"))
                })
                .collect();
            let all: Vec<_> =
                COMMANDS.iter().map(|it| (to.to_owned(), it.node.to_owned())).collect();
            assert_eq!(items, all);
            for node in COMMANDS.iter().map(|it| it.node).chain([COMMANDS_NS]) {
                let info = alice.request("get", to, &query("info", node)).await;
                let info = String::from(&info);
                assert!(info.contains("automation") && info.contains(FORMS), "{info}");
            }
        }
    }
}

#[tokio::test]
async fn every_command_begins_with_a_form_that_any_client_shows_and_can_be_cancelled() {
    for server in both().await {
        let _component = Component::start(&server).await;
        let alice = Client::login(&server, "alice").await;
        for known in COMMANDS.iter().filter(|it| !it.fields.is_empty()) {
            for to in [CONTACT, DOMAIN] {
                begins_and_is_cancelled(&alice, to, known).await;
            }
        }
        let nowhere = step(&alice, CONTACT, "node='nowhere' action='execute'", &[]).await;
        refused(&nowhere, "item-not-found", "");
    }
}

async fn begins_and_is_cancelled(client: &Client, to: &str, known: &Command) {
    let node = known.node;
    let begun = step(client, to, &format!("node='{node}' action='execute'"), &[]).await;
    let shown = String::from(&begun);
    assert_eq!(status(&begun), "executing", "{shown}");
    assert!(command(&begun).has_child("actions", COMMANDS_NS), "{shown}");
    let form = command(&begun).get_child("x", FORMS).expect("a form");
    let fields: Vec<_> = form.children().filter(|it| it.name() == "field").collect();
    assert!(!fields.is_empty(), "{shown}");
    for field in fields {
        let var = field.attr("var").expect("var");
        assert!(known.field(var).is_some() && field.attr("label").is_some(), "{shown}");
        if field.attr("type") == Some("list-single") {
            // Profanity shows no choices otherwise.
            assert!(field.has_child("value", FORMS), "{var} has a value: {shown}");
        }
    }
    let id = session(&begun);
    let cancel = format!("node='{node}' sessionid='{id}' action='cancel'");
    assert_eq!(status(&step(client, to, &cancel, &[]).await), "canceled");
    refused(&step(client, to, &cancel, &[]).await, "bad-request", "bad-sessionid");
}

#[tokio::test]
async fn a_session_is_its_askers_alone_and_an_action_must_be_one() {
    for server in both().await {
        let _component = Component::start(&server).await;
        let alice = Client::login(&server, "alice").await;
        let other = Client::login_with(&server, "alice", "phone", Habits::default()).await;
        let begun = step(&alice, CONTACT, "node='join' action='execute'", &[]).await;
        let id = session(&begun);
        let go = |action: &str| format!("node='join' sessionid='{id}' action='{action}'");
        refused(&step(&other, CONTACT, &go("cancel"), &[]).await, "bad-request", "bad-sessionid");
        refused(&step(&alice, CONTACT, &go("dance"), &[]).await, "bad-request", "malformed-action");
        refused(&step(&alice, CONTACT, &go("prev"), &[]).await, "bad-request", "bad-action");
        let done = step(&alice, CONTACT, &go("complete"), &[]).await;
        assert_eq!(status(&done), "completed", "{}", String::from(&done));
    }
}

// ---- by word and by form ------------------------------------------------------------------------

#[tokio::test]
async fn joining_leaving_and_help_are_the_same_by_word_and_by_form() {
    for server in both().await {
        let _component = Component::start(&server).await;
        let alice = Client::login(&server, "alice").await;
        let bob = Client::login(&server, "bob").await;
        assert_eq!(tell(&alice, "help").await, fill(&bob, "help", &[("command", &["-"])]).await);
        assert_eq!(
            tell(&alice, "/help join").await,
            fill(&bob, "help", &[("command", &["join"])]).await
        );
        let welcome = tell(&alice, "join as Alice").await;
        assert!(welcome.contains("Unencrypted"), "Conversations' step: {welcome}");
        assert_eq!(welcome, fill(&bob, "join", &[("nick", &["Bob"])]).await);
        assert_eq!(tell(&alice, "join").await, fill(&bob, "join", &[("nick", &[])]).await);
        assert_eq!(tell(&alice, "leave").await, fill(&bob, "leave", &[]).await);
        assert_eq!(tell(&alice, "leave").await, fill(&bob, "leave", &[]).await);
        assert!(tell_in(&alice, "zh", "帮助").await.contains("加入"));
    }
}

#[tokio::test]
async fn who_is_not_understood_is_told_the_nearest_word_or_how_it_is_written() {
    for server in both().await {
        let _component = Component::start(&server).await;
        let people = ["alice", "bob", "carol"].map(|user| Client::login(&server, user));
        let [alice, bob, carol] = people;
        let (alice, bob, carol) = tokio::join!(alice, bob, carol);
        assert!(tell(&alice, "jion").await.contains("Did you mean: join"));
        assert!(tell(&bob, "join us for dinner").await.contains("join as NAME"));
        assert_eq!(tell(&carol, "good morning").await, tell(&carol, "help").await);
    }
}
