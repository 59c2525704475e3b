//! A command with what was given for it, and what comes of it.

use std::collections::BTreeMap;

use jid::BareJid;

use super::{
    Command,
    field::{Field, Need},
};
use crate::{
    domain::{address::Address, lang::Lang, product::File, recording::Recording},
    ops::invites::Asked,
};

/// What was given, by the field's name; every value has passed its check.
pub type Values = BTreeMap<&'static str, Vec<String>>;

/// A command that somebody wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Which.
    pub command: &'static Command,
    /// What was given.
    pub values: Values,
    /// The language of the word it was called by, where that says something.
    pub lang: Option<Lang>,
    /// Whom [`look_for`](super::run::look_for) has found that the caller gives up.
    pub found: Option<GivenUp>,
}

impl Call {
    /// A command with nothing given yet.
    #[must_use]
    pub fn of(command: &'static Command) -> Self {
        Self { command, values: Values::new(), lang: None, found: None }
    }

    /// The first value of a field.
    #[must_use]
    pub fn one(&self, var: &str) -> Option<&str> {
        self.all(var).first().map(String::as_str)
    }

    /// All values of a field.
    #[must_use]
    pub fn all(&self, var: &str) -> &[String] {
        self.values.get(var).map_or(&[], Vec::as_slice)
    }

    /// A number.
    #[must_use]
    pub fn number(&self, var: &str) -> Option<i64> {
        self.one(var)?.parse().ok()
    }

    /// Whether everything is there that must be.
    #[must_use]
    pub fn missing(&self) -> Option<&'static Field> {
        let lacks = |field: &&Field| self.all(field.var).is_empty();
        self.command.fields.iter().filter(|field| field.need == Need::Required).find(lacks)
    }

    /// What a dialogue asks next: what must be given, and what it offers to give. A field that
    /// was left out on purpose is there, and empty.
    #[must_use]
    pub fn unasked(&self) -> Option<&'static Field> {
        let asks =
            |field: &&Field| field.need != Need::Optional && !self.values.contains_key(field.var);
        self.command.fields.iter().find(asks)
    }
}

/// Somebody whom the caller gives up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenUp {
    /// Who, as they wrote them.
    pub whom: Address,
    /// When they asked for that.
    pub asked: Asked,
}

/// Who calls.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Only the stanza's `from` counts.
    pub jid: BareJid,
    /// The language of the stanza, if it is one we speak.
    pub lang: Option<Lang>,
    /// Whether the service takes registrations from him.
    pub may_join: bool,
    /// Whether he is an administrator.
    pub is_admin: bool,
    /// The same for a stanza that comes again: what is made of it is made once.
    pub key: String,
    /// The picture that he has put into the chat.
    pub picture: Option<File>,
    /// The recording that he has put into the chat.
    pub recording: Option<Box<Recording>>,
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The language he is answered in.
    pub lang: Lang,
    /// What he is told.
    pub answer: Answer,
    /// What has to be done once it is kept.
    pub after: After,
    /// How many bytes were gone through for it.
    pub read: usize,
}

/// What somebody is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is done, or here it is.
    Done(String),
    /// It was not done; nothing was kept.
    Refused(String),
    /// Which of these?
    Ask(Question),
}

impl Answer {
    /// What is told or asked.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Done(text) | Self::Refused(text) => text,
            Self::Ask(question) => &question.text,
        }
    }
}

/// A question that is answered by a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The field it is about.
    pub var: &'static str,
    /// The value of it that the answer takes the place of.
    pub instead_of: String,
    /// What is asked.
    pub text: String,
    /// As it is kept, and as it is shown.
    pub options: Vec<(String, String)>,
}

/// What has to be done once it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum After {
    /// Nothing.
    #[default]
    Nothing,
    /// He has joined: what waited for him goes out, and his presence is asked for.
    Joined,
    /// He has left: both subscriptions end.
    Left,
    /// Something is queued.
    Queued,
    /// Quiet hours are set, and his client is asked for his time zone.
    NeedsZone,
    /// A share was accepted, and is queued.
    Shared,
    /// A complaint was kept.
    Reported,
}

impl After {
    /// Whether deliveries may be queued that were not before.
    #[must_use]
    pub fn queues(self) -> bool {
        matches!(self, Self::Joined | Self::Queued | Self::NeedsZone | Self::Shared)
    }
}
