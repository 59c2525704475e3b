//! The outbox worker: claims what is due, writes it, waits for the fence, and notes what became
//! of it (`docs/design/delivery.md#states`).

pub mod timers;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{sync::mpsc, task::JoinSet, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::{
    card::{say::file, template::Templates},
    claim::say::message,
    committer::{Committer, NotKept},
    crash,
    domain::{
        id::{DeliveryId, StreamNo},
        note::Carries,
        share::Outgoing,
    },
    invite::say_invitation::subscription,
    link::stream::{Fenced, Outlet, Stanza, Up},
    metrics::Metrics,
    outbox, panics,
    say::voice::Voice,
    share::{say_picture::picture, say_recording::recording},
};

/// Deliveries behind one fence: what may be sent twice when the process dies between the fence
/// and the note.
const BATCH: usize = 64;
/// Batches on their way at one time, so that nobody waits for the server's answer to the one
/// before.
const FLIGHT: usize = 8;
/// Deliveries claimed at one time.
const CLAIM: i64 = 256;
/// How long a note that the database did not take is kept back before it is tried again.
const AGAIN: Duration = Duration::from_millis(500);
/// How long the last batches are waited for at the end.
const LAST: Duration = Duration::from_secs(8);

/// The worker.
pub struct Worker {
    /// Where claims and notes go.
    pub committer: Committer,
    /// Deliveries that were claimed when they were accepted.
    pub ready: mpsc::Receiver<Outgoing>,
    /// Where messages go.
    pub outlet: Outlet,
    /// Who speaks.
    pub voice: Arc<Voice>,
    /// What cards can look like.
    pub templates: Arc<Templates>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
}

impl Worker {
    /// Works until `stop`, then waits for what is on its way.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut up = self.outlet.state();
        let mut flight = JoinSet::new();
        let broken = Arc::new(AtomicBool::new(false));
        let mut ready = Vec::with_capacity(BATCH);
        // Whose turn it was last.
        let mut after = String::new();
        loop {
            let is_up = matches!(*up.borrow_and_update(), Up::Up(_));
            self.committer.outbox().set_up(is_up);
            if !is_up {
                self.committer.outbox().queued();
            }
            // While a note cannot be kept, nothing more is sent that would need one.
            let is_free = flight.len() < FLIGHT && !broken.load(Ordering::SeqCst);
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(_) = flight.join_next() => {}
                n = self.ready.recv_many(&mut ready, BATCH), if is_free => {
                    if n == 0 { break }
                    self.send(&mut flight, &broken, std::mem::take(&mut ready), false).await;
                }
                changed = up.changed() => if changed.is_err() { break },
                () = self.committer.outbox().woken(), if is_free && is_up => {
                    if self.committer.outbox().has_backlog() {
                        self.claim(&mut flight, &broken, &mut after).await;
                    }
                }
            }
        }
        // What is left in the channel was never written; the next process finds its claims.
        let _ = timeout(LAST, async { while flight.join_next().await.is_some() {} }).await;
    }

    /// Claims what is due and sends it in batches; what may have ended a stream goes alone, one each time.
    async fn claim(&self, flight: &mut JoinSet<()>, broken: &Arc<AtomicBool>, after: &mut String) {
        let Ok(claimed) = self.committer.claim(CLAIM, after.clone()).await else {
            tokio::time::sleep(AGAIN).await;
            self.committer.outbox().queued();
            return;
        };
        *after = claimed.after;
        let (suspect, sound): (Vec<_>, Vec<_>) = claimed.ready.into_iter().partition(|o| o.suspect);
        for batch in sound.chunks(BATCH) {
            self.send(flight, broken, batch.to_vec(), false).await;
        }
        for one in suspect {
            while flight.join_next().await.is_some() {}
            self.send(flight, broken, vec![one], true).await;
            while flight.join_next().await.is_some() {}
        }
    }

    /// Writes a batch, and leaves a task behind that notes what became of it. `alone`: nothing
    /// else is on its way, so that if the stream ends, this has ended it.
    async fn send(
        &self,
        flight: &mut JoinSet<()>,
        broken: &Arc<AtomicBool>,
        batch: Vec<Outgoing>,
        alone: bool,
    ) {
        crash::point("claimed");
        let mut ids = Vec::with_capacity(batch.len());
        let mut stanzas = Vec::with_capacity(batch.len());
        let mut unsendable = Vec::new();
        for outgoing in &batch {
            let written = panics::contain_now(&self.metrics, || self.render(outgoing));
            if let Some(Ok(written)) = written {
                ids.push(outgoing.id);
                stanzas.extend(written);
                continue;
            }
            let error = written.and_then(Result::err).map(|error| error.to_string());
            let error = error.as_deref().unwrap_or("a fault of ours");
            tracing::error!(delivery = %outgoing.id, %error, "quarantined: it cannot be sent");
            self.metrics.dropped("unsendable");
            unsendable.push(outgoing.id);
        }
        for stanza in &stanzas {
            self.metrics.stanzas_out.count(stanza.bytes());
        }
        let fenced = self.outlet.batch(stanzas).await;
        crash::point("sent");
        let (sent, metrics) = (Instant::now(), Arc::clone(&self.metrics));
        let note = Note { committer: self.committer.clone(), broken: Arc::clone(broken) };
        flight.spawn(async move {
            note.unsendable(unsendable).await;
            // A link that is gone has written nothing more.
            match fenced.await {
                Ok(Fenced::Taken(stream)) => {
                    crash::point("ponged");
                    metrics.fence_seconds.observe(sent.elapsed().as_secs_f64());
                    note.keep(|committer| {
                        let ids = ids.clone();
                        async move { committer.taken(ids, stream).await }
                    })
                    .await;
                    crash::point("marked");
                }
                Ok(Fenced::Lost(stream)) => note.lost(ids, stream != StreamNo::NONE, alone).await,
                Err(_) => note.lost(ids, false, alone).await,
            }
        });
    }

    /// The stanzas of one delivery: the picture and the recording, if there are any to be shown,
    /// and the text, with which notification and chat list end. With an invitation goes a request
    /// to be seen.
    fn render(&self, outgoing: &Outgoing) -> Result<Vec<Stanza>, crate::link::stream::Unsendable> {
        let domain = &self.voice.domain;
        let text = Stanza::new(message(&self.voice, &self.templates, outgoing), domain)?;
        if outgoing.carries == Carries::Invitation {
            return Ok(vec![text, Stanza::new(subscription(&self.voice, outgoing), domain)?]);
        }
        let files = match outgoing.share.offer {
            Some(_) => [file(&self.voice, outgoing), None],
            None => [picture(&self.voice, outgoing), recording(&self.voice, outgoing)],
        };
        let mut stanzas = Vec::with_capacity(1);
        for file in files.into_iter().flatten() {
            stanzas.push(Stanza::new(file, domain)?);
        }
        stanzas.push(text);
        Ok(stanzas)
    }
}

/// Notes what became of a batch, however long the database takes.
struct Note {
    committer: Committer,
    broken: Arc<AtomicBool>,
}

impl Note {
    async fn keep<F, Fut>(&self, note: F)
    where
        F: Fn(Committer) -> Fut,
        Fut: Future<Output = Result<(), NotKept>>,
    {
        while note(self.committer.clone()).await.is_err() {
            self.broken.store(true, Ordering::SeqCst);
            tokio::time::sleep(AGAIN).await;
        }
        self.broken.store(false, Ordering::SeqCst);
    }

    /// The stream ended first; `was_written` when some of it may have left.
    async fn lost(&self, ids: Vec<DeliveryId>, was_written: bool, alone: bool) {
        self.keep(|committer| {
            let ids = ids.clone();
            async move {
                let noted = committer.run(move |tx, world| {
                    Box::pin(async move {
                        if was_written {
                            outbox::delivery::lost(tx, world, &ids, alone).await
                        } else {
                            outbox::delivery::unwritten(tx, world, &ids).await
                        }
                    })
                });
                noted.await
            }
        })
        .await;
    }

    async fn unsendable(&self, ids: Vec<DeliveryId>) {
        for id in ids {
            self.keep(|committer| async move {
                let noted = committer.run(move |tx, world| {
                    Box::pin(async move { outbox::delivery::unsendable(tx, world, &[id]).await })
                });
                noted.await
            })
            .await;
        }
    }
}
