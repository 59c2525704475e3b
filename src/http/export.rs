//! All that somebody has here, behind `/k/TOKEN.json`, and who he is as a card behind
//! `/k/TOKEN.vcf` (vCard 4.0, RFC 6350).

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use serde_json::{Value, json};

use super::{
    answer::{Keep, answer},
    page::Site,
    saved::document,
};
use crate::domain::{consent::Ask, export::Export, text::one_line};

/// The most octets of a line of a vCard, without its end (RFC 6350 §3.2).
const LINE: usize = 75;

/// Everything, as JSON. Its members are listed in the README.
pub(super) fn as_json(site: &Site, export: &Export) -> Response {
    let text = format!("{:#}\n", all(site, export));
    attached(answer(StatusCode::OK, Keep::Not, "application/json", text), "tradepost.json")
}

/// The card.
pub(super) fn as_card(export: &Export) -> Response {
    let card = card(export);
    attached(answer(StatusCode::OK, Keep::Not, "text/vcard; charset=utf-8", card), "tradepost.vcf")
}

fn attached(mut response: Response, name: &str) -> Response {
    if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

fn all(site: &Site, export: &Export) -> Value {
    json!({
        "account": {
            "jid": export.jid,
            "name": export.nick,
            "language": export.lang.code(),
            "joined": export.joined.to_string(),
            "pictures": export.pictures,
            "quiet": export.quiet,
            "zone": export.zone,
            "ask": export.ask.map(Ask::token),
        },
        "cards": export.cards.iter().map(|it| json!({
            "name": it.name,
            "fields": it.fields.iter().map(|part| part.token()).collect::<Vec<_>>(),
            "template": it.template,
            "vcard": it.card.to_string(),
        })).collect::<Vec<_>>(),
        "card_updates": export.card_updates,
        "blocked": export.blocked,
        "contacts": export.contacts.iter().map(|it| json!({
            "uri": it.uri,
            "proved": it.proved.to_string(),
            "discoverable": it.is_discoverable,
        })).collect::<Vec<_>>(),
        "invited": export.invited.iter().map(|it| json!({
            "address": it.address,
            "since": it.since.to_string(),
            "joined": it.has_joined,
        })).collect::<Vec<_>>(),
        "shares": export.shares.iter().map(|it| document(site, it)).collect::<Vec<_>>(),
        "complete": !export.is_cut,
        "written": export.written.to_string(),
    })
}

fn card(export: &Export) -> String {
    let name = escaped(export.nick.as_deref().unwrap_or(&export.jid));
    let mut card = String::new();
    let mut put = |line: &str| fold(&mut card, line);
    put("BEGIN:VCARD");
    put("VERSION:4.0");
    put("KIND:individual");
    put(&format!("FN:{name}"));
    // A URI has no character that would have to be escaped, but for those of its own rules.
    let jid = crate::domain::address::Address::from_jid(&export.jid);
    put(&format!("IMPP:{}", jid.map_or_else(|_| export.jid.clone(), |jid| jid.uri())));
    for contact in &export.contacts {
        match contact.uri.split_once(':') {
            Some(("tel", _)) => put(&format!("TEL;VALUE=uri:{}", contact.uri)),
            Some(("mailto", mail)) => put(&format!("EMAIL:{}", escaped(mail))),
            _ => {}
        }
    }
    put(&format!("LANG:{}", export.lang.code()));
    put("END:VCARD");
    card
}

/// A text (RFC 6350 §3.4), in one line.
fn escaped(text: &str) -> String {
    one_line(text).replace('\\', "\\\\").replace(',', "\\,").replace(';', "\\;")
}

/// One line, in pieces that fit; none ends within a character.
fn fold(card: &mut String, line: &str) {
    let mut room = LINE;
    for symbol in line.chars() {
        if symbol.len_utf8() > room {
            card.push_str("\r\n ");
            room = LINE - 1;
        }
        room -= symbol.len_utf8();
        card.push(symbol);
    }
    card.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{clock::Millis, export::Contact, lang::Lang};

    fn export(nick: &str, contacts: &[&str]) -> Export {
        let contact = |uri: &&str| Contact {
            uri: (*uri).to_owned(),
            proved: Millis(0),
            is_discoverable: false,
        };
        Export {
            jid: "romeo@montague.lit".into(),
            nick: Some(nick.into()),
            lang: Lang::Zh,
            joined: Millis(0),
            pictures: true,
            quiet: None,
            zone: None,
            ask: None,
            blocked: Vec::new(),
            contacts: contacts.iter().map(contact).collect(),
            invited: Vec::new(),
            cards: Vec::new(),
            card_updates: false,
            shares: Vec::new(),
            is_cut: false,
            written: Millis(0),
        }
    }

    #[test]
    fn a_card_names_everything_by_which_he_is_reached() {
        let card = card(&export("Romeo; M, \\罗\nx", &["tel:+390455550100", "mailto:r@x.lit"]));
        let lines: Vec<&str> = card.split_terminator("\r\n").collect();
        assert_eq!(
            lines,
            [
                "BEGIN:VCARD",
                "VERSION:4.0",
                "KIND:individual",
                "FN:Romeo\\; M\\, \\\\罗 x",
                "IMPP:xmpp:romeo@montague.lit",
                "TEL;VALUE=uri:tel:+390455550100",
                "EMAIL:r@x.lit",
                "LANG:zh",
                "END:VCARD",
            ]
        );
    }

    #[test]
    fn long_lines_are_folded_between_characters() {
        let name = "罗密欧".repeat(30);
        let card = card(&export(&name, &[]));
        assert!(card.split("\r\n").all(|line| line.len() <= LINE), "{card}");
        assert!(card.replace("\r\n ", "").contains(&format!("FN:{name}\r\n")));
    }
}
