//! Where a request of ours may go: to hosts of the public internet, over https, and nowhere else.
//!
//! Addresses in a product come from anybody. Without this somebody could have us ask the router,
//! the database or the cloud's metadata service on the inside of the firewall (`threats` 7).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// How far requests may go.
#[derive(Debug, Clone, Copy)]
pub enum Reach {
    /// Public addresses, https, port 443.
    Public,
    /// The addresses that this function allows, http too, any port. For tests, and for
    /// `pictures.allow_private`: whoever may send a share can look around in the operator's own
    /// network.
    Open(fn(IpAddr) -> bool),
}

/// Why a request may not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum Forbidden {
    #[error("the address is not https on port 443")]
    Scheme,
    #[error("the address has no host, or a user or password in it")]
    Form,
    #[error("the address does not lead to the public internet")]
    Inward,
}

impl Reach {
    /// Whether `url` may be asked for at all. A name still has to be looked up, and every address
    /// it leads to checked with [`Reach::allows`]; a literal address is checked here.
    ///
    /// Answers host and port.
    ///
    /// # Errors
    /// [`Forbidden`]
    pub fn check(self, url: &Url) -> Result<(Host<String>, u16), Forbidden> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Forbidden::Form);
        }
        let host = url.host().ok_or(Forbidden::Form)?.to_owned();
        let port = url.port_or_known_default().ok_or(Forbidden::Scheme)?;
        let is_open = match self {
            Self::Public => url.scheme() == "https" && port == 443,
            Self::Open(_) => matches!(url.scheme(), "http" | "https"),
        };
        if !is_open {
            return Err(Forbidden::Scheme);
        }
        let literal = match host {
            Host::Ipv4(ip) => Some(IpAddr::V4(ip)),
            Host::Ipv6(ip) => Some(IpAddr::V6(ip)),
            Host::Domain(_) => None,
        };
        match literal {
            Some(ip) if !self.allows(ip) => Err(Forbidden::Inward),
            _ => Ok((host, port)),
        }
    }

    /// Whether `ip` may be connected to.
    #[must_use]
    pub fn allows(self, ip: IpAddr) -> bool {
        match self {
            Self::Open(allows) => allows(ip),
            Self::Public => match ip.to_canonical() {
                IpAddr::V4(ip) => is_public_v4(ip),
                IpAddr::V6(ip) => is_public_v6(ip),
            },
        }
    }
}

/// What is not the public internet (IANA IPv4 Special-Purpose Address Registry): first address and
/// length of the prefix.
const NOT_PUBLIC_V4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::UNSPECIFIED, 8),           // this network
    (Ipv4Addr::new(10, 0, 0, 0), 8),      // private
    (Ipv4Addr::new(100, 64, 0, 0), 10),   // behind a carrier's NAT
    (Ipv4Addr::new(127, 0, 0, 0), 8),     // loopback
    (Ipv4Addr::new(169, 254, 0, 0), 16),  // link-local, metadata of clouds
    (Ipv4Addr::new(172, 16, 0, 0), 12),   // private
    (Ipv4Addr::new(192, 0, 0, 0), 24),    // protocols
    (Ipv4Addr::new(192, 0, 2, 0), 24),    // documentation
    (Ipv4Addr::new(192, 31, 196, 0), 24), // AS112
    (Ipv4Addr::new(192, 88, 99, 0), 24),  // 6to4 relays
    (Ipv4Addr::new(192, 168, 0, 0), 16),  // private
    (Ipv4Addr::new(198, 18, 0, 0), 15),   // benchmarks
    (Ipv4Addr::new(198, 51, 100, 0), 24), // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24),  // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 4),     // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4),     // class E and broadcast
];

/// What is not the public internet although it lies in `2000::/3` (IANA IPv6 Special-Purpose Address
/// Registry). `64:ff9b::/96` (NAT64), `fc00::/7`, `fe80::/10` and `ff00::/8` lie outside.
const NOT_PUBLIC_V6: [(Ipv6Addr, u32); 5] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // protocols, Teredo, ORCHID, benchmarks
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4: holds an IPv4 address
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48), // AS112
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation
];

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let is_in = |(prefix, length): &(Ipv4Addr, u32)| {
        ip.to_bits() >> (32 - length) == prefix.to_bits() >> (32 - length)
    };
    !NOT_PUBLIC_V4.iter().any(is_in)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let is_in = |(prefix, length): &(Ipv6Addr, u32)| {
        ip.to_bits() >> (128 - length) == prefix.to_bits() >> (128 - length)
    };
    // 2000::/3 is all that was ever given out to be routed.
    ip.to_bits() >> 125 == 1 && !NOT_PUBLIC_V6.iter().any(is_in)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str) -> Result<(), Forbidden> {
        Reach::Public.check(&Url::parse(url).unwrap()).map(drop)
    }

    #[test]
    fn addresses_of_the_public_internet_are_allowed() {
        for ip in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "192.167.255.255",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2a00:1450::1",
            "2001:200::1",
            "::ffff:1.1.1.1",
        ] {
            assert!(Reach::Public.allows(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn no_address_of_the_inside_is_allowed() {
        for ip in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:7f00:1",
            "::ffff:10.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::1.1.1.1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!Reach::Public.allows(ip.parse().unwrap()), "{ip}");
            assert!(Reach::Open(|_| true).allows(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn a_literal_address_is_seen_in_every_spelling() {
        for host in [
            "127.0.0.1",
            "2130706433",
            "0x7f.1",
            "0x7f000001",
            "0177.0.0.1",
            "017700000001",
            "127.1",
            "0",
            "127.0.0.1.",
            "１２７.0.0.1",
            "127。0。0。1",
            "[::1]",
            "[::ffff:7f00:1]",
            "[::ffff:127.0.0.1]",
            "169.254.169.254",
            "100.64.0.1",
            "[64:ff9b::7f00:1]",
        ] {
            let url = format!("https://{host}/goblet.jpg");
            assert_eq!(check(&url), Err(Forbidden::Inward), "{url}");
        }
    }

    #[test]
    fn only_https_on_its_own_port_without_credentials_is_asked() {
        for url in ["https://shop.lit/a.jpg", "https://shop.lit:443/a", "https://1.1.1.1/a"] {
            assert_eq!(check(url), Ok(()), "{url}");
        }
        // A name says nothing yet: where it leads to is looked up and checked.
        assert_eq!(check("https://localhost./a.jpg"), Ok(()));
        for (url, why) in [
            ("http://shop.lit/a.jpg", Forbidden::Scheme),
            ("https://shop.lit:8443/a.jpg", Forbidden::Scheme),
            ("https://shop.lit:22/a.jpg", Forbidden::Scheme),
            ("ftp://shop.lit/a.jpg", Forbidden::Scheme),
            ("gopher://shop.lit:70/1", Forbidden::Scheme),
            ("file:///etc/passwd", Forbidden::Form),
            ("data:image/png;base64,AA", Forbidden::Form),
            ("https://u@shop.lit/a.jpg", Forbidden::Form),
            ("https://u:p@shop.lit/a.jpg", Forbidden::Form),
        ] {
            assert_eq!(check(url), Err(why), "{url}");
        }
    }
}
