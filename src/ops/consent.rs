//! The first contact is asked about (S0.5): what becomes of what a stranger sends, and what the
//! recipient's word does to it.
//!
//! A question is a row of `delivery` that carries [`Carries::Request`], about the first thing that
//! waits: so it goes out, is lost and found again like everything else. What waits is held. What
//! somebody refused or blocked sends is kept as cancelled: its sender is told what he is told of
//! anybody who is away, until it expires.

mod places;
mod word;

use std::collections::{BTreeMap, HashMap, HashSet};

use jid::BareJid;
use places::Places;

pub use self::places::lapse;
pub use self::word::{SAID_MAX, blocked_by, decide, set_ask, unblock, unblock_all};
pub(super) use self::{
    places::{ask_on, end_questions, expired, known, left},
    word::go_on,
};
use super::answer::sent_as;
use crate::{
    domain::{
        clock::Millis,
        consent::{Ask, Fate, LAPSE, Verdict},
        conversation::{Clue, Said, Saying},
        delivery::{Delivery, State},
        id::{DeliveryId, ShareId},
        note::Carries,
        share::LIFE,
        site::{covering, is_same_address},
    },
    store::{
        account::Account,
        consent::ConsentRow,
        db::{Result, Tx},
        delivery::{DeliveryRow, NewDelivery},
        note::NewNotice,
    },
    world::World,
};

/// Of so many things that somebody was sent last under his address, the senders need not be asked
/// about him.
const LATELY: i64 = 500;

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
            let said = tx.consents(&covering(sender.as_str()), &jids).await?;
            for (rcpt, asks) in rcpts {
                let heard = word(world, &said, sender.as_str(), &rcpt);
                let verdict = match heard.map(|(verdict, _)| verdict) {
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
        for (rcpt, places) in &self.open {
            places.keep(tx, rcpt).await?;
        }
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

/// What `rcpt` has said about `sender` and when, of the words that count: a block of the whole domain,
/// or of one above it, before all. Any other word about a domain is about whoever has that for an
/// address, and nobody else.
fn word(world: &World, said: &[ConsentRow], sender: &str, rcpt: &str) -> Option<(Verdict, Millis)> {
    let own = said.iter().filter(|row| row.account == rcpt);
    let said = |row: &ConsentRow| Some((about(world, row, sender)?, row.since()));
    let all: Vec<_> = own.filter_map(said).collect();
    all.iter().find(|(it, _)| *it == Verdict::Blocked).or(all.first()).copied()
}

/// What `row`, one of those [`covering`] `sender`, says about them.
pub(super) fn about(world: &World, row: &ConsentRow, sender: &str) -> Option<Verdict> {
    let is_about = |it: &Verdict| *it == Verdict::Blocked || is_same_address(&row.other, sender);
    row.verdict(world.now).filter(is_about)
}

/// A no or a block, and since when it holds.
pub(super) type Refusal = (Verdict, Millis);

fn refused((verdict, since): (Verdict, Millis)) -> Option<Refusal> {
    matches!(verdict, Verdict::No | Verdict::Blocked).then_some((verdict, since))
}

/// Those of `readers` who have refused `author`, and by what.
pub(super) async fn refusing(
    tx: &mut Tx,
    world: &World,
    author: &str,
    readers: &[Account],
) -> Result<HashMap<String, Refusal>> {
    let guarded = readers.iter().filter(|account| account.guarded);
    let guarded: Vec<String> = guarded.map(|account| account.jid.clone()).collect();
    let Some(author) = BareJid::new(author).ok().filter(|_| !guarded.is_empty()) else {
        return Ok(HashMap::new());
    };
    let said = tx.consents(&covering(author.as_str()), &guarded).await?;
    let refusal = |reader: String| {
        let refusal = word(world, &said, author.as_str(), &reader).and_then(refused)?;
        Some((reader, refusal))
    };
    Ok(guarded.into_iter().filter_map(refusal).collect())
}

/// By what word `reader` has refused `author`, if they have.
pub(super) async fn refusal(
    tx: &mut Tx,
    world: &World,
    reader: &str,
    author: &str,
) -> Result<Option<Refusal>> {
    Ok(said_about(tx, world, reader, author).await?.and_then(refused))
}

/// What `reader` has said about `author`, of the words that count.
async fn said_about(
    tx: &mut Tx,
    world: &World,
    reader: &str,
    author: &str,
) -> Result<Option<(Verdict, Millis)>> {
    let Ok(author) = BareJid::new(author) else { return Ok(None) };
    let said = tx.consents(&covering(author.as_str()), &[reader.to_owned()]).await?;
    Ok(word(world, &said, author.as_str(), reader))
}

/// Whether a refusal by `reader` ends what its author has to tell about `share`, which they have sent:
/// a block does, and a no unless the reader has said something about it since.
pub(super) async fn is_unheard(
    tx: &mut Tx,
    refusal: Option<&Refusal>,
    reader: &str,
    share: ShareId,
) -> Result<bool> {
    Ok(match refusal {
        None => false,
        Some((Verdict::Blocked, _)) => true,
        Some((_, since)) => !tx.has_said_since(share, reader, *since).await?,
    })
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

/// Who of them is `sender`, if they are among those who wait.
pub(super) async fn asker(
    tx: &mut Tx,
    world: &World,
    account: &str,
    sender: &str,
) -> Result<Option<Asker>> {
    let askers = askers(tx, world, account).await?;
    Ok(askers.into_iter().find(|asker| is_same_address(asker.jid.as_str(), sender)))
}

/// What is said to a question of ours.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Yes, no or block, and about whom.
    Word(BareJid, Verdict),
    /// Anything else, which is told to nobody; and who asks, while they do.
    Other(Option<Asker>),
}

/// What is said in a reply or a reaction to a question of ours. None when it is about something else;
/// what points at nothing is about what waits (`ops/waits.rs`).
///
/// # Errors
/// When the database does not answer.
pub async fn meant(tx: &mut Tx, world: &World, saying: &Saying) -> Result<Option<Reply>> {
    if matches!(saying.said, Said::Retraction { .. }) {
        return Ok(None);
    }
    let author = saying.author.as_str();
    for clue in &saying.clues {
        let Clue::Message(id) = clue else { continue };
        let Some(row) = sent_as(tx, author, id).await? else { continue };
        if row.carries() != Carries::Request {
            return Ok(None);
        }
        let Some(share) = tx.shares(&[ShareId(row.share_id)]).await?.pop() else { continue };
        let is_correction = matches!(saying.said, Said::Correction { .. });
        let verdict = Verdict::read(saying.said.words()).filter(|_| !is_correction);
        return Ok(Some(match (verdict, BareJid::new(&share.sender)) {
            (Some(verdict), Ok(sender)) => Reply::Word(sender, verdict),
            _ => Reply::Other(asker(tx, world, author, &share.sender).await?),
        }));
    }
    Ok(None)
}
