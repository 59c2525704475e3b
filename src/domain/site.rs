//! Whose a domain name is.

use std::net::IpAddr;

/// What one owner has of the domain names: `evil.example` of `a.b.evil.example`. Whoever has a
/// domain has as many below it as they like (Public Suffix List).
#[must_use]
pub fn site(domain: &str) -> &str {
    let is_address = domain.starts_with('[') || domain.parse::<IpAddr>().is_ok();
    if is_address { domain } else { psl::domain_str(domain).unwrap_or(domain) }
}

#[cfg(test)]
mod tests {
    use super::site;

    #[test]
    fn a_site_is_what_somebody_can_register() {
        for (domain, of) in [
            ("a.b.evil.example", "evil.example"),
            ("conference.montague.co.uk", "montague.co.uk"),
            ("localhost", "localhost"),
            ("192.0.2.7", "192.0.2.7"),
            ("[2001:db8::1]", "[2001:db8::1]"),
        ] {
            assert_eq!(site(domain), of);
        }
    }
}
