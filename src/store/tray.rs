//! Cards that are offered, and the tray of new ones (S4.3): a row for each delivery of a card.

use super::db::{Result, Tx, pieces, sql, sql_rows};
use crate::domain::{
    clock::Millis,
    id::{DeliveryId, ShareId},
    offer::{Decision, Offer},
};

/// A card in somebody's tray, to be kept.
#[derive(Debug, Clone)]
pub struct NewTray {
    /// The delivery that brings it.
    pub delivery: DeliveryId,
    /// The share that it is a delivery of.
    pub share: ShareId,
    /// Which of its giver's own cards it is.
    pub own_card: Option<String>,
}

impl Tx {
    /// Keeps that `share` shows a card.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn set_offer(&mut self, share: ShareId, offer: &Offer) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE share SET card = $2, offered = $3, answers = $4 WHERE id = $1",
            share.0,
            offer.card.to_string(),
            offer.how.code(),
            offer.after.map(|after| after.0)
        )?;
        Ok(())
    }

    /// Puts cards into the trays of those to whom they are delivered.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn insert_tray(&mut self, new: &[NewTray]) -> Result<()> {
        for some in pieces(new) {
            sql_rows!(
                &mut *self, execute,
                "INSERT INTO tray (delivery_id, share_id, own_card, state, again_at, again) \
                 VALUES {rows:6}",
                [], some => |it| [
                    it.delivery.0, it.share.0, &it.own_card, Decision::Waits.code(),
                    Millis::NEVER.0, 0_i64
                ]
            )?;
        }
        Ok(())
    }
}
