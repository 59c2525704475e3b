//! `xep/card-exchange.xml`: the payloads of messages and the questions to a service that passes
//! business cards on.

pub mod check;
pub mod condition;
pub mod vcard_temp;
pub mod xcard;

use std::borrow::Cow;

use minidom::Element;
use xmpp_parsers::{
    iq::{IqGetPayload, IqResultPayload, IqSetPayload},
    message::MessagePayload,
    rsm::{SetQuery, SetResult},
};
use xso::{AsXml, AsXmlText, FromXml, FromXmlText, error::Error};

use super::{addresses::Addresses, ns, xml::Writer};
use crate::domain::{self, card::BadCard, id::ShareId};

/// Get: which card is mine; set: keep this one, or without any none; result: this one
/// (`xep/card-exchange.xml#own`).
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq, Default)]
#[xml(namespace = ns::CARD_EXCHANGE, name = "card")]
pub struct Card {
    /// Which of their cards, for somebody who has several; the first has no name.
    #[xml(attribute(default))]
    pub name: Option<String>,
    /// The card as the text of a `.vcf` file.
    #[xml(extract(default, name = "text", fields(text(type_ = String))))]
    pub text: Option<String>,
    /// The card as an element: RFC 6351 or XEP-0054. See [`vcard`].
    #[xml(element(n = ..))]
    pub elements: Vec<Element>,
}

/// Set: give these people a card (`xep/card-exchange.xml#request`).
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq)]
#[xml(namespace = ns::CARD_EXCHANGE, name = "request")]
pub struct Request {
    /// Whose card it is; the giver's own if that is not said.
    #[xml(attribute(default))]
    pub about: Option<About>,
    /// Which of the giver's own cards.
    #[xml(attribute(default))]
    pub card: Option<String>,
    /// The number of a collected card, for the card of somebody else.
    #[xml(attribute(default))]
    pub handle: Option<i64>,
    /// The giver's idempotency key; without it the id of the IQ serves.
    #[xml(attribute(default))]
    pub id: Option<String>,
    /// Whether those who are not registered are invited.
    #[xml(attribute(default))]
    pub invite: Option<bool>,
    /// Whether a card is asked for in return.
    #[xml(attribute(default))]
    pub mode: Option<Mode>,
    /// Whether later changes of the card follow; as the giver's account says if that is not said.
    #[xml(attribute(default))]
    pub updates: Option<bool>,
    /// To whom.
    #[xml(child)]
    pub addresses: Addresses,
    /// The card of somebody else. See [`vcard`].
    #[xml(element(n = ..))]
    pub elements: Vec<Element>,
}

/// Result: durably accepted (`xep/card-exchange.xml#request`).
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq)]
#[xml(namespace = ns::CARD_EXCHANGE, name = "requested")]
pub struct Requested {
    /// The id of the offer.
    #[xml(attribute)]
    pub id: String,
}

/// Message: here is a card; and one that waits in the tray (`xep/card-exchange.xml#offer`).
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq)]
#[xml(namespace = ns::CARD_EXCHANGE, name = "offer")]
pub struct CardOffer {
    /// Whose card it is.
    #[xml(attribute(default))]
    pub about: Option<About>,
    /// The offer that this one answers.
    #[xml(attribute(default))]
    pub answers: Option<String>,
    /// Until when it can be taken, XEP-0082.
    #[xml(attribute(default))]
    pub expires: Option<String>,
    /// Who gives it; in the tray alone.
    #[xml(attribute(default))]
    pub from: Option<String>,
    /// The number by which the recipient names it in chat.
    #[xml(attribute(default))]
    pub handle: Option<i64>,
    /// The id of the offer.
    #[xml(attribute)]
    pub id: String,
    /// Whether a card is asked for in return.
    #[xml(attribute(default))]
    pub mode: Option<Mode>,
    /// The offer whose card this is the new version of.
    #[xml(attribute(default))]
    pub replaces: Option<String>,
    /// Since when it waits, XEP-0082; in the tray alone.
    #[xml(attribute(default))]
    pub stamp: Option<String>,
    /// Whether later changes of the card follow.
    #[xml(attribute(default))]
    pub updates: Option<bool>,
    /// The card. See [`vcard`].
    #[xml(element(n = ..))]
    pub elements: Vec<Element>,
}

/// Message: a person has decided about an offer (`xep/card-exchange.xml#answer`).
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq)]
#[xml(namespace = ns::CARD_EXCHANGE, name = "answer")]
pub struct Answer {
    /// What was decided.
    #[xml(attribute)]
    pub action: Action,
    /// Which of the person's own cards goes back, when one is asked for; the first if that is not
    /// said.
    #[xml(attribute(default))]
    pub card: Option<String>,
    /// The id of the offer.
    #[xml(attribute)]
    pub id: String,
    /// The card that goes back in place of one that is kept. See [`vcard`].
    #[xml(element(n = ..))]
    pub elements: Vec<Element>,
}

/// Message: a client has the card, and it need not be sent again (`xep/card-exchange.xml#ack`).
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq)]
#[xml(namespace = ns::CARD_EXCHANGE, name = "ack")]
pub struct Ack {
    /// The id of the offer.
    #[xml(attribute)]
    pub id: String,
    /// How much of it the client has kept.
    #[xml(attribute(default))]
    pub stored: Option<Stored>,
}

/// Get: which offers have I not decided about (`xep/card-exchange.xml#pending`)?
#[derive(FromXml, AsXml, Debug, Clone, PartialEq)]
#[xml(namespace = ns::CARD_EXCHANGE, name = "pending")]
pub struct Pending {
    /// Which page of them (XEP-0059).
    #[xml(child(default))]
    pub set: Option<SetQuery>,
}

/// Result: these.
#[derive(FromXml, AsXml, Debug, Clone, PartialEq)]
#[xml(namespace = ns::CARD_EXCHANGE, name = "pending")]
pub struct Tray {
    /// The oldest first.
    #[xml(child(n = ..))]
    pub offers: Vec<CardOffer>,
    /// Which page this is (XEP-0059).
    #[xml(child(default))]
    pub set: Option<SetResult>,
}

/// Set: take a card back; message: it was taken back (`xep/card-exchange.xml#revoke`).
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq)]
#[xml(namespace = ns::CARD_EXCHANGE, name = "revoke")]
pub struct Revoke {
    /// The id of the offer.
    #[xml(attribute)]
    pub id: String,
}

/// The card among the elements of a payload: xCard (RFC 6351), else vcard-temp (XEP-0054).
#[must_use]
pub fn vcard(elements: &[Element]) -> Option<&Element> {
    let of = |name, namespace| elements.iter().find(move |it| it.is(name, namespace));
    of("vcard", ns::VCARD4).or_else(|| of("vCard", ns::VCARD_TEMP))
}

/// Makes an enum of the words that an attribute can have.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$case_doc:meta])* $case:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$case_doc])* $case),+
        }

        impl $name {
            /// The word on the wire.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$case => $word),+
                }
            }
        }

        impl FromXmlText for $name {
            fn from_xml_text(text: String) -> Result<Self, Error> {
                match text.as_str() {
                    $($word => Ok(Self::$case),)+
                    _ => Err(Error::Other(concat!("unknown value of ", stringify!($name)))),
                }
            }
        }

        impl AsXmlText for $name {
            fn as_xml_text(&self) -> Result<Cow<'_, str>, Error> {
                Ok(Cow::Borrowed(self.word()))
            }
        }
    };
}

words! {
    /// Whether a card is asked for in return.
    Mode {
        /// No.
        Give = "give",
        /// Yes.
        Swap = "swap",
    }
}

words! {
    /// Whose card is offered.
    About {
        /// The giver's own.
        Own = "self",
        /// That of a third person.
        Contact = "contact",
    }
}

words! {
    /// What a person decides about an offer.
    Action {
        /// They take it; when a card is asked for in return, theirs goes back.
        Accept = "accept",
        /// They do not want it.
        Decline = "decline",
    }
}

words! {
    /// How much of a card a client has kept.
    Stored {
        /// All of it.
        All = "all",
        /// Some of its fields.
        Part = "part",
        /// Nothing: it has only shown it.
        None = "none",
    }
}

impl IqGetPayload for Card {}
impl IqSetPayload for Card {}
impl IqResultPayload for Card {}
impl IqSetPayload for Request {}
impl IqResultPayload for Requested {}
impl IqGetPayload for Pending {}
impl IqResultPayload for Tray {}
impl IqSetPayload for Revoke {}
impl MessagePayload for CardOffer {}
impl MessagePayload for Answer {}
impl MessagePayload for Ack {}
impl MessagePayload for Revoke {}

/// The card that a payload holds as text or as an element; none when it holds none.
///
/// # Errors
/// [`BadCard`], for the first thing that is wrong with it.
pub fn read(
    text: Option<&str>,
    elements: &[Element],
) -> Result<Option<domain::card::Card>, BadCard> {
    match (text, vcard(elements)) {
        (Some(text), _) => domain::card::Card::parse(text).map(Some),
        (None, Some(element)) if element.is("vCard", ns::VCARD_TEMP) => vcard_temp::read(element),
        (None, Some(element)) => xcard::read(element).map(Some),
        (None, None) => Ok(None),
    }
}

/// `<card/>`: one's own card, or that there is none.
#[must_use]
pub fn write(name: Option<&str>, card: Option<&domain::card::Card>) -> String {
    let mut xml = Writer::new();
    xml.open("card").attribute("xmlns", ns::CARD_EXCHANGE).maybe("name", name);
    if let Some(card) = card {
        xcard::write(&mut xml, card);
    }
    xml.close("card");
    xml.finish()
}

/// `<requested/>`: durably accepted.
#[must_use]
pub fn requested(offer: ShareId) -> String {
    let mut xml = Writer::new();
    xml.open("requested").attribute("xmlns", ns::CARD_EXCHANGE).plain("id", offer);
    xml.close("requested");
    xml.finish()
}
