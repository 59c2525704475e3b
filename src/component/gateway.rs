//! XEP-0100 §6: a client asks for a phone number and gets an address for it. Every number that
//! there can be has one, so it says nothing about whose that is or whether it is known here.

use jid::BareJid;

use crate::{
    domain::{address::Address, lang::Lang},
    invite::say_gateway::{ABOUT, PROMPT},
    wire::{ns, xml::Writer},
};

/// What the client asks its person.
#[must_use]
pub fn prompt(lang: Lang) -> String {
    let mut xml = Writer::new();
    xml.open("query").attribute("xmlns", ns::GATEWAY).attribute("xml:lang", lang.code());
    xml.leaf("desc", ABOUT.in_lang(lang)).leaf("prompt", PROMPT.in_lang(lang)).close("query");
    xml.finish()
}

/// The address of a number: `+390455550100@share.example.org`.
#[must_use]
pub fn address(number: &Address, domain: &BareJid) -> String {
    let mut xml = Writer::new();
    let jid = format!("{}@{domain}", number.shown());
    xml.open("query").attribute("xmlns", ns::GATEWAY).leaf("jid", &jid).close("query");
    xml.finish()
}

/// The number whose address `jid` is, if it is one of `domain`.
#[must_use]
pub fn number(jid: &BareJid, domain: &BareJid) -> Option<Address> {
    let number = jid.node().filter(|_| jid.domain() == domain.domain())?;
    Address::from_uri(&format!("tel:{number}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_number_leads_back_to_it() {
        let domain: BareJid = "share.x".parse().unwrap();
        let tel = Address::from_uri("tel:+390455550100").unwrap();
        assert!(address(&tel, &domain).contains("<jid>+390455550100@share.x</jid>"));
        let of = |jid: &str| number(&jid.parse().unwrap(), &domain);
        assert_eq!(of("+390455550100@share.x"), Some(tel));
        for other in ["share.x", "share@share.x", "+390455550100@else.x", "0455@share.x"] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
