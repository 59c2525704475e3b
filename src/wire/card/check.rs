//! What a request about a card must say beyond its shape (`xep/card-exchange.xml#errors`).

use minidom::Element;
use xmpp_parsers::stanza_error::{DefinedCondition, ErrorType, StanzaError};

use super::{About, Mode, Request, condition::Condition, vcard};
use crate::{
    domain::address::Address,
    wire::check::{Limits, Refused, recipients, token},
};

/// A `<request/>` whose every part has passed its check.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The giver's idempotency key.
    pub id: Option<String>,
    /// Which card.
    pub what: What,
    /// Whether one is asked for in return.
    pub swap: bool,
    /// Whether later changes of it follow; as the giver's account says if that is not said.
    pub updates: Option<bool>,
    /// Whether those who are not registered are invited.
    pub invite: bool,
    /// At least one; nobody twice.
    pub recipients: Vec<Address>,
}

/// Which card is given.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// The giver's own of this name; the first has none.
    Own(String),
    /// One that the giver has collected, by its number.
    Collected(i64),
    /// That of somebody else, as the giver sends it.
    Sent(Box<Element>),
}

impl Request {
    /// Checks everything that can be checked without asking anybody.
    ///
    /// # Errors
    /// [`Refused`], for the first thing that is wrong.
    pub fn check(self, limits: &Limits) -> Result<Asked, Refused> {
        let recipients = recipients(&self.addresses, limits)?;
        let sent = vcard(&self.elements).cloned().map(Box::new);
        let about = self.about.unwrap_or(About::Own);
        let what = match (about, sent, self.handle, self.card) {
            (About::Own, None, None, name) => What::Own(name.unwrap_or_default()),
            (About::Contact, None, Some(handle), None) => What::Collected(handle),
            (About::Contact, Some(sent), None, None) => What::Sent(sent),
            _ => return Err(Refused::OneOf("request")),
        };
        Ok(Asked {
            id: self.id.map(|id| token(id, "id")).transpose()?,
            what,
            swap: self.mode == Some(Mode::Swap),
            updates: self.updates,
            invite: self.invite.unwrap_or(false),
            recipients,
        })
    }
}

/// The `<error/>` for a request about a card. A number that is none has a condition of its own;
/// for the rest the defined condition says enough.
#[must_use]
pub fn error(refused: &Refused) -> StanzaError {
    let text = refused.to_string();
    let plain = |kind, condition| StanzaError::new(kind, condition, "en", &text);
    match refused {
        Refused::Uri(uri) if uri.to_ascii_lowercase().starts_with("tel:") => {
            Condition::InvalidNumber.error("en", &text)
        }
        Refused::TooLarge { max } => Condition::TooLarge { max_bytes: *max }.error("en", &text),
        Refused::Jid(_) | Refused::Unseen(_) | Refused::Own(_) => {
            plain(ErrorType::Modify, DefinedCondition::JidMalformed)
        }
        Refused::Scheme(_) => plain(ErrorType::Cancel, DefinedCondition::FeatureNotImplemented),
        Refused::TooManyRecipients { .. } => {
            plain(ErrorType::Modify, DefinedCondition::NotAcceptable)
        }
        _ => plain(ErrorType::Modify, DefinedCondition::BadRequest),
    }
}
