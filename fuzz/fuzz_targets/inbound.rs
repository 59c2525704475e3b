//! Any stanza that the framer lets through is understood or passed over.
#![no_main]

use jid::BareJid;
use libfuzzer_sys::fuzz_target;
use minidom::Element;
use tradepost::{
    component::inbound::{Addresses, Inbound},
    link::stream::framer::{Event, Framer},
};

fuzz_target!(|xml: &[u8]| {
    let mut framer = Framer::default();
    framer.push(b"<stream:stream>");
    framer.push(xml);
    let _ = framer.next();
    let ours = Addresses {
        domain: BareJid::new("share.example").expect("a domain"),
        contact: BareJid::new("share@share.example").expect("an address"),
    };
    while let Ok(Some(event)) = framer.next() {
        let Event::Stanza(xml) = event else { continue };
        let namespace = Some("jabber:client".to_owned());
        if let Ok(element) = Element::from_reader_with_prefixes(&xml[..], namespace) {
            let _ = Inbound::parse(&element, &ours);
        }
    }
});
