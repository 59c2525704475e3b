//! The page about what was shared, and the copy of it that people keep (S0.8, S0.9).

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    answer::{Keep, SAVED_POLICY, html, with_sound},
    frame::Frame,
    gallery::{Inlined, pictures},
    json_ld,
    page::Site,
    qr::Qr,
    reader::Reader,
    recording::{Recorded, origin},
    saved::Kept,
    view::{Text, View},
};
use crate::domain::{id::RefCode, picture::Picture, saved::Saved, share::Page, text};

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
    kept: Option<Kept<'a>>,
}

/// The page.
pub(super) fn page(site: &Site, reader: &Reader, page: &Page) -> Response {
    let response = html(StatusCode::OK, Keep::Minute, Sheet::new(site, reader, page).render());
    match page.recording.as_deref().and_then(origin) {
        Some(origin) => with_sound(response, &origin),
        None => response,
    }
}

/// A copy in one file that needs no network, for people to keep, under the name of the first
/// product. `pictures` are those of ours, which lie in it; links lead to the others.
pub(super) fn saved(site: &Site, reader: &Reader, page: &Page, pictures: &[Picture]) -> Response {
    let mut response = html(StatusCode::OK, Keep::Minute, saved_html(site, reader, page, pictures));
    let name = page.products.first().map_or("", |product| product.name(&reader.tag));
    if let Ok(disposition) = HeaderValue::try_from(attachment(name, page.ref_code, "html")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

fn saved_html(
    site: &Site,
    reader: &Reader,
    page: &Page,
    pictures: &[Picture],
) -> Result<String, askama::Error> {
    Sheet::new(site, reader, page).alone(pictures)
}

/// The same with what was said about it, for one of those who said it.
pub(super) fn kept_html(
    site: &Site,
    saved: &Saved,
    pictures: &[Picture],
) -> Result<String, askama::Error> {
    let reader = Reader::of_lang(saved.lang);
    let mut sheet = Sheet::new(site, &reader, &saved.page);
    sheet.kept = Some(Kept::new(site, saved, &reader, sheet.frame.words));
    sheet.alone(pictures)
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
            chat_link: frame.chat(Some(&format!("more {code}"))),
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
            products,
            frame,
        }
    }

    /// In one file that needs nothing else.
    fn alone(mut self, pictures: &[Picture]) -> Result<String, askama::Error> {
        self.frame.saved = Some(&SAVED_POLICY);
        let inlined = pictures.iter().map(|Picture { thumbnail, bytes }| {
            (thumbnail.hash, data_uri(thumbnail.kind.media_type(), bytes))
        });
        let inlined: Inlined = inlined.collect();
        for view in &mut self.products {
            view.keep(&inlined, self.frame.words);
        }
        let code = Qr::of(&self.address).map(|it| data_uri("image/svg+xml", it.svg().as_bytes()));
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

fn data_uri(media_type: &str, bytes: &[u8]) -> String {
    format!("data:{media_type};base64,{}", BASE64_STANDARD.encode(bytes))
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
