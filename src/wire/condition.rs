//! The application's own error conditions (`xep/product-share.xml#errors`, RFC 6120 §8.3.4).

use xmpp_parsers::stanza_error::{DefinedCondition, ErrorType, StanzaError};
use xso::{AsXml, FromXml};

use super::ns;

/// Why a request was refused; stands beside the defined condition that [`Condition::defined`] names.
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq)]
#[xml(namespace = ns::PRODUCT_SHARE)]
pub enum Condition {
    /// No share has this code, or no more.
    #[xml(name = "unknown-ref")]
    UnknownRef,
    /// Neither the catalogue nor a source knows this product.
    #[xml(name = "unknown-product")]
    UnknownProduct,
    /// Not a trade item number with a right check digit.
    #[xml(name = "invalid-gtin")]
    InvalidGtin,
    /// Not a decimal with a point, or more decimals than the currency has.
    #[xml(name = "invalid-price")]
    InvalidPrice,
    /// Not a code of ISO 4217.
    #[xml(name = "invalid-currency")]
    InvalidCurrency,
    /// Not a code of ISO 3166-1.
    #[xml(name = "invalid-country")]
    InvalidCountry,
    /// Not a file of sound over https, or more than one.
    #[xml(name = "invalid-recording")]
    InvalidRecording,
    /// This address is not one.
    #[xml(name = "bad-address")]
    BadAddress {
        /// The address, when it was given as a JID.
        #[xml(attribute(default))]
        jid: Option<String>,
        /// The address, when it was given as a URI.
        #[xml(attribute(default))]
        uri: Option<String>,
    },
    /// The service reaches nobody by such an address.
    #[xml(name = "unsupported-scheme")]
    UnsupportedScheme,
    /// More addresses than the service takes at once.
    #[xml(name = "too-many-recipients")]
    TooManyRecipients {
        /// The most it takes.
        #[xml(attribute)]
        max: usize,
    },
    /// More products than the service takes at once.
    #[xml(name = "too-many-products")]
    TooManyProducts {
        /// The most it takes.
        #[xml(attribute)]
        max: usize,
    },
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
    /// Whoever sends must be registered.
    #[xml(name = "not-registered-sender")]
    NotRegisteredSender,
    /// Another request came under the same id.
    #[xml(name = "id-conflict")]
    IdConflict,
}

impl Condition {
    /// The error type and the defined condition that it comes with.
    #[must_use]
    pub fn defined(&self) -> (ErrorType, DefinedCondition) {
        use DefinedCondition as Defined;
        match self {
            Self::UnknownRef | Self::UnknownProduct => (ErrorType::Cancel, Defined::ItemNotFound),
            Self::InvalidGtin
            | Self::InvalidPrice
            | Self::InvalidCurrency
            | Self::InvalidCountry
            | Self::InvalidRecording
            | Self::BadAddress { jid: None, .. } => (ErrorType::Modify, Defined::BadRequest),
            Self::BadAddress { jid: Some(_), .. } => (ErrorType::Modify, Defined::JidMalformed),
            Self::UnsupportedScheme => (ErrorType::Cancel, Defined::FeatureNotImplemented),
            Self::TooManyRecipients { .. }
            | Self::TooManyProducts { .. }
            | Self::TooLarge { .. } => (ErrorType::Modify, Defined::NotAcceptable),
            Self::Retry { .. } => (ErrorType::Wait, Defined::ResourceConstraint),
            Self::NotRegisteredSender => (ErrorType::Auth, Defined::RegistrationRequired),
            Self::IdConflict => (ErrorType::Cancel, Defined::Conflict),
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
