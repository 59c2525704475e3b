//! Real servers, real sockets, real processes: everything a test or a bench needs around the
//! component, started privately on loopback and gone when the test is, however it ends.
//!
//! Reading order: [`place`] (folders, ports) and [`process`] (children that cannot outlive us), then
//! the servers ([`server`], [`postgres`], one that is played: [`upstream`], and their
//! [`certificate`]), the people ([`client`] over [`wire`] with [`lint`], and those with clients of
//! others: [`browser`], [`terminal`], [`python`]), the bad network ([`proxy`]) and the program under
//! test ([`component`]).
//!
//! The harness panics with the reason when the ground under a test does not hold: a server that
//! does not start is not a result of the test.

pub(crate) mod browser;
pub(crate) mod certificate;
pub(crate) mod client;
pub(crate) mod component;
mod ejabberd;
pub(crate) mod fixture;
pub(crate) mod http;
pub(crate) mod lint;
mod patience;
pub(crate) mod place;
pub(crate) mod postgres;
pub(crate) mod process;
mod prosody;
pub(crate) mod proxy;
pub(crate) mod python;
pub(crate) mod server;
pub(crate) mod terminal;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod upstream;
pub(crate) mod wire;

pub(crate) use patience::{PATIENCE, eventually};
