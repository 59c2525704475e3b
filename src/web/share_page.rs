//! The page about what was shared, and the copy of it that people keep (S0.8, S0.9).

use std::sync::Arc;

use askama::Template;
use axum::{http::StatusCode, response::Response};
use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    answer::{Keep, SAVED_POLICY, html, with_sound},
    download::{Stopped, Writer},
    gallery::{Inlined, pictures},
    json_ld,
    layout::Frame,
    product_view::{Text, View},
    qr::Qr,
    reader::Reader,
    recording::{Recorded, origin},
    site::Site,
};
use crate::{
    domain::{
        id::RefCode,
        picture::{Kind, PictureHash, Thumbnail, file_name, parse_file_name},
        saved::Saved,
        share::Page,
        text,
    },
    say::texts,
    web::saying::Kept,
};

/// The most characters of a product's name in the name of a file.
const FILE_NAME_MAX: usize = 60;

/// Five stars side by side, each 20 wide, as the path of an SVG.
const STARS: &str = "M10 2L12.2 7.6L18.2 7.9L13.5 11.7L15.1 17.6L10 14.3L4.9 17.6L6.5 11.7L1.8 7.9L7.8 7.6z\
    M30 2L32.2 7.6L38.2 7.9L33.5 11.7L35.1 17.6L30 14.3L24.9 17.6L26.5 11.7L21.8 7.9L27.8 7.6z\
    M50 2L52.2 7.6L58.2 7.9L53.5 11.7L55.1 17.6L50 14.3L44.9 17.6L46.5 11.7L41.8 7.9L47.8 7.6z\
    M70 2L72.2 7.6L78.2 7.9L73.5 11.7L75.1 17.6L70 14.3L64.9 17.6L66.5 11.7L61.8 7.9L67.8 7.6z\
    M90 2L92.2 7.6L98.2 7.9L93.5 11.7L95.1 17.6L90 14.3L84.9 17.6L86.5 11.7L81.8 7.9L87.8 7.6z";

#[derive(Template)]
#[template(path = "product.html")]
struct Sheet<'a> {
    frame: Frame<'a>,
    title: String,
    /// Over several products; one alone is its own heading.
    heading: Option<String>,
    /// The level of a product's heading: 1, or 2 below `heading`.
    level: u8,
    summary: String,
    address: String,
    code: String,
    products: Vec<View<'a>>,
    json_ld: String,
    /// The first letter of the sender's name.
    initial: String,
    shared: String,
    shared_at: String,
    comment: Option<Text<'a>>,
    recording: Option<Recorded<'a>>,
    /// Where the QR code is, or itself.
    code_picture: String,
    /// Where the copy is.
    copy: String,
    stars: &'static str,
    has_picture: bool,
    chat_link: String,
    closes: String,
    /// What was said about it, in the copy of somebody who took part.
    kept: Option<Kept>,
    /// Whether it is the copy of a card, which has no page that a code opens.
    is_card: bool,
}

/// The page.
pub(super) fn page(site: &Site, reader: &Reader, page: &Page) -> Response {
    let response = html(StatusCode::OK, Keep::Minute, Sheet::new(site, reader, page).render());
    match page.recording.as_deref().and_then(origin) {
        Some(origin) => with_sound(response, &origin),
        None => response,
    }
}

/// A copy in one file that needs no network, for people to keep. Of the pictures of ours, those that
/// are `there` have their places in it; links lead to the others.
pub(super) fn copy_html(
    site: &Site,
    reader: &Reader,
    page: &Page,
    there: &[Arc<Thumbnail>],
) -> Result<String, askama::Error> {
    Sheet::new(site, reader, page).alone(there)
}

/// The same with a place for what was said about it, for one of those who said it.
pub(super) fn kept_html(
    site: &Site,
    saved: &Saved,
    there: &[Arc<Thumbnail>],
) -> Result<String, askama::Error> {
    let reader = Reader::of_lang(saved.lang);
    let mut sheet = Sheet::new(site, &reader, &saved.page);
    sheet.kept = Some(Kept::new(saved, sheet.frame.words));
    if let Some(card) = &saved.card {
        let name = text::shorten(&text::one_line(card.name()), FILE_NAME_MAX);
        sheet.title = texts::Text::Card { name: &name }.in_lang(saved.lang);
        sheet.heading = Some(sheet.title.clone());
        sheet.chat_link = sheet.frame.chat(None);
        sheet.is_card = true;
    }
    sheet.alone(there)
}

/// What stands around a place in a copy where something is put that is read only then: in no text
/// of anybody can there be such a character (XML 1.0 §2.2).
const EDGE: char = '\u{1}';
/// A piece of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// As it stands.
    Text(&'a str),
    /// Here comes what was said.
    Said,
    /// Here comes a picture, as a `data:` address.
    Picture(PictureHash, Kind),
}

/// The pieces of a copy, in their order.
pub(super) fn parts(copy: &str) -> impl Iterator<Item = Part<'_>> {
    copy.split(EDGE).enumerate().map(|(at, part)| match parse_file_name(part) {
        _ if at % 2 == 0 => Part::Text(part),
        Some((hash, kind)) => Part::Picture(hash, kind),
        None => Part::Said,
    })
}

/// How many bytes a copy has with the pictures that are `there`.
pub(super) fn length(copy: &str, there: &[Arc<Thumbnail>]) -> u64 {
    let size = |hash| there.iter().find(|it| it.hash == hash).map_or(0, |it| it.size);
    let length = |part| match part {
        Part::Text(text) => text.len() as u64,
        Part::Picture(hash, kind) => before(kind).len() as u64 + size(hash).div_ceil(3) * 4,
        Part::Said => 0,
    };
    parts(copy).map(length).sum()
}

/// What stands before a file in a `data:` address.
fn before(kind: Kind) -> String {
    format!("data:{};base64,", kind.media_type())
}

/// Writes a file as a `data:` address; nothing of one that is gone.
pub(super) async fn inlined(
    out: &mut Writer,
    kind: Kind,
    file: Option<Vec<u8>>,
) -> Result<(), Stopped> {
    out.put(before(kind)).await?;
    // A multiple of three, so that the pieces make one text.
    for piece in file.unwrap_or_default().chunks(24 * 1024) {
        out.put(BASE64_STANDARD.encode(piece)).await?;
    }
    Ok(())
}

impl<'a> Sheet<'a> {
    fn new(site: &'a Site, reader: &Reader, page: &'a Page) -> Self {
        let frame = Frame::new(site, reader);
        let words = frame.words;
        let shown = |product, name| pictures(site, product, &page.pictures, name);
        let products = page.products.iter().map(|it| View::new(it, shown, reader, words));
        let products: Vec<View<'_>> = products.collect();
        let first = products.first();
        let name = first.map_or("", |product| product.name.text);
        let nick = page.sender_nick.as_deref();
        let several = products.len() > 1;
        let code = page.ref_code.shown();
        Self {
            title: words.and_more(name, products.len().saturating_sub(1)),
            heading: several.then(|| words.several(products.len(), nick)),
            level: if several { 2 } else { 1 },
            summary: first.map(summary).unwrap_or_default(),
            address: site.page_of(page.ref_code),
            // What recipients know by a number has none for others, so it is named by its code.
            chat_link: frame.chat(Some(&format!("{} {code}", words.lookup))),
            code,
            json_ld: json_ld::text(&page.products, &products, reader),
            initial: nick.and_then(initial).unwrap_or_default(),
            shared: words.shared(nick, &page.accepted.to_string()),
            shared_at: page.accepted.to_string(),
            comment: page.comment.as_ref().map(Text::new),
            recording: page.recording.as_deref().map(Recorded::new),
            code_picture: format!("{}/s/{}/qr.svg", frame.root, page.ref_code),
            copy: format!("{}/s/{}/offline.html{}", frame.root, page.ref_code, frame.query),
            stars: STARS,
            has_picture: products.iter().any(|product| !product.pictures.is_empty()),
            closes: words.closes(&page.expires.to_string()),
            kept: None,
            is_card: false,
            products,
            frame,
        }
    }

    /// In one file that needs nothing else.
    fn alone(mut self, there: &[Arc<Thumbnail>]) -> Result<String, askama::Error> {
        self.frame.saved = Some(&SAVED_POLICY);
        let place =
            |it: &Arc<Thumbnail>| (it.hash, format!("{EDGE}{}{EDGE}", file_name(it.hash, it.kind)));
        let places: Inlined = there.iter().map(place).collect();
        for view in &mut self.products {
            view.keep(&places, self.frame.words);
        }
        let code = Qr::of(&self.address).map(|it| {
            let svg = BASE64_STANDARD.encode(it.svg());
            format!("data:image/svg+xml;base64,{svg}")
        });
        self.code_picture = code.unwrap_or_default();
        self.render()
    }
}

/// `€24.90 · A goblet of silver…`
fn summary(product: &View<'_>) -> String {
    let description = product.description.map(|description| text::one_line(description.text));
    let parts: Vec<String> = product.price.clone().into_iter().chain(description).collect();
    text::shorten(&parts.join(" · "), 200)
}

/// `J`, to stand for a name.
fn initial(nick: &str) -> Option<String> {
    let first = nick.chars().find(|symbol| symbol.is_alphanumeric())?;
    Some(first.to_uppercase().collect())
}

/// `attachment; filename="7K3QXM2NP8.html"; filename*=UTF-8''Silver%20goblet%207K3QXM2NP8.html`
/// (RFC 6266 §4.3).
pub(super) fn attachment(name: &str, code: RefCode, ending: &str) -> String {
    let allowed = |symbol: &char| !r#"/\:*?"<>|"#.contains(*symbol);
    let name: String = text::one_line(name).chars().filter(allowed).collect();
    let name = text::shorten(name.trim_matches(['.', ' ']), FILE_NAME_MAX);
    let name = format!("{name} {code}.{ending}");
    let escaped = utf8_percent_encode(name.trim_start(), NON_ALPHANUMERIC);
    format!("attachment; filename=\"{code}.{ending}\"; filename*=UTF-8''{escaped}")
}
