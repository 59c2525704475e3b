//! What was said about a share, in the copy that somebody keeps.

use askama::Template;

use super::{
    archive::Archive,
    download::{Stopped, Writer},
    gallery::{self, Inlined},
    product_view::{Text, View},
    reader::Reader,
    recording::Recorded,
    site::{Site, Unavailable},
    words::Words,
};
use crate::{
    domain::{
        product::Product,
        saved::{Conversation, Party, Reaction, Saved, Saying},
        share::Stored,
    },
    say::voice::who,
    share::saved::talk,
};

/// The place of what was said.
pub(super) const SAID: &str = "\u{1}said\u{1}";

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
            let all: Vec<_> = saved.conversations.iter().map(|it| whole(&it.with)).collect();
            format!("{} {}", words.sent_to, all.join(words.comma))
        } else {
            format!("{} {}", words.sent_by, whole(&saved.sender))
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

/// Writes all of it.
pub(super) async fn said(
    out: &mut Writer,
    site: &Site,
    archive: &Archive,
    saved: &Saved,
) -> Result<(), Stopped> {
    let reader = Reader::of_lang(saved.lang);
    let words = Words::of(reader.lang);
    for talk in saved.conversations.iter().filter(|talk| is_loud(talk)) {
        let head = Head { with: whole(&talk.with), reactions: reacted(&talk.reactions) };
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

/// Who it is: the address always.
fn whole(party: &Party) -> String {
    who(party.nick.as_deref(), &party.address)
}
