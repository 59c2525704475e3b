//! What a request must say beyond its shape (`xep/product-share.xml#errors`).

use std::collections::HashSet;

use jid::BareJid;
use xmpp_parsers::stanza_error::{DefinedCondition, ErrorType, StanzaError};

use super::{
    addresses::{Address, Addresses},
    condition::Condition,
    file_sharing::FileSharing,
    product::{self, clean, lang, within},
    share::{Item as WireItem, Lookup, ProductRef, Send, Share},
};
use crate::domain::{
    address::{Address as Recipient, BadAddress},
    phone,
    product::{Gtin, Invalid, Localized, Product},
    recording::{BadRecording, Recording},
    site::is_same,
};

/// The most characters of a comment.
pub const COMMENT_MAX: usize = 1_000;
/// The most bytes of an idempotency key, a share's id, an item's id and a reference code.
pub const ID_MAX: usize = 128;
/// The most bytes of all products of one request together: what makes the message that shows them
/// stay under 60 KB (`docs/design/messages.md#size`).
pub const PRODUCTS_BYTES_MAX: usize = 40 * 1024;

/// How much one request may hold, and where nobody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Products and references together.
    pub products: usize,
    /// Addresses, counted as written.
    pub recipients: usize,
    /// The service's own domain: the address of a number there is that number, and every other nobody's.
    pub own: Option<BareJid>,
}

impl Default for Limits {
    /// 5 products and 200 addresses.
    fn default() -> Self {
        Self { products: 5, recipients: 200, own: None }
    }
}

/// A `<send/>` whose every part has passed its check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The sender's idempotency key.
    pub id: Option<String>,
    /// What the sender says to it.
    pub comment: Option<Localized>,
    /// At least one.
    pub items: Vec<Item>,
    /// A spoken comment.
    pub recording: Option<Box<Recording>>,
    /// At least one; nobody twice.
    pub recipients: Vec<Recipient>,
}

/// A product, or where to find it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// The product itself, and as [`to_xml`](super::product::write::to_xml) writes it.
    Product(Box<Product>, String),
    /// By trade item number.
    Gtin(Gtin),
    /// By its item in the service's catalogue.
    Catalogue(String),
    /// By the reference code of a share, as it was written.
    Code(String),
}

/// What is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum Refused {
    #[error("the request names no product")]
    NoProduct,
    #[error("the request names no recipient")]
    NoRecipient,
    #[error("the request holds more than {max} products")]
    TooManyProducts { max: usize },
    #[error("the request holds more than {max} addresses")]
    TooManyRecipients { max: usize },
    #[error("the products take more than {max} bytes together")]
    TooLarge { max: usize },
    #[error("{0}")]
    Product(#[from] Invalid),
    #[error("{0}")]
    Recording(#[from] BadRecording),
    #[error("{0:?} is not an XMPP address")]
    Jid(String),
    #[error(
        "{0:?} has characters that nobody sees, or sees as others, and passes for another address; type \
         it by hand"
    )]
    Unseen(String),
    #[error(
        "nobody is at {0:?}, which is the service's own; write the address of a person, or a number"
    )]
    Own(String),
    #[error("{0:?} is not a tel: or mailto: address that the service understands")]
    Uri(String),
    #[error("{0:?} is of a kind that the service reaches nobody by; use xmpp:, tel: or mailto:")]
    Scheme(String),
    #[error("an address holds either a jid or a uri, and its type is to, cc or bcc")]
    Address,
    #[error("{0} needs exactly one of its attributes")]
    OneOf(&'static str),
    #[error("{0} is empty or longer than 128 bytes")]
    Id(&'static str),
}

impl Refused {
    /// The application's own condition, where the specification has one.
    #[must_use]
    pub fn condition(&self) -> Option<Condition> {
        Some(match self {
            Self::TooManyProducts { max } => Condition::TooManyProducts { max: *max },
            Self::TooManyRecipients { max } => Condition::TooManyRecipients { max: *max },
            Self::TooLarge { max } | Self::Product(Invalid::TooLarge { max }) => {
                Condition::TooLarge { max_bytes: *max }
            }
            Self::Product(Invalid::Gtin(_)) => Condition::InvalidGtin,
            Self::Product(Invalid::Price(_)) => Condition::InvalidPrice,
            Self::Product(Invalid::Currency(_)) => Condition::InvalidCurrency,
            Self::Product(Invalid::Country(_)) => Condition::InvalidCountry,
            Self::Recording(BadRecording::TooLarge { max }) => {
                Condition::TooLarge { max_bytes: usize::try_from(*max).unwrap_or(usize::MAX) }
            }
            Self::Recording(_) => Condition::InvalidRecording,
            Self::Unseen(uri) | Self::Own(uri) if uri.to_ascii_lowercase().starts_with("xmpp:") => {
                Condition::BadAddress { jid: None, uri: Some(uri.clone()) }
            }
            Self::Jid(jid) | Self::Unseen(jid) | Self::Own(jid) => {
                Condition::BadAddress { jid: Some(jid.clone()), uri: None }
            }
            Self::Uri(uri) => Condition::BadAddress { jid: None, uri: Some(uri.clone()) },
            Self::Address => Condition::BadAddress { jid: None, uri: None },
            Self::Scheme(_) => Condition::UnsupportedScheme,
            Self::NoProduct
            | Self::NoRecipient
            | Self::Product(_)
            | Self::OneOf(_)
            | Self::Id(_) => return None,
        })
    }

    /// The `<error/>` to answer with; `bad-request` where there is no condition of its own.
    #[must_use]
    pub fn error(&self) -> StanzaError {
        let text = self.to_string();
        match self.condition() {
            Some(condition) => condition.error("en", &text),
            None => StanzaError::new(ErrorType::Modify, DefinedCondition::BadRequest, "en", text),
        }
    }
}

impl Send {
    /// Checks everything that can be checked without asking anybody.
    ///
    /// # Errors
    /// [`Refused`], for the first thing that is wrong, in the order of the element.
    pub fn check(self, limits: &Limits) -> Result<Request, Refused> {
        if self.items.is_empty() {
            return Err(Refused::NoProduct);
        }
        if self.items.len() > limits.products {
            return Err(Refused::TooManyProducts { max: limits.products });
        }
        let recipients = recipients(&self.addresses, limits)?;
        let mut total = Total::default();
        let mut items = Vec::with_capacity(self.items.len());
        for item in self.items {
            items.push(match item {
                WireItem::Reference(reference) => reference.try_into()?,
                WireItem::Product(product) => {
                    let (product, xml) = total.add(*product)?;
                    Item::Product(Box::new(product), xml)
                }
            });
        }
        let recording = recording(self.files)?;
        let id = self.id.map(|id| token(id, "id")).transpose()?;
        Ok(Request { id, comment: comment(self.comment)?, items, recording, recipients })
    }
}

/// A `<share/>` from a client whose every part has passed its check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// What the sender says to it.
    pub comment: Option<Localized>,
    /// At least one.
    pub products: Vec<Product>,
    /// A spoken comment.
    pub recording: Option<Box<Recording>>,
}

impl Share {
    /// Checks what somebody shows directly, or beside an answer.
    ///
    /// # Errors
    /// [`Refused`], for the first thing that is wrong.
    pub fn check(self, limits: &Limits) -> Result<Shown, Refused> {
        if self.products.is_empty() {
            return Err(Refused::NoProduct);
        }
        if self.products.len() > limits.products {
            return Err(Refused::TooManyProducts { max: limits.products });
        }
        let mut total = Total::default();
        let checked = self.products.into_iter().map(|product| total.add(product));
        let products: Result<_, _> = checked.map(|one| one.map(|(product, _)| product)).collect();
        let (comment, recording) = (comment(self.comment)?, recording(self.files)?);
        Ok(Shown { comment, products: products?, recording })
    }
}

/// The bytes of the products so far.
#[derive(Default)]
struct Total(usize);

impl Total {
    fn add(&mut self, product: product::Product) -> Result<(Product, String), Refused> {
        let (product, xml) = product.check()?;
        self.0 += xml.len();
        if self.0 > PRODUCTS_BYTES_MAX {
            return Err(Refused::TooLarge { max: PRODUCTS_BYTES_MAX });
        }
        Ok((product, xml))
    }
}

/// The spoken comment; most have none.
fn recording(files: Vec<FileSharing>) -> Result<Option<Box<Recording>>, BadRecording> {
    let mut files = files.into_iter();
    match (files.next(), files.next()) {
        (None, _) => Ok(None),
        (Some(file), None) => Ok(Some(Box::new(product::recording(file)?))),
        (Some(_), Some(_)) => Err(BadRecording::Several),
    }
}

impl TryFrom<ProductRef> for Item {
    type Error = Refused;

    fn try_from(wire: ProductRef) -> Result<Self, Refused> {
        match (wire.gtin, wire.item, wire.code) {
            (Some(gtin), None, None) => Ok(Self::Gtin(Gtin::parse(&gtin)?)),
            (None, Some(item), None) => Ok(Self::Catalogue(token(item, "item")?)),
            (None, None, Some(code)) => Ok(Self::Code(token(code, "ref")?)),
            _ => Err(Refused::OneOf("product-ref")),
        }
    }
}

impl Lookup {
    /// What is looked for: [`Item::Code`] or [`Item::Gtin`].
    ///
    /// # Errors
    /// [`Refused::OneOf`], [`Refused::Id`] or [`Invalid::Gtin`].
    pub fn check(self) -> Result<Item, Refused> {
        match (self.gtin, self.code) {
            (Some(gtin), None) => Ok(Item::Gtin(Gtin::parse(&gtin)?)),
            (None, Some(code)) => Ok(Item::Code(token(code, "ref")?)),
            _ => Err(Refused::OneOf("lookup")),
        }
    }
}

/// A comment, cleaned; none when nothing is left of it.
///
/// # Errors
/// [`Invalid::TooLong`] for more than [`COMMENT_MAX`] characters.
pub fn comment(wire: Option<super::Text>) -> Result<Option<Localized>, Invalid> {
    let Some((of, text)) = wire else { return Ok(None) };
    let text = within(clean(text), "comment", COMMENT_MAX)?;
    Ok(Some(Localized { lang: lang(of), text }).filter(|comment| !comment.text.is_empty()))
}

/// Everybody that `addresses` names, once each, in order.
pub(super) fn recipients(it: &Addresses, limits: &Limits) -> Result<Vec<Recipient>, Refused> {
    let (addresses, max) = (&it.addresses, limits.recipients);
    if addresses.is_empty() {
        return Err(Refused::NoRecipient);
    }
    if addresses.len() > max {
        return Err(Refused::TooManyRecipients { max });
    }
    let mut seen = HashSet::with_capacity(addresses.len());
    let mut all = Vec::with_capacity(addresses.len());
    for address in addresses {
        let one = recipient(address, limits)?;
        if seen.insert(one.clone()) {
            all.push(one);
        }
    }
    Ok(all)
}

/// Whom an address names.
///
/// # Errors
/// [`Refused::Jid`], [`Refused::Unseen`], [`Refused::Own`], [`Refused::Uri`], [`Refused::Scheme`] or
/// [`Refused::Address`].
pub fn recipient(address: &Address, limits: &Limits) -> Result<Recipient, Refused> {
    if !matches!(address.kind.as_str(), "to" | "cc" | "bcc") {
        return Err(Refused::Address);
    }
    let (read, given) = match (address.jid.as_deref(), address.uri.as_deref()) {
        (Some(jid), None) => (Recipient::from_jid(jid), jid),
        (None, Some(uri)) => (Recipient::from_uri(uri), uri),
        _ => return Err(Refused::Address),
    };
    let is_own = |jid: &BareJid| {
        limits.own.as_ref().is_some_and(|own| is_same(jid.domain().as_str(), own.as_str()))
    };
    match read {
        Ok(Recipient::Xmpp(jid)) if is_own(&jid) => {
            let number = jid.node().filter(|node| node.as_str().starts_with('+'));
            let number = number.and_then(|number| phone::number(number.as_str(), None));
            number.ok_or_else(|| Refused::Own(cut(given)))
        }
        // No country has a number like that, or it is a longer way to write one.
        Ok(Recipient::Tel(number)) => {
            phone::number(&number, None).ok_or_else(|| Refused::Uri(cut(given)))
        }
        Ok(recipient) => Ok(recipient),
        Err(BadAddress::Unseen) => Err(Refused::Unseen(cut(given))),
        Err(_) if address.uri.is_none() => Err(Refused::Jid(cut(given))),
        Err(BadAddress::Scheme) => Err(Refused::Scheme(cut(given))),
        Err(BadAddress::Malformed) => Err(Refused::Uri(cut(given))),
    }
}

pub(super) fn token(text: String, field: &'static str) -> Result<String, Refused> {
    let clean = text.chars().all(|c| !c.is_control()) && !text.trim().is_empty();
    if clean && text.len() <= ID_MAX { Ok(text) } else { Err(Refused::Id(field)) }
}

/// What is echoed in an error is cleaned and short.
fn cut(text: &str) -> String {
    crate::domain::text::shorten(&crate::domain::text::one_line(text), 80)
}

#[cfg(test)]
mod tests;
