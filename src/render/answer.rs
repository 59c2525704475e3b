//! The message that passes on what somebody says about a share (`xep/product-share.xml#comment`).

use super::{
    message::{Voice, begin, end, on_behalf, stands_in, things, who},
    notice::name,
    texts::Text,
};
use crate::{
    domain::{
        lang::Lang,
        note::{Kind, Note},
        product::Product,
        share::Outgoing,
    },
    wire::{ns, product::read_products, xml::Writer},
};

/// The message that carries `note`.
#[must_use]
pub fn answer(voice: &Voice, outgoing: &Outgoing, note: &Note) -> String {
    let lang = Lang::of(&outgoing.lang).unwrap_or_default();
    let thing = thing(outgoing.handle, &outgoing.share.products, lang);
    let (quote, says) = body(note, &thing, lang);
    let mut xml = begin(voice, outgoing.to.as_str(), outgoing.id.0, lang);
    xml.leaf("body", &format!("{quote}{says}"));
    xml.leaf("thread", &outgoing.about.thread());
    if let Some(refers) = &note.refers {
        let theirs = outgoing.to.as_str();
        let of = if refers.is_own { theirs } else { voice.from.as_str() };
        refer(&mut xml, note, &refers.id, of, &quote);
    }
    if matches!(note.kind, Kind::Words | Kind::Correction) {
        xml.open("comment").attribute("xmlns", ns::PRODUCT_SHARE).plain("share", outgoing.share.id);
        xml.maybe("xml:lang", note.lang.as_deref()).text(&note.text).close("comment");
    }
    if !note.products.is_empty() {
        xml.open("share").attribute("xmlns", ns::PRODUCT_SHARE).plain("id", outgoing.id);
        xml.raw(&note.products).close("share");
    }
    on_behalf(&mut xml, voice, outgoing, &note.author);
    end(xml, voice, outgoing.id.0)
}

/// `#12 Silver goblet`: what was shared, by its first product.
#[must_use]
pub fn thing(handle: i64, products: &[Product], lang: Lang) -> String {
    let name = name(products, lang);
    // Only somebody who has not joined has no number for it.
    if handle > 0 { format!("#{handle} {name}") } else { name }
}

/// The quote in front, with its line feed, and what is said.
fn body(note: &Note, thing: &str, lang: Lang) -> (String, String) {
    let who = &who(note.author_nick.as_deref(), &note.author);
    let what = &note.text;
    let mut says = match note.kind {
        Kind::Words if what.is_empty() => Text::Shows { who }.in_lang(lang),
        Kind::Words => Text::Says { who, what }.in_lang(lang),
        Kind::Correction => Text::Corrects { who, what }.in_lang(lang),
        Kind::Reaction => {
            return (String::new(), Text::Reacts { who, emoji: what, what: thing }.in_lang(lang));
        }
        Kind::Retraction => {
            return (String::new(), Text::Retracts { who, what: thing }.in_lang(lang));
        }
    };
    if let Some(products) = read_products(&note.products).filter(|products| !products.is_empty()) {
        says.push_str("\n+ ");
        says.push_str(&things(&products, lang));
    }
    (format!("> {thing}\n"), says)
}

/// Points at the message `id`, which `of` has written.
fn refer(xml: &mut Writer, note: &Note, id: &str, of: &str, quote: &str) {
    match note.kind {
        Kind::Words => {
            xml.open("reply").attribute("xmlns", ns::REPLY).attribute("id", id);
            xml.attribute("to", of).close("reply");
            // XEP-0426: code points, the end exclusive.
            xml.open("fallback").attribute("xmlns", ns::FALLBACK).attribute("for", ns::REPLY);
            xml.open("body").plain("end", quote.chars().count()).plain("start", 0).close("body");
            xml.close("fallback");
        }
        Kind::Correction => {
            xml.open("replace").attribute("xmlns", ns::REPLACE).attribute("id", id);
            xml.close("replace");
        }
        Kind::Reaction => {
            xml.open("reactions").attribute("xmlns", ns::REACTIONS).attribute("id", id);
            for emoji in note.text.split(' ').filter(|emoji| !emoji.is_empty()) {
                xml.leaf("reaction", emoji);
            }
            xml.close("reactions");
            stands_in(xml, ns::REACTIONS);
        }
        Kind::Retraction => {
            xml.open("retract").attribute("xmlns", ns::RETRACT).attribute("id", id);
            xml.close("retract");
            stands_in(xml, ns::RETRACT);
        }
    }
}
