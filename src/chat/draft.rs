//! A command that is still being put together: by the pages of a form, or by question and answer
//! in the chat.

use std::collections::BTreeMap;

use super::{
    answer::Question,
    command::Call,
    field::{Field, FieldKind, Need, SURE},
};
use crate::{
    domain::{
        assent::{self, Assent},
        lang::Lang,
    },
    say::command::Told,
};

/// The name of the field that a [`Question`] becomes in a form.
pub const CHOICE: &str = "choice";

/// A command that is not complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// As far as it is known.
    pub call: Call,
    /// The page of the form that is shown.
    pub page: usize,
    /// What has to be chosen before it can be done.
    pub asked: Option<Question>,
    /// The language it is spoken in.
    pub lang: Lang,
    /// The answer that was asked back, because something else had come. Sent again, it counts.
    pub back: Option<String>,
}

/// Where somebody wants to go in a form (XEP-0050 §4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// A page back.
    Back,
    /// The next page; on the last one, to the end.
    On,
    /// To the end.
    End,
}

/// What is to be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Ask what [`Draft`] asks, after this sentence about what was wrong.
    Show(Option<String>),
    /// Everything is there.
    Perform,
}

impl Draft {
    /// Nothing but what is known yet.
    #[must_use]
    pub fn new(call: Call, lang: Lang) -> Self {
        Self { call, page: 0, asked: None, lang, back: None }
    }

    /// The fields of the page that is shown.
    pub fn fields(&self) -> impl Iterator<Item = &'static Field> + use<> {
        let page = self.page;
        self.call.command.fields.iter().filter(move |field| field.page == page)
    }

    /// Whether the page that is shown is the last one.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.asked.is_some() || self.page + 1 >= self.call.command.pages()
    }

    /// Whether it may be ended here: nothing that must be given stands on a later page.
    #[must_use]
    pub fn may_end(&self) -> bool {
        let is_later = |field: &&Field| field.page > self.page && field.need == Need::Required;
        let mut later = self.call.command.fields.iter().filter(is_later);
        self.is_last() || later.all(|field| !self.call.all(field.var).is_empty())
    }

    /// Takes a page that was filled in. None when there is no such page.
    pub fn turn(&mut self, turn: Turn, given: &BTreeMap<String, Vec<String>>) -> Option<Step> {
        if self.asked.is_some() {
            let chosen = given.get(CHOICE).and_then(|values| values.first());
            return match turn {
                Turn::Back => None,
                Turn::On | Turn::End => Some(self.choose(chosen.map_or("", String::as_str))),
            };
        }
        let wrong = self.fill(given);
        match turn {
            Turn::Back => {
                self.page = self.page.checked_sub(1)?;
                return Some(Step::Show(None));
            }
            Turn::On | Turn::End if wrong.is_some() => return Some(Step::Show(wrong)),
            Turn::On if !self.is_last() => {
                self.page += 1;
                return Some(Step::Show(None));
            }
            Turn::On | Turn::End => {}
        }
        Some(match self.call.missing() {
            Some(field) => {
                self.page = field.page;
                Step::Show(Some(field.tell(&super::field::Wrong::Missing, self.lang)))
            }
            None => Step::Perform,
        })
    }

    /// Keeps what was given on this page. A field that is not there keeps what it had
    /// (XEP-0004 §3.4). Answers what is wrong with the first that is wrong.
    fn fill(&mut self, given: &BTreeMap<String, Vec<String>>) -> Option<String> {
        let mut wrong = None;
        for field in self.fields() {
            let Some(values) = given.get(field.var) else { continue };
            match field.check(values) {
                Ok(values) => drop(self.call.values.insert(field.var, values)),
                Err(why) => wrong = wrong.or_else(|| Some(field.tell(&why, self.lang))),
            }
        }
        wrong
    }

    /// Whether anything that is written now is meant for somebody else.
    #[must_use]
    pub fn takes_prose(&self) -> bool {
        let field = self.call.unasked().filter(|_| self.asked.is_none());
        field.is_some_and(|field| matches!(field.kind, FieldKind::Prose))
    }

    /// Whether `text` is one of the choices that are asked for.
    #[must_use]
    pub fn offers(&self, text: &str) -> bool {
        if let Some(question) = &self.asked {
            return question.chosen(text).is_some();
        }
        let field = self.call.unasked().filter(|field| matches!(field.kind, FieldKind::Choice(_)));
        let text = text.trim().trim_start_matches(['/', '!']).to_owned();
        field.is_some_and(|field| field.check(&[text]).is_ok())
    }

    /// Takes what somebody wrote in the chat as the answer to what was asked.
    pub fn hear(&mut self, text: &str) -> Step {
        if self.asked.is_some() {
            return self.choose(text);
        }
        let Some(field) = self.call.unasked() else { return Step::Perform };
        let text = text.trim();
        let is_no = field.need == Need::Asked && is_no(text);
        let values = if is_no { Ok(Vec::new()) } else { field.check(&[text.to_owned()]) };
        match values {
            // What takes everything away is confirmed by its own word, which is about nothing else.
            Ok(values) if field.var == SURE && values == ["1"] && !self.is_called(text) => {
                return Step::Show(None);
            }
            Ok(values) => drop(self.call.values.insert(field.var, values)),
            Err(why) => return Step::Show(Some(field.tell(&why, self.lang))),
        }
        if self.call.unasked().is_some() { Step::Show(None) } else { Step::Perform }
    }

    /// Whether `text` confirms what is asked by the word that it was begun with, which a finger that
    /// taps twice does too.
    #[must_use]
    pub fn repeats(&self, text: &str) -> bool {
        self.asked.is_none()
            && self.call.unasked().is_some_and(|field| field.var == SURE)
            && self.is_called(text.trim())
    }

    /// Whether `text` is the word of the command itself.
    fn is_called(&self, text: &str) -> bool {
        let word = text.trim_start_matches(['/', '!']).to_lowercase();
        let word = word.trim_end_matches(['.', '!', '。', '！']);
        self.call.command.words().any(|it| it == word)
    }

    /// Leaves out what was asked.
    pub fn leave_out(&mut self) -> Step {
        if let Some(field) = self.call.unasked() {
            self.call.values.insert(field.var, Vec::new());
        }
        if self.call.unasked().is_some() { Step::Show(None) } else { Step::Perform }
    }

    fn choose(&mut self, given: &str) -> Step {
        let Some(question) = self.asked.take() else { return Step::Perform };
        let Some((value, _)) = question.chosen(given) else {
            let again = Told::ByNumber.in_lang(self.lang);
            self.asked = Some(question);
            return Step::Show(Some(again));
        };
        let values = self.call.values.entry(question.var).or_default();
        match values.iter_mut().find(|value| **value == question.instead_of) {
            Some(place) => place.clone_from(value),
            None => values.push(value.clone()),
        }
        Step::Perform
    }

    /// What is asked next in the chat.
    #[must_use]
    pub fn question(&self) -> String {
        let lang = self.lang;
        if let Some(question) = &self.asked {
            let mut lines = vec![question.text.clone()];
            lines.extend(question.lines());
            lines.push(Told::ByNumber.in_lang(lang));
            return lines.join("\n");
        }
        let Some(field) = self.call.unasked() else { return String::new() };
        let end = match field.need {
            Need::Asked => Told::NoLeavesOut,
            Need::Required | Need::Optional => Told::CancelEnds,
        };
        let asked = Told::Asks { label: field.label.in_lang(lang), hint: field.hint.in_lang(lang) };
        format!("{}\n{}", asked.in_lang(lang), end.in_lang(lang))
    }
}

/// Ends a dialogue.
#[must_use]
pub fn is_cancel(text: &str) -> bool {
    let text = text.trim().trim_start_matches(['/', '!']).to_lowercase();
    matches!(text.as_str(), "cancel" | "取消")
}

/// Leaves something out.
fn is_no(text: &str) -> bool {
    let is_nothing = matches!(
        text.trim_end_matches(['.', '!', '。', '！']).to_lowercase().as_str(),
        "none" | "nothing" | "-" | "没有" | "无"
    );
    is_nothing || assent::read(text) == Some(Assent::No)
}
