//! Words that people write to the contact.

use std::{collections::HashMap, time::Duration};

use jid::BareJid;

use crate::domain::clock::Millis;

/// What a person means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// Take part.
    Join,
    /// Take part no more.
    Leave,
    /// Anything else.
    Other,
}

impl Word {
    /// Reads the first word; a leading `/` or `!` is taken off, for some clients swallow words
    /// without it and others words with it.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let first = text.split_whitespace().next().unwrap_or("");
        match first.trim_start_matches(['/', '!']).to_lowercase().as_str() {
            "join" | "加入" => Self::Join,
            "leave" | "退出" => Self::Leave,
            _ => Self::Other,
        }
    }
}

/// Who was told lately what the service understands.
///
/// A program that answers whatever it is sent, another service among them, would otherwise be
/// answered for ever.
#[derive(Debug, Default)]
pub struct Helped {
    last: HashMap<BareJid, Millis>,
}

impl Helped {
    /// How long nobody is told again.
    pub const PAUSE: Duration = Duration::from_mins(1);
    /// The most people remembered; beyond them the oldest are forgotten.
    const MOST: usize = 10_000;

    /// Whether `jid` may be told now; if so, that is remembered.
    pub fn may_tell(&mut self, jid: &BareJid, now: Millis) -> bool {
        if self.last.get(jid).is_some_and(|last| now.since(*last) < Self::PAUSE) {
            return false;
        }
        if self.last.len() >= Self::MOST {
            self.last.retain(|_, last| now.since(*last) < Self::PAUSE);
        }
        if self.last.len() < Self::MOST {
            self.last.insert(jid.clone(), now);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_who_answers_everything_is_told_once_a_minute() {
        let mut helped = Helped::default();
        let (bot, person) = ("bot@x".parse().unwrap(), "romeo@x".parse().unwrap());
        assert!(helped.may_tell(&bot, Millis(0)));
        assert!(!helped.may_tell(&bot, Millis(59_999)));
        assert!(helped.may_tell(&person, Millis(59_999)));
        assert!(helped.may_tell(&bot, Millis(60_000)));
    }

    #[test]
    fn words_need_no_slash_and_may_have_one() {
        for text in ["join", " Join ", "/join", "!JOIN please", "加入"] {
            assert_eq!(Word::of(text), Word::Join, "{text}");
        }
        assert_eq!(Word::of("leave"), Word::Leave);
        for text in ["", "joining", "what is this?"] {
            assert_eq!(Word::of(text), Word::Other, "{text}");
        }
    }
}
