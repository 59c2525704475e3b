//! Files that people put into the chat for themselves: a card, and a picture for one. They are
//! fetched at once, and whoever sent one is answered when it is there: nothing of it is promised
//! before, so no row has to remember it.

use tokio::sync::Semaphore;

use super::{
    FETCHES,
    decoder::Decoder,
    request::{Fault, Fetcher},
};
use crate::domain::card::BYTES_MAX;

/// Bytes of a picture in a card, which is written with a third more.
const PORTRAIT: usize = 24 * 1024;

/// Fetches them.
pub struct Files {
    fetcher: Fetcher,
    decoder: Decoder,
    fetches: Semaphore,
}

impl Files {
    /// As pictures of products are fetched and decoded.
    #[must_use]
    pub fn new(fetcher: Fetcher, decoder: Decoder) -> Self {
        Self { fetcher, decoder, fetches: Semaphore::new(FETCHES) }
    }

    /// The bytes of a card, at most twice as many as a card has: it may be in UTF-16.
    ///
    /// # Errors
    /// [`Fault`]
    pub async fn card(&self, url: &str) -> Result<Vec<u8>, Fault> {
        let _slot = self.fetches.acquire().await.map_err(|_| stopping())?;
        self.fetcher.of_cards(2 * BYTES_MAX).get(url).await
    }

    /// A picture for a card, made small: a JPEG. Its asker has asked for so many within the hour.
    ///
    /// # Errors
    /// [`Fault`]
    pub async fn portrait(&self, url: &str, asked: i64) -> Result<Vec<u8>, Fault> {
        // Until it is decoded: what waits for the decoder is as much as is fetched at one time.
        let _fetch = self.fetches.acquire().await.map_err(|_| stopping())?;
        let file = self.fetcher.get(url).await?;
        self.decoder.portrait(file, asked, PORTRAIT).await
    }
}

fn stopping() -> Fault {
    Fault::Unreadable("stopping".into())
}
