//! All that somebody has here, as they take it along.

use super::{card::Card, clock::Millis, consent::Ask, lang::Lang};

/// An account with what there is little of. The rest is read a piece at a time: whom they have
/// blocked, their own cards, those that they have collected, what they sent and were sent.
#[derive(Debug, Clone)]
pub struct Export {
    /// Bare JID.
    pub jid: String,
    /// The name the owner goes by.
    pub nick: Option<String>,
    /// The language the owner is spoken to in.
    pub lang: Lang,
    /// Since when the owner has taken part.
    pub joined: Millis,
    /// Whether pictures go to the owner.
    pub pictures: bool,
    /// The owner's quiet hours, as [`super::quiet::Hours`] writes them.
    pub quiet: Option<String>,
    /// The owner's time zone, as [`super::quiet::Zone`] writes it.
    pub zone: Option<String>,
    /// When the owner wants to be asked, if they have said so.
    pub ask: Option<Ask>,
    /// The numbers and mail addresses that the owner has shown to be theirs.
    pub contacts: Vec<Contact>,
    /// Whom the owner waits for, and who has come.
    pub invited: Vec<Invited>,
    /// Whether those to whom the owner gives a card get its changes.
    pub card_updates: bool,
    /// When this was written.
    pub written: Millis,
}

/// A number or mail address of the owner's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// `tel:` or `mailto:`.
    pub uri: String,
    /// When the owner showed it to be theirs.
    pub proved: Millis,
    /// Whether others may learn that it is known here.
    pub is_discoverable: bool,
}

/// Somebody to whom the owner sent something before that person had joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// Their address, as the owner wrote it.
    pub address: String,
    /// Since when the owner has waited for them.
    pub since: Millis,
    /// Whether they have joined since.
    pub has_joined: bool,
}

/// A card of the owner's own.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnCard {
    /// What the owner calls it; the first is called nothing.
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

/// A card that the owner has collected.
#[derive(Debug, Clone, PartialEq)]
pub struct Collected {
    /// The owner's number for it.
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
