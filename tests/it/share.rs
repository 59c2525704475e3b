//! Product shares.

mod delivery;
mod error;
pub(crate) mod recording;
pub(crate) mod saved;
mod status;
