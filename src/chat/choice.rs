//! What can be chosen where a field takes one of several things.

use crate::{
    domain::{
        assent::{self, Assent},
        lang::Lang,
    },
    say::texts::Both,
};

/// One of several.
#[derive(Debug, PartialEq, Eq)]
pub struct Choice {
    /// As it travels in forms.
    pub value: &'static str,
    /// As people see it.
    pub label: Both,
    /// What people write for it.
    pub words: &'static [&'static str],
}

/// One of a list.
#[derive(Debug)]
pub struct Listed {
    /// What it is called in the form.
    pub value: &'static str,
    /// The words that name it in chat.
    pub words: Vec<&'static str>,
    /// What people see.
    pub label: Both,
}

impl Choice {
    /// Whether `lower`, in small letters, is what people see of it.
    pub(super) fn is_shown(&self, lower: &str) -> bool {
        [Lang::En, Lang::Zh].into_iter().any(|lang| {
            let (label, told) = (self.label.in_lang(lang), self.typed(lang));
            label.to_lowercase() == lower || told.to_lowercase() == lower
        })
    }

    /// `remote (about people of other servers)`, or `English`, where the label is a word.
    pub(super) fn typed(&self, lang: Lang) -> String {
        let label = self.label.in_lang(lang);
        let lower = label.to_lowercase();
        let word = match lang {
            Lang::En => Some(&self.value),
            Lang::Zh => self.words.iter().find(|word| !word.is_ascii()),
        };
        match (word, lang) {
            _ if self.value == lower || self.words.contains(&lower.as_str()) => label.to_owned(),
            (None, _) => label.to_owned(),
            (Some(word), Lang::En) => format!("{word} ({label})"),
            (Some(word), Lang::Zh) => format!("{word}（{label}）"),
        }
    }
}

/// Which of `choices` is meant; a yes or a no is on or off.
pub(super) fn chosen<'c>(choices: &'c [Choice], lower: &str) -> Option<&'c Choice> {
    let word = lower.trim_end_matches(['.', '!', '。', '！']);
    let is_meant = |choice: &&Choice| {
        choice.value == lower || choice.words.contains(&word) || choice.is_shown(word)
    };
    choices.iter().find(is_meant).or_else(|| {
        let value = match assent::read(lower)? {
            Assent::Yes => "1",
            Assent::No => "0",
            Assent::Thumb => return None,
        };
        choices.iter().find(|choice| choice.value == value)
    })
}
