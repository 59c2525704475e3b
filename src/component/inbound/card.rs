//! `xep/card-exchange.xml`: what is asked about cards, and what clients say of those that they got.

use minidom::Element;

use super::{
    asker::Asker,
    stanza::{Card, Inbound, Question, typed},
};
use crate::wire::{
    card::{self, Ack, Answer, Pending, Request, Revoke},
    ns,
};

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

#[cfg(test)]
mod tests {
    use crate::{
        component::inbound::{Inbound, Question, tests::parse},
        wire::ns,
    };

    #[test]
    fn what_is_said_of_a_card_is_no_words_and_never_what_another_service_sent() {
        let card = |inner: &str| {
            let inner = inner.replace('@', "xmlns='urn:xmpp:card-exchange:0' id='x'");
            parse(&format!("<message id='1' to='share@share.x'>{inner}</message>"))
        };
        let yes = "<body>yes</body><answer @ action='accept'/>";
        assert!(matches!(card(yes), Inbound::CardAnswer(..)));
        assert!(matches!(card("<ack @ stored='part'/>"), Inbound::CardAck(..)));
        assert!(matches!(card("<body>yes</body><answer @ action='perhaps'/>"), Inbound::Words(..)));
        let from_another = format!(
            "{yes}<addresses xmlns='{}'><address type='ofrom' jid='a.b'/></addresses>",
            ns::ADDRESS
        );
        assert!(matches!(card(&from_another), Inbound::Nothing("passed-on")));
        let asked = |kind: &str, inner: &str| {
            parse(&format!("<iq id='1' to='share.x' type='{kind}'>{inner}</iq>"))
        };
        let own = "<card xmlns='urn:xmpp:card-exchange:0'/>";
        assert!(matches!(asked("get", own), Inbound::Question(_, Question::Card(_))));
        assert!(matches!(asked("set", own), Inbound::Question(_, Question::Card(_))));
        let unknown = "<deck xmlns='urn:xmpp:card-exchange:0'/>";
        assert!(matches!(asked("get", unknown), Inbound::Question(_, Question::NotImplemented)));
        let request = "<request xmlns='urn:xmpp:card-exchange:0'/>";
        assert!(matches!(asked("set", request), Inbound::Question(_, Question::Malformed(_))));
    }
}
