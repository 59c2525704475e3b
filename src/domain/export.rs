//! All that somebody has here, as he takes it along.

use super::{
    card::{Card, Part},
    clock::Millis,
    consent::Ask,
    lang::Lang,
    saved::Saved,
};

/// An account with everything of it.
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
    /// Whom he has blocked: addresses and domains.
    pub blocked: Vec<String>,
    /// The numbers and mail addresses that he has shown to be his.
    pub contacts: Vec<Contact>,
    /// Whom he waits for, and who has come.
    pub invited: Vec<Invited>,
    /// His own business cards, the first one first.
    pub cards: Vec<OwnCard>,
    /// Whether those to whom he gives one get its changes.
    pub card_updates: bool,
    /// What he sent and was sent, the latest first, with what was said.
    pub shares: Vec<Saved>,
    /// Whether there was more than is listed: then the earliest are missing.
    pub is_cut: bool,
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

/// A business card of his.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnCard {
    /// What he calls it; the first is called ''.
    pub name: String,
    /// Which of its fields go to others; none is all.
    pub fields: Vec<Part>,
    /// What it looks like; empty is as usual.
    pub template: String,
    /// The card.
    pub card: Card,
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
