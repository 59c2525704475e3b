//! What our own server answers to questions of ours.

use std::time::Duration;

use chrono::DateTime;
use minidom::Element;

use crate::{domain::clock::Millis, wire::ns};

/// An answer, as far as it is one that we ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// How long it has been running (XEP-0012).
    Age(Duration),
    /// The nodes of the commands that we may give it (XEP-0050 §2.2).
    Commands(Vec<String>),
    /// A link with which somebody makes himself an account (XEP-0401 §3.2).
    Account {
        /// `xmpp:example.org?register;preauth=…`
        uri: String,
        /// The same as a web page; empty where it has none.
        page: String,
        /// When it ends, if it says so.
        expires: Option<Millis>,
    },
    /// An error, or nothing that we know.
    Nothing,
}

impl Answer {
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
            ("query", ns::DISCO_ITEMS) if payload.attr("node") == Some(ns::COMMANDS) => {
                let nodes = payload.children().filter_map(|item| item.attr("node"));
                Some(Self::Commands(nodes.map(str::to_owned).collect()))
            }
            ("command", ns::COMMANDS) => account(payload),
            _ => None,
        };
        read.unwrap_or(Self::Nothing)
    }
}

/// Prosody 0.12 gives the form as one to be filled in, 13 as a result.
fn account(command: &Element) -> Option<Answer> {
    let form = command.get_child("x", ns::DATA_FORMS)?;
    let value = |var: &str| {
        let field = form.children().find(|field| field.attr("var") == Some(var))?;
        Some(field.get_child("value", ns::DATA_FORMS)?.text())
    };
    let expires = value("expire").and_then(|text| DateTime::parse_from_rfc3339(&text).ok());
    Some(Answer::Account {
        uri: value("uri")?,
        page: value("landing-url").unwrap_or_default(),
        expires: expires.map(|at| Millis(at.timestamp_millis())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(inner: &str) -> Answer {
        let stanza = format!("<iq xmlns='jabber:client' type='result' id='1'>{inner}</iq>");
        Answer::read(&stanza.parse().unwrap())
    }

    #[test]
    fn an_age_is_in_seconds() {
        let age = read("<query xmlns='jabber:iq:last' seconds='5'/>");
        assert_eq!(age, Answer::Age(Duration::from_secs(5)));
    }

    #[test]
    fn commands_are_known_by_their_nodes() {
        let items = "<query xmlns='http://jabber.org/protocol/disco#items' \
             node='http://jabber.org/protocol/commands'><item jid='x' node='a'/><item jid='x'/>\
             </query>";
        assert_eq!(read(items), Answer::Commands(vec!["a".to_owned()]));
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
            assert_eq!(read(&command), Answer::Account { uri, page: String::new(), expires });
        }
    }

    #[test]
    fn an_error_answers_nothing() {
        let error = "<iq xmlns='jabber:client' type='error' id='1'>\
             <query xmlns='jabber:iq:last' seconds='5'/></iq>";
        assert_eq!(Answer::read(&error.parse().unwrap()), Answer::Nothing);
        assert_eq!(read(""), Answer::Nothing);
    }
}
