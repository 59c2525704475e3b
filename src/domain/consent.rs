//! Who may show somebody something: people are asked about the first contact, and what they said is
//! kept (S0.5).

use std::time::Duration;

use jid::BareJid;

use super::{
    assent::{self, Assent},
    clock::Millis,
    codes::codes,
    site::{is_same_address, is_within},
};

/// How long a question stays open, and how long a no counts: then the next thing asks again.
pub const LAPSE: Duration = Duration::from_hours(30 * 24);
/// Questions that are open with one person at a time. What further strangers send waits unasked until
/// one is answered.
pub const OPEN_MOST: usize = 10;
/// Of these, questions about people of one other server: who has a server has as many accounts as they
/// like.
pub const OPEN_OF_SITE: usize = 3;

/// A question can be over before it is answered, when what was sent is taken back. After so long it is
/// asked about the same person again.
pub const AGAIN: Duration = Duration::from_hours(24);
/// Within that time one person is asked about so many people of one other server, whatever becomes of
/// the questions.
pub const ASKED_OF_SITE: usize = 10;

/// Questions have numbers up to this, one behind the other; then from the first on.
pub const NUMBERS: i64 = 99;

codes! {
    /// When somebody wants to be asked.
    #[derive(Default)]
    pub enum Ask {
        /// About people of other servers.
        #[default]
        Remote = 0,
        /// About everybody.
        Always = 1,
        /// About nobody.
        Never = 2,
    }
}

impl Ask {
    /// `remote`, in the configuration and in forms.
    #[must_use]
    pub const fn token(self) -> &'static str {
        match self {
            Self::Remote => "remote",
            Self::Always => "always",
            Self::Never => "never",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn of(token: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ask| ask.token() == token)
    }

    /// Whether `rcpt` is asked about the first thing of `sender`. Nobody is asked about themselves.
    #[must_use]
    pub fn asks(self, sender: &BareJid, rcpt: &BareJid) -> bool {
        match self {
            Self::Remote => sender.domain() != rcpt.domain(),
            Self::Always => sender != rcpt,
            Self::Never => false,
        }
    }
}

codes! {
    /// What is known of a person and somebody who wants to show them something.
    pub enum Verdict {
        /// The person was asked and has not answered.
        Asked = 0,
        /// The person said yes.
        Yes = 1,
        /// The person said no.
        No = 2,
        /// The person said block.
        Blocked = 3,
    }
}

impl Verdict {
    /// Whether it still counts at `now`, given at `since`.
    #[must_use]
    pub fn counts(self, since: Millis, now: Millis) -> bool {
        match self {
            Self::Yes | Self::Blocked => true,
            Self::Asked | Self::No => now.since(since) < LAPSE,
        }
    }

    /// Whether it is about `jid` when it is said about `other`: a block of a domain is about
    /// everybody there and below it, for whoever has a domain has as many below it as they like;
    /// anything else is about the one address, which may be a domain.
    #[must_use]
    pub fn is_about(self, jid: &BareJid, other: &BareJid) -> bool {
        if self == Self::Blocked && other.node().is_none() {
            return is_within(jid.domain().as_str(), other.as_str());
        }
        is_same_address(jid.as_str(), other.as_str())
    }

    /// What somebody says to a question, in words or by the number of the choice. A 👍 lets nobody
    /// in.
    #[must_use]
    pub fn read(words: &str) -> Option<Self> {
        match assent::read(words) {
            Some(Assent::Yes) => return Some(Self::Yes),
            Some(Assent::No) => return Some(Self::No),
            Some(Assent::Thumb) => return None,
            None => {}
        }
        match assent::plain(words)?.as_str() {
            "1" => Some(Self::Yes),
            "2" => Some(Self::No),
            "3" | "block" | "屏蔽" => Some(Self::Blocked),
            _ => None,
        }
    }
}

/// What becomes of something that is sent to somebody who has joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fate {
    /// It goes out.
    #[default]
    Goes,
    /// It waits for the recipient's yes.
    Waits,
    /// It ends here, and its sender never learns of it.
    Ends,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_of_other_servers_are_asked_about_and_nobody_about_himself() {
        let jid = |text: &str| -> BareJid { text.parse().unwrap() };
        let (romeo, juliet, stranger) = (jid("romeo@x"), jid("juliet@x"), jid("romeo@y"));
        for (ask, local, remote) in
            [(Ask::Remote, false, true), (Ask::Always, true, true), (Ask::Never, false, false)]
        {
            assert_eq!(ask.asks(&juliet, &romeo), local, "{ask:?}");
            assert_eq!(ask.asks(&stranger, &romeo), remote, "{ask:?}");
            assert!(!ask.asks(&romeo, &romeo));
            assert_eq!((Ask::of(ask.token()), Ask::from_code(ask.code())), (Some(ask), Some(ask)));
        }
    }

    #[test]
    fn a_no_is_forgotten_after_a_month_and_a_block_never() {
        let month = Millis(0).after(LAPSE);
        for (verdict, later) in [
            (Verdict::Asked, false),
            (Verdict::Yes, true),
            (Verdict::No, false),
            (Verdict::Blocked, true),
        ] {
            assert!(verdict.counts(Millis(0), Millis(month.0 - 1)));
            assert_eq!(verdict.counts(Millis(0), month), later, "{verdict:?}");
            assert_eq!(Verdict::from_code(verdict.code()), Some(verdict));
        }
    }

    #[test]
    fn a_block_of_a_domain_is_about_all_below_it_and_any_other_word_about_one_address() {
        let jid = |text: &str| -> BareJid { text.parse().unwrap() };
        for (who, other, blocked, refused) in [
            ("mal@evil.x", "evil.x", true, false),
            ("mal@a.b.evil.x", "evil.x", true, false),
            ("a.evil.x", "evil.x", true, false),
            ("evil.x", "evil.x", true, true),
            ("mal@devil.x", "evil.x", false, false),
            ("mal@a.evil.x", "mal@evil.x", false, false),
            ("mal@evil.x", "mal@evil.x", true, true),
            ("evil.x", "mal@evil.x", false, false),
        ] {
            let (who, other) = (jid(who), jid(other));
            assert_eq!(Verdict::Blocked.is_about(&who, &other), blocked, "{who} {other}");
            assert_eq!(Verdict::No.is_about(&who, &other), refused, "{who} {other}");
        }
    }

    #[test]
    fn an_answer_is_a_word_or_the_number_of_a_choice() {
        for (words, verdict) in [
            ("Yes!", Some(Verdict::Yes)),
            ("1", Some(Verdict::Yes)),
            ("ok", Some(Verdict::Yes)),
            ("拒绝。", Some(Verdict::No)),
            ("不要", Some(Verdict::No)),
            ("👎", Some(Verdict::No)),
            ("👍", None),
            ("/block", Some(Verdict::Blocked)),
            ("yes please, the blue one", None),
            ("4", None),
        ] {
            assert_eq!(Verdict::read(words), verdict, "{words}");
        }
    }
}
