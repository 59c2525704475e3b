//! What a row of the table says of a command.

use super::field::Field;
use crate::{domain::lang::Lang, say::texts::Both};

/// The field that says whether somebody means it.
pub const SURE: &str = "sure";

/// Something that people can have done.
#[derive(Debug)]
pub struct Command {
    /// Which operation it is.
    pub name: Name,
    /// The node of the ad-hoc command: short, for some people type it.
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
}

impl PartialEq for Command {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

impl Eq for Command {}

/// The operation behind a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the table says what each does")]
pub enum Name {
    Help,
    Join,
    Invites,
    Cancel,
    Stop,
    Export,
    Leave,
    Share,
    Give,
    List,
    More,
    Find,
    Save,
    Pending,
    Drop,
    Status,
    Revoke,
    Lookup,
    Yes,
    No,
    Block,
    Unblock,
    Blocks,
    Report,
    Reports,
    Suspend,
    Unsuspend,
    Settings,
    Phone,
    Mail,
    Code,
    Forget,
    Card,
    CardImport,
    Cards,
    CardsIn,
    CardsSame,
    CardsExport,
    CardsLink,
    EditCard,
    MergeCards,
    Undo,
}

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// To change something, which it names. It is done by the one who writes.
    Change,
    /// To look up a few rows, beside those who write.
    Look,
    /// To go through much, for which it waits its turn (`limits`).
    Search,
    /// To change something that is looked for first ([`look_for`](super::run::look_for)), in its turn.
    SearchAndChange,
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
