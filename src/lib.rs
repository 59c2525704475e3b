//! Tradepost: product shares, business cards and purchases between XMPP contacts.

pub mod app;
pub mod call;
pub mod commands;
pub mod config;
pub mod crash;
pub mod delivery;
pub mod domain;
pub mod fetch;
pub mod http;
pub mod letters;
pub mod limits;
pub mod memory;
pub mod metrics;
pub mod ops;
pub mod panics;
pub mod permission;
pub mod render;
pub mod send;
pub mod store;
pub mod stream;
pub mod watchdog;
pub mod wire;
pub mod world;
pub mod xmpp;
