//! Joining, and everything that an account is.

mod registration;
