//! Conversations as a party of them knows them.

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
    time::Duration,
};

use uuid::Uuid;

use crate::{
    card::store_inbox::TrayRow,
    db::{Result, Tx},
    domain::{
        assent::is_short,
        card::Card,
        clock::Millis,
        conversation::Saying,
        id::{DeliveryId, ShareId},
        offer::Decision,
        product::Product,
    },
    outbox::store::DeliveryRow,
    people::address::Typed,
    wire::product::read::read_products,
    world::World,
};

/// A share as the author of an answer knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thing {
    /// Their number for it.
    pub handle: i64,
    /// What was shown.
    pub products: Vec<Product>,
    /// Whose card was shown in place of products.
    pub card: Option<String>,
}

/// Within this time words that say nothing of what they are about are for the only one who has
/// spoken. When several have, they were perhaps written to somebody before the last message came.
const LATELY: Duration = Duration::from_mins(2);
/// So many conversations of that time are listed.
const TALKS: usize = 6;

/// A conversation as the author of an answer knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Talk {
    /// Its name.
    pub id: DeliveryId,
    /// With whom.
    pub with: String,
    /// The name that the other goes by.
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
pub(crate) async fn talk_of(
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

/// Whether `saying`, which its author's client may have put into the thread of what came last, is said
/// to a card that waits and may be a no to it in words that no list knows. Whoever typed a number would
/// learn from it that the number is somebody's.
pub(super) async fn may_be_a_word(
    tx: &mut Tx,
    world: &World,
    saying: &Saying,
    conversation: &DeliveryRow,
) -> Result<bool> {
    let is_alone = saying.products.is_empty() && saying.recording.is_none() && !saying.refers;
    if !is_alone || !is_short(saying.said.words()) {
        return Ok(false);
    }
    let about = DeliveryId(conversation.id);
    if Typed::load(tx, &[about]).await?.get(about).is_none() {
        return Ok(false);
    }
    let share = ShareId(conversation.share_id);
    let waits = |it: TrayRow| {
        let is_over = it.revoked_at.is_some() || world.now >= Millis(it.expires_at);
        matches!(Decision::from_code(it.state), None | Some(Decision::Waits)) && !is_over
    };
    Ok(tx.offered(saying.author.as_str(), share).await?.is_some_and(waits))
}

/// The conversations in which something came for `author` just now, the latest thing first: one of
/// each person before a second of anybody, so that however many one has, nobody else's is hidden by
/// them. Who a number belongs to makes no difference: each is known by what its author is shown of it.
pub(super) async fn talks(tx: &mut Tx, world: &World, author: &str) -> Result<Vec<Talk>> {
    let lately = tx.talks_since(author, world.now.before(LATELY)).await?;
    let ids: Vec<DeliveryId> = lately.into_iter().map(DeliveryId).collect();
    if ids.len() < 2 {
        return Ok(Vec::new());
    }
    let mut conversations = tx.deliveries(&ids).await?;
    conversations.sort_unstable_by_key(|row| Reverse(row.id));
    let shares: Vec<ShareId> = conversations.iter().map(|row| ShareId(row.share_id)).collect();
    let shares = tx.shares(&shares).await?;
    let senders: HashMap<Uuid, &str> =
        shares.iter().map(|share| (share.id, share.sender.as_str())).collect();
    let typed = Typed::load(tx, &ids).await?;
    let mut people = HashSet::new();
    let (mut first, mut further) = (Vec::new(), Vec::new());
    for conversation in conversations {
        let Some(sender) = senders.get(&conversation.share_id) else { continue };
        let with = if *sender == author {
            typed.shown(DeliveryId(conversation.id), &conversation.rcpt)
        } else {
            (*sender).to_owned()
        };
        if people.insert(with) { first.push(conversation) } else { further.push(conversation) }
    }
    let mut talks = Vec::new();
    for conversation in first.iter().chain(&further).take(TALKS) {
        talks.extend(talk_of(tx, author, conversation).await?);
    }
    talks.sort_unstable_by_key(|talk| Reverse(talk.thing.handle));
    Ok(talks)
}
