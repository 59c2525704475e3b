//! Where a visitor is: their network, which is as much as anybody can tell apart who may have many
//! addresses. Behind a web server of the operator's it says so in a header, which is believed from
//! nobody else.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::{Arc, atomic::AtomicU64},
};

use axum::http::{HeaderMap, HeaderName, header::FORWARDED};
use ipnet::IpNet;

use crate::domain::site::Network;

/// Addresses in one header that are looked at.
const HOPS: usize = 16;
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Who is at the other end of a connection.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    pub(super) ip: IpAddr,
    /// Pieces of answers that it has taken.
    pub(super) taken: Arc<AtomicU64>,
}

/// Web servers in front of us, which say whom they ask for: `http.trusted_proxies`.
#[derive(Debug, Clone, Default)]
pub struct Proxies(Arc<[IpNet]>);

impl Proxies {
    /// Those in these networks.
    #[must_use]
    pub fn new(networks: &[IpNet]) -> Self {
        Self(networks.into())
    }

    /// Whether it is one.
    pub(super) fn has(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.0.iter().any(|net| net.contains(&ip))
    }

    /// The network of whoever asks by way of `peer`: the last address that is none of the
    /// operator's own. None when a web server of the operator's does not say.
    pub(super) fn visitor(&self, peer: IpAddr, headers: &HeaderMap) -> Option<Network> {
        if !self.has(peer) {
            return Some(Network::of(peer));
        }
        let mut last = None;
        for ip in said(headers).into_iter().rev().take(HOPS) {
            let ip = ip?;
            last = Some(ip);
            if !self.has(ip) {
                break;
            }
        }
        last.map(Network::of)
    }
}

/// What the headers say, the last hop last; none for what is no address.
fn said(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let lines = |name| headers.get_all(name).iter().map(|it| it.to_str().unwrap_or_default());
    let of_x: Vec<_> = lines(X_FORWARDED_FOR).flat_map(|line| line.split(',')).map(ip).collect();
    if !of_x.is_empty() {
        return of_x;
    }
    let elements = lines(FORWARDED).flat_map(|line| line.split(','));
    let asked_for = |element: &str| {
        let mut pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| name.eq_ignore_ascii_case("for")).and_then(|(_, value)| ip(value))
    };
    elements.map(asked_for).collect()
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `"[2001:db8::1]:80"` (RFC 7239 §6).
fn ip(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bare = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let of_v6 = |it: &str| it.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    text.parse::<IpAddr>()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|it| it.ip()))
        .or_else(|| bare.and_then(of_v6))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        Network::of(text.parse().unwrap())
    }

    fn visitor(peer: &str, headers: &[(&'static str, &str)]) -> Option<Network> {
        let own = ["127.0.0.0/8", "::1/128", "10.0.0.0/8"].map(|it| it.parse().unwrap());
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        Proxies::new(&own).visitor(peer.parse().unwrap(), &map)
    }

    #[test]
    fn only_the_operators_own_servers_are_believed() {
        let forwarded = [("x-forwarded-for", "198.51.100.7")];
        assert_eq!(visitor("192.0.2.1", &forwarded), Some(network("192.0.2.1")));
        for own in ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.1.1.1"] {
            assert_eq!(visitor(own, &forwarded), Some(network("198.51.100.7")), "{own}");
            assert_eq!(visitor(own, &[]), None, "{own}");
        }
    }

    #[test]
    fn the_last_address_counts_that_is_not_the_operators_own() {
        let x = |value| [("x-forwarded-for", value)];
        for headers in [
            x("1.1.1.1, 192.0.2.1"),
            x("1.1.1.1, 192.0.2.1, 10.0.0.9"),
            x("nonsense, 192.0.2.1:4711,10.0.0.9"),
        ] {
            assert_eq!(visitor("::1", &headers), Some(network("192.0.2.1")), "{headers:?}");
        }
        let two = [("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "192.0.2.1")];
        assert_eq!(visitor("::1", &two), Some(network("192.0.2.1")));
        assert_eq!(visitor("::1", &x("192.0.2.1, nonsense")), None);
        assert_eq!(visitor("::1", &x("10.0.0.1")), Some(network("10.0.0.1")));
        let v6 = [("forwarded", "for=1.1.1.1, for=\"[2001:db8::1]:4711\";proto=https")];
        assert_eq!(visitor("::1", &v6), Some(network("2001:db8::1")));
        let both = [("forwarded", "for=1.1.1.1"), ("x-forwarded-for", "192.0.2.1")];
        assert_eq!(visitor("::1", &both), Some(network("192.0.2.1")));
    }
}
