//! When somebody wants to be asked about strangers.

use jid::BareJid;
use uuid::Uuid;

use super::consent::ask_of;
use crate::{
    db::{Result, Tx},
    domain::consent::Ask,
    people::release::release_held,
    world::World,
};

/// Somebody wants to be asked about others, or about nobody: what waits goes the way of what is sent to
/// them now, in order, and whoever need not be asked about any more is let in.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn set_ask(tx: &mut Tx, world: &World, account: &BareJid, ask: Ask) -> Result<()> {
    let before = tx.account(account.as_str()).await?.map(|account| ask_of(world, &account));
    tx.set_ask(account.as_str(), ask).await?;
    if ask == Ask::Always || before == Some(ask) {
        return Ok(());
    }
    release_held(tx, world, account.as_str(), Uuid::nil(), world.moment()).await
}
