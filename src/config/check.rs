//! What each value must be. Every function takes a raw value and answers the checked one, or says
//! what is wrong with it.

#![expect(
    clippy::needless_pass_by_value,
    reason = "one shape for all, so that `Source` can call any"
)]

use std::{
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
};

use ipnet::IpNet;
use jid::{BareJid, NodePart};
use url::Url;

use super::{register::Register, secret::Secret};
use crate::domain::{consent::Ask, lang::Lang, phone::Region};

#[expect(clippy::unnecessary_wraps, reason = "has the shape of the other checks")]
pub(super) fn any<T>(value: T) -> Result<T, String> {
    Ok(value)
}

pub(super) fn not_empty(text: String) -> Result<String, String> {
    if text.trim().is_empty() { Err("is empty".into()) } else { Ok(text) }
}

pub(super) fn secret(secret: Secret) -> Result<Secret, String> {
    if secret.expose().is_empty() { Err("is empty".into()) } else { Ok(secret) }
}

pub(super) fn domain(text: String) -> Result<BareJid, String> {
    match BareJid::new(&text) {
        Ok(jid) if jid.node().is_none() => Ok(jid),
        _ => Err(format!("{text:?} is not a domain")),
    }
}

/// An account's address, `admin@example.org`.
pub(super) fn account(text: &str) -> Result<BareJid, String> {
    match BareJid::new(text) {
        Ok(jid) if jid.node().is_some() => Ok(jid),
        _ => Err(format!("{text:?} is not an address such as user@example.org")),
    }
}

pub(super) fn accounts(texts: Vec<String>) -> Result<Vec<BareJid>, String> {
    texts.iter().map(|text| account(text)).collect()
}

/// Accounts, or whole services such as `shop.example.org`.
pub(super) fn addresses(texts: Vec<String>) -> Result<Vec<BareJid>, String> {
    texts.iter().map(|text| address(text)).collect()
}

fn address(text: &str) -> Result<BareJid, String> {
    BareJid::new(text).map_err(|_| format!("{text:?} is not a domain or an address"))
}

pub(super) fn localpart(text: String) -> Result<String, String> {
    match NodePart::new(&text) {
        Ok(node) => Ok(node.into_owned().into_inner()),
        Err(_) => Err(format!("{text:?} cannot stand before the @ of an address")),
    }
}

pub(super) fn lang(text: String) -> Result<Lang, String> {
    match text.as_str() {
        "en" => Ok(Lang::En),
        "zh" => Ok(Lang::Zh),
        _ => Err(format!("{text:?} is not en or zh")),
    }
}

pub(super) fn ask(text: String) -> Result<Ask, String> {
    Ask::of(&text).ok_or_else(|| format!("{text:?} is not remote, always or never"))
}

pub(super) fn listen(text: String) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("{text:?} is not an IP address and a port: 127.0.0.1:8480"))
}

pub(super) fn public_url(text: String) -> Result<String, String> {
    let wrong = || format!("{text:?} is not an address such as https://share.example.org");
    let url = Url::parse(&text).map_err(|_| wrong())?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong());
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err(format!("{text:?} has more than a host and a path"));
    }
    if text.ends_with('/') {
        return Err(format!("{text:?} ends with a slash; leave it off"));
    }
    Ok(text)
}

/// An address that people open.
pub(super) fn link(text: String) -> Result<String, String> {
    let is_link = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    match Url::parse(&text) {
        Ok(url) if is_link(&url) && url.username().is_empty() => Ok(url.into()),
        _ => Err(format!("{text:?} is not an address such as https://example.org/register")),
    }
}

/// Where a service of the operator's choice is asked: https, or http that stays on this machine.
pub(super) fn service(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("{text:?} is no address: {error}"))?;
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or_default();
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&format!("{host}:{port}")) => Ok(url),
        "http" => Err("the secret would leave this machine unencrypted; use https".into()),
        _ => Err(format!("{text:?} is not an address by https")),
    }
}

pub(super) fn register(texts: Vec<String>) -> Result<Register, String> {
    let mut register = Register::default();
    for text in &texts {
        if text == "*" {
            register.everybody = true;
        } else {
            register.entries.push(address(text)?);
        }
    }
    Ok(register)
}

/// `10.0.0.0/8`, or one address.
pub(super) fn networks(texts: Vec<String>) -> Result<Vec<IpNet>, String> {
    let network = |text: &String| {
        let one = || text.parse::<IpAddr>().ok().map(IpNet::from);
        let problem = || format!("{text:?} is not a network such as 10.0.0.0/8, nor an address");
        text.parse().ok().or_else(one).ok_or_else(problem)
    };
    texts.iter().map(network).collect()
}

/// `IT`: ISO 3166-1 alpha-2.
pub(super) fn region(text: String) -> Result<Region, String> {
    Region::parse(&text).ok_or_else(|| format!("{text:?} is not a country such as IT or CN"))
}

/// `host:port`, with the port.
pub(crate) fn server(text: String) -> Result<String, String> {
    match host_and_port(&text) {
        Some((host, port)) if !host.is_empty() && port != 0 => Ok(text),
        _ => Err(format!("{text:?} is not a host and a port: 127.0.0.1:5347")),
    }
}

/// Whether what is sent to `server` stays on this machine. A name is looked up at each connect and
/// may then lead anywhere; only `localhost` is taken at its word.
pub(crate) fn is_loopback(server: &str) -> bool {
    if let Ok(address) = server.parse::<SocketAddr>() {
        return address.ip().to_canonical().is_loopback();
    }
    host_and_port(server).is_some_and(|(host, _)| host.eq_ignore_ascii_case("localhost"))
}

fn host_and_port(server: &str) -> Option<(&str, u16)> {
    if let Ok(address) = server.parse::<SocketAddr>() {
        return Some((server.rsplit_once(':')?.0, address.port()));
    }
    let (host, port) = server.rsplit_once(':')?;
    let plain = host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    if plain { Some((host, port.parse().ok()?)) } else { None }
}

pub(super) fn number<T: TryFrom<u64>>(
    range: RangeInclusive<u64>,
) -> impl Fn(u64) -> Result<T, String> {
    move |value| match T::try_from(value) {
        Ok(number) if range.contains(&value) => Ok(number),
        _ => Err(format!("{value} is not from {} to {}", range.start(), range.end())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_servers_in_front_are_networks_or_addresses() {
        let read = |texts: &[&str]| networks(texts.iter().map(ToString::to_string).collect());
        let read_and_shown = read(&["10.0.0.0/8", "2001:db8::7"]).unwrap();
        let shown: Vec<_> = read_and_shown.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["10.0.0.0/8", "2001:db8::7/128"]);
        assert_eq!(read(&[]).unwrap(), []);
        let problem = "\"10.0.0.0/33\" is not a network such as 10.0.0.0/8, nor an address";
        assert_eq!(read(&["10.0.0.0/33"]).unwrap_err(), problem);
    }
}
