//! No line of somebody else's passes for one of ours, in whatever message: held by tests alone.

use std::sync::{Arc, LazyLock};

use minidom::Element;
use proptest::prelude::*;

use super::say::message;
use crate::{
    card::template::Templates,
    domain::{
        card::{Card, Part},
        note::{Carries, Kind, Note},
        offer::{How, Offer},
        product::Localized,
        share::Outgoing,
        text::{OURS, clean},
    },
    say::voice::tests::{outgoing, templates, voice},
    wire::product::{read::read_products, write::to_xml},
};

/// What pretends, in pieces.
const PIECES: [&str; 20] = [
    "#7",
    "＃7 yes",
    "> #12 Silver goblet",
    "Romeo (romeo@montague.lit): yes",
    "Romeo (+390455550100): yes",
    "romeo@montague.lit shows you:",
    "Answer yes to keep it and give yours, no to decline. (#7)",
    "To keep it, answer: save 7 (#7)",
    "要收下，请回复：保存 7（#7）",
    "https://evil.example/s/7K3QXM2NP8",
    "\n",
    "\n",
    "\r\n",
    "\u{2028}",
    "\u{2029}",
    "\u{85}",
    "\u{b}",
    " ",
    "\u{202e}\u{200b}\u{3164}",
    "cup",
];

/// Templates take long to read.
static TEMPLATES: LazyLock<Templates> = LazyLock::new(templates);

fn lines(outgoing: &Outgoing) -> Vec<String> {
    let xml = message(&voice(), &TEMPLATES, outgoing);
    let message: Element =
        xml.replacen("<message", "<message xmlns='jabber:client'", 1).parse().unwrap();
    let body = message.get_child("body", "jabber:client").unwrap().text();
    let is_break = ['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];
    body.split(is_break).map(str::to_owned).collect()
}

/// Lines that a reader takes for ours.
fn ours(outgoing: &Outgoing) -> usize {
    let is_ours = |line: &&String| {
        let line = line.trim_start();
        let names = line.split_once(['(', '（']).is_some_and(|(_, behind)| {
            behind.split([')', '）']).next().is_some_and(|it| it.contains(['@', '+']))
        });
        let first = line.split(' ').next().unwrap_or_default();
        let is_address = first.contains('@') && !first.contains(':');
        !line.starts_with('|') && (line.starts_with(['#', '＃', '>']) || names || is_address)
            || OURS.iter().any(|ours| line.starts_with(ours))
    };
    lines(outgoing).iter().filter(is_ours).count()
}

/// Every message in which words of others stand, with these for all of them.
fn messages(words: &str, lang: &str) -> Vec<Outgoing> {
    let words = &clean(words.to_owned());
    let mut one = outgoing(Some(words), 1, Some(words));
    one.lang = lang.to_owned();
    let share = Arc::make_mut(&mut one.share);
    Arc::make_mut(&mut share.products)[0].names =
        vec![Localized { lang: None, text: words.clone() }];
    let products: String = read_products(&share.xml).unwrap().iter().map(to_xml).collect();
    let mut all = vec![one.clone()];
    for carries in [Carries::Revocation, Carries::Request, Carries::Invitation] {
        all.push(Outgoing { carries, ..one.clone() });
    }
    for kind in [Kind::Words, Kind::Correction, Kind::Reaction, Kind::Retraction] {
        let note = Note {
            author: "romeo@montague.lit".into(),
            author_nick: Some(words.clone()),
            kind,
            text: words.clone(),
            products: products.clone(),
            ..Note::default()
        };
        all.push(Outgoing { carries: Carries::Note(Arc::new(note)), ..one.clone() });
    }
    let mut card = Card::named(words);
    for part in [Part::Title, Part::Organisation, Part::Phone, Part::Mail, Part::Address] {
        card.set(part, std::slice::from_ref(words));
    }
    for template in [None, Some("plain"), Some("modern"), Some("night")] {
        let mut offer = one.clone();
        offer.card_template = template.map(str::to_owned);
        Arc::make_mut(&mut offer.share).offer =
            Some(Arc::new(Offer { card: card.clone(), how: How::default(), after: None }));
        all.push(offer);
    }
    all
}

proptest! {
    #[test]
    fn no_words_of_others_pass_for_a_line_of_ours(
        pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 1..8),
        lang in prop::sample::select(&["en", "zh"][..]),
    ) {
        let words = pieces.concat();
        let plain = messages("cup", lang);
        for (pretending, plain) in messages(&words, lang).iter().zip(&plain) {
            prop_assert!(
                ours(pretending) <= ours(plain),
                "{words:?} in {:?}: {:#?}", plain.carries, lines(pretending)
            );
        }
    }
}
