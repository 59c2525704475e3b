//! One stream, from the handshake to its end: a reader, a writer and a watch, side by side.
//!
//! They run in one task and share one lock that is never held across a wait. Whichever ends first
//! says why the stream ended.

use std::{
    collections::VecDeque,
    fmt::Write as _,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::{BufMut, Bytes, BytesMut};
use memchr::memmem::Finder;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    sync::{Notify, mpsc},
    time::{Instant, interval, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    ended::{Ended, Refusal},
    inbound::{Received, Sender},
    settings::{Hooks, PATIENCE, Settings, WATCH},
};
use crate::{
    domain::id::StreamNo,
    link::stream::{
        Out, Promise, Traffic,
        framer::{Event, Framer},
        tag,
    },
};

/// How much goes into one write at least, when there is so much, in bytes.
const WRITE: usize = 64 << 10;

/// How long the server may take to close its side after ours (RFC 6120 §4.4).
const CLOSE: Duration = Duration::from_secs(5);

/// Where a fence's id is looked for: a pong's start tag is not longer, in bytes.
const PONG: usize = 512;

const END: &[u8] = b"</stream:stream>";

/// A ping on its way. Without a promise it asks only whether the server is there.
struct Fence {
    counter: u64,
    written: Instant,
    promise: Option<Promise>,
}

struct Liveness {
    /// When the server was last heard, or would have been if we had read.
    heard: Instant,
    /// When it last answered a fence.
    answered: Instant,
    /// The reader waits for who takes what it read: silence is not the server's.
    blocked: bool,
    /// When the reader last went on after that.
    resumed: Instant,
    /// Since when the writer waits for the system to take more.
    writing: Option<Instant>,
    /// When the end tag of the stream was written.
    closed: Option<Instant>,
    fences: VecDeque<Fence>,
    counter: u64,
}

pub(super) struct Session<'a> {
    settings: &'a Settings,
    hooks: &'a Hooks,
    inbound: &'a Sender,
    traffic: &'a Traffic,
    number: StreamNo,
    state: Mutex<Liveness>,
    /// The watch wants a ping written.
    ping: Notify,
    /// Starts the id of each fence: 128 bits that nobody else knows, so that nobody else answers.
    nonce: String,
    finder: Finder<'static>,
}

impl<'a> Session<'a> {
    pub(super) fn new(
        settings: &'a Settings,
        hooks: &'a Hooks,
        inbound: &'a Sender,
        traffic: &'a Traffic,
        number: StreamNo,
    ) -> Self {
        let now = Instant::now();
        let state = Liveness {
            heard: now,
            answered: now,
            blocked: false,
            resumed: now,
            writing: None,
            closed: None,
            fences: VecDeque::new(),
            counter: 0,
        };
        let [high, low] = [(); 2].map(|()| settings.chance.bits());
        let nonce = format!("fence-{}-{high:016x}{low:016x}-", number.0);
        let finder = Finder::new(nonce.as_bytes()).into_owned();
        let (state, ping) = (Mutex::new(state), Notify::new());
        Self { settings, hooks, inbound, traffic, number, state, ping, nonce, finder }
    }

    /// Serves the stream until it ends. Fences that are still open are lost with the session.
    pub(super) async fn serve(
        &self,
        read: impl AsyncRead + Unpin,
        mut write: impl AsyncWrite + Unpin,
        framer: Framer,
        queue: &mut mpsc::Receiver<Out>,
        stop: &CancellationToken,
    ) -> Ended {
        let ended = tokio::select! {
            ended = self.read(read, framer, stop) => ended,
            ended = self.write(&mut write, queue, stop) => ended,
            ended = self.watch() => ended,
        };
        let within = self.state().writing.is_some();
        if matches!(ended, Ended::ByServer) && !within && (self.hooks.may_write)() {
            // The server closed first: it may still want our side (RFC 6120 §4.4), or be gone.
            let _ = timeout(WATCH, write.write_all(END)).await;
        }
        ended
    }

    fn state(&self) -> MutexGuard<'_, Liveness> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn read(
        &self,
        mut io: impl AsyncRead + Unpin,
        mut framer: Framer,
        stop: &CancellationToken,
    ) -> Ended {
        loop {
            match framer.next() {
                Ok(Some(Event::Stanza(xml))) => {
                    if self.is_pong(&xml) {
                        continue;
                    }
                    Traffic::add(&self.traffic.received, 1);
                    if self.hand_on(Received::Stanza(xml)).await.is_err() && !stop.is_cancelled() {
                        return Ended::Unheard;
                    }
                }
                Ok(Some(Event::Oversized(over))) => {
                    Traffic::add(&self.traffic.oversized, 1);
                    if self.hand_on(Received::Oversized(over)).await.is_err()
                        && !stop.is_cancelled()
                    {
                        return Ended::Unheard;
                    }
                }
                Ok(Some(Event::Error(xml))) => return Ended::Refused(Refusal::read(&xml)),
                Ok(Some(Event::End)) if self.state().closed.is_some() => return Ended::Closed,
                Ok(Some(Event::End)) => return Ended::ByServer,
                // The framer gives it once, and the handshake took it.
                Ok(Some(Event::Header(_))) => return Ended::Unexpected,
                Err(malformed) => return malformed.into(),
                Ok(None) => match io.read_buf(framer.room()).await {
                    Ok(0) => return Ended::Cut,
                    Ok(n) => {
                        Traffic::add(&self.traffic.received_bytes, n);
                        self.state().heard = Instant::now();
                    }
                    Err(error) => return Ended::Broken(error),
                },
            }
        }
    }

    /// Gives one stanza to who parses it. While they are behind, the socket is not read: the
    /// server's send buffer is where a flood belongs.
    async fn hand_on(&self, received: Received) -> Result<(), ()> {
        let Err(received) = self.inbound.try_send(received).ok_or(())? else { return Ok(()) };
        self.state().blocked = true;
        let handed = self.inbound.send(received).await;
        let now = Instant::now();
        let mut state = self.state();
        (state.blocked, state.resumed, state.heard) = (false, now, now);
        handed.ok_or(())
    }

    /// Whether the stanza answers one of our fences, and if so, keeps the promise behind it. An
    /// error is an answer too: a server that does not know the ping was still asked in order.
    fn is_pong(&self, xml: &Bytes) -> bool {
        let start = xml.get(..PONG).unwrap_or(xml);
        if !start.starts_with(b"<iq") || self.finder.find(start).is_none() {
            return false;
        }
        let attribute = |name| tag::attribute(xml, name).unwrap_or_default();
        let from = attribute("from");
        let Settings { host, domain, .. } = self.settings;
        let by_server = [host, domain].iter().any(|own| from.eq_ignore_ascii_case(own.as_bytes()));
        if !by_server || !matches!(attribute("type"), b"result" | b"error") {
            return false;
        }
        let counter = attribute("id").strip_prefix(self.nonce.as_bytes());
        let counter = counter.and_then(|c| std::str::from_utf8(c).ok()?.parse::<u64>().ok());
        let mut state = self.state();
        let Some(at) = state.fences.iter().position(|f| Some(f.counter) == counter) else {
            return false;
        };
        let fence = state.fences.remove(at);
        state.answered = Instant::now();
        drop(state);
        self.hooks.pulse.beat();
        if let Some(promise) = fence.and_then(|f| f.promise) {
            promise.taken();
        }
        true
    }

    async fn write(
        &self,
        io: &mut (impl AsyncWrite + Unpin),
        queue: &mut mpsc::Receiver<Out>,
        stop: &CancellationToken,
    ) -> Ended {
        let mut buf = BytesMut::with_capacity(2 * WRITE);
        let mut stopping = false;
        loop {
            tokio::select! {
                biased;
                // What is queued by now still leaves; nothing comes after it.
                () = stop.cancelled(), if !stopping => {
                    stopping = true;
                    queue.close();
                    continue;
                }
                out = queue.recv() => match out {
                    Some(out) => self.put(out, &mut buf),
                    None => break,
                },
                () = self.ping.notified() => self.put_fence(None, &mut buf),
            }
            while buf.len() < WRITE
                && let Ok(out) = queue.try_recv()
            {
                self.put(out, &mut buf);
            }
            if let Err(ended) = self.flush(io, &mut buf).await {
                return ended;
            }
        }
        buf.put_slice(END);
        // Before it is written: the server may answer at once.
        self.state().closed = Some(Instant::now());
        match self.flush(io, &mut buf).await {
            Ok(()) => std::future::pending().await,
            Err(ended) => ended,
        }
    }

    fn put(&self, out: Out, buf: &mut BytesMut) {
        match out {
            Out::Send(stanza) => {
                buf.put_slice(stanza.bytes());
                Traffic::add(&self.traffic.sent, 1);
            }
            Out::Batch(stanzas, mut promise) => {
                for stanza in &stanzas {
                    buf.put_slice(stanza.bytes());
                }
                Traffic::add(&self.traffic.sent, stanzas.len());
                promise.written(self.number);
                self.put_fence(Some(promise), buf);
            }
        }
    }

    /// XEP-0199 §4.2: a ping from us to the server itself.
    fn put_fence(&self, promise: Option<Promise>, buf: &mut BytesMut) {
        let mut state = self.state();
        state.counter += 1;
        let counter = state.counter;
        let (nonce, Settings { host, domain, .. }) = (&self.nonce, self.settings);
        // Writing to a buffer that grows cannot fail.
        let _ = write!(
            buf,
            "<iq type='get' from='{domain}' to='{host}' id='{nonce}{counter}'>\
             <ping xmlns='urn:xmpp:ping'/></iq>",
        );
        state.fences.push_back(Fence { counter, written: Instant::now(), promise });
    }

    /// Writes all of `buf`. The lease is asked before each call to the system, as any of them may
    /// have waited for longer than the lease lasts.
    async fn flush(
        &self,
        io: &mut (impl AsyncWrite + Unpin),
        buf: &mut BytesMut,
    ) -> Result<(), Ended> {
        while !buf.is_empty() {
            if !(self.hooks.may_write)() {
                return Err(Ended::Lease);
            }
            self.state().writing = Some(Instant::now());
            let n = io.write_buf(buf).await.map_err(Ended::Broken)?;
            if n == 0 {
                return Err(Ended::Cut);
            }
            Traffic::add(&self.traffic.sent_bytes, n);
        }
        io.flush().await.map_err(Ended::Broken)?;
        self.state().writing = None;
        Ok(())
    }

    /// Ends the stream when the lease is gone, or the server.
    async fn watch(&self) -> Ended {
        let mut ticks = interval(WATCH.min(self.settings.fence_timeout / 4));
        loop {
            ticks.tick().await;
            if !(self.hooks.may_write)() {
                return Ended::Lease;
            }
            if let Some(ended) = self.overdue(Instant::now()) {
                return ended;
            }
        }
    }

    fn overdue(&self, now: Instant) -> Option<Ended> {
        let Settings { host, fence_timeout, keepalive, .. } = self.settings;
        let state = self.state();
        let over = |since: Instant, most: Duration| now.saturating_duration_since(since) >= most;
        if state.closed.is_some_and(|at| over(at, CLOSE)) {
            return Some(Ended::Unanswered);
        }
        if state.writing.is_some_and(|at| over(at, 2 * *fence_timeout)) {
            return Some(Ended::Stalled);
        }
        if state.blocked {
            self.hooks.pulse.wait();
            return None;
        }
        match state.fences.front() {
            Some(fence) if over(fence.written.max(state.heard), *fence_timeout) => {
                Some(Ended::Silent)
            }
            Some(fence) if over(fence.written.max(state.resumed), PATIENCE * *fence_timeout) => {
                Some(Ended::NoPong(host.clone()))
            }
            None if over(state.answered, *keepalive) && state.closed.is_none() => {
                // A ping that is wanted twice before it is written is written once.
                self.ping.notify_one();
                None
            }
            _ => None,
        }
    }
}
