//! What somebody keeps (S0.9): `/k/TOKEN.html`, the page's copy with everything that was said, and
//! `/k/TOKEN.json`, the same for machines; and all that he has (`super::export`). Whoever has the
//! link sees what its owner may see, so it goes to nobody else, ends after seven days, and nothing
//! of it is cached.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderValue, StatusCode, header},
    middleware::from_fn,
    response::Response,
    routing::get,
};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{
    answer::{Keep, answer, html, with_safety},
    export,
    frame::{Nothing, notice},
    gallery::{self, Inlined},
    json_ld,
    page::{PATIENCE, Site, Unavailable, files},
    reader::Reader,
    recording::Recorded,
    sheet,
    view::{Text, View},
    words::Words,
};
use crate::{
    domain::{
        picture::{Kind, Picture, PictureHash},
        product::Product,
        recording::Recording,
        saved::{self, Conversation, Party, Reaction, Saved, Token},
        share::Stored,
    },
    ops::saved::SavedAnswer,
};

/// `/k/TOKEN.html`, `/k/TOKEN.json` and `/k/TOKEN.vcf`, for GET and HEAD.
///
/// `look_up` follows a link, and `file` gives the bytes of a picture that is there, which go into
/// the page: one for each of its products at most, so five of at most 512 KiB. An unknown link, or one that is over, is answered 404, one to a share
/// that was taken back, or of somebody who has left, 410, a failed look-up, or one of more than 5 s, 503.
pub fn router<F, Opening, G, Reading>(site: Site, look_up: F, file: G) -> Router
where
    F: Fn(Token) -> Opening + Clone + Send + Sync + 'static,
    Opening: Future<Output = Result<SavedAnswer, Unavailable>> + Send + 'static,
    G: Fn(PictureHash, Kind) -> Reading + Clone + Send + Sync + 'static,
    Reading: Future<Output = Result<Option<Vec<u8>>, Unavailable>> + Send + 'static,
{
    let kept = async move |State(site): State<Arc<Site>>, reader: Reader, name: Name| {
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
        let Some((token, ending)) = asked else { return notice(&site, &reader, Nothing::Unsaved) };
        let found = async {
            let answer = look_up(token).await?;
            let pictures = match &answer {
                SavedAnswer::Found(saved) => files(&file, &saved.page).await?,
                _ => Vec::new(),
            };
            Ok((answer, pictures))
        };
        let found = timeout(PATIENCE, found).await.unwrap_or(Err(Unavailable));
        let why = match found {
            Ok((SavedAnswer::Found(saved), pictures)) => match ending {
                Ending::Html => return as_html(&site, &saved, &pictures),
                Ending::Json => return as_json(&site, &saved),
                Ending::Vcf => Nothing::Unsaved,
            },
            Ok((SavedAnswer::All(export), _)) => match ending {
                Ending::Json => return export::as_json(&site, &export),
                Ending::Vcf => return export::as_card(&export),
                Ending::Html => Nothing::Unsaved,
            },
            Ok((SavedAnswer::Unknown, _)) => Nothing::Unsaved,
            Ok((SavedAnswer::Revoked, _)) => Nothing::Revoked,
            Ok((SavedAnswer::Left, _)) => Nothing::Left,
            Err(Unavailable) => Nothing::Unavailable,
        };
        notice(&site, &reader, why)
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

fn as_html(site: &Site, saved: &Saved, pictures: &[Picture]) -> Response {
    let page = sheet::kept_html(site, saved, pictures);
    attached(html(StatusCode::OK, Keep::Not, page), saved, "html")
}

fn as_json(site: &Site, saved: &Saved) -> Response {
    let text = format!("{:#}\n", document(site, saved));
    attached(answer(StatusCode::OK, Keep::Not, "application/json", text), saved, "json")
}

fn attached(mut response: Response, saved: &Saved, ending: &str) -> Response {
    let page = &saved.page;
    let name = page.products.first().map_or("", |product| product.name(saved.lang.code()));
    if let Ok(disposition) = HeaderValue::try_from(sheet::attachment(name, page.ref_code, ending)) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

// ---- for machines -------------------------------------------------------------------------------

/// Its members are listed in the README.
pub(super) fn document(site: &Site, saved: &Saved) -> Value {
    let page = &saved.page;
    let reader = Reader::of_lang(saved.lang);
    let comment = page.comment.as_ref();
    json!({
        "number": saved.handle,
        "sent": saved.is_own,
        "sender": party(&saved.sender),
        "shared": page.accepted.to_string(),
        "code": page.ref_code.to_string(),
        "page": site.page_of(page.ref_code),
        "comment": comment.map(|it| json!({ "lang": it.lang, "text": it.text })),
        "recording": page.recording.as_deref().map(recording),
        "products": json_ld::nodes(&page.products, &reader),
        "conversations": saved
            .conversations
            .iter()
            .map(|talk| of_talk(talk, &reader))
            .collect::<Vec<_>>(),
        "complete": !saved.is_cut,
        "written": saved.written.to_string(),
    })
}

fn of_talk(talk: &Conversation, reader: &Reader) -> Value {
    let of_saying = |it: &saved::Saying| {
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
    };
    json!({
        "with": party(&talk.with),
        "said": talk.said.iter().map(of_saying).collect::<Vec<_>>(),
        "reactions": reactions(&talk.reactions),
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

/// What stands below the products in the copy that somebody keeps.
pub(super) struct Kept<'a> {
    /// `#12 · Juliet (juliet@capulet.lit)`, or to whom it went.
    pub(super) about: String,
    pub(super) is_cut: bool,
    /// Those in which something was said.
    pub(super) talks: Vec<Talk<'a>>,
}

pub(super) struct Talk<'a> {
    pub(super) with: String,
    pub(super) said: Vec<Saying<'a>>,
    /// How they reacted to the share.
    pub(super) reactions: Option<String>,
}

pub(super) struct Saying<'a> {
    pub(super) is_own: bool,
    pub(super) who: &'a str,
    pub(super) at: String,
    pub(super) shown_at: String,
    pub(super) is_corrected: bool,
    pub(super) text: Text<'a>,
    pub(super) recording: Option<Recorded<'a>>,
    pub(super) products: Vec<View<'a>>,
    pub(super) reactions: Option<String>,
}

impl<'a> Kept<'a> {
    pub(super) fn new(
        site: &Site,
        saved: &'a Saved,
        reader: &Reader,
        words: &'static Words,
    ) -> Self {
        let who = if saved.is_own {
            let all: Vec<_> = saved.conversations.iter().map(|it| shown(&it.with)).collect();
            format!("{} {}", words.sent_to, all.join(words.comma))
        } else {
            format!("{} {}", words.sent_by, shown(&saved.sender))
        };
        let talks = saved.conversations.iter();
        Self {
            about: format!("#{} · {who}", saved.handle),
            is_cut: saved.is_cut,
            talks: talks
                .filter(|it| !it.said.is_empty() || !it.reactions.is_empty())
                .map(|it| Talk::new(site, it, reader, words))
                .collect(),
        }
    }
}

impl<'a> Talk<'a> {
    fn new(site: &Site, talk: &'a Conversation, reader: &Reader, words: &'static Words) -> Self {
        let name = |by: &'a Party| by.nick.as_deref().unwrap_or(&by.address);
        let all = |of: &'a [Reaction]| {
            let all: Vec<_> =
                of.iter().map(|it| format!("{} {}", name(&it.by), it.emoji)).collect();
            (!all.is_empty()).then(|| all.join(" · "))
        };
        // Of products in answers no pictures are fetched.
        let further = |it: &'a Product| {
            let linked = |it, name| gallery::pictures(site, it, &Stored::new(), name);
            let mut view = View::new(it, linked, reader, words);
            view.keep(&Inlined::new(), words);
            view
        };
        let saying = |it: &'a saved::Saying| Saying {
            is_own: it.is_own,
            who: if it.is_own { words.you } else { name(&it.by) },
            at: it.at.to_string(),
            shown_at: words.minute(&it.at.to_string()).unwrap_or_default(),
            is_corrected: it.is_corrected,
            text: Text::new(&it.text),
            recording: it.recording.as_deref().map(Recorded::new),
            products: it.products.iter().map(further).collect(),
            reactions: all(&it.reactions),
        };
        Self {
            with: shown(&talk.with),
            said: talk.said.iter().map(saying).collect(),
            reactions: all(&talk.reactions),
        }
    }
}

/// `Juliet (juliet@capulet.lit)`
fn shown(party: &Party) -> String {
    match &party.nick {
        Some(nick) => format!("{nick} ({})", party.address),
        None => party.address.clone(),
    }
}
