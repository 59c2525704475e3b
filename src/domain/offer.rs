//! A business card on its way from one person to another (`xep/card-exchange.xml#offer`, S3, S4).

use std::time::Duration;

use uuid::Uuid;

use super::{card::Card, codes::codes, id::ShareId};

/// A card that is offered: what a share shows in place of products.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// The card, with the fields that its giver chose.
    pub card: Card,
    /// How it is offered.
    pub how: How,
    /// What came before it, if it is an answer or a new version.
    pub after: Option<ShareId>,
}

/// How a card is offered. The bits are what the database keeps; they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a bit of what the database keeps")]
pub struct How {
    /// Whether the giver asks for a card in return (`mode='swap'`).
    pub swap: bool,
    /// Whether it is the card of a third person (`about='contact'`).
    pub third: bool,
    /// Whether its changes follow, with the giver's consent.
    pub follows: bool,
    /// Whether it is the new version of a card that was given before.
    pub update: bool,
}

impl How {
    /// The number the database keeps.
    #[must_use]
    pub const fn code(self) -> i64 {
        (self.swap as i64)
            | (self.third as i64) << 1
            | (self.follows as i64) << 2
            | (self.update as i64) << 3
    }

    /// What has this number.
    #[must_use]
    pub const fn from_code(code: i64) -> Self {
        Self {
            swap: code & 1 != 0,
            third: code & 2 != 0,
            follows: code & 4 != 0,
            update: code & 8 != 0,
        }
    }
}

impl Offer {
    /// From what the database keeps: the card as text, the number of [`How`], and what came before.
    #[must_use]
    pub fn read(card: &str, how: i64, after: Option<Uuid>) -> Option<Self> {
        let card = Card::parse(card).ok()?;
        Some(Self { card, how: How::from_code(how), after: after.map(ShareId) })
    }
}

/// How long a client that acknowledges has for it, before an offer is sent again the first time;
/// each time after that twice as long (S3.4).
pub const FIRST_AGAIN: Duration = Duration::from_mins(10);
/// How often it is sent again at the most.
const MOST_AGAIN: u32 = 4;

/// How long an offer that was sent again `times` times waits to be sent again; none when it was
/// often enough.
#[must_use]
pub fn again_after(times: u32) -> Option<Duration> {
    (times < MOST_AGAIN).then(|| FIRST_AGAIN * 2_u32.pow(times))
}

codes! {
    /// What became of an offer in the tray of new cards (S4.3).
    pub enum Decision {
        /// Nothing yet.
        Waits = 0,
        /// It was taken.
        Taken = 1,
        /// It was declined. Its giver is not told.
        Declined = 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_is_sent_again_after_10_20_40_and_80_minutes_and_then_no_more() {
        let minutes: Vec<u64> =
            (0..9).map_while(again_after).map(|wait| wait.as_secs() / 60).collect();
        assert_eq!(minutes, [10, 20, 40, 80]);
    }

    #[test]
    fn the_bits_of_an_offer_are_read_back() {
        for code in 0..16 {
            assert_eq!(How::from_code(code).code(), code);
        }
    }
}
