//! XEP-0428: Fallback Indication. Offsets count code points of the unescaped body (XEP-0426),
//! the end is exclusive.

use xmpp_parsers::message::MessagePayload;
use xso::{AsXml, FromXml};

use super::ns;

/// Which part of the texts a client that knows `namespace` need not show.
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq, Default)]
#[xml(namespace = ns::FALLBACK, name = "fallback")]
pub struct Fallback {
    /// The protocol that the text stands in for.
    #[xml(attribute(name = "for", default))]
    pub namespace: Option<String>,
    /// Parts of the body. No part of body and subject at all: both, as a whole.
    #[xml(child(n = ..))]
    pub bodies: Vec<Region>,
    /// Parts of the subject.
    #[xml(child(n = ..))]
    pub subjects: Vec<Subject>,
}

/// A part of the body; the whole of it without offsets.
#[derive(FromXml, AsXml, Debug, Clone, Copy, PartialEq, Eq, Default)]
#[xml(namespace = ns::FALLBACK, name = "body")]
pub struct Region {
    /// The first code point after it.
    #[xml(attribute(default))]
    pub end: Option<usize>,
    /// Its first code point.
    #[xml(attribute(default))]
    pub start: Option<usize>,
}

/// A part of the subject; the whole of it without offsets.
#[derive(FromXml, AsXml, Debug, Clone, Copy, PartialEq, Eq, Default)]
#[xml(namespace = ns::FALLBACK, name = "subject")]
pub struct Subject {
    /// The first code point after it.
    #[xml(attribute(default))]
    pub end: Option<usize>,
    /// Its first code point.
    #[xml(attribute(default))]
    pub start: Option<usize>,
}

impl Fallback {
    /// The whole body stands in for `namespace`.
    #[must_use]
    pub fn body(namespace: &str) -> Self {
        Self {
            namespace: Some(namespace.to_owned()),
            bodies: vec![Region::default()],
            subjects: Vec::new(),
        }
    }

    /// The first `quote.chars().count()` code points of the body are a quote, for XEP-0461.
    #[must_use]
    pub fn quote(quote: &str) -> Self {
        let region = Region { end: Some(quote.chars().count()), start: Some(0) };
        Self { bodies: vec![region], ..Self::body(ns::REPLY) }
    }

    /// `body` without the parts that are marked here. Offsets that lie outside of it or that are
    /// turned round mark nothing.
    #[must_use]
    pub fn cut(&self, body: &str) -> String {
        if self.bodies.is_empty() && self.subjects.is_empty() {
            return String::new();
        }
        let length = body.chars().count();
        let marked = |at: usize| {
            self.bodies.iter().any(|region| {
                let (start, end) = (region.start.unwrap_or(0), region.end.unwrap_or(length));
                start <= end && end <= length && (start..end).contains(&at)
            })
        };
        body.chars().enumerate().filter(|(at, _)| !marked(*at)).map(|(_, c)| c).collect()
    }
}

impl MessagePayload for Fallback {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quote_is_cut_by_code_points() {
        let quote = "> #12 银高脚杯 👩\u{200d}👧\n";
        let body = format!("{quote}how heavy is it?");
        assert_eq!(Fallback::quote(quote).cut(&body), "how heavy is it?");
    }

    #[test]
    fn wrong_offsets_cut_nothing() {
        for (start, end) in [(5, 2), (0, 99), (99, 100)] {
            let region = Region { start: Some(start), end: Some(end) };
            let fallback = Fallback { bodies: vec![region], ..Fallback::default() };
            assert_eq!(fallback.cut("hello"), "hello");
        }
    }

    #[test]
    fn without_parts_everything_is_fallback() {
        assert_eq!(Fallback::default().cut("hello"), "");
        assert_eq!(Fallback::body(ns::PRODUCT_SHARE).cut("hello"), "");
    }
}
