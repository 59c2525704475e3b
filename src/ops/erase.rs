//! Leaving: the account and everything of it goes (`threats` 15). What others got stays theirs,
//! in their clients; here nothing of it is kept.
//!
//! What stays: keyed hashes of who wants to hear nothing and who asked whom; for what is left of
//! 90 days, complaints, those of the account without its words and as of a keyed hash, and those
//! about it as they are, for who leaves must not be rid of them by that; for a month, that a
//! letter went to an address, without its words; what others sent him, as theirs, under the
//! address that they typed; and for the rest of its week, that a link to an export was once good.

use super::{
    World,
    delivery::{PASS, is_full},
    invitation,
    key::{self, Purpose},
    picture,
};
use crate::{
    domain::{
        clock::Millis,
        id::{DeliveryId, ShareId},
        report,
        unfinished::Unfinished,
    },
    store::db::{Result, Tx},
};

/// Shares, and notes, removed in one transaction; of a share with 200 recipients goes as much as
/// of 200 others.
const AT_ONCE: usize = 100;
/// Collected cards removed in one transaction: each may have 64 KiB and 200 keys.
const CARDS: i64 = 25;

/// Removes the account, cancels what is on its way to it, and forgets what it did: at once what
/// one transaction can hold, and the rest in the next ones. Nobody's invitation goes to it for a
/// while. Answers whether there was one.
///
/// Whoever has left has not joined, whatever is still to be removed; they cannot join again before
/// the cards that they had collected are gone.
///
/// # Errors
/// When the database does not answer.
pub async fn leave(tx: &mut Tx, world: &World, jid: &str) -> Result<bool> {
    tx.withdraw_letters_of(jid).await?;
    // Contacts, codes, invitations and links go with it.
    let has_left = tx.delete_account(jid).await?;
    if has_left {
        tx.forget_redeemer(jid).await?;
        let hash = key::hash(tx, world, Purpose::Reporter, &[jid]).await?;
        tx.disown_reports(jid, &report::pseudonym(&hash)).await?;
        tx.close_exports(jid).await?;
        tx.drop_unfinished(jid).await?;
        // Also when nothing more is left: the log is emptied behind it.
        tx.put_unfinished(jid, Unfinished::Left, "", world.now).await?;
        invitation::left(tx, world, jid).await?;
    }
    remove(tx, jid, world.now).await?;
    Ok(has_left)
}

/// Removes of somebody who has left what they did and were sent until then, and cancels what is on
/// its way to them.
pub(super) async fn remove(tx: &mut Tx, jid: &str, left: Millis) -> Result<()> {
    let limit = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
    let end = DeliveryId::end_of(left);
    let mut more = is_full(tx.cancel_for(jid, end, PASS).await?, PASS);
    more |= is_full(tx.disown_received(jid, end, PASS).await?, PASS);
    more |= is_full(tx.end_following(jid, CARDS).await?, CARDS);
    more |= is_full(tx.delete_collected_of(jid, end, CARDS).await?, CARDS);
    let shares = tx.shares_sent_before(jid, left, limit).await?;
    let shares: Vec<ShareId> = shares.into_iter().map(|(id,)| ShareId(id)).collect();
    for share in &shares {
        picture::let_fall(tx, *share).await?;
    }
    tx.delete_shares(&shares).await?;
    let notes = tx.delete_notes_of(jid, left, limit).await?;
    if more || shares.len() == AT_ONCE || notes == AT_ONCE {
        tx.put_unfinished(jid, Unfinished::Left, "", left).await?;
    }
    Ok(())
}
