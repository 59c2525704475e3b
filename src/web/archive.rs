//! Where downloads come from: everything that somebody has here, a piece at a time. The database is
//! given back after each, and what its owner has left with is not read any more.

use super::site::Unavailable;
use crate::{
    card::store_address_book::Place,
    db::{self, Db, Tx},
    domain::{
        clock::Clock,
        export::{Collected, OwnCard},
        picture::{Kind, PictureHash},
        saved::{Conversation, Mark, Saved, Saying, Token},
    },
    leave::{self, export::Blocked},
    share::{
        self,
        saved::{SavedAnswer, talk},
        store_shelf::ItemRow,
    },
};

/// The database, as downloads read it.
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

    pub(super) async fn picture(&self, hash: PictureHash, kind: Kind) -> Read<Option<Vec<u8>>> {
        let mut tx = self.db.read().await.map_err(away)?;
        share::picture::file(&mut tx, hash, kind).await.map_err(away)
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
        from: &Place,
    ) -> Read<(Vec<(usize, Collected)>, Option<Place>)> {
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
    tracing::warn!(%error, "cannot look up what was saved");
    Unavailable
}
