//! `xep/card-exchange.xml`: what is asked about cards, and what clients say of those that they got.

use minidom::Element;
use xmpp_parsers::rsm::SetQuery;

use super::{Asker, Inbound, Question, typed};
use crate::wire::{
    card::{self, Ack, Answer, Pending, Request, Revoke},
    ns,
};

/// What an IQ asks about cards.
#[derive(Debug)]
pub enum Card {
    /// Which card is mine, by its name?
    Own(Option<String>),
    /// To keep one, or none any more.
    Keep(card::Card),
    /// To give one.
    Give(Request),
    /// What is in the tray, and which page of it.
    Pending(Option<SetQuery>),
    /// To take one back, by the id of its offer.
    Revoke(String),
}

impl Card {
    pub(super) fn get(payload: &Element) -> Question {
        match payload.name() {
            "card" => typed(payload, |it: card::Card| Self::Own(it.name).asked()),
            "pending" => typed(payload, |it: Pending| Self::Pending(it.set).asked()),
            _ => Question::NotImplemented,
        }
    }

    pub(super) fn set(payload: &Element) -> Question {
        match payload.name() {
            "card" => typed(payload, |it: card::Card| Self::Keep(it).asked()),
            "request" => typed(payload, |it: Request| Self::Give(it).asked()),
            "revoke" => typed(payload, |it: Revoke| Self::Revoke(it.id).asked()),
            _ => Question::NotImplemented,
        }
    }

    fn asked(self) -> Question {
        Question::Card(Box::new(self))
    }
}

/// What a message says about a card that was offered; none when it says nothing of the kind. What is
/// not as the schema says is read as if it were not there: its body may be words.
pub(super) fn message(stanza: &Element, asker: &Asker) -> Option<Inbound> {
    if super::words::is_passed_on(stanza) {
        return None;
    }
    if let Some(answer) = child::<Answer>(stanza, "answer") {
        return Some(Inbound::CardAnswer(asker.clone(), Box::new(answer)));
    }
    child::<Ack>(stanza, "ack").map(|ack| Inbound::CardAck(asker.from.to_bare(), ack))
}

fn child<T: TryFrom<Element>>(stanza: &Element, name: &str) -> Option<T> {
    T::try_from(stanza.get_child(name, ns::CARD_EXCHANGE)?.clone()).ok()
}
