//! What has changed is written, a portion at a time.

use std::{sync::Arc, time::Duration};

use tokio::time::sleep;

use super::{Change, PORTION, Tally};
use crate::{
    committer::{NotKept, fault},
    component::dispatch::Service,
    db::{self, Savepoint, Tx, fault::is_everybodys},
    panics,
    people::account::{came_online, went_offline},
    world::World,
};

/// How long a database is left alone that has not taken a portion.
const PAUSE: Duration = Duration::from_secs(1);

/// Whoever writes, until they end: by a fault of ours too.
struct Writer(Arc<Service>);

impl Drop for Writer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.seen().is_running = false;
        }
    }
}

impl Service {
    /// Has written what has changed, unless somebody is at it.
    pub(in crate::component::dispatch) async fn write_presence(self: &Arc<Self>) {
        if self.seen().begins() {
            let writer = Writer(Arc::clone(self));
            // What is written is of many, and not of this stanza.
            let work = async move { writer.0.write_all_presence().await };
            self.tasks.start(panics::caused_by(None, work)).await;
        }
    }

    async fn write_all_presence(self: &Arc<Self>) {
        let changed = Arc::clone(&self.seen().changed);
        loop {
            let rest = {
                let mut seen = self.seen();
                let rest = seen.rested(self.clock.now());
                if rest.is_none() && !seen.is_waiting() {
                    seen.is_running = false;
                    return;
                }
                rest.filter(|_| !seen.is_waiting())
            };
            match rest {
                Some(rest) => tokio::select! {
                    () = sleep(rest) => {}
                    () = changed.notified() => {}
                },
                None => self.write_some_presence().await,
            }
        }
    }

    /// A portion. What is written is decided when its turn has come, not when it begins to wait.
    pub(super) async fn write_some_presence(self: &Arc<Self>) {
        let service = Arc::clone(self);
        let written =
            self.committer.run(move |tx, world| Box::pin(portion(tx, world, service))).await;
        self.seen().written(written.as_ref().map_err(|_| NotKept), self.clock.now());
        if written.is_ok_and(|it| !it.is_cut) {
            return;
        }
        sleep(PAUSE).await;
    }
}

/// Writes up to [`PORTION`] changes.
async fn portion(tx: &mut Tx, world: &World, service: Arc<Service>) -> db::Result<Tally> {
    let is_careful = service.seen().is_careful;
    let mut kept = Tally::default();
    for _ in 0..PORTION {
        let next = service.seen().next_change();
        let Some(change) = next else { break };
        let known = if is_careful {
            match alone(tx, world, &change).await? {
                Ok(known) => known,
                Err(error) if is_everybodys(&error) => {
                    tracing::debug!(%error, "who comes and goes is written later");
                    kept.is_cut = true;
                    break;
                }
                Err(error) => {
                    tracing::error!(%error, "who came or went is not written");
                    None
                }
            }
        } else {
            write(tx, world, &change).await?
        };
        if known.is_none() {
            kept.nobody.extend(change.key);
        }
        // Which is work enough for one.
        if known == Some(true) {
            break;
        }
    }
    Ok(kept)
}

/// Writes one, which is undone alone when the database refuses it, or by a fault of ours.
async fn alone(
    tx: &mut Tx,
    world: &World,
    change: &Change,
) -> db::Result<db::Result<Option<bool>>> {
    tx.savepoint(Savepoint::Part).await?;
    let done = panics::contain(&world.metrics, write(tx, world, change)).await;
    tx.settle(Savepoint::Part, done.unwrap_or_else(|| Err(fault()))).await
}

/// Whether something was released; none when they are nobody to the database.
async fn write(tx: &mut Tx, world: &World, change: &Change) -> db::Result<Option<bool>> {
    if change.is_there {
        came_online(tx, world, &change.address).await
    } else {
        Ok(went_offline(tx, world, &change.address).await?.then_some(false))
    }
}
