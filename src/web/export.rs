//! All that somebody has here, behind `/k/TOKEN.json`, and who they are as a card behind
//! `/k/TOKEN.vcf` (vCard 4.0, RFC 6350).

use std::{mem, sync::Arc};

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    answer::{Keep, answer},
    archive::Archive,
    download::{Downloads, Stopped, Writer, file},
    jcard::jcard,
    layout::Nothing,
    saved_json::document,
    site::Site,
};
use crate::{
    card::store_address_book::Cursor,
    domain::{
        consent::Ask,
        export::{Collected, Export, OwnCard},
        text::one_line,
    },
    leave::export::{Blocked, CARD_BYTES, NOTES, THINGS},
};

/// The most octets of a line of a vCard, without its end (RFC 6350 §3.2).
const LINE: usize = 75;

/// Everything, as JSON. Its members are listed in `docs/pages.md`.
pub(super) fn as_json(
    site: Arc<Site>,
    archive: Archive,
    downloads: &Downloads,
    export: Box<Export>,
) -> Result<Response, Nothing> {
    let body = downloads.start(export.jid.clone(), |mut out| async move {
        write(&mut out, &site, &archive, &export).await?;
        Ok(out)
    })?;
    let name = "attachment; filename=\"tradepost.json\"";
    Ok(file(body, Keep::Not, "application/json", name))
}

/// The card.
pub(super) fn as_card(export: &Export) -> Response {
    let card = answer(StatusCode::OK, Keep::Not, "text/vcard; charset=utf-8", card(export));
    let name = HeaderValue::from_static("attachment; filename=\"tradepost.vcf\"");
    ([(header::CONTENT_DISPOSITION, name)], card).into_response()
}

/// An array that is written one item after the other.
struct List {
    is_empty: bool,
}

impl List {
    async fn begin(out: &mut Writer, name: &str) -> Result<Self, Stopped> {
        out.put(format!(",\n\"{name}\": [")).await?;
        Ok(Self { is_empty: true })
    }

    /// What stands before the next item.
    async fn next(&mut self, out: &mut Writer) -> Result<(), Stopped> {
        out.put(if mem::take(&mut self.is_empty) { "\n" } else { ",\n" }).await
    }

    async fn put(&mut self, out: &mut Writer, items: Vec<String>) -> Result<(), Stopped> {
        for item in items {
            self.next(out).await?;
            out.put(item).await?;
        }
        Ok(())
    }

    async fn end(self, out: &mut Writer) -> Result<(), Stopped> {
        out.put("\n]").await
    }
}

async fn write(
    out: &mut Writer,
    site: &Site,
    archive: &Archive,
    export: &Export,
) -> Result<(), Stopped> {
    let owner = export.jid.as_str();
    let mut is_cut = false;
    let head = head(export).to_string();
    out.put(head.strip_suffix('}').unwrap_or(&head)).await?;

    let mut list = List::begin(out, "blocked").await?;
    let mut at = Some(Blocked::default());
    while let Some(from) = at {
        let (some, next) = out.turn(archive.blocked(owner, from)).await?;
        list.put(out, some.into_iter().map(|it| json!(it).to_string()).collect()).await?;
        at = next;
    }
    list.end(out).await?;

    let mut list = List::begin(out, "own_cards").await?;
    for name in out.turn(archive.own_cards(owner)).await? {
        let text = async {
            let card = archive.own_card(owner, &name).await?;
            Ok(card.map(|it| own_card(&it).to_string()))
        };
        let text = out.turn(text).await?;
        list.put(out, text.into_iter().collect()).await?;
    }
    list.end(out).await?;

    let mut list = List::begin(out, "cards").await?;
    let (mut at, mut bytes) = (Some(Cursor::default()), 0);
    while let Some(from) = at {
        let some = async {
            let (cards, next) = archive.cards(owner, &from).await?;
            let before = cards.len();
            let kept = cards.into_iter().take_while(|(size, _)| {
                bytes += size;
                bytes <= CARD_BYTES
            });
            let texts: Vec<String> = kept.map(|(_, it)| collected(&it).to_string()).collect();
            let is_cut = texts.len() < before;
            Ok((texts, next.filter(|_| !is_cut), is_cut))
        };
        let (texts, next, is_over) = out.turn(some).await?;
        list.put(out, texts).await?;
        is_cut |= is_over;
        at = next;
    }
    list.end(out).await?;

    is_cut |= shares(out, site, archive, owner).await?;
    let end = json!({ "complete": !is_cut, "written": export.written.to_string() }).to_string();
    out.put(",\n").await?;
    out.put(end.strip_prefix('{').unwrap_or(&end)).await?;
    out.put("\n").await
}

/// What they sent and were sent, with what was said. Answers whether there is more.
async fn shares(
    out: &mut Writer,
    site: &Site,
    archive: &Archive,
    owner: &str,
) -> Result<bool, Stopped> {
    let mut list = List::begin(out, "shares").await?;
    let (mut below, mut things, mut notes) = (i64::MAX, 0, 0);
    let is_cut = loop {
        let items = out.turn(archive.things(owner, below)).await?;
        let Some(lowest) = items.last() else { break false };
        below = lowest.handle;
        let mut is_cut = false;
        for item in &items {
            is_cut = things == THINGS || notes > NOTES;
            if is_cut {
                break;
            }
            things += 1;
            let Some(saved) = out.turn(archive.thing(owner, item)).await? else { continue };
            notes += saved.conversations.iter().map(|talk| talk.said.len()).sum::<usize>();
            list.next(out).await?;
            document(out, site, archive, &saved).await?;
        }
        if is_cut {
            break true;
        }
    };
    list.end(out).await?;
    Ok(is_cut)
}

/// What there is little of.
fn head(export: &Export) -> Value {
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
        "card_updates": export.card_updates,
    })
}

fn own_card(it: &OwnCard) -> Value {
    json!({
        "name": it.name,
        "fields": it.parts,
        "template": it.template,
        "changed": it.changed.to_string(),
        "card": jcard(&it.card),
    })
}

fn collected(it: &Collected) -> Value {
    json!({
        "number": it.number,
        "from": it.giver,
        "passed_on": it.third,
        "follows": it.follows,
        "changed": it.changed.to_string(),
        "card": jcard(&it.card),
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
            contacts: contacts.iter().map(contact).collect(),
            invited: Vec::new(),
            card_updates: false,
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
