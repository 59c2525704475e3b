//! What somebody has set, and whether they are there. Joining is [`crate::invite::join`], leaving [`crate::leave::erase`].
//!
//! Every function that asks the database fails when that does not answer.

use uuid::Uuid;

use crate::{
    db::{Result, Tx},
    domain::{delivery::AWAY, name::name},
    outbox::delivery,
    world::World,
};

/// Keeps what of the name that somebody gives is a name; nothing when nothing is, or when it is
/// taken, which is no reason to turn somebody away.
pub(crate) async fn rename(tx: &mut Tx, world: &World, jid: &str, nick: &str) -> Result<()> {
    match name(nick).filter(|name| !world.rules.reserved.is_taken(name)) {
        Some(name) => tx.set_nick(jid, &name).await,
        None => Ok(()),
    }
}

/// What somebody sets about their quiet hours.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Quiet<'a> {
    /// The hours, as [`crate::domain::quiet::Hours`] writes them; none ends them.
    Hours(Option<&'a str>),
    /// Their time zone, as [`crate::domain::quiet::Zone`] writes it.
    Zone(&'a str),
    /// What their client says of it, which counts unless they have set one.
    ClientZone(&'a str),
}

/// Sets something about the quiet hours of `jid`. What waits for those to end is looked at again,
/// so that it goes now or waits for the new end.
pub(crate) async fn set_quiet(
    tx: &mut Tx,
    world: &World,
    jid: &str,
    quiet: Quiet<'_>,
) -> Result<()> {
    match quiet {
        Quiet::Hours(hours) => tx.set_quiet(jid, hours).await?,
        Quiet::Zone(zone) => tx.set_zone(jid, zone).await?,
        Quiet::ClientZone(zone) => tx.learn_zone(jid, zone).await?,
    }
    delivery::wake(tx, world, jid, (world.now, Uuid::max())).await?;
    Ok(())
}

/// A resource of theirs has become available: what waits for them is released. Answers whether
/// something was; none when they have not joined.
pub(crate) async fn came_online(tx: &mut Tx, world: &World, jid: &str) -> Result<Option<bool>> {
    if !tx.set_online(jid, world.now).await? {
        return Ok(None);
    }
    Ok(Some(delivery::release(tx, world, jid, i64::MAX).await?))
}

/// Their last resource has gone. Whether they were online.
pub(crate) async fn went_offline(tx: &mut Tx, world: &World, jid: &str) -> Result<bool> {
    tx.set_offline(jid, world.now).await
}

/// As [`wrote`], of words that are no note. What they had said before under this id of their client's
/// goes by it no more: some count from 1 at every start, and what corrects these words is about them.
pub(crate) async fn wrote_under(
    tx: &mut Tx,
    world: &World,
    jid: &str,
    stanza_id: &str,
) -> Result<bool> {
    tx.unname_note(jid, stanza_id).await?;
    wrote(tx, world, jid).await
}

/// The account's owner wrote something, so they are there. Answers whether something was released.
pub(crate) async fn wrote(tx: &mut Tx, world: &World, jid: &str) -> Result<bool> {
    tx.set_seen(jid, world.now).await?;
    // No more than they may have unconfirmed: the rest would only be parked again.
    delivery::release(tx, world, jid, AWAY).await
}
