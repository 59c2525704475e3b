//! Going on with what one transaction did not finish: portions that hold nobody up. Whatever has more
//! to do than one portion puts itself down again.
//!
//! Every function that asks the database fails when that does not answer.

#![expect(clippy::missing_errors_doc, reason = "said once, above")]

use jid::BareJid;
use uuid::Uuid;

use crate::{
    card::own::follow,
    committer,
    db::{Result, Savepoint, Tx},
    domain::{
        clock::Millis,
        id::ShareId,
        unfinished::{FIRST, REST, TURNS, Unfinished},
    },
    invite::{invitation, join, list, proof},
    leave::erase,
    outbox::{delivery, store_unfinished::UnfinishedRow, stream},
    panics,
    people::{address, consent, release},
    share::status,
    world::{Cursor, PASS, Rows, World},
};

/// Rows that one portion passes over at the most, because only a later version can go on with them.
const UNKNOWN: usize = 100;

/// Goes on with what has been due for longest, and answers what that was; none when nothing is.
///
/// Its next portion is due now, behind those of others. What somebody has said about somebody, and what
/// somebody takes back, goes before all else, one portion of each account in turn: nothing is let go
/// that they do not want.
pub async fn go_on(tx: &mut Tx, world: &World) -> Result<Option<Unfinished>> {
    go_on_from(tx, world, Millis(0)).await
}

/// As [`go_on`], from what is due at `from` on: however much of what goes first there is, all else has
/// its turns behind [`FIRST`], and what is due at a time behind
/// [`TURNS`].
async fn go_on_from(tx: &mut Tx, world: &World, from: Millis) -> Result<Option<Unfinished>> {
    let Some((kind, row)) = next(tx, world, from).await? else { return Ok(None) };
    // Whatever else is done in the same transaction: or much of that would keep this from going on.
    let world = &World { rows: Rows::up_to(PASS), ..world.clone() };
    tx.savepoint(Savepoint::Portion).await?;
    let done = panics::contain(&world.metrics, portion(tx, world, kind, &row)).await;
    let done = done.unwrap_or_else(|| Err(committer::fault()));
    if let Err(error) = tx.settle(Savepoint::Portion, done).await? {
        tracing::error!(?kind, %error, "a portion was undone, and rests");
        tx.put_off_unfinished(&row, world.now.after(REST)).await?;
    }
    Ok(Some(kind))
}

/// What has been due for longest from `from` on, and its kind. What only a later version can go on with
/// rests, and keeps nothing else waiting.
async fn next(
    tx: &mut Tx,
    world: &World,
    from: Millis,
) -> Result<Option<(Unfinished, UnfinishedRow)>> {
    for _ in 0..UNKNOWN {
        let row = match tx.take_unfinished(from, world.now).await? {
            // The clock has gone back: nothing rests for longer.
            None => {
                let ahead = Millis(world.now.after(REST).0 + 1);
                tx.take_unfinished(ahead, Millis(Millis::NEVER.0 - 1)).await?
            }
            due => due,
        };
        let Some(row) = row else { return Ok(None) };
        if let Some(kind) = Unfinished::from_code(row.1) {
            return Ok(Some((kind, row)));
        }
        tracing::debug!(kind = row.1, "a later version has left what only it can go on with");
        tx.put_off_unfinished(&row, world.now.after(REST)).await?;
    }
    Ok(None)
}

/// As [`go_on`], with a turn for each: what goes first, what has a turn behind that, and what is due at a
/// time, however much there is of one of these. `place` says whose turn it is; answers where the next
/// portion goes on, and none when nothing is due.
pub async fn go_on_in_turns(tx: &mut Tx, world: &World, place: Cursor) -> Result<Option<Cursor>> {
    let Cursor(from, id) = place;
    let done = match go_on_from(tx, world, from).await? {
        None => go_on(tx, world).await?,
        some => some,
    };
    let next = [FIRST, TURNS].into_iter().find(|turn| *turn > from).unwrap_or(Millis(0));
    Ok(done.map(|_| Cursor(next, id)))
}

async fn portion(
    tx: &mut Tx,
    world: &World,
    kind: Unfinished,
    (jid, _, other, since): &UnfinishedRow,
) -> Result<()> {
    let (jid, other, since) = (jid.as_str(), other.as_str(), Millis(*since));
    match kind {
        Unfinished::Left => {
            erase::go_on(tx, world, jid, other, since).await?;
        }
        Unfinished::Joined => {
            let after = Uuid::try_parse(other).unwrap_or(Uuid::nil());
            release::release_held(tx, world, jid, after, since).await?;
        }
        Unfinished::Said => {
            let (other, after) = other.split_once(' ').unwrap_or((other, ""));
            if let (Ok(account), Ok(other)) = (BareJid::new(jid), BareJid::new(other)) {
                consent::go_on(tx, world, &account, &other, after).await?;
            }
        }
        Unfinished::Accepted if jid == other => join::welcome(tx, world, jid, since).await?,
        Unfinished::Accepted | Unfinished::Proved => proof::go_on(tx, world, jid, other).await?,
        Unfinished::Back => delivery::go_on(tx, world, jid).await?,
        Unfinished::Woken => {
            if let Ok(after) = Uuid::try_parse(other) {
                delivery::wake(tx, world, jid, (since, after)).await?;
            }
        }
        Unfinished::Unfollowed => follow::end(tx, world, jid, since).await?,
        Unfinished::Deleted => follow::end_card(tx, world, jid, other, since).await?,
        Unfinished::Noted => address::go_on(tx, world, jid, other).await?,
        Unfinished::GivenUp => list::go_on(tx, world, jid, other, since).await?,
        Unfinished::Revoked => {
            if let Ok(share) = Uuid::try_parse(other) {
                status::cancel_held_notes(tx, world, jid, ShareId(share)).await?;
            }
        }
        Unfinished::Asked => {
            if let Ok(account) = BareJid::new(jid) {
                consent::ask_on(tx, world, &account, other).await?;
            }
        }
        Unfinished::Lost => stream::go_on(tx, world, other, since).await?,
        Unfinished::Respelt => invitation::respell(tx, world, other, jid).await?,
        // The timers see to it.
        Unfinished::Removed => {}
    }
    Ok(())
}
