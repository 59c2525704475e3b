//! Whom a share is for.

use std::{
    borrow::Cow,
    fmt::{self, Write},
    net::IpAddr,
};

use jid::{BareJid, Jid};

use super::{confusable::passes_for_another, text::is_seen};

/// The most bytes of an address of any kind: a JID has 3,071 (RFC 7622 §3.1), and a scheme before it.
pub const ADDRESS_MAX: usize = 3_080;
/// The most bytes of an XMPP address without its resource. RFC 7622 §3.1 allows 2,047, but two of
/// them and a name have to fit into one entry of an index, which PostgreSQL lets have 2,704 bytes.
pub const BARE_MAX: usize = 1_024;
/// What ends a label of a domain (RFC 3490 §3.1).
const DOTS: [char; 4] = ['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'];

/// Reads an XMPP address that somebody else wrote; none when it is no address (RFC 7622), when it
/// has a character that nobody sees before its resource, or one that lets it pass for another, or when it
/// is too long to be kept. A domain has no dot at its end, and an address of the internet one form.
/// What is counted is the normal form, which can be longer than what was written: the `jid` crate
/// counts a domain without what IDNA leaves out, and keeps it all the same.
#[must_use]
pub fn jid(text: &str) -> Option<Jid> {
    any_jid(text).filter(is_clear)
}

/// Whether everything of the account and its domain shows, and as what it is, in the normal form: what
/// that leaves out hides nobody.
fn is_clear(jid: &Jid) -> bool {
    let shows = |text: &str| is_seen(text) && !passes_for_another(text);
    shows(jid.node().map_or("", |node| node.as_str())) && shows(jid.domain().as_str())
}

fn any_jid(text: &str) -> Option<Jid> {
    if text.len() > ADDRESS_MAX {
        return None;
    }
    let bare = text.split_once('/').map_or(text, |(bare, _)| bare);
    let domain = domain_of(bare);
    let jid = match tidied(domain) {
        Cow::Borrowed(tidy) if tidy == domain => Jid::new(text),
        tidy => {
            let account = bare.strip_suffix(domain).unwrap_or_default();
            let resource = text.strip_prefix(bare).unwrap_or_default();
            Jid::new(&[account, &tidy, resource].concat())
        }
    };
    let jid = jid.ok()?;
    let resource = jid.resource().map_or(0, |resource| resource.as_str().len() + 1);
    (jid.as_str().len() - resource <= BARE_MAX).then_some(jid)
}

/// A domain without the dot that may stand at its end (RFC 7622 §3.2), or an address of the internet in
/// one form (RFC 5952), which is that of IPv4 where it is one. The `jid` crate leaves either as it is.
fn tidied(domain: &str) -> Cow<'_, str> {
    let domain = domain.trim_end_matches(DOTS);
    let literal = domain.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let ip = literal.and_then(|it| it.parse::<IpAddr>().ok());
    match ip.map(|ip| ip.to_canonical()) {
        Some(IpAddr::V4(ip)) => Cow::Owned(ip.to_string()),
        Some(IpAddr::V6(ip)) => Cow::Owned(format!("[{ip}]")),
        None => Cow::Borrowed(domain),
    }
}

/// The domain of a bare JID that is kept as text.
#[must_use]
pub fn domain_of(jid: &str) -> &str {
    jid.split_once('@').map_or(jid, |(_, domain)| domain)
}

/// What is a phone number or a mail address in an address that is kept as text; none in that of an
/// account, which has no colon before its first `@`: RFC 7622 keeps it out of localparts.
#[must_use]
pub fn contact(address: &str) -> Option<&str> {
    address.strip_prefix("tel:").or_else(|| address.strip_prefix("mailto:"))
}

/// An address that is kept as text as people write it, without a scheme.
#[must_use]
pub fn shown(address: &str) -> &str {
    contact(address).unwrap_or(address)
}

/// As [`jid()`], for an address that has no resource.
#[must_use]
pub fn bare(text: &str) -> Option<BareJid> {
    BareJid::try_from(jid(text)?).ok()
}

/// One recipient, in the one form in which recipients are compared and kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Address {
    /// An XMPP account.
    Xmpp(BareJid),
    /// A phone number: `+` and 7 to 15 digits (E.164).
    Tel(String),
    /// A mail address in small letters. RFC 5321 §2.4 leaves it to the host of a mailbox whether
    /// `Paul@` is `paul@`; to practically all it is, and people write one for the other. So what
    /// one has shown, or will hear no more, holds for both.
    Mail(String),
}

/// Why an address was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadAddress {
    /// It is not what its scheme asks for.
    Malformed,
    /// A scheme that nothing here reaches.
    Scheme,
    /// It has a character that nobody sees, or sees as another, and passes for another.
    Unseen,
}

impl Address {
    /// Reads an account's address; a resource is dropped.
    ///
    /// # Errors
    /// [`BadAddress::Malformed`] when it is no JID, or has no localpart: a share is for a person;
    /// [`BadAddress::Unseen`] when it looks like another.
    pub fn from_jid(text: &str) -> Result<Self, BadAddress> {
        let jid = any_jid(text).ok_or(BadAddress::Malformed)?;
        if is_clear(&jid) { Self::of(jid) } else { Err(BadAddress::Unseen) }
    }

    fn of(jid: Jid) -> Result<Self, BadAddress> {
        let jid = jid.into_bare();
        if jid.node().is_some() { Ok(Self::Xmpp(jid)) } else { Err(BadAddress::Malformed) }
    }

    /// Reads `tel:`, `mailto:` and `xmpp:`.
    ///
    /// # Errors
    /// [`BadAddress::Scheme`] for any other scheme, [`BadAddress::Malformed`] for a number that
    /// is not in global form and for a mail address that cannot be one.
    pub fn from_uri(uri: &str) -> Result<Self, BadAddress> {
        if uri.len() > ADDRESS_MAX {
            return Err(BadAddress::Malformed);
        }
        let (scheme, rest) = uri.split_once(':').ok_or(BadAddress::Malformed)?;
        match scheme.to_ascii_lowercase().as_str() {
            "xmpp" => Self::from_jid(rest.split(['?', '#']).next().unwrap_or("")),
            "tel" => tel(rest),
            "mailto" => Ok(Self::Mail(mail(rest)?.to_ascii_lowercase())),
            _ => Err(BadAddress::Scheme),
        }
    }

    /// Reads what [`fmt::Display`] writes, which is what the database keeps: of before it was
    /// refused, also what passes for another.
    ///
    /// # Errors
    /// As [`Address::from_uri`] and [`Address::from_jid`].
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        if contact(text).is_some() {
            Self::from_uri(text)
        } else {
            Self::of(any_jid(text).ok_or(BadAddress::Malformed)?)
        }
    }

    /// The address as an IRI: `xmpp:`, `tel:` or `mailto:` (RFC 5122 §2.2).
    #[must_use]
    pub fn uri(&self) -> String {
        let Self::Xmpp(jid) = self else { return self.to_string() };
        let mut uri = "xmpp:".to_owned();
        // By hand: `percent_encoding` would escape all that is not ASCII, too.
        for c in jid.as_str().chars() {
            if matches!(c, '%' | '?' | '#' | '/' | '\\' | '^' | '`' | '{' | '|' | '}') {
                // Writing into a string cannot fail.
                let _ = write!(uri, "%{:02X}", u32::from(c));
            } else {
                uri.push(c);
            }
        }
        uri
    }

    /// The address as people write it, without a scheme.
    #[must_use]
    pub fn shown(&self) -> &str {
        match self {
            Self::Xmpp(jid) => jid.as_str(),
            Self::Tel(number) => number,
            Self::Mail(mail) => mail,
        }
    }

    /// How many bytes it has, as it is written.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.jid().map_or_else(|| self.to_string().len(), |jid| jid.as_str().len())
    }

    /// The account, if it is one.
    #[must_use]
    pub fn jid(&self) -> Option<&BareJid> {
        match self {
            Self::Xmpp(jid) => Some(jid),
            Self::Tel(_) | Self::Mail(_) => None,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Xmpp(jid) => write!(f, "{jid}"),
            Self::Tel(number) => write!(f, "tel:{number}"),
            Self::Mail(address) => write!(f, "mailto:{address}"),
        }
    }
}

/// RFC 3966 global numbers; visual separators are dropped.
fn tel(rest: &str) -> Result<Address, BadAddress> {
    let number: String = rest.chars().filter(|c| !matches!(c, '-' | '.' | '(' | ')')).collect();
    let digits = number.strip_prefix('+').ok_or(BadAddress::Malformed)?;
    let fits = (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if fits && !digits.starts_with('0') {
        Ok(Address::Tel(number))
    } else {
        Err(BadAddress::Malformed)
    }
}

/// A mail address as it is shown on a card: as it was written, its domain in small letters. To be
/// compared or kept it is an [`Address::Mail`]. A first sieve: only a code that comes back proves
/// one.
///
/// # Errors
/// [`BadAddress::Malformed`] when it cannot be one: it is ASCII (no RFC 6531), without quotes and
/// percent signs, with a dot in its domain, and has up to 64 and 253 bytes before and behind its `@`.
pub fn mail(rest: &str) -> Result<String, BadAddress> {
    let (local, domain) = rest.rsplit_once('@').ok_or(BadAddress::Malformed)?;
    let local_fits = (1..=64).contains(&local.len())
        && local.bytes().all(|b| b.is_ascii_alphanumeric() || b".!#$'*+-/=_`{|}~^".contains(&b));
    let domain_fits = (1..=253).contains(&domain.len())
        && domain.contains('.')
        && domain.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        });
    if local_fits && domain_fits {
        Ok(format!("{local}@{}", domain.to_ascii_lowercase()))
    } else {
        Err(BadAddress::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_back_as_it_was_written() {
        for text in ["romeo@montague.lit", "tel:+390455550100", "mailto:mercutio@example.org"] {
            assert_eq!(shown(text), Address::parse(text).unwrap().shown());
            assert_eq!(Address::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn addresses_are_brought_into_one_form() {
        assert_eq!(
            Address::from_jid("Romeo@Montague.LIT/orchard").unwrap().to_string(),
            "romeo@montague.lit"
        );
        assert_eq!(
            Address::from_uri("tel:+39-045-555(01)00").unwrap().to_string(),
            "tel:+390455550100"
        );
        assert_eq!(
            Address::from_uri("mailto:M@Example.ORG").unwrap().to_string(),
            "mailto:m@example.org"
        );
        assert_eq!(
            Address::from_uri("xmpp:romeo@montague.lit?message").unwrap(),
            Address::from_jid("romeo@montague.lit").unwrap()
        );
    }

    #[test]
    fn a_domain_has_no_dot_at_its_end_and_an_address_of_the_internet_one_form() {
        for (text, one) in [
            ("mal@evil.example.", "mal@evil.example"),
            ("mal@evil.example./a.", "mal@evil.example/a."),
            ("mal@evil.example../a/b@c.", "mal@evil.example/a/b@c."),
            ("mal@evil.example\u{3002}", "mal@evil.example"),
            ("evil.example.", "evil.example"),
            ("mal@[2001:DB8::1]", "mal@[2001:db8::1]"),
            ("mal@[2001:db8:0:0:0:0:0:1]/a", "mal@[2001:db8::1]/a"),
            ("mal@[::ffff:192.0.2.1]", "mal@192.0.2.1"),
            ("192.0.2.1.", "192.0.2.1"),
            ("mal@evil.example", "mal@evil.example"),
        ] {
            assert_eq!(jid(text).as_ref().map(Jid::as_str), Some(one), "{text}");
        }
        assert_eq!(jid("mal@."), None);
        assert_eq!(Address::from_jid("mal@evil.example./a"), Address::parse("mal@evil.example"));
    }

    #[test]
    fn a_mail_address_is_one_mailbox_in_whatever_letters() {
        let paul = Address::from_uri("mailto:paul@mail.example").unwrap();
        for text in
            ["mailto:Paul@mail.example", "MAILTO:PAUL@MAIL.EXAMPLE", "mailto:pAul@Mail.example"]
        {
            assert_eq!(Address::from_uri(text).unwrap(), paul, "{text}");
        }
        // What the database kept in other letters is read as what it is kept as by now.
        assert_eq!(Address::parse("mailto:Paul@mail.example").unwrap(), paul);
        assert_eq!(paul.shown(), "paul@mail.example");
        for other in ["paul+x@mail.example", "p.aul@mail.example", "paul@mail.example.org"] {
            assert_ne!(Address::from_uri(&format!("mailto:{other}")).unwrap(), paul);
        }
        // None of these is taken, so small letters are those of ASCII.
        for no in ["Jürgen@mail.example", "\u{212a}im@mail.example", "\u{130}@mail.example"] {
            assert_eq!(Address::from_uri(&format!("mailto:{no}")), Err(BadAddress::Malformed));
        }
        assert_eq!(mail("J.Capulet@Mail.Example").as_deref(), Ok("J.Capulet@mail.example"));
    }

    #[test]
    fn what_is_no_address_says_which_kind_of_wrong_it_is() {
        for bad in [
            "tel:0455550100",
            "tel:+39",
            "mailto:x",
            "mailto:a b@c.d",
            "xmpp:montague.lit",
            "nothing",
        ] {
            assert_eq!(Address::from_uri(bad), Err(BadAddress::Malformed), "{bad}");
        }
        assert_eq!(Address::from_uri("sip:romeo@montague.lit"), Err(BadAddress::Scheme));
        assert_eq!(Address::from_jid("@montague.lit"), Err(BadAddress::Malformed));
        let long = format!("xmpp:romeo@{}", "a.".repeat(2_000));
        assert_eq!(Address::from_uri(&long), Err(BadAddress::Malformed));
    }

    #[test]
    fn an_address_is_as_long_as_it_is_kept_whatever_is_left_out_when_it_is_counted() {
        let romeo = |n: usize| format!("{}@montague.lit", "r".repeat(n));
        assert!(bare(&romeo(BARE_MAX - 13)).is_some());
        assert!(bare(&romeo(BARE_MAX - 12)).is_none());
        let resource = format!("{}/{}", romeo(BARE_MAX - 13), "r".repeat(1_023));
        assert!(jid(&resource).is_some(), "a resource stands in no index");
        assert!(bare("romeo@montague.lit/orchard").is_none());
        // A domain that IDNA makes short, and one of which it leaves out nearly all.
        for domain in ["\u{20000}".repeat(270), format!("x{}.lit", "\u{3164}".repeat(900))] {
            assert!(domain.len() > BARE_MAX);
            assert!(jid(&format!("romeo@{domain}")).is_none(), "{}", domain.len());
            assert_eq!(Address::from_jid(&format!("romeo@{domain}")), Err(BadAddress::Malformed));
        }
        let kept = format!("romeo@x{}.lit", "\u{3164}".repeat(300));
        assert!(Address::parse(&kept).is_ok_and(|kept| kept.bytes() <= BARE_MAX));
    }

    #[test]
    fn an_address_that_passes_for_another_is_none() {
        for c in ['\u{115f}', '\u{1160}', '\u{17b4}', '\u{2800}', '\u{3164}', '\u{1d159}'] {
            for text in [format!("juliet{c}@capulet.lit"), format!("juliet@cap{c}ulet.lit")] {
                assert!(jid(&text).is_none(), "{text:?}");
                assert!(bare(&text).is_none(), "{text:?}");
                assert_eq!(Address::from_jid(&text), Err(BadAddress::Unseen), "{text:?}");
                assert_eq!(Address::from_uri(&format!("xmpp:{text}")), Err(BadAddress::Unseen));
                assert!(Address::parse(&text).is_ok(), "what is kept stays valid: {text:?}");
            }
            assert!(jid(&format!("juliet@capulet.lit/{c}")).is_some(), "a resource is not shown");
        }
        // Marks that show in nothing, and letters of another script.
        for account in ["juli\u{307}et", "anna_\u{332}maria", "jul\u{456}et"] {
            for text in [format!("{account}@capulet.lit"), format!("juliet@{account}.lit")] {
                assert!(bare(&text).is_none(), "{text:?}");
                assert!(Address::parse(&text).is_ok(), "what is kept stays valid: {text:?}");
            }
        }
        assert!(bare("\u{17c}aneta@capulet.lit").is_some());
        // What is left out is no part of the address.
        assert_eq!(bare("jul\u{ad}iet@capulet.lit"), bare("juliet@capulet.lit"));
    }
}
