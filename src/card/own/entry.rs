//! A card of one's own, as it is kept.

use crate::domain::{
    card::{Card, Part},
    clock::Millis,
};

/// A card of one's own.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Own {
    /// What its owner calls it; the first is called ''.
    pub name: String,
    /// The card with everything.
    pub card: Card,
    /// Which fields go to others; none chosen is all.
    pub parts: Vec<Part>,
    /// The template it is shown with; empty is the service's own.
    pub template: String,
    /// When it was changed last.
    pub changed: Millis,
}
