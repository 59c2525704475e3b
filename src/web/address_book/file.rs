//! Collected cards as files: vCard 3.0, which telephones read best (RFC 2426); a table with the
//! columns of Google's; and jCard (RFC 7095). They are read and written some at a time.

use axum::response::Response;

use super::address_books::AddressBooks;
use crate::{
    card::{browser::Which, store_address_book::Cursor},
    domain::{
        card::{Card, Part, PostalAddress, Value, Version},
        text::one_line,
    },
    web::{
        answer::Keep,
        download::{self, Downloads},
        jcard::{JCARD, jcard},
        layout::Nothing,
    },
};

/// What stands between several values in one cell, as Google writes it.
const BETWEEN: &str = " ::: ";
/// How many columns there are of each.
const MAILS: usize = 3;
const PHONES: usize = 4;
const ADDRESSES: usize = 2;
const SITES: usize = 2;
const CHATS: usize = 2;

/// How cards are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Vcf,
    Csv,
    JCard,
}

impl Format {
    /// By the ending of an address.
    pub(super) fn of(ending: &str) -> Option<Self> {
        match ending {
            "vcf" => Some(Self::Vcf),
            "csv" => Some(Self::Csv),
            "json" => Some(Self::JCard),
            _ => None,
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Vcf => "text/vcard; charset=utf-8",
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::JCard => JCARD,
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Vcf => "vcf",
            Self::Csv => "csv",
            Self::JCard => "json",
        }
    }
}

/// The file. When the database fails in the middle of it, the connection breaks off, so that
/// nobody takes a part for all.
pub(super) fn file(
    books: AddressBooks,
    account: String,
    which: Which,
    format: Format,
    downloads: &Downloads,
) -> Result<Response, Nothing> {
    let name = match which {
        Which::One(handle) => format!("card-{handle}.{}", format.ending()),
        Which::All | Which::Category(_) => format!("cards.{}", format.ending()),
    };
    let body = downloads.start(account.clone(), move |mut out| async move {
        let (mut at, mut is_first) = (Some(Cursor::default()), true);
        while let Some(from) = at {
            let some = async {
                let (cards, next) = books.read(&account, &which, &from).await?;
                Ok((piece(format, &cards, is_first, next.is_none()), next))
            };
            let (text, next) = out.turn(some).await?;
            out.put(text).await?;
            (at, is_first) = (next, false);
        }
        Ok(out)
    })?;
    let name = format!("attachment; filename=\"{name}\"");
    Ok(download::file(body, Keep::Not, format.media_type(), &name))
}

fn piece(format: Format, cards: &[Card], is_first: bool, is_last: bool) -> Vec<u8> {
    match format {
        Format::Vcf => cards.iter().map(|card| card.text(Version::V3)).collect::<String>().into(),
        Format::Csv => table(cards, is_first),
        Format::JCard => {
            let mut text = String::from(if is_first { "[" } else { "" });
            for (at, card) in cards.iter().enumerate() {
                text.push_str(if is_first && at == 0 { "\n" } else { ",\n" });
                text.push_str(&jcard(card).to_string());
            }
            text.push_str(if is_last { "\n]\n" } else { "" });
            text.into()
        }
    }
}

// ---- the table ----------------------------------------------------------------------------------

fn table(cards: &[Card], is_first: bool) -> Vec<u8> {
    let mut table =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let mut write = |row: Vec<String>| {
        let row: Vec<String> = row.into_iter().map(|cell| harmless(&cell)).collect();
        // Into memory, and every row has as many cells: neither can fail.
        let _ = table.write_record(&row);
    };
    if is_first {
        write(heads());
    }
    for card in cards {
        write(row(card));
    }
    table.into_inner().unwrap_or_default()
}

/// A cell that a table does not take for a formula. A number may begin with its `+`.
fn harmless(cell: &str) -> String {
    let is_number = cell.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c));
    let begins = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    if begins && !is_number { format!("'{cell}") } else { cell.to_owned() }
}

fn heads() -> Vec<String> {
    let mut heads: Vec<String> = [
        "First Name",
        "Middle Name",
        "Last Name",
        "Name Prefix",
        "Name Suffix",
        "File As",
        "Organization Name",
        "Organization Title",
        "Birthday",
        "Notes",
        "Labels",
    ]
    .map(str::to_owned)
    .to_vec();
    for (what, many) in [("E-mail", MAILS), ("Phone", PHONES)] {
        pairs(&mut heads, what, many);
    }
    for at in 1..=ADDRESSES {
        let of = ["Label", "Formatted", "Street", "City", "PO Box", "Region", "Postal Code"];
        heads.extend(of.map(|it| format!("Address {at} - {it}")));
        heads.extend(["Country", "Extended Address"].map(|it| format!("Address {at} - {it}")));
    }
    pairs(&mut heads, "Website", SITES);
    pairs(&mut heads, "Custom Field", CHATS);
    heads
}

fn pairs(heads: &mut Vec<String>, what: &str, many: usize) {
    let pair = |at| [format!("{what} {at} - Label"), format!("{what} {at} - Value")];
    heads.extend((1..=many).flat_map(pair));
}

fn row(card: &Card) -> Vec<String> {
    let texts =
        |part| -> Vec<String> { card.values(part).into_iter().map(|value| value.text).collect() };
    let all = |part, between: &str| texts(part).join(between);
    let n = card.properties().iter().find(|property| property.name() == "N");
    let of_name = |at: usize| {
        n.and_then(|n| n.value().get(at)).map(|texts| texts.join(" ")).unwrap_or_default()
    };
    let mut row = vec![
        of_name(1),
        of_name(2),
        of_name(0),
        of_name(3),
        of_name(4),
        card.name().to_owned(),
        all(Part::Organisation, BETWEEN),
        all(Part::Title, BETWEEN),
        all(Part::Birthday, BETWEEN),
        all(Part::Note, "\n"),
        all(Part::Categories, BETWEEN),
    ];
    let labelled = |part, label: &str| {
        let kinds = |value: &Value| match value.kinds.join(", ") {
            none if none.is_empty() => label.to_owned(),
            kinds => kinds,
        };
        let values = card.values(part);
        values.into_iter().map(|it| (kinds(&it), it.text)).collect::<Vec<_>>()
    };
    let faxes = labelled(Part::Fax, "fax");
    cells(&mut row, labelled(Part::Mail, ""), MAILS);
    cells(&mut row, [labelled(Part::Phone, ""), faxes].concat(), PHONES);
    addresses(&mut row, &card.parts_of_address());
    cells(&mut row, labelled(Part::Url, ""), SITES);
    cells(&mut row, labelled(Part::Impp, "Chat"), CHATS);
    row
}

/// A label and a value in so many pairs of cells; what is more goes into the last.
fn cells(row: &mut Vec<String>, values: Vec<(String, String)>, many: usize) {
    let mut pairs = vec![(String::new(), String::new()); many];
    for (at, (label, value)) in values.into_iter().enumerate() {
        if let Some(pair) = pairs.get_mut(at) {
            *pair = (label, value);
        } else if let Some((_, last)) = pairs.last_mut() {
            last.push_str(BETWEEN);
            last.push_str(&value);
        }
    }
    row.extend(pairs.into_iter().flat_map(|(label, value)| [label, value]));
}

fn addresses(row: &mut Vec<String>, all: &[PostalAddress]) {
    let shown = |it: &PostalAddress| {
        let parts = [
            &it.post_box,
            &it.extended,
            &it.street,
            &it.code,
            &it.locality,
            &it.region,
            &it.country,
        ];
        let parts: Vec<&str> =
            parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        one_line(&parts.join(", "))
    };
    for at in 0..ADDRESSES {
        let it = all.get(at).cloned().unwrap_or_default();
        let mut formatted = shown(&it);
        if at + 1 == ADDRESSES {
            for more in all.iter().skip(ADDRESSES) {
                formatted.push_str(BETWEEN);
                formatted.push_str(&shown(more));
            }
        }
        row.extend([
            it.kinds.join(", "),
            formatted,
            it.street,
            it.locality,
            it.post_box,
            it.region,
            it.code,
            it.country,
            it.extended,
        ]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn juliet() -> Card {
        let text = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Juliet Capulet\r\nN:Capulet;Juliet;;;\r\n\
                    TEL;TYPE=cell:+39 045 555 0100\r\nTEL:1\r\nTEL:2\r\nTEL:3\r\nTEL:4\r\n\
                    EMAIL;TYPE=home:juliet@capulet.lit\r\nNOTE:=HYPERLINK(\"x\")\r\n\
                    TITLE:-2+3+cmd|' /C calc'!A0\r\nCATEGORIES:Friends,Verona\r\n\
                    ADR;TYPE=home:;;Via Cappello 23;Verona;VR;37121;Italy\r\nEND:VCARD\r\n";
        Card::parse(text).unwrap()
    }

    fn read(bytes: &[u8]) -> Vec<Vec<(String, String)>> {
        let mut table = csv::Reader::from_reader(bytes);
        let heads = table.headers().unwrap().clone();
        let pairs = |row: csv::StringRecord| {
            heads.iter().zip(row.iter()).map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
        };
        table.records().map(|row| pairs(row.unwrap())).collect()
    }

    #[test]
    fn a_table_has_the_columns_that_importers_know_and_loses_no_number() {
        let rows = read(&table(&[juliet()], true));
        let cell = |name: &str| {
            let found = rows[0].iter().find(|(head, _)| head == name);
            found.unwrap_or_else(|| panic!("no column {name}")).1.as_str()
        };
        assert_eq!((cell("First Name"), cell("Last Name")), ("Juliet", "Capulet"));
        assert_eq!(
            (cell("Phone 1 - Label"), cell("Phone 1 - Value")),
            ("cell", "+39 045 555 0100")
        );
        assert_eq!(cell("Phone 4 - Value"), "3 ::: 4");
        assert_eq!(cell("E-mail 1 - Value"), "juliet@capulet.lit");
        assert_eq!(cell("Address 1 - City"), "Verona");
        assert_eq!(cell("Labels"), "Friends ::: Verona");
    }

    #[test]
    fn nothing_in_a_table_is_a_formula() {
        let rows = read(&table(&[juliet()], true));
        for (head, cell) in &rows[0] {
            let is_number = cell.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c));
            assert!(!cell.starts_with(['=', '+', '-', '@']) || is_number, "{head}: {cell}");
        }
        assert!(rows[0].iter().any(|(_, cell)| cell.starts_with("'=HYPERLINK")));
        assert!(rows[0].iter().any(|(_, cell)| cell.starts_with("'-2+3+cmd")));
    }

    #[test]
    fn cards_in_pieces_make_one_file() {
        let cards = [juliet(), juliet(), juliet()];
        let whole: Vec<u8> = [
            piece(Format::JCard, &cards[..2], true, false),
            piece(Format::JCard, &cards[2..], false, true),
        ]
        .concat();
        let read: serde_json::Value = serde_json::from_slice(&whole).unwrap();
        assert_eq!(read.as_array().unwrap().len(), 3);
        let none: serde_json::Value =
            serde_json::from_slice(&piece(Format::JCard, &[], true, true)).unwrap();
        assert_eq!(none, serde_json::json!([]));
        let vcf = String::from_utf8(piece(Format::Vcf, &cards, true, true)).unwrap();
        assert_eq!(vcf.matches("BEGIN:VCARD\r\n").count(), 3);
        assert_eq!(vcf.matches("VERSION:3.0").count(), 3);
    }
}
