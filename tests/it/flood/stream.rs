//! The server's end of the stream: one thread writes, one reads, as fast as the component lets
//! them.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    io::{Read, Write},
    net::TcpStream,
    sync::{
        Arc, Condvar, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, Sender},
    },
    time::{Duration, Instant},
};

/// How much of the flood may be on its way, between us and the answer to the last mark, in bytes.
/// What people send stands behind it, as it does in the buffers of a real server.
pub(super) const WINDOW: usize = 256 << 10;
/// How many bytes lie between two marks.
const MARK: usize = 32 << 10;
/// How much is written at a time: people wait for no more than this before they are next.
const CHUNK: usize = 16 << 10;

/// What has come from the component, and what it has answered to whom.
#[derive(Default)]
pub(super) struct Seen {
    /// Stanzas by the first letter of their name, fences not among them.
    pub(super) kinds: BTreeMap<char, u64>,
    /// Those; each was answered.
    pub(super) fences: u64,
    /// Errors among the others.
    pub(super) errors: u64,
    /// Requests of people that wait for their answer.
    pub(super) waiting: HashMap<String, Instant>,
    /// How long each answer took, and the answer.
    pub(super) answers: Vec<(Duration, String)>,
    /// The last share that was taken: its sender, its id, its code.
    pub(super) share: Option<[String; 3]>,
    /// Messages to people.
    pub(super) messages: Vec<String>,
    /// The stream has ended.
    pub(super) is_over: bool,
    marked: usize,
}

/// What was sent.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// Stanzas by the first letter of their name, those that are too large not among them.
    pub(super) kinds: BTreeMap<char, u64>,
    /// Those that are too large or too deep.
    pub(super) oversized: u64,
    /// All bytes.
    pub(super) bytes: usize,
}

impl Sent {
    fn count(&mut self, stanza: &[u8], is_oversized: bool) {
        self.bytes += stanza.len();
        if is_oversized {
            self.oversized += 1;
        } else {
            *self.kinds.entry(kind(stanza)).or_default() += 1;
        }
    }
}

/// As the component counts them: what is no message and no presence is an IQ.
fn kind(stanza: &[u8]) -> char {
    match stanza {
        [b'<', b'm', ..] => 'm',
        [b'<', b'p', ..] => 'p',
        _ => 'i',
    }
}

/// What reader, writer and the test share.
#[derive(Clone, Default)]
pub(super) struct Shared(Arc<(Mutex<Seen>, Condvar)>);

impl Shared {
    pub(super) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.0.lock().expect("no thread died here")
    }

    /// Waits until it holds; false when it does not within that time.
    pub(super) fn until(&self, within: Duration, mut holds: impl FnMut(&Seen) -> bool) -> bool {
        let seen = self.seen();
        let waited = self.0.1.wait_timeout_while(seen, within, |seen| !holds(seen));
        !waited.expect("no thread died here").1.timed_out()
    }
}

/// One end of the stream. People's stanzas go through `people`, ahead of the flood that has not
/// been written yet.
pub(super) struct Writer {
    pub(super) sent: Sent,
    socket: TcpStream,
    people: Receiver<String>,
    shared: Shared,
    last_mark: usize,
    /// What has been written and not been marked as done: each piece, and where it ends.
    on_its_way: VecDeque<(usize, Vec<u8>)>,
}

impl Writer {
    pub(super) fn new(socket: TcpStream, people: Receiver<String>, shared: Shared) -> Self {
        Self {
            sent: Sent::default(),
            socket,
            people,
            shared,
            last_mark: 0,
            on_its_way: VecDeque::new(),
        }
    }

    /// Writes the stanzas of people until `done`.
    pub(super) fn serve(&mut self, done: &AtomicBool) {
        while !done.load(Ordering::Relaxed) {
            if let Ok(stanza) = self.people.recv_timeout(Duration::from_millis(5)) {
                self.write(stanza.as_bytes());
            }
        }
    }

    /// Writes `flood` and whatever people send meanwhile. Ends early when the component is gone or
    /// takes nothing for a minute; answers how many of the flood were written.
    pub(super) fn flood(
        &mut self,
        mut flood: impl Iterator<Item = Vec<u8>>,
        is_oversized: impl Fn(&[u8]) -> bool,
    ) -> u64 {
        let mut written = 0;
        let mut chunk = Vec::with_capacity(2 * CHUNK);
        loop {
            while let Ok(stanza) = self.people.try_recv() {
                self.write(stanza.as_bytes());
            }
            chunk.clear();
            while chunk.len() < CHUNK
                && let Some(stanza) = flood.next()
            {
                self.sent.count(&stanza, is_oversized(&stanza));
                chunk.extend_from_slice(&stanza);
                written += 1;
            }
            if chunk.is_empty() || self.shared.seen().is_over {
                return written;
            }
            self.on_its_way.push_back((self.sent.bytes, chunk.clone()));
            if self.socket.write_all(&chunk).is_err() || !self.mark() {
                return written;
            }
        }
    }

    /// Asks for a sign now and then, and waits until what is on its way fits the window. People's
    /// stanzas are written all the while.
    fn mark(&mut self) -> bool {
        let at = self.sent.bytes;
        if at - self.last_mark >= MARK {
            self.last_mark = at;
            self.write(
                format!(
                    "<iq type='get' from='mark@localhost/x' to='share.localhost' id='mark-{at}'>\
                     <ping xmlns='urn:xmpp:ping'/></iq>"
                )
                .as_bytes(),
            );
        }
        let marked = self.shared.seen().marked;
        while self.on_its_way.front().is_some_and(|(end, _)| *end <= marked) {
            self.on_its_way.pop_front();
        }
        let begun = Instant::now();
        while !self.shared.until(Duration::from_millis(5), |seen| {
            seen.is_over || at.saturating_sub(seen.marked) < WINDOW
        }) {
            while let Ok(stanza) = self.people.try_recv() {
                self.write(stanza.as_bytes());
            }
            if begun.elapsed() > Duration::from_mins(1) {
                return false;
            }
        }
        true
    }

    fn write(&mut self, stanza: &[u8]) {
        self.sent.count(stanza, false);
        // A stream that is lost shows at the reader.
        let _ = self.socket.write_all(stanza);
    }

    /// What was on its way when the flood ended: what it ended by is in it, if it ended early.
    pub(super) fn unfinished(&self) -> Vec<u8> {
        self.on_its_way.iter().flat_map(|(_, piece)| piece).copied().collect()
    }
}

/// Reads to the end of the stream. `people` are answered for by the server.
pub(super) fn read(mut socket: TcpStream, shared: &Shared, people: &Sender<String>) {
    let (mut bytes, mut buffer) = (Vec::new(), vec![0; 64 << 10]);
    while let Ok(length @ 1..) = socket.read(&mut buffer) {
        bytes.extend_from_slice(&buffer[..length]);
        let mut from = 0;
        while let Some(length) = stanza(&bytes[from..]) {
            let text = String::from_utf8_lossy(&bytes[from..from + length]).into_owned();
            from += length;
            take(text, shared, people);
        }
        bytes.drain(..from);
        shared.0.1.notify_all();
    }
    shared.seen().is_over = true;
    shared.0.1.notify_all();
}

fn take(text: String, shared: &Shared, people: &Sender<String>) {
    let (id, to) = (attribute(&text, "id"), attribute(&text, "to"));
    if id.starts_with("fence-") && text.contains("<ping ") {
        let pong = format!("<iq type='result' from='localhost' to='share.localhost' id='{id}'/>");
        shared.seen().fences += 1;
        let _ = people.send(pong);
        return;
    }
    let mut seen = shared.seen();
    *seen.kinds.entry(kind(text.as_bytes())).or_default() += 1;
    seen.errors += u64::from(attribute(&text, "type") == "error");
    if let Some(at) = id.strip_prefix("mark-").and_then(|at| at.parse().ok()) {
        seen.marked = at;
        return;
    }
    if let Some(begun) = seen.waiting.remove(&id) {
        if let Some((_, taken)) = text.split_once("<sent ") {
            let taken = format!("<sent {taken}");
            seen.share = Some([to, attribute(&taken, "share"), attribute(&taken, "ref")]);
        }
        seen.answers.push((begun.elapsed(), text));
        return;
    }
    let is_person = to.starts_with('p') && to.contains("@localhost");
    if is_person && text.starts_with("<message") {
        if text.contains("<request xmlns='urn:xmpp:receipts'") {
            let _ = people.send(format!(
                "<message from='{to}/x' to='{}'><received xmlns='urn:xmpp:receipts' id='{id}'/></message>",
                attribute(&text, "from"),
            ));
        }
        seen.messages.push(text);
    } else if is_person && attribute(&text, "type") == "subscribe" {
        let from = attribute(&text, "from");
        let _ = people.send(format!("<presence from='{to}' to='{from}' type='subscribed'/>"));
    } else if text.starts_with("<iq") && matches!(&*attribute(&text, "type"), "get" | "set") {
        // As a server that does not know it, or the account.
        let _ = people.send(format!(
            "<iq type='error' from='{to}' to='{}' id='{id}'><error type='cancel'>\
             <service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
            attribute(&text, "from"),
        ));
    }
}

/// An attribute of the start tag at the beginning of `text`, as written; empty without.
pub(super) fn attribute(text: &str, name: &str) -> String {
    let tag = text.split('>').next().unwrap_or_default();
    for quote in ['\'', '"'] {
        let found = tag.split_once(&format!(" {name}={quote}"));
        if let Some((value, _)) = found.and_then(|(_, rest)| rest.split_once(quote)) {
            return value.to_owned();
        }
    }
    String::new()
}

/// How long the stanza at the beginning of `bytes` is, when all of it is there. The component
/// writes neither comments nor CDATA, and no `<` or `>` but in tags.
fn stanza(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        let open = at + bytes.get(at..)?.iter().position(|it| *it == b'<')?;
        let end = open + bytes[open..].iter().position(|it| *it == b'>')?;
        match (bytes[open + 1], bytes[end - 1]) {
            (b'/', _) => depth = depth.saturating_sub(1),
            (_, b'/') => {}
            _ => depth += 1,
        }
        at = end + 1;
        if depth == 0 {
            return Some(at);
        }
    }
}
