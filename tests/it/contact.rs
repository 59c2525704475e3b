//! Talking to the contact, by word and by form, and reading what it answers.

use std::sync::atomic::{AtomicU32, Ordering};

use minidom::Element;

use crate::{
    harness::{PATIENCE, client::Client, wire::CLIENT},
    stanzas::{CONTACT, body},
};

/// XEP-0050.
pub(crate) const COMMANDS_NS: &str = "http://jabber.org/protocol/commands";
/// XEP-0004.
pub(crate) const FORMS: &str = "jabber:x:data";

/// What is filled in: for each field its values.
pub(crate) type Given<'a> = &'a [(&'a str, &'a [&'a str])];

/// Writes something in the chat, and gives what the service replies to it.
pub(crate) async fn tell(client: &Client, text: &str) -> String {
    tell_in(client, "en", text).await
}

/// The same in a stanza of that language.
pub(crate) async fn tell_in(client: &Client, lang: &str, text: &str) -> String {
    say(client, lang, text, "").await
}

/// The same as a reply to what the service has said last.
pub(crate) async fn reply(client: &Client, text: &str) -> String {
    let seen = client.seen();
    let says = |it: &&Element| it.is("message", CLIENT) && !body(it).is_empty();
    let last = seen.iter().rev().find(says).and_then(|it| it.attr("id")).expect("a message");
    say(client, "en", text, &format!("<reply xmlns='urn:xmpp:reply:0' id='{last}'/>")).await
}

async fn say(client: &Client, lang: &str, text: &str, beside: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let id = format!("w{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let message = format!(
        "<message to='{CONTACT}' type='chat' id='{id}' xml:lang='{lang}'><body>{text}</body>{beside}</message>"
    );
    client.send(&message).await.expect("sent");
    let replies = |it: &Element| {
        let reply = it.get_child("reply", "urn:xmpp:reply:0");
        it.is("message", CLIENT) && reply.is_some_and(|it| it.attr("id") == Some(&id))
    };
    body(&client.expect(&format!("a reply to {text:?}"), replies, PATIENCE).await)
}

/// Executes a command, or goes on with it.
pub(crate) async fn step(client: &Client, to: &str, attributes: &str, given: Given<'_>) -> Element {
    let value = |it: &&str| format!("<value>{it}</value>");
    let field = |(var, values): &(&str, &[&str])| {
        let values = values.iter().map(value).collect::<Vec<_>>().concat();
        format!("<field var='{var}'>{values}</field>")
    };
    let fields = given.iter().map(field).collect::<Vec<_>>().concat();
    let form = if given.is_empty() {
        String::new()
    } else {
        format!("<x xmlns='{FORMS}' type='submit'>{fields}</x>")
    };
    let payload = format!("<command xmlns='{COMMANDS_NS}' {attributes}>{form}</command>");
    client.request("set", to, &payload).await
}

/// The command in an answer.
pub(crate) fn command(answer: &Element) -> &Element {
    let shown = || String::from(answer);
    answer.get_child("command", COMMANDS_NS).unwrap_or_else(|| panic!("{}", shown()))
}

pub(crate) fn status(answer: &Element) -> &str {
    command(answer).attr("status").unwrap_or_default()
}

pub(crate) fn session(answer: &Element) -> String {
    command(answer).attr("sessionid").expect("a session").to_owned()
}

/// What a person reads of a command that is done: its note, or the lines of its form.
pub(crate) fn text(answer: &Element) -> String {
    let command = command(answer);
    if let Some(note) = command.get_child("note", COMMANDS_NS) {
        return note.text();
    }
    let Some(form) = command.get_child("x", FORMS) else { return String::new() };
    let values = form.children().filter(|it| it.name() == "field").flat_map(Element::children);
    values.map(Element::text).collect::<Vec<_>>().join("\n")
}

/// Does a command by its form, all on the first page, and gives what a person reads.
pub(crate) async fn fill(client: &Client, node: &str, given: Given<'_>) -> String {
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

/// That it is refused by this condition, and by one of ours within it.
pub(crate) fn refused(answer: &Element, condition: &str, own: &str) {
    let shown = String::from(answer);
    assert_eq!(answer.attr("type"), Some("error"), "{shown}");
    assert!(shown.contains(&format!("<{condition} ")), "{shown}");
    assert!(own.is_empty() || shown.contains(&format!("<{own} ")), "{shown}");
}
