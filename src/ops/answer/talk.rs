//! Conversations as a party of them knows them.

use std::{cmp::Reverse, time::Duration};

use super::{Thing, Typed};
use crate::{
    domain::{
        card::Card,
        id::{DeliveryId, ShareId},
    },
    ops::World,
    store::{
        db::{Result, Tx},
        delivery::DeliveryRow,
    },
    wire::product::read_products,
};

/// Within this time words that say nothing of what they are about are for the only one who has
/// spoken. When several have, they were perhaps written to somebody before the last message came.
const LATELY: Duration = Duration::from_mins(2);
/// So many conversations of that time are looked at.
const TALKS: i64 = 10;

/// A conversation as the author of an answer knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Talk {
    /// Its name.
    pub id: DeliveryId,
    /// With whom.
    pub with: String,
    /// The name that he goes by.
    pub nick: Option<String>,
    /// About what.
    pub thing: Thing,
}

/// The conversation that was guessed, as the author of the saying knows it.
pub(super) async fn guess(
    tx: &mut Tx,
    about: DeliveryId,
    reader: String,
    is_sender: bool,
    thing: Thing,
) -> Result<Talk> {
    let typed = Typed::load(tx, &[about]).await?;
    let is_known = !is_sender || typed.get(about).is_none();
    let nick = tx.account(&reader).await?.and_then(|it| it.nick).filter(|_| is_known);
    let with = if is_sender { typed.shown(about, &reader) } else { reader };
    Ok(Talk { id: about, with, nick, thing })
}

/// A conversation as `author`, who is a party of it, knows it; none when the share was taken back.
///
/// # Errors
/// When the database does not answer.
pub(in crate::ops) async fn talk_of(
    tx: &mut Tx,
    author: &str,
    conversation: &DeliveryRow,
) -> Result<Option<Talk>> {
    let share = tx.shares(&[ShareId(conversation.share_id)]).await?.pop();
    let Some(share) = share.filter(|it| it.revoked_at.is_none()) else { return Ok(None) };
    let is_sender = share.sender == author;
    let card = share.card.as_deref().and_then(|card| Card::parse(card).ok());
    let thing = Thing {
        handle: if is_sender { share.handle } else { conversation.handle },
        products: read_products(&share.products).unwrap_or_default(),
        card: card.map(|card| card.name().to_owned()),
    };
    let reader = if is_sender { conversation.rcpt.clone() } else { share.sender };
    guess(tx, DeliveryId(conversation.id), reader, is_sender, thing).await.map(Some)
}

/// The conversations in which something came for `author` just now, the latest thing first. Who a
/// number belongs to makes no difference: each is known by what its author is shown of it.
pub(super) async fn talks(tx: &mut Tx, world: &World, author: &str) -> Result<Vec<Talk>> {
    let lately = tx.talks_since(author, world.now.before(LATELY), TALKS).await?;
    let ids: Vec<DeliveryId> = lately.into_iter().map(|(id,)| DeliveryId(id)).collect();
    if ids.len() < 2 {
        return Ok(Vec::new());
    }
    let mut talks = Vec::with_capacity(ids.len());
    for conversation in tx.deliveries(&ids).await? {
        talks.extend(talk_of(tx, author, &conversation).await?);
    }
    talks.sort_unstable_by_key(|talk| Reverse(talk.thing.handle));
    Ok(talks)
}
