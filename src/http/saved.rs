//! What somebody keeps (S0.9): `/k/TOKEN.html`, the page's copy with everything that was said, and
//! `/k/TOKEN.json`, the same for machines; and all that he has (`super::export`). Whoever has the
//! link sees what its owner may see, so it goes to nobody else, ends after seven days, and nothing
//! of it is cached.

use std::{mem, sync::Arc};

use askama::Template;
use axum::{
    Router,
    extract::{Path, State, rejection::PathRejection},
    middleware::from_fn,
    response::Response,
    routing::get,
};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{
    answer::{Keep, with_safety},
    archive::Archive,
    download::{Downloads, Stopped, Writer, file},
    export,
    frame::{Nothing, notice},
    gallery::{self, Inlined},
    jcard::jcard,
    json_ld,
    page::there,
    reader::Reader,
    recording::Recorded,
    sheet::{self, Part, SAID, inlined},
    site::{PATIENCE, Site, Unavailable},
    view::{Text, View},
    words::Words,
};
use crate::{
    domain::{
        card::Card,
        picture::Thumbnail,
        product::Product,
        recording::Recording,
        saved::{Conversation, Party, Reaction, Saved, Saying, Token},
        share::Stored,
    },
    ops::saved::{SavedAnswer, talk},
};

/// `/k/TOKEN.html`, `/k/TOKEN.json` and `/k/TOKEN.vcf`, for GET and HEAD.
///
/// They are read from `archive` as they are written. An unknown link, or one that is over, is
/// answered 404, one to a share that was taken back, or of somebody who has left, 410, one that is
/// followed too often 429, and a failed look-up, one of more than 5 s, or one too many at a time, 503.
pub fn router(site: Site, archive: Archive, downloads: Downloads) -> Router {
    let kept = async move |State(site): State<Arc<Site>>, reader: Reader, name: Name| {
        let found = follow(&site, archive.clone(), &downloads, name).await;
        found.unwrap_or_else(|why| notice(&site, &reader, why))
    };
    Router::new()
        .route("/k/{name}", get(kept))
        .layer(from_fn(with_safety))
        .with_state(Arc::new(site))
}

type Name = Result<Path<String>, PathRejection>;

/// What is asked for: of a share a page or data, of everything data or a card.
#[derive(Clone, Copy)]
enum Ending {
    Html,
    Json,
    Vcf,
}

async fn follow(
    site: &Arc<Site>,
    archive: Archive,
    downloads: &Downloads,
    name: Name,
) -> Result<Response, Nothing> {
    let asked = name.ok().and_then(|Path(name)| {
        let (token, ending) = name.split_once('.')?;
        let ending = match ending {
            "html" => Ending::Html,
            "json" => Ending::Json,
            "vcf" => Ending::Vcf,
            _ => return None,
        };
        Some((Token::parse(token)?, ending))
    });
    let (token, ending) = asked.ok_or(Nothing::Unsaved)?;
    let whose = timeout(PATIENCE, archive.whose(token)).await.unwrap_or(Err(Unavailable));
    let turn = match whose.map_err(|Unavailable| Nothing::Unavailable)? {
        Some(owner) => Some(downloads.follow(&owner, token).await?),
        None => None,
    };
    let opened = timeout(PATIENCE, archive.open(token)).await.unwrap_or(Err(Unavailable));
    drop(turn);
    let site = Arc::clone(site);
    match (opened, ending) {
        (Ok(SavedAnswer::Found(saved)), Ending::Html) => {
            let file = |hash, kind| archive.picture(hash, kind);
            let there = timeout(PATIENCE, there(&file, &saved.page)).await;
            let there = there.unwrap_or(Err(Unavailable)).map_err(|_| Nothing::Unavailable)?;
            as_html(site, archive.clone(), downloads, saved, &there)
        }
        (Ok(SavedAnswer::Found(saved)), Ending::Json) => as_json(site, archive, downloads, saved),
        (Ok(SavedAnswer::All(all)), Ending::Json) => export::as_json(site, archive, downloads, all),
        (Ok(SavedAnswer::All(all)), Ending::Vcf) => Ok(export::as_card(&all)),
        (Ok(SavedAnswer::Revoked), _) => Err(Nothing::Revoked),
        (Ok(SavedAnswer::Left), _) => Err(Nothing::Left),
        (Ok(SavedAnswer::Unknown | SavedAnswer::Found(_) | SavedAnswer::All(_)), _) => {
            Err(Nothing::Unsaved)
        }
        (Err(Unavailable), _) => Err(Nothing::Unavailable),
    }
}

fn as_html(
    site: Arc<Site>,
    archive: Archive,
    downloads: &Downloads,
    saved: Box<Saved>,
    there: &[Arc<Thumbnail>],
) -> Result<Response, Nothing> {
    let page = sheet::kept_html(&site, &saved, there).map_err(|error| {
        tracing::error!(%error, "cannot write a page");
        Nothing::Unavailable
    })?;
    let name = attachment(&saved, "html");
    let body = downloads.start(saved.owner.clone(), |mut out| async move {
        for part in sheet::parts(&page) {
            match part {
                Part::Text(text) => out.put(text).await?,
                Part::Said => said(&mut out, &site, &archive, &saved).await?,
                Part::Picture(hash, kind) => {
                    let file = out.turn(archive.picture(hash, kind)).await?;
                    inlined(&mut out, kind, file).await?;
                }
            }
        }
        Ok(out)
    })?;
    Ok(file(body, Keep::Not, "text/html; charset=utf-8", &name))
}

fn as_json(
    site: Arc<Site>,
    archive: Archive,
    downloads: &Downloads,
    saved: Box<Saved>,
) -> Result<Response, Nothing> {
    let name = attachment(&saved, "json");
    let body = downloads.start(saved.owner.clone(), |mut out| async move {
        document(&mut out, &site, &archive, &saved).await?;
        out.put("\n").await?;
        Ok(out)
    })?;
    Ok(file(body, Keep::Not, "application/json", &name))
}

fn attachment(saved: &Saved, ending: &str) -> String {
    let page = &saved.page;
    let product = page.products.first().map(|product| product.name(saved.lang.code()));
    let name = product.or(saved.card.as_ref().map(Card::name)).unwrap_or_default();
    sheet::attachment(name, page.ref_code, ending)
}

// ---- for machines -------------------------------------------------------------------------------

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

// ---- for people ---------------------------------------------------------------------------------

/// What stands below the products in the copy that somebody keeps, around what was said.
pub(super) struct Kept {
    /// `#12 · Juliet (juliet@capulet.lit)`, or to whom it went.
    pub(super) about: String,
    pub(super) is_cut: bool,
    pub(super) is_silent: bool,
    /// Where what was said comes.
    pub(super) place: &'static str,
}

impl Kept {
    pub(super) fn new(saved: &Saved, words: &'static Words) -> Self {
        let who = if saved.is_own {
            let all: Vec<_> = saved.conversations.iter().map(|it| shown(&it.with)).collect();
            format!("{} {}", words.sent_to, all.join(words.comma))
        } else {
            format!("{} {}", words.sent_by, shown(&saved.sender))
        };
        Self {
            about: format!("#{} · {who}", saved.handle),
            is_cut: saved.is_cut,
            is_silent: !saved.conversations.iter().any(is_loud),
            place: SAID,
        }
    }
}

fn is_loud(talk: &Conversation) -> bool {
    !talk.said.is_empty() || !talk.reactions.is_empty()
}

#[derive(Template)]
#[template(path = "talk_head.html")]
struct Head {
    with: String,
    /// How they reacted to the share.
    reactions: Option<String>,
}

/// One thing that was said.
#[derive(Template)]
#[template(path = "saying.html")]
struct Said<'a> {
    words: &'static Words,
    is_own: bool,
    who: &'a str,
    at: String,
    shown_at: String,
    is_corrected: bool,
    text: Text<'a>,
    recording: Option<Recorded<'a>>,
    products: Vec<View<'a>>,
    reactions: Option<String>,
}

async fn said(
    out: &mut Writer,
    site: &Site,
    archive: &Archive,
    saved: &Saved,
) -> Result<(), Stopped> {
    let reader = Reader::of_lang(saved.lang);
    let words = Words::of(reader.lang);
    for talk in saved.conversations.iter().filter(|talk| is_loud(talk)) {
        let head = Head { with: shown(&talk.with), reactions: reacted(&talk.reactions) };
        out.put(head.render().map_err(|_| Stopped)? + "\n").await?;
        let mut rest = talk.said.as_slice();
        while !rest.is_empty() {
            let (some, more) = rest.split_at(talk::some(rest));
            let texts = async {
                let said = archive.said(saved, talk, some).await?;
                let text =
                    |it| Said::new(site, it, &reader, words).render().map(|text| text + "\n");
                said.iter().map(text).collect::<Result<String, _>>().map_err(|_| Unavailable)
            };
            let texts = out.turn(texts).await?;
            out.put(texts).await?;
            rest = more;
        }
        out.put("</ol>\n").await?;
    }
    Ok(())
}

impl<'a> Said<'a> {
    fn new(site: &Site, it: &'a Saying, reader: &Reader, words: &'static Words) -> Self {
        // Of products in answers no pictures are fetched.
        let further = |it: &'a Product| {
            let linked = |it, name| gallery::pictures(site, it, &Stored::new(), name);
            let mut view = View::new(it, linked, reader, words);
            view.keep(&Inlined::new(), words);
            view
        };
        Self {
            words,
            is_own: it.is_own,
            who: if it.is_own { words.you } else { name(&it.by) },
            at: it.at.to_string(),
            shown_at: words.minute(&it.at.to_string()).unwrap_or_default(),
            is_corrected: it.is_corrected,
            text: Text::new(&it.text),
            recording: it.recording.as_deref().map(Recorded::new),
            products: it.products.iter().map(further).collect(),
            reactions: reacted(&it.reactions),
        }
    }
}

fn name(by: &Party) -> &str {
    by.nick.as_deref().unwrap_or(&by.address)
}

fn reacted(of: &[Reaction]) -> Option<String> {
    let all: Vec<_> = of.iter().map(|it| format!("{} {}", name(&it.by), it.emoji)).collect();
    (!all.is_empty()).then(|| all.join(" · "))
}

/// `Juliet (juliet@capulet.lit)`
fn shown(party: &Party) -> String {
    match &party.nick {
        Some(nick) => format!("{nick} ({})", party.address),
        None => party.address.clone(),
    }
}

#[cfg(test)]
mod tests;
