//! Somebody's own business cards (S4.2): several, each by its owner's name for it, and what of each
//! goes to others.
//!
//! Every function that asks the database fails when that does not answer.

#![expect(clippy::missing_errors_doc, reason = "said once, above")]

mod entry;
pub mod follow;

pub(crate) use self::entry::Own;
use crate::{
    card::store_own::OwnCardRow,
    db::{Result, Tx},
    domain::{
        card::{BYTES_MAX, Card, Part},
        clock::Millis,
        text::one_line,
    },
    world::World,
};

/// The most cards of one person.
pub(crate) const CARDS_MAX: usize = 10;
/// The most characters of the name of a card.
pub(crate) const NAME_MAX: usize = 40;

/// Why a card was not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotKept {
    /// The owner has as many as one may have.
    #[error("a person has at most {CARDS_MAX} cards; delete one first")]
    TooMany,
    /// It is too large.
    #[error("a card has at most {BYTES_MAX} bytes; leave something out")]
    TooLarge,
}

impl Own {
    fn read(row: OwnCardRow) -> Option<Self> {
        Some(Self {
            card: Card::parse(&row.card).ok()?,
            parts: row.parts.split_whitespace().filter_map(Part::of_token).collect(),
            name: row.name,
            template: row.template,
            changed: Millis(row.changed_at),
        })
    }

    /// What goes to others: the fields that were chosen, or all.
    #[must_use]
    pub(in crate::card) fn given(&self) -> Card {
        if self.parts.is_empty() { self.card.clone() } else { self.card.only(&self.parts) }
    }
}

/// The name of a card as it is kept, of one word with a letter in it; none when it is no such word.
#[must_use]
pub(crate) fn name(given: &str) -> Option<String> {
    let name = one_line(given).to_lowercase();
    let fits = name.chars().count() <= NAME_MAX
        && name.chars().any(char::is_alphabetic)
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    fits.then_some(name)
}

/// The card that `account` calls `name`.
pub(crate) async fn get(tx: &mut Tx, account: &str, name: &str) -> Result<Option<Own>> {
    Ok(tx.own_card(account, name).await?.and_then(Own::read))
}

/// All cards of `account`, the first one first and the others by their names.
pub(crate) async fn list(tx: &mut Tx, account: &str) -> Result<Vec<Own>> {
    let mut all: Vec<Own> =
        tx.own_cards(account).await?.into_iter().filter_map(Own::read).collect();
    all.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(all)
}

/// What goes to others of the card that `account` calls `name`: the fields that its owner has
/// chosen.
pub(in crate::card) async fn given(tx: &mut Tx, account: &str, name: &str) -> Result<Option<Card>> {
    Ok(get(tx, account, name).await?.map(|own| own.given()))
}

/// Keeps a card in place of what `account` called `name`. `account` has joined.
pub async fn set(
    tx: &mut Tx,
    world: &World,
    account: &str,
    name: &str,
    card: &Card,
) -> Result<std::result::Result<(), NotKept>> {
    let text = card.to_string();
    if text.len() > BYTES_MAX {
        return Ok(Err(NotKept::TooLarge));
    }
    let cards = tx.own_cards(account).await?;
    match cards.iter().find(|row| row.name == name) {
        Some(row) if row.card == text => return Ok(Ok(())),
        None if cards.len() >= CARDS_MAX => return Ok(Err(NotKept::TooMany)),
        Some(_) | None => {}
    }
    tx.set_own_card(account, name, &text, world.now).await?;
    world.rules.limits.keeps(account, [account.len()], text.len());
    follow::changed(tx, world, account, name).await?;
    Ok(Ok(()))
}

/// Chooses which fields of a card go to others; none is all. Answers whether there is such a card.
pub(crate) async fn set_parts(
    tx: &mut Tx,
    world: &World,
    account: &str,
    name: &str,
    parts: &[Part],
) -> Result<bool> {
    let Some(own) = get(tx, account, name).await? else { return Ok(false) };
    let mut parts = parts.to_vec();
    parts.sort_unstable();
    parts.dedup();
    if parts != own.parts {
        let tokens: Vec<&str> = parts.iter().map(|part| part.token()).collect();
        tx.set_own_card_parts(account, name, &tokens.join(" ")).await?;
        follow::changed(tx, world, account, name).await?;
    }
    Ok(true)
}

/// Forgets a card. Whoever has been given it keeps what they have. Answers whether there was one.
pub(crate) async fn delete(tx: &mut Tx, world: &World, account: &str, name: &str) -> Result<bool> {
    let was_there = tx.delete_own_card(account, name).await?;
    if was_there {
        // Another one of this name is another card.
        follow::end_card(tx, world, account, name, world.moment()).await?;
    }
    Ok(was_there)
}

/// Keeps whether those to whom `account` gives a card get its changes, unless the giver says
/// otherwise when giving it. Switching it off applies to those who already follow one, too.
pub(crate) async fn set_updates(
    tx: &mut Tx,
    world: &World,
    account: &str,
    updates: bool,
) -> Result<()> {
    let before = tx.account(account).await?.is_some_and(|it| it.card_updates);
    if before && !updates {
        follow::end(tx, world, account, world.moment()).await?;
    }
    if before != updates {
        tx.set_card_updates(account, updates).await?;
    }
    Ok(())
}
