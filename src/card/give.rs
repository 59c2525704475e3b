//! Giving a card to people (`xep/card-exchange.xml#request`, S4.4, S4.6).
//!
//! A card goes the way of a share. What is different is a phone number that somebody types without
//! inviting its owner: about an owner who can be found they learn that, and of every other number the
//! same, whether nobody has it or its owner does not want to be found. What an owner has said of the
//! giver shows in nothing: where they have blocked or refused them, the card is kept as any is, and
//! ends. A second account that was told otherwise would show it.

use std::sync::Arc;

use jid::BareJid;

use super::{collected, own};
use crate::{
    card::submission::submit,
    db::{Result, Tx},
    domain::{
        address::Address,
        card::{Card, Part},
        offer::{How, Offer},
        refusal::Refusal,
        share::{Accepted, OfferMade, Submission, What},
    },
    world::World,
};

/// What somebody asks for who gives a card.
#[derive(Debug, Clone)]
pub struct Giving {
    /// Who. Only the stanza's `from` counts.
    pub giver: BareJid,
    /// The giver's idempotency key, for 30 days.
    pub submit_id: String,
    /// Which card.
    pub which: Which,
    /// Whether the giver asks for one in return.
    pub swap: bool,
    /// Whether its changes follow; if that is not said, as the giver's account says.
    pub updates: Option<bool>,
    /// Whether it is held for those who are not registered, and they are invited.
    pub invite: bool,
    /// 1 to 200, no two alike.
    pub recipients: Vec<Address>,
}

/// Which card is given.
#[derive(Debug, Clone, PartialEq)]
pub enum Which {
    /// One of the giver's own; the first is called ''.
    Own(String),
    /// One that the giver has collected, by its number.
    Collected(i64),
    /// That of somebody else, which the giver sends.
    Sent(Box<Card>),
}

/// A card that was given: it is durably kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// As what.
    pub accepted: Accepted,
    /// Whose card it is.
    pub name: String,
    /// Whether its changes follow.
    pub follows: bool,
}

/// Why a card was not given. Nothing was kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotGiven {
    /// The giver has no card of that name.
    #[error("you have no card of that name; make it first")]
    NoOwnCard,
    /// The giver has collected no card of that number.
    #[error("you have collected no card of that number")]
    NotCollected,
    /// Somebody who types numbers must have shown one to be their own.
    #[error("whoever gives a card to a number shows a number of their own first")]
    NumberNotVerified,
    /// Nobody who can be found has one of the numbers.
    #[error("nobody who can be found has this number; ask for an invitation to have it held")]
    NotRegistered,
    /// What is said of every share.
    #[error("{0}")]
    Refusal(#[from] Refusal),
}

/// Gives a card.
///
/// # Errors
/// When the database does not answer.
pub async fn give(
    tx: &mut Tx,
    world: &World,
    giving: Giving,
) -> Result<std::result::Result<Given, NotGiven>> {
    let submission = match prepare(tx, world, giving).await? {
        Ok(submission) => submission,
        Err(not_given) => return Ok(Err(not_given)),
    };
    let offer = submission.offer.as_ref().map(|made| Arc::clone(&made.offer));
    let submitted = submit(tx, world, &[submission], 0).await?.pop();
    let answer = submitted.map_or(Err(Refusal::STORE), |one| one.answer);
    Ok(answer.map_err(NotGiven::Refusal).map(|accepted| Given {
        accepted,
        name: offer.as_ref().map(|offer| offer.card.name().to_owned()).unwrap_or_default(),
        follows: offer.is_some_and(|offer| offer.how.follows),
    }))
}

async fn prepare(
    tx: &mut Tx,
    world: &World,
    giving: Giving,
) -> Result<std::result::Result<Submission, NotGiven>> {
    let giver = giving.giver.as_str();
    let Some(account) = tx.account(giver).await? else {
        return Ok(Err(Refusal::NotRegistered.into()));
    };
    let (card, own_card) = match &giving.which {
        Which::Own(name) => match own::given(tx, giver, name).await? {
            Some(card) => (card, Some(name.clone())),
            None => return Ok(Err(NotGiven::NoOwnCard)),
        },
        Which::Collected(handle) => match passed_on(tx, giver, *handle).await? {
            Some(card) => (card, None),
            None => return Ok(Err(NotGiven::NotCollected)),
        },
        Which::Sent(card) => ((**card).clone(), None),
    };
    if !giving.invite
        && let Err(not_given) = may_type(tx, world, &giving).await?
    {
        return Ok(Err(not_given));
    }
    let how = How {
        swap: giving.swap,
        third: own_card.is_none(),
        follows: own_card.is_some() && giving.updates.unwrap_or(account.card_updates),
        update: false,
    };
    let offer = Arc::new(Offer { card, how, after: None });
    let made = OfferMade { offer, own_card, typed: None };
    let what = What::Given { made, request: request(&giving) };
    Ok(Ok(Submission::of(giving.giver, giving.submit_id, what, giving.recipients)))
}

/// The card of a third person as it is passed on: without what its collector has written on it.
async fn passed_on(tx: &mut Tx, account: &str, handle: i64) -> Result<Option<Card>> {
    let passes = |part: &Part| !matches!(part, Part::Note | Part::Categories);
    let parts: Vec<Part> = Part::ALL.into_iter().filter(passes).collect();
    let found = collected::show(tx, account, handle).await?;
    Ok(found.map(|(_, card)| card.only(&parts)))
}

/// Whether the giver may give to the numbers among the recipients without inviting anybody. All the
/// numbers are looked at in the same way, whatever is found, so that the time taken tells nothing.
async fn may_type(
    tx: &mut Tx,
    world: &World,
    giving: &Giving,
) -> Result<std::result::Result<(), NotGiven>> {
    let is_number = |it: &&Address| matches!(it, Address::Tel(_));
    let numbers: Vec<String> =
        giving.recipients.iter().filter(is_number).map(ToString::to_string).collect();
    let giver = giving.giver.as_str();
    if numbers.is_empty() || tx.share_by_key(giver, &giving.submit_id).await?.is_some() {
        return Ok(Ok(()));
    }
    let own = tx.contacts_of(giver).await?;
    if !own.iter().any(|it| it.asked_at == 0 && it.address.starts_with("tel:")) {
        return Ok(Err(NotGiven::NumberNotVerified));
    }
    let within = world.rules.limits.numbers(&giving.giver, &numbers).is_ok();
    let all = tx.findable(&numbers).await?.len() == numbers.len();
    Ok(if within && all { Ok(()) } else { Err(NotGiven::NotRegistered) })
}

/// Which card is asked for, and how, by which a request that comes again is known.
fn request(giving: &Giving) -> [String; 2] {
    let which = match &giving.which {
        Which::Own(name) => format!("own {name}"),
        Which::Collected(handle) => format!("collected {handle}"),
        Which::Sent(card) => card.to_string(),
    };
    [which, format!("{} {:?} {}", giving.swap, giving.updates, giving.invite)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_known_again_by_the_words_that_databases_have_hashes_of() {
        let giving = |which, swap, updates, invite| Giving {
            giver: "juliet@x".parse().unwrap(),
            submit_id: "k".to_owned(),
            which,
            swap,
            updates,
            invite,
            recipients: Vec::new(),
        };
        let own = giving(Which::Own("work".to_owned()), true, None, false);
        assert_eq!(request(&own), ["own work", "true None false"]);
        let collected = giving(Which::Collected(7), false, Some(true), true);
        assert_eq!(request(&collected), ["collected 7", "false Some(true) true"]);
        let card = Card::named("Paris");
        let sent = giving(Which::Sent(Box::new(card.clone())), false, Some(false), false);
        assert_eq!(request(&sent), [card.to_string().as_str(), "false Some(false) false"]);
    }
}
