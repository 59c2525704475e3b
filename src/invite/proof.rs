//! Whose a phone number or mail address is: shown by a code that is sent there and comes back
//! (S4.1). What waited for it is released only then.

use std::time::Duration;

use super::invitation;
use crate::{
    db::{Result, Tx},
    domain::{
        address::Address,
        clock::Millis,
        id::DeliveryId,
        letter::{Channel, Kind, Letter},
        unfinished::Unfinished,
    },
    keyed_hash::{self, Purpose},
    people::{
        address::{fates, let_in},
        consent,
    },
    post::letter::{self, Budgets},
    world::{PASS, World, is_full},
};

/// How long a code counts.
pub(in crate::invite) const LIFE: Duration = Duration::from_mins(10);
/// Wrong codes until all that are open are burnt.
pub(in crate::invite) const TRIES: i64 = 5;
/// Codes for one account to one address in an hour.
pub(in crate::invite) const HOURLY: i64 = 3;
/// The same in 24 hours.
pub(in crate::invite) const EACH: i64 = 5;
/// Codes to one address in 24 hours, over all accounts that have asked for one there before.
pub(in crate::invite) const DAILY: i64 = 10;
/// Codes to one address in 24 hours beyond [`DAILY`], one each for accounts that have not asked for
/// any there in `MEMORY`: so a few others who ask keep nobody from theirs.
pub(in crate::invite) const RESERVED: i64 = 10;
/// How long it is known that an account has asked: as long as letters are kept.
const MEMORY: Duration = Duration::from_hours(30 * 24);
/// Codes of one account in 24 hours.
pub(in crate::invite) const OWN: i64 = 10;
/// The most numbers and mail addresses of one account.
pub(crate) const CONTACTS_MAX: usize = 20;
/// How long a number counts before its owner has to show it again: numbers are given to others.
pub(in crate::invite) const FRESH: Duration = Duration::from_hours(180 * 24);
/// How long it is worth telling somebody what became of their number.
const NOTICE: Duration = Duration::from_hours(30 * 24);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// Writes a code for its reader: subject and text.
pub(in crate::invite) type CodeWords<'w> = &'w (dyn Fn(&str) -> (String, String) + Send + Sync);
/// Tells somebody in their language something about an address.
pub(crate) type Telling = fn(&str, &Address) -> String;

/// What became of asking for a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CodeOutcome {
    /// It is on its way. Says nothing about who else has the address.
    Sent,
    /// The address is theirs already, and was shown to be not long ago.
    Yours,
    /// That address, or whoever asks, has had as many as they may.
    TooOften,
    /// They have shown [`CONTACTS_MAX`] to be theirs already.
    Full,
    /// Nothing is configured that reaches such an address.
    Unreachable,
    /// As many letters have left as the operator pays for now.
    Spent,
}

/// Sends a code to `address` for `account`, which must be there. An earlier one counts no more.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn ask(
    tx: &mut Tx,
    world: &World,
    budgets: Budgets,
    account: &str,
    address: &Address,
    words: CodeWords<'_>,
) -> Result<CodeOutcome> {
    let to = address.to_string();
    let now = world.now;
    let own = tx.contact(&to).await?.filter(|it| it.account == account && it.asked_at == 0);
    if own.as_ref().is_some_and(|it| it.proved_at > now.before(FRESH).0) {
        return Ok(CodeOutcome::Yours);
    }
    let all = tx.contacts_of(account).await?;
    if all.len() >= CONTACTS_MAX && !all.iter().any(|it| it.address == to) {
        return Ok(CodeOutcome::Full);
    }
    let channel = Channel::of(address);
    let Some(budget) = budgets.of(channel).filter(|_| channel != Channel::Chat) else {
        return Ok(CodeOutcome::Unreachable);
    };
    if is_too_often(tx, now, account, &to).await? {
        return Ok(CodeOutcome::TooOften);
    }
    let is_first = tx.letters_of(account, Kind::Code, now.before(DAY)).await? == 0;
    if !letter::has_room(tx, world, channel, budget, account, is_first).await? {
        return Ok(CodeOutcome::Spent);
    }
    let code = format!("{:06}", world.chance.bits() % 1_000_000);
    let hash = keyed_hash::hash(tx, world, Purpose::Code, &[account, &to, &code]).await?;
    tx.put_proof(account, &to, &hash, now.after(LIFE)).await?;
    tx.withdraw_letters(account, &to, Kind::Code).await?;
    let (subject, text) = words(&code);
    let letter = Letter {
        to: address.clone(),
        account: account.to_owned(),
        kind: Kind::Code,
        subject,
        text,
        stop: None,
        life: LIFE,
    };
    letter::post(tx, world, &letter).await?;
    Ok(CodeOutcome::Sent)
}

/// Whether `account` has had as many codes as it may, or `to` has. What one account asks for takes
/// nothing from another that has not asked yet.
async fn is_too_often(tx: &mut Tx, now: Millis, account: &str, to: &str) -> Result<bool> {
    if tx.letters_of(account, Kind::Code, now.before(DAY)).await? >= OWN {
        return Ok(true);
    }
    let times = tx.letters_between(account, to, Kind::Code, now.before(MEMORY)).await?;
    let within = |life: Duration| times.iter().filter(|at| **at > now.before(life).0).count();
    let is_less = |n: usize, most: i64| i64::try_from(n).is_ok_and(|n| n < most);
    if !is_less(within(HOUR), HOURLY) || !is_less(within(DAY), EACH) {
        return Ok(true);
    }
    let most = if times.is_empty() { DAILY + RESERVED } else { DAILY };
    Ok(tx.letters_to(to, Kind::Code, now.before(DAY)).await? >= most)
}

/// What became of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Checked {
    /// It is right: this address is theirs.
    Proved(Address),
    /// It is none that they were sent, or is one no longer. So many more are looked at; when none
    /// are left they have to ask for a new one.
    Wrong {
        /// How many more are looked at.
        left: i64,
    },
    /// No code of theirs is open.
    Nothing,
}

/// Takes a code that came back. `tell`: tells a former owner that the address is not theirs any
/// more.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn check(
    tx: &mut Tx,
    world: &World,
    account: &str,
    code: &str,
    tell: Telling,
) -> Result<Checked> {
    let open = tx.proofs_of(account, world.now).await?;
    if open.is_empty() {
        return Ok(Checked::Nothing);
    }
    let mut found = None;
    for row in &open {
        let parts = [account, row.address.as_str(), code];
        if keyed_hash::fits(tx, world, Purpose::Code, &parts, &row.hash).await? {
            found = Address::parse(&row.address).ok();
        }
    }
    let Some(address) = found else {
        tx.count_try(account, TRIES).await?;
        let left = open.iter().map(|row| TRIES - 1 - row.tries).max().unwrap_or(0);
        return Ok(Checked::Wrong { left });
    };
    proved(tx, world, account, &address, tell).await?;
    Ok(Checked::Proved(address))
}

/// `account`, which must be there, has shown that `address` is its own. Whoever had it before
/// loses it and is told, and what waits for their word with it; what waited for it is queued in order,
/// with its own times. Answers whether something was.
///
/// # Errors
/// When the database does not answer, or there is no such account.
pub(crate) async fn proved(
    tx: &mut Tx,
    world: &World,
    account: &str,
    address: &Address,
    tell: Telling,
) -> Result<bool> {
    let to = address.to_string();
    let former = tx.contact(&to).await?.filter(|it| it.account != account);
    tx.put_contact(&to, account, world.now).await?;
    tx.delete_proof(account, &to).await?;
    if let Some(former) = former {
        notify(tx, world, &former.account, address, tell).await?;
        give_back(tx, world, &former.account, &to).await?;
    }
    claim(tx, world, account, &to).await
}

/// Goes on with what is held for `address`, if that is still `account`'s own; else with what waits for
/// their word all the same.
pub(crate) async fn go_on(tx: &mut Tx, world: &World, account: &str, address: &str) -> Result<()> {
    if tx.contact(address).await?.is_some_and(|it| it.account == account) {
        claim(tx, world, account, address).await?;
        return Ok(());
    }
    give_back(tx, world, account, address).await
}

/// What was sent to `address`, which is not `account`'s any more, and waits for their word, is held for
/// whoever has it, and nobody asks them about it.
async fn give_back(tx: &mut Tx, world: &World, account: &str, address: &str) -> Result<()> {
    let room = world.rows.left(PASS);
    let held = tx.give_back(address, account, world.now, room).await?;
    let ids: Vec<DeliveryId> = held.iter().map(|(id, _)| DeliveryId(*id)).collect();
    let said = tx.give_back_notes(address, account, &ids).await?;
    world.rows.took(held.len().saturating_add(usize::try_from(said).unwrap_or(usize::MAX)));
    if is_full(held.len(), room) {
        world.put_unfinished(tx, (account, Unfinished::Proved, address), world.now).await?;
    }
    let mut pairs: Vec<_> = held.into_iter().map(|(_, by)| (account.to_owned(), by)).collect();
    pairs.sort_unstable();
    pairs.dedup();
    consent::end_questions(tx, world, &pairs).await
}

/// Nobody need invite `address` any more, and then what is held for it goes to `account`. Answers
/// whether anything was.
async fn claim(tx: &mut Tx, world: &World, account: &str, address: &str) -> Result<bool> {
    Ok(invitation::accepted(tx, world, account, address, world.now).await?
        && hand_over(tx, world, account, address).await?)
}

/// What is held for `address` goes to `account`, by the way of what is sent to that now. Answers
/// whether anything was.
async fn hand_over(tx: &mut Tx, world: &World, account: &str, address: &str) -> Result<bool> {
    let room = world.rows.left(PASS);
    let mut moved = tx.readdress(address, account, room).await?;
    let fates = fates(tx, world, account, &moved).await?;
    moved.extend(tx.readdress_notes(address, account, room).await?);
    world.rows.took(moved.len());
    let is_any = !moved.is_empty();
    if is_full(moved.len(), room) {
        world.put_unfinished(tx, (account, Unfinished::Proved, address), world.now).await?;
    }
    let_in(tx, world, account, moved, fates).await?;
    Ok(is_any)
}

/// `address` is not `account`'s any more, and no code for it counts; what waits for their word with it is
/// not theirs either. Answers whether it was.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn forget(
    tx: &mut Tx,
    world: &World,
    account: &str,
    address: &Address,
) -> Result<bool> {
    let to = address.to_string();
    tx.delete_proof(account, &to).await?;
    let was = tx.delete_contact(&to, account).await?;
    if was {
        give_back(tx, world, account, &to).await?;
    }
    Ok(was)
}

/// Up to `limit` addresses were shown too long ago: they count no more, and their owners are
/// asked, once. Answers how many.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn doubt(tx: &mut Tx, world: &World, limit: i64, tell: Telling) -> Result<u64> {
    let old = tx.old_contacts(world.now.before(FRESH), limit).await?;
    let mut asked = 0;
    for row in old {
        tx.doubt_contact(&row.address, world.now).await?;
        asked += 1;
        if let Ok(address) = Address::parse(&row.address) {
            notify(tx, world, &row.account, &address, tell).await?;
        }
    }
    Ok(asked)
}

async fn notify(
    tx: &mut Tx,
    world: &World,
    jid: &str,
    address: &Address,
    tell: Telling,
) -> Result<()> {
    let (Some(reader), Ok(to)) = (tx.account(jid).await?, Address::from_jid(jid)) else {
        return Ok(());
    };
    let letter = Letter {
        to,
        account: jid.to_owned(),
        kind: Kind::Notice,
        subject: String::new(),
        text: tell(&reader.lang, address),
        stop: None,
        life: NOTICE,
    };
    letter::post(tx, world, &letter).await?;
    Ok(())
}
