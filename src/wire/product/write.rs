//! The way back: a checked product as the elements of [`super::element`], and as XML at once.

use super::element::{AdditionalProperty, AggregateRating, Offer, Product};
use crate::{
    domain::{
        product::{self as domain, Availability, Country, Link, Localized, Rating},
        recording::Recording,
    },
    wire::{
        file_sharing::{self, FileSharing, Hash, Sources, UrlData},
        ns,
        xml::Writer,
    },
};

impl From<&domain::Product> for Product {
    fn from(product: &domain::Product) -> Self {
        let texts = |all: &[Localized]| {
            all.iter().map(|text| (text.lang.clone(), text.text.clone())).collect::<Vec<_>>()
        };
        Self {
            id: product.id.clone(),
            names: texts(&product.names),
            descriptions: texts(&product.descriptions),
            brand: product.brand.clone(),
            gtins: product.gtins.iter().map(|gtin| gtin.as_str().to_owned()).collect(),
            sku: product.sku.clone(),
            mpn: product.mpn.clone(),
            categories: texts(&product.categories),
            colors: texts(&product.colors),
            country_of_origin: product.country_of_origin.map(|country| country.code().to_owned()),
            properties: product.properties.iter().map(Into::into).collect(),
            offers: product.offers.iter().map(Into::into).collect(),
            rating: product.rating.as_ref().map(Into::into),
            url: product.url.as_ref().map(|url| url.as_str().to_owned()),
            files: product.files.iter().map(Into::into).collect(),
        }
    }
}

impl From<&domain::Property> for AdditionalProperty {
    fn from(property: &domain::Property) -> Self {
        Self {
            name: property.name.clone(),
            unit_code: property.unit.clone(),
            value: property.value.clone(),
            lang: property.lang.clone(),
        }
    }
}

impl From<&domain::Offer> for Offer {
    fn from(offer: &domain::Offer) -> Self {
        Self {
            availability: offer.availability.map(|it| it.token().to_owned()),
            observed: offer.observed.clone(),
            price: offer.price.amount.to_string(),
            price_currency: offer.price.currency.code().to_owned(),
            price_valid_until: offer.valid_until.clone(),
            seller: offer.seller.clone(),
            url: offer.url.as_ref().map(|url| url.as_str().to_owned()),
        }
    }
}

impl From<&Rating> for AggregateRating {
    fn from(rating: &Rating) -> Self {
        Self {
            best_rating: rating.best.map(|best| best.to_string()),
            rating_count: rating.count.map(|count| count.to_string()),
            rating_value: rating.value.to_string(),
        }
    }
}

impl From<&domain::File> for FileSharing {
    fn from(file: &domain::File) -> Self {
        let sha256 = |value: &String| Hash { algo: "sha-256".to_owned(), value: value.clone() };
        Self {
            disposition: Some("inline".to_owned()),
            file: file_sharing::File {
                media_type: Some(file.media_type.clone()),
                name: file.name.clone(),
                size: file.size,
                width: file.width,
                height: file.height,
                length: None,
                descriptions: file.description.iter().map(|desc| (None, desc.clone())).collect(),
                hashes: file.sha256.iter().map(sha256).collect(),
            },
            sources: Sources { urls: vec![UrlData { target: file.url.as_str().to_owned() }] },
        }
    }
}

impl From<&Recording> for FileSharing {
    fn from(recording: &Recording) -> Self {
        let mut shared = Self::from(recording.file());
        shared.file.length = recording.length();
        shared
    }
}

/// The `<product/>` of `product`, as [`Product`] would be written, without building one.
#[must_use]
pub fn to_xml(product: &domain::Product) -> String {
    let mut xml = Writer::new();
    write(&mut xml, product);
    xml.finish()
}

/// Writes the `<product/>`, with its namespace, so that it can stand anywhere.
pub fn write(xml: &mut Writer, product: &domain::Product) {
    xml.open("product").attribute("xmlns", ns::PRODUCT_SHARE).maybe("id", product.id.as_deref());
    write_texts(xml, "name", &product.names);
    write_texts(xml, "description", &product.descriptions);
    write_leaf(xml, "brand", product.brand.as_deref());
    for gtin in &product.gtins {
        xml.leaf("gtin", gtin.as_str());
    }
    write_leaf(xml, "sku", product.sku.as_deref());
    write_leaf(xml, "mpn", product.mpn.as_deref());
    write_texts(xml, "category", &product.categories);
    write_texts(xml, "color", &product.colors);
    write_leaf(xml, "countryOfOrigin", product.country_of_origin.map(Country::code));
    for it in &product.properties {
        xml.open("additionalProperty").attribute("name", &it.name);
        xml.maybe("unitCode", it.unit.as_deref()).attribute("value", &it.value);
        xml.maybe("xml:lang", it.lang.as_deref()).close("additionalProperty");
    }
    for offer in &product.offers {
        write_offer(xml, offer);
    }
    if let Some(rating) = &product.rating {
        xml.open("aggregateRating");
        if let Some(best) = rating.best {
            xml.plain("bestRating", best);
        }
        if let Some(count) = rating.count {
            xml.plain("ratingCount", count);
        }
        xml.plain("ratingValue", rating.value).close("aggregateRating");
    }
    write_leaf(xml, "url", product.url.as_ref().map(Link::as_str));
    for file in &product.files {
        write_file(xml, file);
    }
    xml.close("product");
}

fn write_offer(xml: &mut Writer, offer: &domain::Offer) {
    xml.open("offer");
    xml.maybe("availability", offer.availability.map(Availability::token));
    xml.maybe("observed", offer.observed.as_deref());
    xml.plain("price", offer.price.amount);
    xml.attribute("priceCurrency", offer.price.currency.code());
    xml.maybe("priceValidUntil", offer.valid_until.as_deref());
    xml.maybe("seller", offer.seller.as_deref());
    xml.maybe("url", offer.url.as_ref().map(Link::as_str));
    xml.close("offer");
}

/// The `<file-sharing/>` of a recording, as the store keeps it.
#[must_use]
pub fn recording_to_xml(recording: &Recording) -> String {
    let mut xml = Writer::new();
    write_recording(&mut xml, recording);
    xml.finish()
}

/// Writes the `<file-sharing/>` of a recording (XEP-0447).
pub fn write_recording(xml: &mut Writer, recording: &Recording) {
    write_shared(xml, recording.file(), recording.length());
}

/// Writes the `<file-sharing/>` of a file (XEP-0447).
pub fn write_file(xml: &mut Writer, file: &domain::File) {
    write_shared(xml, file, None);
}

fn write_shared(xml: &mut Writer, file: &domain::File, length: Option<u64>) {
    xml.open("file-sharing").attribute("xmlns", ns::FILE_SHARING);
    xml.attribute("disposition", "inline");
    xml.open("file").attribute("xmlns", ns::FILE_METADATA);
    xml.leaf("media-type", &file.media_type);
    write_leaf(xml, "name", file.name.as_deref());
    let numbers = [
        ("size", file.size),
        ("width", file.width.map(u64::from)),
        ("height", file.height.map(u64::from)),
        ("length", length),
    ];
    for (name, number) in numbers {
        if let Some(number) = number {
            xml.leaf(name, &number.to_string());
        }
    }
    write_leaf(xml, "desc", file.description.as_deref());
    if let Some(sha256) = &file.sha256 {
        xml.open("hash").attribute("xmlns", ns::HASHES).attribute("algo", "sha-256");
        xml.text(sha256).close("hash");
    }
    xml.close("file").open("sources");
    xml.open("url-data").attribute("xmlns", ns::URL_DATA);
    xml.attribute("target", file.url.as_str()).close("url-data");
    xml.close("sources").close("file-sharing");
}

fn write_texts(xml: &mut Writer, name: &str, texts: &[Localized]) {
    for text in texts {
        xml.open(name).maybe("xml:lang", text.lang.as_deref()).text(&text.text).close(name);
    }
}

fn write_leaf(xml: &mut Writer, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        xml.leaf(name, text);
    }
}
