//! Whose a domain name or an address of the internet is, as far as it can be told from outside.

use std::{
    borrow::Cow,
    fmt,
    iter::successors,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use idna::AsciiDenyList;
use jid::BareJid;

use super::address::domain_of;

/// What one owner has of the domain names, however it is written: `evil.example` of
/// `a.b.evil.example`, and the network of an address. Whoever has a domain has as many below it as
/// they like (Public Suffix List), and may write it in Unicode or as `xn--` (RFC 5890 §2.3.2.1).
#[must_use]
pub fn site(domain: &str) -> Cow<'_, str> {
    let bare = domain.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(domain);
    if let Ok(ip) = bare.parse() {
        return Cow::Owned(Network::of(ip).to_string());
    }
    match ascii(domain.strip_suffix('.').unwrap_or(domain)) {
        Cow::Borrowed(domain) => Cow::Borrowed(registered(domain)),
        Cow::Owned(domain) => Cow::Owned(registered(&domain).to_owned()),
    }
}

/// The one form in which DNS and certificates know a domain: each label in ASCII.
fn ascii(domain: &str) -> Cow<'_, str> {
    idna::domain_to_ascii_cow(domain.as_bytes(), AsciiDenyList::EMPTY)
        .unwrap_or(Cow::Borrowed(domain))
}

/// Whether a domain can be written in one way alone.
fn is_plain(domain: &str) -> bool {
    domain.is_ascii() && !domain.contains("xn--")
}

/// Whether both are the domain of one owner, who is known by its form in ASCII alone, however each
/// is written.
#[must_use]
pub fn is_same(one: &str, other: &str) -> bool {
    one == other || (!(is_plain(one) && is_plain(other)) && ascii(one) == ascii(other))
}

/// Whether `domain` is `of` or below it, however each is written.
#[must_use]
pub fn is_within(domain: &str, of: &str) -> bool {
    let is_below = || {
        let (domain, of) = (ascii(domain), ascii(of));
        domain.strip_suffix(&*of).is_some_and(|it| it.ends_with('.')) && !is_ipv4(&domain)
    };
    is_same(domain, of) || is_below()
}

/// What stands before a dot in it is no part of a network.
fn is_ipv4(domain: &str) -> bool {
    domain.parse::<Ipv4Addr>().is_ok()
}

/// What may be kept that is about an address or a domain: itself, its domain and all above that,
/// however each is written; each once. As many as a name has labels, of which DNS allows 127.
#[must_use]
pub fn covering(address: &str) -> Vec<Cow<'_, str>> {
    let mut names = spellings(address).to_vec();
    for domain in spellings(domain_of(address)) {
        match domain {
            Cow::Borrowed(domain) => names.extend(and_above(domain).map(Cow::Borrowed)),
            Cow::Owned(domain) => {
                names.extend(and_above(&domain).map(|it| Cow::Owned(it.to_owned())));
            }
        }
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// A domain, and each above it.
fn and_above(domain: &str) -> impl Iterator<Item = &str> {
    let most = if is_ipv4(domain) { 1 } else { usize::MAX };
    successors(Some(domain), above).take(most)
}

fn above<'d>(domain: &&'d str) -> Option<&'d str> {
    domain.split_once('.').map(|(_, above)| above)
}

/// Whether `account` is `entry`, an address or a domain, however their domains are written.
#[must_use]
pub fn is_of(account: &BareJid, entry: &BareJid) -> bool {
    (entry.node().is_none() || entry.node() == account.node())
        && is_same(account.domain().as_str(), entry.domain().as_str())
}

/// Whether two addresses or domains are one, however their domains are written.
#[must_use]
pub fn is_same_address(one: &str, other: &str) -> bool {
    let account = |address: &str| address.split_once('@').map(|(account, _)| account.to_owned());
    account(one) == account(other) && is_same(domain_of(one), domain_of(other))
}

/// Whether the domain of an address or domain can be written in other ways too.
#[must_use]
pub fn has_spellings(address: &BareJid) -> bool {
    !is_plain(address.domain().as_str())
}

/// An address or a domain as it is written, with its domain in ASCII, and with it in Unicode. What
/// was kept about [`spelt`] is found under one of them, whatever of its labels are written in which
/// way.
#[must_use]
pub fn spellings(address: &str) -> [Cow<'_, str>; 3] {
    let domain = domain_of(address);
    if is_plain(domain) {
        return [address; 3].map(Cow::Borrowed);
    }
    let account = address.strip_suffix(domain).unwrap_or_default();
    let ascii = ascii(domain);
    let (unicode, _) = idna::domain_to_unicode(&ascii);
    let [ascii, unicode] = [&*ascii, &*unicode].map(|it| Cow::Owned(format!("{account}{it}")));
    [Cow::Borrowed(address), ascii, unicode]
}

/// An address or a domain as something about it is kept: as it is written; but in ASCII when only
/// some of its labels are, for such spellings are too many to look for.
#[must_use]
pub fn spelt(address: &BareJid) -> BareJid {
    let [given, ascii, unicode] = spellings(address.as_str());
    let one = if given == unicode { None } else { BareJid::new(&ascii).ok() };
    one.unwrap_or_else(|| address.clone())
}

fn registered(domain: &str) -> &str {
    psl::domain_str(domain).unwrap_or(domain)
}

/// A /24 of IPv4 or a /56 of IPv6: what a household, or a machine with a thousand addresses, has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network(IpAddr);

impl Network {
    /// The one of `ip`; an IPv4 address that is written as IPv6 is IPv4.
    #[must_use]
    pub fn of(ip: IpAddr) -> Self {
        Self(match ip.to_canonical() {
            IpAddr::V4(ip) => Ipv4Addr::from_bits(ip.to_bits() & (!0 << 8)).into(),
            IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & (!0 << 72)).into(),
        })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0, if self.0.is_ipv4() { 24 } else { 56 })
    }
}

#[cfg(test)]
mod tests {
    use jid::BareJid;

    use super::{Network, covering, is_of, is_same, is_within, site, spellings, spelt};

    #[test]
    fn a_site_is_what_somebody_can_register_however_it_is_written() {
        for (domain, of) in [
            ("a.b.evil.example", "evil.example"),
            ("evil.example.", "evil.example"),
            ("conference.montague.co.uk", "montague.co.uk"),
            ("localhost", "localhost"),
            ("böse.example", "xn--bse-sna.example"),
            ("a.xn--bse-sna.example", "xn--bse-sna.example"),
            ("a.食狮.公司.cn", "xn--85x722f.xn--55qx5d.cn"),
            ("b.xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn"),
            ("xn--a", "xn--a"),
            ("192.0.2.7", "192.0.2.0/24"),
            ("[::ffff:192.0.2.9]", "192.0.2.0/24"),
            ("[2001:db8:0:12ff::1]", "2001:db8:0:1200::/56"),
        ] {
            assert_eq!(site(domain), of, "{domain}");
        }
    }

    #[test]
    fn a_domain_is_one_however_its_labels_are_written() {
        for (one, other) in [
            ("evil.example", "evil.example"),
            ("ex\u{430}mple.net", "xn--exmple-4nf.net"),
            ("食狮.公司.cn", "xn--85x722f.xn--55qx5d.cn"),
            ("xn--85x722f.公司.cn", "食狮.xn--55qx5d.cn"),
            ("食狮。公司.cn", "食狮.公司.cn"),
        ] {
            let jid = |domain: &str| -> BareJid { format!("mal@{domain}").parse().unwrap() };
            let domain = |domain: &str| -> BareJid { domain.parse().unwrap() };
            for (one, other) in [(one, other), (other, one)] {
                assert!(is_same(one, other), "{one} {other}");
                assert!(is_of(&jid(one), &jid(other)) && is_of(&jid(one), &domain(other)));
                // Whatever is kept about the one is found for the other.
                for (kept, found) in [(jid(one), jid(other)), (domain(one), domain(other))] {
                    let kept = spelt(&kept);
                    let all = spellings(found.as_str());
                    assert!(all.iter().any(|it| it == kept.as_str()), "{kept} {all:?}");
                }
            }
        }
        for (one, other) in [
            ("example.net", "ex\u{430}mple.net"),
            ("example.net", "xn--exmple-4nf.net"),
            ("strasse.example", "xn--strae-oqa.example"),
            ("xn--a", "a"),
        ] {
            assert!(!is_same(one, other), "{one} {other}");
        }
        let jid = |text: &str| -> BareJid { text.parse().unwrap() };
        assert!(!is_of(&jid("mal@b\u{f6}se.example"), &jid("eve@xn--bse-sna.example")));
        assert!(!is_of(&jid("b\u{f6}se.example"), &jid("eve@xn--bse-sna.example")));
        for kept in ["a@x", "a@b\u{f6}se.example", "a@xn--bse-sna.example", "xn--bse-sna.example"] {
            assert_eq!(spelt(&jid(kept)).as_str(), kept, "as it was written");
        }
        assert_eq!(spelt(&jid("a@xn--85x722f.公司.cn")).as_str(), "a@xn--85x722f.xn--55qx5d.cn");
    }

    #[test]
    fn what_is_about_a_domain_is_looked_for_under_all_above_it() {
        for (address, names) in [
            ("mal@evil.example", &["evil.example", "example", "mal@evil.example"][..]),
            ("a.b.example", &["a.b.example", "b.example", "example"]),
            ("mal@192.0.2.1", &["192.0.2.1", "mal@192.0.2.1"]),
            ("mal@[2001:db8::1]", &["[2001:db8::1]", "mal@[2001:db8::1]"]),
            (
                "mal@x.b\u{f6}se.example",
                &[
                    "b\u{f6}se.example",
                    "example",
                    "mal@x.b\u{f6}se.example",
                    "mal@x.xn--bse-sna.example",
                    "x.b\u{f6}se.example",
                    "x.xn--bse-sna.example",
                    "xn--bse-sna.example",
                ],
            ),
        ] {
            assert_eq!(covering(address), names, "{address}");
        }
        for (domain, of, is) in [
            ("evil.example", "evil.example", true),
            ("a.b.evil.example", "evil.example", true),
            ("x.b\u{f6}se.example", "xn--bse-sna.example", true),
            ("x.xn--bse-sna.example", "b\u{f6}se.example", true),
            ("devil.example", "evil.example", false),
            ("evil.example", "a.evil.example", false),
            ("192.0.2.1", "2.1", false),
        ] {
            assert_eq!(is_within(domain, of), is, "{domain} {of}");
            let kept: BareJid = of.parse().unwrap();
            let is_found = covering(domain).iter().any(|it| *it == spelt(&kept).as_str());
            assert_eq!(is_found, is, "{domain} {of}");
        }
    }

    #[test]
    fn a_network_is_a_24_or_a_56_and_mapped_addresses_are_ipv4() {
        let network = |text: &str| Network::of(text.parse().unwrap());
        assert_eq!(network("192.0.2.1"), network("192.0.2.255"));
        assert_eq!(network("192.0.2.1"), network("::ffff:192.0.2.9"));
        assert_ne!(network("192.0.2.1"), network("192.0.3.1"));
        assert_eq!(network("2001:db8:0:1200::1"), network("2001:db8:0:12ff:1::"));
        assert_ne!(network("2001:db8:0:1200::1"), network("2001:db8:0:1300::1"));
    }
}
