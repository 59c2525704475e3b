//! Where a request comes from that may change something. A page of another site can have a browser
//! send a form to us; the browser then says so, and it is refused. One rule for everything that is
//! no GET or HEAD, as OWASP's cheat sheet and Go's `http.CrossOriginProtection` have it:
//!
//! 1. `Sec-Fetch-Site`, which no page can set, is `same-origin`, or `none` for what the reader did
//!    themselves. All browsers since 2023 send it, to https and to this machine.
//! 2. Without it, `Origin` is ours; without that, `Referer` begins with it.
//! 3. Without any of the three it is no browser, which would have said one. That has nothing that
//!    another site could make use of, unless it comes with a cookie: then it is refused.

use axum::http::{HeaderMap, HeaderName, header};
use url::{Origin, Url};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether a request that may change something comes from a page of ours at `public_url`.
pub(super) fn is_ours(headers: &HeaderMap, public_url: &str) -> bool {
    let said = |name: HeaderName| {
        let mut all = headers.get_all(name).iter().map(|it| it.to_str().unwrap_or_default());
        // Two are one too many.
        all.next().map(|first| if all.next().is_none() { first } else { "" })
    };
    if let Some(site) = said(SEC_FETCH_SITE) {
        return matches!(site, "same-origin" | "none");
    }
    let ours = origin(public_url);
    match said(header::ORIGIN).or_else(|| said(header::REFERER)) {
        Some(from) => ours.is_some() && origin(from) == ours,
        None => !headers.contains_key(header::COOKIE),
    }
}

/// Scheme, host and port; none of what has no such thing, as `null`.
fn origin(url: &str) -> Option<Origin> {
    Some(Url::parse(url).ok()?.origin()).filter(Origin::is_tuple)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comes(headers: &[(&'static str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        is_ours(&map, "https://verona.lit/trade")
    }

    #[test]
    fn what_a_page_of_another_site_sends_is_foreign() {
        for headers in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site"), ("origin", "https://verona.lit")],
            &[("sec-fetch-site", "")],
            &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
            &[("origin", "https://mantua.lit")],
            &[("origin", "http://verona.lit")],
            &[("origin", "https://verona.lit:8443")],
            &[("origin", "https://verona.lit.mantua.lit")],
            &[("origin", "null")],
            &[("origin", "null"), ("referer", "https://verona.lit/trade/a")],
            &[("referer", "https://mantua.lit/?https://verona.lit")],
            &[("cookie", "cards=1")],
        ] {
            assert!(!comes(headers), "{headers:?}");
        }
    }

    #[test]
    fn what_our_pages_send_and_what_is_no_browser_is_taken() {
        for headers in [
            &[("sec-fetch-site", "same-origin"), ("cookie", "cards=1")][..],
            &[("sec-fetch-site", "none")],
            &[("origin", "https://verona.lit"), ("cookie", "cards=1")],
            &[("origin", "https://verona.lit:443")],
            &[("referer", "https://verona.lit/trade/a"), ("cookie", "cards=1")],
            &[],
        ] {
            assert!(comes(headers), "{headers:?}");
        }
    }
}
