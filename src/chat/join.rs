//! Taking part.

use super::{
    answer::{After, Answer},
    command::{Context, Done},
};
use crate::{
    domain::refusal::Refusal,
    invite::{
        join::{self, Came, Wish},
        say::Invites,
    },
    say::{texts::Text, value::Amiss},
};

impl Context<'_> {
    /// What is told of the name that was given, if it is not to be had.
    pub(super) fn name_taken(&self) -> Option<(Answer, After)> {
        let given = self.call.one("nick")?;
        let is_taken = self.world.rules.reserved.is_taken(given);
        let told = is_taken.then(|| Amiss::NameTaken { given }.in_lang(self.lang))?;
        Some((Answer::Refused(told), After::Nothing))
    }

    pub(super) async fn join(&mut self) -> Done {
        if let Some(refused) = self.name_taken() {
            return Ok(refused);
        }
        let wish = Wish {
            jid: &self.caller.jid,
            lang: self.lang.code(),
            nick: self.call.one("nick"),
            may_join: self.caller.may_join,
            code: self.call.one("code"),
        };
        let is_new = match join::join(self.tx, self.world, &wish).await? {
            Came::Joined { is_new, prove: None } => is_new,
            Came::Joined { prove: Some(address), .. } => return self.ask_for_proof(&address).await,
            Came::MayNot => {
                return Ok((Answer::Refused(self.say(&Text::MayNotJoin)), After::Nothing));
            }
            Came::BadCode => return Ok(self.refusing(Invites::BadCode)),
            Came::Leaving => {
                return Ok((Answer::Refused(self.say(&Text::Leaving)), After::Nothing));
            }
            Came::Full { after } => return Ok(self.refused(&Refusal::TooFast { after })),
        };
        let welcome = Text::Welcome { service: &self.info.name };
        let text = if is_new { &welcome } else { &Text::WelcomeAgain };
        Ok((Answer::Done(self.say(text)), After::Joined))
    }
}
