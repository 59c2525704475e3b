//! The tray of new cards (S4.3, S4.5): what somebody was offered and has not decided about, and
//! what their word does.
//!
//! A card that is offered is a share, and goes the way of every share; the tray is a row beside
//! each of its deliveries. What is held for somebody who has not joined, or who has not yet said
//! that its giver may show them something, has no number of theirs and is not in their tray.
//!
//! Every function that asks the database fails when that does not answer.

#![expect(clippy::missing_errors_doc, reason = "said once, above")]

mod again;
pub(crate) mod offer;
mod reply;

use std::sync::Arc;

use jid::BareJid;

pub(crate) use self::again::{acknowledged, send_again};
pub(crate) use self::reply::meant;
pub use self::{
    offer::{Offered, Which, offered, pending},
    reply::{Meant, Word},
};
use super::{
    collected::{self, Changed, Gift, NotDone},
    own,
};
use crate::{
    card::submission::{submit, submit_wanted},
    db::{Result, Tx},
    domain::{
        address::Address,
        card::{Card, Part},
        consent::Verdict,
        offer::{Decision, How, Offer},
        refusal::Refusal,
        share::{OfferMade, Submission, What},
        site::covering,
    },
    outbox::delivery,
    people::consent,
    world::World,
};

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
    /// It is among the recipient's cards.
    Taken,
    /// The same, and the recipient's own card is on its way to the giver.
    Swapped,
    /// The recipient has said yes before. Nothing was done.
    Before,
    /// The recipient does not want it. Nobody is told.
    Declined,
    /// The recipient does not want the new version of their card of this number, nor any later one.
    Kept {
        /// The recipient's number for the card.
        handle: i64,
        /// Whether the version before is back. It is not if it is too long ago, or if the recipient
        /// has changed the card since.
        is_back: bool,
    },
    /// Nothing was done: it has expired, or its giver has taken it back.
    Over,
    /// Nothing was done: a card is asked for in return, and the recipient has none, or none of this
    /// name.
    NoOwnCard(String),
    /// Nothing was done: the recipient has as many cards as one may have.
    Full,
    /// Nothing was done: the recipient's own card cannot be sent, or the recipient has left.
    Refused(Refusal),
}

/// Takes a card: all of it, or only these parts. Nothing goes back to the giver, whatever the giver
/// asks for. Somebody who has declined it may think better of it, and somebody who has taken parts
/// may take more.
pub async fn take(
    tx: &mut Tx,
    world: &World,
    account: &BareJid,
    it: &Offered,
    parts: &[Part],
) -> Result<Decided> {
    if it.is_over(world.now) || it.offer.how.update {
        return Ok(too_late(it));
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

/// Puts it among the recipient's cards, under the number by which they know it.
async fn collect(
    tx: &mut Tx,
    world: &World,
    account: &BareJid,
    it: &Offered,
    parts: &[Part],
) -> Result<Changed> {
    let follows = own::follow::may(tx, it).await?;
    // Everybody who follows a card has the same version of it.
    let current = match &it.own_card {
        Some(name) if follows => own::follow::told(tx, it.giver.as_str(), name).await?,
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
pub(crate) async fn decline(
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
                own::follow::last_change(tx, account, it).await?
            };
            let Some(change) = last else { return Ok(Decided::Before) };
            let kept = own::follow::refuse(tx, world, account, &change).await?;
            return Ok(kept
                .map_or(Decided::Declined, |(handle, is_back)| Decided::Kept { handle, is_back }));
        }
        Decision::Declined => {}
        Decision::Waits if it.is_over(world.now) => return Ok(Decided::Over),
        Decision::Waits => decided(tx, world, account, it, Decision::Declined).await?,
    }
    Ok(Decided::Declined)
}

/// Says yes: takes the card, and if its giver asks for one, gives them `back`. That goes the way of
/// every card, under a key of its own, so that a yes that comes twice gives one. Somebody who has
/// only taken the card may still say yes.
pub async fn accept(
    tx: &mut Tx,
    world: &World,
    account: &BareJid,
    it: &Offered,
    back: Back,
) -> Result<Decided> {
    let is_taken = it.decision == Decision::Taken;
    if it.is_over(world.now) || it.offer.how.update {
        return Ok(too_late(it));
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
        Back::Own(name) => match own::given(tx, account.as_str(), &name).await? {
            Some(card) => (card, Some(name)),
            None => return Ok(Decided::NoOwnCard(name)),
        },
    };
    let updates = tx.account(account.as_str()).await?.is_some_and(|it| it.card_updates);
    // As the account has it set; a card that is not kept here has no changes.
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
            // The account gave another one before.
            Err(Refusal::IdConflict) => return Ok(Decided::Before),
            Err(refusal) => return Ok(Decided::Refused(refusal)),
        }
    }
    if is_taken {
        return Ok(Decided::Swapped);
    }
    // Only now is it certain that the account's own card goes; if there is no room for the other,
    // that one waits.
    Ok(match take(tx, world, account, it, &[]).await? {
        Decided::Taken => Decided::Swapped,
        other => other,
    })
}

/// The card that goes back. It shows who its sender is, even to a giver who has only typed a number
/// of the sender's: that is what the sender said yes to.
fn returned(account: &BareJid, it: &Offered, made: OfferMade) -> Submission {
    let what = What::Returned { made, of: it.share };
    let to = vec![Address::Xmpp(it.giver.clone())];
    Submission::of(account.clone(), format!("swap {}", it.share), what, to)
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

/// What is said to a word that comes too late.
fn too_late(it: &Offered) -> Decided {
    if it.decision == Decision::Taken { Decided::Before } else { Decided::Over }
}
