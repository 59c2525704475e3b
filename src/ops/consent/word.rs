//! What somebody says about somebody: yes, no or block, what that does to what waits of them, and the
//! end of a block.

use jid::BareJid;
use uuid::Uuid;

use super::{ask_of, askers, places::ask_next};
use crate::{
    domain::{
        clock::Millis,
        consent::{Ask, LAPSE, Verdict},
        site::{covering, has_spellings, spellings, spelt},
        unfinished::Unfinished,
    },
    ops::account,
    store::{
        consent::ConsentRow,
        db::{Result, Tx},
    },
    world::{PASS, World, is_full},
};

/// So many others somebody says the same about: yes, no, or block.
pub const SAID_MAX: i64 = 1_000;
/// People of whom something waits that are looked at in one transaction, when a server is blocked.
const AUTHORS: i64 = 50;

/// Keeps what `account` says about `other`, an address or, to block it, a domain, however that is
/// written. After a yes everything of theirs that waits is queued, in order; else it ends, and so
/// does what was queued when they are blocked; a card of theirs that waits is declined. Answers
/// whether it was kept: nothing is when `account` has said the same about [`SAID_MAX`] others already,
/// or has left, or has blocked them ([`blocked_by`]).
///
/// # Errors
/// When the database does not answer.
pub async fn decide(
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
///
/// # Errors
/// When the database does not answer.
pub async fn blocked_by(
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
pub(in crate::ops) async fn go_on(
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

/// What waits of `other` is queued, or ends, and cards of theirs that wait for a word are declined. A
/// domain that is blocked stands for all its people of whom something waits, and an address for all its
/// spellings; they are looked for one after the other, behind `after`.
pub(super) async fn carry_out(
    tx: &mut Tx,
    world: &World,
    account: &BareJid,
    other: &BareJid,
    after: &str,
    verdict: Verdict,
) -> Result<()> {
    let jid = account.as_str();
    let is_named = other.node().is_some() || verdict != Verdict::Blocked;
    let is_one = is_named && !has_spellings(other);
    let authors =
        if is_one { vec![(other.to_string(),)] } else { tx.authors(jid, after, AUTHORS).await? };
    let is_all = is_one || !is_full(authors.len(), AUTHORS);
    let room = world.rows.left(PASS);
    let (mut left, mut done) = (room, after.to_owned());
    for (author,) in authors {
        if left <= 0 {
            break;
        }
        if BareJid::new(&author).is_ok_and(|author| verdict.is_about(&author, other)) {
            let cancelled = tx.cancel_of(jid, &author, verdict, left).await?;
            left = left.saturating_sub_unsigned(cancelled);
            if verdict == Verdict::Yes {
                let held = tx.held_of(jid, &author, left).await?;
                left = left.saturating_sub_unsigned(held.len() as u64);
                account::release(tx, world, jid, held).await?;
            } else {
                let declined = tx.decline_of(jid, &author, world.now, left).await?;
                left = left.saturating_sub_unsigned(declined);
            }
        }
        if left > 0 {
            done = author;
        }
    }
    world.rows.took(room - left);
    if after.is_empty() {
        // What they said before about the same is over.
        tx.end_unfinished_about(jid, Unfinished::Said, other.as_str()).await?;
    }
    if is_all && left > 0 {
        return tx.hasten_unfinished(jid, world.now).await;
    }
    let what = format!("{other} {done}");
    world.put_first(tx, (jid, Unfinished::Said, &what), Millis(0)).await
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

/// `other` is blocked no more. Answers whether he was.
///
/// # Errors
/// When the database does not answer.
pub async fn unblock(tx: &mut Tx, account: &BareJid, other: &BareJid) -> Result<bool> {
    let was = tx.forget_consent(account.as_str(), other.as_str(), Verdict::Blocked).await?;
    tx.note_guarded(account.as_str()).await?;
    Ok(was)
}

/// Nobody is blocked any more (XEP-0191 §3.5).
///
/// # Errors
/// When the database does not answer.
pub async fn unblock_all(tx: &mut Tx, account: &BareJid) -> Result<()> {
    tx.forget_blocks(account.as_str()).await?;
    tx.note_guarded(account.as_str()).await
}

/// Somebody wants to be asked about others, or about nobody: what waits goes the way of what is sent to
/// them now, in order, and whoever need not be asked about any more is let in.
///
/// # Errors
/// When the database does not answer.
pub async fn set_ask(tx: &mut Tx, world: &World, account: &BareJid, ask: Ask) -> Result<()> {
    let before = tx.account(account.as_str()).await?.map(|account| ask_of(world, &account));
    tx.set_ask(account.as_str(), ask).await?;
    if ask == Ask::Always || before == Some(ask) {
        return Ok(());
    }
    account::release_held(tx, world, account.as_str(), Uuid::nil(), world.moment()).await
}
