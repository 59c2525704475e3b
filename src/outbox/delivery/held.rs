//! What was held is let go.

use std::collections::{HashMap, HashSet};

use crate::{
    account::store::{Account, Counters},
    db::{Result, Tx},
    domain::{id::DeliveryId, note::Carries},
    outbox::store::DeliveryRow,
    world::World,
};

/// Queues what was held, in order, with a number for each share; a note has that of its share.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn queue_held(
    tx: &mut Tx,
    world: &World,
    jid: &str,
    held: Vec<DeliveryRow>,
) -> Result<()> {
    let Some(account) = tx.account(jid).await?.filter(|_| !held.is_empty()) else { return Ok(()) };
    let mut next_handle = account.next_handle;
    // Each share with all that was said about it: that may be a lot, and come in a later portion.
    let mut numbered: HashMap<DeliveryId, (i64, Vec<DeliveryId>)> = HashMap::new();
    let (shares, notes): (Vec<&DeliveryRow>, Vec<&DeliveryRow>) =
        held.iter().partition(|row| row.carries() == Carries::Share);
    for row in shares {
        numbered.insert(DeliveryId(row.id), (next_handle, vec![DeliveryId(row.id)]));
        next_handle += 1;
    }
    let earlier: HashSet<DeliveryId> = notes.iter().map(|row| row.about()).collect();
    let earlier: Vec<DeliveryId> =
        earlier.into_iter().filter(|about| !numbered.contains_key(about)).collect();
    for row in tx.deliveries(&earlier).await? {
        numbered.insert(DeliveryId(row.id), (row.handle, Vec::new()));
    }
    for row in notes {
        if let Some((_, ids)) = numbered.get_mut(&row.about()) {
            ids.push(DeliveryId(row.id));
        }
    }
    for (handle, ids) in numbered.values() {
        tx.set_handle(ids, *handle).await?;
    }
    let held: Vec<DeliveryId> = held.iter().map(|row| DeliveryId(row.id)).collect();
    tx.let_go(&held, world.now).await?;
    let Account { jid, paced_until, .. } = account;
    tx.set_counters(&[Counters { jid, next_handle, paced_until }]).await
}
