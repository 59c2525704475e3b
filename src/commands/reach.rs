//! Phone numbers and mail addresses: shown to be one's own by a code, and forgotten.

use super::{
    call::{After, Answer},
    run::{At, Done},
};
use crate::{
    domain::{address::Address, letter::Channel, phone},
    ops::proof::{self, Asked, Checked},
    render::{
        invites::Invites,
        reach::{self, Reach},
        texts::Text,
    },
};

impl At<'_> {
    fn told(&self, is_done: bool, told: Reach<'_>) -> (Answer, After) {
        let text = told.in_lang(self.lang);
        let answer = if is_done { Answer::Done(text) } else { Answer::Refused(text) };
        (answer, After::Nothing)
    }

    /// The number or mail address in the field `address`, or what is wrong with it.
    fn reached(&self) -> Result<Address, (Answer, After)> {
        let given = self.call.one("address").unwrap_or_default();
        match channel(given) {
            Channel::Mail => {
                let bare = given.strip_prefix("mailto:").unwrap_or(given);
                Address::from_uri(&format!("mailto:{bare}"))
                    .map_err(|_| self.told(false, Reach::NoMail { given }))
            }
            Channel::Sms | Channel::Chat => phone::number(given, self.desk.region)
                .ok_or_else(|| self.told(false, Reach::NoNumber { given })),
        }
    }

    /// Sends a code there.
    pub(super) async fn prove(&mut self) -> Done {
        let address = match self.reached() {
            Ok(address) => address,
            Err(refused) => return Ok(refused),
        };
        let (service, lang) = (self.desk.name.as_str(), self.lang);
        let words = move |code: &str| reach::code(service, code, lang);
        let jid = self.caller.jid.as_str();
        let asked =
            proof::ask(self.tx, self.world, self.desk.budgets, jid, &address, &words).await?;
        let address = address.shown();
        Ok(match asked {
            Asked::Sent => self.told(true, Reach::CodeSent { address }),
            Asked::Yours => self.told(true, Reach::Yours { address }),
            Asked::TooOften => self.told(false, Reach::TooOften { address }),
            Asked::Unreachable => self.told(false, Reach::Unreachable { address }),
        })
    }

    /// Sends a code to where an invitation went that he came with. He may have it from somebody
    /// else, so he is not told where that is.
    pub(super) async fn ask_for_proof(&mut self, address: &Address) -> Done {
        let (service, lang) = (self.desk.name.as_str(), self.lang);
        let words = move |code: &str| reach::code(service, code, lang);
        let jid = self.caller.jid.as_str();
        let asked =
            proof::ask(self.tx, self.world, self.desk.budgets, jid, address, &words).await?;
        let welcome = Text::Welcome { service }.in_lang(lang);
        let prove = if asked == Asked::Sent { Invites::Prove } else { Invites::ProveLater };
        let prove = prove.in_lang(lang);
        Ok((Answer::Done(format!("{prove}\n{welcome}")), After::Joined))
    }

    /// Takes a code that came back.
    pub(super) async fn code(&mut self) -> Done {
        let (jid, code) = (self.caller.jid.as_str(), self.call.one("code").unwrap_or_default());
        Ok(match proof::check(self.tx, self.world, jid, code, reach::moved).await? {
            Checked::Proved(address) => {
                let (answer, _) = self.told(true, Reach::Proved { address: address.shown() });
                (answer, After::Queued)
            }
            Checked::Wrong { left: 0 } => self.told(false, Reach::Burnt),
            Checked::Wrong { left } => self.told(false, Reach::WrongCode { left }),
            Checked::Nothing => self.told(false, Reach::NoCode),
        })
    }

    /// It is not his any more.
    pub(super) async fn forget(&mut self) -> Done {
        let address = match self.reached() {
            Ok(address) => address,
            Err(refused) => return Ok(refused),
        };
        proof::forget(self.tx, self.caller.jid.as_str(), &address).await?;
        Ok(self.told(true, Reach::Forgotten { address: address.shown() }))
    }
}

/// What `given` is meant to be.
fn channel(given: &str) -> Channel {
    if given.contains('@') { Channel::Mail } else { Channel::Sms }
}
