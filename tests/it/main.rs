//! All integration tests, in one binary: they share the harness and the link time.
//!
//! Every module is `cfg(test)`: this is how clippy knows that its functions may `expect`.

#![expect(clippy::print_stderr, reason = "long tests tell how far they are, and their seeds")]

#[cfg(test)]
#[expect(dead_code, reason = "the benches and the demo use other parts than the tests do")]
#[path = "../harness/mod.rs"]
mod harness;

#[cfg(test)]
mod aftermath;
#[cfg(test)]
mod answers;
#[cfg(test)]
mod arrivals;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod card_forms;
#[cfg(test)]
mod card_templates;
#[cfg(test)]
mod cards;
#[cfg(test)]
mod certificate;
#[cfg(test)]
mod channels;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod consent;
#[cfg(test)]
mod contact;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod exchange;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod flood;
#[cfg(test)]
mod giving;
#[cfg(test)]
mod harness_works;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod invitations;
#[cfg(test)]
mod joining;
#[cfg(test)]
mod landing;
#[cfg(test)]
mod length;
#[cfg(test)]
mod letters;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod manual;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod numbers;
#[cfg(test)]
mod own_cards;
#[cfg(test)]
mod panics;
#[cfg(test)]
mod pictures;
#[cfg(test)]
mod post;
#[cfg(test)]
mod quiet;
#[cfg(test)]
mod readers;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod road;
#[cfg(test)]
mod saved;
#[cfg(test)]
mod send;
#[cfg(test)]
mod servers;
#[cfg(test)]
mod service;
#[cfg(test)]
mod stanzas;
#[cfg(test)]
mod strangers;
#[cfg(test)]
mod talkers;
#[cfg(test)]
mod tidy;
#[cfg(test)]
mod visitors;
#[cfg(test)]
mod voice;
#[cfg(test)]
mod watchdog;
#[cfg(test)]
mod xep;
