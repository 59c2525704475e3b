//! What the page of collected cards looks up and changes. What is asked with a session that is not open
//! (any more) answers none.

use crate::{
    card::{
        address_book::{self, Collected, Filter, Listing},
        browser::{self, Which},
        collected::{self, NotDone, Undone},
        store_address_book::Cursor,
    },
    committer::Committer,
    db::{self, Db, Tx},
    domain::{
        card::{Card, Part},
        clock::Clock,
        saved::Token,
    },
    web::{
        leader::Leader,
        site::{Unavailable, lost},
    },
};

/// Cards on a page.
const PAGE: usize = 50;

/// What a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Query {
    /// Words that must occur.
    pub(super) words: Option<String>,
    /// A category.
    pub(super) category: Option<String>,
    /// The number of the card with which it begins.
    pub(super) from: Option<i64>,
}

/// A change that somebody makes on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// These parts have other values now.
    Edit(i64, Vec<(Part, Vec<String>)>),
    /// A card is deleted; at once, if so said.
    Delete(i64, bool),
    /// What was done last is undone.
    Undo(Option<i64>),
}

/// What came of it: the card that was changed, if it is still there.
pub(super) type Changed = Result<Option<i64>, NotDone>;

/// Everybody's collected cards.
#[derive(Clone)]
pub struct AddressBooks {
    /// Where they are.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// Who writes.
    pub committer: Committer,
    /// Only who leads changes anything.
    pub leader: Leader,
}

#[expect(clippy::needless_pass_by_value, reason = "map_err hands it over")]
fn away(error: db::Error) -> Unavailable {
    lost(&error, "collected cards")
}

impl AddressBooks {
    async fn tx(&self) -> Result<Tx, Unavailable> {
        self.db.read().await.map_err(away)
    }

    /// Who has opened their cards with `session`.
    async fn whose(&self, tx: &mut Tx, session: Token) -> Result<Option<String>, Unavailable> {
        let account = browser::opened(tx, self.clock.now(), session).await.map_err(away)?;
        Ok(account.map(|account| account.jid))
    }

    /// Whether a link waits to be opened. Changes nothing.
    pub(super) async fn opens(&self, link: Token) -> Result<bool, Unavailable> {
        let mut tx = self.tx().await?;
        browser::opens(&mut tx, self.clock.now(), link).await.map_err(away)
    }

    /// Spends a link.
    pub(super) async fn open(&self, link: Token) -> Result<Option<Token>, Unavailable> {
        self.leader.server()?;
        let opened = self
            .committer
            .run(move |tx, world| Box::pin(async move { browser::open(tx, world, link).await }));
        opened.await.map_err(|_| Unavailable)
    }

    /// Shows the cards no more.
    pub(super) async fn close(&self, session: Token) -> Result<(), Unavailable> {
        self.leader.server()?;
        let closed = self
            .committer
            .run(move |tx, _| Box::pin(async move { browser::close(tx, session).await }));
        closed.await.map_err(|_| Unavailable)
    }

    /// A piece of the list.
    pub(super) async fn list(
        &self,
        session: Token,
        asked: &Query,
    ) -> Result<Option<Listing>, Unavailable> {
        let mut tx = self.tx().await?;
        let Some(account) = self.whose(&mut tx, session).await? else { return Ok(None) };
        let filter = match (&asked.words, &asked.category) {
            (Some(words), _) => Filter::Words(words),
            (None, Some(category)) => Filter::Category(category),
            (None, None) => Filter::All,
        };
        let now = self.clock.now();
        let listing = address_book::listing(&mut tx, now, &account, filter, asked.from, PAGE);
        listing.await.map(Some).map_err(away)
    }

    /// One card.
    pub(super) async fn card(
        &self,
        session: Token,
        handle: i64,
    ) -> Result<Option<Collected>, Unavailable> {
        let mut tx = self.tx().await?;
        let Some(account) = self.whose(&mut tx, session).await? else { return Ok(None) };
        address_book::one(&mut tx, &account, handle).await.map_err(away)
    }

    /// Changes something.
    pub(super) async fn change(
        &self,
        session: Token,
        change: Change,
    ) -> Result<Option<Changed>, Unavailable> {
        self.leader.server()?;
        let Some(account) = self.owner(session).await? else { return Ok(None) };
        let changed = self.committer.run(move |tx, world| {
            Box::pin(async move {
                let account = account.as_str();
                Ok(match change {
                    Change::Edit(handle, parts) => {
                        collected::edit(tx, world, account, handle, &parts).await?.map(Some)
                    }
                    Change::Delete(handle, now) => {
                        collected::delete(tx, world, account, handle, now).await?;
                        Ok(None)
                    }
                    Change::Undo(handle) => {
                        let undone = collected::undo(tx, world, account, handle).await?;
                        undone.map(|it| match it {
                            Undone::Change(handle)
                            | Undone::Deletion(handle)
                            | Undone::Merge(handle, _) => Some(handle),
                        })
                    }
                })
            })
        });
        changed.await.map(Some).map_err(|_| Unavailable)
    }

    /// Whose cards are open.
    pub(super) async fn owner(&self, session: Token) -> Result<Option<String>, Unavailable> {
        let mut tx = self.tx().await?;
        self.whose(&mut tx, session).await
    }

    /// Which file is behind a link, and whose cards it holds.
    pub(super) async fn file(&self, link: Token) -> Result<Option<(String, Which)>, Unavailable> {
        let mut tx = self.tx().await?;
        browser::file_of(&mut tx, self.clock.now(), link).await.map_err(away)
    }

    /// Some cards of a file, and where it goes on.
    pub(super) async fn read(
        &self,
        account: &str,
        which: &Which,
        from: &Cursor,
    ) -> Result<(Vec<Card>, Option<Cursor>), Unavailable> {
        let mut tx = self.tx().await?;
        let (cards, next) =
            address_book::read(&mut tx, account, which, from).await.map_err(away)?;
        Ok((cards.into_iter().map(|(_, card)| card).collect(), next))
    }
}
