//! Leaving: the account and everything of it goes (`threats` 15). What others got stays theirs,
//! in their clients; here nothing of it is kept.
//!
//! What stays: keyed hashes of who wants to hear nothing and who asked whom; for what is left of
//! 90 days, complaints, those of the account without its words and as of a keyed hash, and those
//! about it as they are, for nobody must get rid of them by leaving; for a month, that a letter
//! went to an address, without its words; what others sent to the account, as theirs, under the
//! address that they typed; and for the rest of its week, that a link to an export was once good.

use std::ops::ControlFlow;

use uuid::Uuid;

use crate::{
    db::{Result, Tx},
    domain::{
        clock::Millis,
        id::{DeliveryId, ShareId},
        report,
    },
    invite::invitation,
    keyed_hash::{self, Purpose},
    people::{
        consent,
        removal::{COLLECTED, Cursor, Stage, from, put, read},
    },
    share::{
        picture,
        removal::{Empties, empty},
    },
    world::{PASS, World, is_full},
};

/// Shares looked at in one transaction.
const SHARES: i64 = 100;
/// A collected card counts as so many rows: it may have 64 KiB and 200 keys.
const CARD: i64 = 20;
/// The same of a picture, which may have 512 KiB.
const PICTURE: i64 = 20;
/// What is done one after the other; see [`portion`].
const STEPS: u8 = 11;

/// Removes the account, cancels what is on its way to it, and forgets what it did: at once what
/// one transaction can hold, and the rest in the next ones. Nobody's invitation goes to it for a
/// while. Answers whether there was one.
///
/// Whoever has left has not joined, whatever is still to be removed; they cannot join again before it
/// is gone.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn leave(tx: &mut Tx, world: &World, jid: &str) -> Result<bool> {
    tx.withdraw_letters_of(jid).await?;
    // What there are a few of goes with it: contacts, codes, own cards, links.
    let has_left = tx.delete_account(jid).await?;
    // What was begun before ends with this, which goes as far and further.
    tx.drop_unfinished(jid).await?;
    if has_left {
        let hash = keyed_hash::hash(tx, world, Purpose::Reporter, &[jid]).await?;
        tx.disown_reports(jid, &report::pseudonym(&hash)).await?;
        tx.close_exports(jid).await?;
        invitation::left(tx, world, jid).await?;
    }
    go_on(tx, world, jid, "", world.moment()).await?;
    Ok(has_left)
}

/// Goes on, from `stage`, with removing of somebody who left at `left` what they did and were sent
/// until then, and with cancelling what is on its way to them: [`PASS`] rows in all. Each step is done
/// until it finds no more, and not again after that.
pub(crate) async fn go_on(
    tx: &mut Tx,
    world: &World,
    jid: &str,
    stage: &str,
    left: Millis,
) -> Result<()> {
    tx.put_removal(world.chance.uuid(world.now)).await?;
    let mut stage = match read(stage) {
        Some(stage) => stage,
        None => from(tx, 0).await?,
    };
    let mut room = world.rows.left(PASS);
    while stage.step < STEPS {
        match portion(tx, world, jid, &stage, left, room).await? {
            ControlFlow::Continue(still) => {
                world.rows.took(room - still);
                room = still;
                stage = Stage { step: stage.step + 1, place: None, ..stage };
            }
            ControlFlow::Break(place) => {
                world.rows.took(room);
                return put(tx, world, jid, &Stage { place, ..stage }, left).await;
            }
        }
    }
    Ok(())
}

/// Does one portion of a step, of at most `room` rows. Answers how many it has left for the next; or
/// that there may be more of it, and where it goes on.
async fn portion(
    tx: &mut Tx,
    world: &World,
    jid: &str,
    &Stage { step, last, place }: &Stage,
    left: Millis,
    room: i64,
) -> Result<ControlFlow<Option<Cursor>, i64>> {
    let end = DeliveryId::end_of(left);
    let weight = match step {
        3 | COLLECTED => CARD,
        // With what carries it, and with whose turn it is next.
        8 | 10 => 2,
        _ => 1,
    };
    let most = room / weight;
    if most <= 0 {
        return Ok(ControlFlow::Break(place));
    }
    let rows = match step {
        0 => tx.cancel_for(jid, end, most).await?,
        // What was said, by the address of its conversation; that goes behind it.
        1 => {
            return disown(tx, jid, true, place.unwrap_or((i64::MIN, 0, Uuid::nil())), end, room)
                .await;
        }
        2 => {
            return disown(tx, jid, false, place.unwrap_or((0, i64::MIN, Uuid::nil())), end, room)
                .await;
        }
        3 => tx.end_following(jid, left, most).await?,
        COLLECTED => tx.delete_collected_of(jid, end, most).await?,
        5 => tx.delete_invitations_of(jid, end, most).await?,
        6 => tx.delete_consents_of(jid, most).await?,
        7 => return shares(tx, jid, left, room).await,
        9 => tx.forget_redeemer(jid, most).await?,
        // Behind what they were about.
        10 => consent::left(tx, world, jid, most).await?,
        _ => tx.delete_notes_of(jid, last, most).await?,
    };
    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
    Ok(if rows < most {
        ControlFlow::Continue(room - rows * weight)
    } else {
        ControlFlow::Break(None)
    })
}

/// What `jid` was sent before `end`, from `place` on, is theirs no more: what was said to them, or what
/// was shared. It keeps their address where its sender typed that, so what was done is not looked for
/// but gone by.
async fn disown(
    tx: &mut Tx,
    jid: &str,
    said: bool,
    place: Cursor,
    end: Uuid,
    room: i64,
) -> Result<ControlFlow<Option<Cursor>, i64>> {
    let found = tx.received(jid, place, room).await?;
    let is_meant = |(id, carries, _): &&(Uuid, i64, i64)| (*carries != 0) == said && *id < end;
    let ids: Vec<DeliveryId> = found.iter().filter(is_meant).map(|it| DeliveryId(it.0)).collect();
    if said {
        tx.disown_said(&ids).await?;
    } else {
        tx.disown_received(&ids).await?;
    }
    let last = found.last().filter(|(_, carries, _)| said || *carries <= 0);
    let next = last.filter(|_| is_full(found.len(), room));
    let rows = i64::try_from(found.len()).unwrap_or(i64::MAX);
    Ok(match next {
        Some((id, carries, handle)) => ControlFlow::Break(Some((*carries, *handle, *id))),
        None => ControlFlow::Continue(room - rows),
    })
}

/// Removes of shares what was said about them, and then them and what shows nowhere else. Answers as
/// [`portion`].
async fn shares(
    tx: &mut Tx,
    jid: &str,
    left: Millis,
    mut room: i64,
) -> Result<ControlFlow<Option<Cursor>, i64>> {
    let found = tx.shares_sent_before(jid, DeliveryId::end_of(left), SHARES).await?;
    let mut gone = Vec::with_capacity(found.len());
    for (id, recipients) in &found {
        let share = ShareId(*id);
        if empty(tx, share, *recipients, &mut room, false).await? == Empties::Empty {
            let pictures = picture::let_fall(tx, share).await?;
            room -= PICTURE * i64::try_from(pictures).unwrap_or(0);
            gone.push(share);
        } else {
            break;
        }
    }
    tx.delete_shares(&gone).await?;
    let is_all = gone.len() == found.len() && !is_full(found.len(), SHARES);
    Ok(if is_all { ControlFlow::Continue(room) } else { ControlFlow::Break(None) })
}
