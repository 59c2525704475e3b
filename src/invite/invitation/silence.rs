//! Who wants to hear nothing, was asked, or has invited: known by keyed hashes of their addresses, which
//! outlive their accounts.

use crate::{
    db::{Result, Tx},
    domain::address::Address,
    keyed_hash::{self, Purpose},
    world::World,
};

/// Whether whoever has `address` wants to hear nothing.
pub(crate) async fn is_silent(tx: &mut Tx, address: &Address) -> Result<bool> {
    match keyed_hash::kept_hash(tx, Purpose::Silence, &[&address.to_string()]).await? {
        Some(hash) => tx.is_silent(&hash).await,
        None => Ok(false),
    }
}

/// The keyed hash by which an address is known that wants to hear nothing, was asked, or has invited.
pub(crate) async fn known(tx: &mut Tx, world: &World, address: &str) -> Result<[u8; 32]> {
    keyed_hash::hash(tx, world, Purpose::Silence, &[address]).await
}
