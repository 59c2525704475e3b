//! Inviting people who have not joined, and what it means when they do
//! (`xep/product-share.xml#invite`, S0.5, `threats` 12).
//!
//! A share for somebody who has not joined is held, and an invitation of its sender is due in the
//! same transaction. `tell` sends it, as often as the operator allows. Nothing of this shows to
//! the sender, except that somebody has accepted.
//!
//! A number or mail address that is an account's already wants an invitation like any other. It
//! takes its place in every limit and budget, and its letter is the only thing that is not sent: else
//! a sender who also types numbers of their own could count what is left, and know whose the others
//! are.
//!
//! Every function that asks the database fails when that does not answer.

mod count;
mod silence;
mod turn;

use std::collections::{BTreeSet, HashMap, HashSet};

pub(crate) use self::silence::{is_silent, known};
pub(crate) use self::{count::Count, turn::tell};
use crate::{
    db::{Result, Tx},
    domain::{
        address::Address,
        clock::Millis,
        consent::Fate,
        id::{DeliveryId, ShareId},
        invitation::{Code, State, name},
        letter,
        note::{Carries, Kind, Note},
        unfinished::Unfinished,
    },
    invite::store::NewInvitation,
    outbox::store::NewDelivery,
    people::{
        notice::{self, Reader},
        removal,
    },
    world::{PASS, World, is_full},
};

/// Inviters who are told in one transaction that somebody has come.
const INVITERS: i64 = 50;
/// Rows that telling one of them moves.
const INVITER: i64 = 10;

/// What a code opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Opened {
    /// Somebody is invited with it.
    Open(Invited),
    /// Somebody has come with it.
    Used,
    /// It was answered too late.
    Expired,
    /// The inviter took it back.
    Withdrawn,
    /// Whoever has the address wants to hear nothing.
    Stopped,
    /// Nobody was given it, or it is forgotten.
    Unknown,
}

/// What the reader of an invitation is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Invited {
    /// Who invites: a bare JID.
    pub inviter: String,
    /// The name the inviter goes by, if it is no more than a name.
    pub nick: Option<String>,
    /// Who is invited.
    pub address: Address,
    /// Until when an answer counts.
    pub expires: Millis,
}

/// Looks at the invitation of this code.
pub(crate) async fn open(tx: &mut Tx, code: Code, now: Millis) -> Result<Opened> {
    let Some(row) = tx.invitation(&code.hash()).await? else { return Ok(Opened::Unknown) };
    let Ok(address) = Address::parse(&row.address) else { return Ok(Opened::Unknown) };
    Ok(match row.state() {
        State::Accepted => Opened::Used,
        State::Withdrawn => Opened::Withdrawn,
        _ if row.redeemed_by.is_some() => Opened::Used,
        State::Kept => Opened::Unknown,
        State::Told | State::Undelivered if !row.is_open(now) => Opened::Expired,
        State::Told | State::Undelivered if is_silent(tx, &address).await? => Opened::Stopped,
        State::Told | State::Undelivered => {
            let inviter = tx.account(&row.inviter).await?;
            Opened::Open(Invited {
                nick: inviter.and_then(|it| it.nick).as_deref().and_then(name),
                inviter: row.inviter,
                address,
                expires: Millis(row.expires_at),
            })
        }
    })
}

/// Invitations of those for whom `deliveries` of `shares` do not leave, and of everybody who was typed
/// by a number or mail address, are due from now on. An account is never invited ([`tell`]), but takes
/// its place of the day if what it was sent is not on its way at once: whether it has to be asked,
/// refuses or is out of reach, its sender sees what they see of whoever has not joined. `senders` are
/// those of the shares that have a number of their sender's: the change of a card has none, and invites
/// nobody.
pub(crate) async fn want(
    tx: &mut Tx,
    world: &World,
    senders: impl Iterator<Item = (ShareId, &str)>,
    deliveries: &[NewDelivery],
    leaves: impl Fn(&NewDelivery) -> bool,
) -> Result<()> {
    let whom = |it: &NewDelivery| match &it.address {
        Some(typed) => Some(typed.clone()),
        None => (!leaves(it)).then(|| it.rcpt.clone()),
    };
    if !deliveries.iter().any(|it| whom(it).is_some()) {
        return Ok(());
    }
    let senders: HashMap<ShareId, &str> = senders.collect();
    let invitation = |it: &NewDelivery| {
        Some(NewInvitation {
            address: whom(it)?,
            id: world.chance.uuid(world.now),
            inviter: (*senders.get(&it.share)?).to_owned(),
            made: world.now,
        })
    };
    let mut wanted: Vec<NewInvitation> = deliveries.iter().filter_map(invitation).collect();
    let mut seen = HashSet::new();
    wanted.retain(|it| seen.insert((it.inviter.clone(), it.address.clone())));
    tx.insert_invitations(&wanted).await?;
    let inviters: BTreeSet<String> = wanted.into_iter().map(|it| it.inviter).collect();
    tx.call_inviters(&inviters.into_iter().collect::<Vec<_>>(), world.now).await
}

/// Whether somebody was asked and may still answer.
pub(crate) async fn is_invited(tx: &mut Tx, now: Millis, address: &str) -> Result<bool> {
    tx.is_invited(address, now).await
}

/// Whoever has `address` has joined as `account` at `since`, or has shown that it is theirs: nobody
/// invites them again. Whoever invited an account is told; of a number or mail address only the one
/// with whose code its owner came, for to all others it looks like any number. To whomever of these was
/// asked about, that was a yes. Answers whether all of them were looked at; else the rest is, in
/// portions, and what is held comes behind that.
pub(in crate::invite) async fn accepted(
    tx: &mut Tx,
    world: &World,
    account: &str,
    address: &str,
    since: Millis,
) -> Result<bool> {
    let hash = known(tx, world, address).await?;
    tx.delete_silence(&hash).await?;
    let room = world.rows.left(INVITERS * INVITER) / INVITER;
    let inviters = tx.accept_invitations(address, account, room).await?;
    let more = is_full(inviters.len(), room);
    world.rows.took(INVITER.saturating_mul(inviters.len().try_into().unwrap_or(INVITERS)));
    if more {
        world.put_unfinished(tx, (account, Unfinished::Accepted, address), since).await?;
    }
    let inviters: Vec<_> = inviters.into_iter().filter(|(_, may_know, _)| *may_know).collect();
    let asked = |(inviter, _, until): &(String, bool, i64)| {
        (*until < Millis::NEVER.0).then(|| inviter.clone())
    };
    let asked: Vec<String> = inviters.iter().filter_map(asked).collect();
    tx.welcome(account, &asked, world.now).await?;
    for (inviter, ..) in inviters {
        let Some((about, share)) = tx.first_held(&inviter, address).await? else { continue };
        let handle = tx.shares(&[ShareId(share)]).await?.pop().map_or(0, |share| share.handle);
        // By the address that the inviter knows, whatever account it belongs to.
        let joined = Note {
            author: address.to_owned(),
            kind: Kind::Joined,
            said: world.now,
            ..Note::default()
        };
        let no = tx.insert_note(ShareId(share), &joined).await?;
        let (about, fate) = (DeliveryId(about), Fate::Goes);
        let reader = Reader { jid: inviter, handle, about, fate, typed: None };
        notice::post(tx, world, address, ShareId(share), Carries::Note(no), &[Some(reader)])
            .await?;
    }
    Ok(!more)
}

/// Whoever has `address` wants to hear nothing from anybody, for ever. What is on its way to them
/// is cancelled, and nobody is told. Joining lifts it.
pub(crate) async fn stop(tx: &mut Tx, world: &World, address: &Address) -> Result<()> {
    let address = address.to_string();
    let hash = known(tx, world, &address).await?;
    tx.insert_silence(&hash, world.now).await?;
    let stopped = world.moment();
    let room = world.rows.left(PASS);
    let cancelled = tx.cancel_for(&address, DeliveryId::end_of(stopped), room).await?;
    world.rows.took(cancelled);
    if is_full(cancelled, room) {
        removal::remove_all(tx, world, &address, stopped).await?;
    }
    tx.withdraw_letters_to(&address, letter::Kind::Invitation).await?;
    Ok(())
}

/// Whoever has `jid` has left: nobody's invitation goes to them for as long as if they had been
/// asked now.
pub(crate) async fn left(tx: &mut Tx, world: &World, jid: &str) -> Result<()> {
    let himself = known(tx, world, jid).await?;
    tx.insert_asked(&himself, &himself, world.now).await
}

/// What is known by a keyed hash of the mail address that was written as `spelling` is known of
/// `address`, which is the same in small letters: that its owner wants to hear nothing, and who has
/// asked them. A portion of it.
pub(crate) async fn respell(
    tx: &mut Tx,
    world: &World,
    spelling: &str,
    address: &str,
) -> Result<()> {
    let (from, to) = (known(tx, world, spelling).await?, known(tx, world, address).await?);
    if tx.is_silent(&from).await? {
        tx.insert_silence(&to, world.now).await?;
        tx.delete_silence(&from).await?;
    }
    if is_full(tx.move_asked(&from, &to, PASS).await?, PASS) {
        let kind = Unfinished::Respelt;
        world.put_unfinished(tx, (address, kind, spelling), world.now).await?;
    }
    Ok(())
}
