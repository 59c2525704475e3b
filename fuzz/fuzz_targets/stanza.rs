//! What may leave is exactly one stanza to a framer, and well-formed to a parser.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tradepost::link::stream::{
    Stanza,
    framer::{Event, Framer},
};

fuzz_target!(|xml: &[u8]| {
    let Ok(stanza) = Stanza::new(xml.to_vec(), "share.example") else { return };
    let mut framer = Framer::default();
    framer.push(b"<stream:stream>");
    framer.push(stanza.bytes());
    assert!(matches!(framer.next(), Ok(Some(Event::Header(_)))));
    assert_eq!(framer.next(), Ok(Some(Event::Stanza(stanza.bytes().clone()))));
    assert_eq!(framer.next(), Ok(None));
    // The check does not know which prefixes are declared, nor what may follow `xmlns`; what
    // writes our stanzas does. A carriage return alone is XML (XML 1.0 §2.11), but not to rxml.
    if !xml.iter().any(|b| matches!(b, b':' | b'\r')) && memmem(xml, b"xmlns").is_none() {
        let namespace = Some("jabber:client".to_owned());
        minidom::Element::from_reader_with_prefixes(xml, namespace).expect("well-formed");
    }
});

fn memmem(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}
