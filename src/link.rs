//! XEP-0114: Jabber Component Protocol. Keeps the one stream to the server up.
//!
//! The link opens the stream, hands each stanza on as bytes, writes what the
//! [`Outlet`](crate::link::stream::Outlet) brings, and begins again when the stream ends, for ever until
//! it is stopped. It parses nothing but stream errors. Why a stream ended is told by the server's
//! own words, once, until it ends for another reason.

mod backoff;
mod ended;
mod handshake;
mod inbound;
mod session;
mod settings;
pub mod stream;
#[cfg(test)]
mod tests;

use std::{io, time::Duration};

use tokio::{
    net::TcpStream,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use self::{backoff::Backoff, ended::Ended, session::Session};
pub use self::{
    inbound::{Inbound, Received, Receiver, Sender, inbound},
    settings::{Boxed, Hooks, Settings},
};
use crate::{
    link::stream::{
        Out, OutletEnd, Traffic, Up,
        framer::{self, Framer},
    },
    watchdog::Pulse,
};

/// How long one address of the server may take to answer.
const CONNECT: Duration = Duration::from_secs(5);

/// How long everything up to the server's `<handshake/>` may take.
const HANDSHAKE: Duration = Duration::from_secs(20);

/// How often a process that does not hold the lease looks whether it does.
const LEASE: Duration = Duration::from_millis(250);

/// A stream that lived this long was a good one: the next failure is a new one.
const GOOD: Duration = Duration::from_mins(1);

/// Keeps the stream up until `stop`, or until nobody takes what it brings.
///
/// On `stop` it writes what is queued, closes the stream, and waits up to 5 s for the server to
/// close its side. What is put into the outlet after that is dropped.
pub async fn run(
    settings: Settings,
    hooks: Hooks,
    end: OutletEnd,
    inbound: Sender,
    stop: CancellationToken,
) {
    let mut link = Link { settings, hooks, end, inbound, stop };
    let mut backoff = Backoff::default();
    let mut told = String::new();
    while !link.stop.is_cancelled() {
        link.hooks.pulse.beat();
        let Some((ended, lived)) = link.one_stream().await else { break };
        if let Ended::Closed | Ended::Unheard = ended {
            break;
        }
        if lived >= GOOD {
            backoff = Backoff::default();
            told.clear();
        }
        Traffic::add(&link.end.traffic.failed, 1);
        let pause = backoff.pause(ended.retry(), &link.settings.chance);
        let reason = ended.to_string();
        if reason == told {
            debug!(%reason, ?pause, "no stream to the server");
        } else {
            warn!(%reason, server = %link.settings.server, ?pause, "no stream to the server");
            told = reason;
        }
        let pausing = link.stop.run_until_cancelled(sleep(pause));
        discarding(&mut link.end, &link.hooks.pulse, pausing).await;
    }
    link.end.queue.close();
    while let Ok(out) = link.end.queue.try_recv() {
        discard(&out, &link.end.traffic);
    }
}

struct Link {
    settings: Settings,
    hooks: Hooks,
    end: OutletEnd,
    inbound: Sender,
    stop: CancellationToken,
}

impl Link {
    /// Opens one stream and serves it to its end; says why it ended, and how long it lived.
    /// Nothing when it was stopped before there was one.
    async fn one_stream(&mut self) -> Option<(Ended, Duration)> {
        let Self { settings, hooks, end, inbound, stop } = self;
        let open = stop.run_until_cancelled(async {
            while !(hooks.may_write)() {
                sleep(LEASE).await;
                hooks.pulse.beat();
            }
            let opening = open(settings, hooks);
            timeout(HANDSHAKE, opening).await.unwrap_or(Err(Ended::NoHandshake))
        });
        let (io, framer) = match discarding(end, &hooks.pulse, open).await? {
            Ok(open) => open,
            Err(ended) => return Some((ended, Duration::ZERO)),
        };
        // Not to be cut off by `stop`: whoever counts streams must hear of the end of each.
        let number = match discarding(end, &hooks.pulse, (hooks.opened)()).await {
            Ok(number) => number,
            Err(reason) => return Some((Ended::NoNumber(reason), Duration::ZERO)),
        };
        info!(stream = number.0, server = %settings.server, "stream to the server is up");
        Traffic::add(&end.traffic.opened, 1);
        end.up.send_replace(Up::Up(number));
        let since = Instant::now();
        let session = Session::new(settings, hooks, inbound, &end.traffic, number);
        let (read, write) = io.into_split();
        let ended = session.serve(read, write, framer, &mut end.queue, stop).await;
        // Whoever waits for a fence hears that the stream is lost before it is closed in the rows.
        drop(session);
        end.up.send_replace(Up::Down);
        let clean = matches!(ended, Ended::Closed);
        info!(stream = number.0, clean, reason = %ended, "stream to the server ended");
        discarding(end, &hooks.pulse, (hooks.closed)(number, clean)).await;
        Some((ended, since.elapsed()))
    }
}

async fn open(settings: &Settings, hooks: &Hooks) -> Result<(TcpStream, Framer), Ended> {
    let mut io = connect(&settings.server).await?;
    let mut framer = Framer::with_limits(settings.max_bytes, framer::MAX_DEPTH);
    handshake::shake(&mut io, &mut framer, settings, hooks).await?;
    Ok((io, framer))
}

/// Tries each address of the server in turn.
async fn connect(server: &str) -> Result<TcpStream, Ended> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in tokio::net::lookup_host(server).await.map_err(Ended::Unreachable)? {
        match timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(io)) => {
                io.set_nodelay(true).map_err(Ended::Unreachable)?;
                return Ok(io);
            }
            Ok(Err(error)) => last = error,
            Err(_) => last = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(Ended::Unreachable(last))
}

/// Waits, and meanwhile drops what is put into the outlet: there is no stream.
async fn discarding<T>(end: &mut OutletEnd, pulse: &Pulse, wait: impl Future<Output = T>) -> T {
    let wait = pulse.while_waiting(wait);
    tokio::pin!(wait);
    loop {
        tokio::select! {
            biased;
            done = &mut wait => return done,
            Some(out) = end.queue.recv() => discard(&out, &end.traffic),
        }
    }
}

/// A batch answers for itself when it is dropped.
fn discard(out: &Out, traffic: &Traffic) {
    if let Out::Send(_) = out {
        Traffic::add(&traffic.dropped, 1);
    }
}
