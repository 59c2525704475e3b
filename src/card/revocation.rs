//! Taking a share back, with the card that it may offer.

use jid::BareJid;

use super::own::follow;
use crate::{
    db::{Result, Tx},
    domain::id::ShareId,
    share::status::{self, Revoked},
    world::World,
};

/// Takes a share back as [`status`] says; whoever has taken the card that it offers keeps it, and
/// gets its changes no more. Answers whether `asker` has sent such a share.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn revoke(
    tx: &mut Tx,
    world: &World,
    asker: &BareJid,
    share: ShareId,
) -> Result<bool> {
    let revoked = status::revoke(tx, world, asker, share).await?;
    if revoked == Revoked::Card {
        follow::end_of(tx, asker.as_str(), share).await?;
        tx.end_offer(share).await?;
    }
    Ok(revoked != Revoked::Unknown)
}
