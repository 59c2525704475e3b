//! XEP-0077: In-Band Registration.

use crate::{
    domain::lang::Lang,
    render::texts::Text,
    wire::{ns, xml::Writer},
};

/// The form: only a name is asked for, and only if one wants to give it.
#[must_use]
pub fn form(registered: bool, nick: Option<&str>, lang: Lang) -> String {
    let mut xml = Writer::new();
    xml.open("query").attribute("xmlns", ns::REGISTER).attribute("xml:lang", lang.code());
    if registered {
        xml.open("registered").close("registered");
    }
    xml.leaf("instructions", &Text::Register.in_lang(lang));
    xml.open("nick").text(nick.unwrap_or("")).close("nick").close("query");
    xml.finish()
}
