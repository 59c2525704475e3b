//! The tray of new cards (S4.3, S4.5): what somebody was offered and has not decided about, and
//! what his word does.
//!
//! A card that is offered is a share, and goes the way of every share; the tray is a row beside each
//! of its deliveries. What is held for somebody who has not joined, or who has not said yet that
//! its giver may show him something, has no number of his and is not in his tray.

mod again;
mod meant;

use std::{collections::HashMap, sync::Arc};

use jid::BareJid;
use sha2::{Digest, Sha256};

pub use self::{
    again::{acknowledged, send_again},
    meant::{Meant, Word, meant},
};
use super::{
    collected::{self, Changed, Gift, NotDone},
    consent, delivery, own_card,
    share::{submit, submit_wanted},
};
use crate::{
    domain::{
        address::Address,
        card::{Card, Part},
        clock::Millis,
        consent::Verdict,
        id::{DeliveryId, ShareId},
        offer::{Decision, FIRST_AGAIN, How, Offer},
        refusal::Refusal,
        share::{OfferMade, PassedOn, Submission},
        site::covering,
    },
    store::{
        db::{Result, Tx},
        delivery::NewDelivery,
        tray::{NewTray, TrayRow},
    },
    world::World,
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
    /// The name he goes by.
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

/// By what somebody names a card that he was offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// His number for it.
    Handle(i64),
    /// The id of the offer.
    Offer(ShareId),
}

/// What goes back to the giver of a card who asks for one.
#[derive(Debug, Clone)]
pub enum Back {
    /// One's own card of this name; the first one has none.
    Own(String),
    /// This one, which came with the answer.
    This(Box<Card>),
}

/// What became of a word about an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// It is among his cards.
    Taken,
    /// The same, and his own card is on its way to the giver.
    Swapped,
    /// He has said yes before. Nothing was done.
    Before,
    /// He does not want it. Nobody is told.
    Declined,
    /// He does not want the new version of his card of this number, and no other after it.
    Kept {
        /// His number for the card.
        handle: i64,
        /// Whether the version before is back; not if it is too long ago, or he has changed the
        /// card since.
        is_back: bool,
    },
    /// Nothing was done: it has expired, or its giver has taken it back.
    Over,
    /// Nothing was done: a card is asked for in return, and he has none, or none of this name.
    NoOwnCard(String),
    /// Nothing was done: he has as many cards as one may have.
    Full,
    /// Nothing was done: his card cannot be sent, or he has left.
    Refused(Refusal),
}

/// Keeps the cards of those of a group of shares that offer one, and puts each into the tray of
/// whoever gets it; of whoever `acks`, in the same transaction with the timer for sending it
/// again. No statement is run when none does.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn keep(
    tx: &mut Tx,
    now: Millis,
    offers: &HashMap<ShareId, OfferMade>,
    deliveries: &[NewDelivery],
    acks: impl Fn(&str) -> bool,
) -> Result<()> {
    if offers.is_empty() {
        return Ok(());
    }
    for (share, made) in offers {
        tx.set_offer(*share, &made.offer).await?;
    }
    let tray = |it: &NewDelivery| {
        let made = offers.get(&it.share)?;
        let own_card = made.own_card.clone();
        let again = if acks(&it.rcpt) { now.after(FIRST_AGAIN) } else { Millis::NEVER };
        let is_update = made.offer.how.update;
        let decision = if is_update { Decision::Taken } else { Decision::Waits };
        Some(NewTray { delivery: it.id, share: it.share, own_card, decision, again })
    };
    let new: Vec<NewTray> = deliveries.iter().filter_map(tray).collect();
    tx.insert_tray(&new).await
}

/// Up to `limit` cards that wait for the word of `account`, those with numbers above `after` (0 for
/// all), in the order in which they came.
///
/// # Errors
/// When the database does not answer.
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
///
/// # Errors
/// When the database does not answer.
pub async fn offered(tx: &mut Tx, account: &BareJid, which: Which) -> Result<Option<Offered>> {
    let row = match which {
        Which::Handle(handle) => tx.offered_numbered(account.as_str(), handle).await?,
        Which::Offer(share) => tx.offered(account.as_str(), share).await?,
    };
    Ok(row.and_then(Offered::read))
}

/// Takes a card: all of it, or only these parts. Nothing goes back to the giver, whatever he asks
/// for. Whoever has declined it may think better of it, and whoever has taken parts may take more.
///
/// # Errors
/// When the database does not answer.
pub async fn take(
    tx: &mut Tx,
    world: &World,
    account: &BareJid,
    it: &Offered,
    parts: &[Part],
) -> Result<Decided> {
    if it.is_over(world.now) || it.offer.how.update {
        return Ok(it.too_late());
    }
    match collect(tx, world, account, it, parts).await? {
        Ok(_) => {}
        Err(NotDone::NotJoined) => return Ok(Decided::Refused(Refusal::NotRegistered)),
        Err(NotDone::TooFast { after }) => {
            return Ok(Decided::Refused(Refusal::TooFast { after }));
        }
        Err(_) => return Ok(Decided::Full),
    }
    if it.decision != Decision::Taken {
        decided(tx, world, account, it, Decision::Taken).await?;
    }
    Ok(Decided::Taken)
}

/// Puts it among his cards, under the number that he knows it by.
async fn collect(
    tx: &mut Tx,
    world: &World,
    account: &BareJid,
    it: &Offered,
    parts: &[Part],
) -> Result<Changed> {
    let follows = own_card::follow::may(tx, it).await?;
    // Whoever follows a card has the version that the others have who follow it.
    let current = match &it.own_card {
        Some(name) if follows => own_card::follow::told(tx, it.giver.as_str(), name).await?,
        _ => None,
    };
    let gift = Gift {
        account: account.as_str(),
        handle: Some(it.handle),
        giver: Some(it.giver.as_str()),
        giver_card: it.own_card.as_deref(),
        third: it.offer.how.third,
        follows,
        card: current.as_ref().unwrap_or(&it.offer.card),
        name: it.offer.card.name(),
        parts,
    };
    collected::take(tx, world, &gift).await
}

/// Does not want a card, or of one that was taken and follows, its last change. Its giver is not told.
///
/// # Errors
/// When the database does not answer.
pub async fn decline(
    tx: &mut Tx,
    world: &World,
    account: &BareJid,
    it: &Offered,
) -> Result<Decided> {
    match it.decision {
        Decision::Taken => {
            let last = if it.offer.how.update {
                Some(it.clone())
            } else {
                own_card::follow::last_change(tx, account, it).await?
            };
            let Some(change) = last else { return Ok(Decided::Before) };
            let kept = own_card::follow::refuse(tx, world, account, &change).await?;
            return Ok(kept
                .map_or(Decided::Declined, |(handle, is_back)| Decided::Kept { handle, is_back }));
        }
        Decision::Declined => {}
        Decision::Waits if it.is_over(world.now) => return Ok(Decided::Over),
        Decision::Waits => decided(tx, world, account, it, Decision::Declined).await?,
    }
    Ok(Decided::Declined)
}

/// Says yes: takes the card, and if its giver asks for one, gives him `back`. That goes the way of
/// every card, under a key of its own, so that a yes that comes twice gives one. Whoever has only
/// taken the card may still say yes.
///
/// # Errors
/// When the database does not answer.
pub async fn accept(
    tx: &mut Tx,
    world: &World,
    account: &BareJid,
    it: &Offered,
    back: Back,
) -> Result<Decided> {
    let is_taken = it.decision == Decision::Taken;
    if it.is_over(world.now) || it.offer.how.update {
        return Ok(it.too_late());
    }
    if !it.offer.how.swap {
        return if is_taken {
            Ok(Decided::Before)
        } else {
            take(tx, world, account, it, &[]).await
        };
    }
    let (card, own_card) = match back {
        Back::This(card) => (*card, None),
        Back::Own(name) => match own_card::given(tx, account.as_str(), &name).await? {
            Some(card) => (card, Some(name)),
            None => return Ok(Decided::NoOwnCard(name)),
        },
    };
    let updates = tx.account(account.as_str()).await?.is_some_and(|it| it.card_updates);
    // As he has set it; of a card that is not kept here there are no changes.
    let how = How { follows: updates && own_card.is_some(), ..How::default() };
    let offer = Arc::new(Offer { card, how, after: Some(it.share) });
    let submission = returned(account, it, OfferMade { offer, own_card, typed: None });
    let back = if is_wanted(tx, world, account, it).await? {
        submit_wanted(tx, world, submission).await?
    } else {
        submit(tx, world, &[submission], 0).await?
    };
    for submitted in back {
        match submitted.answer {
            Ok(_) => {}
            // He gave another one before.
            Err(Refusal::IdConflict) => return Ok(Decided::Before),
            Err(refusal) => return Ok(Decided::Refused(refusal)),
        }
    }
    if is_taken {
        return Ok(Decided::Swapped);
    }
    // Only now is it certain that his goes; if there is no room for the other, that one waits.
    Ok(match take(tx, world, account, it, &[]).await? {
        Decided::Taken => Decided::Swapped,
        other => other,
    })
}

/// The card that goes back. Its sender shows himself by it, also to whoever has only typed a number
/// of his: that is what he said yes to.
fn returned(account: &BareJid, it: &Offered, made: OfferMade) -> Submission {
    let mut hash = Sha256::new();
    hash.update(it.share.0.as_bytes());
    // A yes that comes again after the card was changed is still the same.
    match &made.own_card {
        Some(name) => hash.update(format!("own {name}")),
        None => hash.update(made.offer.card.to_string()),
    }
    Submission {
        sender: account.clone(),
        submit_id: format!("swap {}", it.share),
        content_hash: hash.finalize().into(),
        comment: None,
        recording: None,
        products: Arc::default(),
        xml: Arc::default(),
        passed_on: PassedOn::default(),
        offer: Some(Box::new(made)),
        recipients: vec![Address::Xmpp(it.giver.clone())],
    }
}

/// Whether a card may go back to the giver of `it` whatever they have said of `account`: whoever asks
/// for one has said that it may come, so they are not asked about whom it comes from, and what they
/// said before of that counts no more for this card. A no that they have said since does, and a block.
async fn is_wanted(tx: &mut Tx, world: &World, account: &BareJid, it: &Offered) -> Result<bool> {
    let readers = [it.giver.to_string()];
    let said = tx.consents(&covering(account.as_str()), &readers).await?;
    let mut is_asked = false;
    for row in said {
        match consent::about(world, &row, account.as_str()) {
            Some(Verdict::Blocked) => return Ok(false),
            Some(Verdict::No) if row.since() > it.stamp => return Ok(false),
            Some(Verdict::Asked) => is_asked = true,
            Some(Verdict::No | Verdict::Yes) | None => {}
        }
    }
    if is_asked {
        consent::decide(tx, world, &it.giver, account, Verdict::Yes).await?;
    }
    Ok(true)
}

/// Keeps a decision. Whoever has decided has the card: its message need not come, or come again.
async fn decided(
    tx: &mut Tx,
    world: &World,
    account: &BareJid,
    it: &Offered,
    decision: Decision,
) -> Result<()> {
    tx.decide_offer(it.delivery, decision, world.now).await?;
    delivery::confirmed(tx, world, &[(it.delivery, account.clone())]).await?;
    Ok(())
}

impl Offered {
    pub(super) fn read(row: TrayRow) -> Option<Self> {
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
            decision: Decision::from_code(row.state),
            decided: row.decided_at.map(Millis),
            offer: Offer::read(row.card.as_deref()?, row.offered, row.answers)?,
        })
    }

    /// What is said to a word that comes too late.
    fn too_late(&self) -> Decided {
        if self.decision == Decision::Taken { Decided::Before } else { Decided::Over }
    }

    /// Whether it waits for a word at `now`.
    #[must_use]
    pub fn waits(&self, now: Millis) -> bool {
        self.decision == Decision::Waits && !self.is_over(now)
    }

    /// Whether it cannot be taken any more at `now`.
    #[must_use]
    pub fn is_over(&self, now: Millis) -> bool {
        self.is_revoked || now >= self.expires
    }
}
