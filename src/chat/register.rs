//! The registration form (XEP-0077), a view of the table: each of its fields is one of a command,
//! and giving it does what the command does.

use std::collections::BTreeMap;

use super::{
    command::{Call, Command, Context},
    field::Field,
    service::{Caller, ServiceInfo},
    settings,
    table::{COMMANDS, JOIN},
};
use crate::{
    account::{store::Account, store_contact::ContactRow},
    db::{Result, Tx},
    domain::{address::Address, lang::Lang, letter::Channel},
    invite::{
        join::{self, Came, Wish},
        proof::CodeOutcome,
    },
    say::value::Amiss,
    world::World,
};

/// What was filled in, by the field's name.
pub type Values = BTreeMap<String, String>;

/// The fields: the name in the form, the command, and its field.
const FIELDS: [(&str, &str, &str); 5] = [
    ("nick", "settings", "nick"),
    ("phone", "phone", "address"),
    ("email", "mail", "address"),
    ("language", "settings", "language"),
    ("code", "join", "code"),
];

/// A field of the form.
#[derive(Debug)]
pub struct FormField {
    /// Its name in the form.
    pub var: &'static str,
    /// What the table says about it.
    pub field: &'static Field,
    /// What it is filled with.
    pub value: Option<String>,
}

/// The fields, filled with what is known of somebody. Numbers and mail addresses are asked for
/// where a code can be sent to them.
#[must_use]
pub fn form(
    info: &ServiceInfo,
    account: Option<&Account>,
    contacts: &[ContactRow],
    lang: Lang,
) -> Vec<FormField> {
    let known =
        account.map(|account| settings::values(account, info.ask, contacts)).unwrap_or_default();
    let value = |var: &str| {
        let of = |scheme| contacts.iter().find_map(|it| it.address.strip_prefix(scheme));
        match var {
            "phone" => of("tel:").map(str::to_owned),
            "email" => of("mailto:").map(str::to_owned),
            "language" if account.is_none() => Some(lang.code().to_owned()),
            "code" => None,
            _ => known.get(var)?.first().cloned(),
        }
    };
    let is_offered = |var: &str| match var {
        "phone" => info.budgets.of(Channel::Sms).is_some(),
        "email" => info.budgets.of(Channel::Mail).is_some(),
        _ => true,
    };
    let fields = fields().filter(|(var, _)| is_offered(var));
    fields.map(|(var, field)| FormField { var, field, value: value(var) }).collect()
}

fn fields() -> impl Iterator<Item = (&'static str, &'static Field)> {
    let field = |(var, node, name): &(&'static str, &str, &str)| {
        Some((*var, Command::of_node(node)?.field(name)?))
    };
    FIELDS.iter().filter_map(field)
}

/// What somebody gave, checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    nick: Option<String>,
    code: Option<String>,
    lang: Option<Lang>,
    addresses: Vec<Address>,
}

impl Given {
    /// Checks it. What is not asked for is passed over.
    ///
    /// # Errors
    /// What is wrong with the first that is wrong, in `lang`.
    pub fn check(
        values: &Values,
        info: &ServiceInfo,
        lang: Lang,
    ) -> std::result::Result<Self, String> {
        let mut given = Self::default();
        for (var, field) in fields() {
            let Some(value) = values.get(var) else { continue };
            let checked = field.check(std::slice::from_ref(value));
            let checked = checked.map_err(|wrong| field.tell(&wrong, lang))?;
            let Some(value) = checked.into_iter().next() else { continue };
            match var {
                "nick" => given.nick = Some(value),
                "code" => given.code = Some(value),
                "language" => given.lang = Lang::of(&value),
                _ => {
                    let address = crate::chat::address::address(&value, info.region);
                    given.addresses.push(address.map_err(|wrong| wrong.in_lang(lang))?);
                }
            }
        }
        Ok(given)
    }
}

/// What came of it.
#[derive(Debug)]
pub struct Registered {
    /// Whether the person takes part.
    pub came: Came,
    /// The language that they are spoken to in.
    pub lang: Lang,
    /// What they are told in the chat: codes are on their way, or cannot be sent.
    pub told: Vec<String>,
}

/// Takes somebody in, or changes what they gave before. The same again changes nothing and tells
/// nothing new.
///
/// # Errors
/// When the database does not answer; then nothing was done.
pub async fn register(
    tx: &mut Tx,
    world: &World,
    info: &ServiceInfo,
    caller: &Caller,
    given: &Given,
) -> Result<Registered> {
    let jid = caller.jid.as_str();
    let before = tx.account(jid).await?;
    let lang = given.lang.unwrap_or_else(|| info.lang_of(before.as_ref(), caller, None));
    let wish = Wish {
        jid: &caller.jid,
        lang: lang.code(),
        nick: given.nick.as_deref(),
        may_join: caller.may_join,
        code: given.code.as_deref(),
    };
    let came = join::join(tx, world, &wish).await?;
    let mut registered = Registered { came, lang, told: Vec::new() };
    if let Some(given) = given.nick.as_deref().filter(|nick| world.rules.reserved.is_taken(nick)) {
        registered.told.push(Amiss::NameTaken { given }.in_lang(lang));
    }
    let Came::Joined { prove, .. } = registered.came.clone() else { return Ok(registered) };
    if given.lang.is_some() {
        tx.set_lang(jid, lang.code()).await?;
    }
    let call = Call::of(&JOIN);
    let mut context =
        Context { tx, world, info, caller, call: &call, commands: COMMANDS, lang, read: 0 };
    if let Some(address) = prove {
        let (answer, _) = context.ask_for_proof(&address).await?;
        registered.told.push(answer.text().to_owned());
    }
    for address in &given.addresses {
        let sent = context.ask_code(address).await?;
        // They give again what the form was filled with.
        if sent != CodeOutcome::Yours {
            registered.told.push(crate::chat::address::asked(sent, address.shown()).in_lang(lang));
        }
    }
    Ok(registered)
}
