//! The host of a link, so that nobody takes it for another.

use unicode_security::{GeneralSecurityProfile, MixedScript, skeleton};

use crate::domain::product::Link;

/// `shop.verona.lit`; `商店.example` in its own script; but `xn--…` for each label that mixes scripts,
/// has characters no name needs, or looks like one of plain letters (UTS #39).
#[must_use]
pub fn shown(link: &Link) -> String {
    let ascii = link.host();
    let (unicode, valid) = idna::domain_to_unicode(ascii);
    if valid.is_err() {
        return ascii.to_owned();
    }
    let labels = unicode.split('.').zip(ascii.split('.'));
    let labels = labels.map(|(own, plain)| if is_honest(own) { own } else { plain });
    labels.collect::<Vec<_>>().join(".")
}

fn is_honest(label: &str) -> bool {
    label.is_ascii()
        || label.chars().all(GeneralSecurityProfile::identifier_allowed)
            && label.is_single_script()
            && !skeleton(label).all(|symbol| symbol.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_could_be_taken_for_another_is_shown_in_plain_letters() {
        for (host, expected) in [
            ("shop.verona.lit", "shop.verona.lit"),
            ("xn--55qw42g.example", "公益.example"),
            ("bücher.example", "bücher.example"),
            ("москва.example", "москва.example"),
            // Cyrillic а among Latin letters; all Cyrillic, and yet like "apple"; the dotless i.
            ("аpple.example", "xn--pple-43d.example"),
            ("аррӏе.example", "xn--80ak6aa92e.example"),
            ("paypaı.example", "xn--paypa-r4a.example"),
            // Like a slash after the name of another shop.
            ("shop.verona.litノpay.example", "shop.verona.xn--litpay-kx4e.example"),
            ("192.0.2.1", "192.0.2.1"),
            ("[2001:db8::1]", "[2001:db8::1]"),
        ] {
            let link = Link::parse(&format!("https://{host}/p")).unwrap();
            assert_eq!(shown(&link), expected, "{host}");
        }
    }
}
