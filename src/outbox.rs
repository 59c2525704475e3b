//! Deliveries: what is on its way to somebody, what becomes of it, and what a stream that ended leaves
//! behind.

pub mod delivery;
pub mod message;
pub mod store;
pub mod store_audit;
pub mod store_note;
pub mod store_stream;
pub mod store_turn;
pub mod store_unfinished;
pub mod stream;
#[cfg(test)]
mod tests;
