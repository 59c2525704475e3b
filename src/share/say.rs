//! The message that shows a share to a person (`docs/design/messages.md#every-message`).

use std::fmt::Write;

use super::{
    say_preview,
    say_product::{things, without_files},
    say_recording,
};
use crate::{
    domain::{
        lang::Lang,
        share::{Outgoing, Share},
        text::{one_line, own_line, shorten},
    },
    say::{
        texts::Text,
        voice::{TAIL, Voice, begin, end, on_behalf, stands_in, who},
    },
    wire::{ns, product::write::write_recording},
};

/// The most characters that the sender's words take in a body; all of them are in the payload.
const WORDS: usize = 280;

/// The message of a share of products.
pub(crate) fn share(voice: &Voice, outgoing: &Outgoing) -> String {
    let share = &*outgoing.share;
    let lang = Lang::of(&outgoing.lang).unwrap_or_default();
    let code = share.ref_code.to_string();

    let mut xml = begin(voice, outgoing.to.as_str(), outgoing.id.0, lang);
    xml.leaf("body", &body(voice, outgoing, lang));
    xml.leaf("thread", &outgoing.about.thread());
    xml.open("share").attribute("xmlns", ns::PRODUCT_SHARE);
    xml.plain("handle", outgoing.handle).plain("id", share.id).attribute("ref", &code);
    if let Some(comment) = &share.comment {
        xml.open("comment").maybe("xml:lang", comment.lang.as_deref());
        xml.text(&comment.text).close("comment");
    }
    if outgoing.sources {
        xml.raw(&share.xml);
    } else {
        xml.raw(&without_files(&share.products));
    }
    if let Some(recording) = share.recording.as_ref().filter(|_| outgoing.sources) {
        write_recording(&mut xml, recording);
    }
    xml.close("share");
    stands_in(&mut xml, ns::PRODUCT_SHARE);
    on_behalf(&mut xml, voice, outgoing, share.sender.as_str());
    if let Some(picture) = &share.picture {
        let (url, title) = (page(&voice.public_url, share), things(&share.products, lang));
        let room = say_preview::MESSAGE.saturating_sub(xml.len() + TAIL);
        if let Some(card) = say_preview::preview(share, picture, &title, &url, lang, room) {
            xml.raw(&card);
        }
    }
    end(xml, voice, outgoing.id.0)
}

/// Where the page of a share is.
fn page(public_url: &str, share: &Share) -> String {
    format!("{public_url}/s/{}", share.ref_code)
}

/// At most five lines: who speaks and what they say; where they can be heard; the thing; the link;
/// the handle.
fn body(voice: &Voice, outgoing: &Outgoing, lang: Lang) -> String {
    let share = &*outgoing.share;
    let who = who(share.sender_nick.as_deref(), share.sender.as_str());
    let mut body = match &share.comment {
        Some(comment) => {
            let what = shorten(&one_line(&comment.text), WORDS);
            Text::Says { who: &who, what: &what }.in_lang(lang)
        }
        None => Text::Shows { who: &who }.in_lang(lang),
    };
    if let Some(recording) = &share.recording {
        body.push('\n');
        body.push_str(&say_recording::beside(outgoing, recording, lang));
    }
    // Writing into a string cannot fail.
    body.push('\n');
    body.push_str(&own_line(&things(&share.products, lang)));
    let _ = write!(body, "\n{}\n#{}", page(&voice.public_url, share), outgoing.handle);
    body
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        domain::{
            clock::Millis,
            note::Carries,
            picture::{Kind, MAX_SMALL, PictureHash, Thumbnail},
            recording::Recording,
        },
        say::voice::tests::{outgoing, voice},
    };

    #[test]
    fn a_body_says_who_what_where_and_the_handle() {
        let body = body(&voice(), &outgoing(Some("For your table?"), 1, Some("Juliet")), Lang::En);
        assert_eq!(
            body,
            "Juliet (juliet@capulet.lit): For your table?\nSilver goblet, EUR 24.90\n\
             https://share.example.org/s/000000001A\n#12"
        );
    }

    #[test]
    fn a_body_in_chinese_names_the_product_in_chinese() {
        let body = body(&voice(), &outgoing(None, 1, None), Lang::Zh);
        assert!(body.starts_with("juliet@capulet.lit 给你看：\n银高脚杯, EUR 24.90\n"), "{body}");
    }

    #[test]
    fn a_body_never_has_more_than_five_lines_and_500_characters_of_words() {
        let long = "word\n".repeat(300);
        let body = body(&voice(), &outgoing(Some(&long), 5, Some("Juliet")), Lang::En);
        assert!(body.lines().count() <= 5 && body.contains(" and 2 more"), "{body}");
    }

    #[test]
    fn a_body_says_where_the_sender_can_be_heard_within_its_five_lines() {
        let mut outgoing = outgoing(Some("For your table?"), 1, Some("Juliet"));
        let url = "https://upload.capulet.lit/3b/comment.ogg";
        Arc::make_mut(&mut outgoing.share).recording = Some(Box::new(Recording::at(url).unwrap()));
        let text = body(&voice(), &outgoing, Lang::En);
        assert_eq!(text.lines().nth(1), Some(&*format!("Voice comment: {url}")), "{text}");
        assert_eq!(text.lines().count(), 5, "{text}");
        let message = share(&voice(), &outgoing);
        let message: minidom::Element =
            message.replacen("<message", "<message xmlns='jabber:client'", 1).parse().unwrap();
        let payload = message.get_child("share", ns::PRODUCT_SHARE).unwrap().clone();
        assert!(payload.has_child("file-sharing", ns::FILE_SHARING));

        assert_eq!(say_recording::recording(&voice(), &outgoing), None, "not to a stranger");
        outgoing.files = true;
        let alone = say_recording::recording(&voice(), &outgoing).unwrap();
        let alone: minidom::Element =
            alone.replacen("<message", "<message xmlns='jabber:client'", 1).parse().unwrap();
        assert_eq!(alone.get_child("body", "jabber:client").unwrap().text(), url);
        let text = body(&voice(), &outgoing, Lang::Zh);
        assert_eq!(text.lines().nth(1), Some("语音留言"), "not twice: {text}");
        assert!(alone.has_child("file-sharing", ns::FILE_SHARING) && alone.has_child("x", ns::OOB));
        outgoing.carries = Carries::Revocation;
        assert_eq!(say_recording::recording(&voice(), &outgoing), None);
    }

    #[test]
    fn a_message_with_its_card_stays_below_8_kib_and_a_large_one_goes_without() {
        let picture = Thumbnail {
            hash: PictureHash([1; 32]),
            kind: Kind::Jpeg,
            size: 18_231,
            width: 640,
            height: 480,
            small: vec![0xff; MAX_SMALL],
        };
        for payload in (0..12_000).step_by(500) {
            let mut outgoing = outgoing(Some("For your table?"), 1, Some("Juliet"));
            outgoing.delay = Some(Millis(0));
            let it = Arc::get_mut(&mut outgoing.share).unwrap();
            it.picture = Some(Arc::new(picture.clone()));
            it.xml = format!("{}{}", it.xml, " ".repeat(payload)).into();
            let xml = share(&voice(), &outgoing);
            let has_card = payload <= 2_000;
            assert!(!has_card || xml.len() <= 8 * 1024, "{payload}: {}", xml.len());
            assert_eq!(xml.contains("<og:image>"), has_card, "{payload}: {}", xml.len());
            assert_eq!(xml.contains(ns::RDF), has_card, "{payload}: {}", xml.len());
        }
    }

    #[test]
    fn a_message_without_a_thumbnail_has_no_card() {
        assert!(!share(&voice(), &outgoing(None, 1, None)).contains(ns::RDF));
    }

    #[test]
    fn the_message_is_well_formed_and_complete() {
        let xml = share(&voice(), &outgoing(Some("<&>'\""), 1, Some("Juliet")));
        let message: minidom::Element =
            xml.replacen("<message", "<message xmlns='jabber:client'", 1).parse().unwrap();
        for (name, ns) in [
            ("share", ns::PRODUCT_SHARE),
            ("fallback", ns::FALLBACK),
            ("addresses", ns::ADDRESS),
            ("origin-id", ns::SID),
            ("request", ns::RECEIPTS),
            ("store", ns::HINTS),
            ("unstyled", ns::STYLING),
            ("nick", ns::NICK),
        ] {
            assert!(message.has_child(name, ns), "{name} in {xml}");
        }
        let id = message.attrs().iter().find(|((_, name), _)| name.as_str() == "id").unwrap().1;
        assert!(xml.contains(&format!("<origin-id xmlns='{}' id='{id}'/>", ns::SID)));
        assert!(message.get_child("body", "jabber:client").unwrap().text().contains("<&>'\""));
    }
}
