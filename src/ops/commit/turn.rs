//! How much one commit takes, and of whom.

use std::collections::HashMap;

use super::{Job, ROWS};

/// How many of `group` one commit takes: as many as have room in it, and one at the least.
pub(super) fn portion(group: &[Job]) -> usize {
    let mut rows = 0;
    let has_room = |job: &&Job| {
        let is_first = rows == 0;
        rows += job.rows();
        is_first || rows <= ROWS
    };
    group.iter().take_while(has_room).count()
}

/// Puts the first job of everybody before the second of anybody: however much one person asks for at
/// once, others wait for one of theirs. The order of each one's own stays.
pub(super) fn take_turns(group: &mut Vec<Job>) {
    let mut asked: HashMap<&str, usize> = HashMap::new();
    let turns: Vec<usize> = group
        .iter()
        .map(|job| {
            let before = job.of().map(|who| asked.entry(who).or_default());
            before.map_or(0, |before| {
                *before += 1;
                *before - 1
            })
        })
        .collect();
    if turns.is_sorted() {
        return;
    }
    let mut jobs: Vec<(usize, Job)> = turns.into_iter().zip(group.drain(..)).collect();
    jobs.sort_by_key(|(turn, _)| *turn);
    group.extend(jobs.into_iter().map(|(_, job)| job));
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;
    use uuid::Uuid;

    use super::*;
    use crate::{
        domain::id::{DeliveryId, StreamNo},
        ops::{
            World,
            commit::{Boxed, Then, fault},
        },
        store::db::{self, Tx},
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
        fn nothing<'t>(_: &'t mut Tx, _: &'t World) -> Boxed<'t, db::Result<Then>> {
            Box::pin(async { Err(fault()) })
        }
        let job = |who: &str| Job::Other(Box::new(nothing), who.to_owned());
        let mut group: Vec<Job> = ["a", "a", "", "a", "b", "", "b", "c"].map(job).into();
        take_turns(&mut group);
        let of: Vec<_> = group.iter().map(|it| it.of().unwrap_or_default()).collect();
        assert_eq!(of, ["a", "", "b", "", "c", "a", "b", "a"]);
    }
}
