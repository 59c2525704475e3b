//! One share on its way to one recipient: the states, and the only rules that change them.
//!
//! [`Delivery::next`] is a pure function. The store keeps what it answers and never decides.
//!
//! ```text
//! accepted ─┬─> Held ──joined──┐                    ┌─> Failed, Dead
//!           ├─> Parked ─shown──┤                    │
//!           └─────────────> Queued ─claim─> Claimed ┤─pong─> Handed ─10 min─> HandedFinal
//!                              ^               │    │           │                  │
//!                              └──retry, lost──┴────┴───replay──┘      receipt ─> Confirmed
//! ```
//! Anything that has not ended can be cancelled, and expires. A card that was handed over, to a client
//! that acknowledges and has not, is queued again ([`Event::Again`]).

use std::time::Duration;

use super::{clock::Millis, codes::codes};

/// How many deliveries somebody who is away may have unconfirmed: a server keeps 100 messages for
/// them by default, or 100 KiB, and bounces the rest.
pub const AWAY: i64 = 20;

/// How long a claim lasts before somebody else may take the row.
pub const LEASE: Duration = Duration::from_secs(30);
/// How long a delivery that the server took can still be lost with it: ejabberd writes its
/// offline store to disk up to ten minutes late.
pub const REPLAY: Duration = Duration::from_mins(10);
/// How long a recipient whom a message once reached, and who now bounces like a blocked or
/// deleted account, is left alone.
pub const SUSPENSION: Duration = Duration::from_hours(7 * 24);
/// How long a server that cannot be found is looked for.
const UNFOUND: Duration = Duration::from_hours(5 * 24);
/// Errors nobody has explained: tries before a person has to look.
const UNKNOWN_TRIES: u32 = 3;
/// Streams that may end with this delivery in flight, the last ones with it alone.
const MAX_SUSPECT: u32 = 3;
/// Waits between tries, each ±20 %; the last one repeats until the delivery expires.
const BACK_OFF: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(10),
];

codes! {
    /// Where a delivery stands.
    #[derive(Hash, PartialOrd, Ord)]
    pub enum State {
        /// The recipient has not joined, or has not yet said that its sender may show them
        /// something; or it went to a number or mail address, and who has that is looked up when it
        /// is due.
        Held = 0,
        /// The recipient is away and has as many unconfirmed deliveries as they may have.
        Parked = 1,
        /// To be sent when it is due.
        Queued = 2,
        /// Being sent, by the holder of the lease.
        Claimed = 3,
        /// Taken by the server, which may still lose it.
        Handed = 4,
        /// Taken by the server for good, as far as anybody can tell.
        HandedFinal = 5,
        /// The recipient's client has it.
        Confirmed = 6,
        /// Refused for good.
        Failed = 7,
        /// Too late.
        Expired = 8,
        /// Revoked, refused or erased.
        Cancelled = 9,
        /// Something is wrong with it that a person has to look at: it ended the stream, or met an
        /// error nobody knows.
        Dead = 10,
    }
}

impl State {
    /// The name in metrics and in `tradepost audit`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Parked => "parked",
            Self::Queued => "queued",
            Self::Claimed => "claimed",
            Self::Handed => "handed",
            Self::HandedFinal => "handed_final",
            Self::Confirmed => "confirmed",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Dead => "dead",
        }
    }

    /// Whether nothing more will be done for it. A receipt still turns [`State::HandedFinal`]
    /// into [`State::Confirmed`], and a card that a client should have acknowledged is queued again.
    #[must_use]
    pub const fn has_ended(self) -> bool {
        self.code() >= Self::HandedFinal.code()
    }
}

/// The part of a delivery that the rules look at and change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// Where it stands.
    pub state: State,
    /// How often it was claimed.
    pub attempt: u32,
    /// How often a stream ended with it in flight.
    pub suspect: u32,
    /// How often it was sent again after the server had taken it.
    pub resent: u32,
    /// When something is to be done without an event; [`Millis::NEVER`] when only an event helps.
    pub due: Millis,
    /// When it stops being worth sending.
    pub expires: Millis,
    /// Why it failed, for the audit.
    pub fail: Option<Bounce>,
}

/// What can happen to a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The recipient joined, and has shown that they are the one it was sent to; or they have done
    /// so, and said that its sender may show them something.
    Joined,
    /// The recipient was seen, or has room again.
    Shown,
    /// The worker takes it.
    Claim,
    /// The recipient turned out to be away with no room for more.
    Park,
    /// The recipient is suspended until then.
    Suspend(Millis),
    /// The server answered the fence and had not bounced it.
    Taken,
    /// The server or the recipient's server sent an error for it. `reached`: something was
    /// delivered to that recipient before.
    Bounced {
        /// What the error says.
        bounce: Bounce,
        /// Whether anything ever reached the recipient.
        reached: bool,
    },
    /// A receipt, marker or answer of the recipient names it.
    Confirmed,
    /// The stream ended before the fence. `alone`: nothing else was in flight, so that it is
    /// likely to be the cause.
    Lost {
        /// Whether it was the only one in flight.
        alone: bool,
    },
    /// The process that held the claim is gone; the stream may have been well.
    Orphaned,
    /// The server may have lost what it took.
    Replay,
    /// The recipient is there, their client acknowledges what it gets, and it has not acknowledged
    /// this (`xep/card-exchange.xml#ack`).
    Again,
    /// The sender, the operator or an erasure takes it back.
    Cancel,
    /// It cannot be written: too large, or no valid stanza comes out of it.
    Unsendable,
    /// What it waited for before its first try is there, or will not come: it is due then.
    Sooner(Millis),
    /// Its due time has come.
    Due,
}

codes! {
    /// The conditions of RFC 6120 §8.3.3 as far as they call for different things.
    #[derive(Hash)]
    pub enum Bounce {
        /// `service-unavailable`: no such account, blocked, or an offline store that is off or
        /// full.
        Unavailable = 1,
        /// Full, slow, restarting, or anything of type `wait`.
        Wait = 2,
        /// `remote-server-not-found`
        ServerNotFound = 3,
        /// A refusal that will not change.
        Refused = 4,
        /// Anything else.
        Unknown = 5,
    }
}

impl Bounce {
    /// The rule for a stanza error: its defined condition, and whether its type is `wait`.
    #[must_use]
    pub fn from_condition(condition: &str, is_wait: bool) -> Self {
        match condition {
            "service-unavailable" => Self::Unavailable,
            "remote-server-not-found" => Self::ServerNotFound,
            "resource-constraint"
            | "recipient-unavailable"
            | "remote-server-timeout"
            | "internal-server-error" => Self::Wait,
            _ if is_wait => Self::Wait,
            "item-not-found" | "gone" | "jid-malformed" | "forbidden" | "not-allowed"
            | "not-acceptable" | "policy-violation" | "bad-request" => Self::Refused,
            _ => Self::Unknown,
        }
    }
}

impl Delivery {
    /// A delivery just accepted: queued for somebody who has joined, held for anybody else.
    #[must_use]
    pub fn accepted(joined: bool, now: Millis, expires: Millis) -> Self {
        let (state, due) =
            if joined { (State::Queued, now.min(expires)) } else { (State::Held, expires) };
        Self { state, attempt: 0, suspect: 0, resent: 0, due, expires, fail: None }
    }

    /// What becomes of the delivery when `event` happens at `now`; none when the event means
    /// nothing to it any more. `dice` in 0.0..1.0 spreads the waits.
    #[must_use]
    pub fn next(self, event: Event, now: Millis, dice: f64) -> Option<Self> {
        use State::{
            Cancelled, Claimed, Confirmed, Dead, Expired, Handed, HandedFinal, Held, Parked, Queued,
        };
        let to = |state: State, due: Millis| Some(Self { state, due, ..self });
        let end = |state: State| to(state, Millis::NEVER);
        // A wait never reaches past the end: the row wakes there and expires.
        let wait_until = |state: State, due: Millis| to(state, due.min(self.expires));

        match (event, self.state) {
            (Event::Confirmed, Queued | Parked | Claimed | Handed | HandedFinal) => end(Confirmed),
            (Event::Cancel, state) if !state.has_ended() => end(Cancelled),
            // What the server has already taken can no longer come too late.
            (Event::Due, Held | Parked | Queued) if now >= self.expires => end(Expired),
            (Event::Due, Held) => to(Held, self.expires),
            (Event::Due | Event::Orphaned, Claimed)
            | (Event::Joined, Held)
            | (Event::Shown, Parked | Queued) => wait_until(Queued, now),
            (Event::Due, Handed) => end(HandedFinal),

            (Event::Park, Queued) => to(Parked, self.expires),
            (Event::Suspend(until), Queued) => wait_until(Queued, until),
            (Event::Sooner(due), Queued) if self.attempt == 0 && due < self.due => {
                wait_until(Queued, due)
            }
            (Event::Claim, Queued) if now < self.expires => Some(Self {
                state: Claimed,
                attempt: self.attempt.saturating_add(1),
                due: now.after(LEASE),
                ..self
            }),
            (Event::Taken, Claimed) => to(Handed, now.after(REPLAY)),
            (Event::Again, Handed | HandedFinal) if now >= self.expires => None,
            (Event::Replay, Handed) | (Event::Again, Handed | HandedFinal) => Some(Self {
                state: Queued,
                due: now.min(self.expires),
                resent: self.resent.saturating_add(1),
                ..self
            }),
            (Event::Lost { alone }, Claimed) => {
                let suspect =
                    if alone { self.suspect.saturating_add(1) } else { self.suspect.max(1) };
                let (state, due) = if suspect >= MAX_SUSPECT {
                    (Dead, Millis::NEVER)
                } else {
                    (Queued, now.min(self.expires))
                };
                Some(Self { state, suspect, due, ..self })
            }
            (Event::Unsendable, Claimed) => end(Dead),
            // An error can follow the fence by minutes when another server sends it.
            (Event::Bounced { bounce, reached }, Claimed | Handed) => {
                Some(Self { fail: Some(bounce), ..self.bounced(bounce, reached, now, dice) })
            }
            _ => None,
        }
    }

    /// Whether the recipient may have it: it is or was on its way, and did not simply bounce. That it
    /// was taken back or came to its end while it waited to be sent again undoes no try before.
    #[must_use]
    pub fn may_have_arrived(self) -> bool {
        let was_lost = self.resent > 0 || self.suspect > 0;
        match self.state {
            State::Claimed | State::Handed | State::HandedFinal | State::Confirmed => true,
            State::Held | State::Parked | State::Queued | State::Expired | State::Cancelled => {
                self.attempt > 0 && (self.fail.is_none() || was_lost)
            }
            // The last try did not arrive, or nobody knows; one before it may have.
            State::Failed | State::Dead => was_lost,
        }
    }

    /// The error table.
    fn bounced(self, bounce: Bounce, reached: bool, now: Millis, dice: f64) -> Self {
        let end = |state| Self { state, due: Millis::NEVER, ..self };
        let wait = |wait: Duration| Self {
            state: State::Queued,
            due: now.after(wait).min(self.expires),
            ..self
        };
        match bounce {
            Bounce::Unavailable if reached => wait(SUSPENSION),
            Bounce::Unavailable | Bounce::Refused => end(State::Failed),
            Bounce::ServerNotFound if self.waited() > UNFOUND => end(State::Failed),
            Bounce::Unknown if self.attempt >= UNKNOWN_TRIES => end(State::Dead),
            Bounce::Wait | Bounce::ServerNotFound | Bounce::Unknown => {
                wait(back_off(self.attempt, dice))
            }
        }
    }

    /// How long the back-off has kept it so far, without the spread.
    fn waited(self) -> Duration {
        (1..self.attempt).map(|attempt| back_off(attempt, 0.5)).sum()
    }
}

/// The wait after the `attempt`th try, which is the first.
fn back_off(attempt: u32, dice: f64) -> Duration {
    let step = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
    let wait = BACK_OFF.get(step).or(BACK_OFF.last()).copied().unwrap_or_default();
    wait.mul_f64(0.8 + 0.4 * dice.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests;
