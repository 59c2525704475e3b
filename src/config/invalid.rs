//! What is said of a configuration that cannot be used.

use std::fmt;

use super::place::Place;

/// What is wrong with the configuration, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum Invalid {
    #[error("cannot read the configuration {path}: {problem}")]
    Read { path: String, problem: String },
    #[error("{place}: {problem}")]
    Syntax { place: String, problem: String },
    #[error("{place}: unknown key {key}; did you mean {nearest}?")]
    Unknown { place: String, key: String, nearest: String },
    #[error("{key} is missing in [{section}]; write it there or set {variable}")]
    Missing { section: String, key: String, variable: String },
    #[error("{place}: {key}: {problem}")]
    Wrong { place: String, key: String, problem: String },
}

impl Invalid {
    pub(super) fn at(place: &Place, key: &str, problem: impl fmt::Display) -> Self {
        Self::Wrong { place: place.to_string(), key: key.into(), problem: problem.to_string() }
    }
}
