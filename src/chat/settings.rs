//! What somebody has set for themselves.

use super::{
    answer::{After, Answer},
    command::{Context, Done, Values},
    field::OFF,
};
use crate::{
    account::{store::Account, store_contact::ContactRow},
    card::own,
    db::Result,
    domain::{address::shown, consent::Ask, lang::Lang},
    invite::say_address::Reach,
    people::{
        account::{self, Quiet},
        ask,
    },
    say::command::Told,
};

impl Context<'_> {
    /// Keeps what was given, and tells what is set.
    pub(super) async fn settings(&mut self) -> Done {
        let (call, jid) = (self.call, self.caller.jid.as_str());
        if let Some(refused) = self.name_taken() {
            return Ok(refused);
        }
        if let Some(nick) = call.one("nick") {
            account::rename(self.tx, self.world, jid, nick).await?;
        }
        if let Some(lang) = call.one("language").and_then(Lang::of) {
            self.tx.set_lang(jid, lang.code()).await?;
            self.lang = lang;
        }
        if let Some(pictures) = call.one("pictures") {
            self.tx.set_pictures(jid, pictures == "1").await?;
        }
        if let Some(ask) = call.one("ask").and_then(Ask::of) {
            ask::set_ask(self.tx, self.world, &self.caller.jid, ask).await?;
        }
        if let Some(discoverable) = call.one("discoverable") {
            self.tx.set_discoverable(jid, discoverable == "1").await?;
        }
        if let Some(updates) = call.one("updates") {
            own::set_updates(self.tx, self.world, jid, updates == "1").await?;
        }
        self.set_quiet().await?;
        let account = self.tx.account(jid).await?;
        let contacts = self.tx.contacts_of(jid).await?;
        let values = account.as_ref().map(|it| values(it, self.info.ask, &contacts));
        let values = values.unwrap_or_default();
        let line = |field: &super::field::Field| {
            let value = values.get(field.var).and_then(|values| values.first());
            let shown = value.map(|value| field.kind.typed(value, self.lang));
            let shown = shown.unwrap_or_else(|| "–".to_owned());
            let key = match self.lang {
                Lang::En => field.keys.first(),
                Lang::Zh => field.keys.iter().find(|key| !key.is_ascii()),
            };
            format!("{} {}: {shown}", call.command.word(self.lang), key.unwrap_or(&field.var))
        };
        let mut lines: Vec<String> = call.command.fields.iter().map(line).collect();
        let mine: Vec<&str> = contacts.iter().map(|it| shown(&it.address)).collect();
        if !mine.is_empty() {
            lines.push(Reach::Mine { addresses: &mine.join(", ") }.in_lang(self.lang));
        }
        let hours = account.filter(|account| account.quiet.is_some());
        let lacks = match hours.as_ref().map(|account| account.zone.as_deref()) {
            Some(None) => Some(Told::NoZone),
            Some(Some(zone)) if zone.starts_with(['+', '-']) => Some(Told::FixedZone),
            Some(Some(_)) | None => None,
        };
        let after = match lacks {
            Some(Told::NoZone) if call.one("quiet").is_some() => After::NeedsZone,
            _ => After::Nothing,
        };
        lines.extend(lacks.map(|told| told.in_lang(self.lang)));
        Ok((Answer::Done(lines.join("\n")), after))
    }

    /// Keeps what was given of quiet hours, if it is anything new.
    async fn set_quiet(&mut self) -> Result<()> {
        let (call, jid) = (self.call, self.caller.jid.as_str());
        let Some(before) = self.tx.account(jid).await? else { return Ok(()) };
        let hours = call.one("quiet").map(|hours| Some(hours).filter(|hours| *hours != OFF));
        let zone = call.one("zone").filter(|zone| before.zone.as_deref() != Some(zone));
        let hours = hours.filter(|hours| before.quiet.as_deref() != *hours);
        let new = hours.map(Quiet::Hours).into_iter().chain(zone.map(Quiet::Zone));
        for quiet in new {
            account::set_quiet(self.tx, self.world, jid, quiet).await?;
        }
        Ok(())
    }
}

/// What is set, as the form shows it.
pub(super) fn values(account: &Account, ask: Ask, contacts: &[ContactRow]) -> Values {
    let mut values = Values::new();
    if let Some(nick) = &account.nick {
        values.insert("nick", vec![nick.clone()]);
    }
    let lang = Lang::of(&account.lang).unwrap_or_default();
    values.insert("language", vec![lang.code().to_owned()]);
    values.insert("pictures", vec![i64::from(account.pictures).to_string()]);
    values.insert("ask", vec![account.ask().unwrap_or(ask).token().to_owned()]);
    let discoverable = contacts.iter().any(|it| it.discoverable != 0);
    values.insert("discoverable", vec![i64::from(discoverable).to_string()]);
    values.insert("quiet", vec![account.quiet.clone().unwrap_or_else(|| OFF.to_owned())]);
    values.insert("updates", vec![i64::from(account.card_updates).to_string()]);
    if let Some(zone) = &account.zone {
        values.insert("zone", vec![zone.clone()]);
    }
    values
}
