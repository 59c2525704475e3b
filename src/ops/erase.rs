//! Leaving: the account and everything of it goes (`threats` 15). What others got stays theirs,
//! in their clients; here nothing of it is kept.
//!
//! What stays: keyed hashes of who wants to hear nothing and who asked whom; for what is left of
//! 90 days, complaints, those of the account without its words and as of a keyed hash, and those
//! about it as they are, for who leaves must not be rid of them by that; for a month, that a
//! letter went to an address, without its words; what others sent him, as theirs, under the
//! address that they typed; and for the rest of its week, that a link to an export was once good.

use super::{
    World, invitation,
    key::{self, Purpose},
    picture,
};
use crate::{
    domain::{clock::Millis, id::ShareId, report},
    store::db::{Result, Tx},
};

/// Shares, and notes, removed in one transaction; of a share with 200 recipients goes as much as
/// of 200 others.
const AT_ONCE: usize = 100;

/// Removes the account, cancels what is on its way to it, and forgets what it did: at once what
/// one transaction can hold, and the rest in the next ones ([`go_on`]). Nobody's invitation goes
/// to it for a while. Answers whether there was one.
///
/// # Errors
/// When the database does not answer.
pub async fn leave(tx: &mut Tx, world: &World, jid: &str) -> Result<bool> {
    tx.cancel_for(jid).await?;
    tx.withdraw_letters_of(jid).await?;
    // Contacts, codes, invitations and links go with it.
    if !tx.delete_account(jid).await? {
        return Ok(false);
    }
    tx.end_following(jid).await?;
    tx.disown_received(jid).await?;
    tx.forget_redeemer(jid).await?;
    let hash = key::hash(tx, world, Purpose::Reporter, &[jid]).await?;
    tx.disown_reports(jid, &report::pseudonym(&hash)).await?;
    tx.close_exports(jid).await?;
    tx.insert_erasure(jid, world.now).await?;
    remove(tx, jid, world.now).await?;
    invitation::left(tx, world, jid).await?;
    Ok(true)
}

/// Removes more of somebody who has left. Answers whether nothing is left of him.
///
/// # Errors
/// When the database does not answer.
pub async fn go_on(tx: &mut Tx, world: &World) -> Result<bool> {
    let Some((jid, left)) = tx.erasure(world.now).await? else { return Ok(true) };
    let is_done = remove(tx, &jid, Millis(left)).await?;
    if is_done {
        tx.end_erasure(&jid).await?;
    }
    Ok(is_done)
}

async fn remove(tx: &mut Tx, jid: &str, left: Millis) -> Result<bool> {
    let limit = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
    let shares = tx.shares_sent_before(jid, left, limit).await?;
    let shares: Vec<ShareId> = shares.into_iter().map(|(id,)| ShareId(id)).collect();
    for share in &shares {
        picture::let_fall(tx, *share).await?;
    }
    tx.delete_shares(&shares).await?;
    let notes = tx.delete_notes_of(jid, left, limit).await?;
    Ok(shares.len() < AT_ONCE && notes < AT_ONCE)
}
