//! A share and what was said about it, for machines.

use std::mem;

use serde_json::{Value, json};

use super::{
    archive::Archive,
    download::{Stopped, Writer},
    jcard::jcard,
    json_ld,
    reader::Reader,
    site::Site,
};
use crate::{
    domain::{
        recording::Recording,
        saved::{Party, Reaction, Saved, Saying},
    },
    share::saved::talk,
};

/// Writes a share and what was said about it. Its members are listed in `docs/pages.md`.
pub(super) async fn document(
    out: &mut Writer,
    site: &Site,
    archive: &Archive,
    saved: &Saved,
) -> Result<(), Stopped> {
    let reader = Reader::of_lang(saved.lang);
    out.put(opened(&head(site, saved, &reader))).await?;
    out.put(",\n\"conversations\": [").await?;
    for (at, talk) in saved.conversations.iter().enumerate() {
        let head = json!({ "with": party(&talk.with), "reactions": reactions(&talk.reactions) });
        out.put(if at == 0 { "\n" } else { ",\n" }).await?;
        out.put(opened(&head)).await?;
        out.put(",\"said\":[").await?;
        let (mut rest, mut is_first) = (talk.said.as_slice(), true);
        while !rest.is_empty() {
            let (some, more) = rest.split_at(talk::some(rest));
            let texts = async {
                let said = archive.said(saved, talk, some).await?;
                Ok(said.iter().map(|it| saying(it, &reader).to_string()).collect::<Vec<_>>())
            };
            for text in out.turn(texts).await? {
                out.put(if mem::take(&mut is_first) { "\n" } else { ",\n" }).await?;
                out.put(text).await?;
            }
            rest = more;
        }
        out.put("]}").await?;
    }
    let end = json!({ "complete": !saved.is_cut, "written": saved.written.to_string() });
    out.put("],\n").await?;
    let end = end.to_string();
    out.put(end.strip_prefix('{').unwrap_or(&end)).await
}

/// An object to which more members are added.
fn opened(object: &Value) -> String {
    let mut text = object.to_string();
    text.pop();
    text
}

fn head(site: &Site, saved: &Saved, reader: &Reader) -> Value {
    let page = &saved.page;
    let comment = page.comment.as_ref();
    let mut head = json!({
        "number": saved.handle,
        "sent": saved.is_own,
        "sender": party(&saved.sender),
        "shared": page.accepted.to_string(),
        "code": page.ref_code.to_string(),
        "page": site.page_of(page.ref_code),
        "comment": comment.map(|it| json!({ "lang": it.lang, "text": it.text })),
        "recording": page.recording.as_deref().map(recording),
        "products": json_ld::nodes(&page.products, reader),
    });
    if let (Some(card), Some(members)) = (&saved.card, head.as_object_mut()) {
        members.insert("card".to_owned(), jcard(card));
        members.insert("page".to_owned(), Value::Null);
    }
    head
}

fn saying(it: &Saying, reader: &Reader) -> Value {
    json!({
        "by": party(&it.by),
        "own": it.is_own,
        "at": it.at.to_string(),
        "lang": it.text.lang,
        "text": it.text.text,
        "recording": it.recording.as_deref().map(recording),
        "corrected": it.is_corrected,
        "products": json_ld::nodes(&it.products, reader),
        "reactions": reactions(&it.reactions),
    })
}

fn recording(it: &Recording) -> Value {
    let file = it.file();
    json!({
        "url": file.url.as_str(),
        "type": file.media_type,
        "bytes": file.size,
        "milliseconds": it.length(),
        "description": file.description,
    })
}

fn reactions(all: &[Reaction]) -> Vec<Value> {
    all.iter().map(|it| json!({ "by": party(&it.by), "emoji": it.emoji })).collect()
}

fn party(party: &Party) -> Value {
    json!({ "address": party.address, "name": party.nick })
}
