//! Whatever passes the check of the wire types reads back as it was written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use minidom::Element;
use tradepost::{
    domain::product::Product,
    link::stream::framer::{Event, Framer},
    wire::{
        check::{Item, Limits},
        product::{read::read_products, write::to_xml},
        share,
    },
};

fn read_back(product: Product) {
    let xml = to_xml(&product);
    assert_eq!(read_products(&xml), Some(vec![product]), "{xml}");
}

fuzz_target!(|xml: &[u8]| {
    // As in life: only what the framer cuts reaches a parser, so never more than 256 levels.
    let mut framer = Framer::default();
    framer.push(b"<stream:stream>");
    framer.push(xml);
    let _ = framer.next();
    let Ok(Some(Event::Stanza(xml))) = framer.next() else { return };
    let Ok(element) = Element::from_reader(&xml[..]) else { return };

    if let Ok(Ok(request)) =
        share::Send::try_from(element.clone()).map(|send| send.check(&Limits::default()))
    {
        for item in request.items {
            if let Item::Product(product) = item {
                read_back(*product);
            }
        }
    }
    if let Ok(Ok(shown)) =
        share::Share::try_from(element.clone()).map(|share| share.check(&Limits::default()))
    {
        shown.products.into_iter().for_each(read_back);
    }
    if let Ok(lookup) = share::Lookup::try_from(element.clone()) {
        let _ = lookup.check();
    }
    let _ = share::Comment::try_from(element.clone());
    let _ = share::Revoke::try_from(element.clone());
    let _ = share::Status::try_from(element.clone());
    let _ = share::Invite::try_from(element);
});
