//! How much is kept on the disk anew: for an account, a server, all other servers, everybody.

use std::{borrow::Cow, time::Duration};

use super::{
    buckets::{Buckets, Ticks},
    measure::Rates,
    rate::{of_others, wait},
};
use crate::domain::site::site;

const HOUR: Duration = Duration::from_hours(1);
const MIB: u64 = 1 << 20;

/// What of an account's something is that is kept.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    /// What it asked for itself.
    Own,
    /// What those get who follow its cards. It has measures apart, or whoever is followed by many
    /// could do nothing more once a card of theirs has changed, and would see how many follow it.
    Followers,
    /// Pictures, of which an account has a number of its own ([`crate::share::picture`]).
    Pictures,
}

/// How much is kept anew. It is counted when it is kept, however much that is; whoever has had an
/// hour's measure has nothing more kept until so much of it has come back.
#[derive(Debug)]
pub(super) struct Kept {
    own: Option<Buckets>,
    followers: Option<Buckets>,
    server: Option<Buckets>,
    followers_of_server: Option<Buckets>,
    others: Option<Buckets>,
    total: Option<Buckets>,
}

impl Kept {
    pub(super) fn new(rates: &Rates, ticks: &Ticks) -> Self {
        let host = rates.host.as_ref();
        let hour = |mebibytes| Buckets::new(u64::from(mebibytes) * MIB, HOUR, host, ticks);
        Self {
            own: hour(rates.kept),
            followers: hour(rates.kept),
            server: hour(rates.domain_kept),
            followers_of_server: hour(rates.domain_kept),
            others: hour(of_others(rates.total_kept)),
            total: hour(rates.total_kept),
        }
    }

    /// Counts so many bytes that were kept for `who`, of another `server`. Not all that is kept can
    /// be refused: what is beyond the measure of an account is none of its server's, and what is
    /// beyond that of a server is nobody else's.
    pub(super) fn add(&self, part: Part, who: &str, server: Option<&str>, bytes: u64) {
        let _ = self.measures(part, who, server).all(|(hour, key)| hour.overdraw(&key, bytes));
    }

    /// After how long something is kept for `who` again, of another `server`; none when it is now.
    pub(super) fn wait(&self, part: Part, who: &str, server: Option<&str>) -> Option<Duration> {
        let measures = self.measures(part, who, server);
        measures.filter_map(|(hour, key)| hour.look(&key, 0).err().map(wait)).max()
    }

    /// Whose measures it counts in, from the smallest on.
    fn measures<'k>(
        &'k self,
        part: Part,
        who: &'k str,
        server: Option<&'k str>,
    ) -> impl Iterator<Item = (&'k Buckets, Cow<'k, str>)> {
        let (account, of_server) = match part {
            Part::Own => (self.own.as_ref(), self.server.as_ref()),
            Part::Followers => (self.followers.as_ref(), self.followers_of_server.as_ref()),
            Part::Pictures => (None, self.server.as_ref()),
        };
        let measures = [
            account.map(|hour| (hour, who.into())),
            of_server.zip(server).map(|(hour, server)| (hour, site(server))),
            self.others.as_ref().zip(server).map(|(hour, _)| (hour, "".into())),
            self.total.as_ref().map(|hour| (hour, "".into())),
        ];
        measures.into_iter().flatten()
    }
}
