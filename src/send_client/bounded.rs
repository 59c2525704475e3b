//! What a server may send a bot: no more in one stanza than it may send the component.
//!
//! The XML reader of a client's stream bounds neither the size of an element nor its depth, and a
//! tree of some thousand levels ends the process when it is dropped. So the bytes pass the
//! component's framer first: a stanza that is too large or too deep ends the connection before
//! the reader has seen the excess.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::link::stream::{
    framer::{Event, Excess, Framer, Malformed},
    tag,
};

/// Iterations of SCRAM that are made at the most: some hundred times what servers ask for.
const ITERATIONS: u64 = 1_000_000;

/// A connection that brings stanzas within the bounds of [`Framer`], and then fails.
#[derive(Debug)]
pub(super) struct Bounded<S> {
    socket: S,
    framer: Framer,
    /// The one new stream that a connection begins, after the login, has begun.
    again: bool,
    /// Nothing more is read: the stream has ended, or broke its bounds.
    ended: bool,
}

impl<S> Bounded<S> {
    pub(super) fn new(socket: S) -> Self {
        Self { socket, framer: Framer::default(), again: false, ended: false }
    }

    pub(super) fn into_inner(self) -> S {
        self.socket
    }

    fn follow(&mut self, came: &[u8]) -> io::Result<()> {
        self.framer.push(came);
        loop {
            match self.framer.next().map_err(broken)? {
                // What follows is a new stream (RFC 6120 §6.4.6). Only once: each one more is one
                // more level to a reader that has not asked for it.
                Some(Event::Stanza(stanza)) if !self.again && is_success(&stanza) => {
                    self.again = true;
                    let mut next = Framer::default();
                    next.push(self.framer.room().trim_ascii_start());
                    self.framer = next;
                }
                Some(Event::Oversized(over)) => return Err(too_much(over.why)),
                Some(Event::End) => {
                    self.ended = true;
                    return Ok(());
                }
                Some(Event::Stanza(stanza)) if iterations(&stanza) > ITERATIONS => {
                    return Err(wrong("the server's login takes more computing than anybody's"));
                }
                Some(Event::Header(_) | Event::Stanza(_) | Event::Error(_)) => {}
                // Its end may never come.
                None => return self.framer.excess().map_or(Ok(()), |why| Err(too_much(why))),
            }
        }
    }
}

/// How often a challenge of SCRAM has a password hashed (RFC 5802 §5.1); never for what is none.
fn iterations(stanza: &[u8]) -> u64 {
    let name = tag::name(stanza);
    let is_challenge = name == b"challenge" || name.ends_with(b":challenge");
    let text = || {
        let text = std::str::from_utf8(stanza).ok()?.split_once('>')?.1.split('<').next()?;
        String::from_utf8(BASE64_STANDARD.decode(text.trim()).ok()?).ok()
    };
    let Some(text) = is_challenge.then(text).flatten() else { return 0 };
    let count = text.split(',').filter_map(|it| it.strip_prefix("i="));
    count.map(|it| it.parse().unwrap_or(u64::MAX)).max().unwrap_or(0)
}

fn is_success(stanza: &[u8]) -> bool {
    let name = tag::name(stanza);
    name == b"success" || name.ends_with(b":success")
}

fn too_much(why: Excess) -> io::Error {
    wrong(match why {
        Excess::Bytes => "the server sends a stanza that is too large",
        Excess::Depth => "the server sends a stanza that is too deep",
        Excess::Parts => "the server sends a stanza of too many elements and attributes",
    })
}

fn broken(why: Malformed) -> io::Error {
    match why {
        // The framer's own words are about the component port.
        Malformed::NoHeader => {
            wrong("no stream header from the server, does it take clients here?")
        }
        why => wrong(why),
    }
}

fn wrong(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.ended {
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.socket).poll_read(cx, buf))?;
        let followed = self.follow(buf.filled().get(before..).unwrap_or_default());
        if followed.is_err() {
            self.ended = true;
            // Whoever fails has read nothing (`AsyncRead::poll_read`).
            buf.set_filled(before);
        }
        Poll::Ready(followed)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    const OPEN: &str = "<?xml version='1.0'?><stream:stream>";

    async fn read(xml: String) -> Result<String, String> {
        let mut text = String::new();
        let read = Bounded::new(xml.as_bytes()).read_to_string(&mut text).await;
        read.map(|_| text).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_stream_and_the_one_after_the_login_pass_as_they_are() {
        let both = format!("{OPEN}<features/><success xmlns='s'/>{OPEN}<iq/> </stream:stream>");
        assert_eq!(read(both.clone()).await, Ok(both));
    }

    #[tokio::test]
    async fn what_has_no_bound_fails_though_it_never_ends() {
        for (more, why) in [
            ("<a>".repeat(65), "too deep"),
            ("<a/>".repeat(9_000), "too many elements"),
            ("x".repeat(1 << 20), "too large"),
        ] {
            let error = read(format!("{OPEN}<features>{more}")).await.unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[tokio::test]
    async fn a_login_takes_a_million_iterations_at_the_most() {
        let asks = async |count: &str| {
            let data = BASE64_STANDARD.encode(format!("r=x,s=c2FsdA==,i={count}"));
            let name = if count.len().is_multiple_of(2) { "challenge" } else { "sasl:challenge" };
            read(format!("{OPEN}<features/><{name} xmlns='s'>\n{data} </{name}>")).await
        };
        for count in ["1", "4096", "1000000"] {
            assert!(asks(count).await.is_ok(), "{count}");
        }
        for count in
            ["1000001", "4294967295", "99999999999999999999", "-1", "many", "4096,i=1000001"]
        {
            let error = asks(count).await.unwrap_err();
            assert!(error.contains("more computing"), "{count}: {error}");
        }
        let plain = BASE64_STANDARD.encode("i=4294967295");
        assert!(read(format!("{OPEN}<features/><iq>{plain}</iq>")).await.is_ok());
    }

    #[tokio::test]
    async fn no_third_stream_begins() {
        let again = format!("<success/>{OPEN}");
        assert!(read(format!("{OPEN}{again}{again}")).await.is_err());
    }
}
