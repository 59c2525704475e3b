//! What a property may hold: nothing that runs, nothing that disguises, nothing that breaks out of
//! its line (`threats` 4).
//!
//! What a URI names must be of a scheme of [`SCHEMES`]; else the whole property goes. Texts stay
//! as they are, for whoever shows them escapes them, without control and bidirectional characters.

use std::collections::HashSet;

use super::{
    date,
    picture::{self, PICTURE_BYTES_MAX},
    property::{Form, Param, Property, has_lists, is_type, width},
    vcard::{Removed, Why},
};
use crate::domain::text;

/// Schemes that may be named: what people are reached by, and pages. Of `data:` only pictures.
pub const SCHEMES: [&str; 10] =
    ["http", "https", "xmpp", "tel", "mailto", "sip", "sips", "sms", "geo", "urn"];

/// Schemes that run or open something where a text is taken for an address. No value begins so.
const RUNNING: [&str; 10] = [
    "javascript",
    "vbscript",
    "data",
    "file",
    "content",
    "blob",
    "filesystem",
    "intent",
    "jar",
    "view-source",
];

/// By it Apple writes a birthday without its year, as one of a year that is to be left out.
pub(super) const OMIT_YEAR: &str = "X-APPLE-OMIT-YEAR";

/// The most characters of a name of a group, property or parameter.
const NAME_MAX: usize = 64;

/// Cleans one property; or says why nothing of it may stay.
pub(super) fn property(mut property: Property) -> Result<Property, Removed> {
    let removed =
        |name: &str, why| Removed { name: text::shorten(&text::one_line(name), NAME_MAX), why };
    // `XML` would smuggle elements of any kind into what we write.
    if !is_name(&property.name)
        || matches!(property.name.as_str(), "BEGIN" | "END" | "VERSION" | "XML")
    {
        return Err(removed(&property.name, Why::Malformed));
    }
    property.group = property.group.filter(|group| is_name(group));
    parameters(&mut property);
    let found = value(&property);
    property.take(OMIT_YEAR);
    match found {
        Ok((form, value)) => Ok(Property { form, value, ..property }),
        Err(why) => Err(removed(&property.name, why)),
    }
}

fn is_name(text: &str) -> bool {
    (1..=NAME_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// On one line. Line and paragraph separators would be line breaks to some readers.
fn line(text: &str) -> String {
    text::one_line(&text::clean(text.to_owned()))
}

/// On several lines, none of which is empty at the ends.
fn lines(text: &str) -> String {
    let text = text.replace('\t', " ").replace("\r\n", "\n");
    let text = text.replace(['\r', '\u{2028}', '\u{2029}', '\u{b}', '\u{c}'], "\n");
    text::clean(text).trim().to_owned()
}

fn parameters(property: &mut Property) {
    let name = property.name.as_str();
    // They say nothing of these, and RFC 6351 has no place for them.
    if matches!(name, "REV" | "PRODID" | "GENDER" | "CLIENTPIDMAP" | "UID") {
        property.params.clear();
    }
    let mut kept: Vec<Param> = Vec::with_capacity(property.params.len());
    let mut is_preferred = false;
    for Param { name: param, values } in &property.params {
        let of_many = matches!(param.as_str(), "TYPE" | "PID" | "SORT-AS");
        let mut clean: Vec<String> = Vec::new();
        let mut known: HashSet<String> = HashSet::new();
        // Types are never with commas within.
        let split = if param == "TYPE" { ',' } else { '\0' };
        for value in values.iter().flat_map(|value| value.split(split)) {
            let Some(value) = parameter(param, value) else { continue };
            if param == "TYPE" && value == "pref" {
                is_preferred = true;
            } else if (of_many || clean.is_empty() || Form::of(name) == Form::Raw)
                && !is_usual(name, param, &value)
                && known.insert(value.clone())
            {
                clean.push(value);
            }
        }
        // Those that XML can say come first there, and so everywhere.
        if param == "TYPE" && property.form != Form::Raw {
            clean.sort_by_key(|kind| !is_type(name, kind));
        }
        let is_known = matches!(param.as_str(), "CHARSET" | "BEGIN" | "END" | "VERSION");
        let is_coding = param == "ENCODING" && !(property.form == Form::Raw && is_base64(property));
        let is_said = param == "VALUE" && property.form != Form::Raw;
        if is_name(param) && !is_known && !is_coding && !is_said && !clean.is_empty() {
            kept.push(Param { name: param.clone(), values: clean });
        }
    }
    if is_preferred && !kept.iter().any(|param| param.name == "PREF") {
        kept.push(Param { name: "PREF".to_owned(), values: vec!["1".to_owned()] });
    }
    // One order, so that a card is the same whichever way it came.
    kept.sort_by(|a, b| a.name.cmp(&b.name));
    kept.dedup_by(|a, b| a.name == b.name);
    property.params = kept;
}

/// Whether the value of an unknown property is what it says: the only coding that is written.
fn is_base64(property: &Property) -> bool {
    property.param("ENCODING") == ["b"]
        && property
            .only()
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
}

/// Whether a type says of a mail address what all of them are.
fn is_usual(name: &str, param: &str, value: &str) -> bool {
    name == "EMAIL" && param == "TYPE" && value == "internet"
}

fn parameter(name: &str, value: &str) -> Option<String> {
    let value = if name == "LABEL" { lines(value) } else { line(value) };
    let value = match name {
        "TYPE" | "VALUE" => value.to_lowercase(),
        "LANGUAGE" => language(&value)?,
        "PREF" => value.parse::<u8>().ok().filter(|pref| (1..=100).contains(pref))?.to_string(),
        "PID" => value
            .split('.')
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
            .then_some(value)
            .filter(|pid| pid.split('.').count() <= 2)?,
        "GEO" => uri(&value, false).ok()?,
        _ => value,
    };
    (!value.is_empty() && !runs(&value)).then_some(value)
}

fn value(property: &Property) -> Result<(Form, Vec<Vec<String>>), Why> {
    let (name, form) = (property.name.as_str(), property.form);
    let one = |form, text: String| {
        if text.is_empty() { Err(Why::Empty) } else { Ok((form, vec![vec![text]])) }
    };
    let first = property.only();
    match form {
        Form::Text if name == "NOTE" => one(form, lines(first)),
        Form::Text => match name {
            "FN" | "TITLE" | "ROLE" => one(form, line(first)),
            "TEL" => {
                let (form, number) = number(form, first)?;
                one(form, number)
            }
            "EMAIL" => one(form, without_scheme(first, "mailto")?),
            "TZ" => {
                let text = words(first)?;
                match date::offset(&text) {
                    Some(offset) => one(Form::Offset, offset),
                    None => one(form, text),
                }
            }
            "KIND" if !is_name(first.trim()) => Err(Why::Malformed),
            "KIND" => one(form, first.trim().to_ascii_lowercase()),
            _ => one(form, words(first)?),
        },
        Form::List => {
            let texts: Vec<String> = property.value.iter().flatten().cloned().collect();
            parts(name, &[texts]).map(|value| (form, value))
        }
        Form::Parts => parts(name, &property.value).map(|value| (form, value)),
        Form::Uri if name == "GEO" => one(form, geo(first)?),
        Form::Uri if name == "TEL" => {
            let (form, number) = number(form, first)?;
            one(form, number)
        }
        Form::Uri if matches!(name, "PHOTO" | "LOGO") => one(form, picture(first)?),
        Form::Uri if matches!(name, "RELATED" | "KEY") && !first.contains(':') => {
            one(Form::Text, words(first)?)
        }
        Form::Uri if name == "IMPP" && !first.contains(':') && first.contains('@') => {
            one(form, uri(&format!("xmpp:{}", first.trim()), false)?)
        }
        Form::Uri => one(form, uri(first, name == "URL")?),
        Form::Date => match date::short(&without_year(property, first)) {
            Some(date) => one(form, date),
            None => one(Form::Text, words(first)?),
        },
        Form::Moment => one(form, date::moment(first).ok_or(Why::Malformed)?),
        Form::Offset => one(form, date::offset(first).ok_or(Why::Malformed)?),
        Form::Language => one(form, language(&line(first)).ok_or(Why::Malformed)?),
        Form::Raw => {
            let text = lines(first).replace('\n', "\\n");
            let is_uri =
                property.param("VALUE").iter().any(|said| said.eq_ignore_ascii_case("uri"));
            let goes_elsewhere = scheme(&text).is_some_and(|(scheme, rest)| {
                (is_uri || rest.starts_with("//")) && !SCHEMES.contains(&scheme.as_str())
            });
            if runs(&text) || goes_elsewhere { Err(Why::Scheme) } else { one(form, text) }
        }
    }
}

/// A text in the place of something else.
fn words(text: &str) -> Result<String, Why> {
    let text = line(text);
    if runs(&text) { Err(Why::Scheme) } else { Ok(text) }
}

/// A text that may be written with a scheme, without it.
fn without_scheme(text: &str, wanted: &str) -> Result<String, Why> {
    let text = words(text)?;
    let mut rest = text.as_str();
    while let Some(behind) = strip_scheme(rest, wanted) {
        rest = behind.trim_start();
        if runs(rest) {
            return Err(Why::Scheme);
        }
    }
    Ok(rest.to_owned())
}

/// A telephone number. `tel:` says nothing that the name does not; but what follows it after a
/// semicolon, an extension, is only of a URI.
fn number(form: Form, text: &str) -> Result<(Form, String), Why> {
    let number = without_scheme(text, "tel")?;
    let is_tel = strip_scheme(text.trim(), "tel").is_some();
    if is_tel && number.contains(';') {
        return Ok((Form::Uri, uri(&format!("tel:{number}"), false)?));
    }
    if form == Form::Uri && !is_tel {
        Ok((form, uri(text, false)?))
    } else {
        Ok((Form::Text, number))
    }
}

fn parts(name: &str, value: &[Vec<String>]) -> Result<Vec<Vec<String>>, Why> {
    let clean = |text: &String| if name == "ADR" { lines(text) } else { line(text) };
    let mut parts: Vec<Vec<String>> = Vec::with_capacity(value.len());
    for part in value {
        let mut texts: Vec<String> =
            part.iter().map(clean).filter(|text| !text.is_empty()).collect();
        if !has_lists(name) && Form::of(name) == Form::Parts {
            texts.truncate(1);
        }
        parts.push(if texts.is_empty() { vec![String::new()] } else { texts });
    }
    if let Some(width) = width(name) {
        parts.resize(width, vec![String::new()]);
    }
    if name == "GENDER" {
        gender(&mut parts);
    }
    if name == "CLIENTPIDMAP" {
        let [source, named] = parts.as_mut_slice() else { return Err(Why::Malformed) };
        let source = source.first().and_then(|it| it.parse::<u32>().ok()).filter(|it| *it > 0);
        let named = uri(named.first().map_or("", String::as_str), false)?;
        return Ok(vec![vec![source.ok_or(Why::Malformed)?.to_string()], vec![named]]);
    }
    // A name may be empty: a firm has none.
    let is_empty = parts.iter().flatten().all(String::is_empty);
    if is_empty && name != "N" {
        return Err(Why::Empty);
    }
    while width(name).is_none()
        && parts.last().is_some_and(|last| last.iter().all(String::is_empty))
    {
        parts.pop();
    }
    Ok(parts)
}

/// What is no sex of RFC 6350 §6.2.7 is said in words.
fn gender(parts: &mut [Vec<String>]) {
    let [sex, identity] = parts else { return };
    let said = sex.first().cloned().unwrap_or_default();
    if matches!(said.to_ascii_uppercase().as_str(), "" | "M" | "F" | "O" | "N" | "U") {
        *sex = vec![said.to_ascii_uppercase()];
    } else {
        *sex = vec![String::new()];
        if identity.iter().all(String::is_empty) {
            *identity = vec![said];
        }
    }
}

fn without_year(property: &Property, date: &str) -> String {
    let omitted = property.param(OMIT_YEAR).first();
    match omitted.and_then(|year| date.trim().strip_prefix(year.as_str())) {
        Some(rest) => format!("--{}", rest.trim_start_matches('-')),
        None => date.to_owned(),
    }
}

/// Whether this is a number of degrees, which version 3.0 writes without a scheme.
pub(super) fn is_degree(text: &str) -> bool {
    let has_only = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.".contains(&byte));
    has_only && text.parse::<f64>().is_ok()
}

fn geo(text: &str) -> Result<String, Why> {
    if scheme(text).is_some() {
        return uri(text, false);
    }
    let (width, length) = text.split_once([';', ',']).ok_or(Why::Malformed)?;
    let (width, length) = (width.trim(), length.trim());
    let fits = is_degree(width) && is_degree(length);
    if fits { Ok(format!("geo:{width},{length}")) } else { Err(Why::Malformed) }
}

fn picture(text: &str) -> Result<String, Why> {
    if strip_scheme(text.trim(), "data").is_none() {
        return uri(text, false);
    }
    let (media, bytes) = picture::inline(text).ok_or(Why::NotAPicture)?;
    if bytes.len() > PICTURE_BYTES_MAX {
        return Err(Why::TooLarge);
    }
    Ok(picture::uri(media, &bytes))
}

/// A URI of a scheme that may be named, without characters that no URI has. With `is_page`, what
/// people write for the address of a page too.
fn uri(text: &str, is_page: bool) -> Result<String, Why> {
    let text = line(text);
    let text = match scheme(&text) {
        // `example.org:8080` is a host and no scheme.
        Some((scheme, _)) if !is_page || !scheme.contains('.') => {
            if !SCHEMES.contains(&scheme.as_str()) {
                return Err(Why::Scheme);
            }
            let rest = text.get(scheme.len()..).unwrap_or_default();
            format!("{scheme}{rest}")
        }
        _ if is_page && is_host(&text) => format!("http://{text}"),
        _ => return Err(Why::Malformed),
    };
    // By hand: `percent_encoding` would escape all that is not ASCII, too.
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            ' ' => plain.push_str("%20"),
            '"' => plain.push_str("%22"),
            '<' => plain.push_str("%3C"),
            '>' => plain.push_str("%3E"),
            '\\' => plain.push_str("%5C"),
            '^' => plain.push_str("%5E"),
            '`' => plain.push_str("%60"),
            '{' => plain.push_str("%7B"),
            '|' => plain.push_str("%7C"),
            '}' => plain.push_str("%7D"),
            c => plain.push(c),
        }
    }
    Ok(plain)
}

/// Whether what has no scheme begins with the name of a host: `www.example.org/shop`.
fn is_host(text: &str) -> bool {
    let host = text.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let fits = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
    };
    host.contains('.') && host.split('.').all(fits)
}

/// The scheme in lower case, and what is behind its colon (RFC 3986 §3.1).
fn scheme(text: &str) -> Option<(String, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let fits = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    fits.then(|| (scheme.to_ascii_lowercase(), rest))
}

fn strip_scheme<'a>(text: &'a str, wanted: &str) -> Option<&'a str> {
    scheme(text).filter(|(scheme, _)| scheme == wanted).map(|(_, rest)| rest)
}

/// Whether a text begins with a scheme that runs something, even with spaces between its letters,
/// which browsers do not mind.
fn runs(text: &str) -> bool {
    let Some((head, _)) = text.split_once(':') else { return false };
    let head: String = head.chars().filter(|c| !c.is_whitespace()).collect();
    RUNNING.contains(&head.to_ascii_lowercase().as_str())
}

// By hand: `icu_locale_core` refuses `zh_CN` and reorders variants, and cards would change.
/// A language in the letters of RFC 5646 §2.1.1, `zh-Hant-TW`; none if it is no language.
fn language(text: &str) -> Option<String> {
    let mut tag = String::with_capacity(text.len());
    for (at, part) in text.split(['-', '_']).enumerate() {
        let fits =
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !fits || at > 3 {
            return None;
        }
        let part = part.to_ascii_lowercase();
        let is_alphabetic = part.bytes().all(|byte| byte.is_ascii_alphabetic());
        match (at, part.len()) {
            (0, 2 | 3) if is_alphabetic => tag.push_str(&part),
            (1, 4) if is_alphabetic => {
                let (first, rest) = part.split_at_checked(1)?;
                tag.push('-');
                tag.push_str(&first.to_ascii_uppercase());
                tag.push_str(rest);
            }
            (1 | 2, 2) if is_alphabetic => {
                tag.push('-');
                tag.push_str(&part.to_ascii_uppercase());
            }
            (1.., 5..) => {
                tag.push('-');
                tag.push_str(&part);
            }
            (1.., 3) if part.bytes().all(|byte| byte.is_ascii_digit()) => {
                tag.push('-');
                tag.push_str(&part);
            }
            _ => return None,
        }
    }
    Some(tag)
}
