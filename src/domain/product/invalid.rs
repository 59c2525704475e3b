//! What can be wrong with a product.

/// What is wrong with a product.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum Invalid {
    #[error("{0:?} is not a GTIN of 8, 12, 13 or 14 digits with a right check digit")]
    Gtin(String),
    #[error("{0:?} is not a price: digits, one point, no more decimals than the currency has")]
    Price(String),
    #[error("{0:?} is not an ISO 4217 currency code")]
    Currency(String),
    #[error("{0:?} is not an ISO 3166-1 alpha-2 country code")]
    Country(String),
    #[error("{0:?} is not an http or https address of at most 2048 bytes without credentials")]
    Link(String),
    #[error("{0} is missing, repeated or not as the specification says")]
    Field(&'static str),
    #[error("{field} has more than {max} characters")]
    TooLong { field: &'static str, max: usize },
    #[error("there are more than {max} of {field}")]
    TooMany { field: &'static str, max: usize },
    #[error("the product takes more than {max} bytes of XML")]
    TooLarge { max: usize },
}
