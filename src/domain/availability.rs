//! Whether a product can be had.

use super::product::invalid::Invalid;

/// Whether an offer can be had (the tokens of schema.org `ItemAvailability`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "schema.org defines each")]
pub enum Availability {
    BackOrder,
    Discontinued,
    InStock,
    InStoreOnly,
    LimitedAvailability,
    MadeToOrder,
    OnlineOnly,
    OutOfStock,
    PreOrder,
    PreSale,
    Reserved,
    SoldOut,
}

impl Availability {
    const ALL: [Self; 12] = [
        Self::BackOrder,
        Self::Discontinued,
        Self::InStock,
        Self::InStoreOnly,
        Self::LimitedAvailability,
        Self::MadeToOrder,
        Self::OnlineOnly,
        Self::OutOfStock,
        Self::PreOrder,
        Self::PreSale,
        Self::Reserved,
        Self::SoldOut,
    ];

    /// Reads `InStock`.
    ///
    /// # Errors
    /// [`Invalid::Field`] for any other word.
    pub fn parse(token: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|known| known.token() == token)
            .ok_or(Invalid::Field("availability"))
    }

    /// `InStock`
    #[must_use]
    pub fn token(self) -> &'static str {
        match self {
            Self::BackOrder => "BackOrder",
            Self::Discontinued => "Discontinued",
            Self::InStock => "InStock",
            Self::InStoreOnly => "InStoreOnly",
            Self::LimitedAvailability => "LimitedAvailability",
            Self::MadeToOrder => "MadeToOrder",
            Self::OnlineOnly => "OnlineOnly",
            Self::OutOfStock => "OutOfStock",
            Self::PreOrder => "PreOrder",
            Self::PreSale => "PreSale",
            Self::Reserved => "Reserved",
            Self::SoldOut => "SoldOut",
        }
    }
}
