//! A raw XMPP stream over plaintext TCP. Deliberately none of the program's own code: what it
//! understands is what a stranger would understand.

use std::{
    fmt::Write as _,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use minidom::Element;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::Notify,
    task::JoinHandle,
};

/// What a client's stanzas are in.
pub(crate) const CLIENT: &str = "jabber:client";
/// What a component's stanzas are in (XEP-0114).
pub(crate) const ACCEPT: &str = "jabber:component:accept";
/// What stream features and errors are in.
pub(crate) const STREAM: &str = "http://etherx.jabber.org/streams";

type Writer = Arc<tokio::sync::Mutex<Option<OwnedWriteHalf>>>;

/// An open stream. Everything that arrives is read at once and kept. Dropping it drops the socket.
pub(crate) struct Wire {
    opening: String,
    writer: Writer,
    arrivals: Arc<Arrivals>,
    reader: JoinHandle<()>,
}

#[derive(Default)]
struct Arrivals {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    headers: Vec<Element>,
    /// Not yet taken by [`Wire::recv_until`].
    waiting: Vec<Element>,
    seen: Vec<Element>,
    closed: bool,
}

impl Wire {
    /// Connects and opens a stream to `domain` in the namespace `ns`. `react` sees every stanza and
    /// may answer it.
    pub(crate) async fn open(
        address: SocketAddr,
        ns: &'static str,
        domain: &str,
        react: impl Fn(&Element) -> Option<String> + Send + 'static,
    ) -> io::Result<Self> {
        let socket = TcpStream::connect(address).await?;
        socket.set_nodelay(true)?;
        let (read, write) = socket.into_split();
        let writer = Writer::new(Some(write).into());
        let arrivals = Arc::<Arrivals>::default();
        let reader = tokio::spawn(read_all(read, ns, arrivals.clone(), writer.clone(), react));
        let opening = format!(
            "<?xml version='1.0'?><stream:stream xmlns='{ns}' xmlns:stream='{STREAM}' to='{domain}' version='1.0'>"
        );
        let wire = Self { opening, writer, arrivals, reader };
        wire.send(&wire.opening).await?;
        Ok(wire)
    }

    /// Opens the stream again, as after SASL.
    pub(crate) async fn reopen(&self) -> io::Result<()> {
        self.send(&self.opening).await
    }

    /// Writes `xml` as it stands, be it well-formed or not.
    pub(crate) async fn send(&self, xml: &str) -> io::Result<()> {
        write(&self.writer, xml).await
    }

    /// The last stream header that the other side has sent.
    pub(crate) async fn header(&self, within: Duration) -> Option<Element> {
        self.wait(within, |state| state.headers.last().cloned()).await
    }

    /// The first stanza not yet taken that `wanted` likes. The others stay for later calls.
    pub(crate) async fn recv_until(
        &self,
        mut wanted: impl FnMut(&Element) -> bool,
        within: Duration,
    ) -> Option<Element> {
        self.wait(within, |state| {
            let at = state.waiting.iter().position(&mut wanted)?;
            Some(state.waiting.remove(at))
        })
        .await
    }

    /// As [`Wire::recv_until`], but says what came instead of `what` when nothing fits.
    pub(crate) async fn expect(
        &self,
        what: &str,
        wanted: impl FnMut(&Element) -> bool,
        within: Duration,
    ) -> Element {
        match self.recv_until(wanted, within).await {
            Some(element) => element,
            None => panic!("no {what} within {within:?}; seen so far:\n{}", self.seen_text()),
        }
    }

    /// Everything that has arrived, in order, taken or not.
    pub(crate) fn seen(&self) -> Vec<Element> {
        self.arrivals.lock().seen.clone()
    }

    /// The same, a line each.
    pub(crate) fn seen_text(&self) -> String {
        self.seen().iter().fold(String::new(), |mut text, element| {
            let _ = writeln!(text, "{}", String::from(element));
            text
        })
    }

    /// True when the other side has closed the connection within the time.
    pub(crate) async fn closed(&self, within: Duration) -> bool {
        self.wait(within, |state| state.closed.then_some(())).await.is_some()
    }

    /// Ends the stream properly and waits a moment for the other side to do the same.
    pub(crate) async fn close(self) {
        if self.send("</stream:stream>").await.is_ok() {
            self.closed(Duration::from_secs(2)).await;
        }
    }

    /// Resets the connection: the other side gets an error instead of an end.
    pub(crate) async fn reset(self) {
        if let Some(write) = self.writer.lock().await.take() {
            let _ = write.as_ref().set_zero_linger();
            write.forget();
        }
    }

    async fn wait<T>(
        &self,
        within: Duration,
        mut take: impl FnMut(&mut State) -> Option<T>,
    ) -> Option<T> {
        let found = async {
            loop {
                let changed = self.arrivals.changed.notified();
                tokio::pin!(changed);
                // Registered before the look, so that nothing slips through between the two.
                changed.as_mut().enable();
                let closed = {
                    let mut state = self.arrivals.lock();
                    if let Some(found) = take(&mut state) {
                        return Some(found);
                    }
                    state.closed
                };
                if closed {
                    return None;
                }
                changed.await;
            }
        };
        tokio::time::timeout(within, found).await.ok().flatten()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Arrivals {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test died while it looked at its stanzas")
    }
}

async fn write(writer: &Writer, xml: &str) -> io::Result<()> {
    match &mut *writer.lock().await {
        Some(socket) => socket.write_all(xml.as_bytes()).await,
        None => Err(io::ErrorKind::NotConnected.into()),
    }
}

async fn read_all(
    mut socket: OwnedReadHalf,
    ns: &'static str,
    arrivals: Arc<Arrivals>,
    writer: Writer,
    react: impl Fn(&Element) -> Option<String> + Send,
) {
    let mut splitter = Splitter::default();
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = socket.read(&mut buffer).await {
        for piece in splitter.feed(&buffer[..length]) {
            let answer = match piece {
                Piece::Header(tag) => {
                    let closed = tag.trim_end_matches('>').to_owned() + "/>";
                    arrivals.lock().headers.extend(Element::from_reader(closed.as_bytes()));
                    None
                }
                Piece::Stanza(text) => {
                    let stanza = parse(&text, ns);
                    let answer = react(&stanza);
                    let mut state = arrivals.lock();
                    state.waiting.push(stanza.clone());
                    state.seen.push(stanza);
                    answer
                }
            };
            arrivals.changed.notify_waiters();
            if let Some(answer) = answer {
                // A lost connection shows at the next read.
                let _ = write(&writer, &answer).await;
            }
        }
    }
    arrivals.lock().closed = true;
    arrivals.changed.notify_waiters();
}

/// One stanza as an element; `<unparsed xmlns='harness'>` with its text when the parser refuses it.
fn parse(text: &str, ns: &str) -> Element {
    let wrapped = format!("<w xmlns='{ns}' xmlns:stream='{STREAM}'>{text}</w>");
    let root = Element::from_reader(wrapped.as_bytes());
    let stanza = root.ok().and_then(|root| root.children().next().cloned());
    stanza.unwrap_or_else(|| Element::builder("unparsed", "harness").append(text).build())
}

enum Piece {
    Header(String),
    Stanza(String),
}

/// Cuts the stream into its top-level elements.
///
/// Servers write no comments and no CDATA, so tags and quotes are all there is to know.
#[derive(Default)]
struct Splitter {
    bytes: Vec<u8>,
    /// How far the bytes have been looked at.
    at: usize,
    /// Where the tag began in which `at` lies.
    tag: Option<usize>,
    quote: Option<u8>,
    depth: usize,
}

impl Splitter {
    fn feed(&mut self, more: &[u8]) -> Vec<Piece> {
        self.bytes.extend_from_slice(more);
        let mut pieces = Vec::new();
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match (self.tag, self.quote, byte) {
                (None, _, b'<') => self.tag = Some(self.at - 1),
                (Some(_), Some(quote), _) if quote == byte => self.quote = None,
                (Some(_), None, b'"' | b'\'') => self.quote = Some(byte),
                (Some(from), None, b'>') => {
                    self.tag = None;
                    pieces.extend(self.tag_ended(from));
                }
                _ => {}
            }
        }
        pieces
    }

    fn tag_ended(&mut self, from: usize) -> Option<Piece> {
        let tag = &self.bytes[from..self.at];
        let header = self.depth == 0 && tag.starts_with(b"<stream:stream");
        let nothing = tag.starts_with(b"<?") || (self.depth == 0 && tag.starts_with(b"</"));
        if !header && !nothing {
            if tag.starts_with(b"</") {
                self.depth -= 1;
            } else if !tag.ends_with(b"/>") {
                self.depth += 1;
            }
        }
        if self.depth > 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&self.bytes[..self.at]).trim_start().to_owned();
        self.bytes.drain(..self.at);
        self.at = 0;
        match (header, nothing) {
            (true, _) => Some(Piece::Header(text)),
            (_, true) => None,
            _ => Some(Piece::Stanza(text)),
        }
    }
}
