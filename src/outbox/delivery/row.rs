//! Moving deliveries on when the database refuses one of them: the others do not wait for it.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use crate::{
    account::store::Account,
    db::{Result, Savepoint, Tx, fault::is_everybodys},
    domain::{
        delivery::{AWAY, Delivery, Event, LEASE},
        id::DeliveryId,
    },
    outbox::store::DeliveryRow,
    world::World,
};

/// How long one rests that cannot be claimed.
const REST: Duration = Duration::from_mins(10);

/// Claims these: all at once, or each alone when the database refuses that. One that it refuses
/// rests, if that can be kept.
pub(crate) async fn claim_for(
    tx: &mut Tx,
    world: &World,
    wanted: &[DeliveryRow],
) -> Result<HashSet<DeliveryId>> {
    if wanted.is_empty() {
        return Ok(HashSet::new());
    }
    let (now, lease) = (world.now, world.now.after(LEASE));
    let ids: Vec<DeliveryId> = wanted.iter().map(|row| DeliveryId(row.id)).collect();
    tx.savepoint(Savepoint::Part).await?;
    let claimed = tx.claim(&ids, now, lease).await;
    if let Ok(claimed) = tx.settle(Savepoint::Part, claimed).await? {
        return Ok(claimed.into_iter().collect());
    }
    let (mut each, mut rest) = (HashSet::new(), Vec::new());
    for (row, id) in wanted.iter().zip(ids) {
        tx.savepoint(Savepoint::Part).await?;
        let claimed = tx.claim(&[id], now, lease).await;
        match tx.settle(Savepoint::Part, claimed).await? {
            Ok(claimed) => each.extend(claimed),
            Err(error) => {
                tracing::error!(delivery = %id.0, %error, "a delivery cannot be claimed, and rests");
                let later = Event::Suspend(now.after(REST));
                if let Some(next) = row.delivery().next(later, now, world.chance.dice()) {
                    rest.push((id, next));
                }
            }
        }
    }
    keep(tx, &rest).await?;
    Ok(each)
}

/// Whether this may have arrived.
pub(crate) async fn has_arrived(tx: &mut Tx, id: DeliveryId) -> Result<bool> {
    let row = tx.deliveries(&[id]).await?.pop();
    Ok(row.is_some_and(|row| row.delivery().may_have_arrived()))
}

/// The same happens to each of `ids`. One that the database refuses stays as it is, and the others
/// do not wait for it, nor whoever would tell it for ever.
pub(super) async fn settle_each(
    tx: &mut Tx,
    world: &World,
    ids: &[DeliveryId],
    event: Event,
) -> Result<()> {
    for id in ids {
        tx.savepoint(Savepoint::Part).await?;
        let settled = settle(tx, world, *id, event).await;
        if let Err(error) = tx.settle(Savepoint::Part, settled).await? {
            if is_everybodys(&error) {
                return Err(error);
            }
            tracing::error!(delivery = %id.0, %error, "a delivery stays as it is");
        }
    }
    Ok(())
}

/// What was just claimed, and stood so before, is not sent after all. It has been sent as often as it
/// had before this claim, by which others tell whether it may have arrived.
pub(crate) async fn withhold(tx: &mut Tx, world: &World, before: &DeliveryRow) -> Result<()> {
    match before.delivery().next(Event::Cancel, world.now, world.chance.dice()) {
        Some(next) => tx.save(DeliveryId(before.id), next).await,
        None => Ok(()),
    }
}

/// Keeps what becomes of deliveries: all at once, or each alone when the database refuses that. One
/// that it refuses stays as it is, and the others do not wait for it. Answers how many were kept.
pub(crate) async fn keep(tx: &mut Tx, moved: &[(DeliveryId, Delivery)]) -> Result<usize> {
    if moved.is_empty() || save(tx, moved).await?.is_ok() {
        return Ok(moved.len());
    }
    let mut kept = 0;
    for one in moved.chunks(1) {
        match save(tx, one).await? {
            Ok(()) => kept += 1,
            Err(error) => {
                let id = one.first().map(|(id, _)| id.0);
                tracing::error!(delivery = ?id, %error, "a delivery stays as it is");
            }
        }
    }
    Ok(kept)
}

/// Saves all of these or none.
async fn save(tx: &mut Tx, moved: &[(DeliveryId, Delivery)]) -> Result<Result<()>> {
    tx.savepoint(Savepoint::Part).await?;
    let mut saved = Ok(());
    for (id, next) in moved {
        if saved.is_ok() {
            saved = tx.save(*id, *next).await;
        }
    }
    tx.settle(Savepoint::Part, saved).await
}

/// How many more each of those who are away may be handed over.
pub(crate) async fn room_of(
    tx: &mut Tx,
    accounts: &HashMap<String, Account>,
) -> Result<HashMap<String, i64>> {
    let away: Vec<String> =
        accounts.values().filter(|a| !a.online).map(|a| a.jid.clone()).collect();
    if away.is_empty() {
        return Ok(HashMap::new());
    }
    let mut room: HashMap<String, i64> = away.iter().map(|jid| (jid.clone(), AWAY)).collect();
    for (jid, unconfirmed) in tx.unconfirmed(&away, AWAY).await? {
        room.insert(jid, (AWAY - unconfirmed).max(0));
    }
    Ok(room)
}

/// Applies one event to one delivery. Answers whether it meant anything.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn settle(
    tx: &mut Tx,
    world: &World,
    id: DeliveryId,
    event: Event,
) -> Result<bool> {
    let Some(row) = tx.deliveries(&[id]).await?.pop() else { return Ok(false) };
    let Some(next) = row.delivery().next(event, world.now, world.chance.dice()) else {
        return Ok(false);
    };
    tx.save(id, next).await?;
    Ok(true)
}
