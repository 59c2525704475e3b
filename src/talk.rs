//! Answers: what people say about what they were sent, and whom their words are for.

pub mod answer;
pub mod say;
pub mod store;
#[cfg(test)]
mod tests;
pub mod waiting;
