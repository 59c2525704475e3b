//! Taking a share, with the card that it may offer.

use crate::{
    card::store_inbox::NewTray,
    db::{Result, Tx},
    domain::{
        clock::Millis,
        offer::{Decision, FIRST_AGAIN},
        share::Submission,
    },
    share::take::{OfferTaken, Room, Submitted, Taken, take},
    world::World,
};

/// Takes a group of submissions in a handful of statements, however many there are. Each is
/// taken or refused on its own, in the order given.
///
/// # Errors
/// When the database does not answer; then nothing of the group was taken.
pub async fn submit(
    tx: &mut Tx,
    world: &World,
    group: &[Submission],
    room: impl Into<Room>,
) -> Result<Vec<Submitted>> {
    let Taken { answers, offers } = take(tx, world, group, room.into(), true).await?;
    keep(tx, world.now, &offers).await?;
    Ok(answers)
}

/// The same of something that its recipients have asked for: nobody is asked whether it may come, and
/// no word of theirs ends it.
pub(super) async fn submit_wanted(
    tx: &mut Tx,
    world: &World,
    wanted: Submission,
) -> Result<Vec<Submitted>> {
    let Taken { answers, offers } = take(tx, world, &[wanted], Room::from(0), false).await?;
    keep(tx, world.now, &offers).await?;
    Ok(answers)
}

/// Keeps the cards that shares offer, and puts each into the tray of whoever gets it; of whoever has a
/// client that acknowledges them, in the same transaction with the timer for sending it again. No
/// statement is run when there is no offer.
async fn keep(tx: &mut Tx, now: Millis, offers: &[OfferTaken]) -> Result<()> {
    let mut new = Vec::new();
    for OfferTaken { share, made, to } in offers {
        tx.set_offer(*share, &made.offer).await?;
        let decision = if made.offer.how.update { Decision::Taken } else { Decision::Waits };
        new.extend(to.iter().map(|(delivery, acks)| NewTray {
            delivery: *delivery,
            share: *share,
            own_card: made.own_card.clone(),
            decision,
            again: if *acks { now.after(FIRST_AGAIN) } else { Millis::NEVER },
        }));
    }
    if new.is_empty() { Ok(()) } else { tx.insert_tray(&new).await }
}
