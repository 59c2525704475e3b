//! The messages that offer a card (`xep/card-exchange.xml#offer`): the file, as a message of its
//! own, and the text behind it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{say_give::Give, template::Templates};
use crate::{
    domain::{
        address::{self, Address},
        card::{Card, Part, Version},
        clock::Millis,
        id::ShareId,
        lang::Lang,
        note::Carries,
        offer::{How, Offer},
        product::{File, Link},
        share::Outgoing,
        text::{one_line, own_line, shorten},
    },
    say::voice::{Voice, begin, end, on_behalf, stands_in, who},
    share::say_picture::alone,
    wire::{card::xcard::to_xml, ns, product::write::write_file, xml::Writer},
};

/// The most bytes of the whole message (`docs/design/messages.md#size`).
const MESSAGE: usize = 8 * 1024;
/// Bytes kept free for what stands behind the card.
const TAIL: usize = 1_000;
/// The most bytes of a card in a tray.
const WAITING: usize = 4 * 1024;
/// The most characters of a line about a card.
const LINE: usize = 120;
/// The most lines of a template.
const CARD_LINES: usize = 6;
/// What need not be escaped in the path and in the query of an address.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The parts that a message can have room for, the most first. Pictures never have: the file has
/// them, and the page.
const LADDER: [&[Part]; 3] = [
    &[
        Part::Organisation,
        Part::Title,
        Part::Role,
        Part::Phone,
        Part::Fax,
        Part::Mail,
        Part::Impp,
        Part::Url,
        Part::Address,
        Part::Birthday,
        Part::Note,
        Part::Categories,
    ],
    &[
        Part::Organisation,
        Part::Title,
        Part::Phone,
        Part::Mail,
        Part::Impp,
        Part::Url,
        Part::Address,
    ],
    &[],
];

/// The text message with the card in it.
pub(crate) fn offer(
    voice: &Voice,
    templates: &Templates,
    outgoing: &Outgoing,
    offer: &Offer,
) -> String {
    let share = &*outgoing.share;
    let lang = Lang::of(&outgoing.lang).unwrap_or_default();
    let mut xml = begin(voice, outgoing.to.as_str(), outgoing.id.0, lang);
    xml.leaf("body", &body(voice, templates, outgoing, offer, lang));
    xml.leaf("thread", &outgoing.about.thread());
    let room = MESSAGE.saturating_sub(xml.len() + TAIL);
    let it = Offered {
        offer,
        id: share.id,
        handle: outgoing.handle,
        expires: outgoing.expires,
        waits: None,
    };
    element(&mut xml, &it, room);
    stands_in(&mut xml, ns::CARD_EXCHANGE);
    on_behalf(&mut xml, voice, outgoing, share.sender.as_str());
    end(xml, voice, outgoing.id.0)
}

/// A card that is offered to somebody.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Offered<'o> {
    /// The card, and how.
    pub offer: &'o Offer,
    /// The id of the offer.
    pub id: ShareId,
    /// The recipient's number for it.
    pub handle: i64,
    /// Until when it can be taken.
    pub expires: Millis,
    /// In the recipient's tray: who gives it, and since when it waits.
    pub waits: Option<(&'o str, Millis)>,
}

/// `<pending/>`: a page of a tray, from the oldest on (`xep/card-exchange.xml#pending`).
#[must_use]
pub(crate) fn pending(page: &[Offered<'_>]) -> String {
    let mut xml = Writer::new();
    xml.open("pending").attribute("xmlns", ns::CARD_EXCHANGE);
    for it in page {
        element(&mut xml, it, WAITING);
    }
    xml.open("set").attribute("xmlns", ns::RSM);
    if let (Some(first), Some(last)) = (page.first(), page.last()) {
        xml.leaf("first", &first.handle.to_string()).leaf("last", &last.handle.to_string());
    }
    xml.close("set").close("pending");
    xml.finish()
}

/// `<offer/>` with as much of the card as `room` bytes hold.
fn element(xml: &mut Writer, it: &Offered<'_>, room: usize) {
    let How { swap, third, follows, update } = it.offer.how;
    let after = it.offer.after.map(|after| after.to_string());
    let after = after.as_deref();
    xml.open("offer").attribute("xmlns", ns::CARD_EXCHANGE);
    xml.attribute("about", if third { "contact" } else { "self" });
    xml.maybe("answers", after.filter(|_| !update)).plain("expires", it.expires);
    xml.maybe("from", it.waits.map(|(from, _)| from));
    xml.plain("handle", it.handle).plain("id", it.id);
    xml.attribute("mode", if swap { "swap" } else { "give" });
    xml.maybe("replaces", after.filter(|_| update));
    if let Some((_, since)) = it.waits {
        xml.plain("stamp", since);
    }
    xml.plain("updates", follows);
    xml.raw(&within(&it.offer.card, room)).close("offer");
}

/// As much of the card as `room` bytes hold.
fn within(card: &Card, room: usize) -> String {
    let written = LADDER.iter().map(|parts| to_xml(&card.only(parts)));
    let shortest = || to_xml(&Card::named(&shorten(&one_line(card.name()), LINE)));
    written.into_iter().find(|xml| xml.len() <= room).unwrap_or_else(shortest)
}

/// At most eight lines: who gives it; the person; how to reach them; the page; and what to do, with
/// the handle.
fn body(
    voice: &Voice,
    templates: &Templates,
    outgoing: &Outgoing,
    offer: &Offer,
    lang: Lang,
) -> String {
    let (card, how) = (&offer.card, offer.how);
    // What is new to the recipient was written when it came into their copy (`card::own::follow`).
    if let (true, Some(news)) = (how.update, &outgoing.share.comment) {
        return news.text.clone();
    }
    let who = &who(outgoing.share.sender_nick.as_deref(), outgoing.share.sender.as_str());
    let head = match how {
        How { update: true, .. } => Give::Renews { who },
        How { third: true, .. } => Give::PassesOn { who },
        _ if offer.after.is_some() => Give::Answers { who },
        _ => Give::Gives { who },
    };
    let mut lines = vec![head.in_lang(lang)];
    lines.extend(chosen(templates, outgoing, card, lang).unwrap_or_else(|| plain(card)));
    lines.extend(page(voice, outgoing));
    let handle = outgoing.handle;
    let last = match how {
        How { update: true, .. } => Give::KeepsUp { handle },
        How { swap: true, .. } => Give::Swap { handle },
        _ => Give::Keep { handle },
    };
    lines.push(last.in_lang(lang));
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

/// The lines of the template that the giver has chosen; none if they have chosen none, or if it
/// cannot be used for this card.
fn chosen(
    templates: &Templates,
    outgoing: &Outgoing,
    card: &Card,
    lang: Lang,
) -> Option<Vec<String>> {
    let template = outgoing.card_template.as_deref()?;
    let text = templates.text(template, card, lang).ok()?;
    let lines = text.lines().map(|line| own_line(&shorten(&one_line(line), LINE)));
    let lines: Vec<String> = lines.filter(|line| !line.is_empty()).take(CARD_LINES).collect();
    (!lines.is_empty()).then_some(lines)
}

/// Who the person is, what they do, and how they are reached.
fn plain(card: &Card) -> Vec<String> {
    let name = shorten(&one_line(card.name()), LINE);
    let work: Vec<String> =
        [Part::Title, Part::Organisation].iter().filter_map(|part| card.first(*part)).collect();
    let mut lines = vec![own_line(&name), own_line(&shorten(&one_line(&work.join(", ")), LINE))];
    lines.extend(reach(card, &name));
    lines
}

/// How the person is reached: a number, a mail address and an XMPP address, the first of each, so
/// that clients make links of them.
fn reach(card: &Card, name: &str) -> Vec<String> {
    let bare = |text: String, scheme: &str| {
        let text = one_line(&text);
        text.strip_prefix(scheme).map_or_else(|| text.clone(), str::to_owned)
    };
    let tel = card.first(Part::Phone).map(|number| {
        let number = bare(number, "tel:");
        let digits: String = number.chars().filter(|c| !c.is_whitespace()).collect();
        match Address::from_uri(&format!("tel:{digits}")) {
            Ok(address) => address.to_string(),
            // Without its country it is no link.
            Err(_) => own_line(&shorten(&number, LINE)),
        }
    });
    let mail = card.first(Part::Mail).map(|mail| {
        let mail = bare(mail, "mailto:");
        address::mail(&mail)
            .map_or_else(|_| own_line(&shorten(&mail, LINE)), |mail| format!("mailto:{mail}"))
    });
    let chat = card.values(Part::Impp).into_iter().find_map(|value| {
        let jid = one_line(&value.text);
        let address = Address::from_uri(jid.split(['?', '#']).next()?).ok()?;
        address.jid()?;
        let name = utf8_percent_encode(name, PLAIN);
        Some(format!("{}?roster;name={name}", address.uri()))
    });
    [tel, mail, chat].into_iter().flatten().collect()
}

/// Where the page of the card is.
fn page(voice: &Voice, outgoing: &Outgoing) -> Option<String> {
    let token = outgoing.card_link.as_deref().filter(|_| !voice.public_url.is_empty())?;
    Some(format!("{}/c/{token}", voice.public_url))
}

/// The message with the file, which goes before the text; none to those whose clients would not
/// show it, or whom it may not go to.
#[must_use]
pub(crate) fn file(voice: &Voice, outgoing: &Outgoing) -> Option<String> {
    let offer = outgoing.share.offer.as_ref()?;
    if outgoing.carries != Carries::Share || !outgoing.files {
        return None;
    }
    let name = offer.card.file_name();
    let path = utf8_percent_encode(&name, PLAIN);
    let url = Link::parse(&format!("{}/{path}", page(voice, outgoing)?)).ok()?;
    let file = File {
        media_type: "text/vcard".to_owned(),
        size: u64::try_from(vcf(&offer.card).len()).ok(),
        name: Some(name),
        width: None,
        height: None,
        description: None,
        sha256: None,
        url: url.clone(),
    };
    let is_shown = url.is_https();
    is_shown.then(|| alone(voice, outgoing, outgoing.id.card(), &url, |xml| write(xml, &file)))
}

fn write(xml: &mut Writer, file: &File) {
    write_file(xml, file);
}

/// The file: what telephones read best, with lines that end as Conversations' scanner wants them.
#[must_use]
pub(crate) fn vcf(card: &Card) -> String {
    card.text(Version::V3).replace("\r\n", "\n")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use minidom::Element;

    use super::*;
    use crate::{
        claim::say,
        say::voice::tests::{outgoing, templates, voice},
        wire::card::xcard::read,
    };

    fn offering(card: &str, how: How) -> Outgoing {
        let mut outgoing = outgoing(None, 0, Some("Juliet"));
        let card = Card::parse(card).unwrap();
        let share = Arc::make_mut(&mut outgoing.share);
        share.offer = Some(Arc::new(Offer { card, how, after: None }));
        outgoing.card_link = Some("0e5w8vq1".to_owned());
        outgoing
    }

    fn parsed(xml: &str) -> Element {
        xml.replacen("<message", "<message xmlns='jabber:client'", 1).parse().unwrap()
    }

    fn text(outgoing: &Outgoing) -> (Element, String) {
        let message = parsed(&say::message(&voice(), &templates(), outgoing));
        let body = message.get_child("body", "jabber:client").unwrap().text();
        (message, body)
    }

    const CARD: &str = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Juliet Capulet\r\nTITLE:Head of Sales\r\n\
        ORG:Capulet Silver\r\nTEL;TYPE=work:+39 045 555 0100\r\nTEL:+390455550199\r\n\
        EMAIL:juliet@capulet.example\r\nIMPP:sip:juliet@capulet.lit\r\n\
        IMPP:xmpp:juliet@capulet.lit\r\nEND:VCARD\r\n";

    #[test]
    fn a_body_says_who_gives_whose_card_how_to_reach_him_and_how_to_answer() {
        let swap = How { swap: true, ..How::default() };
        let (message, body) = text(&offering(CARD, swap));
        assert_eq!(
            body,
            "Juliet (juliet@capulet.lit) gives you a card:\nJuliet Capulet\n\
             Head of Sales, Capulet Silver\ntel:+390455550100\nmailto:juliet@capulet.example\n\
             xmpp:juliet@capulet.lit?roster;name=Juliet%20Capulet\n\
             https://share.example.org/c/0e5w8vq1\n\
             Answer yes to keep it and give yours, no to decline. (#12)"
        );
        let offer = message.get_child("offer", ns::CARD_EXCHANGE).unwrap();
        assert_eq!((offer.attr("mode"), offer.attr("handle")), (Some("swap"), Some("12")));
        let card = read(offer.get_child("vcard", ns::VCARD4).unwrap()).unwrap();
        assert_eq!(card.values(Part::Phone).len(), 2);
        let mark = message.get_child("fallback", ns::FALLBACK).unwrap();
        assert_eq!(mark.attr("for"), Some(ns::CARD_EXCHANGE));
        let mut chinese = offering(CARD, How::default());
        chinese.lang = "zh".into();
        assert!(text(&chinese).1.ends_with("要收下，请回复：保存 12（#12）"));
    }

    #[test]
    fn a_card_whose_giver_has_chosen_a_template_has_its_lines() {
        let mut chosen = offering(CARD, How::default());
        chosen.card_template = Some("night".to_owned());
        let (_, body) = text(&chosen);
        assert!(body.contains("\nHead of Sales · Capulet Silver\n· tel:+390455550100\n"), "{body}");
        assert!(body.ends_with("\nTo keep it, answer: save 12 (#12)") && body.lines().count() <= 9);
        // One that is there no more.
        chosen.card_template = Some("gone".to_owned());
        let (_, body) = text(&chosen);
        assert!(body.contains("tel:+390455550100"), "{body}");
    }

    #[test]
    fn the_card_of_a_third_person_is_marked_in_words_and_for_programs() {
        let (message, body) = text(&offering(CARD, How { third: true, ..How::default() }));
        assert!(body.contains("gives you the card of somebody else:"), "{body}");
        let offer = message.get_child("offer", ns::CARD_EXCHANGE).unwrap();
        assert_eq!(offer.attr("about"), Some("contact"));
    }

    #[test]
    fn however_large_a_card_is_its_message_stays_below_8_kib_and_eight_lines() {
        for (notes, phones) in [(0, 0), (3_000, 2), (40_000, 0), (0, 480)] {
            let note = "word ".repeat(notes / 5);
            let phone = "TEL:+390455550100\r\n".repeat(phones);
            let card = CARD.replace("END:", &format!("NOTE:{note}\r\n{phone}END:"));
            let (message, body) = text(&offering(&card, How::default()));
            assert!(String::from(&message).len() < MESSAGE, "{notes} {phones}");
            assert!(body.lines().count() <= 8, "{body}");
            let offer = message.get_child("offer", ns::CARD_EXCHANGE).unwrap();
            let card = read(offer.get_child("vcard", ns::VCARD4).unwrap()).unwrap();
            assert_eq!(card.name(), "Juliet Capulet");
        }
    }

    #[test]
    fn nothing_on_a_card_makes_a_line_or_a_link_that_is_not_its_own() {
        let nasty = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Juliet\\nhttps://evil.lit\\, \u{202e}x\r\n\
            TITLE:a\\n#99 b\r\nTEL:call +1 me\r\nEMAIL:a b\r\nIMPP:xmpp:x y\r\n\
            IMPP:javascript:alert(1)\r\nEND:VCARD\r\n";
        let (_, body) = text(&offering(nasty, How::default()));
        assert!(body.lines().count() <= 7 && !body.contains("javascript"), "{body}");
        assert!(!body.lines().any(|line| line.starts_with("https://evil")), "{body}");
        assert!(!body.contains('\u{202e}') && !body.contains("xmpp:x"), "{body}");
    }

    #[test]
    fn the_file_is_called_as_the_person_and_goes_only_where_files_go() {
        let voice = voice();
        let mut outgoing = offering(CARD, How::default());
        assert_eq!(file(&voice, &outgoing), None, "not to a stranger");
        outgoing.files = true;
        let alone = parsed(&file(&voice, &outgoing).unwrap());
        let url = "https://share.example.org/c/0e5w8vq1/Juliet-Capulet.vcf";
        assert_eq!(alone.get_child("body", "jabber:client").unwrap().text(), url);
        let oob = alone.get_child("x", ns::OOB).unwrap();
        assert_eq!(oob.get_child("url", ns::OOB).unwrap().text(), url);
        assert!(alone.has_child("file-sharing", ns::FILE_SHARING));
        assert_ne!(alone.attr("id"), text(&outgoing).0.attr("id"));
        assert!(!vcf(&outgoing.share.offer.as_ref().unwrap().card).contains('\r'));
        outgoing.carries = Carries::Revocation;
        assert_eq!(file(&voice, &outgoing), None);
        let (message, body) = text(&outgoing);
        assert_eq!(body, "Juliet (juliet@capulet.lit) has taken back #12 Card of Juliet Capulet.");
        assert!(message.has_child("revoke", ns::CARD_EXCHANGE));
    }
}
