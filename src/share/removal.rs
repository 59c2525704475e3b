//! Shares that are over are forgotten, in portions: what was said about each goes first, by rows and
//! not by shares, for about one share as much may be said as people like.
//!
//! A share goes with its own deliveries, so that the books balance between two portions. Until then
//! nothing of it is forgotten of which something is still on its way, unless a portion's worth that has
//! ended comes before that.

use uuid::Uuid;

use crate::{
    db::{Result, Tx},
    domain::{clock::Millis, delivery::State, id::ShareId},
    world::{Cursor, PASS, World, is_full},
};

/// Shares looked at in one transaction.
const SHARES: i64 = 100;

/// Forgets a portion of what is over behind `place`, a share by when it expired and by its name: [`PASS`]
/// rows at the most. Answers where to go on; none when all was looked at.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn forget(tx: &mut Tx, world: &World, place: Cursor) -> Result<Option<Cursor>> {
    let Cursor(mut expired, mut last) = place;
    let found = tx.expired_shares(world.now, expired, last, SHARES).await?;
    let mut is_more = is_full(found.len(), SHARES);
    let (mut room, mut gone) = (PASS, Vec::new());
    for (id, at, recipients) in found {
        match empty(tx, ShareId(id), recipients, &mut room, true).await? {
            Empties::More => {
                is_more = true;
                break;
            }
            Empties::Empty => gone.push(ShareId(id)),
            Empties::Waits => {}
        }
        (expired, last) = (Millis(at), id);
    }
    tx.delete_shares(&gone).await?;
    Ok(is_more.then_some(Cursor(expired, last)))
}

/// What there is of a share, besides itself and its own deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Empties {
    /// More than there was room for.
    More,
    /// Something that is on its way.
    Waits,
    /// Nothing, and there is room for them.
    Empty,
}

/// Removes what was said about a share, with what carries it, and the links to what somebody keeps of
/// it: as much as there is `room` for, which it takes up. `waits`: nothing, if it finds something that
/// is on its way.
pub(crate) async fn empty(
    tx: &mut Tx,
    share: ShareId,
    recipients: i64,
    room: &mut i64,
    waits: bool,
) -> Result<Empties> {
    // Each with its note.
    let most = *room / 2;
    if most <= 0 {
        return Ok(Empties::More);
    }
    let found = tx.notices_of(share, most).await?;
    let is_open = |code: i64| State::from_code(code).is_some_and(|state| !state.has_ended());
    let is_said = found.iter().any(|(.., state)| is_open(*state));
    if waits && (is_said || tx.is_on_its_way(share).await?) {
        *room = room.saturating_sub_unsigned(found.len() as u64 + 1);
        return Ok(Empties::Waits);
    }
    let notices: Vec<(Uuid, i64)> = found.iter().map(|(id, carries, _)| (*id, *carries)).collect();
    tx.delete_notices(&notices).await?;
    *room = room.saturating_sub_unsigned(2 * notices.len() as u64);
    if is_full(notices.len(), most) {
        return Ok(Empties::More);
    }
    let notes = tx.delete_notes_about(share, *room).await?;
    *room = room.saturating_sub_unsigned(notes);
    let links = tx.delete_saved_of(share, *room).await?;
    *room = room.saturating_sub_unsigned(links);
    // Its own deliveries go together, however many they are: if need be, with nothing else.
    if *room <= 0 || (recipients > *room && *room < PASS) {
        return Ok(Empties::More);
    }
    *room -= recipients;
    Ok(Empties::Empty)
}
