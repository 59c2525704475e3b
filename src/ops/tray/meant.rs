//! Which offer a yes or no is about that somebody writes without a command's number: the one he
//! points at. A bare word is about what waits (`ops/waits.rs`); when nothing does, it is about the
//! offer that came last, which he has decided.

use jid::BareJid;
use uuid::Uuid;

use super::{Offered, Which, offered, pending};
use crate::{
    domain::{
        conversation::{Clue, Said, Saying, handle_of},
        id::{DeliveryId, ShareId},
        note::Carries,
    },
    ops::{World, answer::LATEST, own_card},
    store::db::{Result, Tx},
};

/// What somebody says about a card that he was offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// Yes; and which of his own cards goes back, if one is asked for.
    Yes(String),
    /// No.
    No,
    /// 👍: he takes it, and nothing goes back without a word.
    Thumb,
}

/// What a word is about.
#[derive(Debug, Clone)]
pub struct Meant {
    /// The offer.
    pub it: Box<Offered>,
    /// What is said about it.
    pub word: Word,
}

/// What a saying decides that points at an offer, or says again what was decided; none when it is
/// about something else, or says something else.
///
/// # Errors
/// When the database does not answer.
pub async fn meant(tx: &mut Tx, world: &World, saying: &Saying) -> Result<Option<Meant>> {
    let author = &saying.author;
    let Some(said) = word(&saying.said) else { return Ok(None) };
    if let Some(it) = pointed_at(tx, saying).await? {
        // “Yes please” is something to say; “yes work” names a card of his.
        if let Word::Yes(name) = &said
            && !name.is_empty()
            && own_card::given(tx, author.as_str(), name).await?.is_none()
        {
            return Ok(None);
        }
        return Ok(Some(Meant { it: Box::new(it), word: said }));
    }
    let is_plain = match &said {
        Word::Yes(name) => name.is_empty(),
        Word::No => true,
        Word::Thumb => false,
    };
    if saying.refers || !is_plain {
        return Ok(None);
    }
    let last = tx.came_last(author.as_str(), world.now.before(LATEST)).await?;
    let Some(last) = last.filter(|row| row.carries() == Carries::Share) else { return Ok(None) };
    let Some(last) = by_delivery(tx, author, DeliveryId(last.id)).await? else { return Ok(None) };
    let is_decided = pending(tx, world.now, author, 0, 1).await?.is_empty();
    Ok(is_decided.then(|| Meant { it: Box::new(last), word: said }))
}

/// A word about an offer, without the number in front of it.
fn word(said: &Said) -> Option<Word> {
    let words = match said {
        Said::Words(words) => handle_of(words).map_or(words.as_str(), |(_, behind)| behind),
        Said::Reaction { emoji, .. } => return emoji.contains('👍').then_some(Word::Thumb),
        Said::Correction { .. } | Said::Retraction { .. } => return None,
    };
    let mut words = words.split_whitespace();
    let first = words.next()?.trim_start_matches(['/', '!']).to_lowercase();
    let (second, rest) = (words.next(), words.next());
    match first.trim_end_matches(['.', '!', '。', '！']) {
        "yes" | "同意" | "是" if rest.is_none() => {
            Some(Word::Yes(second.unwrap_or_default().to_lowercase()))
        }
        "no" | "拒绝" | "否" if second.is_none() => Some(Word::No),
        _ => None,
    }
}

/// The offer that a saying points at, by its message, its id or its number.
async fn pointed_at(tx: &mut Tx, saying: &Saying) -> Result<Option<Offered>> {
    let author = &saying.author;
    for clue in &saying.clues {
        let found = match clue {
            Clue::Message(id) => match Uuid::try_parse(id) {
                Ok(id) => {
                    // The text, or the file before it.
                    match by_delivery(tx, author, DeliveryId(id)).await? {
                        None => by_delivery(tx, author, DeliveryId::of_card(id)).await?,
                        text => text,
                    }
                }
                Err(_) => None,
            },
            Clue::Handle(handle) => offered(tx, author, Which::Handle(*handle)).await?,
            Clue::Share(share) => offered(tx, author, Which::Offer(*share)).await?,
            Clue::Code(_) | Clue::Thread(_) => None,
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// What a delivery to `account` offers.
async fn by_delivery(tx: &mut Tx, account: &BareJid, id: DeliveryId) -> Result<Option<Offered>> {
    let Some(row) = tx.deliveries(&[id]).await?.pop() else { return Ok(None) };
    if row.rcpt != account.as_str() || row.carries() != Carries::Share {
        return Ok(None);
    }
    let which = Which::Offer(ShareId(row.share_id));
    offered(tx, account, which).await
}
