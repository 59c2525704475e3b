//! Products within what is said of them.

use std::fmt::Write;

use crate::{
    domain::{
        lang::Lang,
        product::Product,
        text::{one_line, shorten},
    },
    say::texts::Text,
    wire::product::write::to_xml,
};

/// The most characters of one product's name in a body.
const NAME: usize = 120;
/// The most products named in a body.
const NAMED: usize = 3;

/// `Silver goblet, EUR 24.90; Pewter goblet and 2 more`
pub(crate) fn things(products: &[Product], lang: Lang) -> String {
    let mut things = String::new();
    for product in products.iter().take(NAMED) {
        if !things.is_empty() {
            things.push_str("; ");
        }
        things.push_str(&shorten(&one_line(product.name(lang.code())), NAME));
        if let Some(offer) = product.offers.first() {
            let _ = write!(things, ", {}", offer.price);
        }
    }
    if products.len() > NAMED {
        things.push_str(&Text::AndMore(products.len() - NAMED).in_lang(lang));
    }
    things
}

/// Products as they travel, without their pictures and films.
pub(crate) fn without_files(products: &[Product]) -> String {
    let bare = |it: &Product| to_xml(&Product { files: Vec::new(), ..it.clone() });
    products.iter().map(bare).collect()
}
