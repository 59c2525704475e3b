//! A collected card as it is kept: with what it is found by, and within what one person may have.

use std::time::Duration;

use crate::{
    card::store::CollectedRow,
    db::{Result, Tx},
    domain::{
        card::{BadCard, Card, Part},
        collected::Entry,
    },
    world::World,
};

/// The most cards of one person.
pub const CARDS_MAX: i64 = 10_000;

/// Why it was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotDone {
    /// The account has [`CARDS_MAX`] already.
    Full,
    /// The account has no such card.
    NoSuch(i64),
    /// These two are one card.
    Same(i64),
    /// They have not joined, or have left.
    NotJoined,
    /// There is nothing to be undone.
    NothingToUndo,
    /// They change too much at once.
    TooFast {
        /// After how long they may again.
        after: Duration,
    },
    /// What was given cannot be a value of this part.
    NoValue(Part),
    /// What would come of it is no card: it is too large, or has no name.
    Card(BadCard),
}

/// What comes of a change.
pub type Changed = std::result::Result<i64, NotDone>;

/// Keeps a card that was changed.
pub(super) async fn keep(
    tx: &mut Tx,
    world: &World,
    mut row: CollectedRow,
    card: &Card,
) -> Result<Changed> {
    // What was put together may be more than one card can hold, or may hold.
    let card = match Card::parse(&card.to_string()) {
        Ok(card) => card,
        Err(bad) => return Ok(Err(NotDone::Card(bad))),
    };
    row.card = card.to_string();
    row.changed_at = world.now.0;
    tx.update_collected(&row, &Entry::of(&card, row.giver.as_deref())).await?;
    Ok(Ok(row.handle))
}

/// Whether they have as many as one may have.
pub(super) async fn is_full(tx: &mut Tx, account: &str) -> Result<bool> {
    Ok(tx.count_collected(account).await? >= CARDS_MAX)
}
