//! What the clients of other people demand of a message. Conversations first: it runs on no test
//! machine. Whatever the service sends to a [`super::client::Client`] is held to it.
//!
//! Most rules are here because a client was seen to hide, drop or misplace what broke them.
//! Deliberately none of the program's own code, as in [`super::wire`].

use std::{
    collections::HashSet,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

use minidom::Element;

use super::{server::COMPONENT, wire::CLIENT};

const FALLBACK: &str = "urn:xmpp:fallback:0";
const FILE: &str = "urn:xmpp:sfs:0";
const FORM: &str = "jabber:x:data";
const OOB: &str = "jabber:x:oob";
const REPLY: &str = "urn:xmpp:reply:0";
const ROSTERX: &str = "http://jabber.org/protocol/rosterx";
const SHARE: &str = "urn:xmpp:product-share:0";

/// The most bytes of a text.
const TEXT: usize = 8 * 1024;
/// The most bytes of a stanza.
const STANZA: usize = 60_000;
/// The largest picture that Conversations fetches without asking.
const PICTURE: u64 = 512 * 1024;

/// What must hold, and whether it does.
type Rule = (&'static str, fn(&Element) -> bool);

/// For every message and presence.
const STANZAS: [Rule; 3] = [
    // XEP-0144: Converse adds the contacts without asking, Gajim loses the message.
    ("no contacts to add", |it| !any(it, &|it| it.ns() == ROSTERX)),
    ("no control characters", |it| {
        !any(it, &|it| {
            it.texts().any(is_controlling) || it.attrs().values().any(|it| is_controlling(it))
        })
    }),
    ("at most 60 kB", |it| String::from(it).len() <= STANZA),
];

/// For every presence that says who is there.
const PRESENCES: [Rule; 1] =
    [("the contact is there with a long resource", |it| !has_local(it) || has_resource(it))];

/// For every message.
const MESSAGES: [Rule; 2] = [
    // From the domain: in Converse an announcement that nobody can answer. Without a resource:
    // Profanity's receipts go astray. With a short one: spam to Cheogram.
    ("from the contact with a long resource", |it| has_local(it) && has_resource(it)),
    // A headline is not kept for people who are away, and hidden by most clients.
    ("of type chat", |it| it.attr("type") == Some("chat")),
];

/// For every message that shows something: all but receipts.
const SHOWN: [Rule; 11] = [
    // Gajim and Monal show nothing without a body.
    ("a body", |it| bodies(it).any(|body| !body.text().trim().is_empty())),
    // Conversations drops the message.
    ("one body for each language", |it| {
        let langs: Vec<_> = bodies(it).map(lang).collect();
        langs.iter().collect::<HashSet<_>>().len() == langs.len()
    }),
    ("the language is named", |it| lang(it).is_some()),
    ("at most 8 KiB of text", |it| bodies(it).all(|body| body.text().len() <= TEXT)),
    // Conversations and Movim confirm the one, all others the other.
    ("its id is its origin-id", |it| {
        let origin = it.get_child("origin-id", "urn:xmpp:sid:0").and_then(|it| it.attr("id"));
        origin.is_some() && origin == it.attr("id")
    }),
    ("kept for people who are away", |it| it.has_child("store", "urn:xmpp:hints")),
    ("texts ask for a receipt", |it| {
        oob(it).is_some() || it.has_child("request", "urn:xmpp:receipts")
    }),
    // Conversations loses the one or the other.
    ("no picture and text in one", |it| {
        let has_file = it.has_child("file-sharing", FILE)
            || it.has_child("reference", "urn:xmpp:reference:0")
            || oob(it).is_some();
        !has_file || bodies(it).all(|body| oob(it).as_ref() == Some(&body.text()))
    }),
    // The kind of a file is read from the end of its path; Dino shows the query as a part of the name.
    ("the address of a file is bare", |it| {
        oob(it).is_none_or(|url| {
            let (scheme, rest) = url.split_once("://").unwrap_or_default();
            let name = rest.rsplit_once('/').map_or("", |(_, name)| name);
            let is_bare = !rest.contains(|c: char| c.is_whitespace() || "?#".contains(c));
            matches!(scheme, "http" | "https") && is_bare && name.contains('.')
        })
    }),
    ("a payload says that the body stands for it", |it| {
        let marked = |it: &Element| it.is("fallback", FALLBACK) && it.attr("for") == Some(SHARE);
        !it.has_child("share", SHARE) || it.children().any(marked)
    }),
    // Dino and Gajim cut what is marked out of the text.
    ("exactly the quote is marked as one", |it| {
        let marks = |it: &&Element| it.is("fallback", FALLBACK) && it.attr("for") == Some(REPLY);
        it.children().find(marks).is_none_or(|mark| {
            let range = mark.get_child("body", FALLBACK);
            let at = |name| range.and_then(|it| it.attr(name)?.parse::<usize>().ok());
            let text = bodies(it).map(Element::text).next().unwrap_or_default();
            let quote: String = text.chars().take(at("end").unwrap_or(usize::MAX)).collect();
            it.has_child("reply", REPLY)
                && at("start") == Some(0)
                && at("end") == Some(quote.chars().count())
                && quote.ends_with('\n')
                && quote.lines().all(|line| line.starts_with('>'))
                && !text[quote.len()..].starts_with('>')
        })
    }),
];

/// For every answer to a question: the forms in it.
const FORMS: [Rule; 2] = [
    // Profanity 0.13 can fill in no others.
    ("every field names its type", |it| !any(it, &|it| is_asked(it) && it.attr("type").is_none())),
    // Without one Profanity 0.13 shows no choices.
    ("every choice has a value to begin with", |it| {
        !any(it, &|it| {
            let is_choice = is_asked(it) && it.attr("type") == Some("list-single");
            is_choice && !it.has_child("value", FORM)
        })
    }),
];

/// The names of the rules that `stanza` breaks. Only what the service itself says is looked at.
pub(crate) fn faults(stanza: &Element) -> Vec<&'static str> {
    if stanza.is("unparsed", "harness") {
        return vec!["what a parser with ordinary limits reads: attributes under 8 KiB"];
    }
    let kind = stanza.attr("type");
    if domain(stanza) != COMPONENT || kind == Some("error") {
        return Vec::new();
    }
    let rules: &[&[Rule]] = match stanza.name() {
        "message" if is_receipt(stanza) => &[&STANZAS, &MESSAGES],
        "message" => &[&STANZAS, &MESSAGES, &SHOWN],
        "presence" if matches!(kind, None | Some("unavailable")) => &[&STANZAS, &PRESENCES],
        "presence" => &[&STANZAS],
        _ => &[&FORMS],
    };
    let mut broken: Vec<_> = rules
        .iter()
        .flat_map(|rules| rules.iter())
        .filter_map(|(name, holds)| (!holds(stanza)).then_some(*name))
        .collect();
    let ours = oob(stanza).and_then(|url| own(&url));
    if let Some((address, path)) = ours
        && !is_fetched(address, &path)
    {
        broken.push("a picture of ours is small, and says how large it is");
    }
    broken
}

/// The names of all rules over stanzas: for the test that breaks each.
pub(crate) fn rules() -> Vec<&'static str> {
    let all = [&STANZAS[..], &PRESENCES, &MESSAGES, &SHOWN, &FORMS];
    all.iter().flat_map(|rules| rules.iter()).map(|(name, _)| *name).collect()
}

/// What a client has found wrong. The test fails at the latest when it is dropped.
#[derive(Default)]
pub(crate) struct Findings(Arc<Mutex<Vec<String>>>);

impl Findings {
    /// Whoever reads the stream shows it every stanza.
    pub(crate) fn look(&self) -> impl Fn(&Element) + Send + 'static {
        let found = self.0.clone();
        move |stanza| {
            let faults = faults(stanza);
            if !faults.is_empty() {
                let fault = format!("{}\n{}", faults.join("; "), String::from(stanza));
                found.lock().expect("nobody died over a finding").push(fault);
            }
        }
    }
}

impl Drop for Findings {
    fn drop(&mut self) {
        let found = self.0.lock().map(|mut it| std::mem::take(&mut *it)).unwrap_or_default();
        if !std::thread::panicking() {
            assert!(found.is_empty(), "a client would mishandle this: {}", found.join("\n"));
        }
    }
}

/// The addresses of the pages of every component of this process.
static PAGES: LazyLock<Mutex<HashSet<SocketAddr>>> = LazyLock::new(Mutex::default);

/// From now on pictures at this address are ours.
pub(crate) fn own_pages(address: SocketAddr) {
    PAGES.lock().expect("nobody died over an address").insert(address);
}

fn own(url: &str) -> Option<(SocketAddr, String)> {
    let (host, path) = url.strip_prefix("http://")?.split_once('/')?;
    let address = host.parse().ok()?;
    let pages = PAGES.lock().expect("nobody died over an address");
    pages.contains(&address).then(|| (address, format!("/{path}")))
}

/// Whether Conversations would fetch it: HEAD is answered with a length, and that is small. A
/// component that has ended meanwhile breaks no rule.
fn is_fetched(address: SocketAddr, path: &str) -> bool {
    let asked = || {
        let second = Duration::from_secs(5);
        let mut socket = TcpStream::connect_timeout(&address, second)?;
        socket.set_read_timeout(Some(second))?;
        let request = format!("HEAD {path} HTTP/1.0\r\nHost: {address}\r\n\r\n");
        socket.write_all(request.as_bytes())?;
        let mut head = String::new();
        socket.read_to_string(&mut head)?;
        std::io::Result::Ok(head)
    };
    let Ok(head) = asked() else { return true };
    let length = head.lines().filter_map(|line| line.split_once(':')).find_map(|(name, value)| {
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    let is_found = head.split(' ').nth(1) == Some("200");
    is_found && length.is_some_and(|length: u64| (1..=PICTURE).contains(&length))
}

/// Whether it is a field that somebody is to fill in.
fn is_asked(field: &Element) -> bool {
    field.is("field", FORM)
}

/// Whether it only confirms something, and is not shown.
fn is_receipt(message: &Element) -> bool {
    let confirms = message.has_child("received", "urn:xmpp:receipts")
        || message.children().any(|it| it.ns() == "urn:xmpp:chat-markers:0");
    confirms && bodies(message).next().is_none()
}

fn bodies(message: &Element) -> impl Iterator<Item = &Element> {
    message.children().filter(|it| it.is("body", CLIENT))
}

fn lang(element: &Element) -> Option<&str> {
    element.attr_ns("http://www.w3.org/XML/1998/namespace", "lang")
}

/// The address of the file that this message shows.
fn oob(message: &Element) -> Option<String> {
    Some(message.get_child("x", OOB)?.get_child("url", OOB)?.text())
}

/// The three parts of the sender's address.
fn from(stanza: &Element) -> (&str, &str, &str) {
    let (bare, resource) = {
        let from = stanza.attr("from").unwrap_or_default();
        from.split_once('/').unwrap_or((from, ""))
    };
    let (local, domain) = bare.split_once('@').unwrap_or(("", bare));
    (local, domain, resource)
}

fn domain(stanza: &Element) -> &str {
    from(stanza).1
}

fn has_local(stanza: &Element) -> bool {
    !from(stanza).0.is_empty()
}

fn has_resource(stanza: &Element) -> bool {
    from(stanza).2.chars().count() >= 10
}

/// Whether `wanted` likes the element or one below it.
fn any(element: &Element, wanted: &dyn Fn(&Element) -> bool) -> bool {
    wanted(element) || element.children().any(|child| any(child, wanted))
}

/// Illegal in XML 1.0, or turns the direction of writing.
fn is_controlling(text: &str) -> bool {
    text.contains(|c: char| {
        (c.is_control() && !"\t\n".contains(c))
            || matches!(c,
                '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}')
    })
}
