//! Phone numbers and mail addresses as recipients: who gets what is sent there, and how little its
//! sender sees of them. A delivery goes to the account that has shown the number to be its own; the
//! sender is told of the number that they typed and of nothing else.
//!
//! Everything that a sender is shown of a recipient is made from `Typed`, and what was typed looks
//! the same in it for ever, whoever has the number and whatever they do, until they let the sender
//! know: by an answer, by taking a card, or by coming with the code of this sender's invitation.
//! What costs the sender something costs it for every number: each counts among those of the day
//! (`limits.numbers_per_day`), takes its millisecond of the sender's pace, and wants an invitation,
//! which takes its turn where the number is an account's already and is then not sent
//! ([`crate::post::letter`]).
//!
//! A conversation that was typed is its sender's with whoever has the number. What they say under it
//! goes to the account that had it only while that has it still, and else is held as for a number that
//! is nobody's; and nobody speaks under a number that is theirs no more.
//!
//! Whose a number is, is not looked up while its sender waits for an answer. What goes there is held
//! like what goes to nobody, until a moment within ten seconds that they cannot foresee (`Apart`).
//! Then it is looked up (`arrive`), in as many transactions for a number that is nobody's.
//!
//! Every function that asks the database fails when that does not answer.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use jid::BareJid;
use uuid::Uuid;

use super::consent::{self, Guard, fate_of_note};
use crate::{
    db::{Result, Tx},
    domain::{
        address::{self, Address},
        clock::Millis,
        consent::Fate,
        delivery::Event,
        id::{DeliveryId, ShareId},
        note::Carries,
        offer::FIRST_AGAIN,
        unfinished::Unfinished,
    },
    keyed_hash::{Key, Purpose},
    outbox::{
        delivery::{queue_held, settle},
        store::DeliveryRow,
    },
    world::{PASS, World, is_full},
};

/// What is typed in one of these is looked up in the next.
const SPREAD: Duration = Duration::from_secs(5);

/// When that is done which typing a number or mail address leads to: at some moment of the next five
/// seconds by the clock, which is one for each sender and address. So the moment says nothing about
/// whoever has the address, and what one sends to another keeps its order.
pub(crate) struct Apart(Option<Key>);

impl Apart {
    /// For a group of which something was typed or nothing; then no statement is run.
    pub(crate) async fn load(tx: &mut Tx, world: &World, is_any: bool) -> Result<Self> {
        Ok(Self(if is_any { Some(Key::load(tx, world, Purpose::Apart).await?) } else { None }))
    }

    /// The moment for what `sender` sends at `now` to `address`, as [`Address`] writes it.
    pub(crate) fn due(&self, now: Millis, sender: &str, address: &str) -> Millis {
        let Some(key) = &self.0 else { return now };
        let width = i64::try_from(SPREAD.as_millis()).unwrap_or(1);
        let next = now.0.div_euclid(width) + 1;
        let hash = key.hash(&[sender, address, &next.to_string()]);
        let chance = hash.iter().fold(0, |sum, byte| (sum * 256 + i64::from(*byte)) % width);
        Millis(next * width + chance)
    }
}

/// It is time to look up whose the numbers and mail addresses are that some of `rows` are held for.
/// What is somebody's goes the way of what is sent to an account, and the rest stays held.
pub(crate) async fn arrive(tx: &mut Tx, world: &World, rows: &[DeliveryRow]) -> Result<()> {
    let mut held: BTreeMap<String, Vec<DeliveryId>> = BTreeMap::new();
    for row in rows.iter().filter(|row| is_typed(&row.rcpt)) {
        if world.now < row.delivery().expires {
            held.entry(row.rcpt.clone()).or_default().push(DeliveryId(row.id));
        }
    }
    let addresses: Vec<String> = held.keys().cloned().collect();
    for (address, jid) in tx.owners(&addresses).await? {
        let Some(ids) = held.get(&address) else { continue };
        let mut moved = tx.give_to(&jid, ids).await?;
        let fates = fates(tx, world, &jid, &moved).await?;
        moved.extend(notes(tx, world, &jid, &address).await?);
        let_in(tx, world, &jid, moved, fates).await?;
    }
    Ok(())
}

/// Goes on with what was said about shares that went to `address`, if that is still `account`'s own.
/// Shares that are held for it are looked up at their own moments.
pub(crate) async fn go_on(tx: &mut Tx, world: &World, account: &str, address: &str) -> Result<()> {
    if tx.contact(address).await?.is_some_and(|it| it.account == account) {
        let moved = notes(tx, world, account, address).await?;
        let_in(tx, world, account, moved, HashMap::new()).await?;
    }
    Ok(())
}

/// What was said about shares that went to `address`, and are with `account` by now, is held for it
/// too: a portion of it. Answers what it is and whose.
async fn notes(
    tx: &mut Tx,
    world: &World,
    account: &str,
    address: &str,
) -> Result<Vec<(Uuid, String)>> {
    let room = world.rows.left(PASS);
    let moved = tx.readdress_notes(address, account, room).await?;
    world.rows.took(moved.len());
    if is_full(moved.len(), room) {
        world.put_unfinished(tx, (account, Unfinished::Noted, address), world.now).await?;
    }
    Ok(moved)
}

/// What becomes of shares that are with `jid` now, by who sent them: as of what is sent to an account.
/// Of notes it says nothing: they follow the shares that they are about.
pub(crate) async fn fates(
    tx: &mut Tx,
    world: &World,
    jid: &str,
    moved: &[(Uuid, String)],
) -> Result<HashMap<String, Fate>> {
    let (Some(account), Ok(rcpt)) = (tx.account(jid).await?, BareJid::new(jid)) else {
        return Ok(HashMap::new());
    };
    let authors: HashMap<Uuid, &String> = moved.iter().map(|(id, by)| (*id, by)).collect();
    let senders: Vec<BareJid> = authors.values().filter_map(|by| BareJid::new(by).ok()).collect();
    let sent = senders.iter().map(|sender| (sender, &rcpt, &account));
    let mut guard = Guard::load(tx, world, sent).await?;
    let ids: Vec<DeliveryId> = authors.keys().copied().map(DeliveryId).collect();
    let mut rows = tx.deliveries(&ids).await?;
    rows.retain(|row| row.carries() == Carries::Share);
    rows.sort_unstable_by_key(|row| row.id);
    let mut fates = HashMap::new();
    for row in rows {
        let id = DeliveryId(row.id);
        if let Some(sender) = authors.get(&row.id).and_then(|by| BareJid::new(by).ok()) {
            let fate = guard.fate(world, &sender, jid, (ShareId(row.share_id), id));
            fates.insert(sender.to_string(), fate);
        }
        if account.acks {
            tx.set_again(id, world.now.after(FIRST_AGAIN), 0).await?;
        }
    }
    guard.keep(tx).await?;
    Ok(fates)
}

/// What is with `account` now, each thing with its sender, is queued, stays held or ends, as
/// `fates` says of that sender. From anybody else it is something said about a share of theirs: it
/// ends if they are refused ([`consent::is_unheard`]), and else follows that share.
pub(crate) async fn let_in(
    tx: &mut Tx,
    world: &World,
    account: &str,
    moved: Vec<(Uuid, String)>,
    fates: HashMap<String, Fate>,
) -> Result<()> {
    let people = tx.accounts(&[account.to_owned()]).await?;
    let mut refusals = HashMap::new();
    for (_, author) in moved.iter().filter(|(_, author)| !fates.contains_key(author)) {
        if !refusals.contains_key(author) {
            let refusal = consent::refusing(tx, world, author, &people).await?.remove(account);
            refusals.insert(author.clone(), refusal);
        }
    }
    let authors: HashMap<Uuid, String> = moved.into_iter().collect();
    let ids: Vec<DeliveryId> = authors.keys().copied().map(DeliveryId).collect();
    let mut rows = tx.deliveries(&ids).await?;
    rows.sort_unstable_by_key(|row| row.id);
    let others = others(tx, &rows).await?;
    let mut held = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(author) = authors.get(&row.id) else { continue };
        let refusal = refusals.get(author).and_then(Option::as_ref);
        let fate = match fates.get(author) {
            Some(fate) => *fate,
            None if consent::is_unheard(tx, refusal, account, ShareId(row.share_id)).await? => {
                Fate::Ends
            }
            None => others.get(&row.about()).copied().unwrap_or_default(),
        };
        match fate {
            Fate::Ends => {
                settle(tx, world, DeliveryId(row.id), Event::Cancel).await?;
            }
            Fate::Goes => held.push(row),
            Fate::Waits => {}
        }
    }
    queue_held(tx, world, account, held).await
}

/// What becomes of notes about the shares that some of `rows` are about and that are not among them.
async fn others(tx: &mut Tx, rows: &[DeliveryRow]) -> Result<HashMap<DeliveryId, Fate>> {
    let there: HashSet<DeliveryId> = rows.iter().map(|row| DeliveryId(row.id)).collect();
    let others: HashSet<DeliveryId> =
        rows.iter().map(DeliveryRow::about).filter(|about| !there.contains(about)).collect();
    let others: Vec<DeliveryId> = others.into_iter().collect();
    let rows = tx.deliveries(&others).await?;
    Ok(rows.iter().map(|row| (DeliveryId(row.id), fate_of_note(row))).collect())
}

/// Whether `jid` has the number or mail address that was typed. Only then is what is said under it for
/// them, or theirs to say.
pub(crate) async fn has(tx: &mut Tx, jid: &str, address: &str) -> Result<bool> {
    let owners = tx.owners(&[address.to_owned()]).await?;
    Ok(owners.iter().any(|(_, owner)| owner == jid))
}

/// Whether this, as [`Address`] writes it, is a phone number or a mail address.
#[must_use]
pub(crate) fn is_typed(address: &str) -> bool {
    matches!(Address::parse(address), Ok(Address::Tel(_) | Address::Mail(_)))
}

/// What the sender typed, for those of some deliveries that went to a number or mail address.
#[derive(Debug, Default)]
pub(crate) struct Typed(HashMap<Uuid, String>);

impl Typed {
    /// For `ids`.
    pub(crate) async fn load(tx: &mut Tx, ids: &[DeliveryId]) -> Result<Self> {
        Ok(Self(tx.typed(ids).await?.into_iter().collect()))
    }

    /// What was typed for one of them: `tel:…` or `mailto:…`.
    #[must_use]
    pub(crate) fn get(&self, id: DeliveryId) -> Option<&str> {
        self.0.get(&id.0).map(String::as_str)
    }

    /// How its sender knows the recipient of a delivery to `rcpt`, as
    /// [`Address`] writes it.
    #[must_use]
    pub(crate) fn known<'k>(&'k self, id: DeliveryId, rcpt: &'k str) -> &'k str {
        self.get(id).unwrap_or(rcpt)
    }

    /// The same as people write it.
    #[must_use]
    pub(crate) fn shown(&self, id: DeliveryId, rcpt: &str) -> String {
        address::shown(self.known(id, rcpt)).to_owned()
    }
}

/// The owner of a number, as the sender who typed it knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    /// The number or mail address as people write it.
    pub address: String,
    /// The sender's number for the share.
    pub handle: i64,
}

/// Of a message that `sender` was sent about a share of their own: whoever has the number that it
/// went to; none when it went to an account.
pub(crate) async fn owner_behind(
    tx: &mut Tx,
    sender: &BareJid,
    message: DeliveryId,
) -> Result<Option<Owner>> {
    let row = tx.deliveries(&[message]).await?.pop();
    let Some(row) = row.filter(|row| row.rcpt == sender.as_str()) else { return Ok(None) };
    let share = tx.shares(&[ShareId(row.share_id)]).await?.pop();
    let Some(share) = share.filter(|share| share.sender == sender.as_str()) else {
        return Ok(None);
    };
    let typed = Typed::load(tx, &[row.about()]).await?;
    let owner = typed
        .get(row.about())
        .map(|address| Owner { address: typed.shown(row.about(), address), handle: share.handle });
    Ok(owner)
}
