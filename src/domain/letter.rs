//! What leaves by mail, SMS and, for words that are about no share, by XMPP, and the rules of sending it: when it is tried again, and when that
//! ends.

use std::{fmt, time::Duration};

use uuid::Uuid;

use super::{address::Address, codes::codes};

/// How long one try may take with everything. Whoever has claimed a letter and died holds it so
/// long.
pub const LEASE: Duration = Duration::from_mins(2);
/// How long a letter that has ended is remembered, without its words: what was spent is counted
/// from it.
pub const KEPT: Duration = Duration::from_hours(32 * 24);
/// Waits between tries; the last one again and again, until the letter expires.
const BACK_OFF: [Duration; 6] = [
    Duration::from_secs(10),
    Duration::from_mins(1),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(6),
];

/// When it is tried again after the `attempt`th try, which is the first.
#[must_use]
pub fn again(attempt: i64) -> Duration {
    let step = usize::try_from(attempt.saturating_sub(1)).unwrap_or(0);
    BACK_OFF.get(step).or(BACK_OFF.last()).copied().unwrap_or(LEASE)
}

/// The name of a letter: also the key by which a gateway knows a second attempt for what it is,
/// and the left part of a mail's Message-ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LetterId(pub Uuid);

impl fmt::Display for LetterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

codes! {
    /// What a letter is for.
    pub enum Kind {
        /// A code that shows whose a number or mail address is.
        Code = 0,
        /// Somebody has something for who has not joined.
        Invitation = 1,
        /// Something that the service has to tell.
        Notice = 2,
    }
}

codes! {
    /// Where a letter stands.
    pub enum State {
        /// To be sent when it is due.
        Waiting = 0,
        /// Being sent, until the lease ends.
        Sending = 1,
        /// The gateway has it.
        Taken = 2,
        /// It was refused for good, or its time is over.
        Failed = 3,
        /// Nobody wants it sent any more.
        Withdrawn = 4,
    }
}

/// What letters travel by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// To XMPP accounts: words of the service that are about no share.
    Chat,
    /// To phone numbers.
    Sms,
    /// To mail addresses.
    Mail,
}

impl Channel {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Chat, Self::Sms, Self::Mail];

    /// What reaches `address`.
    #[must_use]
    pub const fn of(address: &Address) -> Self {
        match address {
            Address::Xmpp(_) => Self::Chat,
            Address::Tel(_) => Self::Sms,
            Address::Mail(_) => Self::Mail,
        }
    }

    /// What every address that it reaches begins with, as the database keeps it.
    #[must_use]
    pub const fn scheme(self) -> &'static str {
        match self {
            Self::Chat => "",
            Self::Sms => "tel:",
            Self::Mail => "mailto:",
        }
    }

    /// Its name in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Sms => "sms",
            Self::Mail => "mail",
        }
    }
}

/// Something to be sent by mail or SMS, in the words of its reader's language.
#[derive(Debug, Clone)]
pub struct Letter {
    /// A phone number, a mail address, or an XMPP account for words that are about no share.
    pub to: Address,
    /// The bare JID on whose behalf it is sent: it counts towards the limits of that account.
    pub account: String,
    /// What it is for.
    pub kind: Kind,
    /// One line, for channels that have one.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The page where its reader says "never again", if there is one: a mail names it in
    /// List-Unsubscribe.
    pub stop: Option<String>,
    /// How long it is worth sending.
    pub life: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pauses_between_tries_grow_and_then_stay() {
        let pauses: Vec<Duration> = (1..20).map(again).collect();
        assert!(pauses.is_sorted());
        assert_eq!(again(1), Duration::from_secs(10));
        assert_eq!(again(0), again(1));
        assert_eq!(again(1000), Duration::from_hours(6));
    }

    #[test]
    fn a_channel_knows_its_addresses() {
        for (text, channel) in [
            ("tel:+390455550100", Channel::Sms),
            ("mailto:mercutio@example.org", Channel::Mail),
            ("romeo@montague.lit", Channel::Chat),
        ] {
            assert_eq!(Channel::of(&Address::parse(text).unwrap()), channel);
            assert!(text.starts_with(channel.scheme()));
        }
    }
}
