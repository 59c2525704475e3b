//! What is written to the contact.

mod command;
mod long_text;
