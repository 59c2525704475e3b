//! Going on with what one transaction did not finish: portions that hold nobody up. Whatever has more
//! to do than one portion puts itself down again.

use jid::BareJid;
use uuid::Uuid;

use super::{World, account, consent, delivery, erase, own_card::follow, proof};
use crate::{
    domain::{clock::Millis, unfinished::Unfinished},
    store::db::{Result, Tx},
};

/// Goes on with what is unfinished for longest, and answers what that was; none when nothing is.
///
/// # Errors
/// When the database does not answer.
pub async fn go_on(tx: &mut Tx, world: &World) -> Result<Option<Unfinished>> {
    let Some((jid, code, other, since)) = tx.take_unfinished(world.now).await? else {
        return Ok(None);
    };
    // A number that no version has written means nothing.
    let Some(kind) = Unfinished::from_code(code) else { return Ok(None) };
    let (jid, other, since) = (jid.as_str(), other.as_str(), Millis(since));
    match kind {
        Unfinished::Left => erase::remove(tx, jid, since).await?,
        Unfinished::Leaving => erase::go_on(tx, world, jid, other).await?,
        Unfinished::Joined => account::release_held(tx, world, jid, since).await?,
        Unfinished::Said => {
            if let (Ok(account), Ok(other)) = (BareJid::new(jid), BareJid::new(other)) {
                consent::go_on(tx, world, &account, &other).await?;
            }
        }
        Unfinished::Proved => proof::go_on(tx, world, jid, other).await?,
        Unfinished::Back => delivery::go_on(tx, world, jid).await?,
        Unfinished::Woken => {
            if let Ok(after) = Uuid::try_parse(other) {
                delivery::wake(tx, world, jid, after).await?;
            }
        }
        Unfinished::Unfollowed => follow::end(tx, world, jid).await?,
        Unfinished::Deleted => follow::end_card(tx, world, jid, other).await?,
    }
    Ok(Some(kind))
}
