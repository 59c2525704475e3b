//! What the link asks of those who know the database: the number of a stream, and what its end
//! means for what was on it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::leader::Lead;
use crate::{
    committer::Committer,
    component::dispatch::Service,
    domain::id::StreamNo,
    link::Hooks,
    metrics::Metrics,
    outbox,
    watchdog::{Pulse, Watchdog},
};

/// How it is, as the supervisor is told.
const NO_STREAM: &str = "no stream to the server; the log says why";

/// What the link asks of those who know the database.
pub(super) fn hooks(service: &Arc<Service>, boot: &str, lead: &Lead, watchdog: &Watchdog) -> Hooks {
    let (opening, closing) = (Arc::clone(service), service.committer.clone());
    let (boot, metrics, lead) = (boot.to_owned(), Arc::clone(&service.metrics), lead.clone());
    let pulse = watchdog.pulse("fence", 1);
    let (told_up, told_down, closing_pulse) = (watchdog.clone(), watchdog.clone(), pulse.clone());
    let up = metrics.stream_up.clone();
    let reconnects = metrics.reconnects.clone();
    let is_first = Arc::new(AtomicBool::new(true));
    watchdog.status(NO_STREAM);
    Hooks {
        opened: Box::new(move || {
            let (service, boot) = (Arc::clone(&opening), boot.clone());
            let (up, reconnects) = (up.clone(), reconnects.clone());
            let watchdog = told_up.clone();
            let is_first = Arc::clone(&is_first);
            Box::pin(async move {
                let stream = service.opened(&boot).await.map_err(|error| error.to_string())?;
                up.set(1);
                watchdog.status("the stream to the server is up");
                if !is_first.swap(false, Ordering::SeqCst) {
                    reconnects.inc();
                }
                Ok(stream)
            })
        }),
        closed: Box::new(move |stream, clean| {
            let (committer, metrics) = (closing.clone(), Arc::clone(&metrics));
            let pulse = closing_pulse.clone();
            told_down.status(NO_STREAM);
            Box::pin(async move {
                metrics.stream_up.set(0);
                note_end(&committer, &metrics, &pulse, (stream, clean)).await;
            })
        }),
        may_write: Box::new(move || lead.is_leading()),
        pulse,
    }
}

/// Keeps that a stream has ended, however long the database takes: until then no new one begins.
async fn note_end(
    committer: &Committer,
    metrics: &Metrics,
    pulse: &Pulse,
    (stream, clean): (StreamNo, bool),
) {
    let mut is_told = false;
    loop {
        let outbox = committer.clone();
        let closed = committer.run(move |tx, world| {
            Box::pin(async move {
                let resent = outbox::stream::closed(tx, stream, clean, world.now).await?;
                if !clean {
                    outbox.outbox().lost(stream);
                }
                Ok(resent)
            })
        });
        if let Ok(resent) = closed.await {
            metrics.resent.inc_by(resent);
            return;
        }
        if !std::mem::replace(&mut is_told, true) {
            tracing::warn!("the database does not take that the stream has ended; the next waits");
        }
        // The database is away, and whoever waits for it is none the worse.
        pulse.beat();
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// The run of the machine: after a loss of power it is another.
pub(super) fn boot() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    boot.map_or_else(|_| "unknown".to_owned(), |boot| boot.trim().to_owned())
}
