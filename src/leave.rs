//! Going, and taking everything along: the only module that may know every capability.

pub mod erase;
pub mod export;
pub mod store;
pub mod store_export;
#[cfg(test)]
mod tests;
