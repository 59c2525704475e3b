//! How much one commit takes, and of whom.

use std::{borrow::Cow, collections::HashMap, hash::Hash};

use super::job::Job;
use crate::world::Rules;

/// Jobs that one commit takes at the most.
pub(crate) const GROUP: usize = 512;
/// Deliveries that one commit makes or notes at the most, unless one submission alone makes more.
pub(crate) const ROWS: usize = 2_000;

/// How many of `group` one commit takes: as many as have room in it, and one at the least.
pub(crate) fn portion(group: &[Job]) -> usize {
    let mut rows = 0;
    let has_room = |job: &&Job| {
        let is_first = rows == 0;
        rows += job.rows();
        is_first || rows <= ROWS
    };
    group.iter().take(GROUP).take_while(has_room).count()
}

/// Puts the first job of everybody before the second of anybody: however much one person asks for at
/// once, others wait for one of theirs. The people of one other server stand together, as whoever has
/// a server has as many accounts as they like, and behind those of the service's own, of whom each
/// stands alone. The order of each one's own stays.
pub(super) fn take_turns(group: &mut Vec<Job>, rules: &Rules) {
    let mut asked = HashMap::new();
    let turns = group.iter().map(|job| job.of().map_or(0, |who| nth(&mut asked, who))).collect();
    order(group, turns);
    let mut asked: HashMap<Cow<'_, str>, usize> = HashMap::new();
    let turns = group.iter().map(|job| match job.of() {
        None => (0, false),
        Some(who) => match rules.other_site(who) {
            None => (nth(&mut asked, who.into()), false),
            Some(site) => (nth(&mut asked, site.into()), true),
        },
    });
    let turns = turns.collect();
    order(group, turns);
}

/// How often `who` was there before.
fn nth<K: Eq + Hash>(asked: &mut HashMap<K, usize>, who: K) -> usize {
    let before = asked.entry(who).or_default();
    *before += 1;
    *before - 1
}

/// Puts `group` in the order of `turns`, and those of one turn as they stand.
fn order<K: Copy + Ord>(group: &mut Vec<Job>, turns: Vec<K>) {
    if turns.is_sorted() {
        return;
    }
    let mut jobs: Vec<(K, Job)> = turns.into_iter().zip(group.drain(..)).collect();
    jobs.sort_by_key(|(turn, _)| *turn);
    group.extend(jobs.into_iter().map(|(_, job)| job));
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;
    use uuid::Uuid;

    use super::*;
    use crate::{
        committer::{Boxed, Then, fault},
        db::{self, Tx},
        domain::{
            clock::Clock,
            id::{DeliveryId, StreamNo},
        },
        limits::{Limits, Rates},
        world::World,
    };

    #[test]
    fn one_commit_takes_as_many_rows_as_have_room_in_it_and_one_job_at_the_least() {
        let notes =
            |n| Job::Taken(vec![DeliveryId(Uuid::nil()); n], StreamNo::NONE, oneshot::channel().0);
        assert_eq!(portion(&[notes(1_999), notes(1), notes(1)]), 2);
        assert_eq!(portion(&[notes(5_000), notes(1)]), 1);
        assert_eq!(portion(&[notes(0), notes(5_000), notes(1)]), 2);
        assert_eq!(portion(&[]), 0);
    }

    #[test]
    fn the_first_job_of_everybody_comes_before_the_second_of_anybody() {
        let mut group: Vec<Job> = ["a", "a", "", "a", "b", "", "b", "c"].map(job).into();
        take_turns(&mut group, &Rules::open());
        let of: Vec<_> = group.iter().map(|it| it.of().unwrap_or_default()).collect();
        assert_eq!(of, ["a", "", "b", "", "c", "a", "b", "a"]);
    }

    #[test]
    fn the_people_of_one_other_server_stand_together_and_behind_those_of_the_own() {
        let asked = ["m1@e.lit", "m1@e.lit", "m2@e.lit", "m3@sub.e.lit", "x@f.lit", "a@x.lit"];
        let host = Some("x.lit".parse().unwrap());
        let limits = Limits::new(Rates { host, ..Rates::default() }, &Clock::System);
        let rules = Rules { limits, ..Rules::open() };
        let mut group: Vec<Job> = asked.map(job).into();
        take_turns(&mut group, &rules);
        let of: Vec<_> = group.iter().map(|it| it.of().unwrap_or_default()).collect();
        let turns = ["a@x.lit", "m1@e.lit", "x@f.lit", "m2@e.lit", "m3@sub.e.lit", "m1@e.lit"];
        assert_eq!(of, turns);
    }

    fn job(who: &str) -> Job {
        fn nothing<'t>(_: &'t mut Tx, _: &'t World) -> Boxed<'t, db::Result<Then>> {
            Box::pin(async { Err(fault()) })
        }
        Job::Other(Box::new(nothing), who.to_owned())
    }
}
