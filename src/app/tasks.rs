//! Tasks that belong together, and which of them has ended.

use std::time::Duration;

use tokio::{task::JoinSet, time::timeout};
use tokio_util::sync::CancellationToken;

/// How long each group of tasks may take to finish at the end.
const FINISH: Duration = Duration::from_secs(10);

/// Tasks with names.
pub(super) struct Tasks {
    set: JoinSet<&'static str>,
    stop: CancellationToken,
}

impl Tasks {
    pub(super) fn new(stop: &CancellationToken) -> Self {
        Self { set: JoinSet::new(), stop: stop.clone() }
    }

    pub(super) fn start(
        &mut self,
        name: &'static str,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        self.set.spawn(async move {
            task.await;
            name
        });
    }

    /// The name of the first that ends, by itself or by a panic; never while all run.
    pub(super) async fn ended(&mut self) -> &'static str {
        match self.set.join_next().await {
            Some(Ok(name)) => name,
            Some(Err(error)) => {
                tracing::error!(%error, "a task has failed");
                "that failed"
            }
            None => {
                self.stop.cancelled().await;
                "none"
            }
        }
    }

    /// Waits a while for all to end, and then ends them. One may wait for a database that is away,
    /// or for a task that has failed: whoever supervises the process must see it end all the same.
    pub(super) async fn finish(&mut self) {
        let all = async { while self.set.join_next().await.is_some() {} };
        if timeout(FINISH, all).await.is_err() {
            self.set.shutdown().await;
        }
    }
}
