//! The first contact is asked about (S0.5): what becomes of what a stranger sends, and what the
//! recipient's word does to it.
//!
//! A question is a row of `delivery` that carries [`Carries::Request`], about the first thing that
//! waits: so it goes out, is lost and found again like everything else. What waits is held. What
//! comes from somebody who was refused or blocked is kept as cancelled: until it expires, its
//! sender is told the same as of anybody who is away.

mod asker;
mod effect;
mod places;
mod refusal;
mod word;

use std::collections::{BTreeMap, HashMap, HashSet};

use jid::BareJid;

pub(crate) use self::{
    asker::asker,
    places::{ask_on, end_questions, expired, known, left},
    refusal::{Refusal, about, is_unheard, refusal, refusing},
    word::go_on,
};
use self::{asker::question, places::Places, refusal::word};
pub(crate) use self::{
    asker::{Asker, askers},
    places::lapse,
    refusal::{ask_of, fate_of_note},
    word::{SAID_MAX, blocked_by, decide, unblock, unblock_all},
};
use crate::{
    account::store::Account,
    db::{Result, Tx},
    domain::{
        consent::{Fate, Verdict},
        conversation::{Clue, Said, Saying},
        id::{DeliveryId, ShareId},
        note::Carries,
        site::covering,
    },
    outbox::{message::sent_as, store_note::NewNotice},
    people::store::ConsentRow,
    world::World,
};

/// So many of the things that somebody was last sent under their address are looked at: the senders
/// of those need not be asked about them.
const LATELY: i64 = 500;

/// What the recipients of a group of shares have said about its senders. Empty, and no statement
/// is run, unless somebody wants to be asked or has ever refused anybody.
#[derive(Debug, Default)]
pub(crate) struct Guard {
    /// By recipient and sender: what the recipient said, or nothing; then the recipient has to be
    /// asked.
    said: HashMap<(String, BareJid), Option<Verdict>>,
    /// The questions that are open, by recipient.
    open: HashMap<String, Places>,
    rows: Vec<ConsentRow>,
    questions: Vec<NewNotice>,
}

impl Guard {
    /// Of these senders, each with somebody whom they send to, and that one's account.
    pub(crate) async fn load<'p>(
        tx: &mut Tx,
        world: &World,
        sent: impl Iterator<Item = (&'p BareJid, &'p BareJid, &'p Account)>,
    ) -> Result<Self> {
        let mut guard = Self::default();
        // By sender: whom they send to, and whether those want to be asked about the sender.
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
                    // The recipient does not want to be asked any more.
                    None | Some(Verdict::Asked) if !asks => Some(Verdict::Yes),
                    said => said,
                };
                guard.said.insert((rcpt, sender.clone()), verdict);
            }
        }
        Ok(guard)
    }

    /// Nothing was said: a recipient who has sent the sender something need not be asked. It does
    /// not count that they typed a number which is the sender's: what the sender sends would tell
    /// them whose it is. `known`: who has sent the sender something, once that was looked up.
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
            known.insert(senders.into_iter().collect())
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

    /// What becomes of a share, the delivery `about`, to somebody who has joined; they are asked if
    /// they have to be.
    pub(crate) fn fate(
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
    pub(crate) async fn keep(self, tx: &mut Tx) -> Result<()> {
        tx.set_consents(&self.rows).await?;
        for (rcpt, places) in &self.open {
            places.keep(tx, rcpt).await?;
        }
        tx.insert_notices(&self.questions).await
    }
}

/// What is said to a question of ours.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// Yes, no or block, and about whom.
    Word(BareJid, Verdict),
    /// Anything else, which is told to nobody; and who asks, while they do.
    Other(Option<Asker>),
}

/// What is said in a reply or a reaction to a question of ours. None when it is about something else;
/// what points at nothing is about what waits (`talk/waiting.rs`).
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn meant(tx: &mut Tx, world: &World, saying: &Saying) -> Result<Option<Reply>> {
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
