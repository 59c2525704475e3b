//! A card that somebody was offered.
//!
//! Every function that asks the database fails when that does not answer.

use jid::BareJid;

use crate::{
    card::store_inbox::TrayRow,
    db::{Result, Tx},
    domain::{
        clock::Millis,
        id::{DeliveryId, ShareId},
        offer::{Decision, Offer},
    },
};

/// A card that somebody was offered.
#[derive(Debug, Clone)]
pub struct Offered {
    /// The delivery that brings it, and its message.
    pub delivery: DeliveryId,
    /// The offer.
    pub share: ShareId,
    /// The recipient's number for it.
    pub handle: i64,
    /// Who gives it.
    pub giver: BareJid,
    /// The name the giver goes by.
    pub nick: Option<String>,
    /// Which of the giver's own cards it is; none for the card of somebody else.
    pub own_card: Option<String>,
    /// When it was offered.
    pub stamp: Millis,
    /// Until when it can be taken.
    pub expires: Millis,
    /// Whether its giver has taken it back.
    pub is_revoked: bool,
    /// What has become of it.
    pub decision: Decision,
    /// When that was decided.
    pub decided: Option<Millis>,
    /// The card, and how it is offered.
    pub offer: Offer,
}

/// How somebody names a card that they were offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The recipient's number for it.
    Handle(i64),
    /// The id of the offer.
    Offer(ShareId),
}

impl Offered {
    pub(crate) fn read(row: TrayRow) -> Option<Self> {
        Some(Self {
            delivery: DeliveryId(row.delivery_id),
            share: ShareId(row.share_id),
            handle: row.handle,
            giver: BareJid::new(&row.sender).ok()?,
            nick: row.sender_nick,
            own_card: row.own_card,
            stamp: Millis(row.accepted_at),
            expires: Millis(row.expires_at),
            is_revoked: row.revoked_at.is_some(),
            // Where a later version has written something else, its recipient may decide again.
            decision: Decision::from_code(row.state).unwrap_or(Decision::Waits),
            decided: row.decided_at.map(Millis),
            offer: Offer::read(row.card.as_deref()?, row.offered, row.answers)?,
        })
    }

    /// Whether it waits for a word at `now`.
    #[must_use]
    pub(crate) fn waits(&self, now: Millis) -> bool {
        self.decision == Decision::Waits && !self.is_over(now)
    }

    /// Whether it cannot be taken any more at `now`.
    #[must_use]
    pub(in crate::card) fn is_over(&self, now: Millis) -> bool {
        self.is_revoked || now >= self.expires
    }
}

/// Up to `limit` cards that wait for the word of `account`, those with numbers above `after` (0 for
/// all), in the order in which they came.
pub async fn pending(
    tx: &mut Tx,
    now: Millis,
    account: &BareJid,
    after: i64,
    limit: i64,
) -> Result<Vec<Offered>> {
    let rows = tx.tray(account.as_str(), now, after, limit).await?;
    Ok(rows.into_iter().filter_map(Offered::read).collect())
}

/// What `account` was offered and names so, whatever has become of it; none when there is no such
/// thing, or no more.
pub async fn offered(tx: &mut Tx, account: &BareJid, which: Which) -> Result<Option<Offered>> {
    let row = match which {
        Which::Handle(handle) => tx.offered_numbered(account.as_str(), handle).await?,
        Which::Offer(share) => tx.offered(account.as_str(), share).await?,
    };
    Ok(row.and_then(Offered::read))
}
