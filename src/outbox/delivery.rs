//! Moving deliveries on: the outbox's side of the state machine.
//!
//! Every function that asks the database fails when that does not answer.

mod held;
mod release;
mod row;

use std::collections::{HashMap, HashSet};

use jid::BareJid;

pub(crate) use self::row::settle;
use self::row::settle_each;
pub(crate) use self::{
    held::queue_held,
    release::{WORD, count, go_on, put_woken, release, release_unseen, wake},
    row::{claim_for, has_arrived, keep, room_of, withhold},
};
use crate::{
    db::{Result, Tx},
    domain::{
        delivery::{Event, REPLAY},
        id::{DeliveryId, StreamNo},
    },
    world::World,
};

/// The fence behind `ids` was answered on `stream`: the server has them.
pub(crate) async fn taken(
    tx: &mut Tx,
    world: &World,
    ids: &[DeliveryId],
    stream: StreamNo,
) -> Result<()> {
    tx.hand_over(ids, stream, world.now.after(REPLAY)).await?;
    Ok(())
}

/// The stream ended before the fence behind `ids`. `alone`: nothing else was on its way.
pub(crate) async fn lost(
    tx: &mut Tx,
    world: &World,
    ids: &[DeliveryId],
    alone: bool,
) -> Result<()> {
    settle_each(tx, world, ids, Event::Lost { alone }).await
}

/// `ids` were claimed and never written.
pub(crate) async fn unwritten(tx: &mut Tx, world: &World, ids: &[DeliveryId]) -> Result<()> {
    settle_each(tx, world, ids, Event::Orphaned).await
}

/// Nothing can be made of `ids` that could be sent: a person has to look.
pub(crate) async fn unsendable(tx: &mut Tx, world: &World, ids: &[DeliveryId]) -> Result<()> {
    settle_each(tx, world, ids, Event::Unsendable).await
}

/// Receipts, each with the bare JID it came from; only the recipient's own count. Whoever
/// acknowledges has been reached, and has room for more.
///
/// Answers whether something was released.
pub(crate) async fn confirmed(
    tx: &mut Tx,
    world: &World,
    receipts: &[(DeliveryId, BareJid)],
) -> Result<bool> {
    let from: HashSet<(DeliveryId, &str)> =
        receipts.iter().map(|(id, jid)| (*id, jid.as_str())).collect();
    let mut ids: Vec<DeliveryId> = receipts.iter().map(|(id, _)| *id).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut own = Vec::with_capacity(ids.len());
    // How many more each of them may be sent; none for a receipt that says nothing new.
    let mut room: HashMap<String, i64> = HashMap::new();
    for row in tx.deliveries(&ids).await? {
        let id = DeliveryId(row.id);
        if from.contains(&(id, row.rcpt.as_str())) {
            let is_news = row.delivery().next(Event::Confirmed, world.now, 0.0).is_some();
            *room.entry(row.rcpt).or_insert(0) += i64::from(is_news);
            own.push(id);
        }
    }
    tx.confirm(&own).await?;
    let people: Vec<String> = room.keys().cloned().collect();
    tx.set_reached(&people).await?;
    room.retain(|_, n| *n > 0);
    let people: Vec<String> = room.keys().cloned().collect();
    let mut released = false;
    for rcpt in tx.waiting(&people).await? {
        let room = room.get(&rcpt).copied().unwrap_or(0);
        released |= release(tx, world, &rcpt, room).await?;
    }
    Ok(released)
}
