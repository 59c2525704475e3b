//! Phone numbers and mail addresses: shown to be one's own by a code, and forgotten.

use super::{
    answer::{After, Answer},
    command::{Context, Done},
};
use crate::{
    db,
    domain::{
        address::Address,
        phone::{self, Region},
    },
    invite::{
        proof::{self, CONTACTS_MAX, Checked, CodeOutcome},
        say::Invites,
        say_address::{self, Reach},
    },
    say::texts::Text,
};

impl Context<'_> {
    fn told(&self, is_done: bool, told: Reach<'_>) -> (Answer, After) {
        let text = told.in_lang(self.lang);
        let answer = if is_done { Answer::Done(text) } else { Answer::Refused(text) };
        (answer, After::Nothing)
    }

    /// The number or mail address in the field `address`, or what is wrong with it.
    fn reached(&self) -> Result<Address, (Answer, After)> {
        let given = self.call.one("address").unwrap_or_default();
        address(given, self.info.region).map_err(|wrong| self.told(false, wrong))
    }

    /// Sends a code there.
    pub(super) async fn prove(&mut self) -> Done {
        let address = match self.reached() {
            Ok(address) => address,
            Err(refused) => return Ok(refused),
        };
        let asked = self.ask_code(&address).await?;
        let is_done = matches!(asked, CodeOutcome::Sent | CodeOutcome::Yours);
        Ok(self.told(is_done, self::asked(asked, address.shown())))
    }

    /// Sends a code to where the caller's invitation went. They may have it from somebody else, so
    /// they are not told where that is.
    pub(super) async fn ask_for_proof(&mut self, address: &Address) -> Done {
        let asked = self.ask_code(address).await?;
        let welcome = Text::Welcome { service: &self.info.name }.in_lang(self.lang);
        let prove = if asked == CodeOutcome::Sent { Invites::Prove } else { Invites::ProveLater };
        let prove = prove.in_lang(self.lang);
        Ok((Answer::Done(format!("{prove}\n{welcome}")), After::Joined))
    }

    /// Has a code sent to `address`, in the caller's language.
    pub(super) async fn ask_code(&mut self, address: &Address) -> db::Result<CodeOutcome> {
        let (service, lang) = (self.info.name.as_str(), self.lang);
        let words = move |code: &str| say_address::code(service, code, lang);
        let jid = self.caller.jid.as_str();
        proof::ask(self.tx, self.world, self.info.budgets, jid, address, &words).await
    }

    /// Takes a code that came back.
    pub(super) async fn code(&mut self) -> Done {
        let (jid, code) = (self.caller.jid.as_str(), self.call.one("code").unwrap_or_default());
        Ok(match proof::check(self.tx, self.world, jid, code, say_address::moved).await? {
            Checked::Proved(address) => {
                let (answer, _) = self.told(true, Reach::Proved { address: address.shown() });
                (answer, After::Nothing)
            }
            Checked::Wrong { left: 0 } => self.told(false, Reach::Burnt),
            Checked::Wrong { left } => self.told(false, Reach::WrongCode { left }),
            Checked::Nothing => self.told(false, Reach::NoCode),
        })
    }

    /// The address is not the caller's any more.
    pub(super) async fn forget(&mut self) -> Done {
        let address = match self.reached() {
            Ok(address) => address,
            Err(refused) => return Ok(refused),
        };
        proof::forget(self.tx, self.world, self.caller.jid.as_str(), &address).await?;
        Ok(self.told(true, Reach::Forgotten { address: address.shown() }))
    }
}

/// The number or mail address that `given` is, or what is wrong with it.
pub(super) fn address(given: &str, region: Option<Region>) -> Result<Address, Reach<'_>> {
    if given.contains('@') {
        let bare = given.strip_prefix("mailto:").unwrap_or(given);
        let mail = Address::from_uri(&format!("mailto:{bare}"));
        mail.map_err(|_| Reach::NoMail { given })
    } else {
        phone::number(given, region).ok_or(Reach::NoNumber { given })
    }
}

/// What somebody is told who asked for a code.
pub(super) fn asked(asked: CodeOutcome, address: &str) -> Reach<'_> {
    match asked {
        CodeOutcome::Sent => Reach::CodeSent { address },
        CodeOutcome::Yours => Reach::Yours { address },
        CodeOutcome::TooOften => Reach::TooOften { address },
        CodeOutcome::Full => Reach::Full { address, max: CONTACTS_MAX },
        CodeOutcome::Unreachable => Reach::Unreachable { address },
        CodeOutcome::Spent => Reach::Spent { address },
    }
}
