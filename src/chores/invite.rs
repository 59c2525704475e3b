//! Sending invitations that are due, by XMPP and by letter.

use crate::{
    db::{Result, Tx},
    domain::{
        address::Address,
        invitation::{Code, InvitationLimits, LIFE},
        lang::Lang,
        letter::{self, Channel, Letter},
    },
    invite::{invitation, say_invitation},
    post::letter::Budgets,
    world::World,
};

/// Accounts of whose invitations a few are looked at in one transaction.
const INVITERS: i64 = 25;

/// How people are invited.
#[derive(Debug, Clone)]
pub struct Inviting {
    /// How often.
    pub limits: InvitationLimits,
    /// What letters can be sent.
    pub budgets: Budgets,
    /// The service's name.
    pub service: String,
    /// Where the pages are, without a slash at the end; invitations by letter lead to them by
    /// https only.
    pub pages: Option<String>,
}

impl Inviting {
    /// Sends some of the invitations that are due.
    pub(super) async fn send(&self, tx: &mut Tx, world: &World) -> Result<()> {
        let letter = |to: &Address, inviter: &str, lang, code| self.letter(to, inviter, lang, code);
        invitation::tell(tx, world, &self.limits, INVITERS, &letter).await
    }

    /// The letter to somebody who is not reached by XMPP.
    fn letter(&self, to: &Address, inviter: &str, lang: Lang, code: Code) -> Option<Letter> {
        let channel = Channel::of(to);
        let pages = self.pages.as_deref().filter(|pages| pages.starts_with("https://"))?;
        self.budgets.of(channel).filter(|_| channel != Channel::Chat)?;
        let url = format!("{pages}/i/{code}");
        let (subject, text) = say_invitation::letter(&self.service, inviter, &url, lang);
        Some(Letter {
            to: to.clone(),
            account: inviter.to_owned(),
            kind: letter::Kind::Invitation,
            subject,
            text,
            stop: Some(url),
            life: LIFE,
        })
    }
}
