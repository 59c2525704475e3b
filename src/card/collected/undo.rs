//! Undoing the last thing that was done to a collected card, for a day.

use super::entry::{NotDone, is_full, keep};
use crate::{
    card::store::CollectedRow,
    db::{Result, Tx},
    domain::card::Card,
    world::World,
};

/// What was undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undone {
    /// A change of the card of this number.
    Change(i64),
    /// Its deletion.
    Deletion(i64),
    /// The card of the second number had become part of the first; now there are both again.
    Merge(i64, i64),
}

/// Undoes what was done last, or what was done to the card of this number.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn undo(
    tx: &mut Tx,
    world: &World,
    account: &str,
    handle: Option<i64>,
) -> Result<std::result::Result<Undone, NotDone>> {
    let last = match handle {
        Some(handle) => Some(handle),
        None => tx.last_collected(account, world.now).await?,
    };
    let Some(last) = last else { return Ok(Err(NotDone::NothingToUndo)) };
    let row = tx.collected(account, last).await?;
    let is_open = |row: &CollectedRow| row.undo_until.is_some_and(|until| until > world.now.0);
    let Some(row) = row.filter(is_open) else { return Ok(Err(NotDone::NothingToUndo)) };
    let was_deleted = row.deleted_at.is_some();
    if was_deleted && is_full(tx, account).await? {
        return Ok(Err(NotDone::Full));
    }
    if let Some((first, second)) = merger(tx, world, &row).await? {
        if !was_deleted && is_full(tx, account).await? {
            return Ok(Err(NotDone::Full));
        }
        let undone = Undone::Merge(first.handle, second.handle);
        part(tx, world, first, &second).await?;
        restore(tx, world, second).await?;
        return Ok(Ok(undone));
    }
    let handle = row.handle;
    restore(tx, world, row).await?;
    Ok(Ok(if was_deleted { Undone::Deletion(handle) } else { Undone::Change(handle) }))
}

/// The merger that was the last thing done to `row`: the card that stayed, and the other.
async fn merger(
    tx: &mut Tx,
    world: &World,
    row: &CollectedRow,
) -> Result<Option<(CollectedRow, CollectedRow)>> {
    let found = match (row.deleted_at, row.merged_into) {
        (Some(_), Some(into)) => tx.collected_handle(into).await?,
        (Some(_), None) => None,
        (None, _) => tx.merged_collected(row.id, world.now).await?,
    };
    let Some(handle) = found else { return Ok(None) };
    let Some(other) = tx.collected(&row.account, handle).await? else { return Ok(None) };
    Ok(if row.deleted_at.is_some() {
        other.deleted_at.is_none().then(|| (other, row.clone()))
    } else {
        (other.deleted_at == Some(row.changed_at)).then(|| (row.clone(), other))
    })
}

/// Takes away from a card what it got from `second` when that became part of it. What was changed since
/// stays, whoever has changed it.
async fn part(
    tx: &mut Tx,
    world: &World,
    mut first: CollectedRow,
    second: &CollectedRow,
) -> Result<()> {
    let read = |text: &str| Card::parse(text).ok();
    let (Some(own), Some(more), Some(now)) =
        (second.before.as_deref().and_then(read), read(&second.card), read(&first.card))
    else {
        return Ok(());
    };
    let mut both = own.clone();
    both.absorb(&more);
    (first.before, first.known_before, first.undo_until) = (None, None, None);
    let alone = if now == both { own } else { own.merge(&both, &now) };
    keep(tx, world, first, &alone).await.map(|_| ())
}

/// Brings a card back as it was before its last change, or deletion; and whose word its name is, if it
/// was its keeper's change.
async fn restore(tx: &mut Tx, world: &World, mut row: CollectedRow) -> Result<()> {
    if row.deleted_at.is_none()
        && let Some(before) = row.before.take()
    {
        row.card = before;
        if let Some(known) = row.known_before.take() {
            (row.known_as, row.own_name) = (known, row.own_before);
        }
    }
    (row.before, row.known_before, row.undo_until) = (None, None, None);
    (row.deleted_at, row.merged_into) = (None, None);
    let Ok(card) = Card::parse(&row.card) else { return Ok(()) };
    keep(tx, world, row, &card).await.map(|_| ())
}
