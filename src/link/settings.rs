//! Where the server is, how patient the link is with it, and what it asks of those who know the database.

use std::{fmt, pin::Pin, time::Duration};

use crate::{
    domain::id::{Chance, StreamNo},
    link::stream::framer,
    watchdog::Pulse,
};

/// How many times the fence timeout a pong may take while the server sends other things. Without
/// it a pong that went elsewhere, to a second connection of the domain, is waited for for ever.
pub(super) const PATIENCE: u32 = 4;

/// How often the watch looks.
pub(super) const WATCH: Duration = Duration::from_secs(1);

/// Where the server is, and how patient the link is with it.
#[derive(Clone)]
pub struct Settings {
    /// The component's own domain.
    pub domain: String,
    /// What the server also knows (XEP-0114 §3).
    pub secret: String,
    /// Host and port of the server's component listener; a name is looked up at each attempt.
    pub server: String,
    /// The server's own domain, which answers the fence (XEP-0199).
    pub host: String,
    /// How long the server may be silent behind a fence before the stream counts as dead.
    pub fence_timeout: Duration,
    /// How long the server may answer nothing before it is asked whether it is still there.
    pub keepalive: Duration,
    /// How large a stanza from the server may be, in bytes.
    pub max_bytes: usize,
    /// Where the ids of fences and the lengths of pauses come from.
    pub chance: Chance,
}

impl Settings {
    /// The usual patience: 15 s behind a fence, 30 s without, 1 MiB a stanza.
    #[must_use]
    pub fn new(
        domain: String,
        secret: String,
        server: String,
        host: String,
        chance: Chance,
    ) -> Self {
        let fence_timeout = Duration::from_secs(15);
        let keepalive = Duration::from_secs(30);
        let max_bytes = framer::MAX_BYTES;
        Self { domain, secret, server, host, fence_timeout, keepalive, max_bytes, chance }
    }

    /// The same, which asks so often that an answer comes within `limit`.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self { keepalive: self.keepalive.min(limit / 4), ..self }
    }

    /// How long it may take at the most until a server that answers nothing is given up.
    #[must_use]
    pub fn longest(&self) -> Duration {
        self.keepalive + PATIENCE * self.fence_timeout + 2 * WATCH
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { domain, server, host, .. } = self;
        write!(f, "Settings {{ domain: {domain:?}, server: {server:?}, host: {host:?}, .. }}")
    }
}

/// A future in a box.
pub type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What the link asks of those who know the database.
pub struct Hooks {
    /// The server took the handshake: gives the stream its number. Nothing is written before; an
    /// error is why this stream cannot be used.
    pub opened: Box<dyn Fn() -> Boxed<Result<StreamNo, String>> + Send + Sync>,
    /// The stream ended. `true`: we closed it, and the server agreed, so it took everything.
    pub closed: Box<dyn Fn(StreamNo, bool) -> Boxed<()> + Send + Sync>,
    /// Whether this process holds the lease. Asked before every write and once a second; without
    /// it the stream is dropped on the spot, and none is opened.
    pub may_write: Box<dyn Fn() -> bool + Send + Sync>,
    /// Beats with each answer of the server to a fence, and while there is no stream.
    pub pulse: Pulse,
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hooks")
    }
}
