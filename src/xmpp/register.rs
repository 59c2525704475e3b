//! XEP-0077: In-Band Registration.

use crate::{
    domain::lang::Lang,
    render::texts::Text,
    wire::{ns, xml::Writer},
};

/// The form: a name and the code of an invitation are asked for, and only if one wants to give
/// them. Both are there twice (XEP-0077 §4): the code only in the form, for the older fields have
/// none.
#[must_use]
pub fn form(registered: bool, nick: Option<&str>, lang: Lang) -> String {
    let mut xml = Writer::new();
    xml.open("query").attribute("xmlns", ns::REGISTER).attribute("xml:lang", lang.code());
    if registered {
        xml.open("registered").close("registered");
    }
    let text = Text::Register.in_lang(lang);
    let nick = nick.unwrap_or("");
    xml.leaf("instructions", &text);
    xml.open("nick").text(nick).close("nick");
    xml.open("x").attribute("xmlns", ns::DATA_FORMS).attribute("type", "form");
    xml.leaf("instructions", &text);
    field(&mut xml, "FORM_TYPE", "hidden", None, ns::REGISTER);
    let (name, code) = (Text::YourName.in_lang(lang), Text::CodeIfAny.in_lang(lang));
    field(&mut xml, "nick", "text-single", Some(&name), nick);
    field(&mut xml, "code", "text-single", Some(&code), "");
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
