//! A product on the wire, its check, and its way back in `write` (`xep/product-share.xml#product`).

pub mod element;
pub mod read;
pub mod write;

use std::str::FromStr;

use base64::{Engine, prelude::BASE64_STANDARD};
use rust_decimal::Decimal;

pub use self::element::{AdditionalProperty, AggregateRating, Offer, Product};
use self::write::to_xml;
use super::{Text, file_sharing::FileSharing};
use crate::domain::{
    product::{
        self as domain, Availability, Country, Gtin, Invalid, Link, Localized, Price, Rating,
    },
    recording::{BadRecording, Recording},
    stamp::Stamp,
    text,
};

/// The most characters of a name, brand, stock number, category, colour, seller or value.
pub const NAME_MAX: usize = 200;
/// The most characters of a description.
pub const DESCRIPTION_MAX: usize = 2_000;
/// The most characters of the product's id and of the description of a file.
pub const LONG_MAX: usize = 1_000;
/// The most names, offers, properties, files and so on of one product.
pub const MANY_MAX: usize = 32;
/// The most bytes of one product, as [`to_xml`] writes it.
pub const BYTES_MAX: usize = 16 * 1024;

/// The most bytes of an attribute's value as it is written: parsers refuse 8 KiB
/// (`docs/design/messages.md#size`).
pub const ATTRIBUTE_MAX: usize = 8_000;

// ---- in: every field is cleaned and checked --------------------------------------------------

impl TryFrom<Product> for domain::Product {
    type Error = Invalid;

    fn try_from(wire: Product) -> Result<Self, Invalid> {
        wire.check().map(|(product, _)| product)
    }
}

impl Product {
    /// The product with every field cleaned and checked, and as [`to_xml`] writes it.
    ///
    /// # Errors
    /// [`Invalid`], for the first thing that is wrong.
    pub fn check(self) -> Result<(domain::Product, String), Invalid> {
        let wire = self;
        let names = texts(wire.names, "name", one_line, NAME_MAX)?;
        let descriptions = texts(wire.descriptions, "description", clean, DESCRIPTION_MAX)?;
        if names.is_empty() || repeats_a_language(&names) {
            return Err(Invalid::Field("name"));
        }
        if repeats_a_language(&descriptions) {
            return Err(Invalid::Field("description"));
        }
        let product = domain::Product {
            id: line(wire.id, "id", LONG_MAX)?,
            names,
            descriptions,
            brand: line(wire.brand, "brand", NAME_MAX)?,
            gtins: few(wire.gtins, "gtin", |gtin| Gtin::parse(&gtin))?,
            sku: line(wire.sku, "sku", NAME_MAX)?,
            mpn: line(wire.mpn, "mpn", NAME_MAX)?,
            categories: texts(wire.categories, "category", one_line, NAME_MAX)?,
            colors: texts(wire.colors, "color", one_line, NAME_MAX)?,
            country_of_origin: wire.country_of_origin.as_deref().map(Country::parse).transpose()?,
            properties: few(wire.properties, "additionalProperty", TryInto::try_into)?,
            offers: few(wire.offers, "offer", TryInto::try_into)?,
            rating: wire.rating.map(TryInto::try_into).transpose()?,
            url: link(wire.url.as_deref())?,
            files: few(wire.files, "file-sharing", file)?.into_iter().flatten().collect(),
        };
        let xml = to_xml(&product);
        if xml.len() > BYTES_MAX {
            return Err(Invalid::TooLarge { max: BYTES_MAX });
        }
        Ok((product, xml))
    }
}

impl TryFrom<AdditionalProperty> for domain::Property {
    type Error = Invalid;

    fn try_from(wire: AdditionalProperty) -> Result<Self, Invalid> {
        let unit = wire.unit_code.map(unit).transpose()?;
        let name = line(Some(wire.name), "additionalProperty name", NAME_MAX)?;
        let value = line(Some(wire.value), "additionalProperty value", NAME_MAX)?;
        Ok(Self {
            lang: lang(wire.lang),
            name: name.ok_or(Invalid::Field("additionalProperty name"))?,
            value: value.ok_or(Invalid::Field("additionalProperty value"))?,
            unit,
        })
    }
}

impl TryFrom<Offer> for domain::Offer {
    type Error = Invalid;

    fn try_from(wire: Offer) -> Result<Self, Invalid> {
        Ok(Self {
            price: Price::parse(&wire.price, &wire.price_currency)?,
            availability: wire.availability.as_deref().map(Availability::parse).transpose()?,
            observed: stamp(wire.observed.as_deref(), "observed")?,
            valid_until: stamp(wire.price_valid_until.as_deref(), "priceValidUntil")?,
            seller: line(wire.seller, "seller", NAME_MAX)?,
            url: link(wire.url.as_deref())?,
        })
    }
}

impl TryFrom<AggregateRating> for Rating {
    type Error = Invalid;

    fn try_from(wire: AggregateRating) -> Result<Self, Invalid> {
        let wrong = Invalid::Field("aggregateRating");
        let value = decimal(&wire.rating_value).ok_or(wrong.clone())?;
        let best = match wire.best_rating.as_deref() {
            Some(best) => Some(decimal(best).ok_or(wrong.clone())?),
            None => None,
        };
        if value > best.unwrap_or(Decimal::from(5)) {
            return Err(wrong);
        }
        let count = match wire.rating_count {
            Some(count) => Some(number(&count).ok_or(wrong)?),
            None => None,
        };
        Ok(Self { value, best, count })
    }
}

/// The file, or none when it has no address that a browser could open.
///
/// # Errors
/// When something that is said of it is not as the specification says.
pub fn file(wire: FileSharing) -> Result<Option<domain::File>, Invalid> {
    let sources = &wire.sources.urls;
    let links = || sources.iter().filter_map(|url| link(Some(&url.target)).ok().flatten());
    let Some(url) = links().find(Link::is_https).or_else(|| links().next()) else {
        return Ok(None);
    };
    let file = wire.file;
    let media_type = file.media_type.filter(|kind| is_media_type(kind));
    // A name is shown and offered for saving; a path in it has no business there.
    let name = file.name.as_deref().and_then(|name| name.rsplit(['/', '\\']).next());
    let description = file.descriptions.into_iter().next().map(|(_, description)| description);
    let sha256 = file.hashes.into_iter().find(|hash| hash.algo == "sha-256");
    Ok(Some(domain::File {
        media_type: media_type.ok_or(Invalid::Field("media-type"))?.to_ascii_lowercase(),
        name: line(name.map(str::to_owned), "file name", NAME_MAX)?,
        size: file.size,
        width: file.width,
        height: file.height,
        description: line(description, "file desc", LONG_MAX)?,
        sha256: sha256.map(|hash| digest(&hash.value)).transpose()?,
        url,
    }))
}

/// A spoken comment.
///
/// # Errors
/// [`BadRecording`], for the first thing that is wrong with it.
pub fn recording(wire: FileSharing) -> Result<Recording, BadRecording> {
    let length = wire.file.length;
    Recording::new(file(wire)?.ok_or(BadRecording::Address)?, length)
}

fn few<T, U>(
    all: Vec<T>,
    field: &'static str,
    check: impl FnMut(T) -> Result<U, Invalid>,
) -> Result<Vec<U>, Invalid> {
    if all.len() > MANY_MAX {
        return Err(Invalid::TooMany { field, max: MANY_MAX });
    }
    all.into_iter().map(check).collect()
}

/// Cleaned texts; one that has nothing left is left out.
fn texts(
    all: Vec<Text>,
    field: &'static str,
    clean: fn(String) -> String,
    max: usize,
) -> Result<Vec<Localized>, Invalid> {
    let mut texts = few(all, field, |(of, text)| {
        Ok(Localized { lang: lang(of), text: within(clean(text), field, max)? })
    })?;
    texts.retain(|text| !text.text.is_empty());
    Ok(texts)
}

/// A cleaned line, none when nothing is left of it.
fn line(text: Option<String>, field: &'static str, max: usize) -> Result<Option<String>, Invalid> {
    let line = within(one_line(text.unwrap_or_default()), field, max)?;
    Ok(Some(line).filter(|line| !line.is_empty()))
}

pub(super) fn within(text: String, field: &'static str, max: usize) -> Result<String, Invalid> {
    // Bytes bound characters from above: the count is for long texts alone.
    if text.len() > max && text.chars().count() > max {
        return Err(Invalid::TooLong { field, max });
    }
    Ok(text)
}

/// What is removed may leave two spaces behind; so it goes first.
fn one_line(text: String) -> String {
    text::one_line(&text::clean(text))
}

pub(super) fn clean(text: String) -> String {
    let text = text::clean(text);
    if text.trim().len() == text.len() { text } else { text.trim().to_owned() }
}

/// BCP 47 in shape, else none: a wrong label is no reason to refuse the text under it.
#[must_use]
pub fn lang(tag: Option<String>) -> Option<String> {
    tag.filter(|tag| {
        tag.len() <= 35
            && tag.split('-').all(|part| {
                (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
            })
    })
}

fn repeats_a_language(texts: &[Localized]) -> bool {
    texts
        .iter()
        .enumerate()
        .any(|(at, text)| texts.iter().skip(at + 1).any(|it| it.lang == text.lang))
}

fn link(url: Option<&str>) -> Result<Option<Link>, Invalid> {
    let Some(url) = url else { return Ok(None) };
    let link = Link::parse(url)?;
    // An ampersand is five bytes in an attribute, an apostrophe six.
    let special = link.as_str().bytes().filter(|byte| matches!(byte, b'&' | b'\'')).count();
    if link.as_str().len() + 5 * special > ATTRIBUTE_MAX {
        return Err(Invalid::Link(text::shorten(url, 80)));
    }
    Ok(Some(link))
}

/// A moment in XEP-0082's form, brought to UTC.
fn stamp(text: Option<&str>, field: &'static str) -> Result<Option<String>, Invalid> {
    let Some(text) = text else { return Ok(None) };
    let utc = Stamp::parse(text).and_then(Stamp::utc);
    utc.ok_or(Invalid::Field(field)).map(Some)
}

/// UN/CEFACT Recommendation 20 in shape; the list has two thousand codes and grows.
fn unit(code: String) -> Result<String, Invalid> {
    let fits = matches!(code.len(), 2 | 3)
        && code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if fits { Ok(code) } else { Err(Invalid::Field("unitCode")) }
}

/// Digits with at most one point: what `xs:decimal` and JSON both read.
fn decimal(text: &str) -> Option<Decimal> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits =
        |part: &str| (1..=9).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    if digits(whole) && digits(fraction) { Decimal::from_str(text).ok() } else { None }
}

/// Digits and nothing else; `parse` alone would take a sign.
fn number(text: &str) -> Option<u64> {
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn is_media_type(text: &str) -> bool {
    let token = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b))
    };
    text.len() <= 127 && text.split_once('/').is_some_and(|(top, sub)| token(top) && token(sub))
}

fn digest(base64: &str) -> Result<String, Invalid> {
    match BASE64_STANDARD.decode(base64.trim()) {
        Ok(bytes) if bytes.len() == 32 => Ok(BASE64_STANDARD.encode(bytes)),
        _ => Err(Invalid::Field("hash")),
    }
}

#[cfg(test)]
mod tests;
