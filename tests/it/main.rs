//! All integration tests, in one binary: they share the harness and the link time.

// This is how clippy knows that all functions of the tests may `expect`.
#![cfg(test)]
#![expect(clippy::print_stderr, reason = "long tests tell how far they are, and their seeds")]

#[expect(dead_code, reason = "the benches and the demo use other parts than the tests do")]
#[path = "../harness/mod.rs"]
mod harness;

mod account;
mod card;
mod chat;
mod clients;
mod component;
mod contact;
mod demo;
mod faults;
mod fetch;
mod flood;
mod invite;
mod limits;
mod mailer;
mod manual;
mod memory;
mod outbox;
mod panics;
mod people;
mod readers;
mod send_client;
mod servers;
mod share;
mod stanzas;
mod talk;
mod tidy;
mod watchdog;
mod web;
mod xep;
