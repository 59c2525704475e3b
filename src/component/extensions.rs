//! The one table of what is spoken here. Disco, entity capabilities and the table in
//! `docs/protocols.md` are views of it.

use std::fmt::Write;

use crate::wire::ns;

/// Where something is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// The component's domain.
    Domain,
    /// The contact.
    Contact,
    /// Both.
    Both,
}

/// A protocol that is spoken here.
#[derive(Debug, Clone, Copy)]
pub struct Extension {
    /// `XEP-0199`, or the file in `xep/` for one of ours.
    pub document: &'static str,
    /// Its title.
    pub title: &'static str,
    /// The version that was followed.
    pub version: &'static str,
    /// What disco says, and where.
    pub features: &'static [(&'static str, At)],
}

/// Everything, in the order of the numbers.
pub const EXTENSIONS: &[Extension] = &[
    of(
        "xep/product-share.xml",
        "Product Sharing",
        "0.0.1",
        &[(ns::PRODUCT_SHARE, At::Both), (ns::PRODUCT_SHARE_SERVICE, At::Domain)],
    ),
    of(
        "xep/card-exchange.xml",
        "Card Exchange",
        "0.0.1",
        &[(ns::CARD_EXCHANGE, At::Both), (ns::CARD_EXCHANGE_SERVICE, At::Domain)],
    ),
    of("XEP-0004", "Data Forms", "2.13.2", &[(ns::DATA_FORMS, At::Both)]),
    of("XEP-0012", "Last Activity", "2.0", &[]),
    of(
        "XEP-0030",
        "Service Discovery",
        "2.5.0",
        &[(ns::DISCO_INFO, At::Both), (ns::DISCO_ITEMS, At::Both)],
    ),
    of("XEP-0033", "Extended Stanza Addressing", "1.2.1", &[]),
    of("XEP-0050", "Ad-Hoc Commands", "1.3.0", &[(ns::COMMANDS, At::Both)]),
    of("XEP-0054", "vcard-temp", "1.3.0", &[(ns::VCARD_TEMP, At::Both)]),
    of("XEP-0059", "Result Set Management", "1.0", &[]),
    of("XEP-0066", "Out of Band Data", "1.5", &[]),
    of("XEP-0077", "In-Band Registration", "2.4", &[(ns::REGISTER, At::Both)]),
    of("XEP-0092", "Software Version", "1.1", &[(ns::VERSION, At::Both)]),
    of("XEP-0100", "Gateway Interaction", "1.0", &[(ns::GATEWAY, At::Domain)]),
    of("XEP-0114", "Jabber Component Protocol", "1.6", &[]),
    of("XEP-0115", "Entity Capabilities", "1.6.0", &[(ns::CAPS, At::Both)]),
    of("XEP-0122", "Data Forms Validation", "1.0.2", &[(ns::DATA_FORMS_VALIDATE, At::Both)]),
    of("XEP-0153", "vCard-Based Avatars", "1.1.1", &[]),
    of("XEP-0172", "User Nickname", "1.1", &[(ns::NICK, At::Contact)]),
    of("XEP-0184", "Message Delivery Receipts", "1.4.0", &[(ns::RECEIPTS, At::Contact)]),
    of("XEP-0191", "Blocking Command", "1.3", &[(ns::BLOCKING, At::Both)]),
    of("XEP-0199", "XMPP Ping", "2.0.1", &[(ns::PING, At::Both)]),
    of("XEP-0202", "Entity Time", "2.0", &[(ns::TIME, At::Both)]),
    of("XEP-0203", "Delayed Delivery", "2.0", &[]),
    of("XEP-0292", "vCard4 Over XMPP", "0.12.0", &[]),
    of("XEP-0308", "Last Message Correction", "1.2.1", &[(ns::REPLACE, At::Contact)]),
    of("XEP-0333", "Displayed Markers", "1.0.0", &[]),
    of("XEP-0334", "Message Processing Hints", "1.0.0", &[]),
    of("XEP-0359", "Unique and Stable Stanza IDs", "0.7.0", &[(ns::SID, At::Contact)]),
    of("XEP-0377", "Blocking and Spam Reporting", "0.4.1", &[(ns::REPORTING, At::Both)]),
    of("XEP-0379", "Pre-Authenticated Roster Subscription", "0.3.3", &[]),
    of("XEP-0393", "Message Styling", "1.1.1", &[]),
    of("XEP-0401", "Ad-hoc Account Invitation Generation", "0.6.0", &[]),
    of("XEP-0424", "Message Retraction", "0.4.2", &[(ns::RETRACT, At::Contact)]),
    of("XEP-0428", "Fallback Indication", "0.2.1", &[]),
    of("XEP-0444", "Message Reactions", "0.2.1", &[(ns::REACTIONS, At::Contact)]),
    of("XEP-0447", "Stateless File Sharing", "0.3.0", &[]),
    of("XEP-0461", "Message Replies", "0.2.1", &[(ns::REPLY, At::Contact)]),
    of("XEP-0511", "Link Metadata", "0.1.1", &[]),
];

const fn of(
    document: &'static str,
    title: &'static str,
    version: &'static str,
    features: &'static [(&'static str, At)],
) -> Extension {
    Extension { document, title, version, features }
}

/// What disco says at the domain, or at the contact; sorted.
#[must_use]
pub fn features(contact: bool) -> Vec<&'static str> {
    let here = if contact { At::Contact } else { At::Domain };
    let all = EXTENSIONS.iter().flat_map(|extension| extension.features);
    let mut features: Vec<_> =
        all.filter(|(_, at)| *at == here || *at == At::Both).map(|(feature, _)| *feature).collect();
    features.sort_unstable();
    features
}

/// The table for `docs/protocols.md`.
#[must_use]
pub fn table() -> String {
    let mut table = "| document | title | version |\n|---|---|---|\n".to_owned();
    for it in EXTENSIONS {
        // Writing into a string cannot fail.
        let _ = writeln!(table, "| {} | {} | {} |", it.document, it.title, it.version);
    }
    table
}
