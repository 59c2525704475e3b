//! XML to struct and back, and nothing else: besides it only `component`, `link` and `send_client`
//! know XML.
//!
//! A type here is the element as `xep/*.xml` draws it: texts are `String`s, unknown
//! attributes and children are passed over (they are extension points). What a payload must say
//! beyond its shape is checked on the way to the types of [`domain`](crate::domain), in
//! [`product`] and [`check`].
#![expect(clippy::option_option, reason = "what the derive of xso builds for an optional child")]

pub mod addresses;
pub mod card;
pub mod check;
pub mod condition;
pub mod fallback;
pub mod file_sharing;
pub mod hints;
pub mod ns;
pub mod product;
pub mod reply;
pub mod share;
pub mod xml;

/// A text and its language, if that was said.
pub type Text = (Option<String>, String);
