//! The message that passes on what somebody says about a share (`xep/product-share.xml#comment`).

use crate::{
    domain::{
        address,
        emoji::is_emoji,
        lang::Lang,
        note::{Kind, Note},
        product::Product,
        quotation::quoted,
        share::Outgoing,
        text::marked,
    },
    say::{
        texts::Text,
        voice::{Voice, begin, end, on_behalf, stands_in, who},
    },
    share::{
        say_product::{things, without_files},
        say_recording::beside,
        say_revocation::name,
    },
    wire::{
        ns,
        product::read::{read_products, read_recording},
        xml::Writer,
    },
};

/// The most characters of a reaction that is words.
const WORDS: usize = 40;

/// The message that carries `note`.
#[must_use]
pub(crate) fn answer(voice: &Voice, outgoing: &Outgoing, note: &Note) -> String {
    let lang = Lang::of(&outgoing.lang).unwrap_or_default();
    let share = &*outgoing.share;
    let thing = thing(outgoing.handle, &share.products, share.card_name(), lang);
    let recording = note.recording.as_deref().and_then(read_recording);
    let heard = recording.as_deref().map(|it| beside(outgoing, it, lang));
    let (quote, says) = body(note, heard.as_deref(), &thing, lang);
    let mut xml = begin(voice, outgoing.to.as_str(), outgoing.id.0, lang);
    xml.leaf("body", &format!("{quote}{says}"));
    xml.leaf("thread", &outgoing.about.thread());
    if let Some(refers) = &note.refers {
        let theirs = outgoing.to.as_str();
        let of = if refers.is_own { theirs } else { voice.from.as_str() };
        refer(&mut xml, note, &refers.id, of, &quote);
    }
    if note.kind == Kind::Joined {
        return end(xml, voice, outgoing.id.0);
    }
    if matches!(note.kind, Kind::Words | Kind::Correction) {
        xml.open("comment").attribute("xmlns", ns::PRODUCT_SHARE).plain("share", outgoing.share.id);
        let heard = recording.as_ref().map(|it| it.url().as_str());
        let words = heard.filter(|_| note.text.is_empty()).unwrap_or(&note.text);
        xml.maybe("xml:lang", note.lang.as_deref()).text(words).close("comment");
    }
    if !note.products.is_empty() {
        xml.open("share").attribute("xmlns", ns::PRODUCT_SHARE).plain("id", outgoing.id);
        if outgoing.sources {
            xml.raw(&note.products);
        } else {
            xml.raw(&without_files(&read_products(&note.products).unwrap_or_default()));
        }
        xml.close("share");
        stands_in(&mut xml, ns::PRODUCT_SHARE);
    }
    on_behalf(&mut xml, voice, outgoing, &note.author);
    end(xml, voice, outgoing.id.0)
}

/// `#12 Silver goblet`: what was shared, by its first product; or whose card was given.
#[must_use]
pub(crate) fn thing(handle: i64, products: &[Product], card: Option<&str>, lang: Lang) -> String {
    let name = name(products, card, lang);
    // Only somebody who has not joined has no number for it.
    if handle > 0 { format!("#{handle} {name}") } else { name }
}

/// The quote in front, with its line feed, and what is said.
fn body(note: &Note, heard: Option<&str>, thing: &str, lang: Lang) -> (String, String) {
    let who = &who(note.author_nick.as_deref(), &note.author);
    let what = &marked(&note.text);
    let mut says = match note.kind {
        Kind::Words if what.is_empty() && heard.is_some() => {
            Text::Says { who, what: heard.unwrap_or_default() }.in_lang(lang)
        }
        Kind::Words if what.is_empty() => Text::Shows { who }.in_lang(lang),
        Kind::Words => Text::Says { who, what }.in_lang(lang),
        Kind::Correction => Text::Corrects { who, what }.in_lang(lang),
        Kind::Reaction => {
            let emoji = &reaction(&note.text);
            return (String::new(), Text::Reacts { who, emoji, what: thing }.in_lang(lang));
        }
        Kind::Retraction => {
            return (String::new(), Text::Retracts { who, what: thing }.in_lang(lang));
        }
        Kind::Joined => {
            let who = address::shown(&note.author);
            return (String::new(), Text::HasJoined { who }.in_lang(lang));
        }
    };
    if let Some(heard) = heard.filter(|_| !what.is_empty()) {
        says.push('\n');
        says.push_str(heard);
    }
    if let Some(products) = read_products(&note.products).filter(|products| !products.is_empty()) {
        says.push_str("\n+ ");
        says.push_str(&things(&products, lang));
    }
    (format!("> {thing}\n"), says)
}

/// What of a reaction is emoji, as XEP-0444 §3 has it; if nothing is, it is words.
fn reaction(text: &str) -> String {
    let emoji: Vec<&str> = emoji(text).collect();
    if emoji.is_empty() && !text.is_empty() { quoted(text, WORDS) } else { emoji.join(" ") }
}

fn emoji(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ').filter(|word| is_emoji(word))
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
        // Without any it would be one that was taken back.
        Kind::Reaction if !note.text.is_empty() && emoji(&note.text).next().is_none() => {}
        Kind::Reaction => {
            xml.open("reactions").attribute("xmlns", ns::REACTIONS).attribute("id", id);
            for emoji in emoji(&note.text) {
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
        Kind::Joined => {}
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use minidom::Element;
    use proptest::prelude::*;

    use super::*;
    use crate::{
        domain::{
            note::{Carries, Reference},
            product::Localized,
            recording::Recording,
            text::{clean, one_line},
        },
        say::voice::tests::{outgoing, voice},
        wire::{fallback::Fallback, product::write::recording_to_xml},
    };

    fn note(text: &str) -> Note {
        Note {
            author: "romeo@montague.lit".into(),
            author_nick: Some("Romeo".into()),
            refers: Some(Reference { id: "a1".into(), is_own: true }),
            text: text.into(),
            ..Note::default()
        }
    }

    fn written(note: &Note, name: &str) -> Element {
        let mut outgoing = outgoing(None, 1, None);
        let share = Arc::make_mut(&mut outgoing.share);
        Arc::make_mut(&mut share.products)[0].names =
            vec![Localized { lang: None, text: name.into() }];
        outgoing.carries = Carries::Note(Arc::new(note.clone()));
        let xml = answer(&voice(), &outgoing, note);
        xml.replacen("<message", "<message xmlns='jabber:client'", 1).parse().unwrap()
    }

    fn body_of(message: &Element) -> String {
        message.get_child("body", "jabber:client").unwrap().text()
    }

    #[test]
    fn an_answer_is_a_reply_with_the_quote_marked() {
        let message = written(&note("How heavy is it?"), "Silver goblet");
        assert_eq!(
            body_of(&message),
            "> #12 Silver goblet\nRomeo (romeo@montague.lit): How heavy is it?"
        );
        let reply = message.get_child("reply", ns::REPLY).unwrap();
        assert_eq!((reply.attr("id"), reply.attr("to")), (Some("a1"), Some("romeo@montague.lit")));
        let range = message.get_child("fallback", ns::FALLBACK).unwrap().children().next().unwrap();
        assert_eq!((range.attr("start"), range.attr("end")), (Some("0"), Some("20")));
        let alone = written(&Note { refers: None, ..note("yes") }, "Silver goblet");
        assert!(!alone.has_child("reply", ns::REPLY) && !alone.has_child("fallback", ns::FALLBACK));
    }

    proptest! {
        /// Whatever is in the name and in the words: CJK, emoji with joiners, combining marks,
        /// right-to-left letters, entities.
        #[test]
        fn a_client_that_cuts_the_quote_is_left_with_the_words(
            name in "[ -~银杯é\u{301}👩\u{200d}אبم&<>'\"]{1,40}", words in "[ -~\n银👍e\u{301}ש&<>]{1,60}",
        ) {
            let (name, words) = (one_line(&name), clean(words));
            let message = written(&note(&words), &name);
            let fallback = message.get_child("fallback", ns::FALLBACK).unwrap().clone();
            let fallback = Fallback::try_from(fallback).unwrap();
            let left = fallback.cut(&body_of(&message));
            prop_assert_eq!(left, format!("Romeo (romeo@montague.lit): {}", marked(&words)));
            let payload = message.get_child("comment", ns::PRODUCT_SHARE).unwrap();
            prop_assert_eq!(payload.text(), words);
        }
    }

    #[test]
    fn an_answer_by_voice_says_where_it_is_heard() {
        let url = "https://upload.montague.lit/a.m4a";
        let recording = recording_to_xml(&Recording::at(url).unwrap());
        let alone = Note { recording: Some(recording), ..note("") };
        let message = written(&alone, "cup");
        let who = "> #12 cup\nRomeo (romeo@montague.lit):";
        assert_eq!(body_of(&message), format!("{who} Voice comment: {url}"));
        assert_eq!(message.get_child("comment", ns::PRODUCT_SHARE).unwrap().text(), url);
        let both = written(&Note { text: "Listen".into(), ..alone }, "cup");
        assert_eq!(body_of(&both), format!("{who} Listen\nVoice comment: {url}"));
    }

    #[test]
    fn every_kind_can_be_read_without_its_payload() {
        for (kind, text, body, element, namespace) in [
            (
                Kind::Correction,
                "21",
                "> #12 cup\nRomeo (romeo@montague.lit) corrects: 21",
                "replace",
                ns::REPLACE,
            ),
            (
                Kind::Reaction,
                "👍 ❤",
                "Romeo (romeo@montague.lit) reacted 👍 ❤ to: #12 cup",
                "reactions",
                ns::REACTIONS,
            ),
            (
                Kind::Reaction,
                "",
                "Romeo (romeo@montague.lit) took back a reaction to: #12 cup",
                "reactions",
                ns::REACTIONS,
            ),
            (
                Kind::Retraction,
                "",
                "Romeo (romeo@montague.lit) took back a message about #12 cup",
                "retract",
                ns::RETRACT,
            ),
        ] {
            let message = written(&Note { kind, ..note(text) }, "cup");
            assert_eq!(body_of(&message), body);
            assert_eq!(message.get_child(element, namespace).unwrap().attr("id"), Some("a1"));
            let bare = written(&Note { kind, refers: None, ..note(text) }, "cup");
            assert_eq!(body_of(&bare), body);
            assert!(!bare.has_child(element, namespace));
        }
    }

    #[test]
    fn of_a_reaction_only_emoji_are_shown_and_anything_else_is_words() {
        for (text, shown, passed) in [
            ("👍 https://evil.example", "👍", Some("👍")),
            (
                "https://evil.example/x Helena” (h@x.org)…",
                "“https://evil.example/x Helena (h@x.org)…”",
                None,
            ),
        ] {
            let message = written(&Note { kind: Kind::Reaction, ..note(text) }, "cup");
            let body = format!("Romeo (romeo@montague.lit) reacted {shown} to: #12 cup");
            assert_eq!(body_of(&message), body);
            let reactions = message.get_child("reactions", ns::REACTIONS);
            let reaction = reactions.map(|it| it.children().map(Element::text).collect::<String>());
            assert_eq!(reaction.as_deref(), passed);
        }
    }
}
