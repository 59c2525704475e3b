//! Who fetches: pictures of products, and what people bring themselves.

use std::{sync::Arc, time::Duration};

use anyhow::Context;

use crate::{
    component::dispatch::{Files, Wanted},
    config::Config,
    fetch::{decoder::Decoder, file, request::Fetcher, target::Reach},
};

/// How files are fetched.
pub(super) fn fetcher(config: &Config) -> anyhow::Result<Fetcher> {
    let it = &config.pictures;
    let reach = if it.allow_private { Reach::Open(|_| true) } else { Reach::Public };
    let timeout = Duration::from_secs(it.timeout_seconds);
    Fetcher::new(reach, it.max_bytes, timeout).context("cannot set up TLS")
}

/// Fetches what people bring, if the operator has anything fetched.
pub(super) fn files(config: &Config, decoder: &Decoder) -> anyhow::Result<Files> {
    if !config.pictures.fetch {
        return Ok(Files::default());
    }
    let files = Arc::new(file::Files::new(fetcher(config)?, decoder.clone()));
    Ok(Files::new(Some(Arc::new(move |wanted, asked, url: String| {
        let files = Arc::clone(&files);
        Box::pin(async move {
            let got = match wanted {
                Wanted::Card => files.card(&url).await,
                Wanted::Picture => files.portrait(&url, asked).await,
            };
            // Not the address: it is somebody's own.
            got.inspect_err(|fault| tracing::debug!(reason = %fault, "a file was not fetched")).ok()
        })
    }))))
}
