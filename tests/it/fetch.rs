//! Pictures and files from outside.

mod decoder;
pub(crate) mod picture;
mod request;
pub(crate) mod source;
