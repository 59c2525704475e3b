//! Taking a share back, with the card that it may offer.

use jid::BareJid;

use super::{
    aftermath::{self, Revoked},
    own_card::follow,
};
use crate::{
    domain::id::ShareId,
    store::db::{Result, Tx},
    world::World,
};

/// Takes a share back as [`aftermath`] says; whoever has taken the card that it offers keeps it, and
/// gets its changes no more. Answers whether `asker` has sent such a share.
///
/// # Errors
/// When the database does not answer.
pub async fn revoke(tx: &mut Tx, world: &World, asker: &BareJid, share: ShareId) -> Result<bool> {
    let revoked = aftermath::revoke(tx, world, asker, share).await?;
    if revoked == Revoked::Card {
        follow::end_of(tx, asker.as_str(), share).await?;
        tx.end_offer(share).await?;
    }
    Ok(revoked != Revoked::Unknown)
}
