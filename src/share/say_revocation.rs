//! The message about a share that somebody has: that it was taken back.

use crate::{
    domain::{
        lang::Lang,
        product::Product,
        share::Outgoing,
        text::{one_line, shorten},
    },
    say::{
        texts::Text,
        voice::{Voice, begin, end, on_behalf, stands_in, who},
    },
    wire::ns,
};

/// The most characters of a product's name.
const NAME: usize = 120;

/// Tells that a share was taken back (`xep/product-share.xml#revoke`,
/// `xep/card-exchange.xml#revoke`).
#[must_use]
pub(crate) fn revocation(voice: &Voice, outgoing: &Outgoing) -> String {
    let share = &*outgoing.share;
    let lang = Lang::of(&outgoing.lang).unwrap_or_default();
    let who = who(share.sender_nick.as_deref(), share.sender.as_str());
    let what = &name(&share.products, share.card_name(), lang);
    let text = Text::TakenBack { who: &who, handle: outgoing.handle, what };
    let of = if share.offer.is_some() { ns::CARD_EXCHANGE } else { ns::PRODUCT_SHARE };
    let mut xml = begin(voice, outgoing.to.as_str(), outgoing.id.0, lang);
    xml.leaf("body", &text.in_lang(lang));
    xml.leaf("thread", &outgoing.about.thread());
    xml.open("revoke").attribute("xmlns", of).plain("id", share.id).close("revoke");
    stands_in(&mut xml, of);
    on_behalf(&mut xml, voice, outgoing, share.sender.as_str());
    end(xml, voice, outgoing.id.0)
}

/// What a share is called: its first product, or `Card of Juliet Capulet`.
pub(crate) fn name(products: &[Product], card: Option<&str>, lang: Lang) -> String {
    if let Some(card) = card {
        return Text::Card { name: &shorten(&one_line(card), NAME) }.in_lang(lang);
    }
    let name = products.first().map_or("", |product| product.name(lang.code()));
    shorten(&one_line(name), NAME)
}
