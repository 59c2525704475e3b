//! Moving deliveries on when the database refuses one of them: the others do not wait for it.

use std::{collections::HashSet, time::Duration};

use crate::{
    domain::{
        delivery::{Delivery, Event, LEASE},
        id::DeliveryId,
    },
    ops::World,
    store::{
        db::{Result, Savepoint, Tx},
        delivery::DeliveryRow,
    },
};

/// How long one rests that cannot be claimed.
const REST: Duration = Duration::from_mins(10);

/// Claims these: all at once, or each alone when the database refuses that. One that it refuses
/// rests, if that can be kept.
pub(super) async fn claim_for(
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
    let mut each = HashSet::new();
    for (row, id) in wanted.iter().zip(ids) {
        tx.savepoint(Savepoint::Part).await?;
        let claimed = tx.claim(&[id], now, lease).await;
        match tx.settle(Savepoint::Part, claimed).await? {
            Ok(claimed) => each.extend(claimed),
            Err(error) => {
                tracing::error!(delivery = %id.0, %error, "a delivery cannot be claimed, and rests");
                let later = Event::Suspend(now.after(REST));
                if let Some(next) = row.delivery().next(later, now, world.chance.dice()) {
                    keep(tx, id, next).await?;
                }
            }
        }
    }
    Ok(each)
}

/// Keeps what becomes of one delivery. When the database refuses that, it stays as it is, and the
/// others do not wait for it. Answers whether it was kept.
pub(in crate::ops) async fn keep(tx: &mut Tx, id: DeliveryId, next: Delivery) -> Result<bool> {
    tx.savepoint(Savepoint::Part).await?;
    let saved = tx.save(id, next).await;
    let saved = tx.settle(Savepoint::Part, saved).await?;
    if let Err(error) = &saved {
        tracing::error!(delivery = %id.0, %error, "a delivery stays as it is");
    }
    Ok(saved.is_ok())
}
