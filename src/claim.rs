//! Deliveries that are due: which of them go now, with all that is needed to send them, and what becomes
//! of the others. It stands above everything that can be delivered.
//!
//! Every function that asks the database fails when that does not answer.

#![expect(clippy::missing_errors_doc, reason = "said once, above")]

mod bounce;
mod due;
mod outgoing;
mod remote_file;
pub mod say;
#[cfg(test)]
mod tests;
mod turn;

use std::collections::{BTreeSet, HashMap, HashSet};

use uuid::Uuid;

pub(crate) use self::{bounce::bounced, due::due, turn::Portion};
use self::{outgoing::outgoing, turn::due_in_turns};
use crate::{
    account::store::Account,
    db::{Result, Tx},
    domain::{
        clock::Millis,
        consent::Verdict,
        delivery::{Event, State},
        id::DeliveryId,
        note::Carries,
        share::Outgoing,
    },
    outbox::{
        delivery::{WORD, claim_for, keep, put_woken, room_of},
        store::DeliveryRow,
    },
    people::consent,
    world::{World, is_full},
};

/// What a claim found.
#[derive(Debug, Default)]
pub struct Claimed {
    /// To be sent now, in this order. One of them at the most has been in flight when a stream ended.
    pub ready: Vec<Outgoing>,
    /// Whether there may be more that is due.
    pub more: bool,
    /// Behind whom the next claim goes on with the recipients' turns.
    pub after: String,
}

/// Claims due deliveries; when more is due than a portion, half of it for recipients in turn. Those
/// of people who are away with enough unconfirmed are parked; those of people in their quiet hours
/// wait for the end of these; those that are too late expire.
pub async fn claim<'a>(
    tx: &mut Tx,
    world: &World,
    portion: impl Into<Portion<'a>>,
) -> Result<Claimed> {
    let portion = portion.into();
    let (rows, after) = due_in_turns(tx, world, portion).await?;
    let mut more = is_full(rows.len(), portion.limit);
    let accounts = accounts_of(tx, &rows).await?;
    let mut room = room_of(tx, &accounts).await?;
    let deciding = deciding(tx, &accounts).await?;
    let unwanted = unwanted(tx, world, &rows, &accounts).await?;

    let (mut wanted, mut moved) = (Vec::with_capacity(rows.len()), Vec::new());
    let (mut left, mut waiting) = (Vec::new(), BTreeSet::new());
    for row in rows {
        let id = DeliveryId(row.id);
        let event = match accounts.get(&row.rcpt) {
            _ if world.now >= row.delivery().expires => Event::Due,
            // For those who have not joined, and for nobody else.
            account if row.carries() == Carries::Invitation => {
                if account.is_none() {
                    wanted.push(row);
                    continue;
                }
                Event::Cancel
            }
            // They have left since.
            None => Event::Cancel,
            _ if unwanted.contains(&row.id) => Event::Cancel,
            Some(account) => match (held_until(account, world.now), room.get_mut(&account.jid)) {
                (Some(until), _) => {
                    left.extend(account.is_only_quiet(world.now).then_some(id));
                    Event::Suspend(until)
                }
                _ if deciding.contains(&account.jid) => {
                    waiting.insert(&account.jid);
                    Event::Suspend(world.now.after(WORD))
                }
                (None, Some(0)) => {
                    left.push(id);
                    Event::Park
                }
                (None, room) => {
                    if let Some(room) = room {
                        *room -= 1;
                    }
                    wanted.push(row);
                    continue;
                }
            },
        };
        if let Some(next) = row.delivery().next(event, world.now, world.chance.dice()) {
            moved.push((id, next));
        }
    }
    keep(tx, &moved).await?;
    for jid in waiting {
        put_woken(tx, jid, (world.now, Uuid::max()), world.now.after(WORD)).await?;
    }
    tx.note_left(&left, world.now).await?;
    // Each of these goes alone; between two of them goes what is sound.
    let mut suspects = 0;
    wanted.retain(|row| {
        suspects += usize::from(row.delivery().suspect > 0);
        row.delivery().suspect == 0 || suspects == 1
    });
    more |= suspects > 1;
    let claimed = claim_for(tx, world, &wanted).await?;
    wanted.retain(|row| claimed.contains(&DeliveryId(row.id)));
    Ok(Claimed { ready: outgoing(tx, world, wanted, &accounts).await?, more, after })
}

/// Until when nothing is sent to `account`: they are in their quiet hours, or out of reach. A claim
/// looks anew each time, so that a change needs only to make it due. What is put off is due again at
/// one moment, and is then claimed in the order in which it was accepted.
fn held_until(account: &Account, now: Millis) -> Option<Millis> {
    let suspended = Some(account.suspended_until).filter(|until| *until > now);
    account.quiet_until(now).or(suspended)
}

async fn accounts_of(tx: &mut Tx, rows: &[DeliveryRow]) -> Result<HashMap<String, Account>> {
    let jids: HashSet<&String> = rows.iter().map(|row| &row.rcpt).collect();
    let jids: Vec<String> = jids.into_iter().cloned().collect();
    let accounts = if jids.is_empty() { Vec::new() } else { tx.accounts(&jids).await? };
    Ok(accounts.into_iter().map(|account| (account.jid.clone(), account)).collect())
}

/// Those of `accounts` who have said something about others that is not carried out yet:
/// what waits may be of whom they want nothing.
async fn deciding(tx: &mut Tx, accounts: &HashMap<String, Account>) -> Result<HashSet<String>> {
    let people: Vec<String> = accounts.keys().cloned().collect();
    Ok(tx.deciding(&people).await?.into_iter().collect())
}

/// Which of `rows` have left before, and are of somebody whom their recipient has blocked since, or
/// said no to: they are not sent again. After a no what is said about something of the recipient's own
/// is, and what was let through behind it ([`notice`](crate::people::notice)).
async fn unwanted(
    tx: &mut Tx,
    world: &World,
    rows: &[DeliveryRow],
    accounts: &HashMap<String, Account>,
) -> Result<HashSet<Uuid>> {
    let is_guarded =
        |row: &&DeliveryRow| accounts.get(&row.rcpt).is_some_and(|account| account.guarded);
    let again: HashMap<Uuid, &DeliveryRow> = rows
        .iter()
        .filter(|row| row.delivery().attempt > 0)
        .filter(is_guarded)
        .map(|row| (row.id, row))
        .collect();
    let ids: Vec<DeliveryId> = again.keys().copied().map(DeliveryId).collect();
    let mut said: HashMap<(String, String), Option<consent::Refusal>> = HashMap::new();
    let mut unwanted = HashSet::new();
    let mut refused: Vec<&DeliveryRow> = Vec::new();
    for (id, rcpt, author) in tx.authors_of(&ids).await? {
        let pair = (rcpt, author);
        let refusal = match said.get(&pair) {
            Some(known) => *known,
            None => consent::refusal(tx, world, &pair.0, &pair.1).await?,
        };
        said.insert(pair, refusal);
        match refusal {
            Some((Verdict::Blocked, _)) => {
                unwanted.insert(id);
            }
            Some((_, since)) if id < DeliveryId::end_of(since) => {
                refused.extend(again.get(&id).copied());
            }
            _ => {}
        }
    }
    let about: Vec<DeliveryId> = refused.iter().map(|row| row.about()).collect();
    let about: HashMap<Uuid, String> =
        tx.deliveries(&about).await?.into_iter().map(|row| (row.id, row.rcpt)).collect();
    let theirs = refused.iter().filter(|row| about.get(&row.about().0) == Some(&row.rcpt));
    unwanted.extend(theirs.map(|row| row.id));
    Ok(unwanted)
}

/// Whether anything is due that a claim would find.
pub(crate) async fn is_due(tx: &mut Tx, now: Millis) -> Result<bool> {
    Ok(!tx.due(State::Queued, now, 1).await?.is_empty())
}
