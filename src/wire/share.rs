//! `xep/product-share.xml`: the payloads of messages and the questions to a sharing service.

use std::borrow::Cow;

use xmpp_parsers::{
    iq::{IqGetPayload, IqResultPayload, IqSetPayload},
    message::MessagePayload,
};
use xso::{AsXml, AsXmlText, FromXml, FromXmlText, error::Error};

use super::{Text, addresses::Addresses, file_sharing::FileSharing, ns, product::element::Product};
use crate::domain::progress::Progress;

/// Set: pass products on to these people (`xep/product-share.xml#send`).
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq)]
#[xml(namespace = ns::PRODUCT_SHARE, name = "send")]
pub struct Send {
    /// The sender's idempotency key; without it the id of the IQ serves.
    #[xml(attribute(default))]
    pub id: Option<String>,
    /// What the sender says to it.
    #[xml(extract(default, name = "comment", fields(
        lang(type_ = Option<String>, default), text(type_ = String))))]
    pub comment: Option<Text>,
    /// Products and references to products, in order.
    #[xml(child(n = ..))]
    pub items: Vec<Item>,
    /// A spoken comment.
    #[xml(child(n = ..))]
    pub files: Vec<FileSharing>,
    /// To whom.
    #[xml(child)]
    pub addresses: Addresses,
}

/// A product, or where the service finds it.
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq)]
#[xml()]
pub enum Item {
    /// The product itself.
    #[xml(transparent)]
    Product(Box<Product>),
    /// Where it is.
    #[xml(transparent)]
    Reference(ProductRef),
}

/// Where the service finds a product: exactly one of the three.
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq, Default)]
#[xml(namespace = ns::PRODUCT_SHARE, name = "product-ref")]
pub struct ProductRef {
    /// A trade item number.
    #[xml(attribute(default))]
    pub gtin: Option<String>,
    /// An item of the service's catalogue.
    #[xml(attribute(default))]
    pub item: Option<String>,
    /// The reference code of a share that is passed on.
    #[xml(attribute(name = "ref", default))]
    pub code: Option<String>,
}

/// Result: durably accepted (`xep/product-share.xml#send`).
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq)]
#[xml(namespace = ns::PRODUCT_SHARE, name = "sent")]
pub struct Sent {
    /// The number by which the sender names it in chat.
    #[xml(attribute)]
    pub handle: u64,
    /// The sender's idempotency key.
    #[xml(attribute)]
    pub id: String,
    /// The reference code, 10 symbols.
    #[xml(attribute = "ref")]
    pub code: String,
    /// The service's id of the share.
    #[xml(attribute)]
    pub share: String,
}

/// Message: here are products (`xep/product-share.xml#share`).
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq)]
#[xml(namespace = ns::PRODUCT_SHARE, name = "share")]
pub struct Share {
    /// The number by which the recipient names it in chat.
    #[xml(attribute(default))]
    pub handle: Option<u64>,
    /// The id of the share.
    #[xml(attribute)]
    pub id: String,
    /// The reference code, 10 symbols.
    #[xml(attribute(name = "ref", default))]
    pub code: Option<String>,
    /// What the sender says to it.
    #[xml(extract(default, name = "comment", fields(
        lang(type_ = Option<String>, default), text(type_ = String))))]
    pub comment: Option<Text>,
    /// What is shown.
    #[xml(child(n = ..))]
    pub products: Vec<Product>,
    /// A spoken comment.
    #[xml(child(n = ..))]
    pub files: Vec<FileSharing>,
}

/// Message: an answer to a share (`xep/product-share.xml#comment`).
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq)]
#[xml(namespace = ns::PRODUCT_SHARE, name = "comment")]
pub struct Comment {
    /// The id of the share it is about.
    #[xml(attribute)]
    pub share: String,
    /// The language of the text.
    #[xml(lang(default))]
    pub lang: Option<String>,
    /// The words alone; none when the body is the words.
    #[xml(text)]
    pub text: String,
}

/// Set: close a share and cancel what is queued (`xep/product-share.xml#revoke`).
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq)]
#[xml(namespace = ns::PRODUCT_SHARE, name = "revoke")]
pub struct Revoke {
    /// The id of the share.
    #[xml(attribute)]
    pub share: String,
}

/// Message: the sender took a share back (`xep/product-share.xml#revoke`).
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq)]
#[xml(namespace = ns::PRODUCT_SHARE, name = "revoke")]
pub struct Revoked {
    /// The id of the share.
    #[xml(attribute)]
    pub id: String,
}

/// Get: what is behind a code or number (`xep/product-share.xml#lookup`); exactly one of the two.
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq, Default)]
#[xml(namespace = ns::PRODUCT_SHARE, name = "lookup")]
pub struct Lookup {
    /// A trade item number.
    #[xml(attribute(default))]
    pub gtin: Option<String>,
    /// A reference code.
    #[xml(attribute(name = "ref", default))]
    pub code: Option<String>,
}

/// Result: what a lookup found.
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq, Default)]
#[xml(namespace = ns::PRODUCT_SHARE, name = "products")]
pub struct Products {
    /// In the order of the share.
    #[xml(child(n = ..))]
    pub products: Vec<Product>,
}

/// Get: how far a share has come; result: this far (`xep/product-share.xml#status`).
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq)]
#[xml(namespace = ns::PRODUCT_SHARE, name = "status")]
pub struct Status {
    /// The id of the share.
    #[xml(attribute)]
    pub share: String,
    /// One for each recipient; none in the question.
    #[xml(child(n = ..))]
    pub deliveries: Vec<Delivery>,
}

/// How far a share has come on its way to one recipient.
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq)]
#[xml(namespace = ns::PRODUCT_SHARE, name = "delivery")]
pub struct Delivery {
    /// How far.
    #[xml(attribute)]
    pub state: Progress,
    /// Since when, XEP-0082.
    #[xml(attribute)]
    pub stamp: String,
    /// The recipient, as the sender wrote it: `xmpp:`, `tel:` or `mailto:`.
    #[xml(attribute)]
    pub uri: String,
}

impl FromXmlText for Progress {
    fn from_xml_text(text: String) -> Result<Self, Error> {
        let known = Self::ALL.into_iter().find(|state| state.token() == text);
        known.ok_or(Error::Other("unknown delivery state"))
    }
}

impl AsXmlText for Progress {
    fn as_xml_text(&self) -> Result<Cow<'_, str>, Error> {
        Ok(Cow::Borrowed(self.token()))
    }
}

/// Message: somebody who is not registered is asked (`xep/product-share.xml#invite`).
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq)]
#[xml(namespace = ns::PRODUCT_SHARE, name = "invite")]
pub struct Invite {
    /// Until when an answer counts, XEP-0082.
    #[xml(attribute)]
    pub expires: String,
}

impl IqSetPayload for Send {}
impl IqSetPayload for Revoke {}
impl IqGetPayload for Lookup {}
impl IqGetPayload for Status {}
impl IqResultPayload for Sent {}
impl IqResultPayload for Products {}
impl IqResultPayload for Status {}
impl MessagePayload for Share {}
impl MessagePayload for Comment {}
impl MessagePayload for Revoked {}
impl MessagePayload for Invite {}

impl Send {
    /// Gives every text that does not say its language the one of the stanza it came in
    /// (XML 1.0 §2.12). A payload that was cut out of its stanza has lost it.
    pub fn inherit(&mut self, lang: &str) {
        if let Some((none @ None, _)) = &mut self.comment {
            *none = Some(lang.to_owned());
        }
        for item in &mut self.items {
            if let Item::Product(product) = item {
                product.inherit(lang);
            }
        }
    }
}
