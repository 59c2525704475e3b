//! The text of a card, of version 3.0 or 4.0.

use std::fmt::{self, Write};

use super::{
    clean::{OMIT_YEAR, is_degree},
    date,
    part::Part,
    picture,
    property::{Form, Property, has_lists},
    vcard::{Card, Version},
};

/// The most bytes of a line, before it is folded (RFC 6350 §3.2).
const LINE_MAX: usize = 75;
/// The year that Apple says to leave out: the first leap year of a calendar of theirs.
const NO_YEAR: &str = "1604";

impl Card {
    /// As text; lines end with CR and LF.
    ///
    /// Of version 3.0, what telephones read best: pictures in base64, an `N`, which is last of
    /// neither, and never `IMPP` at the end.
    #[must_use]
    pub fn text(&self, version: Version) -> String {
        let mut text = String::with_capacity(1024);
        let number = match version {
            Version::V3 => "3.0",
            Version::V4 => "4.0",
        };
        // Writing into a string cannot fail.
        let _ = write!(text, "BEGIN:VCARD\r\nVERSION:{number}\r\n");
        for property in self.written(version) {
            fold(&mut text, &line(property, version));
        }
        text.push_str("END:VCARD\r\n");
        text
    }

    /// What a QR code holds: version 3.0 on unfolded lines that end with LF, without pictures, notes
    /// and what is not known. So Conversations finds the line with `xmpp:` (`IMPP` before the last
    /// line, no CR).
    #[must_use]
    pub fn scan_text(&self) -> String {
        let parts: Vec<Part> = Part::ALL
            .into_iter()
            .filter(|part| !matches!(part, Part::Picture | Part::Logo | Part::Note))
            .collect();
        let card = self.only(&parts);
        let mut text = "BEGIN:VCARD\nVERSION:3.0\n".to_owned();
        for property in card.written(Version::V3) {
            text.push_str(&line(property, Version::V3));
            text.push('\n');
        }
        text.push_str("END:VCARD\n");
        text
    }

    /// The properties in the order in which they are written: of version 3.0, the `N` comes behind
    /// what people are reached by in a chat, so that this is never last.
    fn written(&self, version: Version) -> impl Iterator<Item = &Property> {
        let is_last = move |property: &&Property| version == Version::V3 && property.name == "N";
        let chats =
            self.properties.iter().take_while(|it| matches!(it.name.as_str(), "FN" | "N" | "IMPP"));
        let count = chats.count();
        let (first, rest) =
            self.properties.split_at_checked(count).unwrap_or((&self.properties, &[]));
        let first_ones = first.iter().filter(move |it| !is_last(it));
        first_ones.chain(first.iter().filter(is_last)).chain(rest)
    }
}

impl fmt::Display for Card {
    /// The text of version 4.0.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Version::V4))
    }
}

/// One property on one line, not yet folded.
fn line(property: &Property, version: Version) -> String {
    let name = property.name.as_str();
    let mut out = String::with_capacity(64);
    if let Some(group) = &property.group {
        out.push_str(group);
        out.push('.');
    }
    out.push_str(name);
    let mut extra: Vec<(&str, String)> = Vec::new();
    let value = match version {
        Version::V4 => {
            if let Some(said) = said(property) {
                extra.push(("VALUE", said.to_owned()));
            }
            value(property)
        }
        Version::V3 => value_3(property, &mut extra),
    };
    for param in &property.params {
        // Version 3.0 has a type in place of `PREF=1`.
        if version == Version::V3 && matches!(param.name.as_str(), "TYPE" | "PREF") {
            continue;
        }
        parameter(&mut out, &param.name, &param.values);
    }
    if version == Version::V3 {
        types_3(&mut out, property, &extra);
    }
    for (name, value) in extra.iter().filter(|(name, _)| *name != "TYPE") {
        parameter(&mut out, name, std::slice::from_ref(value));
    }
    out.push(':');
    out.push_str(&value);
    out
}

fn parameter(out: &mut String, name: &str, values: &[String]) {
    let _ = write!(out, ";{name}=");
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        // RFC 6868: neither a quotation mark nor a line break can stand in a parameter.
        let value = value.replace('^', "^^").replace('\n', "^n").replace('"', "^'");
        if value.contains([':', ';', ',', ' ']) {
            let _ = write!(out, "\"{value}\"");
        } else {
            out.push_str(&value);
        }
    }
}

/// The types of version 3.0: a first choice and mail of the internet are types there.
fn types_3(out: &mut String, property: &Property, extra: &[(&str, String)]) {
    let mut types: Vec<String> = Vec::new();
    if property.name == "EMAIL" {
        types.push("internet".to_owned());
    }
    types.extend(property.param("TYPE").iter().cloned());
    types.extend(extra.iter().filter(|(name, _)| *name == "TYPE").map(|(_, value)| value.clone()));
    match property.param("PREF") {
        [first] if first == "1" => types.push("pref".to_owned()),
        [] => {}
        other => parameter(out, "PREF", other),
    }
    if !types.is_empty() {
        parameter(out, "TYPE", &types);
    }
}

/// What a value is, where version 4.0 would take it for something else.
fn said(property: &Property) -> Option<&'static str> {
    // Identifiers need not be URIs.
    if property.name == "UID" && !property.only().starts_with("urn:") {
        return Some("text");
    }
    property.form.differs(&property.name)
}

fn value(property: &Property) -> String {
    match property.form {
        Form::Text => escaped(property.only()),
        Form::List | Form::Parts => {
            let has_lists = has_lists(&property.name) || property.form == Form::List;
            let part = |texts: &Vec<String>| {
                let texts: Vec<String> = texts.iter().map(|text| escaped(text)).collect();
                if has_lists { texts.join(",") } else { texts.concat() }
            };
            property.value.iter().map(part).collect::<Vec<_>>().join(";")
        }
        Form::Uri | Form::Date | Form::Moment | Form::Offset | Form::Language | Form::Raw => {
            property.only().to_owned()
        }
    }
}

/// As version 3.0 writes it (RFC 2426), with what its parameters must say for it.
fn value_3(property: &Property, extra: &mut Vec<(&str, String)>) -> String {
    let text = property.only();
    match (property.form, property.name.as_str()) {
        (Form::Uri, "GEO") => match text.strip_prefix("geo:").and_then(|at| at.split_once(',')) {
            Some((width, length)) if is_degree(width) && is_degree(length) => {
                format!("{width};{length}")
            }
            _ => {
                extra.push(("VALUE", "uri".to_owned()));
                text.to_owned()
            }
        },
        (Form::Uri, "PHOTO" | "LOGO") if text.starts_with("data:") => {
            let (media, code) = picture::parts(text);
            extra.push(("ENCODING", "b".to_owned()));
            extra.push(("TYPE", media.to_uppercase()));
            code.to_owned()
        }
        (Form::Uri, "PHOTO" | "LOGO" | "SOUND" | "KEY" | "TEL" | "TZ") => {
            extra.push(("VALUE", "uri".to_owned()));
            text.to_owned()
        }
        (Form::Date, _) => {
            let long = date::long(text);
            if let Some(day) = long.strip_prefix("--").filter(|rest| rest.len() == 5) {
                extra.push((OMIT_YEAR, NO_YEAR.to_owned()));
                return format!("{NO_YEAR}-{day}");
            }
            if long.contains('T') {
                extra.push(("VALUE", "date-time".to_owned()));
            }
            long
        }
        (Form::Moment, _) => date::long(text),
        (Form::Offset, _) => date::long_offset(text),
        (Form::Text, "BDAY" | "ANNIVERSARY" | "RELATED" | "KEY" | "TZ") => {
            extra.push(("VALUE", "text".to_owned()));
            value(property)
        }
        _ => value(property),
    }
}

/// RFC 6350 §3.4.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\\' | ',' | ';' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// Writes a line, folded between characters (RFC 6350 §3.2).
fn fold(out: &mut String, line: &str) {
    let mut length = 0;
    for c in line.chars() {
        if length + c.len_utf8() > LINE_MAX {
            out.push_str("\r\n ");
            length = 1;
        }
        out.push(c);
        length += c.len_utf8();
    }
    out.push_str("\r\n");
}
