//! Whoever has not joined: asked, invited by letter, and led to an account.

pub(crate) mod account_link;
mod invitation;
mod letter;
