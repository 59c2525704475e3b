//! The one table of commands. The words of the chat, the ad-hoc commands (XEP-0050) with their
//! forms, the dialogues and the help are views of it: whatever can be done in one of these ways
//! can be done in all of them.

mod address;
pub mod answer;
pub mod bare_word;
pub mod choice;
mod collected;
pub mod command;
mod common_word;
mod consent;
pub mod draft;
pub mod field;
mod give;
pub mod help;
mod history;
mod inbox;
mod invites;
mod join;
mod leave;
pub mod own_card;
pub mod people;
pub mod price;
pub mod register;
pub mod run;
pub mod service;
mod settings;
mod share;
pub mod shared_item;
pub mod table;
pub mod text;
pub mod words;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{command::Grammar, field::FieldKind, table::COMMANDS};
    use crate::domain::lang::Lang;

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
                if let FieldKind::Choice(choices) = field.kind {
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
