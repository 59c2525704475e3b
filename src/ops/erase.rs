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
const AT_ONCE: i64 = 100;
/// Collected cards removed in one transaction: each may have 64 KiB and 200 keys.
const CARDS: i64 = 25;
/// What is done one after the other; see [`is_more`].
const STEPS: u8 = 7;
/// The step that removes the cards that they had collected.
const COLLECTED: u8 = 4;

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
    // What was begun before ends with this, which goes as far and further.
    tx.drop_unfinished(jid).await?;
    if has_left {
        tx.forget_redeemer(jid).await?;
        let hash = key::hash(tx, world, Purpose::Reporter, &[jid]).await?;
        tx.disown_reports(jid, &report::pseudonym(&hash)).await?;
        tx.close_exports(jid).await?;
        invitation::left(tx, world, jid).await?;
    }
    go_on(tx, world, jid, "", world.moment()).await?;
    Ok(has_left)
}

/// Goes on, from `step`, with removing of somebody who left at `left` what they did and were sent
/// until then, and with cancelling what is on its way to them. Each step is done until it finds no
/// more, and not again after that.
pub(super) async fn go_on(
    tx: &mut Tx,
    world: &World,
    jid: &str,
    step: &str,
    left: Millis,
) -> Result<()> {
    tx.put_removal(world.chance.uuid(world.now)).await?;
    for n in step.parse().unwrap_or(0)..STEPS {
        if is_more(tx, jid, n, left).await? {
            let (kind, step) = (Unfinished::Left, n.to_string());
            return tx.put_unfinished(jid, kind, &step, left, world.now).await;
        }
    }
    Ok(())
}

/// Cards are left of those that `jid`, who has left, had collected: they are removed, unless that
/// is under way.
pub(super) async fn remove_cards(tx: &mut Tx, world: &World, jid: &str) -> Result<()> {
    let kind = Unfinished::Left;
    if tx.has_unfinished(jid, kind).await? {
        return Ok(());
    }
    tx.put_unfinished(jid, kind, &COLLECTED.to_string(), world.moment(), world.now).await
}

/// Does one portion of a step. Answers whether there may be more of it.
async fn is_more(tx: &mut Tx, jid: &str, step: u8, left: Millis) -> Result<bool> {
    let end = DeliveryId::end_of(left);
    Ok(match step {
        0 => is_full(tx.cancel_for(jid, end, PASS).await?, PASS),
        // By the address of its conversation, which goes behind it.
        1 => is_full(tx.disown_said(jid, end, PASS).await?, PASS),
        2 => is_full(tx.disown_received(jid, end, PASS).await?, PASS),
        3 => is_full(tx.end_following(jid, left, CARDS).await?, CARDS),
        COLLECTED => is_full(tx.delete_collected_of(jid, end, CARDS).await?, CARDS),
        5 => {
            let shares = tx.shares_sent_before(jid, end, AT_ONCE).await?;
            let shares: Vec<ShareId> = shares.into_iter().map(|(id,)| ShareId(id)).collect();
            for share in &shares {
                picture::let_fall(tx, *share).await?;
            }
            tx.delete_shares(&shares).await?;
            is_full(shares.len(), AT_ONCE)
        }
        _ => is_full(tx.delete_notes_of(jid, left, AT_ONCE).await?, AT_ONCE),
    })
}
