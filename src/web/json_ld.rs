//! The products as schema.org JSON-LD, for machines that read the page.

use serde_json::{Map, Value, json};

use super::{
    product_view::{View, in_language},
    reader::Reader,
};
use crate::domain::product::{Localized, Offer, Product, Property, Rating};

/// The content of a `<script type="application/ld+json">`. It is data, and nothing in it can end
/// the element: `<` is written as an escape of JSON.
pub(super) fn text(products: &[Product], views: &[View<'_>], reader: &Reader) -> String {
    let images = |view: &View<'_>| view.pictures.iter().map(|it| it.address.clone()).collect();
    let all = products.iter().zip(views);
    let graph: Vec<Value> =
        all.map(|(product, view)| of_product(product, images(view), reader)).collect();
    let document = json!({ "@context": "https://schema.org", "@graph": graph });
    document.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// Each product as a node, with its pictures where they came from.
pub(super) fn nodes(products: &[Product], reader: &Reader) -> Vec<Value> {
    let images = |product: &Product| {
        let files = product.files.iter().filter(|file| file.url.is_https());
        let pictures = files.filter(|file| file.media_type.starts_with("image/"));
        pictures.map(|file| file.url.as_str().to_owned()).collect()
    };
    products.iter().map(|product| of_product(product, images(product), reader)).collect()
}

fn of_product(product: &Product, images: Vec<String>, reader: &Reader) -> Value {
    let best = |all| Localized::best(all, &reader.tag).map(|found| found.text.clone());
    let several = |all| {
        let found = in_language(all, |item: &Localized| item.lang.as_deref(), &reader.tag);
        list(found.into_iter().map(|item| Value::from(item.text.as_str())))
    };
    let properties =
        in_language(&product.properties, |item| item.lang.as_deref(), &reader.tag).into_iter();
    node(
        "Product",
        [
            ("productID", product.id.clone().map(Value::from)),
            ("name", best(&product.names).map(Value::from)),
            ("description", best(&product.descriptions).map(Value::from)),
            ("image", list(images.into_iter().map(Value::from))),
            ("brand", product.brand.as_ref().map(|name| json!({"@type": "Brand", "name": name}))),
            ("gtin", list(product.gtins.iter().map(|gtin| Value::from(gtin.as_str())))),
            ("sku", product.sku.clone().map(Value::from)),
            ("mpn", product.mpn.clone().map(Value::from)),
            ("category", several(&product.categories)),
            ("color", several(&product.colors)),
            ("countryOfOrigin", product.country_of_origin.map(|country| country.code().into())),
            ("additionalProperty", list(properties.map(of_property))),
            ("offers", list(product.offers.iter().map(of_offer))),
            ("aggregateRating", product.rating.as_ref().map(of_rating)),
            ("url", product.url.as_ref().map(|link| link.as_str().into())),
        ],
    )
}

fn of_property(property: &Property) -> Value {
    node(
        "PropertyValue",
        [
            ("name", Some(property.name.as_str().into())),
            ("value", Some(property.value.as_str().into())),
            ("unitCode", property.unit.clone().map(Value::from)),
        ],
    )
}

fn of_offer(offer: &Offer) -> Value {
    let availability = |token| format!("https://schema.org/{token}");
    let seller = |name: &String| json!({"@type": "Organization", "name": name});
    node(
        "Offer",
        [
            ("price", Some(offer.price.amount.to_string().into())),
            ("priceCurrency", Some(offer.price.currency.code().into())),
            ("availability", offer.availability.map(|what| availability(what.token()).into())),
            ("priceValidUntil", offer.valid_until.clone().map(Value::from)),
            ("seller", offer.seller.as_ref().map(seller)),
            ("url", offer.url.as_ref().map(|link| link.as_str().into())),
        ],
    )
}

fn of_rating(rating: &Rating) -> Value {
    node(
        "AggregateRating",
        [
            ("ratingValue", Some(rating.value.to_string().into())),
            ("bestRating", rating.best.map(|best| best.to_string().into())),
            ("ratingCount", rating.count.map(Value::from)),
        ],
    )
}

/// A node with the properties that are there.
fn node<const N: usize>(kind: &str, properties: [(&str, Option<Value>); N]) -> Value {
    let kind = ("@type".to_owned(), Value::from(kind));
    let there = properties.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(std::iter::once(kind).chain(there).collect::<Map<_, _>>())
}

/// One value alone, several as an array, none as nothing.
fn list(values: impl Iterator<Item = Value>) -> Option<Value> {
    let mut values: Vec<Value> = values.collect();
    if values.len() > 1 { Some(values.into()) } else { values.pop() }
}
