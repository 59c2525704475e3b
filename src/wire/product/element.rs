//! The elements of a product, as they come and go.

use xmpp_parsers::pubsub::PubSubPayload;
use xso::{AsXml, FromXml};

use crate::wire::{Text, file_sharing::FileSharing, ns};

/// The schema.org vocabulary as elements; element and attribute names are its property names.
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq, Default)]
#[xml(namespace = ns::PRODUCT_SHARE, name = "product")]
pub struct Product {
    /// The publisher's own id.
    #[xml(attribute(default))]
    pub id: Option<String>,
    /// At least one, one a language.
    #[xml(extract(n = .., name = "name", fields(
        lang(type_ = Option<String>, default), text(type_ = String))))]
    pub names: Vec<Text>,
    /// One a language.
    #[xml(extract(n = .., name = "description", fields(
        lang(type_ = Option<String>, default), text(type_ = String))))]
    pub descriptions: Vec<Text>,
    /// Who makes it.
    #[xml(extract(default, fields(text(type_ = String))))]
    pub brand: Option<String>,
    /// Digits, the last one a check digit.
    #[xml(extract(n = .., name = "gtin", fields(text(type_ = String))))]
    pub gtins: Vec<String>,
    /// The seller's number.
    #[xml(extract(default, fields(text(type_ = String))))]
    pub sku: Option<String>,
    /// The maker's number.
    #[xml(extract(default, fields(text(type_ = String))))]
    pub mpn: Option<String>,
    /// What kind of thing it is.
    #[xml(extract(n = .., name = "category", fields(
        lang(type_ = Option<String>, default), text(type_ = String))))]
    pub categories: Vec<Text>,
    /// Colours.
    #[xml(extract(n = .., name = "color", fields(
        lang(type_ = Option<String>, default), text(type_ = String))))]
    pub colors: Vec<Text>,
    /// ISO 3166-1 alpha-2.
    #[xml(extract(default, name = "countryOfOrigin", fields(text(type_ = String))))]
    pub country_of_origin: Option<String>,
    /// Anything else.
    #[xml(child(n = ..))]
    pub properties: Vec<AdditionalProperty>,
    /// Where it is sold.
    #[xml(child(n = ..))]
    pub offers: Vec<Offer>,
    /// What buyers think.
    #[xml(child(default))]
    pub rating: Option<AggregateRating>,
    /// Its page.
    #[xml(extract(default, fields(text(type_ = String))))]
    pub url: Option<String>,
    /// Pictures and films.
    #[xml(child(n = ..))]
    pub files: Vec<FileSharing>,
}

/// schema.org `PropertyValue`.
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq)]
#[xml(namespace = ns::PRODUCT_SHARE, name = "additionalProperty")]
pub struct AdditionalProperty {
    /// `Capacity`
    #[xml(attribute)]
    pub name: String,
    /// UN/CEFACT Recommendation 20.
    #[xml(attribute(name = "unitCode", default))]
    pub unit_code: Option<String>,
    /// `0.4`
    #[xml(attribute)]
    pub value: String,
    /// The language of name and value.
    #[xml(lang(default))]
    pub lang: Option<String>,
}

/// schema.org `Offer`.
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq)]
#[xml(namespace = ns::PRODUCT_SHARE, name = "offer")]
pub struct Offer {
    /// A token of schema.org `ItemAvailability`.
    #[xml(attribute(default))]
    pub availability: Option<String>,
    /// When the price was seen, XEP-0082.
    #[xml(attribute(default))]
    pub observed: Option<String>,
    /// `24.90`
    #[xml(attribute)]
    pub price: String,
    /// ISO 4217.
    #[xml(attribute = "priceCurrency")]
    pub price_currency: String,
    /// Until when the price holds, XEP-0082.
    #[xml(attribute(name = "priceValidUntil", default))]
    pub price_valid_until: Option<String>,
    /// Who sells it.
    #[xml(attribute(default))]
    pub seller: Option<String>,
    /// The page of the offer.
    #[xml(attribute(default))]
    pub url: Option<String>,
}

/// schema.org `AggregateRating`.
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq)]
#[xml(namespace = ns::PRODUCT_SHARE, name = "aggregateRating")]
pub struct AggregateRating {
    /// The most that can be given.
    #[xml(attribute(name = "bestRating", default))]
    pub best_rating: Option<String>,
    /// How many gave one.
    #[xml(attribute(name = "ratingCount", default))]
    pub rating_count: Option<String>,
    /// The mean.
    #[xml(attribute = "ratingValue")]
    pub rating_value: String,
}

impl PubSubPayload for Product {}

impl Product {
    /// Gives every text that does not say its language the one of the stanza it came in.
    pub fn inherit(&mut self, lang: &str) {
        let texts =
            [&mut self.names, &mut self.descriptions, &mut self.categories, &mut self.colors];
        let said = texts.into_iter().flatten().map(|(of, _)| of);
        for none in said.chain(self.properties.iter_mut().map(|property| &mut property.lang)) {
            none.get_or_insert_with(|| lang.to_owned());
        }
    }
}
