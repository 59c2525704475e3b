//! A product as the page lays it out: everything in the reader's language where there is one, and
//! only what is safe to link to.

use crate::domain::{
    product::{File, Link, Localized, Offer, Product},
    unit,
};

use super::{
    reader::{Reader, is_tag},
    words::Words,
};

/// One product on the page.
pub(super) struct View<'a> {
    pub(super) name: Text<'a>,
    pub(super) description: Option<Text<'a>>,
    pub(super) price: Option<String>,
    pub(super) rating: Option<String>,
    pub(super) pictures: Vec<Picture<'a>>,
    pub(super) facts: Vec<Fact<'a>>,
    pub(super) offers: Vec<Sold<'a>>,
    pub(super) page: Option<&'a Link>,
    pub(super) films: Vec<&'a File>,
}

/// Somebody else's words, and the language they are in.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) lang: &'a str,
    pub(super) text: &'a str,
}

/// A picture over https, so that the page stays whole behind TLS.
pub(super) struct Picture<'a> {
    pub(super) url: &'a str,
    pub(super) alt: &'a str,
    pub(super) size: Option<(u32, u32)>,
}

/// A line of the specification.
pub(super) struct Fact<'a> {
    pub(super) lang: &'a str,
    pub(super) name: &'a str,
    pub(super) value: String,
}

/// A place that sells it.
pub(super) struct Sold<'a> {
    pub(super) link: Option<&'a Link>,
    pub(super) seller: Option<&'a str>,
    pub(super) price: String,
    /// `in stock · until 2026-12-24`
    pub(super) terms: String,
}

impl<'a> View<'a> {
    pub(super) fn new(product: &'a Product, reader: &Reader, words: &'a Words) -> Self {
        let best = |all| Localized::best(all, &reader.tag).map(Text::new);
        let name = best(&product.names).unwrap_or(Text { lang: "", text: "" });
        let best_of = |rating: &crate::domain::product::Rating| {
            rating.best.map_or_else(|| "5".to_owned(), |best| best.to_string())
        };
        Self {
            name,
            description: best(&product.descriptions),
            price: product.offers.first().map(|offer| offer.price.to_string()),
            rating: product.rating.as_ref().map(|rating| {
                words.stars(&rating.value.to_string(), &best_of(rating), rating.count)
            }),
            pictures: pictures(product)
                .map(|file| Picture {
                    url: file.url.as_str(),
                    alt: file.description.as_deref().unwrap_or(name.text),
                    size: file.width.zip(file.height),
                })
                .collect(),
            facts: facts(product, reader, words),
            offers: product.offers.iter().map(|offer| Sold::new(offer, words)).collect(),
            page: product.url.as_ref(),
            films: product.files.iter().filter(|file| is_film(file)).collect(),
        }
    }
}

impl<'a> Text<'a> {
    fn new(localized: &'a Localized) -> Self {
        Self { lang: tag(localized.lang.as_deref()), text: &localized.text }
    }
}

impl<'a> Sold<'a> {
    fn new(offer: &'a Offer, words: &Words) -> Self {
        let day = |what: &str, moment: &String| format!("{what} {}", day_of(moment));
        let terms = [
            offer.availability.map(|what| words.availability(what).to_owned()),
            offer.valid_until.as_ref().map(|moment| day(words.until, moment)),
            offer.observed.as_ref().map(|moment| day(words.seen, moment)),
        ];
        Self {
            link: offer.url.as_ref(),
            seller: offer.seller.as_deref(),
            price: offer.price.to_string(),
            terms: terms.into_iter().flatten().collect::<Vec<_>>().join(" · "),
        }
    }
}

fn facts<'a>(product: &'a Product, reader: &Reader, words: &'a Words) -> Vec<Fact<'a>> {
    let fact = |name: &'a str, value: String| Fact { lang: "", name, value };
    let plain = |name: &'a str, value: Option<&String>| value.map(|v| fact(name, v.clone()));
    let list = |name: &'a str, all: &'a [Localized]| {
        let wanted = in_language(all, |item| item.lang.as_deref(), &reader.tag);
        let lang = tag(wanted.first().and_then(|item| item.lang.as_deref()));
        let texts: Vec<&str> = wanted.iter().map(|item| item.text.as_str()).collect();
        (!texts.is_empty()).then(|| Fact { lang, name, value: texts.join(", ") })
    };
    let mut facts: Vec<Fact<'_>> = [
        plain(words.brand, product.brand.as_ref()),
        list(words.category, &product.categories),
        list(words.color, &product.colors),
        product.country_of_origin.map(|country| fact(words.origin, Words::country(country.code()))),
    ]
    .into_iter()
    .flatten()
    .collect();
    for property in in_language(&product.properties, |item| item.lang.as_deref(), &reader.tag) {
        let unit = property.unit.as_deref().map_or("", unit::symbol);
        let value = format!("{} {unit}", property.value).trim_end().to_owned();
        facts.push(Fact { lang: tag(property.lang.as_deref()), name: &property.name, value });
    }
    facts.extend(product.gtins.iter().map(|gtin| fact("GTIN", gtin.as_str().to_owned())));
    facts.extend(plain(words.stock_number, product.sku.as_ref()));
    facts.extend(plain(words.part_number, product.mpn.as_ref()));
    facts
}

/// The pictures that may be shown: over https.
pub(super) fn pictures(product: &Product) -> impl Iterator<Item = &File> {
    product.files.iter().filter(|file| file.media_type.starts_with("image/") && file.url.is_https())
}

/// Of things said in several languages, those in `wanted`, else in its base language, else in
/// English, else in the language of the first; and always those in no language.
pub(super) fn in_language<'a, T>(
    all: &'a [T],
    lang: impl Fn(&'a T) -> Option<&'a str>,
    wanted: &str,
) -> Vec<&'a T> {
    let base = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let spoken = || all.iter().filter_map(&lang);
    let chosen = spoken()
        .find(|tag| tag.eq_ignore_ascii_case(wanted))
        .or_else(|| spoken().find(|tag| base(tag) == base(wanted)))
        .or_else(|| spoken().find(|tag| base(tag) == "en"))
        .or_else(|| spoken().next());
    all.iter().filter(|item| lang(item).is_none() || lang(item) == chosen).collect()
}

/// `2026-12-24` of a moment in XEP-0082's form.
fn day_of(moment: &str) -> &str {
    moment.split('T').next().unwrap_or_default()
}

fn is_film(file: &File) -> bool {
    file.media_type.starts_with("video/")
}

fn tag(lang: Option<&str>) -> &str {
    lang.filter(|lang| is_tag(lang)).unwrap_or_default()
}
