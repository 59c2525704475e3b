//! The first contact is asked about (S0.5): what becomes of what a stranger sends, and what the
//! recipient's word does to it.
//!
//! A question is a row of `delivery` that carries [`Carries::Request`], about the first thing that
//! waits: so it goes out, is lost and found again like everything else. What waits is held. What
//! somebody refused or blocked sends is kept as cancelled: its sender is told what he is told of
//! anybody who is away, until it expires.

mod places;

use std::collections::{BTreeMap, HashMap, HashSet};

use jid::BareJid;
use uuid::Uuid;

use places::{Places, ask_next};

use super::{
    World, account,
    delivery::{PASS, is_full},
    share::LIFE,
};
use crate::{
    domain::{
        clock::Millis,
        consent::{Ask, Fate, LAPSE, Verdict},
        conversation::{Clue, Said, Saying},
        delivery::{Delivery, State},
        id::{DeliveryId, ShareId},
        note::Carries,
        site::{has_spellings, is_same_address, spelt},
        unfinished::Unfinished,
    },
    store::{
        account::Account,
        consent::ConsentRow,
        db::{Result, Tx},
        delivery::{DeliveryRow, NewDelivery},
        note::NewNotice,
    },
};

/// So many others somebody says the same about: yes, no, or block.
pub const SAID_MAX: i64 = 1_000;
/// Of so many things that somebody was sent last under his address, the senders need not be asked
/// about him.
const LATELY: i64 = 500;
/// People of whom something waits that are looked at in one transaction, when a server is blocked.
const AUTHORS: i64 = 50;

/// Somebody who waits for a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    /// His address.
    pub jid: BareJid,
    /// The name he goes by.
    pub nick: Option<String>,
    /// The number of the question.
    pub number: i64,
    /// When it was asked.
    pub since: Millis,
}

/// What the recipients of a group of shares have said about its senders. Empty, and no statement
/// is run, unless somebody wants to be asked or has ever refused anybody.
#[derive(Debug, Default)]
pub(super) struct Guard {
    /// By recipient and sender: what he said, or nothing, and then he has to be asked.
    said: HashMap<(String, BareJid), Option<Verdict>>,
    /// The questions that are open, by recipient.
    open: HashMap<String, Places>,
    rows: Vec<ConsentRow>,
    questions: Vec<NewNotice>,
}

impl Guard {
    /// Of these senders, each with somebody whom they send to, and that one's account.
    pub(super) async fn load<'p>(
        tx: &mut Tx,
        world: &World,
        sent: impl Iterator<Item = (&'p BareJid, &'p BareJid, &'p Account)>,
    ) -> Result<Self> {
        let mut guard = Self::default();
        // By sender: whom he sends to, and whether they want to be asked about him.
        let mut pairs: BTreeMap<&BareJid, BTreeMap<String, bool>> = BTreeMap::new();
        for (sender, rcpt, account) in sent {
            let asks = ask_of(world, account).asks(sender, rcpt);
            if asks || account.guarded {
                pairs.entry(sender).or_default().insert(account.jid.clone(), asks);
            }
        }
        for (sender, rcpts) in pairs {
            let mut known = None;
            let jids: Vec<String> = rcpts.keys().cloned().collect();
            let domain = sender.domain().as_str();
            let said = tx.consents(sender.as_str(), domain, &jids).await?;
            for (rcpt, asks) in rcpts {
                let verdict = match verdict(world, &said, sender.as_str(), &rcpt) {
                    None if asks => guard.unknown(tx, world, &rcpt, sender, &mut known).await?,
                    // He does not want to be asked any more.
                    None | Some(Verdict::Asked) if !asks => Some(Verdict::Yes),
                    said => said,
                };
                guard.said.insert((rcpt, sender.clone()), verdict);
            }
        }
        Ok(guard)
    }

    /// Nothing was said: whoever has sent him something himself need not be asked. That they typed a
    /// number which is his is nothing of the kind: what he sends would tell them whose it is.
    /// `known`: who has, once that was looked up.
    async fn unknown(
        &mut self,
        tx: &mut Tx,
        world: &World,
        rcpt: &str,
        sender: &BareJid,
        known: &mut Option<HashSet<String>>,
    ) -> Result<Option<Verdict>> {
        let known = if let Some(known) = known {
            known
        } else {
            let senders = tx.senders_to(sender.as_str(), LATELY).await?;
            known.insert(senders.into_iter().map(|(jid,)| jid).collect())
        };
        if known.contains(rcpt) {
            let yes = ConsentRow::new(rcpt, sender.as_str(), Verdict::Yes, world.now, 0);
            self.rows.push(yes);
            return Ok(Some(Verdict::Yes));
        }
        if !self.open.contains_key(rcpt) {
            let open = Places::load(tx, world.now, rcpt).await?;
            self.open.insert(rcpt.to_owned(), open);
        }
        Ok(None)
    }

    /// What becomes of a share, the delivery `about`, to somebody who has joined; he is asked if he
    /// has to be.
    pub(super) fn fate(
        &mut self,
        world: &World,
        sender: &BareJid,
        rcpt: &str,
        about: (ShareId, DeliveryId),
    ) -> Fate {
        if self.said.is_empty() {
            return Fate::Goes;
        }
        let Some(said) = self.said.get_mut(&(rcpt.to_owned(), sender.clone())) else {
            return Fate::Goes;
        };
        match said {
            Some(Verdict::Yes) => return Fate::Goes,
            Some(Verdict::No | Verdict::Blocked) => return Fate::Ends,
            Some(Verdict::Asked) => return Fate::Waits,
            None => {}
        }
        let open = self.open.entry(rcpt.to_owned()).or_default();
        let place = BareJid::new(rcpt).ok().and_then(|rcpt| open.take(&rcpt, sender));
        // Else it waits unasked, until somebody's place is free (`ask_next`).
        if let Some(number) = place {
            *said = Some(Verdict::Asked);
            let asked = ConsentRow::new(rcpt, sender.as_str(), Verdict::Asked, world.now, number);
            self.rows.push(asked);
            self.questions.push(question(world, (sender, rcpt), number, about));
        }
        Fate::Waits
    }

    /// Keeps what came of it, once the deliveries are kept.
    pub(super) async fn keep(self, tx: &mut Tx) -> Result<()> {
        tx.set_consents(&self.rows).await?;
        tx.insert_notices(&self.questions).await
    }
}

fn question(
    world: &World,
    (sender, rcpt): (&BareJid, &str),
    number: i64,
    (share, about): (ShareId, DeliveryId),
) -> NewNotice {
    let delivery = NewDelivery {
        id: DeliveryId(world.chance.uuid(world.now)),
        share,
        rcpt: rcpt.to_owned(),
        address: None,
        handle: number,
        delivery: Delivery::accepted(true, world.now, world.now.after(LIFE)),
        sent_at: 0,
        author: sender.to_string(),
    };
    NewNotice { delivery, carries: Carries::Request, about }
}

/// When he is asked.
#[must_use]
pub fn ask_of(world: &World, account: &Account) -> Ask {
    account.ask().unwrap_or(world.rules.ask)
}

/// What `rcpt` has said about `sender`, of the words that count: a block of the whole domain before
/// all. Any other word about a domain is about whoever has that for an address, and nobody else.
fn verdict(world: &World, said: &[ConsentRow], sender: &str, rcpt: &str) -> Option<Verdict> {
    let blocks = |row: &ConsentRow| row.verdict(world.now) == Some(Verdict::Blocked);
    let is_about = |row: &&ConsentRow| blocks(row) || is_same_address(&row.other, sender);
    let own = said.iter().filter(|row| row.account == rcpt).filter(is_about);
    let all: Vec<Verdict> = own.filter_map(|row| row.verdict(world.now)).collect();
    all.iter().find(|it| **it == Verdict::Blocked).or(all.first()).copied()
}

/// Those of `readers` who have blocked `author`.
pub(super) async fn blocking(
    tx: &mut Tx,
    world: &World,
    author: &str,
    readers: &[Account],
) -> Result<HashSet<String>> {
    let guarded = readers.iter().filter(|account| account.guarded);
    let guarded: Vec<String> = guarded.map(|account| account.jid.clone()).collect();
    let Some(author) = BareJid::new(author).ok().filter(|_| !guarded.is_empty()) else {
        return Ok(HashSet::new());
    };
    let said = tx.consents(author.as_str(), author.domain().as_str(), &guarded).await?;
    let blocks = |row: &ConsentRow| row.verdict(world.now) == Some(Verdict::Blocked);
    Ok(said.into_iter().filter(blocks).map(|row| row.account).collect())
}

/// By what word `reader` has refused `author`, if they have.
pub(super) async fn refusal(
    tx: &mut Tx,
    world: &World,
    reader: &str,
    author: &str,
) -> Result<Option<Verdict>> {
    let Ok(author) = BareJid::new(author) else { return Ok(None) };
    let domain = author.domain().as_str();
    let said = tx.consents(author.as_str(), domain, &[reader.to_owned()]).await?;
    Ok(verdict(world, &said, author.as_str(), reader)
        .filter(|verdict| matches!(verdict, Verdict::No | Verdict::Blocked)))
}

/// What becomes of a note of the sender of a share, whose conversation is `with` a recipient: it
/// follows the share.
#[must_use]
pub fn fate_of_note(with: &DeliveryRow) -> Fate {
    let delivery = with.delivery();
    match delivery.state {
        State::Held => Fate::Waits,
        State::Cancelled if delivery.attempt == 0 => Fate::Ends,
        _ => Fate::Goes,
    }
}

/// Who waits for a word of `account`, the last who asked first.
///
/// # Errors
/// When the database does not answer.
pub async fn askers(tx: &mut Tx, world: &World, account: &str) -> Result<Vec<Asker>> {
    let open = tx.open_questions(account, world.now.before(LAPSE)).await?;
    let jids: Vec<String> = open.iter().map(|row| row.other.clone()).collect();
    let accounts = tx.accounts(&jids).await?;
    let nick = |jid: &str| accounts.iter().find(|it| it.jid == jid)?.nick.clone();
    let asker = |row: ConsentRow| {
        let jid = BareJid::new(&row.other).ok()?;
        Some(Asker { nick: nick(&row.other), jid, number: row.number, since: row.since() })
    };
    Ok(open.into_iter().filter_map(asker).collect())
}

/// Who is meant by a yes, no or block that replies to a question of ours. None when it is about
/// something else; what points at nothing is about what waits (`ops/waits.rs`).
///
/// # Errors
/// When the database does not answer.
pub async fn meant(tx: &mut Tx, saying: &Saying) -> Result<Option<(BareJid, Verdict)>> {
    let Said::Words(words) = &saying.said else { return Ok(None) };
    let Some(verdict) = Verdict::read(words) else { return Ok(None) };
    let pointed = saying.clues.iter().find_map(|clue| match clue {
        Clue::Message(id) => Uuid::try_parse(id).ok().map(DeliveryId),
        _ => None,
    });
    let Some(id) = pointed else { return Ok(None) };
    let asks =
        |row: &DeliveryRow| row.rcpt == saying.author.as_str() && row.carries() == Carries::Request;
    let Some(row) = tx.deliveries(&[id]).await?.pop().filter(asks) else { return Ok(None) };
    let share = tx.shares(&[ShareId(row.share_id)]).await?.pop();
    let sender = share.and_then(|share| BareJid::new(&share.sender).ok());
    Ok(sender.map(|sender| (sender, verdict)))
}

/// Keeps what `account` says about `other`, an address or, to block it, a domain, however that is
/// written. After a yes everything of theirs that waits is queued, in order; else it ends, and so
/// does what was queued when they are blocked. Answers whether it was kept: nothing is when `account`
/// has said the same about [`SAID_MAX`] others already, or has left.
///
/// # Errors
/// When the database does not answer.
pub async fn decide(
    tx: &mut Tx,
    world: &World,
    account: &BareJid,
    other: &BareJid,
    verdict: Verdict,
) -> Result<bool> {
    let (jid, other) = (account.as_str(), &spelt(other));
    if tx.account(jid).await?.is_none() || !has_room(tx, world, jid, other, verdict).await? {
        return Ok(false);
    }
    carry_out(tx, world, account, other, "", verdict).await?;
    for asker in askers(tx, world, jid).await? {
        if verdict.is_about(&asker.jid, other) {
            tx.forget_consent(jid, asker.jid.as_str(), Verdict::Asked).await?;
        }
    }
    tx.forget_said(jid, other.as_str()).await?;
    tx.set_consents(&[ConsentRow::new(jid, other.as_str(), verdict, world.now, 0)]).await?;
    world.rules.limits.keeps(jid, [other.as_str().len()], 0);
    tx.note_guarded(jid).await?;
    ask_next(tx, world, account, other).await?;
    Ok(true)
}

/// Goes on with what waits of `other`, behind `after`, by what `account` says about them now. While they are only
/// asked it goes on waiting.
pub(super) async fn go_on(
    tx: &mut Tx,
    world: &World,
    account: &BareJid,
    other: &BareJid,
    after: &str,
) -> Result<()> {
    if tx.account(account.as_str()).await?.is_none() {
        // They have left, and nothing goes to them.
        return Ok(());
    }
    let said = tx.consents(other.as_str(), other.as_str(), &[account.to_string()]).await?;
    match said.iter().find_map(|row| row.verdict(world.now)) {
        Some(Verdict::Asked) | None => Ok(()),
        Some(verdict) => carry_out(tx, world, account, other, after, verdict).await,
    }
}

/// What waits of `other` is queued, or ends. A domain that is blocked stands for all its people of
/// whom something waits, and an address for all its spellings; they are looked for one after the
/// other, behind `after`.
async fn carry_out(
    tx: &mut Tx,
    world: &World,
    account: &BareJid,
    other: &BareJid,
    after: &str,
    verdict: Verdict,
) -> Result<()> {
    let jid = account.as_str();
    let is_named = other.node().is_some() || verdict != Verdict::Blocked;
    let is_one = is_named && !has_spellings(other);
    let authors =
        if is_one { vec![(other.to_string(),)] } else { tx.authors(jid, after, AUTHORS).await? };
    let is_all = is_one || !is_full(authors.len(), AUTHORS);
    let room = world.rows.left(PASS);
    let (mut left, mut done) = (room, after.to_owned());
    for (author,) in authors {
        if left <= 0 {
            break;
        }
        if BareJid::new(&author).is_ok_and(|author| verdict.is_about(&author, other)) {
            let cancelled = tx.cancel_of(jid, &author, verdict, left).await?;
            left = left.saturating_sub_unsigned(cancelled);
            if verdict == Verdict::Yes {
                let held = tx.held_of(jid, &author, left).await?;
                left = left.saturating_sub_unsigned(held.len() as u64);
                account::release(tx, world, jid, held).await?;
            }
        }
        if left > 0 {
            done = author;
        }
    }
    world.rows.took(room - left);
    if after.is_empty() {
        // What they said before about the same is over.
        tx.end_unfinished_about(jid, Unfinished::Said, other.as_str()).await?;
    }
    if is_all && left > 0 {
        return Ok(());
    }
    tx.put_first(jid, Unfinished::Said, &format!("{other} {done}"), Millis(0)).await
}

/// Whether `account` may say this about `other` too. About whom something was said before, there
/// is a place; what has lapsed takes none.
async fn has_room(
    tx: &mut Tx,
    world: &World,
    account: &str,
    other: &BareJid,
    verdict: Verdict,
) -> Result<bool> {
    if tx.count_said(account, verdict, SAID_MAX).await? < SAID_MAX {
        return Ok(true);
    }
    let said = tx.consents(other.as_str(), other.as_str(), &[account.to_owned()]).await?;
    if said.iter().any(|row| row.verdict(world.now).is_some()) {
        return Ok(true);
    }
    tx.forget_lapsed(account, world.now.before(LAPSE), SAID_MAX).await?;
    Ok(tx.count_said(account, verdict, SAID_MAX).await? < SAID_MAX)
}

/// `other` is blocked no more. Answers whether he was.
///
/// # Errors
/// When the database does not answer.
pub async fn unblock(tx: &mut Tx, account: &BareJid, other: &BareJid) -> Result<bool> {
    let was = tx.forget_consent(account.as_str(), other.as_str(), Verdict::Blocked).await?;
    tx.note_guarded(account.as_str()).await?;
    Ok(was)
}

/// Nobody is blocked any more (XEP-0191 §3.5).
///
/// # Errors
/// When the database does not answer.
pub async fn unblock_all(tx: &mut Tx, account: &BareJid) -> Result<()> {
    tx.forget_blocks(account.as_str()).await?;
    tx.note_guarded(account.as_str()).await
}

/// Somebody does not want to be asked any more: whoever waits is let in.
///
/// # Errors
/// When the database does not answer.
pub async fn set_ask(tx: &mut Tx, world: &World, account: &BareJid, ask: Ask) -> Result<()> {
    tx.set_ask(account.as_str(), ask).await?;
    if ask == Ask::Never {
        for asker in askers(tx, world, account.as_str()).await? {
            decide(tx, world, account, &asker.jid, Verdict::Yes).await?;
        }
    }
    Ok(())
}
