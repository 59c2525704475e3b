//! What waits for somebody goes on, in portions.

use std::{collections::HashMap, time::Duration};

use jid::BareJid;
use uuid::Uuid;

use super::row::room_of;
use crate::{
    account::store::Account,
    db::{Result, Tx},
    domain::{clock::Millis, delivery::AWAY, id::DeliveryId, unfinished::Unfinished},
    world::{PASS, World, is_full},
};

/// How long a portion waits for room in a transaction.
const SOON: Duration = Duration::from_millis(500);
/// How long something waits for a word of theirs to be carried out, at the most: the end of that has it
/// go on ([`Tx::hasten_unfinished`]).
pub(crate) const WORD: Duration = Duration::from_mins(5);
/// As so many bytes gone through counts each thing that is made due for the people of other servers:
/// a hundred as one stanza.
const WOKEN: usize = 10 << 10;

/// They are there, or have room for `limit` more: that many of what is parked for them is queued, and
/// what was to be tried again later is due now; not in their quiet hours, when all of it would be put
/// off again. Answers whether something is due.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn release(tx: &mut Tx, world: &World, jid: &str, limit: i64) -> Result<bool> {
    if tx.has_unfinished(jid, Unfinished::Said).await? {
        // What they have said goes first: some of what waits may be of whom they want nothing.
        tx.put_unfinished(jid, Unfinished::Back, "", world.now, world.now.after(WORD)).await?;
        return Ok(false);
    }
    let account = tx.account(jid).await?;
    let is_quiet = account.is_some_and(|account| account.quiet_until(world.now).is_some());
    // What is woken in portions goes on by itself: each word and receipt of theirs would take the
    // next portion at once.
    let woken = !is_quiet
        && !tx.has_unfinished(jid, Unfinished::Woken).await?
        && wake(tx, world, jid, (world.now, Uuid::max())).await?;
    let portion = limit.min(PASS);
    // What is parked for somebody who is away is let go by nothing else than this.
    let room = if portion > AWAY { world.rows.left(portion) } else { portion };
    let released = if room > 0 { tx.release(jid, world.now, room).await? } else { 0 };
    world.rows.took(released);
    if limit > room && is_full(released, room) {
        world.put_unfinished(tx, (jid, Unfinished::Back, ""), world.now).await?;
    }
    Ok(woken || released > 0)
}

/// What holds them back may be over, or end at another moment: what is queued to be sent later, and later
/// than what stood at `after`, is due now, or at the end of their quiet hours. Answers whether anything
/// was.
///
/// A portion goes on behind the one before, by the time that each was due, and never from the beginning.
pub(crate) async fn wake(
    tx: &mut Tx,
    world: &World,
    jid: &str,
    after: (Millis, Uuid),
) -> Result<bool> {
    let room = world.rows.left(PASS);
    let is_deciding = tx.has_unfinished(jid, Unfinished::Said).await?;
    if room == 0 || is_deciding {
        let wait = if is_deciding { WORD } else { SOON };
        put_woken(tx, jid, after, world.now.after(wait)).await?;
        return Ok(false);
    }
    let account = tx.account(jid).await?;
    let until = account.as_ref().and_then(|account| account.quiet_until(world.now));
    let moment = (world.now, until.unwrap_or(world.now));
    let woken = tx.wake(jid, after, moment, room).await?;
    if account.is_some_and(|account| account.is_only_quiet(world.now)) {
        let left: Vec<DeliveryId> = woken.iter().map(|(_, id)| DeliveryId(*id)).collect();
        tx.note_left(&left, world.now).await?;
    }
    world.rows.took(woken.len());
    count(world, jid, woken.len());
    if let Some((due, last)) = woken.last().filter(|_| is_full(woken.len(), room)) {
        put_woken(tx, jid, (Millis(*due), *last), world.now).await?;
    }
    Ok(!woken.is_empty())
}

/// So many were moved on by a word of theirs: whoever has a server could have that done again and again.
pub(crate) fn count(world: &World, jid: &str, moved: usize) {
    if world.other_site(jid).is_some()
        && let Ok(who) = BareJid::new(jid)
    {
        world.rules.limits.went_through(&who, moved * WOKEN);
    }
}

/// The next portion begins behind what stood at `after`, at `due`.
pub(crate) async fn put_woken(
    tx: &mut Tx,
    jid: &str,
    after: (Millis, Uuid),
    due: Millis,
) -> Result<()> {
    tx.end_unfinished(jid, Unfinished::Woken).await?;
    let (since, last) = after;
    tx.put_unfinished(jid, Unfinished::Woken, &last.to_string(), since, due).await
}

/// Goes on with what is parked for somebody: all of it while they are there, as much as they have room
/// for if their presence is not known, and nothing when they are away: that would only be parked again.
pub(crate) async fn go_on(tx: &mut Tx, world: &World, jid: &str) -> Result<()> {
    let there = |account: &Account| account.online || !account.seen_by_us;
    let Some(account) = tx.account(jid).await?.filter(there) else { return Ok(()) };
    let accounts = HashMap::from([(account.jid.clone(), account)]);
    let room = room_of(tx, &accounts).await?.get(jid).copied().unwrap_or(i64::MAX);
    if room > 0 {
        release(tx, world, jid, room).await?;
    }
    Ok(())
}

/// For people whose presence is not known, each delivery that the server will not lose any more
/// makes room for one that is parked: nobody will ever say that they are back.
pub(crate) async fn release_unseen(
    tx: &mut Tx,
    world: &World,
    finished: HashMap<String, i64>,
) -> Result<()> {
    let people: Vec<String> = finished.keys().cloned().collect();
    let waiting = tx.waiting(&people).await?;
    for account in tx.accounts(&waiting).await? {
        if !account.seen_by_us {
            let room = finished.get(&account.jid).copied().unwrap_or(0);
            release(tx, world, &account.jid, room).await?;
        }
    }
    Ok(())
}
