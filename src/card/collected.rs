//! Collected cards (S3.5, S4.7): taking, adding, changing, deleting, and a day in which the last
//! of these can be undone. Looking through them is in [`super::address_book`].
//!
//! The card is kept as it was given, with the changes of whoever keeps it; what it is found by
//! follows from it ([`Entry`]).
//!
//! Every function that asks the database fails when that does not answer.

#![expect(clippy::missing_errors_doc, reason = "said once, above")]

mod entry;
mod undo;

use std::time::Duration;

use uuid::Uuid;

use self::entry::{is_full, keep};
pub(crate) use self::undo::undo;
pub use self::{
    entry::{CARDS_MAX, Changed, NotDone},
    undo::Undone,
};
use crate::{
    account::store::Counters,
    card::store::CollectedRow,
    db::{Result, Tx},
    domain::{
        card::{BadCard, Card, Change, Part},
        collected::{Entry, entry_name, several},
        text::{clean, one_line},
    },
    world::World,
};

/// How long a change or a deletion can be undone.
pub(in crate::card) const UNDO: Duration = Duration::from_hours(24);
/// Bytes that are kept for each byte of a card: what it is found by stands beside it.
const KEYS: usize = 2;
/// The most deleted cards of one person that wait for their end; the oldest goes for a new one.
const DELETED_MAX: i64 = 500;

/// A card that somebody takes from another person's hand, or brings themselves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gift<'a> {
    /// Who takes it.
    pub account: &'a str,
    /// The number by which the taker knows it already: that of its delivery.
    pub handle: Option<i64>,
    /// Who gave it; nobody, when it came in a file.
    pub giver: Option<&'a str>,
    /// Which of the giver's own cards it is; none for that of somebody else.
    pub giver_card: Option<&'a str>,
    /// Whether it is the card of a third person.
    pub third: bool,
    /// Whether it follows the changes of the giver's card.
    pub follows: bool,
    /// The card.
    pub card: &'a Card,
    /// The name under which it is taken: that on the offer, which the giver may have changed since. It is
    /// nobody's own word, in a file neither, which somebody else may have written.
    pub name: &'a str,
    /// The parts that are taken, beside the name; none is all of it.
    pub parts: &'a [Part],
}

/// Takes a card, and answers the taker's number for it. If they have taken this offer before, the
/// further parts are added to the same card, which keeps its number. Somebody who has left takes
/// none: what they keep would not go with the rest.
pub(crate) async fn take(tx: &mut Tx, world: &World, gift: &Gift<'_>) -> Result<Changed> {
    if tx.account(gift.account).await?.is_none() {
        return Ok(Err(NotDone::NotJoined));
    }
    let given = match gift.parts {
        [] => gift.card.clone(),
        parts => gift.card.only(parts),
    };
    let known = match gift.handle {
        Some(handle) => tx.collected(gift.account, handle).await?,
        None => None,
    };
    let mut parts = gift.parts.to_vec();
    match known {
        Some(mut row) if row.deleted_at.is_none() => {
            let mut card = Card::parse(&row.card).unwrap_or_else(|_| given.clone());
            card.absorb(&given);
            if row.parts.is_empty() || parts.is_empty() {
                parts.clear();
            } else {
                parts.extend(read_parts(&row.parts));
            }
            row.parts = write_parts(&parts);
            if gift.follows {
                (row.follows, row.followed_at) = (true, world.now.0);
            }
            replace_own(tx, world, row, &card, None).await
        }
        // The taker had deleted it, and wants it after all.
        Some(mut row) => {
            if is_full(tx, gift.account).await? {
                return Ok(Err(NotDone::Full));
            }
            (row.deleted_at, row.merged_into) = (None, None);
            (row.before, row.known_before, row.undo_until) = (None, None, None);
            row.parts = write_parts(&parts);
            (row.follows, row.followed_at) = (gift.follows, world.now.0);
            (row.known_as, row.own_name) = (entry_name(gift.name), false);
            keep(tx, world, row, &given).await
        }
        None => {
            if is_full(tx, gift.account).await? {
                return Ok(Err(NotDone::Full));
            }
            let handle = match gift.handle {
                Some(handle) => handle,
                None => match next_handle(tx, gift.account).await? {
                    Some(handle) => handle,
                    None => return Ok(Err(NotDone::Full)),
                },
            };
            let row = CollectedRow {
                id: world.chance.uuid(world.now),
                account: gift.account.to_owned(),
                handle,
                giver: gift.giver.map(str::to_owned),
                giver_card: gift.giver_card.map(str::to_owned),
                third: gift.third,
                follows: gift.follows,
                followed_at: world.now.0,
                parts: write_parts(&parts),
                changed_at: world.now.0,
                deleted_at: None,
                merged_into: None,
                undo_until: None,
                card: given.to_string(),
                before: None,
                known_as: entry_name(gift.name),
                own_name: false,
                known_before: None,
                own_before: false,
                before_since: None,
            };
            tx.insert_collected(&row, &Entry::of(&given, gift.giver)).await?;
            world.rules.limits.keeps(gift.account, [gift.account.len()], KEYS * row.card.len());
            Ok(Ok(handle))
        }
    }
}

/// Adds a card that came in a file.
pub async fn add(tx: &mut Tx, world: &World, account: &str, card: &Card) -> Result<Changed> {
    let gift = Gift {
        account,
        handle: None,
        giver: None,
        giver_card: None,
        third: false,
        follows: false,
        card,
        name: card.name(),
        parts: &[],
    };
    take(tx, world, &gift).await
}

/// The card of this number, with what is known of it.
pub(crate) async fn show(
    tx: &mut Tx,
    account: &str,
    handle: i64,
) -> Result<Option<(CollectedRow, Card)>> {
    let row = tx.collected(account, handle).await?.filter(|row| row.deleted_at.is_none());
    Ok(row.and_then(|row| {
        let card = Card::parse(&row.card).ok()?;
        Some((row, card))
    }))
}

/// Puts these values in the place of all of each part; none removes it.
pub(crate) async fn edit(
    tx: &mut Tx,
    world: &World,
    account: &str,
    handle: i64,
    changes: &[(Part, Vec<String>)],
) -> Result<Changed> {
    let Some((row, mut card)) = show(tx, account, handle).await? else {
        return Ok(Err(NotDone::NoSuch(handle)));
    };
    let mut name = None;
    for (part, values) in changes {
        let mut values: Vec<String> = match part {
            // Commas in them separate others.
            Part::Categories => values.iter().flat_map(|it| several(it)).collect(),
            Part::Note => values.iter().map(|it| clean(it.trim().to_owned())).collect(),
            _ => values.iter().map(|it| one_line(it)).collect(),
        };
        values.retain(|it| !it.is_empty());
        if matches!(part, Part::Name | Part::Birthday) {
            values.truncate(1);
        }
        if *part == Part::Name && values.is_empty() {
            return Ok(Err(NotDone::Card(BadCard::NoName)));
        }
        card.set(*part, &values);
        if card.values(*part).len() < values.len() {
            return Ok(Err(NotDone::NoValue(*part)));
        }
        if *part == Part::Name {
            name = Some(entry_name(card.name()));
        }
    }
    replace_own(tx, world, row, &card, name).await
}

/// The giver has changed a card that this one follows, from `base` to `new`: what was taken of it
/// becomes the new version; what its keeper has changed stays. Answers what is new to the keeper.
/// Nothing is done to a card that follows nothing. If the giver makes several changes, each within
/// a day of the one before, what there was before all of them can come back: otherwise a trifle
/// would leave no way to undo the change before it.
pub(in crate::card) async fn renew(
    tx: &mut Tx,
    world: &World,
    account: &str,
    handle: i64,
    base: &Card,
    new: &Card,
) -> Result<std::result::Result<Vec<Change>, NotDone>> {
    let shown = show(tx, account, handle).await?.filter(|(row, _)| row.follows);
    let Some((mut row, old)) = shown else { return Ok(Err(NotDone::NoSuch(handle))) };
    let parts: Vec<Part> = read_parts(&row.parts).collect();
    let taken = |card: &Card| if parts.is_empty() { card.clone() } else { card.only(&parts) };
    let card = old.merge(&taken(base), &taken(new));
    let changes = old.diff(&card);
    let is_open = row.undo_until.is_some_and(|until| until > world.now.0);
    let first = row.before.clone().filter(|_| is_open && row.known_before.is_none());
    row.known_before = None;
    Ok(replace(tx, world, row, &card, first).await?.map(|_| changes))
}

/// The card of this number follows the changes of its giver's card no more. Answers whether it
/// did.
pub(in crate::card) async fn unfollow(tx: &mut Tx, account: &str, handle: i64) -> Result<bool> {
    let shown = show(tx, account, handle).await?.filter(|(row, _)| row.follows);
    let Some((mut row, card)) = shown else { return Ok(false) };
    row.follows = false;
    tx.update_collected(&row, &Entry::of(&card, row.giver.as_deref())).await?;
    Ok(true)
}

/// Deletes a card: for a day that can be undone, then it is gone; with `now` it is gone at once,
/// also if it was deleted before. Answers whether there was one.
pub async fn delete(
    tx: &mut Tx,
    world: &World,
    account: &str,
    handle: i64,
    now: bool,
) -> Result<bool> {
    let row = tx.collected(account, handle).await?;
    let row = row.filter(|row| row.deleted_at.is_none() || now);
    let Some(row) = row else { return Ok(false) };
    put_away(tx, world, &row, None, now).await?;
    Ok(true)
}

/// Makes one card of two: the first keeps its values and gets what the other has more; the other
/// is deleted. Undone, there are both again.
pub(crate) async fn merge(
    tx: &mut Tx,
    world: &World,
    account: &str,
    handle: i64,
    other: i64,
) -> Result<Changed> {
    if handle == other {
        return Ok(Err(NotDone::Same(handle)));
    }
    let Some((row, mut card)) = show(tx, account, handle).await? else {
        return Ok(Err(NotDone::NoSuch(handle)));
    };
    let Some((second, more)) = show(tx, account, other).await? else {
        return Ok(Err(NotDone::NoSuch(other)));
    };
    let (id, before) = (row.id, row.card.clone());
    card.absorb(&more);
    let merged = replace_own(tx, world, row, &card, None).await?;
    if merged.is_ok() {
        put_away(tx, world, &second, Some((id, before.as_str())), false).await?;
    }
    Ok(merged)
}

/// Forgets up to `limit` cards that were deleted for good, and of others what was there before.
/// Answers how many.
pub(crate) async fn forget(tx: &mut Tx, world: &World, limit: i64) -> Result<u64> {
    let forgotten = tx.forget_collected(world.now, limit).await?;
    if forgotten > 0 {
        tx.put_removal(world.chance.uuid(world.now)).await?;
    }
    Ok(forgotten)
}

/// As [`replace`], for whoever has the card: it is kept for them. `name`: that which they give it.
async fn replace_own(
    tx: &mut Tx,
    world: &World,
    mut row: CollectedRow,
    card: &Card,
    name: Option<String>,
) -> Result<Changed> {
    let (limits, account, text) = (&world.rules.limits, row.account.clone(), card.to_string());
    let changes = text != row.card;
    if let Some(after) = limits.full_for(&account).filter(|_| changes) {
        return Ok(Err(NotDone::TooFast { after }));
    }
    if changes {
        (row.known_before, row.own_before) = (Some(row.known_as.clone()), row.own_name);
    }
    if let Some(name) = name {
        (row.known_as, row.own_name) = (name, true);
    }
    let replaced = replace(tx, world, row, card, None).await?;
    if replaced.is_ok() && changes {
        limits.keeps(&account, [account.len()], KEYS * text.len());
    }
    Ok(replaced)
}

/// Keeps `card` in the place of what is in `row`. What is there then can come back, or `before`.
async fn replace(
    tx: &mut Tx,
    world: &World,
    mut row: CollectedRow,
    card: &Card,
    before: Option<String>,
) -> Result<Changed> {
    if card.to_string() == row.card {
        return keep(tx, world, row, card).await;
    }
    row.before_since = row.before_since.filter(|_| before.is_some()).or(Some(world.now.0));
    row.before = before.or(Some(std::mem::take(&mut row.card)));
    row.undo_until = Some(world.now.after(UNDO).0);
    keep(tx, world, row, card).await
}

async fn put_away(
    tx: &mut Tx,
    world: &World,
    row: &CollectedRow,
    into: Option<(Uuid, &str)>,
    now: bool,
) -> Result<()> {
    let until = if now { world.now } else { world.now.after(UNDO) };
    tx.delete_collected(row.id, into, world.now, until).await?;
    tx.crowd_out_collected(&row.account, world.now, DELETED_MAX).await?;
    Ok(())
}

/// The next number of an account; none when there is no such account.
pub(crate) async fn next_handle(tx: &mut Tx, jid: &str) -> Result<Option<i64>> {
    let Some(account) = tx.account(jid).await? else { return Ok(None) };
    let handle = account.next_handle;
    let jid = account.jid;
    let paced_until = account.paced_until;
    tx.set_counters(&[Counters { jid, next_handle: handle + 1, paced_until }]).await?;
    Ok(Some(handle))
}

fn write_parts(parts: &[Part]) -> String {
    let mut parts = parts.to_vec();
    parts.sort_unstable();
    parts.dedup();
    parts.iter().map(|part| part.token()).collect::<Vec<_>>().join(" ")
}

fn read_parts(kept: &str) -> impl Iterator<Item = Part> {
    kept.split(' ').filter_map(Part::of_token)
}
