//! jCard (RFC 7095): cards as JSON, for whoever takes them out of the address book.

use serde_json::{Map, Value, json};

use crate::domain::card::{Card, Form, Property, escaped, long_date, long_offset, unescape};

/// The media type of it (RFC 7095 §11.2 as registered).
pub const JCARD: &str = "application/vcard+json";

/// One card.
#[must_use]
pub fn jcard(card: &Card) -> Value {
    let version = json!(["version", {}, "text", "4.0"]);
    let properties = card.properties().iter().map(property);
    let all: Vec<Value> = std::iter::once(version).chain(properties).collect();
    json!(["vcard", all])
}

/// Several cards, in an array around them, which RFC 7095 leaves to whoever needs it.
#[must_use]
pub fn jcards<'a>(cards: impl Iterator<Item = &'a Card>) -> Value {
    Value::Array(cards.map(jcard).collect())
}

fn property(property: &Property) -> Value {
    let mut params = Map::new();
    if let Some(group) = property.group() {
        params.insert("group".to_owned(), json!(group.to_ascii_lowercase()));
    }
    for (name, values) in property.params().filter(|(name, _)| *name != "VALUE") {
        let value = match values {
            [one] => json!(one),
            many => json!(many),
        };
        params.insert(name.to_ascii_lowercase(), value);
    }
    let (kind, values) = typed(property);
    let name = property.name().to_ascii_lowercase();
    let mut all = vec![json!(name), Value::Object(params), json!(kind)];
    all.extend(values);
    Value::Array(all)
}

/// What the value is (RFC 7095 §3.4), and the value; of a list, each of its texts.
fn typed(property: &Property) -> (&str, Vec<Value>) {
    let text = property.only();
    let one = |kind, text: &str| (kind, vec![json!(text)]);
    match property.form() {
        Form::Text if property.name() == "UID" && text.starts_with("urn:") => one("uri", text),
        Form::Text => one("text", text),
        Form::List => ("text", property.value().iter().flatten().map(|text| json!(text)).collect()),
        Form::Parts => {
            let part = |texts: &Vec<String>| match texts.as_slice() {
                [one] => json!(one),
                many => json!(many),
            };
            let mut parts: Vec<Value> = property.value().iter().map(part).collect();
            // A component alone is a plain value (§3.3.1.3).
            let value = if parts.len() == 1 { parts.remove(0) } else { Value::Array(parts) };
            ("text", vec![value])
        }
        Form::Uri => one("uri", text),
        Form::Date => one("date-and-or-time", &long_date(text)),
        Form::Moment => one("timestamp", &long_date(text)),
        Form::Offset => one("utc-offset", &long_offset(text)),
        Form::Language => one("language-tag", text),
        Form::Raw => match property.param("VALUE").first().map(String::as_str) {
            Some("text") if escaped(&unescape(text)) == text => one("text", &unescape(text)),
            Some("text") | None => one("unknown", text),
            Some(said) => (said, vec![json!(text)]),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_json_by_its_types() {
        let card = Card::parse(
            "BEGIN:VCARD\nVERSION:4.0\nFN:Juliet Capulet\nN:Capulet;Juliet;Maria,Anna;;\nITEM1.TEL;TYPE=work,cell;\
             PREF=1:+39 045\nBDAY:--0412\nREV:20261121T180000Z\nTZ;VALUE=utc-offset:+0100\nORG:Capulet\n\
             CATEGORIES:a,b\nX-A:a\\,b\nURL:https://capulet.lit/\nLANG:it\nUID:urn:uuid:1\nEND:VCARD",
        )
        .unwrap();
        assert_eq!(
            jcard(&card),
            json!(["vcard", [
                ["version", {}, "text", "4.0"],
                ["fn", {}, "text", "Juliet Capulet"],
                ["n", {}, "text", ["Capulet", "Juliet", ["Maria", "Anna"], "", ""]],
                ["tel", {"group": "item1", "pref": "1", "type": ["work", "cell"]}, "text", "+39 045"],
                ["bday", {}, "date-and-or-time", "--04-12"],
                ["rev", {}, "timestamp", "2026-11-21T18:00:00Z"],
                ["tz", {}, "utc-offset", "+01:00"],
                ["org", {}, "text", "Capulet"],
                ["categories", {}, "text", "a", "b"],
                ["x-a", {}, "unknown", "a\\,b"],
                ["url", {}, "uri", "https://capulet.lit/"],
                ["lang", {}, "language-tag", "it"],
                ["uid", {}, "uri", "urn:uuid:1"],
            ]])
        );
        assert_eq!(jcards([&card, &card].into_iter()).as_array().map(Vec::len), Some(2));
    }
}
