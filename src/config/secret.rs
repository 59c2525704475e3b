//! Values that are never printed, and the files they may lie in.

use std::{fmt, io::Read, path::Path};

use url::Url;

use crate::permission;

/// A password. `Debug` and `Display` print `[redacted]`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes `text` as a secret.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The secret itself. Never log it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The address of the database. `Debug` and `Display` print it without its password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    whole: Secret,
    shown: String,
}

impl DatabaseUrl {
    /// Reads `sqlite:FILE`, `sqlite::memory:` or `postgres://…`.
    ///
    /// # Errors
    /// What is wrong with it, without the text of it: there may be a password inside.
    pub fn parse(whole: Secret) -> Result<Self, String> {
        let text = whole.expose();
        if text.strip_prefix("sqlite:").is_some_and(|file| !file.is_empty()) {
            return Ok(Self { shown: text.to_owned(), whole });
        }
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err("expected sqlite:FILE or postgres://USER@HOST/NAME".into());
        }
        let mut url = Url::parse(text).map_err(|error| format!("not an address: {error}"))?;
        // libpq, and sqlx with it, also takes the password as a parameter.
        let parameters: Vec<_> = url
            .query_pairs()
            .map(|(name, value)| {
                let hidden = name.to_lowercase().contains("password");
                (name.into_owned(), if hidden { "redacted".into() } else { value.into_owned() })
            })
            .collect();
        if !parameters.is_empty() {
            url.query_pairs_mut().clear().extend_pairs(parameters);
        }
        if url.password().is_some() && url.set_password(Some("redacted")).is_err() {
            return Err("expected postgres://USER@HOST/NAME".into());
        }
        Ok(Self { shown: url.into(), whole })
    }

    /// The whole address, for the driver. Never log it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.whole.expose()
    }

    /// Whether a password was hidden from what is shown.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.shown.contains("redacted") && self.shown != self.whole.expose()
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The longest secret file, in bytes: a wrong path must not fill the memory.
const MAX_BYTES: u64 = 65_536;

/// Reads a secret from a file that only its owner and group may read (`threats` 18).
pub(crate) fn read_file(path: &Path) -> Result<Secret, String> {
    let file = permission::secret(path).map_err(|error| error.to_string())?;
    let mut text = String::new();
    let read = file.take(MAX_BYTES).read_to_string(&mut text);
    read.map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let text = text.trim_end_matches(['\n', '\r']);
    if text.is_empty() {
        return Err(format!("{} is empty", path.display()));
    }
    Ok(Secret::new(text.to_owned()))
}
