//! Consent, numbers, and what people set for themselves.

mod consent;
mod number;
mod settings;
