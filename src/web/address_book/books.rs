//! What the page of collected cards asks of whoever keeps them.

use crate::{
    card::{
        browser::Which,
        collected::NotDone,
        store::CollectedRow,
        store_address_book::{CategoryRow, HeadRow, Place},
    },
    domain::{
        card::{Card, Part},
        saved::Token,
    },
    web::site::Unavailable,
};

/// What a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asked {
    /// Words that must occur.
    pub words: Option<String>,
    /// A category.
    pub category: Option<String>,
    /// The number of the card with which it begins.
    pub from: Option<i64>,
}

/// A piece of the list, and what stands around it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// The cards.
    pub cards: Vec<HeadRow>,
    /// The number of the card that comes next.
    pub next: Option<i64>,
    /// How many there are in all.
    pub all: i64,
    /// The categories.
    pub categories: Vec<CategoryRow>,
    /// The number of the card whose last change can be undone.
    pub undo: Option<i64>,
    /// How many bytes were gone through for it.
    pub read: usize,
}

/// A change that somebody makes on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// These parts have other values now.
    Edit(i64, Vec<(Part, Vec<String>)>),
    /// A card is deleted; at once, if so said.
    Delete(i64, bool),
    /// What was done last is undone.
    Undo(Option<i64>),
}

/// What came of it: the card that was changed, if it is still there.
pub type Changed = Result<Option<i64>, NotDone>;

/// What keeps the cards. What is asked with a `desk` that is not open (any more) answers none.
pub trait Books: Clone + Send + Sync + 'static {
    /// Whether a link waits to be opened. Changes nothing.
    fn opens(&self, link: Token) -> impl Future<Output = Result<bool, Unavailable>> + Send;

    /// Spends a link.
    fn open(&self, link: Token) -> impl Future<Output = Result<Option<Token>, Unavailable>> + Send;

    /// Shows the cards no more.
    fn close(&self, desk: Token) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// A piece of the list.
    fn list(
        &self,
        desk: Token,
        asked: Asked,
    ) -> impl Future<Output = Result<Option<Listing>, Unavailable>> + Send;

    /// One card.
    fn card(
        &self,
        desk: Token,
        handle: i64,
    ) -> impl Future<Output = Result<Option<(CollectedRow, Card)>, Unavailable>> + Send;

    /// Changes something.
    fn change(
        &self,
        desk: Token,
        change: Change,
    ) -> impl Future<Output = Result<Option<Changed>, Unavailable>> + Send;

    /// Whose cards are open.
    fn owner(
        &self,
        desk: Token,
    ) -> impl Future<Output = Result<Option<String>, Unavailable>> + Send;

    /// Which file is behind a link, and whose cards it holds.
    fn file(
        &self,
        link: Token,
    ) -> impl Future<Output = Result<Option<(String, Which)>, Unavailable>> + Send;

    /// Some cards of a file, and where it goes on.
    fn read(
        &self,
        account: String,
        which: Which,
        from: Place,
    ) -> impl Future<Output = Result<(Vec<Card>, Option<Place>), Unavailable>> + Send;
}
