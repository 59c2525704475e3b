//! Which offer a yes or no is about when somebody writes it without a command's number: the one
//! they point at. A bare word is about what waits (`talk/waiting.rs`); when nothing does, it is
//! about the offer that came last, which they have decided.

use jid::BareJid;
use uuid::Uuid;

use super::offer::{Offered, Which, offered, pending};
use crate::{
    card::own,
    db::{Result, Tx},
    domain::{
        assent::{self, Assent},
        conversation::{Clue, LATEST, Said, Saying, handle_of},
        id::{DeliveryId, ShareId},
        note::Carries,
        offer::Decision,
    },
    world::World,
};

/// What somebody says about a card that they were offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// Yes; and which of their own cards goes back, if one is asked for.
    Yes(String),
    /// No.
    No,
    /// 👍: they take it, and nothing goes back without a word.
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
pub(crate) async fn meant(tx: &mut Tx, world: &World, saying: &Saying) -> Result<Option<Meant>> {
    let author = &saying.author;
    let Some(said) = word(&saying.said) else { return Ok(None) };
    if let Some(it) = pointed_at(tx, saying, &said).await? {
        // “Yes of course” is something to say; “yes work” names one of the author's own cards.
        if let Word::Yes(name) = &said
            && !name.is_empty()
            && own::given(tx, author.as_str(), name).await?.is_none()
        {
            return Ok(None);
        }
        // A card that they have taken is not declined by a sign: that is something to say, too.
        let is_sign = matches!(saying.said, Said::Reaction { .. });
        if is_sign && said == Word::No && it.decision == Decision::Taken {
            return Ok(None);
        }
        return Ok(Some(Meant { it: Box::new(it), word: said }));
    }
    let is_plain = match &said {
        Word::Yes(name) => name.is_empty(),
        Word::No | Word::Thumb => true,
    };
    if saying.refers || !is_plain {
        return Ok(None);
    }
    let last = tx.came_last(author.as_str(), world.now.before(LATEST)).await?;
    let Some(last) = last else { return Ok(None) };
    let Some(last) = by_delivery(tx, author, DeliveryId(last.id), &said).await? else {
        return Ok(None);
    };
    if said == Word::Thumb && last.decision == Decision::Taken {
        // That is something to say.
        return Ok(None);
    }
    let is_decided = pending(tx, world.now, author, 0, 1).await?.is_empty();
    Ok(is_decided.then(|| Meant { it: Box::new(last), word: said }))
}

/// A word about an offer, without the number in front of it.
fn word(said: &Said) -> Option<Word> {
    let words = match said {
        Said::Words(words) => handle_of(words).map_or(words.as_str(), |(_, behind)| behind),
        Said::Reaction { emoji, .. } if emoji.contains('👍') => return Some(Word::Thumb),
        Said::Reaction { emoji, .. } => return emoji.contains('👎').then_some(Word::No),
        Said::Correction { .. } | Said::Retraction { .. } => return None,
    };
    match assent::read(words) {
        Some(Assent::Yes) => return Some(Word::Yes(String::new())),
        Some(Assent::No) => return Some(Word::No),
        Some(Assent::Thumb) => return Some(Word::Thumb),
        None => {}
    }
    // “Yes work.”
    let mut words = words.split_whitespace();
    let (first, name, rest) = (words.next()?, words.next()?, words.next());
    let is_yes = rest.is_none() && assent::read(first) == Some(Assent::Yes);
    is_yes.then(|| Word::Yes(name.to_lowercase()))
}

/// The offer that a saying points at, by its message, its id or its number.
async fn pointed_at(tx: &mut Tx, saying: &Saying, said: &Word) -> Result<Option<Offered>> {
    let author = &saying.author;
    for clue in &saying.clues {
        let found = match clue {
            Clue::Message(id) => match Uuid::try_parse(id) {
                Ok(id) => {
                    // The text, or the file before it.
                    match by_delivery(tx, author, DeliveryId(id), said).await? {
                        None => by_delivery(tx, author, DeliveryId::of_card(id), said).await?,
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

/// What a delivery to `account` offers, if `said` is about that. What the giver says about a card
/// points at it until it is decided, and what they had said by then does still: a word is said again.
/// What they say later is something to answer; but a no stays one to a card that was declined.
async fn by_delivery(
    tx: &mut Tx,
    account: &BareJid,
    id: DeliveryId,
    said: &Word,
) -> Result<Option<Offered>> {
    let Some(row) = tx.deliveries(&[id]).await?.pop() else { return Ok(None) };
    if row.rcpt != account.as_str() {
        return Ok(None);
    }
    let it = offered(tx, account, Which::Offer(ShareId(row.share_id))).await?;
    let Some(it) = it else { return Ok(None) };
    let is_about = match (row.carries(), it.decision) {
        (Carries::Share, _) => true,
        (Carries::Note(no), decision) if it.delivery == row.about() => match decision {
            Decision::Waits => true,
            Decision::Declined if *said == Word::No => true,
            Decision::Declined | Decision::Taken => {
                let notes = tx.notes(&[no]).await?;
                notes.iter().any(|note| it.decided.is_some_and(|at| note.said_at <= at.0))
            }
        },
        (Carries::Note(_) | Carries::Revocation | Carries::Invitation | Carries::Request, _) => {
            false
        }
    };
    Ok(is_about.then_some(it))
}
