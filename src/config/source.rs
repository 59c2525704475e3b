//! The file and the environment as one set of keys, each value with its place.

use std::{collections::HashMap, path::Path};

use toml::de::{DeTable, DeValue};

use super::{
    invalid::Invalid,
    place::Place,
    secret::{self, Secret},
};

/// Every key there is, by section. `config/tradepost.toml` shows the same ones.
pub(super) const KEYS: &[(&str, &[&str])] = &[
    (
        "component",
        &[
            "domain",
            "secret",
            "secret_file",
            "server",
            "host",
            "name",
            "contact",
            "lang",
            "allow_plaintext",
        ],
    ),
    ("database", &["url", "url_file"]),
    ("http", &["listen", "public_url", "admin", "trusted_proxies"]),
    ("pictures", &["fetch", "max_bytes", "timeout_seconds", "max_side", "allow_private"]),
    ("access", &["register", "admins", "publishers", "region"]),
    (
        "email",
        &[
            "server",
            "security",
            "ca_file",
            "user",
            "password",
            "password_file",
            "from",
            "per_day",
            "allow_plaintext",
        ],
    ),
    (
        "sms",
        &[
            "url",
            "ca_file",
            "method",
            "body",
            "headers",
            "secret",
            "secret_file",
            "success",
            "success_pointer",
            "success_value",
            "xmpp",
            "per_day",
        ],
    ),
    (
        "invite",
        &[
            "per_sender_a_day",
            "pause_days",
            "accounts_a_day",
            "register_url",
            "ejabberd_api",
            "ejabberd_token",
            "ejabberd_token_file",
        ],
    ),
    ("consent", &["ask"]),
    ("cards", &["templates"]),
    (
        "limits",
        &[
            "products_per_share",
            "recipients_per_share",
            "shares_per_hour",
            "recipients_per_hour",
            "stanzas_per_minute",
            "lookups_per_minute",
            "numbers_per_day",
            "domain_stanzas_per_minute",
            "total_stanzas_per_minute",
            "kept_per_hour",
            "domain_kept_per_hour",
            "total_kept_per_hour",
            "new_hours",
            "new_shares_per_hour",
            "new_recipients_per_hour",
            "unlimited",
        ],
    ),
];

/// What every variable of ours starts with.
const PREFIX: &str = "TRADEPOST_";

/// A value before its type is known.
#[derive(Clone)]
pub(super) enum Value {
    Text(String),
    Number(u64),
    Flag(bool),
    List(Vec<String>),
    /// From the environment, where everything is text.
    Env(String),
    /// Nothing that any key takes: a float, a date, a table.
    Other,
}

/// All that was written, by `section.key`.
pub(super) struct Source {
    values: HashMap<String, (Value, Place)>,
}

impl Source {
    /// Reads the text of the file called `name`, then lays the environment over it.
    pub(super) fn read(
        name: &str,
        text: &str,
        env: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, Invalid> {
        let mut source = Self { values: HashMap::new() };
        source.add_file(name, text)?;
        for (variable, value) in env {
            source.add_variable(&variable, value)?;
        }
        Ok(source)
    }

    fn add_file(&mut self, name: &str, text: &str) -> Result<(), Invalid> {
        let place = |at: usize| {
            let before = text.as_bytes().iter().take(at);
            Place::File { name: name.to_owned(), line: 1 + before.filter(|b| **b == b'\n').count() }
        };
        let sections = DeTable::parse(text).map_err(|error| Invalid::Syntax {
            place: place(error.span().map_or(0, |span| span.start)).to_string(),
            problem: error.message().to_owned(),
        })?;
        for (section, body) in sections.get_ref() {
            let at = place(section.span().start);
            let section = section.get_ref().as_ref();
            let Some((_, known)) = KEYS.iter().find(|(name, _)| *name == section) else {
                return Err(unknown_section(section, &at, body.get_ref()));
            };
            let Some(body) = body.get_ref().as_table() else {
                return Err(Invalid::at(&at, section, "expected a section of keys"));
            };
            for (key, value) in body {
                let at = place(key.span().start);
                let key = key.get_ref().as_ref();
                let path = format!("{section}.{key}");
                if !known.contains(&key) {
                    return Err(unknown(&at, &path, false));
                }
                self.values.insert(path, (Value::from(value.get_ref()), at));
            }
        }
        Ok(())
    }

    fn add_variable(&mut self, variable: &str, value: String) -> Result<(), Invalid> {
        let Some(path) = variable.strip_prefix(PREFIX) else { return Ok(()) };
        let at = Place::Env(variable.to_owned());
        if let Some(key) = paths().find(|key| variable_of(key) == variable) {
            self.values.insert(key, (Value::Env(value), at));
            return Ok(());
        }
        // Others set variables with our prefix too: Kubernetes TRADEPOST_SERVICE_PORT for a service
        // of our name. So a name without the double underscore is wrong only when it is one of ours.
        let folded = |name: &str| name.replace("__", "_");
        let meant = paths().any(|key| folded(&variable_of(&key)) == folded(variable));
        if path.contains("__") || meant {
            return Err(unknown(&at, &path.to_lowercase().replacen("__", ".", 1), true));
        }
        Ok(())
    }

    /// The keys of `section` that were written.
    pub(super) fn written(&self, section: &str) -> impl Iterator<Item = String> {
        let mut keys: Vec<String> = self
            .values
            .keys()
            .filter_map(|path| path.split_once('.').filter(|(of, _)| *of == section))
            .map(|(_, key)| key.to_owned())
            .collect();
        keys.sort_unstable();
        keys.into_iter()
    }

    /// Where `path` was written.
    pub(super) fn place(&self, path: &str) -> Place {
        self.values.get(path).map_or(Place::Default, |(_, place)| place.clone())
    }

    /// The value of `path`, when there is one, after `check`.
    pub(super) fn optional<T: Setting, U>(
        &self,
        path: &str,
        check: impl FnOnce(T) -> Result<U, String>,
    ) -> Result<Option<U>, Invalid> {
        let Some((value, place)) = self.values.get(path) else { return Ok(None) };
        let value = T::from_value(value.clone())
            .ok_or_else(|| Invalid::at(place, path, format!("expected {}", T::EXPECTED)))?;
        check(value).map(Some).map_err(|problem| Invalid::at(place, path, problem))
    }

    /// The value of `path`, or `default`, after `check`.
    pub(super) fn or<T: Setting, U>(
        &self,
        path: &str,
        default: T,
        check: impl Fn(T) -> Result<U, String>,
    ) -> Result<U, Invalid> {
        match self.optional(path, &check)? {
            Some(value) => Ok(value),
            None => check(default).map_err(|problem| Invalid::at(&Place::Default, path, problem)),
        }
    }

    /// The value of `path`, which must be there, after `check`.
    pub(super) fn required<T: Setting, U>(
        &self,
        path: &str,
        check: impl FnOnce(T) -> Result<U, String>,
    ) -> Result<U, Invalid> {
        self.optional(path, check)?.ok_or_else(|| missing(path))
    }
}

/// A type that a key can have.
pub(super) trait Setting: Sized {
    /// `a whole number`, for the error.
    const EXPECTED: &'static str;
    fn from_value(value: Value) -> Option<Self>;
}

impl Setting for String {
    const EXPECTED: &'static str = "a text in quotes";
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Text(text) | Value::Env(text) => Some(text),
            _ => None,
        }
    }
}

impl Setting for Secret {
    const EXPECTED: &'static str = "a text in quotes";
    fn from_value(value: Value) -> Option<Self> {
        String::from_value(value).map(Self::new)
    }
}

impl Setting for u64 {
    const EXPECTED: &'static str = "a whole number, not negative";
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Number(number) => Some(number),
            Value::Env(text) => text.trim().parse().ok(),
            _ => None,
        }
    }
}

impl Setting for bool {
    const EXPECTED: &'static str = "true or false";
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Flag(flag) => Some(flag),
            Value::Env(text) => text.trim().parse().ok(),
            _ => None,
        }
    }
}

impl Setting for Vec<String> {
    const EXPECTED: &'static str = "a list of texts, such as [\"example.org\"]";
    fn from_value(value: Value) -> Option<Self> {
        let text = match value {
            Value::List(list) => return Some(list),
            Value::Env(text) => text,
            _ => return None,
        };
        if text.trim_start().starts_with('[') {
            match Value::from(DeValue::parse(text.trim()).ok()?.get_ref()) {
                Value::List(list) => Some(list),
                _ => None,
            }
        } else {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Some(items.map(str::to_owned).collect())
        }
    }
}

impl From<&DeValue<'_>> for Value {
    fn from(value: &DeValue<'_>) -> Self {
        match value {
            DeValue::String(text) => Self::Text(text.to_string()),
            DeValue::Boolean(flag) => Self::Flag(*flag),
            DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix())
                .map_or(Self::Other, Self::Number),
            DeValue::Array(items) => items
                .iter()
                .map(|item| item.get_ref().as_str().map(str::to_owned))
                .collect::<Option<_>>()
                .map_or(Self::Other, Self::List),
            _ => Self::Other,
        }
    }
}

/// `component.domain` and all the others.
pub(super) fn paths() -> impl Iterator<Item = String> {
    KEYS.iter().flat_map(|(section, keys)| keys.iter().map(move |key| format!("{section}.{key}")))
}

/// `TRADEPOST_COMPONENT__DOMAIN` for `component.domain`.
pub(super) fn variable_of(path: &str) -> String {
    format!("{PREFIX}{}", path.replacen('.', "__", 1).to_uppercase())
}

/// A key that is needed and was not given.
pub(super) fn missing(path: &str) -> Invalid {
    let (section, key) = path.split_once('.').unwrap_or(("", path));
    Invalid::Missing { section: section.into(), key: key.into(), variable: variable_of(path) }
}

fn unknown(at: &Place, path: &str, variable: bool) -> Invalid {
    let nearest = nearest(paths(), path).unwrap_or_default();
    let nearest = if variable { variable_of(&nearest) } else { nearest };
    Invalid::Unknown { place: at.to_string(), key: path.to_owned(), nearest }
}

/// A section nobody knows, or a key that was written above the first section.
fn unknown_section(name: &str, at: &Place, body: &DeValue<'_>) -> Invalid {
    if !body.is_table() {
        return unknown(at, name, false);
    }
    let sections = KEYS.iter().map(|(section, _)| format!("[{section}]"));
    Invalid::Unknown {
        place: at.to_string(),
        key: format!("[{name}]"),
        nearest: nearest(sections, &format!("[{name}]")).unwrap_or_default(),
    }
}

/// The whole path counts, and the key alone too: a key may stand in the wrong section.
fn nearest(known: impl Iterator<Item = String>, wrong: &str) -> Option<String> {
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let likeness = |path: &String| {
        strsim::jaro_winkler(path, wrong).max(strsim::jaro_winkler(&last(path), &last(wrong)))
    };
    known.max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
}

/// A secret: the value itself, else the file that `…_file` names, else systemd's credential.
pub(super) fn secret_of<U>(
    source: &Source,
    path: &str,
    credential: &str,
    credentials: Option<&Path>,
    check: fn(Secret) -> Result<U, String>,
) -> Result<Option<U>, Invalid> {
    let file_key = format!("{path}_file");
    let written = source.optional(path, check)?;
    let from_file = source
        .optional(&file_key, |file: String| secret::read_file(Path::new(&file)).and_then(check))?;
    let place = source.place(&file_key);
    match (written, from_file) {
        (Some(_), Some(_)) => {
            Err(Invalid::at(&place, &file_key, format!("{path} is given too; keep one of them")))
        }
        (Some(secret), None) | (None, Some(secret)) => Ok(Some(secret)),
        (None, None) => {
            let Some(file) = credentials.map(|folder| folder.join(credential)) else {
                return Ok(None);
            };
            if !file.exists() {
                return Ok(None);
            }
            let place = Place::Env("CREDENTIALS_DIRECTORY".into());
            let secret = secret::read_file(&file).and_then(check);
            secret.map(Some).map_err(|problem| Invalid::at(&place, path, problem))
        }
    }
}
