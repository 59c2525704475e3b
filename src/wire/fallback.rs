//! XEP-0428: Fallback Indication. Offsets count code points of the unescaped body (XEP-0426),
//! the end is exclusive.

use std::ops::Range;

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
        let mut marked: Vec<Range<usize>> = self.marked(body.chars().count()).collect();
        marked.sort_unstable_by_key(|range| range.start);
        let mut marked = marked.into_iter().peekable();
        let mut stays = |at: usize| {
            while marked.next_if(|range| range.end <= at).is_some() {}
            marked.peek().is_none_or(|range| at < range.start)
        };
        body.chars().enumerate().filter(|(at, _)| stays(*at)).map(|(_, c)| c).collect()
    }

    /// Whether it marks anything of a body of so many code points.
    #[must_use]
    pub fn cuts(&self, length: usize) -> bool {
        let is_whole = self.bodies.is_empty() && self.subjects.is_empty();
        (is_whole && length > 0) || self.marked(length).next().is_some()
    }

    /// The parts of a body of so many code points that are marked.
    fn marked(&self, length: usize) -> impl Iterator<Item = Range<usize>> {
        let range = move |region: &Region| region.start.unwrap_or(0)..region.end.unwrap_or(length);
        self.bodies.iter().map(range).filter(move |it| it.start < it.end && it.end <= length)
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
    fn parts_may_overlap_and_come_in_any_order() {
        let region = |start, end| Region { start: Some(start), end: Some(end) };
        let bodies = vec![region(7, 9), region(0, 4), region(1, 2), region(3, 5), region(9, 9)];
        let fallback = Fallback { bodies, ..Fallback::default() };
        assert_eq!(fallback.cut("0123456789"), "569");
        assert!(fallback.cuts(10) && fallback.cuts(5) && !fallback.cuts(1));
    }

    #[test]
    fn without_parts_everything_is_fallback() {
        assert_eq!(Fallback::default().cut("hello"), "");
        assert_eq!(Fallback::body(ns::PRODUCT_SHARE).cut("hello"), "");
    }
}
