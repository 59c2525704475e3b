//! XEP-0077: In-Band Registration.

use crate::wire::{ns, xml::Writer};

/// The form: only a name is asked for, and only if one wants to give it.
#[must_use]
pub fn form(registered: bool, nick: Option<&str>) -> String {
    let mut xml = Writer::new();
    xml.open("query").attribute("xmlns", ns::REGISTER);
    if registered {
        xml.open("registered").close("registered");
    }
    xml.leaf(
        "instructions",
        "Register to send shares and to be sent some. The name is shown to those you send to.",
    );
    xml.open("nick").text(nick.unwrap_or("")).close("nick").close("query");
    xml.finish()
}
