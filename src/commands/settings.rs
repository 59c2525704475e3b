//! What somebody has set for himself.

use super::{
    call::{After, Answer, Values},
    run::{At, Done},
};
use crate::{
    domain::lang::Lang,
    ops::account,
    render::reach::Reach,
    store::{account::Account, contact::ContactRow},
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
        if let Some(discoverable) = self.call.one("discoverable") {
            self.tx.set_discoverable(jid, discoverable == "1").await?;
        }
        let account = self.tx.account(jid).await?;
        let contacts = self.tx.contacts_of(jid).await?;
        let values = account.map(|account| values(&account, &contacts)).unwrap_or_default();
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
        let mut lines: Vec<String> = self.call.command.fields.iter().map(line).collect();
        let mine: Vec<&str> = contacts.iter().map(|it| bare(&it.address)).collect();
        if !mine.is_empty() {
            lines.push(Reach::Mine { addresses: &mine.join(", ") }.in_lang(self.lang));
        }
        Ok((Answer::Done(lines.join("\n")), After::Nothing))
    }
}

/// What is set, as the form shows it.
pub(super) fn values(account: &Account, contacts: &[ContactRow]) -> Values {
    let mut values = Values::new();
    if let Some(nick) = &account.nick {
        values.insert("nick", vec![nick.clone()]);
    }
    let lang = Lang::of(&account.lang).unwrap_or_default();
    values.insert("language", vec![lang.code().to_owned()]);
    values.insert("pictures", vec![i64::from(account.pictures).to_string()]);
    let discoverable = contacts.iter().any(|it| it.discoverable != 0);
    values.insert("discoverable", vec![i64::from(discoverable).to_string()]);
    values
}

/// Without its scheme.
fn bare(address: &str) -> &str {
    address.split_once(':').map_or(address, |(_, bare)| bare)
}
