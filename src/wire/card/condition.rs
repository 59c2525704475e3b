//! The error conditions of a card exchange (`xep/card-exchange.xml#errors`, RFC 6120 §8.3.4).

use xmpp_parsers::stanza_error::{DefinedCondition, ErrorType, StanzaError};
use xso::{AsXml, FromXml};

use crate::wire::ns;

/// Why a request was refused; stands beside the defined condition that [`Condition::defined`] names.
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq)]
#[xml(namespace = ns::CARD_EXCHANGE)]
pub enum Condition {
    /// Nobody who can be found has this number or mail address.
    #[xml(name = "not-registered")]
    NotRegistered,
    /// Not a number of any country.
    #[xml(name = "invalid-number")]
    InvalidNumber,
    /// Whoever types numbers must have shown one to be their own.
    #[xml(name = "number-not-verified")]
    NumberNotVerified,
    /// The giver has no card of that name.
    #[xml(name = "no-own-card")]
    NoOwnCard,
    /// No offer has this id, or no more.
    #[xml(name = "offer-expired")]
    OfferExpired,
    /// More bytes than the service takes.
    #[xml(name = "too-large")]
    TooLarge {
        /// The most it takes.
        #[xml(attribute = "max-bytes")]
        max_bytes: usize,
    },
    /// Too much at once.
    #[xml(name = "retry")]
    Retry {
        /// After how long it will be taken.
        #[xml(attribute)]
        seconds: u64,
    },
}

impl Condition {
    /// The error type and the defined condition that it comes with.
    #[must_use]
    pub fn defined(&self) -> (ErrorType, DefinedCondition) {
        use DefinedCondition as Defined;
        match self {
            Self::NotRegistered | Self::OfferExpired => (ErrorType::Cancel, Defined::ItemNotFound),
            Self::InvalidNumber => (ErrorType::Modify, Defined::BadRequest),
            Self::NumberNotVerified => (ErrorType::Auth, Defined::RegistrationRequired),
            Self::NoOwnCard => (ErrorType::Modify, Defined::UnexpectedRequest),
            Self::TooLarge { .. } => (ErrorType::Modify, Defined::NotAcceptable),
            Self::Retry { .. } => (ErrorType::Wait, Defined::ResourceConstraint),
        }
    }

    /// The whole `<error/>`, with a text in `lang` for whoever reads the log.
    #[must_use]
    pub fn error(self, lang: &str, text: &str) -> StanzaError {
        let (kind, defined) = self.defined();
        let mut error = StanzaError::new(kind, defined, lang, text);
        error.other = Some(self.into());
        error
    }
}
