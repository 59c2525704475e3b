//! Pictures of cards: what a template drew, with fonts of this machine, as PNG; and their codes.
//!
//! Drawing takes a tenth of a second of a processor, and anybody who has the address may ask for it.
//! So one is drawn at a time, beside the tasks of the runtime and beside what decodes other pictures;
//! of each network one is drawn or waits to be, so that networks take turns; and the last ones are
//! kept. Nothing is loaded from anywhere: of what a drawing refers to, only the pictures of the card
//! are there, and those were read within limits and written anew (`threats` 4).

#[cfg(feature = "card-pictures")]
mod fonts;
mod portrait;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use axum::body::Bytes;
use sha2::{Digest, Sha256};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
    time::timeout,
};

use self::fonts::Fonts;
use super::{
    layout::Nothing,
    qr::Qr,
    site::PATIENCE,
    slots::{Slot, Slots},
};
use crate::{
    card::template::{Code, Pictures, Templates},
    domain::{
        card::{Card, Part, Version},
        card_template::Folder,
        lang::Lang,
        site::Network,
    },
};

/// Bytes of pictures that are kept, and how many of them.
const KEPT_BYTES: usize = 16 * 1024 * 1024;
const KEPT: usize = 256;
/// The most modules of a code's side: with more, too little of a picture is left for each.
const CODE_MAX: usize = 85;

/// Where pictures of cards are drawn.
#[derive(Debug)]
pub struct Studio {
    templates: Arc<Templates>,
    /// None when there are none: then there are no pictures.
    fonts: Option<Fonts>,
    /// One is drawn at a time.
    drawing: Arc<Semaphore>,
    /// Of each network, what is drawn or waits to be.
    networks: Slots<Network>,
    kept: Mutex<Cache>,
}

/// What is drawn of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Drawing {
    /// What its template makes of it, as PNG.
    Card,
    /// The code, as SVG.
    CodeSvg,
    /// The code, as PNG.
    CodePng,
}

/// A picture to be drawn.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) drawing: Drawing,
    pub(super) card: Arc<Card>,
    pub(super) template: String,
    pub(super) lang: Lang,
    /// The address of the card's page, for a code that cannot hold the card.
    pub(super) address: String,
}

/// Why a template makes no picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}/card.svg: what it makes is no picture: {problem}")]
pub struct NoPicture {
    place: String,
    problem: String,
}

impl Studio {
    /// With the fonts of this machine, which are looked up once.
    #[must_use]
    pub fn new(templates: Arc<Templates>) -> Self {
        Self {
            templates,
            fonts: Fonts::of_this_machine(),
            drawing: Arc::new(Semaphore::new(1)),
            networks: Slots::new(1),
            kept: Mutex::default(),
        }
    }

    #[cfg(test)]
    pub(super) fn without_fonts(self) -> Self {
        Self { fonts: None, ..self }
    }

    /// Whether there are fonts, without which there are no pictures.
    #[must_use]
    pub fn has_fonts(&self) -> bool {
        self.fonts.is_some()
    }

    /// What the cards look like.
    pub fn templates(&self) -> &Arc<Templates> {
        &self.templates
    }

    /// Draws a card with a template, to see whether that makes a picture.
    ///
    /// # Errors
    /// [`NoPicture`], when it does not.
    pub fn try_out(&self, folder: &Folder) -> Result<(), NoPicture> {
        let Some(fonts) = &self.fonts else { return Ok(()) };
        let (card, address) = (Arc::new(Card::named("Juliet 朱丽叶")), String::new());
        let template = folder.named.name.clone();
        let job = Job { drawing: Drawing::Card, card, template, lang: Lang::En, address };
        let drawn = svg(&self.templates, &job);
        let drawn = drawn.ok_or_else(|| "nothing".to_owned()).and_then(|svg| fonts.draw(&svg));
        drawn.map_err(|problem| NoPicture { place: folder.place.clone(), problem })?;
        Ok(())
    }

    /// The picture, for a visitor of that network, if it is known.
    ///
    /// # Errors
    /// [`Nothing::NoCard`] when there is none, and the page does without it; [`Nothing::Busy`] after
    /// five seconds of others'.
    pub(super) async fn picture(
        &self,
        job: Job,
        network: Option<Network>,
    ) -> Result<Bytes, Nothing> {
        let fonts = self.fonts.clone();
        let name = job.name();
        let known = || self.kept().find(&name);
        if let Some(known) = known() {
            return Ok(known);
        }
        let turn = timeout(PATIENCE, self.turn(network)).await;
        let turn = turn.ok().flatten().ok_or(Nothing::Busy)?;
        // Many ask for a picture at once that was shown to many.
        if let Some(known) = known() {
            return Ok(known);
        }
        let templates = Arc::clone(&self.templates);
        let drawn = spawn_blocking(move || {
            // The turn lasts until it is drawn, even if its visitor has gone, and kept.
            (job.draw(&templates, fonts.as_ref()), turn)
        });
        let (picture, _turn) = drawn.await.map_err(|_| Nothing::NoCard)?;
        let picture = Bytes::from(picture.ok_or(Nothing::NoCard)?);
        self.kept().keep(name, picture.clone());
        Ok(picture)
    }

    /// First among those of the network, then among all.
    async fn turn(
        &self,
        network: Option<Network>,
    ) -> Option<(Option<Slot<Network>>, OwnedSemaphorePermit)> {
        let slot = match network {
            Some(network) => Some(self.networks.turn(network).await),
            None => None,
        };
        Some((slot, Arc::clone(&self.drawing).acquire_owned().await.ok()?))
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Cache> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Job {
    /// What the picture follows from.
    fn name(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        let drawing = format!("{:?}", self.drawing);
        let text = self.card.text(Version::V4);
        for part in [&drawing, &self.template, self.lang.code(), &self.address, &text] {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }

    fn draw(&self, templates: &Templates, fonts: Option<&Fonts>) -> Option<Vec<u8>> {
        let code = || code(&self.card, &self.address);
        match self.drawing {
            Drawing::Card => fonts?.draw(&svg(templates, self)?).ok(),
            Drawing::CodeSvg => Some(code()?.svg().into_bytes()),
            Drawing::CodePng => code()?.png(),
        }
    }
}

/// What a telephone reads from the code: the card, or the address of its page when the card is too
/// much for a code that can be read.
fn code(card: &Card, address: &str) -> Option<Qr> {
    let fits = |text: String| Qr::dense(&text, CODE_MAX);
    let vital = [Part::Organisation, Part::Title, Part::Phone, Part::Mail, Part::Impp];
    fits(card.scan_text())
        .or_else(|| fits(card.only(&vital).scan_text()))
        .or_else(|| Qr::of(address))
}

fn svg(templates: &Templates, job: &Job) -> Option<String> {
    let pictures = Pictures {
        portrait: portrait::of(&job.card, Part::Picture),
        logo: portrait::of(&job.card, Part::Logo),
    };
    let code = code(&job.card, &job.address);
    let code = code.map(|it| Code { side: it.side(), path: it.path() });
    let made = templates.svg(&job.template, &job.card, job.lang, &pictures, code);
    made.inspect_err(|error| tracing::error!(%error, "cannot draw a card")).ok()
}

/// The pictures that were drawn last.
#[derive(Debug, Default)]
struct Cache {
    /// The newest last.
    all: VecDeque<([u8; 32], Bytes)>,
    bytes: usize,
}

impl Cache {
    fn find(&mut self, name: &[u8; 32]) -> Option<Bytes> {
        let place = self.all.iter().position(|(known, _)| known == name)?;
        let found = self.all.remove(place)?;
        let picture = found.1.clone();
        self.all.push_back(found);
        Some(picture)
    }

    fn keep(&mut self, name: [u8; 32], picture: Bytes) {
        if self.find(&name).is_some() {
            return;
        }
        self.bytes += picture.len();
        self.all.push_back((name, picture));
        while self.bytes > KEPT_BYTES || self.all.len() > KEPT {
            let Some((_, gone)) = self.all.pop_front() else { return };
            self.bytes -= gone.len();
        }
    }
}

/// Without the feature there is nothing to draw with.
#[cfg(not(feature = "card-pictures"))]
mod fonts {
    #[derive(Debug, Clone)]
    pub(super) enum Fonts {}

    impl Fonts {
        pub(super) fn of_this_machine() -> Option<Self> {
            None
        }

        pub(super) fn draw(&self, _: &str) -> Result<Vec<u8>, String> {
            match *self {}
        }
    }
}

#[cfg(test)]
mod tests;
