//! What a word about somebody does to what waits of them.

use jid::BareJid;

use crate::{
    db::{Result, Tx},
    domain::{clock::Millis, consent::Verdict, site::has_spellings, unfinished::Unfinished},
    outbox::delivery::queue_held,
    world::{PASS, World, is_full},
};

/// People of whom something waits that are looked at in one transaction, when a server is blocked.
const AUTHORS: i64 = 50;

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
        if is_one { vec![other.to_string()] } else { tx.authors(jid, after, AUTHORS).await? };
    let is_all = is_one || !is_full(authors.len(), AUTHORS);
    let room = world.rows.left(PASS);
    let (mut left, mut done) = (room, after.to_owned());
    for author in authors {
        if left <= 0 {
            break;
        }
        if BareJid::new(&author).is_ok_and(|author| verdict.is_about(&author, other)) {
            let cancelled = tx.cancel_of(jid, &author, verdict, left).await?;
            left = left.saturating_sub_unsigned(cancelled);
            if verdict == Verdict::Yes {
                let held = tx.held_of(jid, &author, left).await?;
                left = left.saturating_sub_unsigned(held.len() as u64);
                queue_held(tx, world, jid, held).await?;
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
