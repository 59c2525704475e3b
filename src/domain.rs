//! Types and pure rules: no async, no XML, no JSON, no SQL. Imports nobody.

pub mod account_link;
pub mod address;
pub mod availability;
pub mod clock;
pub mod consent;
pub mod conversation;
pub mod delivery;
pub mod export;
pub mod id;
pub mod invitation;
pub mod lang;
pub mod letter;
pub mod note;
pub mod phone;
pub mod picture;
pub mod product;
pub mod progress;
pub mod quiet;
pub mod recording;
pub mod refusal;
pub mod report;
pub mod saved;
pub mod share;
pub mod text;
pub mod unit;
