//! Pictures of products: what is to be fetched, what came of it, and the shares that wait for it
//! a moment. None of this happens unless the operator allows fetching (`pictures.fetch`).
//!
//! A sender's shares leave in their order all the same: one that is ready keeps its place behind
//! those that still wait.
//!
//! Every function that asks the database fails when that does not answer.

mod turn;

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use self::turn::Wanted;
pub(crate) use self::turn::may_ask;
use crate::{
    db::{Result, Tx},
    domain::{
        clock::Millis,
        id::ShareId,
        picture::{ASKED, Kind, LEASE, Picture, PictureHash, Progress, Thumbnail, WAIT, again},
        product::Product,
        share::{Share, Stored, Submission},
    },
    share::{
        store_picture::{JobRow, WaitRow},
        store_picture_use::UseRow,
    },
    world::World,
};

/// Tries of one address, counting those whose process died over it.
const TRIES: i64 = 3;
/// How long a wait counts after its end: what has become due is looked for twice a second, and
/// nothing may overtake it until it was found.
const FOUND: Duration = Duration::from_secs(1);
/// Shares of one sender that are let go in one transaction.
const PASS: i64 = 500;

/// What is known of the pictures of a group of submissions, and how long its shares wait. Empty
/// when nothing is fetched: then nothing waits.
#[derive(Debug, Default)]
pub(in crate::share) struct Pictures {
    there: Stored,
    coming: HashSet<String>,
    /// Until when the last share of each sender waits.
    until: HashMap<String, Millis>,
    waits: Vec<WaitRow>,
    /// Which shares need which pictures; none when nothing is fetched.
    uses: Option<Vec<UseRow>>,
}

impl Pictures {
    /// Asks for the first picture of every product, to be kept until `expires`, unless nothing is
    /// fetched here, or its sender has asked for too many of late
    /// ([`ASKS`](crate::domain::picture::ASKS)).
    pub(in crate::share) async fn ask<'a>(
        tx: &mut Tx,
        world: &World,
        group: impl Iterator<Item = &'a Submission>,
        expires: Millis,
    ) -> Result<Self> {
        let mut it = Self::default();
        if !world.pictures {
            return Ok(it);
        }
        it.uses = Some(Vec::new());
        let mut wanted = Wanted::default();
        let mut senders = BTreeSet::new();
        for submission in group {
            let sender = submission.sender.to_string();
            for url in submission.products.iter().filter_map(address) {
                wanted.add(url, &sender);
            }
            senders.insert(sender);
        }
        let wants = turn::within_bounds(tx, world, wanted).await?;
        let asked = tx.want_pictures(&wants, world.now, expires).await?;
        let known: Vec<String> = asked.iter().filter(|s| s.known).map(|s| s.url.clone()).collect();
        it.there = thumbnails(tx, &known).await?;
        it.coming = asked.into_iter().filter(|s| s.first && !s.known).map(|s| s.url).collect();
        let senders: Vec<String> = senders.into_iter().collect();
        let waiting = tx.waiting_senders(&senders).await?;
        it.until = waiting.into_iter().map(|(sender, until)| (sender, Millis(until))).collect();
        Ok(it)
    }

    /// The picture that a share of `products` is shown with.
    #[must_use]
    pub(in crate::share) fn of(&self, products: &[Product]) -> Option<Arc<Thumbnail>> {
        self.there.get(address(products.first()?)?).cloned()
    }

    /// Notes what `share` needs, which is kept. Answers when it is due, if without pictures it would
    /// be due at `from`: it waits for its own, or keeps its place behind shares of its sender that
    /// wait. None when it need not.
    pub(in crate::share) fn take(
        &mut self,
        share: &Share,
        from: Millis,
        now: Millis,
    ) -> Option<Millis> {
        if let Some(uses) = &mut self.uses {
            let urls: BTreeSet<&str> = share.products.iter().filter_map(address).collect();
            uses.extend(
                urls.into_iter().map(|url| UseRow { share_id: share.id.0, url: url.to_owned() }),
            );
        }
        if self.coming.is_empty() && self.until.is_empty() {
            return None;
        }
        let sender = share.sender.to_string();
        let url = share.products.first().and_then(address).filter(|url| self.coming.contains(*url));
        let behind = self.until.get(&sender).copied().filter(|until| until.after(FOUND) > now);
        let own = url.map(|_| now.after(WAIT));
        let until = own.max(behind)?;
        self.until.insert(sender.clone(), until);
        self.waits.push(WaitRow {
            share_id: share.id.0,
            sender,
            url: url.map(str::to_owned),
            from_at: from.0,
            until_at: until.0,
        });
        Some(until.max(from))
    }

    /// Keeps who waits and what is needed, once the shares are kept.
    pub(in crate::share) async fn keep(self, tx: &mut Tx) -> Result<()> {
        tx.insert_picture_uses(&self.uses.unwrap_or_default()).await?;
        tx.insert_waits(&self.waits).await
    }
}

/// Where the first picture of a product is.
fn address(product: &Product) -> Option<&str> {
    product.picture().map(|file| file.url.as_str())
}

async fn thumbnails(tx: &mut Tx, urls: &[String]) -> Result<Stored> {
    let found = tx.thumbnails(urls).await?;
    Ok(found.into_iter().map(|(url, thumbnail)| (url, Arc::new(thumbnail))).collect())
}

/// Gives each share the picture that it is shown with, if there is one and pictures are fetched.
pub(crate) async fn attach(tx: &mut Tx, world: &World, shares: &mut [Share]) -> Result<()> {
    if !world.pictures {
        return Ok(());
    }
    let first = |share: &Share| share.products.first().and_then(address).map(str::to_owned);
    let urls: BTreeSet<String> = shares.iter().filter_map(first).collect();
    let urls: Vec<String> = urls.into_iter().collect();
    let there = thumbnails(tx, &urls).await?;
    for share in shares {
        share.picture = first(share).and_then(|url| there.get(&url).cloned());
    }
    Ok(())
}

/// The first picture of each of `products`, as far as there is one of ours.
pub(super) async fn of_products(tx: &mut Tx, products: &[Product]) -> Result<Stored> {
    let urls: BTreeSet<&str> = products.iter().filter_map(address).collect();
    let urls: Vec<String> = urls.into_iter().map(str::to_owned).collect();
    thumbnails(tx, &urls).await
}

/// The file of a picture, if there is one of this kind.
pub(crate) async fn file(tx: &mut Tx, hash: PictureHash, kind: Kind) -> Result<Option<Vec<u8>>> {
    tx.picture_bytes(hash, kind).await
}

/// Whether one of so many free fetchers has something to fetch.
pub(crate) async fn is_due(tx: &mut Tx, now: Millis, free: usize) -> Result<bool> {
    Ok(!turn::next(tx, now, free).await?.is_empty())
}

/// Claims what so many free fetchers are to fetch now. One that has ended the process three times
/// is given up.
pub(crate) async fn claim(tx: &mut Tx, world: &World, free: usize) -> Result<Vec<JobRow>> {
    let next = turn::next(tx, world.now, free).await?;
    let (worn, jobs): (Vec<_>, Vec<_>) = next.into_iter().partition(|it| it.attempt >= TRIES);
    for job in worn {
        tx.end_picture(&job.url, Progress::Failed, None, Millis::NEVER, world.now).await?;
    }
    let urls: Vec<String> = jobs.iter().map(|job| job.url.clone()).collect();
    tx.claim_pictures(&urls, world.now.after(LEASE)).await?;
    Ok(jobs.into_iter().map(|job| JobRow { attempt: job.attempt + 1, ..job }).collect())
}

/// A picture came from `url`: it is kept, and whoever waited for it need not any more.
pub(crate) async fn fetched(
    tx: &mut Tx,
    world: &World,
    url: &str,
    picture: &Picture,
) -> Result<()> {
    tx.keep_former_picture(url).await?;
    tx.insert_picture(url, picture).await?;
    if let Some(sender) = tx.picture_sender(url).await? {
        world.rules.limits.keeps_picture(&sender, picture.bytes.len());
    }
    let hash = Some(picture.thumbnail.hash);
    tx.end_picture(url, Progress::Stored, hash, Millis::NEVER, world.now).await?;
    let_go(tx, world, url).await
}

/// Nothing came of the try `job`. Unless the fault `lasts`, it is tried again later; nobody waits
/// for that.
pub(crate) async fn missed(tx: &mut Tx, world: &World, job: &JobRow, lasts: bool) -> Result<()> {
    let (progress, due) = match again(job.attempt).filter(|_| !lasts) {
        Some(wait) => (Progress::Wanted, world.now.after(wait)),
        None => (Progress::Failed, Millis::NEVER),
    };
    tx.end_picture(&job.url, progress, None, due, world.now).await?;
    let_go(tx, world, &job.url).await
}

/// `share` was taken back: what came for it and for no other share that is kept is not served any
/// more. Where an address showed other pictures before, those stay as long as any share needs it.
/// Answers how many it needed.
pub(crate) async fn let_fall(tx: &mut Tx, share: ShareId) -> Result<usize> {
    let urls = tx.end_picture_uses(share).await?;
    tx.delete_unused_pictures(&urls).await?;
    Ok(urls.len())
}

/// Forgets at most `limit` each of addresses and pictures that are over, and who asked for some an
/// hour ago. Answers how many of the former.
pub(crate) async fn forget(tx: &mut Tx, world: &World, limit: i64) -> Result<u64> {
    tx.delete_old_picture_asks(world.now.before(ASKED)).await?;
    tx.delete_old_pictures(world.now, limit).await
}

/// Lets go what waited for `url`, of each sender as far as nothing before it still waits.
async fn let_go(tx: &mut Tx, world: &World, url: &str) -> Result<()> {
    tx.delete_old_waits(world.now.before(FOUND)).await?;
    let senders: BTreeSet<String> = tx.end_waits(url).await?.into_iter().collect();
    for sender in senders {
        for wait in tx.waits_of(&sender, PASS).await? {
            if wait.url.is_some() && Millis(wait.until_at) > world.now {
                break;
            }
            // What is not moved now is due by itself when its time is over.
            if world.rows.left(1) == 0 {
                return Ok(());
            }
            let share = ShareId(wait.share_id);
            world.rows.took(tx.hasten(share, world.now.max(Millis(wait.from_at))).await?);
            tx.delete_wait(share).await?;
        }
    }
    Ok(())
}
