//! Messages about a share that somebody has: that it was taken back, and what is said about it.

use super::{
    message::{Voice, begin, end, on_behalf, who},
    texts::Text,
};
use crate::{
    domain::{
        lang::Lang,
        note::Note,
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
    let text = Text::TakenBack { who: &who, handle: outgoing.handle, what: &name(outgoing, lang) };
    let mut xml = begin(voice, outgoing.to.as_str(), outgoing.id.0, lang);
    xml.leaf("body", &text.in_lang(lang));
    xml.leaf("thread", &outgoing.about.thread());
    xml.open("revoke").attribute("xmlns", ns::PRODUCT_SHARE).plain("id", share.id).close("revoke");
    on_behalf(&mut xml, voice, outgoing, share.sender.as_str());
    end(xml, voice, outgoing.id.0)
}

/// Passes on what somebody says about a share (`xep/product-share.xml#comment`).
#[must_use]
pub fn note(voice: &Voice, outgoing: &Outgoing, note: &Note) -> String {
    let lang = Lang::of(&outgoing.lang).unwrap_or_default();
    let who = who(note.author_nick.as_deref(), &note.author);
    let says = Text::Says { who: &who, what: &note.text }.in_lang(lang);
    let body = format!("> #{} {}\n{says}", outgoing.handle, name(outgoing, lang));
    let mut xml = begin(voice, outgoing.to.as_str(), outgoing.id.0, lang);
    xml.leaf("body", &body);
    xml.leaf("thread", &outgoing.about.thread());
    xml.open("comment").attribute("xmlns", ns::PRODUCT_SHARE).plain("share", outgoing.share.id);
    xml.maybe("xml:lang", note.lang.as_deref()).text(&note.text).close("comment");
    on_behalf(&mut xml, voice, outgoing, &note.author);
    end(xml, voice, outgoing.id.0)
}

/// What the share is called: its first product.
fn name(outgoing: &Outgoing, lang: Lang) -> String {
    let first = outgoing.share.products.first();
    first.map_or_else(String::new, |product| shorten(&one_line(product.name(lang.code())), NAME))
}
