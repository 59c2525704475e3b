//! What time brings about: leases that are over, ends of the replay window, ends of life.

use std::collections::HashMap;

use crate::{
    db::{Result, Tx},
    domain::{
        delivery::{Event, State},
        id::DeliveryId,
    },
    outbox::{
        delivery::{keep, release_unseen},
        store::DeliveryRow,
        stream,
    },
    people::{address::arrive, consent},
    world::{PASS, World, is_full},
};

/// Does what has become due: leases that are over, ends of the replay window, ends of life, and
/// numbers and mail addresses to be looked up.
/// Answers whether there may be more.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn due(tx: &mut Tx, world: &World) -> Result<bool> {
    let mut finished = HashMap::new();
    if stream::is_settled(tx).await? {
        for rcpt in tx.finish_handed(world.now, PASS).await? {
            *finished.entry(rcpt).or_insert(0) += 1;
        }
    }
    let mut more = finished.values().sum::<i64>() == PASS;
    release_unseen(tx, world, finished).await?;
    for state in [State::Held, State::Parked, State::Claimed] {
        let rows = tx.due(state, world.now, PASS).await?;
        more |= is_full(rows.len(), PASS);
        let next = |row: &DeliveryRow| {
            let next = row.delivery().next(Event::Due, world.now, world.chance.dice());
            next.map(|next| (DeliveryId(row.id), next))
        };
        let moved: Vec<_> = rows.iter().filter_map(next).collect();
        keep(tx, &moved).await?;
        if state == State::Held {
            consent::expired(tx, world, &moved).await?;
            arrive(tx, world, &rows).await?;
        }
    }
    Ok(more)
}
