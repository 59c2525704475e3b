//! The pictures of a product as its page shows them: ours where there are some, else the source's.

use std::collections::HashMap;

use super::site::Site;
use crate::domain::{
    picture::{PictureHash, Thumbnail, file_name},
    product::{File, Product},
    share::Stored,
};

/// The files of our own pictures, to be put into a copy, each as a `data:` address.
pub(super) type Inlined = HashMap<PictureHash, String>;

/// A picture that may be shown: one of ours, or one over https, so that the page stays whole behind
/// TLS.
pub(super) struct Picture<'a> {
    /// What the page loads.
    pub(super) src: String,
    /// Where others find it.
    pub(super) address: String,
    /// `image/jpeg`
    pub(super) media_type: &'a str,
    pub(super) alt: &'a str,
    pub(super) size: Option<(u32, u32)>,
    /// What the sender said of it.
    pub(super) source: &'a File,
    /// Its name, if it is ours.
    pub(super) ours: Option<PictureHash>,
}

/// The pictures of `product`, called `name`, that may be shown.
pub(super) fn pictures<'a>(
    site: &Site,
    product: &'a Product,
    stored: &Stored,
    name: &'a str,
) -> Vec<Picture<'a>> {
    let images = product.files.iter().filter(|file| file.media_type.starts_with("image/"));
    let shown = images.filter_map(|file| {
        let alt = file.description.as_deref().unwrap_or(name);
        match stored.get(file.url.as_str()) {
            Some(thumbnail) => Some(Picture::ours(site, file, thumbnail, alt)),
            None => file.url.is_https().then(|| Picture::of_source(file, alt)),
        }
    });
    shown.collect()
}

impl<'a> Picture<'a> {
    fn ours(site: &Site, source: &'a File, it: &Thumbnail, alt: &'a str) -> Self {
        let path = format!("/p/{}", file_name(it.hash, it.kind));
        Self {
            src: format!("{}{path}", site.root()),
            address: format!("{}{path}", site.public_url),
            media_type: it.kind.media_type(),
            alt,
            size: Some((it.width, it.height)),
            source,
            ours: Some(it.hash),
        }
    }

    fn of_source(source: &'a File, alt: &'a str) -> Self {
        Self {
            src: source.url.as_str().to_owned(),
            address: source.url.as_str().to_owned(),
            media_type: &source.media_type,
            alt,
            size: source.width.zip(source.height),
            source,
            ours: None,
        }
    }
}
