//! A person with a client: raw XML over plaintext TCP, SASL PLAIN, one resource.

use std::{
    io,
    ops::Deref,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use minidom::Element;

use super::{
    PATIENCE,
    lint::Findings,
    server::{PASSWORD, Server, parts},
    wire::{CLIENT, STREAM, Wire},
};

const BIND: &str = "urn:ietf:params:xml:ns:xmpp-bind";
const PING: &str = "urn:xmpp:ping";
const RECEIPTS: &str = "urn:xmpp:receipts";
const ROSTER: &str = "jabber:iq:roster";
const SASL: &str = "urn:ietf:params:xml:ns:xmpp-sasl";
const STANZAS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";

/// What the client does by itself.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a habit of its own, and all combine")]
pub(crate) struct Habits {
    /// Says that it is there after login. Without it nothing kept for the user is delivered.
    pub(crate) presence: bool,
    /// Confirms messages that ask for it (XEP-0184).
    pub(crate) receipts: bool,
    /// Lets everybody who asks see its presence.
    pub(crate) subscriptions: bool,
    /// Answers roster pushes and pings, and refuses every other IQ request. Off: the test answers.
    pub(crate) iqs: bool,
}

impl Default for Habits {
    fn default() -> Self {
        Self { presence: true, receipts: true, subscriptions: true, iqs: true }
    }
}

impl Habits {
    /// Reads everything and says nothing, not even that it is there.
    pub(crate) const SILENT: Self =
        Self { presence: false, receipts: false, subscriptions: false, iqs: false };
}

/// A logged-in client. It reads through the [`Wire`] it derefs to. Dropping it drops the socket, and
/// fails the test when something came that the clients of other people would mishandle.
pub(crate) struct Client {
    wire: Wire,
    jid: String,
    requests: AtomicU32,
    _findings: Findings,
}

impl Deref for Client {
    type Target = Wire;

    fn deref(&self) -> &Wire {
        &self.wire
    }
}

impl Client {
    /// Logs `user` in with all habits on, as `user@localhost/test`.
    pub(crate) async fn login(server: &Server, user: &str) -> Self {
        Self::login_with(server, user, "test", Habits::default()).await
    }

    /// Logs `user` in, who may be of another domain of the server; panics with what the server said when that fails.
    pub(crate) async fn login_with(
        server: &Server,
        user: &str,
        resource: &str,
        habits: Habits,
    ) -> Self {
        let findings = Findings::default();
        let look = findings.look();
        let (user, host) = parts(user);
        let wire = Wire::open(server.c2s(), CLIENT, host, move |stanza| {
            look(stanza);
            react(stanza, habits)
        });
        let client = Self {
            wire: wire.await.expect("a connection to the server"),
            jid: format!("{user}@{host}/{resource}"),
            requests: AtomicU32::new(0),
            _findings: findings,
        };
        client.log_in(user, resource, habits).await.expect("a connection that holds");
        client
    }

    async fn log_in(&self, user: &str, resource: &str, habits: Habits) -> io::Result<()> {
        let features = |el: &Element| el.is("features", STREAM);
        self.expect("stream features", features, PATIENCE).await;
        let secret = BASE64_STANDARD.encode(format!("\0{user}\0{PASSWORD}"));
        self.send(&format!("<auth xmlns='{SASL}' mechanism='PLAIN'>{secret}</auth>")).await?;
        self.expect("SASL success", |el| el.is("success", SASL), PATIENCE).await;
        self.reopen().await?;
        self.expect("stream features", features, PATIENCE).await;
        let bind = format!("<bind xmlns='{BIND}'><resource>{resource}</resource></bind>");
        let bound = self.request("set", "", &bind).await;
        assert_eq!(bound.attr("type"), Some("result"), "bind refused: {}", String::from(&bound));
        // Without it Prosody routes no subscription request here.
        self.request("get", "", &format!("<query xmlns='{ROSTER}'/>")).await;
        if habits.presence {
            self.send("<presence/>").await?;
        }
        Ok(())
    }

    /// `user@localhost/resource`.
    pub(crate) fn jid(&self) -> &str {
        &self.jid
    }

    /// `user@localhost`.
    pub(crate) fn bare(&self) -> &str {
        self.jid.split('/').next().unwrap_or_default()
    }

    /// Sends an IQ with `payload` and gives the answer, result or error. An empty `to` is the account.
    pub(crate) async fn request(&self, kind: &str, to: &str, payload: &str) -> Element {
        let id = format!("req-{}", self.requests.fetch_add(1, Ordering::Relaxed));
        let to = if to.is_empty() { String::new() } else { format!(" to='{to}'") };
        let iq = format!("<iq type='{kind}' id='{id}'{to}>{payload}</iq>");
        self.send(&iq).await.expect("a connection that holds");
        let answers = |el: &Element| {
            el.is("iq", CLIENT)
                && el.attr("id") == Some(&id)
                && matches!(el.attr("type"), Some("result" | "error"))
        };
        self.expect(&format!("answer to {iq}"), answers, PATIENCE).await
    }

    /// The next chat message with a body, whoever it is from.
    pub(crate) async fn message(&self, within: Duration) -> Option<Element> {
        self.recv_until(|el| el.is("message", CLIENT) && el.has_child("body", CLIENT), within).await
    }

    /// Refuses all traffic with `jid` from now on (XEP-0191).
    pub(crate) async fn block(&self, jid: &str) {
        self.blocking("block", jid).await;
    }

    /// Takes [`Client::block`] back.
    pub(crate) async fn unblock(&self, jid: &str) {
        self.blocking("unblock", jid).await;
    }

    async fn blocking(&self, verb: &str, jid: &str) {
        let payload = format!("<{verb} xmlns='urn:xmpp:blocking'><item jid='{jid}'/></{verb}>");
        let answer = self.request("set", "", &payload).await;
        assert_eq!(answer.attr("type"), Some("result"), "{verb}: {}", String::from(&answer));
    }

    /// Leaves properly: unavailable, end of stream, end of connection.
    pub(crate) async fn leave(self) {
        let _ = self.send("<presence type='unavailable'/>").await;
        self.wire.close().await;
    }

    /// Resets the connection, as a phone that lost its network and came back.
    pub(crate) async fn reset(self) {
        self.wire.reset().await;
    }
}

/// What a client answers without being told to.
fn react(stanza: &Element, habits: Habits) -> Option<String> {
    let from = stanza.attr("from");
    let id = || stanza.attr("id").map(attribute);
    let to = from.map(|from| format!(" to='{}'", attribute(from))).unwrap_or_default();
    match (stanza.name(), stanza.attr("type")) {
        ("message", kind) if habits.receipts && kind != Some("error") => {
            stanza.get_child("request", RECEIPTS)?;
            let id = id()?;
            let kind = kind.map(|kind| format!(" type='{kind}'")).unwrap_or_default();
            Some(format!("<message{to}{kind}><received xmlns='{RECEIPTS}' id='{id}'/></message>"))
        }
        ("presence", Some("subscribe")) if habits.subscriptions => {
            Some(format!("<presence{to} type='subscribed'/>"))
        }
        ("iq", Some("get" | "set")) if habits.iqs => {
            let id = id()?;
            let known = stanza.has_child("query", ROSTER)
                || stanza.has_child("ping", PING)
                || stanza.has_child("block", "urn:xmpp:blocking")
                || stanza.has_child("unblock", "urn:xmpp:blocking");
            Some(if known {
                format!("<iq{to} type='result' id='{id}'/>")
            } else {
                format!(
                    "<iq{to} type='error' id='{id}'><error type='cancel'><service-unavailable xmlns='{STANZAS}'/></error></iq>"
                )
            })
        }
        _ => None,
    }
}

/// `text` as it stands inside a single-quoted attribute.
fn attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('\'', "&apos;")
}
