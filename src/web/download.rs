//! Files that are written while they are read: exports, what somebody keeps, copies of pages.
//!
//! However much there is, a download has one piece of it in memory. Whoever writes takes their turn to
//! get a piece from the database and gives both back before they wait for the reader, so a slow
//! reader holds a connection and a few bytes, and nobody else up. Pages that go through much take
//! the same turns.

use std::{
    io, mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    Extension,
    body::{Body, Bytes},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures_util::Stream;
use jid::BareJid;
use tokio::sync::mpsc;

use super::{
    answer::Keep,
    layout::Nothing,
    site::Unavailable,
    slots::{Slot, Slots},
};
use crate::{domain::saved::Token, limits::Turn, world::Rules};

/// Downloads of one account at one time.
const EACH: usize = 4;
/// Bytes that a download may have in memory: where everything is that was said about one share, a
/// piece of it, and a picture.
const BYTES: usize = 512 * 1024;
/// Bytes that are handed on at a time.
const PIECE: usize = 32 * 1024;

/// Bytes that an answer has in memory until it is read, where its body does not say: the gate has
/// a place for them, or the answer is not given.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room(pub(super) usize);

/// All downloads, and whose turn it is to go through much.
#[derive(Debug, Clone)]
pub struct Downloads {
    rules: Arc<Rules>,
    of_each: Slots<String>,
}

/// The file breaks off, and the connection with it, so that nobody takes a part for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stopped;

impl From<Unavailable> for Stopped {
    fn from(Unavailable: Unavailable) -> Self {
        Self
    }
}

impl Downloads {
    /// None yet.
    #[must_use]
    pub fn new(rules: Arc<Rules>) -> Self {
        Self { rules, of_each: Slots::new(EACH) }
    }

    /// Counts a request of `owner` with so many bytes, as a stanza of as many. None when it is
    /// taken, else after how long the next one is.
    pub(super) fn asks(&self, owner: &str, bytes: usize) -> Option<Duration> {
        let jid = BareJid::new(owner).ok()?;
        self.rules.limits.asks(&jid, bytes)
    }

    /// A turn for a page that goes through much of what `owner` has; it counts as a request of
    /// theirs.
    ///
    /// # Errors
    /// [`Nothing::TooFast`], when they ask too much, and [`Nothing::Busy`], when it does not come in
    /// time.
    pub(super) async fn turn(&self, owner: &str) -> Result<Turn, Nothing> {
        if let Some(after) = self.asks(owner, 0) {
            return Err(Nothing::TooFast { after });
        }
        self.rules.limits.turn(owner).await.ok_or(Nothing::Busy)
    }

    /// A turn for whoever follows a link of `owner`; it counts in a measure of the link. Whoever has
    /// it takes nothing of what its owner may ask, and waits in another line.
    ///
    /// # Errors
    /// As [`Downloads::turn`].
    pub(super) async fn follow(&self, owner: &str, link: Token) -> Result<Turn, Nothing> {
        let limits = &self.rules.limits;
        if let Some(after) = limits.follows(&link.to_string()) {
            return Err(Nothing::TooFast { after });
        }
        limits.turn(&line_of_files(owner)).await.ok_or(Nothing::Busy)
    }

    /// Counts so many bytes that a page has gone through.
    pub(super) fn went_through(&self, owner: &str, bytes: usize) {
        if let Ok(jid) = BareJid::new(owner) {
            self.rules.limits.went_through(&jid, bytes);
        }
    }

    /// The file that `write` writes and then gives its writer back, for the account whose it is.
    ///
    /// # Errors
    /// [`Nothing::Busy`], when they have four already.
    pub(super) fn start<F>(
        &self,
        account: String,
        write: impl FnOnce(Writer) -> F,
    ) -> Result<Body, Nothing>
    where
        F: Future<Output = Result<Writer, Stopped>> + Send + 'static,
    {
        let turns = Some((Arc::clone(&self.rules), line_of_files(&account)));
        let slot = self.of_each.take(account).ok_or(Nothing::Busy)?;
        Ok(written(turns, Some(slot), write))
    }
}

/// In which line whoever fetches a file of `owner` waits. No address without a resource has a slash.
fn line_of_files(owner: &str) -> String {
    format!("{owner}/")
}

/// As [`Downloads::start`], of what is nobody's: how many copies of pages a visitor may have is for
/// the gate to say, or whoever does not read one would keep others from the page. It takes no turns.
pub(super) fn copy<F>(write: impl FnOnce(Writer) -> F) -> Body
where
    F: Future<Output = Result<Writer, Stopped>> + Send + 'static,
{
    written(None, None, write)
}

fn written<F>(
    turns: Option<(Arc<Rules>, String)>,
    slot: Option<Slot<String>>,
    write: impl FnOnce(Writer) -> F,
) -> Body
where
    F: Future<Output = Result<Writer, Stopped>> + Send + 'static,
{
    let (to, coming) = mpsc::channel(1);
    let written = write(Writer { to, turns, text: Vec::new() });
    let work = Box::pin(async move { written.await?.flush().await });
    Body::from_stream(Pieces { work: Some(work), coming, _slot: slot })
}

impl Default for Downloads {
    fn default() -> Self {
        Self::new(Arc::new(Rules::open()))
    }
}

/// The answer with such a file.
pub(super) fn file(body: Body, keep: Keep, media_type: &'static str, attachment: &str) -> Response {
    let fixed = [
        (header::CACHE_CONTROL, keep.header()),
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
    ];
    let mut response = (fixed, Extension(Room(BYTES)), body).into_response();
    if let Ok(disposition) = HeaderValue::try_from(attachment) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

/// Where a download is written.
pub(super) struct Writer {
    to: mpsc::Sender<Bytes>,
    /// Where it waits for its turn, and whose it is; nobody's has none.
    turns: Option<(Arc<Rules>, String)>,
    text: Vec<u8>,
}

impl Writer {
    /// Does `work`, which gets a piece from the database, when it is its turn: not before the piece
    /// before was taken, or whoever does not read it would keep the turn.
    pub(super) async fn turn<T>(
        &self,
        work: impl Future<Output = Result<T, Unavailable>>,
    ) -> Result<T, Stopped> {
        let Some((rules, line)) = &self.turns else { return Ok(work.await?) };
        drop(self.to.reserve().await.map_err(|_| Stopped)?);
        let _turn = rules.limits.later_turn(line).await.ok_or(Stopped)?;
        Ok(work.await?)
    }

    /// Writes, and waits for the reader when there is a whole piece.
    pub(super) async fn put(&mut self, text: impl AsRef<[u8]>) -> Result<(), Stopped> {
        self.text.extend_from_slice(text.as_ref());
        if self.text.len() < PIECE { Ok(()) } else { self.flush().await }
    }

    async fn flush(&mut self) -> Result<(), Stopped> {
        let mut text = Bytes::from(mem::take(&mut self.text));
        while !text.is_empty() {
            let piece = text.split_to(PIECE.min(text.len()));
            self.to.send(piece).await.map_err(|_| Stopped)?;
        }
        Ok(())
    }
}

type Work = Pin<Box<dyn Future<Output = Result<(), Stopped>> + Send>>;

/// What is written, as it is asked for: nothing goes on while nobody reads.
struct Pieces {
    work: Option<Work>,
    coming: mpsc::Receiver<Bytes>,
    _slot: Option<Slot<String>>,
}

impl Stream for Pieces {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Ok(piece) = self.coming.try_recv() {
            return Poll::Ready(Some(Ok(piece)));
        }
        if let Some(work) = &mut self.work {
            match work.as_mut().poll(context) {
                Poll::Pending => {}
                Poll::Ready(Ok(())) => self.work = None,
                Poll::Ready(Err(Stopped)) => {
                    self.work = None;
                    let broken = io::Error::other("the file cannot be read to its end");
                    return Poll::Ready(Some(Err(broken)));
                }
            }
        }
        // Closed when the work is done.
        let piece = ready!(self.coming.poll_recv(context));
        Poll::Ready(piece.map(Ok))
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    fn numbers(downloads: &Downloads, whom: &str, breaks: bool) -> Result<Body, Nothing> {
        downloads.start(whom.to_owned(), move |mut out| async move {
            for n in 0..20_000 {
                out.put(format!("{n}\n")).await?;
            }
            if breaks { Err(Stopped) } else { Ok(out) }
        })
    }

    #[tokio::test]
    async fn all_that_is_written_is_read_in_its_order() {
        let body = numbers(&Downloads::default(), "a", false).unwrap();
        let read = to_bytes(body, 1 << 20).await.unwrap();
        let numbers = read.split(|byte| *byte == b'\n').map(|it| String::from_utf8_lossy(it));
        let expected = (0..20_000).map(|n| n.to_string()).chain([String::new()]);
        assert!(numbers.eq(expected));
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_read_to_its_end_breaks_off() {
        let body = numbers(&Downloads::default(), "a", true).unwrap();
        assert!(to_bytes(body, 1 << 20).await.is_err());
    }

    #[tokio::test]
    async fn no_account_has_more_than_four_and_others_have_their_own() {
        let downloads = Downloads::default();
        let four: Vec<_> = (0..4).map(|_| numbers(&downloads, "a", false).unwrap()).collect();
        assert_eq!(numbers(&downloads, "a", false).unwrap_err(), Nothing::Busy);
        assert!(numbers(&downloads, "b", false).is_ok());
        drop(four);
        assert!(numbers(&downloads, "a", false).is_ok());
    }

    #[tokio::test]
    async fn who_does_not_read_keeps_no_turn() {
        let downloads = Downloads::default();
        let whole = |n: usize| {
            downloads.start(n.to_string(), |mut out| async move {
                for _ in 0..4 {
                    let piece = async {
                        tokio::task::yield_now().await;
                        Ok("x".repeat(PIECE))
                    };
                    let piece = out.turn(piece).await?;
                    out.put(piece).await?;
                }
                Ok(out)
            })
        };
        let slow: Vec<_> = (0..9).map(|n| whole(n).unwrap()).collect();
        let mut begun = Vec::new();
        for body in slow {
            let mut pieces = Box::pin(body.into_data_stream());
            let first = std::future::poll_fn(|context| pieces.as_mut().poll_next(context)).await;
            assert_eq!(first.map(|it| it.map_or(0, |it| it.len())), Some(PIECE));
            begun.push(pieces);
        }
        assert_eq!(to_bytes(whole(9).unwrap(), 1 << 20).await.unwrap().len(), 4 * PIECE);
    }
}
