//! What the page of a card shows, in one look (S3.5).
//!
//! Every function that asks the database fails when that does not answer.

use sqlx::FromRow;

use uuid::Uuid;

use crate::{
    db::{Result, Tx, pieces, sql, sql_rows},
    domain::id::DeliveryId,
};

/// A card that was delivered, with all that decides whether its page is open.
#[derive(Debug, Clone, FromRow)]
pub(in crate::card) struct CardPageRow {
    /// The name its giver went by.
    pub sender_nick: Option<String>,
    /// The card.
    pub card: Option<String>,
    /// How it was offered: the number of [`crate::domain::offer::How`].
    pub offered: i64,
    /// When it was given.
    pub accepted_at: i64,
    /// When the page closes.
    pub expires_at: i64,
    /// When its giver took it back.
    pub revoked_at: Option<i64>,
    /// The state of the delivery.
    pub state: i64,
    /// What became of it in the tray: the number of [`crate::domain::offer::Decision`].
    pub decision: i64,
    /// What its giver's card looks like.
    pub template: Option<String>,
}

impl Tx {
    /// The card that a delivery brings.
    pub(in crate::card) async fn card_page(
        &mut self,
        delivery: DeliveryId,
    ) -> Result<Option<CardPageRow>> {
        sql!(
            self,
            fetch_optional,
            "SELECT share.sender_nick, share.card, share.offered, share.accepted_at, \
             share.expires_at, share.revoked_at, delivery.state, tray.state AS decision, \
             own_card.template FROM tray \
             JOIN delivery ON delivery.id = tray.delivery_id \
             JOIN share ON share.id = tray.share_id \
             LEFT JOIN own_card ON own_card.account = share.sender AND own_card.name = tray.own_card \
             WHERE tray.delivery_id = $1",
            delivery.0
        )
    }
    /// What the cards look like that these deliveries bring, as far as their givers have chosen.
    pub(crate) async fn chosen_templates(
        &mut self,
        ids: &[DeliveryId],
    ) -> Result<Vec<(Uuid, String)>> {
        let mut found = Vec::new();
        for some in pieces(ids) {
            found.extend(sql_rows!(
                &mut *self, fetch_all,
                "SELECT tray.delivery_id, own_card.template FROM tray \
                 JOIN share ON share.id = tray.share_id \
                 JOIN own_card ON own_card.account = share.sender AND own_card.name = tray.own_card \
                 WHERE own_card.template <> '' AND tray.delivery_id IN ({list})",
                [], some => |id| [id.0]
            )?);
        }
        Ok(found)
    }
}
