//! Taking everything along, and going.

use super::{
    answer::{After, Answer},
    command::{Context, Done},
};
use crate::{
    leave::{erase, export},
    say::{command::Told, texts::Text},
};

impl Context<'_> {
    pub(super) async fn export(&mut self) -> Done {
        let token = export::export(self.tx, self.world, &self.caller.jid).await?;
        let url = format!("{}/k/{token}", self.info.public_url);
        Ok((Answer::Done(Told::Exported { url: &url }.in_lang(self.lang)), After::Nothing))
    }

    pub(super) async fn leave(&mut self) -> Done {
        if self.call.one("sure") != Some("1") {
            return Ok(self.refuse(&Told::Cancelled));
        }
        erase::leave(self.tx, self.world, self.caller.jid.as_str()).await?;
        Ok((Answer::Done(self.say(&Text::Goodbye)), After::Left))
    }
}
