//! Who has joined: accounts, and the phone numbers and mail addresses that are theirs.

pub mod store;
pub mod store_contact;
#[cfg(test)]
mod tests;
