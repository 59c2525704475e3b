//! Business cards: one's own, giving and getting them, the inbox, the address book, and how they look.

pub mod address_book;
pub mod browser;
pub mod collected;
pub mod give;
pub mod inbox;
pub mod link;
pub mod name;
pub mod own;
pub mod page;
pub mod revocation;
pub mod say;
pub mod say_collected;
pub mod say_give;
pub mod say_inbox;
pub mod say_lines;
pub mod say_own;
pub mod store;
pub mod store_address_book;
pub mod store_browser;
pub mod store_follow;
pub mod store_inbox;
pub mod store_own;
pub mod store_page;
pub mod submission;
pub mod template;
#[cfg(test)]
pub(crate) mod tests;
