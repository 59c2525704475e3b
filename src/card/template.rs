//! Cards made from templates (S3.1): text for the chat, the inside of a page, and a picture.
//!
//! A template is a folder with `card.txt`, `card.html`, `card.svg` and perhaps `card.css`;
//! `docs/templates.md` says what they see. Ours lie in `templates`, an operator adds their own.
//! A template reads nothing but its own folder and the clean values of one card, ends after so many
//! steps, and cannot write a value into a page or a picture unescaped. Whatever is wrong with one
//! is found at the start, when it is tried on three cards.

mod icons;
mod measure;
mod view;

use std::{collections::BTreeMap, fmt};

use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior,
    syntax::SyntaxConfig,
    value::{Serde, Value},
};

pub(crate) use crate::card::template::view::{Code, Pictures, chat};
use crate::{
    card::template::view::Shown,
    domain::{
        card::{Card, Part},
        card_template::{Choice, DEFAULT, Folder, Named},
        lang::Lang,
        text::one_line,
    },
};

/// What every template has.
pub(in crate::card) const FILES: [&str; 3] = ["card.txt", "card.html", "card.svg"];
/// The style of its page, which it may have.
pub(in crate::card) const STYLE: &str = "card.css";

/// Steps that a template may take. Ours take about 3,000 for a card with everything.
const FUEL: u64 = 50_000;
/// Bytes that may come of a template.
const MADE_MAX: usize = 1024 * 1024;
/// What must not come out of a template as it went in.
const CANARY: &str = "<i x='1\"&>";

const BUILT_IN: [(&str, [&str; 4]); 3] = [
    (
        "plain",
        [
            include_str!("templates/plain/card.txt"),
            include_str!("templates/plain/card.html"),
            include_str!("templates/plain/card.svg"),
            "",
        ],
    ),
    (
        "modern",
        [
            include_str!("templates/modern/card.txt"),
            include_str!("templates/plain/card.html"),
            include_str!("templates/modern/card.svg"),
            include_str!("templates/modern/card.css"),
        ],
    ),
    (
        "night",
        [
            include_str!("templates/night/card.txt"),
            include_str!("templates/plain/card.html"),
            include_str!("templates/night/card.svg"),
            include_str!("templates/night/card.css"),
        ],
    ),
];

/// Why a template is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub(crate) struct BadTemplate {
    /// File and line.
    place: String,
    problem: String,
}

/// All templates.
#[derive(Debug)]
pub struct Templates {
    all: BTreeMap<String, Template>,
    choice: Choice,
}

struct Template {
    env: Environment<'static>,
    /// Where it is, for what is told about it.
    place: String,
    style: String,
}

/// What is made of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Made {
    Text,
    Html,
    Svg,
}

impl Templates {
    /// Ours and those of an operator, who may replace one of ours. Each is tried.
    ///
    /// # Errors
    /// [`BadTemplate`]: file, line and reason of the first that is wrong.
    pub(crate) fn new(folders: Vec<Folder>) -> Result<Self, BadTemplate> {
        let mut all = BTreeMap::new();
        let mut choice: Vec<Named> = Choice::default().iter().cloned().collect();
        for (name, files) in BUILT_IN {
            let names = FILES.into_iter().chain([STYLE]).map(str::to_owned);
            let files = names.zip(files.map(str::to_owned)).collect();
            all.insert(name.to_owned(), Template::new(name.to_owned(), files)?);
        }
        for folder in folders {
            choice.retain(|it| it.name != folder.named.name);
            let template = Template::new(folder.place, folder.files)?;
            all.insert(folder.named.name.clone(), template);
            choice.push(folder.named);
        }
        for template in all.values() {
            template.try_out()?;
        }
        Ok(Self { all, choice: Choice::new(choice) })
    }

    /// What can be chosen.
    #[must_use]
    pub(crate) fn choice(&self) -> Choice {
        self.choice.clone()
    }

    /// The card as a few lines for a chat.
    ///
    /// # Errors
    /// When `template` cannot be used for this very card. What is said holds nothing of the card.
    pub(in crate::card) fn text(
        &self,
        template: &str,
        card: &Card,
        lang: Lang,
    ) -> Result<String, BadTemplate> {
        let shown = Shown::new(card, lang, &Pictures::default(), None);
        self.named(template)?.make(Made::Text, &shown)
    }

    /// The inside of the card's page. Without pictures: a page loads only what it says itself.
    ///
    /// # Errors
    /// As [`Templates::text`].
    pub(crate) fn html(
        &self,
        template: &str,
        card: &Card,
        lang: Lang,
    ) -> Result<String, BadTemplate> {
        let shown = Shown::new(card, lang, &Pictures::default(), None);
        self.named(template)?.make(Made::Html, &shown)
    }

    /// What the page needs besides the style of all pages.
    #[must_use]
    pub(crate) fn style(&self, template: &str) -> &str {
        self.named(template).map_or("", |it| &it.style)
    }

    /// The card as a picture.
    ///
    /// # Errors
    /// As [`Templates::text`].
    pub(crate) fn svg(
        &self,
        template: &str,
        card: &Card,
        lang: Lang,
        pictures: &Pictures,
        code: Option<Code>,
    ) -> Result<String, BadTemplate> {
        self.named(template)?.make(Made::Svg, &Shown::new(card, lang, pictures, code))
    }

    /// The one of this name; the plain one when there is none.
    fn named(&self, name: &str) -> Result<&Template, BadTemplate> {
        let found = self.all.get(name).or_else(|| self.all.get(DEFAULT));
        found.ok_or_else(|| BadTemplate { place: name.to_owned(), problem: "is missing".into() })
    }
}

impl Template {
    fn new(place: String, files: BTreeMap<String, String>) -> Result<Self, BadTemplate> {
        if let Some(file) = FILES.iter().find(|file| !files.contains_key(**file)) {
            return Err(BadTemplate { place, problem: format!("there is no {file}") });
        }
        let mut env = Environment::new();
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        env.set_auto_escape_callback(|file| match file.rsplit_once('.') {
            Some((_, "html" | "svg")) => AutoEscape::Html,
            _ => AutoEscape::None,
        });
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        let unset = |error: Error| BadTemplate { place: place.clone(), problem: error.to_string() };
        env.set_syntax(syntax.map_err(unset)?);
        env.set_fuel(Some(FUEL));
        env.remove_filter("safe");
        env.remove_global("debug");
        env.add_filter(
            "fit",
            |text: &str, width: f64, most: f64, least: f64, bold: Option<bool>| {
                measure::fit(text, width, most, least, bold.unwrap_or(false))
            },
        );
        env.add_filter(
            "wrap",
            |text: &str, width: f64, size: f64, count: usize, bold: Option<bool>| {
                measure::wrap(text, width, size, count, bold.unwrap_or(false))
            },
        );
        let mut template = Self { env, place, style: String::new() };
        for (file, text) in files {
            if file == STYLE {
                template.style = text;
                continue;
            }
            let added = template.env.add_template_owned(file.clone(), text);
            added.map_err(|error| template.wrong(&file, &error, true))?;
        }
        Ok(template)
    }

    fn make(&self, made: Made, shown: &Shown) -> Result<String, BadTemplate> {
        self.write(made, shown, false)
    }

    /// With `detail`, an error says what the value was that was wrong: for cards of ours only.
    fn write(&self, made: Made, shown: &Shown, detail: bool) -> Result<String, BadTemplate> {
        let file = made.file();
        let template = self.env.get_template(file);
        let text = template.and_then(|it| it.render(Value::from(Serde(shown))));
        let text = text.map_err(|error| self.wrong(file, &error, detail))?;
        if text.len() > MADE_MAX {
            return Err(self.bad(file, format!("more than {MADE_MAX} bytes come of it")));
        }
        Ok(match made {
            Made::Text => {
                let lines = text.lines().map(one_line).filter(|line| !line.is_empty());
                lines.collect::<Vec<_>>().join("\n")
            }
            Made::Html | Made::Svg => text,
        })
    }

    /// On a card with everything, on one with a name alone, and on one that wants to be markup.
    fn try_out(&self) -> Result<(), BadTemplate> {
        let picture = Some("data:image/png;base64,AA==".to_owned());
        let pictures = Pictures { portrait: picture.clone(), logo: picture };
        let code = || Some(Code { side: 45, path: "M4 4h7v1h-7z".into() });
        let bare = Card::named("A");
        for lang in [Lang::En, Lang::Zh] {
            for made in [Made::Text, Made::Html, Made::Svg] {
                self.write(made, &Shown::new(&full("A"), lang, &pictures, code()), true)?;
                self.write(made, &Shown::new(&bare, lang, &Pictures::default(), None), true)?;
                let hostile =
                    self.write(made, &Shown::new(&full(CANARY), lang, &pictures, code()), true)?;
                if made != Made::Text && hostile.contains("<i x=") {
                    let problem = "writes a value of the card without escaping it";
                    return Err(self.bad(made.file(), problem.into()));
                }
            }
        }
        Ok(())
    }

    fn wrong(&self, file: &str, error: &Error, detail: bool) -> BadTemplate {
        let file = error.name().unwrap_or(file);
        let file = error.line().map_or_else(|| file.to_owned(), |line| format!("{file}:{line}"));
        let problem = match error.kind() {
            ErrorKind::OutOfFuel => "takes too many steps; does it loop?".to_owned(),
            kind => {
                let said = error.detail().filter(|_| detail);
                said.map_or_else(|| kind.to_string(), |said| format!("{kind}: {said}"))
            }
        };
        self.bad(&file, problem)
    }

    fn bad(&self, file: &str, problem: String) -> BadTemplate {
        BadTemplate { place: format!("{}/{file}", self.place), problem }
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Template({})", self.place)
    }
}

impl Made {
    const fn file(self) -> &'static str {
        match self {
            Self::Text => "card.txt",
            Self::Html => "card.html",
            Self::Svg => "card.svg",
        }
    }
}

/// A card of which every part says `text`.
fn full(text: &str) -> Card {
    let mut card = Card::named(text);
    for part in Part::ALL.into_iter().filter(|part| *part != Part::Name) {
        let value = match part {
            Part::Phone | Part::Fax => "+39 045 555 0100".to_owned(),
            Part::Url => "https://example.org/".to_owned(),
            Part::Impp => format!("xmpp:{text}"),
            _ => text.to_owned(),
        };
        card.set(part, &[value]);
    }
    card
}

#[cfg(test)]
mod tests;
