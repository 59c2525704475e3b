//! How much is kept on the disk anew: for an account, a server, all other servers, everybody.

use std::time::Duration;

use super::{
    Rates,
    buckets::{Buckets, Ticks},
    rate::{of_others, wait},
};
use crate::domain::site::site;

const HOUR: Duration = Duration::from_hours(1);
const MIB: u64 = 1 << 20;

/// How much is kept anew. It is counted when it is kept, however much that is; whoever has had an
/// hour's measure has nothing more kept until so much of it has come back.
#[derive(Debug)]
pub(super) struct Kept {
    account: Option<Buckets>,
    server: Option<Buckets>,
    others: Option<Buckets>,
    total: Option<Buckets>,
}

impl Kept {
    pub(super) fn new(rates: &Rates, ticks: &Ticks) -> Self {
        let host = rates.host.as_ref();
        let hour = |mebibytes| Buckets::new(u64::from(mebibytes) * MIB, HOUR, host, ticks);
        Self {
            account: hour(rates.kept),
            server: hour(rates.domain_kept),
            others: hour(of_others(rates.total_kept)),
            total: hour(rates.total_kept),
        }
    }

    /// Counts so many bytes that were kept for `who`, of another `server`.
    pub(super) fn add(&self, who: &str, server: Option<&str>, bytes: u64) {
        self.each(who, server, |hour, key| hour.add(key, bytes));
    }

    /// After how long something is kept for `who` again, of another `server`; none when it is now.
    pub(super) fn wait(&self, who: &str, server: Option<&str>) -> Option<Duration> {
        let mut longest = None;
        self.each(who, server, |hour, key| {
            longest = longest.max(hour.look(key, 0).err().map(wait));
        });
        longest
    }

    fn each(&self, who: &str, server: Option<&str>, mut f: impl FnMut(&Buckets, &str)) {
        self.account.iter().for_each(|hour| f(hour, who));
        if let Some(server) = server {
            self.server.iter().for_each(|hour| f(hour, &site(server)));
            self.others.iter().for_each(|hour| f(hour, ""));
        }
        self.total.iter().for_each(|hour| f(hour, ""));
    }
}
