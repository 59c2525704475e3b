//! Who wants to hear nothing, was asked, or has invited: known by keyed hashes of their addresses, which
//! outlive their accounts.

use crate::{
    domain::address::Address,
    ops::key::{self, Purpose},
    store::db::{Result, Tx},
    world::World,
};

/// Whether whoever has `address` wants to hear nothing.
pub(in crate::ops) async fn is_silent(tx: &mut Tx, address: &Address) -> Result<bool> {
    match key::kept_hash(tx, Purpose::Silence, &[&address.to_string()]).await? {
        Some(hash) => tx.is_silent(&hash).await,
        None => Ok(false),
    }
}

/// The keyed hash by which an address is known that wants to hear nothing, was asked, or has invited.
pub(in crate::ops) async fn known(tx: &mut Tx, world: &World, address: &str) -> Result<[u8; 32]> {
    key::hash(tx, world, Purpose::Silence, &[address]).await
}
