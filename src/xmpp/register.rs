//! XEP-0077: In-Band Registration.

use crate::wire::{ns, xml::Writer};

/// The form: a name and the code of an invitation are asked for, and only if one wants to give
/// them. Both are there twice (XEP-0077 §4): the code only in the form, for the older fields have
/// none.
#[must_use]
pub fn form(registered: bool, nick: Option<&str>) -> String {
    const TEXT: &str =
        "Register to send shares and to be sent some. The name is shown to those you send to.";
    let nick = nick.unwrap_or("");
    let mut xml = Writer::new();
    xml.open("query").attribute("xmlns", ns::REGISTER);
    if registered {
        xml.open("registered").close("registered");
    }
    xml.leaf("instructions", TEXT);
    xml.open("nick").text(nick).close("nick");
    xml.open("x").attribute("xmlns", ns::DATA_FORMS).attribute("type", "form");
    xml.leaf("instructions", TEXT);
    field(&mut xml, "FORM_TYPE", "hidden", None, ns::REGISTER);
    field(&mut xml, "nick", "text-single", Some("Your name"), nick);
    field(&mut xml, "code", "text-single", Some("Code of an invitation, if you have one"), "");
    xml.close("x").close("query");
    xml.finish()
}

fn field(xml: &mut Writer, var: &str, kind: &str, label: Option<&str>, value: &str) {
    xml.open("field").attribute("var", var).attribute("type", kind).maybe("label", label);
    if !value.is_empty() {
        xml.leaf("value", value);
    }
    xml.close("field");
}
