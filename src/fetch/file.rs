//! Files that people put into the chat for themselves: a card, and a picture for one. They are
//! fetched at once, and whoever sent one is answered when it is there: nothing of it is promised
//! before, so no row has to remember it.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::{
    FETCHES,
    request::{Fault, Fetcher},
    thumbnail,
};
use crate::domain::card::BYTES_MAX;

/// Bytes of a picture in a card, which is written with a third more.
const PORTRAIT: usize = 24 * 1024;

/// Fetches them.
pub struct Files {
    fetcher: Fetcher,
    max_side: u32,
    fetches: Semaphore,
    decoders: Arc<Semaphore>,
}

impl Files {
    /// As pictures of products are fetched; `max_side`: pixels of a picture in either direction;
    /// `decoders`: those of the pictures of products too.
    #[must_use]
    pub fn new(fetcher: Fetcher, max_side: u32, decoders: Arc<Semaphore>) -> Self {
        Self { fetcher, max_side, fetches: Semaphore::new(FETCHES), decoders }
    }

    /// The bytes of a card, at most twice as many as a card has: it may be in UTF-16.
    ///
    /// # Errors
    /// [`Fault`]
    pub async fn card(&self, url: &str) -> Result<Vec<u8>, Fault> {
        let _slot = self.fetches.acquire().await.map_err(|_| stopping())?;
        self.fetcher.of_cards(2 * BYTES_MAX).get(url).await
    }

    /// A picture for a card, made small: a JPEG.
    ///
    /// # Errors
    /// [`Fault`]
    pub async fn portrait(&self, url: &str) -> Result<Vec<u8>, Fault> {
        // Until it is decoded: what waits for the decoder is as much as is fetched at one time.
        let _fetch = self.fetches.acquire().await.map_err(|_| stopping())?;
        let file = self.fetcher.get(url).await?;
        let _slot = self.decoders.acquire().await.map_err(|_| stopping())?;
        let max_side = self.max_side;
        let made =
            tokio::task::spawn_blocking(move || thumbnail::portrait(&file, max_side, PORTRAIT));
        // A decoder that panics has met something that it cannot read.
        made.await.unwrap_or_else(|_| Err(Fault::Unreadable("the decoder gave up".into())))
    }
}

fn stopping() -> Fault {
    Fault::Unreadable("stopping".into())
}
