//! What people read: message bodies and the stanzas around them, in English and Chinese.

pub mod amiss;
pub mod answer;
pub mod card;
pub mod card_template;
pub mod collected;
pub mod consent;
pub mod gateway;
pub mod give;
pub mod host;
pub mod invite;
pub mod invites;
mod lines;
pub mod message;
pub mod notice;
pub mod own_card;
pub mod parts;
pub mod picture;
mod preview;
mod product;
pub mod reach;
pub mod recording;
pub mod refused;
mod share;
#[cfg(test)]
mod tests;
pub mod texts;
pub mod told;
pub mod tray;
pub mod voice;
