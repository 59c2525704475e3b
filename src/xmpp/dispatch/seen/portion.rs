//! What has changed is written, a portion at a time.

use std::{collections::HashSet, sync::Arc, time::Duration};

use tokio::time::sleep;

use super::Change;
use crate::{
    ops::{self, commit::NotKept},
    panics,
    xmpp::dispatch::Service,
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
    pub(in crate::xmpp::dispatch) async fn write_presence(self: &Arc<Self>) {
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
    async fn write_some_presence(self: &Arc<Self>) {
        let service = Arc::clone(self);
        let written = self.committer.run(move |tx, world| {
            Box::pin(async move {
                let (portion, mut nobody) = (service.seen().portion, HashSet::new());
                let mut is_released = false;
                for _ in 0..portion {
                    let next = service.seen().next_change();
                    let Some(Change { key, address, is_there }) = next else { break };
                    let known = if is_there {
                        ops::account::came_online(tx, world, &address).await?
                    } else {
                        ops::account::went_offline(tx, world, &address).await?.then_some(false)
                    };
                    if known.is_none() {
                        nobody.insert(key);
                    }
                    // Which is work enough for one.
                    is_released = known == Some(true);
                    if is_released {
                        break;
                    }
                }
                Ok((nobody, is_released))
            })
        });
        let written = written.await;
        let now = self.clock.now();
        if let Ok((nobody, is_released)) = &written {
            self.seen().written(Ok(nobody), now);
            if *is_released {
                self.committer.outbox().queued();
            }
        } else {
            self.seen().written(Err(NotKept), now);
            sleep(PAUSE).await;
        }
    }
}
