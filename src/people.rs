//! What people let each other do: the first contact, yes, no and block, quiet hours, complaints; and how
//! little anybody learns of whoever has a number.

pub mod account;
pub mod address;
pub mod ask;
pub mod consent;
pub mod notice;
pub mod release;
pub mod removal;
pub mod report;
pub mod say;
pub mod store;
pub mod store_held;
pub mod store_question;
pub mod store_report;
pub mod store_silence;
#[cfg(test)]
mod tests;
