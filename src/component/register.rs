//! XEP-0077: In-Band Registration. What it asks for are fields of the table of commands
//! ([`crate::chat::register`]).

use std::collections::BTreeMap;

use minidom::Element;

use crate::{
    chat::register::{FormField, Values},
    domain::lang::Lang,
    say::texts::Text,
    wire::{ns, xml::Writer},
};

/// The fields that are there as elements too, for clients without forms (XEP-0077 §3.1).
const PLAIN: [&str; 3] = ["nick", "phone", "email"];

/// The form, filled with what is known. What stands in it and among the elements is the same
/// (XEP-0077 §4).
#[must_use]
pub fn form(is_registered: bool, asked: &[FormField], lang: Lang) -> String {
    let mut xml = Writer::new();
    xml.open("query").attribute("xmlns", ns::REGISTER).attribute("xml:lang", lang.code());
    if is_registered {
        xml.open("registered").close("registered");
    }
    let text = Text::Register.in_lang(lang);
    xml.leaf("instructions", &text);
    for it in asked.iter().filter(|it| PLAIN.contains(&it.var)) {
        xml.open(it.var).text(it.value.as_deref().unwrap_or("")).close(it.var);
    }
    xml.open("x").attribute("xmlns", ns::DATA_FORMS).attribute("type", "form");
    xml.leaf("instructions", &text);
    xml.open("field").attribute("var", "FORM_TYPE").attribute("type", "hidden");
    xml.leaf("value", ns::REGISTER).close("field");
    for it in asked {
        let options = it.field.kind.options(lang);
        let kind = if options.is_empty() { "text-single" } else { "list-single" };
        xml.open("field").attribute("var", it.var).attribute("type", kind);
        xml.attribute("label", it.field.label.in_lang(lang));
        xml.leaf("desc", it.field.hint.in_lang(lang));
        if let Some(value) = &it.value {
            xml.leaf("value", value);
        }
        for (value, label) in options {
            xml.open("option").attribute("label", &label).leaf("value", &value).close("option");
        }
        xml.close("field");
    }
    xml.close("x").close("query");
    xml.finish()
}

/// What somebody filled in, by the field's name: in the form, or in the elements. What is in the
/// form wins (XEP-0077 §4). What is empty was not given.
#[must_use]
pub fn given(query: &Element) -> Values {
    let mut given = BTreeMap::new();
    let plain = query.children().filter(|it| it.ns() == ns::REGISTER);
    for it in plain {
        given.insert(it.name().to_owned(), it.text());
    }
    let form = query.get_child("x", ns::DATA_FORMS);
    for field in form.into_iter().flat_map(Element::children) {
        let value = field.get_child("value", ns::DATA_FORMS).map(Element::text);
        if let (Some(var), Some(value)) = (field.attr("var"), value) {
            given.insert(var.to_owned(), value);
        }
    }
    given.retain(|_, value| !value.trim().is_empty());
    given
}
