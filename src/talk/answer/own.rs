//! One's own words, which can be corrected and retracted.

use crate::{
    db::{Result, Tx},
    domain::{
        delivery::{Event, State},
        id::DeliveryId,
        note::Carries,
    },
    outbox::{delivery, store::DeliveryRow},
    world::World,
};

/// Whether `message` is what `author` wrote under the id `of`.
pub(super) async fn is_by(
    tx: &mut Tx,
    message: Option<&DeliveryRow>,
    author: &str,
    of: &str,
) -> Result<bool> {
    let Some(Carries::Note(no)) = message.map(DeliveryRow::carries) else { return Ok(false) };
    let found = tx.notes(&[no]).await?;
    Ok(found.iter().any(|note| note.author == author && note.stanza_id == of))
}

/// Forgets a retracted note. Answers whether it had not left yet, so that nobody need be told.
pub(super) async fn forget(
    tx: &mut Tx,
    world: &World,
    message: Option<&DeliveryRow>,
) -> Result<bool> {
    let Some(row) = message else { return Ok(false) };
    if let Carries::Note(no) = row.carries() {
        tx.empty_note(no).await?;
    }
    let waits = matches!(row.delivery().state, State::Held | State::Parked | State::Queued);
    let never_left = waits && row.delivery().attempt == 0;
    Ok(never_left && delivery::settle(tx, world, DeliveryId(row.id), Event::Cancel).await?)
}
