//! The page of a card, `/c/TOKEN` (S3.5), and what lies below it: the card as a file, as a picture
//! and as a QR code.
//!
//! Whoever has the address sees it, so it shows the name that the giver goes by, and neither their
//! address nor whom they gave the card to. Its head, which messengers show to others in a room,
//! names nothing but whose card it is. A link that was never given, is over, was taken back or
//! declined is one page and one answer. Nothing of a card is kept by a browser, but what its owner
//! saves.

use std::sync::Arc;

use askama::Template;
use axum::{
    Extension, Router,
    extract::{Path, State, rejection::PathRejection},
    http::StatusCode,
    middleware::from_fn,
    response::Response,
    routing::get,
};

use super::{
    answer::{Keep, answer, html, with_safety, with_style},
    archive::Archive,
    card_file,
    card_picture::{Drawing, Job, Studio},
    layout::{Frame, Nothing, in_time, notice},
    reader::Reader,
    site::{Site, Unavailable},
};
use crate::{
    card::{page::CardPage, template::chat},
    domain::{card_template::DEFAULT, site::Network, text::one_line},
};

/// `/c/TOKEN` and, below it, `NAME.vcf` with any name, `card.png`, `qr.svg` and `qr.png`, for GET
/// and HEAD.
///
/// What opens nothing is answered 404, always with the same page; a failed look-up, or one of more
/// than 5 s, 503.
pub fn router(site: Site, studio: Arc<Studio>, archive: Archive) -> Router {
    showing(site, studio, move |token| archive.clone().card(token))
}

/// The same of whatever `look_up` opens.
fn showing<F, Opening>(site: Site, studio: Arc<Studio>, look_up: F) -> Router
where
    F: Fn(String) -> Opening + Clone + Send + Sync + 'static,
    Opening: Future<Output = Result<Option<CardPage>, Unavailable>> + Send + 'static,
{
    let opening = look_up.clone();
    let drawing = Arc::clone(&studio);
    let page = async move |State(site): State<Arc<Site>>, reader: Reader, token: Token| {
        let token = token.map(|Path(token)| token).unwrap_or_default();
        match open(&opening, &token).await {
            Ok(found) => page(&site, &reader, &drawing, &token, &found),
            Err(nothing) => notice(&site, &reader, nothing),
        }
    };
    let file = async move |State(site): State<Arc<Site>>,
                           network: Option<Extension<Network>>,
                           reader: Reader,
                           path: Name| {
        let network = network.map(|Extension(network)| network);
        let (token, name) = path.map(|Path(both)| both).unwrap_or_default();
        let Some(wanted) = Wanted::of(&name) else {
            return notice(&site, &reader, Nothing::NoCard);
        };
        match open(&look_up, &token).await {
            Ok(found) => {
                let given = wanted.give(&site, &reader, &studio, &token, found, network).await;
                given.unwrap_or_else(|nothing| notice(&site, &reader, nothing))
            }
            Err(nothing) => notice(&site, &reader, nothing),
        }
    };
    Router::new()
        .route("/c/{token}", get(page))
        .route("/c/{token}/{name}", get(file))
        .layer(from_fn(with_safety))
        .with_state(Arc::new(site))
}

type Token = Result<Path<String>, PathRejection>;
type Name = Result<Path<(String, String)>, PathRejection>;

async fn open<F, Opening>(look_up: &F, token: &str) -> Result<CardPage, Nothing>
where
    F: Fn(String) -> Opening,
    Opening: Future<Output = Result<Option<CardPage>, Unavailable>>,
{
    in_time(look_up(token.to_owned())).await?.ok_or(Nothing::NoCard)
}

/// What lies below a page.
#[derive(Clone, Copy)]
enum Wanted {
    Vcf,
    Drawn(Drawing),
}

impl Wanted {
    fn of(name: &str) -> Option<Self> {
        match name {
            "card.png" => Some(Self::Drawn(Drawing::Card)),
            "qr.svg" => Some(Self::Drawn(Drawing::CodeSvg)),
            "qr.png" => Some(Self::Drawn(Drawing::CodePng)),
            _ => name.strip_suffix(".vcf").map(|_| Self::Vcf),
        }
    }

    /// Nothing when this card has no such thing, or too much is drawn for others.
    async fn give(
        self,
        site: &Site,
        reader: &Reader,
        studio: &Studio,
        token: &str,
        found: CardPage,
        network: Option<Network>,
    ) -> Result<Response, Nothing> {
        let Self::Drawn(drawing) = self else { return Ok(card_file::vcf(&found.card)) };
        let media = if drawing == Drawing::CodeSvg { "image/svg+xml" } else { "image/png" };
        let address = format!("{}/c/{token}", site.public_url);
        let (card, template) = (Arc::new(found.card), found.template);
        let job = Job { drawing, card, template, lang: reader.lang, address };
        let picture: Vec<u8> = studio.picture(job, network).await?.into();
        Ok(answer(StatusCode::OK, Keep::Not, media, picture))
    }
}

#[derive(Template)]
#[template(path = "card.html")]
struct Sheet<'a> {
    frame: Frame<'a>,
    title: String,
    given: String,
    given_at: String,
    third: bool,
    /// Where this page is, without its query.
    here: String,
    has_picture: bool,
    picture_alt: String,
    /// What the template made of the card; its values are escaped.
    inside: String,
    /// The path of the file.
    file: String,
    /// Adding the person in a chat app.
    chat: Option<String>,
    closes: String,
    contact_link: String,
}

fn page(site: &Site, reader: &Reader, studio: &Studio, token: &str, found: &CardPage) -> Response {
    let templates = studio.templates();
    let inside = templates.html(&found.template, &found.card, reader.lang).or_else(|error| {
        tracing::error!(%error, "cannot show a card with its template");
        templates.html(DEFAULT, &found.card, reader.lang)
    });
    let Ok(inside) = inside else { return notice(site, reader, Nothing::Unavailable) };
    let style = templates.style(&found.template);
    let mut frame = Frame::new(site, reader);
    frame.style = format!("{}{style}", frame.style).into();
    let words = frame.words;
    let nick = found.giver_nick.as_deref().map(one_line);
    let name = &one_line(found.card.name());
    let sheet = Sheet {
        title: words.card_of(name),
        given: words.given(nick.as_deref(), found.third, &found.given.to_string()),
        given_at: found.given.to_string(),
        third: found.third,
        here: format!("{}/c/{token}", frame.root),
        has_picture: studio.has_fonts(),
        picture_alt: words.card_picture(name),
        inside,
        file: card_file::in_path(&found.card),
        chat: chat(&found.card),
        closes: words.card_closes(&found.expires.to_string()),
        contact_link: frame.chat(None),
        frame,
    };
    let page = sheet.render();
    with_style(html(StatusCode::OK, Keep::Not, page), style)
}

#[cfg(test)]
mod tests;
