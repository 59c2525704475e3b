//! Acknowledging a card, and sending it again (S3.4, `xep/card-exchange.xml#ack`).
//!
//! After an error the delivery's own machine tries again (`domain/delivery.rs`), be it a card or
//! not, and nothing is done here. Here is the other half: a client that has ever acknowledged a card
//! is expected to do so, and when its owner is there and no acknowledgement, receipt or answer has
//! come, the card is sent again, after 10, 20, 40 and 80 minutes, with the same ids. The silence of
//! any other client is no reason to repeat anything, and neither is that of somebody who is away:
//! their server keeps it for them. Somebody who writes at that moment is waited for, because the
//! last thing they did may have been to come back.
//!
//! Every function that asks the database fails when that does not answer.

use std::sync::Arc;

use jid::BareJid;

use crate::{
    card::store_inbox::AgainRow,
    db::{Result, Tx},
    domain::{
        clock::Millis,
        delivery::{Event, State},
        id::{DeliveryId, ShareId},
        offer::{Decision, FIRST_AGAIN, again_after},
    },
    outbox::delivery,
    world::World,
};

/// A client of `from` has the card of this offer. From now on `from` is somebody whose clients
/// acknowledge. Nothing happens if `from` was offered no such card. Answers whether something that
/// waited for `from` was released.
pub(crate) async fn acknowledged(
    tx: &mut Tx,
    world: &World,
    from: &BareJid,
    offer: ShareId,
) -> Result<bool> {
    let Some(row) = tx.offered(from.as_str(), offer).await? else { return Ok(false) };
    let id = DeliveryId(row.delivery_id);
    tx.acknowledge(id, world.now).await?;
    tx.set_acks(from.as_str()).await?;
    delivery::confirmed(tx, world, &[(id, from.clone())]).await
}

/// What is done with a card whose timer is due.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    /// It is not sent again.
    Rest,
    /// It is looked at again then.
    Look(Millis),
    /// It is sent again now.
    Send,
}

/// Looks at up to `limit` cards whose timer is due, and queues those that are to be sent again: in
/// one transaction with their timers. Answers how many were queued, which are counted.
pub(crate) async fn send_again(tx: &mut Tx, world: &World, limit: i64) -> Result<u64> {
    let mut queued = 0;
    for row in tx.again_due(world.now, limit).await? {
        let id = DeliveryId(row.delivery.id);
        match turn(&row, world.now) {
            Next::Rest => tx.set_again(id, Millis::NEVER, row.again).await?,
            Next::Look(at) => tx.set_again(id, at, row.again).await?,
            Next::Send => {
                delivery::settle(tx, world, id, Event::Again).await?;
                let times = row.again + 1;
                let next = again_after(u32::try_from(times).unwrap_or(u32::MAX));
                let next = next.map_or(Millis::NEVER, |wait| world.now.after(wait));
                tx.set_again(id, next, times).await?;
                queued += 1;
            }
        }
    }
    let metrics = Arc::clone(&world.metrics);
    tx.after_commit(move || {
        metrics.resent.inc_by(queued);
    });
    Ok(queued)
}

fn turn(row: &AgainRow, now: Millis) -> Next {
    let times = u32::try_from(row.again).unwrap_or(u32::MAX);
    let is_settled = Decision::from_code(row.decision) != Some(Decision::Waits)
        || row.acked_at.is_some()
        || row.revoked_at.is_some();
    let (Some(wait), Some(true)) = (again_after(times), row.acks) else { return Next::Rest };
    let delivery = row.delivery.delivery();
    match delivery.state {
        _ if is_settled || now >= delivery.expires => Next::Rest,
        State::Handed | State::HandedFinal => {
            let seen = Millis(row.seen_at.unwrap_or(0));
            let sent = Millis(row.sent_at);
            // Where nobody sees whether the recipient is there, having written since counts.
            let is_there =
                row.online == Some(true) || (row.seen_by_us != Some(true) && seen > sent);
            // The recipient's client has its time from when it got the message, which may be when
            // it came.
            let due = sent.after(wait).max(seen.after(FIRST_AGAIN));
            if !is_there {
                Next::Look(now.after(FIRST_AGAIN))
            } else if now < due {
                Next::Look(due)
            } else {
                Next::Send
            }
        }
        // It is still on its way, or is being tried again.
        State::Held | State::Parked | State::Queued | State::Claimed => {
            Next::Look(now.after(FIRST_AGAIN))
        }
        State::Confirmed | State::Failed | State::Expired | State::Cancelled | State::Dead => {
            Next::Rest
        }
    }
}
