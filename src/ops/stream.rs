//! Beginning and end of a component stream, and what they mean for what was on it.

use std::time::Duration;

use uuid::Uuid;

use crate::{
    domain::{
        clock::Millis,
        delivery::{Event, REPLAY},
        id::{Chance, DeliveryId, StreamNo},
    },
    ops::delivery::keep,
    store::{
        db::{Result, Savepoint, Tx},
        delivery::DeliveryRow,
    },
};

/// How exact a server's word about its age is.
const EXACT: Duration = Duration::from_secs(1);

/// This process owns the stream from now on: whatever an earlier one left behind is taken up.
/// Answers how many deliveries will be sent again.
///
/// A process that was killed leaves its stream open in the books. When the machine went down with
/// it (`boot` differs), the server may have too, and the replay window applies. Otherwise the
/// server has what it had taken, unless it has been restarted since: [`server_answered`] decides,
/// and until then nothing of the window is given up.
///
/// # Errors
/// When the database does not answer.
pub async fn take_over(tx: &mut Tx, boot: &str, now: Millis) -> Result<u64> {
    let mut resent = 0;
    for stream in tx.open_streams().await? {
        let (no, ended) = (StreamNo(stream.no), Millis(stream.alive_at));
        if stream.boot == boot {
            tx.keep_open(no, ended, now.after(REPLAY)).await?;
        } else {
            resent += replay(tx, no, ended, now).await?;
            tx.close_stream(no, now).await?;
        }
    }
    tx.savepoint(Savepoint::Part).await?;
    let orphaned = tx.orphan_claims(now).await;
    if tx.settle(Savepoint::Part, orphaned).await?.is_err() {
        let claimed = tx.claimed().await?;
        each(tx, &claimed, Event::Orphaned, now).await?;
    }
    tx.set_all_offline().await?;
    Ok(resent)
}

/// What is named from now on comes behind whatever an earlier process, or another instance, has
/// named: its clock may have been ahead.
///
/// # Errors
/// When the database does not answer.
pub async fn outrun(tx: &mut Tx, chance: &Chance) -> Result<()> {
    if let Some(last) = tx.last_id().await? {
        chance.outrun(last);
    }
    Ok(())
}

/// The server on `current` says how long it has been running, or does not say. Streams that an
/// earlier process left open are closed; what was taken on one is sent again unless the server
/// has been the same since. Answers how many will be.
///
/// # Errors
/// When the database does not answer.
pub async fn server_answered(
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
        if !is_same {
            resent += replay(tx, no, now, now).await?;
        }
        tx.close_stream(no, now).await?;
    }
    Ok(resent)
}

/// A stream begins. Nobody's presence is known on it yet.
///
/// # Errors
/// When the database does not answer.
pub async fn opened(tx: &mut Tx, boot: &str, now: Millis) -> Result<StreamNo> {
    tx.set_all_offline().await?;
    tx.open_stream(boot, now).await
}

/// A stream has ended. Unless it ended by our own `</stream:stream>`, the server may have died
/// and lost what it had taken. Answers how many deliveries will be sent again.
///
/// # Errors
/// When the database does not answer.
pub async fn closed(tx: &mut Tx, stream: StreamNo, clean: bool, now: Millis) -> Result<u64> {
    tx.close_stream(stream, now).await?;
    if clean { Ok(0) } else { replay(tx, stream, now, now).await }
}

/// Queues again what the server had taken on `stream` in the replay window before `ended`: all at
/// once, or each alone when the database refuses that. No stream begins before this is done.
async fn replay(tx: &mut Tx, stream: StreamNo, ended: Millis, now: Millis) -> Result<u64> {
    tx.savepoint(Savepoint::Part).await?;
    let resent = tx.replay(stream, ended, now).await;
    if let Ok(resent) = tx.settle(Savepoint::Part, resent).await? {
        return Ok(resent);
    }
    let taken = tx.replayed(stream, ended).await?;
    each(tx, &taken, Event::Replay, now).await
}

/// Moves these on each alone, and leaves as it is what the database refuses to move. Answers how
/// many went.
async fn each(tx: &mut Tx, ids: &[(Uuid,)], event: Event, now: Millis) -> Result<u64> {
    let ids: Vec<DeliveryId> = ids.iter().map(|(id,)| DeliveryId(*id)).collect();
    let rows = tx.deliveries(&ids).await?.into_iter();
    // Neither event leaves anything to chance.
    let next = |row: DeliveryRow| Some((DeliveryId(row.id), row.delivery().next(event, now, 0.0)?));
    let moved: Vec<_> = rows.filter_map(next).collect();
    Ok(keep(tx, &moved).await? as u64)
}
