//! Joining, by whatever road somebody comes.
//!
//! Every function that asks the database fails when that does not answer.

#![expect(clippy::missing_errors_doc, reason = "said once, above")]

use std::time::Duration;

use jid::BareJid;
use uuid::Uuid;

use super::{
    account_link,
    invitation::{accepted, is_invited, is_silent},
};
use crate::{
    db::{Result, Tx},
    domain::{
        address::Address,
        clock::Millis,
        invitation::{Code, State},
        unfinished::Unfinished,
    },
    invite::store::InvitationRow,
    people::{account, release::release_held, removal},
    world::World,
};

/// What an account counts as of what is kept: it stays for as long as they like, with settings, names,
/// numbers and links.
const ACCOUNT: usize = 64 << 10;

/// Somebody wants to take part.
#[derive(Debug, Clone)]
pub(crate) struct Wish<'a> {
    /// Who wants to.
    pub jid: &'a BareJid,
    /// The language they are spoken to in, BCP 47.
    pub lang: &'a str,
    /// The name they give.
    pub nick: Option<&'a str>,
    /// Whether they may without an invitation.
    pub may_join: bool,
    /// The code of an invitation, as they wrote it.
    pub code: Option<&'a str>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// They take part.
    Joined {
        /// Whether they did not before.
        is_new: bool,
        /// The address that they have to show to be theirs before they get what was held for it.
        prove: Option<Address>,
    },
    /// Neither an invitation nor the operator lets them.
    MayNot,
    /// What they had before they left is still being removed.
    Leaving,
    /// As much was kept for their server as may be; somebody can join again after so long.
    Full {
        /// After how long.
        after: Duration,
    },
    /// The code is none, or another's, or too old. They are not told which.
    BadCode,
}

/// Takes somebody in by whatever road they come, with a code or without; the same again changes
/// nothing.
pub(crate) async fn join(tx: &mut Tx, world: &World, wish: &Wish<'_>) -> Result<Came> {
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
    let Some(is_new) = take_in(tx, world, jid, wish.lang, wish.nick).await? else {
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
    // Whoever was invited by their JID comes with that and not with a code.
    let is_for_all = !matches!(address, Address::Xmpp(_));
    // Whoever has the address wants to hear nothing, codes that were sent before included.
    let is_silent = is_silent(tx, &address).await?;
    Ok(Some(row).filter(|_| (is_his || is_free) && is_for_all && !is_silent))
}

/// `jid` has come with the code. Answers what they still have to prove: a link that was passed on
/// opens nothing that was held for somebody else.
async fn redeem(tx: &mut Tx, jid: &str, row: &InvitationRow) -> Result<Option<Address>> {
    tx.redeem_invitation(row.id, jid).await?;
    let is_open = row.state() != State::Accepted;
    Ok(Address::parse(&row.address).ok().filter(|_| is_open))
}

/// Makes an account, and queues in order what was held for it. Idempotent; answers whether the
/// account is new, and nothing when nobody can join: while anything that they had before is being
/// removed, which they would see as theirs, and when as much was kept for their server as may be.
/// Whoever joins again may be asked again whether we may see them.
pub async fn take_in(
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
        removal::remove_rest(tx, world, jid).await?;
        return Ok(None);
    }
    if !is_there && world.rules.limits.full_for(jid).is_some() {
        return Ok(None);
    }
    let is_new = tx.insert_account(jid, lang, world.now).await?;
    if let Some(nick) = nick {
        account::rename(tx, world, jid, nick).await?;
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
pub(crate) async fn welcome(tx: &mut Tx, world: &World, jid: &str, joined: Millis) -> Result<()> {
    if accepted(tx, world, jid, jid, joined).await? {
        release_held(tx, world, jid, Uuid::nil(), joined).await?;
    }
    Ok(())
}
