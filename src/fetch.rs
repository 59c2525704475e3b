//! The edge that fetches: pictures that products name, when the operator allows it. The only
//! requests of ours that go to addresses of others.
//!
//! [`target`] says where they may go, [`request`] makes them, [`thumbnail`] makes of the answer
//! what we serve, in a process of its own that [`decoder`] starts. Here is the worker: what is to be
//! fetched stands in rows.

pub mod decoder;
pub mod file;
pub mod request;
pub mod target;
pub mod thumbnail;

use std::{sync::Arc, time::Duration};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::{
    decoder::Decoder,
    request::{Fault, Fetcher},
};
use crate::{
    committer::Committer,
    db::{self, Db},
    domain::{clock::Clock, picture::Picture},
    metrics::Metrics,
    share::{self, store_picture::JobRow},
};

/// Addresses fetched at one time.
const FETCHES: usize = 4;
/// How often due rows are looked for when nothing new comes.
const LOOK: Duration = Duration::from_secs(2);

/// Fetches what is due.
pub struct Worker {
    /// Where reads go.
    pub db: Db,
    /// Where claims and results go.
    pub committer: Committer,
    /// The time.
    pub clock: Clock,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// How it fetches.
    pub fetcher: Fetcher,
    /// What decodes pictures.
    pub decoder: Decoder,
}

impl Worker {
    /// Works until `stop`. What is on its way then is fetched again by the next process.
    pub async fn run(self, stop: CancellationToken) {
        let worker = Arc::new(self);
        let mut running = JoinSet::new();
        loop {
            let free = FETCHES.saturating_sub(running.len());
            let jobs = if free == 0 { Vec::new() } else { worker.claim(free).await };
            let is_full = jobs.len() == free;
            for job in jobs {
                let worker = Arc::clone(&worker);
                running.spawn(async move { worker.work(job).await });
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                Some(_) = running.join_next() => {}
                () = worker.committer.outbox().asked(), if !is_full => {}
                () = tokio::time::sleep(LOOK), if !is_full => {}
            }
        }
    }

    async fn claim(&self, free: usize) -> Vec<JobRow> {
        let now = self.clock.now();
        let due = async { share::picture::is_due(&mut self.db.read().await?, now, free).await };
        match due.await {
            Ok(true) => {}
            Ok(false) => return Vec::new(),
            Err(error) => {
                let error: db::Error = error;
                tracing::debug!(%error, "the database does not say what is to be fetched");
                return Vec::new();
            }
        }
        let claimed = self.committer.run(move |tx, world| {
            Box::pin(async move { share::picture::claim(tx, world, free).await })
        });
        claimed.await.unwrap_or_default()
    }

    /// Fetches one and keeps what came of it. When that cannot be kept, the lease ends and it is
    /// fetched again.
    async fn work(&self, job: JobRow) {
        let made = self.make(&job).await;
        self.metrics.pictures(made.as_ref().map_or_else(Fault::label, |_| "stored"));
        let _ = match made {
            Ok(picture) => {
                let keep = self.committer.run(move |tx, world| {
                    Box::pin(
                        async move { share::picture::fetched(tx, world, &job.url, &picture).await },
                    )
                });
                keep.await
            }
            Err(fault) => {
                // Not the address: it is part of what somebody shared.
                tracing::debug!(reason = %fault, "a picture was not fetched");
                let lasts = fault.lasts();
                let note = self.committer.run(move |tx, world| {
                    Box::pin(async move { share::picture::missed(tx, world, &job, lasts).await })
                });
                note.await
            }
        };
    }

    async fn make(&self, job: &JobRow) -> Result<Picture, Fault> {
        let file = self.fetcher.get(&job.url).await?;
        let made = self.decoder.thumbnail(file, job.turn).await;
        if let Err(Fault::Decoder(error)) = &made {
            tracing::error!(%error, "the process that decodes pictures cannot be started, or hangs");
        }
        made
    }
}
