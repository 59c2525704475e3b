//! Does what a command says, inside a transaction that an edge has opened.

use super::{
    call::{After, Answer, Call, Caller, GivenUp, Outcome, Values},
    context::{At, Desk, Done},
    help::help,
    own_card, settings,
};
use crate::{
    chat::command::{Access, Command, Name},
    db::{Result, Tx},
    domain::{consent::Verdict, lang::Lang, refusal::Refusal},
    invite::{
        join::{self, Came, Wish},
        list::Asked,
        say::Invites,
    },
    leave::{erase, export},
    say::{command::Told, texts::Text, value::Amiss},
    world::World,
};

/// Does what `call` says.
///
/// # Errors
/// When the database does not answer; then nothing was done.
pub async fn run(
    tx: &mut Tx,
    world: &World,
    desk: &Desk,
    caller: &Caller,
    call: &Call,
) -> Result<Outcome> {
    let account = tx.account(caller.jid.as_str()).await?;
    let lang = desk.lang_of(account.as_ref(), caller, call.lang);
    let mut at = At { tx, world, desk, caller, call, lang, read: 0 };
    let refused = |text: Text<'_>| Ok((Answer::Refused(text.in_lang(lang)), After::Nothing));
    let full = world.rules.limits.full_for(caller.jid.as_str());
    let done = match call.command.name {
        _ if call.command.access == Access::Joined && account.is_none() => refused(Text::NotJoined),
        _ if call.command.access == Access::Admin && !caller.is_admin => refused(Text::NotJoined),
        name if let Some(after) = full.filter(|_| keeps(name)) => {
            Ok(at.refused(&Refusal::TooFast { after }))
        }
        Name::Help => {
            let about = call.one("command").and_then(Command::of_node);
            Ok((Answer::Done(help(about, lang, caller.is_admin)), After::Nothing))
        }
        Name::Join => at.join().await,
        Name::Invites => at.invites().await,
        Name::Cancel => at.cancel().await,
        Name::Stop => at.stop().await,
        Name::Export => at.export().await,
        Name::Leave => at.leave().await,
        Name::Share => at.share().await,
        Name::Give => at.give().await,
        Name::List => at.list().await,
        Name::More => at.more().await,
        Name::Find => at.find().await,
        Name::Save => at.save().await,
        Name::Pending => at.pending().await,
        Name::Drop => at.drop_card().await,
        Name::Status => at.status().await,
        Name::Revoke => at.revoke().await,
        Name::Lookup => at.lookup().await,
        Name::Yes => at.decide(Verdict::Yes).await,
        Name::No => at.decide(Verdict::No).await,
        Name::Block => at.decide(Verdict::Blocked).await,
        Name::Unblock => at.unblock().await,
        Name::Blocks => at.blocks().await,
        Name::Report => at.report().await,
        Name::Reports => at.reports().await,
        Name::Suspend => at.suspend(true).await,
        Name::Unsuspend => at.suspend(false).await,
        Name::Settings => at.settings().await,
        Name::Phone | Name::Mail => at.prove().await,
        Name::Code => at.code().await,
        Name::Forget => at.forget().await,
        Name::Card => at.card().await,
        Name::CardImport => at.card_import().await,
        Name::Cards => at.cards().await,
        Name::CardsIn => at.cards_in().await,
        Name::CardsSame => at.cards_same().await,
        Name::CardsExport => at.export_cards().await,
        Name::CardsLink => at.link_cards().await,
        Name::EditCard => at.edit_card().await,
        Name::MergeCards => at.merge_cards().await,
        Name::Undo => at.undo().await,
    };
    let At { lang, read, .. } = at;
    done.map(|(answer, after)| Outcome { lang, answer, after, read })
}

/// Whether something more is kept of what is done, and not only changed or taken away.
const fn keeps(name: Name) -> bool {
    match name {
        Name::Join
        | Name::Share
        | Name::Give
        | Name::Yes
        | Name::Block
        | Name::Report
        | Name::Phone
        | Name::Mail
        | Name::Card
        | Name::CardImport
        | Name::EditCard
        | Name::MergeCards => true,
        Name::Help
        | Name::Invites
        | Name::Cancel
        | Name::Stop
        | Name::Leave
        | Name::List
        | Name::More
        | Name::Find
        | Name::Pending
        | Name::Drop
        | Name::Status
        | Name::Revoke
        | Name::Lookup
        | Name::No
        | Name::Unblock
        | Name::Blocks
        | Name::Reports
        | Name::Suspend
        | Name::Unsuspend
        | Name::Settings
        | Name::Code
        | Name::Forget
        | Name::Cards
        | Name::CardsIn
        | Name::CardsSame
        | Name::CardsExport
        | Name::Save
        | Name::Export
        | Name::CardsLink
        | Name::Undo => false,
    }
}

/// Looks for what `call`, which came when it was `asked`, changes, so that whoever writes need not;
/// and how many bytes it has gone through for that. What is not found is told by [`run`].
///
/// # Errors
/// When the database does not answer.
pub async fn look_for(
    tx: &mut Tx,
    world: &World,
    desk: &Desk,
    caller: &Caller,
    mut call: Call,
    asked: Asked,
) -> Result<(Call, usize)> {
    let mut at = At { tx, world, desk, caller, call: &call, lang: desk.lang, read: 0 };
    let found = match call.command.name {
        Name::Cancel => at.awaited_one().await?,
        _ => None,
    };
    let read = at.read;
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
    desk: &Desk,
    caller: &Caller,
    command: &Command,
) -> Result<Prefilled> {
    let account = tx.account(caller.jid.as_str()).await?;
    let lang = desk.lang_of(account.as_ref(), caller, None);
    let contacts = tx.contacts_of(caller.jid.as_str()).await?;
    let values = account.as_ref().map(|account| settings::values(account, desk.ask, &contacts));
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
    if call.command.name != Name::Card {
        return Ok(None);
    }
    let name = call.one("card").unwrap_or_default();
    own_card::values(tx, caller.jid.as_str(), name).await.map(Some)
}

impl At<'_> {
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
        let welcome = Text::Welcome { service: &self.desk.name };
        let text = if is_new { &welcome } else { &Text::WelcomeAgain };
        Ok((Answer::Done(self.say(text)), After::Joined))
    }

    async fn export(&mut self) -> Done {
        let token = export::export(self.tx, self.world, &self.caller.jid).await?;
        let url = format!("{}/k/{token}", self.desk.public_url);
        Ok((Answer::Done(Told::Exported { url: &url }.in_lang(self.lang)), After::Nothing))
    }

    async fn leave(&mut self) -> Done {
        if self.call.one("sure") != Some("1") {
            return Ok(self.refuse(&Told::Cancelled));
        }
        erase::leave(self.tx, self.world, self.caller.jid.as_str()).await?;
        Ok((Answer::Done(self.say(&Text::Goodbye)), After::Left))
    }
}
