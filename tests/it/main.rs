//! All integration tests, in one binary: they share the harness and the link time.
//!
//! Every module is `cfg(test)`: this is how clippy knows that its functions may `expect`.

#![expect(clippy::print_stderr, reason = "long tests tell how far they are, and their seeds")]

#[cfg(test)]
#[expect(dead_code, reason = "the benches and the demo use other parts than the tests do")]
#[path = "../harness/mod.rs"]
mod harness;

#[cfg(test)]
mod account;
#[cfg(test)]
mod card;
#[cfg(test)]
mod chat;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod component;
#[cfg(test)]
mod contact;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod fetch;
#[cfg(test)]
mod flood;
#[cfg(test)]
mod invite;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod mailer;
#[cfg(test)]
mod manual;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod outbox;
#[cfg(test)]
mod panics;
#[cfg(test)]
mod people;
#[cfg(test)]
mod readers;
#[cfg(test)]
mod send_client;
#[cfg(test)]
mod servers;
#[cfg(test)]
mod share;
#[cfg(test)]
mod stanzas;
#[cfg(test)]
mod talk;
#[cfg(test)]
mod tidy;
#[cfg(test)]
mod watchdog;
#[cfg(test)]
mod web;
#[cfg(test)]
mod xep;
