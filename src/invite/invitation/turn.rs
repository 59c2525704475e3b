//! Sending invitations that are due: those who invite take turns.

use std::time::Duration;

use super::silence::known;
use crate::{
    db::{Result, Tx},
    domain::{
        address::Address,
        clock::Millis,
        delivery::Delivery,
        id::{DeliveryId, ShareId},
        invitation::{Code, InvitationLimits, LIFE},
        lang::Lang,
        letter::Letter,
        note::Carries,
        unfinished::Unfinished,
    },
    invite::store::InvitationRow,
    outbox::{store::NewDelivery, store_note::NewNotice},
    post::letter as letters,
    world::World,
};

/// What the limit of one sender is counted over.
const DAY: Duration = Duration::from_hours(24);
/// When an invitation is looked at again that something unfinished keeps back.
const SOON: Duration = Duration::from_mins(1);
/// Invitations of one account that are looked at in its turn.
const OF_EACH: i64 = 2;
/// As many times what one account may have sent may the people of one other server together.
const SERVER: i64 = 20;
/// The same of those of all other servers.
const OTHERS: i64 = 100;

/// What is done with an invitation that is due.
enum Next {
    /// It leaves now, about the delivery that waits, of this share, to this address.
    Tell(DeliveryId, ShareId, Address),
    /// Whoever would get it keeps it back until then.
    KeepBack(Millis),
    /// It is looked at again then.
    Wait(Millis),
    /// Nothing is held any more.
    Drop,
}

/// Writes an invitation that goes by mail or SMS, to an address, on behalf of a bare JID, in a
/// language, with a code; none when nothing reaches that address or there is no page to show.
pub(crate) type Writing<'w> =
    &'w (dyn Fn(&Address, &str, Lang, Code) -> Option<Letter> + Send + Sync);

/// Sends invitations that are due, as far as `limits` allow: a few of each of up to `limit`
/// accounts, in turns, so that whoever invites thousands keeps nobody else waiting.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn tell(
    tx: &mut Tx,
    world: &World,
    limits: &InvitationLimits,
    limit: i64,
    by_letter: Writing<'_>,
) -> Result<()> {
    for inviter in tx.inviters_due(world.now, limit).await? {
        let next = tell_some(tx, world, limits, &inviter, by_letter).await?;
        tx.set_turn(&inviter, next.filter(|at| *at < Millis::NEVER)).await?;
    }
    Ok(())
}

/// Sends a few invitations of `inviter`. Answers when it is their turn again: behind all others if
/// more are due, and when the day's limit lets them, however many there are.
async fn tell_some(
    tx: &mut Tx,
    world: &World,
    limits: &InvitationLimits,
    inviter: &str,
    by_letter: Writing<'_>,
) -> Result<Option<Millis>> {
    let himself = known(tx, world, inviter).await?;
    let counted = counted(tx, world, limits, inviter, himself).await?;
    for row in tx.invitations_due(inviter, world.now, OF_EACH).await? {
        if let Some(free) = spent_until(tx, world, &counted).await? {
            return Ok(Some(free));
        }
        match turn(tx, world, limits, &row, &himself).await? {
            Next::Drop => tx.delete_invitation(row.id).await?,
            Next::Wait(until) => tx.keep_back(row.id, until).await?,
            Next::KeepBack(until) => {
                // It takes a place of the day like one that leaves: how many are left tells nothing.
                count(tx, world, &counted, &format!("kept back {}", row.address)).await?;
                tx.keep_back(row.id, until).await?;
            }
            Next::Tell(about, share, to) => {
                let code = Code::from_random(world.chance.bits(), world.chance.bits());
                let lang = tx.account(inviter).await?.and_then(|it| Lang::of(&it.lang));
                let letter = by_letter(&to, inviter, lang.unwrap_or_default(), code);
                match (to, letter) {
                    (Address::Xmpp(_), _) => post(tx, world, &row, about, share).await?,
                    (_, Some(letter)) => drop(letters::post(tx, world, &letter).await?),
                    (_, None) => {
                        tx.keep_back(row.id, world.now.after(DAY)).await?;
                        continue;
                    }
                }
                count(tx, world, &counted, &row.address).await?;
                tx.tell_invitation(row.id, &code.hash(), world.now.after(LIFE)).await?;
            }
        }
    }
    let next = tx.next_invitation(inviter).await?;
    Ok(next.map(|at| Millis(at).max(world.now)))
}

/// Whose invitations of a day `inviter`'s count among, by keyed hashes, and how many each may have
/// sent: whoever has a server has as many accounts there as they like.
async fn counted(
    tx: &mut Tx,
    world: &World,
    limits: &InvitationLimits,
    inviter: &str,
    himself: [u8; 32],
) -> Result<Vec<([u8; 32], i64)>> {
    let most = limits.per_sender_a_day;
    let mut counted = vec![(himself, most)];
    if let Some(site) = world.other_site(inviter) {
        let server = known(tx, world, &site).await?;
        counted.push((server, most.saturating_mul(SERVER)));
        counted.push((known(tx, world, "@").await?, most.saturating_mul(OTHERS)));
    }
    Ok(counted)
}

/// `whom` was asked on behalf of each of them.
async fn count(tx: &mut Tx, world: &World, counted: &[([u8; 32], i64)], whom: &str) -> Result<()> {
    let whom = known(tx, world, whom).await?;
    for (who, _) in counted {
        tx.insert_asked(who, &whom, world.now).await?;
    }
    Ok(())
}

/// Until when one of them has had as many invitations sent as a day allows; none when they have not.
async fn spent_until(
    tx: &mut Tx,
    world: &World,
    counted: &[([u8; 32], i64)],
) -> Result<Option<Millis>> {
    let mut until = None;
    for (who, most) in counted {
        if *most == 0 {
            return Ok(Some(world.now.after(DAY)));
        }
        let of_day = tx.asked_before(who, most - 1).await?;
        until = until.max(of_day.map(|at| at.after(DAY)).filter(|free| *free > world.now));
    }
    Ok(until)
}

async fn turn(
    tx: &mut Tx,
    world: &World,
    limits: &InvitationLimits,
    row: &InvitationRow,
    inviter: &[u8; 32],
) -> Result<Next> {
    // All are asked, whoever has what was typed, and take as long.
    let unsent = tx.first_unsent(&row.inviter, &row.address).await?;
    let typed = tx.first_typed(&row.inviter, &row.address, world.now).await?;
    let is_kept_back = tx.is_kept_back(&row.inviter, &row.address, world.now).await?;
    // Whoever has joined may have left by then.
    let paused = Next::KeepBack(world.now.after(limits.pause));
    let (Some((about, share)), Ok(address)) = (unsent.or(typed), Address::parse(&row.address))
    else {
        return Ok(if is_kept_back { paused } else { Next::Drop });
    };
    // Whether its owner wants to hear nothing is known of another spelling, for a moment yet.
    if tx.has_unfinished(&row.address, Unfinished::Respelt).await? {
        return Ok(Next::Wait(world.now.after(SOON)));
    }
    // Nobody invites them: soon all inviters know that they have joined, or they refuse the inviter.
    if tx.account(&row.address).await?.is_some() {
        return Ok(paused);
    }
    let whom = known(tx, world, &row.address).await?;
    if tx.is_silent(&whom).await? || tx.asked(inviter, &whom).await?.is_some() {
        return Ok(Next::KeepBack(Millis::NEVER));
    }
    let last = tx.last_asked(&whom).await?.map(|at| at.after(limits.pause));
    Ok(match last.filter(|free| *free > world.now) {
        Some(free) => Next::KeepBack(free),
        None => Next::Tell(DeliveryId(about), ShareId(share), address),
    })
}

/// The message goes into the outbox, like everything that people are sent.
async fn post(
    tx: &mut Tx,
    world: &World,
    row: &InvitationRow,
    about: DeliveryId,
    share: ShareId,
) -> Result<()> {
    let notice = NewNotice {
        delivery: NewDelivery {
            id: DeliveryId(world.chance.uuid(world.now)),
            share,
            rcpt: row.address.clone(),
            address: None,
            handle: 0,
            delivery: Delivery::accepted(true, world.now, world.now.after(LIFE)),
            sent_at: 0,
            author: row.inviter.clone(),
        },
        carries: Carries::Invitation,
        about,
    };
    tx.insert_notices(&[notice]).await
}
