//! Everything that lasts. The only module with SQL; one text for both databases.

#![expect(clippy::disallowed_methods, reason = "the statements live here and nowhere else")]

pub mod account;
pub mod account_link;
pub mod address_book;
pub mod asked;
pub mod audit;
mod awaited;
pub mod card_desk;
pub mod card_page;
pub mod collected;
pub mod consent;
pub mod contact;
pub mod conversation;
pub mod db;
pub mod delivery;
pub mod erasure;
pub mod export;
pub mod fault;
pub mod follow;
pub mod forgetting;
pub mod given_up;
pub mod invitation;
pub mod key;
pub mod leader;
pub mod letter;
pub mod note;
pub mod own_card;
pub mod picture;
pub mod picture_use;
pub mod question;
pub mod report;
pub mod saved;
pub mod share;
pub mod shelf;
pub mod stream;
pub mod tray;
pub mod turn;
pub mod unfinished;
