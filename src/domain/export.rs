//! All that somebody has here, as he takes it along.

use super::{card::Card, clock::Millis, consent::Ask, lang::Lang};

/// An account with what there is little of. The rest is read a piece at a time: whom they have
/// blocked, their own cards, those that they have collected, what they sent and were sent.
#[derive(Debug, Clone)]
pub struct Export {
    /// Bare JID.
    pub jid: String,
    /// The name he goes by.
    pub nick: Option<String>,
    /// The language he is spoken to in.
    pub lang: Lang,
    /// Since when he has taken part.
    pub joined: Millis,
    /// Whether pictures go to him.
    pub pictures: bool,
    /// His quiet hours, as [`super::quiet::Hours`] writes them.
    pub quiet: Option<String>,
    /// His time zone, as [`super::quiet::Zone`] writes it.
    pub zone: Option<String>,
    /// When he wants to be asked, if he has said so.
    pub ask: Option<Ask>,
    /// The numbers and mail addresses that he has shown to be his.
    pub contacts: Vec<Contact>,
    /// Whom he waits for, and who has come.
    pub invited: Vec<Invited>,
    /// Whether those to whom he gives a card get its changes.
    pub card_updates: bool,
    /// When this was written.
    pub written: Millis,
}

/// A number or mail address of his.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// `tel:` or `mailto:`.
    pub uri: String,
    /// When he showed it.
    pub proved: Millis,
    /// Whether others may learn that it is known here.
    pub is_discoverable: bool,
}

/// Somebody whom he sent something before he had joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// As he wrote him.
    pub address: String,
    /// Since when.
    pub since: Millis,
    /// Whether he has come since.
    pub has_joined: bool,
}

/// A card of his own.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnCard {
    /// What he calls it; the first is called nothing.
    pub name: String,
    /// Which parts of it go to others, by their tokens; none is all.
    pub parts: Vec<&'static str>,
    /// The template it is shown with.
    pub template: String,
    /// When it was changed last.
    pub changed: Millis,
    /// The card.
    pub card: Card,
}

/// A card that he has collected.
#[derive(Debug, Clone, PartialEq)]
pub struct Collected {
    /// His number for it.
    pub number: i64,
    /// Who gave it.
    pub giver: Option<String>,
    /// Whether it is the card of a third person.
    pub third: bool,
    /// Whether it follows the changes of the giver's card.
    pub follows: bool,
    /// When it was changed last.
    pub changed: Millis,
    /// The card.
    pub card: Card,
}
