//! What our server and clients answer to questions of ours.

use std::time::Duration;

use minidom::Element;

use crate::{
    domain::{clock::Millis, quiet::Zone, stamp::Stamp},
    wire::{
        card::{vcard_temp, xcard},
        ns,
    },
};

/// An answer, as far as it is one that we ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// How long it has been running (XEP-0012).
    Age(Duration),
    /// Its time zone (XEP-0202).
    Zone(Zone),
    /// The nodes of the commands that we may give it (XEP-0050 §2.2).
    Commands(Vec<String>),
    /// A link with which somebody makes an account of their own (XEP-0401 §3.2).
    Account {
        /// `xmpp:example.org?register;preauth=…`
        uri: String,
        /// The same as a web page; empty where it has none.
        page: String,
        /// When it ends, if it says so.
        expires: Option<Millis>,
    },
    /// The card of an account (XEP-0054, XEP-0292), not read yet: whoever asked for it does.
    Card(Box<Element>),
    /// An error, or nothing that we know.
    Nothing,
}

impl Known {
    pub(super) fn read(stanza: &Element) -> Self {
        let Some(payload) = stanza.children().next() else { return Self::Nothing };
        if stanza.attr("type") != Some("result") {
            return Self::Nothing;
        }
        let read = match (payload.name(), payload.ns().as_str()) {
            ("query", ns::LAST) => payload
                .attr("seconds")
                .and_then(|seconds| seconds.parse().ok())
                .map(|seconds| Self::Age(Duration::from_secs(seconds))),
            ("time", ns::TIME) => payload
                .get_child("tzo", ns::TIME)
                .and_then(|offset| Zone::parse(&offset.text()))
                .map(Self::Zone),
            ("query", ns::DISCO_ITEMS) if payload.attr("node") == Some(ns::COMMANDS) => {
                let nodes = payload.children().filter_map(|item| item.attr("node"));
                Some(Self::Commands(nodes.map(str::to_owned).collect()))
            }
            ("command", ns::COMMANDS) => account(payload),
            ("vCard", ns::VCARD_TEMP) => Some(Self::Card(Box::new(payload.clone()))),
            ("pubsub", ns::PUBSUB) => {
                let items = payload.get_child("items", ns::PUBSUB);
                let item = items.and_then(|it| it.get_child("item", ns::PUBSUB));
                let vcard = item.and_then(|it| it.get_child("vcard", ns::VCARD4));
                vcard.map(|vcard| Self::Card(Box::new(vcard.clone())))
            }
            _ => None,
        };
        read.unwrap_or(Self::Nothing)
    }

    /// The card of an account as vCard 4.0 text. One that says nothing is none: some servers give
    /// that in place of an error (`xeps`). One that is not taken is none either; whoever wants it
    /// here can send it as a file and is told why.
    #[must_use]
    pub fn card(&self) -> Option<String> {
        let Self::Card(vcard) = self else { return None };
        let card = if vcard.is("vCard", ns::VCARD_TEMP) {
            vcard_temp::read(vcard).ok()?
        } else {
            xcard::read(vcard).ok()
        };
        card.map(|card| card.to_string())
    }
}

/// Prosody 0.12 gives the form as one to be filled in, 13 as a result.
fn account(command: &Element) -> Option<Known> {
    let form = command.get_child("x", ns::DATA_FORMS)?;
    let value = |var: &str| {
        let field = form.children().find(|field| field.attr("var") == Some(var))?;
        Some(field.get_child("value", ns::DATA_FORMS)?.text())
    };
    let expires = value("expire").and_then(|text| Stamp::parse(&text));
    Some(Known::Account {
        uri: value("uri")?,
        page: value("landing-url").unwrap_or_default(),
        expires: expires.map(Stamp::millis),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(inner: &str) -> Known {
        let stanza = format!("<iq xmlns='jabber:client' type='result' id='1'>{inner}</iq>");
        Known::read(&stanza.parse().unwrap())
    }

    #[test]
    fn an_age_is_in_seconds() {
        let age = read("<query xmlns='jabber:iq:last' seconds='5'/>");
        assert_eq!(age, Known::Age(Duration::from_secs(5)));
    }

    #[test]
    fn a_time_says_where_somebody_is() {
        for (tzo, zone) in [("-06:00", Zone::parse("-06:00")), ("Z", Zone::parse("Z")), ("x", None)]
        {
            let time = format!(
                "<time xmlns='urn:xmpp:time'><tzo>{tzo}</tzo><utc>2026-11-20T17:58:35Z</utc></time>"
            );
            assert_eq!(read(&time), zone.map_or(Known::Nothing, Known::Zone), "{tzo}");
        }
    }

    #[test]
    fn commands_are_known_by_their_nodes() {
        let items = "<query xmlns='http://jabber.org/protocol/disco#items' \
             node='http://jabber.org/protocol/commands'><item jid='x' node='a'/><item jid='x'/>\
             </query>";
        assert_eq!(read(items), Known::Commands(vec!["a".to_owned()]));
    }

    #[test]
    fn an_account_is_read_from_both_kinds_of_form() {
        for kind in ["form", "result"] {
            let field = |var, value| format!("<field var='{var}'>{value}</field>");
            let command = format!(
                "<command xmlns='http://jabber.org/protocol/commands' status='completed'>\
                 <x xmlns='jabber:x:data' type='{kind}'>{}{}{}</x></command>",
                field("landing-url", ""),
                field("uri", "<value>xmpp:x?register;preauth=t</value>"),
                field("expire", "<value>2026-11-27T11:54:19Z</value>"),
            );
            let uri = "xmpp:x?register;preauth=t".to_owned();
            let expires = Some(Millis(1_795_780_459_000));
            assert_eq!(read(&command), Known::Account { uri, page: String::new(), expires });
        }
    }

    #[test]
    fn the_card_of_an_account_is_read_in_either_form_and_an_empty_one_is_none() {
        let told = |inner: &str| {
            read(inner).card().is_some_and(|it| it.lines().any(|line| line == "FN:Juliet Capulet"))
        };
        assert!(told("<vCard xmlns='vcard-temp'><FN>Juliet Capulet</FN></vCard>"));
        assert!(!told("<vCard xmlns='vcard-temp'/>"));
        let item = |inner: &str| {
            format!(
                "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:vcard4'>\
                 {inner}</items></pubsub>"
            )
        };
        assert!(told(&item(
            "<item id='current'><vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>\
             <fn><text>Juliet Capulet</text></fn></vcard></item>"
        )));
        assert!(!told(&item("")));
        assert!(!told(&item("<item id='current'/>")));
    }

    #[test]
    fn an_error_answers_nothing() {
        let error = "<iq xmlns='jabber:client' type='error' id='1'>\
             <query xmlns='jabber:iq:last' seconds='5'/></iq>";
        assert_eq!(Known::read(&error.parse().unwrap()), Known::Nothing);
        assert_eq!(read(""), Known::Nothing);
    }
}
