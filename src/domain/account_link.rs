//! A link with which somebody who was invited makes themselves an account on the server, once
//! (XEP-0401, XEP-0445).

use std::time::Duration;

use url::Url;

use super::clock::Millis;

/// How long a link is shown at the most, whatever the server says.
pub const LIFE: Duration = Duration::from_hours(7 * 24);
/// Bytes of a link.
const MAX_BYTES: usize = 500;

/// Such a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountLink {
    /// `xmpp:example.org?register;preauth=…`, for apps.
    pub uri: String,
    /// The same as a page of the server's, where it has one.
    pub page: Option<String>,
    /// Until when it works.
    pub expires: Millis,
}

impl AccountLink {
    /// What a server gave at `now`; none when that is no such link. Without a usable end it is
    /// over after [`LIFE`], and never later.
    #[must_use]
    pub fn new(uri: &str, page: &str, expires: Option<Millis>, now: Millis) -> Option<Self> {
        let is_link =
            |text: &str| text.len() <= MAX_BYTES && text.bytes().all(|b| matches!(b, b'!'..=b'~'));
        let is_account = uri.starts_with("xmpp:") && uri.contains("register");
        if !is_account || !is_link(uri) {
            return None;
        }
        let is_page = |url: &Url| matches!(url.scheme(), "https" | "http") && url.has_host();
        let page = Some(page).filter(|page| is_link(page));
        let last = now.after(LIFE);
        Some(Self {
            uri: uri.to_owned(),
            page: page
                .filter(|page| Url::parse(page).is_ok_and(|url| is_page(&url)))
                .map(str::to_owned),
            expires: expires.filter(|end| *end > now && *end < last).unwrap_or(last),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_gives_is_taken_only_as_the_link_it_should_be() {
        let now = Millis(1_000);
        let uri = "xmpp:example.org?register;preauth=abc";
        let link = AccountLink::new(uri, "", None, now).unwrap();
        assert_eq!((link.uri.as_str(), link.page, link.expires), (uri, None, now.after(LIFE)));
        let page = "https://example.org/invites_page?abc";
        let link = AccountLink::new(uri, page, Some(Millis(5_000)), now).unwrap();
        assert_eq!((link.page.as_deref(), link.expires), (Some(page), Millis(5_000)));
        for odd in ["javascript:alert(1)", "data:text/html,x", "//x", "https://"] {
            assert_eq!(AccountLink::new(uri, odd, None, now).unwrap().page, None, "{odd}");
        }
        for late in [Millis(0), now, now.after(2 * LIFE)] {
            let link = AccountLink::new(uri, "", Some(late), now).unwrap();
            assert_eq!(link.expires, now.after(LIFE));
        }
        let long = format!("{uri}{}", "x".repeat(MAX_BYTES));
        for odd in ["", "https://example.org", "xmpp:share@x?roster", "xmpp:x?register;\n", &long] {
            assert_eq!(AccountLink::new(odd, "", None, now), None, "{odd}");
        }
    }
}
