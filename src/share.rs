//! Product shares: taking them, what has become of them, taking them back; pictures, pages, and what somebody
//! keeps.

pub mod content;
pub mod history;
pub mod page;
pub mod picture;
pub mod removal;
pub mod request;
pub mod saved;
pub mod say;
pub mod say_picture;
pub mod say_preview;
pub mod say_product;
pub mod say_recording;
pub mod say_revocation;
pub mod status;
pub mod store;
pub mod store_history;
pub mod store_picture;
pub mod store_picture_use;
pub mod store_removal;
pub mod store_saved;
pub mod take;
#[cfg(test)]
pub(crate) mod tests;
