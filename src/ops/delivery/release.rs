//! What waits for somebody goes on, in portions.

use std::{collections::HashMap, time::Duration};

use uuid::Uuid;

use super::{AWAY, PASS};
use crate::{
    domain::{clock::Millis, unfinished::Unfinished},
    ops::World,
    store::db::{Result, Tx},
};

/// When is gone on with what waits for a word of theirs to be carried out.
pub(super) const SOON: Duration = Duration::from_millis(500);

/// They are there, or have room for `limit` more: that many of what is parked for them is queued, and
/// what was to be tried again later is due now; not in their quiet hours, when all of it would be put
/// off again. Answers whether something is due.
///
/// # Errors
/// When the database does not answer.
pub(in crate::ops) async fn release(
    tx: &mut Tx,
    world: &World,
    jid: &str,
    limit: i64,
) -> Result<bool> {
    if tx.has_unfinished(jid, Unfinished::Said).await? {
        // What they have said goes first: some of what waits may be of whom they want nothing.
        tx.put_unfinished(jid, Unfinished::Back, "", world.now, world.now.after(SOON)).await?;
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
        tx.put_unfinished(jid, Unfinished::Back, "", world.now, world.now).await?;
    }
    Ok(woken || released > 0)
}

/// What holds them back may be over: what is queued to be sent later, and later than what stood at
/// `after`, is due now. Answers whether anything was.
///
/// What is made due in their quiet hours is put off again at once, so a portion goes on behind the
/// one before, by the time that each was due, and never from the beginning.
pub(in crate::ops) async fn wake(
    tx: &mut Tx,
    world: &World,
    jid: &str,
    after: (Millis, Uuid),
) -> Result<bool> {
    let room = world.rows.left(PASS);
    if room == 0 || tx.has_unfinished(jid, Unfinished::Said).await? {
        put_woken(tx, jid, after, world.now.after(SOON)).await?;
        return Ok(false);
    }
    let woken = tx.wake(jid, after, world.now, room).await?;
    world.rows.took(woken.len());
    if let Some((due, last)) = woken.last().filter(|_| is_full(woken.len(), room)) {
        put_woken(tx, jid, (Millis(*due), *last), world.now).await?;
    }
    Ok(!woken.is_empty())
}

/// The next portion begins behind what stood at `after`, at `due`.
async fn put_woken(tx: &mut Tx, jid: &str, after: (Millis, Uuid), due: Millis) -> Result<()> {
    tx.end_unfinished(jid, Unfinished::Woken).await?;
    let (since, last) = after;
    tx.put_unfinished(jid, Unfinished::Woken, &last.to_string(), since, due).await
}

/// Goes on with what is parked for somebody who has come, if they are still there: for others it
/// would only be parked again.
pub(in crate::ops) async fn go_on(tx: &mut Tx, world: &World, jid: &str) -> Result<()> {
    if tx.account(jid).await?.is_some_and(|account| account.online) {
        release(tx, world, jid, i64::MAX).await?;
    }
    Ok(())
}

/// Whether `rows` are as many as were asked for, so that there may be more.
pub(in crate::ops) fn is_full(rows: impl TryInto<i64>, limit: i64) -> bool {
    rows.try_into().is_ok_and(|rows| rows >= limit)
}

/// For people whose presence is not known, each delivery that the server will not lose any more
/// makes room for one that is parked: nobody will ever say that they are back.
pub(super) async fn release_unseen(
    tx: &mut Tx,
    world: &World,
    finished: HashMap<String, i64>,
) -> Result<()> {
    let people: Vec<String> = finished.keys().cloned().collect();
    let waiting: Vec<String> = tx.waiting(&people).await?.into_iter().map(|(rcpt,)| rcpt).collect();
    for account in tx.accounts(&waiting).await? {
        if !account.seen_by_us {
            let room = finished.get(&account.jid).copied().unwrap_or(0);
            release(tx, world, &account.jid, room).await?;
        }
    }
    Ok(())
}
