//! How much of everything somebody may ask for in a time: GCRA (crate `governor`), kept in memory.
//! A restart forgets it, which gives everybody a full measure once. And how much at one time, of
//! what goes through much of the database.

mod buckets;
mod numbers;
mod rate;
mod turns;

use std::time::{Duration, Instant};

use jid::BareJid;

pub use self::turns::Turn;
use self::{
    buckets::{Buckets, Ticks},
    numbers::Numbers,
    rate::Rate,
    turns::Turns,
};
use crate::domain::{
    clock::{Clock, Millis},
    refusal::Refusal,
};

/// How long nobody is told again that they are too fast: the window of the stanza limits.
pub const WINDOW: Duration = Duration::from_mins(1);
/// So many times as much may come in that settles something as that asks for something: whoever
/// is sent a lot confirms a lot.
const SETTLES: u32 = 20;
/// Bytes of a stanza that asks for something for which it counts as one more: reading takes longer,
/// the longer it is.
const LARGE: usize = 16 << 10;
/// The same of one that settles something. What is as large as 20 receipts is read as seldom.
const SMALL: usize = 1 << 10;
/// Bytes that were gone through for which a search counts as one more.
const MUCH: usize = 1 << 20;

/// So many times somebody who is not understood is told so at once; after that once in a
/// [`WINDOW`].
const HELPED: u32 = 5;

/// The operator's numbers; 0 is no limit.
#[derive(Debug, Clone, Default)]
pub struct Rates {
    /// Stanzas of one account that ask for something, in a minute. Of those that settle something,
    /// or that nobody asked for, twenty times as many.
    pub stanzas: u32,
    /// The same of all accounts of one other server together, its subdomains among them.
    pub domain_stanzas: u32,
    /// The same of everybody, of which a third is for the server's own people.
    pub total_stanzas: u32,
    /// Shares of one account, in an hour.
    pub shares: u32,
    /// Recipients of all shares of one account, in an hour.
    pub recipients: u32,
    /// Codes that one account looks up or passes on, in a minute.
    pub lookups: u32,
    /// Phone numbers, each once, that one account writes to or asks after in a day.
    pub numbers: u32,
    /// Shares of an account that is new.
    pub new_shares: u32,
    /// Recipients of an account that is new.
    pub new_recipients: u32,
    /// How long an account is new.
    pub new_for: Duration,
    /// Accounts and domains for whom none of this holds.
    pub unlimited: Vec<BareJid>,
    /// The server's own domain; every other is another server's.
    pub host: Option<BareJid>,
}

/// Why something is too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooMuch {
    /// It can be asked again after so long.
    Now(Duration),
    /// It is more than one hour ever allows.
    Ever {
        /// What an hour allows.
        max: usize,
    },
}

impl From<TooMuch> for Refusal {
    fn from(much: TooMuch) -> Self {
        match much {
            TooMuch::Now(after) => Self::TooFast { after },
            TooMuch::Ever { max } => Self::TooManyRecipients { max },
        }
    }
}

/// What everybody has left.
#[derive(Debug)]
pub struct Limits {
    rates: Rates,
    asks: Rate,
    settles: Rate,
    shares: Option<Buckets>,
    recipients: Option<Buckets>,
    new_shares: Option<Buckets>,
    new_recipients: Option<Buckets>,
    lookups: Option<Buckets>,
    numbers: Option<Numbers>,
    links: Option<Buckets>,
    told: Option<Buckets>,
    helped: Option<Buckets>,
    turns: Turns,
}

impl Limits {
    /// With these numbers.
    #[must_use]
    pub fn new(rates: Rates, clock: &Clock) -> Self {
        let ticks = Ticks::new(Instant::now(), clock);
        let minute = |n| Buckets::new(n, WINDOW, &ticks);
        let hour = |n| Buckets::new(n, Duration::from_hours(1), &ticks);
        Self {
            asks: Rate::new(&rates, 1, &ticks),
            settles: Rate::new(&rates, SETTLES, &ticks),
            shares: hour(rates.shares),
            recipients: hour(rates.recipients),
            new_shares: hour(rates.new_shares),
            new_recipients: hour(rates.new_recipients),
            lookups: minute(rates.lookups),
            numbers: Numbers::new(rates.numbers, &ticks),
            links: minute(rates.stanzas),
            told: minute(1),
            helped: Buckets::new(HELPED, HELPED * WINDOW, &ticks),
            turns: Turns::new(),
            rates,
        }
    }

    /// Without any.
    #[must_use]
    pub fn none() -> Self {
        Self::new(Rates::default(), &Clock::System)
    }

    /// Counts a stanza of so many bytes that asks for something: as one, and as one more for every
    /// 16 KiB. None when it is taken, else after how long the next one is.
    #[must_use]
    pub fn asks(&self, from: &BareJid, bytes: usize) -> Option<Duration> {
        self.take(&self.asks, from, 1 + bytes / LARGE)
    }

    /// Counts so many more, because a stanza that was taken asks for so many things. None when they
    /// are taken, else after how long the next ones are.
    #[must_use]
    pub fn more(&self, from: &BareJid, n: usize) -> Option<Duration> {
        if n == 0 { None } else { self.take(&self.asks, from, n) }
    }

    /// A turn at going through much of the database on behalf of `who`; none when too many of theirs
    /// wait for one already, or when it has not come after five seconds. Nobody is exempt.
    pub async fn turn(&self, who: &str) -> Option<Turn> {
        self.turns.take(who).await
    }

    /// The same for what is bounded elsewhere: it waits however long it takes.
    pub async fn later_turn(&self, who: &str) -> Option<Turn> {
        self.turns.wait(who).await
    }

    /// Counts so many bytes that were gone through for somebody: as one more for every MiB, as
    /// far as they have so much left.
    pub fn went_through(&self, from: &BareJid, bytes: usize) {
        // More than is left at once would take nothing.
        let _ = (0..bytes / MUCH).find(|_| self.more(from, 1).is_some());
    }

    /// Counts a stanza that settles something, such as a receipt, an error, an answer or presence,
    /// and one of which it is not known yet: as one, and as one more for every KiB. Whether it is
    /// taken.
    #[must_use]
    pub fn settles(&self, from: &BareJid, bytes: usize) -> bool {
        self.take(&self.settles, from, 1 + bytes / SMALL).is_none()
    }

    fn take(&self, rate: &Rate, from: &BareJid, n: usize) -> Option<Duration> {
        if self.is_unlimited(from) {
            return None;
        }
        let host = self.rates.host.as_ref();
        rate.take(from, host.is_some_and(|host| host.domain() == from.domain()), n)
    }

    /// Counts a share to so many. `joined`: when its sender did.
    ///
    /// # Errors
    /// When it is too much.
    pub fn share(
        &self,
        sender: &BareJid,
        recipients: usize,
        joined: Millis,
        now: Millis,
    ) -> Result<(), TooMuch> {
        let is_new = now.since(joined) < self.rates.new_for;
        let (shares, people) = if is_new {
            (&self.new_shares, &self.new_recipients)
        } else {
            (&self.shares, &self.recipients)
        };
        if (shares.is_none() && people.is_none()) || self.is_unlimited(sender) {
            return Ok(());
        }
        take(people.as_ref(), sender.as_str(), recipients)?;
        take(shares.as_ref(), sender.as_str(), 1)
    }

    /// Counts so many codes that somebody wants opened.
    ///
    /// # Errors
    /// When they are too many.
    pub fn lookups(&self, who: &BareJid, codes: usize) -> Result<(), TooMuch> {
        if codes == 0 || self.is_unlimited(who) {
            return Ok(());
        }
        take(self.lookups.as_ref(), who.as_str(), codes)
    }

    /// Counts that somebody follows a link to what another keeps: as many times in a minute as one
    /// account may ask. Whether they may.
    #[must_use]
    pub fn follows(&self, link: &str) -> bool {
        take(self.links.as_ref(), link, 1).is_ok()
    }

    /// Counts the numbers that somebody writes to or asks after and has not within a day.
    ///
    /// # Errors
    /// [`Refusal::TooManyNumbers`] when they are too many; then none of them counts.
    pub fn numbers(&self, who: &BareJid, numbers: &[String]) -> Result<(), Refusal> {
        match self.numbers.as_ref().filter(|_| !numbers.is_empty() && !self.is_unlimited(who)) {
            Some(counted) => counted.take(who.as_str(), numbers),
            None => Ok(()),
        }
    }

    /// The server's own domain, if it is known.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.rates.host.as_ref().map(|host| host.domain().as_str())
    }

    /// Whether somebody may be told now that they are too fast; if so, that is remembered.
    #[must_use]
    pub fn may_tell(&self, whom: &BareJid) -> bool {
        take(self.told.as_ref(), whom.as_str(), 1).is_ok()
    }

    /// Whether somebody may be told now what the service understands; if so, that is remembered. A
    /// program that answers whatever it is sent, another service among them, would otherwise be
    /// answered for ever.
    #[must_use]
    pub fn may_help(&self, whom: &BareJid) -> bool {
        take(self.helped.as_ref(), whom.as_str(), 1).is_ok()
    }

    fn is_unlimited(&self, jid: &BareJid) -> bool {
        self.rates.unlimited.iter().any(|entry| match entry.node() {
            Some(_) => entry == jid,
            None => entry.domain() == jid.domain(),
        })
    }
}

fn take(buckets: Option<&Buckets>, key: &str, n: usize) -> Result<(), TooMuch> {
    buckets.map_or(Ok(()), |buckets| buckets.take(key, n))
}

#[cfg(test)]
mod tests;
