//! What a command needs from elsewhere before it can be done: a card in a file or of somebody's
//! account, and a picture for a card. It is got first, beside everything else that goes on;
//! when that is over, whoever asked is answered and their message receipted. What is lost with the
//! process was promised to nobody.

pub(super) mod files;

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD};

use self::files::Wanted;
use super::{inquiry::Ask, state::Service};
use crate::{
    account::store::Account,
    card::say_own::OwnCard,
    chat::{
        command::Call,
        draft::Draft,
        own_card::{FETCHED, SENT, TEXT},
        table::own_card::{CARD, IMPORT},
    },
    component::{
        entity::Entity,
        inbound::{Asker, Known, Words},
    },
    db,
    domain::{card::Card, lang::Lang},
    say::texts::Text,
    share,
};

/// What a call lacks.
enum Lack {
    /// The card at this address.
    File(String),
    /// The card of the caller's account.
    Account,
    /// The picture at this address.
    Picture(String),
}

impl Service {
    fn lack(&self, asker: &Asker, call: &Call) -> Option<Lack> {
        if *call.command == IMPORT && call.one(TEXT).is_none() {
            return Some(match call.one("file") {
                Some(url) => Lack::File(url.to_owned()),
                None => Lack::Account,
            });
        }
        if *call.command != CARD || call.one(FETCHED).is_some() {
            return None;
        }
        match call.one("picture")? {
            SENT => {
                let picture = self.talk.picture(&asker.from.to_bare(), self.clock.now())?;
                Some(Lack::Picture(picture.url.as_str().to_owned()))
            }
            // What is no address is told when the rest is checked.
            url => Some(Lack::Picture(url.to_owned()))
                .filter(|_| self.files.0.is_some() && url.contains("://")),
        }
    }

    /// Whether something has to be got before `call` can be done.
    pub(super) fn lacks(&self, asker: &Asker, call: &Call) -> bool {
        self.lack(asker, call).is_some()
    }

    /// Gets what `call` lacks.
    ///
    /// # Errors
    /// What its caller is told when it cannot be got.
    pub(super) async fn bring(&self, asker: &Asker, mut call: Call) -> Result<Call, String> {
        let Some(lack) = self.lack(asker, &call) else { return Ok(call) };
        let jid = asker.from.to_bare();
        let account = async { self.db.look_up().await?.account(jid.as_str()).await };
        let account: db::Result<Option<Account>> = account.await;
        let Ok(Some(account)) = account else {
            // Anybody who has not joined is told that, and nothing is fetched for them.
            call.values.insert(TEXT, Vec::new());
            call.values.insert(FETCHED, Vec::new());
            return Ok(call);
        };
        let lang = self.info.lang_of(Some(&account), &self.caller(asker), call.lang);
        let told = |told: OwnCard<'_>| told.in_lang(lang);
        match lack {
            Lack::Account => {
                // Another server may take its time, and so many people may wait at once. That is no
                // answer about the account.
                let Some(_place) = self.tasks.wait(&jid) else {
                    return Err(Text::Busy.in_lang(lang));
                };
                match self.card_of(asker).await {
                    Some(text) => drop(call.values.insert(TEXT, vec![text])),
                    None => return Err(told(OwnCard::NothingToImport)),
                }
            }
            Lack::File(url) => {
                let bytes = self.fetch(asker, lang, Wanted::Card, url).await?;
                let read = Card::read_file(&bytes).map_err(|bad| told(OwnCard::Bad(bad)));
                let (card, _) = read?;
                call.values.insert(TEXT, vec![card.to_string()]);
            }
            Lack::Picture(url) => {
                let bytes = self.fetch(asker, lang, Wanted::Picture, url).await?;
                call.values.insert(FETCHED, vec![BASE64_STANDARD.encode(bytes)]);
                // It has found its card, and belongs to no share.
                self.talk.forget_picture(&jid, self.clock.now());
            }
        }
        Ok(call)
    }

    /// Takes a card that was put into the chat.
    pub(super) async fn take_card(self: Arc<Self>, asker: Asker, words: Words, url: String) {
        let mut call = Call::of(&IMPORT);
        call.values.insert("file", vec![url]);
        self.command_in_words(asker, words, call).await;
    }

    /// Asks for the picture of a card; what comes next is that.
    pub(super) async fn await_picture(self: Arc<Self>, asker: Asker, words: Words, call: Call) {
        let caller = self.caller(&asker);
        let account = async { self.db.look_up().await?.account(caller.jid.as_str()).await };
        let account: Option<Account> = match account.await {
            Ok(account) => account,
            Err(error) => {
                let _: db::Error = error;
                return self.say_try_later(&asker).await;
            }
        };
        let lang = self.info.lang_of(account.as_ref(), &caller, call.lang);
        if account.is_none() {
            return self.do_in_words(asker, words.wants_receipt, Draft::new(call, lang)).await;
        }
        self.note_writing(&asker).await;
        self.acknowledge(&asker, words.wants_receipt).await;
        if self.files.0.is_none() {
            self.tell(&asker, lang, &OwnCard::NoPictures.in_lang(lang)).await;
            return;
        }
        let question = OwnCard::SendPicture.in_lang(lang);
        self.ask_in_words(&asker, &question, Draft::new(call, lang)).await;
    }

    async fn fetch(
        &self,
        asker: &Asker,
        lang: Lang,
        wanted: Wanted,
        url: String,
    ) -> Result<Vec<u8>, String> {
        let (barred, missing) = match wanted {
            Wanted::Card => (OwnCard::NoFiles, OwnCard::NotFetched),
            Wanted::Picture => (OwnCard::NoPictures, OwnCard::NoPicture),
        };
        let Some(fetch) = &self.files.0 else { return Err(barred.in_lang(lang)) };
        let (who, jid) = (asker.from.to_bare(), asker.from.to_bare().to_string());
        let may = self.committer.run(move |tx, world| {
            Box::pin(async move { share::picture::may_ask(tx, world, &jid).await })
        });
        let Ok(Some(times)) = may.await else { return Err(OwnCard::TooOften.in_lang(lang)) };
        // A file takes its time, and so many people may wait at once.
        let Some(_place) = self.tasks.wait(&who) else { return Err(Text::Busy.in_lang(lang)) };
        let _turn = self.tasks.fetch_turn(&who).await;
        fetch(wanted, times, url).await.ok_or_else(|| missing.in_lang(lang))
    }

    /// The card that the account of `asker` shows: that of XEP-0292, else that of XEP-0054. One
    /// that is missing is told in three ways, all of which are none here (`xeps`).
    async fn card_of(&self, asker: &Asker) -> Option<String> {
        let whose = Entity::from(asker.from.to_bare());
        for what in [Ask::VCard4, Ask::VCardTemp] {
            if let Some(text) = self.inquire(&whose, what).await.as_ref().and_then(Known::card) {
                return Some(text);
            }
        }
        None
    }
}

/// Whether a call is about a picture that was put into the chat.
pub(super) fn awaits_picture(call: &Call) -> bool {
    *call.command == CARD && call.one("picture") == Some(SENT)
}
