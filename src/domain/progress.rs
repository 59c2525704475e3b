//! How far a share has come on its way to one recipient, as its sender is told. This is the one
//! place that decides what the sender may learn.
//!
//! `Accepted` tells nothing about the recipient: they may not have joined, have left, have blocked
//! the service or the sender, or their server may refuse them. All of these stay `Accepted`, become
//! `Cancelled` when the sender takes the share back, and otherwise `Expired` at the same moment.
//! What was sent to a phone number or a mail address stays `Accepted` whoever has it, until its
//! owner lets the sender know: by an answer, or by taking a card. For an account `Delivered` tells
//! that they take part, which cannot be kept from whoever is answered; it never tells that they are
//! online or when they come, for it is said when the service's own server has taken the message,
//! with the time at which that first had it, or at which it was accepted if that was less than a
//! minute before, and neither a receipt, a later error nor sending it again changes it. What the
//! service keeps back in that server's place, for the end of quiet hours or because somebody away
//! has enough there, is told as `Delivered` since then, and stays so. `Answered` stays with the time
//! of the first answer, also when whoever said it has left. `Failed` is a fault of the service, not
//! of the recipient. (XEP text: `xep/product-share.xml#status`; `threats` 10.)

use std::time::Duration;

use super::{
    clock::Millis,
    delivery::{Delivery, State},
};

/// What left so soon after it was accepted is told as if it had left then.
const SOON: Duration = Duration::from_mins(1);

/// What the sender is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The service has it.
    Accepted,
    /// The service has handed it over.
    Delivered,
    /// The recipient has answered.
    Answered,
    /// The service cannot send it.
    Failed,
    /// It was not delivered in time.
    Expired,
    /// The sender revoked it first.
    Cancelled,
}

impl Progress {
    /// Every one, in the order of the specification.
    pub const ALL: [Self; 6] = [
        Self::Accepted,
        Self::Delivered,
        Self::Answered,
        Self::Failed,
        Self::Expired,
        Self::Cancelled,
    ];

    /// `accepted`
    #[must_use]
    pub const fn token(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Delivered => "delivered",
            Self::Answered => "answered",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What is known of a delivery and its share.
#[derive(Debug, Clone, Copy)]
pub struct Course {
    /// Where it stands.
    pub delivery: Delivery,
    /// Whether its sender typed a phone number or a mail address.
    pub is_typed: bool,
    /// Whether the server took it at some time, whatever came back later.
    pub was_taken: bool,
    /// When it was last written to a stream.
    pub sent: Millis,
    /// Since when it counts as handed over, where that is not when it was last written: the service has
    /// kept it back since then, or the server had it then and it was sent again.
    pub left: Option<Millis>,
    /// When the recipient first answered.
    pub answered: Option<Millis>,
    /// When the share was accepted.
    pub accepted: Millis,
    /// When its sender took it back.
    pub revoked: Option<Millis>,
}

impl Course {
    /// What the sender is told at `now`, and since when that holds.
    #[must_use]
    pub fn told(&self, now: Millis) -> (Progress, Millis) {
        let Delivery { state, fail, expires, .. } = self.delivery;
        // What the service keeps back would else be with the server.
        let has_left = self.was_taken
            || self.left.is_some()
            || matches!(state, State::Handed | State::HandedFinal | State::Confirmed);
        let sent = self.left.unwrap_or(self.sent).max(self.accepted);
        // To the millisecond it would say that they were there, for whom it left at once.
        let sent = if sent.since(self.accepted) < SOON { self.accepted } else { sent };
        // Only what is somebody's leaves, or fails on the way.
        let shows = !self.is_typed;
        match (self.answered, self.revoked) {
            (Some(at), _) => (Progress::Answered, at),
            _ if shows && has_left => (Progress::Delivered, sent),
            // Without an error from the recipient's server it is ours.
            _ if shows && state == State::Dead && fail.is_none() => (Progress::Failed, sent),
            (None, Some(at)) => (Progress::Cancelled, at),
            (None, None) if now >= expires => (Progress::Expired, expires),
            (None, None) => (Progress::Accepted, self.accepted),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::delivery::Bounce;

    const NOW: Millis = Millis(5_000);
    const END: Millis = Millis(9_000);

    fn course(state: State, fail: Option<Bounce>) -> Course {
        let delivery = Delivery { state, fail, ..Delivery::accepted(true, Millis(0), END) };
        let accepted = Millis(1_000);
        let sent = Millis(102_000);
        Course {
            delivery,
            is_typed: false,
            was_taken: false,
            sent,
            left: None,
            answered: None,
            accepted,
            revoked: None,
        }
    }

    #[test]
    fn who_has_not_joined_has_left_or_refuses_cannot_be_told_apart() {
        let alike = [
            (State::Held, None),
            (State::Queued, None),
            (State::Queued, Some(Bounce::Unavailable)),
            (State::Claimed, None),
            (State::Failed, Some(Bounce::Unavailable)),
            (State::Failed, Some(Bounce::Refused)),
            (State::Dead, Some(Bounce::Unknown)),
            (State::Expired, None),
            (State::Cancelled, None),
        ];
        for (state, fail) in alike {
            let course = course(state, fail);
            assert_eq!(course.told(NOW), (Progress::Accepted, Millis(1_000)), "{state:?}");
            assert_eq!(course.told(END), (Progress::Expired, END), "{state:?}");
            let revoked = Course { revoked: Some(Millis(4_000)), ..course };
            assert_eq!(revoked.told(END), (Progress::Cancelled, Millis(4_000)), "{state:?}");
        }
    }

    #[test]
    fn a_number_says_nothing_until_its_owner_does() {
        for state in State::ALL {
            for (was_taken, fail) in [(false, None), (true, None), (true, Some(Bounce::Refused))] {
                let course = Course { is_typed: true, was_taken, ..course(state, fail) };
                assert_eq!(course.told(NOW), (Progress::Accepted, Millis(1_000)), "{state:?}");
                assert_eq!(course.told(END), (Progress::Expired, END), "{state:?}");
                let revoked = Course { revoked: Some(Millis(4_000)), ..course };
                assert_eq!(revoked.told(END), (Progress::Cancelled, Millis(4_000)), "{state:?}");
                let answered = Course { answered: Some(Millis(3_000)), ..course };
                assert_eq!(answered.told(END), (Progress::Answered, Millis(3_000)), "{state:?}");
            }
        }
    }

    #[test]
    fn receipts_and_late_errors_do_not_show() {
        for state in [State::Handed, State::HandedFinal, State::Confirmed] {
            assert_eq!(course(state, None).told(END), (Progress::Delivered, Millis(102_000)));
        }
        for state in [State::Queued, State::Claimed, State::Failed, State::Cancelled] {
            let bounced = Course { was_taken: true, ..course(state, Some(Bounce::Unavailable)) };
            assert_eq!(bounced.told(END), (Progress::Delivered, Millis(102_000)), "{state:?}");
        }
    }

    #[test]
    fn neither_quiet_hours_nor_an_absence_show_while_they_last_nor_when_they_are_over() {
        let told = (Progress::Delivered, Millis(101_500));
        for state in State::ALL {
            let over = Course { left: Some(Millis(101_500)), ..course(state, None) };
            assert_eq!(over.told(NOW), told, "{state:?}");
            let waits = Course { sent: Millis(0), revoked: Some(Millis(4_000)), ..over };
            assert_eq!(waits.told(END), told, "{state:?}");
            let typed = Course { is_typed: true, ..over };
            assert_eq!(typed.told(NOW), (Progress::Accepted, Millis(1_000)), "{state:?}");
        }
    }

    #[test]
    fn what_leaves_within_a_minute_is_told_as_when_it_was_accepted() {
        for (sent, told) in [(1_000, 1_000), (1_001, 1_000), (60_999, 1_000), (61_000, 61_000)] {
            let course = Course { sent: Millis(sent), ..course(State::Handed, None) };
            assert_eq!(course.told(NOW), (Progress::Delivered, Millis(told)), "{sent}");
        }
    }

    #[test]
    fn an_answer_shows_and_so_does_a_fault_of_ours() {
        for state in State::ALL {
            let answered = Course { answered: Some(Millis(3_000)), ..course(state, None) };
            assert_eq!(answered.told(END), (Progress::Answered, Millis(3_000)));
        }
        assert_eq!(course(State::Dead, None).told(NOW).0, Progress::Failed);
    }
}
