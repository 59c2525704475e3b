//! Who is served when more is due than one claim takes.

use std::collections::{HashMap, HashSet};

use crate::{
    db::{Result, Tx},
    domain::delivery::State,
    outbox::store::DeliveryRow,
    world::{World, is_full},
};

/// Recipients that one claim looks at, whether or not something of theirs is due: many may wait for
/// the end of their quiet hours.
const LOOKS: i64 = 1_024;
/// What one of the server's own people has of a claim, and what all people of one other server's site
/// have of it together.
const EACH: usize = 8;
/// What each of the own people has if there is room left.
const MORE: usize = 32;

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
/// person's queue, or of one other server's people, stands in front of nobody else's. Answers behind
/// whom the next turn begins.
pub(super) async fn due_in_turns(
    tx: &mut Tx,
    world: &World,
    Portion { limit, after }: Portion<'_>,
) -> Result<(Vec<DeliveryRow>, String)> {
    let now = world.now;
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
    let (mut sites, mut more) = (HashMap::new(), Vec::new());
    for (rcpt, _) in people.iter().filter(|(_, due)| *due <= now.0) {
        let site = world.other_site(rcpt);
        let left = site.as_ref().map_or(EACH, |site| *sites.get(site).unwrap_or(&EACH));
        if left == 0 {
            continue;
        }
        let wanted = if site.is_some() { left } else { MORE };
        let theirs = tx.due_for(rcpt, now, wanted).await?;
        let mut theirs = theirs.into_iter().filter(|row| taken.insert(row.id));
        let before = rows.len();
        rows.extend(theirs.by_ref().take(left.min(room)));
        let served = rows.len() - before;
        room -= served;
        match site {
            Some(site) => drop(sites.insert(site, left - served)),
            None => more.extend(theirs),
        }
        if room == 0 {
            after.clone_from(rcpt);
            break;
        }
    }
    let rest = more.into_iter().chain(late.into_iter().filter(|row| taken.insert(row.id)));
    rows.extend(rest.take(room));
    Ok((rows, after))
}
