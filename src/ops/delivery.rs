//! Moving deliveries on: the outbox's side of the state machine.

mod elsewhere;
mod outgoing;
mod release;
mod row;
mod turn;

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    time::Duration,
};

use jid::BareJid;
use uuid::Uuid;

use outgoing::outgoing;
use release::{WORD, put_woken, release_unseen};
pub(super) use release::{count, go_on, release, wake};
pub(super) use row::keep;
use row::{claim_for, settle_each};
pub use turn::Portion;
use turn::due_in_turns;

use super::{consent, invitation, letter, stream, typed::arrive};
use crate::{
    domain::{
        clock::Millis,
        consent::Verdict,
        delivery::{AWAY, Bounce, Event, REPLAY, SUSPENSION, State},
        id::{DeliveryId, ShareId, StreamNo},
        note::Carries,
        share::Outgoing,
    },
    store::{
        account::Account,
        db::{Result, Tx},
        delivery::DeliveryRow,
    },
    world::{PASS, World, is_full},
};

/// How late a message may be without saying since when it has waited.
const LATE: Duration = Duration::from_mins(1);

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
///
/// # Errors
/// When the database does not answer.
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
    let suspended = Some(Millis(account.suspended_until)).filter(|until| *until > now);
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
    Ok(tx.deciding(&people).await?.into_iter().map(|(jid,)| jid).collect())
}

/// Which of `rows` have left before, and are of somebody whom their recipient has blocked since, or
/// said no to: they are not sent again. After a no what is said about something of the recipient's own
/// is, and what was let through behind it ([`notice`](super::notice)).
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

/// How many more each of those who are away may be handed over.
async fn room_of(tx: &mut Tx, accounts: &HashMap<String, Account>) -> Result<HashMap<String, i64>> {
    let away: Vec<String> =
        accounts.values().filter(|a| !a.online).map(|a| a.jid.clone()).collect();
    if away.is_empty() {
        return Ok(HashMap::new());
    }
    let mut room: HashMap<String, i64> = away.iter().map(|jid| (jid.clone(), AWAY)).collect();
    for (jid, unconfirmed) in tx.unconfirmed(&away, AWAY).await? {
        room.insert(jid, (AWAY - unconfirmed).max(0));
    }
    Ok(room)
}

/// Whether anything is due that a claim would find.
///
/// # Errors
/// When the database does not answer.
pub async fn is_due(tx: &mut Tx, now: Millis) -> Result<bool> {
    Ok(!tx.due(State::Queued, now, 1).await?.is_empty())
}

/// The fence behind `ids` was answered on `stream`: the server has them.
///
/// # Errors
/// When the database does not answer.
pub async fn taken(tx: &mut Tx, world: &World, ids: &[DeliveryId], stream: StreamNo) -> Result<()> {
    tx.hand_over(ids, stream, world.now.after(REPLAY)).await?;
    Ok(())
}

/// The stream ended before the fence behind `ids`. `alone`: nothing else was on its way.
///
/// # Errors
/// When the database does not answer.
pub async fn lost(tx: &mut Tx, world: &World, ids: &[DeliveryId], alone: bool) -> Result<()> {
    settle_each(tx, world, ids, Event::Lost { alone }).await
}

/// `ids` were claimed and never written.
///
/// # Errors
/// When the database does not answer.
pub async fn unwritten(tx: &mut Tx, world: &World, ids: &[DeliveryId]) -> Result<()> {
    settle_each(tx, world, ids, Event::Orphaned).await
}

/// Nothing can be made of `ids` that could be sent: a person has to look.
///
/// # Errors
/// When the database does not answer.
pub async fn unsendable(tx: &mut Tx, world: &World, ids: &[DeliveryId]) -> Result<()> {
    settle_each(tx, world, ids, Event::Unsendable).await
}

/// Applies one event to one delivery. Answers whether it meant anything.
///
/// # Errors
/// When the database does not answer.
pub async fn settle(tx: &mut Tx, world: &World, id: DeliveryId, event: Event) -> Result<bool> {
    let Some(row) = tx.deliveries(&[id]).await?.pop() else { return Ok(false) };
    let Some(next) = row.delivery().next(event, world.now, world.chance.dice()) else {
        return Ok(false);
    };
    tx.save(id, next).await?;
    Ok(true)
}

/// Receipts, each with the bare JID it came from; only the recipient's own count. Whoever
/// acknowledges has been reached, and has room for more.
///
/// Answers whether something was released.
///
/// # Errors
/// When the database does not answer.
pub async fn confirmed(
    tx: &mut Tx,
    world: &World,
    receipts: &[(DeliveryId, BareJid)],
) -> Result<bool> {
    let from: HashSet<(DeliveryId, &str)> =
        receipts.iter().map(|(id, jid)| (*id, jid.as_str())).collect();
    let mut ids: Vec<DeliveryId> = receipts.iter().map(|(id, _)| *id).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut own = Vec::with_capacity(ids.len());
    // How many more each of them may be sent; none for a receipt that says nothing new.
    let mut room: HashMap<String, i64> = HashMap::new();
    for row in tx.deliveries(&ids).await? {
        let id = DeliveryId(row.id);
        if from.contains(&(id, row.rcpt.as_str())) {
            let is_news = row.delivery().next(Event::Confirmed, world.now, 0.0).is_some();
            *room.entry(row.rcpt).or_insert(0) += i64::from(is_news);
            own.push(id);
        }
    }
    tx.confirm(&own).await?;
    let people: Vec<String> = room.keys().cloned().collect();
    tx.set_reached(&people).await?;
    room.retain(|_, n| *n > 0);
    let people: Vec<String> = room.keys().cloned().collect();
    let mut released = false;
    for (rcpt,) in tx.waiting(&people).await? {
        let room = room.get(&rcpt).copied().unwrap_or(0);
        released |= release(tx, world, &rcpt, room).await?;
    }
    Ok(released)
}

/// An error for a delivery came from its recipient's server. Errors that nobody sent count as
/// nothing. One that ends it makes room for another that is parked; answers whether one was.
///
/// # Errors
/// When the database does not answer.
pub async fn bounced(
    tx: &mut Tx,
    world: &World,
    id: DeliveryId,
    from: &BareJid,
    bounce: Bounce,
) -> Result<bool> {
    let Some(row) = tx.deliveries(&[id]).await?.pop() else {
        letter::bounced(tx, id, bounce).await?;
        return Ok(false);
    };
    if row.rcpt != from.as_str() {
        return Ok(false);
    }
    let reached = tx.account(&row.rcpt).await?.is_some_and(|account| account.reached);
    let event = Event::Bounced { bounce, reached };
    if let Some(next) = row.delivery().next(event, world.now, world.chance.dice()) {
        tx.save(id, next).await?;
        if row.carries() == Carries::Invitation
            && next.state.has_ended()
            && let Some(share) = tx.shares(&[ShareId(row.share_id)]).await?.pop()
        {
            invitation::undelivered(tx, &share.sender, &row.rcpt).await?;
        }
        if bounce == Bounce::Unavailable && reached {
            tx.suspend(&row.rcpt, world.now.after(SUSPENSION)).await?;
        }
        let waits = next.state.has_ended()
            && !tx.waiting(std::slice::from_ref(&row.rcpt)).await?.is_empty();
        if waits {
            return release(tx, world, &row.rcpt, 1).await;
        }
    }
    Ok(false)
}

/// Does what has become due: leases that are over, ends of the replay window, ends of life, and
/// numbers and mail addresses to be looked up.
/// Answers whether there may be more.
///
/// # Errors
/// When the database does not answer.
pub async fn due(tx: &mut Tx, world: &World) -> Result<bool> {
    let mut finished = HashMap::new();
    if stream::is_settled(tx).await? {
        for (rcpt,) in tx.finish_handed(world.now, PASS).await? {
            *finished.entry(rcpt).or_insert(0) += 1;
        }
    }
    let mut more = finished.values().sum::<i64>() == PASS;
    release_unseen(tx, world, finished).await?;
    for state in [State::Held, State::Parked, State::Claimed] {
        let rows = tx.due(state, world.now, PASS).await?;
        more |= is_full(rows.len(), PASS);
        let next = |row: &DeliveryRow| {
            let next = row.delivery().next(Event::Due, world.now, world.chance.dice());
            next.map(|next| (DeliveryId(row.id), next))
        };
        let moved: Vec<_> = rows.iter().filter_map(next).collect();
        keep(tx, &moved).await?;
        if state == State::Held {
            consent::expired(tx, world, &moved).await?;
            arrive(tx, world, &rows).await?;
        }
    }
    Ok(more)
}
