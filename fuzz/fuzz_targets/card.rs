//! Whatever is read as a card is written so that it reads back as itself, and no value makes a
//! line of its own.
#![no_main]

use libfuzzer_sys::fuzz_target;
use minidom::Element;
use tradepost::{
    domain::card::{Card, Version},
    wire::card::{vcard_temp, xcard},
};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(element) = Element::from_reader(bytes) {
        let _ = vcard_temp::read(&element);
        if let Ok(card) = xcard::read(&element) {
            holds(&card);
        }
    }
    if let Ok((card, _)) = Card::read_file(bytes) {
        holds(&card);
    }
});

fn holds(card: &Card) {
    for version in [Version::V3, Version::V4] {
        let text = card.text(version);
        assert!(Card::parse(&text).as_ref() == Ok(card), "{text}");
        let lines = text.replace("\r\n ", "").split_terminator("\r\n").count();
        assert_eq!(lines, card.properties().len() + 3, "{text}");
    }
    let xml = xcard::to_xml(card);
    let element: Element = xml.parse().expect("what is written is XML");
    assert!(xcard::read(&element).is_ok(), "{xml}");
}
