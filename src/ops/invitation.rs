//! Inviting people who have not joined, and what it means when they do
//! (`xep/product-share.xml#invite`, S0.5, `threats` 12).
//!
//! A share for somebody who has not joined is held, and an invitation of its sender is due in the
//! same transaction. [`tell`] sends it, as often as the operator allows. Nothing of this shows to
//! the sender, except that somebody has accepted.
//!
//! A number or mail address that is an account's already wants an invitation like any other. It
//! takes its place in every limit and budget, and its letter is the only thing that is not sent: else
//! a sender who also types numbers of their own could count what is left, and know whose the others
//! are.

mod count;
mod turn;

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    time::Duration,
};

use jid::BareJid;
use uuid::Uuid;

pub use self::{
    count::Count,
    turn::{Writing, tell},
};
use super::{
    account, account_link, erase,
    key::{self, Purpose},
    notice::{self, Reader},
};
use crate::{
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
    store::{
        db::{Result, Tx},
        delivery::NewDelivery,
        invitation::{InvitationRow, NewInvitation},
        share::ShareRow,
    },
    world::{PASS, World, is_full},
};

/// Inviters who are told in one transaction that somebody has come.
const INVITERS: i64 = 50;
/// Rows that telling one of them moves.
const INVITER: i64 = 10;

/// What a code opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
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
pub struct Invited {
    /// Who invites: a bare JID.
    pub inviter: String,
    /// The name he goes by, if it is no more than a name.
    pub nick: Option<String>,
    /// Whom.
    pub address: Address,
    /// Until when an answer counts.
    pub expires: Millis,
}

/// Looks at the invitation of this code.
///
/// # Errors
/// When the database does not answer.
pub async fn open(tx: &mut Tx, code: Code, now: Millis) -> Result<Opened> {
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
/// refuses or is out of reach, its sender sees what they see of whoever has not joined. The change of a
/// card invites nobody.
///
/// # Errors
/// When the database does not answer.
pub async fn want(
    tx: &mut Tx,
    world: &World,
    shares: &[ShareRow],
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
    // A change has no number of its giver's.
    let senders: HashMap<Uuid, &str> = shares
        .iter()
        .filter(|share| share.handle > 0)
        .map(|share| (share.id, share.sender.as_str()))
        .collect();
    let invitation = |it: &NewDelivery| {
        Some(NewInvitation {
            address: whom(it)?,
            id: world.chance.uuid(world.now),
            inviter: (*senders.get(&it.share.0)?).to_owned(),
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

/// Somebody wants to take part.
#[derive(Debug, Clone)]
pub struct Wish<'a> {
    /// Who.
    pub jid: &'a BareJid,
    /// The language he is spoken to in, BCP 47.
    pub lang: &'a str,
    /// The name he gives.
    pub nick: Option<&'a str>,
    /// Whether he may without an invitation.
    pub may_join: bool,
    /// The code of an invitation, as he wrote it.
    pub code: Option<&'a str>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// He takes part.
    Joined {
        /// Whether he did not before.
        is_new: bool,
        /// What he has to show to be his before he gets what was held for it.
        prove: Option<Address>,
    },
    /// Neither an invitation nor the operator lets him.
    MayNot,
    /// What they had before they left is still being removed.
    Leaving,
    /// As much was kept for their server as may be; somebody can join again after so long.
    Full {
        /// After how long.
        after: Duration,
    },
    /// The code is none, or another's, or too old. He is not told which.
    BadCode,
}

/// Takes somebody in by whatever road he comes, with a code or without; the same again changes
/// nothing.
///
/// # Errors
/// When the database does not answer.
pub async fn join(tx: &mut Tx, world: &World, wish: &Wish<'_>) -> Result<Came> {
    let jid = wish.jid.as_str();
    let code = match wish.code {
        Some(code) => match redeemable(tx, world.now, wish.jid, code).await? {
            Some(row) => Some(row),
            None => return Ok(Came::BadCode),
        },
        None => None,
    };
    let may = wish.may_join
        || code.is_some()
        || tx.account(jid).await?.is_some()
        || is_invited(tx, world.now, jid).await?;
    if !may {
        return Ok(Came::MayNot);
    }
    let Some(is_new) = account::join(tx, world, jid, wish.lang, wish.nick).await? else {
        let full = world.rules.limits.full_for(jid);
        return Ok(full.map_or(Came::Leaving, |after| Came::Full { after }));
    };
    let prove = match code {
        Some(row) => redeem(tx, jid, &row).await?,
        None => None,
    };
    if let Some(code) = wish.code.and_then(Code::parse).filter(|_| is_new) {
        account_link::came(tx, code, jid).await?;
    }
    Ok(Came::Joined { is_new, prove })
}

/// Whether somebody was asked and may still answer.
///
/// # Errors
/// When the database does not answer.
pub async fn is_invited(tx: &mut Tx, now: Millis, address: &str) -> Result<bool> {
    tx.is_invited(address, now).await
}

/// The invitation with which `jid` may come.
async fn redeemable(
    tx: &mut Tx,
    now: Millis,
    jid: &BareJid,
    code: &str,
) -> Result<Option<InvitationRow>> {
    let Some(code) = Code::parse(code) else { return Ok(None) };
    let Some(row) = tx.invitation(&code.hash()).await? else { return Ok(None) };
    let is_his = row.redeemed_by.as_deref() == Some(jid.as_str());
    let is_free = row.redeemed_by.is_none() && row.is_open(now);
    let Ok(address) = Address::parse(&row.address) else { return Ok(None) };
    // Whoever was invited by his JID comes with that and not with a code.
    let is_for_all = !matches!(address, Address::Xmpp(_));
    // Whoever has the address wants to hear nothing, codes that were sent before included.
    let is_silent = is_silent(tx, &address).await?;
    Ok(Some(row).filter(|_| (is_his || is_free) && is_for_all && !is_silent))
}

/// `jid` has come with the code. Answers what he has still to prove: a link that was passed on
/// opens nothing that was held for somebody else.
async fn redeem(tx: &mut Tx, jid: &str, row: &InvitationRow) -> Result<Option<Address>> {
    tx.redeem_invitation(row.id, jid).await?;
    let is_open = row.state() != State::Accepted;
    Ok(Address::parse(&row.address).ok().filter(|_| is_open))
}

/// Whoever has `address` has joined as `account` at `since`, or has shown that it is theirs: nobody
/// invites them again. Whoever invited an account is told; of a number or mail address only the one
/// with whose code its owner came, for to all others it looks like any number. To whomever of these was
/// asked about, that was a yes. Answers whether all of them were looked at; else the rest is, in
/// portions, and what is held comes behind that.
///
/// # Errors
/// When the database does not answer.
pub async fn accepted(
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

/// `address` could not be told that `inviter` has something for it. He does not see that; and
/// whoever has got it all the same may still answer.
///
/// # Errors
/// When the database does not answer.
pub async fn undelivered(tx: &mut Tx, inviter: &str, address: &str) -> Result<()> {
    tx.set_invitation(inviter, address, State::Undelivered).await?;
    Ok(())
}

/// Whoever has `address` wants to hear nothing from anybody, for ever. What is on its way to him
/// is cancelled, and nobody is told. Joining lifts it.
///
/// # Errors
/// When the database does not answer.
pub async fn stop(tx: &mut Tx, world: &World, address: &Address) -> Result<()> {
    let address = address.to_string();
    let hash = known(tx, world, &address).await?;
    tx.insert_silence(&hash, world.now).await?;
    let stopped = world.moment();
    let room = world.rows.left(PASS);
    let cancelled = tx.cancel_for(&address, DeliveryId::end_of(stopped), room).await?;
    world.rows.took(cancelled);
    if is_full(cancelled, room) {
        erase::remove_all(tx, world, &address, stopped).await?;
    }
    tx.withdraw_letters_to(&address, letter::Kind::Invitation).await?;
    Ok(())
}

/// Whoever has `jid` has left: nobody's invitation goes to him for as long as if he had been
/// asked now.
///
/// # Errors
/// When the database does not answer.
pub async fn left(tx: &mut Tx, world: &World, jid: &str) -> Result<()> {
    let himself = known(tx, world, jid).await?;
    tx.insert_asked(&himself, &himself, world.now).await
}

/// What is known by a keyed hash of the mail address that was written as `spelling` is known of
/// `address`, which is the same in small letters: that its owner wants to hear nothing, and who has
/// asked them. A portion of it.
pub(super) async fn respell(
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

/// Whether whoever has `address` wants to hear nothing.
async fn is_silent(tx: &mut Tx, address: &Address) -> Result<bool> {
    match key::kept_hash(tx, Purpose::Silence, &[&address.to_string()]).await? {
        Some(hash) => tx.is_silent(&hash).await,
        None => Ok(false),
    }
}

/// The keyed hash by which an address is known that wants to hear nothing, was asked, or has invited.
pub(super) async fn known(tx: &mut Tx, world: &World, address: &str) -> Result<[u8; 32]> {
    key::hash(tx, world, Purpose::Silence, &[address]).await
}
