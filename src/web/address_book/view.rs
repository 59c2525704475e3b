//! What the pages of collected cards show.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use url::form_urlencoded;

use super::{address_books::Query, words::Words};
use crate::{
    card::{
        address_book::{Collected, Listing},
        collected::NotDone,
    },
    domain::{
        card::{Card, Part, fold},
        collected::several,
        saved::Token,
        text::one_line,
    },
    say::card_part,
    web::{
        answer::{Keep, html},
        layout::{Frame, retry_after, seconds},
        reader::Reader,
        site::Site,
    },
};

/// What can be changed on the page, in order. A picture cannot be typed.
const FIELDS: [Part; 13] = [
    Part::Name,
    Part::Organisation,
    Part::Title,
    Part::Role,
    Part::Phone,
    Part::Mail,
    Part::Impp,
    Part::Url,
    Part::Address,
    Part::Fax,
    Part::Birthday,
    Part::Note,
    Part::Categories,
];
/// The most characters of a field of a form.
const FIELD_MAX: usize = 20_000;

#[derive(Template)]
#[template(path = "address_book_open.html")]
struct Opening<'a> {
    frame: Frame<'a>,
    w: &'static Words,
    token: String,
}

/// The button.
pub(super) fn opening(site: &Site, reader: &Reader, token: Token) -> Response {
    let frame = Frame::new(site, reader);
    let page = Opening { frame, w: Words::of(reader.lang), token: token.to_string() };
    html(StatusCode::OK, Keep::Not, page.render())
}

#[derive(Template)]
#[template(path = "address_book.html")]
struct List<'a> {
    frame: Frame<'a>,
    w: &'static Words,
    word: &'a str,
    asked: &'a Query,
    listing: &'a Listing,
    categories: Vec<Category>,
    /// The address of the next page.
    next: Option<String>,
    /// What the addresses of the files end with.
    files: String,
    is_filtered: bool,
    /// How many cards there are.
    count: String,
    undo: Option<Undo>,
}

/// What was changed last, and can be as it was.
struct Undo {
    handle: i64,
    text: String,
}

struct Category {
    label: String,
    cards: i64,
    link: String,
    is_this: bool,
}

/// The list.
pub(super) fn list(
    site: &Site,
    reader: &Reader,
    word: &str,
    asked: &Query,
    listing: &Listing,
) -> Response {
    let (frame, w) = (Frame::new(site, reader), Words::of(reader.lang));
    let link = |category: Option<&str>, from: Option<i64>| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if let Some(category) = category {
            query.append_pair("in", category);
        }
        if let (Some(words), true) = (&asked.words, from.is_some()) {
            query.append_pair("q", words);
        }
        if let Some(from) = from {
            query.append_pair("from", &from.to_string());
        }
        if reader.chosen {
            query.append_pair("lang", &reader.tag);
        }
        let query = query.finish();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{}/a{mark}{query}", site.root())
    };
    let chosen = asked.category.as_deref().map(fold);
    let categories = listing.categories.iter().map(|it| Category {
        label: it.name.clone(),
        cards: it.cards,
        link: link(Some(&it.name), None),
        is_this: chosen.as_deref() == Some(it.folded.as_str()),
    });
    let files = asked.category.as_ref().map_or_else(String::new, |category| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        format!("?{}", query.append_pair("in", category).finish())
    });
    let page = List {
        w,
        word,
        asked,
        categories: categories.collect(),
        next: listing.next.map(|from| link(asked.category.as_deref(), Some(from))),
        files,
        count: w.count(listing.all),
        undo: listing.undo.map(|handle| Undo { handle, text: w.changed(handle) }),
        is_filtered: asked.words.is_some() || asked.category.is_some(),
        listing,
        frame,
    };
    html(StatusCode::OK, Keep::Not, page.render())
}

#[derive(Template)]
#[template(path = "address_book_card.html")]
struct One<'a> {
    frame: Frame<'a>,
    w: &'static Words,
    word: &'a str,
    handle: i64,
    name: &'a str,
    /// What is on it, each with its label.
    lines: Vec<Line>,
    fields: Vec<Field>,
    from: Option<String>,
    follows: bool,
    has_picture: bool,
    undo: Option<Undo>,
    amiss: Option<String>,
}

struct Line {
    label: &'static str,
    text: String,
    kinds: String,
    /// Where it leads: a call, a letter, a chat or a page.
    link: Option<String>,
}

struct Field {
    token: &'static str,
    label: &'static str,
    value: String,
    /// Whether it may have several lines.
    is_long: bool,
    rows: usize,
}

/// Why a card was not changed.
pub(super) enum Amiss {
    /// It could not be.
    NotDone(NotDone),
    /// Of this part there are so many characters, more than [`FIELD_MAX`].
    TooLong(Part, usize),
}

/// What a field of a form holds.
type Typed<'f> = &'f (dyn Fn(&str) -> Option<&'f str> + Sync);

/// One card.
pub(super) fn card(site: &Site, reader: &Reader, word: &str, it: &Collected) -> Response {
    shown(site, reader, word, it, None)
}

/// One card that was not changed, why, and what was `typed`, which is lost to nobody.
pub(super) fn refused(
    site: &Site,
    reader: &Reader,
    word: &str,
    it: &Collected,
    why: &Amiss,
    typed: Typed<'_>,
) -> Response {
    shown(site, reader, word, it, Some((why, typed)))
}

fn shown(
    site: &Site,
    reader: &Reader,
    word: &str,
    it: &Collected,
    refused: Option<(&Amiss, Typed<'_>)>,
) -> Response {
    let (card, w) = (&it.card, Words::of(reader.lang));
    let label = |part| card_part::label(part).in_lang(reader.lang);
    let field = |part: Part| {
        let given = refused.and_then(|(_, typed)| typed(part.token()));
        let value = given.map_or_else(|| typed(card, part), str::to_owned);
        let is_long = !matches!(part, Part::Name | Part::Birthday | Part::Categories);
        let rows = value.lines().count().clamp(1, 12);
        Field { token: part.token(), label: label(part), value, is_long, rows }
    };
    let page = One {
        frame: Frame::new(site, reader),
        w,
        word,
        handle: it.handle,
        name: card.name(),
        lines: lines(card).map(|(part, line)| Line { label: label(part), ..line }).collect(),
        fields: FIELDS.into_iter().map(field).collect(),
        from: it.giver.as_deref().map(|who| w.from(who, it.third)),
        follows: it.follows,
        has_picture: card.picture().is_some(),
        undo: it.was_changed.then(|| Undo { handle: it.handle, text: w.changed(it.handle) }),
        amiss: refused.map(|(why, _)| match why {
            Amiss::TooLong(part, length) => w.too_long(label(*part), *length, FIELD_MAX),
            Amiss::NotDone(why) => w.not_done(why),
        }),
    };
    match refused {
        None => html(StatusCode::OK, Keep::Not, page.render()),
        Some((Amiss::NotDone(NotDone::TooFast { after }), _)) => {
            let mut response = html(StatusCode::TOO_MANY_REQUESTS, Keep::Not, page.render());
            response.headers_mut().extend([retry_after(seconds(*after))]);
            response
        }
        Some(_) => html(StatusCode::UNPROCESSABLE_ENTITY, Keep::Not, page.render()),
    }
}

fn lines(card: &Card) -> impl Iterator<Item = (Part, Line)> {
    let shown = FIELDS.into_iter().filter(|part| *part != Part::Name);
    shown.flat_map(move |part| {
        card.values(part).into_iter().map(move |value| {
            let line = Line {
                label: "",
                link: link(part, &value.text),
                kinds: value.kinds.join(", "),
                text: value.text,
            };
            (part, line)
        })
    })
}

/// What a browser can do with a value; nothing with one of another scheme.
fn link(part: Part, text: &str) -> Option<String> {
    let text = one_line(text);
    match part {
        Part::Phone => {
            let number: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
            (number.len() >= 3).then(|| format!("tel:{number}"))
        }
        Part::Mail => text.contains('@').then(|| format!("mailto:{text}")),
        Part::Impp => text.starts_with("xmpp:").then_some(text),
        Part::Url => {
            let is_page = text.starts_with("https://") || text.starts_with("http://");
            is_page.then_some(text)
        }
        _ => None,
    }
}

/// The values of a part as they stand in a field.
fn typed(card: &Card, part: Part) -> String {
    let separator = if part == Part::Categories { ", " } else { "\n" };
    let values: Vec<String> = card.values(part).into_iter().map(|it| it.text).collect();
    values.join(separator)
}

/// Which parts a form has changed: those that it sends other than the page shows them.
///
/// # Errors
/// [`Amiss::TooLong`]: nothing is kept in part.
pub(super) fn changes<'f>(
    card: &Card,
    form: impl Fn(&str) -> Option<&'f str>,
) -> Result<Vec<(Part, Vec<String>)>, Amiss> {
    let changed = |part: Part| {
        // A line ends with CR and LF in a form (HTML, "multipart and URL-encoded").
        let given = form(part.token())?.replace("\r\n", "\n");
        if given.trim() == typed(card, part).trim() {
            return None;
        }
        let length = given.chars().count();
        if length > FIELD_MAX {
            return Some(Err(Amiss::TooLong(part, length)));
        }
        let values = match part {
            Part::Note => vec![given],
            Part::Categories => several(&given),
            _ => given.lines().map(str::to_owned).collect(),
        };
        Some(Ok((part, values)))
    };
    FIELDS.into_iter().filter_map(changed).collect()
}
