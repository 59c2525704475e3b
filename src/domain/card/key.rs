//! By what two cards are known to be of one person.

use super::{part::Part, vcard::Card};
use crate::domain::{
    address::Address,
    phone::{self, Region},
};

impl Card {
    /// By what two cards are known to be of one person: `xmpp:…`, `tel:+39…`, `mailto:…`, folded.
    /// Numbers without their country are left out, and fax numbers, which offices share.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.keys_in(None)
    }

    /// As [`Card::keys`]; numbers without their country are of this one.
    #[must_use]
    pub fn keys_in(&self, region: Option<Region>) -> Vec<String> {
        let texts = |part| self.values(part).into_iter().map(|value| value.text);
        let chats = texts(Part::Impp).filter_map(|text| match Address::from_uri(&text).ok()? {
            Address::Xmpp(jid) => Some(format!("xmpp:{jid}")),
            Address::Tel(_) | Address::Mail(_) => None,
        });
        let phones = texts(Part::Phone).filter_map(|text| {
            let number = text.split(';').next().unwrap_or_default();
            phone::number(number, region).map(|number| number.to_string())
        });
        let mails = texts(Part::Mail).filter_map(|text| {
            Some(Address::from_uri(&format!("mailto:{text}")).ok()?.to_string())
        });
        let mut keys: Vec<String> = chats.chain(phones).chain(mails).collect();
        keys.sort();
        keys.dedup();
        keys
    }
}
