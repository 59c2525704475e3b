//! Asking somebody who has not joined whether they want to see what was sent to them
//! (`xep/product-share.xml#invite`).

use std::{fmt, time::Duration};

use sha2::{Digest, Sha256};

use super::{
    codes::codes,
    name,
    text::{one_line, shorten},
};

/// How long an answer to an invitation counts.
pub const LIFE: Duration = Duration::from_hours(30 * 24);
/// How long it is remembered who has asked whom: so long nobody asks the same person again.
pub const KEPT: Duration = Duration::from_hours(365 * 24);
/// The most characters of a name that an invitation shows.
const NAME: usize = 40;
/// The most digits of such a name: it is no telephone number.
const DIGITS: usize = 4;
/// So many characters of an account are left beside a domain that is too long.
const ACCOUNT: usize = 9;

/// The secret of an invitation that travels by mail or SMS: 128 bits that nobody can guess.
/// `Display` is its one form, 32 digits of `0` to `9` and `a` to `f`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Code(u128);

impl Code {
    /// The code of two random numbers.
    #[must_use]
    pub fn from_random(high: u64, low: u64) -> Self {
        Self(u128::from(high) << 64 | u128::from(low))
    }

    /// Reads a code, in any case and with white space around it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_code = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
        is_code.then(|| u128::from_str_radix(text, 16).ok().map(Self)).flatten()
    }

    /// Its SHA-256, which is what is kept of it.
    #[must_use]
    pub fn hash(self) -> Vec<u8> {
        Sha256::digest(self.to_string()).to_vec()
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Code {
    /// A secret has no place in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

codes! {
    /// Where an invitation stands.
    pub enum State {
        /// Not sent: it is to be, or a limit keeps it back.
        Kept = 0,
        /// Sent.
        Told = 1,
        /// Whoever was invited has joined.
        Accepted = 2,
        /// The inviter took it back.
        Withdrawn = 3,
        /// It could not be delivered.
        Undelivered = 4,
    }
}

impl State {
    /// Its name in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Told => "told",
            Self::Accepted => "accepted",
            Self::Withdrawn => "withdrawn",
            Self::Undelivered => "undelivered",
        }
    }

    /// The state with this number; withdrawn for one that a later version has written, for that
    /// lets nobody in.
    #[must_use]
    pub fn of_code(code: i64) -> Self {
        Self::from_code(code).unwrap_or(Self::Withdrawn)
    }
}

/// How often people may be invited: the operator's `[invite]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvitationLimits {
    /// Invitations that one sender causes in a day; 0 sends none at all.
    pub per_sender_a_day: i64,
    /// How long nobody else's invitation goes to somebody who was invited.
    pub pause: Duration,
}

/// The name that an invitation may show beside the address. None when it could be more than a
/// name: whoever reads it has not asked for anything, so it must not carry a link, an address or
/// a number to call (`threats` 12).
#[must_use]
pub fn name(nick: &str) -> Option<String> {
    let line = one_line(nick);
    let name = shorten(&line, NAME);
    let is_plain = name::is_name(&line) && !line.contains(['/', '\\', '<', '>', '／']);
    let is_number = name.chars().filter(|c| c.is_numeric()).count() > DIGITS;
    (is_plain && !is_number).then_some(name)
}

/// An address in at most `max` characters. The account is cut in its middle; of a domain that is too
/// long the end stays, for whoever owns that answers for all that stands before it.
#[must_use]
pub fn fitted(address: &str, max: usize) -> String {
    let count = |text: &str| text.chars().count();
    if count(address) <= max {
        return address.to_owned();
    }
    let Some((account, domain)) = address.split_once('@') else { return cut(address, 0, max) };
    let least = count(account).min(ACCOUNT);
    let domain = cut(domain, 0, max.saturating_sub(least + 1));
    let room = max.saturating_sub(count(&domain) + 1);
    let account = cut(account, room / 2, room);
    format!("{account}@{domain}")
}

/// `text` in at most `max` characters, the first `head` of them from its beginning and the others,
/// behind an ellipsis, from its end.
fn cut(text: &str, head: usize, max: usize) -> String {
    let all = text.chars().count();
    if all <= max {
        return text.to_owned();
    }
    let tail = all - max.saturating_sub(head + 1);
    text.chars().take(head).chain(['…']).chain(text.chars().skip(tail)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_back_and_kept_as_a_hash() {
        let code = Code::from_random(7, u64::MAX);
        assert_eq!(Code::parse(&code.to_string()), Some(code));
        assert_eq!(Code::parse(&format!(" {}\n", code.to_string().to_uppercase())), Some(code));
        assert_eq!(code.hash().len(), 32);
        assert_ne!(code.hash(), Code::from_random(7, 0).hash());
        assert_eq!(format!("{code:?}"), "Code(…)");
        for bad in ["", "7", &"g".repeat(32), &"0".repeat(33), &format!("+{}", "0".repeat(31))] {
            assert_eq!(Code::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn states_are_read_back() {
        for state in State::ALL {
            assert_eq!(State::of_code(state.code()), state);
        }
        assert_eq!(State::of_code(99), State::Withdrawn);
    }

    #[test]
    fn an_address_that_is_too_long_keeps_the_end_of_its_domain() {
        let labels = "secure.login.".repeat(9);
        let paypal = format!("support@paypal.com.{labels}evil.example");
        let long = format!("{paypal}.{}", "a".repeat(50));
        for (address, shown) in [
            ("romeo@montague.lit", "romeo@montague.lit"),
            (
                "your-account-is-locked,pay-now-at-bank.example-or-lose-it@evil.example",
                "your-account-is-locked,…bank.example-or-lose-it@evil.example",
            ),
            (&paypal, "support@…secure.login.secure.login.secure.login.evil.example"),
            (&long, "support@….aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
            (&paypal[8..], "…e.login.secure.login.secure.login.secure.login.evil.example"),
        ] {
            let fitted = fitted(address, 60);
            assert!(fitted.chars().count() <= 60, "{fitted}");
            assert_eq!(fitted, shown);
        }
        let account = "银".repeat(900);
        assert_eq!(fitted(&format!("{account}@x.lit"), 12), "银银银银…银银银银@…t");
        assert_eq!(fitted(&format!("{account}@x.lit"), 15), "银银银银…银银银银@x.lit");
    }

    #[test]
    fn a_name_that_says_more_than_a_name_is_left_out() {
        for good in ["Juliet", "Alice C.", "O’Hara", "朱丽叶", "Mary-Ann 2"] {
            assert_eq!(name(good).as_deref(), Some(good));
        }
        for bad in [
            "",
            "\u{202e}\n",
            "evil.example",
            "see https://x",
            "a@b",
            "evil。中国",
            "call 0900 12345",
            "xmpp:x",
        ] {
            assert_eq!(name(bad), None, "{bad}");
        }
        assert_eq!(name(&"x".repeat(99)).unwrap().chars().count(), NAME);
    }
}
