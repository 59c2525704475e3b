//! Who owns the stream: of several instances on one database exactly one, the others stand by.
//!
//! On PostgreSQL it is a lease in a row, renewed by the database's clock; the holder stops writing
//! by its own monotonic clock before anybody else may take it. On SQLite it is a lock on a file
//! beside the database, which the kernel gives back when the process dies.

use std::{
    fs::File,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;

use crate::{
    db::{self, Db},
    domain::id::Chance,
    permission,
};

/// How long a lease lasts.
const LEASE: Duration = Duration::from_secs(15);
/// How often it is renewed, and asked for.
const BEAT: Duration = Duration::from_secs(5);
/// How long before the end of the lease its holder stops writing.
const MARGIN: Duration = Duration::from_secs(3);

/// A place in the queue for the stream, and the right to write to it once it has been given.
#[derive(Debug, Clone)]
pub(super) struct Lead {
    db: Db,
    holder: String,
    lock: Option<Arc<File>>,
    begun: Instant,
    /// Until when the lease may be relied on, in milliseconds after `begun`; 0 without one.
    until: Arc<AtomicI64>,
}

impl Lead {
    pub(super) fn new(url: &str, db: Db, chance: &Chance) -> anyhow::Result<Self> {
        let lock = lock_file(url)?.map(Arc::new);
        let holder = format!("{:016x}", chance.bits());
        let until = Arc::new(AtomicI64::new(0));
        Ok(Self { db, holder, lock, begun: Instant::now(), until })
    }

    /// Whether this process may write to the stream now.
    pub(super) fn is_leading(&self) -> bool {
        self.elapsed() < self.until.load(Ordering::SeqCst)
    }

    /// Waits until this process leads; none when it is stopped first.
    pub(super) async fn wait(&self, stop: &CancellationToken) -> Option<Self> {
        let mut is_first = true;
        loop {
            match self.take().await {
                Ok(true) => return Some(self.clone()),
                Ok(false) if is_first => tracing::info!("another instance leads; standing by"),
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "cannot ask for the lease"),
            }
            is_first = false;
            let pause = if self.lock.is_some() { Duration::from_millis(500) } else { BEAT / 5 };
            stop.run_until_cancelled(tokio::time::sleep(pause)).await?;
        }
    }

    /// Keeps the lease until `stop`, and then gives it back; returns early when another has taken
    /// it.
    ///
    /// While the database is away the lease ends, and the stream with it. When the database is back
    /// and nobody has had the lease since, all goes on as after any lost stream.
    pub(super) async fn keep(self, stop: CancellationToken) {
        if self.lock.is_some() {
            return stop.cancelled().await;
        }
        let mut pause = BEAT;
        while stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some() {
            pause = match self.renew().await {
                Ok(true) => BEAT,
                Ok(false) => return tracing::error!("another instance has taken the lease"),
                Err(error) => {
                    tracing::warn!(%error, "cannot renew the lease");
                    BEAT / 5
                }
            };
        }
        self.until.store(0, Ordering::SeqCst);
        if let Err(error) = self.give_back().await {
            tracing::warn!(%error, "cannot give the lease back");
        }
    }

    async fn take(&self) -> db::Result<bool> {
        if let Some(lock) = &self.lock {
            let is_ours = lock.try_lock().is_ok();
            if is_ours {
                self.until.store(i64::MAX, Ordering::SeqCst);
            }
            return Ok(is_ours);
        }
        let asked = self.elapsed();
        let mut tx = self.db.write().await?;
        let now = tx.database_now().await?;
        let is_ours = tx.take_lease(&self.holder, now, now.after(LEASE)).await?;
        tx.commit().await?;
        self.rely(is_ours, asked);
        Ok(is_ours)
    }

    async fn renew(&self) -> db::Result<bool> {
        let asked = self.elapsed();
        let mut tx = self.db.write().await?;
        let now = tx.database_now().await?;
        let is_ours = tx.renew_lease(&self.holder, now.after(LEASE)).await?;
        tx.commit().await?;
        self.rely(is_ours, asked);
        Ok(is_ours)
    }

    /// The lease runs from before it was asked for: the answer may be slow.
    fn rely(&self, is_ours: bool, asked: i64) {
        let relied = i64::try_from(LEASE.saturating_sub(MARGIN).as_millis()).unwrap_or(0);
        self.until.store(if is_ours { asked + relied } else { 0 }, Ordering::SeqCst);
    }

    async fn give_back(&self) -> db::Result<()> {
        let mut tx = self.db.write().await?;
        tx.drop_lease(&self.holder).await?;
        tx.commit().await
    }

    fn elapsed(&self) -> i64 {
        i64::try_from(self.begun.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}

/// `tradepost.db` is locked by `tradepost.db.lock`.
fn lock_file(url: &str) -> anyhow::Result<Option<File>> {
    let Some(file) = Db::file(url)? else { return Ok(None) };
    let mut path = file.into_os_string();
    path.push(".lock");
    Ok(Some(permission::open(Path::new(&path))?))
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    #[test]
    fn the_lock_beside_the_database_is_made_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tradepost.db");
        let lock = lock_file(&format!("sqlite:{}", file.display())).unwrap().expect("a lock");
        let named = fs::metadata(folder.path().join("tradepost.db.lock")).unwrap();
        for found in [lock.metadata().unwrap(), named] {
            assert_eq!(found.permissions().mode() & 0o777, 0o600);
        }
        assert!(lock_file("postgres://localhost/tradepost").unwrap().is_none());
    }
}
