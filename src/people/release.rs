//! What was held for somebody goes on when they have joined.

use uuid::Uuid;

use super::{address, consent};
use crate::{
    db::{Result, Tx},
    domain::{clock::Millis, id::DeliveryId, unfinished::Unfinished},
    outbox::delivery::count,
    world::{PASS, World, is_full},
};

/// What was held until they joined, behind `after`, goes the way of what is sent to them now: they have
/// joined to see what they were asked about, and nothing of anybody else.
pub(crate) async fn release_held(
    tx: &mut Tx,
    world: &World,
    jid: &str,
    after: Uuid,
    joined: Millis,
) -> Result<()> {
    let room = world.rows.left(PASS);
    let held = tx.held_for(jid, after, DeliveryId::end_of(joined), room).await?;
    world.rows.took(held.len());
    count(world, jid, held.len());
    if is_full(held.len(), room) {
        let done = held.last().map_or(after, |(id, _)| *id).to_string();
        world.put_unfinished(tx, (jid, Unfinished::Joined, &done), joined).await?;
    }
    let mut pairs: Vec<_> = held.iter().map(|(_, by)| (jid.to_owned(), by.clone())).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let fates = address::fates(tx, world, jid, &held).await?;
    address::let_in(tx, world, jid, held, fates).await?;
    consent::end_questions(tx, world, &pairs).await
}
