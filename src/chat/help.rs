//! The help: the table, as people read it.

use super::{
    answer::{After, Answer},
    command::{Command, Context},
};
use crate::{domain::lang::Lang, say::command::Told};

impl Context<'_> {
    /// All that can be written, or all about one command.
    pub(super) fn help(&self) -> (Answer, After) {
        let about = self.call.one("command");
        let about = about.and_then(|node| self.commands.iter().find(|it| it.node == node));
        let told = match about {
            Some(command) => one(command, self.lang),
            None => all(self.commands, self.lang, self.caller.is_admin),
        };
        (Answer::Done(told), After::Nothing)
    }
}

/// Everything of `commands` that somebody can write, a line each.
#[must_use]
pub fn all(commands: &[Command], lang: Lang, is_admin: bool) -> String {
    let mut lines = vec![Told::Commands.in_lang(lang)];
    let exist = commands.iter().filter(|it| it.exists_for(is_admin));
    lines.extend(exist.map(|command| line(command, lang)));
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
            let all = super::all(COMMANDS, lang, true);
            let plain = super::all(COMMANDS, lang, false);
            for command in COMMANDS {
                assert!(all.contains(command.usage.in_lang(lang)), "{}", command.node);
                assert!(all.contains(command.help.in_lang(lang)), "{}", command.node);
                let is_hidden = command.access == Access::Admin;
                assert_eq!(plain.contains(command.usage.in_lang(lang)), !is_hidden);
                let one = one(command, lang);
                for field in command.fields {
                    assert!(one.contains(field.hint.in_lang(lang)), "{}", field.var);
                }
            }
            assert!(all.len() < 6_000, "{} bytes", all.len());
        }
    }
}
