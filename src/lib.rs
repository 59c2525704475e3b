//! Tradepost: product shares, business cards and purchases between XMPP contacts.
//!
//! A module imports only what stands before it here (`tests/it/tidy.rs`).

// ---- Words: what there is, and how it is written. They do nothing. ------------------------------

// Types and pure rules.
pub mod domain;

// XML to types and back.
pub mod wire;

// ---- Tools, which know nothing of what the service does. ----------------------------------------

// Who on this machine may read our files.
pub mod permission;

// The operator's file and environment, as checked values.
pub mod config;

// What is remembered for a while.
pub mod recent;

// How much of everything somebody may ask for.
pub mod limits;

// What is kept in memory on behalf of others.
pub mod memory;

// What is counted.
pub mod metrics;

// What a panic ends.
pub mod panics;

// Where a test can kill or stall the process.
pub mod crash;

// What systemd is told.
pub mod watchdog;

// How other servers are asked by HTTP.
pub mod http_client;

// Two databases behind one handle.
pub mod db;

// The stream to the server.
pub mod link;

// The time, chance and rules that every use case is given.
pub mod world;

// What is kept to be recognised and not to be read.
pub mod keyed_hash;

// Who speaks, and the sentences that all share.
pub mod say;

// `tradepost send`, a client of its own.
#[cfg(feature = "send")]
pub mod send_client;

// ---- What the service does, a folder for each capability: statements in `store*.rs`, sentences in
//      `say*.rs`, use cases in all others. --------------------------------------------------------

// Who has joined.
pub mod account;

// Deliveries.
pub mod outbox;

// Letters.
pub mod post;

// What people let each other do.
pub mod people;

// People who have not joined.
pub mod invite;

// Product shares.
pub mod share;

// Business cards.
pub mod card;

// Answers.
pub mod talk;

// What is due, and the message that is made of it.
pub mod claim;

// The one task that writes.
pub mod committer;

// Going, and taking everything along.
pub mod leave;

// What one transaction did not finish.
pub mod unfinished;

// What is seen to by itself, a row for each.
pub mod chores;

// The table of commands.
pub mod chat;

// ---- The edges. None imports another. -----------------------------------------------------------

// Stanzas in, stanzas out.
pub mod component;

// Pages for browsers and operators.
pub mod web;

// The worker that sends, and the timers.
pub mod deliver;

// Mail servers and SMS gateways.
pub mod mailer;

// Pictures and files from outside.
pub mod fetch;

// Builds everything, and stops it in order.
pub mod app;

// ---- What all of them promise the database, and it them. ----------------------------------------

#[cfg(test)]
pub(crate) mod tests;

// What the tests share names it so.
#[cfg(test)]
extern crate self as tradepost;
