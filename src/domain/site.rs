//! Whose a domain name or an address of the internet is, as far as it can be told from outside.

use std::{
    borrow::Cow,
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use idna::AsciiDenyList;

/// What one owner has of the domain names, however it is written: `evil.example` of
/// `a.b.evil.example`, and the network of an address. Whoever has a domain has as many below it as
/// they like (Public Suffix List), and may write it in Unicode or as `xn--` (RFC 5890 §2.3.2.1).
#[must_use]
pub fn site(domain: &str) -> Cow<'_, str> {
    let bare = domain.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(domain);
    if let Ok(ip) = bare.parse() {
        return Cow::Owned(Network::of(ip).to_string());
    }
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    let domain = idna::domain_to_ascii_cow(domain.as_bytes(), AsciiDenyList::EMPTY)
        .unwrap_or(Cow::Borrowed(domain));
    match domain {
        Cow::Borrowed(domain) => Cow::Borrowed(registered(domain)),
        Cow::Owned(domain) => Cow::Owned(registered(&domain).to_owned()),
    }
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
    use super::{Network, site};

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
    fn a_network_is_a_24_or_a_56_and_mapped_addresses_are_ipv4() {
        let network = |text: &str| Network::of(text.parse().unwrap());
        assert_eq!(network("192.0.2.1"), network("192.0.2.255"));
        assert_eq!(network("192.0.2.1"), network("::ffff:192.0.2.9"));
        assert_ne!(network("192.0.2.1"), network("192.0.3.1"));
        assert_eq!(network("2001:db8:0:1200::1"), network("2001:db8:0:12ff:1::"));
        assert_ne!(network("2001:db8:0:1200::1"), network("2001:db8:0:1300::1"));
    }
}
