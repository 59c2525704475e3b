//! How many stanzas come in: of an account, of a server, of all other servers, of everybody.

use std::time::Duration;

use jid::BareJid;

use super::{
    buckets::{Buckets, Ticks},
    measure::{Rates, TooMuch, WINDOW},
};
use crate::domain::site::site;

/// How many stanzas of one kind come in.
#[derive(Debug)]
pub(super) struct Rate {
    account: Option<Buckets>,
    /// One server can make as many addresses as it likes.
    server: Option<Buckets>,
    /// All other servers together: a third of the total is left to the server's own people.
    others: Option<Buckets>,
    total: Option<Buckets>,
}

impl Rate {
    /// So many times what is allowed in a minute.
    pub(super) fn new(rates: &Rates, times: u32, ticks: &Ticks) -> Self {
        let (host, times) = (rates.host.as_ref(), u64::from(times));
        let minute = |n: u32| Buckets::new(u64::from(n) * times, WINDOW, host, ticks);
        Self {
            account: minute(rates.stanzas),
            server: minute(rates.domain_stanzas),
            others: minute(of_others(rates.total_stanzas)),
            total: minute(rates.total_stanzas),
        }
    }

    /// Counts one of `from` as so many, or as a whole measure if that is less. None when it is taken,
    /// else after how long the next one is.
    ///
    /// It is in the measure of all, of all other servers, of its server and of its account, or in
    /// none: what one of them refuses uses up nothing of the others, or a fast account would speak
    /// for all of its server, and whoever comes when all have had theirs would lose their own.
    pub(super) fn take(&self, from: &BareJid, is_own: bool, n: usize) -> Option<Duration> {
        let site = site(from.domain().as_str());
        let all = [
            (self.total.as_ref(), ""),
            (self.others.as_ref().filter(|_| !is_own), ""),
            (self.server.as_ref().filter(|_| !is_own), &*site),
            (self.account.as_ref(), from.as_str()),
        ];
        let counted = || all.iter().filter_map(|(buckets, key)| Some(((*buckets)?, *key)));
        let longest =
            counted().filter_map(|(it, key)| it.look_at_most(key, n).err().map(wait)).max();
        if longest.is_none() {
            counted().for_each(|(it, key)| it.add_at_most(key, n));
        }
        longest
    }

    /// Of how many accounts something is remembered.
    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.account.as_ref().map_or(0, Buckets::len)
    }
}

/// What other servers may of so many: all but a third, rounded up. Of one there is no third, and
/// none would be no limit.
pub(super) fn of_others(total: u32) -> u32 {
    (total - total.div_ceil(3)).max(total.min(1))
}

pub(super) fn wait(much: TooMuch) -> Duration {
    match much {
        TooMuch::Now(wait) => wait,
        TooMuch::Ever { .. } => WINDOW,
    }
}
