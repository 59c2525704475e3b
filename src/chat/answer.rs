//! What comes of a command.

use super::field::SURE;
use crate::domain::{
    assent::{self, Assent},
    lang::Lang,
};

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The language that the caller is answered in.
    pub lang: Lang,
    /// What the caller is told.
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
    /// What each is called in the chat, like `2` or `#7`, where it has a number of its own everywhere;
    /// else there are none, and each is called by its place.
    pub numbers: Vec<String>,
}

impl Question {
    /// The option that somebody names by its number, or as it is kept or shown.
    #[must_use]
    pub fn chosen(&self, given: &str) -> Option<&(String, String)> {
        let given = given.trim().trim_end_matches(['.', '。']);
        self.place(given).and_then(|place| self.options.get(place)).or_else(|| {
            let lower = given.to_lowercase();
            let is = |(value, label): &&(String, String)| {
                value == given || label.to_lowercase() == lower
            };
            self.options.iter().find(is).or_else(|| self.sure(given))
        })
    }

    /// The place of the option of this number. `7` is `#7` if nothing is called `7`.
    fn place(&self, given: &str) -> Option<usize> {
        if self.numbers.is_empty() {
            return given.parse::<usize>().ok()?.checked_sub(1);
        }
        let given = given.replace('＃', "#");
        let is_called = |name: &str| self.numbers.iter().position(|it| it == name);
        is_called(&given).or_else(|| is_called(&format!("#{given}")))
    }

    /// The options as they are listed in the chat.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let label = |(place, (_, label)): (usize, &(String, String))| match self.numbers.get(place)
        {
            Some(number) => format!("{number}  {label}"),
            None => format!("{}  {label}", place + 1),
        };
        self.options.iter().enumerate().map(label)
    }

    /// The option that a yes or no means, in whatever words, where the question is whether somebody
    /// means it.
    fn sure(&self, given: &str) -> Option<&(String, String)> {
        let value = match assent::read(given).filter(|_| self.var == SURE)? {
            Assent::Yes => "1",
            Assent::No => "0",
            Assent::Thumb => return None,
        };
        self.options.iter().find(|(known, _)| known == value)
    }
}

/// What has to be done once it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum After {
    /// Nothing.
    #[default]
    Nothing,
    /// The caller has joined: what waited for them goes out, and their presence is asked for.
    Joined,
    /// The caller has left: both subscriptions end.
    Left,
    /// Quiet hours are set, and the caller's client is asked for their time zone.
    NeedsZone,
    /// A share was accepted, and is queued.
    Shared,
    /// A complaint was kept.
    Reported,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_number_of_its_own_is_chosen_by_that_and_all_else_by_its_place() {
        let option = |value: &str| (value.to_owned(), format!("that of {value}"));
        let placed = Question {
            var: "who",
            instead_of: String::new(),
            text: String::new(),
            options: ["c", "a", "b", "d"].map(option).into(),
            numbers: Vec::new(),
        };
        let numbered = ["3", "1", "#1", "#7"].map(str::to_owned).into();
        let numbered = Question { numbers: numbered, ..placed.clone() };
        let chosen = |question: &Question, given: &str| {
            question.chosen(given).map_or("", |(value, _)| value).to_owned()
        };
        for (given, by_place, by_number) in [
            ("1", "c", "a"),
            ("3.", "b", "c"),
            ("#1", "", "b"),
            ("＃7", "", "d"),
            ("7", "", "d"),
            ("2", "a", ""),
            ("That of B", "b", "b"),
            ("yes", "", ""),
        ] {
            assert_eq!(chosen(&placed, given), by_place, "{given}");
            assert_eq!(chosen(&numbered, given), by_number, "{given}");
        }
        assert_eq!(placed.lines().next().as_deref(), Some("1  that of c"));
        assert_eq!(numbered.lines().last().as_deref(), Some("#7  that of d"));
        // Where somebody is asked whether they mean it, any yes or no will do.
        let options = ["0", "1"].map(option).into();
        let sure = Question { var: SURE, options, ..placed };
        let said = ["nope", "好的", "2", "perhaps"].map(|given| chosen(&sure, given));
        assert_eq!(said, ["0", "1", "1", ""]);
    }
}
