//! vcard-temp (XEP-0054), read: what most accounts have. Its elements are the properties of vCard
//! 3.0, with types as empty elements beside the value.

use minidom::Element;

use super::xcard::within_limits;
use crate::{
    domain::card::{BadCard, Card, Form, Property},
    wire::ns,
};

const NAME: [&str; 5] = ["FAMILY", "GIVEN", "MIDDLE", "PREFIX", "SUFFIX"];
const ADDRESS: [&str; 7] = ["POBOX", "EXTADD", "STREET", "LOCALITY", "REGION", "PCODE", "CTRY"];

/// Reads the `<vCard/>` of an account. None if there is none: an empty one says so, as do an error
/// `item-not-found` and one `service-unavailable`, which [`is_missing`] knows.
///
/// # Errors
/// [`BadCard`], for the first thing that is wrong. A card with a picture and no name gives
/// [`BadCard::NoName`].
pub fn read(element: &Element) -> Result<Option<Card>, BadCard> {
    // `VCARD` was its name in old clients.
    if element.ns() != ns::VCARD_TEMP || !element.name().eq_ignore_ascii_case("vcard") {
        return Err(BadCard::NotACard);
    }
    if element.children().next().is_none() {
        return Ok(None);
    }
    let properties = element.children().flat_map(property).collect();
    within_limits(properties).map(Some)
}

/// Whether an error of this condition means that an account has no card (XEP-0054 §3.1, and the
/// versions before 1.3).
#[must_use]
pub fn is_missing(condition: &str) -> bool {
    matches!(condition, "item-not-found" | "service-unavailable")
}

/// An element as properties: of a telephone number, one; of a label, none.
fn property(element: &Element) -> Vec<Property> {
    let name = element.name().to_ascii_uppercase();
    let text = element.text();
    let child = |name: &str| child(element, name);
    let made = match name.as_str() {
        "N" => Property::new("N", Form::Parts, NAME.iter().map(|part| vec![child(part)]).collect()),
        "ADR" => {
            let street = |part: &&str| {
                let all = children(element, part).map(Element::text);
                vec![all.collect::<Vec<_>>().join("\n")]
            };
            Property::new("ADR", Form::Parts, ADDRESS.iter().map(street).collect())
        }
        "ORG" => {
            let units = children(element, "ORGUNIT").map(|unit| vec![unit.text()]);
            let parts = std::iter::once(vec![child("ORGNAME")]).chain(units).collect();
            Property::new("ORG", Form::Parts, parts)
        }
        // Some write the number into the element itself.
        "TEL" => Property::text("TEL", either(child("NUMBER"), text)),
        "EMAIL" => Property::text("EMAIL", either(child("USERID"), text)),
        "PHOTO" | "LOGO" => {
            let value = match (child("BINVAL"), child("EXTVAL")) {
                (code, _) if !code.trim().is_empty() => format!("data:image/jpeg;base64,{code}"),
                (_, place) => place,
            };
            Property::text(&name, value)
        }
        "GEO" => Property::text("GEO", format!("{};{}", child("LAT"), child("LON"))),
        "CATEGORIES" => {
            let words = children(element, "KEYWORD").map(Element::text).collect();
            Property::new("CATEGORIES", Form::List, vec![words])
        }
        // What XEP-0054 calls a description is a note to everybody else.
        "DESC" | "NOTE" => Property::text("NOTE", text),
        "JABBERID" => Property::text("IMPP", format!("xmpp:{}", text.trim())),
        "NICKNAME" => Property::new("NICKNAME", Form::List, vec![vec![text]]),
        "FN" | "BDAY" | "TZ" | "TITLE" | "ROLE" | "REV" | "UID" | "URL" | "PRODID" => {
            Property::text(&name, text)
        }
        "MAILER" | "SORT-STRING" => Property::text(&name, text),
        _ => return Vec::new(),
    };
    vec![types(element, made)]
}

/// The types: empty elements.
fn types(element: &Element, mut property: Property) -> Property {
    const KNOWN: [&str; 18] = [
        "HOME", "WORK", "VOICE", "FAX", "PAGER", "MSG", "CELL", "VIDEO", "BBS", "MODEM", "ISDN",
        "PCS", "PREF", "INTERNET", "X400", "POSTAL", "PARCEL", "DOM",
    ];
    if matches!(property.name(), "TEL" | "EMAIL" | "ADR") {
        for child in element.children() {
            let kind = child.name().to_ascii_uppercase();
            if KNOWN.contains(&kind.as_str()) {
                property.add("TYPE", &kind);
            }
        }
    }
    property
}

fn children<'a>(element: &'a Element, name: &str) -> impl Iterator<Item = &'a Element> {
    element.children().filter(move |child| child.name().eq_ignore_ascii_case(name))
}

fn child(element: &Element, name: &str) -> String {
    children(element, name).next().map(Element::text).unwrap_or_default()
}

fn either(one: String, other: String) -> String {
    if one.trim().is_empty() { other } else { one }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::card::{Part, Version};

    fn read_text(xml: &str) -> Result<Option<Card>, BadCard> {
        read(&xml.parse().unwrap())
    }

    #[test]
    fn the_card_of_an_account_is_read() {
        let card = read_text(
            "<vCard xmlns='vcard-temp'><FN>Juliet Capulet</FN><N><FAMILY>Capulet</FAMILY><GIVEN>Juliet</GIVEN>\
             <MIDDLE/></N><NICKNAME>Jule</NICKNAME><ORG><ORGNAME>Capulet</ORGNAME><ORGUNIT>Kitchen</ORGUNIT>\
             </ORG><TEL><WORK/><CELL/><NUMBER>+39 045 800 1234</NUMBER></TEL><TEL><FAX/><NUMBER/></TEL>\
             <EMAIL><INTERNET/><PREF/><USERID>j@capulet.lit</USERID></EMAIL><EMAIL>k@capulet.lit</EMAIL>\
             <ADR><HOME/><STREET>Via Cappello 23</STREET><LOCALITY>Verona</LOCALITY><PCODE>37121</PCODE>\
             <CTRY>Italia</CTRY></ADR><BDAY>1985-04-12</BDAY><JABBERID>juliet@capulet.lit</JABBERID>\
             <URL>javascript:x</URL><DESC>wherefore\nart</DESC><PHOTO><TYPE>image/gif</TYPE><BINVAL>\n R0lGODlh\n\
             </BINVAL></PHOTO><GEO><LAT>45.4</LAT><LON>10.9</LON></GEO></vCard>",
        )
        .unwrap()
        .unwrap();
        assert_eq!(
            card.text(Version::V4).replace("\r\n", "\n"),
            "BEGIN:VCARD\nVERSION:4.0\nFN:Juliet Capulet\nN:Capulet;Juliet;;;\nIMPP:xmpp:juliet@capulet.lit\n\
             NICKNAME:Jule\nORG:Capulet;Kitchen\nTEL;TYPE=work,cell:+39 045 800 1234\n\
             EMAIL;PREF=1:j@capulet.lit\nEMAIL:k@capulet.lit\n\
             ADR;TYPE=home:;;Via Cappello 23;Verona;;37121;Italia\nBDAY:19850412\nNOTE:wherefore\\nart\n\
             PHOTO:data:image/gif;base64,R0lGODlh\nGEO:geo:45.4,10.9\nEND:VCARD\n"
        );
        assert_eq!(card.first(Part::Fax), None);
    }

    #[test]
    fn an_account_without_a_card_has_none_whichever_way_it_says_so() {
        assert_eq!(read_text("<vCard xmlns='vcard-temp'/>"), Ok(None));
        assert_eq!(read_text("<VCARD xmlns='vcard-temp'/>"), Ok(None));
        assert!(is_missing("item-not-found") && is_missing("service-unavailable"));
        assert!(!is_missing("remote-server-timeout"));
        let unnamed = "<vCard xmlns='vcard-temp'><PHOTO><BINVAL>R0lGODlh</BINVAL></PHOTO></vCard>";
        assert_eq!(read_text(unnamed), Err(BadCard::NoName));
        assert_eq!(read_text("<vcard xmlns='urn:x'/>"), Err(BadCard::NotACard));
    }
}
