//! What the link to a card opens, `/c/TOKEN` (S3.5).

use super::link;
use crate::{
    db::{Result, Tx},
    domain::{
        card::Card,
        card_template::DEFAULT,
        clock::Millis,
        delivery::State,
        name::name,
        offer::{Decision, How},
    },
};

/// The most characters of what is tried as a token.
const TOKEN_MAX: usize = 64;

/// What the page of a card shows. Whoever has its address sees it, so the address of its giver and
/// that of whom it was given to are not in it.
#[derive(Debug, Clone)]
pub(crate) struct CardPage {
    /// The card, with the fields that its giver chose.
    pub card: Card,
    /// What it looks like.
    pub template: String,
    /// The name its giver goes by, if they gave one that is not an address.
    pub giver_nick: Option<String>,
    /// Whether it is the card of a third person.
    pub third: bool,
    /// When it was given.
    pub given: Millis,
    /// When the page closes.
    pub expires: Millis,
}

/// The card behind `token`; none when nobody was given such a link, and when the card's time has
/// passed, its giver took it back, or it was declined. Writes nothing.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn open(tx: &mut Tx, now: Millis, token: &str) -> Result<Option<CardPage>> {
    if token.len() > TOKEN_MAX {
        return Ok(None);
    }
    let Some(delivery) = link::delivery(tx, token).await? else { return Ok(None) };
    let Some(row) = tx.card_page(delivery).await? else { return Ok(None) };
    let is_over = row.expires_at <= now.0
        || row.revoked_at.is_some()
        || Decision::from_code(row.decision) == Some(Decision::Declined)
        || matches!(State::from_code(row.state), None | Some(State::Cancelled | State::Expired));
    let card = row.card.as_deref().filter(|_| !is_over);
    let Some(card) = card.and_then(|text| Card::parse(text).ok()) else { return Ok(None) };
    Ok(Some(CardPage {
        card,
        template: row.template.filter(|it| !it.is_empty()).unwrap_or_else(|| DEFAULT.to_owned()),
        // Some clients put the address where the name belongs, and the page is open.
        giver_nick: row.sender_nick.as_deref().and_then(name),
        third: How::from_code(row.offered).third,
        given: Millis(row.accepted_at),
        expires: Millis(row.expires_at),
    }))
}
