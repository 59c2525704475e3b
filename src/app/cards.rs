//! What cards are made with: templates and fonts.

use std::sync::Arc;

use anyhow::Context;

use crate::{card::template::Templates, config::Config, web::card_picture::Studio};

/// What is told when there is nothing to draw with.
const NO_PICTURES: &str = if cfg!(feature = "card-pictures") {
    "this machine has no fonts, so there are no pictures of cards; install some, such as \
     fonts-noto-cjk"
} else {
    "this program was built without the feature card-pictures, so there are no pictures of cards"
};

/// Reads the templates and tries them, and says what else is to be known.
///
/// # Errors
/// File, line and reason of the first template that is wrong.
pub fn check(config: &Config) -> anyhow::Result<Vec<String>> {
    let studio = tried(config)?;
    Ok(if studio.has_fonts() { vec![] } else { vec![NO_PICTURES.to_owned()] })
}

/// Where pictures of cards are drawn.
pub(super) fn studio(config: &Config) -> anyhow::Result<Arc<Studio>> {
    let studio = tried(config)?;
    if !studio.has_fonts() {
        tracing::warn!("{NO_PICTURES}");
    }
    Ok(studio)
}

fn tried(config: &Config) -> anyhow::Result<Arc<Studio>> {
    let templates = Templates::new(config.cards.found.clone());
    let templates = Arc::new(templates.context("a template of cards cannot be used")?);
    let studio = Studio::new(templates);
    // Ours are tried by tests.
    for folder in &config.cards.found {
        studio.try_out(folder).context("a template of cards cannot be used")?;
    }
    Ok(Arc::new(studio))
}
