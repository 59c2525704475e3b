//! Who is served when more is due than one claim takes.

use std::collections::HashSet;

use super::is_full;
use crate::{
    domain::{clock::Millis, delivery::State},
    store::{
        db::{Result, Tx},
        delivery::DeliveryRow,
    },
};

/// Recipients that one claim looks at, whether or not something of theirs is due.
const LOOKS: i64 = 64;
/// What one of them has of a claim.
const EACH: i64 = 8;

/// How much a claim takes.
#[derive(Debug, Clone, Copy)]
pub struct Portion<'a> {
    /// Deliveries, at the most.
    pub limit: i64,
    /// Whose turn it was last: a recipient, or empty to begin with the first.
    pub after: &'a str,
}

impl From<i64> for Portion<'_> {
    fn from(limit: i64) -> Self {
        Self { limit, after: "" }
    }
}

/// Up to `limit` of what is due, the longest due first; but if that is not all, half of it is what
/// is due for recipients in turn, by the name, from the one behind `after` on: what is let go of one
/// person's queue stands in front of nobody else's. Answers behind whom the next turn begins.
pub(super) async fn due_in_turns(
    tx: &mut Tx,
    now: Millis,
    Portion { limit, after }: Portion<'_>,
) -> Result<(Vec<DeliveryRow>, String)> {
    let mut rows = tx.due(State::Queued, now, limit).await?;
    if !is_full(rows.len(), limit) {
        return Ok((rows, String::new()));
    }
    let late = rows.split_off(rows.len() / 2);
    let mut taken: HashSet<_> = rows.iter().map(|row| row.id).collect();
    let people = tx.queued_for(after, LOOKS).await?;
    let last = people.last().filter(|_| is_full(people.len(), LOOKS));
    let mut after = last.map(|(rcpt, _)| rcpt.clone()).unwrap_or_default();
    let mut room = late.len();
    for (rcpt, _) in people.iter().filter(|(_, due)| *due <= now.0) {
        let theirs = tx.due_for(rcpt, now, EACH).await?;
        let theirs = theirs.into_iter().filter(|row| taken.insert(row.id)).take(room);
        let before = rows.len();
        rows.extend(theirs);
        room -= rows.len() - before;
        if room == 0 {
            after.clone_from(rcpt);
            break;
        }
    }
    rows.extend(late.into_iter().filter(|row| taken.insert(row.id)).take(room));
    Ok((rows, after))
}
