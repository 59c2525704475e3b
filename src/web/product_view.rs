//! A product as the page lays it out: everything in the reader's language where there is one, and
//! only what is safe to link to.

use rust_decimal::prelude::ToPrimitive;

use super::{
    gallery::{Inlined, Picture},
    reader::{Reader, is_tag},
    words::Words,
};
use crate::{
    domain::{
        product::{File, Link, Localized, Offer, Product, Rating},
        unit,
    },
    say::host,
};

/// One product on the page.
pub(super) struct View<'a> {
    pub(super) name: Text<'a>,
    pub(super) description: Option<Text<'a>>,
    /// The first price, or the lowest of several in one currency.
    pub(super) price: Option<String>,
    /// Whether it can be had, at the first place that sells it.
    pub(super) availability: Option<&'static str>,
    pub(super) rating: Option<Stars>,
    pub(super) pictures: Vec<Picture<'a>>,
    pub(super) facts: Vec<Fact<'a>>,
    pub(super) offers: Vec<Sold<'a>>,
    pub(super) links: Vec<Away<'a>>,
}

/// Somebody else's words, and the language they are in.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) lang: &'a str,
    pub(super) text: &'a str,
}

/// A line of the specification.
pub(super) struct Fact<'a> {
    pub(super) name: Text<'a>,
    /// The language of the value.
    pub(super) lang: &'a str,
    pub(super) value: String,
}

/// What buyers think.
pub(super) struct Stars {
    /// `4.6 of 5 (128 ratings)`
    pub(super) text: String,
    /// How much of the row of stars is full, 0 to 100.
    pub(super) percent: u8,
}

/// A place that sells it.
pub(super) struct Sold<'a> {
    pub(super) link: Option<Away<'a>>,
    pub(super) seller: Option<&'a str>,
    pub(super) price: String,
    /// `in stock · until 24 December 2026`
    pub(super) terms: String,
}

/// A link that leads away, with its host to be seen.
pub(super) struct Away<'a> {
    pub(super) what: &'a str,
    pub(super) description: Option<&'a str>,
    pub(super) url: &'a str,
    pub(super) host: String,
}

impl<'a> View<'a> {
    pub(super) fn new(
        product: &'a Product,
        pictures: impl Fn(&'a Product, &'a str) -> Vec<Picture<'a>>,
        reader: &Reader,
        words: &'a Words,
    ) -> Self {
        let best = |all| Localized::best(all, &reader.tag).map(Text::new);
        let name = best(&product.names).unwrap_or(Text { lang: "", text: "" });
        let page = product.url.as_ref().map(|url| Away::new(words.product_page, None, url));
        let films = product.files.iter().filter(|file| is_film(file));
        let films = films.map(|file| Away::new(words.film, file.description.as_deref(), &file.url));
        let offers = &product.offers;
        Self {
            name,
            description: best(&product.descriptions),
            price: price(offers, reader, words),
            availability: offers
                .first()
                .and_then(|offer| offer.availability.map(|what| words.availability(what))),
            rating: product.rating.as_ref().map(|rating| Stars::new(rating, words)),
            pictures: pictures(product, name.text),
            facts: facts(product, reader, words),
            offers: offers.iter().map(|offer| Sold::new(offer, reader, words)).collect(),
            links: page.into_iter().chain(films).collect(),
        }
    }

    /// Makes it readable without a network: our own pictures move into the page, and links lead to
    /// the others.
    pub(super) fn keep(&mut self, files: &Inlined, words: &'a Words) {
        for mut picture in std::mem::take(&mut self.pictures) {
            let File { description, url, .. } = picture.source;
            match picture.ours.and_then(|hash| files.get(&hash)) {
                Some(file) => {
                    file.clone_into(&mut picture.src);
                    self.pictures.push(picture);
                }
                None => self.links.push(Away::new(words.picture_away, description.as_deref(), url)),
            }
        }
    }
}

/// `€24.90`, or `from €24.90` where several ask for different amounts of one currency.
fn price(offers: &[Offer], reader: &Reader, words: &Words) -> Option<String> {
    let first = offers.first()?.price;
    let same = offers.iter().all(|offer| offer.price.currency == first.currency);
    let lowest = offers.iter().map(|offer| offer.price).min_by_key(|price| price.amount);
    let differ = offers.iter().any(|offer| offer.price.amount != first.amount);
    match lowest {
        Some(lowest) if same && differ => Some(words.from(&reader.price(&lowest))),
        _ => Some(reader.price(&first)),
    }
}

impl<'a> Text<'a> {
    pub(super) fn new(localized: &'a Localized) -> Self {
        Self { lang: tag(localized.lang.as_deref()), text: &localized.text }
    }
}

impl<'a> Away<'a> {
    fn new(what: &'a str, description: Option<&'a str>, link: &'a Link) -> Self {
        Self { what, description, url: link.as_str(), host: host::shown(link) }
    }
}

impl Stars {
    fn new(rating: &Rating, words: &Words) -> Self {
        let best = rating.best.unwrap_or_else(|| 5.into());
        let share = (rating.value * rust_decimal::Decimal::ONE_HUNDRED).checked_div(best);
        let percent = share.and_then(|share| share.round().to_u8()).unwrap_or(0).min(100);
        let text = words.stars(
            &rating.value.normalize().to_string(),
            &best.normalize().to_string(),
            rating.count,
        );
        Self { text, percent }
    }
}

impl<'a> Sold<'a> {
    fn new(offer: &'a Offer, reader: &Reader, words: &'a Words) -> Self {
        let day = |what: &str, moment: &Option<String>| {
            Some(format!("{what} {}", words.day(moment.as_deref()?)?))
        };
        let terms = [
            offer.availability.map(|what| words.availability(what).to_owned()),
            day(words.until, &offer.valid_until),
            day(words.seen, &offer.observed),
        ];
        Self {
            link: offer.url.as_ref().map(|url| Away::new(words.product_page, None, url)),
            seller: offer.seller.as_deref(),
            price: reader.price(&offer.price),
            terms: terms.into_iter().flatten().collect::<Vec<_>>().join(" · "),
        }
    }
}

fn facts<'a>(product: &'a Product, reader: &Reader, words: &'a Words) -> Vec<Fact<'a>> {
    let said = |lang, name, value| Fact { name: Text { lang: "", text: name }, lang, value };
    let fact = |name: &'a str, value: String| said("", name, value);
    let plain = |name: &'a str, value: Option<&String>| value.map(|v| fact(name, v.clone()));
    let list = |name: &'a str, all: &'a [Localized]| {
        let wanted = in_language(all, |item| item.lang.as_deref(), &reader.tag);
        let lang = tag(wanted.first().and_then(|item| item.lang.as_deref()));
        let texts: Vec<&str> = wanted.iter().map(|item| item.text.as_str()).collect();
        (!texts.is_empty()).then(|| said(lang, name, texts.join(words.comma)))
    };
    let mut facts: Vec<Fact<'_>> = [
        plain(words.brand, product.brand.as_ref()),
        list(words.category, &product.categories),
        list(words.color, &product.colors),
        product.country_of_origin.map(|country| fact(words.origin, reader.country(country))),
    ]
    .into_iter()
    .flatten()
    .collect();
    for property in in_language(&product.properties, |item| item.lang.as_deref(), &reader.tag) {
        let unit = property.unit.as_deref().map_or("", unit::symbol);
        let value = format!("{} {unit}", property.value).trim_end().to_owned();
        let lang = tag(property.lang.as_deref());
        facts.push(Fact { name: Text { lang, text: &property.name }, lang, value });
    }
    facts.extend(product.gtins.iter().map(|gtin| fact("GTIN", gtin.as_str().to_owned())));
    facts.extend(plain(words.stock_number, product.sku.as_ref()));
    facts.extend(plain(words.part_number, product.mpn.as_ref()));
    facts
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

fn is_film(file: &File) -> bool {
    file.media_type.starts_with("video/")
}

fn tag(lang: Option<&str>) -> &str {
    lang.filter(|lang| is_tag(lang)).unwrap_or_default()
}
