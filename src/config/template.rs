//! What a gateway is sent, with places for number and text. A body is read when the configuration
//! is, as JSON or as a form, and only values in it are filled: whatever the text holds, it is
//! written as JSON or a form is, and cannot become anything else.

use std::{borrow::Cow, fmt};

use serde::{Serialize, Serializer};
use serde_json::Value;
use url::form_urlencoded;

/// What places can be filled with.
const PLACES: [&str; 5] = ["to", "digits", "text", "id", "secret"];

/// What is put into the places.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// `{to}`: `+390455550100`; `{digits}` is the same without its `+`.
    pub to: &'a str,
    /// `{text}`
    pub text: &'a str,
    /// `{id}`: the same for a second attempt.
    pub id: &'a str,
    /// `{secret}`
    pub secret: &'a str,
}

impl Words<'_> {
    /// `template` with its places filled. What is put in is not looked at again.
    #[must_use]
    pub fn fill(&self, template: &str) -> String {
        pieces(template)
            .map(|piece| piece.map_or_else(|text| text, |name| self.get(name)))
            .collect()
    }

    fn get(&self, name: &str) -> &str {
        match name {
            "to" => self.to,
            "digits" => self.to.trim_start_matches('+'),
            "text" => self.text,
            "id" => self.id,
            "secret" => self.secret,
            _ => "",
        }
    }
}

/// The parts of a template: text (`Err`) and names of places (`Ok`).
fn pieces(mut rest: &str) -> impl Iterator<Item = Result<&str, &str>> {
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some((name, tail)) = place(rest) {
            rest = tail;
            return Some(Ok(name));
        }
        // Up to the next brace behind the first character.
        let at =
            rest.char_indices().skip(1).find(|(_, c)| *c == '{').map_or(rest.len(), |(at, _)| at);
        let (text, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
        rest = tail;
        Some(Err(text))
    })
}

/// The place that `text` begins with: small letters in braces.
fn place(text: &str) -> Option<(&str, &str)> {
    let (name, tail) = text.strip_prefix('{')?.split_once('}')?;
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase());
    is_name.then_some((name, tail))
}

/// Says which place of `template` is none that we know.
pub(super) fn known(template: &str) -> Result<(), String> {
    let strange = pieces(template).filter_map(Result::ok).find(|name| !PLACES.contains(name));
    strange
        .map_or(Ok(()), |name| Err(format!("{{{name}}} is not one of {{{}}}", PLACES.join("}, {"))))
}

/// What a gateway is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// As the operator wrote it.
    written: String,
    form: BodyForm,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum BodyForm {
    /// JSON; its strings have places.
    Json(Value),
    /// Names and values; the values have places.
    Pairs(Vec<(String, String)>),
}

impl Body {
    /// Reads `{"to": "{to}", "text": "{text}"}` or `to={to}&text={text}`.
    pub(super) fn parse(text: String) -> Result<Self, String> {
        let trimmed = text.trim();
        if trimmed.starts_with(['{', '[']) {
            let value = serde_json::from_str(trimmed)
                .map_err(|error| format!("it begins like JSON and is none: {error}"))?;
            strings(&value, &mut known)?;
            return Ok(Self { form: BodyForm::Json(value), written: text });
        }
        let pairs: Vec<(String, String)> = form_urlencoded::parse(trimmed.as_bytes())
            .map(|(name, value)| (Cow::into_owned(name), Cow::into_owned(value)))
            .collect();
        if pairs.is_empty() {
            return Err("is empty".into());
        }
        pairs.iter().try_for_each(|(_, value)| known(value))?;
        Ok(Self { form: BodyForm::Pairs(pairs), written: text })
    }

    /// With its places filled.
    #[must_use]
    pub fn fill(&self, words: &Words<'_>) -> String {
        match &self.form {
            BodyForm::Json(value) => {
                let mut value = value.clone();
                fill_value(&mut value, words);
                value.to_string()
            }
            BodyForm::Pairs(pairs) => {
                let mut form = form_urlencoded::Serializer::new(String::new());
                for (name, value) in pairs {
                    form.append_pair(name, &words.fill(value));
                }
                form.finish()
            }
        }
    }

    /// What it is.
    #[must_use]
    pub fn media_type(&self) -> &'static str {
        match self.form {
            BodyForm::Json(_) => "application/json",
            BodyForm::Pairs(_) => "application/x-www-form-urlencoded",
        }
    }
}

fn strings(
    value: &Value,
    check: &mut impl FnMut(&str) -> Result<(), String>,
) -> Result<(), String> {
    match value {
        Value::String(text) => check(text),
        Value::Array(values) => values.iter().try_for_each(|value| strings(value, check)),
        Value::Object(values) => values.values().try_for_each(|value| strings(value, check)),
        _ => Ok(()),
    }
}

fn fill_value(value: &mut Value, words: &Words<'_>) {
    match value {
        Value::String(text) => *text = words.fill(text),
        Value::Array(values) => values.iter_mut().for_each(|value| fill_value(value, words)),
        Value::Object(values) => values.values_mut().for_each(|value| fill_value(value, words)),
        _ => {}
    }
}

impl fmt::Display for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl Serialize for Body {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: Words<'_> =
        Words { to: "+39045", text: "\"},{text}&a=b\n{secret}", id: "7", secret: "s" };

    #[test]
    fn whatever_the_text_holds_the_body_keeps_its_form() {
        let body = Body::parse(r#"{"a":["{to}","{digits}"],"t":"<{text}>","n":1}"#.into()).unwrap();
        let filled: Value = serde_json::from_str(&body.fill(&WORDS)).unwrap();
        assert_eq!(filled["a"], serde_json::json!(["+39045", "39045"]));
        assert_eq!(filled["t"], "<\"},{text}&a=b\n{secret}>");
        assert_eq!(filled["n"], 1);
        let body = Body::parse("to={to}&text={text}&k={id}".into()).unwrap();
        let filled = body.fill(&WORDS);
        let pairs: Vec<_> = form_urlencoded::parse(filled.as_bytes()).into_owned().collect();
        let of = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(pairs, [of("to", "+39045"), of("text", WORDS.text), of("k", "7")]);
    }

    #[test]
    fn a_place_that_is_none_is_told() {
        let error = Body::parse("to={number}".into()).unwrap_err();
        assert!(error.contains("{number}") && error.contains("{digits}"), "{error}");
        assert!(Body::parse(r#"{"a": {to}}"#.into()).unwrap_err().contains("JSON"));
        assert!(known("{}{ to}{{to}} { ").is_ok());
        assert_eq!(WORDS.fill("{}{ to}{{to}} { "), "{}{ to}{+39045} { ");
    }
}
