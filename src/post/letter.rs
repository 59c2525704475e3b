//! Letters: what leaves by mail and SMS, and words of ours by XMPP that are about no share. A letter
//! is a row that is kept in the transaction of its cause; the edge `mailer` claims what is due, sends
//! it, and notes here what became of it.
//!
//! ```ignore
//! let letter = Letter { to, account, kind: Kind::Invitation, subject, text, stop, life };
//! post::letter::post(tx, world, &letter).await?;
//! ```
//! Its words go as soon as it has ended.
//!
//! Every function that asks the database fails when that does not answer.

use std::{collections::HashSet, time::Duration};

use uuid::Uuid;

use crate::{
    db::{Result, Tx},
    domain::{
        address::Address,
        clock::Millis,
        delivery::Bounce,
        id::DeliveryId,
        invitation,
        letter::{self, Channel, Kind, LEASE, Letter, LetterId, State},
    },
    post::store::LetterRow,
    world::World,
};

/// What a day's budget counts over.
const DAY: Duration = Duration::from_hours(24);
/// Of which an hour has a part.
const HOUR: Duration = Duration::from_hours(1);
/// That part of a day's budget; and that of a budget which the people of one other server have.
const EIGHTH: i64 = 8;
/// When a letter that exceeds the budget of a day is looked at again.
const BUDGET_PAUSE: Duration = Duration::from_mins(10);

/// Letters of one look that are put off or ended at the most, so that it ends. More than a few, so
/// that what a budget puts off does not use up the looks of what another lets through.
const LOOKS: i64 = 64;

/// Letters that may be sent in 24 hours; none on a channel that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Budgets {
    /// By SMS.
    pub sms: Option<i64>,
    /// By mail.
    pub mail: Option<i64>,
}

impl Budgets {
    /// That of one channel.
    #[must_use]
    pub(crate) const fn of(self, channel: Channel) -> Option<i64> {
        match channel {
            Channel::Chat => Some(i64::MAX),
            Channel::Sms => self.sms,
            Channel::Mail => self.mail,
        }
    }
}

/// A letter to be sent now.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Its name and the key by which the gateway knows it.
    pub id: LetterId,
    /// Where to.
    pub to: Address,
    /// The bare JID on whose behalf it is sent.
    pub account: String,
    /// What it is for; none for what a later version has written.
    pub kind: Option<Kind>,
    /// What reaches it.
    pub channel: Channel,
    /// The language of an XMPP account that is known.
    pub lang: Option<String>,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// Where its reader says "never again".
    pub stop: Option<String>,
    /// Which try this is, 1 for the first.
    pub attempt: i64,
    /// When it was posted.
    pub made: Millis,
    /// Nobody knows whether the try before was taken: the process died over it.
    pub again: bool,
    /// An invitation to whoever has an account already, and is told there: it has its turn and its
    /// place in the budget, and is not sent.
    pub needless: bool,
}

/// What became of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// The gateway has it.
    Taken,
    /// It may go another time.
    Later(String),
    /// It never will.
    Refused(String),
}

/// Posts a letter.
pub(crate) async fn post(tx: &mut Tx, world: &World, letter: &Letter) -> Result<LetterId> {
    let id = LetterId(world.chance.uuid(world.now));
    tx.insert_letter(id, letter, world.now).await?;
    // An invitation was counted when what it tells of was: whether and when it goes depends on others.
    if letter.kind != Kind::Invitation {
        world.rules.limits.keeps(&letter.account, [letter.to.bytes()], letter.text.len());
    }
    Ok(id)
}

/// Whether a letter is due by `channel`.
pub(crate) async fn is_due(tx: &mut Tx, channel: Channel, now: Millis) -> Result<bool> {
    Ok(!tx.letters_due(channel, now, 1).await?.is_empty())
}

/// Claims up to `limit` letters that are due by `channel`, codes and notices first: somebody waits for
/// them. What is not worth sending any more ends, and what a day's budget does not cover waits.
pub(crate) async fn claim(
    tx: &mut Tx,
    world: &World,
    budgets: Budgets,
    channel: Channel,
    limit: i64,
) -> Result<Vec<Claimed>> {
    let limit = usize::try_from(limit).unwrap_or(0);
    let mut claimed = Vec::with_capacity(limit);
    let mut spent = Vec::new();
    let mut rows = tx.letters_due_first(channel, world.now, LOOKS).await?;
    let first: HashSet<Uuid> = rows.iter().map(|row| row.id).collect();
    let others = tx.letters_due(channel, world.now, LOOKS).await?;
    rows.extend(others.into_iter().filter(|row| !first.contains(&row.id)));
    for row in rows {
        if claimed.len() == limit {
            break;
        }
        let id = LetterId(row.id);
        let again = row.state == State::Sending.code();
        let Ok(to) = Address::parse(&row.address) else {
            fail(tx, &row, "its address is none").await?;
            continue;
        };
        let Some(budget) = budgets.of(channel) else {
            fail(tx, &row, "nothing is configured that reaches it").await?;
            continue;
        };
        if row.expires_at <= world.now.0 {
            fail(tx, &row, "it expired").await?;
        } else if again && row.resent > 0 {
            // Whoever lost it twice is not given a third try.
            fail(tx, &row, "nobody knows whether it was sent").await?;
        } else if row.attempt == 0
            && !may_leave(tx, world, (channel, budget), &row, &mut spent).await?
        {
            let due = world.now.after(BUDGET_PAUSE).min(Millis(row.expires_at));
            tx.postpone_letter(id, due, "the budget of the day is spent").await?;
        } else {
            let site = world.other_site(&row.account).unwrap_or_default();
            let spends = (channel, site.as_str());
            tx.claim_letter(id, again, world.now.after(LEASE), world.now, spends).await?;
            let needless = Kind::from_code(row.kind) == Some(Kind::Invitation)
                && !tx.owners(std::slice::from_ref(&row.address)).await?.is_empty();
            let reader =
                if channel == Channel::Chat { tx.account(&row.address).await? } else { None };
            claimed.push(Claimed {
                id,
                to,
                account: row.account,
                kind: Kind::from_code(row.kind),
                channel,
                lang: reader.map(|account| account.lang),
                subject: row.subject,
                text: row.text,
                stop: row.stop,
                attempt: row.attempt + 1,
                made: Millis(row.made_at),
                again,
                needless,
            });
        }
    }
    Ok(claimed)
}

/// A part of a budget: its channel, the other server's site, and whether it is for first letters.
type Allotment = (Channel, Option<String>, bool);

/// Whether a letter that is due is within what a day's budget has for it. `spent` are the parts that
/// had no room in this look: one letter says it for all of them.
async fn may_leave(
    tx: &mut Tx,
    world: &World,
    (channel, budget): (Channel, i64),
    row: &LetterRow,
    spent: &mut Vec<Allotment>,
) -> Result<bool> {
    if channel == Channel::Chat {
        return Ok(true);
    }
    let day = world.now.before(DAY);
    let is_first = Kind::from_code(row.kind) == Some(Kind::Code)
        && tx.letters_of(&row.account, Kind::Code, day).await? <= 1;
    let part = (channel, world.other_site(&row.account), is_first);
    if spent.contains(&part) {
        return Ok(false);
    }
    let has_room = has_room(tx, world, channel, budget, &row.account, is_first).await?;
    if !has_room {
        spent.push(part);
    }
    Ok(has_room)
}

/// Whether a day's `budget` of `channel` has room for a letter of `account`. Half of it is for first
/// letters alone: codes of accounts that have asked for none in the day. An eighth is what the people
/// of one other server have, and two thirds those of all of them. So of an hour too, which has an
/// eighth of the day.
pub(crate) async fn has_room(
    tx: &mut Tx,
    world: &World,
    channel: Channel,
    budget: i64,
    account: &str,
    is_first: bool,
) -> Result<bool> {
    let site = world.other_site(account);
    for (budget, since) in [(budget, DAY), (part(budget, EIGHTH), HOUR)] {
        let since = world.now.before(since);
        let most = if is_first { budget } else { part(budget, 2) };
        let sent = tx.letters_sent(channel, since, most).await?;
        if sent.total >= most {
            return Ok(false);
        }
        let Some(site) = &site else { continue };
        let (others, theirs) =
            ((budget - part(budget, 3)).max(budget.min(1)), part(budget, EIGHTH));
        if sent.of_others >= others
            || tx.letters_sent_of(channel, site, since, theirs).await? >= theirs
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A part of a budget, rounded up: of one letter each part is one.
pub(crate) const fn part(budget: i64, of: i64) -> i64 {
    (budget + of - 1) / of
}

/// Notes what became of a try. Whoever was invited by a letter that was refused could not be told.
pub(crate) async fn tried(
    tx: &mut Tx,
    world: &World,
    letter: &Claimed,
    tried: &Tried,
) -> Result<()> {
    match tried {
        Tried::Taken => {
            tx.end_letter(letter.id, State::Taken, None).await?;
        }
        Tried::Later(why) => {
            let due = world.now.after(letter::again(letter.attempt));
            tx.postpone_letter(letter.id, due, why).await?;
        }
        Tried::Refused(why) => {
            tx.end_letter(letter.id, State::Failed, Some(why)).await?;
            if letter.kind == Some(Kind::Invitation) {
                undelivered(tx, &letter.account, &letter.to.to_string()).await?;
            }
        }
    }
    Ok(())
}

/// An error came back for what may be a letter to an XMPP address: it has failed, if it had been
/// taken. Answers whether it was one.
pub(crate) async fn bounced(tx: &mut Tx, id: DeliveryId, bounce: Bounce) -> Result<bool> {
    let why = match bounce {
        Bounce::Unavailable => "the recipient is not available",
        Bounce::Wait => "the server cannot pass it on at the moment",
        Bounce::ServerNotFound => "the server is not found",
        Bounce::Refused => "the recipient's server refuses it",
        Bounce::Unknown => "the recipient's server answers with an error",
    };
    let Some((kind, account, address)) = tx.bounce_letter(LetterId(id.0), why).await? else {
        return Ok(false);
    };
    if Kind::from_code(kind) == Some(Kind::Invitation) {
        undelivered(tx, &account, &address).await?;
    }
    Ok(true)
}

/// It is not sent, or not again.
async fn fail(tx: &mut Tx, row: &LetterRow, why: &str) -> Result<()> {
    tx.end_letter(LetterId(row.id), State::Failed, Some(why)).await?;
    if Kind::from_code(row.kind) == Some(Kind::Invitation) {
        undelivered(tx, &row.account, &row.address).await?;
    }
    Ok(())
}

/// `address` could not be told that `inviter` has something for it. The inviter does not see that; and
/// whoever has got it all the same may still answer.
async fn undelivered(tx: &mut Tx, inviter: &str, address: &str) -> Result<()> {
    tx.set_invitation(inviter, address, invitation::State::Undelivered).await?;
    Ok(())
}
