//! What an error says that comes back for a delivery.

use jid::BareJid;

use crate::{
    db::{Result, Tx},
    domain::{
        delivery::{Bounce, Event, SUSPENSION},
        id::{DeliveryId, ShareId},
        invitation::State,
        note::Carries,
    },
    outbox::delivery::release,
    post::letter,
    world::World,
};

/// An error for a delivery came from its recipient's server. Errors that nobody sent count as
/// nothing. One that ends it makes room for another that is parked; answers whether one was.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn bounced(
    tx: &mut Tx,
    world: &World,
    id: DeliveryId,
    from: &BareJid,
    bounce: Bounce,
) -> Result<bool> {
    let Some(row) = tx.deliveries(&[id]).await?.pop() else {
        letter::bounced(tx, id, bounce).await?;
        return Ok(false);
    };
    if row.rcpt != from.as_str() {
        return Ok(false);
    }
    let reached = tx.account(&row.rcpt).await?.is_some_and(|account| account.reached);
    let event = Event::Bounced { bounce, reached };
    if let Some(next) = row.delivery().next(event, world.now, world.chance.dice()) {
        tx.save(id, next).await?;
        if row.carries() == Carries::Invitation
            && next.state.has_ended()
            && let Some(share) = tx.shares(&[ShareId(row.share_id)]).await?.pop()
        {
            // The inviter does not see that; and whoever has got it all the same may still answer.
            tx.set_invitation(&share.sender, &row.rcpt, State::Undelivered).await?;
        }
        if bounce == Bounce::Unavailable && reached {
            tx.suspend(&row.rcpt, world.now.after(SUSPENSION)).await?;
        }
        let waits = next.state.has_ended()
            && !tx.waiting(std::slice::from_ref(&row.rcpt)).await?.is_empty();
        if waits {
            return release(tx, world, &row.rcpt, 1).await;
        }
    }
    Ok(false)
}
