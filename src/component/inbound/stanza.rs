//! What a peer can ask of us.

use jid::BareJid;
use minidom::Element;
use xmpp_parsers::rsm::SetQuery;

use super::{
    asker::{Asker, Return},
    complaint::Complaint,
    known::Known,
    words::Words,
};
use crate::{
    chat::register::Values,
    component::adhoc::{Fault, Request},
    domain::{address::Address, delivery::Bounce, id::DeliveryId, lang::Lang},
    wire::{
        self,
        share::{Lookup, Send},
    },
};

/// What came in.
#[derive(Debug)]
pub enum Inbound {
    /// An IQ of type get or set: exactly one answer is owed (RFC 6120 §8.2.3).
    Question(Asker, Question),
    /// Words from a person.
    Words(Asker, Box<Words>),
    /// Words to the address of a phone number (XEP-0100).
    ToNumber(Asker, Address),
    /// XEP-0377: a report, as a message.
    Report(Asker, Complaint),
    /// `xep/card-exchange.xml#answer`
    CardAnswer(Asker, Box<wire::card::Answer>),
    /// `xep/card-exchange.xml#ack`
    CardAck(BareJid, wire::card::Ack),
    /// The recipient's client has these.
    Receipt(BareJid, Vec<DeliveryId>),
    /// An error for something sent.
    Bounce(BareJid, DeliveryId, Bounce),
    /// Presence and subscriptions.
    Presence(Asker, Presence),
    /// An answer to a question of ours, by its id and from whom.
    Answer(Asker, Known),
    /// An IQ of type get or set, one of whose addresses cannot be read.
    BadAddress(Return),
    /// Words of somebody whose address cannot be read, and their language.
    Illegible(Return, Option<Lang>),
    /// Nothing to be done, and why.
    Nothing(&'static str),
}

/// What an IQ asks.
#[derive(Debug)]
pub enum Question {
    /// XEP-0199
    Ping,
    /// XEP-0030, with the node.
    DiscoInfo(Option<String>),
    /// XEP-0030, with the node.
    DiscoItems(Option<String>),
    /// XEP-0092
    Version,
    /// XEP-0202
    Time,
    /// XEP-0054
    VCard,
    /// XEP-0077: what is asked for?
    RegisterForm,
    /// XEP-0077: take part, or change what is given.
    Register(Values),
    /// XEP-0077: take part no more.
    Unregister,
    /// XEP-0100: what is asked for?
    Prompt,
    /// XEP-0100: what a number's address is.
    Prompted(String),
    /// `xep/product-share.xml#send`
    Send(Box<Send>),
    /// XEP-0050
    Command(Result<Request, Fault>),
    /// `xep/product-share.xml#lookup`
    Lookup(Lookup),
    /// `xep/product-share.xml#status`, with the share.
    Status(String),
    /// `xep/product-share.xml#revoke`, with the share.
    Revoke(String),
    /// `xep/card-exchange.xml`
    Card(Box<Card>),
    /// XEP-0191: to be blocked, with what is reported of them (XEP-0377).
    Block(Vec<Complaint>),
    /// XEP-0191: to be blocked no more; without any, everybody.
    Unblock(Vec<Complaint>),
    /// XEP-0191: who is blocked?
    BlockList,
    /// XEP-0191: more addresses than are taken at once.
    TooManyNamed,
    /// An element of ours that is not what the schema says.
    Malformed(String),
    /// Something of a protocol that is answered here, which is not.
    NotImplemented,
    /// Anything else, and anything for an address that is nobody's.
    Unknown,
}

/// What somebody who wants to take part gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Registration {
    /// Their name.
    pub nick: Option<String>,
    /// The code of an invitation.
    pub code: Option<String>,
}

/// What presence says (RFC 6121 §3, §4).
#[derive(Debug)]
pub enum Presence {
    /// A resource has come.
    Available,
    /// A resource has gone.
    Unavailable,
    /// The sender wants to see us; the code is XEP-0379's.
    Subscribe(Registration),
    /// We may see the sender.
    Subscribed,
    /// The sender does not want to see us any more.
    Unsubscribe,
    /// We may not see the sender any more.
    Unsubscribed,
    /// The sender's server asks for our presence.
    Probe,
}

/// What an IQ asks about cards.
#[derive(Debug)]
pub enum Card {
    /// Which card is mine, by its name?
    Own(Option<String>),
    /// To keep one, or none any more.
    Keep(wire::card::Card),
    /// To give one.
    Give(wire::card::Request),
    /// What is in the tray, and which page of it.
    Pending(Option<SetQuery>),
    /// To take one back, by the id of its offer.
    Revoke(String),
}

/// The element as the type that the schema gives it.
pub(super) fn typed<T>(payload: &Element, question: impl FnOnce(T) -> Question) -> Question
where
    T: TryFrom<Element, Error: std::fmt::Display>,
{
    let read = T::try_from(payload.clone());
    read.map_or_else(
        |error| {
            let name = payload.name();
            Question::Malformed(format!("<{name}/> is not as the schema says: {error}"))
        },
        question,
    )
}
