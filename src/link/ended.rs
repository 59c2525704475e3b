//! Why a stream ended, or never began, and what that says about the next attempt.

use std::{fmt, io};

use minidom::Element;

use crate::{
    domain::text::{one_line, shorten},
    link::stream::framer::Malformed,
};

/// RFC 6120 §4.9.
const STREAM: &str = "http://etherx.jabber.org/streams";
const CONDITION: &str = "urn:ietf:params:xml:ns:xmpp-streams";

/// How much of the server's text is told, in characters.
const LONGEST_TEXT: usize = 300;

/// Why there is no stream.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    /// We closed it and the server closed its side: it took everything.
    #[error("closed on both sides")]
    Closed,
    /// We closed it and the server did not answer.
    #[error("closed, without an answer from the server")]
    Unanswered,
    /// Nobody takes what the stream brings.
    #[error("nobody is left to take what the server sends")]
    Unheard,
    #[error("no connection to the server: {0}")]
    Unreachable(io::Error),
    #[error("the server did not answer the handshake in time")]
    NoHandshake,
    #[error("the server speaks '{0}', is this the component port?")]
    NotComponent(String),
    #[error("the server does not keep to the handshake")]
    Unexpected,
    #[error("the stream could not be recorded: {0}")]
    NoNumber(String),
    #[error("the lease is not ours any more")]
    Lease,
    #[error("the connection broke: {0}")]
    Broken(io::Error),
    #[error("the server ended the connection without a reason")]
    Cut,
    #[error("the server closed the stream")]
    ByServer,
    #[error("{0}")]
    Refused(Refusal),
    #[error("the server sent what is no stream: {0}")]
    Malformed(#[from] Malformed),
    #[error("the server is silent")]
    Silent,
    #[error("the server does not answer the ping to {0}, is that its own domain?")]
    NoPong(String),
    #[error("the server does not read")]
    Stalled,
}

/// How to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Retry {
    /// It may have passed.
    Soon,
    /// Somebody must change a configuration first.
    Slow,
    /// Another process serves the domain: two that fight for it help nobody.
    Conflict,
}

impl Ended {
    pub(super) fn retry(&self) -> Retry {
        match self {
            Self::NotComponent(_) => Retry::Slow,
            Self::Refused(refusal) => refusal.retry(),
            _ => Retry::Soon,
        }
    }
}

/// A stream error, in the server's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    condition: String,
    text: Option<String>,
}

impl Refusal {
    /// Reads `<stream:error/>`. What cannot be read is `undefined-condition`.
    pub(super) fn read(xml: &[u8]) -> Self {
        let prefixes = [
            (None, "jabber:component:accept".to_owned()),
            // The stream header declared it; by another prefix hardly ever.
            (Some("stream".to_owned()), STREAM.to_owned()),
        ];
        let prefixes = std::collections::BTreeMap::from(prefixes);
        let element = Element::from_reader_with_prefixes(xml, prefixes).ok();
        let children = element.iter().flat_map(Element::children).filter(|c| c.has_ns(CONDITION));
        let (texts, conditions): (Vec<_>, Vec<_>) = children.partition(|c| c.name() == "text");
        let condition = conditions.first().map_or("undefined-condition", |c| c.name());
        let text = texts.first().map(|t| shorten(&one_line(&t.text()), LONGEST_TEXT));
        Self { condition: condition.to_owned(), text: text.filter(|t| !t.is_empty()) }
    }

    /// RFC 6120 §4.9.3.
    fn retry(&self) -> Retry {
        match self.condition.as_str() {
            "conflict" => Retry::Conflict,
            "not-authorized"
            | "host-unknown"
            | "host-gone"
            | "invalid-namespace"
            | "unsupported-version"
            | "see-other-host" => Retry::Slow,
            _ => Retry::Soon,
        }
    }

    /// What the operator can do about it.
    fn advice(&self) -> &'static str {
        match self.condition.as_str() {
            "conflict" => {
                "; another process is connected for this domain, or the server itself serves it"
            }
            "not-authorized" => {
                "; the secret here and at the server must be the same, and so must the domain"
            }
            "host-unknown" | "host-gone" => "; the server has no component of this domain",
            "invalid-namespace" => "; is this the component port?",
            "see-other-host" => {
                "; it is not followed, as this stream is not protected against forgery"
            }
            _ => "",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server says {}", self.condition)?;
        if let Some(text) = &self.text {
            write!(f, " ({text})")?;
        }
        f.write_str(self.advice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_error_is_told_in_the_servers_words() {
        let refusal = Refusal::read(
            b"<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>\
              <text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>Given token\n does not match</text>\
              </stream:error>",
        );
        assert_eq!(
            refusal.to_string(),
            "the server says not-authorized (Given token does not match); \
             the secret here and at the server must be the same, and so must the domain",
        );
        assert_eq!(Ended::Refused(refusal).retry(), Retry::Slow);
    }

    #[test]
    fn a_stream_error_that_cannot_be_read_is_undefined() {
        for xml in ["<stream:error/>", "<stream:error><a></b></stream:error>", "<s:error/>"] {
            let refusal = Refusal::read(xml.as_bytes());
            assert_eq!(refusal.to_string(), "the server says undefined-condition", "{xml}");
            assert_eq!(refusal.retry(), Retry::Soon);
        }
    }
}
