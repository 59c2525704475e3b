//! What somebody was sent, by the id that their client knows it by.

use uuid::Uuid;

use crate::{
    db::{Result, Tx},
    domain::id::DeliveryId,
    outbox::store::DeliveryRow,
};

/// The message that `reader` was sent and knows under `id`, be it that of its picture or its recording.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn sent_as(tx: &mut Tx, reader: &str, id: &str) -> Result<Option<DeliveryRow>> {
    let Ok(uuid) = Uuid::try_parse(id) else { return Ok(None) };
    let of_file = [DeliveryId::of_picture, DeliveryId::of_recording, DeliveryId::of_card];
    let ids = of_file.map(|id| id(uuid)).into_iter().chain([DeliveryId(uuid)]);
    let ids: Vec<DeliveryId> = ids.collect();
    Ok(tx.deliveries(&ids).await?.into_iter().find(|row| row.rcpt == reader))
}
