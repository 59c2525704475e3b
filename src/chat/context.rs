//! What a command is given when it is done, and what comes of it.

use super::call::{After, Answer, Call, Caller};
use crate::{
    account::store::Account,
    db::{Result, Tx},
    domain::{card_template::Choice, consent::Ask, lang::Lang, phone::Region},
    post::letter::Budgets,
    say::{command::Told, texts::Text},
    wire::check::Limits,
    world::World,
};

/// What commands know of the service.
#[derive(Debug, Clone)]
pub struct Desk {
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

impl Desk {
    /// The language that somebody is answered in: that of their account, else that of their stanza,
    /// else that of the word they used.
    #[must_use]
    pub fn lang_of(&self, account: Option<&Account>, caller: &Caller, word: Option<Lang>) -> Lang {
        let own = account.and_then(|account| Lang::of(&account.lang));
        own.or(caller.lang).or(word).unwrap_or(self.lang)
    }
}

/// What comes of an operation.
pub(super) type Done = Result<(Answer, After)>;

/// A command being done.
pub(super) struct At<'a> {
    pub(super) tx: &'a mut Tx,
    pub(super) world: &'a World,
    pub(super) desk: &'a Desk,
    pub(super) caller: &'a Caller,
    pub(super) call: &'a Call,
    pub(super) lang: Lang,
    /// How many bytes were gone through so far.
    pub(super) read: usize,
}

impl At<'_> {
    /// Nothing was done, and why.
    pub(super) fn refusal(&self, told: &Told<'_>) -> Answer {
        Answer::Refused(told.in_lang(self.lang))
    }

    /// The same, as what comes of the operation.
    pub(super) fn refuse(&self, told: &Told<'_>) -> (Answer, After) {
        (self.refusal(told), After::Nothing)
    }

    pub(super) fn say(&self, text: &Text<'_>) -> String {
        text.in_lang(self.lang)
    }
}
