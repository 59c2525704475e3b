//! A stanza, parsed once into everything a peer can ask of us.

mod asker;
mod card;
mod complaint;
mod direct;
mod known;
mod presence;
mod stanza;
mod words;

use minidom::Element;
use uuid::Uuid;

pub use self::{
    asker::{Addresses, Asker, Return, measure},
    complaint::{Complaint, MOST as COMPLAINTS, Report},
    known::Known,
    stanza::{Card, Inbound, Presence, Question, Registration},
    words::{Upload, Words},
};
use self::{complaint::Unusable, stanza::typed};
use super::{adhoc::Request, entity::Entity, gateway, register::given};
use crate::{
    domain::{delivery::Bounce, id::DeliveryId, lang::Lang},
    wire::{
        ns,
        share::{Revoke, Send, Status},
        xml,
    },
};

/// Deliveries that one message confirms at the most. XEP-0184 §5 knows one.
const RECEIPTS: usize = 16;

impl Inbound {
    /// Reads a stanza from its bytes; none when they are not XML that can be read.
    #[must_use]
    pub fn read(bytes: &[u8], ours: &Addresses) -> Option<Self> {
        if let Some(send) = direct::send(bytes, ours) {
            return Some(send);
        }
        let prefixes = Some(ns::CLIENT.to_owned());
        let stanza = Element::from_reader_with_prefixes(xml::pieces(bytes), prefixes).ok()?;
        Some(Self::parse(&stanza, ours))
    }

    /// Reads a stanza.
    #[must_use]
    pub fn parse(stanza: &Element, ours: &Addresses) -> Self {
        let back = match Return::new(["from", "to", "id"].map(|it| stanza.attr(it)), ours) {
            Ok(back) => back,
            Err(why) => return Self::Nothing(why),
        };
        let lang = stanza.attr_ns(ns::XML, "lang").and_then(Lang::of);
        let Some(asker) = back.asker(lang) else { return unreadable(stanza, back, lang) };
        // Our own pings come back where nobody else answers for the server.
        if asker.from.domain() == ours.domain.domain() {
            return Self::Nothing("from-ourselves");
        }
        let is_ours = ours.are_ours(&asker.to.to_bare());
        match stanza.name() {
            "iq" => match stanza.attr("type") {
                Some("get" | "set") if !is_ours => Self::Question(asker, Question::Unknown),
                Some("get") => Self::Question(asker, Question::get(stanza)),
                Some("set") => Self::Question(asker, Question::set(stanza)),
                Some("result" | "error") if asker.to.resource().is_none() => {
                    let known = Known::read(stanza);
                    Self::Answer(asker, known)
                }
                Some("result" | "error") => Self::Nothing("iq-answer"),
                _ => Self::Question(
                    asker,
                    Question::Malformed("an IQ is of type get, set, result or error".into()),
                ),
            },
            "message" if is_ours => message(stanza, asker),
            "presence" if is_ours => presence::read(stanza, asker),
            "message" => to_number(stanza, asker, ours),
            "presence" => Self::Nothing("no-such-address"),
            _ => Self::Nothing("no-stanza"),
        }
    }
}

impl Question {
    fn get(stanza: &Element) -> Self {
        let Some(payload) = only_child(stanza) else { return Self::no_payload() };
        let node = || payload.attr("node").map(str::to_owned);
        match (payload.name(), payload.ns().as_str()) {
            ("ping", ns::PING) => Self::Ping,
            ("query", ns::DISCO_INFO) => Self::DiscoInfo(node()),
            ("query", ns::DISCO_ITEMS) => Self::DiscoItems(node()),
            ("query", ns::VERSION) => Self::Version,
            ("time", ns::TIME) => Self::Time,
            ("vCard", ns::VCARD_TEMP) => Self::VCard,
            ("query", ns::REGISTER) => Self::RegisterForm,
            ("query", ns::GATEWAY) => Self::Prompt,
            ("blocklist", ns::BLOCKING) => Self::BlockList,
            ("lookup", ns::PRODUCT_SHARE) => typed(payload, Self::Lookup),
            ("status", ns::PRODUCT_SHARE) => typed(payload, |it: Status| Self::Status(it.share)),
            (_, ns::CARD_EXCHANGE) => Card::get(payload),
            (_, ns::PRODUCT_SHARE) => Self::NotImplemented,
            _ => Self::Unknown,
        }
    }

    fn set(stanza: &Element) -> Self {
        let Some(payload) = only_child(stanza) else { return Self::no_payload() };
        match (payload.name(), payload.ns().as_str()) {
            ("query", ns::REGISTER) => Self::register(payload),
            ("query", ns::GATEWAY) => payload.get_child("prompt", ns::GATEWAY).map_or_else(
                || Self::Malformed("<prompt/> is missing".into()),
                |prompt| Self::Prompted(prompt.text()),
            ),
            ("block", ns::BLOCKING) => match complaint::items(payload) {
                Ok(items) if !items.is_empty() => Self::Block(items),
                Err(Unusable::TooMany) => Self::TooManyNamed,
                _ => Self::Malformed("<block/> names addresses".into()),
            },
            ("unblock", ns::BLOCKING) => match complaint::items(payload) {
                Ok(items) => Self::Unblock(items),
                Err(Unusable::TooMany) => Self::TooManyNamed,
                Err(Unusable::NoAddress) => {
                    Self::Malformed("<unblock/> names addresses, or nobody".into())
                }
            },
            ("command", ns::COMMANDS) => Self::Command(Request::read(payload)),
            ("send", ns::PRODUCT_SHARE) => typed(payload, |mut send: Send| {
                send.inherit(stanza.attr_ns(ns::XML, "lang").unwrap_or("en"));
                Self::Send(Box::new(send))
            }),
            ("revoke", ns::PRODUCT_SHARE) => typed(payload, |it: Revoke| Self::Revoke(it.share)),
            (_, ns::CARD_EXCHANGE) => Card::set(payload),
            (_, ns::PRODUCT_SHARE | ns::VCARD_TEMP) => Self::NotImplemented,
            _ => Self::Unknown,
        }
    }

    /// XEP-0077 §3.2: `<remove/>` stands alone.
    fn register(query: &Element) -> Self {
        if query.has_child("remove", ns::REGISTER) {
            return match query.children().count() {
                1 => Self::Unregister,
                _ => Self::Malformed("<remove/> is the only child of its query".into()),
            };
        }
        Self::Register(given(query))
    }

    fn no_payload() -> Self {
        Self::Malformed("an IQ of type get or set holds exactly one element".into())
    }
}

/// Not every address can be read: whoever is owed an answer, or wrote, is told so.
fn unreadable(stanza: &Element, back: Return, lang: Option<Lang>) -> Inbound {
    let is_from_there = || back.to.parse::<Entity>().is_err();
    match (stanza.name(), stanza.attr("type")) {
        ("iq", Some("get" | "set")) => Inbound::BadAddress(back),
        ("message", None | Some("chat" | "normal")) if has_words(stanza) && is_from_there() => {
            Inbound::Illegible(back, lang)
        }
        _ => Inbound::Nothing("unusable-address"),
    }
}

fn has_words(stanza: &Element) -> bool {
    stanza.has_child("body", ns::CLIENT) && !words::is_passed_on(stanza)
}

fn only_child(stanza: &Element) -> Option<&Element> {
    let mut children = stanza.children();
    children.next().filter(|_| children.next().is_none())
}

/// Somebody writes to the address of a number: they are told how to reach it.
fn to_number(stanza: &Element, asker: Asker, ours: &Addresses) -> Inbound {
    let is_chat = matches!(stanza.attr("type"), None | Some("chat" | "normal"));
    match gateway::number(&asker.to.to_bare(), &ours.domain) {
        Some(number) if is_chat && has_words(stanza) => Inbound::ToNumber(asker, number),
        _ => Inbound::Nothing("no-such-address"),
    }
}

fn message(stanza: &Element, asker: Asker) -> Inbound {
    let from = || asker.from.to_bare();
    match stanza.attr("type") {
        Some("error") => {
            let id = Uuid::parse_str(&asker.id).ok().map(DeliveryId);
            return match (id, stanza.children().find(|child| child.name() == "error")) {
                (Some(id), Some(error)) => Inbound::Bounce(from(), id, bounce(error)),
                _ => Inbound::Nothing("error-for-nothing"),
            };
        }
        Some("groupchat" | "headline") => return Inbound::Nothing("groupchat-or-headline"),
        _ => {}
    }
    if let Some(about_a_card) = card::message(stanza, &asker) {
        return about_a_card;
    }
    let named: Vec<DeliveryId> = stanza
        .children()
        .filter(|child| {
            child.is("received", ns::RECEIPTS) || child.is("displayed", ns::CHAT_MARKERS)
        })
        .filter_map(|child| Uuid::parse_str(child.attr("id")?).ok())
        .map(DeliveryId)
        .take(RECEIPTS)
        .collect();
    if !named.is_empty() {
        return Inbound::Receipt(from(), named);
    }
    if let Some(report) = complaint::report(stanza) {
        let complaint = Complaint { about: None, report: Some(report) };
        return Inbound::Report(asker, complaint);
    }
    if words::is_passed_on(stanza) {
        return Inbound::Nothing("passed-on");
    }
    match Words::read(stanza, &asker) {
        Some(words) => Inbound::Words(asker, Box::new(words)),
        None => Inbound::Nothing("no-words"),
    }
}

/// What an `<error/>` means for a delivery.
fn bounce(error: &Element) -> Bounce {
    let condition =
        error.children().find(|child| child.ns() == ns::STANZA_ERRORS && child.name() != "text");
    let is_wait = error.attr("type") == Some("wait");
    Bounce::from_condition(condition.map_or("", |condition| condition.name()), is_wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn parse(stanza: &str) -> Inbound {
        let ours = Addresses {
            domain: "share.x".parse().unwrap(),
            contact: "share@share.x".parse().unwrap(),
        };
        let with_namespace = stanza.replacen(' ', " xmlns='jabber:client' from='a@x/r' ", 1);
        Inbound::parse(&with_namespace.parse().unwrap(), &ours)
    }

    #[test]
    fn an_iq_with_no_or_two_payloads_is_malformed_and_not_unknown() {
        for iq in [
            "<iq id='1' to='share.x' type='get'/>",
            "<iq id='1' to='share.x' type='set'><a xmlns='x'/><b xmlns='x'/></iq>",
            "<iq id='1' to='share.x' type='weird'><a xmlns='x'/></iq>",
        ] {
            assert!(matches!(parse(iq), Inbound::Question(_, Question::Malformed(_))), "{iq}");
        }
    }

    #[test]
    fn an_iq_for_nobody_is_still_answered() {
        let iq = "<iq id='1' to='nobody@share.x' type='get'><ping xmlns='urn:xmpp:ping'/></iq>";
        assert!(matches!(parse(iq), Inbound::Question(_, Question::Unknown)));
    }

    #[test]
    fn an_error_is_a_bounce_and_never_words() {
        let id = Uuid::from_u128(5);
        let message = format!(
            "<message id='{id}' to='share@share.x/s' type='error'><body>join</body><error type='cancel'>\
             <service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
        );
        assert!(
            matches!(parse(&message), Inbound::Bounce(_, DeliveryId(of), Bounce::Unavailable) if of == id)
        );
        assert!(matches!(parse("<message to='share@share.x' type='error'/>"), Inbound::Nothing(_)));
    }

    #[test]
    fn receipts_and_markers_name_deliveries() {
        let id = Uuid::from_u128(5);
        for (name, ns) in [("received", ns::RECEIPTS), ("displayed", ns::CHAT_MARKERS)] {
            let message =
                format!("<message to='share@share.x/s'><{name} xmlns='{ns}' id='{id}'/></message>");
            assert!(matches!(parse(&message), Inbound::Receipt(_, ids) if ids == [DeliveryId(id)]));
        }
    }

    #[test]
    fn remove_stands_alone() {
        let iq = |inner: &str| {
            format!(
                "<iq id='1' to='share.x' type='set'><query xmlns='jabber:iq:register'>{inner}</query></iq>"
            )
        };
        assert!(matches!(parse(&iq("<remove/>")), Inbound::Question(_, Question::Unregister)));
        assert!(matches!(
            parse(&iq("<remove/><nick>x</nick>")),
            Inbound::Question(_, Question::Malformed(_))
        ));
    }
}
