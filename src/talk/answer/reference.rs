//! What a note refers to, as its reader's client knows it.

use uuid::Uuid;

use crate::{
    db::{Result, Tx},
    domain::{
        delivery::State,
        id::DeliveryId,
        note::{Carries, Kind, Reference},
    },
    outbox::store::DeliveryRow,
};

/// The message that a note refers to, as the reader's client knows it.
pub(super) async fn reference(
    tx: &mut Tx,
    kind: Kind,
    message: Option<&DeliveryRow>,
    conversation: &DeliveryRow,
    reader: &str,
) -> Result<Option<Reference>> {
    let message = match message {
        // A client that lacks the message would show nothing: profanity drops a correction of what
        // it does not know, and clients hide the text that stands in for a reaction.
        Some(row) if kind != Kind::Words => {
            let original = original(tx, row).await?;
            let has = original.rcpt != reader || original.delivery().state == State::Confirmed;
            return if has { known_as(tx, &original, reader).await } else { Ok(None) };
        }
        Some(row) => Some(row.clone()),
        None => None,
    };
    if let Some(row) = &message
        && let Some(known) = known_as(tx, row, reader).await?
    {
        return Ok(Some(known));
    }
    if let Some(known) = known_as(tx, conversation, reader).await? {
        return Ok(Some(known));
    }
    // Its sender has no message that shows the share: the last thing said stands in for it.
    match tx.said_last(DeliveryId(conversation.id)).await? {
        Some(row) => known_as(tx, &row, reader).await,
        None => Ok(None),
    }
}

/// What a correction was made of, for a client joins corrections to the first version only.
async fn original(tx: &mut Tx, row: &DeliveryRow) -> Result<DeliveryRow> {
    if let Carries::Note(no) = row.carries()
        && let Some(note) = tx.notes(&[no]).await?.pop().map(|row| row.note().1)
        && let (Kind::Correction, Some(refers)) = (note.kind, note.refers)
        && let Ok(first) = Uuid::try_parse(&refers.id)
        && let Some(first) = tx.deliveries(&[DeliveryId(first)]).await?.pop()
    {
        return Ok(first);
    }
    Ok(row.clone())
}

/// The id by which `reader` knows a message.
async fn known_as(tx: &mut Tx, row: &DeliveryRow, reader: &str) -> Result<Option<Reference>> {
    if row.rcpt == reader {
        return Ok(Some(Reference { id: row.id.to_string(), is_own: false }));
    }
    let Carries::Note(no) = row.carries() else { return Ok(None) };
    let note = tx.notes(&[no]).await?.pop();
    let id = note.map(|note| note.stanza_id).filter(|id| !id.is_empty());
    Ok(id.map(|id| Reference { id, is_own: true }))
}
