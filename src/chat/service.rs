//! What a command knows of the service, and of who calls it.

use jid::BareJid;

use crate::{
    account::store::Account,
    domain::{
        card_template::Choice, consent::Ask, lang::Lang, phone::Region, product::File,
        recording::Recording,
    },
    post::letter::Budgets,
    wire::check::Limits,
};

/// What commands know of the service.
#[derive(Debug, Clone)]
pub struct ServiceInfo {
    /// Its name.
    pub name: String,
    /// The language for people whose own is not known.
    pub lang: Lang,
    /// Where the pages are, without a slash at the end.
    pub public_url: String,
    /// How much one share may hold.
    pub limits: Limits,
    /// When people are asked who have not said when.
    pub ask: Ask,
    /// The country of numbers that are typed without a `+`.
    pub region: Option<Region>,
    /// What letters can be sent, and how many a day.
    pub budgets: Budgets,
    /// What a card can be made to look like.
    pub templates: Choice,
}

impl ServiceInfo {
    /// The language that somebody is answered in: that of their account, else that of their stanza,
    /// else that of the word they used.
    #[must_use]
    pub fn lang_of(&self, account: Option<&Account>, caller: &Caller, word: Option<Lang>) -> Lang {
        let own = account.and_then(|account| Lang::of(&account.lang));
        own.or(caller.lang).or(word).unwrap_or(self.lang)
    }
}

/// Who calls.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Only the stanza's `from` counts.
    pub jid: BareJid,
    /// The language of the stanza, if it is one we speak.
    pub lang: Option<Lang>,
    /// Whether the service takes registrations from the caller.
    pub may_join: bool,
    /// Whether the caller is an administrator.
    pub is_admin: bool,
    /// The same when a stanza comes again, so that what is made of it is made once.
    pub key: String,
    /// The picture that they have put into the chat.
    pub picture: Option<File>,
    /// The recording that they have put into the chat.
    pub recording: Option<Box<Recording>>,
}
