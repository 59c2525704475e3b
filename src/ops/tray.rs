//! The tray of new cards (S4.3, S4.5).

use std::collections::HashMap;

use crate::{
    domain::{id::ShareId, share::OfferMade},
    store::{
        db::{Result, Tx},
        delivery::NewDelivery,
        tray::NewTray,
    },
};

/// Keeps the cards of those of a group of shares that offer one, and puts each into the tray of
/// whoever gets it. No statement is run when none does.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn keep(
    tx: &mut Tx,
    offers: &HashMap<ShareId, OfferMade>,
    deliveries: &[NewDelivery],
) -> Result<()> {
    if offers.is_empty() {
        return Ok(());
    }
    for (share, made) in offers {
        tx.set_offer(*share, &made.offer).await?;
    }
    let tray = |it: &NewDelivery| {
        let own_card = offers.get(&it.share)?.own_card.clone();
        Some(NewTray { delivery: it.id, share: it.share, own_card })
    };
    let new: Vec<NewTray> = deliveries.iter().filter_map(tray).collect();
    tx.insert_tray(&new).await
}
