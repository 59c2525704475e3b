//! What the page of collected cards asks of the database.

use super::invitation::Leader;
use crate::{
    card::{
        address_book::{self, Filter},
        browser::{self, Which},
        collected::{self, Undone},
        store::CollectedRow,
        store_address_book::Place,
    },
    committer::Committer,
    db::{self, Db, Tx},
    domain::{card::Card, clock::Clock, saved::Token},
    web::{
        address_book::{Asked, Books, Change, Changed, Listing},
        site::Unavailable,
    },
};

/// Cards on a page.
const PAGE: usize = 50;

/// Keeps collected cards.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) committer: Committer,
    pub(super) leader: Leader,
}

impl Kept {
    async fn tx(&self) -> Result<Tx, Unavailable> {
        self.db.read().await.map_err(|error| away(&error))
    }

    /// Who has opened their cards with `desk`.
    async fn whose(&self, tx: &mut Tx, desk: Token) -> Result<Option<String>, Unavailable> {
        let opened = browser::opened(tx, self.clock.now(), desk).await;
        let account = opened.map_err(|error| away(&error))?;
        Ok(account.map(|account| account.jid))
    }

    /// Whether this instance leads: only then is anything changed here.
    fn leads(&self) -> Result<(), Unavailable> {
        self.leader.get().map(|_| ()).ok_or(Unavailable)
    }
}

fn away(error: &db::Error) -> Unavailable {
    tracing::warn!(%error, "cannot look up collected cards");
    Unavailable
}

impl Books for Kept {
    async fn opens(&self, link: Token) -> Result<bool, Unavailable> {
        let mut tx = self.tx().await?;
        browser::opens(&mut tx, self.clock.now(), link).await.map_err(|error| away(&error))
    }

    async fn open(&self, link: Token) -> Result<Option<Token>, Unavailable> {
        self.leads()?;
        let opened = self
            .committer
            .run(move |tx, world| Box::pin(async move { browser::open(tx, world, link).await }));
        opened.await.map_err(|_| Unavailable)
    }

    async fn close(&self, desk: Token) -> Result<(), Unavailable> {
        self.leads()?;
        let closed = self
            .committer
            .run(move |tx, _| Box::pin(async move { browser::close(tx, desk).await }));
        closed.await.map_err(|_| Unavailable)
    }

    async fn list(&self, desk: Token, asked: Asked) -> Result<Option<Listing>, Unavailable> {
        let mut tx = self.tx().await?;
        let Some(account) = self.whose(&mut tx, desk).await? else { return Ok(None) };
        let account = account.as_str();
        let now = self.clock.now();
        let listing = async {
            let filter = match (&asked.words, &asked.category) {
                (Some(words), _) => Filter::Words(words),
                (None, Some(category)) => Filter::Category(category),
                (None, None) => Filter::All,
            };
            let from = address_book::place(&mut tx, account, asked.from).await?;
            let listed = address_book::list(&mut tx, account, filter, &from, PAGE).await?;
            Ok(Some(Listing {
                cards: listed.cards,
                next: listed.next.map(|next| next.handle),
                all: tx.count_collected(account).await?,
                categories: tx.categories(account).await?,
                undo: tx.last_collected(account, now).await?,
                read: listed.read,
            }))
        };
        listing.await.map_err(|error| away(&error))
    }

    async fn card(
        &self,
        desk: Token,
        handle: i64,
    ) -> Result<Option<(CollectedRow, Card)>, Unavailable> {
        let mut tx = self.tx().await?;
        let Some(account) = self.whose(&mut tx, desk).await? else { return Ok(None) };
        collected::show(&mut tx, &account, handle).await.map_err(|error| away(&error))
    }

    async fn change(&self, desk: Token, change: Change) -> Result<Option<Changed>, Unavailable> {
        self.leads()?;
        let account = self.whose(&mut self.tx().await?, desk).await?;
        let Some(account) = account else { return Ok(None) };
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

    async fn owner(&self, desk: Token) -> Result<Option<String>, Unavailable> {
        let mut tx = self.tx().await?;
        self.whose(&mut tx, desk).await
    }

    async fn file(&self, link: Token) -> Result<Option<(String, Which)>, Unavailable> {
        let mut tx = self.tx().await?;
        browser::file_of(&mut tx, self.clock.now(), link).await.map_err(|error| away(&error))
    }

    async fn read(
        &self,
        account: String,
        which: Which,
        from: Place,
    ) -> Result<(Vec<Card>, Option<Place>), Unavailable> {
        let mut tx = self.tx().await?;
        let read = address_book::read(&mut tx, &account, &which, &from).await;
        let (cards, next) = read.map_err(|error| away(&error))?;
        Ok((cards.into_iter().map(|(_, card)| card).collect(), next))
    }
}
