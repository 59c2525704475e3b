//! Cuts a stream into stanzas without building a tree.
//!
//! For peers that are trusted: no bound on size or depth, and no comments or CDATA sections, which
//! neither our component nor Prosody nor ejabberd writes.

use std::{io, ops::Range};

use memchr::{memchr, memchr3};
use tokio::io::{AsyncRead, AsyncReadExt as _};

const CHUNK: usize = 64 * 1024;

/// A reader and what of its bytes has not been handed out.
pub(crate) struct Frames<R> {
    from: R,
    bytes: Vec<u8>,
    cut: Cutter,
}

/// Where the cutting stands: the stanza begins at `start`, `seen` bytes are looked through.
#[derive(Default)]
struct Cutter {
    start: usize,
    seen: usize,
    depth: usize,
    ended: bool,
}

impl<R: AsyncRead + Unpin> Frames<R> {
    pub(crate) fn new(from: R) -> Self {
        Self { from, bytes: Vec::with_capacity(4 * CHUNK), cut: Cutter::default() }
    }

    /// Takes the declaration and the open tag of the stream; answers the open tag.
    pub(crate) async fn header(&mut self) -> io::Result<String> {
        loop {
            if let Some(tag) = self.cut.header(&self.bytes) {
                let tag = self.bytes.get(tag).unwrap_or_default();
                return Ok(String::from_utf8_lossy(tag).into_owned());
            }
            if !self.fill().await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// The next stanza that has already arrived whole.
    pub(crate) fn arrived(&mut self) -> Option<&[u8]> {
        let stanza = self.cut.stanza(&self.bytes)?;
        self.bytes.get(stanza)
    }

    /// Waits for the next stanza; an end of the stream is an error.
    pub(crate) async fn next(&mut self) -> io::Result<String> {
        loop {
            if let Some(stanza) = self.arrived() {
                return Ok(String::from_utf8_lossy(stanza).into_owned());
            }
            if !self.fill().await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// Reads more; false when the stream has ended.
    pub(crate) async fn fill(&mut self) -> io::Result<bool> {
        if self.cut.ended {
            return Ok(false);
        }
        self.cut.drop_used(&mut self.bytes);
        self.bytes.reserve(CHUNK);
        Ok(self.from.read_buf(&mut self.bytes).await? > 0)
    }
}

impl Cutter {
    fn header(&mut self, bytes: &[u8]) -> Option<Range<usize>> {
        loop {
            let tag = self.tag(bytes)?;
            self.start = tag.end;
            if bytes.get(tag.start + 1) != Some(&b'?') {
                return Some(tag);
            }
        }
    }

    fn stanza(&mut self, bytes: &[u8]) -> Option<Range<usize>> {
        while !self.ended {
            let tag = self.tag(bytes)?;
            if self.depth == 0 {
                self.start = tag.start;
            }
            let inner = bytes.get(tag.start + 1..tag.end - 1)?;
            match (inner.first(), inner.last()) {
                (Some(b'/'), _) if self.depth == 0 => self.ended = true,
                (Some(b'/'), _) => self.depth -= 1,
                (_, Some(b'/')) => {}
                _ => self.depth += 1,
            }
            if self.depth == 0 && !self.ended {
                let stanza = self.start..tag.end;
                self.start = tag.end;
                return Some(stanza);
            }
        }
        None
    }

    /// The next whole tag, from `<` to `>`.
    fn tag(&mut self, bytes: &[u8]) -> Option<Range<usize>> {
        let Some(open) = memchr(b'<', bytes.get(self.seen..)?) else {
            self.seen = bytes.len();
            return None;
        };
        let start = self.seen + open;
        self.seen = start;
        let mut at = start + 1;
        loop {
            let found = at + memchr3(b'>', b'"', b'\'', bytes.get(at..)?)?;
            match bytes.get(found)? {
                b'>' => {
                    self.seen = found + 1;
                    return Some(start..found + 1);
                }
                quote => at = found + 2 + memchr(*quote, bytes.get(found + 1..)?)?,
            }
        }
    }

    fn drop_used(&mut self, bytes: &mut Vec<u8>) {
        let used = if self.depth == 0 { self.seen } else { self.start };
        bytes.drain(..used);
        self.start -= self.start.min(used);
        self.seen -= used;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_chunking_cuts_the_same_stanzas() {
        const STREAM: &[u8] = b"<?xml version='1.0'?><stream:stream id='>\"'> \
            <a/><b c=\"x>'/\">t<d/><b>&gt;</b></b>\n<e f='1'></e> </stream:stream>";
        for size in 1..STREAM.len() {
            let chunks = STREAM.chunks(size).map(<[u8]>::to_vec).collect::<Vec<_>>();
            let (ours, mut theirs) = tokio::io::duplex(size);
            let writing = tokio::spawn(async move {
                for chunk in chunks {
                    tokio::io::AsyncWriteExt::write_all(&mut theirs, &chunk).await.unwrap();
                }
            });
            let mut frames = Frames::new(ours);
            assert_eq!(frames.header().await.unwrap(), "<stream:stream id='>\"'>");
            assert_eq!(frames.next().await.unwrap(), "<a/>");
            assert_eq!(frames.next().await.unwrap(), "<b c=\"x>'/\">t<d/><b>&gt;</b></b>");
            assert_eq!(frames.next().await.unwrap(), "<e f='1'></e>");
            assert!(frames.next().await.is_err(), "the stream has ended");
            writing.await.unwrap();
        }
    }
}
