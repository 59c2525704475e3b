//! The one table of commands. The words of the chat, the ad-hoc commands (XEP-0050) with their
//! forms, the dialogues and the help are views of it: whatever can be done in one of these ways
//! can be done in all of them.

pub mod call;
mod collected;
mod consent;
pub mod context;
mod everybodys;
pub mod field;
mod give;
pub mod help;
mod invites;
pub mod open;
pub mod own_card;
pub mod people;
pub mod price;
mod reach;
pub mod register;
pub mod run;
mod settings;
mod share;
mod shelf;
mod table;
pub mod thing;
pub mod tray;
pub mod words;

use self::field::Field;
pub use self::table::COMMANDS;
use crate::{domain::lang::Lang, render::texts::Both};

/// Something that people can have done.
#[derive(Debug, PartialEq, Eq)]
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
}

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
    /// To change something that is looked for first ([`run::look_for`]), in its turn.
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
    /// Those that exist for somebody.
    pub fn all(is_admin: bool) -> impl Iterator<Item = &'static Self> {
        COMMANDS.iter().filter(move |command| is_admin || command.access != Access::Admin)
    }

    /// The one with this node.
    #[must_use]
    pub fn of_node(node: &str) -> Option<&'static Self> {
        COMMANDS.iter().find(|command| command.node == node)
    }

    /// What it asks of the database.
    #[must_use]
    pub fn work(&self) -> Work {
        match self.name {
            Name::Help
            | Name::More
            | Name::Status
            | Name::Lookup
            | Name::Blocks
            | Name::Reports => Work::Look,
            Name::Invites
            | Name::Pending
            | Name::List
            | Name::Find
            | Name::Cards
            | Name::CardsIn
            | Name::CardsSame => Work::Search,
            Name::Cancel => Work::SearchAndChange,
            Name::Join
            | Name::Stop
            | Name::Export
            | Name::Leave
            | Name::Share
            | Name::Give
            | Name::Save
            | Name::Drop
            | Name::Revoke
            | Name::Yes
            | Name::No
            | Name::Block
            | Name::Unblock
            | Name::Report
            | Name::Suspend
            | Name::Unsuspend
            | Name::Settings
            | Name::Phone
            | Name::Mail
            | Name::Code
            | Name::Forget
            | Name::Card
            | Name::CardImport
            | Name::CardsExport
            | Name::CardsLink
            | Name::EditCard
            | Name::MergeCards
            | Name::Undo => Work::Change,
        }
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{field::Kind, *};

    #[test]
    fn every_command_has_words_a_form_and_help_in_both_languages() {
        let mut words = HashSet::new();
        let mut nodes = HashSet::new();
        for command in COMMANDS {
            let node = command.node;
            assert!(nodes.insert(node), "{node} is there twice");
            assert!(!command.english.is_empty() && !command.chinese.is_empty(), "{node}: a word");
            for word in command.words() {
                assert!(words.insert(word), "{word} is two commands");
                assert_eq!(word, word.to_lowercase());
            }
            let field_texts = command.fields.iter().flat_map(|field| [field.label, field.hint]);
            let texts = field_texts.chain([command.title, command.usage, command.help]);
            for text in texts {
                assert!(!text.en.is_empty() && text.en.is_ascii(), "{node}: {text:?}");
                assert!(!text.zh.is_ascii(), "{node}: {text:?} in Chinese");
            }
            for lang in [Lang::En, Lang::Zh] {
                let usage = command.usage.in_lang(lang);
                assert!(usage.starts_with(command.word(lang)), "{node}: {usage}");
            }
        }
    }

    #[test]
    fn every_field_can_be_named_in_words_and_stands_on_a_page() {
        for command in COMMANDS {
            let mut vars = HashSet::new();
            let mut keys = HashSet::new();
            let mut page = 0;
            for field in command.fields {
                let name = format!("{}#{}", command.node, field.var);
                assert!(vars.insert(field.var), "{name} twice");
                assert!(field.page == page || field.page == page + 1, "{name}: in order of pages");
                page = field.page;
                if command.grammar == Grammar::Keyed {
                    assert!(!field.keys.is_empty(), "{name}: no word for it");
                    assert!(field.keys.iter().all(|key| keys.insert(*key)), "{name}: {keys:?}");
                }
                if let Kind::Choice(choices) = field.kind {
                    assert!(choices.iter().all(|choice| !choice.words.is_empty()), "{name}");
                }
            }
            match command.grammar {
                Grammar::Alone => assert!(command.fields.is_empty(), "{}", command.node),
                Grammar::Value => assert_eq!(command.fields.len(), 1, "{}", command.node),
                Grammar::Keyed | Grammar::Each | Grammar::Share | Grammar::Give | Grammar::Card => {
                }
            }
        }
    }
}
