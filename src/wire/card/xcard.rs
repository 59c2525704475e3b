//! xCard (RFC 6351): a card as XML, which is also what XEP-0292 keeps.
//!
//! The order of parameters is the schema's. What the schema has no place for, a type that it does
//! not know or a parameter that it does not allow there, is written as an extension, `<x-type/>`,
//! and read back as what it was.

use std::collections::BTreeMap;

use minidom::{Element, Node};

use crate::{
    domain::card::{BYTES_MAX, BadCard, Card, Form, Property, Version, escaped, is_type, unescape},
    wire::{ns, xml::Writer},
};

const NAME: [&str; 5] = ["surname", "given", "additional", "prefix", "suffix"];
const ADDRESS: [&str; 7] = ["pobox", "ext", "street", "locality", "region", "code", "country"];

/// Parameters that RFC 6350 §5 defines, and so their elements.
const PARAMS: [(&str, &str); 11] = [
    ("LANGUAGE", "language-tag"),
    ("SORT-AS", "text"),
    ("ALTID", "text"),
    ("PID", "text"),
    ("PREF", "integer"),
    ("TYPE", "text"),
    ("MEDIATYPE", "text"),
    ("CALSCALE", "text"),
    ("GEO", "uri"),
    ("TZ", "text"),
    ("LABEL", "text"),
];

/// The card as `<vcard/>` with its namespace.
#[must_use]
pub fn to_xml(card: &Card) -> String {
    let mut out = Writer::new();
    write(&mut out, card);
    out.finish()
}

/// Writes `<vcard/>` with its namespace.
pub fn write(out: &mut Writer, card: &Card) {
    out.open("vcard").attribute("xmlns", ns::VCARD4);
    for property in card.properties() {
        // One group for each property, so that they keep their order.
        if let Some(group) = property.group() {
            out.open("group").attribute("name", group);
        }
        write_property(out, property);
        if property.group().is_some() {
            out.close("group");
        }
    }
    out.close("vcard");
}

fn write_property(out: &mut Writer, property: &Property) {
    let name = property.name().to_ascii_lowercase();
    out.open(&name);
    write_parameters(out, property);
    let mut each = |elements: &[&str]| {
        for (element, texts) in elements.iter().zip(property.value()) {
            for text in texts {
                out.leaf(element, text);
            }
        }
    };
    match (property.form(), property.name()) {
        (_, "N") => each(&NAME),
        (_, "ADR") => each(&ADDRESS),
        (_, "GENDER") => match property.value() {
            [sex, identity] if identity.iter().all(String::is_empty) => {
                out.leaf("sex", &sex.concat());
            }
            _ => each(&["sex", "identity"]),
        },
        (_, "CLIENTPIDMAP") => each(&["sourceid", "uri"]),
        (Form::List | Form::Parts, _) => {
            for text in property.value().iter().flatten() {
                out.leaf("text", text);
            }
        }
        (Form::Raw, _) => match said(property) {
            Some("text") => {
                out.leaf("text", &unescape(property.only()));
            }
            Some(said) => {
                out.leaf(said, property.only());
            }
            None => {
                out.leaf("unknown", property.only());
            }
        },
        (Form::Language, _) => {
            out.leaf("language-tag", &property.only().to_ascii_lowercase());
        }
        // The schema has nothing else for it.
        (_, "UID") => {
            out.leaf("uri", property.only());
        }
        (form, _) => {
            out.leaf(element(form, property.only()), property.only());
        }
    }
    out.close(&name);
}

fn element(form: Form, text: &str) -> &'static str {
    match form {
        Form::Uri => "uri",
        Form::Date if text.contains('T') => "date-time",
        Form::Date => "date",
        Form::Moment => "timestamp",
        Form::Offset => "utc-offset",
        Form::Language => "language-tag",
        Form::Raw => "unknown",
        Form::Text | Form::List | Form::Parts => "text",
    }
}

/// What `VALUE` says of an unknown property, where RFC 6351 has an element for it. Of texts with
/// separators between only one would be left.
fn said(property: &Property) -> Option<&str> {
    let (said, text) = (property.param("VALUE").first()?.as_str(), property.only());
    let is_one = said != "text" || escaped(&unescape(text)) == text;
    ["text", "uri", "integer", "boolean", "float"].into_iter().find(|it| *it == said && is_one)
}

/// The parameters that the schema allows a property, in its order; of an unknown one all.
fn allowed(name: &str) -> &'static [&'static str] {
    match name {
        "FN" | "NICKNAME" | "TITLE" | "ROLE" | "NOTE" => {
            &["LANGUAGE", "ALTID", "PID", "PREF", "TYPE"]
        }
        "N" => &["LANGUAGE", "SORT-AS", "ALTID"],
        "ORG" => &["LANGUAGE", "ALTID", "PID", "PREF", "TYPE", "SORT-AS"],
        "ADR" => &["LANGUAGE", "ALTID", "PID", "PREF", "TYPE", "GEO", "TZ", "LABEL"],
        "EMAIL" | "LANG" | "CATEGORIES" => &["ALTID", "PID", "PREF", "TYPE"],
        "BDAY" | "ANNIVERSARY" => &["ALTID", "CALSCALE"],
        "SOURCE" | "MEMBER" => &["ALTID", "PID", "PREF", "MEDIATYPE"],
        "KIND" | "GENDER" | "CLIENTPIDMAP" | "PRODID" | "REV" | "UID" => &[],
        name if matches!(name, "LOGO" | "SOUND") || Form::of(name) == Form::Raw => {
            &["LANGUAGE", "ALTID", "PID", "PREF", "TYPE", "MEDIATYPE"]
        }
        _ => &["ALTID", "PID", "PREF", "TYPE", "MEDIATYPE"],
    }
}

fn write_parameters(out: &mut Writer, property: &Property) {
    let name = property.name();
    let is_raw = property.form() == Form::Raw;
    let mut inside = Writer::new();
    for param in allowed(name) {
        let fits = |value: &&String| fits(name, param, value) || is_raw;
        write_values(&mut inside, param, property.param(param).iter().filter(fits));
    }
    for (param, values) in property.params() {
        let is_known = PARAMS.iter().any(|(known, _)| *known == param);
        if is_known {
            let has_place = allowed(name).contains(&param);
            let fits = |value: &&String| !has_place || !(fits(name, param, value) || is_raw);
            write_unknown(&mut inside, &format!("x-{param}"), values.iter().filter(fits));
        } else if !(param == "VALUE" && said(property).is_some()) {
            write_unknown(&mut inside, param, values.iter());
        }
    }
    let inside = inside.finish();
    // The schema asks for them there, be there any or not.
    if !inside.is_empty() || name == "SOURCE" {
        out.open("parameters").raw(&inside).close("parameters");
    }
}

/// Whether the schema has this value of a parameter.
fn fits(name: &str, param: &str, value: &str) -> bool {
    match param {
        "TYPE" => is_type(name, value),
        "CALSCALE" => value == "gregorian",
        _ => true,
    }
}

fn write_values<'a>(out: &mut Writer, param: &str, values: impl Iterator<Item = &'a String>) {
    let kind = PARAMS.iter().find(|(known, _)| *known == param).map_or("unknown", |(_, kind)| kind);
    let mut values = values.peekable();
    if values.peek().is_none() {
        return;
    }
    let name = param.to_ascii_lowercase();
    out.open(&name);
    for value in values {
        match kind {
            "language-tag" => out.leaf(kind, &value.to_ascii_lowercase()),
            _ => out.leaf(kind, value),
        };
    }
    out.close(&name);
}

fn write_unknown<'a>(out: &mut Writer, param: &str, values: impl Iterator<Item = &'a String>) {
    let mut values = values.peekable();
    if values.peek().is_none() {
        return;
    }
    let name = param.to_ascii_lowercase();
    out.open(&name);
    for value in values {
        out.leaf("unknown", value);
    }
    out.close(&name);
}

/// Reads `<vcard/>`, or `<vcards/>` around one. Elements that are not known are passed over.
///
/// # Errors
/// [`BadCard`], for the first thing that is wrong.
pub fn read(element: &Element) -> Result<Card, BadCard> {
    if element.is("vcards", ns::VCARD4) {
        let mut cards = element.children().filter(|child| child.is("vcard", ns::VCARD4));
        let card = cards.next().ok_or(BadCard::NotACard)?;
        return if cards.next().is_some() { Err(BadCard::Several) } else { read(card) };
    }
    if !element.is("vcard", ns::VCARD4) {
        return Err(BadCard::NotACard);
    }
    let mut properties = Vec::new();
    for child in element.children().filter(|child| child.ns() == ns::VCARD4) {
        if child.name() == "group" {
            let group = child.attr("name");
            let within = child.children().filter(|child| child.ns() == ns::VCARD4);
            properties.extend(within.filter_map(read_property).map(|it| it.in_group(group)));
        } else {
            properties.extend(read_property(child));
        }
    }
    within_limits(properties)
}

/// A card of what was read from XML, if it is not too large.
pub(super) fn within_limits(properties: Vec<Property>) -> Result<Card, BadCard> {
    let (card, _) = Card::build(properties)?;
    if card.text(Version::V4).len() > BYTES_MAX { Err(BadCard::TooLarge) } else { Ok(card) }
}

fn read_property(element: &Element) -> Option<Property> {
    let name = element.name().to_ascii_uppercase();
    let mut usual = Form::of(&name);
    let values =
        || element.children().filter(|it| it.ns() == ns::VCARD4 && it.name() != "parameters");
    let first = values().next()?;
    let of = |names: &[&str]| -> Vec<Vec<String>> {
        let texts = |name: &&str| values().filter(|it| it.name() == *name).map(text).collect();
        names.iter().map(texts).collect()
    };
    let mut said = None;
    let value = match (usual, name.as_str()) {
        (_, "N") => of(&NAME),
        (_, "ADR") => of(&ADDRESS),
        (_, "GENDER") => of(&["sex", "identity"]),
        (_, "CLIENTPIDMAP") => of(&["sourceid", "uri"]),
        (Form::List, _) => of(&["text"]),
        (Form::Parts, _) => values().map(|it| vec![text(it)]).collect(),
        (Form::Raw, _) => {
            let value = text(first);
            match first.name() {
                "unknown" => vec![vec![value]],
                "text" => {
                    said = Some("text");
                    vec![vec![escaped(&value)]]
                }
                kind => {
                    said = Some(kind);
                    vec![vec![value]]
                }
            }
        }
        _ => {
            usual = Form::said(&name, first.name());
            vec![vec![text(first)]]
        }
    };
    let mut property = Property::new(&name, usual, value);
    let mut given: BTreeMap<String, Vec<String>> = BTreeMap::new();
    if let Some(said) = said {
        given.insert("VALUE".to_owned(), vec![said.to_owned()]);
    }
    let params = element.children().filter(|it| it.is("parameters", ns::VCARD4));
    for param in params.flat_map(Element::children).filter(|it| it.ns() == ns::VCARD4) {
        let name = param.name().to_ascii_uppercase();
        let known = name.strip_prefix("X-").filter(|rest| PARAMS.iter().any(|(it, _)| it == rest));
        let name = known.unwrap_or(&name).to_owned();
        given.entry(name).or_default().extend(param.children().map(text));
    }
    property.set_params(given);
    Some(property)
}

/// The text of an element, without that of elements within.
fn text(element: &Element) -> String {
    element.nodes().filter_map(Node::as_text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::card::Part;

    fn card(lines: &str) -> Card {
        Card::parse(&format!("BEGIN:VCARD\nVERSION:4.0\n{lines}\nEND:VCARD")).unwrap()
    }

    fn read_text(xml: &str) -> Result<Card, BadCard> {
        read(&xml.parse().unwrap())
    }

    #[test]
    fn a_card_comes_back_from_xml_as_it_went_in() {
        let card = card(
            "FN;LANGUAGE=en-GB:Juliet <Capulet>\nN;PREF=1;SORT-AS=Capulet:Capulet;Juliet;Maria,Anna;;\n\
             item1.TEL;TYPE=x-mine,work;PREF=2:+39 045\nitem1.X-ABLabel:Balcony\nTEL;VALUE=uri:tel:+39-1;ext=5\n\
             ADR;LABEL=\"Via Cappello 23^nVerona\";TYPE=home:;;Via Cappello 23;Verona;;37121;Italia\n\
             BDAY:--0412\nANNIVERSARY:20260412T180000Z\nGENDER:;girl\nLANG:it\nTZ;VALUE=utc-offset:+0100\n\
             ORG:Capulet;Kitchen\nCATEGORIES:a,b\nREV:20261121T180000Z\nUID:urn:uuid:1\nX-A;X-P=q:a\\,b;c\n\
             X-B;VALUE=text:a\\,b\\nc\nKIND:individual\nNOTE:two\\nlines\nGEO:geo:45.4,10.9\nIMPP:xmpp:j@c.lit\n\
             CLIENTPIDMAP:1;urn:uuid:2\nSOURCE:https://c.lit/j.vcf\nRELATED;TYPE=friend;VALUE=text:Romeo",
        );
        let xml = to_xml(&card);
        assert_eq!(read_text(&xml).map(|card| card.to_string()), Ok(card.to_string()), "{xml}");
        assert!(xml.contains(
            "<additional>Maria</additional><additional>Anna</additional><prefix></prefix>"
        ));
        assert!(xml.contains("<pref><integer>2</integer></pref><type><text>work</text></type>"));
        assert!(xml.contains("<x-type><unknown>x-mine</unknown></x-type>"));
    }

    #[test]
    fn what_is_no_card_in_xml_is_refused() {
        let xml = |inside: &str| format!("<vcards xmlns='{}'>{inside}</vcards>", ns::VCARD4);
        let one = "<vcard><fn><text>x</text></fn><y:z xmlns:y='y'/><url><uri>javascript:a</uri></url></vcard>";
        assert_eq!(read_text(&xml(one)).map(|card| card.first(Part::Url)), Ok(None));
        for (inside, error) in [
            (String::new(), BadCard::NotACard),
            (one.repeat(2), BadCard::Several),
            ("<vcard/>".to_owned(), BadCard::NoName),
            (
                format!("<vcard>{}</vcard>", "<note><text>x</text></note>".repeat(501)),
                BadCard::TooMany,
            ),
            (
                format!(
                    "<vcard><fn><text>x</text></fn><note><text>{}</text></note></vcard>",
                    "y".repeat(BYTES_MAX)
                ),
                BadCard::TooLarge,
            ),
        ] {
            assert_eq!(read_text(&xml(&inside)), Err(error));
        }
        assert_eq!(read_text("<vCard xmlns='vcard-temp'/>"), Err(BadCard::NotACard));
    }

    #[test]
    fn xml_smuggles_nothing_into_the_text() {
        let xml = format!(
            "<vcard xmlns='{}'><fn><parameters><x-p><text>a\"&#xA;;b:c</text></x-p><encoding><text>\
             QUOTED-PRINTABLE</text></encoding></parameters><text>x&#xA;END:VCARD</text></fn>\
             <x-a><parameters><encoding><text>quoted-printable</text></encoding></parameters><unknown>\
             a&#xA;TEL:1=</unknown></x-a><group name='a.b:c'><title><text>t</text></title></group></vcard>",
            ns::VCARD4
        );
        let card = read_text(&xml).unwrap();
        assert_eq!(Card::parse(&card.to_string()), Ok(card.clone()));
        assert_eq!(card.name(), "x END:VCARD");
        let names: Vec<&str> = card.properties().iter().map(Property::name).collect();
        assert_eq!(names, ["FN", "N", "X-A", "TITLE"]);
    }
}
