//! What a stream brings, and why it cannot be followed any further.

use bytes::Bytes;

use crate::link::stream::tag::Head;

/// What the stream brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The stream header; always first.
    Header(Header),
    /// One complete top-level element. Shares its memory with its neighbours: copy what is kept.
    Stanza(Bytes),
    /// A `<stream:error/>`, complete (RFC 6120 §4.9). The stream ends after it.
    Error(Bytes),
    /// A stanza that was passed over.
    Oversized(Oversized),
    /// The end tag of the stream; always last.
    End,
}

/// What is needed of the stream header (XEP-0114 §3).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    /// The stream id, which the handshake signs.
    pub id: Option<String>,
    /// The domain the server answers for.
    pub from: Option<String>,
    /// The default namespace: `jabber:component:accept` on a component port.
    pub xmlns: Option<String>,
}

/// A stanza that was passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oversized {
    /// What was too much.
    pub why: Excess,
    /// Its head, so that an IQ can be answered; empty when the start tag alone was too large.
    pub head: Head,
}

/// What was too much about a stanza.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excess {
    /// More than [`MAX_BYTES`](super::MAX_BYTES).
    Bytes,
    /// More than [`MAX_DEPTH`](super::MAX_DEPTH).
    Depth,
    /// More than [`MAX_PARTS`](super::MAX_PARTS).
    Parts,
}

/// Why the stream cannot be followed any further (RFC 6120 §11.1, XEP-0114).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not an XMPP server, most likely.
    #[error("no stream header from the server, is this the component port?")]
    NoHeader,
    /// Text where only elements and white space may be.
    #[error("text between two stanzas")]
    Text,
    /// `<!--`
    #[error("a comment in the stream")]
    Comment,
    /// `<?`
    #[error("a processing instruction in the stream")]
    Instruction,
    /// `<!`
    #[error("a document type declaration in the stream")]
    Declaration,
    /// `<` in a tag or an attribute value: no boundary can be trusted after that.
    #[error("a tag inside a tag")]
    Tag,
    /// An end tag of nothing that is open.
    #[error("an end tag that does not end the stream")]
    EndTag,
}
