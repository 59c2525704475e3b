//! The message about a share that somebody has: that it was taken back.

use super::{
    message::{Voice, begin, end, on_behalf, stands_in, who},
    texts::Text,
};
use crate::{
    domain::{
        lang::Lang,
        product::Product,
        share::Outgoing,
        text::{one_line, shorten},
    },
    wire::ns,
};

/// The most characters of a product's name.
const NAME: usize = 120;

/// Tells that a share was taken back (`xep/product-share.xml#revoke`).
#[must_use]
pub fn revocation(voice: &Voice, outgoing: &Outgoing) -> String {
    let share = &*outgoing.share;
    let lang = Lang::of(&outgoing.lang).unwrap_or_default();
    let who = who(share.sender_nick.as_deref(), share.sender.as_str());
    let text =
        Text::TakenBack { who: &who, handle: outgoing.handle, what: &name(&share.products, lang) };
    let mut xml = begin(voice, outgoing.to.as_str(), outgoing.id.0, lang);
    xml.leaf("body", &text.in_lang(lang));
    xml.leaf("thread", &outgoing.about.thread());
    xml.open("revoke").attribute("xmlns", ns::PRODUCT_SHARE).plain("id", share.id).close("revoke");
    stands_in(&mut xml, ns::PRODUCT_SHARE);
    on_behalf(&mut xml, voice, outgoing, share.sender.as_str());
    end(xml, voice, outgoing.id.0)
}

/// What a share is called: its first product.
pub(super) fn name(products: &[Product], lang: Lang) -> String {
    let name = products.first().map_or("", |product| product.name(lang.code()));
    shorten(&one_line(name), NAME)
}
