//! How much is taken. Everything that comes in is counted once, in the measure of whoever sent it:
//! what asks for something by what it asks, all else in a larger one of its own. What is too much is
//! turned away by its head, before anybody pays for more.

use std::time::Duration;

use jid::BareJid;

use super::state::Service;
use crate::{
    component::{
        entity::Entity,
        inbound::{Card, Inbound, Presence, Question, Return, measure},
        reply,
    },
    domain::refusal::Refusal,
    link::stream::tag::{Head, StanzaKind},
    panics,
    people::say::Say,
    wire::card::Action,
};

/// The most bytes of presence, and of a message that may be a receipt or the like and nothing else.
/// A larger one asks for something, whatever is in it.
const RECEIPT: usize = 4_096;
/// What a stanza that was passed over counts as: it asks for something, and takes no longer than a
/// small one.
pub(super) const UNREAD: usize = RECEIPT + 1;

/// After how long whoever has too much under way may come again.
const SOON: Duration = Duration::from_secs(1);

/// What a stanza is, as far as its head says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// It asks for something.
    Asks,
    /// It settles something, or nobody asked for it.
    Settles,
    /// It is read first.
    Unknown,
}

/// Whether a stanza is taken.
#[derive(Debug)]
pub(super) enum Gate {
    /// It is, and has been counted.
    Open,
    /// It may be read, and what it asks for has to be counted then.
    Ajar(Sender),
    /// It is too much: whoever sent it is told.
    Shut(Sender, Duration),
    /// It is nothing that anything is done with, and why.
    Nothing(&'static str),
}

/// Whose a stanza is.
#[derive(Debug)]
pub(super) struct Sender {
    head: Head,
    who: BareJid,
    bytes: usize,
}

impl Service {
    /// Counts a stanza of so many bytes by its head.
    pub(super) fn gate(&self, head: Head, bytes: usize) -> Gate {
        // What has no address is nobody's, and cannot be answered.
        let Some(who) = head.from.as_deref().and_then(measure) else {
            return Gate::Nothing("unusable-address");
        };
        match class(&head, bytes) {
            Class::Asks => match self.rules.limits.asks(&who, bytes) {
                Some(after) => self.shut(Sender { head, who, bytes }, after),
                None if !self.takes_place(&who, bytes) => {
                    self.shut(Sender { head, who, bytes }, SOON)
                }
                None => Gate::Open,
            },
            Class::Settles | Class::Unknown if !self.rules.limits.settles(&who, bytes) => {
                Gate::Nothing("too-fast")
            }
            Class::Settles if head.kind == StanzaKind::Iq && !self.awaits(&head) => {
                Gate::Nothing("iq-answer")
            }
            Class::Settles if works(&head) && !self.takes_place(&who, bytes) => {
                Gate::Nothing("too-fast")
            }
            Class::Settles => Gate::Open,
            Class::Unknown => Gate::Ajar(Sender { head, who, bytes }),
        }
    }

    /// Counts what has been read and may ask for something. None when it is taken.
    pub(super) fn recount(&self, sender: Sender, inbound: &Inbound) -> Option<Gate> {
        let settles = settles(inbound);
        if !settles && let Some(after) = self.rules.limits.asks(&sender.who, sender.bytes) {
            return Some(self.shut(sender, after));
        }
        if matches!(inbound, Inbound::Nothing(_)) || self.takes_place(&sender.who, sender.bytes) {
            return None;
        }
        Some(if settles { Gate::Nothing("too-fast") } else { self.shut(sender, SOON) })
    }

    /// Whether there is a place in which this can be worked on; it has it then.
    fn takes_place(&self, who: &BareJid, bytes: usize) -> bool {
        self.rules.limits.place(who, bytes).map(panics::hold).is_some()
    }

    /// Who has to wait with what was read, and how long, because as much has been kept for them as an
    /// hour may; none when they need not. Shares, answers and commands look for that themselves.
    pub(super) fn full(&self, bytes: &[u8], inbound: &Inbound) -> Option<Gate> {
        if !keeps(inbound) {
            return None;
        }
        let head = Head::read(bytes);
        let who = head.from.as_deref().and_then(measure)?;
        let after = self.rules.limits.full_for(who.as_str())?;
        Some(Gate::Shut(Sender { head, who, bytes: bytes.len() }, after))
    }

    /// Somebody who goes on although they were told is not told again.
    fn shut(&self, sender: Sender, after: Duration) -> Gate {
        if self.rules.limits.settles(&sender.who, 0) {
            Gate::Shut(sender, after)
        } else {
            Gate::Nothing("too-fast")
        }
    }

    /// Whether this answers something that was asked of whoever sent it. An answer is not read
    /// otherwise.
    fn awaits(&self, head: &Head) -> bool {
        let id = head.id.as_deref().unwrap_or_default();
        let from: Option<Entity> = head.from.as_deref().and_then(|from| from.parse().ok());
        from.is_some_and(|from| {
            self.asked.awaits(&from, id) || self.talk.awaits(&from, id, self.clock.now())
        })
    }

    /// Tells whom it has to be told that their stanza is not taken, and counts what is let go.
    pub(super) async fn turn_away(&self, gate: Gate) {
        match gate {
            Gate::Open | Gate::Ajar(_) => {}
            Gate::Shut(sender, after) => self.slow_down(sender, after).await,
            Gate::Nothing(why) => self.metrics.dropped(why),
        }
    }

    /// Tells who is too fast, and when to come again: an IQ always, a person once a minute.
    pub(super) async fn slow_down(&self, sender: Sender, after: Duration) {
        let Sender { head, who, .. } = sender;
        match head.kind {
            StanzaKind::Iq => {
                self.answer_head(&head, reply::refusal(&Refusal::TooFast { after })).await;
            }
            StanzaKind::Message if self.rules.limits.may_tell(&who) => {
                self.metrics.dropped("too-fast");
                let back = Return::of(&head, &self.ours).ok();
                let Some(asker) = back.and_then(|back| back.asker(None)) else { return };
                let lang = self.lang_for(&asker).await;
                self.tell(&asker, lang, &Say::TooFast { after }.in_lang(lang)).await;
            }
            _ => self.metrics.dropped("too-fast"),
        }
    }
}

/// What the head of a stanza of so many bytes says of it.
fn class(head: &Head, bytes: usize) -> Class {
    let kind = head.type_.as_deref();
    match head.kind {
        StanzaKind::Iq if matches!(kind, Some("result" | "error")) => Class::Settles,
        StanzaKind::Message if matches!(kind, Some("error" | "groupchat" | "headline")) => {
            Class::Settles
        }
        StanzaKind::Message if bytes <= RECEIPT => Class::Unknown,
        StanzaKind::Iq | StanzaKind::Message => Class::Asks,
        StanzaKind::Presence if kind == Some("subscribe") || bytes > RECEIPT => Class::Asks,
        StanzaKind::Presence | StanzaKind::Other => Class::Settles,
    }
}

/// Whether something is written because of what settles something: of who comes and goes only what
/// is true then is, and an answer goes to whoever waits for it.
fn works(head: &Head) -> bool {
    match head.kind {
        StanzaKind::Presence => !matches!(head.type_.as_deref(), None | Some("unavailable")),
        StanzaKind::Iq | StanzaKind::Other => false,
        StanzaKind::Message => true,
    }
}

/// Whether what was read settles something and asks for nothing.
fn settles(inbound: &Inbound) -> bool {
    match inbound {
        Inbound::Receipt(..)
        | Inbound::CardAck(..)
        | Inbound::Bounce(..)
        | Inbound::Answer(..)
        | Inbound::Nothing(_) => true,
        Inbound::Presence(_, presence) => !matches!(presence, Presence::Subscribe(_)),
        Inbound::Question(..)
        | Inbound::Words(..)
        | Inbound::ToNumber(..)
        | Inbound::Report(..)
        | Inbound::CardAnswer(..)
        | Inbound::BadAddress(_)
        | Inbound::Illegible(..) => false,
    }
}

/// Whether something is kept of what was read, beyond shares and answers.
fn keeps(inbound: &Inbound) -> bool {
    match inbound {
        Inbound::Report(..) | Inbound::Question(_, Question::Register(_) | Question::Block(_)) => {
            true
        }
        Inbound::CardAnswer(_, answer) => answer.action == Action::Accept,
        Inbound::Question(_, Question::Card(card)) => matches!(**card, Card::Keep(_)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use minidom::Element;

    use super::*;
    use crate::{component::inbound::Addresses, wire::ns};

    /// Whether a stanza is counted as one that asks for something.
    fn asks(stanza: &str) -> bool {
        match class(&Head::read(stanza.as_bytes()), stanza.len()) {
            Class::Asks => true,
            Class::Settles => false,
            Class::Unknown => {
                let ours = Addresses {
                    domain: "share.x".parse().unwrap(),
                    contact: "share@share.x".parse().unwrap(),
                };
                let prefixes = Some(ns::CLIENT.to_owned());
                let read = Element::from_reader_with_prefixes(stanza.as_bytes(), prefixes);
                !settles(&Inbound::parse(&read.unwrap(), &ours))
            }
        }
    }

    #[test]
    fn what_a_stanza_asks_is_told_by_names_and_namespaces_and_not_by_its_bytes() {
        let message = |inner: &str| {
            format!("<message from='a@x/r' to='share@share.x' id='1' type='chat'>{inner}</message>")
        };
        let id = "0e3141cd-8089-4871-a68e-6fe6b1ec56fa";
        let receipt = format!("<received xmlns='urn:xmpp:receipts' id='{id}'/>");
        let marker = format!("<displayed xmlns='urn:xmpp:chat-markers:0' id='{id}'/>");
        let ack = format!("<ack xmlns='urn:xmpp:card-exchange:0' id='{id}' stored='all'/>");
        for inner in [
            receipt.as_str(),
            &marker,
            &ack,
            "<composing xmlns='http://jabber.org/protocol/chatstates'/>",
            "",
        ] {
            assert!(!asks(&message(inner)), "{inner}");
        }
        for inner in [
            "<body>hello</body>",
            "<body>hello</body><received xmlns='urn:other' id='1'/>",
            "<body>hello &lt;received</body>",
            "<body>hello</body><ack xmlns='urn:xmpp:card-exchange:1' id='1'/>",
            "<body>hello</body><x:displayed xmlns:x='urn:other'/>",
            "<body x='&lt;ack'>hello</body><!--<received-->",
        ] {
            assert!(asks(&message(&inner.replace("<!--<received-->", ""))), "{inner}");
        }
        let padded = format!("{receipt}<x xmlns='y'>{}</x>", "z".repeat(RECEIPT));
        assert!(asks(&message(&padded)), "a receipt is small");
        let presence = format!("<presence from='a@x'>{}</presence>", "<a/>".repeat(RECEIPT / 4));
        for (stanza, expected) in [
            (presence.as_str(), true),
            ("<iq type='get' from='a@x'/>", true),
            ("<iq from='a@x'/>", true),
            ("<iq type='result' from='a@x'/>", false),
            ("<message type='error' from='a@x'/>", false),
            ("<presence from='a@x'/>", false),
            ("<presence type='probe' from='a@x'/>", false),
            ("<presence type='subscribe' from='a@x'/>", true),
        ] {
            assert_eq!(asks(stanza), expected, "{stanza}");
        }
    }
}
