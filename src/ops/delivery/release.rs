//! What waits for somebody goes on, in portions.

use std::collections::HashMap;

use uuid::Uuid;

use super::PASS;
use crate::{
    domain::{clock::Millis, unfinished::Unfinished},
    ops::World,
    store::db::{Result, Tx},
};

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
    let account = tx.account(jid).await?;
    let is_quiet = account.is_some_and(|account| account.quiet_until(world.now).is_some());
    // What is woken in portions goes on by itself: each word and receipt of theirs would take the
    // next portion at once.
    let woken = !is_quiet
        && !tx.has_unfinished(jid, Unfinished::Woken).await?
        && wake(tx, world, jid, (world.now, Uuid::max())).await?;
    let released = tx.release(jid, world.now, limit.min(PASS)).await?;
    if limit > PASS && is_full(released, PASS) {
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
    let woken = tx.wake(jid, after, world.now, PASS).await?;
    if let Some((due, last)) = woken.last().filter(|_| is_full(woken.len(), PASS)) {
        tx.end_unfinished(jid, Unfinished::Woken).await?;
        let last = last.to_string();
        tx.put_unfinished(jid, Unfinished::Woken, &last, Millis(*due), world.now).await?;
    }
    Ok(!woken.is_empty())
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
