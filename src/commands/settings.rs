//! What somebody has set for himself.

use super::{
    call::{After, Answer, Values},
    run::{At, Done},
};
use crate::{
    domain::{consent::Ask, lang::Lang},
    ops::{account, consent},
    store::account::Account,
};

impl At<'_> {
    /// Keeps what was given, and tells what is set.
    pub(super) async fn settings(&mut self) -> Done {
        let jid = self.caller.jid.as_str();
        if let Some(nick) = self.call.one("nick") {
            account::rename(self.tx, jid, nick).await?;
        }
        if let Some(lang) = self.call.one("language").and_then(Lang::of) {
            self.tx.set_lang(jid, lang.code()).await?;
            self.lang = lang;
        }
        if let Some(pictures) = self.call.one("pictures") {
            self.tx.set_pictures(jid, pictures == "1").await?;
        }
        if let Some(ask) = self.call.one("ask").and_then(Ask::of) {
            consent::set_ask(self.tx, self.world, &self.caller.jid, ask).await?;
        }
        let account = self.tx.account(jid).await?;
        let values = account.as_ref().map(|it| values(it, self.desk.ask)).unwrap_or_default();
        let line = |field: &super::field::Field| {
            let value = values.get(field.var).and_then(|values| values.first());
            let shown = field
                .kind
                .options(self.lang)
                .into_iter()
                .find(|(option, _)| Some(option) == value)
                .map(|(_, label)| label);
            let shown = shown.or_else(|| value.cloned()).unwrap_or_else(|| "–".to_owned());
            let key = match self.lang {
                Lang::En => field.keys.first(),
                Lang::Zh => field.keys.get(1),
            };
            format!("{} {}: {shown}", self.call.command.word(self.lang), key.unwrap_or(&field.var))
        };
        let lines: Vec<String> = self.call.command.fields.iter().map(line).collect();
        Ok((Answer::Done(lines.join("\n")), After::Queued))
    }
}

/// What is set, as the form shows it.
pub(super) fn values(account: &Account, ask: Ask) -> Values {
    let mut values = Values::new();
    if let Some(nick) = &account.nick {
        values.insert("nick", vec![nick.clone()]);
    }
    let lang = Lang::of(&account.lang).unwrap_or_default();
    values.insert("language", vec![lang.code().to_owned()]);
    values.insert("pictures", vec![i64::from(account.pictures).to_string()]);
    values.insert("ask", vec![account.ask().unwrap_or(ask).token().to_owned()]);
    values
}
