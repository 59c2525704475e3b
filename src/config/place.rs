//! Where a value of the configuration stands.

use std::fmt;

/// Where a value was written: `tradepost.toml:3`, `TRADEPOST_HTTP__LISTEN`, or nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    File { name: String, line: usize },
    Env(String),
    Default,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { name, line } => write!(f, "{name}:{line}"),
            Self::Env(name) => f.write_str(name),
            Self::Default => f.write_str("configuration"),
        }
    }
}
