//! How much of everything somebody may ask for in a time: GCRA, kept in memory. A restart forgets it,
//! which gives everybody a full measure once. And how much at one time: of all that is worked on, and
//! of what goes through much of the database.

mod buckets;
mod flight;
mod kept;
mod measure;
mod numbers;
mod rate;
mod turns;

use std::time::{Duration, Instant};

use jid::BareJid;

use self::{
    buckets::{Buckets, Ticks},
    flight::{Flight, Holds},
    kept::{Kept, Part},
    numbers::Numbers,
    rate::Rate,
    turns::Turns,
};
pub use self::{
    flight::Place,
    measure::{Rates, TooMuch, WINDOW},
    turns::Turn,
};
use crate::domain::{
    address::domain_of,
    clock::{Clock, Millis},
    refusal::Refusal,
    site::{is_same, site},
};

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

/// Bytes on the disk of a row with its indexes, and what a byte of an address adds for each byte that
/// the address is long, as a divisor: it stands in eight indexes, and from 1,002 bytes on takes a
/// page of 4 KiB in each. Measured: 1,390 bytes a recipient with addresses of 40 bytes, 45,671 of
/// 1,000.
const ROW: usize = 1_400;
/// See [`ROW`].
const ADDRESS: usize = 30;

/// So many times somebody who is not understood is told so at once; after that once in a
/// [`WINDOW`].
const HELPED: u32 = 5;

/// What everybody has left.
#[derive(Debug)]
pub struct Limits {
    rates: Rates,
    asks: Rate,
    settles: Rate,
    kept: Kept,
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
    flight: Flight,
}

impl Limits {
    /// With these numbers.
    #[must_use]
    pub fn new(rates: Rates, clock: &Clock) -> Self {
        let ticks = Ticks::new(Instant::now(), clock);
        let of = |n: u32, within| Buckets::new(n.into(), within, rates.host.as_ref(), &ticks);
        let minute = |n| of(n, WINDOW);
        let hour = |n| of(n, Duration::from_hours(1));
        Self {
            asks: Rate::new(&rates, 1, &ticks),
            settles: Rate::new(&rates, SETTLES, &ticks),
            kept: Kept::new(&rates, &ticks),
            shares: hour(rates.shares),
            recipients: hour(rates.recipients),
            new_shares: hour(rates.new_shares),
            new_recipients: hour(rates.new_recipients),
            lookups: minute(rates.lookups),
            numbers: Numbers::new(rates.numbers, &ticks),
            links: minute(rates.stanzas),
            told: minute(1),
            helped: of(HELPED, HELPED * WINDOW),
            turns: Turns::new(),
            flight: Flight::default(),
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

    /// Places in which a stanza of so many bytes is worked on, until they are dropped; none when too
    /// many of theirs, of their server's or of all are being worked on.
    #[must_use]
    pub fn place(&self, from: &BareJid, bytes: usize) -> Option<Place> {
        let (rates, domain) = (&self.rates, from.domain().as_str());
        let is_held = !self.is_unlimited(from.as_str());
        let holds = Holds {
            account: is_held && rates.stanzas > 0,
            server: is_held && rates.domain_stanzas > 0,
            total: is_held && rates.total_stanzas > 0,
        };
        let is_own = self.host().is_none_or(|host| host == domain);
        let site = (!is_own).then(|| site(domain));
        self.flight.place(from.as_str(), site.as_deref(), bytes, holds)
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
        if self.is_unlimited(from.as_str()) {
            return None;
        }
        rate.take(from, self.is_own(from.domain().as_str()), n)
    }

    /// Counts what is kept for `who`, a bare JID: a row for each address of so many bytes, and so many
    /// bytes beside.
    pub fn keeps(&self, who: &str, addresses: impl IntoIterator<Item = usize>, bytes: usize) {
        self.keep(Part::Own, who, addresses, bytes);
    }

    /// Counts what is kept for those who follow a card of `who`, a bare JID: two rows and so many
    /// bytes for each address of so many.
    pub fn keeps_for_followers(
        &self,
        who: &str,
        addresses: impl ExactSizeIterator<Item = usize> + Clone,
        each: usize,
    ) {
        let bytes = each * addresses.len();
        self.keep(Part::Followers, who, addresses.clone().chain(addresses), bytes);
    }

    /// Counts a picture of so many bytes in what `who` has shown. How many those are has a limit for
    /// the account; that many of many accounts are counted with all else.
    pub fn keeps_picture(&self, who: &str, bytes: usize) {
        self.keep(Part::Pictures, who, [], bytes);
    }

    fn keep(
        &self,
        part: Part,
        who: &str,
        addresses: impl IntoIterator<Item = usize>,
        bytes: usize,
    ) {
        if self.is_unlimited(who) {
            return;
        }
        let long = |bytes: usize| bytes.pow(2) / ADDRESS;
        let theirs = long(who.len());
        let rows: usize = addresses.into_iter().map(|it| ROW + theirs + long(it)).sum();
        self.kept.add(part, who, self.other_server(who), (rows + bytes) as u64);
    }

    /// After how long something is kept for `who` again, a bare JID, for whom or whose server an
    /// hour has kept as much as it may; none when it is now.
    #[must_use]
    pub fn full_for(&self, who: &str) -> Option<Duration> {
        self.wait(Part::Own, who)
    }

    /// The same of what is kept for those who follow a card of `who`.
    #[must_use]
    pub fn full_for_followers(&self, who: &str) -> Option<Duration> {
        self.wait(Part::Followers, who)
    }

    fn wait(&self, part: Part, who: &str) -> Option<Duration> {
        if self.is_unlimited(who) {
            return None;
        }
        self.kept.wait(part, who, self.other_server(who))
    }

    /// The server of `who`, a bare JID, if it is another one than ours.
    fn other_server<'w>(&self, who: &'w str) -> Option<&'w str> {
        let server = domain_of(who);
        (!self.is_own(server)).then_some(server)
    }

    fn is_own(&self, domain: &str) -> bool {
        self.host().is_some_and(|host| host == domain)
    }

    /// Counts a share to so many. `joined`: when its sender did.
    ///
    /// # Errors
    /// When it is too much, or so much was kept for its sender that there is no room for it.
    pub fn share(
        &self,
        sender: &BareJid,
        recipients: usize,
        joined: Millis,
        now: Millis,
    ) -> Result<(), TooMuch> {
        if let Some(wait) = self.full_for(sender.as_str()) {
            return Err(TooMuch::Now(wait));
        }
        let is_new = now.since(joined) < self.rates.new_for;
        let (shares, people) = if is_new {
            (&self.new_shares, &self.new_recipients)
        } else {
            (&self.shares, &self.recipients)
        };
        if (shares.is_none() && people.is_none()) || self.is_unlimited(sender.as_str()) {
            return Ok(());
        }
        let sender = sender.as_str();
        // What the one refuses uses up nothing of the other.
        shares.as_ref().map_or(Ok(()), |it| it.look(sender, 1))?;
        take(people.as_ref(), sender, recipients)?;
        take(shares.as_ref(), sender, 1)
    }

    /// Counts so many codes that somebody wants opened.
    ///
    /// # Errors
    /// When they are too many.
    pub fn lookups(&self, who: &BareJid, codes: usize) -> Result<(), TooMuch> {
        if codes == 0 || self.is_unlimited(who.as_str()) {
            return Ok(());
        }
        take(self.lookups.as_ref(), who.as_str(), codes)
    }

    /// Counts that somebody follows a link to what another keeps: as many times in a minute as one
    /// account may ask. None when they may, else after how long they may again.
    #[must_use]
    pub fn follows(&self, link: &str) -> Option<Duration> {
        take(self.links.as_ref(), link, 1).err().map(|much| match much {
            TooMuch::Now(after) => after,
            TooMuch::Ever { .. } => WINDOW,
        })
    }

    /// Counts the numbers that somebody writes to or asks after and has not within a day.
    ///
    /// # Errors
    /// [`Refusal::TooManyNumbers`] when they are too many; then none of them counts.
    pub fn numbers(&self, who: &BareJid, numbers: &[String]) -> Result<(), Refusal> {
        match self
            .numbers
            .as_ref()
            .filter(|_| !numbers.is_empty() && !self.is_unlimited(who.as_str()))
        {
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

    fn is_unlimited(&self, jid: &str) -> bool {
        self.rates.unlimited.iter().any(|entry| {
            let account = entry.node().map(jid::NodeRef::as_str);
            let is_theirs = account.is_none() || account == jid.split_once('@').map(|(it, _)| it);
            is_theirs && is_same(domain_of(jid), entry.domain().as_str())
        })
    }
}

fn take(buckets: Option<&Buckets>, key: &str, n: usize) -> Result<(), TooMuch> {
    buckets.map_or(Ok(()), |buckets| buckets.take(key, n))
}

#[cfg(test)]
mod tests;
