//! What any service answers: XEP-0092: Software Version, and XEP-0202: Entity Time. XEP-0199:
//! XMPP Ping has an empty answer.

use crate::{
    domain::clock::Millis,
    wire::{ns, xml::Writer},
};

/// Name and version; the operating system stays private.
#[must_use]
pub fn version() -> String {
    let mut xml = Writer::new();
    xml.open("query").attribute("xmlns", ns::VERSION).leaf("name", "Tradepost");
    xml.leaf("version", env!("CARGO_PKG_VERSION")).close("query");
    xml.finish()
}

/// The time, in UTC.
#[must_use]
pub fn time(now: Millis) -> String {
    let mut xml = Writer::new();
    xml.open("time").attribute("xmlns", ns::TIME).leaf("tzo", "+00:00");
    xml.leaf("utc", &now.to_string()).close("time");
    xml.finish()
}
