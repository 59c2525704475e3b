//! What every account of the load does besides the load: it registers, is seen online, and answers
//! what a client answers.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result, bail};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt as _},
    sync::{mpsc, watch},
    time::timeout,
};

use crate::{
    frames::Frames,
    stanza::{attr, head, mark, numbered, ping, register},
    steady::Load,
};

/// The fullest a single write gets, bytes.
const WRITE: usize = 64 * 1024;

/// What the load hears of.
#[derive(Clone, Copy)]
pub(crate) enum Event<'a> {
    /// An IQ of the load has its result.
    Answered(char, usize),
    /// A share has come, for this address.
    Shown(char, usize, &'a str),
    /// An IQ or a message of the load came back as an error.
    Failed(&'a [u8]),
}

/// How far the accounts of one stream are.
#[derive(Default)]
pub(crate) struct Progress {
    registered: usize,
    subscribed: usize,
    ponged: usize,
}

/// One stream's outgoing queue and the accounts' progress on it.
#[derive(Clone)]
pub(crate) struct Peer {
    out: mpsc::UnboundedSender<Vec<u8>>,
    progress: Arc<watch::Sender<Progress>>,
    /// Whether we are also the accounts' server, which sends their presence.
    serves: bool,
}

impl Peer {
    pub(crate) fn new(serves: bool) -> (Self, mpsc::UnboundedReceiver<Vec<u8>>) {
        let (out, queue) = mpsc::unbounded_channel();
        (Self { out, progress: Arc::default(), serves }, queue)
    }

    /// Queues a stanza. Only the writer writes, so that reading never waits for writing.
    pub(crate) fn send(&self, stanza: Vec<u8>) {
        // When the writer is gone its own error says why.
        let _ = self.out.send(stanza);
    }

    /// Registers the accounts, lets the component see them online, and waits until it has.
    pub(crate) async fn join(&self, accounts: &[Option<String>], domain: &str) -> Result<()> {
        for from in accounts {
            self.send(register(from.as_deref(), domain));
        }
        let number = accounts.len();
        self.until("the result of a registration", |seen| seen.registered >= number).await?;
        self.until("the component's subscription", |seen| seen.subscribed >= number).await?;
        // The stream is in order: once this is answered, their presence has been read.
        self.send(ping(accounts.first().and_then(Option::as_deref), domain));
        self.until("the answer to a ping", |seen| seen.ponged > 0).await
    }

    async fn until(&self, what: &str, mut holds: impl FnMut(&Progress) -> bool) -> Result<()> {
        let mut progress = self.progress.subscribe();
        let wait = progress.wait_for(|seen| holds(seen));
        timeout(Duration::from_secs(20), wait)
            .await
            .with_context(|| format!("{what} did not come within 20 s"))??;
        Ok(())
    }

    /// Reads until the stream ends, which is an error: the load ends first.
    pub(crate) async fn read(
        &self,
        mut frames: Frames<impl AsyncRead + Unpin>,
        mut on: impl FnMut(Event<'_>),
    ) -> Result<()> {
        loop {
            while let Some(stanza) = frames.arrived() {
                self.take(stanza, &mut on);
            }
            if !frames.fill().await? {
                bail!("the other side closed the stream");
            }
        }
    }

    fn take(&self, stanza: &[u8], on: &mut impl FnMut(Event<'_>)) {
        let head = head(stanza);
        let kind = attr(head, "type").unwrap_or("");
        let id = attr(head, "id").unwrap_or("");
        let from = attr(head, "from").unwrap_or("");
        match head {
            [b'<', b'm', ..] if kind == "error" => on(Event::Failed(stanza)),
            [b'<', b'm', ..] => {
                if let Some((kind, n)) = mark(stanza) {
                    on(Event::Shown(kind, n, attr(head, "to").unwrap_or("")));
                }
            }
            [b'<', b'i', ..] => match (kind, id) {
                ("result", "register") => self.progress.send_modify(|seen| seen.registered += 1),
                ("result", "ping") => self.progress.send_modify(|seen| seen.ponged += 1),
                ("result", id) => {
                    if let Some((kind, n)) = numbered(id) {
                        on(Event::Answered(kind, n));
                    }
                }
                ("get" | "set", id) => {
                    let is_ping = memchr::memmem::find(stanza, b"urn:xmpp:ping").is_some();
                    self.answer(head, id, from, is_ping);
                }
                _ => on(Event::Failed(stanza)),
            },
            [b'<', b'p', ..] => self.meet(head, kind, from),
            _ => on(Event::Failed(stanza)),
        }
    }

    /// A ping is answered, anything else is not known here.
    fn answer(&self, head: &[u8], id: &str, to: &str, is_ping: bool) {
        let from = self.own(head);
        self.send(if is_ping {
            format!("<iq type='result' id='{id}' to='{to}'{from}/>").into_bytes()
        } else {
            format!(
                "<iq type='error' id='{id}' to='{to}'{from}><error type='cancel'>\
                 <service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
            )
            .into_bytes()
        });
    }

    /// A subscription is granted, and a probe answered (RFC 6121 §3.1.4, §4.3.2).
    fn meet(&self, head: &[u8], kind: &str, to: &str) {
        let from = self.own(head);
        if kind == "subscribe" {
            self.send(format!("<presence type='subscribed' to='{to}'{from}/>").into_bytes());
        }
        if self.serves && matches!(kind, "subscribe" | "probe") {
            let account = attr(head, "to").unwrap_or("");
            let account = account.split('/').next().unwrap_or("");
            self.send(format!("<presence from='{account}/load' to='{to}'/>").into_bytes());
        }
        if kind == "subscribe" {
            self.progress.send_modify(|seen| seen.subscribed += 1);
        }
    }

    /// A server writes whose answer it is; for a client its server does.
    fn own(&self, head: &[u8]) -> String {
        let to = attr(head, "to").filter(|_| self.serves);
        to.map(|to| format!(" from='{to}'")).unwrap_or_default()
    }
}

/// Writes what is queued, and the load as its window allows; ends when the queue is closed.
pub(crate) async fn write(
    mut to: impl AsyncWrite + Unpin,
    mut queue: mpsc::UnboundedReceiver<Vec<u8>>,
    mut load: Option<Load>,
) -> Result<()> {
    let mut bytes = Vec::with_capacity(2 * WRITE);
    loop {
        bytes.clear();
        tokio::select! {
            biased;
            stanza = queue.recv() => match stanza {
                Some(stanza) => bytes.extend_from_slice(&stanza),
                None => return Ok(()),
            },
            more = wait(load.as_ref(), &mut bytes) => if !more { load = None },
        }
        while let Ok(stanza) = queue.try_recv() {
            bytes.extend_from_slice(&stanza);
        }
        if let Some(load) = &load {
            while bytes.len() < WRITE && load.try_write(&mut bytes) {}
        }
        to.write_all(&bytes).await.context("writing to the other side")?;
    }
}

async fn wait(load: Option<&Load>, bytes: &mut Vec<u8>) -> bool {
    match load {
        Some(load) => load.write(bytes).await,
        None => std::future::pending().await,
    }
}
