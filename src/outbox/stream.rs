//! Beginning and end of a component stream, and what they mean for what was on it.
//!
//! Every function that asks the database fails when that does not answer.

use std::{sync::Arc, time::Duration};

use uuid::Uuid;

use crate::{
    db::{Result, Savepoint, Tx},
    domain::{
        clock::Millis,
        delivery::Event,
        id::{Chance, DeliveryId, StreamNo},
        unfinished::Unfinished,
    },
    outbox::{delivery::keep, store::DeliveryRow},
    world::{PASS, World, is_full},
};

/// How exact a server's word about its age is.
const EXACT: Duration = Duration::from_secs(1);

/// This process owns the stream from now on: whatever an earlier one left behind is taken up.
/// Answers how many deliveries will be sent again, as far as they are queued at once.
///
/// A process that was killed leaves its stream open in the books. When the machine went down with
/// it (`boot` differs), the server may have too, and the replay window applies. Otherwise the
/// server has what it had taken, unless it has been restarted since: [`server_answered`] decides,
/// and until then nothing of the window is given up.
pub(crate) async fn take_over(tx: &mut Tx, boot: &str, now: Millis) -> Result<u64> {
    let mut resent = 0;
    for stream in tx.open_streams().await? {
        let (no, ended) = (StreamNo(stream.no), Millis(stream.alive_at));
        if stream.boot == boot {
            let what = place(no, Uuid::max());
            tx.put_unfinished("", Unfinished::Lost, &what, ended, Millis::NEVER).await?;
        } else {
            resent += replay(tx, no, ended, now).await?;
            tx.close_stream(no, now).await?;
        }
    }
    tx.savepoint(Savepoint::Part).await?;
    let orphaned = tx.orphan_claims(now).await;
    if tx.settle(Savepoint::Part, orphaned).await?.is_err() {
        let claimed: Vec<_> = tx.claimed().await?.into_iter().map(DeliveryId).collect();
        each(tx, &claimed, Event::Orphaned, now).await?;
    }
    tx.set_all_offline().await?;
    Ok(resent)
}

/// What is named from now on comes behind whatever an earlier process, or another instance, has
/// named: its clock may have been ahead.
pub(crate) async fn outrun(tx: &mut Tx, chance: &Chance) -> Result<()> {
    if let Some(last) = tx.last_id().await? {
        chance.outrun(last);
    }
    Ok(())
}

/// The server on `current` says how long it has been running, or does not say. Streams that an
/// earlier process left open are closed; what was taken on one is sent again unless the server
/// has been the same since. Answers how many will be, as far as they are queued at once.
pub(crate) async fn server_answered(
    tx: &mut Tx,
    current: StreamNo,
    age: Option<Duration>,
    now: Millis,
) -> Result<u64> {
    let mut resent = 0;
    for stream in tx.open_streams().await? {
        let no = StreamNo(stream.no);
        if no == current {
            continue;
        }
        let is_same =
            age.is_some_and(|age| now.before(age) <= Millis(stream.opened_at).after(EXACT));
        if is_same {
            forget(tx, no).await?;
        } else {
            resent += replay(tx, no, Millis(stream.alive_at), now).await?;
        }
        tx.close_stream(no, now).await?;
    }
    Ok(resent)
}

/// A stream begins. Nobody's presence is known on it yet.
pub(crate) async fn opened(tx: &mut Tx, boot: &str, now: Millis) -> Result<StreamNo> {
    tx.set_all_offline().await?;
    tx.open_stream(boot, now).await
}

/// A stream has ended. Unless it ended by our own `</stream:stream>`, the server may have died
/// and lost what it had taken. Answers how many deliveries will be sent again, as far as they are queued
/// at once.
pub(crate) async fn closed(tx: &mut Tx, stream: StreamNo, clean: bool, now: Millis) -> Result<u64> {
    tx.close_stream(stream, now).await?;
    if clean { Ok(0) } else { replay(tx, stream, now, now).await }
}

/// Queues again what the server had taken on `stream` in the replay window before `ended`: a portion
/// at once, for the next stream waits for it, and the rest before all else that is unfinished. Until
/// that is done nothing is given up, see [`is_settled`].
async fn replay(tx: &mut Tx, stream: StreamNo, ended: Millis, now: Millis) -> Result<u64> {
    forget(tx, stream).await?;
    portion(tx, stream, (ended, Uuid::max()), now).await
}

/// Goes on with what was taken on a stream that was lost, behind `place`.
pub(crate) async fn go_on(tx: &mut Tx, world: &World, place: &str, since: Millis) -> Result<()> {
    let (no, id) = place.split_once(' ').unwrap_or_default();
    if let (Ok(no), Ok(id)) = (no.parse(), Uuid::try_parse(id)) {
        let resent = portion(tx, StreamNo(no), (since, id), world.now).await?;
        let metrics = Arc::clone(&world.metrics);
        tx.after_commit(move || {
            metrics.resent.inc_by(resent);
        });
    }
    Ok(())
}

/// Looks at a portion of all that was handed over, behind what stood at `after`, and queues again what
/// was taken on `stream`: all at once, or each alone when the database refuses that. What it refuses
/// alone too is left behind.
async fn portion(tx: &mut Tx, stream: StreamNo, after: (Millis, Uuid), now: Millis) -> Result<u64> {
    let rows = tx.handed(after, PASS).await?;
    if let Some((due, id, _)) = rows.last().filter(|_| is_full(rows.len(), PASS)) {
        tx.put_in_turn(("", Unfinished::Lost, &place(stream, *id)), Millis(*due), "", true).await?;
    }
    let lost = rows.into_iter().filter(|(.., no)| *no == stream.0);
    let lost: Vec<DeliveryId> = lost.map(|(_, id, _)| DeliveryId(id)).collect();
    tx.savepoint(Savepoint::Part).await?;
    let resent = tx.replay(&lost, now).await;
    match tx.settle(Savepoint::Part, resent).await? {
        Ok(resent) => Ok(resent),
        Err(_) => each(tx, &lost, Event::Replay, now).await,
    }
}

/// Whether nothing is left to be queued again of what a server may have lost, nor may turn out to be.
pub(crate) async fn is_settled(tx: &mut Tx) -> Result<bool> {
    Ok(!tx.has_unfinished("", Unfinished::Lost).await?)
}

async fn forget(tx: &mut Tx, stream: StreamNo) -> Result<()> {
    tx.end_unfinished_about("", Unfinished::Lost, &stream.0.to_string()).await
}

fn place(stream: StreamNo, last: Uuid) -> String {
    format!("{} {last}", stream.0)
}

/// Moves these on each alone, and leaves as it is what the database refuses to move. Answers how
/// many went.
async fn each(tx: &mut Tx, ids: &[DeliveryId], event: Event, now: Millis) -> Result<u64> {
    let rows = tx.deliveries(ids).await?.into_iter();
    // Neither event leaves anything to chance.
    let next = |row: DeliveryRow| Some((DeliveryId(row.id), row.delivery().next(event, now, 0.0)?));
    let moved: Vec<_> = rows.filter_map(next).collect();
    Ok(keep(tx, &moved).await? as u64)
}
