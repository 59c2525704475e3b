//! Cuts the component stream into stanzas without parsing them.
//!
//! One bad stanza must cost one stanza, never the stream: a user can make the server pass on
//! elements that no typed parser takes. So the framer only finds where each top-level element
//! ends, minding quotes and CDATA, and hands on its bytes; whether they mean anything is for the
//! parser of that one stanza. An element that is too large or too deep is passed over as it
//! arrives and reported by its head. Only what leaves no boundary to go on from is an error.
//!
//! Each byte is looked at once, however the stream is cut up on its way.

mod event;

use bytes::{Buf, Bytes, BytesMut};

pub use self::event::{Event, Excess, Header, Malformed, Oversized};
use super::tag::{self, Head};

/// How large a stanza may be, in bytes. Prosody sends at most 512 KiB.
pub const MAX_BYTES: usize = 1 << 20;

/// How deep a stanza may nest, itself included. Dropping a tree of 13 000 levels ends the process.
pub const MAX_DEPTH: usize = 64;

/// How many parts a stanza may hold: its elements and attributes, namespaces among these. A tree
/// takes a kilobyte for an element, which may be four bytes of the stream; what is given at the
/// most, a card of 500 properties, has 3,000.
pub const MAX_PARTS: usize = 8_192;

/// A part counts once more for so many levels, because a parser looks for its prefix on each.
const LEVELS: usize = 8;

/// The room a read asks for, in bytes. Large enough for many stanzas in one system call.
const READ: usize = 64 << 10;

/// Where in the stream the next byte is.
#[derive(Debug, Clone, Copy)]
enum Position {
    /// Nothing was read.
    Start,
    /// After the XML declaration, before the header.
    Prolog,
    /// In the stream; the depth counts from the stanza.
    Body,
    /// After the end tag of the stream.
    Ended,
    /// After an error.
    Broken(Malformed),
}

/// Where in the markup the next byte is.
#[derive(Debug, Clone, Copy)]
enum Lex {
    Text,
    Cdata,
    /// In a tag. `slash`: the byte before was `/`.
    Tag {
        closing: bool,
        slash: bool,
    },
    Value {
        closing: bool,
        quote: u8,
    },
}

/// What a tag does to the depth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tag {
    Open,
    Close,
    Empty,
}

/// Cuts one stream. A new stream needs a new framer.
#[derive(Debug)]
pub struct Framer {
    /// Bytes not yet handed on; a stanza starts at the first.
    buf: BytesMut,
    /// How many of them were looked at.
    at: usize,
    lex: Lex,
    place: Position,
    depth: usize,
    /// Parts of the stanza so far, as they count.
    parts: usize,
    /// Where the start tag of the stanza ends, once it was seen.
    head: Option<usize>,
    /// The stanza is being passed over.
    over: Option<Oversized>,
    /// The name of the stream element, mostly `stream:stream`.
    root: Bytes,
    /// The name of a stream error, mostly `stream:error`.
    error: Bytes,
    max_bytes: usize,
    max_depth: usize,
}

impl Default for Framer {
    fn default() -> Self {
        Self::with_limits(MAX_BYTES, MAX_DEPTH)
    }
}

impl Framer {
    /// A framer with other limits than [`MAX_BYTES`] and [`MAX_DEPTH`].
    #[must_use]
    pub fn with_limits(max_bytes: usize, max_depth: usize) -> Self {
        Self {
            buf: BytesMut::new(),
            at: 0,
            lex: Lex::Text,
            place: Position::Start,
            depth: 0,
            parts: 0,
            head: None,
            over: None,
            root: Bytes::new(),
            error: Bytes::new(),
            max_bytes,
            max_depth,
        }
    }

    /// Takes the next bytes of the stream.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buf.extend_from_slice(bytes);
    }

    /// The buffer to read the next bytes into, behind what it holds: saves the copy of
    /// [`Framer::push`]. It has room for at least 8 KiB; nothing in it may be changed.
    pub fn room(&mut self) -> &mut BytesMut {
        if self.buf.capacity() - self.buf.len() < READ / 8 {
            self.buf.reserve(READ);
        }
        &mut self.buf
    }

    /// What the bytes so far hold next, or nothing until more of them came.
    ///
    /// # Errors
    /// [`Malformed`] when the stream cannot be followed any further; then for ever.
    #[expect(clippy::should_implement_trait, reason = "it fails, and goes on after nothing")]
    pub fn next(&mut self) -> Result<Option<Event>, Malformed> {
        let event = match self.place {
            Position::Start => self.declaration(),
            Position::Prolog => self.header(),
            Position::Body => self.stanza(),
            Position::Ended => Ok(None),
            Position::Broken(why) => Err(why),
        };
        if let Err(why) = event {
            self.place = Position::Broken(why);
        }
        event
    }

    /// What is too much about the stanza that is being passed over, whose end has not come.
    #[must_use]
    pub fn excess(&self) -> Option<Excess> {
        self.over.as_ref().map(|over| over.why)
    }

    /// The XML declaration may come first of all, and only there (RFC 6120 §11.5).
    fn declaration(&mut self) -> Result<Option<Event>, Malformed> {
        const OPEN: &[u8] = b"<?xml ";
        const LONGEST: usize = 256;
        let seen = self.buf.get(..OPEN.len()).unwrap_or(&self.buf);
        if seen.len() < OPEN.len() && OPEN.starts_with(seen) {
            return Ok(None);
        }
        if seen == OPEN {
            let Some(end) = memchr::memmem::find(&self.buf, b"?>") else {
                let more = self.buf.len() < LONGEST;
                return if more { Ok(None) } else { Err(Malformed::NoHeader) };
            };
            if end + 2 > LONGEST {
                return Err(Malformed::NoHeader);
            }
            self.buf.advance(end + 2);
        }
        self.place = Position::Prolog;
        self.header()
    }

    fn header(&mut self) -> Result<Option<Event>, Malformed> {
        self.skip_space();
        if self.buf.first().is_some_and(|b| *b != b'<') {
            return Err(Malformed::NoHeader);
        }
        let tag = self.tag();
        if self.at > self.max_bytes {
            return Err(Malformed::NoHeader);
        }
        match tag? {
            None => return Ok(None),
            Some(Tag::Open) => {}
            Some(Tag::Close | Tag::Empty) => return Err(Malformed::NoHeader),
        }
        let root = self.take();
        let name = tag::name(&root);
        let prefix = name.strip_suffix(b"stream").ok_or(Malformed::NoHeader)?;
        if !(prefix.is_empty() || prefix.ends_with(b":")) {
            return Err(Malformed::NoHeader);
        }
        self.error = [prefix, b"error"].concat().into();
        self.root = Bytes::copy_from_slice(name);
        self.place = Position::Body;
        let text = |name| tag::attribute(&root, name).and_then(tag::unescape);
        let header = Header { id: text("id"), from: text("from"), xmlns: text("xmlns") };
        Ok(Some(Event::Header(header)))
    }

    fn stanza(&mut self) -> Result<Option<Event>, Malformed> {
        if self.depth == 0 && self.at == 0 && self.over.is_none() {
            self.skip_space();
            if self.buf.first().is_some_and(|b| *b != b'<') {
                return Err(Malformed::Text);
            }
        }
        loop {
            let tag = self.tag()?;
            if tag.is_some() && self.depth == 0 && self.over.is_none() && self.at <= self.max_bytes
            {
                self.head = Some(self.at);
            }
            if self.at > self.max_bytes {
                self.pass_over(Excess::Bytes);
            }
            if matches!(tag, Some(Tag::Open | Tag::Empty)) {
                self.count();
            }
            match tag {
                None => {
                    if self.over.is_some() {
                        self.buf.advance(self.at);
                        self.at = 0;
                    }
                    return Ok(None);
                }
                Some(Tag::Open) => {
                    self.depth += 1;
                    if self.depth > self.max_depth {
                        self.pass_over(Excess::Depth);
                    }
                }
                Some(Tag::Close) if self.depth == 0 && self.over.is_none() => return self.end(),
                Some(Tag::Close) if self.depth == 0 => return Err(Malformed::EndTag),
                Some(Tag::Close) => self.depth -= 1,
                Some(Tag::Empty) => {}
            }
            if self.depth == 0 {
                return Ok(Some(self.complete()));
            }
        }
    }

    fn complete(&mut self) -> Event {
        self.head = None;
        let bytes = self.take();
        match self.over.take() {
            Some(over) => Event::Oversized(over),
            None if tag::name(&bytes) == self.error => Event::Error(bytes),
            None => Event::Stanza(bytes),
        }
    }

    fn end(&mut self) -> Result<Option<Event>, Malformed> {
        let tag = self.take();
        let name = tag.strip_prefix(b"</").and_then(|t| t.strip_suffix(b">"));
        if name.map(<[u8]>::trim_ascii_end) != Some(&self.root) {
            return Err(Malformed::EndTag);
        }
        self.place = Position::Ended;
        Ok(Some(Event::End))
    }

    /// Counts a part. What is too much in the stanza's own start tag is told at the end of it, with
    /// the head.
    fn count(&mut self) {
        self.parts += (self.depth + 1).div_ceil(LEVELS);
        if self.parts > MAX_PARTS && self.head.is_some() {
            let is_long = self.at > self.max_bytes;
            self.pass_over(if is_long { Excess::Bytes } else { Excess::Parts });
        }
    }

    /// Keeps the head of the stanza and none of what follows. The first excess counts.
    fn pass_over(&mut self, why: Excess) {
        if self.over.is_none() {
            let head = self.head.and_then(|end| self.buf.get(..end));
            self.over = Some(Oversized { why, head: head.map(Head::read).unwrap_or_default() });
        }
    }

    fn take(&mut self) -> Bytes {
        let bytes = self.buf.split_to(self.at).freeze();
        (self.at, self.parts) = (0, 0);
        bytes
    }

    fn skip_space(&mut self) {
        let space = self.buf.iter().take_while(|b| tag::is_space(**b)).count();
        self.buf.advance(space);
    }

    /// Goes on to the end of the next tag; `at` is then behind it.
    fn tag(&mut self) -> Result<Option<Tag>, Malformed> {
        loop {
            let rest = self.buf.get(self.at..).unwrap_or_default();
            match self.lex {
                Lex::Text => {
                    let open = memchr::memchr(b'<', rest).unwrap_or(rest.len());
                    self.at += open;
                    let Some((lex, len)) = opened(rest.get(open..).unwrap_or_default())? else {
                        return Ok(None);
                    };
                    if matches!(lex, Lex::Cdata) && self.depth == 0 {
                        return Err(Malformed::Text);
                    }
                    self.lex = lex;
                    self.at += len;
                }
                Lex::Cdata => {
                    let Some(end) = memchr::memmem::find(rest, b"]]>") else {
                        // The mark may be cut in two.
                        self.at += rest.len().saturating_sub(2);
                        return Ok(None);
                    };
                    self.lex = Lex::Text;
                    self.at += end + 3;
                }
                Lex::Value { closing, quote } => {
                    let Some(end) = memchr::memchr2(quote, b'<', rest) else {
                        self.at += rest.len();
                        return Ok(None);
                    };
                    self.at += end;
                    if rest.get(end) == Some(&b'<') {
                        return Err(Malformed::Tag);
                    }
                    self.lex = Lex::Tag { closing, slash: false };
                    self.at += 1;
                }
                Lex::Tag { closing, slash } => {
                    let stop = rest.iter().position(|b| matches!(b, b'>' | b'"' | b'\'' | b'<'));
                    let end = stop.unwrap_or(rest.len());
                    let slash = match end.checked_sub(1) {
                        Some(before) => rest.get(before) == Some(&b'/'),
                        None => slash,
                    };
                    self.at += end;
                    match rest.get(end) {
                        None => {
                            self.lex = Lex::Tag { closing, slash };
                            return Ok(None);
                        }
                        Some(b'<') => return Err(Malformed::Tag),
                        Some(b'>') => {
                            self.at += 1;
                            self.lex = Lex::Text;
                            return Ok(Some(match (closing, slash) {
                                (true, _) => Tag::Close,
                                (false, true) => Tag::Empty,
                                (false, false) => Tag::Open,
                            }));
                        }
                        Some(quote) => {
                            self.lex = Lex::Value { closing, quote: *quote };
                            self.at += 1;
                            self.count();
                        }
                    }
                }
            }
        }
    }
}

/// What starts at `<`, and how many bytes say so; nothing until enough of them came.
fn opened(rest: &[u8]) -> Result<Option<(Lex, usize)>, Malformed> {
    const CDATA: &[u8] = b"<![CDATA[";
    const COMMENT: &[u8] = b"<!--";
    match rest.get(1) {
        None => Ok(None),
        Some(b'?') => Err(Malformed::Instruction),
        Some(b'/') => Ok(Some((Lex::Tag { closing: true, slash: false }, 2))),
        Some(b'!') if rest.starts_with(CDATA) => Ok(Some((Lex::Cdata, CDATA.len()))),
        Some(b'!') if CDATA.starts_with(rest) => Ok(None),
        Some(b'!') if rest.starts_with(COMMENT) => Err(Malformed::Comment),
        Some(b'!') if COMMENT.starts_with(rest) => Ok(None),
        Some(b'!') => Err(Malformed::Declaration),
        Some(_) => Ok(Some((Lex::Tag { closing: false, slash: false }, 1))),
    }
}

#[cfg(test)]
mod tests;
