//! What is still to be removed of somebody who has left, as a row keeps it: how far it has come. What
//! removes it stands above everything that somebody can have here.

use uuid::Uuid;

use crate::{
    db::{Result, Tx},
    domain::{clock::Millis, note::NoteNo, unfinished::Unfinished},
    world::World,
};

/// The step that removes the cards that they had collected.
pub(crate) const COLLECTED: u8 = 4;

/// How far what somebody was sent was gone through: what the last of it carries, its number, and its
/// name. What they are sent is in this order in an index.
pub(crate) type Cursor = (i64, i64, Uuid);

/// How far leaving has come.
pub(crate) struct Stage {
    /// Which step is next.
    pub(crate) step: u8,
    /// The last note of all that there were when they left. Notes have no ids by which those that
    /// were said until then could be told from later ones, and the clock may go back.
    pub(crate) last: NoteNo,
    /// Where the step goes on.
    pub(crate) place: Option<Cursor>,
}

/// Something is left of `jid`'s, who has left, that keeps them from joining: what is left of them is removed from there
/// on, unless that is under way.
pub(crate) async fn remove_rest(tx: &mut Tx, world: &World, jid: &str) -> Result<()> {
    if tx.has_unfinished(jid, Unfinished::Left).await? {
        return Ok(());
    }
    let stage = from(tx, COLLECTED).await?;
    put(tx, world, jid, &stage, world.moment()).await
}

/// All that `address` did and was sent until `left`, which is now, is to be removed.
pub(crate) async fn remove_all(
    tx: &mut Tx,
    world: &World,
    address: &str,
    left: Millis,
) -> Result<()> {
    tx.end_unfinished(address, Unfinished::Left).await?;
    let stage = from(tx, 0).await?;
    put(tx, world, address, &stage, left).await
}

/// Keeps how far removing has come of what `jid` had when they left at `left`.
pub(crate) async fn put(
    tx: &mut Tx,
    world: &World,
    jid: &str,
    stage: &Stage,
    left: Millis,
) -> Result<()> {
    world.put_unfinished(tx, (jid, Unfinished::Left, &write(stage)), left).await
}

/// The beginning of a step, for whoever leaves now.
pub(crate) async fn from(tx: &mut Tx, step: u8) -> Result<Stage> {
    Ok(Stage { step, last: tx.last_note().await?, place: None })
}

/// How far it has come, as a row keeps it.
fn write(Stage { step, last, place }: &Stage) -> String {
    let begin = format!("{step} n{}", last.0);
    match place {
        Some((carries, handle, id)) => format!("{begin} {carries} {handle} {id}"),
        None => begin,
    }
}

/// None of what says nothing, or names no last note: it begins.
pub(crate) fn read(text: &str) -> Option<Stage> {
    let mut parts = text.split(' ');
    let step = parts.next()?.parse().ok()?;
    let last = NoteNo(parts.next()?.strip_prefix('n')?.parse().ok()?);
    let mut place = || {
        let (carries, handle, id) = (parts.next()?, parts.next()?, parts.next()?);
        Some((carries.parse().ok()?, handle.parse().ok()?, id.parse().ok()?))
    };
    Some(Stage { step, last, place: place() })
}
