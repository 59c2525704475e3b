//! schema.org's vocabulary in JSON, as shops publish it and as our own pages carry it.
//!
//! Taken generously: a text for a thing with a name, one for a list of one, an address for a
//! token. What cannot be sent is named, not refused: a shop's page says much more than we pass on.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::wire::{
    Text,
    file_sharing::{File, FileSharing, Sources, UrlData},
    product::{AdditionalProperty, AggregateRating, Offer, Product},
};

type Object = Map<String, Value>;

/// What a file holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Read {
    /// In the order of the file.
    pub(super) products: Vec<Product>,
    /// The properties that cannot be sent, `review`.
    pub(super) left_out: BTreeSet<String>,
}

/// Reads one product, an array of them, or a document with an `@graph` of them.
///
/// # Errors
/// What is not as it must be, and where: `offers.price: expected a text or a number`.
pub(super) fn read(text: &str) -> Result<Read, String> {
    let document: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let products = document.get("@graph").unwrap_or(&document);
    let mut read = Read::default();
    for object in objects(Some(products), "the document")? {
        let product = product(&mut Node { object, at: String::new(), read: &mut read })?;
        read.products.push(product);
    }
    Ok(read)
}

fn product(node: &mut Node<'_>) -> Result<Product, String> {
    let mut gtins = Vec::new();
    for key in ["gtin", "gtin8", "gtin12", "gtin13", "gtin14"] {
        gtins.extend(node.texts(key)?.into_iter().map(|(_, gtin)| gtin));
    }
    let mut files = node.each("image", picture)?;
    files.extend(node.each("video", picture)?);
    let product = Product {
        id: node.text("productID")?,
        names: node.texts("name")?,
        descriptions: node.texts("description")?,
        brand: node.text("brand")?,
        gtins,
        sku: node.text("sku")?,
        mpn: node.text("mpn")?,
        categories: node.texts("category")?,
        colors: node.texts("color")?,
        country_of_origin: node.text("countryOfOrigin")?,
        properties: node.each("additionalProperty", property)?,
        offers: node.each("offers", offer)?,
        rating: node.each("aggregateRating", rating)?.pop(),
        url: node.text("url")?,
        files,
    };
    node.note_the_rest(&[
        "productID",
        "name",
        "description",
        "brand",
        "gtin",
        "gtin8",
        "gtin12",
        "gtin13",
        "gtin14",
        "sku",
        "mpn",
        "category",
        "color",
        "countryOfOrigin",
        "additionalProperty",
        "offers",
        "aggregateRating",
        "url",
        "image",
        "video",
    ]);
    Ok(product)
}

fn property(node: &mut Node<'_>) -> Result<AdditionalProperty, String> {
    node.note_the_rest(&["name", "value", "unitCode"]);
    Ok(AdditionalProperty {
        name: node.needed("name")?,
        unit_code: node.text("unitCode")?,
        value: node.needed("value")?,
        lang: None,
    })
}

fn offer(node: &mut Node<'_>) -> Result<Offer, String> {
    node.note_the_rest(&[
        "availability",
        "observed",
        "price",
        "priceCurrency",
        "priceValidUntil",
        "seller",
        "url",
    ]);
    // "https://schema.org/InStock" says InStock.
    let token = |url: String| url.rsplit(['/', '#', ':']).next().unwrap_or_default().to_owned();
    Ok(Offer {
        availability: node.text("availability")?.map(token),
        observed: node.text("observed")?,
        price: node.needed("price")?,
        price_currency: node.needed("priceCurrency")?,
        price_valid_until: node.text("priceValidUntil")?,
        seller: node.text("seller")?,
        url: node.text("url")?,
    })
}

fn rating(node: &mut Node<'_>) -> Result<AggregateRating, String> {
    node.note_the_rest(&["bestRating", "ratingCount", "ratingValue"]);
    Ok(AggregateRating {
        best_rating: node.text("bestRating")?,
        rating_count: node.text("ratingCount")?,
        rating_value: node.needed("ratingValue")?,
    })
}

/// A picture or film: its address, or an object that says more.
fn picture(node: &mut Node<'_>) -> Result<FileSharing, String> {
    node.note_the_rest(&[
        "contentUrl",
        "url",
        "encodingFormat",
        "contentSize",
        "width",
        "height",
        "name",
        "caption",
        "description",
    ]);
    let url = match node.text("contentUrl")? {
        Some(url) => url,
        None => node.needed("url")?,
    };
    let media_type = match node.text("encodingFormat")? {
        Some(media_type) => media_type,
        None => media_type(&url)
            .ok_or_else(|| {
                format!("{}encodingFormat: is missing; say \"image/jpeg\" or what it is", node.at)
            })?
            .to_owned(),
    };
    let mut descriptions = node.texts("caption")?;
    descriptions.extend(node.texts("description")?);
    Ok(FileSharing {
        disposition: Some("inline".into()),
        file: File {
            media_type: Some(media_type),
            name: node.text("name")?,
            size: node.number("contentSize")?,
            width: node.number("width")?,
            height: node.number("height")?,
            descriptions,
            ..File::default()
        },
        sources: Sources { urls: vec![UrlData { target: url }] },
    })
}

/// By the extension of its path.
fn media_type(url: &str) -> Option<&'static str> {
    let path = url.split(['?', '#']).next()?;
    let (_, extension) = path.rsplit_once('.')?;
    Some(match extension.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "webp" => "image/webp",
        "gif" => "image/gif",
        "avif" => "image/avif",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        _ => return None,
    })
}

/// An object and where it stands.
struct Node<'a> {
    object: &'a Object,
    /// `offers.`, empty for the product itself.
    at: String,
    read: &'a mut Read,
}

impl Node<'_> {
    /// One text, if there is one.
    fn text(&self, key: &str) -> Result<Option<String>, String> {
        let mut texts = self.texts(key)?;
        match texts.len() {
            0 | 1 => Ok(texts.pop().map(|(_, text)| text)),
            _ => Err(format!("{}{key}: expected one, not {}", self.at, texts.len())),
        }
    }

    fn needed(&self, key: &str) -> Result<String, String> {
        self.text(key)?.ok_or_else(|| format!("{}{key}: is missing", self.at))
    }

    /// A whole number, also when it is written as a text or as `{"value": 480}`.
    fn number<N: std::str::FromStr>(&self, key: &str) -> Result<Option<N>, String> {
        let wrong = || format!("{}{key}: expected a whole number", self.at);
        self.text(key)?.map(|text| text.trim().parse().map_err(|_| wrong())).transpose()
    }

    /// Every text, with its language where one is said.
    fn texts(&self, key: &str) -> Result<Vec<Text>, String> {
        let mut texts = Vec::new();
        if let Some(value) = self.object.get(key) {
            collect(value, None, &mut texts).ok_or_else(|| {
                format!("{}{key}: expected a text or a number, or texts by language", self.at)
            })?;
        }
        Ok(texts)
    }

    /// What `read` makes of each object under `key`; a text stands for an object with that `url`.
    fn each<T>(
        &mut self,
        key: &str,
        read: fn(&mut Node<'_>) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        let at = format!("{}{key}", self.at);
        let bare = |value: &Value| -> Option<Object> {
            Some(Object::from_iter([("url".to_owned(), value.as_str()?.into())]))
        };
        let mut all = Vec::new();
        for value in items(self.object.get(key)) {
            let of_text = bare(value);
            let object = value.as_object().or(of_text.as_ref());
            let object = object.ok_or_else(|| format!("{at}: expected an object"))?;
            all.push(read(&mut Node { object, at: format!("{at}."), read: self.read })?);
        }
        Ok(all)
    }

    /// Notes every property but `known`; those with an `@` are JSON-LD's own.
    fn note_the_rest(&mut self, known: &[&str]) {
        let rest = self
            .object
            .keys()
            .filter(|key| !key.starts_with('@') && !known.contains(&key.as_str()));
        self.read.left_out.extend(rest.map(|key| format!("{}{key}", self.at)));
    }
}

/// Adds the texts that `value` stands for; none when it is something else.
fn collect(value: &Value, lang: Option<&str>, texts: &mut Vec<Text>) -> Option<()> {
    match value {
        Value::Null => {}
        Value::String(text) => texts.push((lang.map(str::to_owned), text.clone())),
        Value::Number(number) => texts.push((lang.map(str::to_owned), number.to_string())),
        Value::Array(all) => {
            for value in all {
                collect(value, lang, texts)?;
            }
        }
        Value::Object(object) => {
            if let Some(value) = object.get("@value") {
                return collect(value, object.get("@language").and_then(Value::as_str), texts);
            }
            // A thing is sent by its name, a quantity by its value.
            if let Some(value) = object.get("name").or_else(|| object.get("value")) {
                return collect(value, lang, texts);
            }
            for (lang, value) in object {
                value.as_str()?;
                collect(value, Some(lang), texts)?;
            }
        }
        Value::Bool(_) => return None,
    }
    Some(())
}

fn objects<'a>(value: Option<&'a Value>, at: &str) -> Result<Vec<&'a Object>, String> {
    items(value)
        .map(|value| value.as_object().ok_or_else(|| format!("{at}: expected an object")))
        .collect()
}

/// The values of an array, or the one value.
fn items(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let (one, many) = match value {
        None | Some(Value::Null) => (None, None),
        Some(Value::Array(all)) => (None, Some(all)),
        Some(one) => (Some(one), None),
    };
    one.into_iter().chain(many.into_iter().flatten())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::product::Product as Checked;

    fn one(text: &str) -> Product {
        read(text).unwrap().products.remove(0)
    }

    #[test]
    fn a_product_of_schema_org_passes_the_check_with_all_that_it_says() {
        let wire = one(r#"{
            "@context": "https://schema.org", "@type": "Product", "productID": "p-1",
            "name": {"en": "Silver goblet", "zh-CN": "银高脚杯"}, "description": "A goblet",
            "brand": {"@type": "Brand", "name": "Capulet Silver"}, "gtin13": 4006381333931,
            "color": ["silver", "black"], "countryOfOrigin": "IT", "url": "https://shop.verona.lit/p/1",
            "additionalProperty": {"name": "Capacity", "value": 0.4, "unitCode": "LTR"},
            "offers": [{"price": "24.90", "priceCurrency": "EUR", "availability": "https://schema.org/InStock",
                        "seller": {"name": "Verona Table"}, "url": "https://shop.verona.lit/p/1"},
                       {"price": 24.5, "priceCurrency": "EUR"}],
            "aggregateRating": {"ratingValue": 4.5, "ratingCount": 120},
            "image": ["https://shop.verona.lit/g.JPG?s=1",
                      {"contentUrl": "https://shop.verona.lit/h", "encodingFormat": "image/png",
                       "contentSize": "18231", "width": {"value": 480}, "height": 640, "caption": "Side"}]
        }"#);
        let product = Checked::try_from(wire).unwrap();
        assert_eq!((product.name("zh"), product.name("en")), ("银高脚杯", "Silver goblet"));
        assert_eq!(product.brand.as_deref(), Some("Capulet Silver"));
        assert_eq!(product.gtins[0].as_str(), "4006381333931");
        assert_eq!(product.properties[0].value, "0.4");
        let prices: Vec<_> = product.offers.iter().map(|offer| offer.price.to_string()).collect();
        assert_eq!(prices, ["EUR 24.90", "EUR 24.5"]);
        assert_eq!(product.offers[0].seller.as_deref(), Some("Verona Table"));
        assert_eq!(product.offers[0].availability.unwrap().token(), "InStock");
        assert_eq!(product.rating.unwrap().count, Some(120));
        assert_eq!(product.files[0].media_type, "image/jpeg");
        let second = &product.files[1];
        assert_eq!((second.size, second.width, second.height), (Some(18231), Some(480), Some(640)));
        assert_eq!(second.description.as_deref(), Some("Side"));
    }

    #[test]
    fn a_list_and_a_graph_are_several_products() {
        for text in
            [r#"[{"name": "a"}, {"name": "b"}]"#, r#"{"@graph": [{"name": "a"}, {"name": "b"}]}"#]
        {
            assert_eq!(read(text).unwrap().products.len(), 2);
        }
        let texts = r#"{"name": [{"@value": "Kelch", "@language": "de"}, {"@value": "Goblet", "@language": "en"}]}"#;
        assert_eq!(one(texts).names[0], (Some("de".into()), "Kelch".into()));
    }

    #[test]
    fn what_cannot_be_sent_is_named_and_the_rest_is_sent() {
        let text = r#"{"@type": "Product", "name": "a", "review": [], "offers": {"price": 1,
            "priceCurrency": "EUR", "itemCondition": "new"}}"#;
        let read = read(text).unwrap();
        assert_eq!(read.left_out, BTreeSet::from(["offers.itemCondition".into(), "review".into()]));
        assert_eq!(read.products[0].offers.len(), 1);
    }

    #[test]
    fn what_is_not_as_it_must_be_is_named_with_its_place() {
        for (text, error) in [
            (r#"{"name": true}"#, "name: expected a text or a number, or texts by language"),
            (r#"{"brand": ["a", "b"]}"#, "brand: expected one, not 2"),
            (r#"{"offers": {"priceCurrency": "EUR"}}"#, "offers.price: is missing"),
            (r#"{"offers": 5}"#, "offers: expected an object"),
            (
                r#"{"image": {"contentUrl": "https://a.lit/g.jpg", "width": "wide"}}"#,
                "image.width: expected a whole number",
            ),
            (
                r#"{"image": "https://a.lit/g"}"#,
                "image.encodingFormat: is missing; say \"image/jpeg\" or what it is",
            ),
            ("[5]", "the document: expected an object"),
        ] {
            assert_eq!(read(text).unwrap_err(), error, "{text}");
        }
        assert!(read("{").unwrap_err().contains("line 1"));
    }
}
