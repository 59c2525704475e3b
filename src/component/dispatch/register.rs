//! Registration (XEP-0077), and the addresses of phone numbers (XEP-0100).

use std::sync::Arc;

use xmpp_parsers::stanza_error::{DefinedCondition, ErrorType, StanzaError};

use super::Service;
use crate::{
    chat::{
        register as form,
        register::{Given, Registered, Values},
    },
    component::{gateway, inbound::Asker, register, reply},
    db,
    domain::{
        address::Address,
        lang::Lang,
        phone,
        refusal::Refusal,
        text::{one_line, shorten},
    },
    invite::{join::Came, say_address::Reach, say_gateway::no_chat},
    say::voice::words as message,
};

impl Service {
    pub(super) async fn register_form(self: Arc<Self>, asker: Asker) {
        let tasks = self.tasks.clone();
        tasks
            .start(async move {
                let written = self.filled(&asker).await;
                let answer = match written {
                    Ok(form) => reply::result(&asker, &form),
                    Err(_) => self.error(&asker, &reply::refusal(&Refusal::STORE)),
                };
                self.put(answer).await;
            })
            .await;
    }

    async fn filled(&self, asker: &Asker) -> db::Result<String> {
        let caller = self.caller(asker);
        let mut tx = self.db.read().await?;
        let account = tx.account(caller.jid.as_str()).await?;
        let contacts = tx.contacts_of(caller.jid.as_str()).await?;
        let lang = self.info.lang_of(account.as_ref(), &caller, None);
        let fields = form::form(&self.info, account.as_ref(), &contacts, lang);
        Ok(register::form(account.is_some(), &fields, lang))
    }

    pub(super) async fn register(self: Arc<Self>, asker: Asker, values: Values) {
        let caller = self.caller(&asker);
        let Ok(given) = Given::check(&values, &self.info, self.info.lang) else {
            return self.misfilled(asker, values).await;
        };
        let info = Arc::clone(&self.info);
        let done = self
            .committer
            .begin(move |tx, world| {
                Box::pin(async move { form::register(tx, world, &info, &caller, &given).await })
            })
            .await;
        let tasks = self.tasks.clone();
        tasks
            .start(async move {
                let refusal = match done.await {
                    Ok(Registered { came: Came::Joined { .. }, lang, told }) => {
                        self.put(reply::result(&asker, "")).await;
                        self.welcome(&asker).await;
                        if !told.is_empty() {
                            self.speak(&asker, lang, &told.join("\n")).await;
                        }
                        return;
                    }
                    Ok(Registered { came: Came::MayNot, .. }) => Refusal::MayNotRegister,
                    Ok(Registered { came: Came::BadCode, .. }) => Refusal::BadInvitation,
                    Ok(Registered { came: Came::Leaving, .. }) => Refusal::Leaving,
                    Ok(Registered { came: Came::Full { after }, .. }) => Refusal::TooFast { after },
                    Err(_) => Refusal::STORE,
                };
                let lang = self.lang_for(&asker).await;
                self.put(self.error(&asker, &reply::refusal_in(&refusal, lang))).await;
            })
            .await;
    }

    /// Tells somebody in their own language what is wrong with what they filled in.
    async fn misfilled(self: Arc<Self>, asker: Asker, values: Values) {
        self.answer_in_his_language(asker, move |service, asker, lang| {
            let wrong = Given::check(&values, &service.info, lang).err().unwrap_or_default();
            service.error(asker, &not_acceptable(lang, &wrong))
        })
        .await;
    }

    pub(super) async fn unregister(self: Arc<Self>, asker: Asker) {
        let left = self.leave(&asker).await;
        let tasks = self.tasks.clone();
        tasks
            .start(async move {
                let answer = match left.await {
                    Ok(true) => reply::result(&asker, ""),
                    Ok(false) => {
                        let lang = self.lang_for(&asker).await;
                        self.error(&asker, &reply::refusal_in(&Refusal::NotRegistered, lang))
                    }
                    Err(_) => self.error(&asker, &reply::refusal(&Refusal::STORE)),
                };
                self.put(answer).await;
                self.say_goodbye(&asker).await;
            })
            .await;
    }

    /// The answer to a number that somebody typed: an address, whoever has that number.
    pub(super) fn address_of(&self, asker: &Asker, typed: &str, lang: Lang) -> String {
        if let Some(number) = phone::number(typed, self.info.region) {
            return reply::result(asker, &gateway::address(&number, &self.ours.domain));
        }
        let given = shorten(&one_line(typed), 40);
        let text = Reach::NoNumber { given: &given }.in_lang(lang);
        self.error(asker, &not_acceptable(lang, &text))
    }

    /// Somebody wrote to such an address: the contact tells them how to share with the number.
    pub(super) async fn to_number(&self, asker: &Asker, number: &Address) {
        if self.may_help(asker) {
            let lang = self.lang_for(asker).await;
            self.speak(asker, lang, &no_chat(number.shown(), lang)).await;
        }
    }

    /// Says something in the chat that is no reply.
    pub(super) async fn speak(&self, asker: &Asker, lang: Lang, text: &str) {
        let (to, id) = (asker.from.to_bare(), self.chance.uuid(self.clock.now()));
        self.put(message(&self.voice, to.as_str(), id, lang, text, None)).await;
    }
}

fn not_acceptable(lang: Lang, text: &str) -> StanzaError {
    StanzaError::new(ErrorType::Modify, DefinedCondition::NotAcceptable, lang.code(), text)
}
