//! Who fetches files for people.

use std::sync::Arc;

use crate::committer::Boxed;

/// What is to be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A card.
    Card,
    /// A picture, as a JPEG that is small enough for a card.
    Picture,
}

/// Fetches a file for somebody who has asked for so many within the hour; none when there is nothing
/// like it.
pub(in crate::component::dispatch) type Fetch =
    Arc<dyn Fn(Wanted, i64, String) -> Boxed<'static, Option<Vec<u8>>> + Send + Sync>;

/// Fetches files for people; nothing where the operator does not allow it (`pictures.fetch`).
#[derive(Default)]
pub struct Files(pub(super) Option<Fetch>);

impl Files {
    /// With this, if there is one.
    #[must_use]
    pub fn new(fetch: Option<Fetch>) -> Self {
        Self(fetch)
    }
}
