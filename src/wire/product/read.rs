//! Products and recordings read back from the XML in which they are kept.

use crate::{
    domain::{product::Product, recording::Recording},
    wire::{file_sharing::FileSharing, ns, share},
};

/// Products that [`to_xml`](super::write::to_xml) wrote one after the other, as the store keeps them; none when they are
/// not what it wrote.
#[must_use]
pub fn read_products(xml: &str) -> Option<Vec<Product>> {
    let wrapped = format!("<products xmlns='{}'>{xml}</products>", ns::PRODUCT_SHARE);
    let products: share::Products = xso::from_bytes(wrapped.as_bytes()).ok()?;
    products.products.into_iter().map(|product| product.try_into().ok()).collect()
}

/// What [`recording_to_xml`](super::write::recording_to_xml) wrote; none for anything else.
#[must_use]
pub fn read_recording(xml: &str) -> Option<Box<Recording>> {
    let shared: FileSharing = xso::from_bytes(xml.as_bytes()).ok()?;
    super::recording(shared).ok().map(Box::new)
}
