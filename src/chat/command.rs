//! A row of the table of commands, a call of one, and what its function is given.

use std::{collections::BTreeMap, pin::Pin};

use super::{
    answer::{After, Answer},
    field::{Field, Need},
    service::{Caller, ServiceInfo},
};
use crate::{
    db::{Result, Tx},
    domain::{address::Address, lang::Lang},
    invite::list::Asked,
    say::{
        command::Told,
        texts::{Both, Text},
    },
    world::World,
};

/// Something that people can have done.
#[derive(Debug)]
pub struct Command {
    /// The node of the ad-hoc command: short, for some people type it. No other command has it.
    pub node: &'static str,
    /// The words it is called by in English, the first of which is the one that is told.
    pub english: &'static [&'static str],
    /// The same in Chinese.
    pub chinese: &'static [&'static str],
    /// What it is called in a menu.
    pub title: Both,
    /// How it is written in chat.
    pub usage: Both,
    /// What it does, in one line.
    pub help: Both,
    /// How the words behind it are read.
    pub grammar: Grammar,
    /// What it asks for, in order.
    pub fields: &'static [Field],
    /// Who may use it.
    pub access: Access,
    /// What it asks of the database.
    pub work: Work,
    /// What does it.
    pub run: Operation,
}

impl PartialEq for Command {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

impl Eq for Command {}

/// An answer on its way, of a function that has `Context` for as long.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Does a command.
pub type Operation = for<'a, 'c> fn(&'a mut Context<'c>) -> Pending<'a, Done>;

/// Looks for whom a command is about.
pub type Search = for<'a, 'c> fn(&'a mut Context<'c>) -> Pending<'a, Result<Option<Address>>>;

/// How the words behind a command are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grammar {
    /// There are none.
    Alone,
    /// They are the first field.
    Value,
    /// A word that names a field, and its value.
    Keyed,
    /// A word for each field, and all the rest for the last.
    Each,
    /// `WHAT to WHOM: WORDS`.
    Share,
    /// `WHOM swap updates invite: WHICH`.
    Give,
    /// `WHICH FIELD VALUE`, without the first for the first card.
    Card,
}

/// What a command asks of the database.
#[derive(Debug, Clone, Copy)]
pub enum Work {
    /// To keep something more, which it names. It is done by the one who writes, and refused while
    /// there is no room.
    Add,
    /// To change something, or take it away, which it names. It is done by the one who writes.
    Change,
    /// To look up a few rows, beside those who write.
    Look,
    /// To go through much, for which it waits its turn (`limits`).
    Search,
    /// To change something that is looked for first, by this, in its turn.
    SearchAndChange(Search),
}

/// Who may use a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Anyone,
    /// Those who have joined.
    Joined,
    /// The administrators. To others it does not exist.
    Admin,
}

impl Command {
    /// Whether it exists for somebody.
    #[must_use]
    pub fn exists_for(&self, is_admin: bool) -> bool {
        is_admin || self.access != Access::Admin
    }

    /// The word it is called by in `lang`.
    #[must_use]
    pub fn word(&self, lang: Lang) -> &'static str {
        let words = match lang {
            Lang::En => self.english,
            Lang::Zh => self.chinese,
        };
        words.first().unwrap_or(&self.node)
    }

    /// Every word it is called by.
    pub fn words(&self) -> impl Iterator<Item = &'static str> {
        self.english.iter().chain(self.chinese).copied()
    }

    /// Its field of this name.
    #[must_use]
    pub fn field(&self, var: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.var == var)
    }

    /// The number of pages of its form.
    #[must_use]
    pub fn pages(&self) -> usize {
        self.fields.iter().map(|field| field.page + 1).max().unwrap_or(0)
    }
}

/// What was given, by the field's name; every value has passed its check.
pub type Values = BTreeMap<&'static str, Vec<String>>;

/// A command that somebody wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Which command it is.
    pub command: &'static Command,
    /// What was given.
    pub values: Values,
    /// The language of the word it was called by, where that says something.
    pub lang: Option<Lang>,
    /// Whom a [`Search`] has found that the caller gives up.
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

/// What comes of an operation.
pub type Done = Result<(Answer, After)>;

/// A command being done.
pub struct Context<'a> {
    pub(super) tx: &'a mut Tx,
    pub(super) world: &'a World,
    pub(super) info: &'a ServiceInfo,
    pub(super) caller: &'a Caller,
    pub(super) call: &'a Call,
    /// All commands, for those that are about others.
    pub(super) commands: &'static [Command],
    pub(super) lang: Lang,
    /// How many bytes were gone through so far.
    pub(super) read: usize,
}

impl Context<'_> {
    /// Nothing was done, and why.
    pub(super) fn refusal(&self, told: &Told<'_>) -> Answer {
        Answer::Refused(told.in_lang(self.lang))
    }

    /// The same, as what comes of the operation.
    pub(super) fn refuse(&self, told: &Told<'_>) -> (Answer, After) {
        (self.refusal(told), After::Nothing)
    }

    pub(super) fn say(&self, text: &Text<'_>) -> String {
        text.in_lang(self.lang)
    }
}
