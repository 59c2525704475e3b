//! What a mail server says, counted before anybody reads it.
//!
//! lettre looks at the length of a line once that has its end, and reads an answer anew with each
//! further line; TLS takes whatever comes. Neither gets more from here than one answer may have.

use std::{
    fmt::Debug,
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll, ready},
};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What an answer may have. A line has 512 bytes at the most (RFC 5321 §4.5.3.1.5), and servers
/// say what they can do in some twenty.
const ANSWER: Amount = Amount { bytes: 8 * 1024, lines: 64 };
/// What may come in TLS: rustls reads certificates of up to 64 KiB, and lines are not seen yet.
const ENCRYPTED: Amount = Amount { bytes: 256 * 1024, lines: usize::MAX };
/// What lettre waits for first.
const GREETING: &[u8] = b"220 under TLS\r\n";

#[derive(Debug, Clone, Copy, Default)]
struct Amount {
    bytes: usize,
    lines: usize,
}

/// A stream that fails, from then on, when more comes between two of our writes than may; what is
/// too much, and what came with it, is not handed on. At most one byte more than that is taken from
/// the stream below.
#[derive(Debug)]
pub(super) struct Counted<S> {
    stream: S,
    most: Amount,
    /// Since our last write.
    heard: Amount,
    is_over: bool,
    /// What is read before anything of the stream is, and not counted.
    ahead: &'static [u8],
}

impl<S> Counted<S> {
    /// Over a stream on which a mail server answers: 8 KiB and 64 lines.
    pub(super) fn answers(stream: S) -> Self {
        Self::of(stream, ANSWER)
    }

    /// Over a stream on which TLS is spoken: 256 KiB.
    pub(super) fn encrypted(stream: S) -> Self {
        Self::of(stream, ENCRYPTED)
    }

    fn of(stream: S, most: Amount) -> Self {
        Self { stream, most, heard: Amount::default(), is_over: false, ahead: &[] }
    }

    /// The same, with a greeting of ours in front: after STARTTLS a server says none (RFC 3207
    /// §4.2), and lettre, which was not there before, waits for it.
    pub(super) fn greeted(self) -> Self {
        Self { ahead: GREETING, ..self }
    }

    /// The stream below. Nothing that was read of it is kept here.
    pub(super) fn into_inner(self) -> S {
        self.stream
    }

    /// Counts what was said.
    fn hear(&mut self, said: &[u8]) -> io::Result<()> {
        self.heard.bytes = self.heard.bytes.saturating_add(said.len());
        let lines = memchr::memchr_iter(b'\n', said).count();
        self.heard.lines = self.heard.lines.saturating_add(lines);
        self.is_over = self.heard.bytes > self.most.bytes || self.heard.lines > self.most.lines;
        if self.is_over { Err(too_much()) } else { Ok(()) }
    }
}

fn too_much() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "it says more than an answer of a mail server has (64 lines, 8 KiB); look at what listens \
         at email.server",
    )
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.is_over {
            return Poll::Ready(Err(too_much()));
        }
        if !this.ahead.is_empty() {
            let (now, later) = this.ahead.split_at(this.ahead.len().min(buffer.remaining()));
            buffer.put_slice(now);
            this.ahead = later;
            return Poll::Ready(Ok(()));
        }
        // The one byte more tells that there is more.
        let room = this.most.bytes.saturating_sub(this.heard.bytes).saturating_add(1);
        let room = room.min(buffer.remaining());
        let mut part = ReadBuf::new(buffer.initialize_unfilled_to(room));
        ready!(Pin::new(&mut this.stream).poll_read(context, &mut part))?;
        this.hear(part.filled())?;
        let read = part.filled().len();
        buffer.advance(read);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = ready!(Pin::new(&mut this.stream).poll_write(context, bytes))?;
        if written > 0 {
            this.heard = Amount::default();
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

impl<S: AsyncRead + AsyncWrite + Debug + Send + Sync + Unpin> AsyncTokioStream for Counted<S> {
    /// lettre has this for whoever asks it, and nobody does.
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    /// What is read of a server that says this, why no more, and how much is left below.
    async fn read(says: &[u8], most: Amount) -> (Vec<u8>, Option<io::ErrorKind>, usize) {
        let (mut server, ours) = duplex(1 << 20);
        server.write_all(says).await.unwrap();
        drop(server);
        let mut stream = Counted::of(ours, most);
        let (mut all, mut part) = (Vec::new(), [0; 3000]);
        let why = loop {
            match stream.read(&mut part).await {
                Ok(0) => break None,
                Ok(count) => all.extend_from_slice(&part[..count]),
                Err(error) => break Some(error.kind()),
            }
        };
        let mut left = Vec::new();
        stream.into_inner().read_to_end(&mut left).await.unwrap();
        (all, why, left.len())
    }

    #[tokio::test]
    async fn an_answer_is_read_and_nothing_of_what_is_more() {
        let most = Amount { bytes: 8000, lines: 10 };
        for fits in [vec![b'x'; 8000], b"220-\r\n".repeat(10), b"\n".repeat(10)] {
            assert_eq!(read(&fits, most).await, (fits, None, 0));
        }
        let over = Some(io::ErrorKind::InvalidData);
        let (all, why, left) = read(&b"x".repeat(20_000), most).await;
        assert_eq!((all.len(), why, 20_000 - left), (6000, over, 8001));
        assert_eq!(read(&b"\n".repeat(11), most).await, (Vec::new(), over, 0));
    }

    #[tokio::test]
    async fn each_answer_is_counted_alone_and_too_much_is_the_end() {
        let (mut server, ours) = duplex(1 << 20);
        let mut stream = Counted::of(ours, Amount { bytes: 8, lines: 2 });
        let mut part = [0; 8];
        for _ in 0..3 {
            server.write_all(b"12345\r\n").await.unwrap();
            assert_eq!(stream.read(&mut part).await.unwrap(), 7);
            stream.write_all(b"NOOP\r\n").await.unwrap();
        }
        server.write_all(b"1\n2\n3\n").await.unwrap();
        stream.read(&mut part).await.unwrap_err();
        stream.write_all(b"QUIT\r\n").await.unwrap();
        server.write_all(b"221\r\n").await.unwrap();
        stream.read(&mut part).await.unwrap_err();
    }

    #[tokio::test]
    async fn a_greeting_of_ours_comes_first_and_counts_for_nothing() {
        let (mut server, ours) = duplex(1 << 20);
        let mut stream = Counted::of(ours, Amount { bytes: 3, lines: 1 }).greeted();
        server.write_all(b"250").await.unwrap();
        let mut all = vec![0; GREETING.len() + 3];
        stream.read_exact(&mut all).await.unwrap();
        assert_eq!(all, [GREETING, b"250"].concat());
    }
}
