//! What somebody says about somebody: yes, no or block, what that does to what waits of them, and the
//! end of a block.
//!
//! Every function that asks the database fails when that does not answer.

use jid::BareJid;

use super::{asker::askers, effect::carry_out, places::ask_next};
use crate::{
    db::{Result, Tx},
    domain::{
        consent::{LAPSE, Verdict},
        site::{covering, spellings, spelt},
    },
    people::store::ConsentRow,
    world::World,
};

/// So many others somebody says the same about: yes, no, or block.
pub(crate) const SAID_MAX: i64 = 1_000;

/// Keeps what `account` says about `other`, an address or, to block it, a domain, however that is
/// written. After a yes everything of theirs that waits is queued, in order; else it ends, and so
/// does what was queued when they are blocked; a card of theirs that waits is declined. Answers
/// whether it was kept: nothing is when `account` has said the same about [`SAID_MAX`] others already,
/// or has left, or has blocked them ([`blocked_by`]).
pub(crate) async fn decide(
    tx: &mut Tx,
    world: &World,
    account: &BareJid,
    other: &BareJid,
    verdict: Verdict,
) -> Result<bool> {
    let (jid, other) = (account.as_str(), &spelt(other));
    if tx.account(jid).await?.is_none()
        || (verdict != Verdict::Blocked && blocked_by(tx, world, account, other).await?.is_some())
        || !has_room(tx, world, jid, other, verdict).await?
    {
        return Ok(false);
    }
    carry_out(tx, world, account, other, "", verdict).await?;
    let mut is_place_free = false;
    for asker in askers(tx, world, jid).await? {
        if verdict.is_about(&asker.jid, other) {
            is_place_free |= tx.forget_consent(jid, asker.jid.as_str(), Verdict::Asked).await?;
        }
    }
    tx.forget_said(jid, other.as_str()).await?;
    tx.set_consents(&[ConsentRow::new(jid, other.as_str(), verdict, world.now, 0)]).await?;
    world.rules.limits.keeps(jid, [other.as_str().len()], 0);
    tx.note_guarded(jid).await?;
    if is_place_free {
        ask_next(tx, world, account, other).await?;
    }
    Ok(true)
}

/// What `account` has blocked of `other`, the address, its server, or a domain above that: until that
/// is taken back no other word about them counts.
pub(crate) async fn blocked_by(
    tx: &mut Tx,
    world: &World,
    account: &BareJid,
    other: &BareJid,
) -> Result<Option<String>> {
    let said = tx.consents(&covering(other.as_str()), &[account.to_string()]).await?;
    let blocked = said.into_iter().find(|row| row.verdict(world.now) == Some(Verdict::Blocked));
    Ok(blocked.map(|row| row.other))
}

/// Goes on with what waits of `other`, behind `after`, by what `account` says about them now. While they are only
/// asked it goes on waiting.
pub(crate) async fn go_on(
    tx: &mut Tx,
    world: &World,
    account: &BareJid,
    other: &BareJid,
    after: &str,
) -> Result<()> {
    if tx.account(account.as_str()).await?.is_none() {
        // They have left, and nothing goes to them.
        return Ok(());
    }
    let said = tx.consents(&spellings(other.as_str()), &[account.to_string()]).await?;
    match said.iter().find_map(|row| row.verdict(world.now)) {
        Some(Verdict::Asked) | None => tx.hasten_unfinished(account.as_str(), world.now).await,
        Some(verdict) => carry_out(tx, world, account, other, after, verdict).await,
    }
}

/// Whether `account` may say this about `other` too. About whom something was said before, there
/// is a place; what has lapsed takes none.
async fn has_room(
    tx: &mut Tx,
    world: &World,
    account: &str,
    other: &BareJid,
    verdict: Verdict,
) -> Result<bool> {
    if tx.count_said(account, verdict, SAID_MAX).await? < SAID_MAX {
        return Ok(true);
    }
    let said = tx.consents(&spellings(other.as_str()), &[account.to_owned()]).await?;
    if said.iter().any(|row| row.verdict(world.now).is_some()) {
        return Ok(true);
    }
    tx.forget_lapsed(account, world.now.before(LAPSE), SAID_MAX).await?;
    Ok(tx.count_said(account, verdict, SAID_MAX).await? < SAID_MAX)
}

/// `other` is blocked no more. Answers whether they were.
pub(crate) async fn unblock(tx: &mut Tx, account: &BareJid, other: &BareJid) -> Result<bool> {
    let was = tx.forget_consent(account.as_str(), other.as_str(), Verdict::Blocked).await?;
    tx.note_guarded(account.as_str()).await?;
    Ok(was)
}

/// Nobody is blocked any more (XEP-0191 §3.5).
pub(crate) async fn unblock_all(tx: &mut Tx, account: &BareJid) -> Result<()> {
    tx.forget_blocks(account.as_str()).await?;
    tx.note_guarded(account.as_str()).await
}
