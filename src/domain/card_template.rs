//! What a card can be made to look like (S3.1): the names of the templates, and what an operator
//! brings along.

use std::{collections::BTreeMap, sync::Arc};

use super::lang::Lang;

/// What a card looks like whose owner has not chosen, or whose template is there no more.
pub const DEFAULT: &str = "plain";
/// The most characters of a template's name.
pub const NAME_MAX: usize = 32;

/// A template that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The word for it: `night`.
    pub name: String,
    /// What it is called in English.
    pub english: String,
    /// What it is called in Chinese.
    pub chinese: String,
}

impl Named {
    /// What people are told.
    #[must_use]
    pub fn title(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.english,
            Lang::Zh => &self.chinese,
        }
    }
}

/// Every template that there is, in the order in which they are shown. A copy is cheap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice(Arc<[Named]>);

impl Choice {
    /// These.
    #[must_use]
    pub fn new(all: Vec<Named>) -> Self {
        Self(all.into())
    }

    /// The one of this name, in any case; by its title too.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<&Named> {
        let wanted = text.trim().to_lowercase();
        self.iter().find(|it| {
            [&it.name, &it.english, &it.chinese].iter().any(|name| name.to_lowercase() == wanted)
        })
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Named> {
        self.0.iter()
    }
}

impl Default for Choice {
    /// The built-in ones.
    fn default() -> Self {
        let all =
            [("plain", "Plain", "素雅"), ("modern", "Modern", "现代"), ("night", "Night", "夜色")];
        let named = |(name, english, chinese): (&str, &str, &str)| Named {
            name: name.to_owned(),
            english: english.to_owned(),
            chinese: chinese.to_owned(),
        };
        Self::new(all.into_iter().map(named).collect())
    }
}

/// A template as an operator brings it: a folder of small files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Where it is, for what is told about it.
    pub place: String,
    /// What it is called.
    pub named: Named,
    /// The text of each file by its name.
    pub files: BTreeMap<String, String>,
}

/// Whether a template may be called `name`: `a` to `z`, digits and hyphens.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=NAME_MAX).contains(&name.len()) && name.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_found_by_its_name_and_by_its_title() {
        let choice = Choice::default();
        for text in ["night", " Night ", "NIGHT", "夜色"] {
            assert_eq!(choice.find(text).map(|it| it.name.as_str()), Some("night"), "{text}");
        }
        assert_eq!(choice.find("dusk"), None);
        assert!(choice.iter().all(|it| is_name(&it.name)));
        assert_eq!(choice.find(DEFAULT).map(|it| it.title(Lang::Zh)), Some("素雅"));
    }

    #[test]
    fn the_name_of_a_template_is_no_path() {
        for name in ["", "..", "a/b", "A", "a b", "名", &"a".repeat(33)] {
            assert!(!is_name(name), "{name}");
        }
        assert!(is_name("acme-2"));
    }
}
