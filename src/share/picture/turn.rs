//! Whose picture is fetched next: those who ask take turns, so that whoever asks for many, or for
//! what never comes, keeps nobody else waiting.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use crate::{
    db::{Result, Tx},
    domain::{
        clock::Millis,
        picture::{ASKED, ASKS},
    },
    share::{
        store_picture::{JobRow, WantRow},
        store_picture_use::AskRow,
    },
    world::World,
};

/// What a turn has to be below for the last free fetcher, and for the last but one. One share has
/// several pictures: were the last for more than the first of an hour, it would take all fetchers.
const KEPT: [i64; 2] = [1, 5];

/// Bytes that are kept for each byte of an address: it stands in several tables and indexes.
const ADDRESS: usize = 8;

/// Addresses in the order in which they are wanted, each with those who ask for it.
#[derive(Default)]
pub(super) struct Wanted {
    all: Vec<(String, BTreeSet<String>)>,
    places: HashMap<String, usize>,
}

impl Wanted {
    /// `sender` asks for `url`.
    pub(super) fn add(&mut self, url: &str, sender: &str) {
        let next = self.all.len();
        let place = *self.places.entry(url.to_owned()).or_insert(next);
        match self.all.get_mut(place) {
            Some((_, senders)) => drop(senders.insert(sender.to_owned())),
            None => self.all.push((url.to_owned(), [sender.to_owned()].into())),
        }
    }
}

/// What a few people have asked for within the hour, and all of the sites that they are from.
struct Asks<'w> {
    world: &'w World,
    rows: BTreeMap<String, AskRow>,
}

impl<'w> Asks<'w> {
    async fn of(tx: &mut Tx, world: &'w World, senders: BTreeSet<&String>) -> Result<Self> {
        let sites = senders.iter().filter_map(|it| world.other_site(it));
        let keys: BTreeSet<String> = senders.iter().map(ToString::to_string).chain(sites).collect();
        let keys: Vec<String> = keys.into_iter().collect();
        let before = tx.picture_asks(&keys, world.now.before(ASKED)).await?;
        let nothing = |sender: String| AskRow { sender, since: world.now.0, asked: 0 };
        let mut rows: BTreeMap<_, _> =
            keys.into_iter().map(|key| (key.clone(), nothing(key))).collect();
        rows.extend(before.into_iter().map(|it| (it.sender.clone(), it)));
        Ok(Self { world, rows })
    }

    /// How many `sender` has asked for, or all of their site if that is more; none when they may ask
    /// for no more.
    fn turn(&self, sender: &str) -> Option<i64> {
        let own = self.rows.get(sender)?.asked;
        let of_site = self.world.other_site(sender).and_then(|site| self.rows.get(&site));
        (own < ASKS).then(|| own.max(of_site.map_or(0, |it| it.asked)))
    }

    /// The lowest turn of those of `senders` who may ask, and whose it is.
    fn lowest<'s>(&self, senders: &'s BTreeSet<String>) -> Option<(i64, &'s str)> {
        senders.iter().filter_map(|it| Some((self.turn(it)?, it.as_str()))).min()
    }

    /// `sender` has asked for one more.
    fn count(&mut self, sender: &str) {
        for key in [Some(sender.to_owned()), self.world.other_site(sender)].into_iter().flatten() {
            self.rows.entry(key).and_modify(|it| it.asked += 1);
        }
    }

    async fn keep(self, tx: &mut Tx) -> Result<()> {
        let rows: Vec<AskRow> = self.rows.into_values().filter(|it| it.asked > 0).collect();
        tx.set_picture_asks(&rows).await
    }
}

/// The addresses of `wanted` that were fetched of late, and of the others those that one of who
/// asks for them may still ask for, each with its turn. Counts the rest, whose shares go without.
pub(super) async fn within_bounds(
    tx: &mut Tx,
    world: &World,
    wanted: Wanted,
) -> Result<Vec<WantRow>> {
    let urls: Vec<String> = wanted.all.iter().map(|(url, _)| url.clone()).collect();
    let fresh = tx.fresh_pictures(&urls, world.now).await?;
    let fresh: HashMap<String, i64> = fresh.into_iter().collect();
    // Nothing comes before the turn 0, and what was tried has it.
    let may_come_earlier = |(url, _): &&(String, _)| fresh.get(url).is_none_or(|turn| *turn > 0);
    let senders = wanted.all.iter().filter(may_come_earlier).flat_map(|(_, senders)| senders);
    let mut asks = Asks::of(tx, world, senders.collect()).await?;
    let mut within = Vec::with_capacity(urls.len());
    for (url, senders) in wanted.all {
        let turn = match (fresh.get(&url), asks.lowest(&senders)) {
            (Some(turn), lowest) if lowest.is_none_or(|(lowest, _)| lowest >= *turn) => *turn,
            // Whoever has it come earlier is counted for it too: else people who ask for nothing
            // could lend their turns to somebody who asks for much.
            (known, Some((turn, sender))) => {
                asks.count(sender);
                if known.is_none() {
                    // The picture itself counts when it has come.
                    world.rules.limits.keeps(sender, [], ADDRESS * url.len());
                }
                turn
            }
            (_, None) => {
                turn_away(tx, world);
                continue;
            }
        };
        within.push(WantRow { url, turn });
    }
    asks.keep(tx).await?;
    Ok(within)
}

/// Whether `sender` may have one more file fetched of those that they bring themselves; if so,
/// it is counted with the pictures of what they share. Answers how many they, or all of their site, had
/// asked for before it.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn may_ask(tx: &mut Tx, world: &World, sender: &str) -> Result<Option<i64>> {
    let mut asks = Asks::of(tx, world, [&sender.to_owned()].into()).await?;
    let Some(turn) = asks.turn(sender) else {
        turn_away(tx, world);
        return Ok(None);
    };
    asks.count(sender);
    asks.keep(tx).await?;
    Ok(Some(turn))
}

/// Counts a picture that somebody who has asked for too many goes without.
fn turn_away(tx: &mut Tx, world: &World) {
    let metrics = Arc::clone(&world.metrics);
    tx.after_commit(move || metrics.pictures("too-many"));
}

/// What so many free fetchers are to fetch next. The last of them are [`KEPT`] for first tries of
/// those who have asked for little: however slowly one shop answers, others' pictures begin at once.
pub(super) async fn next(tx: &mut Tx, now: Millis, free: usize) -> Result<Vec<JobRow>> {
    let mut jobs = tx.pictures_due(now, i64::try_from(free).unwrap_or(i64::MAX)).await?;
    let may = |(job, left): &(&JobRow, usize)| {
        KEPT.get(*left).is_none_or(|below| job.attempt == 0 && job.turn < *below)
    };
    // The fewer are left free, the lower a turn has to be, and the lowest come first.
    let taken = jobs.iter().zip((0..free).rev()).take_while(may).count();
    jobs.truncate(taken);
    Ok(jobs)
}
