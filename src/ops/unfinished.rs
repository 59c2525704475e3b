//! Going on with what one transaction did not finish: portions that hold nobody up. Whatever has more
//! to do than one portion puts itself down again.

use std::time::Duration;

use jid::BareJid;
use uuid::Uuid;

use super::{
    World, account, commit, consent, delivery, erase, invites, own_card::follow, proof, typed,
};
use crate::{
    domain::{clock::Millis, unfinished::Unfinished},
    panics,
    store::{
        db::{Result, Savepoint, Tx},
        unfinished::UnfinishedRow,
    },
};

/// How long something rests that the database refused, or that ended by a fault of ours. Everybody else's is gone on with.
const REST: Duration = Duration::from_mins(10);

/// Goes on with what has been due for longest, and answers what that was; none when nothing is.
///
/// Its next portion is due now, behind those of others. What somebody has said about somebody is due
/// since ever: nothing more is let go that they do not want.
///
/// # Errors
/// When the database does not answer.
pub async fn go_on(tx: &mut Tx, world: &World) -> Result<Option<Unfinished>> {
    let Some(row) = tx.take_unfinished(world.now).await? else { return Ok(None) };
    // A number that no version has written means nothing.
    let Some(kind) = Unfinished::from_code(row.1) else { return Ok(None) };
    tx.savepoint(Savepoint::Part).await?;
    let done = panics::contain(&world.metrics, portion(tx, world, kind, &row)).await;
    let done = done.unwrap_or_else(|| Err(commit::fault()));
    if let Err(error) = tx.settle(Savepoint::Part, done).await? {
        tracing::error!(?kind, %error, "a portion was undone, and rests");
        tx.put_off_unfinished(&row, world.now.after(REST)).await?;
    }
    Ok(Some(kind))
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
        Unfinished::Joined => account::release_held(tx, world, jid, since).await?,
        Unfinished::Said => {
            let (other, after) = other.split_once(' ').unwrap_or((other, ""));
            if let (Ok(account), Ok(other)) = (BareJid::new(jid), BareJid::new(other)) {
                consent::go_on(tx, world, &account, &other, after).await?;
            }
        }
        Unfinished::Accepted if jid == other => account::welcome(tx, world, jid, since).await?,
        Unfinished::Accepted | Unfinished::Proved => proof::go_on(tx, world, jid, other).await?,
        Unfinished::Back => delivery::go_on(tx, world, jid).await?,
        Unfinished::Woken => {
            if let Ok(after) = Uuid::try_parse(other) {
                delivery::wake(tx, world, jid, (since, after)).await?;
            }
        }
        Unfinished::Unfollowed => follow::end(tx, world, jid, since).await?,
        Unfinished::Deleted => follow::end_card(tx, world, jid, other, since).await?,
        Unfinished::Noted => typed::go_on(tx, world, jid, other).await?,
        Unfinished::GivenUp => invites::go_on(tx, jid, other, since).await?,
        // The timers see to it.
        Unfinished::Removed => {}
    }
    Ok(())
}
