//! The help: the table, as people read it.

use super::{COMMANDS, Command};
use crate::{domain::lang::Lang, render::told::Told};

/// Everything that can be written, a line each; or all about one command.
#[must_use]
pub fn help(about: Option<&Command>, lang: Lang) -> String {
    match about {
        Some(command) => one(command, lang),
        None => all(lang),
    }
}

fn all(lang: Lang) -> String {
    let mut lines = vec![Told::Commands.in_lang(lang)];
    lines.extend(COMMANDS.iter().map(|command| line(command, lang)));
    lines.push(Told::MoreHelp.in_lang(lang));
    lines.join("\n")
}

fn line(command: &Command, lang: Lang) -> String {
    let (usage, help) = (command.usage.in_lang(lang), command.help.in_lang(lang));
    match lang {
        Lang::En => format!("{usage} – {help}"),
        Lang::Zh => format!("{usage}——{help}"),
    }
}

/// The usage, and what can be given.
fn one(command: &Command, lang: Lang) -> String {
    let mut lines = vec![line(command, lang)];
    for field in command.fields {
        let (label, hint) = (field.label.in_lang(lang), field.hint.in_lang(lang));
        let options: Vec<String> =
            field.kind.options(lang).into_iter().map(|(_, label)| label).collect();
        let options =
            if options.is_empty() { String::new() } else { format!(" ({})", options.join(", ")) };
        lines.push(match lang {
            Lang::En => format!("{label}: {hint}{options}"),
            Lang::Zh => format!("{label}：{hint}{options}"),
        });
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_names_every_command_and_every_field_in_both_languages() {
        for lang in [Lang::En, Lang::Zh] {
            let all = help(None, lang);
            for command in COMMANDS {
                assert!(all.contains(command.usage.in_lang(lang)), "{}", command.node);
                assert!(all.contains(command.help.in_lang(lang)), "{}", command.node);
                let one = help(Some(command), lang);
                for field in command.fields {
                    assert!(one.contains(field.hint.in_lang(lang)), "{}", field.var);
                }
            }
            assert!(all.len() < 4_000, "{} bytes", all.len());
        }
    }
}
