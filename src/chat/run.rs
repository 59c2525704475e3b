//! Does what a command says, inside a transaction that an edge has opened.

use super::{
    answer::{After, Answer, Outcome},
    command::{Access, Call, Command, Context, GivenUp, Values, Work},
    own_card,
    service::{Caller, ServiceInfo},
    settings,
    table::{COMMANDS, own_card::CARD},
};
use crate::{
    db::{Result, Tx},
    domain::{lang::Lang, refusal::Refusal},
    invite::list::Asked,
    say::texts::Text,
    world::World,
};

/// Does what `call` says.
///
/// # Errors
/// When the database does not answer; then nothing was done.
pub async fn run(
    tx: &mut Tx,
    world: &World,
    info: &ServiceInfo,
    caller: &Caller,
    call: &Call,
) -> Result<Outcome> {
    let account = tx.account(caller.jid.as_str()).await?;
    let lang = info.lang_of(account.as_ref(), caller, call.lang);
    let mut context = Context { tx, world, info, caller, call, commands: COMMANDS, lang, read: 0 };
    let may = match call.command.access {
        Access::Anyone => true,
        Access::Joined => account.is_some(),
        Access::Admin => caller.is_admin,
    };
    // Whether something more is kept of what is done, and not only changed or taken away.
    let adds = matches!(call.command.work, Work::Add);
    let full = world.rules.limits.full_for(caller.jid.as_str()).filter(|_| adds);
    let (answer, after) = match full {
        _ if !may => (Answer::Refused(Text::NotJoined.in_lang(lang)), After::Nothing),
        Some(after) => context.refused(&Refusal::TooFast { after }),
        None => (call.command.run)(&mut context).await?,
    };
    let Context { lang, read, .. } = context;
    Ok(Outcome { lang, answer, after, read })
}

/// Looks for what `call`, which came when it was `asked`, changes, so that whoever writes need not;
/// and how many bytes it has gone through for that. What is not found is told by [`run`].
///
/// # Errors
/// When the database does not answer.
pub async fn look_for(
    tx: &mut Tx,
    world: &World,
    info: &ServiceInfo,
    caller: &Caller,
    mut call: Call,
    asked: Asked,
) -> Result<(Call, usize)> {
    let mut context = Context {
        tx,
        world,
        info,
        caller,
        call: &call,
        commands: COMMANDS,
        lang: info.lang,
        read: 0,
    };
    let found = match call.command.work {
        Work::SearchAndChange(search) => search(&mut context).await?,
        Work::Add | Work::Change | Work::Look | Work::Search => None,
    };
    let read = context.read;
    call.found = found.map(|whom| GivenUp { whom, asked });
    Ok((call, read))
}

/// What a form begins with.
#[derive(Debug)]
pub struct Prefilled {
    /// The language it is spoken in.
    pub lang: Lang,
    /// What is known already.
    pub values: Values,
    /// Whether whoever asks has joined.
    pub has_joined: bool,
}

/// What a form of `command` is filled with at the start, and the language it is in.
///
/// # Errors
/// When the database does not answer.
pub async fn prefilled(
    tx: &mut Tx,
    info: &ServiceInfo,
    caller: &Caller,
    command: &Command,
) -> Result<Prefilled> {
    let account = tx.account(caller.jid.as_str()).await?;
    let lang = info.lang_of(account.as_ref(), caller, None);
    let contacts = tx.contacts_of(caller.jid.as_str()).await?;
    let values = account.as_ref().map(|account| settings::values(account, info.ask, &contacts));
    let mut values = values.unwrap_or_default();
    values.retain(|var, _| command.field(var).is_some());
    Ok(Prefilled { lang, values, has_joined: account.is_some() })
}

/// What a later page of a form is filled with when what it is about was named on an earlier one;
/// none when that makes no difference.
///
/// # Errors
/// When the database does not answer.
pub async fn refilled(tx: &mut Tx, caller: &Caller, call: &Call) -> Result<Option<Values>> {
    if *call.command != CARD {
        return Ok(None);
    }
    let name = call.one("card").unwrap_or_default();
    own_card::values(tx, caller.jid.as_str(), name).await.map(Some)
}
