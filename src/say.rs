//! What people read of the service itself: who speaks, in which language, and the sentences that no capability
//! has for itself, in English and Chinese.

pub mod card_part;
pub mod command;
pub mod host;
pub mod refusal;
pub mod texts;
pub mod value;
pub mod voice;
