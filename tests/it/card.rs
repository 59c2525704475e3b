//! Business cards.

pub(crate) mod address_book;
mod exchange;
mod format;
pub(crate) mod give;
mod own;
mod template;
