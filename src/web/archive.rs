//! Where pages, pictures and downloads come from. Of what somebody has here a piece is read at a
//! time: the database is given back after each, and what its owner has left with is not read any more.

use super::site::{Unavailable, lost};
use crate::{
    card::{self, page::CardPage, store_address_book::Cursor},
    db::{self, Db, Tx},
    domain::{
        clock::Clock,
        export::{Collected, OwnCard},
        id::RefCode,
        picture::{Kind, PictureHash},
        saved::{Conversation, Mark, Saved, Saying, Token},
    },
    leave::{self, export::Blocked},
    share::{
        self,
        page::PageAnswer,
        saved::{SavedAnswer, talk},
        store_history::ItemRow,
    },
};

/// The database, as it is read for whoever looks.
#[derive(Debug, Clone)]
pub struct Archive {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// Whether there are pictures of ours.
    pub pictures: bool,
}

type Read<T> = Result<T, Unavailable>;

impl Archive {
    /// The page behind a code.
    pub(super) async fn page(self, code: RefCode) -> Read<PageAnswer> {
        let now = self.clock.now();
        let page =
            async { share::page::page(&mut self.db.read().await?, code, now, self.pictures).await };
        page.await.map_err(|error: db::Error| lost(&error, "a page"))
    }

    /// The card behind a link.
    pub(super) async fn card(self, token: String) -> Read<Option<CardPage>> {
        let now = self.clock.now();
        let card = async { card::page::open(&mut self.db.read().await?, now, &token).await };
        card.await.map_err(|error: db::Error| lost(&error, "a card"))
    }

    /// The file of a picture.
    pub(super) async fn picture(self, hash: PictureHash, kind: Kind) -> Read<Option<Vec<u8>>> {
        let file = async { share::picture::file(&mut self.db.read().await?, hash, kind).await };
        file.await.map_err(|error: db::Error| lost(&error, "a picture"))
    }

    /// Whose a link is that is not over.
    pub(super) async fn whose(&self, token: Token) -> Read<Option<String>> {
        let mut tx = self.db.read().await.map_err(away)?;
        share::saved::whose(&mut tx, self.clock.now(), token).await.map_err(away)
    }

    /// What a link leads to.
    pub(super) async fn open(&self, token: Token) -> Read<SavedAnswer> {
        let now = self.clock.now();
        let mut tx = self.db.read().await.map_err(away)?;
        leave::export::open(&mut tx, now, token, self.pictures).await.map_err(away)
    }

    /// A look at what `owner` has, as long as they have not left.
    async fn tx(&self, owner: &str) -> Read<Tx> {
        let mut tx = self.db.read().await.map_err(away)?;
        tx.account(owner).await.map_err(away)?.ok_or(Unavailable)?;
        Ok(tx)
    }

    pub(super) async fn said(
        &self,
        saved: &Saved,
        talk: &Conversation,
        marks: &[Mark],
    ) -> Read<Vec<Saying>> {
        let mut tx = self.tx(&saved.owner).await?;
        talk::said(&mut tx, saved, talk, marks).await.map_err(away)
    }

    pub(super) async fn blocked(
        &self,
        owner: &str,
        from: Blocked,
    ) -> Read<(Vec<String>, Option<Blocked>)> {
        leave::export::blocked(&mut self.tx(owner).await?, owner, from).await.map_err(away)
    }

    pub(super) async fn own_cards(&self, owner: &str) -> Read<Vec<String>> {
        leave::export::own_cards(&mut self.tx(owner).await?, owner).await.map_err(away)
    }

    pub(super) async fn own_card(&self, owner: &str, name: &str) -> Read<Option<OwnCard>> {
        leave::export::own_card(&mut self.tx(owner).await?, owner, name).await.map_err(away)
    }

    pub(super) async fn cards(
        &self,
        owner: &str,
        from: &Cursor,
    ) -> Read<(Vec<(usize, Collected)>, Option<Cursor>)> {
        leave::export::cards(&mut self.tx(owner).await?, owner, from).await.map_err(away)
    }

    pub(super) async fn things(&self, owner: &str, below: i64) -> Read<Vec<ItemRow>> {
        leave::export::things(&mut self.tx(owner).await?, owner, below).await.map_err(away)
    }

    pub(super) async fn thing(&self, owner: &str, item: &ItemRow) -> Read<Option<Saved>> {
        let (mut tx, now) = (self.tx(owner).await?, self.clock.now());
        leave::export::thing(&mut tx, now, owner, item).await.map_err(away)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "map_err hands it over")]
fn away(error: db::Error) -> Unavailable {
    lost(&error, "what was saved")
}
