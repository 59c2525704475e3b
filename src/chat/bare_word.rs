//! A yes, a no or a thumb that names nobody: what it does, and what is asked when it could be about
//! several.

use super::{
    answer::{After, Answer, Outcome},
    command::{Call, Context},
    inbox::asks,
    service::{Caller, ServiceInfo},
    table::{
        COMMANDS,
        consent::{BLOCK, NO, YES},
        inbox::SAVE,
    },
};
use crate::{
    card::{inbox::Meant, say_inbox::Tray},
    db::{Result, Tx},
    domain::{
        consent::Verdict,
        text::{one_line, shorten},
    },
    say::voice::who,
    talk::{
        answer::Talk,
        waiting::{Bare, Waits},
    },
    world::World,
};

/// The most characters of the words that are shown.
const WORDS: usize = 60;

/// Does what somebody said about an offer without a command that names it. Answers also the command
/// that this is.
///
/// # Errors
/// When the database does not answer; then nothing was done.
pub async fn decide(
    tx: &mut Tx,
    world: &World,
    info: &ServiceInfo,
    caller: &Caller,
    meant: &Meant,
) -> Result<(Call, Outcome)> {
    let account = tx.account(caller.jid.as_str()).await?;
    let lang = info.lang_of(account.as_ref(), caller, None);
    let call = Call::of(&YES);
    let mut context =
        Context { tx, world, info, caller, call: &call, commands: COMMANDS, lang, read: 0 };
    let (answer, after) = context.meant(meant).await?;
    let outcome = Outcome { lang, answer, after, read: context.read };
    Ok((call, outcome))
}

/// Asks what a bare word is about, of `all`; or how to say it to whoever spoke last, in `talk`.
/// Answers also the command that goes on with what is chosen.
///
/// # Errors
/// When the database does not answer.
pub async fn which(
    tx: &mut Tx,
    info: &ServiceInfo,
    caller: &Caller,
    (bare, words): (Bare, &str),
    all: &[Waits],
    talk: Option<&Talk>,
) -> Result<(Call, Outcome)> {
    let account = tx.account(caller.jid.as_str()).await?;
    let lang = info.lang_of(account.as_ref(), caller, None);
    let mut question = asks(bare, all, "", lang);
    if let Some(Talk { with, nick, thing, .. }) = talk {
        let who = &who(nick.as_deref(), with);
        let (handle, words) = (thing.handle, &shorten(&one_line(words), WORDS));
        question.text.push('\n');
        question.text.push_str(&Tray::OrSay { who, handle, words }.in_lang(lang));
    }
    let call = Call::of(match bare.verdict() {
        Some(Verdict::Yes | Verdict::Asked) => &YES,
        Some(Verdict::No) => &NO,
        Some(Verdict::Blocked) => &BLOCK,
        None => &SAVE,
    });
    let answer = Answer::Ask(question);
    Ok((call, Outcome { lang, answer, after: After::Nothing, read: 0 }))
}
