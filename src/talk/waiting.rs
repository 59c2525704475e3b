//! What waits for somebody's word, questions about strangers and cards alike, and which of it is
//! meant by a bare yes, no, 👍 or digit that points at nothing. Whoever sends something chooses what
//! comes last, so that alone decides nothing: a bare word is about the one thing that waits, if
//! that came last; otherwise the writer is asked what it is about, and so they are behind a quote
//! of something else. A change of a card that came last waits for a no.
//!
//! Every function that asks the database fails when that does not answer.

use super::answer::{Talk, talk_of};
use crate::{
    card::inbox::{Meant, Offered, Which, Word, offered, pending},
    db::{Result, Tx},
    domain::{
        assent::{self, Assent},
        clock::Millis,
        consent::Verdict,
        conversation::{LATEST, Said, Saying, split_quote},
        id::ShareId,
        note::Carries,
        offer::Decision,
    },
    outbox::store::DeliveryRow,
    people::consent::{Asker, askers},
    world::World,
};

/// Cards among which somebody can choose.
const CARDS: i64 = 10;

/// Something that waits for a word.
#[derive(Debug, Clone)]
pub enum Waits {
    /// A question about a stranger.
    Question(Asker),
    /// A card, or the change of one.
    Card(Box<Offered>),
}

/// What a bare word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bare {
    /// Yes, no or block.
    Word(Verdict),
    /// The same by the number of a choice, which only a question offers.
    Digit(Verdict),
    /// 👍: a card is taken, and nothing goes back. It lets nobody in.
    Thumb,
}

/// What it is about.
#[derive(Debug, Clone)]
pub(crate) enum About {
    /// Nothing that waits.
    Nothing,
    /// The question of whoever asks.
    Question(Asker, Verdict),
    /// A card.
    Card(Meant),
    /// It could be about each of these; or it is said to whoever spoke last.
    Unclear {
        /// What is said.
        bare: Bare,
        /// What it could be about, in the order in which it is listed.
        all: Vec<Waits>,
        /// The conversation in which something came last.
        talk: Option<Talk>,
    },
}

impl Bare {
    /// What `words` say, if they are such and no more.
    #[must_use]
    pub(crate) fn read(words: &str) -> Option<Self> {
        if assent::read(words) == Some(Assent::Thumb) {
            return Some(Self::Thumb);
        }
        let is_digit = words.trim().starts_with(|c: char| c.is_ascii_digit());
        Verdict::read(words).map(|it| if is_digit { Self::Digit(it) } else { Self::Word(it) })
    }

    /// The verdict on a question; none when it is none.
    #[must_use]
    pub(crate) fn verdict(self) -> Option<Verdict> {
        match self {
            Self::Word(verdict) | Self::Digit(verdict) => Some(verdict),
            Self::Thumb => None,
        }
    }

    /// What it says about a card; none when it says nothing about cards.
    fn word(self) -> Option<Word> {
        match self.verdict() {
            Some(Verdict::Yes | Verdict::Asked) => Some(Word::Yes(String::new())),
            Some(Verdict::No) => Some(Word::No),
            Some(Verdict::Blocked) => None,
            None => Some(Word::Thumb),
        }
    }

    /// What waits that it can be about.
    pub(crate) async fn waiting(
        self,
        tx: &mut Tx,
        world: &World,
        account: &jid::BareJid,
    ) -> Result<Vec<Waits>> {
        let mut all = Vec::new();
        if self.verdict().is_some() {
            let asking = askers(tx, world, account.as_str()).await?;
            all.extend(asking.into_iter().map(Waits::Question));
        }
        // Only a question has choices with numbers.
        let may_be_card = !(matches!(self, Self::Digit(_)) && all.is_empty());
        if may_be_card && self.word().is_some() {
            let cards = pending(tx, world.now, account, 0, CARDS).await?;
            all.extend(cards.into_iter().map(|it| Waits::Card(Box::new(it))));
        }
        Ok(all)
    }
}

impl Waits {
    /// Whether `last` brought it, or was said about it by whoever gives the card.
    fn came_with(&self, last: &DeliveryRow) -> bool {
        match self {
            Self::Question(asker) => {
                last.carries() == Carries::Request && last.handle == asker.number
            }
            Self::Card(it) => last.carries() != Carries::Request && last.about() == it.delivery,
        }
    }
}

/// What `saying` is about if it is a bare word that points at nothing. `before`: when another was said
/// just before. Then it is about nothing that has come since, and is asked back: they may have tapped
/// twice.
pub(crate) async fn about(
    tx: &mut Tx,
    world: &World,
    saying: &Saying,
    before: Option<Millis>,
) -> Result<About> {
    let Some((bare, quote)) = alone(saying) else { return Ok(About::Nothing) };
    let author = &saying.author;
    let mut all = bare.waiting(tx, world, author).await?;
    let since = world.now.before(LATEST);
    if all.is_empty() && before.is_none() {
        return Ok(About::Nothing);
    }
    let last = tx.came_last(author.as_str(), since).await?;
    let has_come = match before {
        Some(at) => tx.came_last(author.as_str(), at).await?.is_some(),
        None => false,
    };
    if let (Bare::Word(Verdict::No), Some(last)) = (bare, &last) {
        let change = offered(tx, author, Which::Offer(ShareId(last.share_id))).await?;
        let is_change = |it: &Offered| {
            it.delivery == last.about() && it.offer.how.update && it.decision == Decision::Taken
        };
        if let Some(change) = change.filter(is_change) {
            all.insert(0, Waits::Card(Box::new(change)));
        }
    }
    let is_talk = last.as_ref().is_some_and(|row| row.carries() != Carries::Request);
    if let [one] = all.as_slice() {
        // Nobody speaks of a question any more that was asked long ago.
        let is_old = matches!(one, Waits::Question(asker) if asker.since < since);
        if is_old && is_talk {
            return Ok(About::Nothing);
        }
        let is_about = !has_come && quote.is_empty();
        if is_about && last.as_ref().is_none_or(|last| one.came_with(last)) {
            return Ok(match (all.pop(), bare.verdict(), bare.word()) {
                (Some(Waits::Question(asker)), Some(verdict), _) => About::Question(asker, verdict),
                (Some(Waits::Card(it)), _, Some(said)) => About::Card(Meant { it, word: said }),
                _ => About::Nothing,
            });
        }
    }
    if all.is_empty() {
        return Ok(About::Nothing);
    }
    // What was said about one of them is no conversation apart from it.
    let apart = last.filter(|last| is_talk && !all.iter().any(|it| it.came_with(last)));
    let talk = match apart {
        Some(row) => talk_about(tx, saying, &row).await?,
        None => None,
    };
    Ok(About::Unclear { bare, all, talk })
}

/// The conversation to which `saying` would go, if it is a bare word that points at nothing.
pub(crate) async fn spoken_to(tx: &mut Tx, world: &World, saying: &Saying) -> Result<Option<Talk>> {
    if alone(saying).is_none() {
        return Ok(None);
    }
    match tx.sent_last(saying.author.as_str(), world.now.before(LATEST)).await? {
        Some(row) => talk_about(tx, saying, &row).await,
        None => Ok(None),
    }
}

/// The bare word that `saying` is, if it is one that points at nothing, and the quote before it.
fn alone(saying: &Saying) -> Option<(Bare, String)> {
    let Said::Words(words) = &saying.said else { return None };
    let is_alone = saying.products.is_empty() && saying.recording.is_none() && !saying.refers;
    let (quote, words) = split_quote(words);
    Some((Bare::read(words).filter(|_| is_alone)?, quote))
}

/// The conversation that `row` belongs to, as the author of `saying` knows it.
async fn talk_about(tx: &mut Tx, saying: &Saying, row: &DeliveryRow) -> Result<Option<Talk>> {
    match tx.deliveries(&[row.about()]).await?.pop() {
        Some(conversation) => talk_of(tx, saying.author.as_str(), &conversation).await,
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_word_is_a_word_a_digit_or_a_thumb_and_nothing_beside_it() {
        for (words, bare) in [
            ("Yes!", Some(Bare::Word(Verdict::Yes))),
            ("拒绝", Some(Bare::Word(Verdict::No))),
            (" 3 ", Some(Bare::Digit(Verdict::Blocked))),
            ("👍🏽", Some(Bare::Thumb)),
            ("👍👍", Some(Bare::Thumb)),
            ("👎", Some(Bare::Word(Verdict::No))),
            ("不要", Some(Bare::Word(Verdict::No))),
            ("yes please", Some(Bare::Word(Verdict::Yes))),
            ("👍 nice", None),
            ("🏽", None),
            ("4", None),
            ("yes work", None),
        ] {
            assert_eq!(Bare::read(words), bare, "{words}");
        }
    }
}
