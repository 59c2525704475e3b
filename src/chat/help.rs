//! The help: the table, as people read it.

use crate::{chat::command::Command, domain::lang::Lang, say::command::Told};

/// Everything that somebody can write, a line each; or all about one command.
#[must_use]
pub fn help(about: Option<&Command>, lang: Lang, is_admin: bool) -> String {
    match about {
        Some(command) => one(command, lang),
        None => all(lang, is_admin),
    }
}

fn all(lang: Lang, is_admin: bool) -> String {
    let mut lines = vec![Told::Commands.in_lang(lang)];
    lines.extend(Command::all(is_admin).map(|command| line(command, lang)));
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
    use crate::chat::{command::Access, table::COMMANDS};

    #[test]
    fn the_help_names_every_command_and_every_field_in_both_languages() {
        for lang in [Lang::En, Lang::Zh] {
            let all = help(None, lang, true);
            let plain = help(None, lang, false);
            for command in COMMANDS {
                assert!(all.contains(command.usage.in_lang(lang)), "{}", command.node);
                assert!(all.contains(command.help.in_lang(lang)), "{}", command.node);
                let is_hidden = command.access == Access::Admin;
                assert_eq!(plain.contains(command.usage.in_lang(lang)), !is_hidden);
                let one = help(Some(command), lang, true);
                for field in command.fields {
                    assert!(one.contains(field.hint.in_lang(lang)), "{}", field.var);
                }
            }
            assert!(all.len() < 6_000, "{} bytes", all.len());
        }
    }
}
