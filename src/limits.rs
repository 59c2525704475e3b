//! How much of everything somebody may ask for in a time: GCRA (crate `governor`), kept in memory.
//! A restart forgets it, which gives everybody a full measure once.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher,
    num::NonZeroU32,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use governor::{
    Quota, RateLimiter, clock, middleware::NoOpMiddleware, state::keyed::HashMapStateStore,
};
use jid::BareJid;

use crate::domain::{
    clock::{Clock, Millis},
    refusal::Refusal,
};

/// Addresses of whom a limit remembers something at a time, at 32 bytes each. Beyond that,
/// strangers share [`SHARED`] measures.
const MOST: usize = 50_000;
/// See [`MOST`].
const SHARED: u64 = 1_024;
/// Addresses that may be remembered before those that have recovered are looked for first.
const FEW: usize = 1_024;
/// Seconds for which nothing is looked for again when everything was still in use.
const FULL: u64 = 10;
/// How long nobody is told again that he is too fast: the window of the stanza limits.
pub const WINDOW: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

/// The operator's numbers; 0 is no limit.
#[derive(Debug, Clone, Default)]
pub struct Rates {
    /// IQ requests and messages of one account, in a minute.
    pub stanzas: u32,
    /// The same of all accounts of one other server together.
    pub domain_stanzas: u32,
    /// The same of everybody.
    pub total_stanzas: u32,
    /// Shares of one account, in an hour.
    pub shares: u32,
    /// Recipients of all shares of one account, in an hour.
    pub recipients: u32,
    /// Codes that one account looks up or passes on, in a minute.
    pub lookups: u32,
    /// Phone numbers, each once, that one account asks after in a day.
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
    stanzas: Option<Buckets>,
    domain_stanzas: Option<Buckets>,
    total_stanzas: Option<Buckets>,
    shares: Option<Buckets>,
    recipients: Option<Buckets>,
    new_shares: Option<Buckets>,
    new_recipients: Option<Buckets>,
    lookups: Option<Buckets>,
    numbers: Option<Numbers>,
    told: Option<Buckets>,
}

impl Limits {
    /// With these numbers.
    #[must_use]
    pub fn new(rates: Rates, clock: &Clock) -> Self {
        let ticks = Ticks { begun: Instant::now(), clock: clock.clone() };
        let minute = |n| Buckets::new(n, WINDOW, &ticks);
        let hour = |n| Buckets::new(n, Duration::from_hours(1), &ticks);
        Self {
            stanzas: minute(rates.stanzas),
            domain_stanzas: minute(rates.domain_stanzas),
            total_stanzas: minute(rates.total_stanzas),
            shares: hour(rates.shares),
            recipients: hour(rates.recipients),
            new_shares: hour(rates.new_shares),
            new_recipients: hour(rates.new_recipients),
            lookups: minute(rates.lookups),
            numbers: Numbers::new(rates.numbers, &ticks),
            told: minute(1),
            rates,
        }
    }

    /// Without any.
    #[must_use]
    pub fn none() -> Self {
        Self::new(Rates::default(), &Clock::System)
    }

    /// Whether stanzas are counted at all.
    #[must_use]
    pub fn counts_stanzas(&self) -> bool {
        [&self.stanzas, &self.domain_stanzas, &self.total_stanzas].iter().any(|it| it.is_some())
    }

    /// Counts a stanza that asks for something: what its server may, then what its sender may, then
    /// what all may. None when it is taken, else after how long the next one is.
    #[must_use]
    pub fn stanza(&self, from: &BareJid) -> Option<Duration> {
        if self.is_unlimited(from) {
            return None;
        }
        let domain = from.domain();
        // One server can make as many addresses as it likes.
        let is_remote = self.rates.host.as_ref().is_none_or(|host| host.domain() != domain);
        let domain = is_remote.then(|| take(self.domain_stanzas.as_ref(), domain.as_str(), 1));
        let taken = domain
            .unwrap_or(Ok(()))
            .and_then(|()| take(self.stanzas.as_ref(), from.as_str(), 1))
            .and_then(|()| take(self.total_stanzas.as_ref(), "", 1));
        taken.err().map(wait)
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

    /// Counts the numbers that somebody asks after and has not within a day. Whether he may.
    #[must_use]
    pub fn numbers(&self, who: &BareJid, numbers: &[String]) -> bool {
        let counted = self.numbers.as_ref().filter(|_| !self.is_unlimited(who));
        counted.is_none_or(|counted| counted.take(who.as_str(), numbers))
    }

    /// Whether somebody may be told now that he is too fast; if so, that is remembered.
    #[must_use]
    pub fn may_tell(&self, whom: &BareJid) -> bool {
        take(self.told.as_ref(), whom.as_str(), 1).is_ok()
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

fn wait(much: TooMuch) -> Duration {
    match much {
        TooMuch::Now(wait) => wait,
        TooMuch::Ever { .. } => WINDOW,
    }
}

/// One limit, for everybody apart.
#[derive(Debug)]
struct Buckets {
    limiter: RateLimiter<u64, HashMapStateStore<u64>, Ticks, NoOpMiddleware<Duration>>,
    ticks: Ticks,
    /// So that nobody can choose whose measure he shares.
    hasher: RandomState,
    /// So many remembered, those that have recovered are forgotten.
    clean_at: AtomicUsize,
    /// Until when strangers share, in seconds of the clock.
    full_until: AtomicU64,
}

impl Buckets {
    fn new(n: u32, within: Duration, ticks: &Ticks) -> Option<Self> {
        let n = NonZeroU32::new(n)?;
        let quota = Quota::with_period(within / n.get())?.allow_burst(n);
        Some(Self {
            limiter: RateLimiter::hashmap_with_clock(quota, ticks.clone()),
            ticks: ticks.clone(),
            hasher: RandomState::new(),
            clean_at: AtomicUsize::new(FEW),
            full_until: AtomicU64::new(0),
        })
    }

    fn take(&self, key: &str, n: usize) -> Result<(), TooMuch> {
        let Some(n) = u32::try_from(n).ok().and_then(NonZeroU32::new) else { return Ok(()) };
        let key = self.key(key);
        match self.limiter.check_key_n(&key, n) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(not_until)) => {
                let wait = not_until.wait_time_from(clock::Clock::now(&self.ticks));
                // Whoever comes at the very second that he is told is not too early.
                Err(TooMuch::Now(Duration::from_secs(wait.as_secs() + 1)))
            }
            Err(capacity) => {
                Err(TooMuch::Ever { max: usize::try_from(capacity.0).unwrap_or(usize::MAX) })
            }
        }
    }

    /// What stands for `key`.
    fn key(&self, key: &str) -> u64 {
        let hash = self.hasher.hash_one(key);
        if self.limiter.len() < self.clean_at.load(Ordering::Relaxed) {
            return hash;
        }
        let now = clock::Clock::now(&self.ticks).as_secs();
        if now >= self.full_until.load(Ordering::Relaxed) {
            self.limiter.retain_recent();
            let left = self.limiter.len();
            self.clean_at.store((left * 2).clamp(FEW, MOST), Ordering::Relaxed);
            if left < MOST {
                return hash;
            }
            self.full_until.store(now + FULL, Ordering::Relaxed);
        }
        hash % SHARED
    }
}

/// Which numbers each has asked after. Only those are remembered who have shown a number of their
/// own, and of each no more than he may ask after.
#[derive(Debug)]
struct Numbers {
    most: usize,
    ticks: Ticks,
    hasher: RandomState,
    /// By who asks: hashes of the numbers, and until when each counts.
    asked: Mutex<HashMap<u64, Vec<(u64, Duration)>>>,
}

impl Numbers {
    fn new(most: u32, ticks: &Ticks) -> Option<Self> {
        let most = usize::try_from(most).ok().filter(|most| *most > 0)?;
        let (ticks, hasher) = (ticks.clone(), RandomState::new());
        Some(Self { most, ticks, hasher, asked: Mutex::default() })
    }

    fn take(&self, who: &str, numbers: &[String]) -> bool {
        let now = clock::Clock::now(&self.ticks);
        let mut all = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= FEW {
            all.retain(|_, asked| asked.iter().any(|(_, until)| *until > now));
        }
        let asked = all.entry(self.hasher.hash_one(who)).or_default();
        asked.retain(|(_, until)| *until > now);
        let mut new: Vec<u64> = numbers.iter().map(|it| self.hasher.hash_one(it)).collect();
        new.retain(|number| asked.iter().all(|(known, _)| known != number));
        let fits = asked.len() + new.len() <= self.most;
        if fits {
            asked.extend(new.into_iter().map(|number| (number, now + DAY)));
        }
        fits
    }
}

/// Time that only goes on: from the start of the process, or from a test.
#[derive(Debug, Clone)]
struct Ticks {
    begun: Instant,
    clock: Clock,
}

impl clock::Clock for Ticks {
    type Instant = Duration;

    fn now(&self) -> Duration {
        match &self.clock {
            Clock::System => self.begun.elapsed(),
            Clock::Manual(_) => self.clock.now().since(Millis(0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, atomic::AtomicI64};

    use super::*;

    fn jid(text: &str) -> BareJid {
        text.parse().unwrap()
    }

    fn limits(rates: Rates) -> (Limits, Arc<AtomicI64>) {
        let at = Arc::new(AtomicI64::new(1_000_000));
        let host = Some(jid("x"));
        let clock = Clock::Manual(Arc::clone(&at));
        (Limits::new(Rates { host, ..rates }, &clock), at)
    }

    #[test]
    fn a_minute_holds_so_many_stanzas_and_the_wait_that_is_told_is_enough() {
        let (limits, at) = limits(Rates { stanzas: 3, ..Rates::default() });
        let romeo = jid("romeo@x");
        assert!((0..3).all(|_| limits.stanza(&romeo).is_none()));
        let wait = limits.stanza(&romeo).expect("too fast");
        assert!(wait <= Duration::from_secs(21), "{wait:?}");
        assert_eq!(limits.stanza(&jid("juliet@x")), None, "nobody else");
        at.fetch_add(i64::try_from(wait.as_millis()).unwrap(), Ordering::SeqCst);
        assert_eq!(limits.stanza(&romeo), None);
        assert!(limits.stanza(&romeo).is_some());
    }

    #[test]
    fn the_addresses_of_another_server_share_its_measure_and_all_share_the_total() {
        let (limits, _) = limits(Rates { domain_stanzas: 2, total_stanzas: 4, ..Rates::default() });
        let taken = |who: &str| limits.stanza(&jid(who)).is_none();
        assert!(taken("a@evil") && taken("b@evil") && !taken("c@evil"));
        assert!(taken("a@x") && taken("b@x") && !taken("c@x"), "the total");
    }

    #[test]
    fn whoever_is_named_has_no_limits_and_whoever_is_new_has_less() {
        let rates = Rates {
            shares: 5,
            new_shares: 1,
            new_recipients: 3,
            lookups: 2,
            numbers: 2,
            new_for: Duration::from_hours(24),
            unlimited: vec![jid("bot@x"), jid("shop")],
            ..Rates::default()
        };
        let (limits, _) = limits(rates);
        let (joined, day) = (Millis(0), Millis(86_400_000));
        let share = |who: &str, n, now| limits.share(&jid(who), n, joined, now);
        assert_eq!(share("romeo@x", 4, Millis(9)), Err(TooMuch::Ever { max: 3 }));
        assert_eq!(share("romeo@x", 1, Millis(9)), Ok(()));
        assert!(matches!(share("romeo@x", 1, Millis(9)), Err(TooMuch::Now(_))));
        assert!((0..5).all(|_| share("romeo@x", 200, day).is_ok()));
        assert!(share("romeo@x", 1, day).is_err());
        for who in ["bot@x", "anybody@shop"] {
            assert!((0..99).all(|_| share(who, 200, Millis(9)).is_ok()));
            assert!((0..99).all(|_| limits.lookups(&jid(who), 5).is_ok()));
        }
        assert!(limits.lookups(&jid("romeo@x"), 2).is_ok());
        assert!(limits.lookups(&jid("romeo@x"), 1).is_err());
    }

    #[test]
    fn a_day_holds_so_many_different_numbers_and_none_of_a_refused_request_counts() {
        let (limits, at) = limits(Rates { numbers: 2, ..Rates::default() });
        let asks = |who: &str, numbers: &[&str]| {
            let numbers: Vec<String> = numbers.iter().map(|it| (*it).to_owned()).collect();
            limits.numbers(&jid(who), &numbers)
        };
        assert!(!asks("a@x", &["1", "2", "3"]) && asks("a@x", &["1"]));
        assert!(asks("a@x", &["2", "1"]) && asks("a@x", &["2"]), "again is not another");
        assert!(!asks("a@x", &["3"]) && !asks("a@x", &["3"]), "not at the second time either");
        assert!(asks("b@x", &["3"]));
        at.fetch_add(86_400_000, Ordering::SeqCst);
        assert!(asks("a@x", &["3"]));
    }

    #[test]
    fn what_is_remembered_is_bounded_and_forgotten_once_it_says_nothing() {
        let (limits, at) = limits(Rates { stanzas: 60, ..Rates::default() });
        for n in 0..MOST * 2 {
            let _ = limits.stanza(&jid(&format!("{n}@x")));
        }
        let kept = || limits.stanzas.as_ref().unwrap().limiter.len();
        assert!(kept() <= MOST + usize::try_from(SHARED).unwrap(), "{}", kept());
        at.fetch_add(60_000, Ordering::SeqCst);
        let _ = limits.stanza(&jid("romeo@x"));
        assert!(kept() <= 1 + usize::try_from(SHARED).unwrap(), "{}", kept());
    }

    #[test]
    fn that_he_is_too_fast_is_told_once_in_a_window() {
        let (limits, at) = limits(Rates::default());
        let romeo = jid("romeo@x");
        assert!(limits.may_tell(&romeo) && !limits.may_tell(&romeo));
        at.fetch_add(60_000, Ordering::SeqCst);
        assert!(limits.may_tell(&romeo));
    }

    #[test]
    fn without_numbers_there_are_no_limits() {
        let limits = Limits::none();
        assert!(!limits.counts_stanzas());
        assert!((0..1_000).all(|_| limits.stanza(&jid("a@b")).is_none()));
        assert!(limits.share(&jid("a@b"), 200, Millis(0), Millis(0)).is_ok());
    }
}
