//! Tasks that belong together, and which of them has ended.

use std::{io, time::Duration};

use tokio::{
    runtime::{Builder, Runtime},
    task::JoinSet,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

/// How long each group of tasks may take to finish at the end.
const FINISH: Duration = Duration::from_secs(10);

/// A thread for what strangers ask without a stream: it may keep that busy, and no stanza waits.
pub(super) struct Apart(Option<Runtime>);

impl Apart {
    /// One thread of this name.
    pub(super) fn new(name: &str) -> io::Result<Self> {
        let mut thread = Builder::new_multi_thread();
        Ok(Self(Some(thread.worker_threads(1).thread_name(name).enable_all().build()?)))
    }
}

impl Drop for Apart {
    /// A task that waits for nothing may not be waited for.
    fn drop(&mut self) {
        if let Some(thread) = self.0.take() {
            thread.shutdown_background();
        }
    }
}

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

    /// The same on a thread apart.
    pub(super) fn start_apart(
        &mut self,
        apart: &Apart,
        name: &'static str,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        let task = async move {
            task.await;
            name
        };
        if let Some(thread) = &apart.0 {
            self.set.spawn_on(task, thread.handle());
        }
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[tokio::test]
    async fn work_that_fills_the_thread_of_pages_delays_nothing_else() {
        let stop = CancellationToken::new();
        let (apart, mut tasks) = (Apart::new("pages").unwrap(), Tasks::new(&stop));
        let (release, released) = channel();
        // Holds its thread, as a visitor does for whom much is drawn; on the thread of the others
        // nobody would release it.
        tasks.start_apart(&apart, "pages", async move {
            assert!(released.recv_timeout(FINISH).is_ok(), "no other task has run meanwhile");
        });
        tasks.start("dispatch", async move { release.send(()).unwrap() });
        let mut ended = [tasks.ended().await, tasks.ended().await];
        ended.sort_unstable();
        assert_eq!(ended, ["dispatch", "pages"]);
    }
}
