//! People who have not joined: how they are asked, what shows that a number is theirs, and how they come.

pub mod account_link;
pub mod invitation;
pub mod join;
pub mod list;
pub mod proof;
pub mod say;
pub mod say_address;
pub mod say_gateway;
pub mod say_invitation;
pub mod store;
pub mod store_account_link;
pub mod store_cancelled;
pub mod store_waiting;
#[cfg(test)]
mod tests;
