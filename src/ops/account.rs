//! Joining, and being seen. Leaving is [`super::erase`].

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::{
    consent,
    delivery::{self},
    erase, invitation, typed,
};
use crate::{
    domain::{
        clock::Millis, delivery::AWAY, id::DeliveryId, name::name, note::Carries,
        unfinished::Unfinished,
    },
    store::{
        account::{Account, Counters},
        db::{Result, Tx},
        delivery::DeliveryRow,
    },
    world::{PASS, World, is_full},
};

/// What an account counts as of what is kept: it stays for as long as they like, with settings, names,
/// numbers and links.
const ACCOUNT: usize = 64 << 10;

/// Makes an account, and queues in order what was held for it. Idempotent; answers whether the
/// account is new, and nothing when nobody can join: while anything that they had before is being
/// removed, which they would see as theirs, and when as much was kept for their server as may be.
/// Whoever joins again may be asked again whether we may see him.
///
/// # Errors
/// When the database does not answer.
pub async fn join(
    tx: &mut Tx,
    world: &World,
    jid: &str,
    lang: &str,
    nick: Option<&str>,
) -> Result<Option<bool>> {
    let is_there = tx.account(jid).await?.is_some();
    let is_leaving = !is_there
        && (tx.has_unfinished(jid, Unfinished::Left).await?
            || tx.has_collected(jid).await?
            || tx.has_invited(jid).await?
            || tx.has_said(jid).await?);
    if is_leaving {
        // Or nobody would remove what was passed over, or put down again by hand.
        erase::remove_rest(tx, world, jid).await?;
        return Ok(None);
    }
    if !is_there && world.rules.limits.full_for(jid).is_some() {
        return Ok(None);
    }
    let is_new = tx.insert_account(jid, lang, world.now).await?;
    if let Some(nick) = nick {
        rename(tx, world, jid, nick).await?;
    }
    if is_new {
        world.rules.limits.keeps(jid, [jid.len()], ACCOUNT);
        welcome(tx, world, jid, world.moment()).await?;
    } else {
        tx.forget_declined(jid).await?;
    }
    Ok(Some(is_new))
}

/// Whoever invited them is told that they have joined, and then what was held for them is let go.
pub(super) async fn welcome(tx: &mut Tx, world: &World, jid: &str, joined: Millis) -> Result<()> {
    if invitation::accepted(tx, world, jid, jid, joined).await? {
        release_held(tx, world, jid, Uuid::nil(), joined).await?;
    }
    Ok(())
}

/// What was held until they joined, behind `after`, goes the way of what is sent to them now: they have
/// joined to see what they were asked about, and nothing of anybody else.
pub(super) async fn release_held(
    tx: &mut Tx,
    world: &World,
    jid: &str,
    after: Uuid,
    joined: Millis,
) -> Result<()> {
    let room = world.rows.left(PASS);
    let held = tx.held_for(jid, after, DeliveryId::end_of(joined), room).await?;
    world.rows.took(held.len());
    delivery::count(world, jid, held.len());
    if is_full(held.len(), room) {
        let done = held.last().map_or(after, |(id, _)| *id).to_string();
        world.put_unfinished(tx, (jid, Unfinished::Joined, &done), joined).await?;
    }
    let mut pairs: Vec<_> = held.iter().map(|(_, by)| (jid.to_owned(), by.clone())).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let fates = typed::fates(tx, world, jid, &held).await?;
    typed::let_in(tx, world, jid, held, fates).await?;
    consent::end_questions(tx, world, &pairs).await
}

/// Queues what was held, in order, with a number for each share; a note has that of its share.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn release(
    tx: &mut Tx,
    world: &World,
    jid: &str,
    held: Vec<DeliveryRow>,
) -> Result<()> {
    let Some(account) = tx.account(jid).await?.filter(|_| !held.is_empty()) else { return Ok(()) };
    let mut next_handle = account.next_handle;
    // Each share with all that was said about it: that may be a lot, and come in a later portion.
    let mut numbered: HashMap<DeliveryId, (i64, Vec<DeliveryId>)> = HashMap::new();
    let (shares, notes): (Vec<&DeliveryRow>, Vec<&DeliveryRow>) =
        held.iter().partition(|row| row.carries() == Carries::Share);
    for row in shares {
        numbered.insert(DeliveryId(row.id), (next_handle, vec![DeliveryId(row.id)]));
        next_handle += 1;
    }
    let earlier: HashSet<DeliveryId> = notes.iter().map(|row| row.about()).collect();
    let earlier: Vec<DeliveryId> =
        earlier.into_iter().filter(|about| !numbered.contains_key(about)).collect();
    for row in tx.deliveries(&earlier).await? {
        numbered.insert(DeliveryId(row.id), (row.handle, Vec::new()));
    }
    for row in notes {
        if let Some((_, ids)) = numbered.get_mut(&row.about()) {
            ids.push(DeliveryId(row.id));
        }
    }
    for (handle, ids) in numbered.values() {
        tx.set_handle(ids, *handle).await?;
    }
    let held: Vec<DeliveryId> = held.iter().map(|row| DeliveryId(row.id)).collect();
    tx.let_go(&held, world.now).await?;
    let Account { jid, paced_until, .. } = account;
    tx.set_counters(&[Counters { jid, next_handle, paced_until }]).await
}

/// Keeps what of the name that somebody gives is a name; nothing when nothing is, or when it is
/// taken, which is no reason to turn somebody away.
///
/// # Errors
/// When the database does not answer.
pub async fn rename(tx: &mut Tx, world: &World, jid: &str, nick: &str) -> Result<()> {
    match name(nick).filter(|name| !world.rules.reserved.is_taken(name)) {
        Some(name) => tx.set_nick(jid, &name).await,
        None => Ok(()),
    }
}

/// What somebody sets about his quiet hours.
#[derive(Debug, Clone, Copy)]
pub enum Quiet<'a> {
    /// The hours, as [`crate::domain::quiet::Hours`] writes them; none ends them.
    Hours(Option<&'a str>),
    /// His time zone, as [`crate::domain::quiet::Zone`] writes it.
    Zone(&'a str),
    /// What his client says of it, which counts unless he has set one.
    ClientZone(&'a str),
}

/// Sets something about his quiet hours. What waits for their end is looked at again, so that it
/// goes now or waits for the new end.
///
/// # Errors
/// When the database does not answer.
pub async fn set_quiet(tx: &mut Tx, world: &World, jid: &str, quiet: Quiet<'_>) -> Result<()> {
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
///
/// # Errors
/// When the database does not answer.
pub async fn came_online(tx: &mut Tx, world: &World, jid: &str) -> Result<Option<bool>> {
    if !tx.set_online(jid, world.now).await? {
        return Ok(None);
    }
    Ok(Some(delivery::release(tx, world, jid, i64::MAX).await?))
}

/// Their last resource has gone. Whether they were online.
///
/// # Errors
/// When the database does not answer.
pub async fn went_offline(tx: &mut Tx, world: &World, jid: &str) -> Result<bool> {
    tx.set_offline(jid, world.now).await
}

/// As [`wrote`], of words that are no note. What they had said before under this id of their client's
/// goes by it no more: some count from 1 at every start, and what corrects these words is about them.
///
/// # Errors
/// When the database does not answer.
pub async fn wrote_under(tx: &mut Tx, world: &World, jid: &str, stanza_id: &str) -> Result<bool> {
    tx.unname_note(jid, stanza_id).await?;
    wrote(tx, world, jid).await
}

/// He wrote something himself: he is there. Answers whether something was released.
///
/// # Errors
/// When the database does not answer.
pub async fn wrote(tx: &mut Tx, world: &World, jid: &str) -> Result<bool> {
    tx.set_seen(jid, world.now).await?;
    // No more than he may have unconfirmed: the rest would only be parked again.
    delivery::release(tx, world, jid, AWAY).await
}
