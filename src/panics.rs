//! A panic is a fault of ours that somebody else's input has found. It ends what that input asked
//! for and nothing else; it is counted, and the stanza is kept so that it becomes a test.

use std::{
    fmt::Debug,
    fs,
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    panic::{self, AssertUnwindSafe},
    path::Path,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use futures_util::FutureExt;
use sha2::{Digest, Sha256};

use crate::metrics::Metrics;

/// Where the stanzas are kept, for the program's own user alone; none are before `report`.
static FOLDER: OnceLock<&Path> = OnceLock::new();
/// The most stanzas that are kept.
const MOST: usize = 20;
/// Bytes of a stanza that are kept at the most, and remembered while it is worked on: some 1,500 may
/// be at one time.
const EXCERPT: usize = 16 << 10;

/// What a stanza holds.
type Held = Box<dyn Debug + Send + Sync>;

tokio::task_local! {
    static CAUSE: Option<Cause>;
}

/// What is remembered of a stanza while something waits on its behalf.
#[derive(Debug, Clone, Default)]
pub struct Cause {
    /// A copy, for stanzas share their memory with their neighbours, and no more than 16 KiB.
    pub excerpt: Bytes,
    /// How many bytes it has.
    pub size: usize,
    /// The bare JID that it came from, as it was written; nothing when it said none.
    pub from: String,
    /// What is given back when nothing is done on its behalf any more.
    held: Arc<OnceLock<Held>>,
}

impl Cause {
    /// Of this stanza, which came from there.
    #[must_use]
    pub fn of(stanza: &[u8], from: Option<&str>) -> Self {
        let excerpt = Bytes::copy_from_slice(stanza.get(..EXCERPT).unwrap_or(stanza));
        let from = from.and_then(|from| from.split('/').next()).unwrap_or_default().to_owned();
        Self { excerpt, size: stanza.len(), from, held: Arc::default() }
    }
}

/// Runs `work` on behalf of a stanza.
pub async fn caused_by<T>(stanza: Option<Cause>, work: impl Future<Output = T>) -> T {
    CAUSE.scope(stanza, work).await
}

/// Has the stanza on whose behalf this runs keep this until all that is done for it is over.
pub fn hold(this: impl Debug + Send + Sync + 'static) {
    let _ = CAUSE.try_with(|cause| cause.as_ref().map(|cause| cause.held.set(Box::new(this))));
}

/// The stanza on whose behalf this runs.
#[must_use]
pub fn cause() -> Option<Cause> {
    CAUSE.try_with(Clone::clone).ok().flatten()
}

/// What `work` answers; none when it panics, which is counted, and its stanza kept.
pub fn contain<T>(
    metrics: &Metrics,
    work: impl Future<Output = T>,
) -> impl Future<Output = Option<T>> {
    // What it was about to change is dropped with it: transactions are rolled back, and what is
    // shared holds nothing that can be left half done. It is large, and in a box it is not moved
    // from frame to frame.
    let work = AssertUnwindSafe(Box::pin(work)).catch_unwind();
    async move {
        let done = work.await;
        if done.is_err() {
            metrics.panics.inc();
            if let (Some(folder), Some(stanza)) = (FOLDER.get(), cause()) {
                keep(folder, &stanza.excerpt);
            }
        }
        done.ok()
    }
}

/// The same for work that waits for nothing.
pub fn contain_now<T>(metrics: &Metrics, work: impl FnOnce() -> T) -> Option<T> {
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    if done.is_err() {
        metrics.panics.inc();
    }
    done.ok()
}

/// Has panics logged by their place alone, for their message may quote what people wrote, and the
/// stanzas behind them kept in `panics` of the working folder.
pub fn report() {
    FOLDER.get_or_init(|| Path::new("panics"));
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(%place, "a fault of ours: please report it, with what lies in ./panics");
    }));
}

/// Keeps a stanza, once, if there is room. That it cannot be kept changes nothing.
fn keep(folder: &Path, stanza: &[u8]) {
    let digest = Sha256::digest(stanza);
    let number = digest.iter().take(8).fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let _ = fs::DirBuilder::new().mode(0o700).create(folder);
    let count = fs::read_dir(folder).map_or(MOST, Iterator::count);
    if count < MOST {
        let path = folder.join(format!("{number:016x}.xml"));
        let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let _ = file.and_then(|mut file| file.write_all(stanza));
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[tokio::test]
    async fn a_panic_ends_its_own_work_and_is_counted() {
        let metrics = Metrics::new();
        let seen = caused_by(Some(Cause::of(b"<message/>", Some("a@b/c"))), async { cause() })
            .await
            .unwrap();
        assert_eq!((&*seen.excerpt, seen.size), (&b"<message/>"[..], 10));
        assert_eq!(seen.from, "a@b");
        assert_eq!(contain(&metrics, async { 7 }).await, Some(7));
        let fails = async {
            tokio::task::yield_now().await;
            assert!(cause().is_some(), "it panics");
        };
        assert_eq!(contain(&metrics, fails).await, None);
        assert_eq!(contain_now(&metrics, || assert!(cause().is_some())), None);
        assert_eq!(metrics.panics.get(), 2);
    }

    #[test]
    fn so_many_stanzas_are_kept_each_once_and_for_nobody_else() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("panics");
        for n in 0..MOST * 2 {
            keep(&folder, format!("<message id='{n}'/>").as_bytes());
            keep(&folder, b"<message id='0'/>");
        }
        let files: Vec<_> = fs::read_dir(&folder).unwrap().map(Result::unwrap).collect();
        assert_eq!(files.len(), MOST);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&files[0].path())), (0o700, 0o600));
    }
}
