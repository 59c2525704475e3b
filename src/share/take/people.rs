//! Whom a group of shares touches: what they may do, what they are called, and when it is their
//! turn.

use std::collections::{HashMap, HashSet};

use jid::BareJid;

use crate::{
    account::store::{Account, Counters},
    db::{Result, Tx},
    domain::{
        address::Address, clock::Millis, delivery::State, refusal::Refusal, share::Submission,
    },
    outbox::store::NewDelivery,
    people::consent::ask_of,
    wire::product::write::recording_to_xml,
    world::World,
};

/// When the queued deliveries of one sender are due: one a millisecond. Whoever sends to
/// thousands queues behind themselves, and not in front of others.
pub(super) struct Pace {
    pub(super) next: Millis,
    step: i64,
}

impl Pace {
    pub(super) fn next_due(&mut self) -> Millis {
        let due = self.next;
        self.next = Millis(due.0 + self.step);
        due
    }
}

/// The accounts that a group of submissions touches, and what it moves on in them.
pub(super) struct People {
    accounts: HashMap<String, Account>,
    before: HashMap<String, (i64, Millis)>,
    /// For whom something is queued or parked already, as far as that was looked up.
    behind: HashSet<String>,
}

impl People {
    pub(super) async fn load(tx: &mut Tx, group: &[Submission]) -> Result<Self> {
        let mut jids: Vec<String> = group
            .iter()
            .flat_map(|submission| {
                let recipients = submission.recipients.iter().filter_map(|address| address.jid());
                recipients.chain([&submission.sender])
            })
            .map(ToString::to_string)
            .collect();
        jids.sort_unstable();
        jids.dedup();
        let accounts = tx.accounts(&jids).await?;
        let before = accounts
            .iter()
            .map(|account| (account.jid.clone(), (account.next_handle, account.paced_until)))
            .collect();
        let accounts = accounts.into_iter().map(|account| (account.jid.clone(), account)).collect();
        Ok(Self { accounts, before, behind: HashSet::new() })
    }

    /// Looks up for whom something waits already.
    pub(super) async fn look_behind(&mut self, tx: &mut Tx) -> Result<()> {
        let jids: Vec<String> = self.accounts.keys().cloned().collect();
        self.behind = tx.waiting(&jids).await?.into_iter().collect();
        Ok(())
    }

    /// Whether something that waits for them goes before what comes now.
    pub(super) fn are_behind(&self, jid: &str) -> bool {
        self.behind.contains(jid)
    }

    /// Whether nothing but their quiet hours holds up what is sent to them.
    pub(super) fn are_quiet(&self, jid: &str, now: Millis) -> bool {
        self.accounts.get(jid).is_some_and(|account| account.is_only_quiet(now))
    }

    /// Whether it is on its way to somebody who takes part, as its sender sees.
    pub(super) fn are_reached_by(&self, it: &NewDelivery, now: Millis) -> bool {
        let is_let_go = matches!(it.delivery.state, State::Queued | State::Claimed);
        let account = self.accounts.get(&it.rcpt).filter(|_| is_let_go);
        account.is_some_and(|account| account.suspended_until <= now)
    }

    pub(super) fn have_joined(&self, jid: &str) -> bool {
        self.accounts.contains_key(jid)
    }

    /// Whether a client of theirs acknowledges cards.
    pub(super) fn acks(&self, jid: &str) -> bool {
        self.accounts.get(jid).is_some_and(|account| account.acks)
    }

    /// Whether its sender may send it at all, and now.
    pub(super) fn may_send(
        &self,
        world: &World,
        it: &Submission,
    ) -> std::result::Result<(), Refusal> {
        let Some(sender) = self.accounts.get(it.sender.as_str()) else {
            return Err(Refusal::NotRegistered);
        };
        if sender.barred {
            return Err(Refusal::Barred);
        }
        let (joined, limits) = (sender.joined_at, &world.rules.limits);
        // Its giver has changed a card once, however many follow it (`own_card::follow`).
        if !it.is_update() {
            limits.share(&it.sender, it.recipients.len(), joined, world.now)?;
            let is_number = |it: &&Address| matches!(it, Address::Tel(_));
            let numbers: Vec<String> =
                it.recipients.iter().filter(is_number).map(ToString::to_string).collect();
            limits.numbers(&it.sender, &numbers)?;
        }
        Ok(())
    }

    /// Counts what is kept of it. What was typed may be written to as well, and counts twice whether
    /// it is or not.
    pub(super) fn keeps(world: &World, it: &Submission) {
        // Followers have a measure of their own (`own_card::follow`).
        if it.is_update() {
            return;
        }
        let card = it.offer.as_ref().map_or(0, |made| made.offer.card.to_string().len());
        let typed = it.recipients.iter().filter(|it| it.jid().is_none());
        let rows = it.recipients.iter().chain(typed).map(Address::bytes);
        let comment = it.comment.as_ref().map_or(0, |comment| comment.text.len());
        let spoken = it.recording.as_deref().map_or(0, |it| recording_to_xml(it).len());
        let bytes = it.xml.len() + card + comment + spoken;
        world.rules.limits.keeps(it.sender.as_str(), rows, bytes);
    }

    /// Each sender with those whom they send to by the address of an account, and the account; without
    /// whoever follows a card: they have said that its changes may come, by taking it.
    pub(super) fn pairs<'p>(
        &'p self,
        group: &'p [Submission],
    ) -> impl Iterator<Item = (&'p BareJid, &'p BareJid, &'p Account)> {
        group.iter().filter(|it| !it.is_update()).flat_map(|it| {
            let to = it.recipients.iter().filter_map(Address::jid);
            to.filter_map(|jid| Some((&it.sender, jid, self.accounts.get(jid.as_str())?)))
        })
    }

    /// Those who have sent one of `sent` to the address of somebody about whom they are asked, each
    /// with that recipient. Nobody sends a change of their card: it goes to whoever follows that.
    pub(super) fn strangers<'s>(
        &self,
        world: &World,
        sent: impl Iterator<Item = &'s Submission>,
    ) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        for it in sent.filter(|it| !it.is_update()) {
            let Some(account) = self.accounts.get(it.sender.as_str()) else { continue };
            let ask = ask_of(world, account);
            let to = it.recipients.iter().filter_map(Address::jid);
            let strangers = to.filter(|to| ask.asks(to, &it.sender));
            pairs.extend(strangers.map(|to| (it.sender.to_string(), to.to_string())));
        }
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    }

    pub(super) fn account(&mut self, jid: &str) -> Option<&mut Account> {
        self.accounts.get_mut(jid)
    }

    pub(super) fn nick(&self, jid: &str) -> Option<String> {
        self.accounts.get(jid).and_then(|account| account.nick.clone())
    }

    pub(super) fn handle(&mut self, jid: &str) -> i64 {
        self.accounts.get_mut(jid).map_or(0, |account| {
            account.next_handle += 1;
            account.next_handle - 1
        })
    }

    /// The last number that was given to what they send is free again.
    pub(super) fn take_back(&mut self, jid: &str) {
        if let Some(account) = self.accounts.get_mut(jid) {
            account.next_handle -= 1;
        }
    }

    pub(super) fn pace(&self, it: &Submission, now: Millis) -> Pace {
        // What they send next would be later by as many as follow their card.
        if it.is_update() {
            return Pace { next: now, step: 0 };
        }
        let sender = self.accounts.get(it.sender.as_str());
        let next = sender.map_or(now, |account| account.paced(now));
        let step = i64::from(it.recipients.len() > 1 || next > now);
        Pace { next, step }
    }

    pub(super) fn paced(&mut self, it: &Submission, pace: &Pace) {
        if let Some(account) = self.accounts.get_mut(it.sender.as_str()).filter(|_| !it.is_update())
        {
            account.paced_until = pace.next;
        }
    }

    pub(super) fn moved(self) -> Vec<Counters> {
        self.accounts
            .into_values()
            .filter(|account| {
                self.before.get(&account.jid) != Some(&(account.next_handle, account.paced_until))
            })
            .map(|account| Counters {
                jid: account.jid,
                next_handle: account.next_handle,
                paced_until: account.paced_until,
            })
            .collect()
    }
}
