//! XEP-0191: Blocking Command, and XEP-0377: Blocking and Spam Reporting, as far as a client sends
//! them to this service instead of its server.

use jid::BareJid;
use minidom::Element;

use crate::{
    domain::{
        address,
        id::DeliveryId,
        report::{Reason, WORDS_MAX},
        text::{clean, shorten},
    },
    wire::ns,
};

/// Addresses in one request, and messages named in one report.
pub const MOST: usize = 50;

/// Why a list names nobody who could be blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unusable {
    /// An item has no address.
    NoAddress,
    /// There are more than [`MOST`].
    TooMany,
}

/// Somebody to be blocked, or reported, or both.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Complaint {
    /// An address or a domain.
    pub about: Option<BareJid>,
    /// What is complained of.
    pub report: Option<Report>,
}

/// A `<report/>`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The reason for the complaint.
    pub reason: Reason,
    /// Messages of ours that it names.
    pub messages: Vec<DeliveryId>,
    /// What it says in the complainant's own words.
    pub words: String,
}

/// The items of a `<block/>` or an `<unblock/>`, with what is reported of each (XEP-0377 §3).
///
/// # Errors
/// When one has no address, or there are too many: none is left out.
pub(super) fn items(list: &Element) -> Result<Vec<Complaint>, Unusable> {
    let items = || list.children().filter(|child| child.is("item", ns::BLOCKING));
    if items().nth(MOST).is_some() {
        return Err(Unusable::TooMany);
    }
    let item = |item: &Element| {
        let about = item.attr("jid").and_then(address::bare);
        let about = Some(about.ok_or(Unusable::NoAddress)?);
        Ok(Complaint { about, report: report(item) })
    };
    items().map(item).collect()
}

/// The report inside a message or an item.
pub(super) fn report(of: &Element) -> Option<Report> {
    let given = of.get_child("report", ns::REPORTING)?;
    let messages = given
        .children()
        .filter(|child| child.name() == "stanza-id" || child.name() == "origin-id")
        .filter_map(|child| uuid::Uuid::parse_str(child.attr("id")?).ok().map(DeliveryId))
        .take(MOST)
        .collect();
    let words = given.children().find(|child| child.name() == "text");
    let words = words.map(|text| clean(shorten(&text.text(), WORDS_MAX))).unwrap_or_default();
    Some(Report { reason: Reason::of(given.attr("reason").unwrap_or_default()), messages, words })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_names_addresses_and_what_is_reported_of_them() {
        let id = "0e3141cd-8089-4871-a68e-6fe6b1ec56fa";
        let list: Element = format!(
            "<block xmlns='urn:xmpp:blocking'><item jid='romeo@montague.lit'>\
             <report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'>\
             <stanza-id xmlns='urn:xmpp:sid:0' by='romeo@montague.lit' id='{id}'/>\
             <text xml:lang='en'>Never came\u{202e} trouble</text></report></item>\
             <item jid='montague.lit'/></block>"
        )
        .parse()
        .unwrap();
        let items = items(&list).expect("items");
        assert_eq!(items.len(), 2);
        let report = items[0].report.as_ref().expect("a report");
        assert_eq!(report.reason, Reason::Spam);
        assert_eq!(report.messages, [DeliveryId(id.parse().unwrap())]);
        assert_eq!(report.words, "Never came trouble");
        assert_eq!(items[1].about, BareJid::new("montague.lit").ok());
        assert_eq!(items[1].report, None);
    }

    #[test]
    fn an_item_without_an_address_spoils_the_request() {
        let list: Element = "<block xmlns='urn:xmpp:blocking'><item/></block>".parse().unwrap();
        assert_eq!(items(&list), Err(Unusable::NoAddress));
    }

    #[test]
    fn more_items_than_are_taken_are_refused_and_none_is_left_out() {
        let list = |n: usize| -> Element {
            let items = "<item jid='p@x'/>".repeat(n);
            format!("<block xmlns='urn:xmpp:blocking'>{items}</block>").parse().unwrap()
        };
        assert_eq!(items(&list(MOST)).map(|items| items.len()), Ok(MOST));
        assert_eq!(items(&list(MOST + 1)), Err(Unusable::TooMany));
    }
}
